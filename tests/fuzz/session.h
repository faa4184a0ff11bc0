/*
 * Fuzzes whole sessions of an engine. Each input is played twice, whole and
 * cut, and both must tell the same. Whatever the server sends: each accepted
 * command has exactly one DONE, memory is bounded, no secret leaves unmasked,
 * and after an error nothing but the error comes.
 *
 * An input: first a byte of flags, a byte that says how to cut, the number of
 * commands (its low five bits), and a byte for each command: the verb in its
 * low half, its argument in the high half. The rest is what the server sends,
 * in bursts with FUZZ_BURST between them: a burst is given once the engine has
 * no more to say to the one before it.
 */
#ifndef SQUAB_FUZZ_SESSION_H
#define SQUAB_FUZZ_SESSION_H

#include <squab/engine.h>

#include "../script/heap.h"
#include "../script/script.h"

enum {
	FUZZ_TLS = 3,			/* an sqb_tls_mode; 3 is OFF too */
	FUZZ_SMALL = 1 << 2,		/* small limits */
	FUZZ_OWN = 1 << 3,		/* POP3: utf8; SMTP: lmtp */
	FUZZ_STEPWISE = 1 << 4,		/* a command a burst, not all at once */

	FUZZ_CANCEL = 14,		/* in place of a verb: the oldest */
	FUZZ_WAIT = 15,			/* likewise: 50 seconds pass */
	FUZZ_MAX_COMMANDS = 31,

	FUZZ_MAIL_STREAMED = 1,		/* the argument of MAIL */
	FUZZ_MAIL_TWO = 2,		/* recipients */
	FUZZ_MAIL_ALL_OR_NONE = 4,
	FUZZ_MAIL_BINARY = 8,

	FUZZ_BURST = 0x1e
};

/* The argument of LOGIN. */
static const char *const fuzz_mechanisms[16] = {
	"", "USER", "APOP", "RPOP", "PLAIN", "LOGIN", "XOAUTH2",
	"OAUTHBEARER", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256",
	"DIGEST-MD5", "EXTERNAL", "ANONYMOUS", "SCRAM-SHA-256-PLUS",
	"SCRAM-SHA-1-PLUS",
};

typedef struct fuzz_input {
	const uint8_t *data;	/* what is left of the server's bytes */
	size_t len;
	unsigned flags;
	uint8_t cut;
	const uint8_t *commands;
	size_t n_commands;
} fuzz_input;

typedef struct fuzz fuzz;

/* What a session needs of a protocol. A tag is the ordinal of its command. */
typedef struct fuzz_protocol {
	/* Sets engine. */
	void (*open)(fuzz *f);
	void (*close)(fuzz *f);
	/* As sqb_pop3_next(); looks at the event and logs it. */
	int (*next)(fuzz *f);
	/* login is filled in for the verb that takes it. */
	int (*ask)(fuzz *f, unsigned verb, unsigned arg, sqb_login *login);
	int (*cancel)(fuzz *f, uint64_t tag);
	/* What has come, and what has left. NULL: nobody looks. */
	void (*heard)(fuzz *f, const uint8_t *data, size_t len);
	void (*said)(fuzz *f, const uint8_t *data, size_t len);
} fuzz_protocol;

struct fuzz {
	const fuzz_protocol *protocol;
	void *own;		/* the protocol's */
	fuzz_input in;
	bool cuts;		/* give the input in pieces */
	uint32_t random;
	heap heap;
	sqb_engine *engine;
	sqb_time now;
	sqb_login logins[FUZZ_MAX_COMMANDS];	/* borrowed until DONE */
	unsigned n_done[FUZZ_MAX_COMMANDS];
	bool accepted[FUZZ_MAX_COMMANDS];
	size_t n_asked;
	bool ended;
	bool cut_off;		/* TLS took over within a burst */
	bytes log, masked;	/* masked: all that has left */
};

void fuzz_check(bool holds, const char *what);
/* An accepted command that is not DONE has this tag. */
void fuzz_check_open(const fuzz *f, uint64_t tag);
void fuzz_done(fuzz *f, uint64_t tag);

/* One input; what LLVMFuzzerTestOneInput() is to return. */
int fuzz_play(const fuzz_protocol *p, const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif

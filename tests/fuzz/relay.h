/*
 * A server of SMTP or LMTP for fuzzing the other side: it does all that RFC
 * 5321, 2920, 3030 and 2033 let a server do, chosen by the octets of an
 * input, and knows what it has taken. What a client must not do ends the
 * program.
 */
#ifndef SQUAB_FUZZ_RELAY_H
#define SQUAB_FUZZ_RELAY_H

#include "../script/script.h"

enum { MAX_MAILS = 8, MAX_RCPTS = 4 };

/* Octets that decide; zeros when they are spent. */
typedef struct choices {
	const uint8_t *next, *end;
} choices;

/* 0 to n - 1 */
unsigned choose(choices *c, unsigned n);

typedef enum relay_mode {
	RELAY_COMMANDS,
	RELAY_LINES,		/* behind 354 */
	RELAY_CHUNK		/* behind BDAT */
} relay_mode;

/* What became of a recipient of mail I, which is from sI to rI.J. */
typedef struct relay_taken {
	unsigned n;		/* times that the mail was taken for it */
	uint64_t told_at;	/* in the output: where the reply ends */
} relay_taken;

typedef struct relay {
	choices *choices;
	bool lmtp, pipelining, chunking;	/* what it has */
	bool one_by_one;	/* the client was told not to pipeline */
	bool known;		/* EHLO, HELO or LHLO was said */
	bytes in, out;
	size_t n_read;		/* octets of in that were taken */
	uint64_t n_out, n_delivered;	/* octets, of the whole session */
	uint64_t silent_until;	/* nothing may come before that has left */
	relay_mode mode;
	bool gone;		/* it has dropped the line, or said 421 */

	int mail;		/* whose envelope is open; -1: none */
	bool rcpt[MAX_RCPTS];	/* that were accepted */
	bool failed;		/* a chunk was refused */
	bytes text;		/* the message so far */
	size_t chunk;		/* octets of it to come */
	bool last;		/* it is the last */
	int last_mail;		/* the last that MAIL has named */

	relay_taken taken[MAX_MAILS][MAX_RCPTS];
	uint64_t end_told[MAX_MAILS]; /* where the reply to the end ends */
	bool end_seen[MAX_MAILS];
	bytes wanted[MAX_MAILS];	/* the messages as they must come */
	bool binary[MAX_MAILS];
} relay;

void relay_open(relay *r, choices *c);
/* Octets of the client's. */
void relay_take(relay *r, const void *data, size_t len);
/* What of it has reached the client; n <= out.len. */
void relay_delivered(relay *r, size_t n);
void relay_clear(relay *r);

/* On stderr, when RELAY_TRACE is in the environment. */
void relay_trace(const char *who, const void *data, size_t len);
void relay_check(bool holds, const char *what);

#endif

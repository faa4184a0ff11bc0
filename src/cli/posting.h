/*
 * A mail with its envelope on its way out: what its sender asks of it, what
 * becomes of it, and the queue where it waits.
 */
#ifndef SQUAB_CLI_POSTING_H
#define SQUAB_CLI_POSTING_H

#include <squab/queue.h>
#include <squab/send.h>

#define POSTING_ENVID_MAX 100	/* octets (RFC 3461, 4.4) */

typedef struct posting_wishes {
	sqb_smtp_body body;
	bool utf8;			/* SMTPUTF8 is needed */
	unsigned notify;		/* SQB_NOTIFY_…, of all recipients */
	sqb_smtp_ret ret;
	bool require_tls;
	int8_t priority;		/* -9 to 9 */
	char envid[POSTING_ENVID_MAX + 1];
} posting_wishes;

/* "never", or some of success, failure, delay; any letter case. */
bool posting_read_notify(const char *words, unsigned *notify);

/* As an entry of the queue keeps them; for free(3). NULL: no memory. */
char *posting_words(const posting_wishes *w);
/* False: they cannot be read. */
bool posting_read(posting_wishes *w, const char *words);

/* A mail of these, without recipients and message. Borrows from w. */
sqb_smtp_mail posting_mail(const posting_wishes *w, sqb_str from);

/* True where one of the local parts is beyond ASCII. */
bool posting_needs_utf8(const char *address);

/*
 * True for the status of a session that could not be had where another time,
 * or another network, may change that; false: our own command line or config
 * is wrong.
 */
bool posting_may_pass(int status);

/* A status code of RFC 2034 ("" where there is none), and all that was said. */
#define POSTING_ENHANCED 16
void posting_enhanced(char out[POSTING_ENHANCED], const sqb_smtp_result *r);
void posting_reply(char *out, size_t cap, const sqb_smtp_result *r);

/* What has become of a recipient. */
typedef struct posting_fate {
	sqb_queue_state state;
	bool nobody;			/* there is no such mailbox */
	char why[SQB_QUEUE_WHY + 1];
} posting_fate;

/* For all recipients of a mail of which no server has said a word. */
void posting_judge_error(posting_fate *f, sqb_code code, const char *why);
void posting_judge(posting_fate *f, const sqb_smtp_result *r);

/* One line on stderr; label may be "". */
void posting_tell(const char *label, const char *address,
    const posting_fate *f);

/*
 * When to try next, after so many tries; 0: never, for it was queued too long
 * ago. Seconds since 1970.
 */
int64_t posting_next_try(uint32_t tries, int64_t queued, int64_t now);

/*
 * Adds an entry for an account: of mail, what was not set here is. It is
 * durable then, and told of on stderr. message is read from its start. 0, or
 * the exit status after saying why.
 */
int posting_keep(const char *state, sqb_queue_mail *mail,
    const posting_wishes *wishes, const sqb_source *message);

/*
 * The user's queue, below the directory that --state says, or NULL. 0, or the
 * exit status after saying why.
 */
int posting_open_queue(sqb_queue **q, const char *state);

#endif

/*
 * A spool: mail that is to leave, kept on disk until it has (libsquab-store).
 * A mail is durable before sqb_queue_commit() returns, and is removed only
 * after all of its recipients are done. Programs may share a spool: an entry
 * is held by one at a time, and what a killed program held is free again.
 *
 *	sqb_queue_open(&q, dir, &err);
 *	sqb_queue_begin(q, &mail);	id is set
 *	sqb_queue_write(q, bytes);	any number of times
 *	sqb_queue_commit(q);
 *
 *	sqb_queue_ids(q, &ids, &n);
 *	sqb_queue_take(q, ids[0], &e);
 *	sqb_queue_sending(e);		should we be killed from here on, …
 *	…				send what sqb_queue_read() gives
 *	sqb_queue_settle(e, 0, SQB_QUEUE_DONE, "");
 *	sqb_queue_update(e, 0);		… to here, the mail is UNKNOWN
 *	sqb_queue_release(e);
 */
#ifndef SQUAB_QUEUE_H
#define SQUAB_QUEUE_H

#include <squab/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sqb_queue sqb_queue;

/*
 * DIR and what is missing above it is made, mode 0700. What dead writers have
 * left half-written is removed. err may be NULL.
 *
 * SQB_E_SINK   it cannot be made or used, or others may write to it
 * SQB_E_NOMEM
 */
SQB_API int sqb_queue_open(sqb_queue **q, const char *dir, sqb_error *err);
/* Drops what was begun. Entries are to be released before. q may be NULL. */
SQB_API void sqb_queue_close(sqb_queue *q);
/* Why the last call failed. Lifetime: the next call on q or its entries. */
SQB_API const sqb_error *sqb_queue_error(const sqb_queue *q);

#define SQB_QUEUE_ID 16		/* octets of an entry's name, with its NUL */
#define SQB_QUEUE_RECIPIENTS 100000	/* in an entry at most */
#define SQB_QUEUE_TEXT 1024	/* octets of an account or address at most */
#define SQB_QUEUE_ENVELOPE 65536	/* likewise of envelope */
#define SQB_QUEUE_WHY 240	/* … of why, which is cut there */

typedef enum sqb_queue_state {
	SQB_QUEUE_WAITING,	/* to be sent at its next_try */
	SQB_QUEUE_SENDING,	/* by the one that holds it */
	SQB_QUEUE_DONE,		/* taken by the server */
	SQB_QUEUE_FAILED,	/* refused for good */
	SQB_QUEUE_UNKNOWN	/* sent, the reply was lost: a person decides */
} sqb_queue_state;

/* "waiting", "sending", "done", "failed", "unknown". Static. */
SQB_API const char *sqb_queue_state_name(sqb_queue_state state);

typedef struct sqb_queue_recipient {
	const char *address;
	sqb_queue_state state;
	const char *why;	/* the server's last words, safe to print; "" */
} sqb_queue_recipient;

/*
 * An entry. Strings are UTF-8 without control characters; "" where nothing is
 * said, for which NULL may be given too.
 */
typedef struct sqb_queue_mail {
	char id[SQB_QUEUE_ID];	/* those that are older sort first */
	const char *account;	/* who sends it: a URL or an account's name */
	const char *from;	/* the reverse-path; "": <> */
	const sqb_queue_recipient *recipients;
	size_t n_recipients;
	const char *envelope;	/* what else its sender has said (DSN …), in
				   words of the program's own */
	int64_t queued, next_try; /* seconds since 1970 UTC */
	uint32_t tries;
	uint64_t octets;	/* of the message */
	const char *damage;	/* what is wrong with the entry, of which all
				   else but id is not known then; it can be
				   removed, or repaired by hand. NULL: none */
} sqb_queue_mail;

/*
 * A new entry: begin, any number of writes, commit; or drop. mail is borrowed
 * until then; its id, octets and tries are set. States and whys are written
 * down as they are. After a commit that has failed there is no such entry.
 *
 * SQB_E_USAGE  no recipient, a control character, what is no UTF-8; begin
 *              within begin, or write and commit without it
 * SQB_E_LIMIT  more recipients or a longer text than the above
 * SQB_E_SINK   the spool cannot be written
 * SQB_E_NOMEM
 */
SQB_API int sqb_queue_begin(sqb_queue *q, sqb_queue_mail *mail);
SQB_API int sqb_queue_write(sqb_queue *q, sqb_str bytes);
SQB_API int sqb_queue_commit(sqb_queue *q);
SQB_API void sqb_queue_drop(sqb_queue *q);

/*
 * The names of all entries, the oldest first. Lifetime: until the next time,
 * or close. SQB_E_SINK, SQB_E_NOMEM
 */
typedef char sqb_queue_id[SQB_QUEUE_ID];
SQB_API int sqb_queue_ids(sqb_queue *q, const sqb_queue_id **ids, size_t *n);

typedef struct sqb_queue_entry sqb_queue_entry;

/*
 * An entry to send, held until it is released: SENDING, which only one that
 * has died can have left, becomes UNKNOWN. Or one to look at.
 *
 * SQB_E_USAGE  there is none of that id (any more)
 * SQB_E_RETRY  another holds it
 * SQB_E_SINK, SQB_E_NOMEM
 */
SQB_API int sqb_queue_take(sqb_queue *q, const char *id, sqb_queue_entry **e);
SQB_API int sqb_queue_look(sqb_queue *q, const char *id, sqb_queue_entry **e);
/* e may be NULL. What was not written down with update is forgotten. */
SQB_API void sqb_queue_release(sqb_queue_entry *e);

/* Lifetime: that of e; of a recipient's why, until its settle. */
SQB_API const sqb_queue_mail *sqb_queue_mail_of(const sqb_queue_entry *e);

/* Its message, as an sqb_source (compose.h) reads it. SQB_E_SINK */
SQB_API int64_t sqb_queue_read(sqb_queue_entry *e, void *out, size_t cap);
SQB_API int sqb_queue_rewind(sqb_queue_entry *e);

/*
 * What has become of a recipient, from 0. why is made safe to print, cut and
 * copied; NULL: "". Nothing is written. SQB_E_USAGE: there is none; NOMEM
 */
SQB_API int sqb_queue_settle(sqb_queue_entry *e, size_t recipient,
    sqb_queue_state state, const char *why);

/*
 * The below need an entry that was taken and has no damage, else SQB_E_USAGE;
 * they are durable when they return SQB_OK. After SQB_E_SINK or SQB_E_NOMEM the
 * entry is as it was before or, if a sync has failed, as it should be.
 *
 * sending: those that were waiting are being sent.
 * update: that was one more try; writes down states, whys and next_try. An
 * entry of which all recipients are done is removed.
 */
SQB_API int sqb_queue_sending(sqb_queue_entry *e);
SQB_API int sqb_queue_update(sqb_queue_entry *e, int64_t next_try);

/* Removes it, sent or not; also a damaged one. Only release is left then. */
SQB_API int sqb_queue_remove(sqb_queue_entry *e);

#ifdef __cplusplus
}
#endif
#endif

/*
 * A spool: mail that is to leave, kept on disk until it has (libsquab-store).
 * A mail is durable before sqb_queue_commit() returns, and is removed only
 * after all of its recipients are done. Programs may share a spool: an entry
 * is held by one at a time, and what a killed program held is free again.
 */
#ifndef SQUAB_QUEUE_H
#define SQUAB_QUEUE_H

#include <squab/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sqb_queue sqb_queue;

/* DIR and what is missing above it is made, mode 0700. err may be NULL. */
SQB_API int sqb_queue_open(sqb_queue **q, const char *dir, sqb_error *err);
SQB_API void sqb_queue_close(sqb_queue *q);	/* q may be NULL */
/* Why the last call failed. Lifetime: the next call. */
SQB_API const sqb_error *sqb_queue_error(const sqb_queue *q);

#define SQB_QUEUE_ID 33		/* octets of an entry's name with its NUL */

typedef enum sqb_queue_state {
	SQB_QUEUE_WAITING,	/* to be sent at its next_try */
	SQB_QUEUE_DONE,		/* taken by the server */
	SQB_QUEUE_FAILED,	/* refused for good */
	SQB_QUEUE_UNKNOWN	/* sent, the reply was lost: a person decides */
} sqb_queue_state;

typedef struct sqb_queue_recipient {
	const char *address;
	sqb_queue_state state;
	const char *why;	/* the server's last words; "" */
} sqb_queue_recipient;

/* An entry. Strings: UTF-8 without control characters; "" where not said. */
typedef struct sqb_queue_mail {
	char id[SQB_QUEUE_ID];
	const char *account;	/* who sends it: a URL or a name of the config */
	const char *from;
	sqb_queue_recipient *recipients;
	size_t n_recipients;
	const char *envelope;	/* a JSON object of more (DSN …), or "" */
	int64_t queued, next_try; /* seconds since 1970 UTC */
	uint32_t tries;
	uint64_t octets;	/* of the message */
} sqb_queue_mail;

/*
 * A new entry: begin, any number of writes, commit; or drop. id and tries of
 * mail are set by begin.
 *
 * SQB_E_SINK  the spool cannot be written; SQB_E_NOMEM
 */
SQB_API int sqb_queue_begin(sqb_queue *q, sqb_queue_mail *mail);
SQB_API int sqb_queue_write(sqb_queue *q, sqb_str bytes);
SQB_API int sqb_queue_commit(sqb_queue *q);
SQB_API void sqb_queue_drop(sqb_queue *q);

/*
 * Walks through the entries, the oldest first. 1: *mail is set; 0: that was
 * all; < 0: an error. hold: take it, and pass over those that others hold.
 * *mail belongs to the walk: until the next call on it.
 */
typedef struct sqb_queue_walk sqb_queue_walk;
SQB_API int sqb_queue_walk_new(sqb_queue_walk **w, sqb_queue *q, bool hold);
SQB_API int sqb_queue_walk_next(sqb_queue_walk *w, sqb_queue_mail **mail);
SQB_API void sqb_queue_walk_free(sqb_queue_walk *w);

/* The one of that id. SQB_E_USAGE: there is none; SQB_E_RETRY: it is held. */
SQB_API int sqb_queue_walk_find(sqb_queue_walk *w, const char *id,
    sqb_queue_mail **mail);

/* The walk's present entry: its message, as an sqb_source would read it. */
SQB_API int64_t sqb_queue_read(sqb_queue_walk *w, void *out, size_t cap);
SQB_API int sqb_queue_rewind(sqb_queue_walk *w);
/*
 * Writes down what has become of it: states, whys, next_try and tries, durable
 * when it returns; an entry of which no recipient is waiting, failed or
 * unknown is removed. It must be held.
 */
SQB_API int sqb_queue_update(sqb_queue_walk *w);
/* Removes it, sent or not. It must be held. */
SQB_API int sqb_queue_remove(sqb_queue_walk *w);

#ifdef __cplusplus
}
#endif
#endif

/*
 * Where mail lands, and the ledger of what has landed: libsquab-store.
 *
 * A message is delivered in this order, and deleted from the server only
 * after the last step:
 *
 *	sqb_store_begin(), write(), end()	complete in a hidden place
 *	sqb_store_publish()			durable, under its final name
 *	sqb_ledger_add(), sqb_ledger_commit()	durably known as seen
 *
 * The steps are made for groups: many messages to a publish and a commit.
 * The final name is made from the message's identity, so that a crash between
 * publish and commit is found out by sqb_store_find(): exactly once.
 */
#ifndef SQUAB_STORE_H
#define SQUAB_STORE_H

#include <squab/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Which message it is. Made by sqb_ledger_id(), or any 16 random octets. */
typedef struct sqb_store_id {
	uint8_t key[16];	/* a digest of account and UIDL */
	uint64_t size;		/* octets, as the server's list says */
} sqb_store_id;

/* By key, then by size: < 0, 0, > 0. */
SQB_API int sqb_store_id_compare(const sqb_store_id *a, const sqb_store_id *b);

/* Messages that end() has taken and publish() has not: at most so many. */
#define SQB_STORE_GROUP 256

typedef struct sqb_store sqb_store;

/*
 * Opens a destination; what is missing of the directories is made, mode 0700.
 *
 *	maildir:DIR	a Maildir; CRLF becomes LF
 *	raw:DIR		a file a message, octets as the server sent them
 *
 * SQB_E_USAGE  no such kind of destination
 * SQB_E_SINK   the directory cannot be opened or made
 * SQB_E_NOMEM
 * err may be NULL.
 */
SQB_API int sqb_store_open(sqb_store **store, const char *destination,
    sqb_error *err);

/* Removes what was not published. store may be NULL. */
SQB_API void sqb_store_close(sqb_store *store);

/*
 * there[i] tells whether ids[i] has been published before, also where a mail
 * reader has moved it from new to cur since. Costs a look at the directories.
 *
 * SQB_E_SINK, SQB_E_NOMEM
 */
SQB_API int sqb_store_find(sqb_store *store, const sqb_store_id *ids, size_t n,
    bool *there);

/*
 * A message: begin, any number of writes, end. There is room for
 * SQB_STORE_GROUP of them, then publish() must come.
 *
 * SQB_E_SINK  the file system refused; see sqb_store_error()
 */
SQB_API int sqb_store_begin(sqb_store *store, const sqb_store_id *id);
SQB_API int sqb_store_write(sqb_store *store, sqb_str bytes);
SQB_API int sqb_store_end(sqb_store *store);

/* Forgets the message begun last, ended or not, if it is not published. */
SQB_API void sqb_store_drop(sqb_store *store);

/*
 * Makes all messages that have ended durable and visible. After a failure
 * some of them may be visible.
 *
 * SQB_E_SINK
 */
SQB_API int sqb_store_publish(sqb_store *store);

/* Why the last call failed. Lifetime: the store's. */
SQB_API const sqb_error *sqb_store_error(const sqb_store *store);

/* What has been seen of one account. */
typedef struct sqb_ledger sqb_ledger;

/* A longer UIDL (RFC 1939 allows 70 octets) has no identity here. */
#define SQB_LEDGER_MAX_UIDL 1024

/*
 * Opens and locks the ledger of account ("user@host") in the directory
 * dir, both made where missing. Waits up to wait for another process.
 *
 * SQB_E_RETRY  another process holds it
 * SQB_E_SINK   it cannot be opened, made or read
 * SQB_E_NOMEM
 * err may be NULL.
 */
SQB_API int sqb_ledger_open(sqb_ledger **ledger, const char *dir,
    const char *account, sqb_time wait, sqb_error *err);

/* Unlocks; what was not committed is forgotten. ledger may be NULL. */
SQB_API void sqb_ledger_close(sqb_ledger *ledger);

/* The identity of a message of this account. SQB_E_NOMEM */
SQB_API int sqb_ledger_id(sqb_ledger *ledger, sqb_str uidl, uint64_t size,
    sqb_store_id *id);

/*
 * When it was first recorded, in seconds of Unix time; -1: never. What is
 * added counts from the next open on.
 */
SQB_API int64_t sqb_ledger_seen(const sqb_ledger *ledger,
    const sqb_store_id *id);

/*
 * Records a message at the next commit; now is Unix time.
 *
 * SQB_E_USAGE  the UIDL is empty or too long
 * SQB_E_NOMEM
 */
SQB_API int sqb_ledger_add(sqb_ledger *ledger, sqb_str uidl, uint64_t size,
    int64_t now);

/* Makes durable what was added. SQB_E_SINK: none of it is recorded. */
SQB_API int sqb_ledger_commit(sqb_ledger *ledger);

/*
 * Forgets the messages that are not among ids, all that the server has, where
 * there are so many of them that it pays. Nothing may wait for a commit.
 *
 * SQB_E_SINK, SQB_E_NOMEM; the ledger is as before
 */
SQB_API int sqb_ledger_compact(sqb_ledger *ledger, const sqb_store_id *ids,
    size_t n);

/* Why the last call failed. Lifetime: the ledger's. */
SQB_API const sqb_error *sqb_ledger_error(const sqb_ledger *ledger);

#ifdef __cplusplus
}
#endif
#endif

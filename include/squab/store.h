/*
 * Where mail lands: libsquab-store. The ledger of what has landed is in
 * ledger.h.
 *
 * A message is delivered in this order, and deleted from the server only
 * after the last step:
 *
 *	sqb_store_begin(), write(), end()	complete in a hidden place
 *	sqb_store_publish()			durable, under its final name
 *	sqb_ledger_put(), sqb_ledger_commit()	durably known as seen
 *
 * The steps are made for groups: many messages to a publish and a commit.
 * The final name is made from the message's identity, so that a crash between
 * publish and commit is found out by sqb_store_find(): exactly once.
 */
#ifndef SQUAB_STORE_H
#define SQUAB_STORE_H

#include <squab/ledger.h>

#ifdef __cplusplus
extern "C" {
#endif

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

#ifdef __cplusplus
}
#endif
#endif

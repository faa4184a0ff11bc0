/*
 * The ledger: what has been seen of each mailbox, delivered where and when,
 * and deleted. A SQLite database, DIR/ledger.db, for all accounts of a user;
 * docs/ledger.md has its schema. Part of libsquab-store.
 *
 * A handle is used by one thread at a time. Any number of processes may have
 * the same ledger open; an account is one process's at a time. DIR must be on
 * a file system of this machine.
 *
 * Where a comment names SQB_E_SINK, SQB_E_RETRY may come too: other processes
 * have been writing for half a minute.
 */
#ifndef SQUAB_LEDGER_H
#define SQUAB_LEDGER_H

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

typedef struct sqb_ledger sqb_ledger;

#define SQB_LEDGER_MAX_UIDL 1024	/* octets; RFC 1939 allows 70 */
#define SQB_LEDGER_MAX_NAME 4096	/* of account, destination, place */
#define SQB_LEDGER_MAX_INTENT 65536	/* octets */
#define SQB_LEDGER_DIGEST 16		/* octets of a header's digest */

/* A row: one message of one account. Times are Unix seconds; 0: not yet. */
typedef struct sqb_ledger_entry {
	sqb_str account;	/* for each() and merge(); the others take
				   the locked one */
	sqb_str uidl;		/* "": it is known by its digest */
	uint8_t digest[SQB_LEDGER_DIGEST];	/* of its header; all 0: not
						   known */
	uint64_t size;		/* octets, as the server's list says */
	int64_t first_seen;
	int64_t delivered;
	int64_t delete_due;	/* when the policy of that run wants it gone */
	int64_t deleted;
	sqb_str destination;	/* where it was delivered; "" */
} sqb_ledger_entry;

/*
 * Opens the ledger in directory dir, both made where missing, and brings its
 * schema up to date. A file that is damaged is given another name, and a new
 * one is begun: see sqb_ledger_set_aside().
 *
 * SQB_E_SINK         it cannot be opened, made or read
 * SQB_E_RETRY        it is damaged, or of an earlier version, and others have
 *                    it open
 * SQB_E_UNSUPPORTED  a later squab has made it
 * SQB_E_NOMEM
 * err may be NULL.
 */
SQB_API int sqb_ledger_open(sqb_ledger **ledger, const char *dir,
    sqb_error *err);
/* Unlocks; what was not committed is forgotten. ledger may be NULL. */
SQB_API void sqb_ledger_close(sqb_ledger *ledger);

/*
 * A handle more of the ledger that other is a handle of, for an account of its
 * own: those that are opened beside one another share what they can, while
 * each is used by a thread of its own, and may be closed in any order.
 * Otherwise as sqb_ledger_open().
 */
SQB_API int sqb_ledger_open_beside(sqb_ledger **ledger,
    const sqb_ledger *other, sqb_error *err);
/*
 * Leaves the connection to the database to the handles beside this one, until
 * it is used again: 1,000 accounts that wait for their servers need none. The
 * account stays locked, and the next look sees what others have written
 * meanwhile. Does nothing while something waits for a commit.
 */
SQB_API void sqb_ledger_rest(sqb_ledger *ledger);

/*
 * The path that a damaged file got in open(); NULL: there was none.
 * Lifetime: the ledger's.
 */
SQB_API const char *sqb_ledger_set_aside(const sqb_ledger *ledger);

/* Why the last call failed. Lifetime: the ledger's. */
SQB_API const sqb_error *sqb_ledger_error(const sqb_ledger *ledger);

/*
 * From now on this handle is about account ("user@host"), which no other
 * process may lock meanwhile. Waits up to wait ms for one that has it. What
 * was locked before is unlocked; what was not committed is forgotten.
 *
 * SQB_E_USAGE  account is empty or too long
 * SQB_E_RETRY  another process is at work on it
 * SQB_E_SINK, SQB_E_NOMEM; no account is locked
 */
SQB_API int sqb_ledger_lock(sqb_ledger *ledger, const char *account,
    sqb_time wait);

/* The identity of a message of the locked account. SQB_E_USAGE, SQB_E_NOMEM */
SQB_API int sqb_ledger_id(sqb_ledger *ledger, sqb_str uidl, uint64_t size,
    sqb_store_id *id);

/*
 * Looks up entry->uidl, or where that is "" entry->digest, with entry->size,
 * in the locked account. 1: the rest of *entry is filled in; 0: it was never
 * seen, and *entry is as it was. What was put counts at once.
 * Lifetime of account and destination: until the next call with ledger.
 *
 * SQB_E_USAGE  no account is locked; neither UIDL nor digest; too long a UIDL
 * SQB_E_SINK, SQB_E_NOMEM
 */
SQB_API int sqb_ledger_find(sqb_ledger *ledger, sqb_ledger_entry *entry);

/*
 * put() adds or replaces the row of a message of the locked account,
 * remove() removes it: durable with the next commit, and others cannot write
 * until then. Once one has failed nothing can be put until commit() has told
 * of it, or rollback().
 *
 * SQB_E_USAGE  as in find(); a name too long; a time before 0. Nothing else
 *              is lost by it.
 * SQB_E_SINK, SQB_E_NOMEM
 */
SQB_API int sqb_ledger_put(sqb_ledger *ledger, const sqb_ledger_entry *entry);
SQB_API int sqb_ledger_remove(sqb_ledger *ledger,
    const sqb_ledger_entry *entry);

/*
 * Removes the rows with that UIDL, of whatever size, or with "" all rows of
 * the locked account; *n of them. Otherwise as remove().
 */
SQB_API int sqb_ledger_forget(sqb_ledger *ledger, sqb_str uidl, uint64_t *n);

/*
 * As put(), for entry->account, which need not be locked. Where there is a
 * row already both are made one: the earliest first_seen, delivered and
 * deleted that are not 0, the latest delete_due, the destination of the
 * earlier delivery, and the digest where one has it.
 */
SQB_API int sqb_ledger_merge(sqb_ledger *ledger,
    const sqb_ledger_entry *entry);

/*
 * Makes durable what was put and removed, and ends the locked account's
 * intents at the places for which intend() or intents() was called since the
 * last commit or rollback. On any failure nothing of it has happened, and
 * these intents stay until they have been read again.
 *
 * SQB_E_SINK, SQB_E_NOMEM; also those of a put() before
 */
SQB_API int sqb_ledger_commit(sqb_ledger *ledger);
/* Forgets what was put and removed since the last commit; intents stay. */
SQB_API void sqb_ledger_rollback(sqb_ledger *ledger);

/*
 * Forgets what was deleted before that time, of the locked account; durable
 * with the next commit. As remove().
 */
SQB_API int sqb_ledger_prune(sqb_ledger *ledger, int64_t before);

/*
 * Calls each for every row of account, or with NULL of all, by account and
 * UIDL, those without a UIDL last. Non-zero from each ends it and is returned.
 * each must not use the ledger. Lifetime of slices: until each returns.
 *
 * SQB_E_SINK, SQB_E_NOMEM
 */
SQB_API int sqb_ledger_each(sqb_ledger *ledger, const char *account,
    int (*each)(void *ctx, const sqb_ledger_entry *entry), void *ctx);

/*
 * What is about to be done at a place that keeps no names ("mbox:/path"):
 * durable when the call returns, and gone with the next commit. One for each
 * account and place; a new one replaces it: where a commit has failed, do not
 * go on before intents() has been asked what was done.
 *
 * SQB_E_USAGE  no account is locked; too long; something waits for a commit
 * SQB_E_SINK, SQB_E_NOMEM
 */
SQB_API int sqb_ledger_intend(sqb_ledger *ledger, const char *place,
    sqb_str intent);
/*
 * Calls each with those of all accounts at place, as sqb_ledger_each() does.
 * The next commit ends the locked account's, so it should record what they
 * tell of.
 */
SQB_API int sqb_ledger_intents(sqb_ledger *ledger, const char *place,
    int (*each)(void *ctx, sqb_str account, sqb_str intent), void *ctx);

#ifdef __cplusplus
}
#endif
#endif

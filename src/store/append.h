/*
 * Messages that are appended to one file which others may append to as well:
 * mbox: and json:. What is about to be appended is written to the ledger
 * first, so that what a crash left half done is found and undone.
 */
#ifndef SQB_STORE_APPEND_H
#define SQB_STORE_APPEND_H

#include "store/lock.h"
#include "store/search.h"
#include "store/spool.h"
#include "store/store.h"

enum { SQB__HEAD_MAX = 160 };

/* What is known of a message in the file. */
typedef struct sqb__record {
	sqb_store_id id;
	uint64_t at;		/* where it begins, in the group */
	uint64_t len;		/* octets in all */
	uint64_t sum;		/* sqb__sum of those that follow the head */
	size_t n_head;
	char head[SQB__HEAD_MAX];	/* its first octets, word by word */
} sqb__record;

typedef struct sqb__append_kind {
	const char *first;	/* how a file begins that is not empty */
	const char *gap;	/* the line ends before a message */
	const char *other;	/* "is no mbox file" */
	/*
	 * The next place in text, from at > 0 on, where somebody's message may
	 * begin or have ended; SIZE_MAX: nowhere. SQB__APPEND_LOOK octets
	 * behind a place and one before it are enough to tell.
	 */
	size_t (*next)(sqb_str text, size_t at);
	/* Makes the head one that means the same. NULL: there is no such. */
	void (*vary)(char *head, size_t n);
} sqb__append_kind;

enum { SQB__APPEND_LOOK = 256 };

typedef struct sqb__append {
	sqb_store *store;
	const sqb__append_kind *kind;
	sqb__lock lock;
	sqb__spool spool;	/* the group */
	char *place;		/* as the ledger has it: "mbox:/path" */
	sqb__record *records;	/* SQB_STORE_GROUP; n_ended are in use */
} sqb__append;

/* Functions return SQB_OK or what sqb__store_fail() does. */
int sqb__append_open(sqb__append *a, sqb_store *s,
    const sqb__append_kind *kind);
void sqb__append_close(sqb__append *a);
int sqb__append_find(sqb__append *a, const sqb_store_id *ids, size_t n,
    bool *there);

/* What is added to the spool from now on is message ids[n_ended]; … */
void sqb__append_begin(sqb__append *a);
/* … and ends here. Of it, n_head octets are its head. */
int sqb__append_end(sqb__append *a, size_t n_head);
void sqb__append_drop(sqb__append *a);
int sqb__append_publish(sqb__append *a);

/* What an intent says that is not, or not wholly, in the file. */
typedef struct sqb__torn {
	uint64_t at;		/* in the file */
	size_t n_head;
	char head[SQB__HEAD_MAX];
} sqb__torn;

/* For free(3). */
typedef struct sqb__torns {
	sqb__torn *items;
	size_t n_items;
} sqb__torns;

/*
 * Of the locked file: marks in w, unless it is NULL, what is there of that
 * which the ledger says was to be appended, and cuts off what is certainly
 * the torn end of that. What is missing is added to torns.
 */
int sqb__recover(sqb__append *a, sqb__search *w, sqb__torns *torns);

/* The intent to append the group at that offset. For free(3); NULL: memory. */
char *sqb__intent_new(const sqb__append *a, uint64_t at, size_t *len);

#endif

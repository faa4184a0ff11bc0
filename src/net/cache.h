/*
 * What is kept for later, by key: a bounded number of things, of which the one
 * that nobody has looked for longest goes first. Not locked: its owner is.
 */
#ifndef SQB_NET_CACHE_H
#define SQB_NET_CACHE_H

#include <squab/base.h>

enum { SQB__CACHE_BUCKETS = 256 };

/* The first member of what is kept. */
typedef struct sqb__kept {
	sqb_str key;			/* the thing's own */
	size_t cost;			/* octets of memory, about */
	struct sqb__kept *next;		/* in the bucket; newest first */
	struct sqb__kept *newer, *older;
} sqb__kept;

typedef struct sqb__cache {
	/* set by the owner; all else is zero in the beginning */
	size_t max_n, max_cost;
	size_t max_same;		/* things of one key */
	void (*drop)(sqb__kept *k);	/* frees what has to go */

	size_t n, cost;
	sqb__kept *newest, *oldest;
	sqb__kept *buckets[SQB__CACHE_BUCKETS];
} sqb__cache;

/* k is the cache's from now on, which may drop it at once. */
void sqb__cache_add(sqb__cache *c, sqb__kept *k);

/* Of several of one key the newest; NULL: there is none. */
sqb__kept *sqb__cache_find(sqb__cache *c, sqb_str key);

/* k is the caller's from now on. */
void sqb__cache_remove(sqb__cache *c, sqb__kept *k);

/* Drops all of one key; key.len 0: all there is. */
void sqb__cache_forget(sqb__cache *c, sqb_str key);

#endif

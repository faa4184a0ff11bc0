/* Which of many identities have been met. */
#ifndef SQB_STORE_SEARCH_H
#define SQB_STORE_SEARCH_H

#include <squab/store.h>

typedef struct sqb__search {
	const sqb_store_id **order;	/* sorted, once any is looked for */
	const sqb_store_id *ids;
	size_t n;
	bool *there;
	bool sorted;
	bool found;		/* any */
} sqb__search;

/* What it is given is borrowed until clear. False: no memory. */
bool sqb__search_init(sqb__search *w, const sqb_store_id *ids, size_t n,
    bool *there);
void sqb__search_clear(sqb__search *w);

/* Met: there[] of each place that has this id becomes true. */
void sqb__search_mark(sqb__search *w, const sqb_store_id *id);

#endif

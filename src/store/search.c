/* Which of many identities have been met; see search.h. */
#include "store/search.h"

#include <stdlib.h>

static int by_id(const void *a, const void *b)
{
	return sqb_store_id_compare(*(const sqb_store_id *const *)a,
	    *(const sqb_store_id *const *)b);
}

bool sqb__search_init(sqb__search *w, const sqb_store_id *ids, size_t n,
    bool *there)
{
	*w = (sqb__search){ .ids = ids, .n = n, .there = there };
	w->order = malloc((n + 1) * sizeof(*w->order));
	if (!w->order)
		return false;
	for (size_t i = 0; i < n; i++)
		w->order[i] = &ids[i];
	return true;
}

void sqb__search_clear(sqb__search *w)
{
	free(w->order);
	w->order = NULL;
}

void sqb__search_mark(sqb__search *w, const sqb_store_id *id)
{
	size_t low = 0, high = w->n;

	/* A new destination has nothing to be met. */
	if (!w->sorted)
		qsort(w->order, w->n, sizeof(*w->order), by_id);
	w->sorted = true;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (sqb_store_id_compare(w->order[mid], id) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < w->n &&
	    sqb_store_id_compare(w->order[low], id) == 0; low++) {
		w->there[w->order[low] - w->ids] = true;
		w->found = true;
	}
}

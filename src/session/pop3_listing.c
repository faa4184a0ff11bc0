/*
 * LIST and UIDL put together. Rows are trusted for nothing: they may come in
 * any order, twice, or not at all.
 */
#include "session/pop3_session.h"

#include <stdlib.h>
#include <string.h>

void sqb__listing_begin(sqb__listing *l, const sqb_allocator *a)
{
	if (!l->ids.allocator)
		sqb__buf_init(&l->ids, a, UINT32_MAX);
	sqb__buf_reset(&l->ids);
	l->n_items = l->n_rows = 0;
	l->no_memory = l->joined = false;
}

void sqb__listing_clear(sqb__listing *l, const sqb_allocator *a)
{
	a->free(a->ctx, l->items);
	a->free(a->ctx, l->rows);
	if (l->ids.allocator)
		sqb__buf_clear(&l->ids);
	*l = (sqb__listing){ .items = NULL };
}

/* What STAT has said is a hint: too much of it is not believed. */
static size_t next_cap(const sqb__listing *l, size_t cap)
{
	enum { FEW = 64, MANY = 65536 };

	if (cap > 0)
		return 2 * cap;
	if (l->n_expected < FEW)
		return FEW;
	return l->n_expected < MANY ? l->n_expected : MANY;
}

/* Room for one more of size octets each. NULL: no memory, *cap as it was. */
static void *grown(const sqb_allocator *a, void *p, size_t size, size_t *cap,
    size_t more)
{

	p = a->realloc(a->ctx, p, *cap * size, more * size);
	if (p)
		*cap = more;
	return p;
}

static void add_item(sqb__listing *l, const sqb_allocator *a,
    uint32_t number, uint64_t size)
{
	sqb_pop3_item *items = l->items;

	if (l->n_items == l->cap_items)
		items = grown(a, items, sizeof(*items), &l->cap_items,
		    next_cap(l, l->cap_items));

	if (!items) {
		l->no_memory = true;
		return;
	}
	l->items = items;
	items[l->n_items++] = (sqb_pop3_item){
		.number = number,
		.size = size,
		.uidl = "",
	};
}

static void add_uidl(sqb__listing *l, const sqb_allocator *a,
    const sqb_pop3_event *ev)
{
	sqb__uidl_row *rows = l->rows;

	if (l->n_rows == l->cap_rows)
		rows = grown(a, rows, sizeof(*rows), &l->cap_rows,
		    next_cap(l, l->cap_rows));

	if (rows) {
		l->rows = rows;
		rows[l->n_rows++] = (sqb__uidl_row){
			.number = ev->number,
			.at = (uint32_t)sqb__buf_len(&l->ids),
		};
		sqb__buf_add(&l->ids, ev->text);
		sqb__buf_add_char(&l->ids, '\0');
	}
	l->no_memory = l->no_memory || !rows || l->ids.failed;
}

void sqb__listing_add(sqb__listing *l, const sqb_allocator *a,
    const sqb_pop3_event *ev)
{
	if (l->no_memory)
		return;
	if (ev->verb == SQB_POP3_LIST)
		add_item(l, a, ev->number, ev->octets);
	else
		add_uidl(l, a, ev);
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = ((const sqb_pop3_item *)a)->number;
	uint32_t y = ((const sqb_pop3_item *)b)->number;

	return x < y ? -1 : x > y;
}

static int by_row_number(const void *a, const void *b)
{
	uint32_t x = ((const sqb__uidl_row *)a)->number;
	uint32_t y = ((const sqb__uidl_row *)b)->number;

	return x < y ? -1 : x > y;
}

/* A number listed twice counts once. */
static void drop_repeats(sqb__listing *l)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->n_items; i++)
		if (kept == 0 ||
		    l->items[kept - 1].number != l->items[i].number)
			l->items[kept++] = l->items[i];
	l->n_items = kept;
}

/* With two different ids for one number there is no telling: it has none. */
static const char *id_at(const sqb__listing *l, size_t first, size_t end)
{
	const char *ids = l->ids.data + l->ids.start;

	for (size_t i = first + 1; i < end; i++)
		if (strcmp(ids + l->rows[i].at, ids + l->rows[first].at) != 0)
			return "";
	return ids + l->rows[first].at;
}

void sqb__listing_join(sqb__listing *l)
{
	size_t row = 0;

	if (l->joined)
		return;
	l->joined = true;
	if (l->n_items > 0)
		qsort(l->items, l->n_items, sizeof(*l->items), by_number);
	if (l->n_rows > 0)
		qsort(l->rows, l->n_rows, sizeof(*l->rows), by_row_number);
	drop_repeats(l);
	for (size_t i = 0; i < l->n_items; i++) {
		uint32_t number = l->items[i].number;
		size_t first;

		while (row < l->n_rows && l->rows[row].number < number)
			row++;
		first = row;
		while (row < l->n_rows && l->rows[row].number == number)
			row++;
		if (row > first)
			l->items[i].uidl = id_at(l, first, row);
	}
}

void sqb__listing_from_rows(sqb__listing *l, const sqb_allocator *a)
{
	for (size_t i = 0; i < l->n_rows && !l->no_memory; i++)
		add_item(l, a, l->rows[i].number, 0);
}

/*
 * Lists of addresses as they are made: rows that grow, and texts in an arena.
 * Names are decoded here, after the grammar has said that they are names.
 */
#include "mime/address.h"

#include "base/ascii.h"
#include "mime/header.h"

#include <string.h>

enum { MAX_MEMORY = 64 * 1024 * 1024 };	/* octets for rows, and for texts */

void sqb__rows_init(sqb__address_rows *r, sqb__arena *arena, size_t max,
    sqb__reading reading)
{
	*r = (sqb__address_rows){ .arena = arena, .max = max,
	    .reading = reading };
	sqb__buf_init(&r->items, arena->allocator, MAX_MEMORY);
	sqb__buf_init(&r->groups, arena->allocator, MAX_MEMORY);
	sqb__buf_init(&r->text, arena->allocator, MAX_MEMORY);
}

void sqb__rows_clear(sqb__address_rows *r)
{
	sqb__buf_clear(&r->items);
	sqb__buf_clear(&r->groups);
	sqb__buf_clear(&r->text);
}

sqb_str sqb__rows_copy(sqb__address_rows *r, sqb_str s)
{
	char *p;

	if (s.len == 0)
		return (sqb_str)SQB_STR("");
	p = sqb__arena_copy(r->arena, s);
	if (!p)
		r->failed = true;
	return p ? (sqb_str){ p, s.len } : (sqb_str)SQB_STR("");
}

sqb_str sqb__rows_decode(sqb__address_rows *r, sqb_str raw)
{
	sqb_str text;

	sqb__buf_reset(&r->text);
	sqb__header_text(raw, r->reading, &r->text);
	if (r->text.failed)
		r->failed = true;
	text = sqb__buf_str(&r->text);
	while (text.len > 0 && text.ptr[0] == ' ')
		text = sqb__str_from(text, 1);
	while (text.len > 0 && text.ptr[text.len - 1] == ' ')
		text.len--;
	return sqb__rows_copy(r, text);
}

static bool add(sqb__address_rows *r, sqb__buf *b, const void *row, size_t n)
{
	sqb__buf_add(b, (sqb_str){ row, n });
	if (b->failed)
		r->failed = true;
	return !b->failed;
}

bool sqb__rows_add(sqb__address_rows *r, const sqb_address *a)
{
	if (r->n_items == r->max || !add(r, &r->items, a, sizeof(*a)))
		return false;
	r->n_items++;
	return true;
}

bool sqb__rows_add_group(sqb__address_rows *r, const sqb_address_group *g)
{
	if (r->n_groups == r->max || !add(r, &r->groups, g, sizeof(*g)))
		return false;
	r->n_groups++;
	return true;
}

sqb_address_group *sqb__rows_group(sqb__address_rows *r)
{
	return (sqb_address_group *)(void *)r->groups.data + r->n_groups - 1;
}

sqb_address *sqb__rows_item(sqb__address_rows *r, size_t n)
{
	return (sqb_address *)(void *)r->items.data + n;
}

void sqb__rows_drop(sqb__address_rows *r, size_t n)
{
	r->n_items -= n;
	r->items.end -= n * sizeof(sqb_address);
}

/* NULL where there is nothing to move, too. */
static const void *move(sqb__address_rows *r, const sqb__buf *b)
{
	sqb_str s = sqb__buf_str(b);
	void *p;

	if (s.len == 0)
		return NULL;
	p = sqb__arena_alloc(r->arena, s.len);
	if (p)
		memcpy(p, s.ptr, s.len);
	else
		r->failed = true;
	return p;
}

bool sqb__rows_finish(sqb__address_rows *r, sqb_addresses *out)
{
	out->items = move(r, &r->items);
	out->groups = move(r, &r->groups);
	out->n_items = r->n_items;
	out->n_groups = r->n_groups;
	return !r->failed;
}

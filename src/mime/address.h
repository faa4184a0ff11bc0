/* Rows of addresses while they are read, and reading into an arena. */
#ifndef SQB_MIME_ADDRESS_H
#define SQB_MIME_ADDRESS_H

#include <squab/message.h>

#include "base/arena.h"
#include "base/buf.h"
#include "text/charset.h"

/*
 * As sqb_addresses_parse(), but the lists and their texts go into arena, from
 * which nothing is given back when it fails. o->allocator is not looked at.
 */
int sqb__addresses_read(sqb_addresses *out, sqb__arena *arena, sqb_str text,
    const sqb_addresses_options *o, sqb__reading r, sqb_error *err);

/* The lists as they grow; their texts are in the arena at once. */
typedef struct sqb__address_rows {
	sqb__arena *arena;
	sqb__reading reading;
	sqb__buf items, groups;	/* sqb_address, sqb_address_group */
	sqb__buf text;		/* what is decoded just now */
	size_t n_items, n_groups, max;
	bool failed;		/* no memory */
} sqb__address_rows;

void sqb__rows_init(sqb__address_rows *r, sqb__arena *arena, size_t max,
    sqb__reading reading);
void sqb__rows_clear(sqb__address_rows *r);

/* A copy; and one decoded and safe to print. Failing is remembered. */
sqb_str sqb__rows_copy(sqb__address_rows *r, sqb_str s);
sqb_str sqb__rows_decode(sqb__address_rows *r, sqb_str raw);

/* False: there are max already, or no memory. */
bool sqb__rows_add(sqb__address_rows *r, const sqb_address *a);
bool sqb__rows_add_group(sqb__address_rows *r, const sqb_address_group *g);
/* The last group; there must be one. */
sqb_address_group *sqb__rows_group(sqb__address_rows *r);
/* The nth row. */
sqb_address *sqb__rows_item(sqb__address_rows *r, size_t n);
/* Takes back the last n rows. */
void sqb__rows_drop(sqb__address_rows *r, size_t n);

/* Moves the lists into the arena; false: no memory. */
bool sqb__rows_finish(sqb__address_rows *r, sqb_addresses *out);

#endif

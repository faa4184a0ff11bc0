/*
 * Any bytes as addresses and as message ids: rows that are whole and safe to
 * print, groups that lie side by side, and a strict reading that is the
 * lenient one or none.
 */
#include <squab/message.h>

#include "base/error.h"
#include "base/utf8.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void want(bool good)
{
	if (!good)
		abort();
}

static void check_text(sqb_str s, bool tabs)
{
	size_t n;

	want(s.ptr && s.ptr[s.len] == '\0');
	for (; s.len > 0; s.ptr += n, s.len -= n) {
		n = tabs && s.ptr[0] == '\t' ? 1 : sqb__printable(s);
		want(n > 0);
	}
}

static void check_list(const sqb_addresses *a, size_t size)
{
	size_t end = 0;

	for (size_t i = 0; i < a->n_items; i++) {
		const sqb_address *row = &a->items[i];

		check_text(row->name, false);
		check_text(row->comment, false);
		check_text(row->address, true);
		want(row->offset <= size && row->len <= size - row->offset);
		want(row->domain.len == 0 ? row->local.len == row->address.len :
		    row->local.len + 1 + row->domain.len == row->address.len);
		want(row->group <= a->n_groups);
	}
	for (size_t i = 0; i < a->n_groups; i++) {
		check_text(a->groups[i].name, false);
		want(a->groups[i].first >= end);
		end = a->groups[i].first + a->groups[i].n_items;
		want(end <= a->n_items);
	}
}

static void compare(const sqb_addresses *a, const sqb_addresses *b)
{
	want(a->n_items == b->n_items && a->n_groups == b->n_groups &&
	    a->defects == b->defects);
	for (size_t i = 0; i < a->n_items; i++)
		want(sqb_str_eq(a->items[i].address, b->items[i].address));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const unsigned fine = SQB_ADDRESS_OBSOLETE | SQB_ADDRESS_NAME_AT;
	sqb_addresses_options o = { .size = sizeof(o), .strict = true };
	sqb_str text = { (const char *)data, size };
	sqb_addresses *lenient, *strict;
	char domain[SQB_DOMAIN_MAX];
	sqb_msgids *ids;

	want(sqb_addresses_parse(&lenient, text, NULL, NULL) == SQB_OK);
	check_list(lenient, size);
	if (sqb_addresses_parse(&strict, text, &o, NULL) == SQB_OK) {
		want((lenient->defects & ~fine) == 0);
		compare(strict, lenient);
		sqb_addresses_free(strict);
	} else {
		want((lenient->defects & ~fine) != 0 ||
		    lenient->n_items > 0);
	}
	for (size_t i = 0; i < lenient->n_items && i < 4; i++)
		sqb_domain_unicode(domain, lenient->items[i].domain);
	sqb_addresses_free(lenient);
	want(sqb_msgids_parse(&ids, text, NULL) == SQB_OK);
	for (size_t i = 0; i < ids->n_items; i++)
		want(ids->items[i].id.len > 0 && ids->items[i].offset < size);
	sqb_msgids_free(ids);
	return 0;
}

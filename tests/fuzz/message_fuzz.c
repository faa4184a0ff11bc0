/*
 * Any bytes as a message: each byte is in one range, and what can be asked of
 * each part comes out safe to print.
 */
#include <squab/record.h>

#include "base/error.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *text)
{
	sqb_str s = sqb_str_of(text);
	size_t n;

	for (; s.len > 0; s.ptr += n, s.len -= n)
		if ((n = sqb__printable(s)) == 0)
			abort();
}

static void check_ranges(const sqb_message *m)
{
	sqb_message_range r = { .kind = SQB_RANGE_NONE };
	uint64_t at = 0;

	for (; sqb_message_next_range(m, &r); at = r.end)
		if (r.start != at || r.end <= at)
			abort();
	if (at != sqb_message_bytes(m).len)
		abort();
}

static void check_part(sqb_message *m, size_t i)
{
	const sqb_part *p = sqb_message_part(m, i);

	if (p->next <= i || p->next > sqb_message_n_parts(m) ||
	    p->header > p->body || p->body > p->epilogue ||
	    p->epilogue > p->end || (i > 0 && p->parent >= i) ||
	    sqb_part_header(m, i).len + sqb_part_body(m, i).len >
	    sqb_message_bytes(m).len)
		abort();
	check(sqb_part_media_type(m, i));
	check(sqb_part_disposition(m, i));
	check(sqb_part_name(m, i));
	check(sqb_part_param(m, i, "charset"));
	check(sqb_part_field(m, i, "Content-Description", 0));
	check(sqb_part_field(m, i, "Subject", 0));
}

static void check_urls(const sqb_urls *urls)
{
	for (size_t i = 0; i < urls->n_items; i++)
		check(urls->items[i]);
}

static void check_list(sqb_message *m, size_t root)
{
	sqb_list l;

	if (!sqb_message_list(m, root, &l))
		return;
	check(l.id);
	check(l.description);
	check_urls(&l.help);
	check_urls(&l.unsubscribe);
	check_urls(&l.subscribe);
	check_urls(&l.post);
	check_urls(&l.owner);
	check_urls(&l.archive);
}

static void check_result(const sqb_auth_result *r)
{
	check(r->method);
	check(r->version);
	check(r->result);
	check(r->reason);
	for (size_t i = 0; i < r->n_properties; i++) {
		check(r->properties[i].type);
		check(r->properties[i].property);
		check(r->properties[i].value);
	}
}

static void check_authentication(sqb_message *m, size_t root)
{
	sqb_authentication a;

	for (size_t n = 0; sqb_message_authentication(m, root, n, &a); n++) {
		check(a.server);
		check(a.version);
		for (size_t i = 0; i < a.n_results; i++)
			check_result(&a.results[i]);
		if (a.n_results == 0 && !a.none && !a.defect)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sqb_str bytes = { (const char *)data, size };
	sqb_message *m = sqb_message_parse(bytes, NULL);

	if (!m || sqb_message_header(m).len > size)
		abort();
	check(sqb_message_subject(m));
	check(sqb_message_from(m));
	check(sqb_message_to(m));
	check(sqb_message_date(m));
	for (size_t n = 0; n < 4; n++)
		check(sqb_message_field(m, "Received", n));
	check_list(m, 0);
	check_authentication(m, 0);
	check_ranges(m);
	for (size_t i = 0; i < sqb_message_n_parts(m); i++)
		check_part(m, i);
	sqb_message_free(m);
	return 0;
}

/*
 * Any bytes as a message: each byte is in one range, and what can be asked of
 * each part comes out safe to print.
 */
#include <squab/message.h>

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
	check_ranges(m);
	for (size_t i = 0; i < sqb_message_n_parts(m); i++)
		check_part(m, i);
	sqb_message_free(m);
	return 0;
}

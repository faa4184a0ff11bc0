/*
 * Any bytes in any charset, detected, and as words of a header: what comes
 * out is UTF-8 of no more than four octets for each, the same each time, and
 * as it was where it is UTF-8 already.
 */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "text/charset_tables.h"
#include "text/encoded_word.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static bool decode(sqb__decoders *d, sqb__charset c, sqb_str in, sqb__buf *out)
{
	bool good;

	sqb__buf_init(out, sqb_allocator_default(), SIZE_MAX / 4);
	good = sqb__charset_decode(d, c, in, out);
	demand(!out->failed);
	demand(sqb__utf8_valid(sqb__buf_str(out)));
	demand(sqb__buf_len(out) <= 4 * in.len);
	return good;
}

/* From now on pairs are remembered, for which a long text is needed. */
static void remember(sqb__decoders *d, sqb__charset c)
{
	char blanks[600];
	sqb__buf out;

	d->allocator = sqb_allocator_default();
	memset(blanks, ' ', sizeof(blanks));
	decode(d, c, (sqb_str){ blanks, sizeof(blanks) }, &out);
	sqb__buf_clear(&out);
}

/* The second time with the state that the first has left behind. */
static void check_charset(sqb__charset c, sqb_str in)
{
	sqb__decoders d = { .open = 0 };
	sqb__buf first, again, table;
	bool good;

	demand(sqb__charset_name(c)[0] != '\0');
	good = decode(&d, c, in, &first);
	demand(decode(&d, c, in, &again) == good);
	remember(&d, c);
	demand(decode(&d, c, in, &table) == good);
	demand(sqb_str_eq(sqb__buf_str(&first), sqb__buf_str(&again)));
	demand(sqb_str_eq(sqb__buf_str(&first), sqb__buf_str(&table)));
	sqb__buf_clear(&first);
	sqb__buf_clear(&again);
	sqb__buf_clear(&table);
	sqb__decoders_clear(&d);
}

static void check_utf8(sqb_str in)
{
	sqb__decoders d = { .open = 0 };
	sqb__buf out;
	size_t whole = 0, n;
	uint32_t c;
	bool good = decode(&d, SQB__CHARSET_UTF_8, in, &out);

	while ((n = sqb__utf8_decode((sqb_str){ in.ptr + whole,
	    in.len - whole }, &c)) > 0)
		whole += n;
	demand(sqb__utf8_len(in) == whole);
	demand(good == (whole == in.len));
	demand(whole == 0 || !memcmp(out.data, in.ptr, whole));
	demand(!good || sqb__buf_len(&out) == in.len);
	sqb__buf_clear(&out);
	sqb__decoders_clear(&d);
}

static void check_words(sqb_str in)
{
	sqb__decoders d = { .open = 0 };
	sqb__buf out;

	sqb__buf_init(&out, sqb_allocator_default(), SIZE_MAX / 4);
	sqb__decode_words(in, (sqb__reading){ &d,
	    SQB__CHARSET_WINDOWS_1252 }, &out);
	demand(!out.failed && sqb__utf8_valid(sqb__buf_str(&out)));
	demand(sqb__buf_len(&out) <= 4 * in.len);
	sqb__buf_clear(&out);
	sqb__decoders_clear(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sqb_str in = { (const char *)data + 1, size - 1 };

	if (size == 0)
		return 0;
	check_charset(data[0] % N_CHARSETS, in);
	check_charset(sqb__charset_detect(in), in);
	check_utf8(in);
	check_words(in);
	demand(sqb__charset_find(in) < N_CHARSETS);
	return 0;
}

/*
 * Charsets of two octets a character say the same with a table as without:
 * each pair alone, and texts of pairs, escapes and what does not belong.
 */
#include "exact.h"

#include "text/charset.h"

static const char *const labels[] = { "gb18030", "shift_jis", "euc-jp",
    "euc-kr", "big5", "iso-2022-jp", "hz-gb-2312" };

enum { LONG = 600 };	/* octets that are worth a table */

typedef struct pair_of_decoders {
	sqb__charset charset;
	sqb__decoders with, without;
} pair_of_decoders;

/* A long text comes first, for which the table is made. */
static void begin(pair_of_decoders *d, const char *label,
    const sqb_allocator *a)
{
	char blanks[LONG];
	sqb__buf out;

	*d = (pair_of_decoders){ .with = { .allocator = a },
	    .charset = sqb__charset_find(sqb_str_of(label)) };
	memset(blanks, ' ', sizeof(blanks));
	sqb__buf_init(&out, sqb_allocator_default(), 1 << 20);
	assert_true(sqb__charset_decode(&d->with, d->charset,
	    (sqb_str){ blanks, sizeof(blanks) }, &out));
	assert_int_equal(sqb__buf_len(&out), sizeof(blanks));
	sqb__buf_clear(&out);
}

static void end(pair_of_decoders *d)
{
	sqb__decoders_clear(&d->with);
	sqb__decoders_clear(&d->without);
}

static void check(pair_of_decoders *d, sqb__buf *one, sqb__buf *two,
    sqb_str in)
{
	bool good = sqb__charset_decode(&d->with, d->charset, in, one);

	assert_int_equal(sqb__charset_decode(&d->without, d->charset, in, two),
	    good);
	assert_true(sqb_str_eq(sqb__buf_str(one), sqb__buf_str(two)));
	sqb__buf_reset(one);
	sqb__buf_reset(two);
}

/* Before and behind the pair stands what shows where it ends. */
static void test_each_pair(void **state)
{
	static const char *const around[][2] = { { "a", "b" },
	    { "a\x1b$B", "\x1b(Bb" }, { "\x1b$@", "" } };
	sqb__buf one, two;

	(void)state;
	sqb__buf_init(&one, sqb_allocator_default(), 1 << 20);
	sqb__buf_init(&two, sqb_allocator_default(), 1 << 20);
	for (size_t i = 0; i < ARRAY_LEN(labels) * 3; i++) {
		pair_of_decoders d;
		char text[16];

		begin(&d, labels[i / 3], sqb_allocator_default());
		for (unsigned pair = 0; pair <= 0xffff; pair++) {
			const char *const *s = around[i % 3];
			size_t n = strlen(s[0]);

			memcpy(text, s[0], n);
			text[n++] = (char)(pair >> 8);
			text[n++] = (char)(pair & 0xff);
			memcpy(text + n, s[1], strlen(s[1]));
			check(&d, &one, &two, (sqb_str){ text,
			    n + strlen(s[1]) });
		}
		end(&d);
	}
	sqb__buf_clear(&one);
	sqb__buf_clear(&two);
}

static const sqb_str pieces[] = {
	SQB_STR("\x1b$B"), SQB_STR("\x1b$@"), SQB_STR("\x1b(B"),
	SQB_STR("\x1b(J"), SQB_STR("\x1b(I"), SQB_STR("\x1b$(D"),
	SQB_STR("\x1b"), SQB_STR("0!"), SQB_STR("$\""), SQB_STR("%\""),
	SQB_STR(" "), SQB_STR("\t"), SQB_STR("\r\n"), SQB_STR("\n"),
	SQB_STR("plain"), SQB_STR("\\"), SQB_STR("~"), SQB_STR("\x0e"),
	SQB_STR("\xb0\xa1"), SQB_STR("\x81\x30\x84\x36"), SQB_STR("\xb1"),
	SQB_STR("\x88\x62"), SQB_STR("\x8f\xb0\xa1"), SQB_STR("\xff"),
	SQB_STR("\x82\xa0"), SQB_STR("~{"), SQB_STR("~}"), SQB_STR("\x7f"),
};

static void test_texts(void **state)
{
	uint64_t seed = 1;
	sqb__buf one, two;

	(void)state;
	sqb__buf_init(&one, sqb_allocator_default(), 1 << 20);
	sqb__buf_init(&two, sqb_allocator_default(), 1 << 20);
	for (size_t i = 0; i < ARRAY_LEN(labels) * 4000; i++) {
		pair_of_decoders d;
		char text[64];
		size_t n = 0;
		sqb_str in;

		if (i % 400 == 0)
			begin(&d, labels[i / 4000], sqb_allocator_default());
		for (int k = 0; k < 8; k++) {
			sqb_str s = pieces[next_random(&seed) %
			    ARRAY_LEN(pieces)];

			memcpy(text + n, s.ptr, s.len);
			n += s.len;
		}
		in = exact((sqb_str){ text, n });
		check(&d, &one, &two, in);
		exact_free(in);
		if (i % 400 == 399)
			end(&d);
	}
	sqb__buf_clear(&one);
	sqb__buf_clear(&two);
}

/* Without memory for a table the text is read all the same. */
static void test_no_memory(void **state)
{
	counting c;
	pair_of_decoders d;
	sqb__buf one, two;

	(void)state;
	counting_init(&c, 1);
	sqb__buf_init(&one, sqb_allocator_default(), 1 << 20);
	sqb__buf_init(&two, sqb_allocator_default(), 1 << 20);
	begin(&d, "gb18030", &c.allocator);
	assert_int_equal(c.n_asked, 1);
	check(&d, &one, &two, (sqb_str)SQB_STR("\xb0\xa1"));
	end(&d);
	assert_int_equal(c.n_out, 0);
	sqb__buf_clear(&one);
	sqb__buf_clear(&two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_pair),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

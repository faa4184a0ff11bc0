/* Slices, numbers, the buffer, errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/error.h"

static void test_slices(void **state)
{
	(void)state;
	assert_int_equal(sqb_str_of(NULL).len, 0);
	assert_true(sqb_str_eq(sqb_str_of(NULL), sqb_str_of("")));
	assert_true(sqb_str_eq_nocase(sqb_str_of("aZ0"), sqb_str_of("Az0")));
	assert_false(sqb_str_eq_nocase(sqb_str_of("a["), sqb_str_of("a{")));
	assert_false(sqb_str_eq(sqb_str_of("a"), sqb_str_of("A")));
	assert_true(sqb__has_nocase(sqb_str_of("Mailbox LOCKED"), "lock"));
	assert_false(sqb__has_nocase(sqb_str_of("loc"), "lock"));
	assert_true(sqb__has_word(sqb_str_of(" a USER b"), "user"));
	assert_false(sqb__has_word(sqb_str_of("USERS"), "USER"));
}

static void test_numbers(void **state)
{
	static const struct {
		const char *in;
		uint64_t max;
		bool ok;
		uint64_t want;
	} cases[] = {
		{ "0", 10, true, 0 },
		{ "007", 10, true, 7 },
		{ "10", 10, true, 10 },
		{ "11", 10, false, 0 },
		{ "18446744073709551615", UINT64_MAX, true, UINT64_MAX },
		{ "18446744073709551616", UINT64_MAX, false, 0 },
		{ "99999999999999999999999", UINT64_MAX, false, 0 },
		{ "4294967296", UINT32_MAX, false, 0 },
		{ "5", 4, false, 0 },
		{ "", 10, false, 0 },
		{ "-1", 10, false, 0 },
		{ "+1", 10, false, 0 },
		{ " 1", 10, false, 0 },
		{ "1 ", 10, false, 0 },
		{ "1e9", UINT64_MAX, false, 0 },
		{ "0x1", UINT64_MAX, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t n = 0;

		if (sqb__parse_uint(sqb_str_of(cases[i].in), cases[i].max,
		    &n) != cases[i].ok || n != cases[i].want)
			fail_msg("%s", cases[i].in);
	}
}

static void test_buffer(void **state)
{
	const sqb_allocator *a = sqb_allocator_default();
	sqb__buf b;

	(void)state;
	sqb__buf_init(&b, a, 1000);
	for (int i = 0; i < 100; i++) {
		sqb__buf_add_uint(&b, 1000000000u + (unsigned)i);
		assert_false(b.failed);
		if (i % 2 == 1)
			sqb__buf_drop(&b, 10);
		if (sqb__buf_len(&b) > 900)
			sqb__buf_drop(&b, 900);
	}
	assert_true(b.cap <= 1000);
	sqb__buf_reset(&b);
	sqb__buf_add_uint(&b, 0);
	sqb__buf_add_char(&b, ' ');
	sqb__buf_add_uint(&b, UINT64_MAX);
	sqb__buf_add_c(&b, "");
	assert_true(sqb_str_eq(sqb__buf_str(&b),
	    sqb_str_of("0 18446744073709551615")));
	sqb__buf_clear(&b);
	assert_int_equal(sqb__buf_len(&b), 0);
}

/* Past its maximum it fails once and for all, and keeps what it had. */
static void test_buffer_limit(void **state)
{
	char big[64] = { 0 };
	sqb__buf b;

	(void)state;
	sqb__buf_init(&b, sqb_allocator_default(), 100);
	sqb__buf_add(&b, (sqb_str){ big, 64 });
	sqb__buf_add(&b, (sqb_str){ big, 36 });
	assert_false(b.failed);
	sqb__buf_add_char(&b, 'x');
	assert_true(b.failed);
	assert_int_equal(sqb__buf_len(&b), 100);
	sqb__buf_drop(&b, 50);
	sqb__buf_add_char(&b, 'x');
	assert_int_equal(sqb__buf_len(&b), 50);
	assert_false(sqb__buf_reserve(&b, SIZE_MAX));
	sqb__buf_clear(&b);
}

/* No octet of a secret stays where it was. */
static void test_secret_buffer(void **state)
{
	sqb__buf b;
	size_t cap;

	(void)state;
	sqb__buf_init(&b, sqb_allocator_default(), 1000);
	b.secret = true;
	sqb__buf_add_c(&b, "secret, secret");
	cap = b.cap;
	sqb__buf_drop(&b, 8);
	assert_int_equal(b.data[0], 0);
	assert_int_equal(b.data[7], 0);
	assert_memory_equal(b.data + 8, "secret", 6);
	sqb__buf_reset(&b);
	for (size_t i = 0; i < 14; i++)
		assert_int_equal(b.data[i], 0);
	assert_int_equal(b.cap, cap);
	sqb__buf_clear(&b);
}

static void test_visible(void **state)
{
	static const struct { const char *in, *want; } cases[] = {
		{ "plain", "plain" },
		{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
		{ "\x1b[2J", "\\x1b[2J" },
		{ "a\r\n\tb\x7f", "a\\x0d\\x0a\\x09b\\x7f" },
		{ "\xc2\x9b", "\\xc2\\x9b" },		/* C1 */
		{ "\xe2\x80\xae", "\\xe2\\x80\\xae" },	/* bidi */
		{ "\xff\xc3", "\\xff\\xc3" },
		{ "\xc0\xaf", "\\xc0\\xaf" },		/* overlong */
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },	/* surrogate */
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sqb__visible(out, sizeof(out), sqb_str_of(cases[i].in));
		assert_string_equal(out, cases[i].want);
	}
	for (size_t cap = 1; cap < 8; cap++) {	/* never within a character */
		sqb__visible(out, cap, sqb_str_of("\xe4\xb8\xad\xe4\xb8\xad"));
		assert_int_equal(strlen(out), (cap - 1) / 3 * 3);
	}
}

static void test_errors(void **state)
{
	char long_text[400];
	sqb_error err;

	(void)state;
	assert_int_equal(sqb__error(&err, SQB_E_NET, "a", "b"), SQB_E_NET);
	assert_string_equal(err.text, "ab");
	sqb__error_add_peer(&err, ": ", (sqb_str)SQB_STR("no\x1b"));
	assert_string_equal(err.text, "ab: no\\x1b");
	assert_string_equal(err.text + err.peer, "no\\x1b");
	memset(long_text, 'x', sizeof(long_text));
	long_text[sizeof(long_text) - 1] = '\0';
	sqb__error(&err, SQB_E_NET, "a", long_text, "z");
	assert_int_equal(strlen(err.text), SQB_ERROR_TEXT - 1);
	sqb__error_add_peer(&err, "b", sqb_str_of("c"));
	assert_int_equal(strlen(err.text), SQB_ERROR_TEXT - 1);
	assert_int_equal(sqb__error(NULL, SQB_E_EOF, "x"), SQB_E_EOF);
	assert_string_equal(sqb_code_name(SQB_E_UNKNOWN), "UNKNOWN");
	assert_string_equal(sqb_code_name(1), "?");
	assert_string_equal(sqb_code_name(-99), "?");
	assert_int_equal(sqb_code_exit(SQB_E_AUTH), 77);
	assert_int_equal(sqb_code_exit(SQB_OK), 0);
	assert_int_equal(sqb_code_exit(-99), 70);
	for (int code = SQB_E_SINK; code < 0; code++) {
		assert_true(sqb_code_exit(code) >= 64);
		assert_true(sqb_code_exit(code) <= 78);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slices),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_buffer),
		cmocka_unit_test(test_buffer_limit),
		cmocka_unit_test(test_secret_buffer),
		cmocka_unit_test(test_visible),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}

/* Safe output: whatever bytes go in, no control character comes out. */
#include "cli/print.h"

#include <errno.h>
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A copy with nothing behind it, so that a sanitizer sees an over-read. */
static char *exact(const char *bytes, size_t len)
{
	char *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	return copy;
}

typedef struct want {
	const char *in;
	size_t len;
	const char *safe, *json;
} want;

#define IN(literal) literal, sizeof(literal) - 1

static const want cases[] = {
	{ IN(""), "", "" },
	{ IN("plain"), "plain", "plain" },
	{ IN("\033[2J"), "\\x1b[2J", "\\u001b[2J" },
	{ IN("a\0b"), "a\\x00b", "a\\u0000b" },
	{ IN("\r\n\t"), "\\x0d\\x0a\\x09", "\\u000d\\u000a\\u0009" },
	{ IN("\xc3\xa9"), "\xc3\xa9", "\xc3\xa9" },
	{ IN("\xc2\x9b" "1m"), "\\xc2\\x9b1m", "\\u009b1m" },
	{ IN("\x9b"), "\\x9b", "\\ufffd" },
	{ IN("\xe2\x80\xae"), "\\xe2\\x80\\xae", "\\u202e" },
	{ IN("\xf0\x9f\x90\xa6"), "\xf0\x9f\x90\xa6", "\xf0\x9f\x90\xa6" },
	{ IN("\xf3\xa0\x80\xa1"), "\\xf3\\xa0\\x80\\xa1", "\\udb40\\udc21" },
	{ IN("\xc0\xaf"), "\\xc0\\xaf", "\\ufffd\\ufffd" },
	{ IN("\xed\xa0\x80"), "\\xed\\xa0\\x80",
	    "\\ufffd\\ufffd\\ufffd" },
	{ IN("\xe2\x82"), "\\xe2\\x82", "\\ufffd\\ufffd" },
	{ IN("\"\\"), "\"\\", "\\\"\\\\" },
	{ IN("\x7f"), "\\x7f", "\\u007f" },
};

static void test_safe(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *in = exact(cases[i].in, cases[i].len), *out = NULL;
		size_t n;
		FILE *f = open_memstream(&out, &n);

		cli_print_safe(f, (sqb_str){ in, cases[i].len });
		fclose(f);
		assert_string_equal(out, cases[i].safe);
		free(out);
		free(in);
	}
}

static void test_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *in = exact(cases[i].in, cases[i].len), *out = NULL;
		char line[200];
		size_t n;
		FILE *f = open_memstream(&out, &n);
		cli_json j = cli_json_begin(f);

		cli_json_number(&j, "n", -7);
		cli_json_bool(&j, "b", true);
		cli_json_string(&j, "s", (sqb_str){ in, cases[i].len });
		cli_json_end(&j);
		fclose(f);
		snprintf(line, sizeof(line),
		    "{\"n\":-7,\"b\":true,\"s\":\"%s\"}\n", cases[i].json);
		assert_string_equal(out, line);
		free(out);
		free(in);
	}
}

static void test_columns(void **state)
{
	static const struct {
		const char *in;
		size_t width;
		bool pad;
		const char *want;
	} rows[] = {
		{ "abc", 5, true, "abc  " }, { "abc", 5, false, "abc" },
		{ "abcdef", 4, true, "abc\xe2\x80\xa6" },
		{ "abcd", 4, true, "abcd" }, { "abc", 0, true, "abc" },
		{ "\xe6\x97\xa5\xe6\x9c\xac", 5, true,
		    "\xe6\x97\xa5\xe6\x9c\xac " },
		{ "\xe6\x97\xa5\xe6\x9c\xac", 3, true,
		    "\xe6\x97\xa5\xe2\x80\xa6" },
		{ "e\xcc\x81t", 2, true, "e\xcc\x81t" },
		{ "\033\033", 5, true, "\\x1b\xe2\x80\xa6" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *out = NULL;
		size_t n;
		FILE *f = open_memstream(&out, &n);

		cli_print_column(f, sqb_str_of(rows[i].in), rows[i].width,
		    rows[i].pad);
		fclose(f);
		assert_string_equal(out, rows[i].want);
		free(out);
	}
}

static void test_sizes(void **state)
{
	static const struct {
		uint64_t in;
		const char *want;
	} rows[] = {
		{ 0, "0" }, { 999, "999" }, { 1000, "1.0K" }, { 1024, "1.0K" },
		{ 1536, "1.5K" }, { 10240, "10K" }, { 1023000, "999K" },
		{ 1048576, "1.0M" }, { 13000000, "12M" },
		{ UINT64_MAX, "16E" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(cli_size(rows[i].in).text, rows[i].want);
}

static void test_exit_statuses(void **state)
{
	static const struct {
		sqb_code code;
		int sys, want;
	} errors[] = {
		{ SQB_OK, 0, 0 }, { SQB_E_AUTH, 0, 77 },
		{ SQB_E_EOF, ECONNRESET, 75 }, { SQB_E_NET, 0, 69 },
		{ SQB_E_NET, ECONNREFUSED, 69 }, { SQB_E_NET, EPIPE, 75 },
		{ SQB_E_NET, ECONNRESET, 75 }, { SQB_E_NET, ETIMEDOUT, 75 },
		{ SQB_E_NET, EAI_NONAME, 68 }, { SQB_E_NET, EAI_AGAIN, 75 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(errors); i++) {
		sqb_error err = { .code = errors[i].code,
			.sys = errors[i].sys };

		assert_int_equal(cli_error_exit(&err), errors[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_safe),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_exit_statuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

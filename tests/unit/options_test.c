/* The command line: words in, values and operands out. */
#include "cli/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

typedef struct values {
	bool flag;
	const char *text;
	uint32_t count;
	uint64_t size;
	sqb_time time, age;
	int choice;
} values;

static const cli_option table[] = {
	{ "flag", NULL, "", CLI_FLAG, offsetof(values, flag) },
	{ "text", "TEXT", "", CLI_STRING, offsetof(values, text) },
	{ "count", "N", "", CLI_COUNT, offsetof(values, count) },
	{ "size", "SIZE", "", CLI_SIZE, offsetof(values, size) },
	{ "time", "TIME", "", CLI_TIME, offsetof(values, time) },
	{ "age", "TIME", "", CLI_AGE, offsetof(values, age) },
	{ "choice", "one|two", "", CLI_CHOICE, offsetof(values, choice) },
	{ .name = NULL }
};

static int parse(const char *const *words, values *v, char **argv)
{
	cli_option_set set = { NULL, table, v, sizeof(*v) };
	cli_usage usage = { "test", "X...", "", 0, 3, &set, 1 };
	int argc = 0;

	*v = (values){ .flag = false };
	for (; words[argc]; argc++)
		argv[argc] = (char *)(uintptr_t)words[argc];
	return cli_options(&usage, argc, argv);
}

static void test_sizes(void **state)
{
	static const struct {
		const char *text;
		bool good;
		uint64_t want;
	} cases[] = {
		{ "0", true, 0 }, { "20000", true, 20000 },
		{ "64K", true, 65536 }, { "25M", true, 25u << 20 },
		{ "1G", true, 1u << 30 }, { "2k", true, 2048 },
		{ "", false, 0 }, { "K", false, 0 }, { "-1", false, 0 },
		{ "1KB", false, 0 }, { "1 K", false, 0 }, { "1.5M", false, 0 },
		{ "9223372036854775807", true, INT64_MAX },
		{ "9223372036854775808", false, 0 },
		{ "99999999999999999999", false, 0 },
		{ "9007199254740992K", false, 0 }, { "0x10", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t got = 0;

		assert_int_equal(cli_parse_size(cases[i].text, &got),
		    cases[i].good);
		assert_true(got == cases[i].want);
	}
}

static void test_times(void **state)
{
	static const struct {
		const char *text;
		bool good;
		sqb_time want;
	} cases[] = {
		{ "30", true, 30000 }, { "30s", true, 30000 },
		{ "5m", true, 300000 }, { "2h", true, 7200000 },
		{ "30d", true, 2592000000 }, { "1w", false, 0 },
		{ "d", false, 0 }, { "1d1h", false, 0 },
		{ "106751991168d", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		sqb_time got = 0;

		assert_int_equal(cli_parse_time(cases[i].text, &got),
		    cases[i].good);
		assert_true(got == cases[i].want);
	}
}

static void test_all_forms(void **state)
{
	static const char *const words[] = { "cmd", "a", "--flag", "--text",
		"--flag", "--count=7", "-", "--size", "2K", "--time=1m",
		"--age", "30d",
		"--choice", "two", "--", "--flag", NULL };
	char *argv[20];
	values v;

	(void)state;
	assert_int_equal(parse(words, &v, argv), 3);
	assert_true(v.flag);
	assert_string_equal(v.text, "--flag");
	assert_int_equal(v.count, 7);
	assert_int_equal(v.size, 2048);
	assert_int_equal(v.time, 60000);
	assert_int_equal(v.age, 2592000000);
	assert_int_equal(v.choice, 2);
	assert_string_equal(argv[0], "a");
	assert_string_equal(argv[1], "-");
	assert_string_equal(argv[2], "--flag");
}

static void test_misuse(void **state)
{
	static const char *const cases[][5] = {
		{ "cmd", "--frob", NULL }, { "cmd", "--flag=yes", NULL },
		{ "cmd", "--text", NULL }, { "cmd", "--text=", NULL },
		{ "cmd", "--count", "0", NULL }, { "cmd", "--count=-1", NULL },
		{ "cmd", "--count=4294967296", NULL },
		{ "cmd", "--age=30", NULL }, { "cmd", "--age=0d", NULL },
		{ "cmd", "--size=0", NULL }, { "cmd", "--choice", "three" },
		{ "cmd", "--choice=one|two", NULL }, { "cmd", "-x", NULL },
		{ "cmd", "--choice=on", NULL }, { "cmd", "--fla", NULL },
		{ "a", "b", "c", "d", "e" },
	};
	char *argv[16];
	values v;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *words[6] = { NULL };

		memcpy(words, cases[i], sizeof(cases[i]));
		assert_int_equal(parse(words, &v, argv), CLI_MISUSED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_all_forms),
		cmocka_unit_test(test_misuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Commands of the user's: lists of words, what they print, how they end. */
#include "cli/command.h"
#include "cli/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LONG 60000		/* ms: nothing here takes so long */

/* The words, each ended by "|". */
static const char *joined(const cli_words *w)
{
	static char out[CLI_WORDS_TEXT + CLI_WORDS_MAX];
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < w->n; i++)
		at += (size_t)snprintf(out + at, sizeof(out) - at, "%s|",
		    w->argv[i]);
	assert_null(w->argv[w->n]);
	return out;
}

static void test_good_words(void **state)
{
	static const struct { const char *text, *want; } cases[] = {
		{ "[\"pass\"]", "pass|" },
		{ " [ \"pass\" , \"mail/work\" ] \t\r\n", "pass|mail/work|" },
		{ "[\"a\",\"\",\"b c\"]", "a||b c|" },
		{ "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]", "\"\\/\b\f\n\r\t|" },
		{ "[\"\\u0041\\u00e9\\u20AC\"]", "A\xc3\xa9\xe2\x82\xac|" },
		{ "[\"\\ud83d\\uDC26\"]", "\xf0\x9f\x90\xa6|" },
		{ "[\"\\u007f\\u0080\\u07ff\\u0800\\uffff\"]", "\x7f"
		    "\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf|" },
		{ "[\"\xc3\xa9\xff\"]", "\xc3\xa9\xff|" },
		{ "[\"a;b $c `d`\"]", "a;b $c `d`|" },
	};
	const char *why;
	cli_words w;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_true(cli_words_parse(&w, cases[i].text, &why));
		assert_null(why);
		assert_string_equal(joined(&w), cases[i].want);
	}
}

static void test_wrong_words(void **state)
{
	static const struct { const char *text, *why; } cases[] = {
		{ "", "begins" }, { "\"a\"", "begins" }, { "[", "quotes" },
		{ "[]", "quotes" }, { "[a]", "quotes" }, { "[1]", "quotes" },
		{ "['a']", "quotes" }, { "[[\"a\"]]", "quotes" },
		{ "[\"a\",]", "quotes" }, { "[,\"a\"]", "quotes" },
		{ "[\"a", "not end" }, { "[\"a\"", "after a word" },
		{ "[\"a\" \"b\"]", "after a word" },
		{ "[\"a\"] x", "follows" }, { "[\"a\"],", "follows" },
		{ "[\"\"]", "program" }, { "[\"\",\"a\"]", "program" },
		{ "[\"\\x\"]", "backslash" }, { "[\"\\", "backslash" },
		{ "[\"\\u\"]", "digits" }, { "[\"\\u12\"]", "digits" },
		{ "[\"\\u00g0\"]", "digits" }, { "[\"\\u", "digits" },
		{ "[\"\\u0000\"]", "NUL" }, { "[\"a\tb\"]", "control" },
		{ "[\"a\nb\"]", "control" }, { "[\"\\ud83d\"]", "half" },
		{ "[\"\\ud83dx\"]", "half" }, { "[\"\\udc26\"]", "half" },
		{ "[\"\\ud83d\\u0041\"]", "half" },
		{ "[\"\\ud83d\\n\"]", "half" },
	};
	const char *why;
	cli_words w;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_false(cli_words_parse(&w, cases[i].text, &why));
		assert_non_null(strstr(why, cases[i].why));
	}
}

/* A list of n words of len octets each. */
static void make_list(char *out, size_t n, size_t len)
{
	char *p = out;

	for (size_t i = 0; i < n; i++) {
		*p++ = i == 0 ? '[' : ',';
		*p++ = '"';
		memset(p, 'x', len);
		p += len;
		*p++ = '"';
	}
	*p++ = ']';
	*p = '\0';
}

static void test_limits_of_words(void **state)
{
	static char text[3 * CLI_WORDS_TEXT];
	const char *why;
	cli_words w;

	(void)state;
	make_list(text, CLI_WORDS_MAX, 1);
	assert_true(cli_words_parse(&w, text, &why));
	make_list(text, CLI_WORDS_MAX + 1, 1);
	assert_false(cli_words_parse(&w, text, &why));
	make_list(text, 2, CLI_WORDS_TEXT / 2 - 4);
	assert_true(cli_words_parse(&w, text, &why));
	make_list(text, 2, CLI_WORDS_TEXT / 2 - 3);
	assert_false(cli_words_parse(&w, text, &why));
}

static void test_output(void **state)
{
	static const struct { const char *command, *want; } cases[] = {
		{ "echo a b; echo c", "a b\nc\n" },
		{ "[\"printf\", \"%s,\", \"a b\", \"$HOME;\"]", "a b,$HOME;," },
		{ "printf 0123456789abcdefghij", "0123456789abcdef" },
		{ "head -c 300000 /dev/zero | tr '\\0' x",
		    "xxxxxxxxxxxxxxxx" },
		{ "true", "" },
		{ "exec >&-; exit 0", "" },
	};
	char out[16];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t len = 0;

		assert_int_equal(cli_command_run(cases[i].command, LONG, out,
		    sizeof(out), &len), 0);
		assert_int_equal(len, strlen(cases[i].want));
		assert_memory_equal(out, cases[i].want, len);
	}
}

static void test_failure(void **state)
{
	static const struct { const char *command; int want; } cases[] = {
		{ "echo a; exit 3", 78 }, { "kill -9 $$", 78 },
		{ "[\"/none/such\"]", 78 }, { "[\"a\"", 64 },
		{ "[\"false\"]", 78 },
	};
	char out[16];
	size_t len;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(cli_command_run(cases[i].command, LONG, out,
		    sizeof(out), &len), cases[i].want);
}

/* They would never end: whether they talk, are silent, or say they are done. */
static void test_patience(void **state)
{
	static const char *const commands[] = {
		"sleep 100000", "while :; do echo x; done",
		"exec >&-; sleep 100000", "[\"sleep\", \"100000\"]",
		"trap '' TERM INT HUP; while :; do sleep 1000; done",
	};
	char out[16];
	size_t len;

	(void)state;
	for (size_t i = 0; i < COUNT(commands); i++)
		assert_int_equal(cli_command_run(commands[i], 50, out,
		    sizeof(out), &len), 78);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_words),
		cmocka_unit_test(test_wrong_words),
		cmocka_unit_test(test_limits_of_words),
		cmocka_unit_test(test_output),
		cmocka_unit_test(test_failure),
		cmocka_unit_test(test_patience),
	};

	return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}

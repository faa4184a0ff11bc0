/* command: and json:-: what is run, with what, and what its end means. */
#include "store_fixture.h"

#include "store/command.h"
#include "store/pipe.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static const struct {
	const char *in, *words, *why;
} arrays[] = {
	{ "[\"a\"]", "a|", NULL },
	{ " [\"a\"]", "sh|-c| [\"a\"]|", NULL },
	{ "[ \"a b\" , \"\" ,\t\"c\"\n] ", "a b||c|", NULL },
	{ "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]", "\"\\/\b\f\n\r\t|", NULL },
	{ "[\"\\u00e9\\ud83d\\ude00\"]", "\xc3\xa9\xf0\x9f\x98\x80|", NULL },
	{ "[", NULL, "is no JSON array of words" },
	{ "[]", NULL, "is no JSON array of words" },
	{ "[\"a\"", NULL, "is no JSON array of words" },
	{ "[\"a\",]", NULL, "is no JSON array of words" },
	{ "[\"a\"]x", NULL, "is no JSON array of words" },
	{ "[\"a\" \"b\"]", NULL, "is no JSON array of words" },
	{ "[\"a", NULL, "is no JSON array of words" },
	{ "[\"a\\", NULL, "is no JSON array of words" },
	{ "[\"a\\x\"]", NULL, "is no JSON array of words" },
	{ "[\"\\u00\"]", NULL, "is no JSON array of words" },
	{ "[\"\\u0000\"]", NULL, "is no JSON array of words" },
	{ "[\"\\ud83d\"]", NULL, "is no JSON array of words" },
	{ "[\"\\ud83d\\u0041\"]", NULL, "is no JSON array of words" },
	{ "[\"\\ude00\"]", NULL, "is no JSON array of words" },
	{ "[\"a\nb\"]", NULL, "is no JSON array of words" },
	{ "[1]", NULL, "is no JSON array of words" },
	{ "[\"\"]", NULL, "begins with an empty word" },
	{ "x 'y' z", "sh|-c|x 'y' z|", NULL },
};

static void test_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(arrays); i++) {
		char *exact = strdup(arrays[i].in), got[100] = "";
		const char *why;
		char **words = sqb__words_new(exact, &why);

		if (!words)
			assert_string_equal(why, arrays[i].why);
		else
			assert_non_null(arrays[i].words);
		for (size_t k = 0; words && words[k]; k++)
			snprintf(got + strlen(got), sizeof(got) - strlen(got),
			    "%s|", words[k]);
		if (words)
			assert_string_equal(got, arrays[i].words);
		sqb__words_free(words);
		free(exact);
	}
}

static sqb_store *open_command(const char *command, sqb_time timeout)
{
	const sqb_store_options options = { .size = sizeof(options),
		.account = "me@'host", .command_timeout = timeout };
	char text[512];
	sqb_store *s;
	sqb_error err;

	snprintf(text, sizeof(text), "command:%s", command);
	assert_int_equal(sqb_store_open(&s, text, &options, &err), SQB_OK);
	assert_false(sqb_store_is_full(s));
	return s;
}

/* What becomes of a message that is given to it. */
static int result_of(const char *command, const char *text, sqb_time timeout)
{
	sqb_store *s = open_command(command, timeout);
	int code = -1000;

	deliver(s, &id_one, text);
	assert_true(sqb_store_is_full(s));
	assert_int_equal(sqb_store_publish(s, &code), SQB_OK);
	if (code != SQB_OK) {
		assert_int_equal(sqb_store_error(s)->code, code);
		assert_true(sqb_store_error(s)->text[0] != '\0');
	}
	assert_false(sqb_store_is_full(s));
	sqb_store_close(s);
	return code;
}

static void test_codes(void **state)
{
	static const struct {
		const char *command;
		int code;
	} rows[] = {
		{ "exit 0", SQB_OK }, { "true", SQB_OK },
		{ "exit 75", SQB_E_RETRY }, { "exit 71", SQB_E_RETRY },
		{ "exit 1", SQB_E_REFUSED }, { "exit 65", SQB_E_REFUSED },
		{ "exit 127", SQB_E_REFUSED }, { "kill -9 $$", SQB_E_RETRY },
		{ "[\"false\"]", SQB_E_REFUSED }, { "[\"true\"]", SQB_OK },
		{ "[\"sh\", \"-c\", \"exit 75\"]", SQB_E_RETRY },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(result_of(rows[i].command, "x\r\n", 0),
		    rows[i].code);
}

static void test_cannot_be_run(void **state)
{
	sqb_store *s = open_command("[\"/nonexistent/program\"]", 0);

	(void)state;
	deliver(s, &id_one, "x");
	assert_int_equal(sqb_store_publish(s, NULL), SQB_E_SINK);
	assert_int_equal(sqb_store_error(s)->sys, ENOENT);
	sqb_store_close(s);
}

/* A program that does not read is no trouble, nor is one that daemonizes. */
static void test_input(void **state)
{
	char command[300], *big = malloc(3000001);

	(void)state;
	snprintf(command, sizeof(command), "cat >%s/got; echo \"$SQUAB_ACCOUNT"
	    " $SQUAB_UIDL $SQUAB_SIZE\" >%s/env", root, root);
	assert_int_equal(result_of(command, "a\r\nb\rc\r\n\r", 0), SQB_OK);
	assert_file("got", "a\nb\rc\n\r");
	assert_file("env", "me@'host uidl 10\n");
	assert_int_equal(result_of(command, "", 0), SQB_OK);
	assert_file("got", "");
	memset(big, 'x', 3000000);
	big[3000000] = '\0';
	assert_int_equal(result_of(command, big, 0), SQB_OK);
	assert_file("got", big);
	assert_int_equal(result_of("exit 0", big, 0), SQB_OK);
	assert_int_equal(result_of("sleep 3 <&- >&- 2>&- & exit 0", "x", 0),
	    SQB_OK);
	free(big);
}

/* One message after the other gets its own and nothing of the last. */
static void test_one_by_one(void **state)
{
	char command[200];
	sqb_store *s;

	(void)state;
	snprintf(command, sizeof(command), "cat >>%s/all; echo . >>%s/all",
	    root, root);
	s = open_command(command, 0);
	deliver(s, &id_one, "a long one\r\n");
	assert_int_equal(sqb_store_publish(s, NULL), SQB_OK);
	deliver(s, &id_two, "two\r\n");
	sqb_store_drop(s);
	deliver(s, &id_two, "2\r\n");
	assert_int_equal(sqb_store_publish(s, NULL), SQB_OK);
	deliver(s, &id_two, "never");
	sqb_store_close(s);
	assert_file("all", "a long one\n.\n2\n.\n");
}

/* Neither the UIDL nor the message is ever read by a shell. */
static void test_quotes(void **state)
{
	char command[200], text[200];
	sqb_store *s;

	(void)state;
	snprintf(command, sizeof(command), "printf %%s \"$SQUAB_UIDL\" "
	    ">%s/uidl", root);
	snprintf(text, sizeof(text), "';$(touch %s/bad)`touch %s/bad`\"\n",
	    root, root);
	s = open_command(command, 0);
	assert_int_equal(sqb_store_begin(s, &id_one, sqb_str_of(text)),
	    SQB_OK);
	put(s, text, strlen(text));
	assert_int_equal(sqb_store_end(s), SQB_OK);
	assert_int_equal(sqb_store_publish(s, NULL), SQB_OK);
	sqb_store_close(s);
	assert_file("uidl", text);
	assert_int_equal(access(at_root("bad"), F_OK), -1);
}

/* The whole group of processes is ended, and by force if need be. */
static void test_timeout(void **state)
{
	char command[200];
	size_t len;
	char *pid;

	(void)state;
	snprintf(command, sizeof(command), "sleep 1000 & echo $! >%s/pid; "
	    "wait", root);
	assert_int_equal(result_of(command, "x", 1000), SQB_E_RETRY);
	pid = read_file("pid", &len);
	assert_non_null(pid);
	free(pid);
	assert_int_equal(result_of("trap '' TERM; while :; do sleep 1; done",
	    "x", 100), SQB_E_RETRY);
}

static void test_pipe_without_reader(void **state)
{
	static const sqb_str text = SQB_STR("x");
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_true(sqb__write_pipe(fds[1], text));
	close(fds[0]);
	assert_false(sqb__write_pipe(fds[1], text));
	assert_int_equal(errno, EPIPE);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		FIXTURE_TEST(test_codes),
		FIXTURE_TEST(test_cannot_be_run),
		FIXTURE_TEST(test_input),
		FIXTURE_TEST(test_one_by_one),
		FIXTURE_TEST(test_quotes),
		FIXTURE_TEST(test_timeout),
		cmocka_unit_test(test_pipe_without_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

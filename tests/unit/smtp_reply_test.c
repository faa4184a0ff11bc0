/* Replies (RFC 5321, section 4.2), however TCP cuts them. */
#include "smtp_fixture.h"

/* NOOP is asked, the server answers; what comes of it. */
static const struct {
	const char *name, *in, *want;
} replies[] = {
	{ "one line", "250 fine\r\n", "done #1 OK 250 fine\n" },
	{ "two lines", "250-a\r\n250 b\r\n", "done #1 OK 250 a\nb\n" },
	{ "bare LF", "250-a\n250 b\n", "done #1 OK 250 a\nb\n" },
	{ "no text", "250\r\n", "done #1 OK 250 \n" },
	{ "no text, with blank", "250 \r\n", "done #1 OK 250 \n" },
	{ "another good code", "200 hm\r\n", "done #1 OK 200 hm\n" },
	{ "enhanced", "250 2.0.0 ok\r\n", "done #1 OK 250 2.0.0 ok\n" },
	{ "enhanced alone", "550 5.1.1\r\n",
	  "done #1 REFUSED 550 5.1.1 \n" },
	{ "enhanced on each line", "450-4.7.1 a\r\n450 4.7.1 b\r\n",
	  "done #1 RETRY 450 4.7.1 a\nb\n" },
	{ "enhanced of another class", "450 5.7.1 a\r\n",
	  "done #1 RETRY 450 5.7.1 a\n" },
	{ "no enhanced code", "250 2.0 ok\r\n", "done #1 OK 250 2.0 ok\n" },
	{ "too many digits", "250 2.1234.0 ok\r\n",
	  "done #1 OK 250 2.1234.0 ok\n" },
	{ "out of range", "250 2.999.0 ok\r\n",
	  "done #1 OK 250 2.999.0 ok\n" },
	{ "not known", "502 what\r\n", "done #1 UNSUPPORTED 502 what\n" },
	{ "empty line before", "\r\n250 ok\r\n", "done #1 OK 250 ok\n" },
	{ "code changes", "250-a\r\n251 b\r\n", "done #1 PROTO\n"
	  "! smtp: the reply to NOOP changes its code: 251 b\n" },
	{ "no digits", "OK\r\n", "done #1 PROTO\n"
	  "! smtp: the reply to NOOP is not a reply: OK\n" },
	{ "two digits", "25 x\r\n", "done #1 PROTO\n"
	  "! smtp: the reply to NOOP is not a reply: 25 x\n" },
	{ "no blank", "250ok\r\n", "done #1 PROTO\n"
	  "! smtp: the reply to NOOP is not a reply: 250ok\n" },
	{ "first digit", "199 x\r\n", "done #1 PROTO\n"
	  "! smtp: the reply to NOOP is not a reply: 199 x\n" },
	{ "half way", "350 x\r\n", "done #1 PROTO 350 x\n"
	  "! smtp: a reply that makes no sense: x\n" },
	{ "421", "421 4.3.2 bye\r\n", "done #1 RETRY\n"
	  "! smtp: the server ends the session; try again later; it says: "
	  "bye\n" },
	{ "escape", "502 \033[2J\r\n", "done #1 UNSUPPORTED 502 \033[2J\n" },
};

static void tell_error(fixture *f)
{
	const sqb_error *err = sqb_engine_error(sqb_smtp_engine(f->s));

	if (err)
		note(f, "! %s\n", err->text);
}

static void check_split(size_t i, size_t cut)
{
	fixture *f = fixture_ready(false, "");
	size_t len = strlen(replies[i].in);

	assert_int_equal(sqb_smtp_ask(f->s, &(sqb_smtp_command){
	    .verb = SQB_SMTP_NOOP, .tag = 1 }), SQB_OK);
	hear_some(f, replies[i].in, cut);
	hear_some(f, replies[i].in + cut, len - cut);
	tell_error(f);
	if (strcmp(f->log, replies[i].want) != 0)
		print_message("# %s, cut at %zu\n", replies[i].name, cut);
	assert_told(f, replies[i].want);
	fixture_free(f);
}

static void test_every_split(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(replies); i++)
		for (size_t cut = 0; cut <= strlen(replies[i].in); cut++)
			check_split(i, cut);
}

static void test_nul(void **state)
{
	fixture *f = fixture_ready(false, "");

	(void)state;
	sqb_smtp_ask(f->s, &(sqb_smtp_command){ .verb = SQB_SMTP_NOOP });
	hear_some(f, "250 a\0b\r\n", 9);
	tell_error(f);
	assert_told(f, "done PROTO\n"
	    "! smtp: the reply to NOOP is not a reply: 250 a\\x00b\n");
	fixture_free(f);
}

static void test_endless_reply(void **state)
{
	fixture *f = fixture_ready(false, "");

	(void)state;
	sqb_smtp_ask(f->s, &(sqb_smtp_command){ .verb = SQB_SMTP_NOOP });
	for (int i = 0; i < 1000; i++)
		hear(f, "250-more\r\n");
	assert_told(f, "");
	hear(f, "250-more\r\n");
	tell_error(f);
	assert_told(f, "done LIMIT\n! smtp: a reply without an end\n");
	fixture_free(f);
}

static void test_endless_line(void **state)
{
	static char line[8300];
	fixture *f = fixture_ready(false, "");

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	memcpy(line, "250 ", 4);
	sqb_smtp_ask(f->s, &(sqb_smtp_command){ .verb = SQB_SMTP_NOOP });
	hear(f, line);
	tell_error(f);
	assert_told(f, "done LIMIT\n"
	    "! smtp: the reply to NOOP: endless line\n");
	fixture_free(f);
}

/* A reply that comes before its command has left is nobody's. */
static void test_unasked(void **state)
{
	fixture *f = fixture_ready(false, "");

	(void)state;
	hear(f, "250 ok\r\n");
	tell_error(f);
	assert_told(f,
	    "! smtp: the server spoke without being asked: 250 ok\n");
	fixture_free(f);

	f = fixture_ready(false, "");
	hear(f, "421 too long idle\r\n");
	tell_error(f);
	assert_told(f, "! smtp: the server ends the session; try again "
	    "later; it says: too long idle\n");
	fixture_free(f);
}

/* The lines of VRFY, EXPN and HELP are handed out. */
static void test_lines(void **state)
{
	fixture *f = fixture_ready(false, "");

	(void)state;
	sqb_smtp_ask(f->s, &(sqb_smtp_command){ .verb = SQB_SMTP_EXPN,
	    .text = SQB_STR("staff"), .tag = 1 });
	sqb_smtp_ask(f->s, &(sqb_smtp_command){ .verb = SQB_SMTP_VRFY,
	    .text = SQB_STR("bob"), .tag = 2 });
	hear(f, "250-<a@x>\r\n250 <b@x>\r\n");
	hear(f, "550 5.1.1 who\r\n");
	assert_said(f, "EXPN staff\r\nVRFY bob\r\n");
	assert_told(f, "line #1 250 <a@x>\nline #1 250 <b@x>\n"
	    "done #1 OK 250 <a@x>\n<b@x>\n"
	    "done #2 REFUSED 550 5.1.1 who\n");
	fixture_free(f);
}

/* QUIT is a good end whatever comes, also nothing. */
static void test_quit(void **state)
{
	static const char *const replies_to_quit[] = { "221 bye\r\n",
	    "250 ok\r\n", "421 bye\r\n", "500 what\r\n", NULL };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(replies_to_quit); i++) {
		fixture *f = fixture_ready(false, "");

		sqb_smtp_ask(f->s, &(sqb_smtp_command){
		    .verb = SQB_SMTP_QUIT });
		if (replies_to_quit[i])
			hear(f, replies_to_quit[i]);
		else
			hang_up(f);
		assert_int_equal(strncmp(f->log, "done OK", 7), 0);
		assert_int_equal(sqb_smtp_state_of(f->s), SQB_SMTP_CLOSED);
		assert_int_equal(sqb_engine_wants(sqb_smtp_engine(f->s)),
		    SQB_WANT_CLOSE);
		fixture_free(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_split),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_endless_reply),
		cmocka_unit_test(test_endless_line),
		cmocka_unit_test(test_unasked),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_quit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

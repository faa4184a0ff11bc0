/* Servers that mean harm. */
#include "smtp_fixture.h"

static const sqb_smtp_recipient ab[] = {
	{ .address = SQB_STR("a@x.org") }, { .address = SQB_STR("b@x.org") },
};

static const sqb_smtp_mail plain = { .size = sizeof(sqb_smtp_mail),
    .from = SQB_STR("me@x.org"), .recipients = ab, .n_recipients = 2,
    .message = SQB_STR("hi\r\n") };

#define ACCEPTED "250 ok\r\n250 ok\r\n250 ok\r\n"

static int ask_mail(fixture *f, const sqb_smtp_mail *m, unsigned tag)
{
	return sqb_smtp_ask(f->s, &(sqb_smtp_command){
	    .verb = SQB_SMTP_MAIL, .mail = m, .tag = tag });
}

static void assert_code(const fixture *f, sqb_code code)
{
	const sqb_error *err = sqb_engine_error(sqb_smtp_engine(f->s));

	assert_int_equal(err ? err->code : SQB_OK, code);
}

static void assert_has(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("\"%s\" is not in \"%s\"", what, text);
}

/* --- what may have been delivered is not told as refused */

/* So many of the message's chunks that one can be refused before the last. */
static fixture *send_chunks(sqb_smtp_mail *m)
{
	static char large[200000];
	fixture *f = fixture_ready(false, "PIPELINING CHUNKING");

	memset(large, 'q', sizeof(large));
	*m = plain;
	m->message = (sqb_str){ large, sizeof(large) };
	assert_int_equal(ask_mail(f, m, 1), SQB_OK);
	assert_int_equal(ask_mail(f, &plain, 2), SQB_OK);
	run(f);
	return f;
}

static void test_last_taken_after_refusal(void **state)
{
	static const struct {
		const char *before;
		bool may_be_taken;
	} cases[] = {
		{ ACCEPTED "250 ok\r\n554 no\r\n250 ok\r\n", true },
		{ "550 no\r\n250 ok\r\n250 ok\r\n503 no\r\n503 no\r\n"
		    "503 no\r\n", true },
		{ "250 ok\r\n550 no\r\n550 no\r\n250 ok\r\n250 ok\r\n"
		    "250 ok\r\n", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		sqb_smtp_mail m;
		fixture *f = send_chunks(&m);

		hear(f, cases[i].before);
		hear(f, "250 2.0.0 taken\r\n");
		f->log[f->n_log] = '\0';
		assert_has(f->log, cases[i].may_be_taken ?
		    "done #1 UNKNOWN" : "done #1 REFUSED");
		assert_code(f, cases[i].may_be_taken ? SQB_E_PROTO : SQB_OK);
		fixture_free(f);
	}
}

/* --- an envelope that is left in the server gets no other mail */

/*
 * RSET is answered when the chunks behind it have been said: what they leave
 * is not gone by that.
 */
static void test_rset_before_chunks(void **state)
{
	fixture *f = fixture_ready(false, "PIPELINING CHUNKING");

	(void)state;
	sqb_smtp_ask(f->s, &(sqb_smtp_command){ .verb = SQB_SMTP_RSET });
	ask_mail(f, &plain, 1);
	hear(f, "250 reset\r\n");
	f->n_said = 0;
	ask_mail(f, &plain, 2);
	run(f);
	f->said[f->n_said] = '\0';
	assert_int_equal(strncmp(f->said, "RSET\r\nMAIL", 10), 0);
	fixture_free(f);
}

/* --- time that a server can take */

/* As many words as a reply can have: looked at in no time all the same. */
static void test_endless_mechanisms(void **state)
{
	fixture *f = fixture_new(&(sqb_smtp_options){ .size =
	    sizeof(sqb_smtp_options), .tls = SQB_TLS_OFF });
	static char line[8300];
	unsigned word = 0;

	(void)state;
	hear(f, "220 mx\r\n250-mx\r\n");
	for (int i = 0; i < 998; i++) {
		size_t n = (size_t)sprintf(line, "250-AUTH");

		while (n < 8180)
			n += (size_t)sprintf(line + n, " %X", word++);
		strcpy(line + n, "\r\n");
		hear(f, line);
	}
	hear(f, "250 AUTH PLAIN\r\n");
	assert_code(f, SQB_OK);
	assert_int_equal(sqb_smtp_capabilities(f->s)->sasl.len, 283);
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_last_taken_after_refusal),
		cmocka_unit_test(test_rset_before_chunks),
		cmocka_unit_test(test_endless_mechanisms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

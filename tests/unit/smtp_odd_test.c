/* Servers that are slow, give up early or count in their own way. */
#include "smtp_fixture.h"

static const sqb_smtp_recipient ab[] = {
	{ .address = SQB_STR("a@x.org") }, { .address = SQB_STR("b@x.org") },
};

static const sqb_smtp_mail plain = { .size = sizeof(sqb_smtp_mail),
    .from = SQB_STR("me@x.org"), .recipients = ab, .n_recipients = 2,
    .message = SQB_STR("hi\r\n") };

#define ACCEPTED "250 ok\r\n250 ok\r\n250 ok\r\n"

static fixture *asked(bool lmtp, const char *caps, const sqb_smtp_mail *m)
{
	fixture *f = fixture_ready(lmtp, caps);

	assert_int_equal(sqb_smtp_ask(f->s, &(sqb_smtp_command){
	    .verb = SQB_SMTP_MAIL, .mail = m, .tag = 1 }), SQB_OK);
	run(f);
	return f;
}

static sqb_code code_of(const fixture *f)
{
	const sqb_error *err = sqb_engine_error(sqb_smtp_engine(f->s));

	return err ? err->code : SQB_OK;
}

static void assert_has(fixture *f, const char *what)
{
	f->log[f->n_log] = '\0';
	if (!strstr(f->log, what))
		fail_msg("\"%s\" is not in \"%s\"", what, f->log);
}

/* The engine has said what it can, and the line has taken none of it. */
static void hear_before_sent(fixture *f, const char *text)
{
	sqb_engine *e = sqb_smtp_engine(f->s);
	sqb_smtp_event ev;
	size_t cap;

	while (sqb_smtp_next(f->s, &ev) > 0)
		note_event(f, &ev);
	memcpy(sqb_engine_recv_buf(e, &cap), text, strlen(text));
	sqb_engine_recv_ack(e, strlen(text));
	while (sqb_smtp_next(f->s, &ev) > 0)
		note_event(f, &ev);
}

/* --- patience */

static void test_reply_timeout(void **state)
{
	fixture *f = asked(false, "PIPELINING", &plain);
	sqb_engine *e = sqb_smtp_engine(f->s);

	(void)state;
	assert_int_equal(sqb_engine_clock(e, 1000), 61000);
	hear(f, "250 ok\r\n");
	assert_int_equal(sqb_engine_clock(e, 50000), 110000);
	assert_int_equal(sqb_engine_clock(e, 110000), 110000);
	run(f);
	assert_int_equal(code_of(f), SQB_E_TIMEOUT);
	assert_has(f, "done #1 TIMEOUT (smtp: the reply to RCPT did not");
	fixture_free(f);
}

/* RFC 5321, section 4.5.3.2.6: ten minutes for the end, then UNKNOWN. */
static void test_end_timeout(void **state)
{
	fixture *f = asked(false, "PIPELINING", &plain);
	sqb_engine *e = sqb_smtp_engine(f->s);

	(void)state;
	hear(f, ACCEPTED "354 go\r\n");
	assert_int_equal(sqb_engine_clock(e, 0), 600000);
	assert_int_equal(sqb_engine_clock(e, 600000), 600000);
	run(f);
	assert_has(f, "done #1 UNKNOWN (smtp: the reply to the message did");
	fixture_free(f);
}

/* A peer that reads no more is not waited for, and an idle line is. */
static void test_send_timeout(void **state)
{
	fixture *f = fixture_ready(false, "PIPELINING");
	sqb_engine *e = sqb_smtp_engine(f->s);
	sqb_smtp_event ev;

	(void)state;
	assert_int_equal(sqb_engine_clock(e, 5), SQB_NEVER);
	sqb_smtp_ask(f->s, &(sqb_smtp_command){ .verb = SQB_SMTP_NOOP });
	assert_int_equal(sqb_smtp_next(f->s, &ev), 0);
	assert_int_equal(sqb_engine_clock(e, 100000), 160000);
	sqb_engine_clock(e, 160000);
	assert_int_equal(code_of(f), SQB_E_TIMEOUT);
	run(f);
	assert_said(f, "");
	fixture_free(f);
}

/* Within a message longer than what is made of it at a time. */
static void test_stuck_message(void **state)
{
	static char large[200000];
	sqb_smtp_mail m = plain;
	fixture *f;
	sqb_engine *e;
	size_t len;

	(void)state;
	memset(large, 'q', sizeof(large));
	m.message = (sqb_str){ large, sizeof(large) };
	f = asked(false, "PIPELINING", &m);
	e = sqb_smtp_engine(f->s);
	hear_before_sent(f, ACCEPTED "354 go\r\n");
	assert_int_equal(sqb_engine_clock(e, 0), 60000);
	sqb_engine_send_buf(e, &len);
	assert_true(len <= 65536);
	sqb_engine_send_ack(e, 1);
	assert_int_equal(sqb_engine_clock(e, 50000), 110000);
	sqb_engine_clock(e, 110000);
	run(f);
	assert_has(f, "done #1 TIMEOUT (smtp: room on the line did not come");
	fixture_free(f);

	f = asked(false, "PIPELINING", &m);
	hear_before_sent(f, ACCEPTED "354 go\r\n");
	sqb_engine_recv_buf(sqb_smtp_engine(f->s), &len);
	sqb_engine_recv_ack(sqb_smtp_engine(f->s), 0);
	run(f);
	assert_has(f, "done #1 EOF (smtp: the server closed the connection "
	    "within the message)");
	fixture_free(f);
}

/* A caller that has nothing to write yet is waited for. */
static void test_stream_waits(void **state)
{
	sqb_smtp_mail m = plain;
	fixture *f;
	sqb_engine *e;
	sqb_smtp_event ev;

	(void)state;
	m.streamed = true;
	m.message = (sqb_str){ NULL, 0 };
	f = fixture_ready(false, "PIPELINING");
	e = sqb_smtp_engine(f->s);
	sqb_smtp_ask(f->s, &(sqb_smtp_command){ .verb = SQB_SMTP_MAIL,
	    .mail = &m });
	f->stream = (sqb_str)SQB_STR("");
	run(f);
	assert_int_equal(sqb_smtp_write(f->s, plain.message), 0);
	memcpy(sqb_engine_recv_buf(e, &(size_t){ 0 }), ACCEPTED "354\r\n",
	    sizeof(ACCEPTED "354\r\n") - 1);
	sqb_engine_recv_ack(e, sizeof(ACCEPTED "354\r\n") - 1);
	assert_int_equal(sqb_smtp_next(f->s, &ev), 1);
	assert_int_equal(ev.type, SQB_SMTP_BODY);
	assert_int_equal(sqb_smtp_next(f->s, &ev), 0);
	assert_int_equal(sqb_engine_clock(e, 100), SQB_NEVER);
	f->n_said = 0;
	assert_int_equal(sqb_smtp_write(f->s, plain.message), 4);
	sqb_smtp_end_message(f->s);
	assert_int_equal(sqb_smtp_write(f->s, plain.message), 0);
	run(f);
	assert_said(f, "hi\r\n.\r\n");
	fixture_free(f);
}

/* --- giving up early */

static void test_early_refusal(void **state)
{
	static const struct {
		const char *reply;
		sqb_code code;
	} cases[] = {
		{ "552 too big\r\n", SQB_E_REFUSED },
		{ "451 later\r\n", SQB_E_RETRY },
		{ "421 bye\r\n", SQB_E_RETRY },
		{ "250 taken\r\n", SQB_E_PROTO },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		fixture *f = asked(false, "PIPELINING", &plain);

		hear_before_sent(f, ACCEPTED "354 go\r\n");
		hear_before_sent(f, cases[i].reply);
		assert_int_equal(code_of(f), cases[i].code);
		assert_has(f, sqb_code_name(cases[i].code));
		fixture_free(f);
	}
}

/* A chunk may be refused before it has left; it is not taken before. */
static void test_early_chunk(void **state)
{
	fixture *f = fixture_ready(false, "PIPELINING CHUNKING");

	(void)state;
	sqb_smtp_ask(f->s, &(sqb_smtp_command){ .verb = SQB_SMTP_MAIL,
	    .mail = &plain, .tag = 1 });
	hear_before_sent(f, "250 ok\r\n");
	assert_int_equal(code_of(f), SQB_E_PROTO);
	fixture_free(f);

	for (int refused = 0; refused < 2; refused++) {
		const char *last = refused ? "552 big\r\n" : "250 ok\r\n";
		sqb_smtp_event ev;
		size_t len;

		f = fixture_ready(false, "PIPELINING CHUNKING");
		sqb_smtp_ask(f->s, &(sqb_smtp_command){
		    .verb = SQB_SMTP_MAIL, .mail = &plain, .tag = 1 });
		assert_int_equal(sqb_smtp_next(f->s, &ev), 0);
		sqb_engine_send_buf(sqb_smtp_engine(f->s), &len);
		sqb_engine_send_ack(sqb_smtp_engine(f->s), len - 1);
		hear_before_sent(f, ACCEPTED);
		hear_before_sent(f, last);
		assert_int_equal(code_of(f), refused ? SQB_OK : SQB_E_PROTO);
		assert_has(f, refused ? "done #1 REFUSED 552 big" :
		    "done #1 PROTO");
		fixture_free(f);
	}
}

/* --- recipients */

static void test_recipient_codes(void **state)
{
	static const struct {
		const char *reply, *code;
	} cases[] = {
		{ "552 too many\r\n", "RETRY" },
		{ "552 5.5.3 too many\r\n", "RETRY" },
		{ "552 5.2.2 full\r\n", "REFUSED" },
		{ "452 4.5.3 too many\r\n", "RETRY" },
		{ "550 5.1.1 who\r\n", "REFUSED" },
		{ "530 5.7.0 log in\r\n", "AUTH" },
		{ "251 elsewhere\r\n", NULL },
		{ "252 perhaps\r\n", NULL },
	};
	char want[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		fixture *f = asked(false, "PIPELINING", &plain);

		hear(f, "250 ok\r\n");
		hear(f, cases[i].reply);
		if (cases[i].code) {
			snprintf(want, sizeof(want), "rcpt #1 0 %s ",
			    cases[i].code);
			assert_has(f, want);
		} else {
			assert_told(f, "");
		}
		fixture_free(f);
	}
}

/* LMTP in chunks: a reply for each, but one where a chunk was refused. */
static void test_lmtp_chunks(void **state)
{
	sqb_smtp_mail m = plain;
	const char *caps = "PIPELINING CHUNKING BINARYMIME";
	fixture *f;

	(void)state;
	m.body = SQB_SMTP_BINARYMIME;
	f = asked(true, caps, &m);
	hear(f, ACCEPTED "250 a\r\n450 b\r\n");
	assert_told(f, "rcpt #1 0 OK 250 a\nrcpt #1 1 RETRY 450 b\n"
	    "done #1 PARTIAL 250 a\n");
	fixture_free(f);

	f = asked(true, caps, &m);
	hear(f, "250 ok\r\n550 no\r\n550 no\r\n503 none\r\n");
	assert_told(f, "rcpt #1 0 REFUSED 550 no\nrcpt #1 1 REFUSED 550 no\n"
	    "done #1 REFUSED 550 no\n");
	assert_int_equal(code_of(f), SQB_OK);
	fixture_free(f);
}

/* MAILMAX: another connection, and the session is as it was. */
static void test_mailmax(void **state)
{
	fixture *f = asked(false, "PIPELINING LIMITS=MAILMAX=1", &plain);

	(void)state;
	hear(f, ACCEPTED "354 go\r\n");
	hear(f, "250 1\r\n");
	f->n_log = 0;
	sqb_smtp_ask(f->s, &(sqb_smtp_command){ .verb = SQB_SMTP_MAIL,
	    .mail = &plain, .tag = 2 });
	f->n_said = 0;
	run(f);
	assert_said(f, "");
	assert_has(f, "done #2 RETRY (the mail: the server takes no more");
	assert_int_equal(code_of(f), SQB_OK);
	fixture_free(f);
}

static void test_etrn(void **state)
{
	fixture *f = fixture_ready(false, "ETRN");

	(void)state;
	sqb_smtp_ask(f->s, &(sqb_smtp_command){ .verb = SQB_SMTP_ETRN,
	    .text = SQB_STR("@x.org") });
	hear(f, "251 no messages\r\n");
	assert_said(f, "ETRN @x.org\r\n");
	assert_told(f, "done OK 251 no messages\n");
	fixture_free(f);
}

/* RSET that is refused may leave an envelope: no mail goes behind it. */
static void test_rset_refused(void **state)
{
	fixture *f = asked(false, "PIPELINING", &plain);

	(void)state;
	hear(f, "250 ok\r\n550 no\r\n550 no\r\n554 none\r\n");
	sqb_smtp_ask(f->s, &(sqb_smtp_command){ .verb = SQB_SMTP_MAIL,
	    .mail = &plain, .tag = 2 });
	hear(f, "502 what\r\n");
	assert_int_equal(code_of(f), SQB_E_PROTO);
	assert_has(f, "done #2 PROTO");
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reply_timeout),
		cmocka_unit_test(test_end_timeout),
		cmocka_unit_test(test_send_timeout),
		cmocka_unit_test(test_stuck_message),
		cmocka_unit_test(test_stream_waits),
		cmocka_unit_test(test_early_refusal),
		cmocka_unit_test(test_early_chunk),
		cmocka_unit_test(test_recipient_codes),
		cmocka_unit_test(test_lmtp_chunks),
		cmocka_unit_test(test_mailmax),
		cmocka_unit_test(test_etrn),
		cmocka_unit_test(test_rset_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

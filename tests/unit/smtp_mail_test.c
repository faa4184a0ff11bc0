/* Mails: what is said, ahead of what, and what becomes of each recipient. */
#include "smtp_fixture.h"

static const sqb_smtp_recipient ab[] = {
	{ .address = SQB_STR("a@x.org") }, { .address = SQB_STR("b@x.org") },
};

static const sqb_smtp_mail plain = { .size = sizeof(sqb_smtp_mail),
    .from = SQB_STR("me@x.org"), .recipients = ab, .n_recipients = 2,
    .message = SQB_STR("hi\n.\n") };

static const sqb_smtp_mail strict = { .size = sizeof(sqb_smtp_mail),
    .from = SQB_STR("me@x.org"), .recipients = ab, .n_recipients = 2,
    .all_or_none = true, .message = SQB_STR("hi\r\n") };

#define ENVELOPE "MAIL FROM:<me@x.org>\r\nRCPT TO:<a@x.org>\r\n" \
    "RCPT TO:<b@x.org>\r\n"
#define MESSAGE "hi\r\n..\r\n.\r\n"
#define CHUNK "BDAT 7 LAST\r\nhi\r\n.\r\n"

static void ask(fixture *f, const sqb_smtp_mail *m, uint64_t tag)
{
	assert_int_equal(sqb_smtp_ask(f->s, &(sqb_smtp_command){
	    .verb = SQB_SMTP_MAIL, .mail = m, .tag = tag }), SQB_OK);
	run(f);
}

static fixture *asked(const char *caps, unsigned n_mails)
{
	fixture *f = fixture_ready(false, caps);

	for (unsigned i = 1; i <= n_mails; i++)
		ask(f, &plain, i);
	return f;
}

static void test_one_at_a_time(void **state)
{
	fixture *f = asked("", 1);

	(void)state;
	assert_said(f, "MAIL FROM:<me@x.org>\r\n");
	hear(f, "250 ok\r\n");
	assert_said(f, "RCPT TO:<a@x.org>\r\n");
	hear(f, "550 5.1.1 no\r\n");
	assert_told(f, "rcpt #1 0 REFUSED 550 5.1.1 no\n");
	assert_said(f, "RCPT TO:<b@x.org>\r\n");
	hear(f, "251 elsewhere\r\n");
	assert_said(f, "DATA\r\n");
	hear(f, "354 go\r\n");
	assert_said(f, MESSAGE);
	hear(f, "250 2.0.0 queued\r\n");
	assert_told(f, "rcpt #1 1 OK 250 2.0.0 queued\n"
	    "done #1 PARTIAL 250 2.0.0 queued\n");
	fixture_free(f);
}

/* The next envelope leaves behind the dot: a round trip a mail. */
static void test_pipelining(void **state)
{
	fixture *f = asked("PIPELINING", 2);

	(void)state;
	assert_said(f, ENVELOPE "DATA\r\n");
	hear(f, "250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n");
	assert_said(f, MESSAGE ENVELOPE "DATA\r\n");
	hear(f, "250 1\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n");
	assert_said(f, MESSAGE);
	hear(f, "250 2\r\n");
	assert_told(f, "rcpt #1 0 OK 250 1\nrcpt #1 1 OK 250 1\n"
	    "done #1 OK 250 1\nrcpt #2 0 OK 250 2\nrcpt #2 1 OK 250 2\n"
	    "done #2 OK 250 2\n");
	fixture_free(f);
}

/* All are refused, and DATA is let through: RFC 2920, section 3.1. */
static void test_lone_dot(void **state)
{
	fixture *f = asked("PIPELINING", 1);

	(void)state;
	f->n_said = 0;
	hear(f, "250 ok\r\n550 no a\r\n451 no b\r\n354 go\r\n");
	assert_said(f, ".\r\n");
	hear(f, "554 nobody\r\n");
	assert_told(f, "rcpt #1 0 REFUSED 550 no a\n"
	    "rcpt #1 1 RETRY 451 no b\ndone #1 REFUSED 550 no a\n");
	fixture_free(f);
}

/* A refused envelope is taken back before the next. */
static void test_refused_then_next(void **state)
{
	static const char *const answers[] = {
		"250 ok\r\n550 no\r\n550 no\r\n554 none\r\n",
		"550 no\r\n503 bad\r\n503 bad\r\n503 bad\r\n",
		"250 ok\r\n250 ok\r\n250 ok\r\n550 no\r\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		fixture *f = asked("PIPELINING", 2);

		f->n_said = 0;
		hear(f, answers[i]);
		assert_told(f, "rcpt #1 0 REFUSED 550 no\n"
		    "rcpt #1 1 REFUSED 550 no\ndone #1 REFUSED 550 no\n");
		assert_said(f, "RSET\r\n" ENVELOPE "DATA\r\n");
		hear(f, "200 reset\r\n250 ok\r\n250 ok\r\n250 ok\r\n354\r\n");
		assert_said(f, MESSAGE);
		fixture_free(f);
	}
}

/* A server that takes a message from whom it has refused. */
static void test_nonsense_go_ahead(void **state)
{
	fixture *f = asked("PIPELINING", 1);

	(void)state;
	f->n_said = 0;
	hear(f, "550 no\r\n250 ok\r\n250 ok\r\n354 go\r\n");
	assert_said(f, "");
	assert_told(f, "rcpt #1 0 REFUSED 550 no\nrcpt #1 1 REFUSED 550 no\n"
	    "done #1 REFUSED 550 no\n");
	assert_int_equal(sqb_engine_error(sqb_smtp_engine(f->s))->code,
	    SQB_E_PROTO);
	fixture_free(f);
}

static void test_all_or_none(void **state)
{
	fixture *f = fixture_ready(false, "PIPELINING");

	(void)state;
	ask(f, &strict, 1);
	ask(f, &strict, 2);
	assert_said(f, ENVELOPE);
	hear(f, "250 ok\r\n250 ok\r\n550 no\r\n");
	assert_told(f, "rcpt #1 1 REFUSED 550 no\nrcpt #1 0 CANCELED\n"
	    "done #1 REFUSED 550 no\n");
	assert_said(f, "RSET\r\n" ENVELOPE);
	hear(f, "250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n");
	assert_said(f, "DATA\r\n");
	hear(f, "354 go\r\n");
	assert_said(f, "hi\r\n.\r\n");
	fixture_free(f);
}

/* --- chunks */

/* No mail waits for the one before it. */
static void test_chunking(void **state)
{
	fixture *f = asked("PIPELINING CHUNKING", 3);

	(void)state;
	assert_said(f, ENVELOPE CHUNK "RSET\r\n" ENVELOPE CHUNK
	    "RSET\r\n" ENVELOPE CHUNK);
	hear(f, "250 ok\r\n250 ok\r\n250 ok\r\n250 1\r\n250 reset\r\n"
	    "250 ok\r\n550 no\r\n550 no\r\n503 none\r\n250 reset\r\n"
	    "250 ok\r\n250 ok\r\n250 ok\r\n452 full\r\n");
	assert_told(f, "rcpt #1 0 OK 250 1\nrcpt #1 1 OK 250 1\n"
	    "done #1 OK 250 1\nrcpt #2 0 REFUSED 550 no\n"
	    "rcpt #2 1 REFUSED 550 no\ndone #2 REFUSED 550 no\n"
	    "rcpt #3 0 RETRY 452 full\nrcpt #3 1 RETRY 452 full\n"
	    "done #3 RETRY 452 full\n");
	fixture_free(f);
}

static char large[400000];

static sqb_smtp_mail large_mail(bool streamed)
{
	sqb_smtp_mail m = plain;

	memset(large, 'q', sizeof(large));
	for (size_t i = 70; i < sizeof(large); i += 72)
		memcpy(large + i, "\r\n", 2);
	m.streamed = streamed;
	m.message = (sqb_str){ large, streamed ? 0 : sizeof(large) };
	return m;
}

/* What came in chunks or lines, put together; the commands left out. */
static void test_large(void **state)
{
	static const char *const caps[] = { "PIPELINING", "",
	    "PIPELINING CHUNKING", "CHUNKING" };

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(caps); i++) {
		sqb_smtp_mail m = large_mail(i % 2);
		fixture *f = fixture_ready(false, caps[i / 2]);
		size_t octets;

		f->stream = (sqb_str){ large, sizeof(large) };
		f->piece = 5000;
		ask(f, &m, 1);
		for (int k = 0; k < 40 && f->n_log == 0; k++) {
			f->said[f->n_said] = '\0';
			hear(f, k == 3 && strstr(f->said, "DATA\r\n") ?
			    "354 go\r\n" : "250 ok\r\n");
		}
		f->log[f->n_log] = '\0';
		assert_non_null(strstr(f->log, "done #1 OK"));
		octets = 0;
		for (size_t k = 0; k < f->n_said; k++)
			octets += f->said[k] == 'q';
		for (size_t k = 0; k < sizeof(large); k++)
			octets -= large[k] == 'q';
		assert_int_equal(octets, 0);
		fixture_free(f);
	}
}

/* After a refused chunk no other follows: RFC 3030, section 2. */
static void test_chunk_refused(void **state)
{
	sqb_smtp_mail m = large_mail(false);
	fixture *f = fixture_ready(false, "CHUNKING");

	(void)state;
	ask(f, &m, 1);
	ask(f, &plain, 2);
	hear(f, "250 ok\r\n");
	hear(f, "250 ok\r\n");
	f->n_said = 0;
	hear(f, "250 ok\r\n");
	f->said[f->n_said] = '\0';
	assert_int_equal(strncmp(f->said, "BDAT 65536\r\n", 12), 0);
	f->n_said = 0;
	hear(f, "452 4.3.1 full\r\n");
	assert_said(f, "RSET\r\n");
	assert_told(f, "rcpt #1 0 RETRY 452 4.3.1 full\n"
	    "rcpt #1 1 RETRY 452 4.3.1 full\ndone #1 RETRY 452 4.3.1 full\n");
	hear(f, "250 ok\r\n");
	assert_said(f, "MAIL FROM:<me@x.org>\r\n");
	fixture_free(f);
}

static void test_binary(void **state)
{
	fixture *f = fixture_ready(false, "PIPELINING CHUNKING BINARYMIME");
	sqb_smtp_mail m = plain;

	(void)state;
	m.body = SQB_SMTP_BINARYMIME;
	ask(f, &m, 1);
	assert_said(f, "MAIL FROM:<me@x.org> BODY=BINARYMIME\r\n"
	    "RCPT TO:<a@x.org>\r\nRCPT TO:<b@x.org>\r\n"
	    "BDAT 5 LAST\r\nhi\n.\n");
	fixture_free(f);
}

/* --- LMTP: a reply for each recipient that was accepted */

static void test_lmtp(void **state)
{
	fixture *f = fixture_ready(true, "PIPELINING CHUNKING");

	(void)state;
	ask(f, &plain, 1);
	ask(f, &plain, 2);
	assert_said(f, ENVELOPE "DATA\r\n");
	hear(f, "250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n");
	hear(f, "250 a\r\n452 b full\r\n");
	assert_told(f, "rcpt #1 0 OK 250 a\nrcpt #1 1 RETRY 452 b full\n"
	    "done #1 PARTIAL 250 a\n");
	hear(f, "250 ok\r\n550 no\r\n250 ok\r\n354 go\r\n");
	hear(f, "250 b\r\n");
	assert_told(f, "rcpt #2 0 REFUSED 550 no\nrcpt #2 1 OK 250 b\n"
	    "done #2 PARTIAL 550 no\n");
	fixture_free(f);
}

/* A lost reply is unknown for that recipient only. */
static void test_lmtp_lost(void **state)
{
	fixture *f = fixture_ready(true, "PIPELINING");

	(void)state;
	ask(f, &plain, 1);
	hear(f, "250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n");
	hear(f, "550 not a\r\n");
	hang_up(f);
	f->log[f->n_log] = '\0';
	assert_non_null(strstr(f->log, "rcpt #1 0 REFUSED 550 not a\n"));
	assert_non_null(strstr(f->log, "rcpt #1 1 UNKNOWN"));
	assert_non_null(strstr(f->log, "done #1 UNKNOWN"));
	fixture_free(f);
}

/* --- lost lines */

/* What n of the replies were heard, and then nothing. */
static void test_lost(void **state)
{
	static const struct {
		const char *replies, *code;
	} cases[] = {
		{ "", "EOF" }, { "250 ok\r\n", "EOF" },
		{ "250 ok\r\n250 ok\r\n250 ok\r\n", "EOF" },
		{ "250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n", "UNKNOWN" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		fixture *f = asked("PIPELINING", 1);
		char want[32];

		hear(f, cases[i].replies);
		hang_up(f);
		for (int k = 0; k < 2; k++) {
			snprintf(want, sizeof(want), "rcpt #1 %d %s", k,
			    cases[i].code);
			assert_non_null(strstr(f->log, want));
		}
		snprintf(want, sizeof(want), "done #1 %s", cases[i].code);
		assert_non_null(strstr(f->log, want));
		fixture_free(f);
	}
}

/* The end was made, and never given to the line: surely not taken. */
static void test_end_not_sent(void **state)
{
	fixture *f = asked("PIPELINING", 1);
	sqb_engine *e = sqb_smtp_engine(f->s);
	static const char go[] = "250 a\r\n250 b\r\n250 c\r\n354 go\r\n";
	size_t cap, len;
	sqb_smtp_event ev;

	(void)state;
	memcpy(sqb_engine_recv_buf(e, &cap), go, sizeof(go) - 1);
	sqb_engine_recv_ack(e, sizeof(go) - 1);
	assert_int_equal(sqb_smtp_next(f->s, &ev), 0);
	assert_non_null(sqb_engine_send_buf(e, &len));
	sqb_engine_send_ack(e, len - 1);
	sqb_engine_fail(e, &(sqb_error){ .code = SQB_E_NET });
	while (sqb_smtp_next(f->s, &ev) > 0)
		assert_int_equal(ev.code, SQB_E_NET);
	fixture_free(f);
}

static void test_421(void **state)
{
	fixture *f = asked("PIPELINING", 2);

	(void)state;
	hear(f, "250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n");
	hear(f, "421 4.3.2 bye\r\n");
	f->log[f->n_log] = '\0';
	assert_non_null(strstr(f->log, "rcpt #1 0 RETRY 421 4.3.2 bye\n"));
	assert_non_null(strstr(f->log, "done #1 RETRY 421 4.3.2 bye\n"));
	assert_non_null(strstr(f->log, "done #2 RETRY"));
	assert_int_equal(sqb_engine_error(sqb_smtp_engine(f->s))->code,
	    SQB_E_RETRY);
	fixture_free(f);
}

/* --- parameters */

static void test_parameters(void **state)
{
	static const sqb_smtp_recipient to[] = {
		{ .address = SQB_STR("a@x.org"), .notify = SQB_NOTIFY_SUCCESS |
		  SQB_NOTIFY_DELAY, .orcpt = SQB_STR("A+b@x.org") },
		{ .address = SQB_STR("b@x.org"), .notify = SQB_NOTIFY_NEVER,
		  .orcpt = SQB_STR("\xc3\xbc@x.org") },
	};
	fixture *f = fixture_ready(false, "PIPELINING SIZE 8BITMIME SMTPUTF8 "
	    "DSN AUTH=PLAIN DELIVERBY FUTURERELEASE=99999 MT-PRIORITY");
	sqb_smtp_mail m = { .size = sizeof(m), .recipients = to,
	    .n_recipients = 2, .message = SQB_STR("hi\n"),
	    .body = SQB_SMTP_8BITMIME, .utf8 = true, .ret = SQB_SMTP_RET_HDRS,
	    .envid = SQB_STR("id=1"), .auth = SQB_STR("e+mc2@x.org"),
	    .by = 120, .by_return = true, .by_trace = true, .hold_for = 60,
	    .priority = -3 };

	(void)state;
	ask(f, &m, 1);
	assert_said(f, "MAIL FROM:<> SIZE=4 BODY=8BITMIME SMTPUTF8 RET=HDRS "
	    "ENVID=id+3D1 AUTH=e+2Bmc2@x.org BY=120;RT HOLDFOR=60 "
	    "MT-PRIORITY=-3\r\n"
	    "RCPT TO:<a@x.org> NOTIFY=SUCCESS,DELAY "
	    "ORCPT=rfc822;A+2Bb@x.org\r\n"
	    "RCPT TO:<b@x.org> NOTIFY=NEVER "
	    "ORCPT=utf-8;\\x{FC}@x.org\r\nDATA\r\n");
	fixture_free(f);
}

/* Not announced: it is not sent, but SIZE and DSN, which are left out. */
static void test_not_announced(void **state)
{
	sqb_smtp_mail all[8];
	fixture *f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		all[i] = plain;
	all[0].body = SQB_SMTP_8BITMIME;
	all[1].body = SQB_SMTP_BINARYMIME;
	all[2].utf8 = true;
	all[3].auth = (sqb_str)SQB_STR("<>");
	all[4].by = 1;
	all[5].hold_for = 1;
	all[6].require_tls = true;
	all[7].priority = 1;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		f = fixture_ready(false, "PIPELINING");
		ask(f, &all[i], 1);
		assert_said(f, "");
		f->log[f->n_log] = '\0';
		assert_non_null(strstr(f->log, "rcpt #1 0 UNSUPPORTED (the "));
		assert_non_null(strstr(f->log, "rcpt #1 1 UNSUPPORTED (the "));
		assert_non_null(strstr(f->log, "done #1 UNSUPPORTED (the "));
		fixture_free(f);
	}
	f = fixture_ready(false, "PIPELINING");
	all[0] = plain;
	all[0].ret = SQB_SMTP_RET_FULL;
	all[0].envid = (sqb_str)SQB_STR("x");
	ask(f, &all[0], 1);
	assert_said(f, ENVELOPE "DATA\r\n");
	fixture_free(f);
}

static void test_limits(void **state)
{
	static const struct {
		const char *caps, *told;
	} cases[] = {
		{ "SIZE=6", "rcpt #1 0 REFUSED" },
		{ "LIMITS=RCPTMAX=1", "rcpt #1 0 RETRY" },
		{ "LIMITS=RCPTDOMAINMAX=1", "" },
		{ "SIZE=7", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		fixture *f = fixture_ready(false, cases[i].caps);

		ask(f, &plain, 1);
		f->log[f->n_log] = '\0';
		assert_int_equal(strncmp(f->log, cases[i].told,
		    strlen(cases[i].told)), 0);
		assert_int_equal(f->n_said > 0, cases[i].told[0] == '\0');
		fixture_free(f);
	}
}

static void test_usage(void **state)
{
	fixture *f = fixture_ready(false, "");
	static const sqb_smtp_recipient bad[] = {
		{ .address = SQB_STR("a@x.org\r\nDATA") },
		{ .address = SQB_STR("a@x.org"), .orcpt = SQB_STR("a\nb") },
		{ .address = SQB_STR("a@x.org"), .notify = 3 },
		{ .address = SQB_STR("\xc3\xbc@x.org") },
	};
	sqb_smtp_mail m = plain;

	(void)state;
	m.n_recipients = 1;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		m.recipients = &bad[i];
		assert_int_equal(sqb_smtp_ask(f->s, &(sqb_smtp_command){
		    .verb = SQB_SMTP_MAIL, .mail = &m }), SQB_E_USAGE);
	}
	m.recipients = ab;
	m.from = (sqb_str)SQB_STR("a@x\0.org");
	assert_int_equal(sqb_smtp_ask(f->s, &(sqb_smtp_command){
	    .verb = SQB_SMTP_MAIL, .mail = &m }), SQB_E_USAGE);
	m.from = plain.from;
	m.n_recipients = 0;
	assert_int_equal(sqb_smtp_ask(f->s, &(sqb_smtp_command){
	    .verb = SQB_SMTP_MAIL, .mail = &m }), SQB_E_USAGE);
	assert_int_equal(sqb_smtp_ask(f->s, &(sqb_smtp_command){
	    .verb = SQB_SMTP_VRFY, .text = SQB_STR("a\r\nb") }), SQB_E_USAGE);
	assert_int_equal(sqb_smtp_ask(f->s, &(sqb_smtp_command){
	    .verb = SQB_SMTP_ETRN }), SQB_E_USAGE);
	run(f);
	assert_said(f, "");
	fixture_free(f);
}

/* --- cancelling */

static void test_cancel(void **state)
{
	fixture *f = asked("PIPELINING CHUNKING", 1);

	(void)state;
	/* its end was sent: swallowed */
	assert_int_equal(sqb_smtp_cancel(f->s, 1), SQB_OK);
	run(f);
	assert_told(f, "rcpt #1 0 UNKNOWN\nrcpt #1 1 UNKNOWN\n"
	    "done #1 UNKNOWN\n");
	ask(f, &plain, 2);
	hear(f, "250 ok\r\n250 ok\r\n550 no\r\n250 1\r\n250 ok\r\n"
	    "250 ok\r\n250 ok\r\n250 ok\r\n250 2\r\n");
	assert_told(f, "rcpt #2 0 OK 250 2\nrcpt #2 1 OK 250 2\n"
	    "done #2 OK 250 2\n");
	assert_int_equal(sqb_smtp_cancel(f->s, 2), SQB_E_USAGE);
	fixture_free(f);

	/* unsent: dropped; begun: the connection ends */
	f = asked("PIPELINING", 2);
	assert_int_equal(sqb_smtp_cancel(f->s, 2), SQB_OK);
	run(f);
	assert_told(f, "rcpt #2 0 CANCELED\nrcpt #2 1 CANCELED\n"
	    "done #2 CANCELED\n");
	assert_int_equal(sqb_smtp_cancel(f->s, 1), SQB_OK);
	run(f);
	f->log[f->n_log] = '\0';
	assert_non_null(strstr(f->log, "done #1 CANCELED"));
	assert_int_equal(sqb_smtp_state_of(f->s), SQB_SMTP_BROKEN);
	fixture_free(f);
}

/* A window of commands is kept, and filled again. */
static void test_window(void **state)
{
	enum { N = 50 };
	static sqb_smtp_recipient many[N];
	sqb_smtp_mail m = plain;
	fixture *f = fixture_new(&(sqb_smtp_options){
	    .size = sizeof(sqb_smtp_options), .tls = SQB_TLS_OFF,
	    .window_commands = 8 });
	size_t n_rcpt = 0;

	(void)state;
	for (size_t i = 0; i < N; i++)
		many[i] = ab[0];
	m.recipients = many;
	m.n_recipients = N;
	hear(f, "220 mx\r\n");
	hear(f, "250-mx\r\n250 PIPELINING\r\n");
	f->n_said = 0;
	ask(f, &m, 1);
	for (int i = 0; i < N + 1; i++) {
		for (size_t k = 0; k < f->n_said; k++)
			n_rcpt += f->said[k] == 'T' && f->said[k + 1] == ' ';
		f->n_said = 0;
		assert_true(n_rcpt <= (size_t)i + 8);
		hear(f, "250 ok\r\n");
	}
	assert_said(f, "");
	hear(f, "354 go\r\n");
	assert_said(f, MESSAGE);
	assert_int_equal(n_rcpt, N);
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_at_a_time),
		cmocka_unit_test(test_pipelining),
		cmocka_unit_test(test_lone_dot),
		cmocka_unit_test(test_refused_then_next),
		cmocka_unit_test(test_nonsense_go_ahead),
		cmocka_unit_test(test_all_or_none),
		cmocka_unit_test(test_chunking),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_chunk_refused),
		cmocka_unit_test(test_binary),
		cmocka_unit_test(test_lmtp),
		cmocka_unit_test(test_lmtp_lost),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_end_not_sent),
		cmocka_unit_test(test_421),
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_not_announced),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

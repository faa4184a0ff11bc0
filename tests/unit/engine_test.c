/* The byte face: buffers, secrets, patience, errors; on the POP3 engine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include <squab/pop3.h>

#include "wire/engine.h"

static sqb_pop3 *make(sqb_tls_mode tls)
{
	sqb_pop3 *p = sqb_pop3_new(&(sqb_pop3_options){
	    .size = sizeof(sqb_pop3_options), .tls = tls,
	    .reply_timeout = 1000, .command_timeout = 5000 });

	assert_non_null(p);
	return p;
}

static void say(sqb_pop3 *p, const char *text)
{
	sqb_engine *e = sqb_pop3_engine(p);
	size_t len = strlen(text), cap;

	while (len > 0) {
		uint8_t *in = sqb_engine_recv_buf(e, &cap);
		size_t n = len < cap ? len : cap;

		assert_non_null(in);
		memcpy(in, text, n);
		sqb_engine_recv_ack(e, n);
		text += n;
		len -= n;
	}
}

static sqb_pop3_event next(sqb_pop3 *p)
{
	sqb_pop3_event ev;

	assert_int_equal(sqb_pop3_next(p, &ev), 1);
	return ev;
}

static void test_wants(void **state)
{
	sqb_pop3 *p = make(SQB_TLS_IMPLICIT);
	sqb_engine *e = sqb_pop3_engine(p);
	size_t len;

	(void)state;
	assert_int_equal(sqb_engine_wants(e), SQB_WANT_TLS);
	assert_null(sqb_engine_recv_buf(e, &len));
	assert_null(sqb_engine_send_buf(e, &len));
	assert_null(sqb_engine_tls(e));
	sqb_engine_tls_done(e, &(sqb_tls_info){ .version = "TLSv1.3",
	    .cipher = "X", .exporter = SQB_STR("0123") });
	assert_string_equal(sqb_engine_tls(e)->version, "TLSv1.3");
	assert_int_equal(sqb_engine_tls(e)->exporter.len, 4);
	assert_int_equal(sqb_engine_wants(e), SQB_WANT_RECV);
	say(p, "+OK\r\n");
	next(p);
	sqb_engine_recv_ack(e, 0);
	assert_false(sqb_engine_step(e));
	assert_int_equal(sqb_engine_wants(e), SQB_WANT_CLOSE);
	assert_int_equal(sqb_engine_error(e)->code, SQB_E_EOF);
	sqb_pop3_free(p);
}

/* The ranges follow what is sent, however it is cut. */
static void test_secrets(void **state)
{
	static const char out[] = "PASS secret\r\n";
	const size_t from = 5, to = 11, all = sizeof(out) - 1;
	sqb_login login = { .user = SQB_STR("u"),
	    .password = SQB_STR("secret"), .mechanism = SQB_STR("USER") };

	(void)state;
	for (size_t cut = 0; cut <= all; cut++) {
		sqb_pop3 *p = make(SQB_TLS_OFF);
		sqb_engine *e = sqb_pop3_engine(p);
		const sqb_range *r;
		size_t n, len;

		sqb_pop3_ask(p, &(sqb_pop3_command){ .verb = SQB_POP3_LOGIN,
		    .login = &login });
		say(p, "+OK\r\n");
		next(p);
		assert_false(sqb_engine_step(e));
		sqb_engine_send_ack(e, strlen("CAPA\r\n"));
		say(p, "-ERR\r\n");
		assert_false(sqb_engine_step(e));
		assert_memory_equal(sqb_engine_send_buf(e, &len), "USER u\r\n",
		    strlen("USER u\r\n"));
		sqb_engine_secrets(e, &n);
		assert_int_equal(n, 0);
		sqb_engine_send_ack(e, strlen("USER u\r\n"));
		say(p, "+OK\r\n");
		assert_false(sqb_engine_step(e));
		assert_memory_equal(sqb_engine_send_buf(e, &len), out, all);
		sqb_engine_send_ack(e, cut);
		r = sqb_engine_secrets(e, &n);
		assert_int_equal(n, cut < to);
		if (cut < to) {
			assert_int_equal(r->from, cut < from ? from - cut : 0);
			assert_int_equal(r->to, to - cut);
		}
		sqb_pop3_free(p);
	}
}

/* More secrets than there are ranges: the last range covers them. */
static void test_many_secrets(void **state)
{
	sqb_pop3 *p = make(SQB_TLS_OFF);
	sqb_engine *e = sqb_pop3_engine(p);
	const sqb_range *r;
	size_t n;

	(void)state;
	for (int i = 0; i < SQB__MAX_SECRETS + 3; i++) {
		sqb__buf_add_c(&e->out, "ab");
		sqb__engine_add_secret(e, (sqb_str)SQB_STR("xyz"));
	}
	r = sqb_engine_secrets(e, &n);
	assert_int_equal(n, SQB__MAX_SECRETS);
	assert_int_equal(r[0].from, 2);
	assert_int_equal(r[0].to, 5);
	assert_int_equal(r[n - 1].from, 5 * (SQB__MAX_SECRETS - 1) + 2);
	assert_int_equal(r[n - 1].to, 5 * (SQB__MAX_SECRETS + 3));
	sqb_pop3_free(p);
}

static void test_silence(void **state)
{
	sqb_pop3 *p = make(SQB_TLS_OFF);
	sqb_engine *e = sqb_pop3_engine(p);

	(void)state;
	assert_int_equal(sqb_engine_clock(e, 100), 1100);
	assert_int_equal(sqb_engine_clock(e, 900), 1100);
	say(p, "+");
	assert_int_equal(sqb_engine_clock(e, 1000), 2000);
	assert_null(sqb_engine_error(e));
	assert_int_equal(sqb_engine_clock(e, 2000), 2000);
	assert_int_equal(sqb_engine_error(e)->code, SQB_E_TIMEOUT);
	assert_int_equal(sqb_engine_clock(e, 2000), SQB_NEVER);
	sqb_pop3_free(p);
}

/* An octet now and then does not keep a reply alive for ever. */
static void test_drip(void **state)
{
	sqb_pop3 *p = make(SQB_TLS_OFF);
	sqb_engine *e = sqb_pop3_engine(p);
	sqb_time now = 0;

	(void)state;
	while (!sqb_engine_error(e)) {
		sqb_engine_clock(e, now);
		if (!sqb_engine_error(e))
			say(p, "x");
		now += 900;
		assert_true(now < 7000);
	}
	assert_int_equal(sqb_engine_error(e)->code, SQB_E_TIMEOUT);
	sqb_pop3_free(p);
}

/* An idle session costs no patience, and time passed idle does not count. */
static void test_idle(void **state)
{
	sqb_pop3 *p = make(SQB_TLS_OFF);
	sqb_engine *e = sqb_pop3_engine(p);

	(void)state;
	sqb_engine_clock(e, 0);
	say(p, "+OK\r\n");
	next(p);
	assert_false(sqb_engine_step(e));
	assert_int_equal(sqb_engine_clock(e, 10), SQB_NEVER);
	assert_int_equal(sqb_engine_clock(e, 3600000), SQB_NEVER);
	sqb_pop3_ask(p, &(sqb_pop3_command){ .verb = SQB_POP3_NOOP });
	assert_false(sqb_engine_step(e));
	assert_int_equal(sqb_engine_clock(e, 3600000), 3601000);
	sqb_pop3_free(p);
}

/* An event that waits has its slices in the buffer, which must stay. */
static void test_buffer_stays(void **state)
{
	sqb_pop3 *p = make(SQB_TLS_OFF);
	sqb_engine *e = sqb_pop3_engine(p);
	sqb_pop3_event ev;
	size_t cap;

	(void)state;
	say(p, "+OK\r\n");
	next(p);
	sqb_pop3_ask(p, &(sqb_pop3_command){ .verb = SQB_POP3_RETR,
	    .number = 1 });
	assert_false(sqb_engine_step(e));
	sqb_engine_send_ack(e, strlen("RETR 1\r\n"));
	say(p, "+OK\r\nSubject: hi\r\n\r\n");
	assert_true(sqb_engine_step(e));
	assert_int_equal(sqb_engine_wants(e) & SQB_WANT_RECV, 0);
	assert_null(sqb_engine_recv_buf(e, &cap));
	ev = next(p);
	assert_memory_equal(ev.text.ptr, "Subject: hi\r\n\r\n", ev.text.len);
	assert_int_equal(ev.text.len, strlen("Subject: hi\r\n\r\n"));
	assert_int_equal(sqb_engine_wants(e), SQB_WANT_RECV);
	sqb_pop3_free(p);
}

/* "For ever" may be asked for, and no sum goes over the end of time. */
static void test_no_patience_limit(void **state)
{
	sqb_pop3 *p = sqb_pop3_new(&(sqb_pop3_options){
	    .size = sizeof(sqb_pop3_options), .tls = SQB_TLS_OFF,
	    .reply_timeout = SQB_NEVER, .command_timeout = SQB_NEVER });
	sqb_engine *e = sqb_pop3_engine(p);

	(void)state;
	assert_int_equal(sqb_engine_clock(e, 5000), SQB_NEVER);
	say(p, "+OK");
	assert_int_equal(sqb_engine_clock(e, SQB_NEVER - 1), SQB_NEVER);
	assert_null(sqb_engine_error(e));
	sqb_pop3_free(p);
}

/* The buffer grows when it is filled, and no further than it may. */
static void test_buffer_grows(void **state)
{
	sqb_pop3 *p = make(SQB_TLS_OFF);
	sqb_engine *e = sqb_pop3_engine(p);
	size_t cap, first;

	(void)state;
	sqb_engine_recv_buf(e, &first);
	assert_true(first <= 4096);
	say(p, "+OK\r\n");
	next(p);
	sqb_pop3_ask(p, &(sqb_pop3_command){ .verb = SQB_POP3_RETR,
	    .number = 1 });
	assert_false(sqb_engine_step(e));
	sqb_engine_send_ack(e, strlen("RETR 1\r\n"));
	say(p, "+OK\r\n");
	for (int i = 0; i < 100; i++) {
		uint8_t *in = sqb_engine_recv_buf(e, &cap);

		assert_non_null(in);
		assert_true(cap <= 128 * 1024);
		memset(in, 'x', cap);
		sqb_engine_recv_ack(e, cap);
		assert_int_equal(next(p).text.len, cap);
		assert_false(sqb_engine_step(e));
	}
	assert_int_equal(cap, 128 * 1024);
	sqb_pop3_free(p);
}

/* A message whose end has come is no reason to close the line. */
static void test_cancel_at_end(void **state)
{
	sqb_pop3 *p = make(SQB_TLS_OFF);
	sqb_engine *e = sqb_pop3_engine(p);

	(void)state;
	say(p, "+OK\r\n");
	next(p);
	sqb_pop3_ask(p, &(sqb_pop3_command){ .verb = SQB_POP3_RETR,
	    .number = 1, .tag = 7 });
	assert_false(sqb_engine_step(e));
	sqb_engine_send_ack(e, strlen("RETR 1\r\n"));
	say(p, "+OK\r\nhi\r\n.\r\n");
	assert_int_equal(next(p).type, SQB_POP3_BODY);
	assert_int_equal(sqb_pop3_cancel(p, 7), SQB_OK);
	assert_int_equal(next(p).code, SQB_E_CANCELED);
	assert_false(sqb_engine_step(e));
	assert_null(sqb_engine_error(e));
	sqb_pop3_free(p);
}

/* Whatever the window is told to be, there is room for it. */
static void test_wide_window(void **state)
{
	enum { N = 60000 };
	sqb_pop3 *p = sqb_pop3_new(&(sqb_pop3_options){
	    .size = sizeof(sqb_pop3_options), .tls = SQB_TLS_OFF,
	    .window_commands = N, .window_bytes = 6 * N, .max_queue = N + 1 });
	sqb_engine *e = sqb_pop3_engine(p);
	size_t len;

	(void)state;
	say(p, "+OK\r\n");
	next(p);
	sqb_pop3_ask(p, &(sqb_pop3_command){ .verb = SQB_POP3_CAPA });
	assert_false(sqb_engine_step(e));
	sqb_engine_send_ack(e, strlen("CAPA\r\n"));
	say(p, "+OK\r\nPIPELINING\r\n.\r\n");
	assert_int_equal(next(p).type, SQB_POP3_ROW);
	assert_int_equal(next(p).type, SQB_POP3_DONE);
	for (int i = 0; i < N; i++)
		assert_int_equal(sqb_pop3_ask(p, &(sqb_pop3_command){
		    .verb = SQB_POP3_NOOP }), SQB_OK);
	assert_false(sqb_engine_step(e));
	assert_null(sqb_engine_error(e));
	sqb_engine_send_buf(e, &len);
	assert_int_equal(len, 6 * N);
	sqb_pop3_free(p);
}

static void test_first_error_stays(void **state)
{
	static const sqb_error one = { .code = SQB_E_NET, .sys = 111,
	    .text = "mail.example.org: connection refused" };
	static const sqb_error two = { .code = SQB_E_EOF, .text = "two" };
	sqb_pop3 *p = make(SQB_TLS_OFF);
	sqb_engine *e = sqb_pop3_engine(p);
	sqb_pop3_event ev;

	(void)state;
	sqb_pop3_ask(p, &(sqb_pop3_command){ .verb = SQB_POP3_STAT });
	sqb_engine_fail(e, &one);
	sqb_engine_fail(e, &two);
	assert_int_equal(next(p).code, SQB_E_NET);
	assert_int_equal(sqb_pop3_next(p, &ev), SQB_E_NET);
	assert_int_equal(sqb_pop3_next(p, &ev), SQB_E_NET);
	assert_int_equal(sqb_pop3_ask(p,
	    &(sqb_pop3_command){ .verb = SQB_POP3_NOOP }), SQB_E_NET);
	assert_string_equal(sqb_engine_error(e)->text,
	    "pop3: mail.example.org: connection refused");
	assert_int_equal(sqb_engine_error(e)->sys, 111);
	assert_int_equal(sqb_pop3_state_of(p), SQB_POP3_BROKEN);
	sqb_pop3_free(p);
}

/* The peer's words stay apart, and are not looked for behind the end. */
static void test_peer_words(void **state)
{
	sqb_error why = { .code = SQB_E_NET, .peer = 7, .text = "proxy: no" };
	sqb_pop3 *p = make(SQB_TLS_OFF);
	const sqb_error *e;

	(void)state;
	sqb_engine_fail(sqb_pop3_engine(p), &why);
	e = sqb_engine_error(sqb_pop3_engine(p));
	assert_string_equal(e->text + e->peer, "no");
	sqb_pop3_free(p);
	memset(why.text, 'x', sizeof(why.text) - 1);
	why.peer = sizeof(why.text) - 3;
	p = make(SQB_TLS_OFF);
	sqb_engine_fail(sqb_pop3_engine(p), &why);
	e = sqb_engine_error(sqb_pop3_engine(p));
	assert_int_equal(e->peer, 0);
	sqb_pop3_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wants),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_many_secrets),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_drip),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_no_patience_limit),
		cmocka_unit_test(test_buffer_stays),
		cmocka_unit_test(test_buffer_grows),
		cmocka_unit_test(test_cancel_at_end),
		cmocka_unit_test(test_wide_window),
		cmocka_unit_test(test_first_error_stays),
		cmocka_unit_test(test_peer_words),
	};

	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}

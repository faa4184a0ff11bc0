/* Sessions with servers that a real one would not be: a table of answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <squab/session.h>

#include "loopback.h"

/* What is answered to a line that begins so; the first that fits. */
typedef struct answer {
	const char *line, *says;	/* says NULL: the line is closed */
} answer;

static const answer *_Atomic answers;	/* of the server that runs now */

static const answer rest[] = {
	{ "USER", "+OK\r\n" },
	{ "PASS", "+OK in\r\n" },
	{ "STAT", "+OK 3 30\r\n" },
	{ "LIST", "+OK\r\n1 10\r\n2 10\r\n3 10\r\n.\r\n" },
	{ "UIDL", "+OK\r\n1 a\r\n2 b\r\n3 c\r\n.\r\n" },
	{ "RETR", "+OK\r\nSubject: hi\r\n\r\nhi\r\n.\r\n" },
	{ "DELE", "+OK\r\n" },
	{ "NOOP", "+OK\r\n" },
	{ "QUIT", "+OK bye\r\n" },
	{ "", "-ERR what\r\n" },
};

static const char *answer_to(const char *line)
{
	const answer *a = answers;

	for (; a && a->line; a++)
		if (!strncmp(line, a->line, strlen(a->line)))
			return a->says;
	for (a = rest; strncmp(line, a->line, strlen(a->line)) != 0; a++)
		continue;
	return a->says;
}

static bool say(int fd, const char *text)
{
	size_t len = strlen(text);

	return write(fd, text, len) == (ssize_t)len;
}

static void serve(server *s, int fd, SSL *ssl)
{
	char line[512];
	size_t n = 0;
	const char *text = "+OK hello\r\n";

	(void)s;
	(void)ssl;
	while (text && say(fd, text)) {
		n = 0;
		do {
			if (n + 1 == sizeof(line) || read(fd, line + n, 1) != 1)
				return;
		} while (line[n++] != '\n');
		line[n] = '\0';
		text = answer_to(line);
	}
}

typedef struct fixture {
	server server;
	sqb_pop3_session *s;
} fixture;

static const sqb_tls_mode off = SQB_TLS_OFF;

/* The server's thread keeps f until closed(). */
static void opened(fixture *f, const answer *a, sqb_session_options o)
{
	char url[64];
	sqb_error err;

	*f = (fixture){ .server = { .serve = serve } };
	answers = a;
	server_start(&f->server);
	snprintf(url, sizeof(url), "pop3://me@127.0.0.1:%u",
	    (unsigned)f->server.port);
	o.tls = &off;
	o.password = "secret";
	if (sqb_pop3_open(&f->s, url, &o, &err) < 0)
		fail_msg("%s", err.text);
}

static void closed(fixture *f)
{
	sqb_pop3_close(f->s);
	server_stop(&f->server);
}

/* --- many messages */

typedef struct ends {
	size_t n;
	int codes[8];
} ends;

static int on_write(void *ctx, size_t index, sqb_str bytes)
{
	(void)ctx;
	(void)index;
	(void)bytes;
	return 0;
}

static int on_end(void *ctx, size_t index, int code, const sqb_error *err)
{
	ends *e = ctx;

	(void)err;
	assert_int_equal(index, e->n);
	e->codes[e->n++] = code;
	return 0;
}

static const sqb_pop3_item three[] = { { .number = 1 }, { .number = 2 },
	{ .number = 3 } };

static void test_bad_number(void **state)
{
	static const sqb_pop3_item items[] = { { .number = 1 },
		{ .number = 0 } };
	fixture f;
	ends e = { .n = 0 };
	sqb_sink sink = { on_write, on_end, &e };
	uint32_t n;
	uint64_t octets;

	(void)state;
	opened(&f, NULL, (sqb_session_options){ .size = 0 });
	assert_int_equal(sqb_pop3_messages(f.s, items, 2, &sink),
	    SQB_E_USAGE);
	assert_int_equal(e.n, 2);
	assert_int_equal(e.codes[0], SQB_E_USAGE);
	assert_int_equal(e.codes[1], SQB_E_USAGE);
	assert_int_equal(sqb_pop3_stat(f.s, &n, &octets), SQB_OK);
	assert_int_equal(n, 3);
	closed(&f);
}

static void test_small_queue(void **state)
{
	fixture f;
	ends e = { .n = 0 };
	sqb_sink sink = { on_write, on_end, &e };

	(void)state;
	opened(&f, NULL, (sqb_session_options){
	    .pop3 = { .max_queue = 1 }, .listing_ahead = true });
	assert_int_equal(sqb_pop3_messages(f.s, three, 3, &sink), SQB_OK);
	assert_int_equal(e.n, 3);
	closed(&f);
}

/* --- words */

static void test_status(void **state)
{
	static const answer odd[] = { { "NOOP", "+OK fine\r\n" },
		{ "DELE", "-ERR no\r\n" }, { "LIST", "+OK\r\nx\r\n.\r\n" },
		{ "RSET", NULL }, { NULL, NULL } };
	fixture f;
	sqb_pop3_list_result list;

	(void)state;
	opened(&f, odd, (sqb_session_options){ .size = 0 });
	assert_string_equal(sqb_pop3_welcome(f.s), "hello");
	assert_int_equal(sqb_pop3_noop(f.s), SQB_OK);
	assert_string_equal(sqb_pop3_status(f.s), "+OK fine");
	assert_int_equal(sqb_pop3_dele(f.s, 1), SQB_E_REFUSED);
	assert_string_equal(sqb_pop3_status(f.s), "-ERR no");
	assert_int_equal(sqb_pop3_list(f.s, &list), SQB_E_PROTO);
	assert_string_equal(sqb_pop3_status(f.s), "+OK");
	assert_int_equal(sqb_pop3_rset(f.s), SQB_E_EOF);
	assert_string_equal(sqb_pop3_status(f.s), "");
	closed(&f);
}

static void test_quit_forgets_refusals(void **state)
{
	static const answer odd[] = { { "RETR", "-ERR no\r\n" },
		{ NULL, NULL } };
	fixture f;
	sqb_message *m;
	sqb_error err;

	(void)state;
	opened(&f, odd, (sqb_session_options){ .size = 0 });
	assert_int_equal(sqb_pop3_message(f.s, 1, &m), SQB_E_REFUSED);
	assert_int_equal(sqb_pop3_quit(f.s, &err), SQB_OK);
	assert_int_equal(err.code, SQB_OK);
	server_stop(&f.server);
}

/* --- lists */

/* No UIDL today is not the same as no UIDL: ids must not be taken for gone. */
static void test_uidl_later(void **state)
{
	static const answer odd[] = { { "UIDL", "-ERR [SYS/TEMP] busy\r\n" },
		{ NULL, NULL } };
	sqb_pop3_list_result list;

	(void)state;
	for (int ahead = 0; ahead < 2; ahead++) {
		fixture f;

		opened(&f, odd, (sqb_session_options){
		    .listing_ahead = ahead });
		assert_int_equal(sqb_pop3_listing(f.s, &list), SQB_E_RETRY);
		assert_int_equal(list.n_items, 0);
		assert_int_equal(sqb_pop3_list(f.s, &list), SQB_OK);
		assert_int_equal(list.n_items, 3);
		closed(&f);
	}
}

static void test_no_uidl(void **state)
{
	static const answer odd[] = { { "UIDL", "-ERR what\r\n" },
		{ NULL, NULL } };
	sqb_pop3_list_result list;

	(void)state;
	for (int ahead = 0; ahead < 2; ahead++) {
		fixture f;

		opened(&f, odd, (sqb_session_options){
		    .listing_ahead = ahead });
		assert_int_equal(sqb_pop3_listing(f.s, &list), SQB_OK);
		assert_int_equal(list.n_items, 3);
		assert_string_equal(list.items[2].uidl, "");
		closed(&f);
	}
}

/* A row of UIDL that makes no sense costs that message its id, no more. */
static void test_bad_uidl(void **state)
{
	static const answer odd[] = {
		{ "UIDL", "+OK\r\n1 a\r\n2 \033b\r\n3 c\r\n.\r\n" },
		{ NULL, NULL } };
	sqb_pop3_list_result list;

	(void)state;
	for (int ahead = 0; ahead < 2; ahead++) {
		fixture f;

		opened(&f, odd, (sqb_session_options){
		    .listing_ahead = ahead });
		assert_int_equal(sqb_pop3_listing(f.s, &list), SQB_OK);
		assert_int_equal(list.n_items, 3);
		assert_string_equal(list.items[1].uidl, "");
		assert_string_equal(list.items[2].uidl, "c");
		closed(&f);
	}
}

/* What was listed along with the login is of no use once a DELE was sent. */
static void test_listing_after_dele(void **state)
{
	static const answer less[] = { { "LIST", "+OK\r\n2 10\r\n.\r\n" },
		{ NULL, NULL } };
	fixture f;
	sqb_pop3_list_result list;

	(void)state;
	opened(&f, NULL, (sqb_session_options){
	    .listing_ahead = true });
	assert_int_equal(sqb_pop3_dele(f.s, 1), SQB_OK);
	answers = less;
	assert_int_equal(sqb_pop3_listing(f.s, &list), SQB_OK);
	assert_int_equal(list.n_items, 1);
	closed(&f);
}

/* --- stepped */

/* Set when a sink has put a call off: the link must be left alone then. */
static bool later;

/* Does what a loop does until the task is over; the task's code. */
static int stepped(sqb_pop3_session *s)
{
	sqb_link *l = sqb_pop3_session_link(s);

	while (!sqb_session_step(sqb_pop3_base(s))) {
		if (later) {
			later = false;
			continue;
		}
		sqb_time now = sqb_link_now();
		sqb_time wait = sqb_link_clock(l, now) - now;
		unsigned wants = sqb_link_wants(l);
		struct pollfd p = { .fd = sqb_link_fd(l), .events = (short)
		    ((wants & SQB_WANT_RECV ? POLLIN : 0) |
		    (wants & SQB_WANT_SEND ? POLLOUT : 0)) };

		poll(&p, 1, wait < 0 ? 0 : wait > 1000 ? 1000 : (int)wait);
		sqb_link_ready(l, (p.revents & ~POLLOUT ? SQB_WANT_RECV : 0) |
		    (p.revents & ~POLLIN ? SQB_WANT_SEND : 0));
	}
	return sqb_pop3_error(s)->code;
}

/* Puts every call off once. */
typedef struct hesitant {
	ends ends;
	size_t n_calls, octets;
} hesitant;

static int late_write(void *ctx, size_t index, sqb_str bytes)
{
	hesitant *h = ctx;

	(void)index;
	later = ++h->n_calls % 2 == 1;
	if (later)
		return SQB_SINK_LATER;
	h->octets += bytes.len;
	return 0;
}

static int late_end(void *ctx, size_t index, int code, const sqb_error *err)
{
	hesitant *h = ctx;

	later = ++h->n_calls % 2 == 1;
	if (later)
		return SQB_SINK_LATER;
	return on_end(&h->ends, index, code, err);
}

static void test_stepped(void **state)
{
	static const sqb_session_options o = { .tls = &off,
	    .size = sizeof(o), .password = "secret", .listing_ahead = true };
	fixture f;
	hesitant h = { .n_calls = 0 };
	sqb_sink sink = { late_write, late_end, &h };
	sqb_pop3_list_result list;
	char url[64];

	(void)state;
	opened(&f, NULL, (sqb_session_options){ .size = 0 });
	sqb_pop3_close(f.s);
	snprintf(url, sizeof(url), "pop3://me@127.0.0.1:%u",
	    (unsigned)f.server.port);
	assert_int_equal(sqb_pop3_start(&f.s, url, &o, NULL), SQB_OK);
	assert_int_equal(stepped(f.s), SQB_OK);
	assert_int_equal(sqb_pop3_start_listing(f.s), SQB_OK);
	assert_int_equal(stepped(f.s), SQB_OK);
	assert_int_equal(sqb_pop3_listed(f.s, &list), SQB_OK);
	assert_int_equal(list.n_items, 3);
	assert_int_equal(sqb_pop3_start_messages(f.s, list.items, 3, &sink),
	    SQB_OK);
	assert_int_equal(stepped(f.s), SQB_OK);
	assert_int_equal(h.ends.n, 3);
	assert_int_equal(h.octets, 3 * strlen("Subject: hi\r\n\r\nhi\r\n"));
	assert_int_equal(sqb_pop3_start_deles(f.s, list.items, 3), SQB_OK);
	assert_int_equal(stepped(f.s), SQB_OK);
	assert_int_equal(sqb_pop3_start_quit(f.s), SQB_OK);
	assert_int_equal(stepped(f.s), SQB_OK);
	assert_string_equal(sqb_pop3_status(f.s), "+OK bye");
	assert_int_equal(sqb_pop3_start_listing(f.s), SQB_E_USAGE);
	closed(&f);
}

/* Nobody would come back to it. */
static void test_later_while_blocking(void **state)
{
	fixture f;
	hesitant h = { .n_calls = 0 };
	sqb_sink sink = { late_write, late_end, &h };

	(void)state;
	opened(&f, NULL, (sqb_session_options){ .size = 0 });
	assert_int_equal(sqb_pop3_messages(f.s, three, 3, &sink),
	    SQB_E_USAGE);
	closed(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stepped),
		cmocka_unit_test(test_later_while_blocking),
		cmocka_unit_test(test_bad_number),
		cmocka_unit_test(test_small_queue),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_quit_forgets_refusals),
		cmocka_unit_test(test_uidl_later),
		cmocka_unit_test(test_no_uidl),
		cmocka_unit_test(test_bad_uidl),
		cmocka_unit_test(test_listing_after_dele),
	};

	return cmocka_run_group_tests_name("session_odd", tests, NULL, NULL);
}

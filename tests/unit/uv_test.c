/*
 * Sessions in a libuv loop, against servers that answer at once or stall: each
 * operation is told of once, and everything can be freed at any time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <squab/send.h>
#include <squab/uv.h>

#include "stalling.h"

enum { MANY = 16 };

static const row pop3_rest[] = {
	{ "hello", "+OK hello\r\n", NULL },
	{ "USER", "+OK\r\n", NULL },
	{ "PASS", "+OK in\r\n", NULL },
	{ "STAT", "+OK 3 30\r\n", NULL },
	{ "LIST", "+OK\r\n1 10\r\n2 10\r\n3 10\r\n.\r\n", NULL },
	{ "UIDL", "+OK\r\n1 a\r\n2 b\r\n3 c\r\n.\r\n", NULL },
	{ "RETR", "+OK\r\nSubject: hi\r\n\r\nhi\r\n.\r\n", NULL },
	{ "NOOP", "+OK\r\n", NULL },
	{ "QUIT", "+OK bye\r\n", NULL },
	{ "", "-ERR what\r\n", NULL },
};

static const row smtp_rest[] = {
	{ "hello", "220 here\r\n", NULL },
	{ "EHLO", "250 here\r\n", NULL },
	{ "NOOP", "250 fine\r\n", NULL },
	{ "QUIT", "221 bye\r\n", NULL },
	{ "", "500 what\r\n", NULL },
};

static const sqb_pop3_item three[] = { { .number = 1 }, { .number = 2 },
	{ .number = 3 } };

typedef struct box box;
struct box {
	stalling server;
	uv_loop_t *loop;
	sqb_pop3_session *s;
	sqb_session *base;
	sqb_uv *u;
	uv_timer_t timer;	/* of tests that do something meanwhile */
	void (*then)(box *b);	/* after an operation */
	size_t n_done;
	int code;		/* of the last */
	size_t n_ends;
	bool put_off, cancel_in_sink;
};

static const sqb_tls_mode off = SQB_TLS_OFF;

static void done(void *ctx, sqb_session *s, int code)
{
	box *b = ctx;

	assert_ptr_equal(s, b->base);
	assert_false(sqb_session_is_busy(s));
	assert_int_equal(code, sqb_session_error(s)->code);
	b->n_done++;
	b->code = code;
	if (b->then)
		b->then(b);
}

static void started(box *b, uv_loop_t *loop, const row *rows)
{
	static const sqb_session_options o = { .size = sizeof(o), .tls = &off,
		.password = "secret" };

	*b = (box){ .loop = loop };
	stalling_start(&b->server, "pop3", rows, pop3_rest);
	assert_int_equal(sqb_pop3_start(&b->s, b->server.url, &o, NULL),
	    SQB_OK);
	b->base = sqb_pop3_base(b->s);
	b->u = sqb_uv_new(loop, b->base, done, b);
	assert_non_null(b->u);
}

static void run(uv_loop_t *loop)
{
	assert_int_equal(uv_run(loop, UV_RUN_DEFAULT), 0);
}

static void opened(box *b, uv_loop_t *loop, const row *rows)
{
	started(b, loop, rows);
	run(loop);
	assert_int_equal(b->n_done, 1);
	assert_int_equal(b->code, SQB_OK);
	b->n_done = 0;
}

static void freed(box *b)
{
	sqb_uv_free(b->u);
	sqb_pop3_close(b->s);
	b->u = NULL;
	b->s = NULL;
}

static void closed(box *b)
{
	freed(b);
	run(b->loop);
	stalling_stop(&b->server);
}

static void begun(uv_loop_t *loop)
{
	assert_int_equal(uv_loop_init(loop), 0);
}

/* No handle was left behind. */
static void ended(uv_loop_t *loop)
{
	assert_int_equal(uv_loop_close(loop), 0);
}

/* --- operations, one after the other */

static int on_write(void *ctx, size_t index, sqb_str bytes)
{
	box *b = ctx;

	(void)index;
	(void)bytes;
	return b->put_off ? SQB_SINK_LATER : 0;
}

static int on_end(void *ctx, size_t index, int code, const sqb_error *err)
{
	box *b = ctx;

	(void)err;
	assert_int_equal(index, b->n_ends++);
	assert_true(code == SQB_OK || code == SQB_E_CANCELED);
	if (b->cancel_in_sink)
		sqb_session_cancel(b->base);
	return 0;
}

static int start_messages(box *b)
{
	return sqb_pop3_start_messages(b->s, three, 3,
	    &(sqb_sink){ on_write, on_end, b });
}

static void nothing_more(box *b)
{
	assert_int_equal(b->code, SQB_OK);
	freed(b);
}

static void received(box *b)
{
	assert_int_equal(b->n_ends, 3);
	b->then = nothing_more;
	assert_int_equal(sqb_pop3_start_quit(b->s), SQB_OK);
}

static void listed(box *b)
{
	sqb_pop3_list_result list;

	assert_int_equal(sqb_pop3_listed(b->s, &list), SQB_OK);
	assert_int_equal(list.n_items, 3);
	b->then = received;
	assert_int_equal(start_messages(b), SQB_OK);
}

static void list_then(box *b)
{
	assert_int_equal(b->code, SQB_OK);
	b->then = listed;
	assert_int_equal(sqb_pop3_start_listing(b->s), SQB_OK);
}

static void test_many_at_once(void **state)
{
	static box boxes[MANY];
	uv_loop_t loop;

	(void)state;
	begun(&loop);
	for (box *b = boxes; b < boxes + MANY; b++) {
		started(b, &loop, NULL);
		b->then = list_then;
	}
	run(&loop);
	for (box *b = boxes; b < boxes + MANY; b++) {
		assert_int_equal(b->n_done, 4);
		assert_null(b->s);
		stalling_stop(&b->server);
	}
	ended(&loop);
}

/* Also one that the loop had no part in. */
static void test_blocking_between(void **state)
{
	uv_loop_t loop;
	uint32_t n;
	box b;

	(void)state;
	begun(&loop);
	opened(&b, &loop, NULL);
	assert_int_equal(sqb_pop3_stat(b.s, &n, &(uint64_t){ 0 }), SQB_OK);
	assert_int_equal(b.n_done, 0);
	run(&loop);
	assert_int_equal(b.n_done, 1);
	assert_int_equal(sqb_pop3_start_noop(b.s), SQB_OK);
	run(&loop);
	assert_int_equal(b.n_done, 2);
	assert_int_equal(b.code, SQB_OK);
	closed(&b);
	ended(&loop);
}

static void test_refusal(void **state)
{
	static const row rows[] = { { "NOOP", "-ERR no\r\n", NULL },
		{ .line = NULL } };
	uv_loop_t loop;
	box b;

	(void)state;
	begun(&loop);
	opened(&b, &loop, rows);
	assert_int_equal(sqb_pop3_start_noop(b.s), SQB_OK);
	assert_int_equal(sqb_pop3_start_stat(b.s), SQB_E_USAGE);
	run(&loop);
	assert_int_equal(b.n_done, 1);
	assert_int_equal(b.code, SQB_E_REFUSED);
	closed(&b);
	ended(&loop);
}

/* --- while it waits */

static void on_stalled(uv_timer_t *timer)
{
	box *b = timer->data;
	void (*then)(box *b) = b->then;

	if (!atomic_load(&b->server.has_stalled))
		return;
	uv_close((uv_handle_t *)timer, NULL);
	b->then = NULL;
	then(b);
}

/* Runs until nothing is left to do; when the server has stalled, then(b). */
static void run_and_when_stalled(box *b, void (*then)(box *b))
{
	b->then = then;
	uv_timer_init(b->loop, &b->timer);
	b->timer.data = b;
	uv_timer_start(&b->timer, on_stalled, 10, 2);
	run(b->loop);
}

static void cancel(box *b)
{
	sqb_session_cancel(b->base);
	assert_int_equal(b->n_done, 0);
}

static void *interrupt(void *ctx)
{
	sqb_session_interrupt(((box *)ctx)->base);
	return NULL;
}

static void interrupt_elsewhere(box *b)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, interrupt, b), 0);
	pthread_join(thread, NULL);
}

static void let_go(box *b)
{
	stalling_let_go(&b->server);
}

/* How what waits in each of these places ends: n_done, code. */
static void check_stalled(void (*then)(box *b), size_t n_done, int code)
{
	static const row places[][2] = {
		{ { "hello", "", "+OK\r\n" } },
		{ { "USER", "+O", "K\r\n" } },
		{ { "RETR", "", "+OK\r\nSubject: hi\r\n\r\nhi\r\n.\r\n" } },
		{ { "RETR", "+OK\r\nSubject", ": hi\r\n\r\nhi\r\n.\r\n" } },
	};

	for (size_t i = 0; i < 4; i++) {
		uv_loop_t loop;
		box b;

		begun(&loop);
		if (i < 2) {
			started(&b, &loop, places[i]);
		} else {
			opened(&b, &loop, places[i]);
			assert_int_equal(sqb_pop3_start_message(b.s, 1),
			    SQB_OK);
		}
		run_and_when_stalled(&b, then);
		assert_int_equal(b.n_done, n_done);
		assert_int_equal(b.code, code);
		closed(&b);
		ended(&loop);
	}
}

static void test_stalled(void **state)
{
	(void)state;
	check_stalled(let_go, 1, SQB_OK);
	check_stalled(cancel, 1, SQB_E_CANCELED);
	check_stalled(interrupt_elsewhere, 1, SQB_E_CANCELED);
	check_stalled(freed, 0, SQB_OK);
}

static void cancel_and_go_on(box *b)
{
	sqb_session_cancel(b->base);
	assert_int_equal(sqb_pop3_start_noop(b->s), SQB_OK);
	stalling_let_go(&b->server);
}

static void test_next_after_cancel(void **state)
{
	static const row rows[] = { { "UIDL", "", "+OK\r\n.\r\n" },
		{ .line = NULL } };
	uv_loop_t loop;
	box b;

	(void)state;
	begun(&loop);
	opened(&b, &loop, rows);
	assert_int_equal(sqb_pop3_start_uidl(b.s), SQB_OK);
	run_and_when_stalled(&b, cancel_and_go_on);
	assert_int_equal(b.n_done, 1);
	assert_int_equal(b.code, SQB_OK);
	closed(&b);
	ended(&loop);
}

static void test_free_before_it_begins(void **state)
{
	uv_loop_t loop;
	box b;

	(void)state;
	sqb_uv_free(NULL);
	begun(&loop);
	started(&b, &loop, NULL);
	closed(&b);
	assert_int_equal(b.n_done, 0);
	ended(&loop);
}

/* --- what time brings */

/* The greeting does not come. */
static void test_time_out(void **state)
{
	static const row rows[] = { { "hello", "", "+OK\r\n" },
		{ .line = NULL } };
	static const sqb_session_options o = { .size = sizeof(o), .tls = &off,
		.password = "x", .pop3.reply_timeout = 50 };
	uv_loop_t loop;
	box b = { .loop = &loop };

	(void)state;
	begun(&loop);
	stalling_start(&b.server, "pop3", rows, pop3_rest);
	assert_int_equal(sqb_pop3_start(&b.s, b.server.url, &o, NULL), SQB_OK);
	b.base = sqb_pop3_base(b.s);
	b.u = sqb_uv_new(&loop, b.base, done, &b);
	run(&loop);
	assert_int_equal(b.n_done, 1);
	assert_int_equal(b.code, SQB_E_TIMEOUT);
	closed(&b);
	ended(&loop);
}

/* --- sinks */

static void test_put_off(void **state)
{
	uv_loop_t loop;
	box b;

	(void)state;
	begun(&loop);
	opened(&b, &loop, NULL);
	b.put_off = true;
	assert_int_equal(start_messages(&b), SQB_OK);
	run(&loop);
	assert_int_equal(b.n_done, 0);
	assert_true(sqb_session_is_busy(b.base));
	b.put_off = false;
	sqb_session_resume(b.base);
	run(&loop);
	assert_int_equal(b.n_done, 1);
	assert_int_equal(b.n_ends, 3);
	closed(&b);
	ended(&loop);
}

static void test_cancel_in_sink(void **state)
{
	uv_loop_t loop;
	box b;

	(void)state;
	begun(&loop);
	opened(&b, &loop, NULL);
	b.cancel_in_sink = true;
	assert_int_equal(start_messages(&b), SQB_OK);
	run(&loop);
	assert_int_equal(b.n_done, 1);
	assert_int_equal(b.code, SQB_E_CANCELED);
	assert_int_equal(b.n_ends, 3);
	closed(&b);
	ended(&loop);
}

/* --- the other protocol */

typedef struct outbox {
	sqb_smtp_session *s;
	sqb_uv *u;
	size_t n_done;
} outbox;

static void posted(void *ctx, sqb_session *s, int code)
{
	outbox *o = ctx;

	(void)s;
	assert_int_equal(code, SQB_OK);
	o->n_done++;
	if (o->n_done == 1)
		assert_int_equal(sqb_smtp_start_noop(o->s), SQB_OK);
	else if (o->n_done == 2)
		assert_int_equal(sqb_smtp_start_quit(o->s), SQB_OK);
}

static void test_smtp(void **state)
{
	static const sqb_session_options o = { .size = sizeof(o), .tls = &off,
		.mechanism = "none" };
	stalling relay;
	uv_loop_t loop;
	outbox out = { .n_done = 0 };

	(void)state;
	begun(&loop);
	stalling_start(&relay, "smtp", NULL, smtp_rest);
	assert_int_equal(sqb_smtp_start(&out.s, relay.url, &o, NULL), SQB_OK);
	out.u = sqb_uv_new(&loop, sqb_smtp_base(out.s), posted, &out);
	run(&loop);
	assert_int_equal(out.n_done, 3);
	sqb_uv_free(out.u);
	sqb_smtp_close(out.s);
	run(&loop);
	stalling_stop(&relay);
	ended(&loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_at_once),
		cmocka_unit_test(test_blocking_between),
		cmocka_unit_test(test_refusal),
		cmocka_unit_test(test_stalled),
		cmocka_unit_test(test_next_after_cancel),
		cmocka_unit_test(test_free_before_it_begins),
		cmocka_unit_test(test_time_out),
		cmocka_unit_test(test_put_off),
		cmocka_unit_test(test_cancel_in_sink),
		cmocka_unit_test(test_smtp),
	};

	return cmocka_run_group_tests_name("uv", tests, NULL, NULL);
}

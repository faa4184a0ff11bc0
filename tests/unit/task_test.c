/*
 * The task thread: what it tells, and how soon it leaves when it is canceled
 * wherever a server has stalled.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <squab/task.h>

#include "stalling.h"

enum { N_TASKS = 24, N_TURNS = 500 };

static bool is_readable(const sqb_task *t, int ms)
{
	struct pollfd p = { sqb_task_fd(t), POLLIN, 0 };

	return poll(&p, 1, ms) == 1;
}

/* What was told last, once it is over. */
static sqb_task_event last_event(sqb_task *t)
{
	sqb_task_event event = { .is_over = false };

	while (!event.is_over) {
		assert_true(is_readable(t, -1));
		assert_int_equal(sqb_task_next(t, &event), 1);
	}
	return event;
}

/* --- what it tells */

static int fail_with_words(sqb_task *t, void *ctx, sqb_error *err)
{
	(void)t;
	(void)ctx;
	*err = (sqb_error){ .code = SQB_E_AUTH, .text = "no entry" };
	return SQB_E_AUTH;
}

static int fail_without(sqb_task *t, void *ctx, sqb_error *err)
{
	(void)t;
	(void)ctx;
	(void)err;
	return SQB_E_LIMIT;
}

static void test_result(void **state)
{
	sqb_task *t = sqb_task_start(fail_with_words, NULL, NULL);
	sqb_error err;

	(void)state;
	assert_non_null(t);
	assert_true(last_event(t).is_over);
	assert_false(is_readable(t, 0));
	assert_int_equal(sqb_task_next(t, &(sqb_task_event){ 0 }), 0);
	sqb_task_cancel(t);
	assert_int_equal(sqb_task_join(t, &err), SQB_E_AUTH);
	assert_string_equal(err.text, "no entry");
	t = sqb_task_start(fail_without, NULL, &err);
	assert_int_equal(sqb_task_join(t, &err), SQB_E_LIMIT);
	assert_int_equal(err.code, SQB_E_LIMIT);
	assert_string_equal(err.text, "");
	t = sqb_task_start(fail_without, NULL, NULL);
	assert_int_equal(sqb_task_join(t, NULL), SQB_E_LIMIT);
}

static int tell_often(sqb_task *t, void *ctx, sqb_error *err)
{
	atomic_bool *told = ctx;

	(void)err;
	for (uint64_t i = 1; i <= 100000; i++)
		sqb_task_progress(t, i, 100000, NULL);
	sqb_task_progress(t, 7, 9, "on its way");
	atomic_store(told, true);
	while (!sqb_task_is_canceled(t))
		(void)poll(NULL, 0, 1);
	return SQB_OK;
}

static void test_newest_wins(void **state)
{
	atomic_bool told = false;
	sqb_task *t = sqb_task_start(tell_often, &told, NULL);
	sqb_task_event event;

	(void)state;
	while (!atomic_load(&told))
		(void)poll(NULL, 0, 1);
	assert_true(is_readable(t, 0));
	assert_int_equal(sqb_task_next(t, &event), 1);
	assert_int_equal(event.done, 7);
	assert_int_equal(event.total, 9);
	assert_string_equal(event.text, "on its way");
	assert_false(event.is_over);
	assert_false(is_readable(t, 0));
	assert_int_equal(sqb_task_next(t, &event), 0);
	sqb_task_cancel(t);
	event = last_event(t);
	assert_int_equal(event.done, 7);
	assert_int_equal(sqb_task_join(t, NULL), SQB_OK);
}

static int tell_much(sqb_task *t, void *ctx, sqb_error *err)
{
	(void)err;
	sqb_task_progress(t, 0, 0, ctx);
	return SQB_OK;
}

static void test_text_is_cut(void **state)
{
	char text[200];
	sqb_task_event event;
	sqb_task *t;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	memcpy(text + 118, "\xc3\xbc", 2);
	t = sqb_task_start(tell_much, text, NULL);
	event = last_event(t);
	assert_int_equal(strlen(event.text), 118);
	assert_memory_equal(event.text, text, 118);
	assert_int_equal(sqb_task_join(t, NULL), SQB_OK);
}

static int look_at_signals(sqb_task *t, void *ctx, sqb_error *err)
{
	(void)t;
	(void)err;
	return pthread_sigmask(SIG_SETMASK, NULL, ctx) == 0 ? SQB_OK :
	    SQB_E_USAGE;
}

static void test_signals(void **state)
{
	sigset_t there, here;
	sqb_task *t = sqb_task_start(look_at_signals, &there, NULL);

	(void)state;
	assert_int_equal(sqb_task_join(t, NULL), SQB_OK);
	assert_true(sigismember(&there, SIGINT));
	assert_true(sigismember(&there, SIGTERM));
	assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &here), 0);
	assert_false(sigismember(&here, SIGINT));
}

/* --- canceled where the server has stalled */

static const row rest[] = {
	{ "hello", "+OK hello\r\n", NULL },
	{ "USER", "+OK\r\n", NULL },
	{ "PASS", "+OK in\r\n", NULL },
	{ "RETR", "+OK\r\nSubject: hi\r\n\r\nhi\r\n.\r\n", NULL },
	{ "QUIT", "+OK bye\r\n", NULL },
	{ "", "-ERR what\r\n", NULL },
};

typedef struct work {
	const char *url;
	atomic_bool is_watched;
} work;

static int receive(sqb_task *t, void *ctx, sqb_error *err)
{
	static const sqb_tls_mode off = SQB_TLS_OFF;
	work *w = ctx;
	const sqb_session_options o = { .size = sizeof(o), .password = "x",
	    .tls = strncmp(w->url, "pop3s", 5) ? &off : NULL };
	sqb_pop3_session *s;
	sqb_message *m;
	int rc = sqb_pop3_start(&s, w->url, &o, err);

	if (rc != SQB_OK)
		return rc;
	sqb_task_watch(t, sqb_pop3_base(s));
	atomic_store(&w->is_watched, true);
	rc = sqb_session_wait(sqb_pop3_base(s));
	if (rc == SQB_OK)
		rc = sqb_pop3_message(s, 1, &m);
	*err = *sqb_pop3_error(s);
	sqb_task_watch(t, NULL);
	sqb_pop3_close(s);
	return rc;
}

static void canceled_at(const char *scheme, const row *rows)
{
	stalling pop3;
	work w = { .is_watched = false };
	sqb_error err;
	sqb_task *t;

	stalling_start(&pop3, scheme, rows, rest);
	w.url = pop3.url;
	t = sqb_task_start(receive, &w, NULL);
	while (!atomic_load(&pop3.has_stalled))
		(void)poll(NULL, 0, 1);
	sqb_task_cancel(t);
	assert_int_equal(sqb_task_join(t, &err), SQB_E_CANCELED);
	assert_int_equal(err.code, SQB_E_CANCELED);
	stalling_stop(&pop3);
}

static void test_cancel(void **state)
{
	static const row places[][2] = {
		{ { "hello", "", "+OK\r\n" } },
		{ { "hello", "+O", "K\r\n" } },
		{ { "USER", "", "+OK\r\n" } },
		{ { "PASS", "+OK", "\r\n" } },
		{ { "RETR", "", "+OK\r\n.\r\n" } },
		{ { "RETR", "+OK\r\nSubject: h", "i\r\n\r\n.\r\n" } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		canceled_at("pop3", places[i]);
	/* in the handshake of TLS */
	canceled_at("pop3s", places[0]);
}

static void test_cancel_connecting(void **state)
{
	int listener = listen_on(false, 0, 0), fillers[N_FILLERS];
	char url[64];
	work w = { .url = url };
	sqb_task *t;

	(void)state;
	fill_backlog(listener, false, fillers);
	(void)snprintf(url, sizeof(url), "pop3://me@127.0.0.1:%u",
	    (unsigned)port_of(listener));
	t = sqb_task_start(receive, &w, NULL);
	while (!atomic_load(&w.is_watched))
		(void)poll(NULL, 0, 1);
	(void)poll(NULL, 0, 20);
	sqb_task_cancel(t);
	assert_int_equal(sqb_task_join(t, NULL), SQB_E_CANCELED);
	close_all(fillers, N_FILLERS);
	(void)close(listener);
}

/* --- who is watched, and when */

typedef struct turns {
	sqb_session *s;		/* that of another, which stays open */
	size_t n;
} turns;

static int watch_late(sqb_task *t, void *ctx, sqb_error *err)
{
	turns *w = ctx;

	(void)err;
	while (!sqb_task_is_canceled(t))
		(void)poll(NULL, 0, 1);
	sqb_task_watch(t, w->s);
	return SQB_E_CANCELED;
}

static int watch_no_more(sqb_task *t, void *ctx, sqb_error *err)
{
	turns *w = ctx;

	(void)err;
	sqb_task_watch(t, w->s);
	sqb_task_watch(t, NULL);
	sqb_task_progress(t, 1, 1, "");
	while (!sqb_task_is_canceled(t))
		(void)poll(NULL, 0, 1);
	return SQB_OK;
}

/* The code of the opening of a session, after a task that was canceled. */
static int opens_after(sqb_task_fn fn)
{
	static const sqb_tls_mode off = SQB_TLS_OFF;
	static const sqb_session_options o = { .size = sizeof(o), .tls = &off,
		.password = "x" };
	sqb_pop3_session *s;
	stalling pop3;
	turns w;
	sqb_task *t;
	int rc;

	stalling_start(&pop3, "pop3", NULL, rest);
	assert_int_equal(sqb_pop3_start(&s, pop3.url, &o, NULL), SQB_OK);
	w = (turns){ .s = sqb_pop3_base(s) };
	t = sqb_task_start(fn, &w, NULL);
	if (fn == watch_no_more)
		assert_true(is_readable(t, -1));
	sqb_task_cancel(t);
	(void)sqb_task_join(t, NULL);
	rc = sqb_session_wait(w.s);
	sqb_pop3_close(s);
	stalling_stop(&pop3);
	return rc;
}

static void test_watch(void **state)
{
	(void)state;
	assert_int_equal(opens_after(watch_late), SQB_E_CANCELED);
	assert_int_equal(opens_after(watch_no_more), SQB_OK);
}

/* Sessions come and go while cancel() is under way. */
static int open_and_close(sqb_task *t, void *ctx, sqb_error *err)
{
	turns *w = ctx;
	sqb_pop3_session *s;
	int rc = SQB_OK;

	for (; rc == SQB_OK && w->n < N_TURNS; w->n++) {
		rc = sqb_pop3_start(&s, "pop3://me@127.0.0.1:1", NULL, err);
		if (rc != SQB_OK)
			break;
		sqb_task_watch(t, sqb_pop3_base(s));
		sqb_task_progress(t, w->n, N_TURNS, "another");
		if (sqb_task_is_canceled(t))
			rc = sqb_session_wait(sqb_pop3_base(s));
		sqb_task_watch(t, NULL);
		sqb_pop3_close(s);
	}
	return rc;
}

static void test_many(void **state)
{
	turns w[N_TASKS] = { { .n = 0 } };
	sqb_task *t[N_TASKS];
	sqb_task_event event;

	(void)state;
	for (size_t i = 0; i < N_TASKS; i++) {
		t[i] = sqb_task_start(open_and_close, &w[i], NULL);
		assert_non_null(t[i]);
	}
	for (size_t i = 0; i < N_TASKS; i++) {
		(void)sqb_task_next(t[i], &event);
		sqb_task_cancel(t[i]);
	}
	for (size_t i = 0; i < N_TASKS; i++) {
		int rc = sqb_task_join(t[i], NULL);

		/* it was through, or was stopped */
		assert_int_equal(rc, w[i].n < N_TURNS || rc != SQB_OK ?
		    SQB_E_CANCELED : SQB_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_result),
		cmocka_unit_test(test_newest_wins),
		cmocka_unit_test(test_text_is_cut),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_cancel_connecting),
		cmocka_unit_test(test_watch),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests_name("task", tests, NULL, NULL);
}

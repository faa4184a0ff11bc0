/*
 * Receiving, in steps: each operation canceled where the server has stalled;
 * what wakes a loop, and what is refused while something is under way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include <squab/session.h>

#include "stalling.h"

#define BODY "Subject: hi\r\n\r\nhi\r\n.\r\n"

static const row rest[] = {
	{ "hello", "+OK hello\r\n", NULL },
	{ "USER", "+OK\r\n", NULL },
	{ "PASS", "+OK in\r\n", NULL },
	{ "STAT", "+OK 3 30\r\n", NULL },
	{ "LIST", "+OK\r\n1 10\r\n2 10\r\n3 10\r\n.\r\n", NULL },
	{ "UIDL", "+OK\r\n1 a\r\n2 b\r\n3 c\r\n.\r\n", NULL },
	{ "RETR", "+OK\r\n" BODY, NULL },
	{ "TOP", "+OK\r\n" BODY, NULL },
	{ "DELE", "+OK\r\n", NULL },
	{ "RSET", "+OK\r\n", NULL },
	{ "NOOP", "+OK\r\n", NULL },
	{ "QUIT", "+OK bye\r\n", NULL },
	{ "", "-ERR what\r\n", NULL },
};

static const sqb_pop3_item three[] = { { .number = 1 }, { .number = 2 },
	{ .number = 3 } };

typedef struct fixture {
	stalling server;
	sqb_pop3_session *s;
	sqb_session *base;
	size_t n_woken;
	size_t n_ends, n_canceled;	/* of messages */
	size_t cancel_at;		/* the sink does, at that end; 0: not */
	size_t late;			/* so many calls of it come again */
	bool give_up;			/* as soon as progress is told */
} fixture;

static void woken(void *ctx)
{
	((fixture *)ctx)->n_woken++;
}

static int on_write(void *ctx, size_t index, sqb_str bytes)
{
	fixture *f = ctx;

	(void)index;
	(void)bytes;
	if (f->late == 0)
		return 0;
	f->late--;
	return SQB_SINK_LATER;
}

static int on_end(void *ctx, size_t index, int code, const sqb_error *err)
{
	fixture *f = ctx;

	assert_int_equal(index, f->n_ends);
	assert_int_equal(code, err ? err->code : SQB_OK);
	f->n_ends++;
	f->n_canceled += code == SQB_E_CANCELED;
	if (f->n_ends == f->cancel_at)
		sqb_session_cancel(f->base);
	return 0;
}

static int on_progress(void *ctx, const sqb_progress *progress)
{
	fixture *f = ctx;

	(void)progress;
	if (f->give_up)
		sqb_session_cancel(f->base);
	return 0;
}

static void connected(fixture *f, const row *rows)
{
	static const sqb_tls_mode off = SQB_TLS_OFF;
	const sqb_session_options o = { .size = sizeof(o), .tls = &off,
		.password = "secret", .on_progress = on_progress,
		.on_progress_ctx = f };

	*f = (fixture){ .s = NULL };
	stalling_start(&f->server, "pop3", rows, rest);
	assert_int_equal(sqb_pop3_start(&f->s, f->server.url, &o, NULL),
	    SQB_OK);
	f->base = sqb_pop3_base(f->s);
	sqb_session_on_wake(f->base, woken, f);
}

static void opened(fixture *f, const row *rows)
{
	connected(f, rows);
	assert_int_equal(step_till_over(f->base), SQB_OK);
	assert_int_equal(f->n_woken, 0);
}

static void closed(fixture *f)
{
	sqb_pop3_close(f->s);
	stalling_stop(&f->server);
}

/* --- the operations */

static int nothing(fixture *f)
{
	(void)f;
	return SQB_OK;
}

static int stat(fixture *f)
{
	return sqb_pop3_start_stat(f->s);
}

static int list(fixture *f)
{
	return sqb_pop3_start_list(f->s);
}

static int uidl(fixture *f)
{
	return sqb_pop3_start_uidl(f->s);
}

static int listing(fixture *f)
{
	return sqb_pop3_start_listing(f->s);
}

static int message(fixture *f)
{
	return sqb_pop3_start_message(f->s, 1);
}

static int top(fixture *f)
{
	return sqb_pop3_start_top(f->s, 1, 5);
}

static int messages(fixture *f)
{
	return sqb_pop3_start_messages(f->s, three, 3,
	    &(sqb_sink){ on_write, on_end, f });
}

static int tops(fixture *f)
{
	return sqb_pop3_start_tops(f->s, three, 3, 5,
	    &(sqb_sink){ on_write, on_end, f });
}

static int dele(fixture *f)
{
	return sqb_pop3_start_dele(f->s, 1);
}

static int deles(fixture *f)
{
	return sqb_pop3_start_deles(f->s, three, 3);
}

static int rset(fixture *f)
{
	return sqb_pop3_start_rset(f->s);
}

static int noop(fixture *f)
{
	return sqb_pop3_start_noop(f->s);
}

static int quit(fixture *f)
{
	return sqb_pop3_start_quit(f->s);
}

/* Of which the reply to QUIT is waited for. */
static int dele_and_quit(fixture *f)
{
	assert_int_equal(sqb_pop3_dele(f->s, 1), SQB_OK);
	f->n_woken--;
	return quit(f);
}

/* --- canceled at each stage */

typedef struct stage {
	const char *name;
	int (*start)(fixture *f);
	row stalls;
	bool is_over;		/* the session, after that */
	size_t n_ends;		/* of messages, and … */
	size_t n_canceled;	/* … of them */
} stage;

static const stage stages[] = {
	{ .name = "the greeting", .start = nothing, .is_over = true,
	    .stalls = { "hello", "", "+OK hello\r\n" } },
	{ .name = "half a greeting", .start = nothing, .is_over = true,
	    .stalls = { "hello", "+OK he", "llo\r\n" } },
	{ .name = "USER", .start = nothing, .is_over = true,
	    .stalls = { "USER", "", "+OK\r\n" } },
	{ .name = "PASS", .start = nothing, .is_over = true,
	    .stalls = { "PASS", "", "+OK\r\n" } },
	{ .name = "the first STAT", .start = nothing, .is_over = true,
	    .stalls = { "STAT", "", "+OK 3 30\r\n" } },
	{ .name = "LIST", .start = list,
	    .stalls = { "LIST", "", "+OK\r\n1 10\r\n.\r\n" } },
	{ .name = "within LIST", .start = list,
	    .stalls = { "LIST", "+OK\r\n1 10\r\n2", " 10\r\n.\r\n" } },
	{ .name = "within UIDL", .start = uidl,
	    .stalls = { "UIDL", "+OK\r\n1 a\r\n2", " b\r\n.\r\n" } },
	{ .name = "the LIST of a listing", .start = listing,
	    .stalls = { "LIST", "+OK\r\n1 10\r\n2", " 10\r\n.\r\n" } },
	{ .name = "the UIDL of a listing", .start = listing,
	    .stalls = { "UIDL", "+OK\r\n1 a\r\n2", " b\r\n.\r\n" } },
	{ .name = "RETR", .start = message,
	    .stalls = { "RETR", "", "+OK\r\n" BODY } },
	{ .name = "within RETR", .start = message, .is_over = true,
	    .stalls = { "RETR", "+OK\r\nSubject: ", "hi\r\n.\r\n" } },
	{ .name = "within TOP", .start = top, .is_over = true,
	    .stalls = { "TOP", "+OK\r\nSubject: ", "hi\r\n.\r\n" } },
	{ .name = "the first of messages", .start = messages,
	    .stalls = { "RETR 1", "", "-ERR no\r\n" },
	    .n_ends = 3, .n_canceled = 3 },
	{ .name = "within the second of messages", .start = messages,
	    .stalls = { "RETR 2", "+OK\r\nSubject: ", "hi\r\n.\r\n" },
	    .is_over = true, .n_ends = 3, .n_canceled = 2 },
	{ .name = "the NOOP behind messages", .start = messages,
	    .stalls = { "NOOP", "", "+OK\r\n" }, .n_ends = 3 },
	{ .name = "within the third of tops", .start = tops,
	    .stalls = { "TOP 3", "+OK\r\nSubject: ", "hi\r\n.\r\n" },
	    .is_over = true, .n_ends = 3, .n_canceled = 1 },
	{ .name = "DELE", .start = dele,
	    .stalls = { "DELE", "", "+OK\r\n" } },
	{ .name = "the second DELE", .start = deles,
	    .stalls = { "DELE 2", "+O", "K\r\n" } },
	{ .name = "RSET", .start = rset,
	    .stalls = { "RSET", "", "+OK\r\n" } },
	{ .name = "NOOP", .start = noop,
	    .stalls = { "NOOP", "", "+OK\r\n" } },
	{ .name = "QUIT", .start = dele_and_quit, .is_over = true,
	    .stalls = { "QUIT", "", "+OK\r\n" } },
};

static void check_canceled(fixture *f, const stage *g)
{
	size_t before = f->n_woken;

	sqb_session_cancel(f->base);
	assert_false(sqb_session_is_busy(f->base));
	assert_int_equal(f->n_woken, before + 1);
	assert_int_equal(sqb_session_step(f->base), 1);
	assert_int_equal(sqb_session_wait(f->base), SQB_E_CANCELED);
	assert_string_equal(sqb_session_error(f->base)->text,
	    "pop3: canceled");
	assert_int_equal(sqb_session_fd(f->base), -1);
	assert_int_equal(sqb_session_wants(f->base), 0);
	assert_true(sqb_session_clock(f->base, 1) == SQB_NEVER);
	assert_int_equal(f->n_ends, g->n_ends);
	assert_int_equal(f->n_canceled, g->n_canceled);
	sqb_session_cancel(f->base);
	assert_int_equal(f->n_woken, before + 1);
}

/* The next operation works, or says that all is over. */
static void check_next(fixture *f, const stage *g)
{
	uint32_t n;
	uint64_t octets;
	int rc = sqb_pop3_start_stat(f->s);

	if (g->is_over) {
		assert_int_equal(rc, SQB_E_CANCELED);
		return;
	}
	assert_int_equal(rc, SQB_OK);
	stalling_let_go(&f->server);
	assert_int_equal(step_till_over(f->base), SQB_OK);
	assert_int_equal(sqb_pop3_counted(f->s, &n, &octets), SQB_OK);
	assert_int_equal(n, 3);
	assert_int_equal(octets, 30);
}

static void cancel_at(const stage *g)
{
	const row rows[] = { g->stalls, { NULL, NULL, NULL } };
	fixture f;

	connected(&f, rows);
	if (g->start != nothing)
		assert_int_equal(step_till_over(f.base), SQB_OK);
	assert_int_equal(g->start(&f), SQB_OK);
	assert_int_equal(f.n_woken, g->start == nothing ? 0 : 1);
	assert_false(step_till_stalled(&f.server, f.base));
	check_canceled(&f, g);
	check_next(&f, g);
	closed(&f);
}

static void test_cancel(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		print_message("# %s\n", stages[i].name);
		cancel_at(&stages[i]);
	}
}

/* What has not left is not said at all. */
static void test_cancel_unsent(void **state)
{
	static int (*const starts[])(fixture *f) = { stat, list, uidl,
		listing, message, top, messages, tops, dele, deles, rset,
		noop };
	fixture f;

	(void)state;
	opened(&f, NULL);
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		f.n_ends = 0;
		assert_int_equal(starts[i](&f), SQB_OK);
		sqb_session_cancel(f.base);
		assert_int_equal(sqb_session_error(f.base)->code,
		    SQB_E_CANCELED);
		assert_int_equal(sqb_pop3_noop(f.s), SQB_OK);
	}
	assert_int_equal(f.n_canceled, 6);
	closed(&f);
}

/* A DELE that is canceled may be done, so that the reply to QUIT counts. */
static void test_canceled_dele_counts(void **state)
{
	static const row rows[] = { { "DELE", "", "+OK\r\n" },
		{ NULL, NULL, NULL } };
	fixture f;

	(void)state;
	opened(&f, rows);
	assert_int_equal(sqb_pop3_start_dele(f.s, 1), SQB_OK);
	assert_false(step_till_stalled(&f.server, f.base));
	sqb_session_cancel(f.base);
	stalling_let_go(&f.server);
	assert_int_equal(quit(&f), SQB_OK);
	assert_true(sqb_session_is_busy(f.base));
	assert_int_equal(step_till_over(f.base), SQB_OK);
	assert_string_equal(sqb_pop3_status(f.s), "+OK bye");
	closed(&f);
}

/* A sink cannot pull the session from under who calls it. */
static void test_cancel_in_sink(void **state)
{
	fixture f;

	(void)state;
	opened(&f, NULL);
	f.cancel_at = 2;
	assert_int_equal(messages(&f), SQB_OK);
	assert_int_equal(step_till_over(f.base), SQB_E_CANCELED);
	assert_int_equal(f.n_ends, 3);
	assert_int_equal(f.n_canceled, 1);
	assert_int_equal(f.n_woken, 2);
	closed(&f);
}

/* Otherwise than a result that is not 0, it need not end the session. */
static void test_cancel_in_progress(void **state)
{
	static const row rows[] = { { "NOOP", "", "+OK\r\n" },
		{ NULL, NULL, NULL } };
	fixture f;
	uint32_t n;
	uint64_t octets;

	(void)state;
	opened(&f, rows);
	f.give_up = true;
	assert_int_equal(sqb_pop3_noop(f.s), SQB_E_CANCELED);
	f.give_up = false;
	stalling_let_go(&f.server);
	assert_int_equal(sqb_pop3_stat(f.s, &n, &octets), SQB_OK);
	assert_int_equal(n, 3);
	closed(&f);
}

/* --- what is found */

static void test_results(void **state)
{
	fixture f;
	uint32_t n;
	uint64_t octets;
	sqb_pop3_list_result l;
	sqb_message *m, *again;

	(void)state;
	opened(&f, NULL);
	assert_int_equal(stat(&f), SQB_OK);
	assert_int_equal(step_till_over(f.base), SQB_OK);
	assert_int_equal(sqb_pop3_listed(f.s, &l), SQB_E_USAGE);
	assert_int_equal(uidl(&f), SQB_OK);
	assert_int_equal(step_till_over(f.base), SQB_OK);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(sqb_pop3_listed(f.s, &l), SQB_OK);
		assert_int_equal(l.n_items, 3);
		assert_string_equal(l.items[2].uidl, "c");
	}
	assert_int_equal(sqb_pop3_received(f.s, &m), SQB_E_USAGE);
	assert_null(m);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(i ? top(&f) : message(&f), SQB_OK);
		assert_int_equal(step_till_over(f.base), SQB_OK);
		assert_int_equal(sqb_pop3_received(f.s, &m), SQB_OK);
		assert_int_equal(sqb_pop3_received(f.s, &again), SQB_OK);
		assert_ptr_equal(m, again);
	}
	assert_int_equal(sqb_pop3_counted(f.s, &n, &octets), SQB_E_USAGE);
	closed(&f);
}

/* --- waking */

/* Once for each start, also of what is over at once; not for a bad one. */
static void test_wake(void **state)
{
	static const sqb_tls_mode off = SQB_TLS_OFF;
	const sqb_session_options o = { .size = sizeof(o), .tls = &off,
		.password = "secret", .listing_ahead = true };
	fixture f;

	(void)state;
	opened(&f, NULL);
	sqb_pop3_close(f.s);
	assert_int_equal(sqb_pop3_start(&f.s, f.server.url, &o, NULL), SQB_OK);
	f.base = sqb_pop3_base(f.s);
	assert_false(sqb_session_is_open(f.base));
	assert_int_equal(step_till_over(f.base), SQB_OK);
	assert_true(sqb_session_is_open(f.base));
	sqb_session_on_wake(f.base, woken, &f);
	assert_int_equal(listing(&f), SQB_OK);
	assert_false(sqb_session_is_busy(f.base));
	assert_int_equal(f.n_woken, 1);
	assert_int_equal(sqb_pop3_start_deles(f.s, NULL, 0), SQB_OK);
	assert_int_equal(f.n_woken, 2);
	assert_int_equal(sqb_pop3_start_dele(f.s, 0), SQB_E_USAGE);
	assert_int_equal(sqb_pop3_start_message(f.s, 0), SQB_E_USAGE);
	sqb_session_cancel(f.base);
	sqb_session_resume(f.base);
	assert_int_equal(f.n_woken, 2);
	assert_int_equal(sqb_pop3_noop(f.s), SQB_OK);
	assert_int_equal(f.n_woken, 3);
	sqb_session_on_wake(f.base, NULL, NULL);
	assert_int_equal(sqb_pop3_noop(f.s), SQB_OK);
	assert_int_equal(quit(&f), SQB_OK);
	assert_int_equal(f.n_woken, 3);
	closed(&f);
}

/* --- one at a time */

static void test_busy(void **state)
{
	static int (*const starts[])(fixture *f) = { stat, list, uidl,
		listing, message, top, dele, deles, rset, noop, quit };
	static const row rows[] = { { "LIST", "+OK\r\n1 10\r\n", ".\r\n" },
		{ NULL, NULL, NULL } };
	fixture f;
	sqb_pop3_list_result l;

	(void)state;
	opened(&f, rows);
	assert_int_equal(list(&f), SQB_OK);
	assert_false(step_till_stalled(&f.server, f.base));
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		assert_int_equal(starts[i](&f), SQB_E_USAGE);
		assert_int_equal(sqb_pop3_error(f.s)->code, SQB_E_USAGE);
	}
	assert_int_equal(sqb_pop3_listed(f.s, &l), SQB_E_USAGE);
	assert_int_equal(f.n_woken, 1);
	assert_true(sqb_session_is_busy(f.base));
	stalling_let_go(&f.server);
	assert_int_equal(step_till_over(f.base), SQB_OK);
	assert_int_equal(sqb_pop3_listed(f.s, &l), SQB_OK);
	assert_int_equal(l.n_items, 1);
	closed(&f);
}

/* --- later */

/* What is put off lets the loop sleep until it is woken. */
static void test_later(void **state)
{
	fixture f;

	(void)state;
	opened(&f, NULL);
	sqb_session_resume(f.base);
	assert_int_equal(f.n_woken, 0);
	f.late = 2;
	assert_int_equal(messages(&f), SQB_OK);
	while (f.late == 2)
		assert_false(sqb_session_step(f.base) ||
		    (f.late == 2 && (sqb_link_wait(
		    sqb_pop3_session_link(f.s), 5), false)));
	assert_int_equal(sqb_session_fd(f.base), -1);
	assert_int_equal(sqb_session_wants(f.base), 0);
	assert_true(sqb_session_clock(f.base, 1) == SQB_NEVER);
	assert_false(sqb_session_step(f.base));
	assert_int_equal(f.late, 0);
	sqb_session_resume(f.base);
	assert_int_equal(f.n_woken, 2);
	assert_int_equal(step_till_over(f.base), SQB_OK);
	assert_int_equal(f.n_ends, 3);
	closed(&f);
}

static void test_cancel_later(void **state)
{
	fixture f;

	(void)state;
	opened(&f, NULL);
	f.late = 1;
	assert_int_equal(messages(&f), SQB_OK);
	while (f.late == 1 && !sqb_session_step(f.base))
		sqb_link_wait(sqb_pop3_session_link(f.s), 5);
	sqb_session_cancel(f.base);
	assert_int_equal(f.n_canceled, 3);
	assert_int_equal(sqb_session_wait(f.base), SQB_E_CANCELED);
	closed(&f);
}

/* --- interrupted */

static void *interrupt(void *ctx)
{
	fixture *f = ctx;

	while (!atomic_load(&f->server.has_stalled))
		continue;
	sqb_session_interrupt(f->base);
	return NULL;
}

static int wait_interrupted(fixture *f, bool blocking)
{
	pthread_t thread;
	int rc;

	assert_int_equal(pthread_create(&thread, NULL, interrupt, f), 0);
	rc = blocking ? sqb_session_wait(f->base) : step_till_over(f->base);
	assert_int_equal(pthread_join(thread, NULL), 0);
	return rc;
}

static void test_interrupt(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		const stage *g = &stages[i];
		const row rows[] = { g->stalls, { NULL, NULL, NULL } };
		fixture f;

		print_message("# %s\n", g->name);
		connected(&f, rows);
		if (g->start != nothing)
			assert_int_equal(step_till_over(f.base), SQB_OK);
		assert_int_equal(g->start(&f), SQB_OK);
		assert_int_equal(wait_interrupted(&f, i % 2),
		    g->start == dele_and_quit ? SQB_E_UNKNOWN :
		    g->start == dele ? SQB_E_UNKNOWN : SQB_E_CANCELED);
		assert_int_equal(sqb_pop3_start_noop(f.s), SQB_E_CANCELED);
		closed(&f);
	}
}

static void test_interrupt_idle(void **state)
{
	fixture f;

	(void)state;
	opened(&f, NULL);
	sqb_session_interrupt(f.base);
	assert_int_equal(sqb_pop3_noop(f.s), SQB_E_CANCELED);
	closed(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_cancel_unsent),
		cmocka_unit_test(test_canceled_dele_counts),
		cmocka_unit_test(test_cancel_in_sink),
		cmocka_unit_test(test_cancel_in_progress),
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_wake),
		cmocka_unit_test(test_busy),
		cmocka_unit_test(test_later),
		cmocka_unit_test(test_cancel_later),
		cmocka_unit_test(test_interrupt),
		cmocka_unit_test(test_interrupt_idle),
	};

	return cmocka_run_group_tests_name("session_cancel", tests, NULL,
	    NULL);
}

/*
 * Sending, in steps: each operation canceled where the server has stalled, and
 * what is then known of the recipients.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include <squab/send.h>

#include "stalling.h"

static const row rest[] = {
	{ "hello", "220 here\r\n", NULL },
	{ "EHLO", "250-x\r\n250-8BITMIME\r\n250 AUTH PLAIN\r\n", NULL },
	{ "AUTH", "235 in\r\n", NULL },
	{ "DATA", "354 go\r\n", NULL },
	{ "VRFY", "250-one\r\n250 two\r\n", NULL },
	{ "EXPN", "250-one\r\n250 two\r\n", NULL },
	{ "HELP", "214-one\r\n214 two\r\n", NULL },
	{ "QUIT", "221 bye\r\n", NULL },
	{ "", "250 ok\r\n", NULL },
};

static const sqb_smtp_recipient to[] = {
	{ .address = SQB_STR("a@example.org") },
	{ .address = SQB_STR("b@example.org") },
};

static const sqb_smtp_mail mail = { .size = sizeof(mail),
	.recipients = to, .n_recipients = 2,
	.message = SQB_STR("Subject: x\n\nx") };

typedef struct fixture {
	stalling server;
	sqb_smtp_session *s;
	sqb_session *base;
	sqb_compose *c;
	size_t n_woken;
	size_t n_mails;		/* that the outbox has given … */
	size_t n_done;		/* … and of which the end was told */
	size_t cancel_at;	/* the outbox does, at that end; 0: not */
	int codes[3];		/* of the ends */
} fixture;

static void woken(void *ctx)
{
	((fixture *)ctx)->n_woken++;
}

static int next(void *ctx, sqb_smtp_mail *out, sqb_source *message, void **tag)
{
	fixture *f = ctx;

	(void)message;
	(void)tag;
	if (f->n_mails == 3)
		return 0;
	f->n_mails++;
	*out = mail;
	return 1;
}

static int done(void *ctx, void *tag, int code, const sqb_error *err,
    const sqb_smtp_result *results, size_t n)
{
	fixture *f = ctx;

	(void)tag;
	assert_int_equal(code, err ? err->code : SQB_OK);
	assert_int_equal(n, 2);
	assert_string_equal(results[1].address.ptr, "b@example.org");
	f->codes[f->n_done++] = code;
	if (f->n_done == f->cancel_at)
		sqb_session_cancel(f->base);
	return 0;
}

static void connected(fixture *f, const row *rows)
{
	static const sqb_tls_mode off = SQB_TLS_OFF;
	static const sqb_session_options o = { .size = sizeof(o), .tls = &off,
		.password = "secret" };

	*f = (fixture){ .s = NULL };
	stalling_start(&f->server, "smtp", rows, rest);
	assert_int_equal(sqb_smtp_start(&f->s, f->server.url, &o, NULL),
	    SQB_OK);
	f->base = sqb_smtp_base(f->s);
	sqb_session_on_wake(f->base, woken, f);
}

static void opened(fixture *f, const row *rows)
{
	connected(f, rows);
	assert_int_equal(step_till_over(f->base), SQB_OK);
}

static void closed(fixture *f)
{
	sqb_smtp_close(f->s);
	sqb_compose_free(f->c);
	stalling_stop(&f->server);
}

/* --- the operations */

static int nothing(fixture *f)
{
	(void)f;
	return SQB_OK;
}

static int send(fixture *f)
{
	f->c = sqb_compose_new(NULL);
	sqb_compose_field(f->c, "From", "me@example.org");
	sqb_compose_address(f->c, "To", NULL, "a@example.org");
	sqb_compose_address(f->c, "To", NULL, "b@example.org");
	sqb_compose_text(f->c, sqb_str_of("Hello.\n"));
	return sqb_smtp_start_send(f->s, f->c);
}

static int send_mail(fixture *f)
{
	return sqb_smtp_start_send_mail(f->s, &mail, NULL);
}

static int send_all(fixture *f)
{
	return sqb_smtp_start_send_all(f->s,
	    &(sqb_outbox){ .next = next, .done = done, .ctx = f });
}

static int noop(fixture *f)
{
	return sqb_smtp_start_noop(f->s);
}

static int rset(fixture *f)
{
	return sqb_smtp_start_rset(f->s);
}

static int vrfy(fixture *f)
{
	return sqb_smtp_start_vrfy(f->s, "a");
}

static int expn(fixture *f)
{
	return sqb_smtp_start_expn(f->s, "a");
}

static int help(fixture *f)
{
	return sqb_smtp_start_help(f->s, NULL);
}

static int etrn(fixture *f)
{
	return sqb_smtp_start_etrn(f->s, "a");
}

/* --- canceled at each stage */

typedef struct stage {
	const char *name;
	int (*start)(fixture *f);
	row stalls;
	bool is_over;		/* the session, after that */
	int results;		/* the code of both recipients; 0: none are
				   told */
	int codes[3];		/* of the ends of mails */
} stage;

#define C SQB_E_CANCELED

static const stage stages[] = {
	{ .name = "the greeting", .start = nothing, .is_over = true,
	    .stalls = { "hello", "220-", "220 here\r\n" } },
	{ .name = "EHLO", .start = nothing, .is_over = true,
	    .stalls = { "EHLO", "250-x\r\n", "250 HELP\r\n" } },
	{ .name = "AUTH", .start = nothing, .is_over = true,
	    .stalls = { "AUTH", "", "235 in\r\n" } },
	{ .name = "NOOP", .start = noop,
	    .stalls = { "NOOP", "", "250 ok\r\n" } },
	{ .name = "RSET", .start = rset,
	    .stalls = { "RSET", "25", "0 ok\r\n" } },
	{ .name = "within VRFY", .start = vrfy,
	    .stalls = { "VRFY", "250-one\r\n", "250 two\r\n" } },
	{ .name = "within EXPN", .start = expn,
	    .stalls = { "EXPN", "250-one\r\n250", " two\r\n" } },
	{ .name = "within HELP", .start = help,
	    .stalls = { "HELP", "214-one\r\n", "214 two\r\n" } },
	{ .name = "ETRN", .start = etrn,
	    .stalls = { "ETRN", "", "250 ok\r\n" } },
	{ .name = "MAIL", .start = send, .is_over = true, .results = C,
	    .stalls = { "MAIL", "", "250 ok\r\n" } },
	{ .name = "the second RCPT", .start = send_mail, .is_over = true,
	    .results = C, .stalls = { "RCPT TO:<b", "", "250 ok\r\n" } },
	{ .name = "DATA", .start = send, .is_over = true, .results = C,
	    .stalls = { "DATA", "", "354 ok\r\n" } },
	{ .name = "the end of a mail", .start = send,
	    .results = SQB_E_UNKNOWN, .stalls = { ".\r\n", "", "250 ok\r\n" } },
	{ .name = "the end of the first of mails", .start = send_all,
	    .results = C, .codes = { SQB_E_UNKNOWN, C, C },
	    .stalls = { ".\r\n", "", "250 ok\r\n" } },
	{ .name = "the first of mails", .start = send_all, .is_over = true,
	    .results = C, .codes = { C, C, C },
	    .stalls = { "MAIL", "", "250 ok\r\n" } },
};

static void check_results(const fixture *f, const stage *g)
{
	size_t n;
	const sqb_smtp_result *r = sqb_smtp_results(f->s, &n);

	assert_int_equal(n, g->results ? 2 : 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(r[i].code, g->results);
	for (size_t i = 0; i < f->n_done; i++)
		assert_int_equal(f->codes[i], g->codes[i]);
	assert_int_equal(f->n_done, f->n_mails);
	assert_string_equal(sqb_smtp_words(f->s), "");
}

static void check_next(fixture *f, const stage *g)
{
	int rc = vrfy(f);

	if (g->is_over) {
		assert_int_equal(rc, SQB_E_CANCELED);
		return;
	}
	assert_int_equal(rc, SQB_OK);
	stalling_let_go(&f->server);
	if (g->start == vrfy)
		return;	/* it stalls again */
	assert_int_equal(step_till_over(f->base), SQB_OK);
	assert_string_equal(sqb_smtp_words(f->s), "one\ntwo");
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
	sqb_session_cancel(f.base);
	assert_int_equal(f.n_woken, g->start == nothing ? 1 : 2);
	assert_false(sqb_session_is_busy(f.base));
	assert_int_equal(sqb_session_step(f.base), 1);
	assert_int_equal(sqb_smtp_error(f.s)->code, SQB_E_CANCELED);
	assert_string_equal(sqb_smtp_error(f.s)->text, "smtp: canceled");
	check_results(&f, g);
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

/* Those that have not left cost nothing. */
static void test_cancel_unsent(void **state)
{
	static int (*const starts[])(fixture *f) = { send_mail, send_all, noop,
		rset, vrfy, expn, help, etrn };
	fixture f;

	(void)state;
	opened(&f, NULL);
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		assert_int_equal(starts[i](&f), SQB_OK);
		sqb_session_cancel(f.base);
		assert_int_equal(sqb_session_wait(f.base), SQB_E_CANCELED);
		assert_int_equal(sqb_smtp_noop(f.s), SQB_OK);
	}
	closed(&f);
}

static void test_cancel_in_outbox(void **state)
{
	fixture f;

	(void)state;
	opened(&f, NULL);
	f.cancel_at = 1;
	assert_int_equal(send_all(&f), SQB_OK);
	assert_int_equal(step_till_over(f.base), SQB_E_CANCELED);
	assert_int_equal(f.n_done, 3);
	assert_int_equal(f.codes[0], SQB_OK);
	assert_int_equal(f.codes[1], SQB_E_CANCELED);
	assert_int_equal(f.codes[2], SQB_E_CANCELED);
	assert_int_equal(f.n_woken, 2);
	closed(&f);
}

/* --- one at a time */

static void test_busy(void **state)
{
	static int (*const starts[])(fixture *f) = { send_mail, send_all,
		noop, rset, vrfy, expn, help, etrn };
	static const row rows[] = { { "NOOP", "", "250 ok\r\n" },
		{ NULL, NULL, NULL } };
	fixture f;

	(void)state;
	opened(&f, rows);
	assert_int_equal(noop(&f), SQB_OK);
	assert_false(step_till_stalled(&f.server, f.base));
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		assert_int_equal(starts[i](&f), SQB_E_USAGE);
		assert_int_equal(sqb_smtp_error(f.s)->code, SQB_E_USAGE);
	}
	assert_int_equal(send(&f), SQB_E_USAGE);
	assert_int_equal(sqb_smtp_start_quit(f.s), SQB_E_USAGE);
	assert_int_equal(f.n_woken, 1);
	stalling_let_go(&f.server);
	assert_int_equal(step_till_over(f.base), SQB_OK);
	closed(&f);
}

/* --- in steps, and interrupted */

static void test_stepped(void **state)
{
	static int (*const starts[])(fixture *f) = { send_mail, send_all, noop,
		rset, vrfy, expn, help, etrn };
	fixture f;
	size_t n;

	(void)state;
	opened(&f, NULL);
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		bool asks = starts[i] == vrfy || starts[i] == expn ||
		    starts[i] == help;

		assert_int_equal(starts[i](&f), SQB_OK);
		assert_int_equal(step_till_over(f.base), SQB_OK);
		assert_string_equal(sqb_smtp_words(f.s),
		    asks ? "one\ntwo" : "");
	}
	assert_int_equal(f.n_done, 3);
	assert_int_equal(sqb_smtp_results(f.s, &n)[1].code, SQB_OK);
	assert_int_equal(sqb_smtp_start_quit(f.s), SQB_OK);
	assert_int_equal(step_till_over(f.base), SQB_OK);
	closed(&f);
}

static void *interrupt(void *ctx)
{
	fixture *f = ctx;

	while (!atomic_load(&f->server.has_stalled))
		continue;
	sqb_session_interrupt(f->base);
	return NULL;
}

static void test_interrupt(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		const stage *g = &stages[i];
		const row rows[] = { g->stalls, { NULL, NULL, NULL } };
		int want = g->results == SQB_E_UNKNOWN ||
		    g->codes[0] == SQB_E_UNKNOWN ? SQB_E_UNKNOWN :
		    SQB_E_CANCELED;
		pthread_t thread;
		fixture f;

		print_message("# %s\n", g->name);
		connected(&f, rows);
		if (g->start != nothing)
			assert_int_equal(step_till_over(f.base), SQB_OK);
		assert_int_equal(g->start(&f), SQB_OK);
		assert_int_equal(pthread_create(&thread, NULL, interrupt, &f),
		    0);
		assert_int_equal(i % 2 ? sqb_session_wait(f.base) :
		    step_till_over(f.base), want);
		assert_int_equal(pthread_join(thread, NULL), 0);
		assert_int_equal(noop(&f), SQB_E_CANCELED);
		closed(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_cancel_unsent),
		cmocka_unit_test(test_cancel_in_outbox),
		cmocka_unit_test(test_busy),
		cmocka_unit_test(test_stepped),
		cmocka_unit_test(test_interrupt),
	};

	return cmocka_run_group_tests_name("send_cancel", tests, NULL, NULL);
}

/*
 * Sessions in a GLib main loop, against servers that answer at once or stall:
 * each call is answered once, with a GError in its domain, and the loop turns
 * while the server does not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <squab/glib.h>

#include "stalling.h"

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
	{ "MAIL", "250 fine\r\n", NULL },
	{ "RCPT TO:<no@", "550 5.1.1 nobody\r\n", NULL },
	{ "RCPT", "250 fine\r\n", NULL },
	{ "RSET", "250 fine\r\n", NULL },
	{ "DATA", "354 go on\r\n", NULL },
	{ ".\r\n", "250 taken\r\n", NULL },
	{ "QUIT", "221 bye\r\n", NULL },
	{ "", "", NULL },	/* a line of the message */
};

static const sqb_tls_mode off = SQB_TLS_OFF;
static const sqb_session_options options = { .size = sizeof(options),
	.tls = &off, .password = "secret" };

/* What a call has been answered, once. */
static void keep(GObject *object, GAsyncResult *result, gpointer data)
{
	GAsyncResult **kept = data;

	assert_null(object);
	assert_null(*kept);
	*kept = g_object_ref(result);
}

static GAsyncResult *answer(GAsyncResult **kept)
{
	while (!*kept)
		g_main_context_iteration(NULL, TRUE);
	return *kept;
}

/* Nothing is left in the loop that could answer twice. */
static void settle(GAsyncResult **kept)
{
	while (g_main_context_iteration(NULL, FALSE))
		;
	g_clear_object(kept);
}

static sqb_pop3_session *opened(stalling *peer, const row *rows)
{
	GAsyncResult *r = NULL;
	GError *error = NULL;
	sqb_pop3_session *s;

	stalling_start(peer, "pop3", rows, pop3_rest);
	sqb_glib_pop3_open_async(peer->url, &options, NULL, keep, &r);
	assert_null(r);
	s = sqb_glib_pop3_open_finish(answer(&r), &error);
	assert_non_null(s);
	assert_null(error);
	settle(&r);
	return s;
}

static void closed(stalling *peer, sqb_pop3_session *s)
{
	sqb_pop3_close(s);
	stalling_stop(peer);
}

static void expect(GError **error, GQuark domain, int code)
{
	assert_non_null(*error);
	assert_true(g_error_matches(*error, domain, code));
	assert_true((*error)->message[0] != '\0');
	assert_true(g_utf8_validate((*error)->message, -1, NULL));
	g_clear_error(error);
}

static void test_one_after_the_other(void **state)
{
	sqb_pop3_list_result list;
	GAsyncResult *r = NULL;
	GError *error = NULL;
	stalling peer;
	sqb_pop3_session *s = opened(&peer, NULL);

	(void)state;
	sqb_glib_pop3_listing_async(s, NULL, keep, &r);
	assert_true(sqb_glib_pop3_listing_finish(s, answer(&r), &list, &error));
	assert_int_equal(list.n_items, 3);
	settle(&r);
	sqb_glib_pop3_message_async(s, 2, NULL, keep, &r);
	assert_non_null(sqb_glib_pop3_message_finish(s, answer(&r), &error));
	settle(&r);
	assert_int_equal(sqb_pop3_start_quit(s), SQB_OK);
	sqb_glib_run_async(sqb_pop3_base(s), NULL, keep, &r);
	assert_true(sqb_glib_run_finish(sqb_pop3_base(s), answer(&r), &error));
	settle(&r);
	assert_null(error);
	closed(&peer, s);
}

/* Words that are not UTF-8, too. */
static void test_refusal(void **state)
{
	static const row rows[] = { { "RETR", "-ERR n\xe9 pas\r\n", NULL },
		{ .line = NULL } };
	GAsyncResult *r = NULL;
	GError *error = NULL;
	stalling peer;
	sqb_pop3_session *s = opened(&peer, rows);

	(void)state;
	sqb_glib_pop3_message_async(s, 1, NULL, keep, &r);
	assert_null(sqb_glib_pop3_message_finish(s, answer(&r), &error));
	expect(&error, SQB_GLIB_ERROR, SQB_E_REFUSED);
	settle(&r);
	sqb_glib_pop3_message_async(s, 0, NULL, keep, &r);
	assert_null(r);
	assert_null(sqb_glib_pop3_message_finish(s, answer(&r), &error));
	expect(&error, SQB_GLIB_ERROR, SQB_E_USAGE);
	settle(&r);
	closed(&peer, s);
}

static void test_bad_url(void **state)
{
	GAsyncResult *r = NULL;
	GError *error = NULL;

	(void)state;
	sqb_glib_pop3_open_async("http://a", NULL, NULL, keep, &r);
	assert_null(r);
	assert_null(sqb_glib_pop3_open_finish(answer(&r), &error));
	expect(&error, SQB_GLIB_ERROR, SQB_E_USAGE);
	settle(&r);
	sqb_glib_smtp_open_async("http://a", NULL, NULL, keep, &r);
	assert_null(sqb_glib_smtp_open_finish(answer(&r), &error));
	expect(&error, SQB_GLIB_ERROR, SQB_E_USAGE);
	settle(&r);
}

/* --- while it waits */

/* The loop turns until the server has stalled. */
static void turn_until_stalled(stalling *peer, GAsyncResult **r)
{
	while (!atomic_load(&peer->has_stalled)) {
		g_main_context_iteration(NULL, FALSE);
		g_usleep(1000);
	}
	assert_null(*r);
}

static gpointer cancel(gpointer cancellable)
{
	g_cancellable_cancel(cancellable);
	return NULL;
}

/* The peer says nothing more before the call is answered. */
static void test_cancel_opening(void **state)
{
	static const row places[][2] = {
		{ { "hello", "", "+OK\r\n" } },
		{ { "USER", "+O", "K\r\n" } },
		{ { "PASS", "", "+OK\r\n" } },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
		GCancellable *c = g_cancellable_new();
		GAsyncResult *r = NULL;
		GError *error = NULL;
		stalling peer;

		stalling_start(&peer, "pop3", places[i], pop3_rest);
		sqb_glib_pop3_open_async(peer.url, &options, c, keep, &r);
		turn_until_stalled(&peer, &r);
		g_cancellable_cancel(c);
		assert_null(sqb_glib_pop3_open_finish(answer(&r), &error));
		expect(&error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
		settle(&r);
		g_object_unref(c);
		stalling_stop(&peer);
	}
}

static void test_cancel_before(void **state)
{
	GCancellable *c = g_cancellable_new();
	GAsyncResult *r = NULL;
	GError *error = NULL;
	stalling peer;

	(void)state;
	stalling_start(&peer, "pop3", NULL, pop3_rest);
	g_cancellable_cancel(c);
	sqb_glib_pop3_open_async(peer.url, &options, c, keep, &r);
	assert_null(r);
	assert_null(sqb_glib_pop3_open_finish(answer(&r), &error));
	expect(&error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
	settle(&r);
	g_object_unref(c);
	stalling_stop(&peer);
}

/* From another thread; then the session is usable. */
static void test_cancel_and_go_on(void **state)
{
	static const row rows[] = { { "UIDL", "", "+OK\r\n.\r\n" },
		{ .line = NULL } };
	GCancellable *c = g_cancellable_new();
	sqb_pop3_list_result list;
	GAsyncResult *r = NULL;
	GError *error = NULL;
	stalling peer;
	sqb_pop3_session *s = opened(&peer, rows);

	(void)state;
	sqb_glib_pop3_listing_async(s, c, keep, &r);
	turn_until_stalled(&peer, &r);
	g_thread_join(g_thread_new("cancel", cancel, c));
	assert_false(sqb_glib_pop3_listing_finish(s, answer(&r), &list,
	    &error));
	expect(&error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
	settle(&r);
	stalling_let_go(&peer);
	assert_int_equal(sqb_pop3_start_noop(s), SQB_OK);
	sqb_glib_run_async(sqb_pop3_base(s), NULL, keep, &r);
	assert_true(sqb_glib_run_finish(sqb_pop3_base(s), answer(&r), &error));
	settle(&r);
	g_object_unref(c);
	closed(&peer, s);
}

/* Not by its GCancellable: then it is an error of the session's. */
static void test_interrupt(void **state)
{
	static const row rows[] = { { "RETR", "+OK\r\nSub", "ject: x\r\n" },
		{ .line = NULL } };
	GAsyncResult *r = NULL;
	GError *error = NULL;
	stalling peer;
	sqb_pop3_session *s = opened(&peer, rows);

	(void)state;
	sqb_glib_pop3_message_async(s, 1, NULL, keep, &r);
	turn_until_stalled(&peer, &r);
	sqb_session_interrupt(sqb_pop3_base(s));
	assert_null(sqb_glib_pop3_message_finish(s, answer(&r), &error));
	expect(&error, SQB_GLIB_ERROR, SQB_E_CANCELED);
	settle(&r);
	closed(&peer, s);
}

static void test_time_out(void **state)
{
	static const row rows[] = { { "hello", "", "+OK\r\n" },
		{ .line = NULL } };
	sqb_session_options o = options;
	GAsyncResult *r = NULL;
	GError *error = NULL;
	stalling peer;

	(void)state;
	o.pop3.reply_timeout = 50;
	stalling_start(&peer, "pop3", rows, pop3_rest);
	sqb_glib_pop3_open_async(peer.url, &o, NULL, keep, &r);
	assert_null(sqb_glib_pop3_open_finish(answer(&r), &error));
	expect(&error, SQB_GLIB_ERROR, SQB_E_TIMEOUT);
	settle(&r);
	stalling_stop(&peer);
}

/* --- the source alone */

static gboolean count(sqb_session *s, gpointer data)
{
	assert_false(sqb_session_is_busy(s));
	++*(size_t *)data;
	return G_SOURCE_CONTINUE;
}

static void test_source(void **state)
{
	size_t n = 0;
	stalling peer;
	sqb_pop3_session *s = opened(&peer, NULL);
	GSource *source = sqb_glib_source_new(sqb_pop3_base(s));

	(void)state;
	g_source_set_callback(source, G_SOURCE_FUNC(count), &n, NULL);
	g_source_attach(source, NULL);
	for (size_t i = 1; i <= 3; i++) {
		assert_int_equal(sqb_pop3_start_noop(s), SQB_OK);
		while (n < i)
			g_main_context_iteration(NULL, TRUE);
		assert_false(g_main_context_iteration(NULL, FALSE));
		assert_int_equal(n, i);
	}
	g_source_destroy(source);
	g_source_unref(source);
	assert_int_equal(sqb_pop3_noop(s), SQB_OK);
	assert_int_equal(n, 3);
	closed(&peer, s);
}

/* --- the other protocol */

static sqb_compose *compose_to(const char *address)
{
	sqb_compose *c = sqb_compose_new(NULL);

	sqb_compose_field(c, "From", "me@example.org");
	sqb_compose_address(c, "To", NULL, address);
	sqb_compose_text(c, sqb_str_of("Hello.\n"));
	return c;
}

/* code: 0, or the error's. */
static void check_send(sqb_smtp_session *s, const char *to, int code)
{
	sqb_compose *c = compose_to(to);
	GAsyncResult *r = NULL;
	GError *error = NULL;
	gboolean sent;

	sqb_glib_smtp_send_async(s, c, NULL, keep, &r);
	sent = sqb_glib_smtp_send_finish(s, answer(&r), &error);
	settle(&r);
	assert_int_equal(sent, code == SQB_OK);
	if (code != SQB_OK)
		assert_true(g_error_matches(error, SQB_GLIB_ERROR, code));
	g_clear_error(&error);
	sqb_compose_free(c);
}

static void test_smtp(void **state)
{
	sqb_session_options o = options;
	GAsyncResult *r = NULL;
	GError *error = NULL;
	sqb_smtp_session *s;
	stalling relay;

	(void)state;
	o.mechanism = "none";
	stalling_start(&relay, "smtp", NULL, smtp_rest);
	sqb_glib_smtp_open_async(relay.url, &o, NULL, keep, &r);
	s = sqb_glib_smtp_open_finish(answer(&r), &error);
	assert_non_null(s);
	settle(&r);
	assert_int_equal(sqb_smtp_start_noop(s), SQB_OK);
	sqb_glib_run_async(sqb_smtp_base(s), NULL, keep, &r);
	assert_true(sqb_glib_run_finish(sqb_smtp_base(s), answer(&r), &error));
	settle(&r);
	check_send(s, "you@example.org", SQB_OK);
	check_send(s, "no@example.org", SQB_E_REFUSED);
	check_send(s, "you@example.org", SQB_OK);
	sqb_smtp_close(s);
	stalling_stop(&relay);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_after_the_other),
		cmocka_unit_test(test_refusal),
		cmocka_unit_test(test_bad_url),
		cmocka_unit_test(test_cancel_opening),
		cmocka_unit_test(test_cancel_before),
		cmocka_unit_test(test_cancel_and_go_on),
		cmocka_unit_test(test_interrupt),
		cmocka_unit_test(test_time_out),
		cmocka_unit_test(test_source),
		cmocka_unit_test(test_smtp),
	};

	return cmocka_run_group_tests_name("glib", tests, NULL, NULL);
}

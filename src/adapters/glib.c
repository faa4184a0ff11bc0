/*
 * Sessions in a GLib main loop: see glib.h. One GSource is about one session,
 * and waits for its descriptor, its clock, and what wakes it. GLib polls, and
 * keeps no descriptor between two rounds, so that one which the session has
 * changed is simply asked for anew after each step.
 */
#include <squab/glib.h>

G_DEFINE_QUARK(sqb-glib-error-quark, sqb_glib_error)

typedef struct source {
	GSource base;
	sqb_session *session;	/* NULL: let go of */
	GCancellable *cancellable;	/* may be NULL */
	gpointer tag;		/* of fd; NULL: none is waited for */
	int fd;
	bool woken;		/* to step, not because anything stirred */
} source;

/* --- the source */

static unsigned stirred(source *src)
{
	GIOCondition seen;
	unsigned what = 0;

	if (!src->tag)
		return 0;
	seen = g_source_query_unix_fd(&src->base, src->tag);
	if (seen & (G_IO_IN | G_IO_HUP | G_IO_ERR | G_IO_NVAL))
		what |= SQB_WANT_RECV;
	if (seen & (G_IO_OUT | G_IO_HUP | G_IO_ERR | G_IO_NVAL))
		what |= SQB_WANT_SEND;
	return what;
}

static void watch(source *src, int fd, GIOCondition events)
{
	if (src->tag && src->fd == fd) {
		g_source_modify_unix_fd(&src->base, src->tag, events);
		return;
	}
	if (src->tag)
		g_source_remove_unix_fd(&src->base, src->tag);
	src->tag = fd < 0 ? NULL :
	    g_source_add_unix_fd(&src->base, fd, events);
	src->fd = fd;
}

/* Until it stirs, or its time has come. */
static void await(source *src)
{
	sqb_time now = sqb_link_now();
	sqb_time until = sqb_session_clock(src->session, now);
	unsigned wants = sqb_session_wants(src->session);
	gint64 ready = -1;

	watch(src, sqb_session_fd(src->session),
	    (wants & SQB_WANT_RECV ? G_IO_IN : 0) |
	    (wants & SQB_WANT_SEND ? G_IO_OUT : 0));
	if (until != SQB_NEVER)
		ready = g_get_monotonic_time() +
		    CLAMP(until - now, 0, G_MAXINT) * 1000;
	g_source_set_ready_time(&src->base, ready);
}

static void on_wake(void *ctx)
{
	source *src = ctx;

	src->woken = true;
	g_source_set_ready_time(&src->base, 0);
}

static void rest(source *src)
{
	watch(src, -1, 0);
	g_source_set_ready_time(&src->base, -1);
	src->woken = false;
}

static gboolean on_dispatch(GSource *base, GSourceFunc fn, gpointer data)
{
	source *src = (source *)base;
	sqb_session *s = src->session;

	if (g_cancellable_is_cancelled(src->cancellable))
		sqb_session_cancel(s);
	else if (!src->woken)
		sqb_session_ready(s, stirred(src));
	if (!sqb_session_step(s)) {
		/* What woke it within the step was seen. */
		src->woken = false;
		await(src);
		return G_SOURCE_CONTINUE;
	}
	rest(src);
	return fn ? ((sqb_glib_source_fn)(void (*)(void))fn)(s, data) :
	    G_SOURCE_CONTINUE;
}

static void let_go(source *src)
{
	if (src->session)
		sqb_session_on_wake(src->session, NULL, NULL);
	src->session = NULL;
}

static void on_finalize(GSource *base)
{
	source *src = (source *)base;

	let_go(src);
	g_clear_object(&src->cancellable);
}

static GSourceFuncs source_funcs = {
	.dispatch = on_dispatch,
	.finalize = on_finalize,
};

GSource *sqb_glib_source_new(sqb_session *s)
{
	GSource *base = g_source_new(&source_funcs, sizeof(source));
	source *src = (source *)base;

	src->session = s;
	src->fd = -1;
	g_source_set_static_name(base, "squab session");
	sqb_session_on_wake(s, on_wake, src);
	if (sqb_session_is_busy(s))
		on_wake(src);
	return base;
}

/* --- tasks: a source each, until the operation is over */

static GError *error_of(int code, const char *text)
{
	/* A server's words may be in any charset. */
	g_autofree char *words = g_utf8_make_valid(
	    *text ? text : sqb_code_name(code), -1);

	return g_error_new_literal(SQB_GLIB_ERROR, code, words);
}

static void fail(GTask *task, int code, const char *text)
{
	if (code == SQB_E_CANCELED &&
	    g_cancellable_is_cancelled(g_task_get_cancellable(task)))
		g_task_return_new_error(task, G_IO_ERROR, G_IO_ERROR_CANCELLED,
		    "Canceled");
	else
		g_task_return_error(task, error_of(code, text));
}

/*
 * What was done is told of as done, also when the cancel came just after: a
 * mail that was sent must not look as if it was not.
 */
static GTask *new_task(gpointer tag, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer data)
{
	GTask *task = g_task_new(NULL, cancellable, callback, data);

	g_task_set_check_cancellable(task, FALSE);
	g_task_set_source_tag(task, tag);
	return task;
}

static bool is_ours(GAsyncResult *result, gpointer tag)
{
	return g_task_is_valid(result, NULL) &&
	    g_task_get_source_tag(G_TASK(result)) == tag;
}

/* In the callback of the task, s may be closed: nothing here holds it then. */
static gboolean on_over(sqb_session *s, gpointer data)
{
	GTask *task = data;
	const sqb_error *err = sqb_session_error(s);

	let_go((source *)g_main_current_source());
	if (err->code == SQB_OK)
		g_task_return_boolean(task, TRUE);
	else
		fail(task, err->code, err->text);
	return G_SOURCE_REMOVE;
}

static void drive(GTask *task, sqb_session *s, sqb_glib_source_fn over)
{
	GCancellable *cancellable = g_task_get_cancellable(task);
	GSource *base = sqb_glib_source_new(s);

	if (cancellable) {
		GSource *child = g_cancellable_source_new(cancellable);

		((source *)base)->cancellable = g_object_ref(cancellable);
		g_source_set_dummy_callback(child);
		g_source_add_child_source(base, child);
		g_source_unref(child);
	}
	/* Also what was over at once is told of. */
	on_wake(base);
	g_task_attach_source(task, base, G_SOURCE_FUNC(over));
	g_source_unref(base);
}

/* Takes task. code: of the start function. */
static void began(GTask *task, sqb_session *s, int code)
{
	const sqb_error *err = sqb_session_error(s);

	if (code == SQB_OK)
		drive(task, s, on_over);
	else
		fail(task, code, err->code == code ? err->text : "");
	g_object_unref(task);
}

void sqb_glib_run_async(sqb_session *s, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer data)
{
	began(new_task(sqb_glib_run_async, cancellable, callback, data), s,
	    SQB_OK);
}

gboolean sqb_glib_run_finish(sqb_session *s, GAsyncResult *result,
    GError **error)
{
	(void)s;
	g_return_val_if_fail(is_ours(result, sqb_glib_run_async), FALSE);
	return g_task_propagate_boolean(G_TASK(result), error);
}

/* --- opening: the session is the task's data until it is open */

static void close_pop3(gpointer s)
{
	sqb_pop3_close(s);
}

static void close_smtp(gpointer s)
{
	sqb_smtp_close(s);
}

static void opened(sqb_session *base, GTask *task, GDestroyNotify close)
{
	gpointer s = g_task_get_task_data(task);
	sqb_error err = *sqb_session_error(base);

	let_go((source *)g_main_current_source());
	if (err.code == SQB_OK) {
		g_task_return_pointer(task, s, close);
		return;
	}
	close(s);
	fail(task, err.code, err.text);
}

static gboolean on_pop3_open(sqb_session *base, gpointer data)
{
	opened(base, data, close_pop3);
	return G_SOURCE_REMOVE;
}

static gboolean on_smtp_open(sqb_session *base, gpointer data)
{
	opened(base, data, close_smtp);
	return G_SOURCE_REMOVE;
}

void sqb_glib_pop3_open_async(const char *url,
    const sqb_session_options *options, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer data)
{
	GTask *task = new_task(sqb_glib_pop3_open_async, cancellable, callback,
	    data);
	sqb_pop3_session *s = NULL;
	sqb_error err = { 0 };
	int code = sqb_pop3_start(&s, url, options, &err);

	g_task_set_task_data(task, s, NULL);
	if (code == SQB_OK)
		drive(task, sqb_pop3_base(s), on_pop3_open);
	else
		fail(task, code, err.text);
	g_object_unref(task);
}

sqb_pop3_session *sqb_glib_pop3_open_finish(GAsyncResult *result,
    GError **error)
{
	g_return_val_if_fail(is_ours(result, sqb_glib_pop3_open_async), NULL);
	return g_task_propagate_pointer(G_TASK(result), error);
}

void sqb_glib_smtp_open_async(const char *url,
    const sqb_session_options *options, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer data)
{
	GTask *task = new_task(sqb_glib_smtp_open_async, cancellable, callback,
	    data);
	sqb_smtp_session *s = NULL;
	sqb_error err = { 0 };
	int code = sqb_smtp_start(&s, url, options, &err);

	g_task_set_task_data(task, s, NULL);
	if (code == SQB_OK)
		drive(task, sqb_smtp_base(s), on_smtp_open);
	else
		fail(task, code, err.text);
	g_object_unref(task);
}

sqb_smtp_session *sqb_glib_smtp_open_finish(GAsyncResult *result,
    GError **error)
{
	g_return_val_if_fail(is_ours(result, sqb_glib_smtp_open_async), NULL);
	return g_task_propagate_pointer(G_TASK(result), error);
}

/* --- calls with a result */

void sqb_glib_pop3_listing_async(sqb_pop3_session *s,
    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
	GTask *task = new_task(sqb_glib_pop3_listing_async, cancellable,
	    callback, data);

	began(task, sqb_pop3_base(s), sqb_pop3_start_listing(s));
}

static bool is_ok(sqb_pop3_session *s, int code, GError **error)
{
	if (code != SQB_OK)
		g_propagate_error(error,
		    error_of(code, sqb_pop3_error(s)->text));
	return code == SQB_OK;
}

gboolean sqb_glib_pop3_listing_finish(sqb_pop3_session *s,
    GAsyncResult *result, sqb_pop3_list_result *list, GError **error)
{
	g_return_val_if_fail(is_ours(result, sqb_glib_pop3_listing_async),
	    FALSE);
	return g_task_propagate_boolean(G_TASK(result), error) &&
	    is_ok(s, sqb_pop3_listed(s, list), error);
}

void sqb_glib_pop3_message_async(sqb_pop3_session *s, uint32_t number,
    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
	GTask *task = new_task(sqb_glib_pop3_message_async, cancellable,
	    callback, data);

	began(task, sqb_pop3_base(s), sqb_pop3_start_message(s, number));
}

sqb_message *sqb_glib_pop3_message_finish(sqb_pop3_session *s,
    GAsyncResult *result, GError **error)
{
	sqb_message *m = NULL;

	g_return_val_if_fail(is_ours(result, sqb_glib_pop3_message_async),
	    NULL);
	if (!g_task_propagate_boolean(G_TASK(result), error) ||
	    !is_ok(s, sqb_pop3_received(s, &m), error))
		return NULL;
	return m;
}

void sqb_glib_smtp_send_async(sqb_smtp_session *s, sqb_compose *c,
    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
	GTask *task = new_task(sqb_glib_smtp_send_async, cancellable, callback,
	    data);

	began(task, sqb_smtp_base(s), sqb_smtp_start_send(s, c));
}

gboolean sqb_glib_smtp_send_finish(sqb_smtp_session *s,
    GAsyncResult *result, GError **error)
{
	(void)s;
	g_return_val_if_fail(is_ours(result, sqb_glib_smtp_send_async), FALSE);
	return g_task_propagate_boolean(G_TASK(result), error);
}

/*
 * ways WAY URL CA-FILE: the same job in each way of use (docs/loops.md), for
 * delay_test.py. WAY is block, poll, uv, glib or task. Of a mailbox: lists it,
 * fetches all of it, marks every other message, and leaves; prints a row a
 * message, with a sum of its octets. Of a relay: sends mails, and prints what
 * became of each. Public headers and shared libraries alone.
 */
#include <squab/glib.h>
#include <squab/send.h>
#include <squab/task.h>
#include <squab/uv.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_MAILS = 10 };

/* How an operation that was started is brought to its end; its code. */
typedef int drive_fn(sqb_session *s);

static drive_fn *drive;

static int by_blocking(sqb_session *s)
{
	return sqb_session_wait(s);
}

static int by_poll(sqb_session *s)
{
	while (!sqb_session_step(s)) {
		sqb_time now = sqb_link_now();
		sqb_time until = sqb_session_clock(s, now);
		unsigned wants = sqb_session_wants(s), ready = 0;
		struct pollfd p = { .fd = sqb_session_fd(s) };

		p.events = (short)((wants & SQB_WANT_RECV ? POLLIN : 0) |
		    (wants & SQB_WANT_SEND ? POLLOUT : 0));
		if (until > now && poll(&p, 1, (int)(until - now)) > 0)
			ready = (p.revents & ~POLLOUT ? SQB_WANT_RECV : 0) |
			    (p.revents & ~POLLIN ? SQB_WANT_SEND : 0);
		sqb_session_ready(s, ready);
	}
	return sqb_session_error(s)->code;
}

static void on_uv(void *ctx, sqb_session *s, int code)
{
	(void)s;
	*(int *)ctx = code;
	uv_stop(uv_default_loop());
}

static int by_uv(sqb_session *s)
{
	uv_loop_t *loop = uv_default_loop();
	int code = 1;
	sqb_uv *u;

	if (!sqb_session_is_busy(s))	/* over at once */
		return sqb_session_error(s)->code;
	u = sqb_uv_new(loop, s, on_uv, &code);
	while (u && code == 1)
		(void)uv_run(loop, UV_RUN_DEFAULT);
	sqb_uv_free(u);
	(void)uv_run(loop, UV_RUN_NOWAIT);
	return code;
}

static void on_glib(GObject *object, GAsyncResult *result, gpointer data)
{
	GAsyncResult **kept = data;

	(void)object;
	*kept = g_object_ref(result);
}

static int by_glib(sqb_session *s)
{
	g_autoptr(GAsyncResult) result = NULL;
	g_autoptr(GError) error = NULL;

	sqb_glib_run_async(s, NULL, on_glib, &result);
	while (!result)
		g_main_context_iteration(NULL, TRUE);
	return sqb_glib_run_finish(s, result, &error) ? SQB_OK : error->code;
}

/* --- a mailbox */

typedef struct row {
	size_t len;
	uint64_t sum;		/* FNV-1a */
	int code;
} row;

static int on_write(void *ctx, size_t index, sqb_str bytes)
{
	row *r = (row *)ctx + index;

	for (size_t i = 0; i < bytes.len; i++)
		r->sum = (r->sum ^ (uint8_t)bytes.ptr[i]) * 0x100000001b3;
	r->len += bytes.len;
	return 0;
}

static int on_end(void *ctx, size_t index, int code, const sqb_error *err)
{
	(void)err;
	((row *)ctx)[index].code = code;
	return 0;
}

static int started(sqb_session *s, int code)
{
	return code == SQB_OK ? drive(s) : code;
}

static int fetch_all(sqb_pop3_session *s, const sqb_pop3_list_result *list)
{
	row *rows = calloc(list->n_items + 1, sizeof(*rows));
	const sqb_sink sink = { on_write, on_end, rows };
	int rc = started(sqb_pop3_base(s), sqb_pop3_start_messages(s,
	    list->items, list->n_items, &sink));

	for (size_t i = 0; i < list->n_items; i++)
		printf("%u %s %zu %016llx %d\n", list->items[i].number,
		    list->items[i].uidl, rows[i].len,
		    (unsigned long long)rows[i].sum, rows[i].code);
	free(rows);
	return rc;
}

static int mark_half(sqb_pop3_session *s, const sqb_pop3_list_result *list)
{
	sqb_pop3_item *half = calloc(list->n_items + 1, sizeof(*half));
	size_t n = 0;
	int rc;

	for (size_t i = 0; i < list->n_items; i += 2)
		half[n++] = list->items[i];
	rc = started(sqb_pop3_base(s), sqb_pop3_start_deles(s, half, n));
	free(half);
	return rc;
}

static int empty_half(sqb_pop3_session *s)
{
	sqb_session *base = sqb_pop3_base(s);
	sqb_pop3_list_result list;
	int rc = drive(base);		/* opening */

	if (rc == SQB_OK)
		rc = started(base, sqb_pop3_start_listing(s));
	if (rc == SQB_OK)
		rc = sqb_pop3_listed(s, &list);
	if (rc == SQB_OK)
		rc = fetch_all(s, &list);
	if (rc == SQB_OK)
		rc = mark_half(s, &list);
	if (rc == SQB_OK)
		rc = started(base, sqb_pop3_start_quit(s));
	if (rc != SQB_OK)
		printf("%s\n", sqb_session_error(base)->text);
	sqb_pop3_close(s);
	return rc;
}

/* --- a relay */

static int send_one(sqb_smtp_session *s, int n)
{
	sqb_compose *c = sqb_compose_new(NULL);
	char subject[32], text[4096];
	int rc;

	snprintf(subject, sizeof(subject), "mail %d", n);
	memset(text, 'a' + n % 26, sizeof(text) - 1);
	for (size_t i = 60; i < sizeof(text); i += 61)
		text[i] = '\n';
	text[sizeof(text) - 1] = '\0';
	sqb_compose_field(c, "From", "ways@example.org");
	sqb_compose_field(c, "Subject", subject);
	sqb_compose_address(c, "To", NULL, "box@example.org");
	sqb_compose_text(c, sqb_str_of(text));
	rc = started(sqb_smtp_base(s), sqb_smtp_start_send(s, c));
	printf("mail %d: %d\n", n, rc);
	sqb_compose_free(c);
	return rc;
}

static int send_some(sqb_smtp_session *s)
{
	sqb_session *base = sqb_smtp_base(s);
	int rc = drive(base);		/* opening */

	for (int n = 0; n < N_MAILS && rc == SQB_OK; n++)
		rc = send_one(s, n);
	if (rc == SQB_OK)
		rc = started(base, sqb_smtp_start_quit(s));
	if (rc != SQB_OK)
		printf("%s\n", sqb_session_error(base)->text);
	sqb_smtp_close(s);
	return rc;
}

/* --- either */

static int work(char **argv)
{
	const bool is_mailbox = strncmp(argv[2], "pop3", 4) == 0;
	const sqb_session_options options = { .size = sizeof(options),
	    .password = "test", .link.tls.ca_file = argv[3] };
	sqb_pop3_session *mailbox = NULL;
	sqb_smtp_session *relay = NULL;
	sqb_error err;
	int rc = is_mailbox ?
	    sqb_pop3_start(&mailbox, argv[2], &options, &err) :
	    sqb_smtp_start(&relay, argv[2], &options, &err);

	if (rc != SQB_OK)
		return printf("%s\n", err.text), rc;
	return is_mailbox ? empty_half(mailbox) : send_some(relay);
}

static int on_task(sqb_task *t, void *ctx, sqb_error *err)
{
	(void)t;
	*err = (sqb_error){ .code = SQB_OK };
	return work(ctx);
}

static int work_on_a_task(char **argv)
{
	sqb_task *t = sqb_task_start(on_task, argv, NULL);
	struct pollfd p = { .fd = sqb_task_fd(t), .events = POLLIN };
	sqb_task_event event = { .is_over = false };

	while (!event.is_over)
		if (poll(&p, 1, -1) > 0)
			(void)sqb_task_next(t, &event);
	return sqb_task_join(t, NULL);
}

int main(int argc, char **argv)
{
	static const struct { const char *name; drive_fn *drive; } ways[] = {
		{ "block", by_blocking }, { "poll", by_poll },
		{ "uv", by_uv }, { "glib", by_glib }, { "task", by_blocking },
	};
	int rc = 64;

	for (size_t i = 0; argc == 4 && i < sizeof(ways) / sizeof(ways[0]);
	    i++) {
		if (strcmp(argv[1], ways[i].name) != 0)
			continue;
		drive = ways[i].drive;
		rc = strcmp(argv[1], "task") == 0 ? work_on_a_task(argv) :
		    work(argv);
	}
	(void)uv_loop_close(uv_default_loop());
	return rc == SQB_OK ? 0 : 1;
}

/* See turn.h: a main context of GLib's, anew for each turn. */
#include "turn.h"

#include <glib-unix.h>

typedef struct turn {
	bool over;
	unsigned came;		/* SQB_WANT_... */
} turn;

static gboolean on_fd(gint fd, GIOCondition seen, gpointer data)
{
	turn *t = data;

	(void)fd;
	if ((unsigned)seen & ~(unsigned)G_IO_OUT)
		t->came |= SQB_WANT_RECV;
	if ((unsigned)seen & ~(unsigned)G_IO_IN)
		t->came |= SQB_WANT_SEND;
	t->over = true;
	return G_SOURCE_REMOVE;
}

static gboolean on_time(gpointer data)
{
	turn *t = data;

	t->over = true;
	return G_SOURCE_REMOVE;
}

static GSource *attach(GSource *source, GSourceFunc fn, turn *t,
    GMainContext *context)
{
	g_source_set_callback(source, fn, t, NULL);
	g_source_attach(source, context);
	return source;
}

static void drop(GSource *source)
{
	g_source_destroy(source);
	g_source_unref(source);
}

unsigned turn_in_glib(int fd, unsigned wants, sqb_time span)
{
	GMainContext *context = g_main_context_new();
	turn t = { .came = 0 };
	GSource *line, *timer = NULL;

	line = attach(g_unix_fd_source_new(fd,
	    (wants & SQB_WANT_RECV ? G_IO_IN : 0) |
	    (wants & SQB_WANT_SEND ? G_IO_OUT : 0)),
	    (GSourceFunc)(void (*)(void))on_fd, &t, context);
	if (span != SQB_NEVER)
		timer = attach(g_timeout_source_new((guint)span), on_time, &t,
		    context);
	while (!t.over)
		g_main_context_iteration(context, TRUE);
	drop(line);
	if (timer)
		drop(timer);
	g_main_context_unref(context);
	return t.came;
}

/*
 * remote: the window of examples/mailcheck-gtk, driven from standard input. A
 * line is a command, and is answered by one, when it has been done: between
 * the two the main loop has turned. What is asked of a widget goes by its
 * name.
 *
 *   do ACTION [VALUE]	an action, as from a key or menu
 *   press NAME			a button
 *   type NAME TEXT		into an entry
 *   choose NAME N		of a drop-down
 *   size W H			of the window
 *   get NAME			what it shows
 *   is NAME			visible and sensitive: yes or no
 *   rows			how many the list has
 *   await NAME WORDS		until it shows them; answers how many us that
 *				took since the command before
 *   shot FILE			a PNG of the topmost window
 *   turns			the longest turn of the main loop since the last
 *				of these, in us: by the clock, and of the
 *				processor
 */
#include "mailcheck.h"

#include <glib-unix.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct remote {
	GtkApplication *app;
	GString *input;
	char *name, *words;	/* awaited */
	gint64 asked;		/* us, when the last command came */
} remote;

/* --- turns of the loop */

typedef struct moment {
	gint64 clock, processor;	/* us */
} moment;

static struct {
	moment since;		/* clock is 0: not in a turn yet */
	moment longest;
} turns;

static moment now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (moment){ g_get_monotonic_time(),
	    (gint64)t.tv_sec * 1000000 + t.tv_nsec / 1000 };
}

static void end_turn(void)
{
	moment end = now();

	if (turns.since.clock == 0)
		return;
	turns.longest.clock = MAX(turns.longest.clock,
	    end.clock - turns.since.clock);
	turns.longest.processor = MAX(turns.longest.processor,
	    end.processor - turns.since.processor);
}

/* --- widgets */

static GtkWidget *find_in(GtkWidget *w, const char *name)
{
	if (g_str_equal(gtk_widget_get_name(w), name))
		return w;
	for (GtkWidget *c = gtk_widget_get_first_child(w); c;
	    c = gtk_widget_get_next_sibling(c)) {
		GtkWidget *found = find_in(c, name);

		if (found)
			return found;
	}
	return NULL;
}

/* The last that was opened. */
static GtkWidget *top_window(void)
{
	GListModel *all = gtk_window_get_toplevels();
	GtkWidget *top = NULL;

	for (guint i = 0; i < g_list_model_get_n_items(all); i++) {
		g_autoptr(GtkWidget) w = g_list_model_get_item(all, i);

		if (gtk_widget_get_visible(w) && (!top ||
		    gtk_window_get_transient_for(GTK_WINDOW(w))))
			top = w;
	}
	return top;
}

static GtkWidget *main_window(const remote *r)
{
	GList *all = gtk_application_get_windows(r->app);

	return all ? g_list_last(all)->data : NULL;
}

static GtkWidget *find(const remote *r, const char *name)
{
	GtkWidget *top = top_window();
	GtkWidget *found = top ? find_in(top, name) : NULL;

	if (!found)
		found = find_in(main_window(r), name);
	if (!found) {
		fprintf(stderr, "remote: there is no widget %s\n", name);
		exit(1);
	}
	return found;
}

static char *text_of(GtkWidget *w)
{
	if (GTK_IS_LABEL(w))
		return g_strdup(gtk_label_get_text(GTK_LABEL(w)));
	if (GTK_IS_TEXT_VIEW(w)) {
		GtkTextBuffer *b = gtk_text_view_get_buffer(GTK_TEXT_VIEW(w));
		GtkTextIter from, to;

		gtk_text_buffer_get_bounds(b, &from, &to);
		return gtk_text_buffer_get_text(b, &from, &to, TRUE);
	}
	if (GTK_IS_EDITABLE(w))
		return g_strdup(gtk_editable_get_text(GTK_EDITABLE(w)));
	return g_strdup("");
}

static void tell(const char *text)
{
	g_autofree char *one_line = g_strescape(text, NULL);

	puts(one_line);
}

static void shoot(GtkWidget *w, const char *file)
{
	g_autoptr(GdkPaintable) paint = gtk_widget_paintable_new(w);
	int width = gtk_widget_get_width(w), height = gtk_widget_get_height(w);
	GtkSnapshot *snapshot = gtk_snapshot_new();
	GskRenderNode *node;
	g_autoptr(GdkTexture) texture = NULL;

	gdk_paintable_snapshot(paint, snapshot, width, height);
	node = gtk_snapshot_free_to_node(snapshot);
	if (node) {
		texture = gsk_renderer_render_texture(gtk_native_get_renderer(
		    GTK_NATIVE(w)), node, NULL);
		gsk_render_node_unref(node);
	}
	puts(texture && gdk_texture_save_to_png(texture, file) ? "ok" :
	    "no picture");
	fflush(stdout);
}

typedef struct picture {
	GtkWidget *window;
	char *file;
	gulong handler;
} picture;

static void on_painted(GdkFrameClock *clock, gpointer data)
{
	picture *p = data;

	g_signal_handler_disconnect(clock, p->handler);
	shoot(p->window, p->file);
	g_free(p->file);
	g_free(p);
}

/* All is in its place behind a frame that was painted. */
static void shoot_next_frame(const char *file)
{
	picture *p = g_new0(picture, 1);
	GdkFrameClock *clock;

	p->window = top_window();
	p->file = g_strdup(file);
	clock = gtk_widget_get_frame_clock(p->window);
	p->handler = g_signal_connect(clock, "after-paint",
	    G_CALLBACK(on_painted), p);
	gtk_widget_queue_draw(p->window);
}

/* --- commands; word[0] is the verb, and there are as many as it needs */

static void act(const remote *r, char **word)
{
	const char *name = strchr(word[1], '.');
	const GVariantType *type = !name ? NULL :
	    g_action_group_get_action_parameter_type(
	    G_ACTION_GROUP(main_window(r)), name + 1);
	GVariant *value = !type || !word[2] ? NULL :
	    g_variant_type_equal(type, G_VARIANT_TYPE_STRING) ?
	    g_variant_new_string(word[2]) :
	    g_variant_new_uint32((guint32)strtoul(word[2], NULL, 10));

	puts(gtk_widget_activate_action_variant(main_window(r), word[1],
	    value) ? "ok" : "no such action");
}

static void press(const remote *r, char **word)
{
	g_signal_emit_by_name(find(r, word[1]), "clicked");
	puts("ok");
}

static void type_in(const remote *r, char **word)
{
	gtk_editable_set_text(GTK_EDITABLE(find(r, word[1])), word[2]);
	puts("ok");
}

static void choose(const remote *r, char **word)
{
	gtk_drop_down_set_selected(GTK_DROP_DOWN(find(r, word[1])),
	    (guint)strtoul(word[2], NULL, 10));
	puts("ok");
}

static void resize(const remote *r, char **word)
{
	gtk_window_set_default_size(GTK_WINDOW(main_window(r)),
	    (int)strtol(word[1], NULL, 10), (int)strtol(word[2], NULL, 10));
	puts("ok");
}

static void get(const remote *r, char **word)
{
	g_autofree char *text = text_of(find(r, word[1]));

	tell(text);
}

static void is(const remote *r, char **word)
{
	GtkWidget *w = find(r, word[1]);

	puts(gtk_widget_is_visible(w) && gtk_widget_is_sensitive(w) ? "yes" :
	    "no");
}

static void rows(const remote *r, char **word)
{
	GtkListView *list = GTK_LIST_VIEW(find(r, "list"));

	(void)word;
	printf("%u\n", g_list_model_get_n_items(G_LIST_MODEL(
	    gtk_list_view_get_model(list))));
}

static void shot(const remote *r, char **word)
{
	(void)r;
	shoot_next_frame(word[1]);
}

static void tell_turns(const remote *r, char **word)
{
	(void)r;
	(void)word;
	printf("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n",
	    turns.longest.clock, turns.longest.processor);
	turns.longest = (moment){ 0 };
}

static const struct verb {
	const char *name;
	guint n_words;		/* behind it, at least */
	void (*obey)(const remote *r, char **word);
} verbs[] = {
	{ "do", 1, act }, { "press", 1, press }, { "type", 2, type_in },
	{ "choose", 2, choose }, { "size", 2, resize }, { "get", 1, get },
	{ "is", 1, is }, { "rows", 0, rows }, { "shot", 1, shot },
	{ "turns", 0, tell_turns },
};

static void obey(remote *r, const char *line)
{
	g_auto(GStrv) word = g_strsplit(line, " ", 3);
	guint n = g_strv_length(word);

	if (n == 3 && g_str_equal(word[0], "await")) {
		r->name = g_strdup(word[1]);
		r->words = g_strdup(word[2]);
		return;
	}
	r->asked = g_get_monotonic_time();
	for (guint i = 0; i < G_N_ELEMENTS(verbs); i++) {
		if (n > verbs[i].n_words &&
		    g_str_equal(word[0], verbs[i].name)) {
			verbs[i].obey(r, word);
			return;
		}
	}
	puts("what?");
}

/* After each turn. */
static void look(remote *r)
{
	g_autofree char *text = r->name ? text_of(find(r, r->name)) : NULL;

	if (!text || !strstr(text, r->words))
		return;
	g_clear_pointer(&r->name, g_free);
	g_clear_pointer(&r->words, g_free);
	printf("%" G_GINT64_FORMAT "\n", g_get_monotonic_time() - r->asked);
	fflush(stdout);
}

static gboolean on_input(gint fd, GIOCondition seen, gpointer data)
{
	remote *r = data;
	char piece[4096], *end;
	ssize_t n = read(fd, piece, sizeof(piece));

	(void)seen;
	if (n <= 0) {
		g_application_quit(G_APPLICATION(r->app));
		return G_SOURCE_REMOVE;
	}
	g_string_append_len(r->input, piece, n);
	while ((end = strchr(r->input->str, '\n'))) {
		*end = '\0';
		obey(r, r->input->str);
		g_string_erase(r->input, 0, end + 1 - r->input->str);
	}
	fflush(stdout);
	return G_SOURCE_CONTINUE;
}

static remote *the_remote;	/* poll(2) has no argument for it */

static gint watched_poll(GPollFD *fds, guint n, gint timeout)
{
	gint rc;

	end_turn();
	look(the_remote);
	rc = g_poll(fds, n, timeout);
	turns.since = now();
	return rc;
}

int main(int argc, char **argv)
{
	remote r = { .app = mailcheck_application_new(),
	    .input = g_string_new(NULL) };
	int status;

	the_remote = &r;
	g_main_context_set_poll_func(NULL, watched_poll);
	g_unix_fd_add(STDIN_FILENO, G_IO_IN, on_input, &r);
	status = g_application_run(G_APPLICATION(r.app), argc, argv);
	g_main_context_set_poll_func(NULL, NULL);
	g_string_free(r.input, TRUE);
	g_object_unref(r.app);
	return status;
}

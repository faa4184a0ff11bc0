/* See message_view.h. */
#include "message_view.h"

#include "letter.h"

#include <string.h>

enum {
	MOST_TEXT = 256 * 1024,	/* octets that are shown, … */
	MOST_LINES = 5000,	/* … and lines */
	PIECE = 4096,		/* octets put into the widget in one turn, … */
	LINES = 100,		/* … and lines */
	LINE = 400,		/* octets laid out as one line at most */
	FIELD = 300,		/* … of a header that are shown */
	MOST_BUTTONS = 9	/* attachments with a button of their own */
};

struct message_view {
	GtkWidget *stack, *subject, *from, *to, *date, *files, *text;
	GtkWidget *files_bar, *nothing;
	message *m;		/* NULL: none is shown */
	const char *rest;	/* of its text, still to be put in */
	int n_lines;		/* that are in */
	guint putting;		/* the source that puts */
	message_view_told told;
	gpointer data;
};

/* --- the text, a piece at a time so that no turn of the loop takes long */

/* A line with its end, or what of it can be laid out in one go. */
static gsize take_line(GString *piece, const char *s)
{
	gsize len = strnlen(s, LINE + 1);
	const char *end = memchr(s, '\n', len);

	if (end)
		len = (gsize)(end - s) + 1;
	else if (len > LINE)
		while (--len > 0 && ((unsigned char)s[len] & 0xc0) == 0x80)
			continue;
	g_string_append_len(piece, s, (gssize)len);
	if (!end && s[len] != '\0')
		g_string_append_c(piece, '\n');
	return len;
}

static gboolean put_piece(gpointer data)
{
	message_view *v = data;
	GtkTextBuffer *buffer = gtk_text_view_get_buffer(
	    GTK_TEXT_VIEW(v->text));
	g_autoptr(GString) piece = g_string_new(NULL);
	gboolean full = FALSE;
	GtkTextIter end;

	for (int n = 0; *v->rest && !full && n < LINES && piece->len < PIECE;
	    n++) {
		v->rest += take_line(piece, v->rest);
		full = v->rest - v->m->text >= MOST_TEXT ||
		    ++v->n_lines == MOST_LINES;
	}
	if (*v->rest && full)
		g_string_append(piece, "\n[The rest is not shown.]\n");
	gtk_text_buffer_get_end_iter(buffer, &end);
	gtk_text_buffer_insert(buffer, &end, piece->str, (int)piece->len);
	if (*v->rest && !full)
		return G_SOURCE_CONTINUE;
	v->putting = 0;
	return G_SOURCE_REMOVE;
}

/* In a buffer of its own: to empty one of many lines takes long. */
static void begin_text(message_view *v)
{
	g_autoptr(GtkTextBuffer) buffer = gtk_text_buffer_new(NULL);

	if (v->putting != 0)
		g_source_remove(v->putting);
	v->putting = 0;
	gtk_text_view_set_buffer(GTK_TEXT_VIEW(v->text), buffer);
	if (!v->m)
		return;
	v->rest = v->m->text;
	v->n_lines = 0;
	if (put_piece(v))
		v->putting = g_idle_add(put_piece, v);
}

/* --- attachments */

static void on_saved(GObject *object, GAsyncResult *result, gpointer data)
{
	message_view *v = data;
	g_autoptr(GError) error = NULL;
	gssize n = message_save_finish(result, &error);
	g_autofree char *words = n < 0 ?
	    g_strdup_printf("Not saved: %s", error->message) :
	    g_strdup_printf(n == 1 ? "%zd attachment saved" :
	    "%zd attachments saved", n);

	(void)object;
	if (gtk_widget_get_root(v->stack))
		v->told(words, v->data);
	g_object_unref(v->stack);
}

static void on_file_chosen(GtkNativeDialog *dialog, int response,
    gpointer data)
{
	message_view *v = data;
	guint i = GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(dialog),
	    "file"));
	g_autoptr(GFile) file = gtk_file_chooser_get_file(
	    GTK_FILE_CHOOSER(dialog));

	if (response == GTK_RESPONSE_ACCEPT && v->m &&
	    i < v->m->files->len) {
		g_object_ref(v->stack);
		message_save_async(v->m, i, file, on_saved, v);
	}
	g_object_unref(dialog);
}

static GtkWindow *window_of(message_view *v)
{
	return GTK_WINDOW(gtk_widget_get_root(v->stack));
}

static void on_file_clicked(GtkButton *button, gpointer data)
{
	message_view *v = data;
	gpointer i = g_object_get_data(G_OBJECT(button), "file");
	GtkFileChooserNative *dialog = gtk_file_chooser_native_new(
	    "Save Attachment", window_of(v), GTK_FILE_CHOOSER_ACTION_SAVE,
	    "_Save", "_Cancel");

	gtk_file_chooser_set_current_name(GTK_FILE_CHOOSER(dialog),
	    g_array_index(v->m->files, message_file,
	    GPOINTER_TO_UINT(i)).name);
	g_object_set_data(G_OBJECT(dialog), "file", i);
	g_signal_connect(dialog, "response", G_CALLBACK(on_file_chosen), v);
	gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(dialog), TRUE);
	gtk_native_dialog_show(GTK_NATIVE_DIALOG(dialog));
}

static void on_folder_chosen(GtkNativeDialog *dialog, int response,
    gpointer data)
{
	g_autoptr(GFile) folder = gtk_file_chooser_get_file(
	    GTK_FILE_CHOOSER(dialog));

	if (response == GTK_RESPONSE_ACCEPT)
		message_view_save_all_to(data, folder);
	g_object_unref(dialog);
}

void message_view_save_all(message_view *v)
{
	GtkFileChooserNative *dialog;

	if (!message_view_has_files(v))
		return;
	dialog = gtk_file_chooser_native_new("Save All Attachments",
	    window_of(v), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, "_Save",
	    "_Cancel");
	g_signal_connect(dialog, "response", G_CALLBACK(on_folder_chosen), v);
	gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(dialog), TRUE);
	gtk_native_dialog_show(GTK_NATIVE_DIALOG(dialog));
}

void message_view_save_all_to(message_view *v, GFile *folder)
{
	if (!message_view_has_files(v))
		return;
	g_object_ref(v->stack);
	message_save_all_async(v->m, folder, on_saved, v);
}

gboolean message_view_has_files(message_view *v)
{
	return v->m && v->m->files->len > 0;
}

static GtkWidget *file_button(message_view *v, guint i)
{
	const message_file *f = &g_array_index(v->m->files, message_file, i);
	g_autofree char *size = g_format_size(f->size);
	g_autofree char *tip = g_strdup_printf("Save %s", f->name);
	GtkWidget *button = gtk_button_new();
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
	GtkWidget *name = gtk_label_new(f->name), *octets = gtk_label_new(size);

	gtk_label_set_ellipsize(GTK_LABEL(name), PANGO_ELLIPSIZE_MIDDLE);
	gtk_label_set_max_width_chars(GTK_LABEL(name), 30);
	gtk_widget_add_css_class(octets, "dim-label");
	gtk_box_append(GTK_BOX(box), gtk_image_new_from_icon_name(
	    "mail-attachment-symbolic"));
	gtk_box_append(GTK_BOX(box), name);
	gtk_box_append(GTK_BOX(box), octets);
	gtk_button_set_child(GTK_BUTTON(button), box);
	gtk_widget_set_tooltip_text(button, tip);
	g_object_set_data(G_OBJECT(button), "file", GUINT_TO_POINTER(i));
	g_signal_connect(button, "clicked", G_CALLBACK(on_file_clicked), v);
	return button;
}

static void show_files(message_view *v)
{
	guint n = v->m ? MIN(v->m->files->len, MOST_BUTTONS) : 0;
	GtkWidget *child;

	while ((child = gtk_widget_get_first_child(v->files)))
		gtk_flow_box_remove(GTK_FLOW_BOX(v->files), child);
	for (guint i = 0; i < n; i++)
		gtk_flow_box_insert(GTK_FLOW_BOX(v->files),
		    file_button(v, i), -1);
	if (v->m && n < v->m->files->len) {
		g_autofree char *more = g_strdup_printf("and %u more",
		    v->m->files->len - n);

		gtk_flow_box_insert(GTK_FLOW_BOX(v->files),
		    gtk_label_new(more), -1);
	}
	gtk_widget_set_visible(v->files_bar, n > 0);
}

/* --- the whole */

/* A header may be of any length, and have characters that turn others. */
static void set_text(GtkWidget *label, const char *text, const char *none)
{
	g_autofree char *some = letter_plain(text, FIELD);

	gtk_label_set_text(GTK_LABEL(label), *some ? some : none);
}

void message_view_show(message_view *v, message *m, const char *words)
{
	message *old = v->m;

	v->m = m ? message_ref(m) : NULL;
	begin_text(v);
	show_files(v);
	if (old)
		message_unref(old);
	if (m) {
		set_text(v->subject, m->subject, "(no subject)");
		set_text(v->from, m->from, "(no sender)");
		set_text(v->to, m->to, "–");
		set_text(v->date, m->date, "–");
	} else {
		gtk_label_set_text(GTK_LABEL(v->nothing), words);
	}
	gtk_stack_set_visible_child_name(GTK_STACK(v->stack),
	    m ? "message" : "nothing");
}

static GtkWidget *value_label(gboolean strong)
{
	GtkWidget *label = gtk_label_new(NULL);

	gtk_label_set_xalign(GTK_LABEL(label), 0);
	gtk_label_set_selectable(GTK_LABEL(label), TRUE);
	gtk_widget_set_hexpand(label, TRUE);
	if (strong) {
		gtk_label_set_wrap(GTK_LABEL(label), TRUE);
		gtk_label_set_wrap_mode(GTK_LABEL(label),
		    PANGO_WRAP_WORD_CHAR);
		gtk_label_set_lines(GTK_LABEL(label), 3);
		gtk_widget_add_css_class(label, "title-3");
	}
	gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
	return label;
}

static GtkWidget *add_row(GtkWidget *grid, int row, const char *name)
{
	GtkWidget *label = gtk_label_new(name), *value = value_label(FALSE);

	gtk_label_set_xalign(GTK_LABEL(label), 1);
	gtk_widget_add_css_class(label, "dim-label");
	gtk_grid_attach(GTK_GRID(grid), label, 0, row, 1, 1);
	gtk_grid_attach(GTK_GRID(grid), value, 1, row, 1, 1);
	return value;
}

static GtkWidget *make_header(message_view *v)
{
	GtkWidget *grid = gtk_grid_new();

	gtk_grid_set_column_spacing(GTK_GRID(grid), 12);
	gtk_grid_set_row_spacing(GTK_GRID(grid), 4);
	gtk_widget_set_margin_start(grid, 18);
	gtk_widget_set_margin_end(grid, 18);
	gtk_widget_set_margin_top(grid, 14);
	gtk_widget_set_margin_bottom(grid, 12);
	v->subject = value_label(TRUE);
	gtk_widget_set_name(v->subject, "subject");
	gtk_widget_set_margin_bottom(v->subject, 6);
	gtk_grid_attach(GTK_GRID(grid), v->subject, 0, 0, 2, 1);
	v->from = add_row(grid, 1, "From");
	v->to = add_row(grid, 2, "To");
	v->date = add_row(grid, 3, "Date");
	return grid;
}

static GtkWidget *make_files(message_view *v)
{
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
	GtkWidget *all = gtk_button_new_with_mnemonic("Save _All…");

	v->files = gtk_flow_box_new();
	gtk_widget_set_name(v->files, "attachments");
	gtk_flow_box_set_selection_mode(GTK_FLOW_BOX(v->files),
	    GTK_SELECTION_NONE);
	gtk_flow_box_set_max_children_per_line(GTK_FLOW_BOX(v->files), 4);
	gtk_widget_set_hexpand(v->files, TRUE);
	gtk_actionable_set_action_name(GTK_ACTIONABLE(all), "win.save-all");
	gtk_widget_set_valign(all, GTK_ALIGN_CENTER);
	gtk_box_append(GTK_BOX(box), v->files);
	gtk_box_append(GTK_BOX(box), all);
	gtk_widget_add_css_class(box, "toolbar");
	v->files_bar = box;
	return box;
}

static GtkWidget *make_text(message_view *v)
{
	GtkWidget *scroller = gtk_scrolled_window_new();

	v->text = gtk_text_view_new();
	gtk_widget_set_name(v->text, "text");
	gtk_text_view_set_editable(GTK_TEXT_VIEW(v->text), FALSE);
	gtk_text_view_set_cursor_visible(GTK_TEXT_VIEW(v->text), FALSE);
	gtk_text_view_set_wrap_mode(GTK_TEXT_VIEW(v->text),
	    GTK_WRAP_WORD_CHAR);
	gtk_text_view_set_left_margin(GTK_TEXT_VIEW(v->text), 18);
	gtk_text_view_set_right_margin(GTK_TEXT_VIEW(v->text), 18);
	gtk_text_view_set_top_margin(GTK_TEXT_VIEW(v->text), 12);
	gtk_text_view_set_bottom_margin(GTK_TEXT_VIEW(v->text), 12);
	gtk_text_view_set_pixels_below_lines(GTK_TEXT_VIEW(v->text), 2);
	gtk_accessible_update_property(GTK_ACCESSIBLE(v->text),
	    GTK_ACCESSIBLE_PROPERTY_LABEL, "Text of the message", -1);
	gtk_widget_set_vexpand(scroller, TRUE);
	gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), v->text);
	return scroller;
}

static void free_view(gpointer data)
{
	message_view *v = data;

	if (v->putting != 0)
		g_source_remove(v->putting);
	if (v->m)
		message_unref(v->m);
	g_free(v);
}

message_view *message_view_new(message_view_told told, gpointer data)
{
	message_view *v = g_new0(message_view, 1);
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);

	v->told = told;
	v->data = data;
	v->stack = gtk_stack_new();
	v->nothing = gtk_label_new(NULL);
	gtk_widget_add_css_class(v->nothing, "dim-label");
	gtk_box_append(GTK_BOX(box), make_header(v));
	gtk_box_append(GTK_BOX(box), gtk_separator_new(
	    GTK_ORIENTATION_HORIZONTAL));
	gtk_box_append(GTK_BOX(box), make_text(v));
	gtk_box_append(GTK_BOX(box), make_files(v));
	gtk_stack_add_named(GTK_STACK(v->stack), v->nothing, "nothing");
	gtk_stack_add_named(GTK_STACK(v->stack), box, "message");
	g_object_set_data_full(G_OBJECT(v->stack), "view", v, free_view);
	return v;
}

GtkWidget *message_view_widget(message_view *v)
{
	return v->stack;
}

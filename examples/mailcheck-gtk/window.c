/* See window.h. */
#include "window.h"

#include "account_dialog.h"
#include "letter_list.h"
#include "mailbox.h"
#include "message_view.h"
#include "status_bar.h"

#include <squab/glib.h>

enum { SETTLE = 120 };	/* ms that a row is selected before it is fetched */

typedef struct window {
	GtkApplicationWindow *widget;
	GtkWidget *stack, *tls, *tls_words, *list;
	status_bar bar;
	mailbox *mailbox;
	message_view *view;
	GtkSingleSelection *selection;
	GtkWindow *dialog;	/* of the account, while it is open */
	GCancellable *reading;	/* of the message that was received last */
	guint settle, timer;	/* sources, or 0 */
} window;

static window *window_of(gpointer data)
{
	return g_object_get_data(G_OBJECT(data), "window");
}

static void set_enabled(window *w, const char *name, gboolean enabled)
{
	GAction *action = g_action_map_lookup_action(G_ACTION_MAP(w->widget),
	    name);

	g_simple_action_set_enabled(G_SIMPLE_ACTION(action), enabled);
}

/* --- what the mailbox tells */

static void show_security(window *w)
{
	g_autofree char *words = mailbox_security(w->mailbox);
	account *a = mailbox_account(w->mailbox);
	gboolean clear = a && a->security == ACCOUNT_CLEAR;

	gtk_widget_set_visible(w->tls, words || clear);
	gtk_menu_button_set_icon_name(GTK_MENU_BUTTON(w->tls), words ?
	    "channel-secure-symbolic" : "channel-insecure-symbolic");
	gtk_label_set_text(GTK_LABEL(w->tls_words), words ? words :
	    "The connection is not protected.\nAnybody on the way can read "
	    "along.");
}

static void on_changed(gpointer data)
{
	window *w = data;
	gboolean busy = mailbox_is_busy(w->mailbox);
	double fraction;
	g_autofree char *words = mailbox_status(w->mailbox, &fraction);

	if (busy)
		status_bar_busy(&w->bar, words, fraction);
	else if (gtk_widget_get_visible(w->bar.cancel))
		status_bar_tell(&w->bar, words);
	set_enabled(w, "cancel", busy);
	show_security(w);
}

static void notify(window *w, guint n_new)
{
	g_autofree char *title = g_strdup_printf(n_new == 1 ?
	    "%u new message" : "%u new messages", n_new);
	g_autoptr(GNotification) note = g_notification_new(title);
	g_autoptr(Letter) first = g_list_model_get_item(G_LIST_MODEL(
	    mailbox_list(w->mailbox)), 0);

	if (first) {
		g_autofree char *body = g_strdup_printf("%s: %s", first->from,
		    first->subject);

		g_notification_set_body(note, body);
	}
	g_notification_set_default_action(note, "app.show");
	g_application_send_notification(G_APPLICATION(
	    gtk_window_get_application(GTK_WINDOW(w->widget))), "new-mail",
	    note);
}

static void on_checked(guint n_new, gpointer data)
{
	window *w = data;
	double fraction;
	g_autofree char *all = mailbox_status(w->mailbox, &fraction);
	g_autofree char *words = n_new == 0 ? g_strdup(all) :
	    g_strdup_printf("%s, %u new", all, n_new);

	status_bar_tell(&w->bar, words);
	if (!gtk_single_selection_get_selected_item(w->selection))
		message_view_show(w->view, NULL, "Select a message to read it");
	if (n_new > 0)
		notify(w, n_new);
}

static void on_failed(const GError *error, gpointer data)
{
	window *w = data;

	if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
		status_bar_tell(&w->bar, "Canceled");
	else if (g_error_matches(error, SQB_GLIB_ERROR, SQB_E_AUTH))
		status_bar_fail(&w->bar, error->message, "_Account…",
		    "win.account");
	else
		status_bar_fail(&w->bar, error->message, "Try _Again",
		    "win.check");
}

static void on_read(GObject *object, GAsyncResult *result, gpointer data)
{
	g_autoptr(GtkApplicationWindow) widget = data;
	window *w = window_of(widget);
	g_autoptr(GError) error = NULL;
	g_autoptr(message) m = message_read_finish(result, &error);

	(void)object;
	if (!w || g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
		return;
	message_view_show(w->view, m, m ? NULL : error->message);
	set_enabled(w, "save-all", message_view_has_files(w->view));
}

static void stop_reading(window *w)
{
	g_cancellable_cancel(w->reading);
	g_clear_object(&w->reading);
}

static void on_received(Letter *letter, GBytes *bytes, gpointer data)
{
	window *w = data;

	if (letter != gtk_single_selection_get_selected_item(w->selection))
		return;
	stop_reading(w);
	w->reading = g_cancellable_new();
	message_read_async(bytes, w->reading, on_read,
	    g_object_ref(w->widget));
}

static const mailbox_events events = {
	.changed = on_changed,
	.checked = on_checked,
	.received = on_received,
	.failed = on_failed,
};

static void on_told(const char *words, gpointer data)
{
	window *w = data;

	status_bar_tell(&w->bar, words);
}

/* --- the list */

static gboolean on_settled(gpointer data)
{
	window *w = data;
	Letter *letter = gtk_single_selection_get_selected_item(w->selection);

	w->settle = 0;
	if (letter)
		mailbox_fetch(w->mailbox, letter);
	return G_SOURCE_REMOVE;
}

static void on_selected(GtkSingleSelection *selection, GParamSpec *spec,
    gpointer data)
{
	window *w = data;
	gboolean some = gtk_single_selection_get_selected_item(selection) !=
	    NULL;

	(void)spec;
	stop_reading(w);
	message_view_show(w->view, NULL, some ? "Fetching the message…" : "");
	set_enabled(w, "save-all", FALSE);
	if (w->settle != 0)
		g_source_remove(w->settle);
	w->settle = some ? g_timeout_add(SETTLE, on_settled, w) : 0;
}

/* --- the account */

static void open_dialog(window *w);

static void check(window *w)
{
	account *a = mailbox_account(w->mailbox);

	if (!a || account_missing(a))
		open_dialog(w);
	else
		mailbox_check(w->mailbox);
}

static gboolean on_timer(gpointer data)
{
	window *w = data;

	if (!mailbox_is_busy(w->mailbox))
		mailbox_check(w->mailbox);
	return G_SOURCE_CONTINUE;
}

static void set_timer(window *w, guint minutes)
{
	if (w->timer != 0)
		g_source_remove(w->timer);
	w->timer = minutes == 0 ? 0 :
	    g_timeout_add_seconds(60 * minutes, on_timer, w);
}

static void use_account(window *w, account *a)
{
	gboolean ready = !account_missing(a);

	mailbox_set_account(w->mailbox, a);
	gtk_window_set_title(GTK_WINDOW(w->widget), a->user);
	gtk_stack_set_visible_child_name(GTK_STACK(w->stack), "mail");
	gtk_widget_grab_focus(w->list);
	set_enabled(w, "check", TRUE);
	set_timer(w, ready ? a->check_minutes : 0);
	if (ready)
		mailbox_check(w->mailbox);
	else
		status_bar_tell(&w->bar, account_missing(a));
}

static void on_saved(account *a, gpointer data)
{
	window *w = data;
	g_autoptr(GError) error = NULL;

	if (!account_save(a, &error))
		g_warning("%s", error->message);
	use_account(w, a);
}

static void on_dialog_gone(gpointer data, GObject *dialog)
{
	window *w = data;

	(void)dialog;
	w->dialog = NULL;
}

static void open_dialog(window *w)
{
	if (!w->dialog) {
		w->dialog = account_dialog_new(GTK_WINDOW(w->widget),
		    mailbox_account(w->mailbox), on_saved, w);
		g_object_weak_ref(G_OBJECT(w->dialog), on_dialog_gone, w);
	}
	gtk_window_present(w->dialog);
}

/* --- actions */

static void do_check(GSimpleAction *action, GVariant *value, gpointer data)
{
	(void)action;
	(void)value;
	check(data);
}

static void do_cancel(GSimpleAction *action, GVariant *value, gpointer data)
{
	window *w = data;

	(void)action;
	(void)value;
	mailbox_cancel(w->mailbox);
}

static void do_account(GSimpleAction *action, GVariant *value, gpointer data)
{
	(void)action;
	(void)value;
	open_dialog(data);
}

static void do_save_all(GSimpleAction *action, GVariant *value, gpointer data)
{
	window *w = data;

	(void)action;
	(void)value;
	message_view_save_all(w->view);
}

static void do_save_all_to(GSimpleAction *action, GVariant *value,
    gpointer data)
{
	window *w = data;
	g_autoptr(GFile) folder = g_file_new_for_path(
	    g_variant_get_string(value, NULL));

	(void)action;
	message_view_save_all_to(w->view, folder);
}

static void do_show_message(GSimpleAction *action, GVariant *value,
    gpointer data)
{
	window *w = data;

	(void)action;
	gtk_single_selection_set_selected(w->selection,
	    g_variant_get_uint32(value));
}

static void do_dark(GSimpleAction *action, GVariant *value, gpointer data)
{
	(void)data;
	g_object_set(gtk_settings_get_default(),
	    "gtk-application-prefer-dark-theme", g_variant_get_boolean(value),
	    NULL);
	g_simple_action_set_state(action, value);
}

static void add_actions(window *w)
{
	static const GActionEntry entries[] = {
		{ .name = "check", .activate = do_check },
		{ .name = "cancel", .activate = do_cancel },
		{ .name = "account", .activate = do_account },
		{ .name = "save-all", .activate = do_save_all },
		{ .name = "save-all-to", .activate = do_save_all_to,
		    .parameter_type = "s" },
		{ .name = "show-message", .activate = do_show_message,
		    .parameter_type = "u" },
		{ .name = "dark", .state = "false", .change_state = do_dark },
	};
	gboolean dark;

	g_action_map_add_action_entries(G_ACTION_MAP(w->widget), entries,
	    G_N_ELEMENTS(entries), w);
	set_enabled(w, "check", FALSE);
	set_enabled(w, "cancel", FALSE);
	set_enabled(w, "save-all", FALSE);
	g_object_get(gtk_settings_get_default(),
	    "gtk-application-prefer-dark-theme", &dark, NULL);
	g_action_group_change_action_state(G_ACTION_GROUP(w->widget), "dark",
	    g_variant_new_boolean(dark));
}

/* --- making it */

static GMenu *make_menu(void)
{
	GMenu *menu = g_menu_new(), *about = g_menu_new();

	g_menu_append(menu, "_Account…", "win.account");
	g_menu_append(menu, "_Dark Style", "win.dark");
	g_menu_append(about, "_Keyboard Shortcuts",
	    "win.show-help-overlay");
	g_menu_append(about, "A_bout Mail Check", "app.about");
	g_menu_append_section(menu, NULL, G_MENU_MODEL(about));
	g_object_unref(about);
	return menu;
}

static GtkWidget *make_title(window *w)
{
	GtkWidget *bar = gtk_header_bar_new();
	GtkWidget *check_button = gtk_button_new_from_icon_name(
	    "view-refresh-symbolic");
	GtkWidget *menu = gtk_menu_button_new(), *popover = gtk_popover_new();
	g_autoptr(GMenu) model = make_menu();

	gtk_widget_set_name(check_button, "check");
	gtk_widget_set_tooltip_text(check_button, "Check for Mail (Ctrl+R)");
	gtk_actionable_set_action_name(GTK_ACTIONABLE(check_button),
	    "win.check");
	gtk_menu_button_set_icon_name(GTK_MENU_BUTTON(menu),
	    "open-menu-symbolic");
	gtk_menu_button_set_menu_model(GTK_MENU_BUTTON(menu),
	    G_MENU_MODEL(model));
	gtk_menu_button_set_primary(GTK_MENU_BUTTON(menu), TRUE);
	gtk_widget_set_tooltip_text(menu, "Main Menu");
	w->tls = gtk_menu_button_new();
	w->tls_words = gtk_label_new(NULL);
	gtk_label_set_selectable(GTK_LABEL(w->tls_words), TRUE);
	gtk_popover_set_child(GTK_POPOVER(popover), w->tls_words);
	gtk_menu_button_set_popover(GTK_MENU_BUTTON(w->tls), popover);
	gtk_widget_set_name(w->tls, "tls");
	gtk_widget_set_visible(w->tls, FALSE);
	gtk_widget_set_tooltip_text(w->tls, "How the connection is protected");
	gtk_header_bar_pack_start(GTK_HEADER_BAR(bar), check_button);
	gtk_header_bar_pack_end(GTK_HEADER_BAR(bar), menu);
	gtk_header_bar_pack_end(GTK_HEADER_BAR(bar), w->tls);
	return bar;
}

static GtkWidget *make_welcome(void)
{
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);
	GtkWidget *icon = gtk_image_new_from_icon_name("mail-read-symbolic");
	GtkWidget *title = gtk_label_new("No Account Yet");
	GtkWidget *words = gtk_label_new(
	    "Tell where your mail is, to see and read it here.\n"
	    "Nothing is deleted from the server.");
	GtkWidget *button = gtk_button_new_with_mnemonic("_Add Account…");

	gtk_widget_set_valign(box, GTK_ALIGN_CENTER);
	gtk_widget_set_vexpand(box, TRUE);
	gtk_image_set_pixel_size(GTK_IMAGE(icon), 96);
	gtk_widget_add_css_class(icon, "dim-label");
	gtk_widget_add_css_class(title, "title-1");
	gtk_label_set_justify(GTK_LABEL(words), GTK_JUSTIFY_CENTER);
	gtk_widget_set_halign(button, GTK_ALIGN_CENTER);
	gtk_widget_set_margin_top(button, 12);
	gtk_widget_add_css_class(button, "suggested-action");
	gtk_actionable_set_action_name(GTK_ACTIONABLE(button), "win.account");
	gtk_box_append(GTK_BOX(box), icon);
	gtk_box_append(GTK_BOX(box), title);
	gtk_box_append(GTK_BOX(box), words);
	gtk_box_append(GTK_BOX(box), button);
	return box;
}

static GtkWidget *make_mail(window *w)
{
	GtkWidget *paned = gtk_paned_new(GTK_ORIENTATION_HORIZONTAL);

	w->list = letter_list_new(G_LIST_MODEL(mailbox_list(w->mailbox)),
	    &w->selection);
	w->view = message_view_new(on_told, w);
	gtk_widget_set_size_request(w->list, 240, -1);
	gtk_paned_set_start_child(GTK_PANED(paned), w->list);
	gtk_paned_set_end_child(GTK_PANED(paned),
	    message_view_widget(w->view));
	gtk_paned_set_shrink_start_child(GTK_PANED(paned), FALSE);
	gtk_paned_set_resize_start_child(GTK_PANED(paned), FALSE);
	gtk_paned_set_position(GTK_PANED(paned), 340);
	gtk_widget_set_vexpand(paned, TRUE);
	message_view_show(w->view, NULL, "");
	return paned;
}

static GtkWidget *make_content(window *w)
{
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);

	w->stack = gtk_stack_new();
	gtk_stack_add_named(GTK_STACK(w->stack), make_welcome(), "welcome");
	gtk_stack_add_named(GTK_STACK(w->stack), make_mail(w), "mail");
	status_bar_init(&w->bar);
	gtk_box_append(GTK_BOX(box), w->stack);
	gtk_box_append(GTK_BOX(box), gtk_separator_new(
	    GTK_ORIENTATION_HORIZONTAL));
	gtk_box_append(GTK_BOX(box), w->bar.widget);
	return box;
}

/* --- its size, from one run to the next */

static char *size_file(void)
{
	return g_build_filename(g_get_user_config_dir(), "mailcheck",
	    "window.ini", NULL);
}

static void restore_size(GtkWindow *widget)
{
	g_autofree char *path = size_file();
	g_autoptr(GKeyFile) file = g_key_file_new();
	int width = 0, height = 0;

	if (g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL)) {
		width = g_key_file_get_integer(file, "window", "width", NULL);
		height = g_key_file_get_integer(file, "window", "height",
		    NULL);
	}
	if (width <= 0 || width > 10000 || height <= 0 || height > 10000) {
		width = 980;
		height = 640;
	}
	gtk_window_set_default_size(widget, width, height);
}

static gboolean on_close(GtkWindow *widget)
{
	g_autofree char *path = size_file();
	g_autoptr(GKeyFile) file = g_key_file_new();
	int width, height;

	gtk_window_get_default_size(widget, &width, &height);
	g_key_file_set_integer(file, "window", "width", width);
	g_key_file_set_integer(file, "window", "height", height);
	(void)g_key_file_save_to_file(file, path, NULL);
	return FALSE;
}

/* --- making it */

static void free_window(gpointer data)
{
	window *w = data;

	if (w->settle != 0)
		g_source_remove(w->settle);
	set_timer(w, 0);
	if (w->dialog) {
		g_object_weak_unref(G_OBJECT(w->dialog), on_dialog_gone, w);
		gtk_window_destroy(w->dialog);
	}
	stop_reading(w);
	mailbox_free(w->mailbox);
	g_free(w);
}

GtkWindow *window_new(GtkApplication *app)
{
	window *w = g_new0(window, 1);
	account *a = account_load();

	w->widget = GTK_APPLICATION_WINDOW(gtk_application_window_new(app));
	w->mailbox = mailbox_new(&events, w);
	restore_size(GTK_WINDOW(w->widget));
	g_signal_connect(w->widget, "close-request", G_CALLBACK(on_close),
	    NULL);
	gtk_window_set_title(GTK_WINDOW(w->widget), "Mail Check");
	gtk_window_set_titlebar(GTK_WINDOW(w->widget), make_title(w));
	gtk_window_set_child(GTK_WINDOW(w->widget), make_content(w));
	g_object_set_data_full(G_OBJECT(w->widget), "window", w, free_window);
	add_actions(w);
	g_signal_connect(w->selection, "notify::selected-item",
	    G_CALLBACK(on_selected), w);
	if (a)
		use_account(w, a);
	return GTK_WINDOW(w->widget);
}

/* See account_dialog.h. */
#include "account_dialog.h"

typedef struct dialog {
	GtkWidget *window, *save, *hint;
	GtkWidget *server, *security, *port, *user, *secret, *password,
	    *command, *command_label, *password_label, *ca_file, *minutes;
	account_security shown;	/* whose usual port is filled in */
	account_dialog_saved saved;
	gpointer data;
} dialog;

static const char *const securities[] = { "TLS (recommended)", "STARTTLS",
	"None: anybody can read along", NULL };
static const char *const secrets[] = { "Password",
	"Command that prints a password",
	"Command that prints an OAuth 2.0 token", NULL };

/* --- between the widgets and an account */

static char *text_of(GtkWidget *entry)
{
	return g_strstrip(g_strdup(gtk_editable_get_text(
	    GTK_EDITABLE(entry))));
}

static guint choice_of(GtkWidget *drop_down)
{
	return gtk_drop_down_get_selected(GTK_DROP_DOWN(drop_down));
}

static guint port_of(GtkWidget *entry)
{
	g_autofree char *text = text_of(entry);
	guint64 n = 0;

	return g_ascii_string_to_unsigned(text, 10, 1, 65535, &n, NULL) ?
	    (guint)n : 0;
}

static account *read_dialog(const dialog *d)
{
	account *a = g_new0(account, 1);

	a->server = text_of(d->server);
	a->user = text_of(d->user);
	a->port = port_of(d->port);
	a->security = (account_security)choice_of(d->security);
	a->secret = (account_secret)choice_of(d->secret);
	a->password = g_strdup(gtk_editable_get_text(
	    GTK_EDITABLE(d->password)));
	a->command = text_of(d->command);
	a->ca_file = text_of(d->ca_file);
	a->check_minutes = (guint)gtk_spin_button_get_value_as_int(
	    GTK_SPIN_BUTTON(d->minutes));
	return a;
}

static void set_text(GtkWidget *entry, const char *text)
{
	gtk_editable_set_text(GTK_EDITABLE(entry), text);
}

static void set_port(const dialog *d, guint port)
{
	g_autofree char *text = g_strdup_printf("%u", port);

	set_text(d->port, text);
}

static void fill(dialog *d, const account *a)
{
	d->shown = a->security;
	gtk_drop_down_set_selected(GTK_DROP_DOWN(d->security), a->security);
	gtk_drop_down_set_selected(GTK_DROP_DOWN(d->secret), a->secret);
	set_text(d->server, a->server);
	set_text(d->user, a->user);
	set_text(d->password, a->password);
	set_text(d->command, a->command);
	set_text(d->ca_file, a->ca_file);
	set_port(d, a->port);
	gtk_spin_button_set_value(GTK_SPIN_BUTTON(d->minutes),
	    a->check_minutes);
}

/* --- what one does with it */

static const char *advice(const account *a)
{
	if (a->security == ACCOUNT_CLEAR)
		return "Without TLS, anybody on the way can read your "
		    "password and your mail.";
	if (a->secret == ACCOUNT_PASSWORD)
		return "The password is not stored: it is asked for when the "
		    "program starts.";
	return "The command is run by the shell each time the mailbox is "
	    "opened; its first line counts.";
}

static void on_changed(dialog *d)
{
	g_autoptr(account) a = read_dialog(d);
	const char *missing = account_missing(a);
	gboolean by_password = a->secret == ACCOUNT_PASSWORD;

	if (a->security != d->shown) {
		gboolean usual = a->port == account_usual_port(d->shown);

		d->shown = a->security;
		if (usual)
			set_port(d, account_usual_port(a->security));
	}
	gtk_widget_set_visible(d->password, by_password);
	gtk_widget_set_visible(d->password_label, by_password);
	gtk_widget_set_visible(d->command, !by_password);
	gtk_widget_set_visible(d->command_label, !by_password);
	gtk_label_set_text(GTK_LABEL(d->hint), missing ? missing : advice(a));
	if (a->security == ACCOUNT_CLEAR && !missing)
		gtk_widget_add_css_class(d->hint, "warning");
	else
		gtk_widget_remove_css_class(d->hint, "warning");
	gtk_widget_set_sensitive(d->save, !missing);
}

static void on_save(dialog *d)
{
	account *a = read_dialog(d);

	if (account_missing(a)) {
		account_free(a);
		return;
	}
	d->saved(a, d->data);
	gtk_window_destroy(GTK_WINDOW(d->window));
}

/* --- making it */

static GtkWidget *add_row(dialog *d, GtkWidget *grid, int row,
    const char *mnemonic, const char *name, GtkWidget *value)
{
	GtkWidget *label = gtk_label_new_with_mnemonic(mnemonic);

	(void)d;
	gtk_label_set_xalign(GTK_LABEL(label), 1);
	gtk_widget_add_css_class(label, "dim-label");
	gtk_label_set_mnemonic_widget(GTK_LABEL(label), value);
	gtk_widget_set_name(value, name);
	gtk_widget_set_hexpand(value, TRUE);
	gtk_grid_attach(GTK_GRID(grid), label, 0, row, 1, 1);
	gtk_grid_attach(GTK_GRID(grid), value, 1, row, 1, 1);
	return label;
}

static GtkWidget *entry(dialog *d, const char *placeholder)
{
	GtkWidget *e = gtk_entry_new();

	gtk_entry_set_placeholder_text(GTK_ENTRY(e), placeholder);
	gtk_entry_set_activates_default(GTK_ENTRY(e), TRUE);
	g_signal_connect_swapped(e, "changed", G_CALLBACK(on_changed), d);
	return e;
}

static GtkWidget *drop_down(dialog *d, const char *const *texts)
{
	GtkWidget *w = gtk_drop_down_new_from_strings(texts);

	g_signal_connect_swapped(w, "notify::selected",
	    G_CALLBACK(on_changed), d);
	return w;
}

static GtkWidget *password_entry(dialog *d)
{
	GtkWidget *w = gtk_password_entry_new();

	gtk_password_entry_set_show_peek_icon(GTK_PASSWORD_ENTRY(w), TRUE);
	g_object_set(w, "activates-default", TRUE, NULL);
	g_signal_connect_swapped(w, "changed", G_CALLBACK(on_changed), d);
	return w;
}

static GtkWidget *make_form(dialog *d)
{
	GtkWidget *grid = gtk_grid_new();

	gtk_grid_set_column_spacing(GTK_GRID(grid), 12);
	gtk_grid_set_row_spacing(GTK_GRID(grid), 8);
	d->server = entry(d, "pop.example.org");
	d->security = drop_down(d, securities);
	d->port = entry(d, NULL);
	d->user = entry(d, "you@example.org");
	d->secret = drop_down(d, secrets);
	d->password = password_entry(d);
	d->command = entry(d, "secret-tool lookup mail you");
	d->ca_file = entry(d, "What the system trusts");
	d->minutes = gtk_spin_button_new_with_range(0, 24 * 60, 1);
	gtk_widget_set_tooltip_text(d->minutes, "0: only when you ask");
	add_row(d, grid, 0, "_Server", "server", d->server);
	add_row(d, grid, 1, "Se_curity", "security", d->security);
	add_row(d, grid, 2, "P_ort", "port", d->port);
	add_row(d, grid, 3, "_User Name", "user", d->user);
	add_row(d, grid, 4, "_Log in by", "secret", d->secret);
	d->password_label = add_row(d, grid, 5, "_Password", "password",
	    d->password);
	d->command_label = add_row(d, grid, 6, "Co_mmand", "command",
	    d->command);
	add_row(d, grid, 7, "Certificate _File", "ca-file", d->ca_file);
	add_row(d, grid, 8, "Check Every (_Minutes)", "minutes", d->minutes);
	return grid;
}

static GtkWidget *make_title(dialog *d)
{
	GtkWidget *bar = gtk_header_bar_new();
	GtkWidget *cancel = gtk_button_new_with_mnemonic("_Cancel");

	d->save = gtk_button_new_with_mnemonic("_Save");
	gtk_widget_set_name(d->save, "save");
	gtk_widget_add_css_class(d->save, "suggested-action");
	gtk_header_bar_set_show_title_buttons(GTK_HEADER_BAR(bar), FALSE);
	gtk_header_bar_pack_start(GTK_HEADER_BAR(bar), cancel);
	gtk_header_bar_pack_end(GTK_HEADER_BAR(bar), d->save);
	g_signal_connect_swapped(cancel, "clicked",
	    G_CALLBACK(gtk_window_destroy), d->window);
	g_signal_connect_swapped(d->save, "clicked", G_CALLBACK(on_save), d);
	return bar;
}

static gboolean on_escape(GtkWidget *window, GVariant *args, gpointer data)
{
	(void)args;
	(void)data;
	gtk_window_destroy(GTK_WINDOW(window));
	return TRUE;
}

static void close_by_escape(GtkWidget *window)
{
	GtkEventController *keys = gtk_shortcut_controller_new();

	gtk_shortcut_controller_add_shortcut(GTK_SHORTCUT_CONTROLLER(keys),
	    gtk_shortcut_new(gtk_keyval_trigger_new(GDK_KEY_Escape, 0),
	    gtk_callback_action_new(on_escape, NULL, NULL)));
	gtk_widget_add_controller(window, keys);
}

GtkWindow *account_dialog_new(GtkWindow *parent, const account *old,
    account_dialog_saved saved, gpointer data)
{
	dialog *d = g_new0(dialog, 1);
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 18);

	d->saved = saved;
	d->data = data;
	d->window = gtk_window_new();
	d->hint = gtk_label_new(NULL);
	gtk_widget_set_name(d->hint, "hint");
	gtk_label_set_wrap(GTK_LABEL(d->hint), TRUE);
	gtk_label_set_xalign(GTK_LABEL(d->hint), 0);
	gtk_label_set_max_width_chars(GTK_LABEL(d->hint), 50);
	gtk_window_set_title(GTK_WINDOW(d->window), "Account");
	gtk_window_set_modal(GTK_WINDOW(d->window), TRUE);
	gtk_window_set_transient_for(GTK_WINDOW(d->window), parent);
	gtk_window_set_resizable(GTK_WINDOW(d->window), FALSE);
	gtk_window_set_default_size(GTK_WINDOW(d->window), 460, -1);
	gtk_window_set_titlebar(GTK_WINDOW(d->window), make_title(d));
	gtk_window_set_default_widget(GTK_WINDOW(d->window), d->save);
	gtk_widget_set_margin_start(box, 18);
	gtk_widget_set_margin_end(box, 18);
	gtk_widget_set_margin_top(box, 18);
	gtk_widget_set_margin_bottom(box, 18);
	gtk_box_append(GTK_BOX(box), make_form(d));
	gtk_box_append(GTK_BOX(box), d->hint);
	gtk_window_set_child(GTK_WINDOW(d->window), box);
	close_by_escape(d->window);
	g_object_set_data_full(G_OBJECT(d->window), "dialog", d, g_free);
	if (old)
		fill(d, old);
	else
		set_port(d, account_usual_port(ACCOUNT_TLS));
	on_changed(d);
	return GTK_WINDOW(d->window);
}

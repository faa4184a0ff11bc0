/* See mailcheck.h: the application, its keys, its icon and its one window. */
#include "mailcheck.h"

#include "window.h"

static void set_keys(GtkApplication *app)
{
	static const struct { const char *action, *keys[3]; } rows[] = {
		{ "win.check", { "<Control>r", "F5" } },
		{ "win.cancel", { "Escape" } },
		{ "win.account", { "<Control>comma" } },
		{ "win.save-all", { "<Control>s" } },
		{ "win.show-help-overlay", { "<Control>question", "F1" } },
		{ "window.close", { "<Control>w" } },
		{ "app.quit", { "<Control>q" } },
	};

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
		gtk_application_set_accels_for_action(app, rows[i].action,
		    rows[i].keys);
}

/* The desktop's wish, where it has one. */
static void follow_desktop(void)
{
	static const char name[] = "org.gnome.desktop.interface";
	GSettingsSchemaSource *source = g_settings_schema_source_get_default();
	g_autoptr(GSettingsSchema) schema = source ?
	    g_settings_schema_source_lookup(source, name, TRUE) : NULL;
	g_autoptr(GSettings) settings = NULL;
	g_autofree char *scheme = NULL;

	if (!schema || !g_settings_schema_has_key(schema, "color-scheme"))
		return;
	settings = g_settings_new(name);
	scheme = g_settings_get_string(settings, "color-scheme");
	if (g_str_equal(scheme, "prefer-dark"))
		g_object_set(gtk_settings_get_default(),
		    "gtk-application-prefer-dark-theme", TRUE, NULL);
}

static GtkShortcutsWindow *make_shortcuts(void)
{
	g_autoptr(GtkBuilder) builder = gtk_builder_new_from_resource(
	    "/org/squab/MailCheck/shortcuts.ui");

	return g_object_ref(GTK_SHORTCUTS_WINDOW(gtk_builder_get_object(
	    builder, "shortcuts")));
}

static void on_activate(GApplication *app)
{
	GtkWindow *window = gtk_application_get_active_window(
	    GTK_APPLICATION(app));

	if (!window) {
		window = window_new(GTK_APPLICATION(app));
		gtk_application_window_set_help_overlay(
		    GTK_APPLICATION_WINDOW(window), make_shortcuts());
	}
	gtk_window_present(window);
}

static void do_quit(GSimpleAction *action, GVariant *value, gpointer app)
{
	GtkWindow *window = gtk_application_get_active_window(app);

	(void)action;
	(void)value;
	if (window)
		gtk_window_destroy(window);
	g_application_quit(app);
}

static void do_show(GSimpleAction *action, GVariant *value, gpointer app)
{
	(void)action;
	(void)value;
	g_application_activate(app);
}

static void do_about(GSimpleAction *action, GVariant *value, gpointer app)
{
	(void)action;
	(void)value;
	gtk_show_about_dialog(gtk_application_get_active_window(app),
	    "program-name", "Mail Check",
	    "logo-icon-name", "org.squab.MailCheck",
	    "comments", "A window onto a mailbox that never freezes",
	    "license-type", GTK_LICENSE_MIT_X11, NULL);
}

static void on_startup(GApplication *app)
{
	static const GActionEntry entries[] = {
		{ .name = "quit", .activate = do_quit },
		{ .name = "show", .activate = do_show },
		{ .name = "about", .activate = do_about },
	};

	g_action_map_add_action_entries(G_ACTION_MAP(app), entries,
	    G_N_ELEMENTS(entries), app);
	set_keys(GTK_APPLICATION(app));
	follow_desktop();
	gtk_window_set_default_icon_name("org.squab.MailCheck");
}

GtkApplication *mailcheck_application_new(void)
{
	GtkApplication *app = gtk_application_new("org.squab.MailCheck",
	    G_APPLICATION_DEFAULT_FLAGS);

	g_set_application_name("Mail Check");
	g_signal_connect(app, "startup", G_CALLBACK(on_startup), NULL);
	g_signal_connect(app, "activate", G_CALLBACK(on_activate), NULL);
	return app;
}

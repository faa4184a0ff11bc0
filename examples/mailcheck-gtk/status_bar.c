/* See status_bar.h. */
#include "status_bar.h"

static GtkWidget *add_button(status_bar *b, const char *mnemonic,
    const char *name, const char *action)
{
	GtkWidget *button = gtk_button_new_with_mnemonic(mnemonic);

	gtk_widget_set_name(button, name);
	gtk_actionable_set_action_name(GTK_ACTIONABLE(button), action);
	gtk_widget_set_visible(button, FALSE);
	gtk_box_append(GTK_BOX(b->widget), button);
	return button;
}

void status_bar_init(status_bar *b)
{
	b->widget = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 10);
	gtk_widget_add_css_class(b->widget, "toolbar");
	gtk_widget_set_size_request(b->widget, -1, 46);
	b->icon = gtk_image_new_from_icon_name("dialog-warning-symbolic");
	gtk_widget_set_margin_start(b->icon, 6);
	b->status = gtk_label_new(NULL);
	gtk_widget_set_name(b->status, "status");
	gtk_label_set_xalign(GTK_LABEL(b->status), 0);
	gtk_label_set_ellipsize(GTK_LABEL(b->status), PANGO_ELLIPSIZE_END);
	gtk_label_set_selectable(GTK_LABEL(b->status), TRUE);
	gtk_widget_set_hexpand(b->status, TRUE);
	gtk_widget_set_margin_start(b->status, 6);
	b->progress = gtk_progress_bar_new();
	gtk_widget_set_name(b->progress, "progress");
	gtk_widget_set_valign(b->progress, GTK_ALIGN_CENTER);
	gtk_widget_set_size_request(b->progress, 160, -1);
	gtk_box_append(GTK_BOX(b->widget), b->icon);
	gtk_box_append(GTK_BOX(b->widget), b->status);
	gtk_box_append(GTK_BOX(b->widget), b->progress);
	b->cancel = add_button(b, "_Cancel", "cancel", "win.cancel");
	b->retry = add_button(b, "Try _Again", "retry", "win.check");
	gtk_widget_set_tooltip_text(b->cancel, "Stop (Escape)");
	status_bar_tell(b, "");
}

static void show(status_bar *b, const char *words, gboolean busy,
    gboolean failed)
{
	gtk_label_set_text(GTK_LABEL(b->status), words);
	gtk_widget_set_tooltip_text(b->status, failed ? words : NULL);
	gtk_widget_set_visible(b->icon, failed);
	gtk_widget_set_visible(b->progress, busy);
	gtk_widget_set_visible(b->cancel, busy);
	gtk_widget_set_visible(b->retry, failed);
}

void status_bar_tell(status_bar *b, const char *words)
{
	show(b, words, FALSE, FALSE);
}

void status_bar_fail(status_bar *b, const char *words, const char *mnemonic,
    const char *action)
{
	gtk_button_set_label(GTK_BUTTON(b->retry), mnemonic);
	gtk_actionable_set_action_name(GTK_ACTIONABLE(b->retry), action);
	show(b, words, FALSE, TRUE);
}

void status_bar_busy(status_bar *b, const char *words, double fraction)
{
	show(b, words, TRUE, FALSE);
	if (fraction < 0)
		gtk_progress_bar_pulse(GTK_PROGRESS_BAR(b->progress));
	else
		gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(b->progress),
		    fraction);
}

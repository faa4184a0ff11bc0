/* The right side of the window: a message with its text and attachments. */
#ifndef MAILCHECK_MESSAGE_VIEW_H
#define MAILCHECK_MESSAGE_VIEW_H

#include "message.h"

#include <gtk/gtk.h>

typedef struct message_view message_view;

/* Says what became of saving, in words. */
typedef void (*message_view_told)(const char *words, gpointer data);

/* Lifetime: that of its widget, which is for a parent. */
message_view *message_view_new(message_view_told told, gpointer data);
GtkWidget *message_view_widget(message_view *v);

/* Shows m, of which it takes a reference; NULL: nothing, in these words. */
void message_view_show(message_view *v, message *m, const char *words);
gboolean message_view_has_files(message_view *v);
/* Asks for a folder, and saves all attachments there. */
void message_view_save_all(message_view *v);
/* The same, without asking. */
void message_view_save_all_to(message_view *v, GFile *folder);

#endif

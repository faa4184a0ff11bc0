/* The window: the list, the message, and below them what is going on. */
#ifndef MAILCHECK_WINDOW_H
#define MAILCHECK_WINDOW_H

#include <gtk/gtk.h>

/* With the account that is stored, and a check of it, if it has its secret. */
GtkWindow *window_new(GtkApplication *app);

#endif

/*
 * Mail Check: a window onto a POP3 mailbox, which stays alive whatever the
 * server does. The program makes the application and runs it.
 */
#ifndef MAILCHECK_H
#define MAILCHECK_H

#include <gtk/gtk.h>

/* For g_object_unref(). */
GtkApplication *mailcheck_application_new(void);

#endif

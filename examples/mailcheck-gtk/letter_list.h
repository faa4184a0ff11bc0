/* The left side of the window: the rows of the mailbox. */
#ifndef MAILCHECK_LETTER_LIST_H
#define MAILCHECK_LETTER_LIST_H

#include "letter.h"

#include <gtk/gtk.h>

/* A scrolled list of Letters, of which one or none is selected. */
GtkWidget *letter_list_new(GListModel *letters, GtkSingleSelection **selection);

#endif

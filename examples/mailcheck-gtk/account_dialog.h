/* The dialog in which one tells of the account. */
#ifndef MAILCHECK_ACCOUNT_DIALOG_H
#define MAILCHECK_ACCOUNT_DIALOG_H

#include "account.h"

#include <gtk/gtk.h>

/* Takes a. */
typedef void (*account_dialog_saved)(account *a, gpointer data);

/* old may be NULL. Calls saved when it is closed by Save. */
GtkWindow *account_dialog_new(GtkWindow *parent, const account *old,
    account_dialog_saved saved, gpointer data);

#endif

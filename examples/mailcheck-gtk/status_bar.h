/* The foot of the window: what is under way and how far, Cancel, help. */
#ifndef MAILCHECK_STATUS_BAR_H
#define MAILCHECK_STATUS_BAR_H

#include <gtk/gtk.h>

typedef struct status_bar {
	GtkWidget *widget, *icon, *status, *progress, *cancel, *retry;
} status_bar;

void status_bar_init(status_bar *b);
/* Words that stay until something else happens. */
void status_bar_tell(status_bar *b, const char *words);
/* What went wrong, with a button that helps; mnemonic: its label. */
void status_bar_fail(status_bar *b, const char *words, const char *mnemonic,
    const char *action);
/* fraction: below 0, it is not known. */
void status_bar_busy(status_bar *b, const char *words, double fraction);

#endif

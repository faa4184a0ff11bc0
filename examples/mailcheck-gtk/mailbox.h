/*
 * The mailbox, as a window wants it: a list that fills by itself, messages, and
 * a line of words about what is going on. All of it happens in the main loop;
 * nothing waits. Nothing is ever deleted from the server.
 */
#ifndef MAILCHECK_MAILBOX_H
#define MAILCHECK_MAILBOX_H

#include "account.h"
#include "letter.h"

typedef struct mailbox mailbox;

typedef struct mailbox_events {
	/* Something else is under way, or nothing any more. */
	void (*changed)(gpointer data);
	/* A check is through; so many were not there at the last. */
	void (*checked)(guint n_new, gpointer data);
	/* All of a message, as the server sent it. */
	void (*received)(Letter *letter, GBytes *bytes, gpointer data);
	/* What was under way has failed, or was canceled. */
	void (*failed)(const GError *error, gpointer data);
} mailbox_events;

/* What is borrowed lives as long as the mailbox. */
mailbox *mailbox_new(const mailbox_events *events, gpointer data);
/* Says QUIT, and waits for no answer. */
void mailbox_free(mailbox *m);

/* Takes a; another account forgets the list. */
void mailbox_set_account(mailbox *m, account *a);
account *mailbox_account(mailbox *m);	/* NULL: none yet */
/* Of Letters, the newest first. Lifetime: that of m. */
GListStore *mailbox_list(mailbox *m);

/* Lists what is there and fetches the headers that are not known yet. */
void mailbox_check(mailbox *m);
/* Fetches a message; headers that are still to come wait for it. */
void mailbox_fetch(mailbox *m, Letter *letter);
void mailbox_cancel(mailbox *m);

gboolean mailbox_is_busy(mailbox *m);
/* What is under way, for g_free(); *fraction: below 0, it is not known. */
char *mailbox_status(mailbox *m, double *fraction);
/* How the line is protected, for g_free(). NULL: there is none. */
char *mailbox_security(mailbox *m);

#endif

/*
 * The account: what it takes to open the mailbox, but for the password. It is
 * kept in mailcheck/account.ini below the user's folder of settings.
 */
#ifndef MAILCHECK_ACCOUNT_H
#define MAILCHECK_ACCOUNT_H

#include <glib.h>

typedef enum account_security {
	ACCOUNT_TLS,		/* from the start */
	ACCOUNT_STARTTLS,
	ACCOUNT_CLEAR
} account_security;

typedef enum account_secret {
	ACCOUNT_PASSWORD,	/* asked for, and kept in memory only */
	ACCOUNT_PASSWORD_COMMAND, /* the first line that a command prints … */
	ACCOUNT_TOKEN_COMMAND	/* … is the password, or an OAuth 2.0 token */
} account_secret;

typedef struct account {
	char *server, *user;
	guint port;
	account_security security;
	account_secret secret;
	char *password, *command;	/* as secret has it; never NULL */
	char *ca_file;			/* "": what the system trusts */
	guint check_minutes;		/* 0: only when asked */
} account;

/* For account_free(). NULL: there is none yet. */
account *account_load(void);
gboolean account_save(const account *a, GError **error);
void account_free(account *a);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(account, account_free)

/* The port that goes with it. */
guint account_usual_port(account_security security);
/* What is still missing, in words; NULL: nothing. Static. */
const char *account_missing(const account *a);
/* For g_free(). */
char *account_url(const account *a);

#endif

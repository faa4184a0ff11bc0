/* A server that takes mail: its account, and the session with it. */
#ifndef SQUAB_CLI_SEND_ACCOUNT_H
#define SQUAB_CLI_SEND_ACCOUNT_H

#include "connect.h"

#include <squab/send.h>

/* The exit status where a mail may have been delivered, and nobody knows. */
#define EX_UNKNOWN_DELIVERY 79

typedef struct send_account {
	cli_server server;
	const char *helo;		/* NULL: the library's choice */
	sqb_smtp_session *session;
} send_account;

/*
 * An account sends by its send-url where it has one, else by its url. 0, or the
 * exit status after saying why. In either case clear it.
 */
int send_account_init(send_account *a, const cli_conn *conn, const char *name,
    const char *url, const char *send_url, const char *helo);
void send_account_clear(send_account *a);

/* Connects, and logs in where a user is named. Likewise. */
int send_account_open(send_account *a);

/* QUIT; what is wrong with it changes nothing. */
void send_account_quit(send_account *a);

/* The exit status of a code: as sqb_code_exit(), but of what is unknown. */
int send_exit(int code);

#endif

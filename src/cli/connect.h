/* A server: its options, the secret for it, the session with it. */
#ifndef SQUAB_CLI_CONNECT_H
#define SQUAB_CLI_CONNECT_H

#include "options.h"
#include "secret.h"
#include "way.h"

#include <squab/session.h>

#include <stdio.h>

/* The options that every command with a server has. */
typedef struct cli_conn {
	int tls;			/* 1 implicit, 2 starttls, 3 off */
	const char *user, *auth;
	const char *ca_file, *crl_file, *tls_name, *pin, *cert, *key;
	cli_way_options way;
	sqb_time timeout, connect_timeout;
	uint64_t max_message;
	const char *state, *config, *trace;
	const char *password;		/* by the config only */
	const char *password_command, *password_file;
	const char *token_command, *token_file;
} cli_conn;

extern const cli_option cli_conn_options[];

#define CLI_CONN_SET(conn) \
	{ "Connection options", cli_conn_options, (conn), sizeof(*(conn)) }

/* The length of an account, "user@host[:port]", with the NUL. */
#define CLI_ACCOUNT_MAX 528

/* The wire as it is written down. */
typedef struct cli_trace {
	FILE *out;
	const char *label;	/* whose wire it is, where there are others */
	bool sent;		/* who speaks */
	bool within;		/* a line */
} cli_trace;

typedef struct cli_server {
	const cli_conn *conn;
	const char *text;		/* the URL as given */
	sqb_url url;
	sqb_tls_mode tls;		/* with --tls */
	char account[CLI_ACCOUNT_MAX];
	cli_trace trace;
	cli_way way;
	bool listing_ahead;		/* see sqb_session_options */
	sqb_pop3_session *session;
} cli_server;

/* Reads the URL. 0, or the exit status after saying why. */
int cli_server_init(cli_server *v, const cli_conn *conn, const char *url);

/* Closes without QUIT what is open. */
void cli_server_clear(cli_server *v);

/*
 * Connects and logs in, asking for the password where it has to; signals end
 * the session from then on. 0, or the exit status after saying why.
 */
int cli_server_open(cli_server *v);

/*
 * The same for a session of another protocol, which open makes of the options;
 * signals are its own to see to. Nobody logs in where no user is named.
 */
typedef int (*cli_open)(void *ctx, const sqb_session_options *options,
    sqb_error *err);
int cli_server_open_as(cli_server *v, cli_open open, void *ctx);

/*
 * The two halves of open, for who has a loop: gets the secret, or none where
 * none is needed; and begins the session with it, which then is stepped. The
 * secret, which is to be cleared, is kept until the session is open.
 */
int cli_server_secret(const cli_server *v, cli_secret *secret);
int cli_server_start(cli_server *v, const cli_secret *secret);

/* Closes the session without QUIT. */
void cli_server_hang_up(cli_server *v);

/* As open, but as --auth none does. */
int cli_server_open_only(cli_server *v);

/* True when open() will need no person. */
bool cli_server_has_secret(const cli_server *v);

/* QUIT. 0, or the exit status after saying why. */
int cli_server_quit(cli_server *v);

/* The exit status, after saying why the session's last call failed. */
int cli_server_fail(const cli_server *v);

#endif

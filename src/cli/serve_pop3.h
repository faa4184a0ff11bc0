/* What a POP3 session remembers, for its commands and its ways to log in. */
#ifndef SQB_CLI_SERVE_POP3_H
#define SQB_CLI_SERVE_POP3_H

#include "serve.h"

typedef struct pop3_session pop3_session;

struct pop3_session {
	serve_conn *conn;
	const serve_world *world;
	char stamp[64];		/* APOP's, with its angle brackets */
	char user[256];		/* the last good USER, if has_user */
	bool has_user;
	bool in_plain;		/* the next line answers AUTH PLAIN */
	int n_unknown;		/* commands before the log-in */
	serve_snapshot *box;	/* NULL: not logged in */
	unsigned char *marked;	/* 1: deleted at QUIT */
	size_t n_marked;
	uint64_t marked_size;
	/* the long reply under way: a listing or a message */
	bool (*more)(pop3_session *s);
	void (*write_item)(pop3_session *s, const char *before, size_t i);
	size_t next_item;
	serve_body body;
};

void pop3_err(pop3_session *s, const char *why);
/* Opens the mailbox and says so: the TRANSACTION state, or an error. */
void pop3_log_in(pop3_session *s);

/* serve_pop3_auth.c: the AUTHORIZATION state */
bool pop3_may_log_in(const pop3_session *s);
void pop3_on_user(pop3_session *s, sqb_str arg);
void pop3_on_pass(pop3_session *s, sqb_str arg);
void pop3_on_apop(pop3_session *s, sqb_str arg);
void pop3_on_auth(pop3_session *s, sqb_str arg);
/* The base64 of AUTH PLAIN, from whichever line. */
void pop3_on_plain(pop3_session *s, sqb_str base64);

#endif

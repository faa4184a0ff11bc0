/*
 * The server's side of SMTP on standard input and output, for the program that
 * has called us (sendmail -bs): RFC 5321 with PIPELINING, 8BITMIME, SMTPUTF8
 * and enhanced status codes. Lines end in CRLF and in nothing else.
 */
#ifndef SQUAB_CLI_SENDMAIL_SMTP_H
#define SQUAB_CLI_SENDMAIL_SMTP_H

#include "sendmail_post.h"

typedef struct sendmail_smtp {
	FILE *in, *out;
	const char *name;		/* ours */
	letter_options letter;		/* of a message without From */
	const letter_list *to;		/* empty: how names become addresses */
	/* Takes a letter: 0, or an exit status after saying why. */
	int (*take)(void *ctx, letter *l, const sendmail_envelope *e);
	void *ctx;
} sendmail_smtp;

/* Until QUIT, or the end of input. The exit status. */
int sendmail_smtp_serve(const sendmail_smtp *s);

#endif

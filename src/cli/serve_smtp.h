/* What an SMTP or LMTP session remembers. */
#ifndef SQB_CLI_SERVE_SMTP_H
#define SQB_CLI_SERVE_SMTP_H

#include "serve.h"

#include <time.h>

enum {
	SMTP_ADDRESS_MAX = 1024,	/* octets of a path with its NUL */
	SMTP_RECIPIENTS_MAX = 1000	/* of a mail: RFC 5321, 4.5.3.1.8 */
};

typedef struct smtp_session {
	serve_conn *conn;
	const serve_world *world;
	bool lmtp;
	char hello[256];		/* what EHLO was given; "": not yet */
	bool extended;			/* EHLO or LHLO, not HELO */
	bool logged_in;
	/* the next line is base64 of: */
	enum { SMTP_NO_AUTH, SMTP_PLAIN, SMTP_LOGIN_USER,
	    SMTP_LOGIN_PASSWORD } auth;
	char user[256];			/* of AUTH LOGIN */
	int n_errors;

	bool has_sender;		/* a mail is under way */
	char sender[SMTP_ADDRESS_MAX];
	bool utf8;
	char **recipients;
	size_t n_recipients;

	/* the message */
	serve_post *post;
	bool chunked;			/* by BDAT, which alone goes on */
	bool broken;			/* a chunk failed: RFC 3030, 2 */
	uint64_t chunk_left;
	bool last_chunk;
	enum { SMTP_TEXT, SMTP_LINE, SMTP_DOT, SMTP_DOT_CR, SMTP_CR } at;
	uint64_t octets;
	const char *wrong;		/* with it, as a reply; NULL */
	const char *answer;		/* to it, … */
	size_t n_answers;		/* … so many times more */
} smtp_session;

/* "250 2.1.0 text"; the enhanced code is left out after HELO. */
void smtp_reply(smtp_session *s, const char *reply);

/* True: something goes wrong on purpose, and that was answered. */
bool smtp_fails(smtp_session *s, serve_place place, sqb_str address);

void smtp_say_failure(smtp_session *s, const serve_failure *f);

/* The mail is over, or comes to nothing. */
void smtp_reset(smtp_session *s);

/* --- serve_smtp_mail.c: the envelope */
void smtp_on_mail(smtp_session *s, sqb_str arg);
void smtp_on_rcpt(smtp_session *s, sqb_str arg);

/* --- serve_smtp_data.c: the message */
void smtp_on_data(smtp_session *s, sqb_str arg);
void smtp_on_bdat(smtp_session *s, sqb_str arg);
size_t smtp_octets(void *session, const char *p, size_t n);
/* LMTP's reply for the next recipient. */
bool smtp_more(void *session);

#endif

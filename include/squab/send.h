/*
 * The friendly layer for sending: a server by its URL, one blocking call a
 * message, or one that is stepped by a loop of your own. It is a link (link.h)
 * and an engine (smtp.h) under one roof, and both can be reached.
 *
 *	rc = sqb_smtp_open(&s, "smtps://alice@mail.example.org", &o, &err);
 *	rc = sqb_smtp_send(s, c);		compose.h makes c
 *	sqb_smtp_quit(s, &err);
 *
 * URLs: smtps:// is TLS from the start (port 465, RFC 8314), smtp:// demands
 * STARTTLS (587), lmtp:// likewise (24) and gives a result for each recipient.
 * lmtp:///path and smtp:///path are Unix sockets, where no TLS is asked for.
 *
 * Calls return SQB_OK or a negative sqb_code; sqb_smtp_error() has the words.
 * A refusal leaves the session usable. When the line or the session is over,
 * every call says so with the error that ended it, and only sqb_smtp_close()
 * is left.
 */
#ifndef SQUAB_SEND_H
#define SQUAB_SEND_H

#include <squab/compose.h>
#include <squab/session.h>
#include <squab/smtp.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sqb_smtp_session sqb_smtp_session;

/*
 * Connects, says EHLO, gets TLS, and logs in where there is a user, a password
 * or a token; see sqb_session_options. On failure *s is NULL and *err says
 * why; err may be NULL. options may be NULL.
 */
SQB_API int sqb_smtp_open(sqb_smtp_session **s, const char *url,
    const sqb_session_options *options, sqb_error *err);

/* The server's greeting. Lifetime: the session's. */
SQB_API const char *sqb_smtp_welcome(const sqb_smtp_session *s);
/* Why the last call failed. Lifetime: the next call. */
SQB_API const sqb_error *sqb_smtp_error(const sqb_smtp_session *s);

/* What became of a recipient. */
typedef struct sqb_smtp_result {
	sqb_str address;
	sqb_code code;			/* as in SQB_SMTP_RECIPIENT */
	uint16_t reply;			/* 250; 0: none came */
	uint8_t enhanced[3];		/* 5.1.1; [0] is 0: none */
	const char *text;		/* the server's words, or ours; safe to
					   print; "" */
} sqb_smtp_result;

/*
 * Sends what c composes, to its recipients; encoded as the server allows, with
 * SIZE, 8BITMIME, BINARYMIME and SMTPUTF8 as needed.
 *
 * SQB_OK       taken for all recipients
 * SQB_E_PARTIAL  taken for some: see sqb_smtp_results()
 * SQB_E_UNKNOWN  it was sent, but the reply was lost: it may have been taken
 * else         taken for none
 *
 * More recipients than the server takes at once (LIMITS, or 452 from one on)
 * are sent to in several mails.
 */
SQB_API int sqb_smtp_send(sqb_smtp_session *s, sqb_compose *c);

/*
 * The same with an envelope and all its extensions. message, if it is not
 * NULL, is read as a streamed mail's message instead of mail->message; it is
 * not closed. What of mail->message has octets over 127 is 8BITMIME.
 */
SQB_API int sqb_smtp_send_mail(sqb_smtp_session *s, const sqb_smtp_mail *mail,
    const sqb_source *message);

/* Of the last mail, in the order of its recipients. Lifetime: the next call */
SQB_API const sqb_smtp_result *sqb_smtp_results(const sqb_smtp_session *s,
    size_t *n);

/*
 * Many mails in a row: as many in flight as the server allows. next gives
 * them, done tells what became of each, in order; what next gave is borrowed
 * until its done. A mail that fails does not stop the others.
 */
typedef struct sqb_outbox {
	/*
	 * 1: *mail is set, and *message where it is streamed; 0: that was all;
	 * negative: an sqb_code that ends the sending, not the session. tag
	 * may be set, for done.
	 */
	int (*next)(void *ctx, sqb_smtp_mail *mail, sqb_source *message,
	    void **tag);
	/* err: NULL for SQB_OK. Non-zero ends the sending, not the session. */
	int (*done)(void *ctx, void *tag, int code, const sqb_error *err,
	    const sqb_smtp_result *results, size_t n);
	void *ctx;
	/*
	 * What has the message of the mail that next gave with this tag, which
	 * then is encoded as the server allows; NULL: the mail has it itself.
	 * The function may be NULL, too.
	 */
	sqb_compose *(*composed)(void *ctx, void *tag);
} sqb_outbox;

/* SQB_OK, or the first code that was not. */
SQB_API int sqb_smtp_send_all(sqb_smtp_session *s, const sqb_outbox *outbox);

/* One line asked, one answer: RFC 5321, 4.1.1; RFC 1985. */
SQB_API int sqb_smtp_noop(sqb_smtp_session *s);
SQB_API int sqb_smtp_rset(sqb_smtp_session *s);
/* *words, which ends in NUL: lines separated by LF. Lifetime: the next call */
SQB_API int sqb_smtp_vrfy(sqb_smtp_session *s, const char *address,
    const char **words);
SQB_API int sqb_smtp_expn(sqb_smtp_session *s, const char *list,
    const char **words);
SQB_API int sqb_smtp_help(sqb_smtp_session *s, const char *about,
    const char **words);
SQB_API int sqb_smtp_etrn(sqb_smtp_session *s, const char *node);

/* QUIT, then close; its reply changes nothing. s is freed in every case. */
SQB_API int sqb_smtp_quit(sqb_smtp_session *s, sqb_error *err);
/* Closes without QUIT. s may be NULL. */
SQB_API void sqb_smtp_close(sqb_smtp_session *s);

/* As loops see it. Lifetime: that of s. */
SQB_API sqb_session *sqb_smtp_base(sqb_smtp_session *s);

/*
 * Without blocking: as sqb_pop3_start() and its kin in session.h. What
 * sqb_session_cancel() has stopped is told of in sqb_smtp_results(), or to done
 * of the outbox: SQB_E_UNKNOWN for those who may have the mail.
 */
SQB_API int sqb_smtp_start(sqb_smtp_session **s, const char *url,
    const sqb_session_options *options, sqb_error *err);
SQB_API int sqb_smtp_start_send(sqb_smtp_session *s, sqb_compose *c);
SQB_API int sqb_smtp_start_send_mail(sqb_smtp_session *s,
    const sqb_smtp_mail *mail, const sqb_source *message);
SQB_API int sqb_smtp_start_send_all(sqb_smtp_session *s,
    const sqb_outbox *outbox);
SQB_API int sqb_smtp_start_noop(sqb_smtp_session *s);
SQB_API int sqb_smtp_start_rset(sqb_smtp_session *s);
SQB_API int sqb_smtp_start_vrfy(sqb_smtp_session *s, const char *address);
SQB_API int sqb_smtp_start_expn(sqb_smtp_session *s, const char *list);
SQB_API int sqb_smtp_start_help(sqb_smtp_session *s, const char *about);
SQB_API int sqb_smtp_start_etrn(sqb_smtp_session *s, const char *node);
SQB_API int sqb_smtp_start_quit(sqb_smtp_session *s);
/* What the server said to vrfy, expn or help; "". Lifetime: the next call. */
SQB_API const char *sqb_smtp_words(const sqb_smtp_session *s);

/* The parts, for what this layer does not say. Lifetime: the session's. */
SQB_API sqb_smtp *sqb_smtp_session_engine(sqb_smtp_session *s);
SQB_API sqb_link *sqb_smtp_session_link(sqb_smtp_session *s);

#ifdef __cplusplus
}
#endif
#endif

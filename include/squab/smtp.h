/*
 * SMTP as an engine: RFC 5321, with 1870 (SIZE), 2034 (enhanced status codes),
 * 2852 (DELIVERBY), 2920 (PIPELINING), 3030 (CHUNKING, BINARYMIME), 3207
 * (STARTTLS), 3461 (DSN), 4865 (FUTURERELEASE), 4954 (AUTH), 6152 (8BITMIME),
 * 6531 (SMTPUTF8), 6710 (MT-PRIORITY), 8689 (REQUIRETLS), 9422 (LIMITS), 1985
 * (ETRN); and LMTP, RFC 2033.
 *
 * The engine opens by itself: it reads the greeting, says EHLO (or HELO where
 * that is refused) and, unless the options say otherwise, gets TLS and says
 * EHLO again. Commands may be asked for at once; they wait their turn. What
 * they yield comes out of sqb_smtp_next() in the order in which they were
 * asked, and each that was accepted ends in exactly one SQB_SMTP_DONE, also
 * when it is cancelled or the line breaks.
 *
 * Many mails may be asked for ahead. Where the server has PIPELINING the next
 * one's envelope leaves behind this one's message, and with CHUNKING no mail
 * waits for the one before it.
 *
 * Nothing leaves that could be taken for the end of a message but that end: a
 * CR or LF that stands alone becomes CRLF, and lines that begin with a dot are
 * stuffed (RFC 5321, section 4.5.2). Only BINARYMIME leaves octets as they are.
 */
#ifndef SQUAB_SMTP_H
#define SQUAB_SMTP_H

#include <squab/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sqb_smtp sqb_smtp;

/* Zero means the default. */
typedef struct sqb_smtp_options {
	size_t size;			/* sizeof(sqb_smtp_options) */
	const sqb_allocator *allocator;	/* default: malloc; borrowed */
	sqb_tls_mode tls;		/* default: STARTTLS is demanded */
	bool lmtp;			/* LMTP instead of SMTP */
	bool no_pipelining;		/* even where it is announced */
	bool no_chunking;
	sqb_str host;			/* name of the server, for SASL and
					   messages; copied */
	uint16_t port;			/* for OAUTHBEARER; 587, 465; LMTP 24 */
	sqb_str helo;			/* our name: a domain or an address
					   literal (RFC 5321, 4.1.1.1); copied;
					   "[127.0.0.1]" */
	sqb_time reply_timeout;		/* ms without a byte: 60,000 */
	sqb_time end_timeout;		/* ms for the reply to the end of a
					   message, for which RFC 5321, 4.5.3.2
					   allows ten minutes: 600,000 */
	uint32_t window_commands;	/* in flight at most: 1,024 */
	uint32_t window_bytes;		/* said and not answered, commands and
					   with CHUNKING messages, when another
					   mail or command may follow: 65,536;
					   as much is UNKNOWN when the line
					   breaks */
	uint32_t max_queue;		/* commands accepted ahead: 16,384 */
	uint32_t max_line;		/* octets of a reply line: 8,192 */
	uint32_t max_reply;		/* lines of a reply: 1,000 */
	size_t max_recv_buffer;		/* octets: 65,536; it starts small */
} sqb_smtp_options;

/* NULL options: all defaults. NULL is returned only when memory is short. */
SQB_API sqb_smtp *sqb_smtp_new(const sqb_smtp_options *options);
/* s may be NULL. Secrets are wiped. */
SQB_API void sqb_smtp_free(sqb_smtp *s);
/* The byte face. Lifetime: that of s. */
SQB_API sqb_engine *sqb_smtp_engine(sqb_smtp *s);

typedef enum sqb_smtp_state {
	SQB_SMTP_CONNECTING,		/* no greeting, EHLO or TLS yet */
	SQB_SMTP_OPEN,			/* SQB_SMTP_READY was given */
	SQB_SMTP_LOGGED_IN,
	SQB_SMTP_CLOSED,		/* QUIT was answered */
	SQB_SMTP_BROKEN			/* see sqb_engine_error() */
} sqb_smtp_state;
SQB_API sqb_smtp_state sqb_smtp_state_of(const sqb_smtp *s);

typedef enum sqb_smtp_verb {
	SQB_SMTP_LOGIN,		/* login; RFC 4954 */
	SQB_SMTP_MAIL,		/* mail: MAIL, RCPT, DATA or BDAT */
	SQB_SMTP_RSET,		/* RFC 5321, 4.1.1.5 */
	SQB_SMTP_VRFY,		/* text; LINEs; RFC 5321, 4.1.1.6 */
	SQB_SMTP_EXPN,		/* text; LINEs */
	SQB_SMTP_HELP,		/* text or none; LINEs */
	SQB_SMTP_NOOP,
	SQB_SMTP_ETRN,		/* text: a node; RFC 1985 */
	SQB_SMTP_QUIT,		/* the last */
	SQB_SMTP_N_VERBS
} sqb_smtp_verb;

/* What is in a message: RFC 6152, and RFC 3030, section 3. */
typedef enum sqb_smtp_body {
	SQB_SMTP_7BIT = 0,	/* only ASCII */
	SQB_SMTP_8BITMIME,
	SQB_SMTP_BINARYMIME	/* any octets, lines of any length; not made
				   canonical. Needs CHUNKING */
} sqb_smtp_body;

/* When to be told (RFC 3461, section 4.1); 0: the server's own habit. */
enum {
	SQB_NOTIFY_NEVER = 1 << 0,	/* alone */
	SQB_NOTIFY_SUCCESS = 1 << 1,
	SQB_NOTIFY_FAILURE = 1 << 2,
	SQB_NOTIFY_DELAY = 1 << 3
};

typedef struct sqb_smtp_recipient {
	sqb_str address;	/* local part, "@", domain; the domain is sent
				   as A-labels where the local part is ASCII */
	unsigned notify;	/* SQB_NOTIFY_…; DSN */
	sqb_str orcpt;		/* address as the sender had it, written as
				   rfc822 or utf-8 xtext; DSN; empty: none */
} sqb_smtp_recipient;

/* What a report gives back: RFC 3461, section 4.3. */
typedef enum sqb_smtp_ret {
	SQB_SMTP_RET_DEFAULT = 0,
	SQB_SMTP_RET_FULL,
	SQB_SMTP_RET_HDRS
} sqb_smtp_ret;

/*
 * A mail: an envelope and a message. Zero in a field leaves its extension out.
 * What is asked for here and not announced by the server is not sent, and ends
 * the mail with SQB_E_UNSUPPORTED; but SIZE and DSN, which are left out. A
 * message over the server's SIZE ends with SQB_E_REFUSED, unsent; more
 * recipients or mails than LIMITS allows with SQB_E_RETRY: in another mail, or
 * on another connection.
 */
typedef struct sqb_smtp_mail {
	size_t size;			/* sizeof(sqb_smtp_mail) */
	sqb_str from;			/* the reverse-path; empty: <> */
	const sqb_smtp_recipient *recipients;
	size_t n_recipients;
	bool all_or_none;		/* send only if every recipient was
					   accepted; costs a round trip */
	sqb_str message;		/* all of it; or … */
	bool streamed;			/* … it comes with sqb_smtp_write() */
	uint64_t message_size;		/* octets of a streamed one, for SIZE,
					   where it is known; 0: it is not */
	sqb_smtp_body body;
	bool utf8;			/* SMTPUTF8: needed by an address or a
					   header; RFC 6531 */
	sqb_smtp_ret ret;		/* DSN */
	sqb_str envid;			/* DSN: up to 100 octets, written as
					   xtext */
	sqb_str auth;			/* AUTH=, who sent it (RFC 4954, 5);
					   "<>": nobody known; empty: left out*/
	int64_t by;			/* seconds: DELIVERBY (RFC 2852) */
	bool by_return, by_trace;	/* … give up after that, not only tell;
					   … and trace */
	int64_t hold_for;		/* seconds: FUTURERELEASE (RFC 4865) */
	const char *hold_until;		/* "2026-12-31T23:59:30Z"; likewise */
	bool require_tls;		/* RFC 8689 */
	int8_t priority;		/* -9 to 9: MT-PRIORITY (RFC 6710) */
} sqb_smtp_mail;

typedef struct sqb_smtp_command {
	sqb_smtp_verb verb;
	const sqb_login *login;		/* LOGIN; borrowed until DONE */
	const sqb_smtp_mail *mail;	/* MAIL; it and all that it points to
					   is borrowed until DONE */
	sqb_str text;			/* VRFY, EXPN, HELP, ETRN; copied */
	uint64_t tag;			/* given back in the events */
} sqb_smtp_command;

/*
 * Queues a command.
 *
 * SQB_E_USAGE        an argument is missing, out of its range or holds CR, LF
 *                    or NUL; a mail without recipients; a second LOGIN; or
 *                    QUIT was asked before
 * SQB_E_LIMIT        the queue is full: fetch events first
 * SQB_E_NOMEM
 * or the error that ended the engine
 */
SQB_API int sqb_smtp_ask(sqb_smtp *s, const sqb_smtp_command *command);

/*
 * Cancels the oldest command with this tag: its DONE (SQB_E_CANCELED) comes
 * at once. Unsent it is dropped; of a mail of which the end was not sent, the
 * connection ends, and nothing is delivered; sent, its reply is swallowed, and
 * the mail may be delivered: SQB_E_UNKNOWN. SQB_E_USAGE: there is none.
 */
SQB_API int sqb_smtp_cancel(sqb_smtp *s, uint64_t tag);

/*
 * The message of a streamed mail, when SQB_SMTP_BODY has asked for it: any
 * number of writes, of which each takes what there is room for and returns how
 * many octets it took. After a write SQB_SMTP_BODY comes again, once there is
 * good room; who had nothing to write may do so later, unasked. The bytes are
 * copied. sqb_smtp_end_message() when that was all.
 * sqb_engine_fail() is how to stop in the middle.
 */
SQB_API size_t sqb_smtp_write(sqb_smtp *s, sqb_str bytes);
SQB_API void sqb_smtp_end_message(sqb_smtp *s);

/* A reply, RFC 5321, section 4.2. */
typedef struct sqb_smtp_reply {
	uint16_t code;		/* 250; 0: none came */
	uint8_t enhanced[3];	/* 5.1.1 (RFC 3463); [0] is 0: none */
	sqb_str text;		/* the server's words without the codes; its
				   lines are separated by LF */
} sqb_smtp_reply;

typedef enum sqb_smtp_event_type {
	SQB_SMTP_GREETING,	/* once: reply */
	SQB_SMTP_READY,		/* EHLO was answered for the last time: see
				   sqb_smtp_capabilities(); once */
	SQB_SMTP_LINE,		/* a line of VRFY, EXPN, HELP: reply.text */
	SQB_SMTP_BODY,		/* tag's message is due: sqb_smtp_write() */
	SQB_SMTP_RECIPIENT,	/* what became of a recipient; one for each,
				   before the DONE of the mail */
	SQB_SMTP_DONE		/* the command has ended */
} sqb_smtp_event_type;

/* Fields not named for a type or verb are zero. */
typedef struct sqb_smtp_event {
	sqb_smtp_event_type type;
	sqb_smtp_verb verb;	/* of the command; not for GREETING, READY */
	uint64_t tag;
	sqb_code code;		/* RECIPIENT: SQB_OK, the server has taken the
				   mail for it; REFUSED, RETRY (4xx), UNKNOWN
				   (the end was sent, its reply was lost: it
				   may have been taken), UNSUPPORTED,
				   CANCELED (all_or_none: another was
				   refused) or the engine's.
				   DONE of a mail: SQB_OK, taken for all;
				   PARTIAL, for some; else for none: UNKNOWN
				   if that of any is, or the code that was
				   told first. Of others: SQB_OK, REFUSED,
				   RETRY, AUTH, UNSUPPORTED … */
	sqb_smtp_reply reply;	/* RECIPIENT, DONE: the reply that decided */
	size_t recipient;	/* RECIPIENT: which, from 0 */
	size_t n_taken;		/* DONE of a mail: recipients with SQB_OK */
	const sqb_error *why;	/* RECIPIENT, DONE: when the failure is not the
				   server's words but ours; else NULL */
} sqb_smtp_event;

/*
 * Fetches an event. 1: *ev is set; 0: more I/O is needed; < 0: s has failed
 * and all DONEs have been given, see sqb_engine_error().
 * Lifetime: what ev points to, until the next call on s or its engine.
 */
SQB_API int sqb_smtp_next(sqb_smtp *s, sqb_smtp_event *ev);

/* What the server has announced last (RFC 5321, 4.1.1.1). */
typedef struct sqb_smtp_caps {
	bool esmtp;			/* EHLO was accepted */
	bool starttls, pipelining, chunking, eightbitmime, binarymime, dsn,
	    enhanced_status_codes, smtputf8, requiretls, etrn, vrfy, expn,
	    help, deliver_by, future_release, mt_priority, size, auth, limits;
	uint64_t max_size;		/* octets (SIZE); 0: not said */
	int64_t min_by;			/* seconds (RFC 2852, 2); 0: not said */
	uint64_t max_hold;		/* seconds (RFC 4865, 3); 0: not said */
	sqb_str hold_until;		/* likewise; empty: not said */
	uint32_t max_mails, max_recipients, max_domains; /* LIMITS: RFC 9422;
					   0: not said */
	sqb_str sasl;			/* mechanisms, separated by spaces; of
					   more than 100 the first */
	sqb_str name;			/* the server's own, of its greeting */
} sqb_smtp_caps;

/* Lifetime of the struct and its slices: until the next call on s. */
SQB_API const sqb_smtp_caps *sqb_smtp_capabilities(const sqb_smtp *s);

/* The mail that is leaving. */
typedef struct sqb_smtp_progress {
	sqb_smtp_verb verb;
	uint64_t tag;
	uint64_t octets;	/* of the message, given to the line so far */
	uint64_t expected;	/* of the whole; 0: not known */
	size_t n_waiting;	/* commands accepted and not DONE */
} sqb_smtp_progress;
SQB_API sqb_smtp_progress sqb_smtp_progress_of(const sqb_smtp *s);

/* The mechanism of the last login, "SCRAM-SHA-256"; "" before. Static. */
SQB_API const char *sqb_smtp_mechanism(const sqb_smtp *s);

#ifdef __cplusplus
}
#endif
#endif

/*
 * POP3 as an engine: RFC 1939, with 2449 (CAPA), 2595 (STLS), 1734 and 5034
 * (AUTH), 3206 (response codes), 6856 (UTF8, LANG), and of the older 1081,
 * 1225 and 1460 RPOP and LAST.
 *
 * The engine opens by itself: it reads the greeting and, unless the options
 * say otherwise, gets TLS. Commands may be asked for at once; they wait their
 * turn. What they yield comes out of sqb_pop3_next() in the order in which
 * they were asked, and each that was accepted ends in exactly one
 * SQB_POP3_DONE, also when it is cancelled or the line breaks.
 */
#ifndef SQUAB_POP3_H
#define SQUAB_POP3_H

#include <squab/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sqb_pop3 sqb_pop3;

/* Zero means the default. */
typedef struct sqb_pop3_options {
	size_t size;			/* sizeof(sqb_pop3_options) */
	const sqb_allocator *allocator;	/* default: malloc; borrowed */
	sqb_tls_mode tls;		/* default: STARTTLS is demanded */
	sqb_str host;			/* name of the server, for SASL and
					   messages; copied */
	uint16_t port;			/* for OAUTHBEARER; default 110/995 */
	bool utf8;			/* ask for UTF8 mode before the login
					   where offered (RFC 6856, 2) */
	sqb_time reply_timeout;		/* ms without a byte: 60,000 */
	sqb_time command_timeout;	/* ms for a whole reply: 600,000, plus
					   a second for each KiB received */
	uint32_t window_commands;	/* in flight at most: 1,024 */
	uint32_t window_bytes;		/* of commands in flight: 16,384 */
	uint32_t max_queue;		/* commands accepted ahead: 16,384 */
	uint32_t max_line;		/* octets of a status line: 8,192 */
	uint32_t max_capa;		/* lines of CAPA: 256 */
	uint32_t max_list;		/* rows of LIST, UIDL: 2,000,000, and
					   no more than STAT has said, if it
					   was asked and no RSET since */
	uint64_t max_list_bytes;	/* octets of a list: 8 MiB, or a KiB a
					   message that STAT has told of */
	uint64_t max_message;		/* octets of RETR, TOP: 256 MiB */
	size_t max_recv_buffer;		/* octets: 131,072, and no less than
					   90,114; it starts small */
} sqb_pop3_options;

/* NULL options: all defaults. NULL is returned only when memory is short. */
SQB_API sqb_pop3 *sqb_pop3_new(const sqb_pop3_options *options);
/* p may be NULL. Secrets are wiped. */
SQB_API void sqb_pop3_free(sqb_pop3 *p);
/* The byte face. Lifetime: that of p. */
SQB_API sqb_engine *sqb_pop3_engine(sqb_pop3 *p);

/* RFC 1939, section 3. */
typedef enum sqb_pop3_state {
	SQB_POP3_CONNECTING,		/* no greeting yet */
	SQB_POP3_AUTHORIZATION,
	SQB_POP3_TRANSACTION,
	SQB_POP3_UPDATE,		/* QUIT was answered */
	SQB_POP3_BROKEN			/* see sqb_engine_error() */
} sqb_pop3_state;
SQB_API sqb_pop3_state sqb_pop3_state_of(const sqb_pop3 *p);

typedef enum sqb_pop3_verb {
	SQB_POP3_LOGIN,		/* login; the exchange that fits: see below */
	SQB_POP3_CAPA,		/* RFC 2449, 5; ROWs: text */
	SQB_POP3_STAT,		/* RFC 1939, 5; DONE: count, octets */
	SQB_POP3_LIST,		/* number, 0: all; ROWs: number, octets */
	SQB_POP3_UIDL,		/* RFC 1939, 7; ROWs: number, text */
	SQB_POP3_RETR,		/* number; BODYs */
	SQB_POP3_TOP,		/* number, lines; RFC 1939, 7; BODYs */
	SQB_POP3_DELE,		/* number */
	SQB_POP3_NOOP,
	SQB_POP3_RSET,
	SQB_POP3_LAST,		/* RFC 1225; DONE: count */
	SQB_POP3_UTF8,		/* RFC 6856, 2 */
	SQB_POP3_LANG,		/* text: a language range; empty: list them as
				   ROWs: text; RFC 6856, 3 */
	SQB_POP3_QUIT,		/* the last; only now is anything deleted */
	SQB_POP3_N_VERBS
} sqb_pop3_verb;

/*
 * SQB_POP3_LOGIN asks CAPA where that has not been done, chooses a mechanism
 * (unless login names one), logs in, and asks CAPA again. In order of
 * preference: SCRAM-SHA-256-PLUS, SCRAM-SHA-1-PLUS, SCRAM-SHA-256,
 * SCRAM-SHA-1; with a token OAUTHBEARER, XOAUTH2; then PLAIN, LOGIN and
 * USER/PASS, which are never sent in clear unless the options said
 * SQB_TLS_OFF; CRAM-MD5. APOP, RPOP, DIGEST-MD5, GSSAPI, EXTERNAL and
 * ANONYMOUS are used only when named.
 */
typedef struct sqb_pop3_command {
	sqb_pop3_verb verb;
	uint32_t number;		/* message number, from 1 */
	uint32_t lines;			/* TOP: lines of the body */
	sqb_str text;			/* LANG; copied */
	const sqb_login *login;		/* LOGIN; borrowed until DONE */
	uint64_t expected;		/* RETR: octets by LIST, for progress
					   only; 0: not known */
	uint64_t tag;			/* given back in the events */
} sqb_pop3_command;

/*
 * Queues a command, which is copied. Pipelined where the server allows it
 * (RFC 2449, 6.6).
 *
 * SQB_E_USAGE        an argument is missing or holds CR, LF or NUL, a second
 *                    LOGIN, or QUIT was asked before
 * SQB_E_LIMIT        the queue is full: fetch events first
 * SQB_E_NOMEM
 * or the error that ended the engine
 */
SQB_API int sqb_pop3_ask(sqb_pop3 *p, const sqb_pop3_command *command);

/*
 * Cancels the oldest command with this tag: its DONE (SQB_E_CANCELED) comes
 * at once. Unsent it is dropped; sent, its reply is swallowed; within RETR or
 * TOP, or a LOGIN under way, the connection ends. SQB_E_USAGE: there is none.
 */
SQB_API int sqb_pop3_cancel(sqb_pop3 *p, uint64_t tag);

/* Response codes: RFC 2449, 8; RFC 3206; RFC 6856, 5. */
typedef enum sqb_pop3_resp {
	SQB_POP3_RESP_NONE,
	SQB_POP3_RESP_IN_USE,		/* SQB_E_RETRY */
	SQB_POP3_RESP_LOGIN_DELAY,	/* SQB_E_RETRY: wait login_delay */
	SQB_POP3_RESP_SYS_TEMP,		/* SQB_E_RETRY */
	SQB_POP3_RESP_SYS_PERM,		/* SQB_E_REFUSED: call somebody */
	SQB_POP3_RESP_AUTH,		/* SQB_E_AUTH */
	SQB_POP3_RESP_UTF8,		/* SQB_E_UNSUPPORTED: needs UTF8 mode */
	SQB_POP3_RESP_OTHER
} sqb_pop3_resp;

typedef enum sqb_pop3_event_type {
	SQB_POP3_GREETING,	/* once: text */
	SQB_POP3_ROW,		/* a line of a list */
	SQB_POP3_BODY,		/* a piece of a message */
	SQB_POP3_DONE		/* the command has ended */
} sqb_pop3_event_type;

/* Fields not named for a type or verb are zero. */
typedef struct sqb_pop3_event {
	sqb_pop3_event_type type;
	sqb_pop3_verb verb;	/* of the command; not for GREETING */
	uint64_t tag;
	uint32_t number;	/* message number: of the row, or as asked */
	sqb_code code;		/* DONE: SQB_OK, REFUSED, RETRY, AUTH,
				   UNSUPPORTED, PROTO (the reply made no
				   sense), CANCELED, UNKNOWN (DELE and QUIT
				   whose reply was lost) or the engine's */
	sqb_pop3_resp resp;	/* DONE */
	uint32_t count;		/* STAT: messages; LAST: number;
				   lists: rows */
	uint64_t octets;	/* LIST row: size; STAT: of all messages;
				   BODY: offset of this piece in the message;
				   DONE of RETR, TOP: length of the message */
	sqb_str text;		/* BODY: the piece, dot-unstuffed, as the
				   server sent it; ROW: UIDL's id or the line;
				   GREETING, DONE: the server's status line
				   after +OK or -ERR, without CRLF; empty
				   when there was none */
	const sqb_error *why;	/* DONE of LOGIN: when the failure is not the
				   server's words but ours; else NULL */
} sqb_pop3_event;

/*
 * Fetches an event. 1: *ev is set; 0: more I/O is needed; < 0: p has failed
 * and all DONEs have been given, see sqb_engine_error().
 * Lifetime: what ev points to, until the next call on p or its engine.
 */
SQB_API int sqb_pop3_next(sqb_pop3 *p, sqb_pop3_event *ev);

typedef enum sqb_pop3_support {
	SQB_POP3_UNTOLD,	/* not announced; found out by trying */
	SQB_POP3_YES,
	SQB_POP3_NO		/* UIDL only: tried, and refused */
} sqb_pop3_support;

/* What the server has announced last (RFC 2449, 6) or shown by doing. */
typedef struct sqb_pop3_caps {
	bool known;			/* CAPA was answered with a list */
	bool pipelining, resp_codes, auth_resp_code, stls, user, utf8,
	    utf8_user, lang;
	bool apop;			/* the greeting has a good timestamp */
	sqb_pop3_support top, uidl;
	int32_t expire_days;		/* -1: not said, -2: NEVER */
	int32_t login_delay;		/* seconds; -1: not said */
	bool expire_per_user, login_delay_per_user;
	sqb_str sasl;			/* mechanisms, separated by spaces */
	sqb_str implementation;
} sqb_pop3_caps;

/* Lifetime of the struct and its slices: until the next call on p. */
SQB_API const sqb_pop3_caps *sqb_pop3_capabilities(const sqb_pop3 *p);

/* The reply that is arriving. */
typedef struct sqb_pop3_progress {
	sqb_pop3_verb verb;
	uint32_t number;
	uint64_t octets;	/* of the message or list, so far */
	uint64_t expected;	/* what ask() was told; often wrong */
	size_t n_waiting;	/* commands accepted and not DONE */
} sqb_pop3_progress;
SQB_API sqb_pop3_progress sqb_pop3_progress_of(const sqb_pop3 *p);

/* The mechanism of the last login, "SCRAM-SHA-256"; "" before. Static. */
SQB_API const char *sqb_pop3_mechanism(const sqb_pop3 *p);

#ifdef __cplusplus
}
#endif
#endif

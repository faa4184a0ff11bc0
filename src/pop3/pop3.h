/*
 * The inside of the POP3 engine.
 *
 * Everything that is said to the server is an exchange: the table in
 * exchange.c has a row for each kind, with what to say (ask) and what to make
 * of the answer (on_status, on_row). Exchanges wait in one queue; the first
 * n_sent of it have been said and are answered in order. A command of the
 * caller is one exchange, or, for LOGIN, a few.
 */
#ifndef SQB_POP3_POP3_H
#define SQB_POP3_POP3_H

#include <squab/pop3.h>

#include "wire/auth.h"
#include "wire/dot.h"
#include "wire/engine.h"

/* The verbs of the caller, and then those that only we use. */
typedef enum sqb__pop3_kind {
	X_GREETING = SQB_POP3_N_VERBS,
	X_STLS,
	X_OWN_CAPA,
	X_OWN_UTF8,
	X_USER,
	X_PASS,
	X_APOP,
	X_RPOP,
	X_AUTH,
	X_LOGIN_END,		/* says nothing: LOGIN is done here */
	X_N_KINDS
} sqb__pop3_kind;

typedef struct sqb__pop3_exchange {
	uint8_t kind;		/* a verb or an X_… */
	bool canceled;		/* its answer is swallowed */
	bool report;		/* its DONE(CANCELED) has not been given */
	uint32_t cost;		/* octets of command, once said */
	uint32_t number, lines;
	uint64_t expected, tag;
	char *text;		/* LANG's argument; owned, or NULL */
} sqb__pop3_exchange;

/* What an exchange's answer is, after its status line. */
typedef enum sqb__pop3_shape { LINE, ROWS, BODY } sqb__pop3_shape;

struct sqb_pop3 {
	sqb_engine engine;	/* first */
	sqb_pop3_options options;	/* with the defaults filled in */
	char *host;
	sqb_pop3_state state;

	sqb__pop3_exchange *queue;	/* a ring */
	uint32_t head, n, n_sent, cap;
	uint32_t n_open;	/* commands accepted and not DONE */
	uint32_t n_reports;	/* exchanges with report set */
	size_t cost_sent;	/* octets of commands in flight */
	bool window_full;	/* until half of it is answered */
	bool quit_asked, login_asked;

	/* the answer to the head of the queue */
	bool in_answer;		/* its status line has been read */
	bool ending;		/* what is left is its DONE, with … */
	sqb_code ending_code;	/* … this code */
	sqb__pop3_shape shape;
	sqb__dot dot;
	sqb__buf status;	/* its status line's text */
	sqb_pop3_resp resp;
	uint32_t n_rows;
	uint64_t octets;	/* of the body or the rows so far */
	uint32_t count;		/* for DONE */
	uint64_t size;		/* for DONE */
	bool bad_data;		/* a row or number made no sense */
	uint32_t n_blank;	/* empty lines where a status was due */

	sqb_pop3_event event;	/* when engine.has_event */

	/* login.c */
	sqb__auth auth;
	sqb_pop3_resp login_resp;
	sqb__buf login_status;

	/* what the server has told */
	sqb_pop3_caps caps;
	bool caps_asked;
	sqb__buf sasl_list, implementation, timestamp;
	bool stat_known;
	uint32_t stat_count;
};

/* What became of asking: it is in the output, it waits, it is not needed. */
typedef enum sqb__pop3_asked { ASKED, NOT_YET, DROPPED } sqb__pop3_asked;

/* One row of the table in exchange.c. */
typedef struct sqb__pop3_row {
	const char *name;	/* the command's keyword */
	/*
	 * Adds the command to the output. Also may put other exchanges in
	 * front, or find that there is nothing to say.
	 */
	sqb__pop3_asked (*ask)(sqb_pop3 *p, sqb__pop3_exchange *x);
	/* The status line: OK or not. NULL: simply done. */
	void (*on_status)(sqb_pop3 *p, sqb__pop3_exchange *x, bool ok);
	void (*on_row)(sqb_pop3 *p, sqb__pop3_exchange *x, sqb_str row);
	sqb__pop3_shape shape;
	bool alone;		/* said when nothing is in flight, and nothing
				   is said until it is answered */
} sqb__pop3_row;

extern const sqb__pop3_row sqb__pop3_table[X_N_KINDS];

/* --- queue.c: the exchanges */

static inline sqb__pop3_exchange *sqb__pop3_at(const sqb_pop3 *p, uint32_t i)
{
	return &p->queue[(p->head + i) & (p->cap - 1)];
}

/* The exchange that the peer owes an answer to, or NULL. */
static inline sqb__pop3_exchange *sqb__pop3_head(const sqb_pop3 *p)
{
	return p->n_sent > 0 ? sqb__pop3_at(p, 0) : NULL;
}

/* Puts x behind the i first exchanges. False: no memory. */
bool sqb__pop3_insert(sqb_pop3 *p, uint32_t i, const sqb__pop3_exchange *x);
void sqb__pop3_remove(sqb_pop3 *p, uint32_t i);
/* Says what may be said now: the window, pipelining, those that go alone. */
void sqb__pop3_say(sqb_pop3 *p);

/* --- answer.c: events and answers */

enum { SQB__POP3_MAX_CHALLENGE = 88 * 1024 };	/* octets of an AUTH line */

extern const sqb__engine_class sqb__pop3_class;

/* What the caller knows an exchange as. */
bool sqb__pop3_is_callers(const sqb__pop3_exchange *x);

/* The head's DONE is due next. */
void sqb__pop3_end(sqb_pop3 *p, sqb_code code);
/* The event to hand out; verb, tag and number are those of x. */
sqb_pop3_event *sqb__pop3_emit(sqb_pop3 *p, const sqb__pop3_exchange *x,
    sqb_pop3_event_type type);
/*
 * Puts the server's words, and the response code of an answer, behind those
 * that the engine just failed with.
 */
void sqb__pop3_add_words(sqb_pop3 *p, sqb_str words);

/* --- reply.c: status lines (RFC 1939, 3; RFC 2449, 8) */

/* "+OK" or "-ERR", then the text. False: neither. */
bool sqb__pop3_parse_status(sqb_str line, bool *ok, sqb_str *text);
/* The response code at the front of text. */
sqb_pop3_resp sqb__pop3_parse_resp(sqb_str text);
/* What a -ERR means. */
sqb_code sqb__pop3_classify(const sqb_pop3 *p, sqb_pop3_resp resp,
    sqb_str text, bool at_login);

/* --- caps.c: CAPA (RFC 2449, 5) */
void sqb__pop3_caps_forget(sqb_pop3 *p);
void sqb__pop3_on_capa_status(sqb_pop3 *p, sqb__pop3_exchange *x, bool ok);
void sqb__pop3_on_capa_row(sqb_pop3 *p, sqb__pop3_exchange *x, sqb_str row);

/* --- lists.c: STAT, LIST, UIDL, LAST */
void sqb__pop3_on_stat(sqb_pop3 *p, sqb__pop3_exchange *x, bool ok);
void sqb__pop3_on_rset(sqb_pop3 *p, sqb__pop3_exchange *x, bool ok);
void sqb__pop3_on_list(sqb_pop3 *p, sqb__pop3_exchange *x, bool ok);
void sqb__pop3_on_uidl(sqb_pop3 *p, sqb__pop3_exchange *x, bool ok);
void sqb__pop3_on_last(sqb_pop3 *p, sqb__pop3_exchange *x, bool ok);
void sqb__pop3_on_list_row(sqb_pop3 *p, sqb__pop3_exchange *x, sqb_str row);
void sqb__pop3_on_uidl_row(sqb_pop3 *p, sqb__pop3_exchange *x, sqb_str row);
/* The most rows and octets that a list may have. */
uint32_t sqb__pop3_max_rows(const sqb_pop3 *p, const sqb__pop3_exchange *x);
uint64_t sqb__pop3_max_list_bytes(const sqb_pop3 *p);

/* --- apop.c: RFC 1939, section 7 */
/* The greeting's timestamp, if it is a good msg-id; else empty. */
sqb_str sqb__pop3_find_timestamp(sqb_str greeting);

/* --- login.c */
extern const sqb__auth_dialect sqb__pop3_auth_dialect;
sqb__pop3_asked sqb__pop3_ask_login(sqb_pop3 *p, sqb__pop3_exchange *x);
sqb__pop3_asked sqb__pop3_ask_login_end(sqb_pop3 *p, sqb__pop3_exchange *x);
sqb__pop3_asked sqb__pop3_ask_user(sqb_pop3 *p, sqb__pop3_exchange *x);
sqb__pop3_asked sqb__pop3_ask_pass(sqb_pop3 *p, sqb__pop3_exchange *x);
sqb__pop3_asked sqb__pop3_ask_apop(sqb_pop3 *p, sqb__pop3_exchange *x);
sqb__pop3_asked sqb__pop3_ask_rpop(sqb_pop3 *p, sqb__pop3_exchange *x);
sqb__pop3_asked sqb__pop3_ask_auth(sqb_pop3 *p, sqb__pop3_exchange *x);
sqb__pop3_asked sqb__pop3_ask_own_capa(sqb_pop3 *p, sqb__pop3_exchange *x);
void sqb__pop3_on_user(sqb_pop3 *p, sqb__pop3_exchange *x, bool ok);
void sqb__pop3_on_logged_in(sqb_pop3 *p, sqb__pop3_exchange *x, bool ok);
/* A line that answers AUTH; true: it was a challenge, and is dealt with. */
bool sqb__pop3_auth_line(sqb_pop3 *p, sqb_str line);

#endif

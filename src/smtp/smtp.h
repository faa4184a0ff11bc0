/*
 * The inside of the SMTP engine.
 *
 * What is asked of the engine is a job: a command of the caller, or one of its
 * own (EHLO). Jobs wait in a queue and are said in order; the first n_said of
 * it have been said as a whole, the next perhaps in part. Each command that a
 * job says is owed a reply: those wait in another queue, the flight, and a
 * reply goes to its head, which is always of the first job. The table in
 * exchange.c has a row for each kind of job and of command, with how it is
 * said (ask) and what to make of the reply (on_reply).
 */
#ifndef SQB_SMTP_SMTP_H
#define SQB_SMTP_SMTP_H

#include <squab/smtp.h>

#include "smtp/canon.h"
#include "wire/auth.h"
#include "wire/engine.h"

/* The verbs of the caller, then our own jobs, then the commands of a mail. */
typedef enum sqb__smtp_kind {
	X_GREETING = SQB_SMTP_N_VERBS,
	X_EHLO,
	X_HELO,
	X_STARTTLS,
	X_SENDER,
	X_RECIPIENT,
	X_RESET,		/* of a mail that came to nothing */
	X_DATA,
	X_END,			/* the dot */
	X_CHUNK,
	X_LAST,			/* BDAT … LAST */
	X_N_KINDS
} sqb__smtp_kind;

/* How far a mail has been said. */
typedef enum sqb__smtp_phase {
	AT_SENDER,
	AT_RECIPIENTS,
	AT_DATA,		/* all recipients were said */
	AT_GO_AHEAD,		/* DATA was, 354 was not heard */
	AT_BODY,
	AT_LONE_DOT,		/* 354, but nobody to send it to */
	AT_STOP			/* no more of it is said */
} sqb__smtp_phase;

typedef struct sqb__smtp_job {
	uint8_t kind;		/* a verb or an X_… */
	uint8_t phase;		/* sqb__smtp_phase; of a mail */
	bool canceled;		/* its replies are swallowed */
	bool report;		/* its DONE(CANCELED) has not been given */
	bool bdat;		/* the message goes in chunks */
	uint32_t n_due;		/* replies owed to it */
	uint64_t tag;
	char *text;		/* an argument; owned, or NULL */
	const sqb_smtp_mail *mail; /* borrowed; NULL once canceled */
	size_t n_recipients;	/* of the mail */
	size_t n_asked;		/* RCPTs said */
	size_t n_told;		/* recipients that its end has looked at */
	uint64_t octets;	/* of the message, taken so far */
	uint64_t end_at;	/* in the stream: where its end has left; 0: it
				   is not in the output yet */
} sqb__smtp_job;

/* A reply that is owed. */
typedef struct sqb__smtp_due {
	uint64_t at;		/* in the stream: where its command ends */
	uint8_t kind;
} sqb__smtp_due;

/* A reply that is arriving, or was kept. */
typedef struct sqb__smtp_heard {
	uint16_t code;		/* 0: none */
	uint8_t enhanced[3];
	uint32_t n_lines;
	sqb__buf text;
} sqb__smtp_heard;

/* What has been heard of the first job's mail. */
typedef struct sqb__smtp_outcome {
	sqb__buf recipients;	/* an octet each, see mail_reply.c */
	size_t n_replies;	/* to RCPT */
	size_t n_accepted, n_taken;
	size_t n_ends;		/* LMTP: replies to the end; … */
	size_t next;		/* … whose is next, or one before */
	bool refused_sender;
	bool decided;		/* for all who are accepted or not heard of */
	sqb_code code;		/* … what */
	bool told;		/* a recipient was */
	sqb_code none_code;	/* of the mail, if it was taken for none: the
				   first told, but UNKNOWN before all else */
} sqb__smtp_outcome;

struct sqb_smtp {
	sqb_engine engine;	/* first */
	sqb_smtp_options options;	/* with the defaults filled in */
	char *host, *helo;
	sqb_smtp_state state;

	sqb__smtp_job *jobs;	/* a ring */
	uint32_t head, n, n_said, cap;
	sqb__smtp_due *flight;	/* a ring */
	uint32_t flight_head, n_flight, flight_cap;
	uint64_t answered_at;	/* in the stream: all before is answered */
	bool window_full;	/* until half of it is answered */
	uint32_t n_open;	/* commands accepted and not DONE */
	uint32_t n_reports;	/* jobs with report set */
	bool quit_asked, login_asked;

	sqb__smtp_heard reply;	/* arriving */
	bool reply_begun;
	sqb__smtp_heard kept;	/* the one that decided the first job */
	uint32_t n_blank;	/* empty lines where a reply was due */
	size_t lines_told;	/* octets of kept that went as LINEs */
	sqb_code code;		/* of the first job, if it is no mail */
	bool has_why;
	sqb_error why;		/* in our words */
	sqb__smtp_outcome outcome;

	/* the message that is leaving */
	sqb__canon canon;
	sqb__buf chunk;		/* for BDAT: canonical, not yet in the output */
	bool body_asked;	/* SQB_SMTP_BODY was given; no more is due */
	bool body_ended;
	bool dirty;		/* the server may still have an envelope */
	uint32_t n_mails;	/* that were begun */

	sqb__auth auth;
	sqb_smtp_caps caps;
	sqb__buf sasl_list, hold_until, name;
	uint32_t n_mechanisms;		/* announced, at most so many counted */
	sqb_smtp_event event;	/* when engine.has_event */
};

/* What became of asking. */
typedef enum sqb__smtp_asked {
	SAID,			/* it has said all that it has to say */
	MORE,			/* it has said some */
	NOT_YET			/* it waits: for replies, room or octets */
} sqb__smtp_asked;

typedef struct sqb__smtp_row {
	const char *name;	/* the keyword */
	sqb__smtp_asked (*ask)(sqb_smtp *s, sqb__smtp_job *x);
	void (*on_reply)(sqb_smtp *s, sqb__smtp_job *x);
	bool last;		/* nothing is said behind it until it is
				   answered: RFC 2920, section 3.1 */
} sqb__smtp_row;

extern const sqb__smtp_row sqb__smtp_table[X_N_KINDS];

/* --- queue.c: the jobs and the flight */

enum {
	SQB__SMTP_MAX_CHALLENGE = 88 * 1024, /* octets of a line that answers
						AUTH */
	SQB__SMTP_ROOM = 65536,	/* octets of output that may wait */
	SQB__SMTP_CHUNK = 65536	/* octets of a chunk */
};

static inline sqb__smtp_job *sqb__smtp_at(const sqb_smtp *s, uint32_t i)
{
	return &s->jobs[(s->head + i) & (s->cap - 1)];
}

/* The reply that is owed next, or NULL. */
static inline const sqb__smtp_due *sqb__smtp_due_next(const sqb_smtp *s)
{
	return s->n_flight > 0 ? &s->flight[s->flight_head] : NULL;
}

/* Where the next octet of output will be in the stream. */
static inline uint64_t sqb__smtp_position(const sqb_smtp *s)
{
	return s->engine.n_sent + sqb__buf_len(&s->engine.out);
}

/* Puts x behind the i first jobs. False: no memory. */
bool sqb__smtp_insert(sqb_smtp *s, uint32_t i, const sqb__smtp_job *x);
void sqb__smtp_remove(sqb_smtp *s, uint32_t i);
/* A command of x is in the output, and is owed a reply. */
void sqb__smtp_owe(sqb_smtp *s, sqb__smtp_job *x, int kind);
/* The head of the flight was answered. */
void sqb__smtp_answered(sqb_smtp *s);
/* Says what may be said now. */
void sqb__smtp_say(sqb_smtp *s);

/* --- answer.c: events, replies and the end of jobs */

extern const sqb__engine_class sqb__smtp_class;

bool sqb__smtp_is_callers(const sqb__smtp_job *x);
sqb_smtp_event *sqb__smtp_emit(sqb_smtp *s, const sqb__smtp_job *x,
    sqb_smtp_event_type type);
void sqb__smtp_nomem(sqb_smtp *s);
/* Fails with these words and the server's. */
void sqb__smtp_fail_reply(sqb_smtp *s, sqb_code code, const char *ours);
/* The reply is the one that decides, if none has. */
void sqb__smtp_keep(sqb_smtp *s);
void sqb__smtp_keep_anew(sqb_smtp *s);

/* --- reply.c: RFC 5321, section 4.2 */

/*
 * A line of a reply: its code, whether more follow, and its text without the
 * enhanced code. False: it is none.
 */
bool sqb__smtp_parse_line(sqb_str line, uint16_t *code, bool *more,
    uint8_t enhanced[3], sqb_str *text);
sqb_smtp_reply sqb__smtp_public(const sqb__smtp_heard *h);
/* What a reply to a command of the caller means; 3yz is SQB_E_PROTO. */
sqb_code sqb__smtp_classify(uint16_t code);

/* --- caps.c: EHLO */
void sqb__smtp_caps_forget(sqb_smtp *s);
/* The lines of the reply behind the first. */
void sqb__smtp_caps_take(sqb_smtp *s, sqb_str lines);

/* --- login.c */
extern const sqb__auth_dialect sqb__smtp_auth_dialect;
sqb__smtp_asked sqb__smtp_ask_login(sqb_smtp *s, sqb__smtp_job *x);
void sqb__smtp_on_auth(sqb_smtp *s, sqb__smtp_job *x);

/* --- open.c: from the greeting to READY */
void sqb__smtp_on_greeting(sqb_smtp *s, sqb__smtp_job *x);
sqb__smtp_asked sqb__smtp_ask_hello(sqb_smtp *s, sqb__smtp_job *x);
void sqb__smtp_on_ehlo(sqb_smtp *s, sqb__smtp_job *x);
void sqb__smtp_on_helo(sqb_smtp *s, sqb__smtp_job *x);
void sqb__smtp_on_starttls(sqb_smtp *s, sqb__smtp_job *x);

/* --- path.c: what stands in an envelope */

/* Domain / address-literal, as in EHLO; in ASCII. */
bool sqb__smtp_good_helo(sqb_str s);
/* Mailbox, or a local part alone. */
bool sqb__smtp_good_address(sqb_str s);
/* The part behind the last "@"; empty: there is none. */
sqb_str sqb__smtp_domain(sqb_str address);
/* "<", the address, ">"; the domain in A-labels. */
void sqb__smtp_add_path(sqb__buf *out, sqb_str address);
void sqb__smtp_add_xtext(sqb__buf *out, sqb_str s);
/* utf-8-addr-xtext, RFC 6533, section 3 */
void sqb__smtp_add_utf8_xtext(sqb__buf *out, sqb_str s);

/* --- params.c: the parameters of MAIL and RCPT */

int sqb__smtp_check_mail(const sqb_smtp_mail *m);
/* SQB_OK, or why the server cannot be given it. */
sqb_code sqb__smtp_fits(const sqb_smtp *s, const sqb_smtp_mail *m,
    sqb_error *why);
void sqb__smtp_add_sender(sqb_smtp *s, const sqb_smtp_mail *m);
void sqb__smtp_add_recipient(sqb_smtp *s, const sqb_smtp_recipient *r);

/* --- mail.c: saying a mail */
void sqb__smtp_begin_body(sqb_smtp *s, sqb__smtp_job *x);
sqb__smtp_asked sqb__smtp_ask_mail(sqb_smtp *s, sqb__smtp_job *x);

/* --- mail_reply.c: what the server says to it */
void sqb__smtp_on_sender(sqb_smtp *s, sqb__smtp_job *x);
void sqb__smtp_on_recipient(sqb_smtp *s, sqb__smtp_job *x);
void sqb__smtp_on_reset(sqb_smtp *s, sqb__smtp_job *x);
void sqb__smtp_on_data(sqb_smtp *s, sqb__smtp_job *x);
void sqb__smtp_on_end(sqb_smtp *s, sqb__smtp_job *x);
void sqb__smtp_on_chunk(sqb_smtp *s, sqb__smtp_job *x);
/* LMTP: the end of the first job's mail is owed more than one reply. */
bool sqb__smtp_more_ends(const sqb_smtp *s);
/* What becomes of all recipients of the first job that were not told of. */
void sqb__smtp_decide(sqb_smtp *s, sqb_code code);
/*
 * Tells of the next recipient of x that was not told of: what was decided, and
 * else lost. False: all were told of.
 */
bool sqb__smtp_tell_next(sqb_smtp *s, sqb__smtp_job *x, sqb_code lost);
/* The DONE of a mail whose recipients were all told of. */
void sqb__smtp_mail_done(sqb_smtp *s, const sqb__smtp_job *x, sqb_code lost);
/* For the next mail. */
void sqb__smtp_outcome_reset(sqb_smtp *s);

#endif

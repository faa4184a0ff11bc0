/*
 * The replies as they come, the events that they make, and the end of a job.
 * This is the engine's step; what the caller calls is in smtp.c.
 */
#include "smtp/smtp.h"

#include "base/ascii.h"
#include "base/error.h"

#include <string.h>

enum { MAX_BLANK = 8 };		/* empty lines before a reply */

/* --- events */

bool sqb__smtp_is_callers(const sqb__smtp_job *x)
{
	return x->kind < SQB_SMTP_N_VERBS;
}

sqb_smtp_event *sqb__smtp_emit(sqb_smtp *s, const sqb__smtp_job *x,
    sqb_smtp_event_type type)
{
	s->engine.has_event = true;
	s->event = (sqb_smtp_event){ .type = type, .tag = x->tag };
	if (sqb__smtp_is_callers(x))
		s->event.verb = (sqb_smtp_verb)x->kind;
	if (type == SQB_SMTP_DONE)
		s->n_open--;
	return &s->event;
}

static void emit_done(sqb_smtp *s, const sqb__smtp_job *x, sqb_code code)
{
	sqb_smtp_event *ev = sqb__smtp_emit(s, x, SQB_SMTP_DONE);

	ev->code = code;
	ev->reply = sqb__smtp_public(&s->kept);
	if (s->has_why)
		ev->why = &s->why;
}

void sqb__smtp_nomem(sqb_smtp *s)
{
	sqb__engine_fail(&s->engine, SQB_E_NOMEM, "out of memory");
}

void sqb__smtp_fail_reply(sqb_smtp *s, sqb_code code, const char *ours)
{
	if (s->engine.error.code != SQB_OK)
		return;
	sqb__engine_fail(&s->engine, code, ours);
	s->engine.error.reply = s->reply.code;
	sqb__error_add_peer(&s->engine.error, "",
	    sqb__buf_str(&s->reply.text));
}

/* By changing buffers: what was said can be told even without memory. */
void sqb__smtp_keep_anew(sqb_smtp *s)
{
	sqb__smtp_heard *to = &s->kept;
	sqb__buf old = to->text;

	to->code = s->reply.code;
	memcpy(to->enhanced, s->reply.enhanced, sizeof(to->enhanced));
	to->text = s->reply.text;
	s->reply.text = old;
	sqb__buf_reset(&s->reply.text);
}

void sqb__smtp_keep(sqb_smtp *s)
{
	if (s->kept.code == 0)
		sqb__smtp_keep_anew(s);
}

/* --- the end of a job */

static bool has_lines(const sqb__smtp_job *x)
{
	return x->kind == SQB_SMTP_VRFY || x->kind == SQB_SMTP_EXPN ||
	    x->kind == SQB_SMTP_HELP;
}

/* A line of the reply that was not handed out. */
static bool emit_line(sqb_smtp *s, const sqb__smtp_job *x)
{
	sqb_str rest = sqb__buf_str(&s->kept.text);
	sqb_smtp_event *ev;

	if (s->code != SQB_OK || s->lines_told >= rest.len)
		return false;
	rest = sqb__str_from(rest, s->lines_told);
	s->lines_told += sqb__line_len(rest);
	ev = sqb__smtp_emit(s, x, SQB_SMTP_LINE);
	ev->reply = sqb__smtp_public(&s->kept);
	ev->reply.text = sqb__take_line(&rest);
	return true;
}

/* The last event still points to what it forgets: the octets stay. */
static void forget(sqb_smtp *s)
{
	sqb__buf_reset(&s->kept.text);
	s->kept.code = 0;
	memset(s->kept.enhanced, 0, sizeof(s->kept.enhanced));
	s->lines_told = 0;
	s->code = SQB_OK;
	s->has_why = false;
	sqb__smtp_outcome_reset(s);
}

static void remove_first(sqb_smtp *s)
{
	sqb__smtp_remove(s, 0);
	forget(s);
}

static bool is_finished(const sqb_smtp *s)
{
	return s->n_said > 0 && sqb__smtp_at(s, 0)->n_due == 0;
}

/* True: the job has told all that it had to tell. */
static bool tell_end(sqb_smtp *s, sqb__smtp_job *x)
{
	if (!sqb__smtp_is_callers(x) || x->canceled)
		return true;
	if (x->kind == SQB_SMTP_MAIL) {
		if (sqb__smtp_tell_next(s, x, s->outcome.code))
			return false;
		sqb__smtp_mail_done(s, x, s->outcome.code);
		return true;
	}
	if (has_lines(x) && emit_line(s, x))
		return false;
	emit_done(s, x, s->code);
	return true;
}

static void finish(sqb_smtp *s)
{
	sqb__smtp_job *x = sqb__smtp_at(s, 0);

	if (!tell_end(s, x))
		return;
	if (x->kind == SQB_SMTP_QUIT) {
		s->state = SQB_SMTP_CLOSED;
		s->engine.closed = true;
	}
	if (x->kind == SQB_SMTP_LOGIN) {
		s->login_asked = s->code == SQB_OK;
		sqb__auth_end(&s->auth);
	}
	remove_first(s);
}

/* The end of the mail was given to the line, so it may have been taken. */
static bool end_has_left(const sqb_smtp *s, const sqb__smtp_job *x)
{
	return x->end_at > 0 && s->engine.n_sent >= x->end_at;
}

static sqb_code lost_code(const sqb_smtp *s, const sqb__smtp_job *x)
{
	if (end_has_left(s, x))
		return SQB_E_UNKNOWN;
	if (x->kind == SQB_SMTP_LOGIN && s->auth.code != SQB_OK)
		return s->auth.code;
	return s->engine.error.code;
}

/* After an error every command under way still gets its DONE. */
static bool drain_one(sqb_smtp *s)
{
	sqb__smtp_job *x;

	if (s->n == 0)
		return false;
	x = sqb__smtp_at(s, 0);
	if (sqb__smtp_is_callers(x) && !x->canceled) {
		sqb_code lost = lost_code(s, x);

		if (x->kind != SQB_SMTP_MAIL)
			emit_done(s, x, lost);
		else if (sqb__smtp_tell_next(s, x, lost))
			return true;
		else
			sqb__smtp_mail_done(s, x, lost);
	}
	if (x->kind == SQB_SMTP_LOGIN)
		sqb__auth_end(&s->auth);
	remove_first(s);
	return true;
}

static void report_canceled(sqb_smtp *s)
{
	sqb__smtp_job *x;
	sqb_code code;
	uint32_t i = 0;

	while (!sqb__smtp_at(s, i)->report)
		i++;
	x = sqb__smtp_at(s, i);
	code = x->end_at > 0 ? SQB_E_UNKNOWN : SQB_E_CANCELED;
	if (x->kind != SQB_SMTP_MAIL)
		sqb__smtp_emit(s, x, SQB_SMTP_DONE)->code = code;
	else if (sqb__smtp_tell_next(s, x, code))
		return;
	else
		sqb__smtp_mail_done(s, x, code);
	x->report = false;
	s->n_reports--;
	if (i >= s->n_said && x->n_due == 0)
		sqb__smtp_remove(s, i);
}

/* --- replies */

static void refuse_unasked(sqb_smtp *s, sqb_str line)
{
	sqb__engine_fail(&s->engine, SQB_E_PROTO,
	    "the server spoke without being asked: ");
	sqb__error_add_peer(&s->engine.error, "", line);
}

static void not_a_reply(sqb_smtp *s, const char *cause, sqb_str line)
{
	char what[SQB__DESCRIPTION];

	if (!sqb__smtp_due_next(s)) {
		refuse_unasked(s, line);
		return;
	}
	s->engine.class->describe(&s->engine, what, sizeof(what));
	sqb__engine_fail(&s->engine, SQB_E_PROTO, what, cause);
	sqb__error_add_peer(&s->engine.error, "", line);
}

/* 421 at any time: RFC 5321, section 3.8. */
static void closing(sqb_smtp *s)
{
	sqb__smtp_fail_reply(s, SQB_E_RETRY,
	    "the server ends the session; try again later; it says: ");
}

/* The message by DATA has not left as a whole. */
static bool in_message(const sqb_smtp *s)
{
	const sqb__smtp_due *due = sqb__smtp_due_next(s);

	if (due)
		return due->kind == X_END && due->at > s->engine.n_sent;
	return s->n_said < s->n &&
	    sqb__smtp_at(s, s->n_said)->phase == AT_BODY;
}

static void begin_reply(sqb_smtp *s, uint16_t code, const uint8_t enhanced[3])
{
	s->reply_begun = true;
	s->reply.code = code;
	s->reply.n_lines = 0;
	memcpy(s->reply.enhanced, enhanced, sizeof(s->reply.enhanced));
	sqb__buf_reset(&s->reply.text);
}

/* True: it was the last line of a reply, which is in s->reply. */
static bool add_line(sqb_smtp *s, sqb_str line)
{
	uint8_t enhanced[3];
	uint16_t code;
	sqb_str text;
	bool more;

	if (memchr(line.ptr, '\0', line.len) ||
	    !sqb__smtp_parse_line(line, &code, &more, enhanced, &text)) {
		not_a_reply(s, " is not a reply: ", line);
		return false;
	}
	if (!s->reply_begun)
		begin_reply(s, code, enhanced);
	else
		sqb__buf_add_char(&s->reply.text, '\n');
	sqb__buf_add(&s->reply.text, text);
	if (code != s->reply.code)
		not_a_reply(s, " changes its code: ", line);
	else if (++s->reply.n_lines > s->options.max_reply)
		sqb__engine_fail(&s->engine, SQB_E_LIMIT,
		    "a reply without an end");
	else if (s->reply.text.failed)
		sqb__smtp_nomem(s);
	s->reply_begun = more;
	return !more && s->engine.error.code == SQB_OK;
}

/* A server may give up, and may say so within a message; no more. */
static void take_unasked(sqb_smtp *s, sqb_str line)
{
	if (s->reply.code == 421)
		closing(s);
	else if (in_message(s) && s->reply.code >= 400)
		sqb__smtp_fail_reply(s, sqb__smtp_classify(s->reply.code),
		    "the server gave up within the message: ");
	else
		refuse_unasked(s, line);
}

/* The reply is complete: it goes to the head of the flight. */
static void take_reply(sqb_smtp *s, int kind)
{
	sqb__smtp_job *x = sqb__smtp_at(s, 0);
	bool of_mail = kind >= X_SENDER, end = kind == X_END || kind == X_LAST;

	if (s->reply.code == 421 && kind != SQB_SMTP_QUIT)
		closing(s);
	if (s->engine.error.code != SQB_OK && !of_mail)
		return;
	if (end) {
		sqb__smtp_table[kind].on_reply(s, x);
		if (!sqb__smtp_more_ends(s))
			sqb__smtp_answered(s);
		else
			sqb__engine_begin_wait(&s->engine);
		return;
	}
	sqb__smtp_answered(s);
	sqb__smtp_table[kind].on_reply(s, x);
}

/*
 * What was asked has left; but a chunk may be refused before it has (RFC 3030,
 * section 2).
 */
static bool is_due(const sqb_smtp *s, const sqb__smtp_due *due)
{
	if (!due)
		return false;
	return due->at <= s->engine.n_sent || (s->reply.code >= 400 &&
	    (due->kind == X_CHUNK || due->kind == X_LAST));
}

/* False: no line is complete yet. */
static bool take_line(sqb_smtp *s)
{
	const sqb__smtp_due *due = sqb__smtp_due_next(s);
	size_t max = due && due->kind == SQB_SMTP_LOGIN ?
	    SQB__SMTP_MAX_CHALLENGE : s->options.max_line;
	bool bare_lf;
	sqb_str line;

	if (!sqb__engine_take_line(&s->engine, max, &line, &bare_lf))
		return s->engine.error.code != SQB_OK;
	if (line.len == 0 && !s->reply_begun && s->n_blank++ < MAX_BLANK)
		return true;
	s->n_blank = 0;
	if (!add_line(s, line))
		return true;
	if (is_due(s, due))
		take_reply(s, due->kind);
	else
		take_unasked(s, line);
	return true;
}

/* After QUIT that is a good end, though it was not answered. */
static void take_eof(sqb_smtp *s)
{
	const sqb__smtp_due *due = sqb__smtp_due_next(s);
	char what[SQB__DESCRIPTION];

	if (due && due->kind == SQB_SMTP_QUIT && due->at <= s->engine.n_sent) {
		sqb__smtp_answered(s);
		return;
	}
	if (!due) {
		sqb__engine_fail(&s->engine, SQB_E_EOF, "the server closed ",
		    in_message(s) ? "the connection within the message" :
		    "the idle session");
		return;
	}
	s->engine.class->describe(&s->engine, what, sizeof(what));
	sqb__engine_fail(&s->engine, SQB_E_EOF,
	    "the server closed the connection before ", what,
	    " was complete");
}

/* --- the class */

/* True: something has changed, or an event waits. */
static bool advance(sqb_smtp *s)
{
	sqb_engine *e = &s->engine;

	if (s->n_reports > 0) {
		report_canceled(s);
		return true;
	}
	if (e->error.code != SQB_OK)
		return drain_one(s);
	if (is_finished(s)) {
		finish(s);
		return true;
	}
	if (e->closed)
		return false;
	sqb__smtp_say(s);
	if (e->has_event || e->error.code != SQB_OK || is_finished(s))
		return true;
	if (!e->want_tls && take_line(s))
		return true;
	if (!e->eof)
		return false;
	take_eof(s);
	return true;
}

static bool step(sqb_engine *e)
{
	sqb_smtp *s = (sqb_smtp *)e;

	while (!e->has_event && advance(s))
		;
	return e->has_event;
}

static bool waiting(const sqb_engine *e)
{
	const sqb_smtp *s = (const sqb_smtp *)e;

	return s->n_flight > 0 || e->want_tls || sqb__buf_len(&e->out) > 0;
}

static void describe(const sqb_engine *e, char *out, size_t cap)
{
	const sqb_smtp *s = (const sqb_smtp *)e;
	const sqb__smtp_due *due = sqb__smtp_due_next(s);
	sqb_error text;

	if (e->want_tls)
		sqb__error(&text, SQB_OK, "the TLS handshake");
	else if (!due)
		sqb__error(&text, SQB_OK, "room on the line");
	else if (due->kind == X_GREETING)
		sqb__error(&text, SQB_OK, "the greeting");
	else
		sqb__error(&text, SQB_OK, "the reply to ",
		    sqb__smtp_table[due->kind].name);
	memcpy(out, text.text, cap - 1);
	out[cap - 1] = '\0';
}

static void secured(sqb_engine *e)
{
	sqb__smtp_caps_forget((sqb_smtp *)e);
}

const sqb__engine_class sqb__smtp_class = {
	.prefix = "smtp: ",
	.step = step,
	.waiting = waiting,
	.describe = describe,
	.secured = secured,
};

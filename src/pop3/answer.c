/*
 * The answers as they come, and the events that they make: RFC 1939, section
 * 3. This is the engine's step; what the caller calls is in pop3.c.
 */
#include "pop3/pop3.h"

#include "base/ascii.h"
#include "base/error.h"

#include <string.h>

enum {
	MAX_BLANK = 8			/* empty lines before a status line */
};

/* --- events */

bool sqb__pop3_is_callers(const sqb__pop3_exchange *x)
{
	return x->kind < SQB_POP3_N_VERBS || x->kind == X_LOGIN_END;
}

static sqb_pop3_verb verb_of(const sqb__pop3_exchange *x)
{
	return x->kind < SQB_POP3_N_VERBS ? (sqb_pop3_verb)x->kind :
	    SQB_POP3_LOGIN;
}

sqb_pop3_event *sqb__pop3_emit(sqb_pop3 *p, const sqb__pop3_exchange *x,
    sqb_pop3_event_type type)
{
	p->engine.has_event = true;
	p->event = (sqb_pop3_event){
		.type = type,
		.verb = verb_of(x),
		.tag = x->tag,
		.number = x->number,
	};
	return &p->event;
}

static void emit_done(sqb_pop3 *p, const sqb__pop3_exchange *x, sqb_code code)
{
	sqb_pop3_event *ev = sqb__pop3_emit(p, x, SQB_POP3_DONE);

	ev->code = code;
	p->n_open--;
	if (x->kind != X_LOGIN_END || code == SQB_E_CANCELED)
		return;
	ev->text = sqb__buf_str(&p->login_status);
	ev->resp = p->login_resp;
	ev->why = p->auth.error.code != SQB_OK ? &p->auth.error : NULL;
}

void sqb__pop3_add_words(sqb_pop3 *p, sqb_str words)
{
	sqb__error_add_peer(&p->engine.error, "", words);
	p->engine.error.reply = p->in_answer ? (int32_t)p->resp : 0;
}

/* --- the end of an exchange */

void sqb__pop3_end(sqb_pop3 *p, sqb_code code)
{
	p->ending = true;
	p->ending_code = p->bad_data && code == SQB_OK ? SQB_E_PROTO : code;
}

static void close_session(sqb_pop3 *p)
{
	p->state = SQB_POP3_UPDATE;
	p->engine.closed = true;
}

/* The head has been answered: its DONE, and on to the next. */
static void finish(sqb_pop3 *p)
{
	sqb__pop3_exchange *x = sqb__pop3_at(p, 0);

	if (sqb__pop3_is_callers(x) && !x->canceled) {
		emit_done(p, x, p->ending_code);
		if (x->kind != X_LOGIN_END) {
			p->event.text = sqb__buf_str(&p->status);
			p->event.resp = p->resp;
			p->event.count = p->n_rows > 0 ? p->n_rows : p->count;
			p->event.octets = p->size;
		}
	}
	if (x->kind == SQB_POP3_QUIT)
		close_session(p);
	if (x->kind == X_LOGIN_END) {
		sqb__auth_end(&p->auth);
		p->login_asked = p->ending_code == SQB_OK;
	}
	sqb__pop3_remove(p, 0);
	p->in_answer = p->ending = false;
	sqb__engine_begin_wait(&p->engine);
}

/*
 * After an error every command under way still gets its DONE. A lost reply to
 * DELE or QUIT leaves open whether the server has done it.
 */
static bool drain_one(sqb_pop3 *p)
{
	sqb_code code = p->engine.error.code;
	sqb__pop3_exchange *x;

	if (p->n == 0)
		return false;
	x = sqb__pop3_at(p, 0);
	if (p->n_sent > 0 && (x->kind == SQB_POP3_DELE ||
	    x->kind == SQB_POP3_QUIT))
		code = SQB_E_UNKNOWN;
	if (x->kind == X_LOGIN_END && p->auth.code != SQB_OK)
		code = p->auth.code;
	if (sqb__pop3_is_callers(x) && !x->canceled)
		emit_done(p, x, code);
	if (x->kind == X_LOGIN_END)
		sqb__auth_end(&p->auth);
	sqb__pop3_remove(p, 0);
	return true;
}

static void report_canceled(sqb_pop3 *p)
{
	uint32_t i = 0;

	while (!sqb__pop3_at(p, i)->report)
		i++;
	emit_done(p, sqb__pop3_at(p, i), SQB_E_CANCELED);
	sqb__pop3_at(p, i)->report = false;
	p->n_reports--;
	if (i >= p->n_sent)
		sqb__pop3_remove(p, i);
}

/* --- answers */

static bool begin_answer(sqb_pop3 *p, sqb_str text, bool bare_lf)
{
	p->in_answer = true;
	p->dot = sqb__dot_begin(bare_lf);
	p->shape = LINE;
	p->n_rows = p->count = p->n_blank = 0;
	p->octets = p->size = 0;
	p->bad_data = false;
	p->resp = sqb__pop3_parse_resp(text);
	sqb__buf_reset(&p->status);
	sqb__buf_add(&p->status, text);
	if (p->status.failed)
		sqb__engine_fail(&p->engine, SQB_E_NOMEM, "out of memory");
	return !p->status.failed;
}

static sqb_code refusal(const sqb_pop3 *p, const sqb__pop3_exchange *x)
{
	bool untold =
	    (x->kind == SQB_POP3_UIDL && p->caps.uidl == SQB_POP3_NO) ||
	    (x->kind == SQB_POP3_TOP && p->caps.top == SQB_POP3_UNTOLD &&
	    p->caps.known) ||
	    (x->kind == SQB_POP3_UTF8 && !p->caps.utf8) ||
	    (x->kind == SQB_POP3_LANG && !p->caps.lang) ||
	    (x->kind == SQB_POP3_CAPA && !p->caps.known) ||
	    x->kind == SQB_POP3_LAST;

	if (untold && p->resp == SQB_POP3_RESP_NONE)
		return SQB_E_UNSUPPORTED;
	return sqb__pop3_classify(p, p->resp, sqb__buf_str(&p->status), false);
}

static bool has_more(const sqb__pop3_row *row, const sqb__pop3_exchange *x)
{
	return row->shape == BODY ||
	    (row->shape == ROWS && x->number == 0 && !x->text);
}

static void answer_begins(sqb_pop3 *p, sqb__pop3_exchange *x, bool ok)
{
	const sqb__pop3_row *row = &sqb__pop3_table[x->kind];

	if (row->on_status)
		row->on_status(p, x, ok);
	if (!ok)
		sqb__pop3_end(p, refusal(p, x));
	else if (has_more(row, x))
		p->shape = row->shape;
	else
		sqb__pop3_end(p, SQB_OK);
}

/* After AUTH, where a challenge might have been. */
static void too_long(sqb_pop3 *p)
{
	sqb__engine_fail(&p->engine, SQB_E_LIMIT,
	    "the reply to AUTH: endless line");
}

static void not_a_status(sqb_pop3 *p, sqb_str line)
{
	char what[SQB__DESCRIPTION];

	p->engine.class->describe(&p->engine, what, sizeof(what));
	sqb__engine_fail(&p->engine, SQB_E_PROTO, what,
	    " begins with neither +OK nor -ERR: ");
	sqb__pop3_add_words(p, line);
}

/* Whatever comes now is not an answer, and not ours to take. */
static void refuse_unasked(sqb_pop3 *p, sqb_str in)
{
	const char *end = in.ptr ? memchr(in.ptr, '\r', in.len) : NULL;

	if (end)
		in.len = (size_t)(end - in.ptr);
	sqb__engine_fail(&p->engine, SQB_E_PROTO,
	    "the server spoke without being asked: ");
	sqb__pop3_add_words(p, in);
}

/* What is in flight for us has not been sent yet: nobody can answer it. */
static bool is_premature(const sqb_pop3 *p)
{
	size_t unsent = sqb__buf_len(&p->engine.out);

	return unsent > 0 && unsent >= p->cost_sent;
}

/* False: the line is not complete yet. */
static bool take_status(sqb_pop3 *p, sqb__pop3_exchange *x)
{
	size_t max = x->kind == X_AUTH ? SQB__POP3_MAX_CHALLENGE :
	    p->options.max_line;
	bool bare_lf, ok;
	sqb_str line, text;

	if (!sqb__engine_take_line(&p->engine, max, &line, &bare_lf))
		return p->engine.error.code != SQB_OK;
	if (line.len == 0 && p->n_blank++ < MAX_BLANK)
		return true;
	if (is_premature(p)) {
		refuse_unasked(p, line);
		return true;
	}
	if (x->kind == X_AUTH && sqb__pop3_auth_line(p, line)) {
		sqb__engine_begin_wait(&p->engine);
		return true;
	}
	if (!sqb__pop3_parse_status(line, &ok, &text) ||
	    memchr(line.ptr, '\0', line.len)) {
		not_a_status(p, line);
		return true;
	}
	if (line.len > p->options.max_line)
		too_long(p);
	else if (begin_answer(p, text, bare_lf))
		answer_begins(p, x, ok);
	return true;
}

static bool row_allowed(sqb_pop3 *p, const sqb__pop3_exchange *x, sqb_str row)
{
	p->n_rows++;
	p->octets += row.len + 2;
	if (p->n_rows <= sqb__pop3_max_rows(p, x) &&
	    p->octets <= sqb__pop3_max_list_bytes(p))
		return true;
	sqb__engine_fail(&p->engine, SQB_E_LIMIT, "the reply to ",
	    sqb__pop3_table[x->kind].name, " is longer than it can be");
	return false;
}

static bool take_row(sqb_pop3 *p, sqb__pop3_exchange *x)
{
	bool bare_lf;
	sqb_str row;

	if (!sqb__engine_take_line(&p->engine, p->options.max_line, &row,
	    &bare_lf))
		return p->engine.error.code != SQB_OK;
	if (row.len > 0 && row.ptr[0] == '.') {
		if (row.len == 1) {
			sqb__pop3_end(p, SQB_OK);
			return true;
		}
		row = sqb__str_from(row, 1);
	}
	if (row_allowed(p, x, row))
		sqb__pop3_table[x->kind].on_row(p, x, row);
	return true;
}

static bool body_too_long(sqb_pop3 *p)
{
	if (p->octets <= p->options.max_message)
		return false;
	sqb__engine_fail(&p->engine, SQB_E_LIMIT, "the message is "
	    "longer than allowed; allow more, or skip it by its size");
	return true;
}

/*
 * What is allowed of too long a message is given before it fails: as much,
 * however the input is cut.
 */
static bool take_body(sqb_pop3 *p, sqb__pop3_exchange *x)
{
	sqb__buf *in = &p->engine.in;
	uint64_t before = p->octets;
	size_t used;
	sqb_str body;
	bool ended;

	if (body_too_long(p))
		return true;
	if (sqb__buf_len(in) == 0)
		return false;
	ended = sqb__dot_take(&p->dot, in->data + in->start, sqb__buf_len(in),
	    &body, &used);
	in->start += used;
	p->octets += body.len;
	p->size = p->octets;
	if (p->octets > p->options.max_message) {
		body.len = (size_t)(p->options.max_message - before);
		ended = false;
	}
	if (body.len > 0 && !x->canceled) {
		sqb_pop3_event *ev = sqb__pop3_emit(p, x, SQB_POP3_BODY);

		ev->octets = before;
		ev->text = body;
	}
	if (ended)
		sqb__pop3_end(p, SQB_OK);
	return used > 0;
}

static bool take_answer(sqb_pop3 *p)
{
	sqb__pop3_exchange *x = sqb__pop3_head(p);

	if (!x) {
		sqb_str in = sqb__buf_str(&p->engine.in);

		if (in.len > 0)
			refuse_unasked(p, in);
		return in.len > 0;
	}
	if (x->kind == X_LOGIN_END) {
		sqb__pop3_end(p, p->auth.code);
		return true;
	}
	if (!p->in_answer)
		return take_status(p, x);
	return p->shape == ROWS ? take_row(p, x) : take_body(p, x);
}

static void fail_eof(sqb_pop3 *p)
{
	char what[SQB__DESCRIPTION];

	if (p->n_sent == 0) {
		sqb__engine_fail(&p->engine, SQB_E_EOF,
		    "the server closed the idle session");
		return;
	}
	p->engine.class->describe(&p->engine, what, sizeof(what));
	sqb__engine_fail(&p->engine, SQB_E_EOF,
	    "the server closed the connection before ", what, " was complete");
}

/* --- the class */

/* True: something has changed, or an event waits. */
static bool advance(sqb_pop3 *p)
{
	sqb_engine *e = &p->engine;

	if (p->n_reports > 0) {
		report_canceled(p);
		return true;
	}
	if (e->error.code != SQB_OK)
		return drain_one(p);
	if (p->ending) {
		finish(p);
		return true;
	}
	if (e->closed)
		return false;
	sqb__pop3_say(p);
	if (!e->want_tls && (e->error.code != SQB_OK || take_answer(p)))
		return true;
	if (!e->eof)
		return false;
	fail_eof(p);
	return true;
}

static bool step(sqb_engine *e)
{
	sqb_pop3 *p = (sqb_pop3 *)e;

	while (!p->engine.has_event && advance(p))
		;
	return p->engine.has_event;
}

static bool waiting(const sqb_engine *e)
{
	const sqb_pop3 *p = (const sqb_pop3 *)e;

	return p->n_sent > 0 || e->want_tls;
}

/* number in decimal; out has room for 11 octets */
static const char *decimal(char *out, uint32_t number)
{
	char *at = out + 10;

	*at = '\0';
	do
		*--at = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	return at;
}

static void describe(const sqb_engine *e, char *out, size_t cap)
{
	const sqb_pop3 *p = (const sqb_pop3 *)e;
	const sqb__pop3_exchange *x = sqb__pop3_head(p);
	char digits[11];
	sqb_error text;

	if (e->want_tls)
		sqb__error(&text, SQB_OK, "the TLS handshake");
	else if (!x || x->kind == X_GREETING)
		sqb__error(&text, SQB_OK, "the greeting");
	else if (x->number == 0)
		sqb__error(&text, SQB_OK, "the reply to ",
		    sqb__pop3_table[x->kind].name);
	else
		sqb__error(&text, SQB_OK, "the reply to ",
		    sqb__pop3_table[x->kind].name, " ",
		    decimal(digits, x->number));
	memcpy(out, text.text, cap - 1);
	out[cap - 1] = '\0';
}

static void secured(sqb_engine *e)
{
	sqb__pop3_caps_forget((sqb_pop3 *)e);
}

const sqb__engine_class sqb__pop3_class = {
	.prefix = "pop3: ",
	.step = step,
	.waiting = waiting,
	.describe = describe,
	.secured = secured,
};

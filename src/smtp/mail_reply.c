/*
 * What the server says to a mail, and what that means for each recipient: RFC
 * 5321, sections 3.3 and 4.2; LMTP's reply a recipient, RFC 2033, section 4.2;
 * refused chunks, RFC 3030, section 2.
 */
#include "smtp/smtp.h"

#include "base/error.h"

#include <string.h>

/* Of a recipient of the first job; what is beyond the buffer is WAITING. */
enum { WAITING, ACCEPTED, TOLD };

void sqb__smtp_outcome_reset(sqb_smtp *s)
{
	sqb__buf recipients = s->outcome.recipients;

	sqb__buf_reset(&recipients);
	s->outcome = (sqb__smtp_outcome){ .recipients = recipients };
}

static int outcome_of(const sqb_smtp *s, size_t i)
{
	sqb_str all = sqb__buf_str(&s->outcome.recipients);

	return i < all.len ? all.ptr[i] : WAITING;
}

/* Recipients are heard of in order. False: no memory, and the engine's end. */
static bool set_outcome(sqb_smtp *s, size_t i, int what)
{
	sqb__buf *all = &s->outcome.recipients;

	if (i < sqb__buf_len(all))
		all->data[all->start + i] = (char)what;
	else
		sqb__buf_add_char(all, (char)what);
	if (all->failed)
		sqb__smtp_nomem(s);
	return !all->failed;
}

void sqb__smtp_decide(sqb_smtp *s, sqb_code code)
{
	s->outcome.decided = true;
	s->outcome.code = code;
}

/* --- telling */

/* Of all failures the one that nobody may take for a plain one counts most. */
static void count(sqb_smtp *s, sqb_code code)
{
	sqb__smtp_outcome *o = &s->outcome;

	o->n_taken += code == SQB_OK;
	if (!o->told || code == SQB_E_UNKNOWN)
		o->none_code = code;
	o->told = true;
}

static const sqb_error *why_of(const sqb_smtp *s, sqb_code code)
{
	if (code == SQB_OK)
		return NULL;
	if (s->has_why)
		return &s->why;
	return s->outcome.decided ? NULL : sqb_engine_error(&s->engine);
}

static sqb_smtp_event *tell(sqb_smtp *s, const sqb__smtp_job *x, size_t i,
    sqb_code code)
{
	sqb_smtp_event *ev = sqb__smtp_emit(s, x, SQB_SMTP_RECIPIENT);

	ev->code = code;
	ev->recipient = i;
	return ev;
}

/* With the reply that has just come. */
static void tell_reply(sqb_smtp *s, const sqb__smtp_job *x, size_t i,
    sqb_code code)
{
	if (!set_outcome(s, i, TOLD))
		return;
	count(s, code);
	if (!x->canceled)
		tell(s, x, i, code)->reply = sqb__smtp_public(&s->reply);
}

/* What was decided is of the first job. */
static bool is_decided(const sqb_smtp *s, const sqb__smtp_job *x)
{
	return x == sqb__smtp_at(s, 0) && s->outcome.decided && !x->report;
}

bool sqb__smtp_tell_next(sqb_smtp *s, sqb__smtp_job *x, sqb_code lost)
{
	bool first = x == sqb__smtp_at(s, 0);
	sqb_smtp_event *ev;
	sqb_code code;

	while (first && x->n_told < x->n_recipients &&
	    outcome_of(s, x->n_told) == TOLD)
		x->n_told++;
	if (x->n_told == x->n_recipients)
		return false;
	code = is_decided(s, x) ? s->outcome.code : lost;
	if (first)
		count(s, code);
	ev = tell(s, x, x->n_told++, code);
	ev->why = first ? why_of(s, code) : NULL;
	if (is_decided(s, x) && code != SQB_E_CANCELED)
		ev->reply = sqb__smtp_public(&s->kept);
	return true;
}

void sqb__smtp_mail_done(sqb_smtp *s, const sqb__smtp_job *x, sqb_code lost)
{
	bool first = x == sqb__smtp_at(s, 0);
	sqb_smtp_event *ev = sqb__smtp_emit(s, x, SQB_SMTP_DONE);
	size_t n_taken = first ? s->outcome.n_taken : 0;

	ev->n_taken = n_taken;
	if (!first)
		ev->code = lost;
	else if (n_taken == x->n_recipients)
		ev->code = SQB_OK;
	else
		ev->code = n_taken > 0 ? SQB_E_PARTIAL :
		    s->outcome.none_code;
	if (!first || x->report)
		return;
	ev->why = why_of(s, ev->code);
	ev->reply = sqb__smtp_public(&s->kept);
}

/* --- the envelope */

/* True: the reply is neither yes nor no, and that was the end. */
static bool makes_no_sense(sqb_smtp *s, const char *ours)
{
	if (s->reply.code < 300 || s->reply.code >= 400)
		return false;
	sqb__smtp_fail_reply(s, SQB_E_PROTO, ours);
	return true;
}

static void decide_by_reply(sqb_smtp *s)
{
	if (s->outcome.decided)
		return;
	sqb__smtp_keep_anew(s);
	sqb__smtp_decide(s, sqb__smtp_classify(s->reply.code));
}

void sqb__smtp_on_sender(sqb_smtp *s, sqb__smtp_job *x)
{
	(void)x;
	if (s->reply.code < 300 ||
	    makes_no_sense(s, "the reply to MAIL makes no sense: "))
		return;
	s->outcome.refused_sender = true;
	decide_by_reply(s);
}

/*
 * 552 is what servers say to too many recipients, and means 452 then: RFC
 * 5321, section 4.5.3.1.10. 5.2.2 says that a mailbox is full.
 */
static sqb_code recipient_code(const sqb__smtp_heard *reply)
{
	const uint8_t *e = reply->enhanced;

	if (reply->code == 552 && (e[0] == 0 || (e[1] == 5 && e[2] == 3)))
		return SQB_E_RETRY;
	return sqb__smtp_classify(reply->code);
}

/* After the last of them. */
static void all_heard(sqb_smtp *s, const sqb__smtp_job *x)
{
	const sqb__smtp_outcome *o = &s->outcome;

	if (o->n_accepted == 0)
		sqb__smtp_decide(s, o->none_code);
	else if (o->n_accepted < x->n_recipients && x->mail &&
	    x->mail->all_or_none)
		sqb__smtp_decide(s, SQB_E_CANCELED);
}

void sqb__smtp_on_recipient(sqb_smtp *s, sqb__smtp_job *x)
{
	sqb__smtp_outcome *o = &s->outcome;
	size_t i = o->n_replies++;

	if (o->decided ||
	    makes_no_sense(s, "the reply to RCPT makes no sense: "))
		return;
	if (s->reply.code < 300) {
		o->n_accepted++;
		set_outcome(s, i, ACCEPTED);
	} else {
		tell_reply(s, x, i, recipient_code(&s->reply));
		sqb__smtp_keep(s);
	}
	if (o->n_replies == x->n_recipients &&
	    s->engine.error.code == SQB_OK)
		all_heard(s, x);
}

/* An envelope may be left in the server that would mix with the next. */
void sqb__smtp_on_reset(sqb_smtp *s, sqb__smtp_job *x)
{
	(void)x;
	if (s->reply.code >= 300)
		sqb__smtp_fail_reply(s, SQB_E_PROTO, "RSET was refused: ");
}

/* --- the message */

static void go_ahead(sqb_smtp *s, sqb__smtp_job *x)
{
	const sqb__smtp_outcome *o = &s->outcome;

	if (o->refused_sender)
		sqb__smtp_fail_reply(s, SQB_E_PROTO, "the server wants a "
		    "message whose sender it has refused: ");
	else if (o->n_accepted > 0)
		sqb__smtp_begin_body(s, x);
	else if (s->options.lmtp)
		sqb__smtp_fail_reply(s, SQB_E_PROTO, "the server wants a "
		    "message whose recipients it has all refused: ");
	else
		x->phase = AT_LONE_DOT;
}

void sqb__smtp_on_data(sqb_smtp *s, sqb__smtp_job *x)
{
	if (s->reply.code == 354) {
		go_ahead(s, x);
	} else if (s->reply.code < 400) {
		sqb__smtp_fail_reply(s, SQB_E_PROTO,
		    "the reply to DATA makes no sense: ");
	} else {
		decide_by_reply(s);
		x->phase = AT_STOP;
	}
}

bool sqb__smtp_more_ends(const sqb_smtp *s)
{
	const sqb__smtp_outcome *o = &s->outcome;

	return s->options.lmtp && !o->decided && o->n_ends < o->n_accepted;
}

/* LMTP: the reply is for the next of those who were accepted. */
static void end_of_one(sqb_smtp *s, sqb__smtp_job *x)
{
	sqb__smtp_outcome *o = &s->outcome;

	while (outcome_of(s, o->next) != ACCEPTED)
		o->next++;
	o->n_ends++;
	tell_reply(s, x, o->next++, sqb__smtp_classify(s->reply.code));
	sqb__smtp_keep(s);
}

/* Whoever was accepted, or may have been, may have the mail. */
static bool takes_what_it_refused(const sqb_smtp *s)
{
	const sqb__smtp_outcome *o = &s->outcome;

	return s->reply.code < 300 && o->decided &&
	    (o->n_accepted > 0 || o->refused_sender);
}

/* What its next replies are to is not known either. */
static void unknown_end(sqb_smtp *s)
{
	sqb__smtp_fail_reply(s, SQB_E_PROTO, "the server has taken the end of "
	    "a message that it had refused before: ");
	s->has_why = true;
	s->why = s->engine.error;
	sqb__smtp_keep_anew(s);
	sqb__smtp_decide(s, SQB_E_UNKNOWN);
}

void sqb__smtp_on_end(sqb_smtp *s, sqb__smtp_job *x)
{
	if (makes_no_sense(s, "the reply to the message makes no sense: "))
		return;
	if (takes_what_it_refused(s)) {
		unknown_end(s);
		return;
	}
	if (s->reply.code < 300 && s->n_flight == 1 && !s->outcome.decided)
		s->dirty = false;
	if (s->options.lmtp && !s->outcome.decided)
		end_of_one(s, x);
	else
		decide_by_reply(s);
}

void sqb__smtp_on_chunk(sqb_smtp *s, sqb__smtp_job *x)
{
	(void)x;
	if (s->reply.code >= 300 &&
	    !makes_no_sense(s, "the reply to BDAT makes no sense: "))
		decide_by_reply(s);
}

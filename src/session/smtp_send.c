/*
 * Sending: mails that an outbox gives, many in flight; the single mail is an
 * outbox of one. What becomes of them is told in the order in which they came.
 */
#include "session/smtp_session.h"

#include "base/error.h"

/* --- the end of a mail */

static void note(sqb__sending *g, const sqb_error *err)
{
	if (g->error.code == SQB_OK && err->code != SQB_OK)
		g->error = *err;
}

static void tell(sqb_smtp_session *s, sqb__job *job)
{
	static const sqb_error stopped = { .code = SQB_E_SINK,
		.text = "stopped by the caller" };
	sqb__sending *g = &s->sending;
	const sqb_outbox *o = &g->outbox;
	const sqb_error *err = job->error.code == SQB_OK ? NULL : &job->error;

	note(g, &job->error);
	if (!o->done || o->done(o->ctx, job->tag, job->error.code, err,
	    job->results, job->mail.n_recipients) == 0)
		return;
	g->no_more = true;
	note(g, &stopped);
}

static uint64_t octets_of(const sqb__job *job)
{
	return job->mail.message.len;
}

/* Those at the front that are over. */
static void tell_ends(sqb_smtp_session *s)
{
	sqb__sending *g = &s->sending;

	while (g->first && g->first->is_over) {
		sqb__job *job = g->first;

		g->first = job->next;
		g->n_jobs--;
		g->octets -= octets_of(job);
		tell(s, job);
		sqb__job_free(s, s->last);
		s->last = job;
	}
}

/* --- the beginning of a mail */

static void append(sqb__sending *g, sqb__job *job)
{
	if (g->first)
		g->newest->next = job;
	else
		g->first = job;
	g->newest = job;
	g->n_jobs++;
	g->octets += octets_of(job);
}

static bool has_high_octets(sqb_str s)
{
	unsigned char all = 0;

	for (size_t i = 0; i < s.len; i++)
		all |= (unsigned char)s.ptr[i];
	return all > 127;
}

/* False: no memory, and there is nobody to tell but the caller. */
static bool add(sqb_smtp_session *s, sqb_smtp_mail *mail,
    const sqb_source *message, void *tag)
{
	static const sqb_error no_recipients = { .code = SQB_E_USAGE,
		.text = "the mail has no recipients" };
	const sqb_outbox *o = &s->sending.outbox;
	sqb_compose *c = o->composed ? o->composed(o->ctx, tag) : NULL;
	sqb__job *job;

	mail->streamed = c || message->read;
	if (!mail->streamed && mail->body == SQB_SMTP_7BIT &&
	    has_high_octets(mail->message))
		mail->body = SQB_SMTP_8BITMIME;
	job = sqb__job_new(s, mail);
	if (!job)
		return false;
	job->compose = c;
	job->tag = tag;
	job->source = *message;
	append(&s->sending, job);
	if (mail->n_recipients > 0)
		sqb__job_ask(s, job);
	else
		sqb__job_fail(s, job, &no_recipients);
	return true;
}

static void stop(sqb_smtp_session *s, int code, const char *why)
{
	sqb_error err;

	sqb__error(&err, (sqb_code)code, s->base.protocol->name, why);
	note(&s->sending, &err);
	s->sending.no_more = true;
}

static void take_one(sqb_smtp_session *s)
{
	const sqb_outbox *o = &s->sending.outbox;
	sqb_smtp_mail mail = { .size = sizeof(mail) };
	sqb_source message = { .read = NULL };
	void *tag = NULL;
	int rc = o->next(o->ctx, &mail, &message, &tag);

	if (rc < 0)
		stop(s, rc, "stopped by the caller");
	else if (rc == 0)
		s->sending.no_more = true;
	else if (!add(s, &mail, &message, tag))
		stop(s, SQB_E_NOMEM, "out of memory");
}

static int ask_ahead(sqb_session *base)
{
	sqb_smtp_session *s = (sqb_smtp_session *)base;
	sqb__sending *g = &s->sending;

	while (!g->no_more && g->n_jobs < SQB__MAILS_AHEAD &&
	    g->octets < SQB__OCTETS_AHEAD) {
		take_one(s);
		tell_ends(s);
		if (sqb_engine_error(base->engine))
			g->no_more = true;
	}
	if (g->first || !g->no_more)
		return 0;
	base->error = g->error;
	return 1;
}

/* --- the task */

static sqb__verdict take(sqb_session *base)
{
	sqb_smtp_session *s = (sqb_smtp_session *)base;
	const sqb_smtp_event *ev = &s->event;
	sqb__job *job = (sqb__job *)(uintptr_t)ev->tag;

	if (ev->type == SQB_SMTP_BODY)
		sqb__job_feed(s, job);
	else if (ev->type == SQB_SMTP_RECIPIENT)
		sqb__job_answered(s, job);
	else if (ev->type == SQB_SMTP_DONE)
		sqb__job_part_done(s, job);
	tell_ends(s);
	return SQB__TASK_GOES_ON;
}

/* The engine has ended all that was asked. Its error counts most. */
static void lost(sqb_session *base)
{
	sqb_smtp_session *s = (sqb_smtp_session *)base;
	sqb_error why = base->error;

	for (sqb__job *job = s->sending.first; job; job = job->next)
		if (!job->is_over)
			sqb__job_fail(s, job, &why);
	s->sending.no_more = true;
	tell_ends(s);
	base->error = s->sending.error.code == SQB_OK ? why :
	    s->sending.error;
}

static const sqb__task sending = { ask_ahead, take, lost };

static int start(sqb_smtp_session *s, const sqb_outbox *outbox)
{
	sqb__job_free(s, s->last);
	s->last = NULL;
	s->sending = (sqb__sending){ .outbox = *outbox };
	sqb__session_run(&s->base, &sending);
	return SQB_OK;
}

void sqb__sending_cancel(sqb_smtp_session *s)
{
	const sqb__sending *g = &s->sending;

	s->sending.no_more = s->sending.canceled = true;
	for (sqb__job *job = g->first; job; job = job->next)
		if (!sqb_engine_error(s->base.engine) && !job->is_over)
			(void)sqb_smtp_cancel(s->smtp,
			    (uint64_t)(uintptr_t)job);
}

void sqb__sending_canceled(sqb_smtp_session *s)
{
	if (s->event.type != SQB_SMTP_BODY)
		(void)take(&s->base);
}

int sqb_smtp_start_send_all(sqb_smtp_session *s, const sqb_outbox *outbox)
{
	int rc = sqb__session_begin(&s->base);

	return rc == SQB_OK ? start(s, outbox) : rc;
}

int sqb_smtp_send_all(sqb_smtp_session *s, const sqb_outbox *outbox)
{
	return sqb__session_finish(&s->base,
	    sqb_smtp_start_send_all(s, outbox));
}

/* --- one mail */

static int next_single(void *ctx, sqb_smtp_mail *mail, sqb_source *message,
    void **tag)
{
	sqb__single *one = ctx;

	(void)tag;
	if (!one->mail)
		return 0;
	*mail = *one->mail;
	if (one->message)
		*message = *one->message;
	one->mail = NULL;
	return 1;
}

int sqb_smtp_start_send_mail(sqb_smtp_session *s, const sqb_smtp_mail *mail,
    const sqb_source *message)
{
	int rc = sqb__session_begin(&s->base);

	if (rc != SQB_OK)
		return rc;
	s->single = (sqb__single){ .mail = mail, .message = message };
	return start(s, &(sqb_outbox){ .next = next_single,
	    .ctx = &s->single });
}

int sqb_smtp_send_mail(sqb_smtp_session *s, const sqb_smtp_mail *mail,
    const sqb_source *message)
{
	return sqb__session_finish(&s->base,
	    sqb_smtp_start_send_mail(s, mail, message));
}

/* --- what is composed */

/* The envelope of c, as a mail. Its recipients are the session's. */
static int address(sqb_smtp_session *s, sqb_compose *c)
{
	const sqb_allocator *a = s->base.allocator;
	sqb_smtp_recipient *r;
	sqb_envelope e;

	if (sqb_compose_envelope(c, &e) < 0) {
		s->base.error = *sqb_compose_error(c);
		return s->base.error.code;
	}
	r = a->alloc(a->ctx, (e.n_recipients + 1) * sizeof(*r));
	if (!r)
		return sqb__error(&s->base.error, SQB_E_NOMEM,
		    s->base.protocol->name, "out of memory");
	for (size_t i = 0; i < e.n_recipients; i++)
		r[i] = (sqb_smtp_recipient){ .address = e.recipients[i] };
	a->free(a->ctx, s->recipients);
	s->recipients = r;
	s->composed = (sqb_smtp_mail){ .size = sizeof(s->composed),
	    .from = e.from, .recipients = r, .n_recipients = e.n_recipients };
	return SQB_OK;
}

static sqb_compose *composed_single(void *ctx, void *tag)
{
	const sqb__single *one = ctx;

	(void)tag;
	return one->compose;
}

int sqb_smtp_start_send(sqb_smtp_session *s, sqb_compose *c)
{
	int rc = sqb__session_begin(&s->base);

	if (rc == SQB_OK)
		rc = address(s, c);
	if (rc != SQB_OK)
		return rc;
	s->single = (sqb__single){ .mail = &s->composed, .compose = c };
	return start(s, &(sqb_outbox){ .next = next_single, .ctx = &s->single,
	    .composed = composed_single });
}

int sqb_smtp_send(sqb_smtp_session *s, sqb_compose *c)
{
	return sqb__session_finish(&s->base, sqb_smtp_start_send(s, c));
}

const sqb_smtp_result *sqb_smtp_results(const sqb_smtp_session *s, size_t *n)
{
	*n = s->last ? s->last->mail.n_recipients : 0;
	return s->last ? s->last->results : NULL;
}

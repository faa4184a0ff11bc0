/*
 * One mail of a session, whatever the number of its recipients: it goes to
 * them in parts, of as many as the server takes at once. Where it has taken
 * some and put off the rest, they are asked again in another mail (RFC 5321,
 * section 4.5.3.1.10), until that leads nowhere.
 */
#include "session/smtp_session.h"

#include "base/ascii.h"
#include "base/error.h"

#include <stdio.h>
#include <string.h>

enum {
	PART_MAX = 10000,	/* recipients whose domains are compared */
	MAX_TEXT = SQB_ERROR_TEXT /* octets of a result's text, with NUL */
};

static const sqb_error no_memory = { .code = SQB_E_NOMEM,
	.text = "out of memory" };

/* --- making */

/* The addresses are kept as long as the results. */
static bool begin_results(sqb__job *job)
{
	size_t n = job->mail.n_recipients;
	sqb_smtp_result *r = sqb__arena_alloc(&job->arena, n * sizeof(*r));

	for (size_t i = 0; r && i < n; i++) {
		sqb_str a = job->mail.recipients[i].address;

		r[i] = (sqb_smtp_result){ .code = SQB_E_UNKNOWN, .text = "",
		    .address = { sqb__arena_copy(&job->arena, a), a.len } };
	}
	job->results = r;
	return !job->arena.failed;
}

sqb__job *sqb__job_new(const sqb_smtp_session *s, const sqb_smtp_mail *mail)
{
	const sqb_allocator *a = s->base.allocator;
	sqb__job *job = a->alloc(a->ctx, sizeof(*job));

	if (!job)
		return NULL;
	*job = (sqb__job){ .mail = *mail };
	sqb__arena_init(&job->arena, a, SIZE_MAX / 2);
	if (begin_results(job))
		return job;
	sqb__job_free(s, job);
	return NULL;
}

void sqb__job_free(const sqb_smtp_session *s, sqb__job *job)
{
	const sqb_allocator *a = s->base.allocator;

	if (!job)
		return;
	sqb__arena_clear(&job->arena);
	a->free(a->ctx, job);
}

/* --- what became of it */

/* One line, safe to print; many recipients hear the same. */
static const char *keep_text(sqb__job *job, sqb_str words, const char *before)
{
	char line[MAX_TEXT], shown[MAX_TEXT];
	size_t n = words.len < sizeof(line) ? words.len : sizeof(line);
	const char *copy;

	for (size_t i = 0; i < n; i++)
		line[i] = words.ptr[i] == '\n' ? ' ' : words.ptr[i];
	sqb__visible(shown, sizeof(shown), (sqb_str){ line, n });
	if (strcmp(shown, before) == 0)
		return before;
	copy = sqb__arena_copy(&job->arena, sqb_str_of(shown));
	return copy ? copy : "";
}

/* Without the name of the protocol, which results do not begin with. */
static sqb_str bare_words(const sqb_error *err)
{
	static const sqb_str names[] = { SQB_STR("smtp: "),
		SQB_STR("lmtp: ") };
	sqb_str text = sqb_str_of(err->text);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (text.len > names[i].len &&
		    !memcmp(text.ptr, names[i].ptr, names[i].len))
			return sqb__str_from(text, names[i].len);
	return text;
}

static void set_result(sqb__job *job, size_t i, const sqb_smtp_event *ev,
    const sqb_error *ours)
{
	sqb_smtp_result *r = &job->results[i];

	r->code = ev->code;
	r->reply = ours ? 0 : ev->reply.code;
	memcpy(r->enhanced, ev->reply.enhanced, sizeof(r->enhanced));
	if (ours)
		memset(r->enhanced, 0, sizeof(r->enhanced));
	r->text = keep_text(job, ours ? bare_words(ours) :
	    ev->reply.text, i > 0 ? r[-1].text : "");
}

/* In our words, where the server has none. */
static const sqb_error *own_words(const sqb_smtp_session *s,
    const sqb_smtp_event *ev)
{
	const sqb_error *end = sqb_engine_error(s->base.engine);

	if (ev->why)
		return ev->why;
	return ev->reply.code == 0 && ev->code != SQB_OK ? end : NULL;
}

void sqb__job_answered(sqb_smtp_session *s, sqb__job *job)
{
	const sqb_smtp_event *ev = &s->event;

	if (ev->recipient < job->n_part)
		set_result(job, job->at + ev->recipient, ev,
		    own_words(s, ev));
}

/*
 * The first that was not taken; where it may have been, that counts most, and
 * least what was given up because of another.
 */
static size_t worst(const sqb__job *job, size_t n_taken)
{
	size_t first = SIZE_MAX, given_up = SIZE_MAX;

	for (size_t i = 0; i < job->mail.n_recipients; i++) {
		sqb_code code = job->results[i].code;

		if (code == SQB_E_UNKNOWN && n_taken == 0)
			return i;
		if (code == SQB_E_CANCELED && given_up == SIZE_MAX)
			given_up = i;
		else if (code != SQB_OK && first == SIZE_MAX)
			first = i;
	}
	return first != SIZE_MAX ? first : given_up;
}

static void describe(const sqb_smtp_session *s, sqb__job *job, size_t n_taken)
{
	const sqb_smtp_result *r = &job->results[worst(job, n_taken)];
	size_t n = job->mail.n_recipients;
	char what[MAX_TEXT], address[100];

	sqb__visible(address, sizeof(address), r->address);
	if (n_taken == 0)
		(void)snprintf(what, sizeof(what), "%s", address);
	else
		(void)snprintf(what, sizeof(what), "taken for %zu of %zu; %s",
		    n_taken, n, address);
	sqb__smtp_describe(s, what, r, &job->error);
	if (n_taken > 0)
		job->error.code = SQB_E_PARTIAL;
}

static void end(sqb_smtp_session *s, sqb__job *job)
{
	size_t n_taken = 0;

	job->is_over = true;
	for (size_t i = 0; i < job->mail.n_recipients; i++)
		n_taken += job->results[i].code == SQB_OK;
	if (n_taken < job->mail.n_recipients)
		describe(s, job, n_taken);
}

void sqb__job_fail(sqb_smtp_session *s, sqb__job *job, const sqb_error *err)
{
	const sqb_smtp_event ev = { .code = err->code };

	if (job->mail.n_recipients == 0) {
		sqb__error_wrap(&job->error, s->base.protocol->name, err);
		job->is_over = true;
		return;
	}
	for (; job->at < job->mail.n_recipients; job->at++)
		set_result(job, job->at, &ev, err);
	end(s, job);
}

/* --- the parts */

static sqb_str domain_of(sqb_str address)
{
	size_t i = address.len;

	while (i > 0 && address.ptr[i - 1] != '@')
		i--;
	return (sqb_str){ address.ptr + i, address.len - i };
}

/* Its domain is not among those of the n recipients before it. */
static bool is_new_domain(const sqb_smtp_recipient *r, size_t n)
{
	sqb_str domain = domain_of(r[n].address);

	for (size_t i = 0; i < n; i++)
		if (sqb_str_eq_nocase(domain_of(r[i].address), domain))
			return false;
	return true;
}

/*
 * RCPTDOMAINMAX: as many of n recipients as have so many domains, and not more
 * than can be compared in no time.
 */
static size_t within_domains(const sqb_smtp_recipient *r, size_t n,
    size_t max_domains)
{
	size_t n_domains = 0;

	if (n > PART_MAX)
		n = PART_MAX;
	for (size_t i = 0; i < n; i++)
		if (is_new_domain(r, i) && ++n_domains > max_domains)
			return i;
	return n;
}

/* LIMITS, RFC 9422; what goes to all or none goes in one. */
static size_t next_part(const sqb_smtp_session *s, const sqb__job *job)
{
	const sqb_smtp_caps *caps = sqb_smtp_capabilities(s->smtp);
	size_t n = job->mail.n_recipients - job->at;

	if (job->mail.all_or_none)
		return n;
	if (caps->max_recipients > 0 && n > caps->max_recipients)
		n = caps->max_recipients;
	if (caps->max_domains > 0)
		n = within_domains(job->mail.recipients + job->at, n,
		    caps->max_domains);
	return n;
}

static unsigned allowed(const sqb_smtp_session *s)
{
	const sqb_smtp_caps *caps = sqb_smtp_capabilities(s->smtp);

	return (caps->eightbitmime ? SQB_COMPOSE_8BIT : 0) |
	    (caps->binarymime && caps->chunking ? SQB_COMPOSE_BINARY : 0) |
	    (caps->smtputf8 ? SQB_COMPOSE_UTF8 : 0);
}

/* The message from its start, as the server allows it. */
static int begin_composed(sqb_smtp_session *s, sqb__job *job, sqb_error *err)
{
	sqb_compose *c = job->compose;
	sqb_smtp_mail *mail = &job->mail;
	int rc = sqb_compose_begin(c, allowed(s));
	unsigned needs;
	uint64_t size;

	if (rc != SQB_OK) {
		*err = *sqb_compose_error(c);
		return rc;
	}
	needs = sqb_compose_needs(c);
	size = sqb_compose_size(c);
	mail->body = needs & SQB_COMPOSE_BINARY ? SQB_SMTP_BINARYMIME :
	    needs & SQB_COMPOSE_8BIT ? SQB_SMTP_8BITMIME : SQB_SMTP_7BIT;
	mail->utf8 = (needs & SQB_COMPOSE_UTF8) != 0;
	mail->message_size = size == UINT64_MAX ? 0 : size;
	return SQB_OK;
}

static int begin_message(sqb_smtp_session *s, sqb__job *job, sqb_error *err)
{
	job->left = (sqb_str){ NULL, 0 };
	if (job->compose)
		return begin_composed(s, job, err);
	if (!job->was_read)
		return SQB_OK;
	job->was_read = false;
	if (!job->source.rewind || job->source.rewind(job->source.ctx) < 0)
		return sqb__error(err, SQB_E_SINK, "the message cannot be "
		    "read again, for the rest of its recipients");
	return SQB_OK;
}

/* What ask() has refused: the rest of the session is as it was. */
static void refuse(const sqb_smtp_session *s, int rc, sqb_error *err)
{
	const sqb_error *ended = sqb_engine_error(s->base.engine);

	if (ended)
		*err = *ended;
	else if (rc == SQB_E_NOMEM)
		*err = no_memory;
	else
		sqb__error(err, (sqb_code)rc, "an address or another part "
		    "of the envelope cannot be sent");
}

void sqb__job_ask(sqb_smtp_session *s, sqb__job *job)
{
	sqb_error err;
	int rc = begin_message(s, job, &err);

	if (rc == SQB_OK) {
		job->n_part = next_part(s, job);
		job->part = job->mail;
		job->part.recipients += job->at;
		job->part.n_recipients = job->n_part;
		rc = sqb_smtp_ask(s->smtp, &(sqb_smtp_command){
		    .verb = SQB_SMTP_MAIL, .mail = &job->part,
		    .tag = (uint64_t)(uintptr_t)job });
		if (rc != SQB_OK)
			refuse(s, rc, &err);
	}
	if (rc != SQB_OK)
		sqb__job_fail(s, job, &err);
}

/*
 * Servers of old say 552, which the engine takes for what is meant. With x.2.x
 * it is the recipient's own mailbox that is full (RFC 3463, section 3.3).
 */
static bool is_put_off(const sqb_smtp_result *r)
{
	return r->code == SQB_E_RETRY &&
	    (r->reply == 452 || r->reply == 552) && r->enhanced[1] != 2;
}

/* How many at the end of a part were put off after others were taken. */
static size_t put_off(const sqb__job *job)
{
	const sqb_smtp_result *r = job->results + job->at;
	size_t n = 0;

	while (n < job->n_part && is_put_off(&r[job->n_part - 1 - n]))
		n++;
	return n;
}

/* Others may be luckier than those of a part who were refused. */
static bool goes_on(const sqb_smtp_session *s)
{
	const sqb_smtp_event *ev = &s->event;

	return !s->sending.canceled &&
	    (ev->n_taken > 0 || ev->code == SQB_E_REFUSED);
}

/* Of those who were not asked for it is known that they have nothing. */
static const sqb_error *why_no_more(const sqb_smtp_session *s)
{
	const sqb_error *end = sqb_engine_error(s->base.engine);

	return end && !s->sending.canceled ? end : &s->base.error;
}

void sqb__job_part_done(sqb_smtp_session *s, sqb__job *job)
{
	const sqb_smtp_event *ev = &s->event;
	size_t n_later = ev->n_taken > 0 && !job->mail.all_or_none ?
	    put_off(job) : 0;
	const sqb_error *ours = own_words(s, ev);

	job->at += job->n_part - n_later;
	job->n_part = 0;
	if (job->at == job->mail.n_recipients) {
		end(s, job);
	} else if (goes_on(s)) {
		sqb__job_ask(s, job);
	} else if (ev->code == SQB_E_UNKNOWN) {
		sqb__job_fail(s, job, why_no_more(s));
	} else {
		for (; job->at < job->mail.n_recipients; job->at++)
			set_result(job, job->at, ev, ours);
		end(s, job);
	}
}

/* --- the message */

static char *chunk_of(sqb_smtp_session *s)
{
	const sqb_allocator *a = s->base.allocator;

	if (!s->chunk)
		s->chunk = a->alloc(a->ctx, SQB__CHUNK);
	return s->chunk;
}

static int read_source(sqb_smtp_session *s, sqb__job *job, sqb_error *err)
{
	char *chunk = chunk_of(s);
	int64_t n;

	if (!chunk) {
		*err = no_memory;
		return SQB_E_NOMEM;
	}
	job->was_read = true;
	n = job->source.read(job->source.ctx, chunk, SQB__CHUNK);
	if (n < 0)
		return sqb__error(err, (sqb_code)n,
		    "the message could not be read");
	job->left = (sqb_str){ chunk, (size_t)n };
	return n > 0;
}

/* 1: there is more in job->left; 0: that was all; < 0: err says why. */
static int read_more(sqb_smtp_session *s, sqb__job *job, sqb_error *err)
{
	int rc;

	if (!job->compose)
		return read_source(s, job, err);
	rc = sqb_compose_next(job->compose, &job->left);
	if (rc < 0)
		*err = *sqb_compose_error(job->compose);
	return rc;
}

void sqb__job_feed(sqb_smtp_session *s, sqb__job *job)
{
	sqb_error err, why;
	int rc = 1;
	size_t n = 1;

	while (n > 0) {
		if (job->left.len == 0)
			rc = read_more(s, job, &err);
		if (rc <= 0)
			break;
		n = sqb_smtp_write(s->smtp, job->left);
		job->left.ptr += n;
		job->left.len -= n;
	}
	if (rc == 0)
		sqb_smtp_end_message(s->smtp);
	if (rc < 0) {
		sqb__error_wrap(&why, s->base.protocol->name, &err);
		sqb_engine_fail(s->base.engine, &why);
	}
}

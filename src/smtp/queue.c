/*
 * The queue of jobs, the flight of replies that are owed, and the window: how
 * much may be said ahead. RFC 2920 for pipelining.
 */
#include "smtp/smtp.h"

#include <string.h>

enum { FIRST_CAP = 16 };

static bool grow_jobs(sqb_smtp *s)
{
	const sqb_allocator *a = s->engine.allocator;
	uint32_t cap = s->cap > 0 ? 2 * s->cap : FIRST_CAP;
	sqb__smtp_job *jobs = a->alloc(a->ctx, cap * sizeof(*jobs));

	if (!jobs)
		return false;
	for (uint32_t i = 0; i < s->n; i++)
		jobs[i] = *sqb__smtp_at(s, i);
	a->free(a->ctx, s->jobs);
	s->jobs = jobs;
	s->head = 0;
	s->cap = cap;
	return true;
}

bool sqb__smtp_insert(sqb_smtp *s, uint32_t at, const sqb__smtp_job *x)
{
	if (s->n == s->cap && !grow_jobs(s))
		return false;
	for (uint32_t i = s->n++; i > at; i--)
		*sqb__smtp_at(s, i) = *sqb__smtp_at(s, i - 1);
	*sqb__smtp_at(s, at) = *x;
	return true;
}

/* The head goes at no cost; others are removed only when cancelled. */
void sqb__smtp_remove(sqb_smtp *s, uint32_t at)
{
	const sqb_allocator *a = s->engine.allocator;

	a->free(a->ctx, sqb__smtp_at(s, at)->text);
	if (at < s->n_said)
		s->n_said--;
	s->n--;
	if (at == 0) {
		s->head = (s->head + 1) & (s->cap - 1);
		return;
	}
	for (uint32_t i = at; i < s->n; i++)
		*sqb__smtp_at(s, i) = *sqb__smtp_at(s, i + 1);
}

/* --- the flight */

static bool grow_flight(sqb_smtp *s)
{
	const sqb_allocator *a = s->engine.allocator;
	uint32_t cap = s->flight_cap > 0 ? 2 * s->flight_cap : FIRST_CAP;
	sqb__smtp_due *flight = a->alloc(a->ctx, cap * sizeof(*flight));

	if (!flight)
		return false;
	for (uint32_t i = 0; i < s->n_flight; i++)
		flight[i] = s->flight[(s->flight_head + i) &
		    (s->flight_cap - 1)];
	a->free(a->ctx, s->flight);
	s->flight = flight;
	s->flight_head = 0;
	s->flight_cap = cap;
	return true;
}

/* The wait for the head of the flight begins. */
static void begin_wait(sqb_smtp *s)
{
	const sqb__smtp_due *due = sqb__smtp_due_next(s);
	bool end = due && (due->kind == X_END || due->kind == X_LAST);

	s->engine.reply_timeout = end ? s->options.end_timeout :
	    s->options.reply_timeout;
	sqb__engine_begin_wait(&s->engine);
}

void sqb__smtp_owe(sqb_smtp *s, sqb__smtp_job *x, int kind)
{
	if (s->engine.out.failed ||
	    (s->n_flight == s->flight_cap && !grow_flight(s))) {
		sqb__smtp_nomem(s);
		return;
	}
	s->flight[(s->flight_head + s->n_flight++) & (s->flight_cap - 1)] =
	    (sqb__smtp_due){ sqb__smtp_position(s), (uint8_t)kind };
	x->n_due++;
	if (s->n_flight == 1)
		begin_wait(s);
}

void sqb__smtp_answered(sqb_smtp *s)
{
	s->answered_at = sqb__smtp_due_next(s)->at;
	s->flight_head = (s->flight_head + 1) & (s->flight_cap - 1);
	s->n_flight--;
	sqb__smtp_at(s, 0)->n_due--;
	begin_wait(s);
}

/* --- saying */

/* Refilled when it is half empty: few writes, and never an idle line. */
static bool window_open(sqb_smtp *s)
{
	const sqb_smtp_options *o = &s->options;
	uint64_t octets = sqb__smtp_position(s) - s->answered_at;

	if (s->n_flight >= o->window_commands || octets >= o->window_bytes)
		s->window_full = true;
	else if (s->n_flight <= o->window_commands / 2 &&
	    octets <= o->window_bytes / 2)
		s->window_full = false;
	return !s->window_full;
}

/* A message that has begun goes on, however large the window. */
static bool may_say(sqb_smtp *s, const sqb__smtp_job *x)
{
	uint32_t last;

	if (sqb__buf_len(&s->engine.out) > SQB__SMTP_ROOM)
		return false;
	if (s->n_flight == 0)
		return true;
	last = (s->flight_head + s->n_flight - 1) & (s->flight_cap - 1);
	return s->caps.pipelining && !s->options.no_pipelining &&
	    !sqb__smtp_table[s->flight[last].kind].last &&
	    (x->phase == AT_BODY || window_open(s));
}

void sqb__smtp_say(sqb_smtp *s)
{
	while (s->n_said < s->n && s->engine.error.code == SQB_OK &&
	    !s->engine.want_tls && !s->engine.has_event) {
		sqb__smtp_job *x = sqb__smtp_at(s, s->n_said);

		if (!may_say(s, x))
			return;
		switch (sqb__smtp_table[x->kind].ask(s, x)) {
		case NOT_YET:
			return;
		case MORE:
			break;
		case SAID:
			s->n_said++;
			break;
		}
		if (s->engine.out.failed)
			sqb__smtp_nomem(s);
	}
}

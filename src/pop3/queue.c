/*
 * The queue of exchanges, and the window: how much of it has been said.
 * RFC 2449, section 6.6 for pipelining.
 */
#include "pop3/pop3.h"

#include <string.h>

enum { FIRST_CAP = 16 };

static bool grow(sqb_pop3 *p)
{
	const sqb_allocator *a = p->engine.allocator;
	uint32_t cap = p->cap > 0 ? 2 * p->cap : FIRST_CAP;
	sqb__pop3_exchange *queue = a->alloc(a->ctx, cap * sizeof(*queue));

	if (!queue)
		return false;
	for (uint32_t i = 0; i < p->n; i++)
		queue[i] = *sqb__pop3_at(p, i);
	a->free(a->ctx, p->queue);
	p->queue = queue;
	p->head = 0;
	p->cap = cap;
	return true;
}

bool sqb__pop3_insert(sqb_pop3 *p, uint32_t at, const sqb__pop3_exchange *x)
{
	if (p->n == p->cap && !grow(p))
		return false;
	for (uint32_t i = p->n++; i > at; i--)
		*sqb__pop3_at(p, i) = *sqb__pop3_at(p, i - 1);
	*sqb__pop3_at(p, at) = *x;
	return true;
}

/* The head goes at no cost; others are removed only when cancelled. */
void sqb__pop3_remove(sqb_pop3 *p, uint32_t at)
{
	const sqb_allocator *a = p->engine.allocator;
	sqb__pop3_exchange *x = sqb__pop3_at(p, at);

	a->free(a->ctx, x->text);
	if (at < p->n_sent) {
		p->n_sent--;
		p->cost_sent -= x->cost;
	}
	p->n--;
	if (at == 0) {
		p->head = (p->head + 1) & (p->cap - 1);
		return;
	}
	for (uint32_t i = at; i < p->n; i++)
		*sqb__pop3_at(p, i) = *sqb__pop3_at(p, i + 1);
}

/* Refilled when it is half empty: few writes, and never an idle line. */
static bool window_open(sqb_pop3 *p)
{
	const sqb_pop3_options *o = &p->options;

	if (p->n_sent >= o->window_commands || p->cost_sent >= o->window_bytes)
		p->window_full = true;
	else if (p->n_sent <= o->window_commands / 2 &&
	    p->cost_sent <= o->window_bytes / 2)
		p->window_full = false;
	return !p->window_full;
}

static bool may_say(sqb_pop3 *p, const sqb__pop3_exchange *x)
{
	const sqb__pop3_exchange *last;

	if (p->n_sent == 0)
		return true;
	last = sqb__pop3_at(p, p->n_sent - 1);
	return p->caps.pipelining && !sqb__pop3_table[x->kind].alone &&
	    !sqb__pop3_table[last->kind].alone && window_open(p);
}

void sqb__pop3_say(sqb_pop3 *p)
{
	while (p->n_sent < p->n && p->engine.error.code == SQB_OK &&
	    !p->engine.want_tls) {
		sqb__pop3_exchange *x = sqb__pop3_at(p, p->n_sent);
		size_t before = sqb__buf_len(&p->engine.out);

		if (!may_say(p, x))
			return;
		switch (sqb__pop3_table[x->kind].ask(p, x)) {
		case NOT_YET:
			continue;
		case DROPPED:
			sqb__pop3_remove(p, p->n_sent);
			continue;
		case ASKED:
			break;
		}
		x = sqb__pop3_at(p, p->n_sent++);
		x->cost = (uint32_t)(sqb__buf_len(&p->engine.out) - before);
		p->cost_sent += x->cost;
		if (p->n_sent == 1)
			sqb__engine_begin_wait(&p->engine);
		if (p->engine.out.failed)
			sqb__engine_fail(&p->engine, SQB_E_NOMEM,
			    "out of memory");
	}
}

/*
 * Plays a script in memory: see play.h. Server bytes wait in a queue and are
 * given to the engine only when a step needs what they yield, so that the
 * engine has always been asked for its output first, as by a real peer.
 */
#include "play.h"

#include "target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct player {
	const script *script;
	cuts cuts;
	uint64_t random;	/* state of the generator */
	target target;
	sqb_time now;
	bytes in;		/* sent by the server */
	size_t n_fed;		/* octets of it that were received */
	bytes out;		/* sent by the engine, not yet asked for */
	bytes masked;		/* all that it sent, secrets starred out */
	bytes *why;
} player;

/* --- cutting */

static uint64_t next_random(player *p)
{
	p->random ^= p->random << 13;	/* xorshift64 */
	p->random ^= p->random >> 7;
	p->random ^= p->random << 17;
	return p->random;
}

/* How many of len octets go at once; most is 1 at least. */
static size_t piece(player *p, size_t len, size_t fed)
{
	static const size_t sizes[] = { 1, 2, 3, 7, 40, 1000 };

	switch (p->cuts.how) {
	case CUT_BYTES:
		return 1;
	case CUT_ONCE:
		return fed < p->cuts.at && p->cuts.at - fed < len ?
		    p->cuts.at - fed : len;
	case CUT_RANDOM: {
		size_t n = 1 + next_random(p) % sizes[next_random(p) % 6];

		return n < len ? n : len;
	}
	case CUT_WHOLE:
		break;
	}
	return len;
}

/* --- moving bytes */

/* What came before the piece of output ends, as a trace would show it. */
static void add_masked(player *p, const uint8_t *data, size_t len)
{
	size_t n, from = p->masked.len;
	const sqb_range *r = sqb_engine_secrets(p->target.engine, &n);

	bytes_add(&p->masked, data, len);
	for (size_t i = 0; i < n; i++)
		for (size_t at = r[i].from; at < r[i].to && at < len; at++)
			p->masked.data[from + at] = '*';
}

static void take_output(player *p)
{
	const uint8_t *data;
	size_t len;

	for (;;) {
		data = sqb_engine_send_buf(p->target.engine, &len);
		if (len == 0)
			return;
		if (p->cuts.how == CUT_BYTES || p->cuts.how == CUT_RANDOM)
			len = piece(p, len, 0);
		bytes_add(&p->out, data, len);
		add_masked(p, data, len);
		sqb_engine_send_ack(p->target.engine, len);
		target_drain(&p->target);
	}
}

/* One receive. The rest of the buffer is out of bounds until the next. */
static void feed(player *p)
{
	size_t cap, n, left = p->in.len - p->n_fed;
	uint8_t *buf = sqb_engine_recv_buf(p->target.engine, &cap);

	if (!buf)
		return;
	heap_unguard(buf, cap);
	n = piece(p, left < cap ? left : cap, p->n_fed);
	memcpy(buf, p->in.data + p->n_fed, n);
	heap_guard(buf + n, cap - n);
	p->n_fed += n;
	sqb_engine_recv_ack(p->target.engine, n);
}

/* False: nothing moves any more without a step of the script. */
static bool move(player *p)
{
	target *t = &p->target;

	target_drain(t);
	take_output(p);
	sqb_engine_clock(t->engine, p->now);
	target_drain(t);
	if (p->in.len == p->n_fed ||
	    !(sqb_engine_wants(t->engine) & SQB_WANT_RECV))
		return false;
	feed(p);
	target_drain(t);
	take_output(p);
	return true;
}

static void rest(player *p)
{
	while (move(p))
		continue;
}

/* --- steps */

static bool step_server(player *p, const step *s)
{
	target_drain(&p->target);
	take_output(p);
	bytes_add(&p->in, s->data.data, s->data.len);
	if (p->out.len == 0)
		return true;
	bytes_add_c(p->why, "the engine has said more: ");
	bytes_add_visible(p->why, p->out.data, p->out.len);
	return false;
}

static bool step_client(player *p, const step *s)
{
	size_t n;

	while (step_fits(s, &p->out) == 0 && move(p))
		continue;
	n = step_fits(s, &p->out);
	if (n > 0) {
		bytes_drop(&p->out, n);
		return true;
	}
	bytes_add_c(p->why, "expected \"");
	bytes_add_visible(p->why, s->data.data, s->data.len);
	bytes_add_c(p->why, "\", got \"");
	bytes_add_visible(p->why, p->out.data, p->out.len);
	bytes_add_c(p->why, "\"");
	return false;
}

static bool step_call(player *p, const step *s)
{
	rest(p);
	return target_call(&p->target, s, p->why);
}

static bool step_event(player *p, const step *s)
{
	while (!target_has_event(&p->target) && move(p))
		continue;
	return target_match(&p->target, s, p->why);
}

static bool ask_clock(player *p, const step *s)
{
	sqb_time until = sqb_engine_clock(p->target.engine, p->now);
	char left[32];

	if (until == SQB_NEVER)
		snprintf(left, sizeof(left), "never");
	else
		snprintf(left, sizeof(left), "%lld",
		    (long long)(until - p->now));
	if (strcmp(left, step_arg(s, 1)) == 0)
		return true;
	bytes_add_c(p->why, "the clock says ");
	bytes_add_c(p->why, left);
	return false;
}

static bool ask_masked(player *p, const step *s)
{
	const char *part = step_arg(s, 1);

	if (bytes_has(&p->masked, part, strlen(part)))
		return true;
	bytes_add_c(p->why, "the trace is ");
	bytes_add_visible(p->why, p->masked.data, p->masked.len);
	return false;
}

static bool step_query(player *p, const step *s)
{
	rest(p);
	if (strcmp(step_arg(s, 0), "clock") == 0)
		return ask_clock(p, s);
	if (strcmp(step_arg(s, 0), "masked") == 0)
		return ask_masked(p, s);
	return target_query(&p->target, s, p->why);
}

static sqb_str value_of(const step *s, const char *key)
{
	const word *w = step_word(s, key);

	return w ? (sqb_str){ w->value.data, w->value.len } :
	    (sqb_str){ NULL, 0 };
}

static bool step_tls(player *p, const step *s)
{
	const word *version = step_word(s, "version");
	sqb_tls_info info = {
		.version = version ? version->value.data : "TLSv1.3",
		.cipher = "TLS_AES_256_GCM_SHA384",
		.verified = true,
		.exporter = value_of(s, "exporter"),
		.end_point = value_of(s, "end_point"),
	};

	rest(p);
	if (sqb_engine_wants(p->target.engine) == SQB_WANT_TLS) {
		sqb_engine_tls_done(p->target.engine, &info);
		return true;
	}
	bytes_add_c(p->why, "the engine does not ask for TLS");
	return false;
}

static bool step_clock(player *p, const step *s)
{
	rest(p);
	p->now += s->ms;
	sqb_engine_clock(p->target.engine, p->now);
	target_drain(&p->target);
	return true;
}

static bool step_eof(player *p, const step *s)
{
	size_t cap;

	(void)s;
	rest(p);
	if (sqb_engine_recv_buf(p->target.engine, &cap)) {
		heap_unguard(sqb_engine_recv_buf(p->target.engine, &cap), cap);
		sqb_engine_recv_ack(p->target.engine, 0);
	}
	target_drain(&p->target);
	return true;
}

static bool (*const take_step[])(player *p, const step *s) = {
	[STEP_SERVER] = step_server,
	[STEP_CLIENT] = step_client,
	[STEP_CALL] = step_call,
	[STEP_EVENT] = step_event,
	[STEP_QUERY] = step_query,
	[STEP_TLS] = step_tls,
	[STEP_CLOCK] = step_clock,
	[STEP_EOF] = step_eof,
};

/* --- the end */

static bool nothing_left(player *p)
{
	bool closed;

	rest(p);
	closed = sqb_engine_wants(p->target.engine) == SQB_WANT_CLOSE;
	if (target_has_surplus(&p->target, p->why))
		return false;
	if (p->out.len > 0) {
		bytes_add_c(p->why, "the engine has said more: ");
		bytes_add_visible(p->why, p->out.data, p->out.len);
		return false;
	}
	if (p->in.len > p->n_fed && !closed) {
		bytes_add_c(p->why, "the engine does not take: ");
		bytes_add_visible(p->why, p->in.data + p->n_fed,
		    p->in.len - p->n_fed);
		return false;
	}
	return true;
}

static bool no_secret(player *p, sqb_str secret)
{
	enum { LEAST = 4 };	/* shorter ones are found by chance */

	if (secret.len < LEAST ||
	    !bytes_has(&p->masked, secret.ptr, secret.len))
		return true;
	bytes_add_c(p->why, "a secret is not masked");
	return false;
}

/* What must hold after any session, as expected or not. */
static bool sound(player *p)
{
	target *t = &p->target;
	bool secrets_kept = true;

	target_settle(t);
	for (size_t i = 0; i < t->n_calls && secrets_kept; i++)
		secrets_kept = no_secret(p, t->calls[i]->login.password) &&
		    no_secret(p, t->calls[i]->login.token);
	if (t->broken.len > 0)
		bytes_add(p->why, t->broken.data, t->broken.len);
	return secrets_kept && t->broken.len == 0;
}

/* A session that ran out of memory says so and claims nothing. */
static bool ran_dry(player *p)
{
	target *t = &p->target;

	for (size_t i = t->n_matched; i < t->n_log; i++) {
		const logged *l = &t->log[i];

		if (l->is_ok)
			return false;
	}
	return t->saw_nomem;
}

static bool play_steps(player *p)
{
	char where[32];

	for (size_t i = 0; i < p->script->n_steps; i++) {
		const step *s = &p->script->steps[i];

		if (take_step[s->type](p, s))
			continue;
		snprintf(where, sizeof(where), " (line %u)", s->line);
		bytes_add_c(p->why, where);
		return false;
	}
	return nothing_left(p);
}

static bool play_session(player *p, const heap *h)
{
	bool as_expected, is_sound;

	if (p->target.broken.len > 0) {
		bytes_add_c(p->why, p->target.broken.data);
		return false;
	}
	as_expected = play_steps(p);
	is_sound = sound(p);
	return is_sound && (as_expected || (h->failed && ran_dry(p)));
}

bool play(const script *s, const cuts *c, heap *h, bytes *why)
{
	player p = { .script = s, .cuts = *c, .why = why, .now = 1000000,
		.random = c->seed * 2654435761u + 1 };
	bool ok;

	if (target_open(&p.target, s, &h->allocator))
		ok = play_session(&p, h);
	else
		ok = h->failed;
	target_close(&p.target);
	bytes_clear(&p.in);
	bytes_clear(&p.out);
	bytes_clear(&p.masked);
	if (h->n_out > 0) {
		bytes_add_c(why, "; memory is leaked");
		ok = false;
	}
	return ok;
}

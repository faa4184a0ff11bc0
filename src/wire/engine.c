/*
 * The byte face of all protocols (engine.h): buffers, secrets, patience,
 * errors. It knows no protocol; that is in the class it is given.
 */
#include "wire/engine.h"

#include "base/error.h"

#include <string.h>

enum {
	FIRST_RECV = 4096,		/* octets of the buffer at first */
	LEAST_ROOM = 1024,		/* less is not worth a receive */
	LEAST_RATE = 1024		/* octets a second, see clock() */
};

void sqb__engine_init(sqb_engine *e, const sqb__engine_class *class,
    const sqb_allocator *a, size_t max_in, size_t max_out)
{
	e->class = class;
	e->allocator = a;
	sqb__buf_init(&e->in, a, max_in);
	sqb__buf_init(&e->out, a, max_out);
	e->out.secret = true;
	e->new_wait = true;
}

void sqb__engine_clear(sqb_engine *e)
{
	sqb__buf_clear(&e->in);
	sqb__buf_clear(&e->out);
	sqb__wipe(e->tls_exporter, sizeof(e->tls_exporter));
}

/* --- errors */

void sqb__engine_fail_text(sqb_engine *e, sqb_code code,
    const char *const *pieces)
{
	sqb_error why;

	sqb__error_set(&why, code, pieces);
	sqb_engine_fail(e, &why);
}

void sqb_engine_fail(sqb_engine *e, const sqb_error *why)
{
	if (e->error.code != SQB_OK || e->closed)
		return;
	sqb__error_wrap(&e->error, e->class->prefix, why);
	e->error.offset = e->n_received - sqb__buf_len(&e->in);
}

const sqb_error *sqb_engine_error(const sqb_engine *e)
{
	return e->error.code == SQB_OK ? NULL : &e->error;
}

/* --- what it wants */

/* The slices of an event are in the buffer: it stays until that is fetched. */
static bool may_receive(const sqb_engine *e)
{
	return !e->has_event && sqb__buf_len(&e->in) < e->in.max;
}

unsigned sqb_engine_wants(const sqb_engine *e)
{
	unsigned wants = 0;

	if (e->error.code != SQB_OK || e->closed || e->eof)
		return SQB_WANT_CLOSE;
	if (e->want_tls)
		return SQB_WANT_TLS;
	if (sqb__buf_len(&e->out) > 0)
		wants |= SQB_WANT_SEND;
	if (may_receive(e))
		wants |= SQB_WANT_RECV;
	return wants;
}

bool sqb_engine_step(sqb_engine *e)
{
	return e->class->step(e);
}

/* --- bytes in */

/*
 * The buffer starts small, for the many lines that idle, and grows by four
 * each time a receive has filled it. What is left in it is no more than the
 * beginning of a line or of an end mark, so moving that is cheap.
 */
static size_t next_cap(const sqb_engine *e)
{
	size_t cap = e->in.cap;

	if (cap == 0)
		cap = FIRST_RECV;
	else if (e->in_filled || e->in.cap - sqb__buf_len(&e->in) < LEAST_ROOM)
		cap *= 4;
	return cap < e->in.max ? cap : e->in.max;
}

uint8_t *sqb_engine_recv_buf(sqb_engine *e, size_t *cap)
{
	size_t len = sqb__buf_len(&e->in);

	*cap = 0;
	if (!(sqb_engine_wants(e) & SQB_WANT_RECV))
		return NULL;
	if (!sqb__buf_reserve(&e->in, next_cap(e) - len)) {
		sqb__engine_fail(e, SQB_E_NOMEM, "out of memory");
		return NULL;
	}
	e->in_filled = false;
	*cap = e->in.cap - e->in.end;
	return (uint8_t *)e->in.data + e->in.end;
}

void sqb_engine_recv_ack(sqb_engine *e, size_t n)
{
	if (n == 0)
		e->eof = true;
	e->in.end += n;
	e->in_filled = e->in.end == e->in.cap;
	e->n_received += n;
	e->moved = true;
}

bool sqb__engine_take_line(sqb_engine *e, size_t max, sqb_str *line,
    bool *bare_lf)
{
	sqb_str in = sqb__buf_str(&e->in);
	size_t look = in.len < max + 2 ? in.len : max + 2, len;
	char what[SQB__DESCRIPTION];
	const char *lf;

	if (in.len == 0)
		return false;
	lf = memchr(in.ptr, '\n', look);
	if (!lf && in.len < max + 2)
		return false;
	len = lf ? (size_t)(lf - in.ptr) : max + 1;
	*bare_lf = len == 0 || in.ptr[len - 1] != '\r';
	*line = (sqb_str){ in.ptr, *bare_lf ? len : len - 1 };
	if (line->len > max) {
		e->class->describe(e, what, sizeof(what));
		sqb__engine_fail(e, SQB_E_LIMIT, what, ": endless line");
		return false;
	}
	e->in.start += len + 1;
	return true;
}

/* --- bytes out */

const uint8_t *sqb_engine_send_buf(sqb_engine *e, size_t *len)
{
	*len = 0;
	if (!(sqb_engine_wants(e) & SQB_WANT_SEND))
		return NULL;
	*len = sqb__buf_len(&e->out);
	return (const uint8_t *)e->out.data + e->out.start;
}

void sqb_engine_send_ack(sqb_engine *e, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < e->n_secrets; i++) {
		sqb_range r = e->secrets[i];

		if (r.to <= n)
			continue;
		e->secrets[kept].from = r.from > n ? r.from - n : 0;
		e->secrets[kept++].to = r.to - n;
	}
	e->n_secrets = kept;
	sqb__buf_drop(&e->out, n);
	e->n_sent += n;
	e->moved = true;
}

const sqb_range *sqb_engine_secrets(const sqb_engine *e, size_t *n)
{
	*n = e->n_secrets;
	return e->secrets;
}

/* Too many at once become one that covers them all: never too little. */
void sqb__engine_add_secret(sqb_engine *e, sqb_str s)
{
	size_t from = sqb__buf_len(&e->out);

	sqb__buf_add(&e->out, s);
	if (e->n_secrets == SQB__MAX_SECRETS)
		from = e->secrets[--e->n_secrets].from;
	e->secrets[e->n_secrets++] = (sqb_range){ from,
	    sqb__buf_len(&e->out) };
}

/* --- time */

void sqb__engine_begin_wait(sqb_engine *e)
{
	e->new_wait = true;
}

static sqb_time earlier(sqb_time a, sqb_time b)
{
	return a < b ? a : b;
}

static sqb_time later(sqb_time t, sqb_time by)
{
	return t > SQB_NEVER - by ? SQB_NEVER : t + by;
}

/*
 * Two durations: reply_timeout without a byte, and command_timeout for the
 * whole reply. The second grows by a second for each KiB that came, so that a
 * large message has its time and a peer that drips does not.
 */
static sqb_time deadline(const sqb_engine *e)
{
	uint64_t came = e->n_received - e->wait_octets;

	return earlier(later(e->moved_at, e->reply_timeout),
	    later(later(e->wait_at, e->command_timeout),
	    (sqb_time)(came / LEAST_RATE * 1000)));
}

static void fail_timeout(sqb_engine *e)
{
	char what[SQB__DESCRIPTION];

	e->class->describe(e, what, sizeof(what));
	sqb__engine_fail(e, SQB_E_TIMEOUT, what,
	    " did not come in time; try again later or allow more time");
}

sqb_time sqb_engine_clock(sqb_engine *e, sqb_time now)
{
	sqb_time until;

	if (e->error.code != SQB_OK || e->closed || !e->class->waiting(e)) {
		e->moved = e->new_wait = true;
		return SQB_NEVER;
	}
	if (e->new_wait) {
		e->wait_at = now;
		e->wait_octets = e->n_received;
	}
	if (e->moved || e->new_wait)
		e->moved_at = now;
	e->moved = e->new_wait = false;
	until = deadline(e);
	if (until > now)
		return until;
	fail_timeout(e);
	return now;
}

/* --- TLS */

static sqb_str keep(char *room, size_t cap, sqb_str s)
{
	if (s.len == 0 || s.len > cap)
		return (sqb_str){ NULL, 0 };
	memcpy(room, s.ptr, s.len);
	return (sqb_str){ room, s.len };
}

void sqb_engine_tls_done(sqb_engine *e, const sqb_tls_info *info)
{
	sqb__visible(e->tls_version, sizeof(e->tls_version),
	    sqb_str_of(info->version));
	sqb__visible(e->tls_cipher, sizeof(e->tls_cipher),
	    sqb_str_of(info->cipher));
	e->tls = (sqb_tls_info){
		.version = e->tls_version,
		.cipher = e->tls_cipher,
		.verified = info->verified,
		.resumed = info->resumed,
		.exporter = keep(e->tls_exporter, sizeof(e->tls_exporter),
		    info->exporter),
		.end_point = keep(e->tls_end_point, sizeof(e->tls_end_point),
		    info->end_point),
	};
	e->has_tls = true;
	e->want_tls = false;
	sqb__engine_begin_wait(e);
	e->class->secured(e);
}

const sqb_tls_info *sqb_engine_tls(const sqb_engine *e)
{
	return e->has_tls ? &e->tls : NULL;
}

bool sqb__engine_secure(sqb_engine *e, sqb_tls_mode mode,
    sqb__secure_line *line)
{
	bool secure = e->has_tls || mode == SQB_TLS_OFF;

	line->engine = secure ? e : NULL;
	return secure;
}

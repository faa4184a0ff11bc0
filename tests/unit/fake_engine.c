/* See fake_engine.h. */
#include "fake_engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 64 * 1024 };

void fake_clear(sqb_engine *e)
{
	free(e->in);
	*e = (sqb_engine){ 0 };
}

static bool wants_tls(const sqb_engine *e)
{
	return !e->has_tls &&
	    (e->want_tls || (e->tls_at > 0 && e->n_in >= e->tls_at));
}

unsigned sqb_engine_wants(const sqb_engine *e)
{
	if (e->error.code != SQB_OK || e->eof || e->closed)
		return SQB_WANT_CLOSE;
	if (wants_tls(e))
		return SQB_WANT_TLS;
	return e->n_out > 0 && (e->has_tls || e->tls_at == 0) ?
	    SQB_WANT_RECV | SQB_WANT_SEND : SQB_WANT_RECV;
}

bool sqb_engine_step(sqb_engine *e)
{
	return e->error.code != SQB_OK || e->eof ||
	    (e->n_enough > 0 && e->n_in >= e->n_enough);
}

uint8_t *sqb_engine_recv_buf(sqb_engine *e, size_t *cap)
{
	if (e->n_in + ROOM > e->cap_in) {
		e->cap_in = 2 * e->cap_in + ROOM;
		e->in = realloc(e->in, e->cap_in);
		if (!e->in)
			abort();
	}
	*cap = e->cap_in - e->n_in;
	if (e->most_recv > 0 && *cap > e->most_recv)
		*cap = e->most_recv;
	if (e->tls_at > e->n_in && *cap > e->tls_at - e->n_in)
		*cap = e->tls_at - e->n_in;
	return e->in + e->n_in;
}

void sqb_engine_recv_ack(sqb_engine *e, size_t n)
{
	e->n_in += n;
	e->n_recvs++;
	e->eof = n == 0;
}

const uint8_t *sqb_engine_send_buf(sqb_engine *e, size_t *len)
{
	*len = e->n_out;
	return e->n_out > 0 ? e->out : NULL;
}

void sqb_engine_send_ack(sqb_engine *e, size_t n)
{
	size_t kept = 0;

	e->out += n;
	e->n_out -= n;
	for (size_t i = 0; i < e->n_secrets; i++) {
		sqb_range r = e->secrets[i];

		if (r.to > n)
			e->secrets[kept++] = (sqb_range){
			    r.from > n ? r.from - n : 0, r.to - n };
	}
	e->n_secrets = kept;
}

const sqb_range *sqb_engine_secrets(const sqb_engine *e, size_t *n)
{
	*n = e->n_secrets;
	return e->secrets;
}

sqb_time sqb_engine_clock(sqb_engine *e, sqb_time now)
{
	(void)now;
	e->n_clocks++;
	return SQB_NEVER;
}

void sqb_engine_tls_done(sqb_engine *e, const sqb_tls_info *info)
{
	e->has_tls = true;
	e->tls = *info;
	(void)snprintf(e->version, sizeof(e->version), "%s", info->version);
	(void)snprintf(e->cipher, sizeof(e->cipher), "%s", info->cipher);
	memcpy(e->exporter, info->exporter.ptr, info->exporter.len);
	memcpy(e->end_point, info->end_point.ptr, info->end_point.len);
}

void sqb_engine_fail(sqb_engine *e, const sqb_error *why)
{
	if (e->error.code == SQB_OK)
		e->error = *why;
}

const sqb_error *sqb_engine_error(const sqb_engine *e)
{
	return e->error.code == SQB_OK ? NULL : &e->error;
}

/*
 * Any answer of a proxy: the octets of any split of it mean the same, and the
 * same is said. The first octet chooses the proxy and the host, the second how
 * large the pieces are.
 */
#include "net/proxy.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_SAID = 4096 };

typedef struct outcome {
	int rc;
	size_t used;		/* of 1: what was the proxy's own */
	sqb_error err;
	char said[MOST_SAID];
	size_t n_said;
} outcome;

static void take_said(sqb__proxy *p, outcome *o)
{
	sqb_str s = sqb__proxy_to_send(p);

	if (o->n_said + s.len > MOST_SAID)
		abort();
	memcpy(o->said + o->n_said, s.ptr, s.len);
	o->n_said += s.len;
	sqb__proxy_sent(p, s.len);
}

/* In a copy of just its size, so that reading beyond it is seen. */
static int hear(sqb__proxy *p, const uint8_t *bytes, size_t n, size_t *used,
    sqb_error *err)
{
	uint8_t *piece = malloc(n + (n == 0));
	int rc;

	if (!piece)
		abort();
	if (n > 0)
		memcpy(piece, bytes, n);
	rc = sqb__proxy_hear(p, piece, n, used, err);
	if (*used > n || (rc == 0 && *used != n))
		abort();
	free(piece);
	return rc;
}

static outcome play(const sqb__proxy_url *url, const char *host,
    const uint8_t *bytes, size_t n, size_t step)
{
	outcome o = { .rc = 0 };
	sqb__proxy *p = sqb__proxy_new(url, host, 995, &o.err);
	size_t at = 0;

	if (!p)
		abort();
	take_said(p, &o);
	while (o.rc == 0 && at < n) {
		size_t len = n - at < step ? n - at : step, used = 0;

		o.rc = hear(p, bytes + at, len, &used, &o.err);
		at += used;
		take_said(p, &o);
	}
	o.used = o.rc == 1 ? at : 0;
	sqb__proxy_free(p);
	return o;
}

static bool is_same(const outcome *a, const outcome *b)
{
	return a->rc == b->rc && a->used == b->used &&
	    a->n_said == b->n_said &&
	    memcmp(a->said, b->said, a->n_said) == 0 &&
	    (a->rc >= 0 || (a->err.code == b->err.code &&
	    strcmp(a->err.text, b->err.text) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const urls[] = { "socks5://p", "socks5://u:w@p",
		"http://p", "http://u:w@p" };
	static const char *const hosts[] = { "mail.example", "192.0.2.1",
		"2001:db8::1", "a.b" };
	sqb__proxy_url url;
	outcome whole, pieces;
	sqb_error err;

	if (size < 2)
		return 0;
	if (sqb__proxy_parse(&url, urls[data[0] & 3], NULL, &err) < 0)
		abort();
	whole = play(&url, hosts[data[0] >> 2 & 3], data + 2, size - 2,
	    SIZE_MAX);
	pieces = play(&url, hosts[data[0] >> 2 & 3], data + 2, size - 2,
	    1 + data[1] % 16);
	if (!is_same(&whole, &pieces))
		abort();
	return 0;
}

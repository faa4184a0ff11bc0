/* What the files of proxies share. */
#ifndef SQB_NET_PROXY_INTERNAL_H
#define SQB_NET_PROXY_INTERNAL_H

#include "net/proxy.h"

enum {
	SQB__PROXY_OUT = 2048,	/* octets: CONNECT with the longest names */
	SQB__PROXY_IN = 512	/* and of an answer, or a line, that count */
};

/* Judges p->in. 1: the line is open; 0: await more; < 0: err says why. */
typedef int (*sqb__proxy_judge)(sqb__proxy *p, sqb_error *err);

struct sqb__proxy {
	sqb__proxy_url url;
	char host[SQB__MAX_HOST];	/* where to */
	uint16_t port;
	uint8_t out[SQB__PROXY_OUT];
	size_t out_len, out_at;
	uint8_t in[SQB__PROXY_IN];
	size_t in_len, n_heard;
	size_t need;			/* octets to judge; 0: a line */
	sqb__proxy_judge judge;
	bool is_accepted;		/* HTTP: a header is left to read */
};

void sqb__proxy_say(sqb__proxy *p, const void *bytes, size_t n);
void sqb__proxy_await(sqb__proxy *p, size_t need, sqb__proxy_judge judge);

void sqb__proxy_begin_socks(sqb__proxy *p);
void sqb__proxy_begin_http(sqb__proxy *p);

#endif

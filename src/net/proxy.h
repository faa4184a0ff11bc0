/*
 * The handshakes with a proxy, as bytes in and bytes out: SOCKS5 (RFC 1928,
 * RFC 1929) and HTTP's CONNECT (RFC 9110, section 9.3.6). Nothing here reads a
 * socket or a clock. The proxy resolves the name.
 */
#ifndef SQB_NET_PROXY_H
#define SQB_NET_PROXY_H

#include "net/resolve.h"

enum { SQB__PROXY_LOGIN = 256 };	/* octets, with the NUL; RFC 1929 */

typedef struct sqb__proxy_url {
	bool is_http;			/* else SOCKS5 */
	char host[SQB__MAX_HOST];	/* of the proxy */
	uint16_t port;
	bool has_user;
	char user[SQB__PROXY_LOGIN], password[SQB__PROXY_LOGIN];
} sqb__proxy_url;

/*
 * socks5://[user[:password]@]host[:1080] or http://[user[:password]@]host[:80],
 * user and password percent-encoded. password: instead of one in the URL; may
 * be NULL. SQB_E_USAGE, which never shows the URL: a password may be in it.
 */
int sqb__proxy_parse(sqb__proxy_url *out, const char *url,
    const char *password, sqb_error *err);

typedef struct sqb__proxy sqb__proxy;

/*
 * Asks for host, in A-labels or an address, and port. SQB_E_USAGE: that cannot
 * be said to a proxy. NULL: err says why.
 */
sqb__proxy *sqb__proxy_new(const sqb__proxy_url *url, const char *host,
    uint16_t port, sqb_error *err);
void sqb__proxy_free(sqb__proxy *p);	/* wipes; p may be NULL */

/* What is to be sent; then how much of it was. Lifetime: the next call. */
sqb_str sqb__proxy_to_send(const sqb__proxy *p);
void sqb__proxy_sent(sqb__proxy *p, size_t n);

/*
 * Takes what the proxy said. *used: how much of that was its own, all of it
 * while under way. 1: the line to the host is open, what is behind *used is the
 * host's; 0: under way; < 0: err says why.
 */
int sqb__proxy_hear(sqb__proxy *p, const uint8_t *bytes, size_t n,
    size_t *used, sqb_error *err);

/*
 * Moves what the line allows, both ways. *stuck: the directions of SQB_WANT_…
 * that wait for it. What the host says behind the proxy's answer is left where
 * it is. 1: the line to the host is open; 0: under way; < 0: err says why.
 */
int sqb__proxy_step(sqb__proxy *p, int fd, unsigned *stuck, sqb_error *err);

#endif

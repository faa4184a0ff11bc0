/* Host names and addresses, without asking anybody. */
#ifndef SQB_NET_HOST_H
#define SQB_NET_HOST_H

#include <squab/error.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { SQB__MAX_HOST = 256 };	/* octets of a name, with the closing NUL */

typedef union sqb__address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un local;
} sqb__address;

static inline socklen_t sqb__address_len(const sqb__address *a)
{
	if (a->any.sa_family == AF_UNIX)
		return sizeof(a->local);
	return a->any.sa_family == AF_INET6 ? sizeof(a->v6) : sizeof(a->v4);
}

/*
 * A name as DNS and certificates have it: A-labels (RFC 5890), no dot at the
 * end. SQB_E_USAGE: it cannot be one.
 */
int sqb__host_ascii(char out[SQB__MAX_HOST], const char *host, sqb_error *err);

/* True for an address and no name, with or without a scope. */
bool sqb__host_is_numeric(const char *host);

/*
 * A path that begins with / is a Unix socket's, unix(7). SQB_E_USAGE: it is
 * too long for one.
 */
int sqb__address_of_path(const char *path, sqb__address *out, sqb_error *err);

/* An address needs no asking. False: host is a name. */
bool sqb__resolve_numeric(const char *host, uint16_t port, sqb__address *out);

#endif

/*
 * getaddrinfo(3) knows all ways in which a system finds names and tells of no
 * TTL (RFC 1035, section 3.2.1). So DNS is asked again for what was found, by
 * resolver(3), and believed only where its answer has an address that was
 * found: others are from a file, or from a service which is not DNS.
 */
#include "net/ttl.h"

#include <arpa/nameser.h>
#include <resolv.h>
#include <string.h>

enum { ANSWER = 4096, PATIENCE = 2 };	/* octets, and s for each server */

static bool is_among(const uint8_t *octets, size_t len, int family,
    const sqb__address *addresses, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const sqb__address *a = &addresses[i];
		const void *own = family == AF_INET ?
		    (const void *)&a->v4.sin_addr :
		    (const void *)&a->v6.sin6_addr;

		if (a->any.sa_family == family && !memcmp(own, octets, len))
			return true;
	}
	return false;
}

/* One of the addresses is what this record says. */
static bool says_it(const ns_rr *rr, const sqb__address *addresses, size_t n)
{
	if (ns_rr_type(*rr) == ns_t_a && ns_rr_rdlen(*rr) == NS_INADDRSZ)
		return is_among(ns_rr_rdata(*rr), NS_INADDRSZ, AF_INET,
		    addresses, n);
	return ns_rr_type(*rr) == ns_t_aaaa &&
	    ns_rr_rdlen(*rr) == NS_IN6ADDRSZ &&
	    is_among(ns_rr_rdata(*rr), NS_IN6ADDRSZ, AF_INET6, addresses, n);
}

/* The least of all records that led there, CNAMEs too. */
int64_t sqb__ttl_of(const uint8_t *message, size_t len,
    const sqb__address *addresses, size_t n)
{
	int64_t least = -1, ttl;
	bool is_it = false;
	ns_msg m;
	ns_rr rr;

	if (ns_initparse(message, (int)len, &m) < 0)
		return -1;
	for (int i = 0; i < ns_msg_count(m, ns_s_an); i++) {
		if (ns_parserr(&m, ns_s_an, i, &rr) < 0)
			return -1;
		/* the high bit means 0: RFC 2181, section 8 */
		ttl = ns_rr_ttl(rr) > INT32_MAX ? 0 : ns_rr_ttl(rr);
		if (least < 0 || ttl < least)
			least = ttl;
		is_it = is_it || says_it(&rr, addresses, n);
	}
	return is_it ? least : -1;
}

/* RFC 6762, section 22.1: what is not for DNS is not asked there. */
static bool is_for_dns(const char *host)
{
	size_t len = strlen(host);

	return strchr(host, '.') &&
	    (len < 6 || strcmp(host + len - 6, ".local") != 0);
}

int64_t sqb__ttl_ask(const char *host, const sqb__address *addresses, size_t n)
{
	struct __res_state state;
	uint8_t answer[ANSWER];
	int type = n > 0 && addresses[0].any.sa_family == AF_INET6 ?
	    ns_t_aaaa : ns_t_a;
	int len;

	memset(&state, 0, sizeof(state));
	if (!is_for_dns(host) || res_ninit(&state) != 0)
		return -1;
	state.retrans = PATIENCE;
	state.retry = 1;
	len = res_nsearch(&state, host, ns_c_in, type, answer,
	    sizeof(answer));
	res_nclose(&state);
	if (len < 0)
		return -1;
	return sqb__ttl_of(answer, len < ANSWER ? (size_t)len : ANSWER,
	    addresses, n);
}

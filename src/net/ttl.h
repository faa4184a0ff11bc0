/* How long DNS lets a name's addresses be believed. */
#ifndef SQB_NET_TTL_H
#define SQB_NET_TTL_H

#include "net/host.h"

/*
 * Asks; blocks for some seconds at most. -1: DNS does not say, or not of these
 * addresses. Else seconds.
 */
int64_t sqb__ttl_ask(const char *host, const sqb__address *addresses, size_t n);

/* The same of a server's answer. */
int64_t sqb__ttl_of(const uint8_t *message, size_t len,
    const sqb__address *addresses, size_t n);

#endif

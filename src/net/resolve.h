/* Host names to addresses, without blocking. */
#ifndef SQB_NET_RESOLVE_H
#define SQB_NET_RESOLVE_H

#include "net/host.h"

typedef struct sqb__resolve sqb__resolve;

/* Starts a helper thread. NULL: err says why. */
sqb__resolve *sqb__resolve_new(const char *host, uint16_t port,
    sqb_error *err);
/* Never waits: a thread that is still asking cleans up after itself. */
void sqb__resolve_free(sqb__resolve *r);

/* Readable once there is an answer. */
int sqb__resolve_fd(const sqb__resolve *r);

/*
 * 1: *n addresses were put into out, in the order of RFC 6724, at most cap;
 * 0: not yet; < 0: err says why not.
 */
int sqb__resolve_take(sqb__resolve *r, sqb__address *out, size_t cap,
    size_t *n, sqb_error *err);

#endif

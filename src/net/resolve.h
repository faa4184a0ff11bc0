/* Host names to addresses, without blocking, and without asking twice. */
#ifndef SQB_NET_RESOLVE_H
#define SQB_NET_RESOLVE_H

#include "net/host.h"
#include "net/names.h"

typedef struct sqb__resolve sqb__resolve;

/*
 * 1: *n addresses are known and were put into out, in the order of RFC 6724;
 * 0: ask; < 0: err says why there are none.
 */
int sqb__resolve_known(const char *host, uint16_t port,
    sqb__address out[SQB__MAX_ADDRESSES], size_t *n, sqb_error *err);

/* Asks, on a helper thread, or waits with those who do. NULL: err says why. */
sqb__resolve *sqb__resolve_new(const char *host, sqb_error *err);
void sqb__resolve_free(sqb__resolve *r);	/* never waits; may be NULL */

/* Readable once there is an answer. */
int sqb__resolve_fd(const sqb__resolve *r);

/* As sqb__resolve_known(); 0: not yet. */
int sqb__resolve_take(sqb__resolve *r, uint16_t port,
    sqb__address out[SQB__MAX_ADDRESSES], size_t *n, sqb_error *err);

/* No connection could be made to any of its addresses. */
void sqb__resolve_doubt(const char *host);

#endif

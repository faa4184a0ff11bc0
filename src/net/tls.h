/* TLS over a connected socket, by OpenSSL. Nothing here blocks. */
#ifndef SQB_NET_TLS_H
#define SQB_NET_TLS_H

#include <squab/link.h>

typedef struct sqb__tls sqb__tls;

/*
 * name: what the certificate must be for, in A-labels or an address; "" when
 * it is not known. where: host and port, in any form: a session that was there
 * may be resumed. fd is borrowed. NULL: err says why. Errors do not name the
 * host: the caller does.
 */
sqb__tls *sqb__tls_new(const sqb_tls_options *o, const char *name,
    const char *where, int fd, sqb_error *err);
void sqb__tls_free(sqb__tls *t);	/* t may be NULL */

/* 1: done, and the server is who it should be; 0: under way; < 0. */
int sqb__tls_handshake(sqb__tls *t, sqb_error *err);

/*
 * Which of SQB_WANT_RECV, SQB_WANT_SEND the socket must be ready for before
 * it makes sense to go on in that direction; the handshake counts as RECV.
 */
unsigned sqb__tls_needs(const sqb__tls *t, unsigned direction);

/*
 * Up to cap bytes. *dry: no more until the socket is ready again. Neither
 * bytes nor dry: the peer closed. < 0: err says why.
 */
int sqb__tls_recv(sqb__tls *t, uint8_t *buf, size_t cap, size_t *n, bool *dry,
    sqb_error *err);

/*
 * *n of len bytes went out; fewer: once the socket is ready, call again with
 * the same bytes and perhaps more after them.
 */
int sqb__tls_send(sqb__tls *t, const uint8_t *buf, size_t len, size_t *n,
    sqb_error *err);

/* Says goodbye, as far as that can be done at once. */
void sqb__tls_close(sqb__tls *t);

/* After the handshake. Lifetime of what info points to: t's. */
void sqb__tls_describe(sqb__tls *t, sqb_tls_info *info);
const sqb_certificate *sqb__tls_certificate(const sqb__tls *t);

#endif

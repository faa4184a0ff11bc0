/* One SSL_CTX for all connections of the same options. */
#ifndef SQB_NET_TLS_CONTEXT_H
#define SQB_NET_TLS_CONTEXT_H

#include <squab/link.h>

#include <openssl/ssl.h>

enum { SQB__SHA256 = 32 };	/* octets */

/*
 * Made, or had already: with whom to trust, whom to be, what to demand of any
 * server. *out is a reference of the caller's. digest stands for all that was
 * asked for, and for its files as they are now. < 0: err says why.
 *
 * Connections set themselves as the SSL's app data: on_certificate judges
 * their server's, and on_session gets what it offers for resumption.
 */
int sqb__tls_context(SSL_CTX **out, unsigned char digest[SQB__SHA256],
    const sqb_tls_options *o, sqb_error *err);

#endif

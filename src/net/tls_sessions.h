/* TLS sessions that were, for connections to come: once each. */
#ifndef SQB_NET_TLS_SESSIONS_H
#define SQB_NET_TLS_SESSIONS_H

#include "net/tls_context.h"

/* Of the handshake in which the server last showed its certificate. */
typedef struct sqb__proof {
	sqb_time when;		/* of sqb__sys_now() */
	int64_t good_until;	/* a certificate of the chain ends then, in
				   seconds of time(2) */
} sqb__proof;

/*
 * A session is for connections of its key alone, which it carries as its
 * session id context (SSL_SESSION_get0_id_context).
 */

/* Keeps a copy. size: of its certificates, in octets of memory, about. */
void sqb__tls_sessions_put(const SSL_SESSION *session, size_t size,
    const sqb__proof *proof, sqb_time now);

/* One for key, the caller's from now on, and its proof. NULL: there is none. */
SSL_SESSION *sqb__tls_sessions_take(const unsigned char key[SQB__SHA256],
    sqb__proof *proof, sqb_time now);

/* Nothing is kept for key, nor will be, until an hour has passed. */
void sqb__tls_sessions_refuse(const unsigned char key[SQB__SHA256],
    sqb_time now);

#endif

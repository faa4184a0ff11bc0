/* What the files of TLS share. */
#ifndef SQB_NET_TLS_INTERNAL_H
#define SQB_NET_TLS_INTERNAL_H

#include "net/resolve.h"
#include "net/tls.h"
#include "net/tls_context.h"
#include "net/tls_sessions.h"

#include <openssl/ssl.h>

enum { SQB__NAMES = 512 };	/* octets kept of a certificate's names */

/* The server's certificate, in words. */
typedef struct sqb__identity {
	char subject[256], issuer[256], names[SQB__NAMES], not_after[24];
	sqb_certificate public;
} sqb__identity;

struct sqb__tls {
	SSL *ssl;
	BIO_METHOD *method;
	int fd;
	int sys;		/* errno of the socket; 0: fine */
	bool drained;		/* the socket has no more at present */
	bool ended;		/* the socket has no more for ever */
	bool heard;		/* the peer has said something */
	bool closed;		/* and its last */
	bool verify, has_pin, min_tls13, established;
	bool may_resume;	/* and be resumed */
	bool offered;		/* a session that was */
	unsigned needs_recv, needs_send;
	unsigned char pin[SQB__SHA256];		/* zero without one */
	unsigned char key[SQB__SHA256];		/* of sessions */
	sqb__proof proof;	/* the server's, or of the session offered */
	unsigned char exporter[32], end_point[EVP_MAX_MD_SIZE];
	char name[SQB__MAX_HOST];
	sqb_error why;		/* why the certificate was refused, or the
				   line broke; code SQB_OK: it did not */
	sqb__identity *identity;
};

/* tls_setup.c: t->ssl and what to demand of the server. */
int sqb__tls_setup(sqb__tls *t, const sqb_tls_options *o, const char *where,
    sqb_error *err);

/* tls_resume.c */
/* options: their digest; where: to whom, and whose port. */
void sqb__tls_offer(sqb__tls *t, const unsigned char options[SQB__SHA256],
    const char *where);
void sqb__tls_prove(sqb__tls *t);	/* once it is established */
void sqb__tls_end(sqb__tls *t);	/* at its end */
/* For SSL_CTX_sess_set_new_cb(). */
int sqb__tls_on_session(SSL *ssl, SSL_SESSION *session);

/* tls_verify.c */
int sqb__tls_on_certificate(int ok, X509_STORE_CTX *store);
int sqb__tls_check_pin(sqb__tls *t, sqb_error *err);
int sqb__tls_identify(sqb__tls *t);	/* SQB_OK or SQB_E_NOMEM */

#endif

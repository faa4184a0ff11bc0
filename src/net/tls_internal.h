/* What the three files of TLS share. */
#ifndef SQB_NET_TLS_INTERNAL_H
#define SQB_NET_TLS_INTERNAL_H

#include "net/resolve.h"
#include "net/tls.h"

#include <openssl/ssl.h>

enum {
	SQB__SHA256 = 32,	/* octets */
	SQB__NAMES = 512	/* octets kept of a certificate's names */
};

/* The server's certificate, in words. */
typedef struct sqb__identity {
	char subject[256], issuer[256], names[SQB__NAMES], not_after[24];
	sqb_certificate public;
} sqb__identity;

struct sqb__tls {
	SSL_CTX *ctx;
	SSL *ssl;
	BIO_METHOD *method;
	int fd;
	int sys;		/* errno of the socket; 0: fine */
	bool drained;		/* the socket has no more at present */
	bool ended;		/* the socket has no more for ever */
	bool closed;		/* the peer has said its last */
	bool verify, has_pin, min_tls13, established;
	unsigned needs_recv, needs_send;
	unsigned char pin[SQB__SHA256];
	unsigned char exporter[32], end_point[EVP_MAX_MD_SIZE];
	char name[SQB__MAX_HOST];
	sqb_error why;		/* why the certificate was refused, or the
				   line broke; code SQB_OK: it did not */
	sqb__identity *identity;
};

/* tls_setup.c: t->ctx and what to demand of the server. */
int sqb__tls_setup(sqb__tls *t, const sqb_tls_options *o, sqb_error *err);

/* tls_verify.c */
int sqb__tls_on_certificate(int ok, X509_STORE_CTX *store);
int sqb__tls_check_pin(sqb__tls *t, sqb_error *err);
int sqb__tls_identify(sqb__tls *t);	/* SQB_OK or SQB_E_NOMEM */

#endif

/* Certificates, keys and revocation lists for tests, made on the spot. */
#ifndef SQB_TESTS_CERTIFICATES_H
#define SQB_TESTS_CERTIFICATES_H

#include <openssl/ssl.h>

#include <stdbool.h>

/* How a certificate is to be; zero is a good one for localhost. */
typedef struct cert_spec {
	const char *cn;			/* "test" */
	const char *san;		/* as openssl.cnf has it; NULL:
					   "DNS:localhost", "": none */
	int from_days, to_days;		/* from now; 0, 0: -1 to 30 */
	bool is_ca;
	const char *key_usage, *ext_key_usage;	/* NULL: none */
	const char *digest;		/* "SHA256" */
} cert_spec;

typedef struct identity {
	X509 *cert;
	EVP_PKEY *key;
} identity;

/* issuer NULL: self-signed. */
identity identity_make(const cert_spec *spec, const identity *issuer);
void identity_clear(identity *id);

void write_cert(const char *path, const X509 *cert);
void write_key(const char *path, const EVP_PKEY *key);
/* A list by issuer; revoked NULL: an empty one. */
void write_crl(const char *path, const identity *issuer, const X509 *revoked);

/* A server's context; chain: an issuer to send along, or NULL. */
SSL_CTX *server_context(const identity *id, const X509 *chain);

#endif

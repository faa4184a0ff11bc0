/*
 * A certificate for the loopback names, new at every start: an authority
 * (EC P-256) signs one for localhost, 127.0.0.1 and ::1. Made so that the
 * strictest verifiers of RFC 5280 take it. The keys never leave memory, and
 * the authority's is gone when this returns.
 */
#include "serve.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

enum {
	SERIAL_BITS = 127,
	VALID_FROM = -60 * 60,
	VALID_TO = 30 * 24 * 60 * 60
};

typedef struct extension {
	int nid;
	const char *value;
} extension;

/* Key identifiers come first: the others' identifiers point to them. */
static const extension authority_extensions[] = {
	{ NID_subject_key_identifier, "hash" },
	{ NID_authority_key_identifier, "keyid:always" },
	{ NID_basic_constraints, "critical,CA:TRUE,pathlen:0" },
	{ NID_key_usage, "critical,keyCertSign,cRLSign" },
	{ NID_undef, NULL }
};

static const extension server_extensions[] = {
	{ NID_subject_key_identifier, "hash" },
	{ NID_authority_key_identifier, "keyid:always" },
	{ NID_basic_constraints, "critical,CA:FALSE" },
	{ NID_key_usage, "critical,digitalSignature" },
	{ NID_ext_key_usage, "serverAuth" },
	{ NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1" },
	{ NID_undef, NULL }
};

static bool set_serial(X509 *x)
{
	BIGNUM *n = BN_new();
	bool ok = n && BN_rand(n, SERIAL_BITS, BN_RAND_TOP_ONE,
	    BN_RAND_BOTTOM_ANY) &&
	    BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x));

	BN_free(n);
	return ok;
}

static bool set_subject(X509 *x, const char *name)
{
	return X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN",
	    MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0) == 1;
}

static bool add_extensions(X509 *x, X509 *issuer, const extension *e)
{
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	for (; e->value; e++) {
		X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, e->nid,
		    e->value);
		bool ok = ext && X509_add_ext(x, ext, -1) == 1;

		X509_EXTENSION_free(ext);
		if (!ok)
			return false;
	}
	return true;
}

/* issuer NULL: self-signed. */
static X509 *make(const char *name, EVP_PKEY *key, X509 *issuer,
    EVP_PKEY *issuer_key, const extension *e)
{
	X509 *x = X509_new();

	if (x && X509_set_version(x, X509_VERSION_3) && set_serial(x) &&
	    set_subject(x, name) &&
	    X509_set_issuer_name(x, X509_get_subject_name(issuer ? issuer :
	    x)) &&
	    X509_gmtime_adj(X509_getm_notBefore(x), VALID_FROM) &&
	    X509_gmtime_adj(X509_getm_notAfter(x), VALID_TO) &&
	    X509_set_pubkey(x, key) &&
	    add_extensions(x, issuer ? issuer : x, e) &&
	    X509_sign(x, issuer_key, EVP_sha256()))
		return x;
	X509_free(x);
	return NULL;
}

static SSL_CTX *make_context(X509 *x, EVP_PKEY *key)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

	if (tls && SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION) &&
	    SSL_CTX_use_certificate(tls, x) &&
	    SSL_CTX_use_PrivateKey(tls, key)) {
		SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION |
		    SSL_OP_NO_COMPRESSION);
		SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE |
		    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
		    SSL_MODE_RELEASE_BUFFERS);
		return tls;
	}
	SSL_CTX_free(tls);
	return NULL;
}

bool serve_cert_make(SSL_CTX **tls, X509 **authority)
{
	EVP_PKEY *ca_key = EVP_EC_gen("P-256"), *key = EVP_EC_gen("P-256");
	X509 *ca = NULL, *x = NULL;

	*tls = NULL;
	if (ca_key && key)
		ca = make("squab serve (for development only)", ca_key, NULL,
		    ca_key, authority_extensions);
	if (ca)
		x = make("localhost", key, ca, ca_key, server_extensions);
	if (x)
		*tls = make_context(x, key);
	X509_free(x);
	EVP_PKEY_free(key);
	EVP_PKEY_free(ca_key);
	if (!*tls) {
		X509_free(ca);
		return false;
	}
	*authority = ca;
	return true;
}

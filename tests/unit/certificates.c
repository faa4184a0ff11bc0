/* See certificates.h. What cannot be made aborts the test. */
#include "certificates.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	ERR_print_errors_fp(stderr);
	abort();
}

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;

	if (!value || value[0] == '\0')
		return;
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	must(ext && X509_add_ext(cert, ext, -1) == 1, value);
	X509_EXTENSION_free(ext);
}

static void add_extensions(X509 *cert, X509 *issuer, const cert_spec *spec)
{
	const char *san = spec->is_ca ? NULL : "DNS:localhost";

	add_extension(cert, issuer, NID_basic_constraints,
	    spec->is_ca ? "critical,CA:TRUE" : "CA:FALSE");
	add_extension(cert, issuer, NID_subject_alt_name,
	    spec->san ? spec->san : san);
	add_extension(cert, issuer, NID_key_usage, spec->key_usage);
	add_extension(cert, issuer, NID_ext_key_usage, spec->ext_key_usage);
}

static void set_names(X509 *cert, X509 *issuer, const cert_spec *spec)
{
	static long serial;
	X509_NAME *name = X509_get_subject_name(cert);

	must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
	    (const unsigned char *)(spec->cn ? spec->cn : "test"), -1, -1, 0)
	    == 1, "CN");
	must(X509_set_issuer_name(cert, X509_get_subject_name(issuer)) == 1 &&
	    ASN1_INTEGER_set(X509_get_serialNumber(cert), ++serial) == 1,
	    "issuer");
}

identity identity_make(const cert_spec *spec, const identity *issuer)
{
	identity id = { X509_new(), EVP_EC_gen("P-256") };
	const EVP_MD *md = EVP_get_digestbyname(
	    spec->digest ? spec->digest : "SHA256");
	X509 *by = issuer ? issuer->cert : id.cert;
	bool usual = spec->from_days == 0 && spec->to_days == 0;

	must(id.cert && id.key && md, "identity");
	(void)X509_set_version(id.cert, X509_VERSION_3);
	set_names(id.cert, by, spec);
	(void)X509_time_adj_ex(X509_getm_notBefore(id.cert),
	    usual ? -1 : spec->from_days, 0, NULL);
	(void)X509_time_adj_ex(X509_getm_notAfter(id.cert),
	    usual ? 30 : spec->to_days, 0, NULL);
	(void)X509_set_pubkey(id.cert, id.key);
	add_extensions(id.cert, by, spec);
	must(X509_sign(id.cert, issuer ? issuer->key : id.key, md) > 0,
	    "X509_sign");
	return id;
}

void identity_clear(identity *id)
{
	X509_free(id->cert);
	EVP_PKEY_free(id->key);
	*id = (identity){ NULL, NULL };
}

static FILE *create(const char *path)
{
	FILE *f = fopen(path, "w");

	must(f != NULL, path);
	return f;
}

void write_cert(const char *path, const X509 *cert)
{
	FILE *f = create(path);

	must(PEM_write_X509(f, cert) == 1, path);
	(void)fclose(f);
}

void write_key(const char *path, const EVP_PKEY *key)
{
	FILE *f = create(path);

	must(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1,
	    path);
	(void)fclose(f);
}

static void revoke(X509_CRL *crl, const X509 *cert, const ASN1_TIME *at)
{
	X509_REVOKED *entry = X509_REVOKED_new();

	must(entry && X509_REVOKED_set_serialNumber(entry,
	    (ASN1_INTEGER *)X509_get0_serialNumber(cert)) == 1 &&
	    X509_REVOKED_set_revocationDate(entry, (ASN1_TIME *)at) == 1 &&
	    X509_CRL_add0_revoked(crl, entry) == 1, "revoke");
}

void write_crl(const char *path, const identity *issuer, const X509 *revoked)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *since = X509_gmtime_adj(NULL, -60);
	ASN1_TIME *until = X509_gmtime_adj(NULL, 86400);
	FILE *f = create(path);

	must(crl && since && until, "crl");
	(void)X509_CRL_set_version(crl, X509_CRL_VERSION_2);
	(void)X509_CRL_set_issuer_name(crl,
	    X509_get_subject_name(issuer->cert));
	(void)X509_CRL_set1_lastUpdate(crl, since);
	(void)X509_CRL_set1_nextUpdate(crl, until);
	if (revoked)
		revoke(crl, revoked, since);
	must(X509_CRL_sign(crl, issuer->key, EVP_sha256()) > 0 &&
	    PEM_write_X509_CRL(f, crl) == 1, path);
	(void)fclose(f);
	ASN1_TIME_free(since);
	ASN1_TIME_free(until);
	X509_CRL_free(crl);
}

SSL_CTX *server_context(const identity *id, const X509 *chain)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	must(ctx && SSL_CTX_use_certificate(ctx, id->cert) == 1 &&
	    SSL_CTX_use_PrivateKey(ctx, id->key) == 1, "server context");
	if (chain)
		must(SSL_CTX_add1_chain_cert(ctx, (X509 *)chain) == 1,
		    "chain");
	return ctx;
}

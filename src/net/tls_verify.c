/*
 * The server's certificate: what is wrong with it, in words that help, and
 * who it is. RFC 5280 is OpenSSL's; added to it are: a CA's own certificate
 * is no server's, lists of revoked ones are used where there is one, and the
 * pin.
 */
#include "net/tls_internal.h"

#include "base/error.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "2027-01-31T12:00:00Z" */
static void write_time(char out[24], const ASN1_TIME *at)
{
	struct tm tm;

	out[0] = '\0';
	if (ASN1_TIME_to_tm(at, &tm) == 1)
		(void)strftime(out, 24, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

/* "CN=Example CA,O=Example": RFC 2253, safe to print. */
static void write_name(char *out, size_t cap, const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;

	out[0] = '\0';
	if (!bio)
		return;
	(void)X509_NAME_print_ex(bio, name, 0,
	    XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB);
	len = BIO_get_mem_data(bio, &text);
	if (len > 0)
		sqb__visible(out, cap, (sqb_str){ text, (size_t)len });
	(void)BIO_free(bio);
}

/* One subjectAltName; "" for those that name no host. */
static void write_alt_name(char *out, size_t cap, const GENERAL_NAME *name)
{
	const ASN1_STRING *s;
	int family;

	out[0] = '\0';
	if (name->type == GEN_DNS) {
		s = name->d.dNSName;
		sqb__visible(out, cap, (sqb_str){
		    (const char *)ASN1_STRING_get0_data(s),
		    (size_t)ASN1_STRING_length(s) });
	} else if (name->type == GEN_IPADD) {
		s = name->d.iPAddress;
		family = ASN1_STRING_length(s) == 4 ? AF_INET : AF_INET6;
		if (family == AF_INET || ASN1_STRING_length(s) == 16)
			(void)inet_ntop(family, ASN1_STRING_get0_data(s), out,
			    (socklen_t)cap);
	}
}

/* "a.example, b.example", and "…" where there are more than fit. */
static void write_alt_names(char *out, size_t cap, const X509 *cert)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name,
	    NULL, NULL);
	size_t at = 0;
	char one[128];

	out[0] = '\0';
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		write_alt_name(one, sizeof(one),
		    sk_GENERAL_NAME_value(names, i));
		if (one[0] == '\0')
			continue;
		if (at + strlen(one) + sizeof(", , …") > cap) {
			(void)snprintf(out + at, cap - at, ", …");
			break;
		}
		at += (size_t)snprintf(out + at, cap - at, "%s%s",
		    at > 0 ? ", " : "", one);
	}
	GENERAL_NAMES_free(names);
}

static void say_wrong_name(sqb__tls *t, const X509 *cert)
{
	char names[110];

	write_alt_names(names, sizeof(names), cert);
	if (names[0] == '\0')
		sqb__error(&t->why, SQB_E_TLS,
		    "certificate names no host in subjectAltName, so it "
		    "cannot be for ", t->name);
	else
		sqb__error(&t->why, SQB_E_TLS, "certificate is for ", names,
		    ", not for ", t->name);
}

static void say_date(sqb__tls *t, const X509 *cert, bool expired, int depth)
{
	const char *whose = depth == 0 ? "certificate" : "issuer's certificate";
	char date[24];

	write_time(date, expired ? X509_get0_notAfter(cert) :
	    X509_get0_notBefore(cert));
	date[strcspn(date, "T")] = '\0';
	if (expired)
		sqb__error(&t->why, SQB_E_TLS, whose, " has expired on ",
		    date);
	else
		sqb__error(&t->why, SQB_E_TLS, whose, " is not valid before ",
		    date, "; is this machine's clock right?");
}

static void say_untrusted(sqb__tls *t, const X509 *cert, bool self_signed)
{
	char issuer[110];

	write_name(issuer, sizeof(issuer), X509_get_issuer_name(cert));
	if (self_signed)
		sqb__error(&t->why, SQB_E_TLS, "certificate is self-signed; "
		    "to trust it, name it as the CA file");
	else
		sqb__error(&t->why, SQB_E_TLS, "issuer is not trusted: name "
		    "the CA's file (", issuer, ")");
}

static void say_why(sqb__tls *t, X509_STORE_CTX *store, int code)
{
	const X509 *cert = X509_STORE_CTX_get_current_cert(store);
	int depth = X509_STORE_CTX_get_error_depth(store);

	switch (code) {
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		say_wrong_name(t, cert);
		break;
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		say_date(t, cert, code == X509_V_ERR_CERT_HAS_EXPIRED, depth);
		break;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		say_untrusted(t, cert,
		    code == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
		break;
	case X509_V_ERR_CERT_REVOKED:
		sqb__error(&t->why, SQB_E_TLS, depth == 0 ?
		    "certificate has been revoked" :
		    "issuer's certificate has been revoked");
		break;
	case X509_V_ERR_UNABLE_TO_GET_CRL:
		sqb__error(&t->why, SQB_E_TLS, "the revocation list of the "
		    "certificate's issuer is not in --crl-file");
		break;
	case X509_V_ERR_INVALID_PURPOSE:
		sqb__error(&t->why, SQB_E_TLS,
		    "certificate is not one for a server");
		break;
	default:
		sqb__error(&t->why, SQB_E_TLS, "certificate: ",
		    X509_verify_cert_error_string(code));
	}
	t->why.sys = code;
}

/* A CA's certificate is a server's only where it is all that there is. */
static bool is_ca_as_server(X509_STORE_CTX *store)
{
	X509 *cert = X509_STORE_CTX_get_current_cert(store);
	uint32_t flags = X509_get_extension_flags(cert);

	return X509_STORE_CTX_get_error_depth(store) == 0 &&
	    (flags & EXFLAG_CA) && !(flags & EXFLAG_SS);
}

int sqb__tls_on_certificate(int ok, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store,
	    SSL_get_ex_data_X509_STORE_CTX_idx());
	sqb__tls *t = SSL_get_app_data(ssl);

	if (ok && is_ca_as_server(store)) {
		X509_STORE_CTX_set_error(store, X509_V_ERR_INVALID_PURPOSE);
		ok = 0;
	} else if (!ok && X509_STORE_CTX_get_error_depth(store) > 0 &&
	    X509_STORE_CTX_get_error(store) == X509_V_ERR_UNABLE_TO_GET_CRL) {
		X509_STORE_CTX_set_error(store, X509_V_OK);
		ok = 1;
	}
	if (!ok)
		say_why(t, store, X509_STORE_CTX_get_error(store));
	return ok;
}

/* SHA-256 of the SubjectPublicKeyInfo (RFC 7469, section 2.4). */
static bool hash_key(const X509 *cert, unsigned char out[SQB__SHA256])
{
	unsigned char *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
	bool ok = len > 0 && EVP_Digest(der, (size_t)len, out, NULL,
	    EVP_sha256(), NULL) == 1;

	OPENSSL_free(der);
	return ok;
}

int sqb__tls_check_pin(sqb__tls *t, sqb_error *err)
{
	const X509 *cert = SSL_get0_peer_certificate(t->ssl);
	unsigned char hash[SQB__SHA256];

	if (!t->has_pin)
		return SQB_OK;
	if (cert && hash_key(cert, hash) &&
	    !CRYPTO_memcmp(hash, t->pin, sizeof(hash)))
		return SQB_OK;
	return sqb__error(err, SQB_E_TLS, "the server's key is not the one "
	    "that --pin names");
}

int sqb__tls_identify(sqb__tls *t)
{
	const X509 *cert = SSL_get0_peer_certificate(t->ssl);
	unsigned char hash[SQB__SHA256];
	sqb__identity *id;

	if (!cert)
		return SQB_OK;
	id = calloc(1, sizeof(*id));
	if (!id)
		return SQB_E_NOMEM;
	write_name(id->subject, sizeof(id->subject),
	    X509_get_subject_name(cert));
	write_name(id->issuer, sizeof(id->issuer), X509_get_issuer_name(cert));
	write_alt_names(id->names, sizeof(id->names), cert);
	write_time(id->not_after, X509_get0_notAfter(cert));
	id->public = (sqb_certificate){ .subject = id->subject,
	    .issuer = id->issuer, .not_after = id->not_after,
	    .names = id->names };
	if (hash_key(cert, hash))
		for (size_t i = 0; i < sizeof(hash); i++)
			(void)snprintf(id->public.spki_sha256 + 2 * i, 3,
			    "%02x", hash[i]);
	t->identity = id;
	return SQB_OK;
}

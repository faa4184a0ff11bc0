/*
 * An SSL_CTX from the options: whom to trust, whom to be, what to demand.
 * Names are matched as RFC 9525 wants it: against subjectAltName only, whole
 * labels, addresses against iPAddress.
 */
#include "net/tls_internal.h"

#include "base/error.h"
#include "net/dial.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

/* The innermost reason: "No such file or directory", "bad decrypt", … */
static int bad_file(sqb_error *err, const char *what, const char *name)
{
	unsigned long e = ERR_peek_error();
	const char *why = ERR_reason_error_string(e);
	char text[80];

	if (ERR_SYSTEM_ERROR(e)) {
		sqb__net_why(ERR_GET_REASON(e), text, sizeof(text));
		why = text;
	}
	return sqb__error(err, SQB_E_TLS, "cannot use the ", what, " ", name,
	    ": ", why ? why : "no certificate in it");
}

static int trust(sqb__tls *t, const sqb_tls_options *o, sqb_error *err)
{
	if (!o->ca_file && !o->ca_dir) {
		if (SSL_CTX_set_default_verify_paths(t->ctx) == 1)
			return SQB_OK;
		return sqb__error(err, SQB_E_TLS,
		    "the system's certificates cannot be read");
	}
	if (o->ca_file && SSL_CTX_load_verify_file(t->ctx, o->ca_file) != 1)
		return bad_file(err, "CA file", o->ca_file);
	if (o->ca_dir && SSL_CTX_load_verify_dir(t->ctx, o->ca_dir) != 1)
		return bad_file(err, "CA directory", o->ca_dir);
	return SQB_OK;
}

static int load_crls(sqb__tls *t, const char *file, sqb_error *err)
{
	X509_STORE *store = SSL_CTX_get_cert_store(t->ctx);
	X509_LOOKUP *lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());

	if (!lookup || X509_load_crl_file(lookup, file, X509_FILETYPE_PEM) < 1)
		return bad_file(err, "revocation list", file);
	X509_STORE_set_flags(store,
	    X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
	return SQB_OK;
}

/* Never asks a terminal. */
static int no_passphrase(char *buf, int cap, int writing, void *ctx)
{
	(void)buf;
	(void)cap;
	(void)writing;
	(void)ctx;
	return -1;
}

static int load_own(sqb__tls *t, const sqb_tls_options *o, sqb_error *err)
{
	const char *key = o->key_file ? o->key_file : o->cert_file;

	SSL_CTX_set_default_passwd_cb(t->ctx, no_passphrase);
	if (SSL_CTX_use_certificate_chain_file(t->ctx, o->cert_file) != 1)
		return bad_file(err, "certificate", o->cert_file);
	if (SSL_CTX_use_PrivateKey_file(t->ctx, key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(t->ctx) != 1)
		return bad_file(err, "key", key);
	return SQB_OK;
}

/* Hex or base64 of 32 octets, with or without "sha256/" or "sha256//". */
static int parse_pin(sqb__tls *t, const char *pin, sqb_error *err)
{
	unsigned char out[36];
	size_t n = 0, len;

	if (!strncmp(pin, "sha256/", 7))
		pin += 7;
	if (pin[0] == '/' && strlen(pin) % 4 == 1)	/* else base64's own */
		pin++;
	len = strlen(pin);
	t->has_pin = (len == 64 &&
	    OPENSSL_hexstr2buf_ex(out, sizeof(out), &n, pin, '\0') &&
	    n == SQB__SHA256) ||
	    (len == 44 && pin[43] == '=' && pin[42] != '=' &&
	    EVP_DecodeBlock(out, (const unsigned char *)pin, 44) == 33);
	if (!t->has_pin)
		return sqb__error(err, SQB_E_USAGE, "the pin is not the "
		    "SHA-256 of a key: give 64 hex digits or base64");
	memcpy(t->pin, out, SQB__SHA256);
	return SQB_OK;
}

static int demand_name(sqb__tls *t, sqb_error *err)
{
	X509_VERIFY_PARAM *p = SSL_CTX_get0_param(t->ctx);
	int ok;

	if (t->name[0] == '\0')
		return sqb__error(err, SQB_E_USAGE,
		    "there is no name to verify the certificate against");
	X509_VERIFY_PARAM_set_hostflags(p, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT
	    | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (sqb__host_is_numeric(t->name)) {
		char address[SQB__MAX_HOST];
		size_t n = strcspn(t->name, "%");	/* no scope */

		memcpy(address, t->name, n);
		address[n] = '\0';
		ok = X509_VERIFY_PARAM_set1_ip_asc(p, address);
	} else {
		ok = X509_VERIFY_PARAM_set1_host(p, t->name, 0);
	}
	return ok == 1 ? SQB_OK : sqb__error(err, SQB_E_USAGE,
	    "this cannot be the name of a certificate");
}

static int demand(sqb__tls *t, const sqb_tls_options *o, sqb_error *err)
{
	int rc = SQB_OK;

	if (o->pin)
		rc = parse_pin(t, o->pin, err);
	if (rc < 0 || !t->verify) {
		SSL_CTX_set_verify(t->ctx, SSL_VERIFY_NONE, NULL);
		return rc;
	}
	SSL_CTX_set_verify(t->ctx, SSL_VERIFY_PEER, sqb__tls_on_certificate);
	rc = demand_name(t, err);
	if (rc == SQB_OK)
		rc = trust(t, o, err);
	if (rc == SQB_OK && o->crl_file)
		rc = load_crls(t, o->crl_file, err);
	return rc;
}

int sqb__tls_setup(sqb__tls *t, const sqb_tls_options *o, sqb_error *err)
{
	enum { READ_BUFFER = 64 * 1024 };
	int rc;

	ERR_clear_error();
	t->ctx = SSL_CTX_new(TLS_client_method());
	if (!t->ctx)
		return sqb__error(err, SQB_E_NOMEM, "TLS: out of memory");
	t->verify = !o->no_verify;
	t->min_tls13 = o->min_tls13;
	(void)SSL_CTX_set_min_proto_version(t->ctx,
	    o->min_tls13 ? TLS1_3_VERSION : TLS1_2_VERSION);
	(void)SSL_CTX_set_options(t->ctx, SSL_OP_NO_RENEGOTIATION);
	(void)SSL_CTX_clear_options(t->ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
	(void)SSL_CTX_set_mode(t->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	(void)SSL_CTX_set_session_cache_mode(t->ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_read_ahead(t->ctx, 1);
	SSL_CTX_set_default_read_buffer_len(t->ctx, READ_BUFFER);
	rc = demand(t, o, err);
	if (rc == SQB_OK && o->cert_file)
		rc = load_own(t, o, err);
	ERR_clear_error();
	return rc;
}

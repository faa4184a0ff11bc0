/*
 * A connection's SSL from the options: on the shared context, what to demand
 * of this server, and a session to come back with where there is one. Names
 * are matched as RFC 9525 wants it: against subjectAltName only, whole labels,
 * addresses against iPAddress.
 */
#include "net/tls_internal.h"

#include "base/error.h"
#include "net/dial.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

static int out_of_memory(sqb_error *err)
{
	return sqb__error(err, SQB_E_NOMEM, "TLS: out of memory");
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
	X509_VERIFY_PARAM *p = SSL_get0_param(t->ssl);
	int ok;

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

static int greet(sqb__tls *t, sqb_error *err)
{
	if (t->name[0] == '\0' || sqb__host_is_numeric(t->name) ||
	    SSL_set_tlsext_host_name(t->ssl, t->name) == 1)
		return SQB_OK;
	return sqb__error(err, SQB_E_USAGE,
	    "the host name is too long for TLS");
}

int sqb__tls_setup(sqb__tls *t, const sqb_tls_options *o, const char *where,
    sqb_error *err)
{
	unsigned char options[SQB__SHA256];
	SSL_CTX *ctx = NULL;
	int rc = SQB_OK;

	t->verify = !o->no_verify;
	t->min_tls13 = o->min_tls13;
	if (o->pin)
		rc = parse_pin(t, o->pin, err);
	if (rc == SQB_OK && t->verify && t->name[0] == '\0')
		rc = sqb__error(err, SQB_E_USAGE,
		    "there is no name to verify the certificate against");
	if (rc == SQB_OK)
		rc = sqb__tls_context(&ctx, options, o, err);
	if (rc < 0)
		return rc;
	t->ssl = SSL_new(ctx);
	SSL_CTX_free(ctx);
	if (!t->ssl)
		return out_of_memory(err);
	SSL_set_app_data(t->ssl, t);
	SSL_set_connect_state(t->ssl);
	if ((t->verify && demand_name(t, err) < 0) || greet(t, err) < 0)
		return err->code;
	if (!o->no_resumption)
		sqb__tls_offer(t, options, where);
	return SQB_OK;
}

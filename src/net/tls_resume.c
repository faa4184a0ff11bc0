/*
 * A connection's part in resumption: which session it may begin with, and what
 * it leaves for those to come. Why that is safe: tls_sessions.c.
 */
#include "net/tls_internal.h"

#include "net/sys.h"

#include <openssl/x509.h>
#include <string.h>
#include <time.h>

static bool know_key(sqb__tls *t, const unsigned char options[SQB__SHA256],
    const char *where)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	bool ok = md && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1 &&
	    EVP_DigestUpdate(md, options, SQB__SHA256) == 1 &&
	    EVP_DigestUpdate(md, t->pin, sizeof(t->pin)) == 1 &&
	    EVP_DigestUpdate(md, t->name, strlen(t->name) + 1) == 1 &&
	    EVP_DigestUpdate(md, where, strlen(where)) == 1 &&
	    EVP_DigestFinal_ex(md, t->key, NULL) == 1;

	EVP_MD_CTX_free(md);
	return ok && SSL_set_session_id_context(t->ssl, t->key,
	    sizeof(t->key)) == 1;
}

void sqb__tls_offer(sqb__tls *t, const unsigned char options[SQB__SHA256],
    const char *where)
{
	SSL_SESSION *session;

	t->may_resume = know_key(t, options, where);
	if (!t->may_resume)
		return;
	session = sqb__tls_sessions_take(t->key, &t->proof, sqb__sys_now());
	t->offered = session && SSL_set_session(t->ssl, session) == 1;
	SSL_SESSION_free(session);
}

/* When the first certificate of those that were verified ends. */
static int64_t end_of_chain(const sqb__tls *t)
{
	STACK_OF(X509) *chain = SSL_get0_verified_chain(t->ssl);
	int64_t now = time(NULL), first = INT64_MAX, end;
	int days, seconds;

	for (int i = 0; t->verify && i < sk_X509_num(chain); i++) {
		const X509 *cert = sk_X509_value(chain, i);

		end = 0;
		if (ASN1_TIME_diff(&days, &seconds, NULL,
		    X509_get0_notAfter(cert)) == 1)
			end = now + (int64_t)days * 24 * 60 * 60 + seconds;
		if (end < first)
			first = end;
	}
	return first;
}

/* Octets of memory that a session's certificates take, about. */
static size_t size_of_chain(const sqb__tls *t)
{
	enum { DECODED = 4 };	/* times the octets on the wire */
	STACK_OF(X509) *chain = SSL_get_peer_cert_chain(t->ssl);
	size_t size = 0;
	int len;

	for (int i = 0; i < sk_X509_num(chain); i++) {
		len = i2d_X509(sk_X509_value(chain, i), NULL);
		size += len > 0 ? (size_t)len * DECODED : 0;
	}
	return size;
}

static void keep(const sqb__tls *t, const SSL_SESSION *session)
{
	const unsigned char *ticket;
	size_t len;

	SSL_SESSION_get0_ticket(session, &ticket, &len);
	sqb__tls_sessions_put(session, len + size_of_chain(t), &t->proof,
	    sqb__sys_now());
}

/* Under TLS 1.3 tickets come once the handshake is done; RFC 8446, 4.6.1. */
int sqb__tls_on_session(SSL *ssl, SSL_SESSION *session)
{
	const sqb__tls *t = SSL_get_app_data(ssl);

	if (t->may_resume && t->established)
		keep(t, session);
	return 0;	/* it stays OpenSSL's */
}

void sqb__tls_prove(sqb__tls *t)
{
	if (!t->may_resume)
		return;
	if (!SSL_session_reused(t->ssl))
		t->proof = (sqb__proof){ .when = sqb__sys_now(),
		    .good_until = end_of_chain(t) };
	if (SSL_version(t->ssl) < TLS1_3_VERSION &&
	    SSL_get_extms_support(t->ssl) == 1)
		keep(t, SSL_get0_session(t->ssl));
}

/* Some servers break off at once, some after their part of the handshake. */
void sqb__tls_end(sqb__tls *t)
{
	if (t->offered && !t->heard)
		sqb__tls_sessions_refuse(t->key, sqb__sys_now());
}

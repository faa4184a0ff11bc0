/*
 * TLS 1.2 and 1.3 (RFC 5246, RFC 8446) for a client. OpenSSL does the
 * protocol; here are its socket, which never blocks nor raises SIGPIPE, what
 * its results mean, and the channel bindings of RFC 5929 and RFC 9266.
 */
#include "net/tls_internal.h"

#include "base/error.h"
#include "net/dial.h"
#include "net/sys.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

static int out_of_memory(sqb_error *err)
{
	return sqb__error(err, SQB_E_NOMEM, "TLS: out of memory");
}

/* The socket as OpenSSL sees it. */

static int on_bio_read(BIO *bio, char *buf, int cap)
{
	sqb__tls *t = BIO_get_data(bio);
	ssize_t n;

	BIO_clear_retry_flags(bio);
	if (t->drained) {
		BIO_set_retry_read(bio);
		return -1;
	}
	n = sqb__sys_recv(t->fd, buf, (size_t)cap);
	if (n < 0 && sqb__sys_is_passing(errno))
		BIO_set_retry_read(bio);
	else if (n < 0)
		t->sys = errno;
	t->ended = n == 0;
	t->drained = n > 0 && n < cap;
	return (int)n;
}

static int on_bio_write(BIO *bio, const char *buf, int len)
{
	sqb__tls *t = BIO_get_data(bio);
	ssize_t n = sqb__sys_send(t->fd, buf, (size_t)len);

	BIO_clear_retry_flags(bio);
	if (n < 0 && sqb__sys_is_passing(errno))
		BIO_set_retry_write(bio);
	else if (n < 0)
		t->sys = errno;
	return (int)n;
}

static long on_bio_ctrl(BIO *bio, int cmd, long number, void *ptr)
{
	const sqb__tls *t = BIO_get_data(bio);

	(void)number;
	(void)ptr;
	if (cmd == BIO_CTRL_EOF)
		return t->ended;
	return cmd == BIO_CTRL_FLUSH || cmd == BIO_CTRL_DUP;
}

static int give_socket(sqb__tls *t)
{
	BIO *bio;

	t->method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "squab socket");
	if (!t->method || !BIO_meth_set_read(t->method, on_bio_read) ||
	    !BIO_meth_set_write(t->method, on_bio_write) ||
	    !BIO_meth_set_ctrl(t->method, on_bio_ctrl))
		return SQB_E_NOMEM;
	bio = BIO_new(t->method);
	if (!bio)
		return SQB_E_NOMEM;
	BIO_set_data(bio, t);
	BIO_set_init(bio, 1);
	SSL_set_bio(t->ssl, bio, bio);
	return SQB_OK;
}

sqb__tls *sqb__tls_new(const sqb_tls_options *o, const char *name,
    const char *where, int fd, sqb_error *err)
{
	sqb__tls *t = calloc(1, sizeof(*t));

	if (!t) {
		out_of_memory(err);
		return NULL;
	}
	t->fd = fd;
	t->needs_recv = SQB_WANT_RECV;
	t->needs_send = SQB_WANT_SEND;
	memcpy(t->name, name, strlen(name) + 1);
	if (sqb__tls_setup(t, o, where, err) == SQB_OK) {
		if (give_socket(t) == SQB_OK)
			return t;
		out_of_memory(err);
	}
	sqb__tls_free(t);
	return NULL;
}

void sqb__tls_free(sqb__tls *t)
{
	if (!t)
		return;
	sqb__tls_end(t);
	SSL_free(t->ssl);
	BIO_meth_free(t->method);
	free(t->identity);
	free(t);
}

unsigned sqb__tls_needs(const sqb__tls *t, unsigned direction)
{
	return direction == SQB_WANT_SEND ? t->needs_send : t->needs_recv;
}

/* What OpenSSL's reasons mean to who runs the program. */
static const char *explain(const sqb__tls *t, unsigned long code)
{
	const char *text;

	switch (ERR_GET_REASON(code)) {
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_HTTP_REQUEST:
	case SSL_R_PACKET_LENGTH_TOO_LONG:
	case SSL_R_ENCRYPTED_LENGTH_TOO_LONG:
		if (!t->established)
			return "the server does not speak TLS here; is the "
			    "port right, or does it want STARTTLS?";
		break;
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
		return t->min_tls13 ? "the server does not speak TLS 1.3" :
		    "the server speaks no TLS newer than 1.1";
	case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
		return "the server demands a client certificate: give --cert "
		    "and --key";
	default:
		break;
	}
	text = ERR_reason_error_string(code);
	return text ? text : "failed";
}

/* The line is dead; t->why says it from now on. */
static int break_line(sqb__tls *t)
{
	unsigned long code = ERR_peek_error();
	char text[80];

	if (t->why.code != SQB_OK)	/* the certificate */
		return t->why.code;
	if (t->sys != 0) {
		sqb__net_why(t->sys, text, sizeof(text));
		sqb__error(&t->why, SQB_E_NET, text);
		t->why.sys = t->sys;
	} else if (t->ended && !t->established) {
		sqb__error(&t->why, SQB_E_EOF,
		    "server closed the connection during the TLS handshake");
	} else {
		sqb__error(&t->why, SQB_E_TLS, "TLS: ", explain(t, code));
		t->why.sys = ERR_GET_REASON(code);
	}
	return t->why.code;
}

/* 0: what the socket must be ready for is in *needs; 1: closed; < 0: dead. */
static int judge(sqb__tls *t, int result, unsigned *needs)
{
	switch (SSL_get_error(t->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		*needs = SQB_WANT_RECV;
		return 0;
	case SSL_ERROR_WANT_WRITE:
		*needs = SQB_WANT_SEND;
		return 0;
	case SSL_ERROR_ZERO_RETURN:
		return 1;
	default:
		/* Without close_notify: what the peer said may be cut, which
		   is for the protocol to tell. */
		if (t->ended && t->established && t->sys == 0 &&
		    ERR_GET_REASON(ERR_peek_error()) ==
		    SSL_R_UNEXPECTED_EOF_WHILE_READING)
			return 1;
		return break_line(t);
	}
}

static void begin_call(sqb__tls *t)
{
	t->drained = false;
	ERR_clear_error();
}

int sqb__tls_handshake(sqb__tls *t, sqb_error *err)
{
	int result, rc;

	begin_call(t);
	result = SSL_do_handshake(t->ssl);
	if (result != 1) {
		rc = judge(t, result, &t->needs_recv);
		if (rc == 1)
			rc = break_line(t);
		if (rc < 0)
			*err = t->why;
		return rc;
	}
	rc = sqb__tls_check_pin(t, err);
	if (rc < 0) {
		t->why = *err;
		return rc;
	}
	if (sqb__tls_identify(t) < 0)
		return out_of_memory(err);
	t->established = true;
	sqb__tls_prove(t);
	t->needs_recv = SQB_WANT_RECV;
	return 1;
}

int sqb__tls_recv(sqb__tls *t, uint8_t *buf, size_t cap, size_t *n, bool *dry,
    sqb_error *err)
{
	size_t one;
	int result = 1, rc = 0;

	*n = 0;
	*dry = false;
	begin_call(t);
	t->needs_recv = SQB_WANT_RECV;
	while (*n < cap && !t->closed && t->why.code == SQB_OK) {
		result = SSL_read_ex(t->ssl, buf + *n, cap - *n, &one);
		if (result != 1)
			break;
		*n += one;
	}
	if (result != 1)
		rc = judge(t, result, &t->needs_recv);
	t->heard = t->heard || *n > 0;
	t->closed = t->closed || rc == 1;
	*dry = result != 1 && rc == 0;
	if (*n > 0 || t->why.code == SQB_OK)
		return SQB_OK;
	*err = t->why;
	return err->code;
}

int sqb__tls_send(sqb__tls *t, const uint8_t *buf, size_t len, size_t *n,
    sqb_error *err)
{
	size_t one;
	int result = 1;

	*n = 0;
	begin_call(t);
	t->needs_send = SQB_WANT_SEND;
	while (*n < len && t->why.code == SQB_OK) {
		result = SSL_write_ex(t->ssl, buf + *n, len - *n, &one);
		if (result != 1)
			break;
		*n += one;
	}
	if (result != 1 && judge(t, result, &t->needs_send) == 1)
		(void)break_line(t);
	if (*n > 0 || t->why.code == SQB_OK)
		return SQB_OK;
	*err = t->why;
	return err->code;
}

void sqb__tls_close(sqb__tls *t)
{
	if (!t->established || t->why.code != SQB_OK)
		return;
	begin_call(t);
	(void)SSL_shutdown(t->ssl);
	ERR_clear_error();
}

/* RFC 5929, section 4.1: by the certificate's own hash, at least SHA-256. */
static size_t bind_end_point(sqb__tls *t)
{
	const X509 *cert = SSL_get0_peer_certificate(t->ssl);
	unsigned len = 0;
	int md = NID_undef;

	if (!cert || X509_get_signature_info((X509 *)cert, &md, NULL, NULL,
	    NULL) != 1 || md == NID_undef)
		return 0;
	if (md == NID_md5 || md == NID_sha1)
		md = NID_sha256;
	if (X509_digest(cert, EVP_get_digestbynid(md), t->end_point, &len)
	    != 1)
		return 0;
	return len;
}

/* RFC 9266, section 2; under TLS 1.2 only with RFC 7627. */
static size_t bind_exporter(sqb__tls *t)
{
	static const char label[] = "EXPORTER-Channel-Binding";

	if (SSL_version(t->ssl) < TLS1_3_VERSION &&
	    SSL_get_extms_support(t->ssl) != 1)
		return 0;
	return SSL_export_keying_material(t->ssl, t->exporter,
	    sizeof(t->exporter), label, sizeof(label) - 1, NULL, 0, 0) == 1 ?
	    sizeof(t->exporter) : 0;
}

void sqb__tls_describe(sqb__tls *t, sqb_tls_info *info)
{
	ERR_clear_error();
	*info = (sqb_tls_info){
		.version = SSL_get_version(t->ssl),
		.cipher = SSL_get_cipher_name(t->ssl),
		.verified = t->verify &&
		    SSL_get_verify_result(t->ssl) == X509_V_OK,
		.resumed = SSL_session_reused(t->ssl),
		.exporter = { (char *)t->exporter, bind_exporter(t) },
		.end_point = { (char *)t->end_point, bind_end_point(t) },
	};
	ERR_clear_error();
}

const sqb_certificate *sqb__tls_certificate(const sqb__tls *t)
{
	return t->identity ? &t->identity->public : NULL;
}

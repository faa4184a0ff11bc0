/*
 * An SSL_CTX from the options, shared: to read the certificates that a system
 * trusts costs more than a handshake, and a connection's share of them more
 * than the connection. What is kept stands for the options and for the files
 * as they were just before they were read; those are looked at for each
 * connection, and when one has changed there is a new SSL_CTX. After an hour
 * there is one in any case: of a directory it is only seen that a file came or
 * went. Connections keep the SSL_CTX that they began with.
 */
#include "net/tls_context.h"

#include "base/buf.h"
#include "base/error.h"
#include "net/cache.h"
#include "net/dial.h"
#include "net/sys.h"
#include "net/tls_internal.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_CONTEXTS = 32,
	MAX_DESCRIPTION = 64 * 1024,	/* octets: paths, mostly */
	LONGEST = 60 * 60 * 1000	/* ms */
};

typedef struct context {
	sqb__kept kept;
	SSL_CTX *ctx;
	sqb_time made;
	unsigned char digest[SQB__SHA256];
} context;

static void drop(sqb__kept *k)
{
	context *c = (context *)k;

	SSL_CTX_free(c->ctx);
	free(c);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sqb__cache contexts = { .max_n = MAX_CONTEXTS, .max_same = 1,
    .max_cost = SIZE_MAX, .drop = drop };

/* Making one. */

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

static int trust(SSL_CTX *ctx, const sqb_tls_options *o, sqb_error *err)
{
	if (!o->ca_file && !o->ca_dir) {
		if (SSL_CTX_set_default_verify_paths(ctx) == 1)
			return SQB_OK;
		return sqb__error(err, SQB_E_TLS,
		    "the system's certificates cannot be read");
	}
	if (o->ca_file && SSL_CTX_load_verify_file(ctx, o->ca_file) != 1)
		return bad_file(err, "CA file", o->ca_file);
	if (o->ca_dir && SSL_CTX_load_verify_dir(ctx, o->ca_dir) != 1)
		return bad_file(err, "CA directory", o->ca_dir);
	return SQB_OK;
}

static int load_crls(SSL_CTX *ctx, const char *file, sqb_error *err)
{
	X509_STORE *store = SSL_CTX_get_cert_store(ctx);
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

static int load_own(SSL_CTX *ctx, const sqb_tls_options *o, sqb_error *err)
{
	const char *key = o->key_file ? o->key_file : o->cert_file;

	SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
	if (SSL_CTX_use_certificate_chain_file(ctx, o->cert_file) != 1)
		return bad_file(err, "certificate", o->cert_file);
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(ctx) != 1)
		return bad_file(err, "key", key);
	return SQB_OK;
}

static int load_files(SSL_CTX *ctx, const sqb_tls_options *o, sqb_error *err)
{
	int rc = SQB_OK;

	if (!o->no_verify)
		rc = trust(ctx, o, err);
	if (rc == SQB_OK && !o->no_verify && o->crl_file)
		rc = load_crls(ctx, o->crl_file, err);
	if (rc == SQB_OK && o->cert_file)
		rc = load_own(ctx, o, err);
	return rc;
}

static int make(SSL_CTX **out, const sqb_tls_options *o, sqb_error *err)
{
	enum { READ_BUFFER = 64 * 1024 };
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (!ctx)
		return sqb__error(err, SQB_E_NOMEM, "TLS: out of memory");
	(void)SSL_CTX_set_min_proto_version(ctx,
	    o->min_tls13 ? TLS1_3_VERSION : TLS1_2_VERSION);
	(void)SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
	(void)SSL_CTX_clear_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
	(void)SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	(void)SSL_CTX_set_session_cache_mode(ctx,
	    SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(ctx, sqb__tls_on_session);
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_default_read_buffer_len(ctx, READ_BUFFER);
	if (o->no_verify)
		SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	else
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER,
		    sqb__tls_on_certificate);
	if (load_files(ctx, o, err) == SQB_OK) {
		*out = ctx;
		return SQB_OK;
	}
	SSL_CTX_free(ctx);
	return err->code;
}

/* What one stands for. */

/* An absent string is another than an empty one. */
static void say(sqb__buf *b, const char *s)
{
	sqb__buf_add_char(b, s ? '+' : '-');
	if (s)
		sqb__buf_add(b, (sqb_str){ s, strlen(s) + 1 });
}

static void say_file(sqb__buf *b, const char *path)
{
	uint64_t stamp[SQB__SYS_STAMP] = { 0 };

	say(b, path);
	if (!path)
		return;
	sqb__sys_stamp(path, stamp);
	sqb__buf_add(b, (sqb_str){ (const char *)stamp, sizeof(stamp) });
}

/* Where OpenSSL looks for what the system trusts: one file, directories. */
static void say_system(sqb__buf *b)
{
	const char *file = getenv(X509_get_default_cert_file_env());
	const char *dirs = getenv(X509_get_default_cert_dir_env());
	char *copy, *dir, *rest;

	say_file(b, file ? file : X509_get_default_cert_file());
	copy = strdup(dirs ? dirs : X509_get_default_cert_dir());
	b->failed = b->failed || !copy;
	for (rest = copy; rest && (dir = strsep(&rest, ":"));)
		say_file(b, dir);
	free(copy);
}

static void describe(sqb__buf *b, const sqb_tls_options *o)
{
	sqb__buf_add_char(b, o->no_verify ? 'n' : 'v');
	sqb__buf_add_char(b, o->min_tls13 ? '3' : '2');
	say_file(b, o->ca_file);
	say_file(b, o->ca_dir);
	say_file(b, o->crl_file);
	say_file(b, o->cert_file);
	say_file(b, o->key_file);
	if (!o->no_verify && !o->ca_file && !o->ca_dir)
		say_system(b);
}

static bool digest_of(unsigned char out[SQB__SHA256], const sqb_tls_options *o)
{
	sqb__buf b;
	sqb_str s;
	bool ok;

	sqb__buf_init(&b, sqb_allocator_default(), MAX_DESCRIPTION);
	describe(&b, o);
	s = sqb__buf_str(&b);
	ok = !b.failed && EVP_Digest(s.ptr, s.len, out, NULL, EVP_sha256(),
	    NULL) == 1;
	sqb__buf_clear(&b);
	return ok;
}

/* Those that are there. */

static SSL_CTX *find(const unsigned char digest[SQB__SHA256], sqb_time now)
{
	const sqb_str key = { (const char *)digest, SQB__SHA256 };
	SSL_CTX *found = NULL;
	context *c;

	(void)pthread_mutex_lock(&lock);
	c = (context *)sqb__cache_find(&contexts, key);
	if (c && now - c->made < LONGEST && SSL_CTX_up_ref(c->ctx) == 1)
		found = c->ctx;
	(void)pthread_mutex_unlock(&lock);
	return found;
}

/* Without memory for it the next connection makes its own. */
static void keep(SSL_CTX *ctx, const unsigned char digest[SQB__SHA256],
    sqb_time now)
{
	context *c = calloc(1, sizeof(*c));

	if (!c)
		return;
	memcpy(c->digest, digest, sizeof(c->digest));
	c->kept.key = (sqb_str){ (const char *)c->digest, sizeof(c->digest) };
	c->made = now;
	c->ctx = ctx;
	(void)SSL_CTX_up_ref(ctx);
	(void)pthread_mutex_lock(&lock);
	sqb__cache_add(&contexts, &c->kept);
	(void)pthread_mutex_unlock(&lock);
}

int sqb__tls_context(SSL_CTX **out, unsigned char digest[SQB__SHA256],
    const sqb_tls_options *o, sqb_error *err)
{
	sqb_time now = sqb__sys_now();
	int rc = SQB_OK;

	if (!digest_of(digest, o))
		return sqb__error(err, SQB_E_NOMEM, "TLS: out of memory");
	*out = find(digest, now);
	if (*out)
		return SQB_OK;
	ERR_clear_error();
	rc = make(out, o, err);
	if (rc == SQB_OK)
		keep(*out, digest, now);
	ERR_clear_error();
	return rc;
}

/*
 * TLS sessions that are resumed, and those that must not be; contexts that
 * connections share. The server tells whether it has resumed one.
 */
#include "tls_fixture.h"

#include "net/sys.h"
#include "net/tls_context.h"
#include "net/tls_sessions.h"

#include <netinet/in.h>
#include <openssl/err.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { HOUR = 60 * 60, DAY = 24 * HOUR };

/* Time in this program; OpenSSL asks here too. */
static time_t skew;

time_t time(time_t *out)
{
	struct timespec t;
	time_t now;

	(void)syscall(SYS_clock_gettime, CLOCK_REALTIME, &t);
	now = (time_t)t.tv_sec + skew;
	if (out)
		*out = now;
	return now;
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
	int rc = (int)syscall(SYS_clock_gettime, clock, t);

	t->tv_sec += skew;
	return rc;
}

/* --- connections that see how they were made */

static void serve_tell(server *s, int fd, SSL *ssl)
{
	char buf[64];

	(void)s;
	(void)fd;
	(void)SSL_write(ssl, SSL_session_reused(ssl) ? "R" : "F", 1);
	(void)SSL_read(ssl, buf, sizeof(buf));
}

static server telling_server(const identity *id)
{
	server s = server_with(id, NULL, false);

	s.serve = serve_tell;
	return s;
}

/* What became of a connection: F a full handshake, R resumed, - failed. */
static char outcome(sqb_engine *e)
{
	char c = e->n_in > 0 ? (char)e->in[0] : '-';

	if (c == '-')
		return c;
	assert_null(sqb_engine_error(e));
	assert_int_equal(e->tls.resumed, c == 'R');
	return c;
}

static char try_once(const server *s, const sqb_tls_options *tls)
{
	sqb_engine e = { .want_tls = true, .n_enough = 1 };
	sqb_link_options o = { .size = sizeof(o), .tls = *tls };
	sqb_link *l = sqb_link_new(&e, "localhost", s->port, &o);
	char c;

	sqb_link_wait(l, SQB_NEVER);
	c = outcome(&e);
	if (c != '-')
		assert_int_equal(e.tls.verified, !tls->no_verify);
	sqb_link_free(l);
	fake_clear(&e);
	return c;
}

static void try_all(const server *s, const sqb_tls_options *tls,
    const char *want)
{
	char got[16] = "";

	for (size_t i = 0; want[i]; i++)
		got[i] = try_once(s, tls);
	assert_string_equal(got, want);
}

static sqb_tls_options trusting(const fixture *f)
{
	return (sqb_tls_options){ .ca_file = f->ca_file };
}

/* --- it is done */

static void test_resumed(void **state)
{
	static const struct {
		int max;
		uint64_t options;	/* the server's */
		const char *want;
	} cases[] = {
		{ TLS1_3_VERSION, 0, "FRRR" },
		{ TLS1_3_VERSION, SSL_OP_NO_TICKET, "FRRR" },
		{ TLS1_2_VERSION, 0, "FRRR" },
		{ TLS1_2_VERSION, SSL_OP_NO_TICKET, "FRRR" },
		{ TLS1_2_VERSION, SSL_OP_NO_EXTENDED_MASTER_SECRET, "FFF" },
	};
	const fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sqb_tls_options o = trusting(f);
		server s = telling_server(&f->leaf);

		(void)SSL_CTX_set_max_proto_version(s.ctx, cases[i].max);
		(void)SSL_CTX_set_options(s.ctx, cases[i].options);
		server_start(&s);
		try_all(&s, &o, cases[i].want);
		o.pin = f->pin_hex;
		try_all(&s, &o, cases[i].want);
		o.no_resumption = true;
		try_all(&s, &o, "FF");
		server_stop(&s);
	}
}

/* What is told of a certificate is what was told when it was shown. */
static void test_certificate(void **state)
{
	const fixture *f = *state;
	unsigned char want[64];
	unsigned len;
	server s = telling_server(&f->leaf);

	assert_int_equal(X509_digest(f->leaf.cert, EVP_sha256(), want, &len),
	    1);
	server_start(&s);
	for (int i = 0; i < 3; i++) {
		sqb_engine e = { .want_tls = true, .n_enough = 1 };
		sqb_link_options o = options_for(f);
		sqb_link *l = sqb_link_new(&e, "localhost", s.port, &o);
		const sqb_certificate *c;

		sqb_link_wait(l, SQB_NEVER);
		assert_int_equal(outcome(&e), i == 0 ? 'F' : 'R');
		c = sqb_link_certificate(l);
		assert_non_null(c);
		assert_string_equal(c->subject, "CN=leaf");
		assert_string_equal(c->issuer, "CN=Test CA");
		assert_string_equal(c->names, "localhost");
		assert_string_equal(c->spki_sha256, f->pin_hex);
		assert_int_equal(e.tls.end_point.len, len);
		assert_memory_equal(e.end_point, want, len);
		assert_int_equal(e.tls.exporter.len, 32);
		sqb_link_free(l);
		fake_clear(&e);
	}
	server_stop(&s);
}

/* --- it is not done */

/* After one of `before`, resumed or not, `after` begins anew. */
static void test_other_options(void **state)
{
	const fixture *f = *state;
	const sqb_tls_options plain = trusting(f);
	const struct { sqb_tls_options before, after; char want; } cases[] = {
		{ { .no_verify = true }, plain, 'F' },
		{ { .no_verify = true }, { .ca_file = f->other_file }, '-' },
		{ { .no_verify = true, .ca_file = f->other_file },
		    { .ca_file = f->other_file }, '-' },
		{ { .no_verify = true, .pin = f->pin_hex }, plain, 'F' },
		{ { .no_verify = true }, { .no_verify = true,
		    .pin = f->pin_hex }, 'F' },
		{ plain, { .ca_file = f->other_file }, '-' },
		{ plain, { .ca_dir = f->dir }, 'F' },
		{ plain, { .ca_file = NULL }, '-' },
		{ plain, { .ca_file = f->ca_file, .name = "x.example" }, '-' },
		{ plain, { .ca_file = f->ca_file, .pin = f->pin_hex }, 'F' },
		{ plain, { .ca_file = f->ca_file, .min_tls13 = true }, 'F' },
		{ plain, { .ca_file = f->ca_file, .crl_file = f->empty_crl },
		    'F' },
		{ plain, { .ca_file = f->ca_file,
		    .crl_file = f->revoking_crl }, '-' },
		{ plain, { .ca_file = f->ca_file, .cert_file = f->cert_file,
		    .key_file = f->key_file }, 'F' },
		{ { .ca_file = f->ca_file, .cert_file = f->cert_file,
		    .key_file = f->key_file }, plain, 'F' },
		{ plain, { .no_verify = true }, 'F' },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		server s = telling_server(&f->leaf);

		server_start(&s);
		try_all(&s, &cases[i].before, "FR");
		if (try_once(&s, &cases[i].after) != cases[i].want)
			fail_msg("case %zu", i);
		server_stop(&s);
	}
}

/* Another port is another service, by the same name and certificate. */
static void test_other_port(void **state)
{
	const fixture *f = *state;
	sqb_tls_options o = trusting(f);
	server one = telling_server(&f->leaf), two = one;

	(void)SSL_CTX_up_ref(one.ctx);
	server_start(&one);
	server_start(&two);
	try_all(&one, &o, "FR");
	try_all(&two, &o, "FR");
	server_stop(&one);
	server_stop(&two);
}

static int connect_to(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

/* A line that we did not make ourselves. */
static void test_other_line(void **state)
{
	const fixture *f = *state;
	server s = telling_server(&f->leaf);

	server_start(&s);
	for (int i = 0; i < 4; i++) {
		sqb_engine e = { .want_tls = true, .n_enough = 1 };
		sqb_link_options o = options_for(f);
		int fd = connect_to(s.port);
		sqb_link *l;

		o.tls.name = "localhost";
		o.fd = &fd;
		l = i < 2 ? sqb_link_new(&e, "localhost", s.port, &o) :
		    sqb_link_new_fd(&e, fd, &o);
		if (i < 2)
			(void)close(fd);
		sqb_link_wait(l, SQB_NEVER);
		assert_int_equal(outcome(&e), 'F');
		sqb_link_free(l);
		fake_clear(&e);
	}
	server_stop(&s);
}

static void test_changed_file(void **state)
{
	const fixture *f = *state;
	sqb_tls_options o = trusting(f);
	server s = telling_server(&f->leaf);

	server_start(&s);
	try_all(&s, &o, "FR");
	write_cert(f->ca_file, f->other.cert);
	try_all(&s, &o, "--");
	write_cert(f->ca_file, f->ca.cert);
	try_all(&s, &o, "FR");
	server_stop(&s);
}

static void test_time(void **state)
{
	static const int versions[] = { TLS1_3_VERSION, TLS1_2_VERSION };
	const fixture *f = *state;
	sqb_tls_options o = trusting(f);

	for (size_t i = 0; i < 2; i++) {
		server s = telling_server(&f->leaf);

		(void)SSL_CTX_set_max_proto_version(s.ctx, versions[i]);
		server_start(&s);
		try_all(&s, &o, "FR");
		skew += HOUR / 2;
		try_all(&s, &o, "RR");
		skew += HOUR / 2;	/* of the first */
		try_all(&s, &o, "FR");
		skew = 31L * DAY;
		try_all(&s, &o, "--");
		skew = 0;
		server_stop(&s);
	}
}

/* A certificate that ends within the hour. */
static void test_expired(void **state)
{
	const fixture *f = *state;
	sqb_tls_options o = trusting(f);
	server s = telling_server(&f->leaf);

	skew = 30L * DAY - HOUR / 4;
	server_start(&s);
	try_all(&s, &o, "FR");
	skew += HOUR / 2;
	try_all(&s, &o, "-");
	skew = 0;
	server_stop(&s);
}

/* --- servers that cannot stand it */

static int refuse_psk(SSL *ssl, int *alert, void *ctx)
{
	const unsigned char *psk;
	size_t len;

	(void)ctx;
	*alert = SSL_AD_INTERNAL_ERROR;
	return SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_psk, &psk, &len) ?
	    SSL_CLIENT_HELLO_ERROR : SSL_CLIENT_HELLO_SUCCESS;
}

static void serve_unless_resumed(server *s, int fd, SSL *ssl)
{
	if (SSL_session_reused(ssl))
		(void)shutdown(fd, SHUT_RDWR);
	else
		serve_tell(s, fd, ssl);
}

static void test_broken_server(void **state)
{
	const fixture *f = *state;
	sqb_tls_options o = trusting(f);

	for (int late = 0; late <= 1; late++) {
		server s = telling_server(&f->leaf);

		if (late)
			s.serve = serve_unless_resumed;
		else
			SSL_CTX_set_client_hello_cb(s.ctx, refuse_psk, NULL);
		server_start(&s);
		try_all(&s, &o, "F-FFF");
		skew += HOUR;
		try_all(&s, &o, "F-FF");
		skew = 0;
		server_stop(&s);
	}
}

/* --- what is kept */

static SSL_SESSION *session_of(uint32_t key, uint32_t id,
    unsigned char digest[SQB__SHA256])
{
	SSL_SESSION *s = SSL_SESSION_new();
	unsigned char name[8] = "";

	assert_non_null(s);
	memset(digest, 0, SQB__SHA256);
	memcpy(digest, &key, sizeof(key));
	memcpy(name, &id, sizeof(id));
	assert_int_equal(SSL_SESSION_set1_id(s, name, sizeof(name)), 1);
	assert_int_equal(SSL_SESSION_set1_id_context(s, digest, SQB__SHA256),
	    1);
	return s;
}

static void put(uint32_t key, uint32_t id, size_t size, sqb__proof proof)
{
	unsigned char digest[SQB__SHA256];
	SSL_SESSION *s = session_of(key, id, digest);

	sqb__tls_sessions_put(s, size, &proof, sqb__sys_now());
	SSL_SESSION_free(s);
}

/* The number that it was put with; 0: there is none. */
static uint32_t take(uint32_t key)
{
	unsigned char digest[SQB__SHA256];
	SSL_SESSION *s = session_of(key, 0, digest);
	sqb__proof proof;
	uint32_t id = 0;
	unsigned len;

	SSL_SESSION_free(s);
	s = sqb__tls_sessions_take(digest, &proof, sqb__sys_now());
	if (s)
		memcpy(&id, SSL_SESSION_get_id(s, &len), sizeof(id));
	SSL_SESSION_free(s);
	return id;
}

static sqb__proof good(void)
{
	return (sqb__proof){ sqb__sys_now(), INT64_MAX };
}

static void test_kept_once(void **state)
{
	(void)state;
	assert_int_equal(take(1), 0);
	put(1, 11, 0, good());
	put(1, 12, 0, good());
	put(2, 21, 0, good());
	assert_int_equal(take(1), 12);	/* the newest first */
	assert_int_equal(take(1), 11);
	assert_int_equal(take(1), 0);
	assert_int_equal(take(2), 21);
	assert_int_equal(take(2), 0);
}

static void test_kept_stale(void **state)
{
	sqb__proof proof = good();

	(void)state;
	proof.good_until = time(NULL);
	put(1, 11, 0, proof);
	assert_int_equal(take(1), 0);
	proof = good();
	proof.when -= HOUR * 1000L;
	put(1, 11, 0, proof);
	assert_int_equal(take(1), 0);
	proof.when += 60 * 1000L;
	put(1, 11, 0, proof);
	skew = 60;
	assert_int_equal(take(1), 0);
	skew = 0;
}

/* A server that sends tickets without end pushes out its own alone. */
static void test_kept_bounds(void **state)
{
	uint32_t n = 0;

	(void)state;
	put(1, 11, 0, good());
	for (uint32_t i = 0; i < 5000; i++)
		put(2, 1 + i, 60000, good());
	while (take(2) != 0)
		n++;
	assert_int_equal(n, 64);
	assert_int_equal(take(1), 11);

	n = 0;
	for (uint32_t i = 0; i < 5000; i++)
		put(3 + i, 1 + i, 0, good());
	for (uint32_t i = 0; i < 5000; i++)
		n += take(3 + i) != 0;
	assert_int_equal(n, 1024);
}

static void test_kept_size(void **state)
{
	enum { MIB = 1024 * 1024 };
	uint32_t n = 0;

	(void)state;
	for (uint32_t i = 0; i < 100; i++)
		put(3 + i, 1 + i, MIB, good());
	for (uint32_t i = 0; i < 100; i++)
		n += take(3 + i) != 0;
	assert_int_equal(n, 15);	/* with 1 KiB each, of 16 MiB */
	put(1, 11, 17 * MIB, good());
	assert_int_equal(take(1), 0);
}

static void test_kept_refused(void **state)
{
	unsigned char digest[SQB__SHA256];

	(void)state;
	SSL_SESSION_free(session_of(1, 0, digest));
	put(1, 11, 0, good());
	put(2, 21, 0, good());
	sqb__tls_sessions_refuse(digest, sqb__sys_now());
	assert_int_equal(take(1), 0);
	put(1, 12, 0, good());
	assert_int_equal(take(1), 0);
	assert_int_equal(take(2), 21);
	skew = HOUR;
	put(1, 13, 0, good());
	assert_int_equal(take(1), 13);
	skew = 0;
}

/* --- contexts */

/* The caller compares it only. */
static const SSL_CTX *context_of(const sqb_tls_options *o)
{
	unsigned char digest[SQB__SHA256];
	sqb_error err;
	SSL_CTX *ctx;

	assert_int_equal(sqb__tls_context(&ctx, digest, o, &err), SQB_OK);
	SSL_CTX_free(ctx);
	return ctx;
}

static void test_context(void **state)
{
	const fixture *f = *state;
	sqb_tls_options o = trusting(f), other = { .ca_dir = f->dir };
	unsigned char digest[SQB__SHA256];
	SSL_CTX *kept, *again;
	sqb_error err;

	assert_int_equal(sqb__tls_context(&kept, digest, &o, &err), SQB_OK);
	assert_ptr_equal(context_of(&o), kept);
	assert_ptr_not_equal(context_of(&other), kept);
	o.name = "x.example";		/* no matter of a context */
	assert_ptr_equal(context_of(&o), kept);
	write_cert(f->ca_file, f->other.cert);
	assert_ptr_not_equal(context_of(&o), kept);
	write_cert(f->ca_file, f->ca.cert);
	assert_int_equal(sqb__tls_context(&again, digest, &o, &err), SQB_OK);
	skew = HOUR;
	assert_ptr_not_equal(context_of(&o), again);
	skew = 0;
	SSL_CTX_free(again);
	SSL_CTX_free(kept);
	assert_ptr_equal(context_of(&(sqb_tls_options){ 0 }),
	    context_of(&(sqb_tls_options){ 0 }));
}

/* Many options at a time: those that were found no room for work as well. */
static void test_many_contexts(void **state)
{
	enum { N = 40 };
	const fixture *f = *state;
	SSL_CTX *held[N];
	unsigned char digest[SQB__SHA256];
	char dirs[N][PATH];
	sqb_error err;

	for (size_t i = 0; i < N; i++) {
		sqb_tls_options o = trusting(f);

		(void)snprintf(dirs[i], PATH, "%s/no%zu", f->dir, i);
		o.ca_dir = dirs[i];
		assert_int_equal(sqb__tls_context(&held[i], digest, &o, &err),
		    SQB_OK);
		assert_ptr_equal(context_of(&o), held[i]);
	}
	for (size_t i = 0; i < N; i++) {
		for (size_t k = 0; k < i; k++)
			assert_ptr_not_equal(held[i], held[k]);
		SSL_CTX_free(held[i]);
	}
}

/* --- threads */

enum { THREADS = 4, ROUNDS = 8 };

typedef struct worker {
	pthread_t thread;
	const server *server;
	const fixture *fixture;
	size_t n_resumed;
} worker;

static void *work(void *arg)
{
	worker *w = arg;
	sqb_tls_options o = trusting(w->fixture);

	for (int i = 0; i < ROUNDS; i++)
		w->n_resumed += try_once(w->server, &o) == 'R';
	return NULL;
}

static void test_threads(void **state)
{
	const fixture *f = *state;
	worker w[THREADS];
	server s = telling_server(&f->leaf);
	size_t n = 0;

	server_start(&s);
	for (int i = 0; i < THREADS; i++) {
		w[i] = (worker){ .server = &s, .fixture = f };
		assert_int_equal(pthread_create(&w[i].thread, NULL, work,
		    &w[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(w[i].thread, NULL), 0);
		n += w[i].n_resumed;
	}
	server_stop(&s);
	assert_true(n >= THREADS * (ROUNDS - 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resumed),
		cmocka_unit_test(test_certificate),
		cmocka_unit_test(test_other_options),
		cmocka_unit_test(test_other_port),
		cmocka_unit_test(test_other_line),
		cmocka_unit_test(test_changed_file),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_expired),
		cmocka_unit_test(test_broken_server),
		cmocka_unit_test(test_kept_once),
		cmocka_unit_test(test_kept_stale),
		cmocka_unit_test(test_kept_bounds),
		cmocka_unit_test(test_kept_size),
		cmocka_unit_test(test_kept_refused),
		cmocka_unit_test(test_context),
		cmocka_unit_test(test_many_contexts),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_nothing_left),
	};

	return cmocka_run_group_tests(tests, fixture_set_up,
	    fixture_tear_down);
}

/*
 * The link over TLS: versions, deadlines, endings, bulk, channel bindings,
 * client certificates, the trace. tls_trust_test.c has who is trusted.
 */
#include "tls_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* Versions, and servers that are none. */
static void test_versions(void **state)
{
	static const struct {
		int max;
		bool min_tls13;
		const char *text, *version;
	} cases[] = {
		{ TLS1_3_VERSION, false, NULL, "TLSv1.3" },
		{ TLS1_2_VERSION, false, NULL, "TLSv1.2" },
		{ TLS1_3_VERSION, true, NULL, "TLSv1.3" },
		{ TLS1_2_VERSION, true, "does not speak TLS 1.3", NULL },
		{ TLS1_1_VERSION, false, "no TLS newer than 1.1", NULL },
		{ TLS1_VERSION, false, "no TLS newer than 1.1", NULL },
	};
	const fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sqb_engine e = fresh_engine(false);
		sqb_link_options o = options_for(f);
		server s;
		sqb_link *l;

		s = server_with(&f->leaf, NULL, false);
		SSL_CTX_set_security_level(s.ctx, 0);
		(void)SSL_CTX_set_min_proto_version(s.ctx, TLS1_VERSION);
		(void)SSL_CTX_set_max_proto_version(s.ctx, cases[i].max);
		server_start(&s);
		o.tls.min_tls13 = cases[i].min_tls13;
		l = sqb_link_new(&e, "localhost", s.port, &o);
		sqb_link_wait(l, SQB_NEVER);
		if (cases[i].text)
			assert_failed(&e, SQB_E_TLS, cases[i].text);
		else
			assert_string_equal(e.version, cases[i].version);
		sqb_link_free(l);
		fake_clear(&e);
		server_stop(&s);
		assert_int_equal(s.n_octets, cases[i].text ? 0 :
		    SECRET_LEN);
	}
}

static void serve_close(server *s, int fd, SSL *ssl)
{
	char byte;

	(void)s;
	(void)ssl;
	(void)recv(fd, &byte, 1, 0);
}

static void serve_silence(server *s, int fd, SSL *ssl)
{
	char buf[1024];

	(void)s;
	(void)ssl;
	while (recv(fd, buf, sizeof(buf), 0) > 0)
		continue;
}

static void test_no_tls_there(void **state)
{
	static const struct {
		const char *greeting;
		void (*serve)(server *, int, SSL *);
		sqb_code code;
		const char *text;
	} cases[] = {
		{ "+OK ready\r\n", serve_silence, SQB_E_TLS,
		    "does not speak TLS here" },
		{ "HTTP/1.1 400 no\r\n\r\n", serve_silence, SQB_E_TLS,
		    "does not speak TLS here" },
		{ NULL, serve_close, SQB_E_EOF, "closed the connection" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sqb_engine e = fresh_engine(false);
		sqb_link_options o = options_for(*state);
		server s = { .greeting = cases[i].greeting,
		    .serve = cases[i].serve };
		sqb_link *l;

		server_start(&s);
		l = sqb_link_new(&e, "localhost", s.port, &o);
		sqb_link_wait(l, SQB_NEVER);
		if (e.error.code != SQB_E_NET)	/* a reset came first */
			assert_failed(&e, cases[i].code, cases[i].text);
		assert_false(e.has_tls);
		sqb_link_free(l);
		fake_clear(&e);
		server_stop(&s);
	}
}

/* Nobody answers the hello; the test's clock passes the deadline. */
static void test_deadline(void **state)
{
	int listener = listen_on(false, 0, 16);
	sqb_engine e = fresh_engine(false);
	sqb_link_options o = options_for(*state);
	sqb_link *l = sqb_link_new(&e, "127.0.0.1", port_of(listener), &o);

	for (int i = 0; i < 1000 && sqb_link_address(l)[0] == '\0'; i++)
		sqb_link_ready(l, SQB_WANT_RECV);
	sqb_link_ready(l, SQB_WANT_SEND);
	assert_int_equal(sqb_link_wants(l), SQB_WANT_RECV);
	assert_int_equal(sqb_link_clock(l, 7), 30007);
	sqb_link_ready(l, SQB_WANT_RECV);
	assert_int_equal(sqb_link_clock(l, 30006), 30007);
	assert_int_equal(e.n_clocks, 0);
	assert_int_equal(sqb_link_clock(l, 30007), 30007);
	assert_failed(&e, SQB_E_TIMEOUT, "no TLS handshake within 30 s");
	sqb_link_free(l);
	fake_clear(&e);

	e = fresh_engine(false);
	o.tls_timeout = 20;
	l = sqb_link_new(&e, "127.0.0.1", port_of(listener), &o);
	sqb_link_wait(l, SQB_NEVER);
	assert_failed(&e, SQB_E_TIMEOUT, "no TLS handshake within 20 ms");
	sqb_link_free(l);
	fake_clear(&e);
	(void)close(listener);
}

static void test_interrupt(void **state)
{
	int listener = listen_on(false, 0, 16);
	sqb_engine e = fresh_engine(false);
	sqb_link_options o = options_for(*state);
	sqb_link *l = sqb_link_new(&e, "127.0.0.1", port_of(listener), &o);

	sqb_link_wait(l, 5);
	sqb_link_interrupt(l);
	sqb_link_wait(l, SQB_NEVER);
	assert_failed(&e, SQB_E_CANCELED, "interrupted");
	sqb_link_free(l);
	fake_clear(&e);
	(void)close(listener);
}

/* How a line ends: with goodbye, cut, or with what is no TLS. */

static void serve_bye(server *s, int fd, SSL *ssl)
{
	(void)s;
	(void)fd;
	(void)SSL_write(ssl, "half", 4);
}

static void serve_cut(server *s, int fd, SSL *ssl)
{
	serve_bye(s, fd, ssl);
	(void)shutdown(fd, SHUT_RDWR);
}

static void serve_garbage(server *s, int fd, SSL *ssl)
{
	static const char fake[] = "\x17\x03\x03\x00\x20"
	    "0123456789abcdef0123456789abcdef";

	serve_bye(s, fd, ssl);
	(void)send(fd, fake, sizeof(fake) - 1, MSG_NOSIGNAL);
}

static void serve_clear(server *s, int fd, SSL *ssl)
{
	serve_bye(s, fd, ssl);
	(void)send(fd, "+OK in clear\r\n", 14, MSG_NOSIGNAL);
}

static void test_endings(void **state)
{
	static const struct {
		void (*serve)(server *, int, SSL *);
		bool clean;
	} cases[] = {
		{ serve_bye, true },
		{ serve_cut, true },
		{ serve_garbage, false },
		{ serve_clear, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const fixture *f = *state;
		sqb_engine e = { .want_tls = true };
		sqb_link_options o = options_for(f);
		server s;
		sqb_link *l;

		s = server_with(&f->leaf, NULL, false);
		s.serve = cases[i].serve;
		server_start(&s);
		l = sqb_link_new(&e, "localhost", s.port, &o);
		sqb_link_wait(l, SQB_NEVER);
		assert_int_equal(e.n_in, 4);
		assert_memory_equal(e.in, "half", 4);
		assert_int_equal(e.eof, cases[i].clean);
		if (!cases[i].clean)
			assert_failed(&e, SQB_E_TLS, "TLS: ");
		sqb_link_wait(l, SQB_NEVER);
		sqb_link_free(l);
		fake_clear(&e);
		server_stop(&s);
	}
}

/* Much data, both ways at once, and in small pieces. */
static void test_bulk(void **state)
{
	static const struct { size_t size, most_recv; } cases[] = {
		{ 4 * 1024 * 1024, 0 }, { 100000, 7 }, { 3000, 1 },
	};
	const fixture *f = *state;
	char *big = malloc(cases[0].size);
	server s;

	assert_non_null(big);
	for (size_t i = 0; i < cases[0].size; i++)
		big[i] = (char)('a' + i % 23);
	s = server_with(&f->leaf, NULL, false);
	server_start(&s);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sqb_engine e = { .want_tls = true,
		    .out = (const uint8_t *)big, .n_out = cases[i].size,
		    .n_enough = cases[i].size,
		    .most_recv = cases[i].most_recv };
		sqb_link_options o = options_for(f);
		sqb_link *l = sqb_link_new(&e, "localhost", s.port, &o);

		sqb_link_wait(l, SQB_NEVER);
		assert_null(sqb_engine_error(&e));
		assert_int_equal(e.n_in, cases[i].size);
		assert_memory_equal(e.in, big, cases[i].size);
		sqb_link_free(l);
		fake_clear(&e);
	}
	server_stop(&s);
	free(big);
}

/* Channel bindings are what the server thinks they are. */

static void serve_exporter(server *s, int fd, SSL *ssl)
{
	static const char label[] = "EXPORTER-Channel-Binding";
	unsigned char out[32];

	(void)s;
	(void)fd;
	if (SSL_export_keying_material(ssl, out, sizeof(out), label,
	    sizeof(label) - 1, NULL, 0, 0) == 1)
		(void)SSL_write(ssl, out, sizeof(out));
}

static void test_bindings(void **state)
{
	static const struct {
		int max;
		const char *digest;
		bool ems;
		size_t len;
	} cases[] = {
		{ TLS1_3_VERSION, "SHA256", true, 32 },
		{ TLS1_3_VERSION, "SHA384", true, 48 },
		{ TLS1_2_VERSION, "SHA512", true, 64 },
		{ TLS1_2_VERSION, "SHA256", false, 32 },
	};
	const fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		identity leaf = identity_make(&(cert_spec){
		    .digest = cases[i].digest }, &f->ca);
		sqb_engine e = { .want_tls = true, .n_enough = 32 };
		sqb_link_options o = options_for(f);
		unsigned char want[64];
		unsigned len;
		server s;
		sqb_link *l;

		assert_int_equal(X509_digest(leaf.cert, EVP_get_digestbyname(
		    cases[i].digest), want, &len), 1);
		s = server_with(&leaf, NULL, false);
		s.serve = serve_exporter;
		(void)SSL_CTX_set_max_proto_version(s.ctx, cases[i].max);
		if (!cases[i].ems)
			(void)SSL_CTX_set_options(s.ctx,
			    SSL_OP_NO_EXTENDED_MASTER_SECRET);
		server_start(&s);
		l = sqb_link_new(&e, "localhost", s.port, &o);
		sqb_link_wait(l, SQB_NEVER);
		assert_int_equal(e.n_in, 32);
		assert_int_equal(e.tls.exporter.len, cases[i].ems ? 32 : 0);
		if (cases[i].ems)
			assert_memory_equal(e.exporter, e.in, 32);
		assert_int_equal(e.tls.end_point.len, cases[i].len);
		assert_memory_equal(e.end_point, want, len);
		sqb_link_free(l);
		fake_clear(&e);
		server_stop(&s);
		identity_clear(&leaf);
	}
}

/* A server that wants to know who we are. */
static void test_client_certificate(void **state)
{
	static const struct { int max; const char *text; } cases[] = {
		{ TLS1_3_VERSION, "demands a client certificate" },
		{ TLS1_2_VERSION, "TLS: " },
	};
	const fixture *f = *state;

	for (size_t i = 0; i < 4; i++) {
		bool with = i % 2;
		sqb_engine e = { .want_tls = true,
		    .n_enough = SECRET_LEN };
		sqb_link_options o = options_for(f);
		server s;
		sqb_link *l;

		s = server_with(&f->leaf, NULL, false);
		s.greeting = NULL;
		(void)SSL_CTX_set_max_proto_version(s.ctx, cases[i / 2].max);
		assert_int_equal(SSL_CTX_load_verify_file(s.ctx, f->ca_file),
		    1);
		SSL_CTX_set_verify(s.ctx, SSL_VERIFY_PEER |
		    SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
		server_start(&s);
		if (with) {
			o.tls.cert_file = f->cert_file;
			o.tls.key_file = f->key_file;
			e.out = (const uint8_t *)SECRET;
			e.n_out = SECRET_LEN;
		}
		l = sqb_link_new(&e, "localhost", s.port, &o);
		sqb_link_wait(l, SQB_NEVER);
		if (with)
			assert_null(sqb_engine_error(&e));
		else
			assert_failed(&e, SQB_E_TLS, cases[i / 2].text);
		sqb_link_free(l);
		fake_clear(&e);
		server_stop(&s);
	}
}

/* Over a caller's socket the name must be given. */
static void test_no_name(void **state)
{
	sqb_engine e = fresh_engine(false);
	sqb_link_options o = options_for(*state);
	int pair[2];
	sqb_link *l;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	l = sqb_link_new_fd(&e, pair[0], &o);
	sqb_link_wait(l, SQB_NEVER);
	assert_failed(&e, SQB_E_USAGE, "no name to verify");
	sqb_link_free(l);
	assert_int_equal(read(pair[1], pair, 1), 0);
	fake_clear(&e);
	(void)close(pair[1]);
}

/* The trace shows the session as it is in clear, without its secrets. */
static void on_trace(void *ctx, bool sent, sqb_str bytes)
{
	char *log = ctx;
	size_t at = strlen(log);

	(void)snprintf(log + at, 256 - at, "%c%.*s", sent ? '>' : '<',
	    (int)bytes.len, bytes.ptr);
}

static void test_trace(void **state)
{
	const fixture *f = *state;
	sqb_engine e = fresh_engine(true);
	sqb_link_options o = options_for(f);
	char log[256] = "";
	server s;
	sqb_link *l;

	s = server_with(&f->leaf, NULL, true);
	server_start(&s);
	o.trace = on_trace;
	o.trace_ctx = log;
	e.secrets[0] = (sqb_range){ 5, 11 };
	e.n_secrets = 1;
	l = sqb_link_new(&e, "localhost", s.port, &o);
	sqb_link_wait(l, SQB_NEVER);
	assert_string_equal(log,
	    "<+OK\r\n>PASS >***>\r\n<PASS secret\r\n");
	sqb_link_free(l);
	fake_clear(&e);
	server_stop(&s);
}

/* When the engine is done it says goodbye, once. */
static void serve_until_bye(server *s, int fd, SSL *ssl)
{
	char byte;

	(void)fd;
	(void)SSL_write(ssl, "+", 1);
	if (SSL_read(ssl, &byte, 1) <= 0 &&
	    SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN)
		s->n_octets = 77;
}

static void test_goodbye(void **state)
{
	for (int by_engine = 0; by_engine <= 1; by_engine++) {
		const fixture *f = *state;
		sqb_engine e = { .want_tls = true, .n_enough = 1 };
		sqb_link_options o = options_for(f);
		server s;
		sqb_link *l;

		s = server_with(&f->leaf, NULL, false);
		s.serve = serve_until_bye;
		server_start(&s);
		l = sqb_link_new(&e, "localhost", s.port, &o);
		sqb_link_wait(l, SQB_NEVER);
		e.closed = by_engine;
		e.n_enough = 2;
		if (by_engine)
			sqb_link_wait(l, SQB_NEVER);
		sqb_link_free(l);
		fake_clear(&e);
		server_stop(&s);
		assert_int_equal(s.n_octets, 77);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_no_tls_there),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_interrupt),
		cmocka_unit_test(test_endings),
		cmocka_unit_test(test_bulk),
		cmocka_unit_test(test_bindings),
		cmocka_unit_test(test_client_certificate),
		cmocka_unit_test(test_no_name),
		cmocka_unit_test(test_trace),
		cmocka_unit_test(test_goodbye),
		cmocka_unit_test(test_nothing_left),
	};

	return cmocka_run_group_tests(tests, fixture_set_up,
	    fixture_tear_down);
}

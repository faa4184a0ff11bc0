/*
 * The link in clear: finding the server, driving by poll(2) and blocking,
 * interrupts, deadlines, the trace. Nothing here asserts how long a thing
 * takes; deadlines are passed on a clock of the test's own where one can.
 */
#include <squab/link.h>

#include "fake_engine.h"
#include "loopback.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#define OPTIONS(...) \
	(&(sqb_link_options){ .size = sizeof(sqb_link_options), __VA_ARGS__ })

static sqb_engine engine_that_sends(const char *text)
{
	return (sqb_engine){ .out = (const uint8_t *)text,
	    .n_out = strlen(text), .n_enough = strlen(text) };
}

static void assert_got(const sqb_engine *e, const char *want)
{
	assert_int_equal(e->n_in, strlen(want));
	assert_memory_equal(e->in, want, strlen(want));
}

static void assert_failed(const sqb_engine *e, sqb_code code, const char *has)
{
	if (e->error.code != code || !strstr(e->error.text, has))
		print_error("want %s \"…%s…\", got %s \"%s\"\n",
		    sqb_code_name(code), has, sqb_code_name(e->error.code),
		    e->error.text);
	assert_int_equal(e->error.code, code);
	assert_non_null(strstr(e->error.text, has));
}

/* A loop of one's own: what link.h says, and a clock from 1970 on Mars. */
static void drive(sqb_engine *e, sqb_link *l)
{
	enum { OFFSET = 5000000 };

	while (!sqb_engine_step(e) &&
	    !(sqb_engine_wants(e) & SQB_WANT_CLOSE)) {
		sqb_time now = sqb_link_now() - OFFSET;
		sqb_time until = sqb_link_clock(l, now);
		unsigned wants = sqb_link_wants(l), ready = 0;
		struct pollfd p = { .fd = sqb_link_fd(l) };

		p.events = (short)((wants & SQB_WANT_RECV ? POLLIN : 0) |
		    (wants & SQB_WANT_SEND ? POLLOUT : 0));
		if (until > now && poll(&p, 1, until == SQB_NEVER ? -1 :
		    (int)(until - now)) > 0)
			ready = (p.revents & POLLOUT ? SQB_WANT_SEND : 0) |
			    (p.revents & ~POLLOUT ? SQB_WANT_RECV : 0);
		sqb_link_ready(l, ready);
	}
}

static void wait_blocking(sqb_engine *e, sqb_link *l)
{
	(void)e;
	sqb_link_wait(l, SQB_NEVER);
}

/* What is sent comes back, however one drives and whatever the name. */
static void test_echo(void **state)
{
	static const struct {
		const char *host;
		void (*drive)(sqb_engine *, sqb_link *);
		size_t most_recv;
	} cases[] = {
		{ "127.0.0.1", wait_blocking, 0 },
		{ "127.0.0.1", drive, 0 },
		{ "127.0.0.1", wait_blocking, 1 },
		{ "127.0.0.1", drive, 1 },
		{ "localhost", wait_blocking, 0 },
		{ "localhost", drive, 0 },
		{ "localhost.", drive, 3 },
	};
	server s = { 0 };

	(void)state;
	server_start(&s);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sqb_engine e = engine_that_sends("hello, world\r\n");
		sqb_link *l = sqb_link_new(&e, cases[i].host, s.port,
		    i % 2 ? NULL : OPTIONS(.connect_timeout = SQB_NEVER));

		e.most_recv = cases[i].most_recv;
		assert_non_null(l);
		cases[i].drive(&e, l);
		assert_null(sqb_engine_error(&e));
		assert_got(&e, "hello, world\r\n");
		assert_string_equal(sqb_link_address(l), "127.0.0.1");
		assert_null(sqb_link_certificate(l));
		sqb_link_free(l);
		fake_clear(&e);
	}
	server_stop(&s);
	assert_int_equal(s.n_served, sizeof(cases) / sizeof(cases[0]));
}

/* More than the socket's buffers hold, both ways at once. */
static void test_no_deadlock(void **state)
{
	enum { SIZE = 8 * 1024 * 1024 };
	char *big = malloc(SIZE + 1);
	server s = { 0 };

	(void)state;
	assert_non_null(big);
	for (size_t i = 0; i < SIZE; i++)
		big[i] = (char)('a' + i % 23);
	big[SIZE] = '\0';
	server_start(&s);
	for (int blocking = 0; blocking <= 1; blocking++) {
		sqb_engine e = engine_that_sends(big);
		sqb_link *l = sqb_link_new(&e, "127.0.0.1", s.port, NULL);

		(blocking ? wait_blocking : drive)(&e, l);
		assert_null(sqb_engine_error(&e));
		assert_int_equal(e.n_in, SIZE);
		assert_memory_equal(e.in, big, SIZE);
		sqb_link_free(l);
		fake_clear(&e);
	}
	server_stop(&s);
	free(big);
}

/* A port where nobody listens. */
static uint16_t closed_port(void)
{
	int fd = listen_on(false, 0, 1);
	uint16_t port = port_of(fd);

	(void)close(fd);
	return port;
}

static void test_errors(void **state)
{
	static const struct {
		const char *host, *source;
		sqb_code code;
		const char *text;
	} cases[] = {
		{ "127.0.0.1", NULL, SQB_E_NET, "connection refused" },
		{ "localhost", NULL, SQB_E_NET, "connection refused" },
		{ "no..name", NULL, SQB_E_NET, "no..name port " },
		{ "", NULL, SQB_E_USAGE, "no host name" },
		{ "\xff\xfe", NULL, SQB_E_USAGE, "\\xff\\xfe port " },
		{ "127.0.0.1", "elsewhere", SQB_E_USAGE, "source address" },
		{ "127.0.0.1", "::1", SQB_E_NET, "family" },
		{ "127.0.0.1", "192.0.2.1", SQB_E_NET, "this machine" },
		{ "127.0.0.1", "127.0.0.2", SQB_E_NET, "refused" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sqb_engine e = { 0 };
		uint16_t port = closed_port();
		sqb_link *l = sqb_link_new(&e, cases[i].host, port,
		    OPTIONS(.source_address = cases[i].source));

		assert_non_null(l);
		sqb_link_wait(l, SQB_NEVER);
		assert_failed(&e, cases[i].code, cases[i].text);
		assert_int_equal(sqb_link_wants(l), 0);
		assert_string_equal(sqb_link_address(l), "");
		sqb_link_ready(l, SQB_WANT_RECV | SQB_WANT_SEND);
		sqb_link_wait(l, SQB_NEVER);
		sqb_link_free(l);
		fake_clear(&e);
	}
}

static void test_long_name(void **state)
{
	char name[400];
	sqb_engine e = { 0 };
	sqb_link *l;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	l = sqb_link_new(&e, name, 110, NULL);
	sqb_link_wait(l, SQB_NEVER);
	assert_failed(&e, SQB_E_USAGE, "too long");
	sqb_link_free(l);
	fake_clear(&e);
}

/* --- Unix sockets */

typedef struct local {
	char dir[40], path[64];
	int listener;
} local;

static void local_listen(local *u, int backlog)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	strcpy(u->dir, "/tmp/squab-link.XXXXXX");
	assert_non_null(mkdtemp(u->dir));
	snprintf(u->path, sizeof(u->path), "%s/socket", u->dir);
	memcpy(a.sun_path, u->path, strlen(u->path) + 1);
	u->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(u->listener, (struct sockaddr *)&a, sizeof(a)),
	    0);
	assert_int_equal(listen(u->listener, backlog), 0);
}

static void local_remove(const local *u)
{
	(void)unlink(u->path);
	assert_int_equal(rmdir(u->dir), 0);
}

static void test_unix_socket(void **state)
{
	local u;
	server s = { 0 };

	(void)state;
	local_listen(&u, 16);
	s.listener = u.listener;
	server_start(&s);
	for (int blocking = 0; blocking <= 1; blocking++) {
		sqb_engine e = engine_that_sends("hello, world\r\n");
		sqb_link *l = sqb_link_new(&e, u.path, 0, NULL);

		(blocking ? wait_blocking : drive)(&e, l);
		assert_null(sqb_engine_error(&e));
		assert_got(&e, "hello, world\r\n");
		assert_string_equal(sqb_link_address(l), "");
		sqb_link_free(l);
		fake_clear(&e);
	}
	server_stop(&s);
	local_remove(&u);
}

static void test_no_unix_socket(void **state)
{
	static const struct { const char *path; sqb_code code; char *text; }
	cases[] = {
		{ "/nowhere/socket", SQB_E_NET,
		    "/nowhere/socket: No such file or directory" },
		{ "/dev/null", SQB_E_NET, "/dev/null: connection refused" },
		{ "/too/long/too/long/too/long/too/long/too/long/too/long/too/"
		    "long/too/long/too/long/too/long/too/long/too/long",
		    SQB_E_USAGE,
		    "too long for a Unix socket" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sqb_engine e = { 0 };
		sqb_link *l = sqb_link_new(&e, cases[i].path, 0, NULL);

		sqb_link_wait(l, SQB_NEVER);
		assert_failed(&e, cases[i].code, cases[i].text);
		sqb_link_free(l);
		fake_clear(&e);
	}
}

/* connect(2) fails at once where a queue is full: it is tried again. */
static void test_busy_unix_socket(void **state)
{
	sqb_engine e = engine_that_sends("x");
	sqb_engine first = engine_that_sends("x");
	server s = { 0 };
	sqb_link *l, *filler;
	local u;

	(void)state;
	local_listen(&u, 0);
	filler = sqb_link_new(&first, u.path, 0, NULL);
	l = sqb_link_new(&e, u.path, 0, OPTIONS(.attempt_delay = 1));
	sqb_link_wait(l, 20);
	assert_null(sqb_engine_error(&e));
	s.listener = u.listener;
	sqb_link_free(filler);
	server_start(&s);
	drive(&e, l);
	assert_null(sqb_engine_error(&e));
	assert_got(&e, "x");
	sqb_link_free(l);
	server_stop(&s);
	fake_clear(&e);
	fake_clear(&first);
	local_remove(&u);
}

/* ::1 refuses or does not answer, 127.0.0.1 does: localhost is reached. */
static void test_second_address(void **state)
{
	(void)state;
	for (int silent = 0; silent <= 1; silent++) {
		server s = { 0 };
		sqb_engine e = engine_that_sends("x");
		int fillers[N_FILLERS], black_hole = -1;
		sqb_link *l;

		server_start(&s);
		if (silent)
			black_hole = listen_on(true, s.port, 0);
		if (black_hole >= 0)
			fill_backlog(black_hole, true, fillers);
		l = sqb_link_new(&e, "localhost", s.port,
		    OPTIONS(.attempt_delay = 5));
		drive(&e, l);
		assert_null(sqb_engine_error(&e));
		assert_got(&e, "x");
		assert_string_equal(sqb_link_address(l), "127.0.0.1");
		sqb_link_free(l);
		fake_clear(&e);
		server_stop(&s);
		if (black_hole >= 0) {
			close_all(fillers, N_FILLERS);
			(void)close(black_hole);
		}
	}
}

/* A server that does not answer; the test's clock passes the deadline. */
static void test_connect_deadline(void **state)
{
	enum { START = -1000 };		/* clocks have no zero */
	int fillers[N_FILLERS], listener = listen_on(false, 0, 0);
	sqb_engine e = { 0 };
	sqb_link *l;

	(void)state;
	fill_backlog(listener, false, fillers);
	l = sqb_link_new(&e, "127.0.0.1", port_of(listener), NULL);
	assert_true(sqb_link_clock(l, START) <= START + 30000);
	assert_true(sqb_link_clock(l, START + 29999) <= START + 30000);
	sqb_link_ready(l, 0);
	assert_false(sqb_engine_step(&e));
	assert_int_equal(e.n_clocks, 0);
	assert_true(sqb_link_clock(l, START + 30000) <= START + 30000);
	assert_failed(&e, SQB_E_TIMEOUT, ": no connection within 30 s");
	sqb_link_wait(l, SQB_NEVER);
	sqb_link_free(l);
	fake_clear(&e);

	l = sqb_link_new(&e, "127.0.0.1", port_of(listener),
	    OPTIONS(.connect_timeout = 50));
	sqb_link_wait(l, SQB_NEVER);
	assert_failed(&e, SQB_E_TIMEOUT, "no connection within 50 ms");
	sqb_link_free(l);
	fake_clear(&e);
	close_all(fillers, N_FILLERS);
	(void)close(listener);
}

/* Freed in every state, at once: nothing is waited for, nothing leaks. */
static void test_free_early(void **state)
{
	server s = { 0 };

	(void)state;
	sqb_link_free(NULL);
	server_start(&s);
	for (int i = 0; i < 20; i++) {
		sqb_engine e = { 0 };
		sqb_link *l = sqb_link_new(&e, i % 2 ? "localhost" :
		    "127.0.0.1", s.port, NULL);

		sqb_link_free(l);
		fake_clear(&e);
	}
	server_stop(&s);
}

static void test_wait_at_most(void **state)
{
	sqb_engine e = { .n_enough = 1 };
	int pair[2];
	sqb_link *l;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	l = sqb_link_new_fd(&e, pair[0], NULL);
	sqb_link_wait(l, 0);
	sqb_link_wait(l, 5);
	assert_false(sqb_engine_step(&e));
	assert_int_equal(write(pair[1], "!", 1), 1);
	sqb_link_wait(l, 0);
	sqb_link_wait(l, 0);
	assert_true(sqb_engine_step(&e));
	assert_got(&e, "!");
	assert_true(e.n_clocks > 0);
	sqb_link_free(l);
	fake_clear(&e);
	(void)close(pair[1]);
}

/* The peer is gone: the end of the stream, without a signal or an error. */
static void test_peer_closes(void **state)
{
	(void)state;
	(void)signal(SIGPIPE, SIG_DFL);
	for (int sending = 0; sending <= 1; sending++) {
		sqb_engine e = { 0 };
		int pair[2];
		sqb_link *l;

		if (sending)
			e = engine_that_sends("lost");
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		assert_int_equal(write(pair[1], "bye", 3), 3);
		(void)close(pair[1]);
		e.n_enough = 100;
		l = sqb_link_new_fd(&e, pair[0], NULL);
		sqb_link_wait(l, SQB_NEVER);
		assert_null(sqb_engine_error(&e));
		assert_true(e.eof);
		assert_got(&e, "bye");
		sqb_link_wait(l, SQB_NEVER);
		sqb_link_free(l);
		fake_clear(&e);
	}
}

static void serve_reset(server *s, int fd, SSL *ssl)
{
	struct linger now = { .l_onoff = 1 };
	char byte;

	(void)s;
	(void)ssl;
	(void)recv(fd, &byte, 1, 0);
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

static void test_reset(void **state)
{
	server s = { .serve = serve_reset };
	sqb_engine e = engine_that_sends("x");
	sqb_link *l;

	(void)state;
	server_start(&s);
	l = sqb_link_new(&e, "127.0.0.1", s.port, NULL);
	sqb_link_wait(l, SQB_NEVER);
	assert_failed(&e, SQB_E_NET, "127.0.0.1 port ");
	assert_failed(&e, SQB_E_NET, "connection reset by the server");
	assert_int_equal(e.error.sys, ECONNRESET);
	sqb_link_free(l);
	fake_clear(&e);
	server_stop(&s);
}

/* Interrupts. */

static sqb_link *target;	/* of the signal handler */

static void on_signal(int number)
{
	(void)number;
	sqb_link_interrupt(target);
}

static void *interrupt_thread(void *arg)
{
	sqb_link_interrupt(arg);
	return NULL;
}

static void *signal_thread(void *arg)
{
	(void)pthread_kill(*(pthread_t *)arg, SIGUSR1);
	return NULL;
}

/* Connecting to nobody, or waiting for silence. */
static sqb_link *waiting_link(sqb_engine *e, bool dialing, int listener)
{
	return sqb_link_new(e, dialing ? "127.0.0.1" : "localhost",
	    port_of(listener), NULL);
}

static void interrupt_one(bool dialing, bool by_signal, bool evented)
{
	int fillers[N_FILLERS], listener = listen_on(false, 0,
	    dialing ? 0 : 16);
	pthread_t self = pthread_self(), thread;
	sqb_engine e = { 0 };
	sqb_link *l;

	if (dialing)
		fill_backlog(listener, false, fillers);
	l = waiting_link(&e, dialing, listener);
	target = l;
	sqb_link_wait(l, 5);
	while (!dialing && sqb_link_address(l)[0] == '\0')
		sqb_link_wait(l, 5);
	assert_int_equal(pthread_create(&thread, NULL, by_signal ?
	    signal_thread : interrupt_thread,
	    by_signal ? (void *)&self : (void *)l), 0);
	if (evented)
		drive(&e, l);
	else
		sqb_link_wait(l, SQB_NEVER);
	assert_failed(&e, SQB_E_CANCELED, "interrupted");
	assert_int_equal(pthread_join(thread, NULL), 0);
	sqb_link_interrupt(l);
	sqb_link_wait(l, SQB_NEVER);
	sqb_link_free(l);
	fake_clear(&e);
	if (dialing)
		close_all(fillers, N_FILLERS);
	(void)close(listener);
}

static void test_interrupt(void **state)
{
	struct sigaction action = { .sa_handler = on_signal }, before;

	(void)state;
	assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
	for (int i = 0; i < 8; i++)
		interrupt_one(i & 1, i & 2, i & 4);
	(void)sigaction(SIGUSR1, &before, NULL);
}

/* At any moment of connecting: what is shut down is never another. */
static void test_interrupt_race(void **state)
{
	server s = { 0 };

	(void)state;
	server_start(&s);
	for (int i = 0; i < 50; i++) {
		sqb_engine e = { 0 };
		sqb_link *l = sqb_link_new(&e, "localhost", s.port, NULL);
		pthread_t thread;

		assert_int_equal(pthread_create(&thread, NULL,
		    interrupt_thread, l), 0);
		sqb_link_wait(l, SQB_NEVER);
		assert_failed(&e, SQB_E_CANCELED, "interrupted");
		assert_int_equal(pthread_join(thread, NULL), 0);
		sqb_link_free(l);
		fake_clear(&e);
	}
	server_stop(&s);
}

/* The trace. */

typedef struct log {
	char text[512];
	size_t len;
	bool sent;
} log;

static void on_trace(void *ctx, bool sent, sqb_str bytes)
{
	log *g = ctx;

	if (g->len == 0 || sent != g->sent)
		g->text[g->len++] = sent ? '>' : '<';
	g->sent = sent;
	assert_true(g->len + bytes.len < sizeof(g->text));
	memcpy(g->text + g->len, bytes.ptr, bytes.len);
	g->len += bytes.len;
}

static void test_trace(void **state)
{
	static const struct {
		const char *out;
		sqb_range secrets[3];
		size_t n_secrets;
		const char *want;
	} cases[] = {
		{ "USER a\r\n", { { 0, 0 } }, 0, ">USER a\r\n<+OK\r\n" },
		{ "PASS secret\r\n", { { 5, 11 } }, 1,
		    ">PASS ***\r\n<+OK\r\n" },
		{ "secret", { { 0, 6 } }, 1, ">***<+OK\r\n" },
		{ "a X b Y\r\nc ZZ", { { 2, 3 }, { 6, 7 }, { 11, 13 } }, 3,
		    ">a *** b ***\r\nc ***<+OK\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sqb_engine e = engine_that_sends(cases[i].out);
		log g = { .len = 0 };
		char sent[64];
		int pair[2];
		sqb_link *l;

		memcpy(e.secrets, cases[i].secrets, sizeof(cases[i].secrets));
		e.n_secrets = cases[i].n_secrets;
		e.n_enough = 5;
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		l = sqb_link_new_fd(&e, pair[0],
		    OPTIONS(.trace = on_trace, .trace_ctx = &g));
		sqb_link_wait(l, 0);
		assert_int_equal(read(pair[1], sent, sizeof(sent)),
		    strlen(cases[i].out));
		assert_memory_equal(sent, cases[i].out, strlen(cases[i].out));
		assert_int_equal(write(pair[1], "+OK\r\n", 5), 5);
		sqb_link_wait(l, SQB_NEVER);
		assert_string_equal(g.text, cases[i].want);
		sqb_link_free(l);
		fake_clear(&e);
		(void)close(pair[1]);
	}
}

/* A secret that is longer than the socket's buffer leaves piece by piece. */
static void test_trace_of_cut_secret(void **state)
{
	enum { SIZE = 4 * 1024 * 1024 };
	char *big = malloc(SIZE + 1), *sink = malloc(SIZE);
	log g = { .len = 0 };
	sqb_engine e;
	int pair[2];
	sqb_link *l;

	(void)state;
	assert_true(big && sink);
	memset(big, 'S', SIZE);
	big[SIZE] = '\0';
	e = engine_that_sends(big);
	e.secrets[0] = (sqb_range){ 0, SIZE };
	e.n_secrets = 1;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	l = sqb_link_new_fd(&e, pair[0],
	    OPTIONS(.trace = on_trace, .trace_ctx = &g));
	while (e.n_out > 0) {
		sqb_link_wait(l, 0);
		(void)recv(pair[1], sink, SIZE, MSG_DONTWAIT);
	}
	assert_int_equal(g.text[0], '>');
	assert_true(g.len > 1 + 3);
	assert_int_equal(strspn(g.text + 1, "*"), g.len - 1);
	sqb_link_free(l);
	fake_clear(&e);
	(void)close(pair[1]);
	free(big);
	free(sink);
}

/* An allocator whose nth allocation fails. */
typedef struct failing {
	int left;
	int n_live;
} failing;

static void *failing_alloc(void *ctx, size_t size)
{
	failing *f = ctx;

	if (f->left-- == 0)
		return NULL;
	f->n_live++;
	return malloc(size);
}

static void failing_free(void *ctx, void *p)
{
	failing *f = ctx;

	f->n_live -= p != NULL;
	free(p);
}

static void test_no_memory(void **state)
{
	sqb_link *l = NULL;

	(void)state;
	for (int n = 0; !l; n++) {
		failing f = { .left = n };
		sqb_allocator a = { .alloc = failing_alloc,
		    .free = failing_free, .ctx = &f };
		sqb_engine e = { 0 };
		int pair[2];

		assert_in_range(n, 0, 2);
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		l = sqb_link_new_fd(&e, pair[0],
		    OPTIONS(.allocator = &a, .tls.name = "x"));
		sqb_link_free(l);
		assert_int_equal(f.n_live, 0);
		assert_int_equal(read(pair[1], pair, 1), 0);
		(void)close(pair[1]);
	}
}

static size_t fds_before, threads_before;

static void test_nothing_left(void **state)
{
	(void)state;
	while (count_threads() > threads_before)
		(void)poll(NULL, 0, 1);	/* a lookup that nobody waits for */
	assert_int_equal(count_fds(), fds_before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_no_deadlock),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_long_name),
		cmocka_unit_test(test_unix_socket),
		cmocka_unit_test(test_no_unix_socket),
		cmocka_unit_test(test_busy_unix_socket),
		cmocka_unit_test(test_second_address),
		cmocka_unit_test(test_connect_deadline),
		cmocka_unit_test(test_free_early),
		cmocka_unit_test(test_wait_at_most),
		cmocka_unit_test(test_peer_closes),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_interrupt),
		cmocka_unit_test(test_interrupt_race),
		cmocka_unit_test(test_trace),
		cmocka_unit_test(test_trace_of_cut_secret),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_nothing_left),
	};

	settle_threads();
	fds_before = count_fds();
	threads_before = count_threads();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

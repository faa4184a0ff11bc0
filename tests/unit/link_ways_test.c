/*
 * Ways to a server other than connecting to it: a tunnel, a socket, a proxy
 * that fails; what TCP is told on all of them.
 */
#include <squab/link.h>

#include "fake_engine.h"
#include "loopback.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define OPTIONS(...) \
	(&(sqb_link_options){ .size = sizeof(sqb_link_options), __VA_ARGS__ })

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static sqb_engine engine_that_sends(const char *text)
{
	return (sqb_engine){ .out = (const uint8_t *)text,
	    .n_out = strlen(text), .n_enough = strlen(text) };
}

static void wait_for_end(sqb_engine *e, sqb_link *l)
{
	while (!(sqb_engine_wants(e) & SQB_WANT_CLOSE) && !e->eof &&
	    e->n_in < e->n_enough)
		sqb_link_wait(l, SQB_NEVER);
}

static void assert_failed(const sqb_engine *e, sqb_code code, const char *has)
{
	if (!strstr(e->error.text, has))
		print_error("%s\n", e->error.text);
	assert_int_equal(e->error.code, code);
	assert_non_null(strstr(e->error.text, has));
}

static void assert_no_child(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void test_tunnel(void **state)
{
	sqb_engine e = engine_that_sends("through and back");
	sqb_link *l = sqb_link_new(&e, "mail.example", 995,
	    OPTIONS(.tunnel = WORDS("cat")));

	(void)state;
	wait_for_end(&e, l);
	assert_int_equal(e.n_in, e.n_enough);
	assert_memory_equal(e.in, "through and back", e.n_in);
	assert_string_equal(sqb_link_address(l), "");
	sqb_link_free(l);
	assert_no_child();
	fake_clear(&e);
}

/* One with a child of its own, which would go on for ever. */
static void test_tunnel_is_killed(void **state)
{
	sqb_engine e = { .n_enough = 8 };
	sqb_link *l = sqb_link_new(&e, "mail.example", 995,
	    OPTIONS(.tunnel = WORDS("/bin/sh", "-c",
	    "trap '' TERM HUP; sleep 1000 & printf '%8d' $!; wait")));
	char text[9] = "";
	pid_t pid;

	(void)state;
	wait_for_end(&e, l);
	assert_int_equal(e.n_in, 8);
	memcpy(text, e.in, 8);
	pid = (pid_t)strtol(text, NULL, 10);
	assert_true(pid > 0);
	sqb_link_free(l);
	assert_no_child();
	/* It is init's to reap, or nobody's; a zombie may be left of it. */
	for (int n = 0; kill(pid, 0) == 0 && n < 100; n++) {
		char path[64], state_of = 'Z';
		FILE *f;

		(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
		f = fopen(path, "r");
		if (!f)
			break;
		(void)fscanf(f, "%*d %*s %c", &state_of);
		(void)fclose(f);
		if (state_of == 'Z')
			break;
		assert_true(n < 99);
		(void)poll(NULL, 0, 20);
	}
	fake_clear(&e);
}

/* How it ended is told, where that can be seen soon enough. */
static void test_tunnel_ends(void **state)
{
	static const struct { const char *command, *why; } cases[] = {
		{ "exit 0", NULL },
		{ "exit 3", "tunnel: the command has failed (exit status 3)" },
		{ "exec /there/is/none 2>&-", "tunnel: the command could not "
		    "be run (exit status 127)" },
		{ "kill -9 $$", "tunnel: the command was killed by signal 9" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sqb_engine e = { .n_enough = 1 };
		sqb_link *l = sqb_link_new(&e, "mail.example", 995,
		    OPTIONS(.tunnel = WORDS("sh", "-c", cases[i].command)));

		wait_for_end(&e, l);
		if (!e.eof)
			assert_failed(&e, SQB_E_NET, cases[i].why);
		assert_true(e.eof || cases[i].why);
		sqb_link_free(l);
		assert_no_child();
		fake_clear(&e);
	}
}

static void test_tunnel_gets_usual_signals(void **state)
{
	sqb_engine e = { .n_enough = 1 };
	sqb_link *l;
	sigset_t all, before;

	(void)state;
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	l = sqb_link_new(&e, "mail.example", 995, OPTIONS(.tunnel =
	    WORDS("/bin/sh", "-c", "kill -USR1 $$; printf x")));
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	wait_for_end(&e, l);
	if (!e.eof)
		assert_failed(&e, SQB_E_NET, "was killed by signal");
	assert_int_equal(e.n_in, 0);
	sqb_link_free(l);
	fake_clear(&e);
}

static void test_wrong(void **state)
{
	const struct {
		sqb_link_options options;
		sqb_code code;
		const char *text;
	} cases[] = {
		{ { .tunnel = WORDS("/there/is/none") }, SQB_E_NET, "mail."
		    "example port 995: tunnel: cannot run /there/is/none: "
		    "there is no such command" },
		{ { .tunnel = (const char *const[]){ NULL } }, SQB_E_USAGE,
		    "tunnel: it has no words" },
		{ { .tunnel = WORDS("cat"), .fd = &(int){ 0 } }, SQB_E_USAGE,
		    "only one can be" },
		{ { .proxy = "socks5://h", .tunnel = WORDS("cat") },
		    SQB_E_USAGE, "only one can be" },
		{ { .fd = &(int){ -1 } }, SQB_E_USAGE, "none that can" },
		{ { .proxy = "ftp://h" }, SQB_E_USAGE, "socks5 nor http" },
		{ { .proxy = "socks5://u:secret@/" }, SQB_E_USAGE, "host" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sqb_engine e = { .n_enough = 1 };
		sqb_link_options o = cases[i].options;
		sqb_link *l;

		o.size = sizeof(o);
		l = sqb_link_new(&e, "mail.example", 995, &o);
		assert_failed(&e, cases[i].code, cases[i].text);
		assert_null(strstr(e.error.text, "secret"));
		sqb_link_free(l);
		fake_clear(&e);
	}
	assert_no_child();
}

static void test_no_proxy(void **state)
{
	int listener = listen_on(false, 0, 1);
	sqb_engine e = { .n_enough = 1 };
	char url[64], want[128];
	sqb_link *l;

	(void)state;
	(void)snprintf(url, sizeof(url), "socks5://127.0.0.1:%u",
	    (unsigned)port_of(listener));
	(void)snprintf(want, sizeof(want), "mail.example port 995: proxy "
	    "127.0.0.1 port %u: connection refused",
	    (unsigned)port_of(listener));
	(void)close(listener);
	l = sqb_link_new(&e, "mail.example", 995, OPTIONS(.proxy = url));
	wait_for_end(&e, l);
	assert_failed(&e, SQB_E_NET, want);
	sqb_link_free(l);
	fake_clear(&e);
}

/* One that takes the call and says nothing; on a clock of the test's own. */
static void test_silent_proxy(void **state)
{
	int listener = listen_on(false, 0, 1);
	sqb_engine e = { .n_enough = 1 };
	char url[64];
	sqb_link *l;

	(void)state;
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u",
	    (unsigned)port_of(listener));
	l = sqb_link_new(&e, "mail.example", 995, OPTIONS(.proxy = url,
	    .connect_timeout = 7000));
	while (sqb_link_address(l)[0] == '\0') {
		(void)sqb_link_clock(l, 1000);
		sqb_link_ready(l, SQB_WANT_RECV | SQB_WANT_SEND);
	}
	assert_true(sqb_link_clock(l, 7999) <= 8000);
	assert_int_equal(e.error.code, SQB_OK);
	(void)sqb_link_clock(l, 8000);
	assert_failed(&e, SQB_E_TIMEOUT, ": no answer within 7 s");
	sqb_link_free(l);
	fake_clear(&e);
	(void)close(listener);
}

static void test_given_socket(void **state)
{
	sqb_engine e = engine_that_sends("hi");
	int pair[2];
	char got[3] = "";
	sqb_link *l;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	l = sqb_link_new(&e, "mail.example", 995, OPTIONS(.fd = &pair[0]));
	(void)close(pair[0]);
	assert_int_equal(write(pair[1], "yo", 2), 2);
	wait_for_end(&e, l);
	assert_int_equal(read(pair[1], got, 2), 2);
	assert_string_equal(got, "hi");
	assert_memory_equal(e.in, "yo", 2);
	sqb_link_free(l);
	assert_int_equal(read(pair[1], got, 1), 0);
	(void)close(pair[1]);
	fake_clear(&e);
}

static int option_of(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	assert_int_equal(getsockopt(fd, level, name, &value, &len), 0);
	return value;
}

typedef struct care {
	sqb_time idle, interval, unacknowledged;
	int probes;
	int want_on, want_idle, want_interval, want_probes, want_user;
} care;

static void test_keep_alive(void **state)
{
	static const care cases[] = {
		{ 0, 0, 0, 0, 1, 60, 15, 4, 60000 },
		{ 1500, 5000, 3000, 2, 1, 2, 5, 2, 3000 },
		{ SQB_NEVER - 1, 0, SQB_NEVER, 0, 0, 7200, 75, 9, INT32_MAX },
		{ SQB_NEVER / 4, 0, 0, 0, 1, 32767, 15, 4, 60000 },
	};
	server s = { .serve = NULL };

	(void)state;
	server_start(&s);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const care *c = &cases[i];
		sqb_engine e = engine_that_sends("x");
		sqb_link *l = sqb_link_new(&e, "127.0.0.1", s.port, OPTIONS(
		    .keep_alive_idle = c->idle,
		    .keep_alive_interval = c->interval,
		    .keep_alive_probes = c->probes,
		    .unacknowledged = c->unacknowledged));
		int fd;

		wait_for_end(&e, l);
		fd = sqb_link_fd(l);
		assert_int_equal(option_of(fd, SOL_SOCKET, SO_KEEPALIVE),
		    c->want_on);
#ifdef __linux__
		assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT),
		    c->want_user);
		if (c->want_on) {
			assert_int_equal(option_of(fd, IPPROTO_TCP,
			    TCP_KEEPIDLE), c->want_idle);
			assert_int_equal(option_of(fd, IPPROTO_TCP,
			    TCP_KEEPINTVL), c->want_interval);
			assert_int_equal(option_of(fd, IPPROTO_TCP,
			    TCP_KEEPCNT), c->want_probes);
		}
#endif
		sqb_link_free(l);
		fake_clear(&e);
	}
	server_stop(&s);
}

static size_t fds_before;

static void test_nothing_left(void **state)
{
	(void)state;
	assert_int_equal(count_fds(), fds_before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tunnel),
		cmocka_unit_test(test_tunnel_is_killed),
		cmocka_unit_test(test_tunnel_ends),
		cmocka_unit_test(test_tunnel_gets_usual_signals),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_no_proxy),
		cmocka_unit_test(test_silent_proxy),
		cmocka_unit_test(test_given_socket),
		cmocka_unit_test(test_keep_alive),
		cmocka_unit_test(test_nothing_left),
	};

	settle_threads();
	fds_before = count_fds();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

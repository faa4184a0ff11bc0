/*
 * Looking up names, for real: in a network of this test's own, where it is the
 * name server and says how things are found. Time moves when the test says so.
 * Where such a network is not to be had, all is skipped.
 */
#define _GNU_SOURCE
#include "loopback.h"

#include "net/dial.h"
#include "net/resolve.h"
#include "net/sys.h"

#include <squab/engine.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* --- time: the library's clocks stand still but for this */

static _Atomic long skew, slept;	/* s */

int clock_gettime(clockid_t clock, struct timespec *t)
{
	*t = (struct timespec){ .tv_sec = skew +
	    (clock == CLOCK_BOOTTIME ? slept : 0) };
	return 0;
}

/* --- a name server: everything in "test" is at 192.0.2.7 */

enum { MESSAGE = 512, NAME = 12, TYPE_A = 1 };

typedef struct dns {
	int fd;
	pthread_t thread;
	pthread_mutex_t hold;		/* while locked nobody is answered */
	atomic_uint ttl;
	atomic_size_t n_asked;		/* for addresses, type A */
} dns;

static dns the_dns = { .hold = PTHREAD_MUTEX_INITIALIZER, .ttl = 300 };

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* The answer takes the question's place, and follows it. */
static size_t answer(uint8_t *m, size_t n)
{
	uint32_t ttl = the_dns.ttl;
	const uint8_t record[] = { 0xc0, NAME, 0, 1, 0, 1,
	    (uint8_t)(ttl >> 24), (uint8_t)(ttl >> 16), (uint8_t)(ttl >> 8),
	    (uint8_t)ttl, 0, 4, 192, 0, 2, 7 };
	size_t end = NAME;
	bool is_gone = m[NAME] == 4 && !memcmp(m + NAME + 1, "gone", 4);
	uint16_t type;

	while (end + 5 < n && m[end] != 0)
		end += 1U + m[end];
	end++;
	type = get16(m + end);
	end += 4;
	the_dns.n_asked += type == TYPE_A;
	m[2] = 0x81;
	m[3] = is_gone ? 0x83 : 0x80;
	memset(m + 6, 0, 6);
	if (type != TYPE_A || is_gone)
		return end;
	m[7] = 1;
	memcpy(m + end, record, sizeof(record));
	return end + sizeof(record);
}

static void *serve_names(void *unused)
{
	uint8_t m[2 * MESSAGE];
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	ssize_t n;

	while ((n = recvfrom(the_dns.fd, m, MESSAGE, 0,
	    (struct sockaddr *)&from, &len)) > NAME) {
		(void)pthread_mutex_lock(&the_dns.hold);
		(void)pthread_mutex_unlock(&the_dns.hold);
		(void)sendto(the_dns.fd, m, answer(m, (size_t)n), 0,
		    (struct sockaddr *)&from, len);
		len = sizeof(from);
	}
	return unused;
}

/* --- a network of our own */

static bool is_alone;
static char dir[] = "/tmp/squab-names-XXXXXX";
static size_t threads_before;

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (fd >= 0)
		(void)close(fd);
	return n == (ssize_t)strlen(text);
}

static bool write_in_dir(const char *name, const char *text)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return write_file(path, text);
}

static bool cover(const char *name, const char *text)
{
	char path[64], place[64];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	(void)snprintf(place, sizeof(place), "/etc/%s", name);
	return write_in_dir(name, text) &&
	    mount(path, place, NULL, MS_BIND, NULL) == 0;
}

static bool leave_the_others(void)
{
	const int network = CLONE_NEWNET | CLONE_NEWNS;
	char map[64];

	(void)snprintf(map, sizeof(map), "0 %u 1", geteuid());
	return (unshare(network) == 0 ||
	    (unshare(CLONE_NEWUSER | network) == 0 &&
	    write_file("/proc/self/uid_map", map))) &&
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static bool change_lo(const char *name, unsigned long request,
    const char *address)
{
	struct ifreq r = { .ifr_flags = IFF_UP | IFF_RUNNING };
	struct sockaddr_in a = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), rc;

	(void)snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	if (address) {
		(void)inet_pton(AF_INET, address, &a.sin_addr);
		memcpy(&r.ifr_addr, &a, sizeof(a));
	}
	rc = ioctl(fd, request, &r);
	(void)close(fd);
	return rc == 0;
}

static bool start_dns(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
	    .sin_port = htons(53),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	the_dns.fd = socket(AF_INET, SOCK_DGRAM, 0);
	return bind(the_dns.fd, (struct sockaddr *)&a, sizeof(a)) == 0 &&
	    pthread_create(&the_dns.thread, NULL, serve_names, NULL) == 0;
}

#define RESOLV_CONF "nameserver 127.0.0.1\noptions timeout:30 attempts:1\n"

static int set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	is_alone = leave_the_others() &&
	    change_lo("lo", SIOCSIFFLAGS, NULL) &&
	    cover("resolv.conf", RESOLV_CONF) &&
	    cover("nsswitch.conf", "hosts: files dns\n") &&
	    cover("hosts", "192.0.2.9 filed.test\n") && start_dns();
	settle_threads();
	threads_before = count_threads();
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "resolv.conf", "nsswitch.conf",
	    "hosts" };
	char path[64];

	(void)state;
	if (is_alone) {
		(void)shutdown(the_dns.fd, SHUT_RDWR);
		(void)pthread_join(the_dns.thread, NULL);
	}
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof(path), "/etc/%s", names[i]);
		(void)umount(path);
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(dir);
	return 0;
}

/* --- looking up */

/* All threads have asked what they have to: the TTL too. */
static void settle(void)
{
	while (count_threads() > threads_before)
		(void)usleep(1000);
}

static int wait_for(sqb__resolve *r, sqb__address *a, size_t *n,
    sqb_error *err)
{
	struct pollfd p = { sqb__resolve_fd(r), POLLIN, 0 };
	int rc;

	(void)poll(&p, 1, -1);
	rc = sqb__resolve_take(r, 995, a, n, err);
	sqb__resolve_free(r);
	return rc;
}

static int look_up(const char *host, sqb__address *a, size_t *n,
    sqb_error *err)
{
	int rc = sqb__resolve_known(host, 995, a, n, err);

	if (rc == 0)
		rc = wait_for(sqb__resolve_new(host, err), a, n, err);
	settle();
	return rc;
}

/* How many questions of type A it takes to find that address. */
static size_t questions(const char *host, const char *address)
{
	sqb__address a[SQB__MAX_ADDRESSES];
	size_t n, before = the_dns.n_asked;
	sqb_error err;

	assert_int_equal(look_up(host, a, &n, &err), 1);
	assert_int_equal(n, 1);
	assert_int_equal(a[0].v4.sin_addr.s_addr, inet_addr(address));
	assert_int_equal(a[0].v4.sin_port, htons(995));
	return the_dns.n_asked - before;
}

static void expect(const char *host, size_t n_questions)
{
	assert_int_equal(questions(host, "192.0.2.7"), n_questions);
}

enum { NEW = 2, KNOWN = 0 };		/* a new one is asked for its TTL too */

static void alone(void)
{
	if (!is_alone)
		skip();
}

static void test_ttl(void **state)
{
	static const struct { unsigned ttl; long life; } cases[] = {
		{ 300, 300 }, { 0, 1 }, { 1000000, 3600 }, { UINT32_MAX, 1 },
	};

	(void)state;
	alone();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char host[16];

		(void)snprintf(host, sizeof(host), "ttl%zu.test", i);
		the_dns.ttl = cases[i].ttl;
		expect(host, NEW);
		skew += cases[i].life / 2;
		expect(host, KNOWN);
		skew += cases[i].life - cases[i].life / 2;
		expect(host, NEW);
	}
	the_dns.ttl = 300;
}

/* What is in a file is so for a minute, whatever DNS says of that name. */
static void test_file(void **state)
{
	(void)state;
	alone();
	(void)questions("filed.test", "192.0.2.9");
	skew += 50;
	assert_int_equal(questions("filed.test", "192.0.2.9"), KNOWN);
	assert_true(write_in_dir("hosts", "192.0.2.10 filed.test\n"));
	skew += 1;
	(void)questions("filed.test", "192.0.2.10");
}

static void test_no_such_name(void **state)
{
	sqb__address a[SQB__MAX_ADDRESSES];
	size_t n, before;
	sqb_error err;

	(void)state;
	alone();
	assert_int_equal(look_up("gone.test", a, &n, &err), SQB_E_NET);
	assert_string_equal(err.text, "there is no such host name");
	before = the_dns.n_asked;
	skew += 2;
	assert_int_equal(look_up("gone.test", a, &n, &err), SQB_E_NET);
	assert_string_equal(err.text, "there is no such host name");
	assert_int_equal(the_dns.n_asked, before);
	skew += 3;
	assert_int_equal(look_up("gone.test", a, &n, &err), SQB_E_NET);
	assert_true(the_dns.n_asked > before);
}

static void test_doubted(void **state)
{
	(void)state;
	alone();
	expect("doubt.test", NEW);
	sqb__resolve_doubt("doubt.test");
	expect("doubt.test", KNOWN);
	skew += 5;
	expect("doubt.test", NEW);
	skew += 5;
	expect("doubt.test", KNOWN);
}

/* 1: connected, < 0. */
static int dial(const char *host, uint16_t port)
{
	int line, rc;
	sqb_error err;
	sqb__dial *d = sqb__dial_new(&(sqb__dial_params){ .host = host,
	    .port = port, .delay = 250 }, &line, &err);
	struct pollfd p = { 0 };

	assert_non_null(d);
	while ((rc = sqb__dial_step(d, &err)) == 0) {
		p.fd = sqb__dial_fd(d);
		p.events = sqb__dial_wants(d) & SQB_WANT_SEND ? POLLOUT :
		    POLLIN;
		(void)poll(&p, 1, -1);
	}
	sqb__dial_free(d);
	(void)close(line);
	settle();
	return rc;
}

/* Addresses that let nobody in are not believed for long. */
static void test_dialed(void **state)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	uint16_t port;

	(void)state;
	alone();
	assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(listener, 4), 0);
	port = port_of(listener);
	assert_true(change_lo("lo:3", SIOCSIFADDR, "192.0.2.7"));
	skew += 1;
	assert_int_equal(dial("dial.test", port), 1);
	assert_int_equal(dial("dial.test", port), 1);
	skew += 5;
	expect("dial.test", KNOWN);
	(void)close(listener);
	assert_int_equal(dial("dial.test", port), SQB_E_NET);
	expect("dial.test", NEW);
	assert_int_equal(dial("dial.test", port), SQB_E_NET);
	expect("dial.test", KNOWN);
	skew += 5;
	expect("dial.test", NEW);
}

static void test_localhost(void **state)
{
	sqb__address a[SQB__MAX_ADDRESSES];
	size_t n;
	sqb_error err;

	(void)state;
	assert_int_equal(sqb__resolve_known("LocalHost", 995, a, &n, &err), 1);
	assert_int_equal(n, 2);
	assert_int_equal(a[0].v6.sin6_family, AF_INET6);
	assert_true(IN6_IS_ADDR_LOOPBACK(&a[0].v6.sin6_addr));
	assert_int_equal(a[0].v6.sin6_port, htons(995));
	assert_int_equal(a[1].v4.sin_family, AF_INET);
	assert_int_equal(a[1].v4.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	assert_int_equal(a[1].v4.sin_port, htons(995));
}

/* --- many at a time */

static void test_asked_once(void **state)
{
	enum { N = 200 };
	sqb__resolve *r[N];
	sqb__address a[SQB__MAX_ADDRESSES];
	size_t n, before = the_dns.n_asked;
	sqb_error err;

	(void)state;
	alone();
	(void)pthread_mutex_lock(&the_dns.hold);
	for (int i = 0; i < N; i++) {
		assert_int_equal(sqb__resolve_known("many.test", 995, a, &n,
		    &err), 0);
		r[i] = sqb__resolve_new(i % 2 ? "many.test" : "Many.TEST",
		    &err);
		assert_non_null(r[i]);
		assert_int_equal(sqb__resolve_take(r[i], 995, a, &n, &err), 0);
	}
	for (int i = 0; i < N; i += 3)		/* some do not wait */
		sqb__resolve_free(r[i]);
	(void)pthread_mutex_unlock(&the_dns.hold);
	for (int i = 0; i < N; i++)
		if (i % 3 != 0)
			assert_int_equal(wait_for(r[i], a, &n, &err), 1);
	settle();
	assert_int_equal(the_dns.n_asked - before, NEW);
}

/* Many names take few threads; what nobody waits for is not asked. */
static void test_many_names(void **state)
{
	enum { N = 300, THREADS = 64, LEFT = 200 };
	sqb__resolve *r[N];
	sqb__address a[SQB__MAX_ADDRESSES];
	size_t n, before = the_dns.n_asked;
	sqb_error err;
	char host[16];

	(void)state;
	alone();
	(void)pthread_mutex_lock(&the_dns.hold);
	for (int i = 0; i < N; i++) {
		(void)snprintf(host, sizeof(host), "n%d.test", i);
		r[i] = sqb__resolve_new(host, &err);
		assert_non_null(r[i]);
	}
	assert_int_equal(count_threads(), threads_before + THREADS);
	for (int i = LEFT; i < N; i++)
		sqb__resolve_free(r[i]);
	(void)pthread_mutex_unlock(&the_dns.hold);
	for (int i = 0; i < LEFT; i++)
		assert_int_equal(wait_for(r[i], a, &n, &err), 1);
	settle();
	assert_int_equal(the_dns.n_asked - before, NEW * LEFT);
	expect("n199.test", KNOWN);
	expect("n299.test", NEW);
}

/* What hears of the network. */
static int find_ear(void)
{
	struct sockaddr any;
	socklen_t len = sizeof(any);
	int fd = 3;

	while (getsockname(fd, &any, &len) < 0 ||
	    any.sa_family != AF_NETLINK) {
		len = sizeof(any);
		assert_true(++fd < 1000);
	}
	return fd;
}

/* It closes no descriptor that has become another's. */
static int look_up_in_child(const char *host)
{
	sqb__address a[SQB__MAX_ADDRESSES];
	sqb_error err;
	struct stat put, found;
	size_t n;
	int ear = find_ear();

	if (dup2(STDERR_FILENO, ear) < 0 ||
	    wait_for(sqb__resolve_new(host, &err), a, &n, &err) != 1)
		return 1;
	return fstat(STDERR_FILENO, &put) == 0 && fstat(ear, &found) == 0 &&
	    found.st_ino == put.st_ino ? 0 : 2;
}

/* A child has no threads that ask: not for what was on its way either. */
static void test_fork(void **state)
{
	sqb__resolve *r;
	sqb__address a[SQB__MAX_ADDRESSES];
	size_t n;
	sqb_error err;
	pid_t child;
	int status;

	(void)state;
	alone();
	(void)pthread_mutex_lock(&the_dns.hold);
	r = sqb__resolve_new("fork.test", &err);
	assert_non_null(r);
	child = fork();
	if (child == 0)
		_exit(look_up_in_child("fork.test"));
	(void)pthread_mutex_unlock(&the_dns.hold);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(wait_for(r, a, &n, &err), 1);
	settle();
	expect("fork.test", KNOWN);
}

/* --- another network */

static void test_forgotten(void **state)
{
	(void)state;
	alone();
	expect("net.test", NEW);
	skew += 1;
	expect("net.test", KNOWN);

	assert_true(change_lo("lo:1", SIOCSIFADDR, "192.0.2.77"));
	skew += 1;
	expect("net.test", NEW);
	skew += 1;
	expect("net.test", KNOWN);

	assert_true(write_in_dir("resolv.conf", "# another\n" RESOLV_CONF));
	skew += 1;
	expect("net.test", NEW);
	skew += 1;
	expect("net.test", KNOWN);

	slept += 10;
	expect("net.test", NEW);
	skew += 1;
	expect("net.test", KNOWN);
}

/* An answer that was on its way when the network changed is no longer new. */
static void test_forgotten_under_way(void **state)
{
	sqb__address a[SQB__MAX_ADDRESSES];
	sqb__resolve *before, *after;
	size_t n, n_before = the_dns.n_asked;
	sqb_error err;

	(void)state;
	alone();
	(void)pthread_mutex_lock(&the_dns.hold);
	before = sqb__resolve_new("late.test", &err);
	slept += 10;
	after = sqb__resolve_new("late.test", &err);
	(void)pthread_mutex_unlock(&the_dns.hold);
	assert_int_equal(wait_for(before, a, &n, &err), 1);
	assert_int_equal(wait_for(after, a, &n, &err), 1);
	settle();
	assert_int_equal(the_dns.n_asked - n_before, 2 * NEW);
	expect("late.test", KNOWN);
}

/* The descriptor that hears of it is another's: programs close what is left. */
static void test_closed_descriptor(void **state)
{
	int pair[2], fd;
	char byte = 0;

	(void)state;
	alone();
	expect("closed.test", NEW);
	fd = find_ear();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(dup2(pair[0], fd), fd);
	assert_int_equal(write(pair[1], "x", 1), 1);
	skew += 1;
	expect("closed.test", NEW);
	assert_int_equal(read(fd, &byte, 1), 1);
	assert_int_equal(byte, 'x');
	skew += 1;
	expect("closed.test", KNOWN);
	assert_true(change_lo("lo:2", SIOCSIFADDR, "192.0.2.78"));
	skew += 1;
	expect("closed.test", NEW);
	(void)close(fd);
	(void)close(pair[0]);
	(void)close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_localhost),
		cmocka_unit_test(test_ttl),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_no_such_name),
		cmocka_unit_test(test_doubted),
		cmocka_unit_test(test_dialed),
		cmocka_unit_test(test_asked_once),
		cmocka_unit_test(test_many_names),
		cmocka_unit_test(test_fork),
		cmocka_unit_test(test_forgotten),
		cmocka_unit_test(test_forgotten_under_way),
		cmocka_unit_test(test_closed_descriptor),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

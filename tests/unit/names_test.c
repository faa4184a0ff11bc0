/*
 * What is known of names, and for how long, by a clock of the test's; what DNS
 * says of that; what the system says of its network.
 */
#include "net/names.h"
#include "net/network.h"
#include "net/ttl.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct sockaddr_in address_of(const char *text)
{
	struct sockaddr_in a = { .sin_family = AF_INET };

	assert_int_equal(inet_pton(AF_INET, text, &a.sin_addr), 1);
	return a;
}

/* As a lookup at `now` would: asked, told, let go. */
static void learn(sqb__names *names, const char *host, int status,
    sqb_time now, sqb_time life)
{
	struct sockaddr_in a = address_of("192.0.2.1");
	struct addrinfo found = { .ai_family = AF_INET,
	    .ai_addr = (struct sockaddr *)&a, .ai_addrlen = sizeof(a) };
	sqb__name *name = sqb__names_add(names, host);

	assert_non_null(name);
	sqb__name_tell(name, status, status == 0 ? &found : NULL, now);
	if (life >= 0)
		sqb__name_set_life(name, life);
	sqb__name_release(name);
}

static bool knows(sqb__names *names, const char *host, sqb_time now)
{
	sqb__name *name = sqb__names_find(names, host, now);

	if (!name)
		return false;
	if (name->status == 0) {
		assert_int_equal(name->n_addresses, 1);
		assert_int_equal(name->addresses[0].v4.sin_addr.s_addr,
		    inet_addr("192.0.2.1"));
	}
	sqb__name_release(name);
	return true;
}

static void test_lives(void **state)
{
	static const struct { int status; sqb_time life, want; } cases[] = {
		{ 0, -1, 60000 },
		{ 0, 0, 1000 },
		{ 0, 999, 1000 },
		{ 0, 7000, 7000 },
		{ 0, 3600000, 3600000 },
		{ 0, INT32_MAX * 1000LL, 3600000 },
		{ EAI_NONAME, -1, 5000 },
		{ EAI_AGAIN, -1, 5000 },
		{ EAI_FAIL, -1, 5000 },
		{ EAI_MEMORY, -1, 0 },
		{ EAI_SYSTEM, -1, 0 },
	};
	const sqb_time now = -7;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sqb__names names = { 0 };

		assert_false(knows(&names, "a.example", now));
		learn(&names, "a.example", cases[i].status, now,
		    cases[i].life);
		if (cases[i].want > 0)
			assert_true(knows(&names, "A.Example",
			    now + cases[i].want - 1));
		assert_false(knows(&names, "b.example", now));
		assert_false(knows(&names, "a.example", now + cases[i].want));
		assert_int_equal(names.n, 0);
	}
}

static void test_doubt(void **state)
{
	sqb__names names = { 0 };

	(void)state;
	sqb__names_doubt(&names, "a.example");
	learn(&names, "a.example", 0, 1000, 600000);
	learn(&names, "b.example", 0, 1000, 2000);
	sqb__names_doubt(&names, "A.example");
	sqb__names_doubt(&names, "b.example");
	assert_true(knows(&names, "a.example", 5999));
	assert_false(knows(&names, "a.example", 6000));
	assert_true(knows(&names, "b.example", 2999));
	assert_false(knows(&names, "b.example", 3000));
}

/* Who asked first is not disturbed by what was forgotten meanwhile. */
static void test_under_way(void **state)
{
	sqb__names names = { 0 };
	sqb__name *first = sqb__names_add(&names, "a.example"), *second;

	(void)state;
	assert_ptr_equal(sqb__names_find(&names, "a.example", 1), first);
	sqb__name_release(first);
	sqb__cache_forget(&names, (sqb_str){ NULL, 0 });
	assert_null(sqb__names_find(&names, "a.example", 1));
	second = sqb__names_add(&names, "a.example");
	sqb__name_tell(first, EAI_NONAME, NULL, 1);
	sqb__names_drop(&names, first);		/* is not second's */
	assert_ptr_equal(sqb__names_find(&names, "a.example", 1), second);
	sqb__name_release(second);
	sqb__names_drop(&names, second);
	sqb__name_release(first);
	sqb__name_release(second);
	assert_int_equal(names.n, 0);
}

static void test_many(void **state)
{
	sqb__names names = { 0 };
	char host[32];

	(void)state;
	for (int i = 0; i < SQB__MAX_NAMES + 10; i++) {
		(void)snprintf(host, sizeof(host), "h%d.example", i);
		learn(&names, host, 0, 0, -1);
	}
	assert_true(names.n <= SQB__MAX_NAMES);
	assert_true(knows(&names, host, 0));
	assert_false(knows(&names, "h0.example", 0));
	sqb__cache_forget(&names, (sqb_str){ NULL, 0 });
	assert_int_equal(names.n, 0);
}

/* More addresses than are tried, and one of no use. */
static void test_addresses(void **state)
{
	struct sockaddr_in a[20];
	struct addrinfo found[20];
	sqb__names names = { 0 };
	sqb__name *name = sqb__names_add(&names, "a.example");

	(void)state;
	for (int i = 0; i < 20; i++) {
		a[i] = address_of("192.0.2.1");
		a[i].sin_port = htons((uint16_t)i);
		found[i] = (struct addrinfo){ .ai_family = AF_INET,
		    .ai_addr = (struct sockaddr *)&a[i],
		    .ai_addrlen = sizeof(a[i]),
		    .ai_next = i < 19 ? &found[i + 1] : NULL };
	}
	found[1].ai_family = AF_UNIX;
	sqb__name_tell(name, 0, found, 0);
	assert_int_equal(name->n_addresses, SQB__MAX_ADDRESSES);
	assert_int_equal(name->addresses[1].v4.sin_port, htons(2));
	sqb__name_release(name);
	sqb__cache_forget(&names, (sqb_str){ NULL, 0 });
}

/* --- DNS */

/* a.example: CNAME b.example, of 300 s; that: 192.0.2.1, of 60 s. */
#define HEAD(n) "\0\1\x81\x80\0\1\0" n "\0\0\0\0" "\1a\7example\0\0\1\0\1"
#define CNAME "\xc0\x0c\0\5\0\1\0\0\1\x2c\0\4\1b\xc0\x0e"
#define A(ttl) "\xc0\x27\0\1\0\1" ttl "\0\4\xc0\0\2\1"
#define OTHER "\xc0\x0c\0\1\0\1\0\0\0\1\0\4\xc0\0\2\2"
#define AAAA "\xc0\x0c\0\x1c\0\1\0\0\0\x9\0\x10" \
    "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
#define MESSAGE(m, t) { (m), sizeof(m) - 1, (t) }

static void test_ttl(void **state)
{
	static const struct { const char *m; size_t len; int64_t want; }
	    cases[] = {
		MESSAGE(HEAD("\2") CNAME A("\0\0\0\x3c"), 60),
		MESSAGE(HEAD("\2") CNAME A("\0\0\7\0"), 300),
		MESSAGE(HEAD("\2") CNAME A("\xff\0\0\0"), 0),
		MESSAGE(HEAD("\1") AAAA, 9),
		MESSAGE(HEAD("\1") OTHER, -1),
		MESSAGE(HEAD("\1") CNAME, -1),
		MESSAGE(HEAD("\0"), -1),
		MESSAGE("", -1),
	};
	sqb__address own[2] = { { .v4 = address_of("192.0.2.1") },
	    { .v6 = { .sin6_family = AF_INET6 } } };

	(void)state;
	assert_int_equal(inet_pton(AF_INET6, "2001:db8::1",
	    &own[1].v6.sin6_addr), 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t len = 0; len <= cases[i].len; len++) {
			uint8_t *exact = malloc(len > 0 ? len : 1);

			assert_non_null(exact);
			memcpy(exact, cases[i].m, len);
			assert_int_equal(sqb__ttl_of(exact, len, own, 2),
			    len == cases[i].len ? cases[i].want : -1);
			free(exact);
		}
	}
}

/* --- the network */

static bool is_news(const void *m, size_t len)
{
	void *exact = malloc(len > 0 ? len : 1);
	bool news;

	assert_non_null(exact);
	memcpy(exact, m, len);
	news = sqb__network_is_news(exact, len);
	free(exact);
	return news;
}

static void test_news(void **state)
{
	static const struct { uint16_t type; bool want; } cases[] = {
		{ RTM_NEWADDR, true }, { RTM_DELADDR, true },
		{ RTM_NEWROUTE, true }, { RTM_DELROUTE, true },
		{ RTM_NEWLINK, false }, { RTM_NEWNEIGH, false },
		{ NLMSG_DONE, false }, { NLMSG_NOOP, false },
	};
	struct nlmsghdr two[2];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		two[0] = (struct nlmsghdr){ .nlmsg_len = sizeof(two[0]),
		    .nlmsg_type = NLMSG_NOOP };
		two[1] = (struct nlmsghdr){ .nlmsg_len = sizeof(two[1]),
		    .nlmsg_type = cases[i].type };
		assert_int_equal(is_news(two, sizeof(two)), cases[i].want);
		assert_false(is_news(two, sizeof(two) - 1));
		two[0].nlmsg_len = 0;
		assert_false(is_news(two, sizeof(two)));
		two[0].nlmsg_len = UINT32_MAX;
		assert_false(is_news(two, sizeof(two)));
		two[0].nlmsg_len = sizeof(two[0]) + sizeof(two[1]) + 1;
		assert_false(is_news(two, sizeof(two)));
	}
	assert_false(is_news("", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lives),
		cmocka_unit_test(test_doubt),
		cmocka_unit_test(test_under_way),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_ttl),
		cmocka_unit_test(test_news),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * The handshakes with proxies, sans I/O: what is said, what comes of each
 * answer, cut at every octet, in room of exactly its size.
 */
#include "net/proxy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Octets with their number, NULs and all. */
#define RAW(text) { text, sizeof(text) - 1 }

static sqb__proxy *proxy_for(const char *url, const char *host, uint16_t port)
{
	sqb__proxy_url u;
	sqb_error err = { .code = SQB_OK };
	sqb__proxy *p;

	assert_int_equal(sqb__proxy_parse(&u, url, NULL, &err), SQB_OK);
	p = sqb__proxy_new(&u, host, port, &err);
	assert_non_null(p);
	return p;
}

/* One piece of an answer, which ASan guards. */
static int hear(sqb__proxy *p, sqb_str piece, size_t *used, sqb_error *err)
{
	uint8_t *copy = malloc(piece.len > 0 ? piece.len : 1);
	int rc;

	assert_non_null(copy);
	memcpy(copy, piece.ptr, piece.len);
	rc = sqb__proxy_hear(p, copy, piece.len, used, err);
	free(copy);
	return rc;
}

/* Takes what is to be sent, octet by octet, to the end of said. */
static void take_said(sqb__proxy *p, char said[4096], size_t *n)
{
	for (sqb_str out; (out = sqb__proxy_to_send(p)).len > 0;) {
		assert_true(*n < 4096);
		said[(*n)++] = out.ptr[0];
		sqb__proxy_sent(p, 1);
	}
}

typedef struct talk {
	const char *url, *host;
	uint16_t port;
	sqb_str answer, said;	/* all of it, when it has gone well */
	size_t n_beyond;	/* octets of answer that are the host's */
	sqb_code code;
	const char *text;
} talk;

/* In two pieces, the first of which ends at split. */
static void play(const talk *t, size_t split)
{
	sqb__proxy *p = proxy_for(t->url, t->host, t->port);
	sqb_str pieces[2] = { { t->answer.ptr, split },
		{ t->answer.ptr + split, t->answer.len - split } };
	sqb_error err = { .code = SQB_OK };
	char said[4096];
	size_t n_said = 0, total = 0, used;
	int rc = 0;

	take_said(p, said, &n_said);
	for (size_t i = 0; i < 2 && rc == 0; i++) {
		rc = hear(p, pieces[i], &used, &err);
		total += used;
		if (rc == 0)
			assert_int_equal(used, pieces[i].len);
		take_said(p, said, &n_said);
	}
	if (rc != (t->code == SQB_OK ? 1 : (int)t->code) ||
	    (t->text && !strstr(err.text, t->text)))
		print_error("%s, split %zu: %d \"%s\", not \"%s\"\n", t->url,
		    split, rc, err.text, t->text ? t->text : "");
	assert_int_equal(rc, t->code == SQB_OK ? 1 : (int)t->code);
	if (t->text)
		assert_non_null(strstr(err.text, t->text));
	if (t->code == SQB_OK) {
		assert_int_equal(total, t->answer.len - t->n_beyond);
		assert_int_equal(n_said, t->said.len);
		assert_memory_equal(said, t->said.ptr, n_said);
	}
	sqb__proxy_free(p);
}

#define SOCKS "socks5://p"
#define LOGIN "socks5://me:p%40ss@p"
#define GOOD "\0\1\1\2\3\4\5\6"		/* RSV ATYP BND.ADDR BND.PORT */
#define REFUSED(n, words) { SOCKS, "m", 1, RAW("\5\0\5" n), RAW(""), 0, \
	SQB_E_NET, "refused: " words }
#define HTTP "http://p:3128"
#define SAID "CONNECT mail.example:995 HTTP/1.1\r\n" \
	"Host: mail.example:995\r\n"

static const talk talks[] = {
	/* RFC 1928 */
	{ SOCKS, "mail.example", 995, RAW("\5\0\5\0" GOOD),
	    RAW("\5\1\0" "\5\1\0\3\14mail.example\3\343"), 0, SQB_OK, NULL },
	{ SOCKS, "192.0.2.1", 110, RAW("\5\0\5\0" GOOD "+OK hello\r\n"),
	    RAW("\5\1\0" "\5\1\0\1\300\0\2\1\0\156"), 11, SQB_OK, NULL },
	{ SOCKS, "2001:db8::1", 110, RAW("\5\0\5\0\0\4" "1234567890123456"
	    "78"), RAW("\5\1\0" "\5\1\0\4\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
	    "\0\156"), 0, SQB_OK, NULL },
	{ SOCKS, "m", 1, RAW("\5\0\5\0\0\3\4name12+"),
	    RAW("\5\1\0" "\5\1\0\3\1m\0\1"), 1, SQB_OK, NULL },
	{ SOCKS, "m", 1, RAW("\5\0\5\0\0\3\0" "12"),
	    RAW("\5\1\0" "\5\1\0\3\1m\0\1"), 0, SQB_OK, NULL },
	REFUSED("\1", "it has failed"),
	REFUSED("\2", "its rules"),
	REFUSED("\3", "the network"),
	REFUSED("\4", "no route"),
	REFUSED("\5", "the host refuses"),
	REFUSED("\6", "the host does not answer"),
	REFUSED("\7", "it cannot"),
	REFUSED("\10", "it does not take"),
	REFUSED("\11", "for a reason"),
	REFUSED("\377", "for a reason"),
	{ SOCKS, "m", 1, RAW("\4\0"), RAW(""), 0, SQB_E_PROTO, "SOCKS5" },
	{ SOCKS, "m", 1, RAW("HTTP/1.0 400 Bad"), RAW(""), 0, SQB_E_PROTO,
	    "SOCKS5" },
	{ SOCKS, "m", 1, RAW("\5\0\4\0"), RAW(""), 0, SQB_E_PROTO, "SOCKS5" },
	{ SOCKS, "m", 1, RAW("\5\0\5\0\0\2\0"), RAW(""), 0, SQB_E_PROTO,
	    "SOCKS5" },
	{ SOCKS, "m", 1, RAW("\5\0\5\0\0\0\0"), RAW(""), 0, SQB_E_PROTO,
	    "SOCKS5" },
	{ SOCKS, "m", 1, RAW("\5\0\5\0\0\377\0"), RAW(""), 0, SQB_E_PROTO,
	    "SOCKS5" },
	/* RFC 1929 */
	{ LOGIN, "m", 1, RAW("\5\2\1\0\5\0" GOOD), RAW("\5\2\0\2"
	    "\1\2me\4p@ss" "\5\1\0\3\1m\0\1"), 0, SQB_OK, NULL },
	{ LOGIN, "m", 1, RAW("\5\0\5\0" GOOD), RAW("\5\2\0\2"
	    "\5\1\0\3\1m\0\1"), 0, SQB_OK, NULL },
	{ LOGIN, "m", 1, RAW("\5\2\1\1"), RAW(""), 0, SQB_E_NET,
	    "refuses the user name or the password" },
	{ LOGIN, "m", 1, RAW("\5\377"), RAW(""), 0, SQB_E_NET,
	    "takes no user name" },
	{ SOCKS, "m", 1, RAW("\5\377"), RAW(""), 0, SQB_E_NET,
	    "wants a user name" },
	{ SOCKS, "m", 1, RAW("\5\2"), RAW(""), 0, SQB_E_PROTO,
	    "not offered" },
	{ LOGIN, "m", 1, RAW("\5\1"), RAW(""), 0, SQB_E_PROTO,
	    "not offered" },
	/* RFC 9110, section 9.3.6 */
	{ HTTP, "mail.example", 995, RAW("HTTP/1.1 200 Fine\r\n\r\n"),
	    RAW(SAID "\r\n"), 0, SQB_OK, NULL },
	{ HTTP, "mail.example", 995, RAW("HTTP/1.0 200\r\nVia: x\r\n"
	    "Content-Length: 5\r\n\r\n+OK"), RAW(SAID "\r\n"), 3, SQB_OK,
	    NULL },
	{ HTTP, "mail.example", 995, RAW("HTTP/1.1 204 \nA: b\n\n\r\n"),
	    RAW(SAID "\r\n"), 2, SQB_OK, NULL },
	{ HTTP, "mail.example", 995, RAW("HTTP/1.1 100 Continue\r\n\r\n"
	    "HTTP/1.1 103 x\r\nLink: y\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"),
	    RAW(SAID "\r\n"), 0, SQB_OK, NULL },
	{ "http://Aladdin:open%20sesame@p", "mail.example", 995,
	    RAW("HTTP/1.1 200 OK\r\n\r\n"), RAW(SAID "Proxy-Authorization: "
	    "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n"), 0, SQB_OK, NULL },
	{ HTTP, "2001:db8::1", 25, RAW("HTTP/1.1 200 OK\r\n\r\n"),
	    RAW("CONNECT [2001:db8::1]:25 HTTP/1.1\r\n"
	    "Host: [2001:db8::1]:25\r\n\r\n"), 0, SQB_OK, NULL },
	{ HTTP, "m", 1, RAW("HTTP/1.1 403 For\x1b[1mbidden\r\n"), RAW(""), 0,
	    SQB_E_NET, "refused: 403 For\\x1b[1mbidden" },
	{ HTTP, "m", 1, RAW("HTTP/1.1 503\r\n"), RAW(""), 0, SQB_E_NET,
	    "refused: 503" },
	{ HTTP, "m", 1, RAW("HTTP/1.1 301 Moved\r\n"), RAW(""), 0, SQB_E_NET,
	    "refused: 301 Moved" },
	{ HTTP, "m", 1, RAW("HTTP/1.1 407 Auth\r\n"), RAW(""), 0, SQB_E_NET,
	    "wants a user name" },
	{ "http://a:b@p", "m", 1, RAW("HTTP/1.1 407 Auth\r\n"), RAW(""), 0,
	    SQB_E_NET, "refuses the user name" },
	{ "http://a:b@p", "m", 1, RAW("HTTP/1.1 401 Unauthorized\r\n"),
	    RAW(""), 0, SQB_E_NET, "refuses the user name" },
	{ HTTP, "m", 1, RAW("+OK POP3 ready\r\n"), RAW(""), 0, SQB_E_PROTO,
	    "does not speak HTTP" },
	{ HTTP, "m", 1, RAW("\r\n"), RAW(""), 0, SQB_E_PROTO, "speak HTTP" },
	{ HTTP, "m", 1, RAW("HTTP/2.0 200 OK\r\n"), RAW(""), 0, SQB_E_PROTO,
	    "speak HTTP" },
	{ HTTP, "m", 1, RAW("HTTP/1.1 2000 OK\r\n"), RAW(""), 0, SQB_E_PROTO,
	    "speak HTTP" },
	{ HTTP, "m", 1, RAW("HTTP/1.1 099 OK\r\n"), RAW(""), 0, SQB_E_PROTO,
	    "speak HTTP" },
};

static void test_talks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(talks) / sizeof(talks[0]); i++)
		for (size_t at = 0; at <= talks[i].answer.len; at++)
			play(&talks[i], at);
}

/* Who talks for ever is not listened to for ever. */
static void test_endless(void **state)
{
	static const char *const lines[] = { "HTTP/1.1 100 Wait\r\n\r\n",
		"HTTP/1.1 200 OK\r\nX: y\r\n", "x" };
	enum { MOST = 32 * 1024 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		sqb__proxy *p = proxy_for(HTTP, "m", 1);
		sqb_error err = { .code = SQB_OK };
		size_t used, total = 0;
		int rc = 0;

		for (; rc == 0 && total < MOST; total += used) {
			sqb_str s = sqb_str_of(lines[i]);

			if (i == 1 && total > 0)
				s = sqb_str_of("X: y\r\n");
			rc = hear(p, s, &used, &err);
		}
		assert_int_equal(rc, SQB_E_PROTO);
		assert_non_null(strstr(err.text, "too long"));
		sqb__proxy_free(p);
	}
}

static void test_longest(void **state)
{
	char url[1700], host[SQB__MAX_HOST], name[766];
	sqb__proxy *p;

	(void)state;
	for (size_t i = 0; i < 255; i++)
		memcpy(name + 3 * i, "%3f", 4);
	memset(host, 'h', 255);
	host[255] = '\0';
	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(url, sizeof(url), "%s://%s:%s@p",
		    i == 0 ? "socks5" : "http", name, name);
		p = proxy_for(url, host, 65535);
		if (i == 0) {
			size_t used;

			sqb__proxy_sent(p, 4);
			assert_int_equal(hear(p, (sqb_str)RAW("\5\2"), &used,
			    NULL), 0);
			assert_int_equal(sqb__proxy_to_send(p).len, 513);
			sqb__proxy_sent(p, 513);
			assert_int_equal(hear(p, (sqb_str)RAW("\1\0"), &used,
			    NULL), 0);
			assert_int_equal(sqb__proxy_to_send(p).len, 262);
		} else {
			assert_int_equal(sqb__proxy_to_send(p).len,
			    8 + 261 + 17 + 261 + 2 + 27 + 684 + 2 + 2);
		}
		sqb__proxy_free(p);
	}
}

static void test_urls(void **state)
{
	static const struct {
		const char *url, *password, *text;
	} bad[] = {
		{ "", NULL, "neither socks5 nor http" },
		{ "socks4://h", NULL, "neither socks5 nor http" },
		{ "https://h", NULL, "neither socks5 nor http" },
		{ "h:1080", NULL, "neither socks5 nor http" },
		{ "socks5://", NULL, "the host is missing" },
		{ "socks5://u@", NULL, "the host is missing" },
		{ "socks5://h:0", NULL, "from 1 to 65535" },
		{ "socks5://h:99999", NULL, "from 1 to 65535" },
		{ "socks5://h/x", NULL, "nothing may follow" },
		{ "socks5://[::1", NULL, "in brackets" },
		{ "socks5://:secret@h", NULL, "user name is empty" },
		{ "socks5://%0d:secret@h", NULL, "user name is empty" },
		{ "socks5://u:secret%0a@h", NULL, "not percent-encoded" },
		{ "socks5://u:secret%@h", NULL, "not percent-encoded" },
		{ "socks5://u@h", "secret\n", "no line" },
		{ "socks5://h", "secret", "but no user" },
		{ "http://u%3au:secret@h", NULL, "with a colon" },
	};
	sqb__proxy_url u;
	sqb_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(sqb__proxy_parse(&u, bad[i].url,
		    bad[i].password, &err), SQB_E_USAGE);
		if (!strstr(err.text, bad[i].text))
			print_error("%s: %s\n", bad[i].url, err.text);
		assert_non_null(strstr(err.text, bad[i].text));
		assert_null(strstr(err.text, "secret"));
	}
	assert_int_equal(sqb__proxy_parse(&u, "HTTP://a%3Ab@h/", NULL, &err),
	    SQB_E_USAGE);
	assert_int_equal(sqb__proxy_parse(&u, "SOCKS5h://a%3Ab@[::1]:9/",
	    "c", &err), SQB_OK);
	assert_string_equal(u.user, "a:b");
	assert_string_equal(u.password, "c");
	assert_string_equal(u.host, "::1");
	assert_int_equal(u.port, 9);
	assert_int_equal(sqb__proxy_parse(&u, "http://h", NULL, &err), SQB_OK);
	assert_int_equal(u.port, 80);
	assert_false(u.has_user);
}

static void test_bad_hosts(void **state)
{
	static const char *const bad[] = { "a b", "a\r\nb", "fe80::1%eth0",
		"a/b", "a@b", "[::1]", "a\x7f" };
	sqb_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		sqb__proxy_url u = { .is_http = i % 2 };

		assert_null(sqb__proxy_new(&u, bad[i], 1, &err));
		assert_int_equal(err.code, SQB_E_USAGE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_talks),
		cmocka_unit_test(test_endless),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_bad_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Server URLs: what they mean, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <squab/session.h>

/* In an exact-size copy, so that a read past the end is seen. */
static int parse(sqb_url *url, const char *text, sqb_error *err)
{
	size_t n = strlen(text) + 1;
	char *copy = malloc(n);
	int rc;

	assert_non_null(copy);
	memcpy(copy, text, n);
	rc = sqb_url_parse(url, copy, err);
	free(copy);
	return rc;
}

static void test_good(void **state)
{
	static const struct {
		const char *text, *scheme, *user, *host;
		uint16_t port;
		sqb_tls_mode tls;
	} cases[] = {
		{ "pop3s://mail.example.org", "pop3s", "", "mail.example.org",
		    995, SQB_TLS_IMPLICIT },
		{ "pop3://alice@mail.example.org/", "pop3", "alice",
		    "mail.example.org", 110, SQB_TLS_STARTTLS },
		{ "POP3S://a%40b%3a%C3%a9@h:1", "pop3s", "a@b:\xc3\xa9", "h", 1,
		    SQB_TLS_IMPLICIT },
		{ "pop3://u@[::1]", "pop3", "u", "::1", 110,
		    SQB_TLS_STARTTLS },
		{ "pop3://u@[fe80::1]:65535", "pop3", "u", "fe80::1", 65535,
		    SQB_TLS_STARTTLS },
		{ "smtps://u@h", "smtps", "u", "h", 465, SQB_TLS_IMPLICIT },
		{ "smtp://h", "smtp", "", "h", 587, SQB_TLS_STARTTLS },
		{ "LMTP://h", "lmtp", "", "h", 24, SQB_TLS_STARTTLS },
		{ "lmtp:///run/l%20m@tp", "lmtp", "", "/run/l m@tp", 0,
		    SQB_TLS_OFF },
		{ "smtp://u@/run/s/", "smtp", "u", "/run/s", 0, SQB_TLS_OFF },
		{ "smtps:///run/s", "smtps", "", "/run/s", 0,
		    SQB_TLS_IMPLICIT },
		{ "pop3s://b\xc3\xbc" "cher.example", "pop3s", "",
		    "b\xc3\xbc" "cher.example", 995, SQB_TLS_IMPLICIT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sqb_url url;
		sqb_error err;

		assert_int_equal(parse(&url, cases[i].text, &err), SQB_OK);
		assert_string_equal(url.scheme, cases[i].scheme);
		assert_string_equal(url.user, cases[i].user);
		assert_string_equal(url.host, cases[i].host);
		assert_int_equal(url.port, cases[i].port);
		assert_int_equal(url.tls, cases[i].tls);
	}
}

static void test_bad(void **state)
{
	static const struct { const char *text, *says; } cases[] = {
		{ "", "no scheme" },
		{ "mail.example.org", "no scheme" },
		{ "http://h", "not pop3s, pop3" },
		{ "pop3s://", "host" },
		{ "pop3s://u@", "host" },
		{ "pop3s://u@:995", "host" },
		{ "pop3s://u:secret@h", "password" },
		{ "pop3s://a@x.org@h", "%40" },
		{ "pop3s://u%0a@h", "user name" },
		{ "pop3s://u%@h", "user name" },
		{ "pop3s://u%4@h", "user name" },
		{ "pop3s://u%zz@h", "user name" },
		{ "pop3s://h:0", "port" },
		{ "pop3s://h:65536", "port" },
		{ "pop3s://h:99x", "port" },
		{ "pop3s://h:", "port" },
		{ "pop3s://h/INBOX", "nothing may follow" },
		{ "pop3s://h:1/INBOX", "nothing may follow" },
		{ "pop3s://a@example.org@h", "is %40" },
		{ "pop3s://h h", "host" },
		{ "pop3s://[::1", "brackets" },
		{ "pop3s://[::1]x", "brackets" },
		{ "pop3s://[]", "host" },
		{ "lmtp:///", "host" },
		{ "lmtp:///run/%00", "path" },
		{ "smtps://u:secret@h", "password" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sqb_url url;
		sqb_error err;

		assert_int_equal(parse(&url, cases[i].text, &err),
		    SQB_E_USAGE);
		if (!strstr(err.text, cases[i].says))
			fail_msg("%s: %s", cases[i].text, err.text);
		assert_null(strstr(err.text, "secret"));
		assert_int_equal(parse(&url, cases[i].text, NULL),
		    SQB_E_USAGE);
	}
}

static void test_too_long(void **state)
{
	char text[1024] = "pop3s://";
	sqb_url url;

	(void)state;
	memset(text + 8, 'u', 300);
	memcpy(text + 308, "@h", 3);
	assert_int_equal(parse(&url, text, NULL), SQB_E_USAGE);
	memset(text + 8, 'h', 300);
	text[308] = '\0';
	assert_int_equal(parse(&url, text, NULL), SQB_E_USAGE);
	text[8 + 255] = '\0';
	assert_int_equal(parse(&url, text, NULL), SQB_OK);
	assert_int_equal(strlen(url.host), 255);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}

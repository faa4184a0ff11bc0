/* Who an account is: the same mailbox by whatever way it is reached. */
#include "cli/connect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_account(void **state)
{
	static const struct { const char *url, *user, *want; } cases[] = {
		{ "pop3s://alice@mail.example.org", NULL,
		    "alice@mail.example.org" },
		{ "pop3://alice@mail.example.org", NULL,
		    "alice@mail.example.org" },
		{ "pop3s://alice@mail.example.org:995", NULL,
		    "alice@mail.example.org" },
		{ "pop3s://alice@MAIL.example.ORG", NULL,
		    "alice@mail.example.org" },
		{ "pop3s://alice@mail.example.org", "Bob",
		    "Bob@mail.example.org" },
		{ "pop3://alice@localhost:8110", NULL,
		    "alice@localhost:8110" },
		{ "pop3s://alice@[::1]:8995", NULL, "alice@[::1]:8995" },
		{ "pop3s://a%40b@h", NULL, "a@b@h" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cli_conn conn = { .user = cases[i].user };
		cli_server v;

		assert_int_equal(cli_server_init(&v, &conn, cases[i].url), 0);
		assert_string_equal(v.account, cases[i].want);
		cli_server_clear(&v);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_account),
	};

	return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}

/* What stands in an envelope: addresses, xtext, our name. */
#include "exact.h"

#include <stdio.h>

#include "smtp/smtp.h"

static void test_addresses(void **state)
{
	static const struct {
		const char *address;
		bool good;
	} cases[] = {
		{ "a@b", true }, { "a.b@mail.example.org", true },
		{ "a..b@x.org", true }, { ".a.@x.org", true },
		{ "o'neill+tag=1@x.org", true }, { "Postmaster", true },
		{ "\"a b\"@x.org", true }, { "\"a@b\"@x.org", true },
		{ "\"a\\\"b\"@x.org", true }, { "\"\"@x.org", true },
		{ "a@[192.0.2.1]", true }, { "a@[IPv6:2001:db8::1]", true },
		{ "a@my_host.lan", true }, { "j\xc3\xbcrg@x.org", true },
		{ "a@b\xc3\xbc" "cher.example", true },
		{ "", false }, { "@x.org", false }, { "a@", false },
		{ "a@b@c", false }, { "a b@x.org", false },
		{ "a@x.org>", false }, { "<a@x.org>", false },
		{ "a\"b@x.org", false }, { "\"a\"b\"@x.org", false },
		{ "\"a@x.org", false }, { "\"a\\\"@x.org", false },
		{ "a@x..org", false }, { "a@.x.org", false },
		{ "a@x.org.", false }, { "a@-x.org", false },
		{ "a@x org", false }, { "a@[", false }, { "a@[]", false },
		{ "a@[1.2.3.4", false }, { "a@[1]2]", false },
		{ "a@b\xff", false }, { "a\x01@x.org", false },
		{ "\"a\x7f\"@x.org", false }, { "a,b@x.org", false },
		{ "a@x.org SIZE=1", false }, { "a;b@x.org", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		sqb_str s = exact(sqb_str_of(cases[i].address));

		if (sqb__smtp_good_address(s) != cases[i].good)
			fail_msg("%s", cases[i].address);
		exact_free(s);
	}
}

/* CR, LF and NUL are never good, wherever they stand. */
static void test_every_octet(void **state)
{
	static const char *const forms[] = { "a@x.org", "\"a b\"@x.org",
	    "a@[1.2.3.4]", "j\xc3\xbcrg@b\xc3\xbc.org" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		for (size_t at = 0; at < strlen(forms[i]); at++) {
			char copy[32];

			for (size_t k = 0; k < 3; k++) {
				strcpy(copy, forms[i]);
				copy[at] = "\r\n"[k];
				assert_false(sqb__smtp_good_address((sqb_str){
				    copy, strlen(forms[i]) }));
			}
		}
	}
}

static void test_length(void **state)
{
	char long_one[400];

	(void)state;
	memset(long_one, 'a', sizeof(long_one));
	memcpy(long_one + 318, "@x", 2);
	assert_true(sqb__smtp_good_address((sqb_str){ long_one, 320 }));
	assert_false(sqb__smtp_good_address((sqb_str){ long_one, 321 }));
}

static void assert_written(void (*add)(sqb__buf *, sqb_str), const char *in,
    const char *want)
{
	sqb_str s = exact(sqb_str_of(in)), got;
	sqb__buf out;

	sqb__buf_init(&out, sqb_allocator_default(), 4096);
	add(&out, s);
	got = sqb__buf_str(&out);
	assert_int_equal(got.len, strlen(want));
	assert_memory_equal(got.len > 0 ? got.ptr : "", want, got.len);
	sqb__buf_clear(&out);
	exact_free(s);
}

static void test_path(void **state)
{
	(void)state;
	assert_written(sqb__smtp_add_path, "", "<>");
	assert_written(sqb__smtp_add_path, "a@X.org", "<a@X.org>");
	assert_written(sqb__smtp_add_path, "a@b\xc3\xbc" "cher.example",
	    "<a@xn--bcher-kva.example>");
	assert_written(sqb__smtp_add_path, "\xc3\xbc@b\xc3\xbc.org",
	    "<\xc3\xbc@b\xc3\xbc.org>");
}

static void test_xtext(void **state)
{
	(void)state;
	assert_written(sqb__smtp_add_xtext, "", "");
	assert_written(sqb__smtp_add_xtext, "a@x.org", "a@x.org");
	assert_written(sqb__smtp_add_xtext, "a+b=c d\xff~!",
	    "a+2Bb+3Dc+20d+FF~!");
}

/* RFC 6533, section 3: HEXPOINT has 2 to 6 digits. */
static void test_utf8_xtext(void **state)
{
	(void)state;
	assert_written(sqb__smtp_add_utf8_xtext, "a@x.org", "a@x.org");
	assert_written(sqb__smtp_add_utf8_xtext, "a+b=c\\ d",
	    "a\\x{2B}b\\x{3D}c\\x{5C}\\x{20}d");
	assert_written(sqb__smtp_add_utf8_xtext, "\xc3\xbc\xe4\xb8\xad"
	    "\xf0\x9f\x95\x8a", "\\x{FC}\\x{4E2D}\\x{1F54A}");
}

static void test_helo(void **state)
{
	(void)state;
	assert_true(sqb__smtp_good_helo((sqb_str)SQB_STR("a.example.org")));
	assert_true(sqb__smtp_good_helo((sqb_str)SQB_STR("[127.0.0.1]")));
	assert_true(sqb__smtp_good_helo((sqb_str)SQB_STR("[IPv6:::1]")));
	assert_false(sqb__smtp_good_helo((sqb_str)SQB_STR("")));
	assert_false(sqb__smtp_good_helo((sqb_str)SQB_STR("my_host")));
	assert_false(sqb__smtp_good_helo((sqb_str)SQB_STR("a b")));
	assert_false(sqb__smtp_good_helo((sqb_str)SQB_STR("a\r\nQUIT")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_every_octet),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_xtext),
		cmocka_unit_test(test_utf8_xtext),
		cmocka_unit_test(test_helo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Fields of a message as they come out, what is refused, the envelope. */
#include "compose_fixture.h"

static const struct {
	const char *name, *value, *want;
} fields[] = {
	{ "Subject", "Hello", "\r\nSubject: Hello\r\n" },
	{ "Subject", "", "\r\nSubject:\r\n" },
	{ "subject", "Caf\u00e9 au lait",
	  "\r\nSubject: =?UTF-8?B?Q2Fmw6k=?= au lait\r\n" },
	{ "Subject", "Grand Caf\u00e9",
	  "\r\nSubject: Grand =?UTF-8?B?Q2Fmw6k=?=\r\n" },
	{ "Subject", "Zo\u00eb",
	  "\r\nSubject: =?UTF-8?Q?Zo=C3=AB?=\r\n" },
	{ "Subject", "\u65e5\u672c\u8a9e",
	  "\r\nSubject: =?UTF-8?B?5pel5pys6Kqe?=\r\n" },
	{ "Subject", " a", "\r\nSubject: =?UTF-8?Q?_a?=\r\n" },
	{ "Subject", "a ", "\r\nSubject: =?UTF-8?Q?a_?=\r\n" },
	{ "Subject", "see a  b c", "\r\nSubject: see =?UTF-8?Q?a__b?= c\r\n" },
	{ "Subject", "=?utf-8?Q?x?=",
	  "\r\nSubject: =?UTF-8?B?PT91dGYtOD9RP3g/PQ==?=\r\n" },
	{ "Subject", "a =? b", "\r\nSubject: a =?UTF-8?B?PT8=?= b\r\n" },
	{ "Subject", "a = ?", "\r\nSubject: a = ?\r\n" },
	/* 78 octets, and one more */
	{ "Subject", "123456789 123456789 123456789 123456789 123456789 "
	  "123456789 12345", "\r\nSubject: 123456789 123456789 123456789 "
	  "123456789 123456789 123456789 12345\r\n" },
	{ "Subject", "123456789 123456789 123456789 123456789 123456789 "
	  "123456789 1234567 9", "\r\nSubject: 123456789 123456789 123456789 "
	  "123456789 123456789 123456789\r\n 1234567 9\r\n" },
	{ "X-Url", "https://example.org/a-path-that-has-more-than-the-seventy-"
	  "eight-octets-that-a-line-should-have-at-most",
	  "\r\nX-Url: https://example.org/a-path-that-has-more-than-the-"
	  "seventy-eight-octets-that-a-line-should-have-at-most\r\n" },
	{ "To", "zoe@example.net", "\r\nTo: zoe@example.net\r\n" },
	{ "To", "Zo\u00eb <zoe@example.net>, (x) ann@example.net",
	  "\r\nTo: =?UTF-8?Q?Zo=C3=AB?= <zoe@example.net>, x "
	  "<ann@example.net>\r\n" },
	{ "To", "\"Doe, J.\" <j@d.example>",
	  "\r\nTo: \"Doe, J.\" <j@d.example>\r\n" },
	{ "To", "J. Doe <j@d.example>",		/* obs-phrase */
	  "\r\nTo: \"J. Doe\" <j@d.example>\r\n" },
	{ "To", "a . b @ d.example", "\r\nTo: a.b@d.example\r\n" },
	{ "To", "\"a b\"@d.example", "\r\nTo: \"a b\"@d.example\r\n" },
	{ "To", "a@b\u00fccher.example",
	  "\r\nTo: a@xn--bcher-kva.example\r\n" },
	{ "To", "a@[192.0.2.1]", "\r\nTo: a@[192.0.2.1]\r\n" },
	{ "To", "undisclosed recipients:;",
	  "\r\nTo: undisclosed recipients:;\r\n" },
	{ "Cc", "Us: a@b, J <c@d>;, e@f",
	  "\r\nCc: Us: a@b, J <c@d>;, e@f\r\n" },
	{ "Cc", "\u00dcs: a@b;", "\r\nCc: =?UTF-8?B?w5xz?= : a@b;\r\n" },
	{ "Reply-To", "\"\" <a@b>", "\r\nReply-To: a@b\r\n" },
	{ "Date", "1 jan 2026 5:06 pm EST",
	  "Date: Thu, 1 Jan 2026 17:06:00 -0500\r\n" },
	{ "Date", "Mon, 29 Feb 1904 23:59:59 -0000",
	  "Date: Mon, 29 Feb 1904 23:59:59 -0000\r\n" },
	{ "Date", "31 Dec 9999 23:59:59 +1400",
	  "Date: Fri, 31 Dec 9999 23:59:59 +1400\r\n" },
	{ "Message-ID", "a@b", "\r\nMessage-ID: <a@b>\r\n" },
	{ "In-Reply-To", "<a@b>", "\r\nIn-Reply-To: <a@b>\r\n" },
	{ "In-Reply-To", "Yours <12345>", "\r\nIn-Reply-To: <12345>\r\n" },
	{ "References", "<a@b><c@d>\t<e@f>",
	  "\r\nReferences: <a@b> <c@d> <e@f>\r\n" },
	{ "Auto-Submitted", "auto-replied",
	  "\r\nAuto-Submitted: auto-replied\r\n" },
	{ "Comments", "(\u00fc)", "\r\nComments: =?UTF-8?B?KMO8KQ==?=\r\n" },
};

static void test_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		fixture f = begin();
		int code = sqb_compose_field(f.c, fields[i].name,
		    fields[i].value);

		if (code != SQB_OK)
			fail_msg("%s: %s", fields[i].value,
			    sqb_compose_error(f.c)->text);
		written(&f, 0);
		assert_has(&f, fields[i].want);
		end(&f);
	}
}

static const struct {
	const char *name, *value;
} refused[] = {
	{ "Subject", "a\r\nBcc: x@y" }, { "Subject", "a\nb" },
	{ "Subject", "a\rb" }, { "Subject", "\xff" }, { "", "x" },
	{ "A B", "x" }, { "A:", "x" }, { "A\r\nB", "x" }, { "\u00dc", "x" },
	{ "MIME-Version", "1.0" }, { "content-type", "text/plain" },
	{ "Content-Language", "en" }, { "DKIM-Signature", "x" },
	{ "Received", "x" }, { "Return-Path", "<a@b>" },
	{ "Resent-Bcc", "a@b" }, { "To", "" }, { "To", "a" },
	{ "To", "a@b, <c@d" }, { "To", "a@b c@d" }, { "To", "a@b\r\n\tc" },
	{ "To", "a@b..c" }, { "To", "a@-\u00fc" }, { "To", "J. Doe" },
	{ "To", "x" "@" "0123456789.0123456789.0123456789.0123456789."
	  "\u00fc0123456789012345678901234567890123456789012345678901234567"
	  "0123456789" },
	{ "Date", "yesterday" }, { "Date", "" },
	{ "Message-ID", "<a@b> <c@d>" }, { "Message-ID", "" },
	{ "Message-ID", "two words" }, { "Message-ID", "<12345>" },
	{ "References", "none" },
	{ "References", "<a@\x01>" },
	{ "Auto-Submitted", "yes" }, { "Sender", "a@b, c@d" },
	{ "Sender", "g: a@b;" },
};

/* The first error stays, says what is wrong, and nothing is changed. */
static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		fixture f = begin();
		sqb_envelope e;
		sqb_str bytes;

		if (sqb_compose_field(f.c, refused[i].name,
		    refused[i].value) != SQB_E_USAGE)
			fail_msg("%s: %s is taken", refused[i].name,
			    refused[i].value);
		assert_int_equal(sqb_compose_error(f.c)->code, SQB_E_USAGE);
		assert_true(strlen(sqb_compose_error(f.c)->text) > 12);
		assert_int_equal(sqb_compose_field(f.c, "Subject", "x"),
		    SQB_E_USAGE);
		assert_int_equal(sqb_compose_bytes(f.c, 0, &bytes),
		    SQB_E_USAGE);
		assert_int_equal(bytes.len, 0);
		assert_int_equal(sqb_compose_envelope(f.c, &e), SQB_E_USAGE);
		end(&f);
	}
}

static void test_twice(void **state)
{
	static const char *const once[] = { "Subject", "Date", "Message-ID",
	    "In-Reply-To", "References", "Auto-Submitted" };
	static const char *const values[] = { "x", "1 Jan 2026 00:00:00 +0000",
	    "<a@b>", "<a@b>", "<a@b>", "no" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(once); i++) {
		fixture f = begin();

		assert_int_equal(sqb_compose_field(f.c, once[i], values[i]),
		    SQB_OK);
		assert_int_equal(sqb_compose_field(f.c, once[i], values[i]),
		    SQB_E_USAGE);
		end(&f);
	}
}

static const struct {
	const char *name, *address, *want;	/* want NULL: refused */
} mailboxes[] = {
	{ NULL, "a@b", "\r\nTo: a@b\r\n" },
	{ "", "a@b", "\r\nTo: a@b\r\n" },
	{ "Ann", "a@b", "\r\nTo: Ann <a@b>\r\n" },
	{ "Ann B. Doe", "a@b", "\r\nTo: \"Ann B. Doe\" <a@b>\r\n" },
	{ "say \"hi\" \\", "a@b", "\r\nTo: \"say \\\"hi\\\" \\\\\" <a@b>\r\n" },
	{ "x@y", "a@b", "\r\nTo: \"x@y\" <a@b>\r\n" },
	{ "=?utf-8?Q?x?=", "a@b",
	  "\r\nTo: =?UTF-8?B?PT91dGYtOD9RP3g/PQ==?= <a@b>\r\n" },
	{ "a name that is so long that it would not fit in a line of a mail, "
	  "and has a comma", "a@b", "\r\nTo: =?UTF-8?Q?a_name_that_is_so_long_"
	  "that_it_would_not_fit_in_a_line_of?=\r\n =?UTF-8?Q?_a_mail=2C_and_"
	  "has_a_comma?= <a@b>\r\n" },
	{ "x\r\nBcc: y@z", "a@b", NULL }, { "x", "a@b\r\nBcc: y@z", NULL },
	{ "x", "a@b, c@d", NULL }, { "x", "<a@b>", NULL },
	{ "x", "J <a@b>", NULL }, { "x", "a@b (J)", NULL },
	{ "x", " a@b", NULL }, { "x", "a b@c", NULL }, { "x", "", NULL },
	{ "x", "g:a@b;", NULL }, { "x", "a", NULL }, { "x", "@b", NULL },
	{ "\xff", "a@b", NULL }, { "x", "a@b>", NULL },
};

static void test_address(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(mailboxes); i++) {
		fixture f = begin();
		int code = sqb_compose_address(f.c, "to", mailboxes[i].name,
		    mailboxes[i].address);

		if (code != (mailboxes[i].want ? SQB_OK : SQB_E_USAGE))
			fail_msg("%s: %d", mailboxes[i].address, code);
		if (mailboxes[i].want) {
			written(&f, 0);
			assert_has(&f, mailboxes[i].want);
		}
		end(&f);
	}
}

static void test_no_address_field(void **state)
{
	fixture f = begin();

	(void)state;
	assert_int_equal(sqb_compose_address(f.c, "Subject", NULL, "a@b"),
	    SQB_E_USAGE);
	end(&f);
}

/* The whole of a small message. */
static void test_smallest(void **state)
{
	static const char want[] = "Date: Thu, 27 Nov 2025 12:00:00 +0000\r\n"
	    "From: a@b.example\r\nTo: c@d\r\nMessage-ID: <x@y>\r\n"
	    "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
	    "\r\nHello.\r\n";
	fixture f = begin();

	(void)state;
	sqb_compose_field(f.c, "Message-ID", "x@y");
	sqb_compose_field(f.c, "To", "c@d");
	sqb_compose_text(f.c, sqb_str_of("Hello."));
	written(&f, 0);
	assert_int_equal(f.bytes.len, sizeof(want) - 1);
	assert_memory_equal(f.bytes.ptr, want, f.bytes.len);
	end(&f);
}

static void test_made_id(void **state)
{
	fixture f = begin(), g = begin();
	size_t at;

	(void)state;
	written(&f, 0);
	written(&g, 0);
	at = find(f.bytes, "Message-ID: <");
	assert_true(at != SIZE_MAX);
	assert_memory_equal(f.bytes.ptr + at + 13 + 32, "@id.example>", 12);
	assert_memory_not_equal(f.bytes.ptr + at, g.bytes.ptr + at, 45);
	end(&f);
	end(&g);
}

/* UTF-8 only where an address needs it, and then only there. */
static void test_utf8_address(void **state)
{
	fixture f = begin();
	sqb_envelope e;
	sqb_str bytes;

	(void)state;
	sqb_compose_field(f.c, "To", "\u00dc <\u00fc@b\u00fccher.example>");
	assert_int_equal(sqb_compose_bytes(f.c, SQB_COMPOSE_8BIT, &bytes),
	    SQB_E_UNSUPPORTED);
	assert_int_equal(sqb_compose_error(f.c)->code, SQB_E_UNSUPPORTED);
	written(&f, SQB_COMPOSE_UTF8);
	assert_null(sqb_compose_error(f.c));
	assert_has(&f,
	    "To: =?UTF-8?B?w5w=?= <\u00fc@b\u00fccher.example>\r\n");
	assert_int_equal(sqb_compose_needs(f.c), SQB_COMPOSE_UTF8);
	assert_int_equal(sqb_compose_envelope(f.c, &e), SQB_OK);
	assert_int_equal(e.n_recipients, 1);
	assert_true(sqb_str_eq(e.recipients[0],
	    sqb_str_of("\u00fc@xn--bcher-kva.example")));
	end(&f);
}

static void test_no_from(void **state)
{
	fixture f = begin_with(NULL), g = begin_with(NULL);
	sqb_str bytes;

	(void)state;
	assert_int_equal(sqb_compose_bytes(f.c, 0, &bytes), SQB_E_USAGE);
	sqb_compose_field(g.c, "From", "a@b, c@d");
	assert_int_equal(sqb_compose_bytes(g.c, 0, &bytes), SQB_E_USAGE);
	assert_non_null(strstr(sqb_compose_error(g.c)->text, "Sender"));
	end(&f);
	end(&g);
}

static void test_envelope(void **state)
{
	static const char *const want[] = { "x@Y.example", "z@y.example",
	    "Z@y.example", "hidden@y.example" };
	fixture f = begin();
	sqb_envelope e;

	(void)state;
	assert_int_equal(sqb_compose_envelope(f.c, &e), SQB_OK);
	assert_int_equal(e.n_recipients, 0);
	sqb_compose_field(f.c, "Sender", "s@t");
	sqb_compose_field(f.c, "To", "x@Y.example, g: z@y.example;, n:;");
	sqb_compose_field(f.c, "Bcc", "x@y.example, hidden@y.example");
	sqb_compose_field(f.c, "Cc", "Z@y.example, J <x@y.EXAMPLE>");
	assert_int_equal(sqb_compose_envelope(f.c, &e), SQB_OK);
	assert_true(sqb_str_eq(e.from, sqb_str_of("s@t")));
	assert_int_equal(e.n_recipients, ARRAY_LEN(want));
	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		assert_true(sqb_str_eq(e.recipients[i], sqb_str_of(want[i])));
	written(&f, 0);
	assert_true(find(f.bytes, "hidden") == SIZE_MAX);
	assert_true(find(f.bytes, "Bcc") == SIZE_MAX);
	end(&f);
}

static void test_limits(void **state)
{
	sqb_compose_options o = { .size = sizeof(o), .max_recipients = 2,
	    .max_parts = 1, .max_header = 200 };
	sqb_attachment a = { .size = sizeof(a) };
	sqb_compose *c = sqb_compose_new(&o);
	char *text = calloc(1, 300);

	(void)state;
	assert_int_equal(sqb_compose_field(c, "To", "a@b, c@d"), SQB_OK);
	assert_int_equal(sqb_compose_field(c, "Bcc", "e@f"), SQB_E_LIMIT);
	sqb_compose_free(c);
	c = sqb_compose_new(&o);
	assert_int_equal(sqb_compose_attach(c, &a), SQB_OK);
	assert_int_equal(sqb_compose_attach(c, &a), SQB_E_LIMIT);
	sqb_compose_free(c);
	c = sqb_compose_new(&o);
	memset(text, 'x', 299);
	assert_int_equal(sqb_compose_field(c, "X", text), SQB_E_LIMIT);
	sqb_compose_free(c);
	free(text);
}

static void test_options(void **state)
{
	static const sqb_compose_options bad[] = {
		{ .size = sizeof(bad[0]), .id_domain = "a b" },
		{ .size = sizeof(bad[0]), .id_domain = "" },
		{ .size = sizeof(bad[0]), .id_domain = "a>\r\nBcc: x@y" },
		{ .size = sizeof(bad[0]), .now = INT64_MAX },
		{ .size = sizeof(bad[0]), .now = INT64_MIN },
		{ .size = sizeof(bad[0]), .zone = 1440 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		sqb_compose *c = sqb_compose_new(&bad[i]);

		assert_int_equal(sqb_compose_error(c)->code, SQB_E_USAGE);
		sqb_compose_free(c);
	}
	sqb_compose_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_no_address_field),
		cmocka_unit_test(test_smallest),
		cmocka_unit_test(test_made_id),
		cmocka_unit_test(test_utf8_address),
		cmocka_unit_test(test_no_from),
		cmocka_unit_test(test_envelope),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_options),
	};

	return cmocka_run_group_tests_name("compose_field", tests, NULL, NULL);
}

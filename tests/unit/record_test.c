/* Received fields in the shapes that servers give them. */
#include "exact.h"

#include <squab/record.h>

#include <stdio.h>

/* want: from(info) by via with id for date */
static const struct {
	const char *name, *in, *want;
} cases[] = {
	{ "Postfix", "from mx.a.example (unknown [192.0.2.1])\r\n\t(using "
	  "TLSv1.3)\r\n\tby mail.b.example (Postfix) with ESMTPS id 4ABC\r\n\t"
	  "for <x@b.example>; Thu, 31 Dec 2026 23:59:30 +0100 (CET)",
	  "mx.a.example(unknown [192.0.2.1])|mail.b.example||ESMTPS|4ABC|"
	  "<x@b.example>|2026-12-31T23:59:30+01:00" },
	{ "Exim", "from [192.0.2.7] (helo=pc) by mx.example with esmtpa "
	  "(Exim 4.96) (envelope-from <a@b>) id 1a2B-3c4D for c@d; "
	  "Fri, 01 Jan 2027 00:00:00 +0000", "[192.0.2.7](helo=pc)|mx.example|"
	  "|esmtpa|1a2B-3c4D|c@d|2027-01-01T00:00:00+00:00" },
	{ "sendmail", "from localhost (x@localhost)\n by mx.example (8.17.1/8."
	  "17.1/Submit) id 0A1;\n Fri, 1 Jan 2027 00:00:00 GMT",
	  "localhost(x@localhost)|mx.example|||0A1||"
	  "2027-01-01T00:00:00+00:00" },
	{ "qmail", "(qmail 1234 invoked by uid 0); 1 Jan 2027 00:00:00 -0000",
	  "()||||||2027-01-01T00:00:00-00:00" },
	{ "Exchange", "from A.corp (10.0.0.1) by B.corp (10.0.0.2) with "
	  "Microsoft SMTP Server (TLS) id 15.1.2; Fri, 1 Jan 2027 00:00:00 "
	  "+0000", "A.corp(10.0.0.1)|B.corp||Microsoft SMTP Server|15.1.2||"
	  "2027-01-01T00:00:00+00:00" },
	{ "by and via only", "by 2001:db8::1 via Internet with SMTP id a1.2; "
	  "Fri, 1 Jan 2027 00:00:00 -0800 (PST)", "()|2001:db8::1|Internet|"
	  "SMTP|a1.2||2027-01-01T00:00:00-08:00" },
	{ "a word as a value", "from by by from with with id id for for",
	  "by()|from||with|id|for|" },
	{ "semicolon in a comment", "from a (b; c) by d (e; f); 1 Jan 2027 "
	  "00:00:00 +0000", "a(b; c)|d||||"
	  "|2027-01-01T00:00:00+00:00" },
	{ "no date", "from a by b", "a()|b|||||" },
	{ "bad date", "from a by b; yesterday", "a()|b|||||" },
	{ "nothing", "", "()||||||" },
	{ "open comment", "from a (b; 1 Jan 2027", "a(b; 1 Jan 2027)||||||" },
	{ "controls", "from a\x1b[1m (\x9b) by \xe2\x80\xaex", "a[1m(\xe2\x80"
	  "\xba)|x|||||" },
};

static void describe(char *out, size_t cap, const sqb_received *r)
{
	char date[SQB_DATE_TEXT] = "";

	if (!r->date.refused)
		sqb_date_text(date, &r->date);
	snprintf(out, cap, "%s(%s)|%s|%s|%s|%s|%s|%s", r->from, r->from_info,
	    r->by, r->via, r->with, r->id, r->recipient, date);
}

static void test_received(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[1024], is[1024];
		sqb_received r;
		sqb_message *m;
		sqb_str in;
		int n;

		n = snprintf(text, sizeof(text), "Received: x\nReceived: %s",
		    cases[i].in);
		in = exact((sqb_str){ text, (size_t)n });
		m = sqb_message_parse(in, NULL);
		assert_non_null(m);
		assert_true(sqb_message_received(m, 1, &r));
		describe(is, sizeof(is), &r);
		if (strcmp(is, cases[i].want) != 0)
			fail_msg("%s: %s", cases[i].name, is);
		assert_false(sqb_message_received(m, 2, &r));
		sqb_message_free(m);
		exact_free(in);
	}
}

static void read_received(const sqb_allocator *a)
{
	char text[1024], is[1024];
	sqb_message *m;
	sqb_received r;

	snprintf(text, sizeof(text), "Received: %s", cases[0].in);
	m = sqb_message_parse(sqb_str_of(text), &(sqb_message_options){
	    .size = sizeof(sqb_message_options), .allocator = a });
	if (m && sqb_message_received(m, 0, &r)) {
		describe(is, sizeof(is), &r);
		assert_string_equal(is, cases[0].want);
	}
	sqb_message_free(m);
}

static void test_no_memory(void **state)
{
	(void)state;
	assert_true(fail_each(read_received) > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_received),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Reports: bounces of several shapes, dispositions, feedback. */
#include "exact.h"

#include <squab/report.h>

#include <stdio.h>

#define REPORT "Content-Type: multipart/report; boundary=b\n\n--b\n\ntext\n"
#define PART(type) "--b\nContent-Type: " type "\n"
#define RETURNED PART("message/rfc822") "\nMessage-ID: <1@a>\n\nx\n"
#define HEADERS PART("text/rfc822-headers") "\nMessage-ID: <2@a>\n"

/* want: kind, part, returned, id, groups; then each recipient. */
static const struct {
	const char *name, *in, *want;
} cases[] = {
	{ "usual", REPORT PART("message/delivery-status")
	  "\nReporting-MTA: dns; mx.a\nArrival-Date: now\n\n"
	  "Final-Recipient: rfc822; b@c\nOriginal-Recipient: rfc822;B@c\n"
	  "Action: Failed\nStatus: 5.1.1 (no user)\nRemote-MTA: dns; mx.c\n"
	  "Diagnostic-Code: smtp; 550 5.1.1\n <b@c> no such user\n\n"
	  "Final-Recipient: rfc822;d@e\nAction: delayed\nStatus: 4.4.7\n"
	  RETURNED "--b--", "1 2 3 1@a 3|b@c,B@c,failed,5.1.1 (no user),mx.c,"
	  "550 5.1.1 <b@c> no such user|d@e,,delayed,4.4.7,," },
	{ "headers only", REPORT PART("message/delivery-status")
	  "\nReporting-MTA: x\n\n\n\nFinal-Recipient: a@b\n" HEADERS "--b--",
	  "1 2 3 2@a 2|a@b,,,,," },
	{ "CRLF and base64", REPORT PART("message/delivery-status")
	  "Content-Transfer-Encoding: base64\n\nUmVwb3J0aW5nLU1UQTogeA0KDQpBY3R"
	  "pb246IGZhaWxlZA0K\n--b--", "1 2 0  2|,,failed,,," },
	{ "not a multipart/report", "Content-Type: message/delivery-status\n\n"
	  "Reporting-MTA: x\n\nAction: failed\n", "1 0 0  2|,,failed,,," },
	{ "UTF-8", REPORT PART("message/global-delivery-status")
	  "\nA: b\n\nFinal-Recipient: utf-8; \xc3\xa4@b\n--b--",
	  "1 2 0  2|\xc3\xa4@b,,,,," },
	{ "only of the message", REPORT PART("message/delivery-status")
	  "\nReporting-MTA: x\n--b--", "1 2 0  1" },
	{ "empty", REPORT PART("message/delivery-status") "\n--b--",
	  "1 2 0  0" },
	{ "no fields", REPORT PART("message/delivery-status")
	  "\nnothing of that kind\n--b--", "1 2 0  1" },
	{ "disposition", REPORT PART("message/disposition-notification")
	  "\nFinal-Recipient: rfc822; a@b\nOriginal-Message-ID: <3@a>\n"
	  "Disposition: manual-action/MDN-sent-manually; Displayed/warning\n"
	  RETURNED "--b--", "2 2 3 3@a 1 displayed" },
	{ "feedback", REPORT PART("message/feedback-report")
	  "\nFeedback-Type: Abuse\nUser-Agent: x\nVersion: 1\n" RETURNED
	  "--b--", "3 2 3 1@a 1 abuse" },
	{ "no report", REPORT "--b--", "none" },
	{ "in a message in it", "Content-Type: message/rfc822\n\n"
	  "Content-Type: message/delivery-status\n\nA: b\n", "none" },
};

static void describe(char *out, size_t cap, const sqb_report *r)
{
	int n;

	if (!r) {
		snprintf(out, cap, "none");
		return;
	}
	n = snprintf(out, cap, "%d %u %u %s %zu%s%s%s", (int)r->kind, r->part,
	    r->returned, r->message_id, r->n_groups,
	    r->disposition[0] || r->feedback[0] ? " " : "", r->disposition,
	    r->feedback);
	for (size_t i = 0; i < r->n_recipients; i++) {
		const sqb_report_recipient *p = &r->recipients[i];

		n += snprintf(out + n, cap - (size_t)n, "|%s,%s,%s,%s,%s,%s",
		    p->final, p->original, p->action, p->status,
		    p->remote_mta, p->diagnostic);
	}
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		sqb_str in = exact(sqb_str_of(cases[i].in));
		sqb_message *m = sqb_message_parse(in, NULL);
		char out[1024];

		assert_non_null(m);
		describe(out, sizeof(out), sqb_message_report(m, 0));
		if (strcmp(out, cases[i].want) != 0)
			fail_msg("%s: %s", cases[i].name, out);
		sqb_message_free(m);
		exact_free(in);
	}
}

static void test_fields(void **state)
{
	sqb_message *m = sqb_message_parse(sqb_str_of(cases[0].in), NULL);
	const sqb_report *r;

	(void)state;
	assert_non_null(m);
	r = sqb_message_report(m, 0);
	assert_non_null(r);
	assert_ptr_equal(r, sqb_message_report(m, 0));
	assert_string_equal(sqb_message_field(r->groups[0], "arrival-date",
	    0), "now");
	assert_string_equal(sqb_message_field(r->groups[2], "Status", 0),
	    "4.4.7");
	sqb_message_free(m);
}

static char *put(char *end, const char *s)
{
	memcpy(end, s, strlen(s));
	return end + strlen(s);
}

/* More groups than are read. */
static void test_many(void **state)
{
	static const char head[] =
	    "Content-Type: message/delivery-status\n\nA: b\n\n";
	static const char piece[] = "Action: failed\n\n";
	size_t n = 3000;
	char *in = malloc(sizeof(head) + n * sizeof(piece)), *end = in;
	const sqb_report *r;
	sqb_message *m;

	(void)state;
	assert_non_null(in);
	end = put(end, head);
	for (size_t i = 0; i < n; i++)
		end = put(end, piece);
	m = sqb_message_parse((sqb_str){ in, (size_t)(end - in) }, NULL);
	assert_non_null(m);
	r = sqb_message_report(m, 0);
	assert_non_null(r);
	assert_int_equal(r->n_groups, 1000);
	assert_int_equal(r->n_recipients, 999);
	sqb_message_free(m);
	free(in);
}

static void read_report(const sqb_allocator *a)
{
	sqb_message *m = sqb_message_parse(sqb_str_of(cases[0].in),
	    &(sqb_message_options){ .size = sizeof(sqb_message_options),
	    .allocator = a });

	if (m)
		sqb_message_report(m, 0);
	sqb_message_free(m);
}

static void test_no_memory(void **state)
{
	(void)state;
	assert_true(fail_each(read_report) > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

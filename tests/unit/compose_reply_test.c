/* Answers: to whom, about what, and what is quoted. */
#include "composed.h"

#include <stdio.h>

#define ME "me@own.example"
#define ID "Message-ID: <id@x>\n"

static const struct {
	const char *name, *message;
	unsigned flags;
	const char *to, *cc;	/* NULL: refused */
} people[] = {
	{ "From", "From: Zo\xc3\xab <zoe@x.example>\nTo: " ME, 0,
	  "Zo\xc3\xab <zoe@x.example>", "" },
	{ "Reply-To", "From: a@x.example\nReply-To: b@x.example, C <c@x.example"
	  ">", 0, "b@x.example, C <c@x.example>", "" },
	{ "all", "From: a@x.example\nTo: " ME ", b@x.example\nCc: c@x.example",
	  SQB_REPLY_ALL, "a@x.example", "b@x.example, c@x.example" },
	{ "nobody twice", "From: a@x.example\nTo: A@X.example, b@x.example\n"
	  "Cc: b@x.example, a@x.example", SQB_REPLY_ALL, "a@x.example",
	  "b@x.example" },
	{ "not ourselves", "From: a@x.example\nTo: Me <ME@Own.EXAMPLE>, "
	  "other@own.example\nCc: b@x.example", SQB_REPLY_ALL, "a@x.example",
	  "b@x.example" },
	{ "the list", "From: a@x.example\nTo: list@l.example\n"
	  "Reply-To: list@l.example", SQB_REPLY_ALL, "list@l.example", "" },
	{ "our own", "From: " ME "\nTo: b@x.example, c@x.example\n"
	  "Cc: d@x.example", 0, "b@x.example, c@x.example", "" },
	{ "our own, all", "From: " ME "\nTo: b@x.example\nCc: d@x.example",
	  SQB_REPLY_ALL, "b@x.example", "d@x.example" },
	{ "a note to ourselves", "From: " ME "\nTo: " ME, 0, ME, "" },
	{ "a group", "From: a@x.example\nCc: g: b@x.example, c@x.example;",
	  SQB_REPLY_ALL, "a@x.example", "b@x.example, c@x.example" },
	{ "no address in Reply-To", "From: a@x.example\nReply-To: nobody", 0,
	  "a@x.example", "" },
	{ "what cannot be written", "From: a..b@x.example, a@b@c, "
	  "c@x.example\nCc: <>, d@, @e, f@x.example", SQB_REPLY_ALL,
	  "c@x.example", "f@x.example" },
	{ "an IDN", "From: a@b\xc3\xbc" "cher.example\nCc: "
	  "A@xn--bcher-kva.example, c@x.example", SQB_REPLY_ALL,
	  "a@xn--bcher-kva.example", "c@x.example" },
	{ "a name that is an address", "From: \"a@x.example\" <a@x.example>", 0,
	  "a@x.example", "" },
	{ "a name that lies", "From: \"bank@b.example\" <a@x.example>", 0,
	  "\"bank@b.example\" <a@x.example>", "" },
	{ "an injection", "From: =?utf-8?q?x=0D=0ABcc:_z@z.example?= "
	  "<a@x.example>", 0, "x  Bcc: z@z.example <a@x.example>", "" },
	{ "nobody", "Subject: x", 0, NULL, NULL },
	{ "no address", "From: undisclosed", 0, NULL, NULL },
};

static sqb_message *parse(const char *text, sqb_str *bytes)
{
	sqb_message *m;

	*bytes = exact(sqb_str_of(text));
	m = sqb_message_parse(*bytes, NULL);
	assert_non_null(m);
	return m;
}

static const char *const own[] = { "x@y.example", "other@own.example", NULL };

/* The answer to text, read back; gone() frees it. */
typedef struct answer {
	sqb_str bytes;
	sqb_message *m;
	int code;
} answer;

static answer answer_to(const char *text, unsigned flags, const char *html)
{
	answer a = { .m = NULL };
	sqb_str before;
	sqb_message *m = parse(text, &before);
	sqb_compose *c = new_compose(NULL);

	must(c, sqb_compose_address(c, "From", "Me", ME));
	if (html)
		must(c, sqb_compose_html(c, sqb_str_of(html), false));
	must(c, sqb_compose_text(c, sqb_str_of("Hello.")));
	a.code = sqb_compose_reply(c, m, flags, own);
	sqb_message_free(m);	/* nothing of it is kept */
	exact_free(before);
	if (a.code == SQB_OK) {
		a.bytes = composed(c);
		a.m = sqb_message_parse(a.bytes, NULL);
	} else {
		assert_non_null(strstr(sqb_compose_error(c)->text,
		    "can be answered"));
	}
	sqb_compose_free(c);
	return a;
}

static void gone(answer *a)
{
	sqb_message_free(a->m);
	exact_free(a->bytes);
}

static void test_people(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(people); i++) {
		answer a = answer_to(people[i].message, people[i].flags, NULL);

		if ((a.code == SQB_OK) != (people[i].to != NULL) ||
		    (a.code < 0 && a.code != SQB_E_USAGE))
			fail_msg("%s: %d", people[i].name, a.code);
		if (a.code == SQB_OK) {
			assert_field(a.m, "To", people[i].to);
			assert_field(a.m, "Cc", people[i].cc);
			gone(&a);
		}
	}
}

/* Those who are told already are not told again. */
static void test_given_before(void **state)
{
	sqb_str before, bytes;
	sqb_message *m = parse("From: a@x.example\nCc: b@x.example, c@x.example"
	    "\nSubject: x\n" ID, &before), *got;
	sqb_compose *c = new_compose(NULL);

	(void)state;
	must(c, sqb_compose_field(c, "From", ME));
	must(c, sqb_compose_field(c, "To", "d@x.example"));
	must(c, sqb_compose_field(c, "Bcc", "B@x.example"));
	must(c, sqb_compose_field(c, "Subject", "Other"));
	must(c, sqb_compose_field(c, "In-Reply-To", "<other@x>"));
	must(c, sqb_compose_reply(c, m, SQB_REPLY_ALL, NULL));
	bytes = composed(c);
	got = sqb_message_parse(bytes, NULL);
	assert_field(got, "To", "d@x.example, a@x.example");
	assert_field(got, "Cc", "c@x.example");
	assert_field(got, "Subject", "Other");
	assert_field(got, "In-Reply-To", "<other@x>");
	assert_field(got, "References", "<id@x>");
	assert_int_equal(sqb_compose_reply(c, m, 0, NULL), SQB_E_USAGE);
	sqb_message_free(got);
	sqb_message_free(m);
	sqb_compose_free(c);
	exact_free(bytes);
	exact_free(before);
}

static void test_subject(void **state)
{
	static const struct { const char *in, *want; } rows[] = {
		{ "x", "Re: x" }, { "Re: x", "Re: x" },
		{ "RE: re: x", "Re: x" },
		{ "AW: SV: x", "Re: x" }, { "Antw : x", "Re: x" },
		{ "Re[2]: x", "Re: x" }, { "Re (3): x", "Re: Re (3): x" },
		{ "Re(3): x", "Re: x" }, { "Fwd: x", "Re: Fwd: x" },
		{ "Real: x", "Re: Real: x" }, { "Re", "Re: Re" },
		{ "Re[x]: y", "Re: Re[x]: y" }, { "", "Re:" }, { "Re:", "Re:" },
		{ "[list] Re: x", "Re: [list] Re: x" },
		{ "=?utf-8?q?Re=3A_Gr=C3=BC=C3=9Fe?=",
		  "Re: Gr\xc3\xbc\xc3\x9f" "e" },
		{ "=?utf-8?q?x=0D=0ABcc=3A_y?=", "Re: x  Bcc: y" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[200] = "From: a@x.example\nSubject: ";
		answer a;

		strncat(text, rows[i].in, 100);
		a = answer_to(text, 0, NULL);
		assert_int_equal(a.code, SQB_OK);
		assert_field(a.m, "Subject", rows[i].want);
		gone(&a);
	}
}

static void test_ids(void **state)
{
	static const struct {
		const char *in, *reply_to, *references;
	} rows[] = {
		{ ID, "<id@x>", "<id@x>" },
		{ ID "References: <a@x>\n\t<b@x>\n", "<id@x>",
		  "<a@x> <b@x> <id@x>" },
		{ ID "In-Reply-To: <a@x>\n", "<id@x>", "<a@x> <id@x>" },
		{ ID "In-Reply-To: <a@x> <b@x>\n", "<id@x>", "<id@x>" },
		{ ID "References: <a@x>\nIn-Reply-To: <b@x>\n", "<id@x>",
		  "<a@x> <id@x>" },
		{ "References: <a@x>\n", "", "<a@x>" },
		{ "", "", "" },
		{ "Message-ID: nothing\n", "", "" },
		{ "Message-ID: id@x\n", "<id@x>", "<id@x>" },
		/* what cannot go on, or would need SMTPUTF8 */
		{ ID "References: <a\xc3\xa4@x> <b@x> <c@x\n", "<id@x>",
		  "<b@x> <id@x>" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[500] = "From: a@x.example\n";
		answer a;

		strncat(text, rows[i].in, 400);
		a = answer_to(text, 0, NULL);
		assert_int_equal(a.code, SQB_OK);
		assert_field(a.m, "In-Reply-To", rows[i].reply_to);
		assert_field(a.m, "References", rows[i].references);
		gone(&a);
	}
}

/* Of a long way only the beginning and the end are kept. */
static void test_many_references(void **state)
{
	enum { N = 5000, LEN = 11 };
	static const char before[] = "From: a@x.example\n" ID "References:";
	char *text = calloc(1, sizeof(before) + N * LEN);
	sqb_msgids *ids;
	answer a;

	(void)state;
	assert_non_null(text);
	memcpy(text, before, sizeof(before));
	for (size_t i = 0; i < N; i++)
		snprintf(text + sizeof(before) - 1 + i * LEN, LEN + 1,
		    "\n <%05zu@x>", i);
	a = answer_to(text, 0, NULL);
	assert_int_equal(sqb_msgids_parse(&ids, sqb_message_raw(a.m,
	    "References", 0), NULL), SQB_OK);
	assert_int_equal(ids->n_items, 32);
	assert_string_equal(ids->items[0].id.ptr, "00000@x");
	assert_string_equal(ids->items[1].id.ptr, "04970@x");
	assert_string_equal(ids->items[30].id.ptr, "04999@x");
	assert_string_equal(ids->items[31].id.ptr, "id@x");
	sqb_msgids_free(ids);
	gone(&a);
	free(text);
}

static void test_quote(void **state)
{
	static const struct { const char *in, *want; } rows[] = {
		{ "From: Zo\xc3\xab <z@x.example>\n"
		  "Date: Sun, 1 Mar 2026 23:30:00 -0500\n"
		  "Content-Type: text/plain; charset=utf-8\n\n"
		  "Gr\xc3\xbc\xc3\x9f" "e!\n> old\n\nEnd\n\n\n",
		  "Hello.\n\nOn 2026-03-01, Zo\xc3\xab wrote:\n"
		  "> Gr\xc3\xbc\xc3\x9f" "e!\n> > old\n>\n> End\n" },
		{ "From: z@x.example\nDate: 31 Feb\n\nx",
		  "Hello.\n\nz@x.example wrote:\n> x\n" },
		{ "Reply-To: z@x.example\n\nx",
		  "Hello.\n\nthe sender wrote:\n> x\n" },
		{ "From: z@x.example\nContent-Type: text/html\n\n<p>A &lt;b"
		  "&gt;<script>x()</script><blockquote>old</blockquote>",
		  "Hello.\n\nz@x.example wrote:\n> A <b>\n>\n> > old\n" },
		{ "From: z@x.example\n\n", "Hello.\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		answer a = answer_to(rows[i].in, SQB_REPLY_QUOTE, NULL);
		char *text = strdup(sqb_message_text(a.m));

		assert_non_null(text);
		for (char *cr; (cr = strchr(text, '\r')) != NULL;)
			memmove(cr, cr + 1, strlen(cr));
		assert_string_equal(text, rows[i].want);
		free(text);
		gone(&a);
	}
}

static void test_quote_html(void **state)
{
	answer a = answer_to("From: \"<b>\" <z@x.example>\n"
	    "Content-Type: text/html\n\n<p onclick=x()>A &amp; &lt;b&gt;"
	    "</p></blockquote>"
	    "<img src=https://t.example/1.gif>",
	    SQB_REPLY_QUOTE, "<p>Hi</p>");
	const char *html = sqb_message_html(a.m);

	(void)state;
	assert_non_null(strstr(html, "<p>Hi</p>\r\n<p>&lt;b&gt; wrote:</p>\r\n"
	    "<blockquote type=\"cite\">\r\nA &amp; &lt;b&gt;<br>\r\n"));
	assert_null(strstr(html, "onclick"));
	assert_null(strstr(html, "t.example"));
	assert_string_equal(html + strlen(html) - 15, "</blockquote>\r\n");
	gone(&a);
}

/* As text and as html, whatever there is of each. */
static void test_forms(void **state)
{
	static const struct { bool text, html, make; size_t n_text, n_html; }
	rows[] = {
		{ false, false, false, 1, 1 }, { true, false, false, 1, 1 },
		{ false, true, false, 1, 1 }, { false, true, true, 1, 1 },
		{ true, true, false, 1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		sqb_str before, bytes;
		sqb_message *m = parse("From: z@x.example\n\nquoted", &before);
		sqb_compose *c = new_compose(NULL);

		must(c, sqb_compose_field(c, "From", ME));
		must(c, sqb_compose_reply(c, m, SQB_REPLY_QUOTE, NULL));
		sqb_message_free(m);
		if (rows[i].text)
			must(c, sqb_compose_text(c, sqb_str_of("mine")));
		if (rows[i].html)
			must(c, sqb_compose_html(c, sqb_str_of("<b>mine</b>"),
			    rows[i].make));
		bytes = composed(c);
		m = sqb_message_parse(bytes, NULL);
		assert_int_equal(sqb_message_bodies(m, 0)->n_text,
		    rows[i].n_text);
		assert_non_null(strstr(sqb_message_text(m), "> quoted"));
		assert_true(!(rows[i].text || rows[i].html) ==
		    !strstr(sqb_message_text(m), "mine"));
		if (rows[i].html)
			assert_non_null(strstr(sqb_message_html(m), "quoted"));
		sqb_message_free(m);
		sqb_compose_free(c);
		exact_free(bytes);
		exact_free(before);
	}
}

static void reply_each(const sqb_allocator *a)
{
	sqb_str before, bytes;
	sqb_message *m = parse("From: Zo\xc3\xab <z@x.example>\nTo: " ME
	    ", b@x.example\nCc: c@x.example\nSubject: Gr\xc3\xbc\xc3\x9f" "e\n"
	    ID "References: <a@x> <b@x>\nDate: 1 Jan 2026 00:00:00 +0000\n\n"
	    "text\n> quoted\n", &before);
	sqb_compose *c = new_compose(a);
	int code = SQB_E_NOMEM;

	assert_true(sqb_message_text(m)[0] == 't');
	if (c) {
		sqb_compose_field(c, "From", ME);
		sqb_compose_reply(c, m, SQB_REPLY_ALL | SQB_REPLY_QUOTE, own);
		code = sqb_compose_bytes(c, 0, &bytes);
		assert_true(code == SQB_OK || code == SQB_E_NOMEM);
	}
	if (code == SQB_OK) {
		sqb_message *got = sqb_message_parse(bytes, NULL);

		assert_field(got, "To", "Zo\xc3\xab <z@x.example>");
		assert_field(got, "Cc", "b@x.example, c@x.example");
		assert_field(got, "References", "<a@x> <b@x> <id@x>");
		assert_non_null(strstr(sqb_message_text(got), "> > quoted"));
		sqb_message_free(got);
	}
	sqb_compose_free(c);
	sqb_message_free(m);
	exact_free(before);
}

static void test_no_memory(void **state)
{
	(void)state;
	assert_true(fail_each(reply_each) > 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_people),
		cmocka_unit_test(test_given_before),
		cmocka_unit_test(test_subject),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_many_references),
		cmocka_unit_test(test_quote),
		cmocka_unit_test(test_quote_html),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Messages that go on to others, with all that is in them. */
#include "composed.h"

#define BOUNDARY "\n--b\n"

static const char before[] =
	"From: Zo\xc3\xab <zoe@x.example>\nTo: me@own.example\n"
	"Date: Sun, 1 Mar 2026 12:00:00 +0000\nSubject: Gr\xc3\xbc\xc3\x9f" "e "
	"<b>\nMessage-ID: <id@x>\nReferences: <a@x>\nMIME-Version: 1.0\n"
	"Content-Type: multipart/mixed; boundary=b\n"
	BOUNDARY "Content-Type: text/plain; charset=iso-8859-1\n\n"
	"f\xfcr <you> & me"
	BOUNDARY "Content-Type: image/png; name=\"d\xc3\xa4rk/p.png\"\n"
	"Content-Transfer-Encoding: base64\nContent-Disposition: inline\n"
	"Content-Description: a picture\n\niVBORw0KGgo="
	BOUNDARY "Content-Type: text/csv; charset=ISO-8859-1; header=present\n"
	"Content-Disposition: attachment; filename=t.csv\n\n\xe4;\xf6\n"
	BOUNDARY "Content-Type: message/rfc822\n\nSubject: inner\n\n"
	"inner text\n"
	BOUNDARY "Content-Type: message/delivery-status\n\nReporting-MTA: x\n"
	BOUNDARY "Content-Type: application/x-odd; a=b\nContent-Disposition: "
	"attachment\n\n\x01\x02\n"
	"\n--b--\n";

/* What is composed after say() did its part, and the message before. */
typedef struct forwarded {
	sqb_message *source, *got;
	sqb_str bytes;
	sqb_compose *c;
} forwarded;

static forwarded forward(const char *text, bool attached, bool html)
{
	forwarded f;

	f.source = sqb_message_parse(sqb_str_of(text), NULL);
	f.c = new_compose(NULL);
	must(f.c, sqb_compose_field(f.c, "From", "me@own.example"));
	must(f.c, sqb_compose_field(f.c, "To", "d@x.example"));
	must(f.c, sqb_compose_text(f.c, sqb_str_of("See below.")));
	if (html)
		must(f.c, sqb_compose_html(f.c, sqb_str_of("<p>See"), false));
	must(f.c, sqb_compose_forward(f.c, f.source, attached));
	f.bytes = composed(f.c);
	f.got = sqb_message_parse(f.bytes, NULL);
	return f;
}

static void gone(forwarded *f)
{
	size_t n;

	sqb_message_defects(f->got, &n);
	assert_int_equal(n, 0);
	sqb_message_free(f->got);
	sqb_compose_free(f->c);
	sqb_message_free(f->source);
	exact_free(f->bytes);
}

static void assert_part(sqb_message *m, size_t nth, const char *type,
    const char *name, sqb_str content)
{
	const sqb_bodies *b = sqb_message_bodies(m, 0);
	sqb_str got;
	size_t i;

	assert_true(nth < b->n_attachments);
	i = b->attachments[nth];
	assert_string_equal(sqb_part_media_type(m, i), type);
	assert_string_equal(sqb_part_name(m, i), name);
	if (sqb_part_content(m, i, &got) != SQB_OK)
		got = sqb_part_body(m, i);
	assert_int_equal(got.len, content.len);
	assert_memory_equal(got.ptr, content.ptr, got.len);
}

static void test_inline(void **state)
{
	forwarded f = forward(before, false, false);
	const sqb_bodies *b = sqb_message_bodies(f.got, 0);

	(void)state;
	assert_field(f.got, "Subject", "Fwd: Gr\xc3\xbc\xc3\x9f" "e <b>");
	assert_field(f.got, "References", "<a@x> <id@x>");
	assert_field(f.got, "In-Reply-To", "");
	assert_field(f.got, "To", "d@x.example");
	assert_string_equal(sqb_message_text(f.got), "See below.\n\n"
	    "-------- Forwarded message --------\n"
	    "From: Zo\xc3\xab <zoe@x.example>\n"
	    "Date: Sun, 1 Mar 2026 12:00:00 +0000\n"
	    "Subject: Gr\xc3\xbc\xc3\x9f" "e <b>\nTo: me@own.example\n\n"
	    "f\xc3\xbcr <you> & me\n");
	assert_int_equal(b->n_attachments, 5);
	assert_part(f.got, 0, "image/png", "p.png",
	    (sqb_str)SQB_STR("\x89PNG\r\n\x1a\n"));
	assert_string_equal(sqb_part_field(f.got, b->attachments[0],
	    "Content-Description", 0), "a picture");
	assert_part(f.got, 1, "text/csv", "t.csv",
	    (sqb_str)SQB_STR("\xe4;\xf6\r\n"));
	assert_string_equal(sqb_part_param(f.got, b->attachments[1],
	    "charset"), "ISO-8859-1");
	assert_part(f.got, 2, "message/rfc822", "",
	    (sqb_str)SQB_STR("Subject: inner\r\n\r\ninner text\r\n"));
	assert_part(f.got, 3, "application/octet-stream", "",
	    (sqb_str)SQB_STR("Reporting-MTA: x\n"));
	assert_part(f.got, 4, "application/x-odd", "",
	    (sqb_str)SQB_STR("\x01\x02\n"));
	gone(&f);
}

static void test_html(void **state)
{
	forwarded f = forward(before, false, true);
	const char *html = sqb_message_html(f.got);

	(void)state;
	assert_non_null(strstr(html, "<p>See\r\n<p>-------- Forwarded"));
	assert_non_null(strstr(html, "<br>\r\n<b>Subject:</b> Gr\xc3\xbc\xc3"
	    "\x9f" "e &lt;b&gt;<br>\r\n<b>To:</b> me@own.example</p>\r\n"));
	assert_non_null(strstr(html, "f\xc3\xbcr &lt;you&gt; &amp; me<br>"));
	gone(&f);
}

static void test_attached(void **state)
{
	static const char small[] = "Subject: Fw: WG: x\nMessage-ID: <id@x>\n\n"
	    "text\n";
	forwarded f = forward(small, true, false);

	(void)state;
	assert_field(f.got, "Subject", "Fwd: x");
	assert_field(f.got, "References", "<id@x>");
	assert_string_equal(sqb_message_text(f.got), "See below.\n");
	assert_part(f.got, 0, "message/rfc822", "", (sqb_str)SQB_STR(
	    "Subject: Fw: WG: x\r\nMessage-ID: <id@x>\r\n\r\ntext\r\n"));
	gone(&f);
}

static void test_subject(void **state)
{
	static const struct { const char *in, *want; } rows[] = {
		{ "Subject: x\n\n", "Fwd: x" },
		{ "Subject: FWD: x\n\n", "Fwd: x" },
		{ "Subject: Re: x\n\n", "Fwd: Re: x" },
		{ "Subject: Fwd: Re: Fwd: x\n\n", "Fwd: Re: Fwd: x" },
		{ "\n", "Fwd:" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		forwarded f = forward(rows[i].in, false, false);

		assert_field(f.got, "Subject", rows[i].want);
		gone(&f);
	}
}

/* What a stranger's message may hold does not stop it from going on. */
static void test_odd(void **state)
{
	static const char *const rows[] = {
		"Content-Type: multipart/mixed\n\nno boundary",
		"Content-Type: a/b; c\n\n\xff\xfe",
		"Content-Type: text/plain; charset=\"a b\"\n"
		"Content-Disposition: attachment; filename=\"a\n b\"\n\n"
		"\r\r\n\n",
		"Content-Type: message/rfc822\n"
		"Content-Transfer-Encoding: base64\n\nU3ViamVjdDogeAoKeQo=\n",
		"Content-Type: message/external-body; access-type=x\n\n\n",
		"Content-Type: multipart/mixed; boundary=b\n\n--b\n"
		"Content-Type: image/png\n\n--b\n"
		"Content-Type: audio/x\n\n--b--",
		"",
	};
	char *name = calloc(1, 6000);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		forwarded f = forward(rows[i], false, true);

		gone(&f);
	}
	assert_non_null(name);
	strncat(name, "Content-Disposition: attachment; filename=", 100);
	memset(name + strlen(name), 'n', 3000);
	strncat(name, "\nContent-Description: ", 100);
	memset(name + strlen(name), 'd', 2500);
	strncat(name, "\nContent-Type: a/b\n\n", 100);
	{
		forwarded f = forward(name, false, false);

		assert_int_equal(sqb_message_bodies(f.got, 0)->n_attachments,
		    1);
		gone(&f);
	}
	free(name);
}

static void forward_each(const sqb_allocator *a)
{
	sqb_message *m = sqb_message_parse(sqb_str_of(before), NULL);
	sqb_compose *c = new_compose(a);
	int code = SQB_E_NOMEM;
	sqb_str bytes;

	sqb_message_text(m);
	if (c) {
		sqb_compose_field(c, "From", "me@own.example");
		sqb_compose_forward(c, m, false);
		code = sqb_compose_bytes(c, 0, &bytes);
		assert_true(code == SQB_OK || code == SQB_E_NOMEM);
	}
	if (code == SQB_OK) {
		sqb_message *got = sqb_message_parse(bytes, NULL);

		assert_int_equal(sqb_message_bodies(got, 0)->n_attachments, 5);
		sqb_message_free(got);
	}
	sqb_compose_free(c);
	sqb_message_free(m);
}

static void test_no_memory(void **state)
{
	(void)state;
	assert_true(fail_each(forward_each) > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inline),
		cmocka_unit_test(test_html),
		cmocka_unit_test(test_attached),
		cmocka_unit_test(test_subject),
		cmocka_unit_test(test_odd),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Media types, dispositions, encodings, and parameters in all their forms. */
#include "printable.h"

#include <squab/message.h>


#include <stdio.h>

/* A message of one field, and of what may be decoded of it. */
static sqb_message *message_of(const char *field, const char *body,
    sqb_str *in)
{
	size_t cap = strlen(field) + strlen(body) + 5;
	char *s = malloc(cap);

	assert_non_null(s);
	snprintf(s, cap, "%s:%s\n\n", field, body);
	*in = exact((sqb_str){ s, strlen(s) });
	free(s);
	return sqb_message_parse(*in, NULL);
}

static void test_types(void **state)
{
	static const struct {
		const char *in, *want;
		sqb_part_type type;
	} cases[] = {
		{ "text/plain", "text/plain", SQB_PART_TEXT_PLAIN },
		{ " TEXT/Html ; x=y", "text/html", SQB_PART_TEXT_HTML },
		{ "(a (b) \\) c) text (d) / (e) csv(f)", "text/csv",
		  SQB_PART_TEXT },
		{ "\n text\n /\n plain", "text/plain", SQB_PART_TEXT_PLAIN },
		{ "application/x-a+b.c", "application/x-a+b.c",
		  SQB_PART_OTHER },
		{ "text", "text/plain", SQB_PART_TEXT_PLAIN },
		{ "multipart", "multipart/mixed", SQB_PART_MIXED },
		{ "multipart/x-any", "multipart/x-any", SQB_PART_MIXED },
		{ "image", "text/plain", SQB_PART_TEXT_PLAIN },
		{ "image/", "text/plain", SQB_PART_TEXT_PLAIN },
		{ "/png", "text/plain", SQB_PART_TEXT_PLAIN },
		{ "", "text/plain", SQB_PART_TEXT_PLAIN },
		{ "(", "text/plain", SQB_PART_TEXT_PLAIN },
		{ "message/RFC822", "message/rfc822", SQB_PART_MESSAGE },
		{ "message/partial", "message/partial", SQB_PART_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		sqb_str in;
		sqb_message *m = message_of("Content-Type", cases[i].in, &in);

		assert_string_equal(sqb_part_media_type(m, 0),
		    cases[i].want);
		assert_int_equal(sqb_message_part(m, 0)->type,
		    cases[i].type);
		sqb_message_free(m);
		exact_free(in);
	}
}

static void test_encodings(void **state)
{
	static const struct {
		const char *in;
		sqb_encoding want;
	} cases[] = {
		{ "7bit", SQB_ENCODING_7BIT },
		{ "", SQB_ENCODING_7BIT },
		{ " 8BIT ", SQB_ENCODING_8BIT },
		{ "Binary", SQB_ENCODING_BINARY },
		{ "quoted-printable (x)", SQB_ENCODING_QP },
		{ "(x) base64;", SQB_ENCODING_BASE64 },
		{ "x-uue", SQB_ENCODING_UUENCODE },
		{ "rot13", SQB_ENCODING_UNKNOWN },
		{ "\"base64\"", SQB_ENCODING_UNKNOWN },
		{ "base6", SQB_ENCODING_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		sqb_str in;
		sqb_message *m = message_of("Content-Transfer-Encoding",
		    cases[i].in, &in);

		assert_int_equal(sqb_message_part(m, 0)->encoding,
		    cases[i].want);
		sqb_message_free(m);
		exact_free(in);
	}
}

/* What follows "a/b"; the parameter n; the defects, q bad, d twice, P many */
static const struct {
	const char *in, *want, *defects;
} params[] = {
	{ "; n=v", "v", "" },
	{ ";N = v ", "v", "" },
	{ "; x=y; n=v; z=w", "v", "" },
	{ "; n=\"a b;c\"", "a b;c", "" },
	{ "; n=\"a\\\"b\\\\c\"", "a\"b\\c", "" },
	{ "; n=\"a\n b\"", "a b", "" },
	{ "; n=\"\"", "", "" },
	{ "; n=a b.txt ; x=y", "a b.txt", "" },
	{ "; n=v (comment)", "v", "" },
	{ "; n=v (1).txt", "v (1).txt", "" },
	{ "; n=(c) v", "v", "" },
	{ "(c); (d) n (e) = (f) v (g)", "v", "" },
	{ "; n=v; n=w", "v", "d" },
	{ "; n=\"v", "v", "q" },
	{ "; n=\"v; x=y", "v", "q" },
	{ "; x=\"y; n=v", "v", "q" },
	{ "; x=\"y\" n=v", "v", "" },
	{ "; x=\"y\"n=v", "v", "" },
	{ "; x=y\n\tn=v", "v", "" },
	{ ";;; n=v;", "v", "" },
	{ " n=v", "v", "" },
	{ "; n", "", "q" },
	{ "; n; n=v", "v", "q" },
	{ "; =x; n=v", "v", "q" },
	{ "; n=", "", "" },
	{ "; n=;x=y", "", "" },
	{ "; m=v", "", "" },
	{ "; n*=utf-8''%C3%BC%20x", "ü x", "" },
	{ "; n*=iso-8859-1'de'%FC", "ü", "" },
	{ "; n*=UTF-8''a%zz%4", "a%zz%4", "" },
	{ "; n*=x%41", "xA", "" },
	{ "; n*=\"utf-8''%41\"", "A", "" },
	{ "; n*=''%fc", "ü", "" },
	{ "; n=w; n*=utf-8''v", "v", "" },
	{ "; n*0=a; n*1=b", "ab", "" },
	{ "; n*1=b; n*2=c; n*0=a", "abc", "" },
	{ "; n*0=a; n=w; n*1=b", "ab", "" },
	{ "; n*2=c; n*0=a", "ac", "" },
	{ "; n*0=a; n*0=x; n*1=b", "ab", "d" },
	{ "; n*0*=utf-8''%C3; n*1*=%BC", "ü", "" },
	{ "; n*0*=utf-8''%C3; n*1=\"%BC\"", "\xef\xbf\xbd%BC", "" },
	{ "; n*00=a; n*01=b", "ab", "" },
	{ "; n*x=a", "", "" },
	{ "; n*99999=a", "", "" },
	{ "; n=\"=?utf-8?Q?=C3=BC?=\"", "ü", "" },
	{ "; n==?utf-8?Q?=C3=BC?=", "ü", "" },
	{ "; n*0=\"=?utf-8?Q?=C3=BC\"; n*1=\"?=\"", "ü", "" },
	{ "; n=\xfc", "ü", "" },
	{ "; n=\xc3\xbc", "ü", "" },
	{ "; n=\"a\x1b[1m\x07\"", "a[1m", "" },
	{ "; n*=utf-8''%1B%E2%80%AEa%0Ab", "a b", "" },
	{ "; (unclosed; n=v", "", "" },
};

static const char *defects_of(const sqb_message *m)
{
	static char s[20];
	size_t n, len = 0;
	const sqb_defect *d = sqb_message_defects(m, &n);

	for (size_t i = 0; i < n && len + 1 < sizeof(s); i++)
		s[len++] = d[i].code == SQB_DEFECT_BAD_PARAM ? 'q' :
		    d[i].code == SQB_DEFECT_DUPLICATE_PARAM ? 'd' :
		    d[i].code == SQB_DEFECT_MANY_PARAMS ? 'P' : '?';
	s[len] = '\0';
	return s;
}

static void test_params(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(params); i++) {
		char body[200];
		sqb_message *m;
		const char *got;
		sqb_str in;

		snprintf(body, sizeof(body), "a/b%s", params[i].in);
		m = message_of("Content-Type", body, &in);
		got = sqb_part_param(m, 0, "n");
		if (strcmp(got, params[i].want) != 0)
			fail_msg("%s: got %s, want %s", params[i].in, got,
			    params[i].want);
		assert_ptr_equal(sqb_part_param(m, 0, "N"), got);
		assert_string_equal(sqb_part_param(m, 0, "none"), "");
		if (strcmp(defects_of(m), params[i].defects) != 0)
			fail_msg("%s: defects %s", params[i].in,
			    defects_of(m));
		sqb_message_free(m);
		exact_free(in);
	}
}

/* One reader takes the one form and another the other: that is told. */
static void test_rivals(void **state)
{
	static const struct {
		const char *in, *defects;
	} cases[] = {
		{ "a/b; charset=x; charset*=us-ascii''y", "d" },
		{ "a/b; CHARSET*=us-ascii''y; charset=x", "d" },
		{ "multipart/mixed; boundary=x; boundary*=us-ascii''y", "d" },
		{ "multipart/mixed; boundary*0=x; boundary*1=y; boundary=z",
		  "d" },
		{ "a/b; charset*0=x; charset*1=y", "" },
		{ "a/b; charset*0*=us-ascii''x; charset*1=y", "" },
		{ "a/b; charset=x; boundary*=us-ascii''y", "" },
		{ "a/b; name=x; name*=us-ascii''y", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		sqb_str in;
		sqb_message *m = message_of("Content-Type", cases[i].in, &in);
		const char *defects;

		sqb_part_param(m, 0, "charset");
		defects = defects_of(m);
		if (*cases[i].defects ? !strchr(defects, 'd') : *defects)
			fail_msg("%s: defects %s", cases[i].in, defects);
		sqb_message_free(m);
		exact_free(in);
	}
}

static void test_names(void **state)
{
	static const struct {
		const char *in, *disposition, *name;
	} cases[] = {
		{ "Content-Disposition: Attachment; filename=a", "attachment",
		  "a" },
		{ "Content-Disposition: inline\nContent-Type: a/b; name=c",
		  "inline", "c" },
		{ "Content-Type: a/b; name=c\nContent-Disposition: (x) "
		  "attachment; filename=\"d\"", "attachment", "d" },
		{ "Content-Disposition: attachment; filename=a; filename*="
		  "utf-8''%C3%BC", "attachment", "ü" },
		{ "Content-Disposition: ; filename=a", "", "a" },
		{ "Content-Disposition: filename=a", "filename", "" },
		{ "Subject: x", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		sqb_str in = exact(sqb_str_of(cases[i].in));
		sqb_message *m = sqb_message_parse(in, NULL);

		assert_string_equal(sqb_part_disposition(m, 0),
		    cases[i].disposition);
		assert_string_equal(sqb_part_name(m, 0), cases[i].name);
		assert_ptr_equal(sqb_part_disposition(m, 0),
		    sqb_part_disposition(m, 0));
		sqb_message_free(m);
		exact_free(in);
	}
}

/* At most 128 are read, and the defect is told once. */
static void test_many_params(void **state)
{
	char body[4000] = "a/b";
	size_t len = 3;
	sqb_message *m;
	sqb_str in;

	(void)state;
	for (int i = 0; i < 200; i++)
		len += (size_t)snprintf(body + len, sizeof(body) - len,
		    "; p%d=%d", i, i);
	m = message_of("Content-Type", body, &in);
	assert_string_equal(sqb_part_param(m, 0, "p127"), "127");
	assert_string_equal(sqb_part_param(m, 0, "p128"), "");
	assert_string_equal(defects_of(m), "P");
	sqb_message_free(m);
	exact_free(in);
}

/* Every prefix of every case, and its octets changed: safe to print. */
static void test_mutants(void **state)
{
	uint64_t seed = 9;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(params); i++) {
		size_t len = strlen(params[i].in);

		for (size_t k = 0; k < 20 * len; k++) {
			char body[200];
			sqb_message *m;
			sqb_str in;

			snprintf(body, sizeof(body), "a/b%.*s",
			    (int)(k < len ? k : len), params[i].in);
			if (k > len)
				body[3 + k % len] = (char)(next_random(&seed)
				    % 255 + 1);
			m = message_of("Content-Type", body, &in);
			assert_printable(sqb_part_param(m, 0, "n"));
			assert_printable(sqb_part_media_type(m, 0));
			assert_printable(sqb_part_name(m, 0));
			sqb_message_free(m);
			exact_free(in);
		}
	}
}

/* A field of 2 MB of each: values are read, and no work is squared. */
static void test_big_params(void **state)
{
	static const struct {
		const char *unit, *want;
	} units[] = {
		{ ";x=\"y", "" }, { "\"", "" }, { "\\\"", "" }, { "=", "" },
		{ ";", "" }, { "(", "" }, { ";n*0*=%41", "A" },
		{ "; n=v (", "v" }, { ";n=a\n\tb", "a b" }, { "n=\"a\\\\", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		size_t n = strlen(units[i].unit), len = 4;
		char *body = malloc(2000000);
		sqb_message *m;
		sqb_str in;

		assert_non_null(body);
		memcpy(body, "a/b;", 4);
		for (; len + n < 2000000; len += n)
			memcpy(body + len, units[i].unit, n);
		body[len] = '\0';
		m = message_of("Content-Type", body, &in);
		if (units[i].want[0] != '\0')
			assert_string_equal(sqb_part_param(m, 0, "n"),
			    units[i].want);
		assert_printable(sqb_part_param(m, 0, "n"));
		assert_printable(sqb_part_param(m, 0, "x"));
		sqb_message_free(m);
		exact_free(in);
		free(body);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_encodings),
		cmocka_unit_test(test_params),
		cmocka_unit_test(test_rivals),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_many_params),
		cmocka_unit_test(test_mutants),
		cmocka_unit_test(test_big_params),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

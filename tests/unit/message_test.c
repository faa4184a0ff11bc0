/* Messages: where the header ends, its fields, their text, memory, size. */
#include "printable.h"

#include <squab/message.h>


static const struct {
	const char *name;
	sqb_str in;
	size_t body;	/* octets at the end of in */
	const char *subject, *from, *to;
} cases[] = {
	{ "usual", SQB_STR("From: a@b\r\nSubject: hi\r\n\r\nTo: no\r\n"), 8,
	  "hi", "a@b", "" },
	{ "LF", SQB_STR("From: a@b\nSubject: hi\n\nTo: no\n"), 7,
	  "hi", "a@b", "" },
	{ "CR", SQB_STR("From: a@b\rSubject: hi\r\rTo: no\r"), 7,
	  "hi", "a@b", "" },
	{ "CR, folded", SQB_STR("From: a@b\rSubject: hi\r you\r\rTo: no"), 6,
	  "hi you", "a@b", "" },
	{ "CRCRLF", SQB_STR("From: a@b\r\r\nSubject: hi\r\r\n\r\r\nTo: no"),
	  6, "hi", "a@b", "" },
	{ "mixed", SQB_STR("From: a@b\nSubject: hi\r\n\nTo: no"), 6,
	  "hi", "a@b", "" },
	{ "a lone CR later is no line end",
	  SQB_STR("From: a@b\r\nSubject: hi\rTo: x\r\n\r\n"), 0,
	  "hi To: x", "a@b", "" },
	{ "nothing", SQB_STR(""), 0, "", "", "" },
	{ "no header", SQB_STR("\r\nSubject: body\r\n"), 15, "", "", "" },
	{ "no body", SQB_STR("Subject: hi\r\n"), 0, "hi", "", "" },
	{ "no body, no line end", SQB_STR("Subject: hi"), 0, "hi", "", "" },
	{ "no body, CR", SQB_STR("Subject: hi\r"), 0, "hi", "", "" },
	{ "empty line only", SQB_STR("\n"), 0, "", "", "" },
	{ "letter case", SQB_STR("SUBJECT: hi\nfROM: x\n"), 0,
	  "hi", "x", "" },
	{ "first of two", SQB_STR("Subject: a\nSubject: b\n\n"), 0,
	  "a", "", "" },
	{ "space before the colon", SQB_STR("Subject \t : hi\n\n"), 0,
	  "hi", "", "" },
	{ "no space after it", SQB_STR("Subject:hi\n\n"), 0, "hi", "", "" },
	{ "empty", SQB_STR("Subject:\nTo:  \nFrom:\n \n\n"), 0,
	  "", "", "" },
	{ "no colon", SQB_STR("Subject: a\nbroken line\nTo: x\n\n"), 0,
	  "a", "", "x" },
	{ "folded line without colon",
	  SQB_STR("broken\n Subject: a\nTo: x\n\n"), 0, "", "", "x" },
	{ "first line folded", SQB_STR(" Subject: a\nTo: x\n\n"), 0,
	  "", "", "x" },
	{ "mbox line", SQB_STR("From a@b Mon Jan  1 00:00:00 2001\nTo: x\n\n"),
	  0, "", "", "x" },
	{ ">From line", SQB_STR(">From a@b 10:00\nTo: x\n\n"), 0,
	  "", "", "x" },
	{ "no name", SQB_STR(": a\nTo: x\n\n"), 0, "", "", "x" },
	{ "8-bit name", SQB_STR("T\xc3\xb6: a\nTo: x\n\n"), 0, "", "", "x" },
	{ "folded", SQB_STR("Subject: a\r\n b\r\n\tc\r\n\r\n"), 0,
	  "a b c", "", "" },
	{ "folded at once", SQB_STR("Subject:\r\n a\r\nTo:\r\n x\r\n\r\n"), 0,
	  "a", "", "x" },
	{ "folded with an empty line", SQB_STR("Subject: a\n \n b\nTo: x\n\n"),
	  0, "a  b", "", "x" },
	{ "folded between words",
	  SQB_STR("Subject: =?utf-8?Q?a?=\r\n =?utf-8?Q?b?=\r\n\r\n"), 0,
	  "ab", "", "" },
	{ "folded within a word", SQB_STR("Subject: =?utf-8?B?w7z\r\n"
	  " DvA==?=\r\n\r\n"), 0, "üü", "", "" },
	{ "NUL", SQB_STR("Subject: a\0b\nTo\0: y\nTo: x\n\n"), 0,
	  "ab", "", "x" },
	{ "controls", SQB_STR("Subject: a\tb\x1b[31m\x07\x7f" "c\n\n"), 0,
	  "a b[31mc", "", "" },
	{ "C1", SQB_STR("Subject: a\xc2\x9b" "31m\xc2\x85z\n\n"), 0,
	  "a31m z", "", "" },
	{ "bidi", SQB_STR("Subject: \xe2\x80\xae" "gpj.exe\xe2\x81\xa6\n\n"),
	  0, "gpj.exe", "", "" },
	{ "coded controls",
	  SQB_STR("Subject: =?utf-8?Q?a=0D=0ATo:_x=1B=00=E2=80=AEb?=\n\n"),
	  0, "a  To: xb", "", "" },
	{ "raw UTF-8", SQB_STR("Subject: \xe2\x9c\x93 \xf0\x9f\x90\xa6\n\n"),
	  0, "✓ 🐦", "", "" },
	{ "raw 8-bit", SQB_STR("Subject: caf\xe9 \x93x\x94\n\n"), 0,
	  "café “x”", "", "" },
	{ "trimmed", SQB_STR("Subject: \t a \t \n\n"), 0, "a", "", "" },
};

static void check(size_t i, const char *got, const char *want)
{
	if (strcmp(got, want) != 0)
		fail_msg("%s: got \"%s\", want \"%s\"", cases[i].name, got,
		    want);
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		sqb_str in = exact(cases[i].in);
		sqb_message *m = sqb_message_parse(in, NULL);

		if (sqb_message_header(m).len != in.len - cases[i].body)
			fail_msg("%s: header of %zu octets", cases[i].name,
			    sqb_message_header(m).len);
		assert_ptr_equal(sqb_message_header(m).ptr, in.ptr);
		assert_ptr_equal(sqb_message_bytes(m).ptr, in.ptr);
		assert_int_equal(sqb_message_bytes(m).len, in.len);
		check(i, sqb_message_subject(m), cases[i].subject);
		check(i, sqb_message_from(m), cases[i].from);
		check(i, sqb_message_to(m), cases[i].to);
		check(i, sqb_message_date(m), "");
		sqb_message_free(m);
		exact_free(in);
	}
	sqb_message_free(NULL);
}

/* Any order of asking; a second question gives the same pointer. */
static void test_nth(void **state)
{
	sqb_str in = exact((sqb_str)SQB_STR("Date: today\nX: 0\nY: 0\nx : 1\n"
	    "Y: 1\nX: 2\n\nX: 3\n"));
	sqb_message *m = sqb_message_parse(in, NULL);
	const char *first;

	(void)state;
	first = sqb_message_field(m, "X", 0);
	assert_string_equal(first, "0");
	assert_string_equal(sqb_message_field(m, "x", 1), "1");
	assert_string_equal(sqb_message_field(m, "X", 2), "2");
	assert_string_equal(sqb_message_field(m, "X", 3), "");
	assert_string_equal(sqb_message_field(m, "X", SIZE_MAX), "");
	assert_string_equal(sqb_message_field(m, "Y", 1), "1");
	assert_string_equal(sqb_message_field(m, "X", 1), "1");
	assert_string_equal(sqb_message_field(m, "Y", 0), "0");
	assert_string_equal(sqb_message_date(m), "today");
	assert_string_equal(sqb_message_field(m, "", 0), "");
	assert_ptr_equal(sqb_message_field(m, "X", 0), first);
	sqb_message_free(m);
	exact_free(in);
}

/* "" when the allocation that fails is in here; then it is asked again. */
static size_t ask_twice(sqb_message *m, const char *name, const char *want)
{
	const char *got = sqb_message_field(m, name, 0);
	bool failed = got[0] == '\0';

	if (failed)
		got = sqb_message_field(m, name, 0);
	assert_string_equal(got, want);
	return failed;
}

/* Each allocation fails in turn. */
static void test_no_memory(void **state)
{
	static const sqb_str text = SQB_STR("From: =?gbk?Q?=D6=D0?=\n x\n"
	    "Subject: a\n\n");
	size_t n_failed = 0;
	counting c;

	(void)state;
	for (size_t at = 1;; at++) {
		sqb_message *m;

		counting_init(&c, at);
		m = sqb_message_parse(text, &(sqb_message_options){
		    .size = sizeof(sqb_message_options),
		    .allocator = &c.allocator });
		if (m) {
			n_failed += ask_twice(m, "From", "中 x");
			n_failed += ask_twice(m, "Subject", "a");
		} else {
			assert_true(at <= 2);
		}
		sqb_message_free(m);
		assert_int_equal(c.n_out, 0);
		if (c.n_asked < at)
			break;
	}
	assert_true(n_failed >= 3);
}

/* 200,000 fields: those up to the limit are found, and no work is squared. */
static void test_many_fields(void **state)
{
	enum { N = 200000, LIMIT = 100000 };
	size_t len = 4 * N + 14, n = 0;
	char *text = malloc(len);
	sqb_message *m;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < N; i++)
		memcpy(text + 4 * i, "X:y\n", 4);
	memcpy(text + 4 * (LIMIT - 1), "S:z\n", 4);
	memcpy(text + 4 * N, "Subject: late\n", 14);
	m = sqb_message_parse((sqb_str){ text, len }, NULL);
	assert_int_equal(sqb_message_header(m).len, len);
	assert_string_equal(sqb_message_subject(m), "");
	assert_string_equal(sqb_message_from(m), "");
	assert_string_equal(sqb_message_to(m), "");
	assert_string_equal(sqb_message_date(m), "");
	assert_string_equal(sqb_message_field(m, "S", 0), "z");
	while (sqb_message_field(m, "X", n)[0] != '\0')
		n++;
	assert_int_equal(n, LIMIT - 1);
	sqb_message_free(m);
	free(text);
}

/* unit, again and again, as one Subject of about len octets */
static sqb_message *big_subject(sqb_str unit, size_t len, char **text)
{
	size_t n = len / unit.len;

	*text = malloc(8 + n * unit.len);
	assert_non_null(*text);
	memcpy(*text, "Subject:", 8);
	for (size_t i = 0; i < n; i++)
		memcpy(*text + 8 + i * unit.len, unit.ptr, unit.len);
	return sqb_message_parse((sqb_str){ *text, 8 + n * unit.len }, NULL);
}

/* A field of 5 MB in shapes that make others slow; ends soon or never. */
static void test_big_field(void **state)
{
	static const struct {
		sqb_str unit;
		size_t want;	/* octets of text */
	} units[] = {
		{ SQB_STR("x"), 5000000 },
		{ SQB_STR("=?"), 5000000 },
		{ SQB_STR("=?a?Q?"), 4999998 },
		{ SQB_STR("=?utf-8?Q?=41?= "), 312500 },
		{ SQB_STR("=?utf-8?Q?=41?=\n "), 294117 },
		{ SQB_STR("=?gbk?Q?=41?= =?big5?Q?=41?= "), 344826 },
		{ SQB_STR("\n "), 0 },
		{ SQB_STR(" "), 0 },
		{ SQB_STR("\xff"), 10000000 },
		{ SQB_STR("\x80"), 15000000 },
		{ SQB_STR("\x1b"), 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		char *text;
		sqb_message *m = big_subject(units[i].unit, 5000000, &text);

		assert_int_equal(strlen(sqb_message_subject(m)),
		    units[i].want);
		sqb_message_free(m);
		free(text);
	}
}

/* Of more than 10 MiB only those are read; past the arena it is "". */
static void test_field_limits(void **state)
{
	static const sqb_str x = SQB_STR("x"), euro = SQB_STR("\x80");
	char *text;
	sqb_message *m;

	(void)state;
	m = big_subject(x, 12 << 20, &text);
	assert_int_equal(strlen(sqb_message_subject(m)), 10 << 20);
	sqb_message_free(m);
	free(text);
	m = big_subject(euro, 11 << 20, &text);
	assert_int_equal(strlen(sqb_message_subject(m)), 30 << 20);
	sqb_message_free(m);
	free(text);
}

/* Whatever the bytes, what comes out can be printed. */
static void test_random(void **state)
{
	static const char *const bits[] = { "Subject:", "From :", "\n", "\r",
		"\r\n ", "=?utf-8?Q?", "=?big5?B?", "=?utf-7?Q?+2AA-", "?=",
		"=1B", "=C2=9B", "\x1b[", "\xe2\x80\xae", "4oCu", "\xff",
		"\xc2", "\x9b", " ", "a" };
	uint64_t seed = 3;

	(void)state;
	for (size_t round = 0; round < 3000; round++) {
		char text[600] = "Subject:";
		size_t len = 8;
		sqb_message *m;
		sqb_str in;

		for (size_t n = next_random(&seed) % 40; n > 0; n--) {
			const char *bit = bits[next_random(&seed) %
			    ARRAY_LEN(bits)];

			memcpy(text + len, bit, strlen(bit));
			len += strlen(bit);
			text[len++] = (char)next_random(&seed);
		}
		in = exact((sqb_str){ text, len });
		m = sqb_message_parse(in, NULL);
		assert_printable(sqb_message_subject(m));
		assert_printable(sqb_message_from(m));
		sqb_message_free(m);
		exact_free(in);
	}
}

static void test_field_at(void **state)
{
	sqb_message *m = sqb_message_parse((sqb_str)SQB_STR("A: =?utf-8?q?x?="
	    "\njunk\nb :\n y\n\nC: d\n"), NULL);
	sqb_field f;

	(void)state;
	assert_non_null(m);
	assert_true(sqb_part_field_at(m, 0, 0, &f));
	assert_true(sqb_str_eq(f.name, (sqb_str)SQB_STR("A")));
	assert_true(sqb_str_eq(f.raw, (sqb_str)SQB_STR(" =?utf-8?q?x?=")));
	assert_string_equal(f.text, "x");
	assert_true(sqb_part_field_at(m, 0, 1, &f));
	assert_true(sqb_str_eq(f.name, (sqb_str)SQB_STR("b")));
	assert_string_equal(f.text, "y");
	assert_false(sqb_part_field_at(m, 0, 2, &f));
	sqb_message_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_nth),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_many_fields),
		cmocka_unit_test(test_big_field),
		cmocka_unit_test(test_field_limits),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_field_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Header fields in octets that are no UTF-8, and how it is found what in. */
#include "exact.h"

#include <squab/json.h>

#include <stdio.h>

#define TYPE(charset) "Content-Type: text/plain; charset=" charset "\n\n"

/* "Встреча в понедельник утром", and "Да", in KOI8-R */
#define MEETING "\xf7\xd3\xd4\xd2\xc5\xde\xc1 \xd7 \xd0\xcf\xce\xc5\xc4\xc5" \
	"\xcc\xd8\xce\xc9\xcb \xd5\xd4\xd2\xcf\xcd"
#define YES "\xe4\xc1"
#define MEETING_8 "Встреча в понедельник утром"

static const struct {
	const char *name, *in, *subject, *from;
} cases[] = {
	{ "KOI8-R", "Subject: " MEETING "\nFrom: \xe9\xd7\xc1\xce "
	  "\xf0\xc5\xd4\xd2\xcf\xd7 <i@x.example>\n\n",
	  MEETING_8, "Иван Петров <i@x.example>" },
	{ "windows-1251", "Subject: \xd1\xf7\xb8\xf2 \xed\xe0 \xee\xef\xeb"
	  "\xe0\xf2\xf3\nFrom: \xc8\xe2\xe0\xed \xcf\xe5\xf2\xf0\xee\xe2 "
	  "<i@x.example>\n\n",
	  "Счёт на оплату", "Иван Петров <i@x.example>" },
	{ "GBK", "Subject: \xb9\xd8\xd3\xda\xcf\xc2\xd6\xdc\xbb\xe1\xd2\xe9"
	  "\xb5\xc4\xcd\xa8\xd6\xaa\nFrom: \xd5\xc5\xce\xb0 <z@x.example>\n\n",
	  "关于下周会议的通知", "张伟 <z@x.example>" },
	{ "GBK that is cut", "Subject: \xb9\xd8\xd3\xda\xcf\xc2\xd6\xdc\xbb"
	  "\xe1\xd2\xe9\xb5\xc4\xcd\xa8\xd6\nFrom: \xd5\xc5\xce\xb0 <z@x>\n\n",
	  "关于下周会议的通\xef\xbf\xbd", "张伟 <z@x>" },
	{ "Shift_JIS", "Subject: \x97\x88\x8fT\x82\xcc\x89\xef\x8b" "c\x82"
	  "\xcc\x82\xa8\x92m\x82\xe7\x82\xb9\nFrom: \x8eR\x93" "c\x91\xbe"
	  "\x98Y <y@x.example>\n\n",
	  "来週の会議のお知らせ", "山田太郎 <y@x.example>" },
	{ "Latin-1", "Subject: Best\xe4tigung f\xfcr Andr\xe9\nFrom: J\xfcrgen "
	  "M\xfcller <j@x.example>\n\n",
	  "Bestätigung für André", "Jürgen Müller <j@x.example>" },
	{ "by the others", "Subject: " MEETING "\nFrom: \xc4\xc1 <a@b>\n\n",
	  MEETING_8, "да <a@b>" },
	{ "GBK by the type", "Subject: \xd5\xc5\xce\xb0\nFrom: \xc4\xe3\xba"
	  "\xc3 <n@x>\nContent-Type: (c) text/plain;\n CHARSET=\"gb2312\"\n\n",
	  "张伟", "你好 <n@x>" },
	{ "KOI8-R by the type", "Subject: " YES "\n" TYPE("koi8-r"), "Да", "" },
	{ "Shift_JIS by the type", "Subject: \x8eR\x93" "c\n" TYPE("shift_jis"),
	  "山田", "" },
	{ "windows-1251 by the type", "Subject: \xc4\xe0\n"
	  TYPE("windows-1251"), "Да", "" },
	{ "Latin-1 by the type", "Subject: \xc5\n" TYPE("iso-8859-1"), "Å",
	  "" },
	{ "by RFC 2231", "Subject: " YES "\nContent-Type: text/plain; "
	  "charset*0=koi; charset*1=8-r\n\n", "Да", "" },
	{ "by the first part that says", "Subject: " YES "\nContent-Type: "
	  "multipart/mixed; boundary=b\n\n--b\n" TYPE("utf-8") "--b\n"
	  TYPE("koi8-r") "--b\n" TYPE("gbk") "--b--\n", "Да", "" },
	{ "not true", "Subject: caf\xe9 pris\n" TYPE("gb2312"), "café pris",
	  "" },
	{ "not true at its end", "Subject: caf\xe9\n" TYPE("gb2312"), "café",
	  "" },
	{ "unknown", "Subject: " MEETING "\n" TYPE("x-none"), MEETING_8, "" },
	{ "ASCII", "Subject: " MEETING "\n" TYPE("us-ascii"), MEETING_8, "" },
	{ "no UTF-8", "Subject: " MEETING "\n" TYPE("utf-8"), MEETING_8, "" },
	{ "UTF-7", "Subject: " MEETING "\n" TYPE("utf-7"), MEETING_8, "" },
	{ "UTF-16", "Subject: " MEETING "\n" TYPE("utf-16"), MEETING_8, "" },
	{ "ISO-2022", "Subject: " MEETING "\n" TYPE("iso-2022-jp"), MEETING_8,
	  "" },
	{ "HZ", "Subject: " MEETING "\n" TYPE("hz-gb-2312"), MEETING_8, "" },
	{ "UTF-8 comes first", "Subject: \xc3\xbc\nFrom: " YES " <a@b>\n"
	  TYPE("koi8-r"), "ü", "Да <a@b>" },
	{ "beside encoded words", "Subject: " YES " =?utf-8?Q?=C3=BC?= "
	  "=?x-none?Q?=E4?=\n" TYPE("koi8-r"), "Да üä", "" },
	{ "a mark of UTF-16", "Subject: x\nFrom:\xff\xfe" "a\n\n", "x",
	  "ÿþa" },
	{ "folded", "Subject: " YES "\r\n " YES "\r\nContent-Type: text/plain;"
	  "charset=koi8-r\r\n\r\n", "Да Да", "" },
};

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		sqb_str in = exact(sqb_str_of(cases[i].in));
		sqb_message *m = sqb_message_parse(in, NULL);

		assert_non_null(m);
		if (strcmp(sqb_message_subject(m), cases[i].subject) != 0 ||
		    strcmp(sqb_message_from(m), cases[i].from) != 0)
			fail_msg("%s: %s|%s", cases[i].name,
			    sqb_message_subject(m), sqb_message_from(m));
		sqb_message_free(m);
		exact_free(in);
	}
}

/* Cut anywhere: nothing is read that is not there. */
static void test_prefixes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		for (size_t n = 0; n < strlen(cases[i].in); n++) {
			sqb_str in = exact((sqb_str){ cases[i].in, n });
			sqb_message *m = sqb_message_parse(in, NULL);

			assert_non_null(m);
			sqb_message_from(m);
			sqb_message_subject(m);
			sqb_message_free(m);
			exact_free(in);
		}
}

/* Each part by what it says itself, then by what the message says. */
static void test_parts(void **state)
{
	static const char in[] = "Subject: " YES "\nContent-Type: "
	    "multipart/mixed; boundary=b\n\n"
	    "--b\n" "X: " YES "\n" TYPE("koi8-r")
	    "--b\n" "X: \xc4\xe0\nContent-Type: text/plain; charset=cp1251; "
	    "name=\"\xcd\xe5\xf2.txt\"\n\n"
	    "--b\nContent-Disposition: attachment; filename=\"" YES ".pdf\"\n"
	    "Content-Type: application/pdf\n\n"
	    "--b\nContent-Type: message/rfc822\n\nSubject: \xc4\xe0\n"
	    "Content-Type: multipart/mixed; boundary=c\n\n--c\n"
	    TYPE("windows-1251") "--c--\n--b--\n";
	sqb_message *m = sqb_message_parse(sqb_str_of(in), NULL);

	(void)state;
	assert_non_null(m);
	assert_string_equal(sqb_message_subject(m), "Да");
	assert_string_equal(sqb_part_field(m, 1, "X", 0), "Да");
	assert_string_equal(sqb_part_field(m, 2, "X", 0), "Да");
	assert_string_equal(sqb_part_name(m, 2), "Нет.txt");
	assert_string_equal(sqb_part_name(m, 3), "Да.pdf");
	assert_string_equal(sqb_part_field(m, 5, "Subject", 0), "Да");
	sqb_message_free(m);
}

static int take(void *ctx, sqb_str octets)
{
	sqb_str *room = ctx;

	if (octets.len >= room->len)
		return SQB_E_LIMIT;
	memcpy((char *)(uintptr_t)room->ptr, octets.ptr, octets.len);
	*room = (sqb_str){ room->ptr + octets.len, room->len - octets.len };
	return SQB_OK;
}

/* Names of addresses: of a message as its fields are, else by themselves. */
static void test_addresses(void **state)
{
	static const char in[] = "From: \"" YES "\" <a@b> (" YES ")\nSubject: "
	    YES "\n" TYPE("koi8-r");
	static const struct {
		const char *in, *name;
	} alone[] = {
		{ MEETING " <a@b>", MEETING_8 },
		{ "\"" MEETING "\" <a@b>", MEETING_8 },
		{ "J\xfcrgen M\xfcller <a@b>", "Jürgen Müller" },
		{ "\xb9\xd8\xd3\xda\xcf\xc2\xd6\xdc\xbb\xe1\xd2\xe9\xb5\xc4"
		  "\xcd\xa8 <a@b>", "关于下周会议的通" },
		{ "\xc3\xbc <a@b>", "ü" },
	};
	static char out[8192];
	sqb_str room = { out, sizeof(out) };
	sqb_message *m = sqb_message_parse(sqb_str_of(in), NULL);
	sqb_addresses *a;

	(void)state;
	assert_non_null(m);
	assert_int_equal(sqb_message_json(m, NULL, take, &room, NULL), SQB_OK);
	sqb_message_free(m);
	assert_non_null(strstr(out, "\"from\":[{\"name\":\"Да\""));
	assert_non_null(strstr(out, "\"subject\":\"Да\""));
	for (size_t i = 0; i < ARRAY_LEN(alone); i++) {
		assert_int_equal(sqb_addresses_parse(&a, sqb_str_of(
		    alone[i].in), NULL, NULL), SQB_OK);
		assert_int_equal(a->n_items, 1);
		assert_string_equal(a->items[0].name.ptr, alone[i].name);
		assert_string_equal(a->items[0].address.ptr, "a@b");
		sqb_addresses_free(a);
	}
}

/* As many fields as there may be, each asked for, in all of the ways. */
static void test_many(void **state)
{
	static const char *const ends[] = { "\n", TYPE("koi8-r"),
		TYPE("gb2312") };
	enum { N = 99999, LINE = 8 };
	char *in = malloc(N * LINE + 100);

	(void)state;
	assert_non_null(in);
	for (size_t i = 0; i < N; i++)
		memcpy(in + i * LINE, "X: " YES "ab\n", LINE);
	for (size_t k = 0; k < ARRAY_LEN(ends); k++) {
		sqb_message *m;

		strcpy(in + N * LINE, ends[k]);
		m = sqb_message_parse(sqb_str_of(in), NULL);
		assert_non_null(m);
		for (size_t i = 0; i < N; i++)
			if (sqb_message_field(m, "X", i)[0] == '\0')
				fail_msg("no field %zu", i);
		assert_string_equal(sqb_message_field(m, "X", N), "");
		sqb_message_free(m);
	}
	free(in);
}

/* Depths of parts, none of which says anything. */
static void test_deep(void **state)
{
	enum { DEPTH = 90, WIDE = 5000 };
	char *in = malloc(DEPTH * 80 + WIDE * 40), *p = in;
	sqb_message *m;

	(void)state;
	assert_non_null(in);
	for (int i = 0; i < DEPTH; i++)
		p += sprintf(p, "X: \xe4\xe5\nContent-Type: multipart/mixed;"
		    "boundary=b%d\n\n--b%d\n", i, i);
	for (int i = 0; i < WIDE; i++)
		p += sprintf(p, "X: \xe4\xe5\n\n\n--b%d\n", DEPTH - 1);
	m = sqb_message_parse(sqb_str_of(in), NULL);
	assert_non_null(m);
	assert_true(sqb_message_n_parts(m) > WIDE);
	for (size_t i = 0; i < sqb_message_n_parts(m); i++)
		sqb_part_field(m, i, "X", 0);
	sqb_message_free(m);
	free(in);
}

static void read_case(const sqb_allocator *a)
{
	for (size_t i = 0; i < 8; i++) {
		sqb_message *m = sqb_message_parse(sqb_str_of(cases[i].in),
		    &(sqb_message_options){
		    .size = sizeof(sqb_message_options), .allocator = a });
		const char *text = m ? sqb_message_subject(m) : "";

		if (text[0] != '\0')
			assert_string_equal(text, cases[i].subject);
		sqb_message_free(m);
	}
}

static void read_alone(const sqb_allocator *a)
{
	sqb_addresses_options o = { .size = sizeof(o), .allocator = a };
	sqb_addresses *list;

	if (sqb_addresses_parse(&list, sqb_str_of(MEETING " <a@b>"), &o,
	    NULL) != SQB_OK)
		return;
	assert_string_equal(list->items[0].name.ptr, MEETING_8);
	sqb_addresses_free(list);
}

static void test_no_memory(void **state)
{
	(void)state;
	assert_true(fail_each(read_case) > 20);
	assert_true(fail_each(read_alone) > 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Flat JSON objects: what is read, and all that is not. */
#include "cli/json_flat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* In exact-size copies, for the sanitizers; room is freed by the caller. */
static const char *read_line(sqb_str line, char **room, cli_json_object *o)
{
	char *exact = malloc(line.len ? line.len : 1);
	const char *wrong;

	*room = malloc(line.len ? line.len : 1);
	memcpy(exact, line.ptr, line.len);
	wrong = cli_json_read((sqb_str){ exact, line.len }, *room, o);
	free(exact);
	return wrong;
}

static void check_text(const char *in, sqb_str want)
{
	cli_json_object o;
	char *room;

	assert_null(read_line(sqb_str_of(in), &room, &o));
	assert_int_equal(o.n, 1);
	assert_true(o.members[0].is_text);
	assert_true(sqb_str_eq(o.members[0].name, sqb_str_of("a")));
	assert_int_equal(o.members[0].len, want.len);
	assert_memory_equal(o.members[0].text, want.ptr, want.len);
	free(room);
}

static void test_texts(void **state)
{
	static const struct {
		const char *in;
		sqb_str want;
	} cases[] = {
		{ "{\"a\":\"\"}", SQB_STR("") },
		{ " \t\r\n{ \"a\" : \"x y\" } ", SQB_STR("x y") },
		{ "{\"\\u0061\":\"x\"}", SQB_STR("x") },
		{ "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}",
		  SQB_STR("\"\\/\b\f\n\r\t") },
		{ "{\"a\":\"\\u0000\\u007f\\u0080\"}",
		  SQB_STR("\0\x7f\xc2\x80") },
		{ "{\"a\":\"\\u07FF\\u0800\\uffff\"}",
		  SQB_STR("\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf") },
		{ "{\"a\":\"\\ud83d\\uDE00\\udbff\\udfff\"}",
		  SQB_STR("\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf") },
		{ "{\"a\":\"\xc3\xa9\xf0\x9f\x98\x80\"}",
		  SQB_STR("\xc3\xa9\xf0\x9f\x98\x80") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		check_text(cases[i].in, cases[i].want);
}

static void test_numbers(void **state)
{
	static const sqb_str line =
	    SQB_STR("{\"a\":0,\"b\" : 18446744073709551615 ,\"c\":10}");
	cli_json_object o;
	char *room;

	(void)state;
	assert_null(read_line(line, &room, &o));
	assert_int_equal(o.n, 3);
	assert_false(o.members[0].is_text);
	assert_int_equal(o.members[0].number, 0);
	assert_true(o.members[1].number == UINT64_MAX);
	assert_int_equal(o.members[2].number, 10);
	free(room);
	assert_null(read_line((sqb_str){ "{}", 2 }, &room, &o));
	assert_int_equal(o.n, 0);
	free(room);
}

static void test_wrong(void **state)
{
	static const sqb_str cases[] = {
		SQB_STR(""), SQB_STR(" "), SQB_STR("x"), SQB_STR("[]"),
		SQB_STR("{}{}"), SQB_STR("{} x"), SQB_STR("{}\0"),
		SQB_STR("{,}"), SQB_STR("{\"a\":1,}"), SQB_STR("{a:1}"),
		SQB_STR("{'a':1}"), SQB_STR("{\"a\"}"), SQB_STR("{\"a\":}"),
		SQB_STR("{\"a\":1 \"b\":2}"), SQB_STR("{\"a\":1,\"a\":2}"),
		SQB_STR("{\"a\":1,\"\\u0061\":2}"), SQB_STR("{\"a\":-1}"),
		SQB_STR("{\"a\":1.0}"), SQB_STR("{\"a\":1e3}"),
		SQB_STR("{\"a\":01}"), SQB_STR("{\"a\":00}"),
		SQB_STR("{\"a\":+1}"), SQB_STR("{\"a\":0x1}"),
		SQB_STR("{\"a\":18446744073709551616}"),
		SQB_STR("{\"a\":99999999999999999999999999}"),
		SQB_STR("{\"a\":true}"), SQB_STR("{\"a\":null}"),
		SQB_STR("{\"a\":{}}"), SQB_STR("{\"a\":[1]}"),
		SQB_STR("{\"a\":NaN}"), SQB_STR("{\"a\":\"x\ny\"}"),
		SQB_STR("{\"a\":\"x\0y\"}"), SQB_STR("{\"a\":\"\\x41\"}"),
		SQB_STR("{\"a\":\"\\\0\"}"), SQB_STR("{\"a\":\"\\u12\"}"),
		SQB_STR("{\"a\":\"\\u123g\"}"), SQB_STR("{\"a\":\"\\u00\0 \"}"),
		SQB_STR("{\"a\":\"\\ud83d\"}"),
		SQB_STR("{\"a\":\"\\ud83dx\"}"),
		SQB_STR("{\"a\":\"\\ud83d\\n\"}"),
		SQB_STR("{\"a\":\"\\ud83d\\ud83d\"}"),
		SQB_STR("{\"a\":\"\\ude00\"}"), SQB_STR("{\"a\":\"\xff\"}"),
		SQB_STR("{\"a\":\"\xc0\x80\"}"),
		SQB_STR("{\"a\":\"\xed\xa0\x80\"}"),
		SQB_STR("\xef\xbb\xbf{\"a\":1}"), SQB_STR("{\"a\":1}\xff"),
		SQB_STR("// x\n{\"a\":1}"), SQB_STR("{\"a\":1 /* x */}"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		cli_json_object o;
		char *room;

		if (!read_line(cases[i], &room, &o))
			fail_msg("taken: %s", cases[i].ptr);
		free(room);
	}
}

/* Cut anywhere it is wrong, and nothing beyond the cut is looked at. */
static void test_every_cut(void **state)
{
	static const sqb_str line =
	    SQB_STR("{\"a\":\"\\ud83d\\ude00\\n\xc3\xa9\",\"bcd\":120}");

	(void)state;
	for (size_t cut = 0; cut <= line.len; cut++) {
		cli_json_object o;
		char *room;
		const char *wrong = read_line((sqb_str){ line.ptr, cut },
		    &room, &o);

		assert_true(!wrong == (cut == line.len));
		free(room);
	}
}

static void test_many_names(void **state)
{
	char line[1024] = "{";
	cli_json_object o;
	char *room;

	(void)state;
	for (int i = 0; i < CLI_JSON_MEMBERS; i++)
		snprintf(line + strlen(line), 32, "%s\"%d\":%d", i ? "," : "",
		    i, i);
	strcat(line, "}");
	assert_null(read_line(sqb_str_of(line), &room, &o));
	assert_int_equal(o.n, CLI_JSON_MEMBERS);
	free(room);
	strcpy(line + strlen(line) - 1, ",\"x\":1}");
	assert_non_null(read_line(sqb_str_of(line), &room, &o));
	free(room);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_many_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

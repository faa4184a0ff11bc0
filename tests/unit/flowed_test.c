/* format=flowed, RFC 3676. */
#include "exact.h"

#include "text/flowed.h"

static const struct {
	const char *name, *in;
	bool del_sp;
	const char *want;
} cases[] = {
	{ "nothing", "", false, "" },
	{ "fixed", "a\nb\n", false, "a\nb\n" },
	{ "no line end", "a", false, "a\n" },
	{ "flowed", "a \nb \nc\nd\n", false, "a b c\nd\n" },
	{ "CRLF", "a \r\nb\r\n", false, "a b\n" },
	{ "DelSp", "a \nb\n", true, "ab\n" },
	{ "DelSp, two blanks", "a  \nb\n", true, "a b\n" },
	{ "stuffed", " >a\n  b\n From x\n", false, ">a\n b\nFrom x\n" },
	{ "quoted", "> a \n> b\nc\n", false, "> a b\nc\n" },
	{ "deep", ">> a \n>>b\n> c\n", false, "> > a b\n> c\n" },
	{ "depth changes", "> a \nb\n", false, "> a \nb\n" },
	{ "signature", "a \n-- \nb\n", false, "a \n-- \nb\n" },
	{ "signature, DelSp", "a \n-- \nb \nc\n", true, "a\n-- \nbc\n" },
	{ "quoted signature", "> a \n> -- \n", false, "> a \n> -- \n" },
	{ "empty lines", "a\n\n \nb", false, "a\n\n\nb\n" },
	{ "ends flowed", "a ", false, "a \n" },
	{ "only quotes", ">>>", false, "> > > \n" },
};

static void run(sqb_str in, bool del_sp, sqb__buf *out)
{
	sqb_str copy = exact(in);

	sqb__buf_init(out, sqb_allocator_default(), SIZE_MAX / 4);
	sqb__flowed_text(copy, del_sp, out);
	assert_false(out->failed);
	exact_free(copy);
}

static void test_cases(void **state)
{
	sqb__buf out;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		run(sqb_str_of(cases[i].in), cases[i].del_sp, &out);
		if (!sqb_str_eq(sqb__buf_str(&out), sqb_str_of(cases[i].want)))
			fail_msg("%s: \"%.*s\"", cases[i].name, (int)out.end,
			    out.data);
		sqb__buf_clear(&out);
	}
}

static void test_growth(void **state)
{
	static char in[64 * 1024];
	sqb__buf out;

	(void)state;
	memset(in, '>', sizeof(in));
	for (size_t i = 1; i < 4; i++) {
		for (size_t k = i; k < sizeof(in); k += i + 1)
			in[k] = '\n';
		run((sqb_str){ in, sizeof(in) }, false, &out);
		assert_true(sqb__buf_len(&out) <= 4 * sizeof(in));
		sqb__buf_clear(&out);
		memset(in, '>', sizeof(in));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_growth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* How a text begins. */
#include "exact.h"

#include "text/preview.h"

static const struct {
	const char *in;
	size_t max;
	const char *want;
} cases[] = {
	{ "", 10, "" }, { "  \n\t\r\n", 10, "" }, { "a", 0, "" },
	{ "Hello,\n\n  you \t there\n", 99, "Hello, you there" },
	{ "Hello", 3, "Hel" }, { "Hello you", 5, "Hello" },
	{ "Hello you", 6, "Hello" }, { "Hello you", 7, "Hello y" },
	{ "\xc3\xa4\xc3\xb6\xc3\xbc", 2, "\xc3\xa4\xc3\xb6" },
	{ "> quoted\n> more\nAnswer\n", 99, "Answer" },
	{ "------\nText\n======\n", 99, "Text" },
	{ "> only\n> quoted\n", 99, "> only > quoted" },
	{ "--\n", 99, "--" }, { "-a-\n", 99, "-a-" },
};

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		sqb_str in = exact(sqb_str_of(cases[i].in));
		sqb__buf out;

		sqb__buf_init(&out, sqb_allocator_default(), SIZE_MAX / 4);
		sqb__preview(in, cases[i].max, &out);
		if (!sqb_str_eq(sqb__buf_str(&out), sqb_str_of(cases[i].want)))
			fail_msg("%zu: \"%.*s\"", i, (int)out.end, out.data);
		sqb__buf_clear(&out);
		exact_free(in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

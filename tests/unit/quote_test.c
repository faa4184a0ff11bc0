/* Quoting, as text and as html. */
#include "exact.h"

#include "base/utf8.h"
#include "text/quote.h"

#define TEN "123456789 "

static const struct {
	sqb_str in;
	const char *text, *html;
} cases[] = {
	{ SQB_STR(""), "", "<q></q>" },
	{ SQB_STR("\n \n"), "", "<q></q>" },
	{ SQB_STR("a"), "> a\n", "<q>a<br>\n</q>" },
	{ SQB_STR("a\r\nb\n\n"), "> a\n> b\n", "<q>a<br>\nb<br>\n</q>" },
	{ SQB_STR("a\n\nb"), "> a\n>\n> b\n",
	  "<q>a<br>\n<br>\nb<br>\n</q>" },
	{ SQB_STR("x\n> y\n>> z\n> > > d\n>\nw"),
	  "> x\n> > y\n> > > z\n> > > > d\n> >\n> w\n",
	  "<q>x<br>\n<q>y<br>\n<q>z<br>\n<q>d<br>\n</q></q><br>\n</q>"
	  "w<br>\n</q>" },
	{ SQB_STR("a  b\n  c\td"), "> a  b\n>   c\td\n",
	  "<q>a &nbsp;b<br>\n&nbsp;&nbsp;c d<br>\n</q>" },
	{ SQB_STR("<b>&\"</blockquote>"), "> <b>&\"</blockquote>\n",
	  "<q>&lt;b&gt;&amp;&quot;&lt;/blockquote&gt;<br>\n</q>" },
	{ SQB_STR(TEN TEN TEN TEN TEN TEN TEN "123456"),
	  "> " TEN TEN TEN TEN TEN TEN TEN "123456\n", NULL },
	{ SQB_STR(TEN TEN TEN TEN TEN TEN TEN "1234567"),
	  "> " TEN TEN TEN TEN TEN TEN "123456789\n> 1234567\n", NULL },
	{ SQB_STR("> " TEN TEN TEN TEN TEN TEN TEN "   1234567"),
	  "> > " TEN TEN TEN TEN TEN TEN "123456789\n> > 1234567\n", NULL },
	{ SQB_STR("\xc3\xa4 \xc3\xa4 " TEN TEN TEN TEN TEN TEN TEN "12"),
	  "> \xc3\xa4 \xc3\xa4 " TEN TEN TEN TEN TEN TEN TEN "12\n", NULL },
};

/* <q> stands for the whole tag in the cases, and takes its line end. */
static void shorten(char *html)
{
	static const char *const tags[][2] = {
		{ "<blockquote type=\"cite\">\n", "<q>" },
		{ "</blockquote>\n", "</q>" } };
	char *at;

	for (size_t i = 0; i < ARRAY_LEN(tags); i++)
		while ((at = strstr(html, tags[i][0])) != NULL) {
			size_t n = strlen(tags[i][1]);
			const char *rest = at + strlen(tags[i][0]);

			memcpy(at, tags[i][1], n);
			memmove(at + n, rest, strlen(rest) + 1);
		}
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		sqb_str in = exact(cases[i].in);
		sqb__buf out;

		sqb__buf_init(&out, sqb_allocator_default(), 10000);
		sqb__quote_text(in, &out);
		sqb__buf_add_char(&out, '\0');
		assert_string_equal(out.data, cases[i].text);
		sqb__buf_reset(&out);
		sqb__quote_html(in, 1, &out);
		sqb__buf_add_char(&out, '\0');
		shorten(out.data);
		if (cases[i].html)
			assert_string_equal(out.data, cases[i].html);
		sqb__buf_clear(&out);
		exact_free(in);
	}
}

/* What is quoted again and again stays small, and what it was. */
static void test_deep(void **state)
{
	enum { LEN = 1000000 };
	char *deep = malloc(LEN);
	sqb__buf out;

	(void)state;
	assert_non_null(deep);
	for (size_t i = 0; i < LEN; i++)
		deep[i] = i % 3 == 0 ? '>' : i % 3 == 1 ? ' ' : 'a';
	sqb__buf_init(&out, sqb_allocator_default(), 4 * LEN);
	sqb__quote_text((sqb_str){ deep, LEN }, &out);
	assert_false(out.failed);
	sqb__buf_reset(&out);
	memset(deep, '>', LEN);
	sqb__quote_text((sqb_str){ deep, LEN }, &out);
	sqb__quote_html((sqb_str){ deep, LEN / 10 }, 1, &out);
	assert_false(out.failed);
	assert_memory_equal(out.data, "> > > ", 6);
	sqb__buf_clear(&out);
	free(deep);
}

/* Random text: lines of at most 78 columns where there are blanks. */
static void test_random(void **state)
{
	static const char *const words[] = { "a", "bcd ", " ", "> ", ">", "\n",
	    "\xc3\xa4\xe2\x82\xac", "longer-word-of-it ", "\r\n", "<b>" };
	uint64_t seed = 5322;
	sqb__buf in, out;

	(void)state;
	sqb__buf_init(&in, sqb_allocator_default(), 100000);
	sqb__buf_init(&out, sqb_allocator_default(), 1000000);
	for (size_t n = 0; n < 2000; n++) {
		sqb_str all, line;

		sqb__buf_reset(&in);
		sqb__buf_reset(&out);
		for (size_t i = next_random(&seed) % 200; i > 0; i--)
			sqb__buf_add_c(&in, words[next_random(&seed) %
			    ARRAY_LEN(words)]);
		sqb__quote_text(sqb__buf_str(&in), &out);
		assert_true(sqb__utf8_valid(sqb__buf_str(&out)));
		for (all = sqb__buf_str(&out); all.len > 0;) {
			const char *lf = memchr(all.ptr, '\n', all.len);

			assert_non_null(lf);
			line = (sqb_str){ all.ptr, (size_t)(lf - all.ptr) };
			assert_true(line.len > 0 && line.ptr[0] == '>');
			all.ptr += line.len + 1;
			all.len -= line.len + 1;
		}
	}
	sqb__buf_clear(&in);
	sqb__buf_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

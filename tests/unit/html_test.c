/* HTML to text: what is shown, how it is laid out, what is broken. */
#include "printable.h"

#include "text/html.h"
#include "text/html_reference.h"

#include <stdio.h>

static const struct {
	const char *name, *in, *want;
} cases[] = {
	{ "nothing", "", "" },
	{ "blanks", " \n\t ", "" },
	{ "text", "a  b\n\tc ", "a b c\n" },
	{ "inline", "a<b>b</b> <i>c</i>", "ab c\n" },
	{ "blocks", "<div>a</div><div>b</div>c", "a\nb\nc\n" },
	{ "paragraphs", "<p>a<p>b</p><p>c", "a\n\nb\n\nc\n" },
	{ "no empty lines but one", "<div><p>a</p></div><div><p></p></div><p>b",
	  "a\n\nb\n" },
	{ "br", "a<br>b<br/><br />c<BR>", "a\nb\n\nc\n" },
	{ "br at the end of a block", "<div>a<br></div><div>b</div>",
	  "a\nb\n" },
	{ "heading", "a<h1>b</h1>c", "a\n\nb\n\nc\n" },
	{ "hr", "a<hr>b", "a\n\n----\n\nb\n" },
	{ "ul", "<ul><li>a</li><li>b</ul>c", "- a\n- b\n\nc\n" },
	{ "ol", "<ol><li>a<li>b</ol>", "1. a\n2. b\n" },
	{ "ol start", "<ol start=9><li>a<li>b</ol>", "9. a\n10. b\n" },
	{ "nested", "<ul><li>a<ul><li>b</ul><li>c</ul>",
	  "- a\n  - b\n- c\n" },
	{ "item on two lines", "<ul><li>a<br>b</ul>", "- a\n  b\n" },
	{ "empty item", "<ul><li></ul>a", "a\n" },
	{ "quote", "<blockquote>a<p>b</blockquote>c",
	  "> a\n>\n> b\n\nc\n" },
	{ "quote in quote", "<blockquote>a<blockquote>b</blockquote>"
	  "</blockquote>", "> a\n>\n> > b\n" },
	{ "row", "<table><tr><td>a<td>b<tr><td>c</td><td>d</table>e",
	  "a  b\nc  d\ne\n" },
	{ "pre", "<pre>a\n  b\tc</pre>", "a\n  b c\n" },
	{ "link", "<a href='http://x/y'>a</a>b", "a <http://x/y>b\n" },
	{ "link that is told", "<a href=\"https://x.org/\">x.org</a>",
	  "x.org\n" },
	{ "mail", "<a href=mailto:a@b>a@b</a> <a href=mailto:a@b>me</a>",
	  "a@b me <mailto:a@b>\n" },
	{ "other link", "<a href='javascript:x'>a</a><a href='#y'>b</a>",
	  "ab\n" },
	{ "link with references", "<a href='http://x/?a=1&amp;b&copy=2'>a",
	  "a <http://x/?a=1&b&copy=2>\n" },
	{ "link that is not closed", "<a href=http://x>a<a href=http://y>b",
	  "a <http://x>b <http://y>\n" },
	{ "empty link", "<a href=http://x></a>b", "b\n" },
	{ "image", "<img alt='a&amp;b'><img alt=''><img>", "[a&b]\n" },
	{ "references", "&lt;&eacute;&#233;&#xE9;&amp;amp;&eacute",
	  "<\xc3\xa9\xc3\xa9\xc3\xa9&amp;\xc3\xa9\n" },
	{ "style", "<style>a<b></style>b<script>'<p>'</script>c", "bc\n" },
	{ "style without end", "a<style>b", "a\n" },
	{ "title", "<head><title>a</title></head>b", "b\n" },
	{ "comment", "a<!-- <p> -- > x -->b<!>c<!-->d<?x y>e", "abcde\n" },
	{ "comment without end", "a<!-- b", "a\n" },
	{ "conditional", "a<!--[if mso]>b<![endif]-->c<![if !mso]>d<![endif]>",
	  "acd\n" },
	{ "display", "<div style='color:red; Display : none'>a<p>b</p></div>c",
	  "c\n" },
	{ "important", "<p style='display:none!important'>a</p>c", "c\n" },
	{ "font size", "<b style=font-size:0px>a</b><b style=font-size:0.9em>b",
	  "b\n" },
	{ "hidden", "<span hidden>a<span>b</span>c</span>d", "d\n" },
	{ "hidden is not inherited up", "<div><b hidden>a</b></div>b", "b\n" },
	{ "fillers", "a&zwnj;&#8204;&#847;\xc2\xad" "b&nbsp;&nbsp;c",
	  "ab c\n" },
	{ "controls", "a\x01\x1b[1mb\xe2\x80\xae" "c&#27;d", "a[1mbcd\n" },
	{ "not UTF-8", "a\xff" "b", "a\xef\xbf\xbd" "b\n" },
	{ "less than", "a < b <3 <", "a < b <3 <\n" },
	{ "tag without end", "a<b c", "a\n" },
	{ "greater in quotes", "a<b x='>'>c", "ac\n" },
	{ "end without start", "a</div>b</p>c", "abc\n" },
	{ "wrong order", "<b><i>a</b>b</i>c", "abc\n" },
	{ "letter case", "<DIV>a</DIV><P>b", "a\n\nb\n" },
	{ "unknown", "<o:p>a</o:p><averyverylongname>b", "ab\n" },
};

static void check(const char *name, sqb_str in, const char *want)
{
	sqb_str copy = exact(in), s;
	sqb__buf out;

	sqb__buf_init(&out, sqb_allocator_default(), SIZE_MAX / 4);
	sqb__html_text(copy, &out);
	s = sqb__buf_str(&out);
	assert_false(out.failed);
	assert_true(s.len <= 16 * in.len);
	assert_printable_str(s, true);
	if (want && !sqb_str_eq(s, sqb_str_of(want)))
		fail_msg("%s: \"%.*s\"", name, (int)s.len, s.ptr);
	sqb__buf_clear(&out);
	exact_free(copy);
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		sqb_str in = sqb_str_of(cases[i].in);

		check(cases[i].name, in, cases[i].want);
		for (size_t n = 0; n < in.len; n++)
			check(cases[i].name, (sqb_str){ in.ptr, n }, NULL);
	}
}

/* The same piece many times over: no stack, no time, no more text. */
static void test_hostile(void **state)
{
	static const char *const pieces[] = { "<", "<a ", "<!", "<!--", "&",
		"&#", "<blockquote>", "<ul><li>", "<table><tr><td>", "</x>",
		"<div hidden>", "<a href=http://x>y", "<p>x", "<br>x",
		"<x y='", "<pre>\n", "<b>", "<style>", "\xe2\x80",
		"<ol><li>x" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		size_t len = strlen(pieces[i]), n = 20000;
		char *in = malloc(len * n);

		assert_non_null(in);
		for (size_t k = 0; k < n; k++)
			memcpy(in + k * len, pieces[i], len);
		check(pieces[i], (sqb_str){ in, len * n }, NULL);
		free(in);
	}
}

static const struct {
	const char *in, *want, *in_attribute;
	size_t len;
} references[] = {
	{ "&amp;x", "&", "&", 5 }, { "&ampx", "&", "", 4 },
	{ "&notin;", "\xe2\x88\x89", "\xe2\x88\x89", 7 },
	{ "&notit;", "\xc2\xac", "", 4 }, { "&AElig", "\xc3\x86", "", 6 },
	{ "&zwnj;", "\xe2\x80\x8c", "\xe2\x80\x8c", 6 },
	{ "&nosuch;", "", "", 0 }, { "&;", "", "", 0 }, { "&", "", "", 0 },
	{ "&#128;", "\xe2\x82\xac", "\xe2\x82\xac", 6 },
	{ "&#x41g", "A", "A", 5 }, { "&#65", "A", "A", 4 },
	{ "&#;", "", "", 0 }, { "&#x;", "", "", 0 },
	{ "&#0;", "\xef\xbf\xbd", "\xef\xbf\xbd", 4 },
	{ "&#xd800;", "\xef\xbf\xbd", "\xef\xbf\xbd", 8 },
	{ "&#99999999999999999999;", "\xef\xbf\xbd", "\xef\xbf\xbd", 23 },
	{ "&CounterClockwiseContourIntegral;", "\xe2\x88\xb3", "\xe2\x88\xb3",
	  33 },
	{ "&acE;", "\xe2\x88\xbe\xcc\xb3", "\xe2\x88\xbe\xcc\xb3", 5 },
	{ "&zscr;", "\xf0\x9d\x93\x8f", "\xf0\x9d\x93\x8f", 6 },
};

static void test_references(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(references); i++) {
		sqb_str in = exact(sqb_str_of(references[i].in));
		char out[SQB__HTML_REFERENCE] = "";

		assert_int_equal(sqb__html_reference(in, false, out),
		    references[i].len);
		assert_string_equal(out, references[i].want);
		out[0] = '\0';
		sqb__html_reference(in, true, out);
		assert_string_equal(out, references[i].in_attribute);
		exact_free(in);
	}
}

static const struct {
	const char *in, *want;
} charsets[] = {
	{ "", "" }, { "<meta charset=koi8-r>", "koi8-r" },
	{ "<META CharSet = \"utf-8\" />", "utf-8" },
	{ "<html><head><meta http-equiv='Content-Type' "
	  "content='text/html; charset=windows-1251'>", "windows-1251" },
	{ "<meta content='text/html;charset=big5;x'>", "big5" },
	{ "<!-- <meta charset=a> --><meta name=x><meta charset=b>", "b" },
	{ "<meta name=charset=x>", "" }, { "meta charset=x", "" },
	{ "<meta", "" }, { "<meta charset", "" }, { "<meta charset=", "" },
};

static void test_charset(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(charsets); i++) {
		sqb_str in = exact(sqb_str_of(charsets[i].in));
		sqb_str found = sqb__html_charset(in);

		assert_true(sqb_str_eq(found, sqb_str_of(charsets[i].want)));
		exact_free(in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_charset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* RTF: unpacked, read for its text, html taken out of it, and spoiled. */
#include "exact.h"

#include "text/codepage.h"
#include "text/lzfu.h"
#include "text/rtf.h"

#define HEAD "{\\rtf1\\ansi\\ansicpg1252"
#define HTML HEAD "\\fromhtml1 \\deff0{\\fonttbl{\\f0\\fswiss Arial;}" \
    "{\\f1\\fnil\\fcharset204 Arial;}{\\f2\\fcharset128 MS;}}" \
    "{\\colortbl;\\red0\\green0\\blue0;}{\\*\\generator x;}\\pard\\plain\\f0"

static const struct {
	const char *name, *in, *want;
	sqb__rtf_kind kind;
} cases[] = {
	{ "text", HEAD "\\pard Hi\\par you}", "Hi\nyou", SQB__RTF_RICH },
	{ "raw line ends", HEAD "a\r\nb}", "ab", SQB__RTF_RICH },
	{ "escapes", HEAD " a\\{\\}\\\\\\~b\\_c\\\nd}",
	  "a{}\\\xc2\xa0" "b\xe2\x80\x91" "c\nd", SQB__RTF_RICH },
	{ "characters", HEAD " \\'e4\\lquote\\rquote\\emdash\\tab x}",
	  "\xc3\xa4\xe2\x80\x98\xe2\x80\x99\xe2\x80\x94\tx", SQB__RTF_RICH },
	{ "unicode", HEAD " \\u228\\'e4b\\uc0\\u8364\\uc2\\u-10179??\\u-8704??"
	  "c}", "\xc3\xa4" "b\xe2\x82\xac\xf0\x9f\x98\x80" "c",
	  SQB__RTF_RICH },
	{ "half a character", HEAD " \\u-8704?\\u-10179?x}",
	  "\xef\xbf\xbd\xef\xbf\xbdx", SQB__RTF_RICH },
	{ "halves apart", HEAD " \\u-10179?a\\u-8704?\\u-10179?\\u228?"
	  "\\u-8704?\\u-10179?\\u-10179?\\u-8704?}",
	  "\xef\xbf\xbd" "a\xef\xbf\xbd\xef\xbf\xbd\xc3\xa4\xef\xbf\xbd"
	  "\xef\xbf\xbd\xf0\x9f\x98\x80", SQB__RTF_RICH },
	{ "fonts", HEAD "{\\fonttbl{\\f1\\fcharset204 A;}{\\f2\\fcharset128 B;"
	  "}}\\f1\\'cf{\\f2\\'82\\'a0}\\'cf\\plain\\'e4}",
	  "\xd0\x9f\xe3\x81\x82\xd0\x9f\xc3\xa4", SQB__RTF_RICH },
	{ "hidden", HEAD "{\\info{\\title T}}{\\*\\x y}{\\pict 0a}{\\stylesheet"
	  " z}{\\field{\\*\\fldinst HYPERLINK \"h\"}{\\fldrslt link}}}",
	  "link", SQB__RTF_RICH },
	{ "binary", HEAD "{\\pict\\bin4 }}}}}x}", "x", SQB__RTF_RICH },
	{ "binary, too long", HEAD " x\\bin99999999 }}", "x", SQB__RTF_RICH },
	{ "from text", HEAD "\\fromtext\\pard a\\par}", "a\n",
	  SQB__RTF_TEXT },
	{ "html", HTML "\\htmlrtf x\\htmlrtf0 {\\*\\htmltag64 <p>}a\\htmlrtf "
	  "\\par\\htmlrtf0 {\\*\\htmltag84 &lt;}\\htmlrtf <\\htmlrtf0 "
	  "{\\*\\mhtmltag84 no}b{\\*\\htmltag72 </p>\\par}}",
	  "<p>a&lt;b</p>\n", SQB__RTF_HTML },
	{ "html in fonts", HTML " \\'e4{\\f1 \\'cf}{\\f2\\'82\\'a0}}",
	  "\xc3\xa4\xd0\x9f\xe3\x81\x82", SQB__RTF_HTML },
	{ "html too late", HEAD " x\\fromhtml1{\\*\\htmltag <b>}}", "x",
	  SQB__RTF_RICH },
	{ "not html", HEAD "\\fromhtml0 x}", "x", SQB__RTF_RICH },
	{ "no end", HEAD "{{a\\", "a", SQB__RTF_RICH },
	{ "too many ends", HEAD "a}}}b", "ab", SQB__RTF_RICH },
	{ "a long word", HEAD "\\aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "b1 c}", "c", SQB__RTF_RICH },
	{ "no RTF", "{\\rt", "", SQB__RTF_NONE },
	{ "nothing", "", "", SQB__RTF_NONE },
};

static sqb__rtf_kind read_rtf(sqb_str rtf, sqb__buf *out)
{
	sqb__decoders d = { .open = 0 };
	sqb_str in = exact(rtf);
	sqb__rtf_kind kind = sqb__rtf_read(in, &d, out);

	sqb__decoders_clear(&d);
	exact_free(in);
	return kind;
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		sqb__buf out;

		sqb__buf_init(&out, sqb_allocator_default(), 1 << 20);
		assert_int_equal(read_rtf(sqb_str_of(cases[i].in), &out),
		    cases[i].kind);
		if (!sqb_str_eq(sqb__buf_str(&out),
		    sqb_str_of(cases[i].want)))
			fail_msg("%s: %.*s", cases[i].name,
			    (int)sqb__buf_len(&out),
			    out.data ? out.data : "");
		sqb__buf_clear(&out);
	}
}

/* Cut and spoiled, it makes no more than three octets of one. */
static void test_spoiled(void **state)
{
	uint64_t seed = 1;
	sqb__buf out;

	(void)state;
	sqb__buf_init(&out, sqb_allocator_default(), 1 << 20);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t n = strlen(cases[i].in);
		char *in = malloc(n + 1);

		assert_non_null(in);
		for (size_t k = 0; k <= 3 * n; k++) {
			memcpy(in, cases[i].in, n + 1);
			if (k > n)
				in[next_random(&seed) % n] =
				    "\\{}'*u1\xff"[next_random(&seed) % 8];
			sqb__buf_reset(&out);
			read_rtf((sqb_str){ in, k > n ? n : k }, &out);
			assert_true(out.end <= 3 * n);
			assert_false(out.failed);
		}
		free(in);
	}
	sqb__buf_clear(&out);
}

/* Groups beyond all measure: the stack does not grow with them. */
static void test_deep(void **state)
{
	enum { DEPTH = 100000 };
	sqb_str head = SQB_STR(HEAD);
	char *in = malloc(head.len + 2 * DEPTH + 2);
	sqb__buf out;

	(void)state;
	assert_non_null(in);
	memcpy(in, head.ptr, head.len);
	memset(in + head.len, '{', DEPTH);
	memset(in + head.len + DEPTH, '}', DEPTH);
	memcpy(in + head.len + 2 * DEPTH, "x}", 2);
	sqb__buf_init(&out, sqb_allocator_default(), 1 << 20);
	read_rtf((sqb_str){ in, head.len + 2 * DEPTH + 2 }, &out);
	assert_true(sqb_str_eq(sqb__buf_str(&out), (sqb_str)SQB_STR("x")));
	sqb__buf_clear(&out);
	free(in);
}

static void test_memory(void **state)
{
	(void)state;
	for (size_t fail_at = 1;; fail_at++) {
		counting c;
		sqb__buf out;
		bool failed;

		counting_init(&c, fail_at);
		sqb__buf_init(&out, &c.allocator, 1 << 20);
		read_rtf((sqb_str)SQB_STR(HTML " a\\f1 b}"), &out);
		failed = out.failed;
		sqb__buf_clear(&out);
		assert_int_equal(c.n_out, 0);
		assert_int_equal(failed, c.n_asked >= fail_at);
		if (!failed)
			return;
	}
}

#define PACK(size, raw, kind) size "\0\0\0" raw "\0\0\0" kind "\0\0\0\0"

/* The first two: [MS-OXRTFCP], section 4.1. */
static const struct {
	const char *name;
	sqb_str in, want;
} packed[] = {
	{ "no repetition", SQB_STR("\x2d\0\0\0\x2b\0\0\0LZFu\xf1\xc5\xc7\xa7"
	  "\x03\0\x0a\0rcpg125B2\x0a\xf3 hel\x09\0 bw\x05\xb0ld}\x0a\x80"
	  "\x0f\xa0"),
	  SQB_STR("{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n") },
	{ "repetition", SQB_STR("\x1a\0\0\0\x1c\0\0\0LZFu\xe2\xd4\x4b\x51"
	  "\x41\0\x04\x20WXYZ\x0dn}\x01\x0e\xb0"),
	  SQB_STR("{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}") },
	{ "less is promised", SQB_STR("\x1a\0\0\0\x08\0\0\0LZFu\0\0\0\0"
	  "\x41\0\x04\x20WXYZ\x0dn}\x01\x0e\xb0"), SQB_STR("{\\rtf1 W") },
	{ "far more is promised", SQB_STR("\x1a\0\0\0\xff\xff\xff\xffLZFu\0\0"
	  "\0\0\0ab"), SQB_STR("ab") },
	{ "a copy of what never was", SQB_STR("\x1a\0\0\0\x08\0\0\0LZFu\0\0\0"
	  "\0\x02" "a\x7f\xf0"), SQB_STR("a") },
	{ "not packed", SQB_STR(PACK("\x10", "\2", "MELA") "abc"),
	  SQB_STR("ab") },
	{ "empty", SQB_STR(PACK("\x10", "\2", "LZFu")), SQB_STR("") },
};

static void test_packed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(packed); i++) {
		sqb_str in = exact(packed[i].in);
		sqb__buf out;

		sqb__buf_init(&out, sqb_allocator_default(), 1 << 20);
		assert_true(sqb__lzfu_open(in, &out));
		if (!sqb_str_eq(sqb__buf_str(&out), packed[i].want))
			fail_msg("%s: %.*s", packed[i].name,
			    (int)sqb__buf_len(&out),
			    out.data ? out.data : "");
		exact_free(in);
		sqb__buf_clear(&out);
	}
}

static void test_packed_spoiled(void **state)
{
	uint64_t seed = 2;

	(void)state;
	for (int round = 0; round < 5000; round++) {
		sqb_str from = packed[round % 2].in, in;
		sqb__buf out;

		from.len = next_random(&seed) % (from.len + 1);
		in = exact(from);
		for (int k = 0; k < 3 && in.len > 0; k++)
			((char *)(uintptr_t)in.ptr)[next_random(&seed) %
			    in.len] = (char)next_random(&seed);
		sqb__buf_init(&out, sqb_allocator_default(), 1 << 20);
		sqb__lzfu_open(in, &out);
		assert_true(out.end <= SQB__LZFU_RATIO * in.len);
		sqb__buf_clear(&out);
		exact_free(in);
	}
}

static void test_codepages(void **state)
{
	static const struct {
		uint32_t number;
		const char *want;
	} pages[] = {
		{ 1252, "windows-1252" }, { 1251, "windows-1251" },
		{ 932, "shift_jis" }, { 65001, "utf-8" },
		{ 28592, "iso-8859-2" }, { 20866, "koi8-r" },
		{ 1200, "utf-16le" }, { 0, "unknown" },
		{ UINT32_MAX, "unknown" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pages); i++)
		assert_string_equal(sqb__charset_name(
		    sqb__codepage_charset(pages[i].number)), pages[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_spoiled),
		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_packed),
		cmocka_unit_test(test_packed_spoiled),
		cmocka_unit_test(test_codepages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

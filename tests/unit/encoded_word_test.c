/* Encoded words: the ones of RFC 2047 and the ones that mail has. */
#include "exact.h"

#include "base/utf8.h"
#include "text/encoded_word.h"

static const struct {
	const char *name;
	sqb_str in;
	const char *want;
} cases[] = {
	{ "no word", SQB_STR("plain = text?"), "plain = text?" },
	{ "empty", SQB_STR(""), "" },
	{ "Q", SQB_STR("=?ISO-8859-1?Q?Andr=E9?= Pirard"), "André Pirard" },
	{ "B", SQB_STR("=?utf-8?B?R3LDvMOfZQ==?="), "Grüße" },
	{ "lower case", SQB_STR("=?utf-8?q?=c3=bc?= =?utf-8?b?w7w=?="),
	  "üü" },
	{ "underscore", SQB_STR("=?utf-8?Q?a_b=5Fc?="), "a b_c" },
	/* RFC 2047, section 8 */
	{ "in comment", SQB_STR("(=?ISO-8859-1?Q?a?=)"), "(a)" },
	{ "word and text", SQB_STR("(=?ISO-8859-1?Q?a?= b)"), "(a b)" },
	{ "adjacent", SQB_STR("(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)"),
	  "(ab)" },
	{ "two spaces", SQB_STR("(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)"),
	  "(ab)" },
	{ "coded space", SQB_STR("(=?ISO-8859-1?Q?a_b?=)"), "(a b)" },
	{ "two charsets", SQB_STR("(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)"),
	  "(a b)" },
	{ "language", SQB_STR("=?US-ASCII*EN?Q?Keith_Moore?="),
	  "Keith Moore" },
	{ "language keeps charset", SQB_STR("=?iso-8859-2*cs?Q?=B9?="), "š" },
	{ "language alone", SQB_STR("=?*en?Q?=C3=BC?="), "ü" },
	/* characters in two words */
	{ "split, Q", SQB_STR("=?utf-8?Q?Gr=C3?= =?utf-8?Q?=BC=C3=9Fe?="),
	  "Grüße" },
	{ "split, B", SQB_STR("=?utf-8?B?R3LD?= =?UTF-8?B?vMOfZQ==?="),
	  "Grüße" },
	{ "split, Q and B", SQB_STR("=?utf8?Q?Gr=C3?= =?utf-8?B?vMOfZQ==?="),
	  "Grüße" },
	{ "split, GBK", SQB_STR("=?gb2312?B?1tA=?= =?gbk?Q?=CE?= "
	  "=?gb2312?Q?=C4?="), "中文" },
	{ "split, no blank", SQB_STR("=?utf-8?Q?=C3?==?utf-8?Q?=BC?="), "ü" },
	{ "split by text", SQB_STR("=?utf-8?Q?=C3?= x =?utf-8?Q?=BC?="),
	  "\ufffd x \ufffd" },
	{ "split by charset", SQB_STR("=?utf-8?Q?=C3?= =?cp1252?Q?=BC?="),
	  "\ufffd¼" },
	{ "ISO-2022-JP", SQB_STR("=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?= "
	  "=?ISO-2022-JP?B?GyRCOGwbKEI=?= a"), "日本語 a" },
	{ "state ends with the words", SQB_STR("=?ISO-2022-JP?B?GyRCRnw=?= "
	  "x =?ISO-2022-JP?Q?y?="), "日 x y" },
	/* where no word should be */
	{ "glued before", SQB_STR("Re:=?utf-8?Q?=C3=BC?="), "Re:ü" },
	{ "glued after", SQB_STR("=?utf-8?Q?=C3=BC?=ber uns"), "über uns" },
	{ "glued both", SQB_STR("a=?utf-8?Q?b?=c"), "abc" },
	{ "glued words", SQB_STR("=?utf-8?B?YQ==?==?utf-8?B?Yg==?="), "ab" },
	{ "in quotes", SQB_STR("\"=?utf-8?Q?J=C3=BC?= x\" <a@b.example>"),
	  "\"Jü x\" <a@b.example>" },
	/* what should not be in a word */
	{ "blanks in Q", SQB_STR("=?utf-8?Q?a b c?="), "a b c" },
	{ "blanks in B", SQB_STR("=?utf-8?B?R3LD vMOf ZQ==?="), "Grüße" },
	{ "junk in B", SQB_STR("=?utf-8?B?R3LD!vMOf*ZQ==?="), "Grüße" },
	{ "no padding", SQB_STR("=?utf-8?B?R3LDvMOfZQ?="), "Grüße" },
	{ "padded twice", SQB_STR("=?utf-8?B?YQ==Yg==?="), "ab" },
	{ "? in Q", SQB_STR("=?utf-8?Q?why?_so?="), "why? so" },
	{ "?? at the end", SQB_STR("=?utf-8?Q?why?\?="), "why?" },
	{ "raw 8-bit in Q", SQB_STR("=?utf-8?Q?\xc3\xbc?="), "ü" },
	{ "bad escapes", SQB_STR("=?utf-8?Q?100=_=4_=zz=41=?="),
	  "100= =4 =zzA=" },
	{ "empty charset", SQB_STR("=??Q?=C3=BC?="), "ü" },
	{ "empty text", SQB_STR("a =?utf-8?Q?\?= b"), "a  b" },
	{ "unknown charset", SQB_STR("=?x-none?Q?=C3=BC?= =?x-none?Q?=FC?="),
	  "Ã¼ü" },
	{ "8-bit ASCII", SQB_STR("=?us-ascii?Q?=FC?="), "ü" },
	{ "newline inside", SQB_STR("=?utf-8?Q?a=0Ab=00c?="), "a\nb" },
	/* what is no word */
	{ "no end", SQB_STR("=?utf-8?Q?abc"), "=?utf-8?Q?abc" },
	{ "no end, then a word", SQB_STR("=?utf-8?Q?abc =?utf-8?Q?d?="),
	  "=?utf-8?Q?abc d" },
	{ "half an end", SQB_STR("=?utf-8?Q?abc?"), "=?utf-8?Q?abc?" },
	{ "no encoding", SQB_STR("=?utf-8?abc?="), "=?utf-8?abc?=" },
	{ "other encoding", SQB_STR("=?utf-8?X?abc?="), "=?utf-8?X?abc?=" },
	{ "space in charset", SQB_STR("=?utf 8?Q?abc?="), "=?utf 8?Q?abc?=" },
	{ "no base64", SQB_STR("=?utf-8?B?!!!?="), "=?utf-8?B?!!!?=" },
	{ "only =?", SQB_STR("=?"), "=?" },
	{ "only =", SQB_STR("a ="), "a =" },
	{ "only =?\?=", SQB_STR("=?\?="), "=?\?=" },
	{ "many starts", SQB_STR("=?=?=?=?=?"), "=?=?=?=?=?" },
	{ "long label", SQB_STR("=?aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaa?Q?x?="),
	  "=?aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaa?Q?x?=" },
	{ "blank after no word", SQB_STR("=?utf-8?Q?a?= =?x =?utf-8?Q?b?="),
	  "a =?x b" },
	/* beside the words */
	{ "raw UTF-8", SQB_STR("\xc3\xbc =?utf-8?Q?=C3=BC?="), "ü ü" },
	{ "raw 8-bit", SQB_STR("\xfc \x80 =?utf-8?Q?=C3=BC?="), "ü € ü" },
	{ "raw mixed", SQB_STR("\xc3\xbc\xfc"), "Ã¼ü" },
};

static void decode(sqb_str in, sqb__buf *out)
{
	sqb__decoders d = { .open = 0 };

	sqb__buf_init(out, sqb_allocator_default(), 4 * in.len + 256);
	sqb__decode_words(in, (sqb__reading){ &d,
	    SQB__CHARSET_WINDOWS_1252 }, out);
	sqb__decoders_clear(&d);
	assert_false(out->failed);
	assert_true(sqb__utf8_valid(sqb__buf_str(out)));
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		sqb_str in = exact(cases[i].in);
		sqb__buf out;

		decode(in, &out);
		sqb__buf_add_char(&out, '\0');
		if (strcmp(out.data, cases[i].want) != 0)
			fail_msg("%s: got \"%s\"", cases[i].name, out.data);
		sqb__buf_clear(&out);
		exact_free(in);
	}
}

/* Every prefix of every case: nothing read past its end, always UTF-8. */
static void test_prefixes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		for (size_t n = 0; n < cases[i].in.len; n++) {
			sqb_str in = exact((sqb_str){ cases[i].in.ptr, n });
			sqb__buf out;

			decode(in, &out);
			sqb__buf_clear(&out);
			exact_free(in);
		}
}

/* Random texts made of what matters. */
static void test_random(void **state)
{
	static const char *const bits[] = { "=?", "?=", "?Q?", "?B?", "utf-8",
		"gbk", "iso-2022-jp", "*en", " ", "=", "=C3", "=BC", "w7w=",
		"?", "_", "\xc3\xbc", "\xff", "\x1b$B", "a", "\t" };
	uint64_t seed = 7;

	(void)state;
	for (size_t round = 0; round < 3000; round++) {
		sqb__buf text, out;
		sqb_str in;

		sqb__buf_init(&text, sqb_allocator_default(), 4096);
		for (uint32_t n = next_random(&seed) % 40; n > 0; n--)
			sqb__buf_add_c(&text, bits[next_random(&seed) %
			    ARRAY_LEN(bits)]);
		in = exact(sqb__buf_str(&text));
		decode(in, &out);
		sqb__buf_clear(&out);
		sqb__buf_clear(&text);
		exact_free(in);
	}
}

static const struct {
	sqb_str in;
	size_t room;
	const char *want;
	size_t taken;
} written[] = {
	{ SQB_STR("Zo\xc3\xab"), 75, "=?UTF-8?Q?Zo=C3=AB?=", 4 },
	{ SQB_STR("a b_c?=(\"\t"), 75,
	  "=?UTF-8?Q?a_b=5Fc=3F=3D=28=22=09?=", 10 },
	{ SQB_STR("!*+-/"), 75, "=?UTF-8?Q?!*+-/?=", 5 },
	{ SQB_STR("\xe6\x97\xa5\xe6\x9c\xac"), 75,
	  "=?UTF-8?B?5pel5pys?=", 6 },
	{ SQB_STR("\xe6\x97\xa5\xe6\x9c\xac"), 24,
	  "=?UTF-8?B?5pel5pys?=", 6 },
	{ SQB_STR("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"
	  "\xe6\x97\xa5"), 27, "=?UTF-8?B?5pel5pys6Kqe?=", 9 },
	{ SQB_STR("abc\xf0\x9f\x98\x80"), 24, "=?UTF-8?Q?abc?=", 3 },
	{ SQB_STR("\xf0\x9f\x98\x80"), 24,
	  "=?UTF-8?B?8J+YgA==?=", 4 },
};

static void test_write(void **state)
{
	sqb__buf out;

	(void)state;
	sqb__buf_init(&out, sqb_allocator_default(), 1000);
	for (size_t i = 0; i < ARRAY_LEN(written); i++) {
		sqb_str in = exact(written[i].in);
		char how = i == 1 || i == 6 ? 'Q' :
		    sqb__encoding_of_words(in);
		size_t n;

		sqb__buf_reset(&out);
		n = sqb__encode_word(&out, in, how, written[i].room);
		sqb__buf_add_char(&out, '\0');
		assert_string_equal(sqb__buf_str(&out).ptr, written[i].want);
		assert_int_equal(n, written[i].taken);
		exact_free(in);
	}
	sqb__buf_clear(&out);
}

/* Words of any text, whole characters each, are that text when read. */
static void test_write_random(void **state)
{
	uint64_t seed = 11;

	(void)state;
	for (size_t round = 0; round < 3000; round++) {
		char bytes[200];
		sqb_str in = { bytes, 0 }, rest;
		sqb__buf text, out;

		sqb__buf_init(&text, sqb_allocator_default(), 4096);
		for (uint32_t n = 1 + next_random(&seed) % 40; n > 0; n--) {
			uint32_t top = 1u << (7 + next_random(&seed) % 4 * 4);
			uint32_t c = 1 + next_random(&seed) % (top - 1);

			c = c >= 0xd800 && c < 0xe000 ? 'x' : c;
			in.len += sqb__utf8_encode(c % 0x110000, bytes +
			    in.len);
		}
		for (rest = in; rest.len > 0;) {
			size_t room = SQB__ENCODED_WORD_MIN +
			    next_random(&seed) % 52, before = text.end;
			size_t n = sqb__encode_word(&text, rest,
			    next_random(&seed) % 2 ? 'Q' : 'B', room);

			assert_true(n > 0 && text.end - before <= room);
			assert_true(sqb__utf8_valid((sqb_str){ rest.ptr, n }));
			rest = (sqb_str){ rest.ptr + n, rest.len - n };
			sqb__buf_add_char(&text, ' ');
		}
		text.end--;
		decode(sqb__buf_str(&text), &out);
		assert_true(sqb_str_eq(sqb__buf_str(&out), in));
		sqb__buf_clear(&out);
		sqb__buf_clear(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_write_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

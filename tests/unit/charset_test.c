/* Charsets: every label of the list, conversions, what is broken, memory. */
#include "exact.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "text/charset.h"
#include "text/charset_tables.h"

/* Every label is found, in any dress, and aliases are one charset. */
static void test_labels(void **state)
{
	static const char *const groups[] = {
		"us-ascii ascii ansi_x3.4-1968 ansi_x3.4-1986 iso646-us "
		    "iso_646.irv:1991 iso-ir-6 us cp367 ibm367 csascii 646",
		"utf-8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 "
		    "x-unicode20utf8 utf-8mb4 csutf8 cp65001 x-utf-8",
		"windows-1252 cp1252 x-cp1252 iso-8859-1 "
		    "iso_8859-1:1987 latin1 latin-1 l1 iso-ir-100 cp819 "
		    "ibm819 csisolatin1 x-ansi ansi",
		"iso-8859-2 iso_8859-2:1987 latin2 l2 iso-ir-101 "
		    "csisolatin2 iso8859-2 cp912",
		"iso-8859-3 iso_8859-3:1988 latin3 l3 iso-ir-109 "
		    "csisolatin3",
		"iso-8859-4 iso_8859-4:1988 latin4 l4 iso-ir-110 "
		    "csisolatin4",
		"iso-8859-5 iso_8859-5:1988 cyrillic iso-ir-144 "
		    "csisolatincyrillic",
		"iso-8859-6 iso_8859-6:1987 arabic asmo-708 ecma-114 "
		    "iso-ir-127 csisolatinarabic iso-8859-6-e iso-8859-6-i "
		    "csiso88596e csiso88596i",
		"iso-8859-7 iso_8859-7:1987 greek greek8 ecma-118 "
		    "elot_928 iso-ir-126 csisolatingreek sun_eu_greek",
		"iso-8859-8 iso_8859-8:1988 hebrew iso-ir-138 "
		    "csisolatinhebrew iso-8859-8-e iso-8859-8-i csiso88598e "
		    "csiso88598i visual logical",
		"iso-8859-10 latin6 l6 iso-ir-157 csisolatin6",
		"iso-8859-13 latin7",
		"iso-8859-14 latin8 iso-celtic",
		"iso-8859-15 latin9 latin-9 l9 csisolatin9 latin0",
		"iso-8859-16 latin10",
		"windows-874 cp874 dos-874 iso-8859-11 tis-620 tis620-0",
		"windows-1250 cp1250 x-cp1250",
		"windows-1251 cp1251 x-cp1251 win-1251",
		"windows-1253 cp1253 x-cp1253",
		"windows-1254 cp1254 x-cp1254 iso-8859-9 "
		    "iso_8859-9:1989 latin5 l5 iso-ir-148 csisolatin5",
		"windows-1255 cp1255 x-cp1255",
		"windows-1256 cp1256 x-cp1256",
		"windows-1257 cp1257 x-cp1257",
		"windows-1258 cp1258 x-cp1258",
		"koi8-r koi8 koi cskoi8r",
		"koi8-u koi8-ru",
		"cp437 ibm437",
		"cp850 ibm850",
		"cp852 ibm852",
		"cp855 ibm855",
		"cp857 ibm857",
		"cp862 ibm862 dos-862",
		"cp866 866 ibm866 csibm866",
		"macintosh mac x-mac-roman csmacintosh",
		"x-mac-cyrillic mac-cyrillic x-mac-ukrainian",
		"x-mac-ce mac-centraleurope x-mac-centraleurroman",
		"x-mac-greek",
		"x-mac-turkish",
		"x-mac-icelandic",
		"viscii csviscii",
		"tcvn tcvn-5712",
		"gb18030 gbk gb2312 gb_2312 gb_2312-80 chinese csgb2312 "
		    "csiso58gb231280 iso-ir-58 x-gbk cp936 ms936 "
		    "windows-936 euc-cn cn-gb",
		"big5 big5-hkscs cn-big5 csbig5 x-x-big5 cp950 "
		    "windows-950",
		"euc-tw x-euc-tw",
		"euc-jp x-euc-jp cseucpkdfmtjapanese ujis",
		"shift_jis sjis x-sjis csshiftjis ms932 ms_kanji "
		    "windows-31j cswindows31j cp932 windows-932",
		"iso-2022-jp csiso2022jp iso-2022-jp-3 iso-2022-jp-ms "
		    "cp50220 cp50221",
		"iso-2022-jp-1 iso-2022-jp-2 csiso2022jp2",
		"euc-kr cseuckr ks_c_5601-1987 ks_c_5601-1989 ks_c_5601 "
		    "ksc5601 ksc_5601 korean iso-ir-149 csksc56011987 cp949 "
		    "windows-949 uhc ks_x_1001",
		"johab cp1361",
		"iso-2022-kr csiso2022kr",
		"iso-2022-cn csiso2022cn iso-2022-cn-ext",
		"hz-gb-2312 hz",
		"utf-7 unicode-1-1-utf-7 csunicode11utf7",
		"utf-16",
		"utf-16le csunicode iso-10646-ucs-2 ucs-2 unicode "
		    "unicodefeff",
		"utf-16be unicodefffe",
		"utf-32",
		"utf-32le",
		"utf-32be",
	};
	bool seen[SQB__CHARSET_MAX] = { false };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
		sqb_str all = exact(sqb_str_of(groups[i]));
		sqb_str rest = all, label = sqb__next_word(&rest);
		sqb__charset want = sqb__charset_find(label);

		assert_int_not_equal(want, SQB__CHARSET_UNKNOWN);
		assert_false(seen[want]);
		seen[want] = true;
		while ((label = sqb__next_word(&rest)).len > 0)
			if (sqb__charset_find(label) != want)
				fail_msg("%.*s", (int)label.len, label.ptr);
		exact_free(all);
	}
}

/*
 * The labels of the WHATWG Encoding Standard, by the name of what they are
 * read as here: some sets that it leaves out are told apart (ASCII, ISO-2022,
 * HZ, UTF-16 with a mark), and some that it tells apart are one (GBK, the two
 * directions of ISO-8859-8).
 */
static void test_standard_labels(void **state)
{
	static const struct {
		const char *name, *labels;
	} rows[] = {
		{ "utf-8", "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 "
		  "utf-8 utf8 x-unicode20utf8" },
		{ "ibm866", "866 cp866 csibm866 ibm866" },
		{ "iso-8859-2", "csisolatin2 iso-8859-2 iso-ir-101 "
		  "iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2" },
		{ "iso-8859-3", "csisolatin3 iso-8859-3 iso-ir-109 "
		  "iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3" },
		{ "iso-8859-4", "csisolatin4 iso-8859-4 iso-ir-110 "
		  "iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4" },
		{ "iso-8859-5", "csisolatincyrillic cyrillic iso-8859-5 "
		  "iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988" },
		{ "iso-8859-6", "arabic asmo-708 csiso88596e csiso88596i "
		  "csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e "
		  "iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 "
		  "iso_8859-6:1987" },
		{ "iso-8859-7", "csisolatingreek ecma-118 elot_928 greek "
		  "greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 "
		  "iso_8859-7 iso_8859-7:1987 sun_eu_greek" },
		{ "iso-8859-8", "csiso88598e csisolatinhebrew hebrew "
		  "iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 "
		  "iso_8859-8 iso_8859-8:1988 visual csiso88598i "
		  "iso-8859-8-i logical" },
		{ "iso-8859-10", "csisolatin6 iso-8859-10 iso-ir-157 "
		  "iso8859-10 iso885910 l6 latin6" },
		{ "iso-8859-13", "iso-8859-13 iso8859-13 iso885913" },
		{ "iso-8859-14", "iso-8859-14 iso8859-14 iso885914" },
		{ "iso-8859-15", "csisolatin9 iso-8859-15 iso8859-15 "
		  "iso885915 iso_8859-15 l9" },
		{ "iso-8859-16", "iso-8859-16" },
		{ "koi8-r", "cskoi8r koi koi8 koi8-r koi8_r" },
		{ "koi8-u", "koi8-ru koi8-u" },
		{ "macintosh", "csmacintosh mac macintosh x-mac-roman" },
		{ "windows-874", "dos-874 iso-8859-11 iso8859-11 iso885911 "
		  "tis-620 windows-874" },
		{ "windows-1250", "cp1250 windows-1250 x-cp1250" },
		{ "windows-1251", "cp1251 windows-1251 x-cp1251" },
		{ "windows-1252", "cp1252 cp819 csisolatin1 ibm819 "
		  "iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1 "
		  "iso_8859-1:1987 l1 latin1 windows-1252 x-cp1252" },
		{ "us-ascii", "ansi_x3.4-1968 ascii us-ascii" },
		{ "windows-1253", "cp1253 windows-1253 x-cp1253" },
		{ "windows-1254", "cp1254 csisolatin5 iso-8859-9 "
		  "iso-ir-148 iso8859-9 iso88599 iso_8859-9 "
		  "iso_8859-9:1989 l5 latin5 windows-1254 x-cp1254" },
		{ "windows-1255", "cp1255 windows-1255 x-cp1255" },
		{ "windows-1256", "cp1256 windows-1256 x-cp1256" },
		{ "windows-1257", "cp1257 windows-1257 x-cp1257" },
		{ "windows-1258", "cp1258 windows-1258 x-cp1258" },
		{ "x-mac-cyrillic", "x-mac-cyrillic x-mac-ukrainian" },
		{ "gb18030", "chinese csgb2312 csiso58gb231280 gb2312 "
		  "gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030" },
		{ "big5", "big5 big5-hkscs cn-big5 csbig5 x-x-big5" },
		{ "euc-jp", "cseucpkdfmtjapanese euc-jp x-euc-jp" },
		{ "iso-2022-jp", "csiso2022jp iso-2022-jp" },
		{ "shift_jis", "csshiftjis ms932 ms_kanji shift-jis "
		  "shift_jis sjis windows-31j x-sjis" },
		{ "euc-kr", "cseuckr csksc56011987 euc-kr iso-ir-149 "
		  "korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 "
		  "windows-949" },
		{ "iso-2022-kr", "csiso2022kr iso-2022-kr" },
		{ "iso-2022-cn", "iso-2022-cn iso-2022-cn-ext" },
		{ "hz-gb-2312", "hz-gb-2312" },
		{ "utf-16be", "unicodefffe utf-16be" },
		{ "utf-16le", "csunicode iso-10646-ucs-2 ucs-2 unicode "
		  "unicodefeff utf-16le" },
		{ "utf-16", "utf-16" },
	};
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		sqb_str rest = sqb_str_of(rows[i].labels), label;

		for (; (label = sqb__next_word(&rest)).len > 0; n++)
			assert_string_equal(rows[i].name,
			    sqb__charset_name(sqb__charset_find(label)));
	}
	assert_int_equal(n, 226);	/* and two that name nothing */
}

static void test_label_dress(void **state)
{
	static const struct {
		sqb_str label;
		sqb__charset want;
	} cases[] = {
		{ SQB_STR("UTF8"), SQB__CHARSET_UTF_8 },
		{ SQB_STR("Utf_8"), SQB__CHARSET_UTF_8 },
		{ SQB_STR("\"utf-8\""), SQB__CHARSET_UTF_8 },
		{ SQB_STR("ISO8859_1"), SQB__CHARSET_WINDOWS_1252 },
		{ SQB_STR("Windows 1252"), SQB__CHARSET_WINDOWS_1252 },
		{ SQB_STR(""), SQB__CHARSET_UNKNOWN },
		{ SQB_STR("---"), SQB__CHARSET_UNKNOWN },
		{ SQB_STR("utf-8//TRANSLIT"), SQB__CHARSET_UNKNOWN },
		{ SQB_STR("UTF-8//IGNORE"), SQB__CHARSET_UNKNOWN },
		{ SQB_STR("../../../etc/passwd"), SQB__CHARSET_UNKNOWN },
		{ SQB_STR("\"\"utf-8\"\""), SQB__CHARSET_UTF_8 },
		{ SQB_STR("'utf-8';"), SQB__CHARSET_UTF_8 },
		{ SQB_STR(" utf-8 "), SQB__CHARSET_UTF_8 },
		{ SQB_STR("replacement"), SQB__CHARSET_UNKNOWN },
		{ SQB_STR("x-user-defined"), SQB__CHARSET_UNKNOWN },
		{ SQB_STR("x-unknown"), SQB__CHARSET_UNKNOWN },
		{ SQB_STR("utf\0" "8"), SQB__CHARSET_UTF_8 },
		{ SQB_STR("123456789012345678901234567890123456"),
		  SQB__CHARSET_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		sqb_str label = exact(cases[i].label);

		if (sqb__charset_find(label) != cases[i].want)
			fail_msg("%s", cases[i].label.ptr);
		exact_free(label);
	}
}

static void check(sqb__decoders *d, const char *label, sqb_str in,
    const char *want)
{
	sqb_str copy = exact(in);
	sqb__buf out;

	sqb__buf_init(&out, sqb_allocator_default(), 1 << 20);
	sqb__charset_decode(d, sqb__charset_find(sqb_str_of(label)), copy,
	    &out);
	sqb__buf_add_char(&out, '\0');
	assert_false(out.failed);
	if (strcmp(out.data, want) != 0)
		fail_msg("%s: got \"%s\", want \"%s\"", label, out.data,
		    want);
	sqb__buf_clear(&out);
	exact_free(copy);
}

static const struct {
	const char *label;
	sqb_str in;
	const char *want;
} cases[] = {
	{ "utf-8", SQB_STR("Gr\xc3\xbc\xc3\x9f" "e \xf0\x9f\x90\xa6"),
	  "Grüße 🐦" },
	{ "utf-8", SQB_STR("a\xffz"), "a\ufffdz" },
	{ "utf-8", SQB_STR("a\xe2\x82z"), "a\ufffdz" },
	{ "utf-8", SQB_STR("a\xe2\x82"), "a\ufffd" },
	{ "utf-8", SQB_STR("\xc0\xaf"), "\ufffd\ufffd" },
	{ "utf-8", SQB_STR("\xed\xa0\x80"), "\ufffd\ufffd\ufffd" },
	{ "utf-8", SQB_STR("\xf4\x90\x80\x80"), "\ufffd\ufffd\ufffd\ufffd" },
	{ "utf-8", SQB_STR("\xf0\x9f\x90" "a"), "\ufffd" "a" },
	{ "us-ascii", SQB_STR("plain"), "plain" },
	{ "us-ascii", SQB_STR("\xc3\xbc"), "ü" },
	{ "us-ascii", SQB_STR("\xfc"), "ü" },
	{ "x-unknown", SQB_STR("\xc3\xbc"), "ü" },
	{ "x-unknown", SQB_STR("\xfc \x93hi\x94"), "ü “hi”" },
	{ "iso-8859-1", SQB_STR("\xe9 \x80 \x9f \xff"), "é € Ÿ ÿ" },
	{ "iso-8859-1", SQB_STR("\x81"), "\ufffd" },
	{ "iso-8859-2", SQB_STR("\xb1\xbe"), "ąž" },
	{ "iso-8859-5", SQB_STR("\xbc\xd8\xe0"), "Мир" },
	{ "iso-8859-7", SQB_STR("\xc1\xe8"), "Αθ" },
	{ "iso-8859-8-i", SQB_STR("\xf9\xec"), "של" },
	{ "iso-8859-9", SQB_STR("\xfe\x80"), "ş€" },
	{ "iso-8859-15", SQB_STR("\xa4"), "€" },
	{ "windows-1250", SQB_STR("\x9e"), "ž" },
	{ "windows-1251", SQB_STR("\xcc\xe8\xf0"), "Мир" },
	{ "koi8-r", SQB_STR("\xed\xc9\xd2"), "Мир" },
	{ "koi8-u", SQB_STR("\xa4"), "є" },
	{ "cp866", SQB_STR("\x8c\xa8\xe0"), "Мир" },
	{ "tis-620", SQB_STR("\xa1\x85"), "ก…" },
	{ "macintosh", SQB_STR("\x8e"), "é" },
	{ "x-mac-ce", SQB_STR("\x8d\xe4"), "ćš" },
	{ "x-mac-greek", SQB_STR("\xe1"), "α" },
	{ "x-mac-turkish", SQB_STR("\xdf"), "ş" },
	{ "x-mac-icelandic", SQB_STR("\xdf"), "þ" },
	{ "cp855", SQB_STR("\xa0"), "а" },
	{ "cp857", SQB_STR("\x9f"), "ş" },
	{ "cp862", SQB_STR("\x80"), "א" },
	/* GBK's and GB 18030's own characters under the label gb2312 */
	{ "gb2312",
	  SQB_STR("\xd6\xd0\xce\xc4 \xe9" "F \x81\x30\x84\x36"),
	  "中文 镕 ¥" },
	{ "gb2312", SQB_STR("\xd6\xd0\xce"), "中\ufffd" },
	{ "gb18030", SQB_STR("\x81\x30\x89"), "\ufffd" },
	{ "gbk", SQB_STR("\xff" "a"), "\ufffd" "a" },
	{ "big5", SQB_STR("\xa4\xa4\xa4\xe5"), "中文" },
	{ "shift_jis", SQB_STR("\x93\xfa\x96{ \xb1 \x87@"), "日本 ｱ ①" },
	{ "euc-jp", SQB_STR("\xc6\xfc\xcb\xdc \x8e\xb1"), "日本 ｱ" },
	{ "iso-2022-jp", SQB_STR("a\x1b$BF|K\\\x1b(Bz"), "a日本z" },
	{ "iso-2022-jp", SQB_STR("\x1b$BF|K\\"), "日本" },
	{ "iso-2022-jp", SQB_STR("\x1b(I1\x1b(B"), "ｱ" },
	{ "iso-2022-jp", SQB_STR("z"), "z" },
	{ "ks_c_5601-1987", SQB_STR("\xc7\xd1\xb1\xdb \x8c" "c"),
	  "한글 똠" },
	{ "euc-kr", SQB_STR("\xc8" "A"), "\ufffd" "A" },
	{ "iso-2022-kr", SQB_STR("\x1b$)C\x0eGQ1[\x0f."), "한글." },
	{ "iso-2022-cn", SQB_STR("\x1b$)A\x0eVPND\x0f."), "中文." },
	{ "utf-7", SQB_STR("Hi +AOk-!"), "Hi é!" },
	{ "hz-gb-2312", SQB_STR("a ~{VPND~} ~~b~\nc"), "a 中文 ~bc" },
	{ "hz-gb-2312", SQB_STR("~{VP\nND"), "中\nND" },
	{ "hz-gb-2312", SQB_STR("~{V~}~"), "\ufffd~" },
	{ "utf-16le", SQB_STR("a\0\xe9\0"), "aé" },
	{ "utf-16be", SQB_STR("\0a\xd8\0\0b"), "a\ufffd" "b" },
	{ "utf-16be", SQB_STR("\0a\0"), "a\ufffd" },
	{ "utf-32le", SQB_STR("a\0\0\0\x26\xf4\x01\0"), "a🐦" },
	{ "utf-32be", SQB_STR("\0\x11\0\0\0\0\0a"), "\ufffd" "a" },
	/* combining forms, which iconv keeps back until it sees what follows */
	{ "windows-1258", SQB_STR("a\xec"), "á" },
	{ "windows-1258", SQB_STR("a"), "a" },
	{ "windows-1255", SQB_STR("\xe0"), "א" },
	{ "big5", SQB_STR("\x88\x66"), "Ê" },
};

static void test_decode(void **state)
{
	sqb__decoders d = { .open = 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check(&d, cases[i].label, cases[i].in, cases[i].want);
	/* and once more with what the first round has left open */
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check(&d, cases[i].label, cases[i].in, cases[i].want);
	sqb__decoders_clear(&d);
	assert_int_equal(d.open, 0);
}

/* Random bytes in every charset: linear, valid, and no more than 4 times. */
static void test_random(void **state)
{
	sqb__decoders d = { .open = 0 };
	uint64_t seed = 1;
	char noise[500];
	sqb__buf out;

	(void)state;
	for (sqb__charset cs = 0; cs < 3 * N_CHARSETS; cs++) {
		sqb_str in;

		for (size_t i = 0; i < sizeof(noise); i++)
			noise[i] = (char)next_random(&seed);
		in = exact((sqb_str){ noise, 1 + next_random(&seed) %
		    sizeof(noise) });
		sqb__buf_init(&out, sqb_allocator_default(), 1 << 20);
		sqb__charset_decode(&d, cs % N_CHARSETS, in, &out);
		assert_false(out.failed);
		assert_true(sqb__utf8_valid(sqb__buf_str(&out)));
		assert_true(sqb__buf_len(&out) <= 4 * in.len);
		sqb__buf_clear(&out);
		exact_free(in);
	}
	sqb__decoders_clear(&d);
}

/* At the maximum of the buffer it stops and says so. */
static void test_bounded(void **state)
{
	static const char *const labels[] = { "utf-8", "latin1", "gbk" };
	static const char bytes[4000] = { 0 };
	sqb__decoders d = { .open = 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
		sqb__buf out;

		sqb__buf_init(&out, sqb_allocator_default(), 1000);
		sqb__charset_decode(&d,
		    sqb__charset_find(sqb_str_of(labels[i])),
		    (sqb_str){ bytes, sizeof(bytes) }, &out);
		assert_true(out.failed);
		assert_true(out.cap <= 1000);
		sqb__buf_clear(&out);
	}
	sqb__decoders_clear(&d);
}

/* What people might have written, in the charset that is found. */
static const struct {
	const char *charset;
	sqb_str text;
} samples[] = {
	{ "windows-1251", SQB_STR(
	  "\323\342\340\346\340\345\354\373\345 \352\356\353\353\345\343\350,"
	  " \361\356\341\360\340\355\350\345 \361\356\361\362\356\350\362\361"
	  "\377 \342 \357\356\355\345\344\345\353\374\355\350\352 \342 \344"
	  "\345\361\377\362\374 \367\340\361\356\342 \363\362\360\340, \357"
	  "\360\356\361\350\354 \355\345 \356\357\340\347\344\373\342\340\362"
	  "\374.") },
	{ "koi8-r", SQB_STR(
	  "\365\327\301\326\301\305\315\331\305 \313\317\314\314\305\307\311,"
	  " \323\317\302\322\301\316\311\305 \323\317\323\324\317\311\324\323"
	  "\321 \327 \320\317\316\305\304\305\314\330\316\311\313 \327 \304"
	  "\305\323\321\324\330 \336\301\323\317\327 \325\324\322\301, \320"
	  "\322\317\323\311\315 \316\305 \317\320\301\332\304\331\327\301\324"
	  "\330.") },
	{ "shift_jis", SQB_STR(
	  "\226\276\223\372\202\314\211\357\213c\202\315\214\337\221O\217\134"
	  "\216\236\202\251\202\347\216n\202\334\202\350\202\334\202\267\201B"
	  "\216\221\227\277\202\360\226Y\202\352\202\270\202\311\216\235\202"
	  "\301\202\304\227\210\202\304\202\255\202\276\202\263"
	  "\202\242\201B") },
	{ "euc-jp", SQB_STR(
	  "\314\300\306\374\244\316\262\361\265\304\244\317\270\341\301\260"
	  "\275\275\273\376\244\253\244\351\273\317\244\336\244\352\244\336"
	  "\244\271\241\243\273\361\316\301\244\362\313\272\244\354\244\272"
	  "\244\313\273\375\244\303\244\306\315\350\244\306\244\257\244\300"
	  "\244\265\244\244\241\243") },
	{ "gb18030", SQB_STR(
	  "\303\367\314\354\265\304\273\341\322\351\311\317\316\347\312\256"
	  "\265\343\277\252\312\274\243\254\307\353\262\273\322\252\315\374"
	  "\274\307\264\370\311\317\327\312\301\317\243\254\320\273\320\273"
	  "\264\363\274\322\265\304\272\317\327\367\241\243") },
	{ "big5", SQB_STR(
	  "\251\372\244\321\252\272\267|\304\263\244W\244\310\244Q\302I\266}"
	  "\251l\241A\275\320\244\243\255n\247\321\260O\261a\244W\270\352\256"
	  "\306\241A\301\302\301\302\244j\256a\252\272\246X\247@\241C") },
	{ "euc-kr", SQB_STR(
	  "\263\273\300\317 \310\270\300\307\264\302 \277\300\300\374 \277"
	  "\255 \275\303\277\241 \275\303\300\333\307\325\264\317\264\331. "
	  "\300\332\267\341\270\246 \300\330\301\366 \270\273\260\355 \260"
	  "\241\301\256\277\300\274\274\277\344.") },
	{ "iso-8859-7", SQB_STR(
	  "\301\343\341\360\347\364\357\337 \363\365\355\334\344\345\353\366"
	  "\357\351, \347 \363\365\355\334\355\364\347\363\347 \350\341 \343"
	  "\337\355\345\351 \364\347 \304\345\365\364\335\361\341 \363\364"
	  "\351\362 \344\335\352\341 \364\357 \360\361\371\337.") },
	{ "windows-1252", SQB_STR(
	  "Sehr geehrte Kollegen, die Besprechung f\374r n\344chste Woche f"
	  "\344llt aus. Sch\366ne Gr\374\337e aus M\374nchen.") },
	{ "utf-8", SQB_STR(
	  "Gr\303\274\303\237e aus M\303\274nchen") },
	{ "iso-2022-jp", SQB_STR(
	  "\033$BL@F|$N2q5D\033(B") },
	{ "utf-16", SQB_STR(
	  "\377\376H\000e\000l\000l\000o\000") },
	{ "utf-8", SQB_STR("") },
	{ "utf-8", SQB_STR("plain") },
	{ "windows-1252", SQB_STR("\344") },
};

static void test_detect(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		sqb_str in = exact(samples[i].text);

		assert_string_equal(sqb__charset_name(sqb__charset_detect(in)),
		    samples[i].charset);
		exact_free(in);
	}
}

/* What is long is looked at in part, and says so in no other way. */
static void test_detect_long(void **state)
{
	sqb_str sample = samples[0].text;
	size_t n = 300 * 1024 / sample.len * sample.len;
	char *long_text = malloc(n);

	(void)state;
	assert_non_null(long_text);
	for (size_t at = 0; at < n; at += sample.len)
		memcpy(long_text + at, sample.ptr, sample.len);
	assert_string_equal(sqb__charset_name(sqb__charset_detect(
	    (sqb_str){ long_text, n })), samples[0].charset);
	free(long_text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_standard_labels),
		cmocka_unit_test(test_label_dress),
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_detect),
		cmocka_unit_test(test_detect_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

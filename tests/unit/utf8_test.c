/* UTF-8: every character, and every way to be none. */
#include "exact.h"

#include "base/utf8.h"

static bool is_surrogate(uint32_t c)
{
	return c >= 0xd800 && c < 0xe000;
}

/* Each code point comes back; without its last octet it is broken. */
static void test_round_trip(void **state)
{
	(void)state;
	for (uint32_t c = 0; c < 0x110000; c++) {
		uint32_t back = ~c;
		char utf8[4];
		sqb_str s = { utf8, sqb__utf8_encode(c, utf8) };

		if (is_surrogate(c)) {
			assert_int_equal(sqb__utf8_decode(s, &back), 0);
			assert_int_equal(sqb__utf8_broken(s), 1);
			continue;
		}
		assert_int_equal(sqb__utf8_decode(s, &back), s.len);
		assert_int_equal(back, c);
		s.len--;
		assert_int_equal(sqb__utf8_decode(s, &back), 0);
		assert_true(s.len == 0 || sqb__utf8_broken(s) == s.len);
	}
}

static void test_broken(void **state)
{
	static const struct {
		sqb_str in;
		size_t broken;
	} cases[] = {
		{ SQB_STR("\x80"), 1 },
		{ SQB_STR("\xbf\xbf"), 1 },
		{ SQB_STR("\xc0\x80"), 1 },
		{ SQB_STR("\xc1\xbf"), 1 },
		{ SQB_STR("\xc3("), 1 },
		{ SQB_STR("\xe0\x9f\xbf"), 1 },
		{ SQB_STR("\xe2\x82"), 2 },
		{ SQB_STR("\xe2\x82("), 2 },
		{ SQB_STR("\xed\xbf\xbf"), 1 },
		{ SQB_STR("\xf0\x8f\xbf\xbf"), 1 },
		{ SQB_STR("\xf0\x9f\x90\xe2"), 3 },
		{ SQB_STR("\xf4\x90\x80\x80"), 1 },
		{ SQB_STR("\xf5\x80\x80\x80"), 1 },
		{ SQB_STR("\xff"), 1 },
	};
	uint32_t c;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		sqb_str in = exact(cases[i].in);

		assert_int_equal(sqb__utf8_decode(in, &c), 0);
		assert_int_equal(sqb__utf8_broken(in), cases[i].broken);
		assert_false(sqb__utf8_valid(in));
		exact_free(in);
	}
}

/* A broken octet at each place of a text of each length. */
static void test_valid(void **state)
{
	char text[40];

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		sqb_str in;

		memset(text, 'a', sizeof(text));
		in = exact((sqb_str){ text, len });
		assert_true(sqb__utf8_valid(in));
		exact_free(in);
		for (size_t at = 0; at < len; at++) {
			text[at] = '\xc3';
			in = exact((sqb_str){ text, len });
			assert_false(sqb__utf8_valid(in));
			exact_free(in);
			text[at] = 'a';
		}
	}
}

/* Every four octets of those at the edges of what is allowed. */
static void test_len(void **state)
{
	static const char octets[] = "a\x7f\x80\x8f\x90\x9f\xa0\xbf\xc1"
	    "\xc2\xdf\xe0\xe1\xec\xed\xee\xef\xf0\xf1\xf3\xf4\xf5\xff";
	size_t n = sizeof(octets) - 1, all = n * n * n * n;
	uint32_t c;

	(void)state;
	for (size_t i = 0; i < all; i++) {
		char text[8] = { octets[i % n], octets[i / n % n],
		    octets[i / n / n % n], octets[i / n / n / n], 'x', '\xc3',
		    '\xa4' };
		size_t want = 0, step;

		while (want < 7 && (step = sqb__utf8_decode((sqb_str){ text +
		    want, 7 - want }, &c)) > 0)
			want += step;
		assert_int_equal(sqb__utf8_len((sqb_str){ text, 7 }), want);
	}
}

/* Characters of each length before, within and behind vectors of ASCII. */
static void test_len_at(void **state)
{
	static const char *const chars[] = { "\xc3\xa4", "\xe2\x82\xac",
		"\xf0\x9f\x90\xa6", "\xff" };
	char text[300];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(chars); i++)
		for (size_t at = 0; at < 150; at++) {
			size_t n = strlen(chars[i]);
			sqb_str in;

			memset(text, 'a', sizeof(text));
			memcpy(text + at, chars[i], n);
			in = exact((sqb_str){ text, at + n + at % 70 });
			assert_int_equal(sqb__ascii_len(in), at);
			assert_int_equal(sqb__utf8_len(in),
			    n == 1 ? at : in.len);
			in.len = at + n - 1;
			assert_int_equal(sqb__utf8_len(in), at);
			exact_free(in);
		}
}

static void test_hidden(void **state)
{
	static const uint32_t hidden[] = { 0, 0x1b, 0x7f, 0x80, 0x9b, 0x9f,
		0x061c, 0x200e, 0x2028, 0x202e, 0x2066, 0x2069, 0xfeff };
	static const uint32_t shown[] = { ' ', '~', 0xa0, 0x200d, 0x2010,
		0x202f, 0x206a, 0x1f426, SQB__REPLACEMENT };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hidden); i++)
		assert_true(sqb__is_hidden(hidden[i]));
	for (size_t i = 0; i < ARRAY_LEN(shown); i++)
		assert_false(sqb__is_hidden(shown[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_len),
		cmocka_unit_test(test_len_at),
		cmocka_unit_test(test_hidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

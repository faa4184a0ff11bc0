/* yEnc: found in text, decoded at every split, and what is wrong with it. */
#include "exact.h"

#include "text/yenc.h"

/* The four octets that are escaped, and two that are not. */
#define DATA "=@=J=M=}\x8b\x8c"
#define BEGIN "=ybegin line=128 size=6 name=a b.bin\r\n"
#define END "=yend size=6 crc32=58813023\r\n"

static const char want[] = "\xd6\xe0\xe3\x13" "ab";

static const struct {
	const char *title, *in;
	size_t start, end;
	const char *name;
	uint64_t size, first;
	bool ended, whole;
} cases[] = {
	{ "one", BEGIN DATA "\r\n" END, 0, 79, "a b.bin", 6, 0, true, true },
	{ "LF, text around", "Hi\n=ybegin line=128 size=6 name=x\n" DATA
	  "\n=yend size=6\nBye\n", 3, 58, "x", 6, 0, true, true },
	{ "no end", BEGIN DATA "\r\n", 0, 50, "a b.bin", 6, 0, false, false },
	{ "the next begins", BEGIN DATA "\r\n" BEGIN, 0, 50, "a b.bin", 6, 0,
	  false, false },
	{ "other checksum", BEGIN DATA "\r\n=yend size=6 crc32=00000000\r\n",
	  0, 79, "a b.bin", 6, 0, true, false },
	{ "no checksum", BEGIN DATA "\r\n=yend size=6 crc32=none", 0, 73,
	  "a b.bin", 6, 0, true, true },
	{ "other size", "=ybegin line=128 size=7 name=x\n" DATA "\n=yend\n",
	  0, 48, "x", 7, 0, true, false },
	{ "part", "=ybegin part=2 line=128 size=99 name=x\n"
	  "=ypart begin=11 end=16\n" DATA "\n=yend size=6 part=2 "
	  "pcrc32=58813023 crc32=1\n", 0, 117, "x", 6, 10, true, true },
	{ "nothing in it", "=ybegin line=128 size=0 name=\n=yend\n", 0, 36,
	  "", 0, 0, true, true },
};

static const char *const none[] = {
	"", "=", "=y", "=ybegin", "=ybegin\n",
	"x =ybegin line=1 size=1 name=x\n",
	"=ybegin size=1 name=x\n", "=ybegin line=128 name=x size=1\n",
	"=ybegin line=128 size= name=x\n", "=ybegin line=128 size=-1 name=x\n",
	"=ybegin line=128 size=99999999999999999999 name=x\n",
	"=ybegin line=128 size=9 name=x\n=ypart begin=0 end=3\n",
	"=ybegin line=128 size=9 name=x\n=ypart begin=4 end=3\n",
	"=ybegin line=128 size=9 name=x\n=ypart\n",
	"=yend size=6\n",
};

static size_t decode(sqb__yenc *d, sqb_str piece, char *out)
{
	sqb_str in = exact(piece);
	char *room = malloc(piece.len > 0 ? piece.len : 1);
	size_t n;

	assert_non_null(room);
	n = sqb__yenc_decode(d, in, room);
	memcpy(out, room, n);
	free(room);
	exact_free(in);
	return n;
}

/* Into the octets of want, however the lines are cut. */
static void check_lines(const sqb__yenc_file *f, bool whole, const char *title)
{
	sqb_str s = f->lines;

	for (size_t cut = 0; cut <= s.len; cut++) {
		sqb__yenc d = { .n = 0 };
		char out[100];
		size_t n = decode(&d, (sqb_str){ s.ptr, cut }, out);

		n += decode(&d, (sqb_str){ s.ptr + cut, s.len - cut },
		    out + n);
		assert_int_equal(n, d.n);
		if ((n != 0 && n != 6) || memcmp(out, want, n) != 0 ||
		    sqb__yenc_is_whole(&d, f) != whole)
			fail_msg("%s, cut at %zu: %08x", title, cut, d.crc);
	}
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		sqb_str in = exact(sqb_str_of(cases[i].in));
		sqb__yenc_file f;

		if (!sqb__yenc_find(in, 0, &f) ||
		    f.start != cases[i].start || f.end != cases[i].end ||
		    f.size != cases[i].size || f.first != cases[i].first ||
		    f.ended != cases[i].ended ||
		    !sqb_str_eq(f.name, sqb_str_of(cases[i].name)))
			fail_msg("%s: %zu to %zu", cases[i].title, f.start,
			    f.end);
		check_lines(&f, cases[i].whole, cases[i].title);
		exact_free(in);
	}
}

static void test_none(void **state)
{
	sqb__yenc_file f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(none); i++) {
		sqb_str in = exact(sqb_str_of(none[i]));

		if (sqb__yenc_find(in, 0, &f))
			fail_msg("%s", none[i]);
		exact_free(in);
	}
}

/* Each prefix of a text with two files: all of it is within the text. */
static void test_prefixes(void **state)
{
	static const char text[] = "Hi\r\n" BEGIN DATA "\r\n" END "and\r\n"
	    "=ybegin part=1 line=128 size=9 name=x\r\n"
	    "=ypart begin=1 end=6\r\n" DATA "\r\n=yend size=6 pcrc32=58813023";

	(void)state;
	for (size_t n = 0; n < sizeof(text); n++) {
		sqb_str in = exact((sqb_str){ text, n });
		size_t at = 0, n_files = 0;
		sqb__yenc_file f;

		for (; sqb__yenc_find(in, at, &f); at = f.end, n_files++)
			assert_true(f.start >= at && f.end > f.start &&
			    f.end <= in.len && f.lines.ptr >= in.ptr &&
			    f.lines.ptr + f.lines.len <= in.ptr + f.end);
		assert_true(n_files <= 2);
		if (n == sizeof(text) - 1)
			assert_int_equal(n_files, 2);
		exact_free(in);
	}
}

static size_t encode(const char *in, size_t len, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = (char)(in[i] + 42);

		if (c == '\0' || c == '\n' || c == '\r' || c == '=') {
			out[n++] = '=';
			c = (char)(c + 64);
		}
		out[n++] = c;
		if (i % 128 == 127) {
			out[n++] = '\r';
			out[n++] = '\n';
		}
	}
	return n;
}

/* Every octet, in every place of a vector. */
static void test_inverse(void **state)
{
	char octets[600], text[1300], out[1300];

	(void)state;
	for (size_t shift = 0; shift < 64; shift++) {
		sqb__yenc d = { .n = 0 };
		size_t n;

		for (size_t i = 0; i < sizeof(octets); i++)
			octets[i] = (char)(i < shift ? 'a' : i - shift);
		n = encode(octets, sizeof(octets), text);
		assert_int_equal(decode(&d, (sqb_str){ text, n }, out),
		    sizeof(octets));
		assert_memory_equal(out, octets, sizeof(octets));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_inverse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Bodies in quoted-printable: as sent, as spoiled, whole and at every split. */
#include "flaws.h"

#include "text/qp.h"

enum { MAX_TEXT = 4000 };

typedef struct result {
	char text[MAX_TEXT];
	size_t len;
	sqb__flaw broken;
} result;

static char *room(size_t n)
{
	char *p = malloc(n);

	assert_non_null(p);
	return p;
}

static void add(result *r, const char *p, size_t n)
{
	assert_true(r->len + n <= MAX_TEXT);
	memcpy(r->text + r->len, p, n);
	r->len += n;
}

/* Into memory of just the size that is asked for. */
static void feed(sqb__qp *d, sqb_str piece, result *r)
{
	sqb_str in = exact(piece);
	char *out = room(piece.len + SQB__QP_HELD);

	add(r, out, sqb__qp_decode(d, in, out));
	exact_free(in);
	free(out);
}

static void end(sqb__qp *d, result *r)
{
	char *out = room(SQB__QP_HELD);

	add(r, out, sqb__qp_end(d, out));
	r->broken = d->broken;
	free(out);
}

static void decode_at(sqb_str in, size_t cut, result *r)
{
	sqb__qp d;

	r->len = 0;
	sqb__qp_init(&d);
	feed(&d, (sqb_str){ in.ptr, cut }, r);
	feed(&d, (sqb_str){ in.ptr + cut, in.len - cut }, r);
	end(&d, r);
}

static void decode_pieces(sqb_str in, uint64_t *seed, uint32_t max, result *r)
{
	sqb__qp d;
	size_t n;

	r->len = 0;
	sqb__qp_init(&d);
	for (size_t at = 0; at < in.len; at += n) {
		n = 1 + next_random(seed) % max;
		if (n > in.len - at)
			n = in.len - at;
		feed(&d, (sqb_str){ in.ptr + at, n }, r);
	}
	end(&d, r);
}

static void assert_same(const result *got, const result *want, const char *in)
{
	assert_octets((sqb_str){ got->text, got->len },
	    (sqb_str){ want->text, want->len }, in);
	assert_flaw(got->broken, want->broken, in, "broken");
}

static const struct {
	const char *in, *want;
	sqb__flaw broken;
} cases[] = {
	{ "", "", { 0, 0 } },
	{ "plain text\r\nof two lines\r\n", "plain text\r\nof two lines\r\n",
	  { 0, 0 } },
	{ "Gr=C3=BC=C3=9fe=3D", "Gr\xc3\xbc\xc3\x9f" "e=", { 0, 0 } },
	{ "raw \xc3\xbc", "raw \xc3\xbc", { 0, 0 } },
	{ "under_score", "under_score", { 0, 0 } },
	/* soft line breaks */
	{ "soft=\r\n break", "soft break", { 0, 0 } },
	{ "soft=\nbreak=\r!", "softbreak!", { 0, 0 } },
	{ "soft= \t\r\nbreak", "softbreak", { 0, 0 } },
	{ "one =\r\n\r\ntwo =\r\n=\r\n", "one \r\ntwo ", { 0, 0 } },
	{ "=\r\r\nline", "\r\nline", { 0, 0 } },
	{ "the end=", "the end", { 0, 0 } },
	{ "the end=  ", "the end", { 0, 0 } },
	/* blanks that end lines */
	{ "a \r\nb\t \nc \rd  ", "a\r\nb\nc\rd", { 0, 0 } },
	{ "   \r\n \n", "\r\n\n", { 0, 0 } },
	{ "kept=20\r\nand=09  \n", "kept \r\nand\t\n", { 0, 0 } },
	{ "a b  c   d    e                     f          \r\n",
	  "a b  c   d    e                     f\r\n", { 0, 0 } },
	/* broken */
	{ "a=b c", "a=b c", { 1, 1 } },
	{ "a=4", "a=4", { 1, 1 } },
	{ "=4G=G4==41", "=4G=G4=A", { 3, 0 } },
	{ "a = b =\r\n= \t c", "a = b = \t c", { 2, 2 } },
	{ "=4=\r\n1", "=41", { 1, 0 } },
	{ "=4 \r\n", "=4\r\n", { 1, 0 } },
	{ "x=\xc3=A0", "x=\xc3\xa0", { 1, 1 } },
};

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		sqb_str in = sqb_str_of(cases[i].in);
		result want = { .len = strlen(cases[i].want),
		    .broken = cases[i].broken }, got;

		memcpy(want.text, cases[i].want, want.len);
		for (size_t cut = 0; cut <= in.len; cut++) {
			decode_at(in, cut, &got);
			assert_same(&got, &want, cases[i].in);
		}
	}
}

/* Up to SQB__QP_HELD blanks go with their line's end; of more, all stay. */
static void test_runs_of_blanks(void **state)
{
	static const size_t lens[] = { 1, 15, 16, 17, SQB__QP_HELD - 1,
	    SQB__QP_HELD, SQB__QP_HELD + 1, 3 * SQB__QP_HELD };
	char bytes[2000];
	result want, got;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		size_t n = lens[i], kept = n > SQB__QP_HELD ? n : 0;
		sqb_str in = { bytes, n + 12 };

		memset(bytes, ' ', n + 3);
		memcpy(bytes, "one", 3);
		memcpy(bytes + n + 3, "\r\ntwo \r\n=", 9);
		want = (result){ .len = kept + 10 };
		memset(want.text, ' ', kept + 3);
		memcpy(want.text, "one", 3);
		memcpy(want.text + kept + 3, "\r\ntwo\r\n", 7);
		for (size_t cut = 0; cut <= in.len; cut++) {
			decode_at(in, cut, &got);
			assert_same(&got, &want, "blanks");
		}
		bytes[2] = '=';		/* a soft line break, if they go */
		for (size_t cut = 0; cut <= in.len; cut++) {
			decode_at(in, cut, &got);
			assert_int_equal(got.len,
			    n + 1 > SQB__QP_HELD ? n + 10 : 7);
			assert_int_equal(got.broken.n, n + 1 > SQB__QP_HELD);
		}
	}
}

static size_t put_octet(char *out, unsigned char c, bool escape)
{
	static const char digits[] = "0123456789ABCDEF";

	if (!escape) {
		out[0] = (char)c;
		return 1;
	}
	out[0] = '=';
	out[1] = digits[c >> 4];
	out[2] = digits[c & 15];
	return 3;
}

/* Lines of any octets but CR and LF, with soft breaks where they fall. */
static size_t encode(const result *r, uint64_t *seed, char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < r->len; i++) {
		unsigned char c = (unsigned char)r->text[i];
		bool eol = i + 1 == r->len || r->text[i + 1] == '\n' ||
		    r->text[i + 1] == '\r';

		len += put_octet(out + len, c, c == '=' || c > 126 ||
		    ((c == ' ' || c == '\t') && eol));
		if (next_random(seed) % 60 == 0) {
			memcpy(out + len, "=\r\n", 3);
			len += 3;
		}
	}
	return len;
}

static void test_there_and_back(void **state)
{
	static char encoded[MAX_TEXT * 4];
	result want = { .len = 0 }, got;
	uint64_t seed = 1;

	(void)state;
	for (int round = 0; round < 500; round++) {
		sqb_str in = { encoded, 0 };

		want.len = next_random(&seed) % 1000;
		for (size_t i = 0; i < want.len; i++)
			want.text[i] = next_random(&seed) % 30 ?
			    (char)('a' + next_random(&seed) % 26) :
			    " \t=\r\n\xc3\xbc"[next_random(&seed) % 7];
		in.len = encode(&want, &seed, encoded);
		decode_at(in, 0, &got);
		assert_same(&got, &want, "whole");
		decode_pieces(in, &seed, 100, &got);
		assert_same(&got, &want, "pieces");
	}
}

/* Octet by octet only the small machine runs; whole, mostly the vectors. */
static void test_spoiled(void **state)
{
	static const char marks[] = "== =\r\n\n  \t4CfxxÿZ=20=0d";
	char bytes[1500];
	result want, got;
	uint64_t seed = 2;

	(void)state;
	for (int round = 0; round < 300; round++) {
		sqb_str in = { bytes, next_random(&seed) % sizeof(bytes) };
		uint32_t dense = 1 + next_random(&seed) % 30;

		for (size_t i = 0; i < in.len; i++)
			bytes[i] = next_random(&seed) % dense ? 'x' :
			    marks[next_random(&seed) % (sizeof(marks) - 1)];
		decode_pieces(in, &seed, 1, &want);
		decode_at(in, 0, &got);
		assert_same(&got, &want, "whole");
		decode_pieces(in, &seed, 100, &got);
		assert_same(&got, &want, "pieces");
		assert_true(got.len <= in.len);
	}
}

static const struct {
	sqb_str in;
	const char *want;
} encoded[] = {
	{ SQB_STR(""), "" },
	{ SQB_STR("a"), "a" },
	{ SQB_STR("a\r\n"), "a\r\n" },
	{ SQB_STR("a=b"), "a=3Db" },
	{ SQB_STR("gr\xc3\xbc\xc3\x9f"), "gr=C3=BC=C3=9F" },
	{ SQB_STR("a \r\nb\t\r\n \tc"), "a=20\r\nb=09\r\n \tc" },
	{ SQB_STR("a "), "a=20" },
	{ SQB_STR("a\rb\nc"), "a=0Db=0Ac" },
	{ SQB_STR("a\r"), "a=0D" },
	{ SQB_STR("\0\x7f\x1b"), "=00=7F=1B" },
	{ SQB_STR("123456789 123456789 123456789 123456789 123456789 "
	  "123456789 123456789 12345"), "123456789 123456789 123456789 "
	  "123456789 123456789 123456789 123456789 12345" },
	{ SQB_STR("123456789 123456789 123456789 123456789 123456789 "
	  "123456789 123456789 12345x"), "123456789 123456789 123456789 "
	  "123456789 123456789 123456789 123456789 12345=\r\nx" },
	{ SQB_STR("123456789 123456789 123456789 123456789 123456789 "
	  "123456789 123456789 123=x"), "123456789 123456789 123456789 "
	  "123456789 123456789 123456789 123456789 123=\r\n=3Dx" },
};

/* In two pieces; what the first leaves comes with the second. */
static size_t encode_at(sqb_str in, size_t cut, char *out)
{
	sqb_str first = exact((sqb_str){ in.ptr, cut }), rest;
	size_t column = 0, used, n, room = sqb__qp_encoded_max(in.len);
	char *to = malloc(room);

	assert_non_null(to);
	n = sqb__qp_encode(&column, first, false, to, &used);
	assert_true(used <= cut && cut - used <= 2);
	rest = exact((sqb_str){ in.ptr + used, in.len - used });
	n += sqb__qp_encode(&column, rest, true, to + n, &used);
	assert_int_equal(used, rest.len);
	assert_true(n <= room);
	memcpy(out, to, n);
	free(to);
	exact_free(first);
	exact_free(rest);
	return n;
}

static void test_encode(void **state)
{
	char out[500];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(encoded); i++)
		for (size_t cut = 0; cut <= encoded[i].in.len; cut++) {
			size_t n = encode_at(encoded[i].in, cut, out);

			out[n] = '\0';
			assert_string_equal(out, encoded[i].want);
		}
}

/* Lines of at most 76, ASCII only, and the same when it is read. */
static void assert_encoded(sqb_str out, sqb_str in)
{
	result got;

	for (sqb_str s = out; s.len > 0;) {
		const char *end = memchr(s.ptr, '\n', s.len);
		size_t n = end ? (size_t)(end - s.ptr) + 1 : s.len;

		assert_true(n <= (end ? 78 : 76));
		assert_true(!end || (n > 1 && end[-1] == '\r'));
		for (size_t i = 0; i + 2 < n; i++)
			assert_true((s.ptr[i] >= ' ' && s.ptr[i] < 0x7f) ||
			    s.ptr[i] == '\t');
		s = (sqb_str){ s.ptr + n, s.len - n };
	}
	decode_at(out, 0, &got);
	assert_int_equal(got.broken.n, 0);
	assert_int_equal(got.len, in.len);
	assert_memory_equal(got.text, in.ptr, in.len);
}

static void test_encode_random(void **state)
{
	static const char *const bits[] = { "\r\n", " ", "\t", "=", ".",
		"\xc3\xbc", "\r", "\n", "\0", "word", "a longer run of it" };
	static char out[MAX_TEXT * 4];
	uint64_t seed = 3;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		char bytes[1200];
		sqb_str in = { bytes, 0 };
		size_t n;

		for (uint32_t k = next_random(&seed) % 60; k > 0; k--) {
			const char *bit = bits[next_random(&seed) %
			    ARRAY_LEN(bits)];
			size_t len = *bit ? strlen(bit) : 1;

			memcpy(bytes + in.len, bit, len);
			in.len += len;
		}
		n = encode_at(in, next_random(&seed) % (in.len + 1), out);
		assert_encoded((sqb_str){ out, n }, in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_runs_of_blanks),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_spoiled),
		cmocka_unit_test(test_encode),
		cmocka_unit_test(test_encode_random),
	};

	return cmocka_run_group_tests_name("qp", tests, NULL, NULL);
}

/*
 * Base64 as mail has it: what is read from it and which flaws are told, by
 * each kernel that this processor runs, whole and at every split.
 */
#include "flaws.h"

#include "text/base64_body.h"

enum { MAX_TEXT = 1200 };

typedef struct flaws {
	sqb__flaw junk, joined, unpadded, cut;
} flaws;

typedef struct result {
	char text[MAX_TEXT];
	size_t len;
	flaws flaws;
} result;

static void assert_same(const result *got, const result *want, const char *in)
{
	assert_octets((sqb_str){ got->text, got->len },
	    (sqb_str){ want->text, want->len }, in);
	assert_flaw(got->flaws.junk, want->flaws.junk, in, "junk");
	assert_flaw(got->flaws.joined, want->flaws.joined, in, "joined");
	assert_flaw(got->flaws.unpadded, want->flaws.unpadded, in,
	    "unpadded");
	assert_flaw(got->flaws.cut, want->flaws.cut, in, "cut");
}

/* Into memory of just the size that is asked for. */
static void feed(sqb__base64_body *d, sqb_str piece, result *r)
{
	sqb_str in = exact(piece), out = exact(piece);
	size_t n = sqb__base64_body_decode(d, in, (char *)(uintptr_t)out.ptr);

	assert_true(n <= piece.len && r->len + n <= MAX_TEXT);
	if (n > 0)
		memcpy(r->text + r->len, out.ptr, n);
	r->len += n;
	exact_free(in);
	exact_free(out);
}

static void begin(sqb__base64_body *d, const sqb__base64_kernel *k, result *r)
{
	*r = (result){ .len = 0 };
	sqb__base64_body_init(d);
	d->groups = k->groups;
}

static void end(sqb__base64_body *d, result *r)
{
	sqb__base64_body_end(d);
	r->flaws = (flaws){ d->junk, d->joined, d->unpadded, d->cut };
}

static void decode_at(const sqb__base64_kernel *k, sqb_str in, size_t cut,
    result *r)
{
	sqb__base64_body d;

	begin(&d, k, r);
	feed(&d, (sqb_str){ in.ptr, cut }, r);
	feed(&d, (sqb_str){ in.ptr + cut, in.len - cut }, r);
	end(&d, r);
}

static void decode_pieces(const sqb__base64_kernel *k, sqb_str in,
    uint64_t *seed, uint32_t max, result *r)
{
	sqb__base64_body d;
	size_t n;

	begin(&d, k, r);
	for (size_t at = 0; at < in.len; at += n) {
		n = 1 + next_random(seed) % max;
		if (n > in.len - at)
			n = in.len - at;
		feed(&d, (sqb_str){ in.ptr + at, n }, r);
	}
	end(&d, r);
}

#define LINE "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdH" \
    "V2d3h5ejAxMjM0"
#define PLAIN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz01234"

#define NONE { .junk = { 0, 0 } }

static const struct {
	const char *in, *want;
	flaws flaws;
} cases[] = {
	{ "", "", NONE },
	{ "Zm9vYmFy", "foobar", NONE },
	{ "Zg==", "f", NONE },
	{ "Zm8=\r\n", "fo", NONE },
	{ LINE "\r\n" LINE "\r\n" LINE "\r\nZg==\r\n", PLAIN PLAIN PLAIN "f",
	  NONE },
	{ LINE "\n" LINE "\n\n" LINE "\nZm9v\n", PLAIN PLAIN PLAIN "foo",
	  NONE },
	{ LINE "\r" LINE "\r" LINE, PLAIN PLAIN PLAIN, NONE },
	{ " Z m\t9 v\r\n ", "foo", NONE },
	/* junk */
	{ "Zm!9v", "foo", { .junk = { 1, 2 } } },
	{ "\xffZm9v*", "foo", { .junk = { 2, 0 } } },
	{ "Zm-9_v", "foo", { .junk = { 2, 2 } } },
	{ "Zm9v=", "foo", { .junk = { 1, 4 } } },
	{ "=Zm9v", "foo", { .junk = { 1, 0 } } },
	{ "Zg===", "f", { .junk = { 1, 4 } } },
	{ "Zg==\r\n--", "f", { .junk = { 2, 6 } } },
	{ LINE "\r\n" LINE ".\r\n" LINE "\r\n", PLAIN PLAIN PLAIN,
	  { .junk = { 1, 154 } } },
	/* blocks behind each other */
	{ "Zg==Zm8=", "ffo", { .joined = { 1, 4 } } },
	{ "Zg==\r\nZm8=\r\nZm9v", "ffofoo", { .joined = { 2, 6 } } },
	{ "Zg=Zm8=", "ffo", { .joined = { 1, 3 }, .unpadded = { 1, 3 } } },
	{ LINE "Zg==\r\n" LINE "\r\n", PLAIN "f" PLAIN,
	  { .joined = { 1, 82 } } },
	/* ends */
	{ "Zg", "f", { .unpadded = { 1, 2 } } },
	{ "Zm8\r\n", "fo", { .unpadded = { 1, 5 } } },
	{ "Zg=", "f", { .unpadded = { 1, 3 } } },
	{ "Zm9vZ", "foo", { .cut = { 1, 5 } } },
	{ "Zm9vZ===", "foo", { .cut = { 1, 5 } } },
	{ "Z=Zm9v", "foo", { .joined = { 1, 2 }, .unpadded = { 1, 2 },
	  .cut = { 1, 1 } } },
};

static void test_cases(void **state)
{
	const sqb__base64_kernel *k;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		sqb_str in = sqb_str_of(cases[i].in);
		result want = { .len = strlen(cases[i].want),
		    .flaws = cases[i].flaws }, got;

		memcpy(want.text, cases[i].want, want.len);
		for (size_t n = 0; (k = sqb__base64_kernel_at(n)); n++) {
			for (size_t cut = 0; cut <= in.len; cut++) {
				decode_at(k, in, cut, &got);
				assert_same(&got, &want, cases[i].in);
			}
		}
	}
}

/* As plain as can be: four characters, three octets. */
static size_t encode(const char *octets, size_t n, char *out)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t len = 0;

	for (size_t bit = 0; bit < n * 8; bit += 6) {
		unsigned v = 0;

		for (size_t i = bit; i < bit + 6; i++)
			v = v << 1 | (i < n * 8 &&
			    ((unsigned char)octets[i / 8] >> (7 - i % 8) & 1));
		out[len++] = alphabet[v];
	}
	while (len % 4 != 0)
		out[len++] = '=';
	return len;
}

static size_t fold(const char *in, size_t n, size_t width, const char *eol,
    char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		out[len++] = in[i];
		if (i % width != width - 1 && i + 1 < n)
			continue;
		for (const char *p = eol; *p != '\0'; p++)
			out[len++] = *p;
	}
	return len;
}

/* Octets encoded, in lines of every width: all come back, with no flaw. */
static void test_there_and_back(void **state)
{
	char encoded[MAX_TEXT * 2], folded[MAX_TEXT * 8];
	static const char *const eols[] = { "\r\n", "\n", "\r", " \r\n" };
	const sqb__base64_kernel *k;
	uint64_t seed = 1;
	result want = { .len = 0 }, got;

	(void)state;
	for (size_t round = 0; round < 600; round++) {
		size_t width = round % 2 ? 76 : 1 + next_random(&seed) % 200;
		const char *eol = eols[next_random(&seed) % ARRAY_LEN(eols)];
		sqb_str in = { folded, 0 };

		want.len = next_random(&seed) % MAX_TEXT;
		for (size_t i = 0; i < want.len; i++)
			want.text[i] = (char)next_random(&seed);
		in.len = fold(encoded, encode(want.text, want.len, encoded),
		    width, eol, folded);
		for (size_t n = 0; (k = sqb__base64_kernel_at(n)); n++) {
			decode_at(k, in, 0, &got);
			assert_same(&got, &want, "whole");
			decode_pieces(k, in, &seed, 300, &got);
			assert_same(&got, &want, "pieces");
		}
	}
}

/* A bit at a time; "=" begins anew. */
static void plain_decode(sqb_str in, result *r)
{
	unsigned bits = 0, n_bits = 0;

	r->len = 0;
	for (size_t i = 0; i < in.len; i++) {
		unsigned char c = (unsigned char)in.ptr[i];
		int v = c >= 'A' && c <= 'Z' ? c - 'A' :
		    c >= 'a' && c <= 'z' ? c - 'a' + 26 :
		    c >= '0' && c <= '9' ? c - '0' + 52 :
		    c == '+' ? 62 : c == '/' ? 63 : -1;

		n_bits = c == '=' ? 0 : n_bits;
		for (int bit = 5; v >= 0 && bit >= 0; bit--) {
			bits = bits << 1 | ((unsigned)v >> bit & 1);
			if (++n_bits == 8) {
				r->text[r->len++] = (char)(bits & 0xff);
				n_bits = 0;
			}
		}
	}
}

/* Nearly base64: runs of it, and between them whatever there is. */
static size_t spoil(uint64_t *seed, char *out, size_t max)
{
	static const char marks[] = "====\r\n\n \t-!\xc3";
	size_t len = 0;

	while (len < max) {
		size_t run = next_random(seed) % 3 ? next_random(seed) % 100 :
		    next_random(seed) % 6;

		for (; run > 0 && len < max; run--)
			out[len++] = "QWzd09+/"[next_random(seed) % 8];
		if (len < max)
			out[len++] = next_random(seed) % 4 ?
			    marks[next_random(seed) % (sizeof(marks) - 1)] :
			    (char)next_random(seed);
	}
	return len;
}

static void test_spoiled(void **state)
{
	char bytes[MAX_TEXT];
	const sqb__base64_kernel *k;
	uint64_t seed = 2;
	result plain, want, got;

	(void)state;
	for (int round = 0; round < 500; round++) {
		sqb_str in = { bytes, spoil(&seed, bytes,
		    next_random(&seed) % MAX_TEXT) };

		plain_decode(in, &plain);
		decode_pieces(sqb__base64_kernel_at(0), in, &seed, 1, &want);
		plain.flaws = want.flaws;
		assert_same(&want, &plain, "octet by octet");
		for (size_t n = 0; (k = sqb__base64_kernel_at(n)); n++) {
			decode_at(k, in, 0, &got);
			assert_same(&got, &want, "whole");
			decode_pieces(k, in, &seed, 200, &got);
			assert_same(&got, &want, "pieces");
		}
	}
}

/* Any octet at any place ends the run there, or is in the alphabet. */
static void check_kernel(const sqb__base64_kernel *k, size_t n, size_t bad,
    char c)
{
	char text[150], want[150];
	sqb_str in, out;
	size_t taken;

	for (size_t i = 0; i < n; i++)
		text[i] = LINE[i % 76];
	if (bad < n)
		text[bad] = c;
	in = exact((sqb_str){ text, n });
	out = exact((sqb_str){ text, n });
	taken = sqb__base64_portable(want, in.ptr, n);
	assert_int_equal(taken, bad < n && sqb__base64_digits[(uint8_t)c] == 0 ?
	    bad / 4 * 4 : n / 4 * 4);
	assert_int_equal(k->groups((char *)(uintptr_t)out.ptr, in.ptr, n),
	    taken);
	assert_memory_equal(out.ptr, want, taken / 4 * 3);
	exact_free(in);
	exact_free(out);
}

static void test_kernels(void **state)
{
	const sqb__base64_kernel *k;
	size_t n;

	(void)state;
	for (n = 0; (k = sqb__base64_kernel_at(n)); n++) {
		for (size_t len = 0; len <= 140; len++)
			for (size_t bad = 0; bad <= len; bad++)
				check_kernel(k, len, bad, '\n');
		for (int c = 0; c < 256; c++)
			for (size_t bad = 0; bad < 76; bad += 3)
				check_kernel(k, 76, bad, (char)c);
	}
	assert_string_equal(sqb__base64_kernel_at(n - 1)->name, "portable");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernels),
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_spoiled),
	};

	return cmocka_run_group_tests_name("base64_body", tests, NULL, NULL);
}

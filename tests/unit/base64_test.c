/* Base64: the vectors of RFC 4648, what is refused, and there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text/base64.h"
#include "text/base64_kernel.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	sqb_str plain, encoded;
} vectors[] = {	/* RFC 4648, section 10, and RFC 4616's NULs */
	{ SQB_STR(""), SQB_STR("") },
	{ SQB_STR("f"), SQB_STR("Zg==") },
	{ SQB_STR("fo"), SQB_STR("Zm8=") },
	{ SQB_STR("foo"), SQB_STR("Zm9v") },
	{ SQB_STR("foob"), SQB_STR("Zm9vYg==") },
	{ SQB_STR("fooba"), SQB_STR("Zm9vYmE=") },
	{ SQB_STR("foobar"), SQB_STR("Zm9vYmFy") },
	{ SQB_STR("\xfb\xff\xbf"), SQB_STR("+/+/") },
	{ SQB_STR("\0u\0p"), SQB_STR("AHUAcA==") },
};

static sqb_str heap_copy(sqb_str s)
{
	char *p = malloc(s.len > 0 ? s.len : 1);

	assert_non_null(p);
	if (s.len > 0)
		memcpy(p, s.ptr, s.len);
	return (sqb_str){ p, s.len };
}

/* Into memory of just the size that the header promises to be enough. */
static bool decodes(sqb_str in, sqb_str *out)
{
	sqb_str copy = heap_copy(in);
	size_t room = sqb__base64_decoded_max(in.len);
	char *p = malloc(room > 0 ? room : 1);
	bool ok = sqb__base64_decode(p, copy, &out->len);

	free((char *)copy.ptr);
	out->ptr = p;
	return ok;
}

static void test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		sqb_str want = vectors[i].encoded, back;
		sqb_str in = heap_copy(vectors[i].plain);
		char *out = malloc(want.len + 1);

		assert_int_equal(sqb__base64_encoded_len(in.len), want.len);
		sqb__base64_encode(out, in);
		assert_memory_equal(out, want.ptr, want.len);
		assert_true(decodes(want, &back));
		assert_true(sqb_str_eq(back, vectors[i].plain));
		free((char *)back.ptr);
		free((char *)in.ptr);
		free(out);
	}
}

static void test_refused(void **state)
{
	static const char *const bad[] = {
		"Z", "Zg", "Zg=", "Zm8", "=", "==", "===", "====", "Z===",
		"Zg==Zg==", "Zm=v", "=Zm8", "Zm8=\n", "Zm9v\r\n", "Zm9 ",
		" Zm9v", "Zm9vZ", "Zm9-", "Zm9_", "Zm\xc3\xa9", "Zg=g",
		"Zg==Zm9v", "Zm9v====", "Zm9v=",
		"Zh==", "Zk==", "Zv==",		/* bits behind the last octet */
		"Zm9=", "Zm+=", "Zm//Zm9=",
	};
	sqb_str out;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (decodes(sqb_str_of(bad[i]), &out))
			fail_msg("decoded: %s", bad[i]);
		assert_int_equal(out.len, 0);
		free((char *)out.ptr);
	}
	assert_false(decodes((sqb_str){ "Zm9\0", 4 }, &out));
	free((char *)out.ptr);
}

/* Every octet at every place of a group: in the alphabet or refused. */
static void test_alphabet(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		for (size_t at = 0; at < 4; at++) {
			char group[4] = { 'A', 'A', 'A', 'A' };
			bool good = (c >= 'A' && c <= 'Z') ||
			    (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			    c == '+' || c == '/' || (c == '=' && at == 3);
			sqb_str out;

			group[at] = (char)c;
			assert_int_equal(decodes((sqb_str){ group, 4 }, &out),
			    good);
			free((char *)out.ptr);
		}
	}
}

static void test_there_and_back(void **state)
{
	sqb__buf text, back;
	char octets[300];
	unsigned x = 1;

	(void)state;
	sqb__buf_init(&text, sqb_allocator_default(), 1000);
	sqb__buf_init(&back, sqb_allocator_default(), 1000);
	for (size_t len = 0; len <= sizeof(octets); len++) {
		sqb_str in = { octets, len };

		for (size_t i = 0; i < len; i++) {
			x = x * 1103515245u + 12345u;
			octets[i] = (char)(x >> 16);
		}
		sqb__buf_reset(&text);
		sqb__buf_reset(&back);
		sqb__buf_add_base64(&text, in);
		assert_true(sqb__buf_add_decoded(&back, sqb__buf_str(&text)));
		assert_false(text.failed || back.failed);
		assert_true(sqb_str_eq(sqb__buf_str(&back), in));
	}
	sqb__buf_clear(&text);
	sqb__buf_clear(&back);
}

static void test_buffer_full(void **state)
{
	sqb__buf b;

	(void)state;
	sqb__buf_init(&b, sqb_allocator_default(), 4);
	sqb__buf_add_base64(&b, (sqb_str)SQB_STR("four"));
	assert_true(b.failed);
	assert_int_equal(sqb__buf_len(&b), 0);
	sqb__buf_reset(&b);
	assert_true(sqb__buf_add_decoded(&b, (sqb_str)SQB_STR("Zm9vYmFy")));
	assert_true(b.failed);
	sqb__buf_reset(&b);
	assert_false(sqb__buf_add_decoded(&b, (sqb_str)SQB_STR("Zm9")));
	assert_false(b.failed);
	sqb__buf_clear(&b);
}

/* Octets that are unlike their neighbours. */
static sqb_str random_octets(size_t len)
{
	static uint32_t x = 2;
	char *p = malloc(len > 0 ? len : 1);

	assert_non_null(p);
	for (size_t i = 0; i < len; i++) {
		x = x * 1103515245u + 12345u;
		p[i] = (char)(x >> 16);
	}
	return (sqb_str){ p, len };
}

/* Each kernel as the portable one, from and to memory of just that size. */
static void test_encoding_kernels(void **state)
{
	const sqb__base64_kernel *k;

	(void)state;
	for (size_t len = 0; len <= 3 * 70; len += 3) {
		sqb_str in = random_octets(len);
		char *want = malloc(len / 3 * 4 + 1);

		sqb__base64_portable_octets(want, in.ptr, len);
		for (size_t n = 0; (k = sqb__base64_kernel_at(n)); n++) {
			char *got = malloc(len / 3 * 4 + 1);

			got[len / 3 * 4] = 'x';
			k->octets(got, in.ptr, len);
			assert_memory_equal(got, want, len / 3 * 4);
			assert_int_equal(got[len / 3 * 4], 'x');
			free(got);
		}
		free(want);
		free((char *)in.ptr);
	}
}

/* All octets at all places of a vector. */
static void test_encoding_octets(void **state)
{
	const sqb__base64_kernel *k;
	char in[96], want[128], got[128];

	(void)state;
	for (int c = 0; c < 256; c++)
		for (size_t at = 0; at < sizeof(in); at++) {
			memset(in, 0xa5, sizeof(in));
			in[at] = (char)c;
			sqb__base64_portable_octets(want, in, sizeof(in));
			for (size_t n = 0; (k = sqb__base64_kernel_at(n));
			    n++) {
				k->octets(got, in, sizeof(in));
				assert_memory_equal(got, want, sizeof(got));
			}
		}
}

static void test_lines(void **state)
{
	static const size_t lens[] = { 0, 1, 56, 57, 58, 113, 114, 115, 171,
		1000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		sqb_str in = random_octets(lens[i]), line, back;
		size_t n = (size_t)sqb__base64_lines_len(in.len), done = 0;
		char *out = malloc(n + 1);

		assert_int_equal(sqb__base64_encode_lines(out, in), n);
		for (size_t at = 0; at < n; at += 78) {
			line = (sqb_str){ out + at, n - at < 76 ? n - at : 76 };
			assert_true(decodes(line, &back));
			assert_memory_equal(back.ptr, in.ptr + done, back.len);
			done += back.len;
			free((char *)back.ptr);
			if (n - at > 76)
				assert_memory_equal(out + at + 76, "\r\n", 2);
		}
		assert_int_equal(done, in.len);
		free(out);
		free((char *)in.ptr);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encoding_kernels),
		cmocka_unit_test(test_encoding_octets),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_alphabet),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_buffer_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Scans against the plain loop, at every offset, in exact-size copies. */
#include "exact.h"

#include "base/scan.h"

static const char *plain_find(const char *p, const char *end, char a, char b)
{
	for (; p < end; p++)
		if (*p == a && (p + 1 == end || p[1] == b))
			return p;
	return NULL;
}

static uint32_t seed = 1;

static uint32_t rnd(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

/* Few hits, so that whole blocks are skipped too. */
static void fill(char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = "\r\n.\n.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		    [rnd(50)];
}

static void test_find_pair(void **state)
{
	char bytes[300];

	(void)state;
	for (int round = 0; round < 2000; round++) {
		size_t n = rnd(sizeof(bytes));
		sqb_str s;

		fill(bytes, n);
		s = exact((sqb_str){ bytes, n });
		for (size_t from = 0; from <= n; from += 1 + rnd(20))
			assert_ptr_equal(sqb__find_pair(s.ptr + from,
			    s.ptr + n, '\n', '.'), plain_find(s.ptr + from,
			    s.ptr + n, '\n', '.'));
		exact_free(s);
	}
}

static size_t plain_copy(char *dst, const char *src, size_t n)
{
	size_t m = 0;

	for (size_t i = 0; i < n; i++)
		if (src[i] != '\r' || i + 1 == n || src[i + 1] != '\n')
			dst[m++] = src[i];
	return m;
}

/* However it is cut, and the last CR added, it is the same. */
static void test_copy_lf(void **state)
{
	char bytes[200], want[200], got[300];

	(void)state;
	for (int round = 0; round < 2000; round++) {
		size_t n = rnd(sizeof(bytes)), len = 0, at = 0;
		bool cr = false;

		fill(bytes, n);
		while (at < n) {
			size_t part = 1 + rnd((uint32_t)(n - at));
			sqb_str s = exact((sqb_str){ bytes + at, part });
			char *dst = malloc(part + 1);

			assert_non_null(dst);
			part = sqb__copy_lf(dst, s.ptr, s.len, &cr);
			memcpy(got + len, dst, part);
			len += part;
			at += s.len;
			free(dst);
			exact_free(s);
		}
		if (cr)
			got[len++] = '\r';
		assert_int_equal(len, plain_copy(want, bytes, n));
		assert_memory_equal(got, want, len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find_pair),
		cmocka_unit_test(test_copy_lf),
	};

	return cmocka_run_group_tests_name("scan", tests, NULL, NULL);
}

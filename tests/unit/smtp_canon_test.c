/* The canonical, dot-stuffing writer against one that goes octet by octet. */
#include "exact.h"

#include <stdio.h>

#include "smtp/canon.h"

enum { MAX = 4096 };

/* What RFC 5321, sections 2.3.8 and 4.5.2, asks for, said plainly. */
static size_t plainly(char *out, sqb_str in, bool stuff)
{
	size_t n = 0;
	bool front = true;

	for (size_t i = 0; i < in.len; i++) {
		char c = in.ptr[i];

		if (c == '\n' && i > 0 && in.ptr[i - 1] == '\r')
			continue;
		if (c == '\r' || c == '\n') {
			out[n++] = '\r';
			out[n++] = '\n';
			front = true;
			continue;
		}
		if (c == '.' && front && stuff)
			out[n++] = '.';
		out[n++] = c;
		front = false;
	}
	return n;
}

/* In pieces of so much input, and so much room at a time. */
static size_t in_pieces(char *out, sqb_str in, bool stuff, size_t piece,
    size_t room)
{
	sqb__canon c = { .stuff = stuff };
	size_t n = 0;

	while (in.len > 0) {
		sqb_str some = exact((sqb_str){ in.ptr, in.len < piece ?
		    in.len : piece });
		sqb_str dst = exact((sqb_str){ out, room });
		size_t used, made;

		made = sqb__canon_write(&c, (char *)dst.ptr, room, some, &used);
		assert_true(made <= room && used <= some.len);
		assert_true(used > 0 || room < 2);
		memcpy(out + n, dst.ptr, made);
		n += made;
		in.ptr += used;
		in.len -= used;
		exact_free(some);
		exact_free(dst);
	}
	return n;
}

static void compare(sqb_str in)
{
	static const size_t sizes[] = { 1, 2, 3, 7, 16, 17, 18, 33, 64, MAX };
	static char want[MAX], got[2 * MAX];

	for (int stuff = 0; stuff < 2; stuff++) {
		size_t n = plainly(want, in, stuff);

		for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
			for (size_t k = 1; k < ARRAY_LEN(sizes); k++) {
				size_t m = in_pieces(got, in, stuff, sizes[i],
				    sizes[k]);

				assert_int_equal(m, n);
				assert_memory_equal(got, want, n);
			}
		}
	}
}

/* Every look-alike of an end of data, at each place in a vector. */
static void test_look_alikes(void **state)
{
	static const char *const ends[] = { "\r\n.\r\n", "\n.\n", "\r.\r",
	    "\n.\r\n", "\r\n.\n", "\r\n.\r", "\r.\r\n", "\r\r\n.\r\r\n",
	    "\n\n.\n\n", "\r\n..\r\n", ".\r\n", "\r\n.", "\n\r.\n\r",
	    ".", "..", "\r", "\n", "\r\n", "\n\r", "\r\r", "\n\n" };
	char in[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		for (size_t at = 0; at < 36; at++) {
			size_t len = strlen(ends[i]);

			memset(in, 'x', sizeof(in));
			memcpy(in + at, ends[i], len);
			compare((sqb_str){ in, at + len });
			compare((sqb_str){ in, sizeof(in) });
		}
	}
}

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 16;
}

static void test_random(void **state)
{
	uint32_t seed = 20261127;
	char in[200];

	(void)state;
	for (int round = 0; round < 300; round++) {
		size_t len = next(&seed) % sizeof(in);

		for (size_t i = 0; i < len; i++)
			in[i] = "\r\n.xxxxxxxxxxxxx"[next(&seed) %
			    (round % 2 ? 4 : 16)];
		compare((sqb_str){ in, len });
	}
}

/* With the CRLF that ends the last line, where it does not do so itself. */
static void test_len(void **state)
{
	uint32_t seed = 27112026;
	char in[100], out[300];

	(void)state;
	assert_int_equal(sqb__canon_len((sqb_str){ NULL, 0 }), 0);
	for (int round = 0; round < 20000; round++) {
		size_t len = 1 + next(&seed) % (sizeof(in) - 1), n;
		sqb_str s;

		for (size_t i = 0; i < len; i++)
			in[i] = "\r\n.xxxxxxxxxxxxx"[next(&seed) %
			    (round % 2 ? 4 : 16)];
		s = exact((sqb_str){ in, len });
		n = plainly(out, s, false);
		if (in[len - 1] != '\r' && in[len - 1] != '\n')
			n += 2;
		assert_int_equal(sqb__canon_len(s), n);
		exact_free(s);
	}
}

static void test_binary(void **state)
{
	sqb__canon c = { .binary = true };
	char out[8];
	size_t used;

	(void)state;
	assert_int_equal(sqb__canon_write(&c, out, sizeof(out),
	    (sqb_str)SQB_STR("\n.\r\0.\n"), &used), 6);
	assert_int_equal(used, 6);
	assert_memory_equal(out, "\n.\r\0.\n", 6);
	assert_false(c.in_line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_look_alikes),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_len),
		cmocka_unit_test(test_binary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

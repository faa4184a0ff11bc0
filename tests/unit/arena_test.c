/* The arena: alignment, blocks, the maximum, failing allocators. */
#include "exact.h"

#include "base/arena.h"

#include <stdalign.h>

/* Pieces of every size keep their content and do not overlap. */
static void test_pieces(void **state)
{
	unsigned char *pieces[400];
	sqb__arena a;
	counting c;

	(void)state;
	counting_init(&c, 0);
	sqb__arena_init(&a, &c.allocator, 1 << 20);
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		pieces[i] = sqb__arena_alloc(&a, i);
		assert_non_null(pieces[i]);
		assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t),
		    0);
		memset(pieces[i], (int)(i & 0xff), i);
	}
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++)
		for (size_t j = 0; j < i; j++)
			assert_int_equal(pieces[i][j], i & 0xff);
	assert_true(c.n_asked < 40);
	sqb__arena_clear(&a);
	assert_int_equal(c.n_out, 0);
}

/* A big piece has its own block and leaves the room in the first. */
static void test_big_piece(void **state)
{
	sqb__arena a;
	counting c;

	(void)state;
	counting_init(&c, 0);
	sqb__arena_init(&a, &c.allocator, 1 << 20);
	assert_non_null(sqb__arena_alloc(&a, 100000));
	assert_non_null(sqb__arena_alloc(&a, 16));
	assert_non_null(sqb__arena_alloc(&a, 100000));
	assert_int_equal(c.n_asked, 3);
	assert_non_null(sqb__arena_alloc(&a, 16));
	assert_int_equal(c.n_asked, 3);
	sqb__arena_clear(&a);
	assert_int_equal(c.n_out, 0);
}

static void test_maximum(void **state)
{
	size_t n = 0;
	sqb__arena a;
	counting c;

	(void)state;
	counting_init(&c, 0);
	sqb__arena_init(&a, &c.allocator, 4096);
	assert_null(sqb__arena_alloc(&a, 4097));
	assert_null(sqb__arena_alloc(&a, SIZE_MAX));
	assert_null(sqb__arena_alloc(&a, SIZE_MAX - 20));
	while (sqb__arena_alloc(&a, 100))
		n++;
	assert_true(n > 20 && n <= 4096 / 100);
	assert_true(a.taken <= 4096);
	sqb__arena_clear(&a);
	assert_int_equal(a.taken, 0);
	assert_non_null(sqb__arena_alloc(&a, 100));
	sqb__arena_clear(&a);
	assert_int_equal(c.n_out, 0);
}

static void test_no_memory(void **state)
{
	sqb__arena a;
	counting c;

	(void)state;
	for (size_t at = 1; at <= 2; at++) {
		counting_init(&c, at);
		sqb__arena_init(&a, &c.allocator, 4096);
		if (at == 2)
			assert_non_null(sqb__arena_alloc(&a, 1));
		assert_null(sqb__arena_alloc(&a, 2000));
		assert_non_null(sqb__arena_alloc(&a, 2000));
		sqb__arena_clear(&a);
		assert_int_equal(c.n_out, 0);
	}
}

static void test_copy(void **state)
{
	sqb_str in = exact((sqb_str)SQB_STR("abc"));
	sqb__arena a;

	(void)state;
	sqb__arena_init(&a, sqb_allocator_default(), 4096);
	assert_string_equal(sqb__arena_copy(&a, in), "abc");
	assert_string_equal(sqb__arena_copy(&a, (sqb_str){ NULL, 0 }), "");
	sqb__arena_clear(&a);
	exact_free(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_big_piece),
		cmocka_unit_test(test_maximum),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What is kept by key: bounds, order, several of one key. */
#include "net/cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct thing {
	sqb__kept kept;
	char name[16];
	int number;
} thing;

static int n_dropped;

static void drop(sqb__kept *k)
{
	n_dropped++;
	free(k);
}

static void add(sqb__cache *c, const char *name, int number, size_t cost)
{
	thing *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	(void)snprintf(t->name, sizeof(t->name), "%s", name);
	t->number = number;
	t->kept.key = sqb_str_of(t->name);
	t->kept.cost = cost;
	sqb__cache_add(c, &t->kept);
}

/* 0: it is not there. */
static int find(sqb__cache *c, const char *name)
{
	const thing *t = (thing *)sqb__cache_find(c, sqb_str_of(name));

	return t ? t->number : 0;
}

static void test_bounds(void **state)
{
	sqb__cache c = { .max_n = 3, .max_cost = 10, .max_same = 2,
	    .drop = drop };

	(void)state;
	add(&c, "a", 1, 1);
	add(&c, "b", 2, 1);
	add(&c, "c", 3, 1);
	assert_int_equal(find(&c, "a"), 1);	/* b is the oldest now */
	add(&c, "d", 4, 1);
	assert_int_equal(find(&c, "b"), 0);
	assert_int_equal(find(&c, "a"), 1);
	assert_int_equal(find(&c, "c"), 3);
	assert_int_equal(find(&c, "d"), 4);

	add(&c, "e", 5, 8);			/* with d that is 9 */
	assert_int_equal(c.n, 3);
	assert_int_equal(c.cost, 10);
	add(&c, "f", 6, 3);			/* e has to go */
	assert_int_equal(find(&c, "e"), 0);
	assert_int_equal(find(&c, "f"), 6);
	add(&c, "g", 7, 11);			/* never fits */
	assert_int_equal(find(&c, "g"), 0);
	assert_int_equal(c.n, 0);
	assert_int_equal(c.cost, 0);
	assert_null(c.newest);
	assert_null(c.oldest);
}

static void test_same_key(void **state)
{
	sqb__cache c = { .max_n = 9, .max_cost = 99, .max_same = 2,
	    .drop = drop };
	sqb__kept *k;

	(void)state;
	add(&c, "a", 1, 1);
	add(&c, "b", 2, 1);
	add(&c, "a", 3, 1);
	add(&c, "a", 4, 1);
	assert_int_equal(c.n, 3);
	assert_int_equal(find(&c, "a"), 4);
	k = sqb__cache_find(&c, sqb_str_of("a"));
	sqb__cache_remove(&c, k);
	drop(k);
	assert_int_equal(find(&c, "a"), 3);
	add(&c, "a", 5, 1);
	sqb__cache_forget(&c, sqb_str_of("a"));
	assert_int_equal(find(&c, "a"), 0);
	assert_int_equal(find(&c, "b"), 2);
	sqb__cache_forget(&c, (sqb_str){ NULL, 0 });
	assert_int_equal(c.n, 0);
	assert_int_equal(find(&c, "b"), 0);
}

/* Many more keys than buckets; each thing is dropped once. */
static void test_many(void **state)
{
	enum { N = 5000, ROOM = 1000 };
	sqb__cache c = { .max_n = ROOM, .max_cost = SIZE_MAX, .max_same = 1,
	    .drop = drop };
	char name[16];

	(void)state;
	n_dropped = 0;
	for (int i = 1; i <= N; i++) {
		(void)snprintf(name, sizeof(name), "host%d", i);
		add(&c, name, i, 1);
	}
	assert_int_equal(c.n, ROOM);
	for (int i = 1; i <= N; i++) {
		(void)snprintf(name, sizeof(name), "host%d", i);
		assert_int_equal(find(&c, name), i <= N - ROOM ? 0 : i);
	}
	assert_int_equal(n_dropped, N - ROOM);
	sqb__cache_forget(&c, (sqb_str){ NULL, 0 });
	assert_int_equal(n_dropped, N);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_same_key),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* For unit tests: exact-size heap copies, and an allocator that fails. */
#ifndef SQUAB_TESTS_EXACT_H
#define SQUAB_TESTS_EXACT_H

#include <squab/base.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* A copy that ends where its block ends, so that ASan sees an over-read. */
static inline sqb_str exact(sqb_str s)
{
	char *p = malloc(s.len > 0 ? s.len : 1);

	assert_non_null(p);
	if (s.len > 0)
		memcpy(p, s.ptr, s.len);
	return (sqb_str){ p, s.len };
}

static inline void exact_free(sqb_str s)
{
	free((char *)(uintptr_t)s.ptr);
}

typedef struct counting {
	sqb_allocator allocator;
	size_t n_asked;		/* allocations asked for */
	size_t fail_at;		/* this one fails, from 1; 0: none */
	size_t n_out;		/* blocks not freed */
} counting;

static inline void *counting_realloc(void *ctx, void *p, size_t old_size,
    size_t size)
{
	counting *c = ctx;
	void *fresh;

	(void)old_size;
	if (++c->n_asked == c->fail_at)
		return NULL;
	fresh = realloc(p, size);
	assert_non_null(fresh);
	c->n_out += !p;
	return fresh;
}

static inline void *counting_alloc(void *ctx, size_t size)
{
	return counting_realloc(ctx, NULL, 0, size);
}

static inline void counting_free(void *ctx, void *p)
{
	counting *c = ctx;

	c->n_out -= p != NULL;
	free(p);
}

static inline void counting_init(counting *c, size_t fail_at)
{
	*c = (counting){ .allocator = { counting_alloc, counting_realloc,
	    counting_free, c }, .fail_at = fail_at };
}

/*
 * Runs what allocates with each allocation failing in turn, until none does;
 * each time all must be freed. How often that was.
 */
static inline size_t fail_each(void (*run)(const sqb_allocator *a))
{
	counting c;
	size_t n = 0;

	do {
		counting_init(&c, ++n);
		run(&c.allocator);
		assert_int_equal(c.n_out, 0);
	} while (c.n_asked >= n);
	return n;
}

/* Random numbers that are the same each time. */
static inline uint32_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33);
}

#endif

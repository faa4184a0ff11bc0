/*
 * The default allocator: below src/net the only place that names malloc, so
 * that a program which brings its own gets all of it.
 */
#include <squab/base.h>

#include <stdlib.h>

static void *heap_alloc(void *ctx, size_t size)
{
	(void)ctx;
	return malloc(size);
}

static void *heap_realloc(void *ctx, void *p, size_t old_size, size_t size)
{
	(void)ctx;
	(void)old_size;
	return realloc(p, size);
}

static void heap_free(void *ctx, void *p)
{
	(void)ctx;
	free(p);
}

const sqb_allocator *sqb_allocator_default(void)
{
	static const sqb_allocator heap = {
		.alloc = heap_alloc,
		.realloc = heap_realloc,
		.free = heap_free,
	};

	return &heap;
}

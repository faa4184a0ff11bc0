/* The bump arena: blocks that double in size, and one each for big pieces. */
#include "base/arena.h"

#include <stdalign.h>
#include <string.h>

/* A few small blocks, which malloc(3) gives and takes fast, then big ones. */
enum { FIRST_BLOCK = 960, N_SMALL = 4, LAST_BLOCK = 64 * 1024 };

struct sqb__arena_block {
	sqb__arena_block *next;
	size_t used, cap;
	alignas(max_align_t) char data[];
};

void sqb__arena_init(sqb__arena *a, const sqb_allocator *allocator,
    size_t max)
{
	*a = (sqb__arena){ .allocator = allocator, .max = max };
}

void sqb__arena_clear(sqb__arena *a)
{
	sqb__arena_block *b, *next;

	for (b = a->blocks; b; b = next) {
		next = b->next;
		a->allocator->free(a->allocator->ctx, b);
	}
	a->blocks = NULL;
	a->taken = 0;
}

static sqb__arena_block *new_block(sqb__arena *a, size_t cap)
{
	size_t size = sizeof(sqb__arena_block) + cap;
	sqb__arena_block *b;

	if (size < cap || size > a->max - a->taken)
		return NULL;
	b = a->allocator->alloc(a->allocator->ctx, size);
	if (!b)
		return NULL;
	*b = (sqb__arena_block){ .cap = cap };
	a->taken += size;
	return b;
}

/* What is too big to share a block must not cost the room in the first. */
static void *alone(sqb__arena *a, size_t size)
{
	sqb__arena_block *b = new_block(a, size);

	if (!b)
		return NULL;
	b->used = size;
	if (a->blocks) {
		b->next = a->blocks->next;
		a->blocks->next = b;
	} else {
		a->blocks = b;
	}
	return b->data;
}

static void *take(sqb__arena_block *b, size_t size)
{
	void *p = b->data + b->used;

	b->used += size;
	return p;
}

static void *get(sqb__arena *a, size_t size)
{
	const size_t align = alignof(max_align_t);
	sqb__arena_block *b = a->blocks;
	size_t cap;

	if (size > SIZE_MAX - align)
		return NULL;
	size = (size + align - 1) / align * align;
	if (b && b->cap - b->used >= size)
		return take(b, size);
	if (size > FIRST_BLOCK / 2)
		return alone(a, size);
	cap = b && b->cap >= FIRST_BLOCK && a->taken >
	    (size_t)N_SMALL * FIRST_BLOCK ? 2 * b->cap : FIRST_BLOCK;
	b = new_block(a, cap < LAST_BLOCK ? cap : LAST_BLOCK);
	if (!b)
		return alone(a, size);	/* the last octets below max */
	b->next = a->blocks;
	a->blocks = b;
	return take(b, size);
}

void *sqb__arena_alloc(sqb__arena *a, size_t size)
{
	void *p = get(a, size);

	a->failed |= !p;
	return p;
}

char *sqb__arena_copy(sqb__arena *a, sqb_str s)
{
	char *p = s.len < SIZE_MAX ? sqb__arena_alloc(a, s.len + 1) : NULL;

	if (!p)
		return NULL;
	if (s.len > 0)
		memcpy(p, s.ptr, s.len);
	p[s.len] = '\0';
	return p;
}

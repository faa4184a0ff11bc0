/* The allocator of the tests: see heap.h. */
#include "heap.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#endif

#ifdef HAVE_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

enum { JUNK = 0xa5, HEADER = alignof(max_align_t) };

void heap_guard(void *data, size_t len)
{
	ASAN_POISON_MEMORY_REGION(data, len);
}

void heap_unguard(void *data, size_t len)
{
	ASAN_UNPOISON_MEMORY_REGION(data, len);
}

static bool must_fail(heap *h)
{
	h->n_asked++;
	if (h->fail_at == 0 || h->n_asked < h->fail_at ||
	    (h->n_asked > h->fail_at && !h->fail_on))
		return false;
	h->failed = true;
	return true;
}

static size_t size_of(const void *p)
{
	size_t size;

	memcpy(&size, (const char *)p - HEADER, sizeof(size));
	return size;
}

static void *heap_alloc(void *ctx, size_t size)
{
	heap *h = ctx;
	char *block;

	if (must_fail(h))
		return NULL;
	block = malloc(HEADER + size);
	if (!block)
		abort();
	memcpy(block, &size, sizeof(size));
	memset(block + HEADER, JUNK, size);
	h->n_out++;
	h->bytes += size;
	if (h->bytes > h->peak)
		h->peak = h->bytes;
	return block + HEADER;
}

static void heap_free(void *ctx, void *p)
{
	heap *h = ctx;
	size_t size;

	if (!p)
		return;
	size = size_of(p);
	heap_unguard(p, size);
	memset(p, JUNK, size);
	h->n_out--;
	h->bytes -= size;
	free((char *)p - HEADER);
}

/* Always moves, so that whoever kept the old address is found out. */
static void *heap_realloc(void *ctx, void *p, size_t old_size, size_t size)
{
	void *fresh = heap_alloc(ctx, size);

	if (!fresh)
		return NULL;
	if (p) {
		if (size_of(p) != old_size)
			abort();	/* the caller lied about the size */
		heap_unguard(p, old_size);
		memcpy(fresh, p, old_size < size ? old_size : size);
		heap_free(ctx, p);
	}
	return fresh;
}

void heap_init(heap *h)
{
	*h = (heap){ .allocator = { heap_alloc, heap_realloc, heap_free, h } };
}

/* A byte buffer that grows to a hard maximum and remembers its failure. */
#ifndef SQB_BASE_BUF_H
#define SQB_BASE_BUF_H

#include <squab/base.h>

#include <assert.h>

/*
 * Bytes are taken from the front and added at the back. After a failed
 * append every append is a no-op, so a run of them is checked once.
 */
typedef struct sqb__buf {
	const sqb_allocator *allocator;
	char *data;
	size_t start, end;	/* the content is data[start..end) */
	size_t cap, max;
	bool failed;		/* an append found no memory or no room */
	bool secret;		/* wipe what is dropped, moved or freed */
} sqb__buf;

void sqb__buf_init(sqb__buf *b, const sqb_allocator *a, size_t max);
void sqb__buf_clear(sqb__buf *b);	/* frees; b is as after init */

static inline size_t sqb__buf_len(const sqb__buf *b)
{
	return b->end - b->start;
}

static inline sqb_str sqb__buf_str(const sqb__buf *b)
{
	assert(b->data || sqb__buf_len(b) == 0);
	if (!b->data)
		return (sqb_str){ NULL, 0 };
	return (sqb_str){ b->data + b->start, b->end - b->start };
}

/* What reserve does where there is not room for n already. */
bool sqb__buf_grow(sqb__buf *b, size_t n);

/* Room for n more at data + end. False: failed is set. May move the bytes. */
static inline bool sqb__buf_reserve(sqb__buf *b, size_t n)
{
	return (!b->failed && b->cap - b->end >= n) || sqb__buf_grow(b, n);
}

static inline void sqb__buf_add_char(sqb__buf *b, char c)
{
	if (sqb__buf_reserve(b, 1))
		b->data[b->end++] = c;
}

void sqb__buf_add(sqb__buf *b, sqb_str s);
void sqb__buf_add_c(sqb__buf *b, const char *s);
void sqb__buf_add_uint(sqb__buf *b, uint64_t n);

/* Drops n bytes from the front; n <= len. */
void sqb__buf_drop(sqb__buf *b, size_t n);

/* memset that the compiler may not leave out. */
void sqb__wipe(void *p, size_t n);

/* Empties it and keeps the memory; also forgets a failure. */
static inline void sqb__buf_reset(sqb__buf *b)
{
	if (b->secret)
		sqb__wipe(b->data, b->end);
	b->start = b->end = 0;
	b->failed = false;
}

#endif

/* The growing byte buffer. */
#include "base/buf.h"

#include <string.h>

enum { FIRST_CAP = 256 };

/* volatile: the call through it cannot be proved to be without effect */
static void *(*const volatile set)(void *, int, size_t) = memset;

void sqb__wipe(void *p, size_t n)
{
	if (n > 0)
		set(p, 0, n);
}

void sqb__buf_init(sqb__buf *b, const sqb_allocator *a, size_t max)
{
	*b = (sqb__buf){ .allocator = a, .max = max };
}

void sqb__buf_clear(sqb__buf *b)
{
	if (b->secret)
		sqb__wipe(b->data, b->cap);
	b->allocator->free(b->allocator->ctx, b->data);
	b->data = NULL;
	b->start = b->end = b->cap = 0;
	b->failed = false;
}

static void to_front(sqb__buf *b)
{
	size_t len = sqb__buf_len(b);

	memmove(b->data, b->data + b->start, len);
	if (b->secret)
		sqb__wipe(b->data + len, b->end - len);
	b->start = 0;
	b->end = len;
}

/* realloc would leave a copy of a secret behind */
static char *moved(sqb__buf *b, size_t cap)
{
	const sqb_allocator *a = b->allocator;
	char *data;

	if (!b->secret)
		return a->realloc(a->ctx, b->data, b->cap, cap);
	data = a->alloc(a->ctx, cap);
	if (!data)
		return NULL;
	if (b->end > 0)
		memcpy(data, b->data, b->end);
	sqb__wipe(b->data, b->cap);
	a->free(a->ctx, b->data);
	return data;
}

/* No more than max, for what there is room for is not looked at again. */
static size_t first_cap(const sqb__buf *b, size_t n)
{
	size_t cap = n > FIRST_CAP ? n : FIRST_CAP;

	return cap < b->max ? cap : b->max;
}

bool sqb__buf_grow(sqb__buf *b, size_t n)
{
	size_t len = sqb__buf_len(b);
	size_t cap = b->cap > 0 ? b->cap : first_cap(b, n);
	char *data;

	if (b->failed || n > b->max || len > b->max - n) {
		b->failed = true;
		return false;
	}
	if (b->start > 0)
		to_front(b);
	if (b->cap - b->end >= n)
		return true;
	while (cap < len + n)
		cap = cap > b->max / 2 ? b->max : 2 * cap;
	data = moved(b, cap);
	if (!data) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->cap = cap;
	return true;
}

void sqb__buf_add(sqb__buf *b, sqb_str s)
{
	if (s.len == 0 || !sqb__buf_reserve(b, s.len))
		return;
	memcpy(b->data + b->end, s.ptr, s.len);
	b->end += s.len;
}

void sqb__buf_add_c(sqb__buf *b, const char *s)
{
	sqb__buf_add(b, sqb_str_of(s));
}

void sqb__buf_add_uint(sqb__buf *b, uint64_t n)
{
	char digits[20];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	sqb__buf_add(b, (sqb_str){ digits + at, sizeof(digits) - at });
}

void sqb__buf_drop(sqb__buf *b, size_t n)
{
	if (b->secret)
		sqb__wipe(b->data + b->start, n);
	b->start += n;
	if (b->start == b->end)
		b->start = b->end = 0;
}

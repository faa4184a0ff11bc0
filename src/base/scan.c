/*
 * Scans in blocks of vectors. A block without a hit costs a few instructions;
 * one with a hit is looked at octet by octet.
 */
#include "base/scan.h"

#include "base/vector.h"

enum { BLOCK = 4 * SQB__VECTOR };

static inline sqb__vector pairs(const char *p, sqb__vector first,
    sqb__vector second)
{
	return (sqb__vector)(sqb__vector_load(p) == first) &
	    (sqb__vector)(sqb__vector_load(p + 1) == second);
}

/* p[0..BLOCK] can be read. */
static inline bool block_has_pair(const char *p, sqb__vector first,
    sqb__vector second)
{
	sqb__vector hit = pairs(p, first, second);

	for (int i = 1; i < BLOCK / SQB__VECTOR; i++)
		hit |= pairs(p + i * SQB__VECTOR, first, second);
	return sqb__vector_any(hit);
}

const char *sqb__find_pair(const char *p, const char *end, char first,
    char second)
{
	const sqb__vector v1 = sqb__vector_of(first);
	const sqb__vector v2 = sqb__vector_of(second);

	while (end - p > BLOCK && !block_has_pair(p, v1, v2))
		p += BLOCK;
	for (; p < end; p++)
		if (*p == first && (p + 1 == end || p[1] == second))
			return p;
	return NULL;
}

/* The octets up to the first CR, a vector at a time; dst has room beyond. */
static const char *copy_to_cr(char **dst, const char *p, const char *end)
{
	while (end - p >= SQB__VECTOR) {
		sqb__vector v = sqb__vector_load(p);
		sqb__vector cr = sqb__vector_eq(v, '\r');

		sqb__vector_store(*dst, v);
		if (sqb__vector_any(cr)) {
			size_t n = sqb__vector_first(cr);

			*dst += n;
			return p + n;
		}
		*dst += SQB__VECTOR;
		p += SQB__VECTOR;
	}
	while (p < end && *p != '\r')
		*(*dst)++ = *p++;
	return p;
}

size_t sqb__copy_lf(char *dst, const char *src, size_t n, bool *cr)
{
	const char *p = src, *end = src + n;
	char *out = dst;

	if (*cr && n > 0 && *p != '\n')
		*out++ = '\r';
	*cr = *cr && n == 0;
	while ((p = copy_to_cr(&out, p, end)) < end) {
		if (p + 1 == end) {
			*cr = true;
			break;
		}
		if (p[1] != '\n')
			*out++ = '\r';
		p++;
	}
	return (size_t)(out - dst);
}

/*
 * Scans in blocks of what the compiler makes vectors of: SSE2, NEON, or plain
 * words where there is nothing better. A block without a hit costs a few
 * instructions; one with a hit is looked at octet by octet.
 */
#include "base/scan.h"

#include <string.h>

typedef unsigned char vector __attribute__((vector_size(16)));
typedef uint64_t halves __attribute__((vector_size(16)));

enum { VECTOR = sizeof(vector), BLOCK = 4 * VECTOR };

static inline vector load(const char *p)
{
	vector v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline vector all(char c)
{
	return (vector){ 0 } + (unsigned char)c;
}

/* v is of comparisons: true where any of them is. */
static inline bool any(vector v)
{
	halves h = (halves)v;

	return (h[0] | h[1]) != 0;
}

static inline vector pairs(const char *p, vector first, vector second)
{
	return (vector)(load(p) == first) & (vector)(load(p + 1) == second);
}

/* p[0..BLOCK] can be read. */
static inline bool block_has_pair(const char *p, vector first, vector second)
{
	vector hit = pairs(p, first, second);

	for (int i = 1; i < BLOCK / VECTOR; i++)
		hit |= pairs(p + i * VECTOR, first, second);
	return any(hit);
}

const char *sqb__find_pair(const char *p, const char *end, char first,
    char second)
{
	const vector v1 = all(first), v2 = all(second);

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
	const vector cr = all('\r');

	while (end - p >= VECTOR) {
		vector v = load(p);

		if (any((vector)(v == cr)))
			break;
		memcpy(*dst, &v, sizeof(v));
		*dst += VECTOR;
		p += VECTOR;
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

/*
 * Vectors in the compiler's own terms: SSE2, NEON, or plain words where there
 * is nothing better. It has none for the bits of a comparison, which SSE2 has.
 */
#ifndef SQB_BASE_VECTOR_H
#define SQB_BASE_VECTOR_H

#include <squab/base.h>

#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

typedef unsigned char sqb__vector __attribute__((vector_size(16)));
typedef uint64_t sqb__vector_halves __attribute__((vector_size(16)));

enum { SQB__VECTOR = sizeof(sqb__vector) };

static inline sqb__vector sqb__vector_load(const char *p)
{
	sqb__vector v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline void sqb__vector_store(char *p, sqb__vector v)
{
	memcpy(p, &v, sizeof(v));
}

static inline sqb__vector sqb__vector_of(char c)
{
	return (sqb__vector){ 0 } + (unsigned char)c;
}

/* Where v has c. */
static inline sqb__vector sqb__vector_eq(sqb__vector v, char c)
{
	return (sqb__vector)(v == sqb__vector_of(c));
}

#if defined(__SSE2__)
/* v is of comparisons: a bit an octet. */
static inline unsigned sqb__vector_bits(sqb__vector v)
{
	return (unsigned)_mm_movemask_epi8((__m128i)v);
}

/* v is of comparisons: true where any of them is. */
static inline bool sqb__vector_any(sqb__vector v)
{
	return sqb__vector_bits(v) != 0;
}

/* v is of comparisons and any of them is true: the first. */
static inline size_t sqb__vector_first(sqb__vector v)
{
	return (size_t)__builtin_ctz(sqb__vector_bits(v));
}
#else
/* v is of comparisons: true where any of them is. */
static inline bool sqb__vector_any(sqb__vector v)
{
	sqb__vector_halves h = (sqb__vector_halves)v;

	return (h[0] | h[1]) != 0;
}

/* v is of comparisons and any of them is true: the first. */
static inline size_t sqb__vector_first(sqb__vector v)
{
	sqb__vector_halves h = (sqb__vector_halves)v;
	size_t half = h[0] == 0;
	int bits = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ?
	    __builtin_ctzll(h[half]) : __builtin_clzll(h[half]);

	return half * 8 + (size_t)bits / 8;
}

#endif

#endif

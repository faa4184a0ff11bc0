/*
 * UTF-8, RFC 3629: strict, without overlong forms and surrogates. Broken
 * bytes are grouped as Unicode 15, section 3.9, "maximal subparts" has it.
 */
#include "base/utf8.h"

#include "base/ascii.h"
#include "base/vector.h"

/* The length that the first byte announces; 0: it begins no character. */
static size_t announced(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef)
		return 3;
	return c >= 0xf0 && c <= 0xf4 ? 4 : 0;
}

/* RFC 3629, section 4: some first bytes narrow the range of the second. */
static bool second_fits(unsigned char first, unsigned char c)
{
	unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	unsigned char high = first == 0xed ? 0x9f :
	    first == 0xf4 ? 0x8f : 0xbf;

	return c >= low && c <= high;
}

/* How many of the n bytes announced are really there. */
static size_t present(sqb_str s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	size_t have = 1;

	if (n < 2 || s.len < 2 || !second_fits(p[0], p[1]))
		return have;
	for (have = 2; have < n && have < s.len; have++)
		if ((p[have] & 0xc0) != 0x80)
			break;
	return have;
}

/*
 * The length of the character at p, of more than one octet, in one look at
 * four of them; 0: it is broken. second_fits() says why the ranges.
 */
static inline size_t multibyte_len(const unsigned char *p)
{
	uint32_t v = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];

	if ((v & 0xe0c00000) == 0xc0800000)
		return v >= 0xc2000000 ? 2 : 0;
	if ((v & 0xf0c0c000) == 0xe0808000)
		return (v & 0x0f200000) != 0 &&
		    (v & 0x0f200000) != 0x0d200000 ? 3 : 0;
	return (v & 0xf8c0c0c0) == 0xf0808080 && v >= 0xf0900000 &&
	    v < 0xf4900000 ? 4 : 0;
}

/* The length of the character at the front of s, 0: it is broken. */
static inline size_t whole_len(sqb_str s)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	size_t n;

	if (s.len >= 4)
		return p[0] < 0x80 ? 1 : multibyte_len(p);
	n = s.len == 0 ? 0 : announced(p[0]);
	return n > 0 && present(s, n) == n ? n : 0;
}

size_t sqb__utf8_decode(sqb_str s, uint32_t *c)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	size_t n = whole_len(s);

	if (n == 0)
		return 0;
	*c = n == 1 ? p[0] : p[0] & 0xffu >> (n + 1);
	for (size_t i = 1; i < n; i++)
		*c = *c << 6 | (p[i] & 0x3f);
	return n;
}

size_t sqb__utf8_broken(sqb_str s)
{
	return present(s, announced((unsigned char)s.ptr[0]));
}

static char continuation(uint32_t bits)
{
	return (char)(0x80 | (bits & 0x3f));
}

size_t sqb__utf8_encode(uint32_t c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = continuation(c);
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = continuation(c >> 6);
		out[2] = continuation(c);
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = continuation(c >> 12);
	out[2] = continuation(c >> 6);
	out[3] = continuation(c);
	return 4;
}

enum { STRIDE = 4 * SQB__VECTOR };

/* p[0..STRIDE) */
static inline bool stride_is_ascii(const char *p)
{
	sqb__vector_halves h = (sqb__vector_halves)(sqb__vector_load(p) |
	    sqb__vector_load(p + SQB__VECTOR) |
	    sqb__vector_load(p + 2 * SQB__VECTOR) |
	    sqb__vector_load(p + 3 * SQB__VECTOR));

	return ((h[0] | h[1]) & 0x8080808080808080) == 0;
}

size_t sqb__ascii_len(sqb_str s)
{
	size_t i = 0;

	if (s.len == 0 || (unsigned char)s.ptr[0] >= 0x80)
		return 0;
	while (s.len - i >= STRIDE && stride_is_ascii(s.ptr + i))
		i += STRIDE;
	for (; s.len - i >= SQB__VECTOR; i += SQB__VECTOR) {
		sqb__vector high = sqb__vector_load(s.ptr + i) &
		    sqb__vector_of((char)0x80);

		if (sqb__vector_any(high))
			return i + sqb__vector_first(high);
	}
	while (i < s.len && (unsigned char)s.ptr[i] < 0x80)
		i++;
	return i;
}

size_t sqb__printable_len(sqb_str s)
{
	size_t i = 0;

	for (; s.len - i >= SQB__VECTOR; i += SQB__VECTOR) {
		sqb__vector v = sqb__vector_load(s.ptr + i);
		sqb__vector other = (sqb__vector)(v < sqb__vector_of(' ')) |
		    (sqb__vector)(v > sqb__vector_of('~'));

		if (sqb__vector_any(other))
			return i + sqb__vector_first(other);
	}
	while (i < s.len && s.ptr[i] >= ' ' && s.ptr[i] <= '~')
		i++;
	return i;
}

/* The characters of more than one octet at the front of s; up to its end. */
static size_t multibyte_run(sqb_str s)
{
	size_t i = 0, n;

	while (i < s.len && (unsigned char)s.ptr[i] >= 0x80) {
		n = whole_len(sqb__str_from(s, i));
		if (n == 0)
			return i;
		i += n;
	}
	return i;
}

size_t sqb__utf8_len(sqb_str s)
{
	size_t i = 0, n;

	do {
		i += sqb__ascii_len(sqb__str_from(s, i));
		n = multibyte_run(sqb__str_from(s, i));
		i += n;
	} while (n > 0);
	return i;
}

bool sqb__utf8_valid(sqb_str s)
{
	return sqb__utf8_len(s) == s.len;
}

sqb_str sqb__utf8_cut(sqb_str s, size_t n)
{
	if (s.len <= n)
		return s;
	while (n > 0 && ((unsigned char)s.ptr[n] & 0xc0) == 0x80)
		n--;
	return (sqb_str){ s.ptr, n };
}

bool sqb__is_hidden(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c ||
	    c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

size_t sqb__visible_run(sqb_str s)
{
	size_t i = 0, n;
	uint32_t c;

	while (i < s.len && (unsigned char)s.ptr[i] >= 0x80) {
		n = sqb__utf8_decode(sqb__str_from(s, i), &c);
		if (n == 0 || sqb__is_hidden(c))
			return i;
		i += n;
	}
	return i;
}

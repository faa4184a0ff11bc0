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

size_t sqb__utf8_decode(sqb_str s, uint32_t *c)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	size_t n = s.len == 0 ? 0 : announced(p[0]);

	if (n == 0 || present(s, n) < n)
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

size_t sqb__utf8_encode(uint32_t c, char out[4])
{
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	if (n == 1) {
		out[0] = (char)c;
		return 1;
	}
	for (size_t i = n - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (c & 0x3f));
		c >>= 6;
	}
	out[0] = (char)(0xf00u >> n | c);
	return n;
}

enum { STRIDE = 4 * SQB__VECTOR };

size_t sqb__ascii_len(sqb_str s)
{
	size_t i = 0;

	if (s.len == 0 || (unsigned char)s.ptr[0] >= 0x80)
		return 0;
	for (; s.len - i >= STRIDE; i += STRIDE) {
		const char *p = s.ptr + i;
		sqb__vector v = sqb__vector_load(p) |
		    sqb__vector_load(p + SQB__VECTOR) |
		    sqb__vector_load(p + 2 * SQB__VECTOR) |
		    sqb__vector_load(p + 3 * SQB__VECTOR);
		sqb__vector_halves h = (sqb__vector_halves)v;

		if ((h[0] | h[1]) & 0x8080808080808080)
			break;
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

bool sqb__utf8_valid(sqb_str s)
{
	size_t i = 0, n;
	uint32_t c;

	for (;;) {
		i += sqb__ascii_len(sqb__str_from(s, i));
		if (i == s.len)
			return true;
		n = sqb__utf8_decode(sqb__str_from(s, i), &c);
		if (n == 0)
			return false;
		i += n;
	}
}

bool sqb__is_hidden(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c ||
	    c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

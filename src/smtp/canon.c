/*
 * One pass over the message: vectors in which nothing is to be changed are
 * copied as they are, what is around a change octet by octet.
 */
#include "smtp/canon.h"

#include "base/vector.h"

#include <string.h>

/* Where an octet is a CR and the one behind it no LF, or the other way. */
static inline sqb__vector odd_ends(const char *p)
{
	return sqb__vector_eq(sqb__vector_load(p), '\r') ^
	    sqb__vector_eq(sqb__vector_load(p + 1), '\n');
}

/* Where an octet is an LF and the one behind it is dot. */
static inline sqb__vector dots_to_stuff(const char *p, sqb__vector dot)
{
	sqb__vector dots = (sqb__vector)(sqb__vector_load(p + 1) == dot);

	return sqb__vector_eq(sqb__vector_load(p), '\n') & dots;
}

/*
 * How many octets at p are copied to dst as they are. p[0] is no LF and no
 * dot to be doubled. A CR is left to come again with its LF.
 */
static size_t copy_run(char *dst, size_t cap, const char *p, size_t len,
    bool stuff)
{
	/* a second LF behind an LF is odd in any case */
	const sqb__vector dot = sqb__vector_of(stuff ? '.' : '\n');
	size_t n = 0;

	while (len - n > SQB__VECTOR && cap - n >= SQB__VECTOR) {
		sqb__vector odd = odd_ends(p + n) |
		    dots_to_stuff(p + n, dot);

		sqb__vector_store(dst + n, sqb__vector_load(p + n));
		if (sqb__vector_any(odd)) {
			n += sqb__vector_first(odd);
			break;
		}
		n += SQB__VECTOR;
	}
	return n > 0 && p[n - 1] == '\r' ? n - 1 : n;
}

/* One octet, with what it becomes; dst has room for two. */
static inline size_t copy_one(sqb__canon *c, char *dst, char octet)
{
	bool eol = octet == '\r' || octet == '\n';
	bool swallow = octet == '\n' && c->after_cr;
	bool at_front = !c->in_line;

	c->after_cr = octet == '\r';
	c->in_line = !eol;
	if (swallow)
		return 0;
	dst[0] = eol ? '\r' : octet;
	dst[1] = eol ? '\n' : '.';
	return eol || (octet == '.' && at_front && c->stuff) ? 2 : 1;
}

static size_t copy_binary(char *dst, size_t cap, sqb_str src, size_t *used)
{
	*used = src.len < cap ? src.len : cap;
	if (*used > 0)
		memcpy(dst, src.ptr, *used);
	return *used;
}

size_t sqb__canon_write(sqb__canon *c, char *dst, size_t cap, sqb_str src,
    size_t *used)
{
	size_t at = 0, n = 0;

	if (c->binary)
		return copy_binary(dst, cap, src, used);
	while (at < src.len && cap - n >= 2) {
		char first = src.ptr[at];
		bool odd = first == '\n' ||
		    (first == '.' && !c->in_line && c->stuff);
		size_t run = odd ? 0 : copy_run(dst + n, cap - n,
		    src.ptr + at, src.len - at, c->stuff);

		if (run > 0) {
			c->after_cr = false;
			at += run;
			n += run;
			c->in_line = src.ptr[at - 1] != '\n';
		} else {
			n += copy_one(c, dst + n, src.ptr[at++]);
		}
	}
	*used = at;
	return n;
}

/* How many of the pairs that begin at p[0..len - 1) are odd. */
static uint64_t count_odd(const char *p, size_t len)
{
	uint64_t n = 0;

	while (len > SQB__VECTOR) {
		sqb__vector counts = { 0 };

		/* what is true is all ones, and a count is an octet */
		for (int i = 0; i < UINT8_MAX && len > SQB__VECTOR; i++) {
			counts -= odd_ends(p);
			p += SQB__VECTOR;
			len -= SQB__VECTOR;
		}
		for (int i = 0; i < SQB__VECTOR; i++)
			n += counts[i];
	}
	for (; len > 1; p++, len--)
		n += (p[0] == '\r') != (p[1] == '\n');
	return n;
}

/* Each CR or LF that stands alone takes another octet. */
uint64_t sqb__canon_len(sqb_str src)
{
	char last;

	if (src.len == 0)
		return 0;
	last = src.ptr[src.len - 1];
	return src.len + count_odd(src.ptr, src.len) + (src.ptr[0] == '\n') +
	    (last == '\r') + (last == '\r' || last == '\n' ? 0 : 2);
}

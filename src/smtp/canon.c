/*
 * One pass over the message: vectors in which nothing is to be changed are
 * copied as they are, what is around a change octet by octet.
 */
#include "smtp/canon.h"

#include "base/vector.h"

#include <string.h>

/*
 * Where an octet and the one behind it are not both of canonical lines: a CR
 * without LF, an LF without CR, a dot to be doubled.
 */
static inline sqb__vector odd_pairs(const char *p, sqb__vector dot)
{
	sqb__vector v = sqb__vector_load(p), next = sqb__vector_load(p + 1);
	sqb__vector dots = (sqb__vector)(next == dot);

	return (sqb__vector_eq(v, '\r') ^ sqb__vector_eq(next, '\n')) |
	    (sqb__vector_eq(v, '\n') & dots);
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
		sqb__vector odd = odd_pairs(p + n, dot);

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

uint64_t sqb__canon_len(sqb_str src)
{
	const char *p = src.ptr, *end = src.ptr + src.len;
	uint64_t len = src.len;
	sqb__vector odd;

	while (p < end) {
		if (end - p > SQB__VECTOR) {
			odd = odd_pairs(p, sqb__vector_of('\n'));
			if (!sqb__vector_any(odd)) {
				p += SQB__VECTOR;
				continue;
			}
		}
		for (int i = 0; i < SQB__VECTOR && p < end; i++, p++) {
			bool lone_lf = *p == '\n' &&
			    (p == src.ptr || p[-1] != '\r');
			bool lone_cr = *p == '\r' &&
			    (p + 1 == end || p[1] != '\n');

			len += lone_lf || lone_cr;
		}
	}
	return src.len > 0 && end[-1] != '\n' && end[-1] != '\r' ? len + 2 :
	    len;
}

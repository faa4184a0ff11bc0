/*
 * Quoted-printable for writing: bodies of text, RFC 2045, section 6.7. Lines
 * are cut before they have 76 characters with the "=" that joins them; blanks
 * at the end of a line are encoded (rule 3), and so is what is no line end of
 * a CR or LF.
 */
#include "text/qp.h"

#include "base/ascii.h"
#include "base/vector.h"

#include <string.h>

enum { LINE = 75 };	/* characters before the "=" of a soft line break */

/* Printable ASCII but "=". */
static bool is_safe(char c)
{
	return c > ' ' && c < 0x7f && c != '=';
}

/* In pieces whose count an octet holds, so that it is done in vectors. */
size_t sqb__qp_count(sqb_str in)
{
	size_t n = 0;

	while (in.len > 0) {
		size_t len = in.len < 255 ? in.len : 255;
		unsigned char count = 0;

		for (size_t i = 0; i < len; i++) {
			unsigned char c = (unsigned char)in.ptr[i];

			count = (unsigned char)(count + ((c < ' ') &
			    (c != '\t') & (c != '\r') & (c != '\n')) +
			    (c >= 0x7f) + (c == '='));
		}
		n += count;
		in = sqb__str_from(in, len);
	}
	return n;
}

/* Where v has what does not stand as it is: blanks do. */
static sqb__vector unsafe(sqb__vector v)
{
	return (sqb__vector)(v < sqb__vector_of(' ')) |
	    (sqb__vector)(v >= sqb__vector_of(0x7f)) |
	    sqb__vector_eq(v, '=');
}

/* A run that stands as it is, for what is left of the line; copied. */
static size_t copy_safe(char *out, sqb_str s, size_t column)
{
	size_t max = s.len < LINE - column ? s.len : LINE - column, n = 0;

	while (s.len - n >= SQB__VECTOR && n < max) {
		sqb__vector v = sqb__vector_load(s.ptr + n);
		sqb__vector hits = unsafe(v);

		sqb__vector_store(out + n, v);
		if (sqb__vector_any(hits)) {
			size_t first = n + sqb__vector_first(hits);

			max = first < max ? first : max;
		}
		n += SQB__VECTOR;
	}
	n = n < max ? n : max;
	for (; n < max && (is_safe(s.ptr[n]) || s.ptr[n] == ' '); n++)
		out[n] = s.ptr[n];
	/* a blank that might end the line is looked at alone */
	if (n > 0 && s.ptr[n - 1] == ' ' && (n == s.len || s.ptr[n] == '\r'))
		n--;
	return n;
}

static char *put_soft_break(char *out)
{
	memcpy(out, "=\r\n", 3);
	return out + 3;
}

/* An octet, in a new line where this one has no room. */
static char *put(char *out, size_t *column, char c, bool plain)
{
	static const char hex[16] = { "0123456789ABCDEF" };
	size_t n = plain ? 1 : 3;

	if (*column + n > LINE) {
		out = put_soft_break(out);
		*column = 0;
	}
	*column += n;
	if (plain) {
		*out++ = c;
		return out;
	}
	*out++ = '=';
	*out++ = hex[(unsigned char)c >> 4];
	*out++ = hex[(unsigned char)c & 15];
	return out;
}

size_t sqb__qp_encode(size_t *column, sqb_str in, bool last, char *out,
    size_t *used)
{
	size_t at = 0, n;
	char *to = out;

	while (at < in.len) {
		char c = in.ptr[at];
		bool blank = sqb__is_blank(c), end = at + 1 == in.len;

		n = copy_safe(to, sqb__str_from(in, at), *column);
		to += n;
		*column += n;
		at += n;
		if (n > 0)
			continue;
		if (end && !last && (blank || c == '\r'))
			break;
		if (c == '\r' && !end && in.ptr[at + 1] == '\n') {
			*to++ = '\r';
			*to++ = '\n';
			*column = 0;
			at += 2;
			continue;
		}
		to = put(to, column, c, is_safe(c) ||
		    (blank && !end && in.ptr[at + 1] != '\r'));
		at++;
	}
	*used = at;
	return (size_t)(to - out);
}

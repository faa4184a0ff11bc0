/*
 * Quoted-printable for writing: bodies of text, RFC 2045, section 6.7. Lines
 * are cut before they have 76 characters with the "=" that joins them; blanks
 * at the end of a line are encoded (rule 3), and so is what is no line end of
 * a CR or LF.
 */
#include "text/qp.h"

#include "base/ascii.h"

#include <string.h>

enum { LINE = 75 };	/* characters before the "=" of a soft line break */

/* Printable ASCII but "=". */
static bool is_safe(char c)
{
	return c > ' ' && c < 0x7f && c != '=';
}

size_t sqb__qp_count(sqb_str in)
{
	size_t n = 0;

	for (size_t i = 0; i < in.len; i++)
		n += !is_safe(in.ptr[i]) && !sqb__is_blank(in.ptr[i]) &&
		    in.ptr[i] != '\r' && in.ptr[i] != '\n';
	return n;
}

/* A run that stands as it is, for what is left of the line. */
static size_t safe_len(sqb_str s, size_t column)
{
	size_t max = s.len < LINE - column ? s.len : LINE - column, n = 0;

	while (n < max && is_safe(s.ptr[n]))
		n++;
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

		n = safe_len(sqb__str_from(in, at), *column);
		memcpy(to, in.ptr + at, n);
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

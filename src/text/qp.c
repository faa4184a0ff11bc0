/*
 * Quoted-printable, so far in the form that header fields use: the "Q"
 * encoding of RFC 2047, section 4.2. Lenient: lower-case digits, blanks and
 * raw 8-bit octets are taken as they are meant.
 */
#include "text/qp.h"

#include "base/ascii.h"

/* -1: no hexadecimal digit */
static int hex_value(char c)
{
	if (sqb__is_digit(c))
		return c - '0';
	c = sqb__lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The octet that "=XX" at the front of s stands for; -1: it is no such. */
static int escaped(sqb_str s)
{
	int high, low;

	if (s.len < 3 || s.ptr[0] != '=')
		return -1;
	high = hex_value(s.ptr[1]);
	low = hex_value(s.ptr[2]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

size_t sqb__q_decode(sqb_str in, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < in.len; i++) {
		int octet = escaped(sqb__str_from(in, i));

		if (octet >= 0) {
			out[n++] = (char)octet;
			i += 2;
		} else {
			out[n++] = in.ptr[i] == '_' ? ' ' : in.ptr[i];
		}
	}
	return n;
}

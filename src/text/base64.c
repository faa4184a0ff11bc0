/*
 * Base64 as SASL wants it: RFC 4648, section 4, with the strictness of its
 * section 3 and of RFC 5034; and the lines of RFC 2045, section 6.8, for
 * writing. The lenient decoder of mail is base64_body.c.
 */
#include "text/base64.h"

#include "base/ascii.h"
#include "text/base64_kernel.h"

#include <string.h>

/* With the one or two octets that are left of it, and the padding. */
static size_t encode(sqb__base64_octets *octets, char *out, sqb_str in)
{
	size_t whole = in.len - in.len % 3;
	char rest[3] = { 0 };

	octets(out, in.ptr, whole);
	out += whole / 3 * 4;
	if (in.len > whole) {
		memcpy(rest, in.ptr + whole, in.len - whole);
		sqb__base64_portable_octets(out, rest, sizeof(rest));
		memset(out + 1 + in.len - whole, '=', 3 - in.len + whole);
	}
	return sqb__base64_encoded_len(in.len);
}

void sqb__base64_encode(char *out, sqb_str in)
{
	encode(sqb__base64_kernel_at(0)->octets, out, in);
}

size_t sqb__base64_encode_lines(char *out, sqb_str in)
{
	sqb__base64_octets *octets = sqb__base64_kernel_at(0)->octets;
	char *to = out;

	while (in.len > SQB__BASE64_LINE_OCTETS) {
		octets(to, in.ptr, SQB__BASE64_LINE_OCTETS);
		to += SQB__BASE64_LINE;
		*to++ = '\r';
		*to++ = '\n';
		in = sqb__str_from(in, SQB__BASE64_LINE_OCTETS);
	}
	to += encode(octets, to, in);
	return (size_t)(to - out);
}

/* n characters of s as one number of n times six bits. */
static bool decode_group(const char *s, size_t n, uint32_t *v)
{
	*v = 0;
	for (size_t i = 0; i < n; i++) {
		uint8_t digit = sqb__base64_digits[(uint8_t)s[i]];

		if (digit == 0)
			return false;
		*v = *v << 6 | (digit & 63u);
	}
	return true;
}

/* What is left when whole groups are done: "xx==" or "xxx=". */
static bool decode_tail(char *out, const char *s, size_t n, size_t *len)
{
	unsigned spare = n == 2 ? 4 : 2;
	uint32_t v;

	if (n < 2 || !decode_group(s, n, &v) || (v & ((1u << spare) - 1)) != 0)
		return false;
	v >>= spare;
	if (n == 3)
		out[1] = (char)(v & 0xff);
	out[0] = (char)(n == 3 ? v >> 8 : v);
	*len += n - 1;
	return true;
}

static size_t n_pads(sqb_str s)
{
	size_t n = 0;

	while (n < 3 && n < s.len && s.ptr[s.len - 1 - n] == '=')
		n++;
	return n;
}

bool sqb__base64_decode(char *out, sqb_str in, size_t *len)
{
	size_t pads = n_pads(in), whole, at = 0;
	uint32_t v;

	*len = 0;
	if (in.len % 4 != 0)
		return false;
	whole = in.len - (pads > 0 ? 4 : 0);
	for (size_t i = 0; i < whole; i += 4) {
		if (!decode_group(in.ptr + i, 4, &v))
			return false;
		out[at++] = (char)(v >> 16);
		out[at++] = (char)(v >> 8 & 0xff);
		out[at++] = (char)(v & 0xff);
	}
	if (pads > 0 && !decode_tail(out + at, in.ptr + whole, 4 - pads, &at))
		return false;
	*len = at;
	return true;
}

void sqb__buf_add_base64(sqb__buf *out, sqb_str in)
{
	size_t n;

	if (in.len == 0)
		return;
	if (in.len > SIZE_MAX / 2) {
		out->failed = true;
		return;
	}
	n = sqb__base64_encoded_len(in.len);
	if (!sqb__buf_reserve(out, n))
		return;
	sqb__base64_encode(out->data + out->end, in);
	out->end += n;
}

bool sqb__buf_add_decoded(sqb__buf *out, sqb_str in)
{
	size_t room = sqb__base64_decoded_max(in.len), n;

	if (room == 0)
		return in.len == 0;
	if (!sqb__buf_reserve(out, room))
		return true;
	if (!sqb__base64_decode(out->data + out->end, in, &n)) {
		if (out->secret)
			sqb__wipe(out->data + out->end, room);
		return false;
	}
	out->end += n;
	return true;
}

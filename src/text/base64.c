/*
 * Base64 as SASL wants it: RFC 4648, section 4, with the strictness of its
 * section 3 and of RFC 5034. The lenient decoder that mail needs is not here.
 */
#include "text/base64.h"

static const char alphabet[64] = { "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "abcdefghijklmnopqrstuvwxyz0123456789+/" };

/* One more than the value; 0: no character of the alphabet. */
static const uint8_t values[256] = {
	['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6,
	['G'] = 7, ['H'] = 8, ['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12,
	['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17,
	['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22,
	['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27,
	['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
	['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37,
	['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42,
	['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47,
	['v'] = 48, ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52,
	['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56, ['4'] = 57,
	['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62,
	['+'] = 63, ['/'] = 64,
};

static uint32_t octet(sqb_str s, size_t i)
{
	return i < s.len ? (unsigned char)s.ptr[i] : 0;
}

void sqb__base64_encode(char *out, sqb_str in)
{
	for (size_t i = 0; i < in.len; i += 3, out += 4) {
		uint32_t v = octet(in, i) << 16 | octet(in, i + 1) << 8 |
		    octet(in, i + 2);

		out[0] = alphabet[v >> 18];
		out[1] = alphabet[v >> 12 & 63];
		out[2] = i + 1 < in.len ? alphabet[v >> 6 & 63] : '=';
		out[3] = i + 2 < in.len ? alphabet[v & 63] : '=';
	}
}

/* n characters of s as one number of n times six bits. */
static bool decode_group(const char *s, size_t n, uint32_t *v)
{
	*v = 0;
	for (size_t i = 0; i < n; i++) {
		uint8_t value = values[(unsigned char)s[i]];

		if (value == 0)
			return false;
		*v = *v << 6 | (value - 1u);
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

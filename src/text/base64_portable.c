/* Base64 by table: for the ends of what the vectors do, and without them. */
#include "text/base64_kernel.h"

const uint8_t sqb__base64_digits[256] = {
	['A'] = 64, ['B'] = 65, ['C'] = 66, ['D'] = 67, ['E'] = 68,
	['F'] = 69, ['G'] = 70, ['H'] = 71, ['I'] = 72, ['J'] = 73,
	['K'] = 74, ['L'] = 75, ['M'] = 76, ['N'] = 77, ['O'] = 78,
	['P'] = 79, ['Q'] = 80, ['R'] = 81, ['S'] = 82, ['T'] = 83,
	['U'] = 84, ['V'] = 85, ['W'] = 86, ['X'] = 87, ['Y'] = 88,
	['Z'] = 89, ['a'] = 90, ['b'] = 91, ['c'] = 92, ['d'] = 93,
	['e'] = 94, ['f'] = 95, ['g'] = 96, ['h'] = 97, ['i'] = 98,
	['j'] = 99, ['k'] = 100, ['l'] = 101, ['m'] = 102, ['n'] = 103,
	['o'] = 104, ['p'] = 105, ['q'] = 106, ['r'] = 107, ['s'] = 108,
	['t'] = 109, ['u'] = 110, ['v'] = 111, ['w'] = 112, ['x'] = 113,
	['y'] = 114, ['z'] = 115, ['0'] = 116, ['1'] = 117, ['2'] = 118,
	['3'] = 119, ['4'] = 120, ['5'] = 121, ['6'] = 122, ['7'] = 123,
	['8'] = 124, ['9'] = 125, ['+'] = 126, ['/'] = 127,
};

size_t sqb__base64_portable(char *out, const char *in, size_t n)
{
	const uint8_t *digits = sqb__base64_digits;
	size_t at;

	for (at = 0; n - at >= 4; at += 4, out += 3) {
		const unsigned char *p = (const unsigned char *)in + at;
		uint32_t a = digits[p[0]], b = digits[p[1]];
		uint32_t c = digits[p[2]], d = digits[p[3]];

		if ((a & b & c & d) == 0)
			break;
		a = (a & 63) << 18 | (b & 63) << 12 | (c & 63) << 6 | (d & 63);
		out[0] = (char)(a >> 16);
		out[1] = (char)(a >> 8 & 0xff);
		out[2] = (char)(a & 0xff);
	}
	return at;
}

const char sqb__base64_alphabet[64] = { "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "abcdefghijklmnopqrstuvwxyz0123456789+/" };

void sqb__base64_portable_octets(char *out, const char *in, size_t n)
{
	const char *digits = sqb__base64_alphabet;

	for (size_t at = 0; at < n; at += 3, out += 4) {
		const unsigned char *p = (const unsigned char *)in + at;
		uint32_t v = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];

		out[0] = digits[v >> 18];
		out[1] = digits[v >> 12 & 63];
		out[2] = digits[v >> 6 & 63];
		out[3] = digits[v & 63];
	}
}

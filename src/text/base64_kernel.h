/*
 * The inner loop of base64: whole groups of four characters, with whatever
 * vectors the processor has. A file has the kernels of one architecture.
 */
#ifndef SQB_TEXT_BASE64_KERNEL_H
#define SQB_TEXT_BASE64_KERNEL_H

#include <squab/base.h>

/* 64 + the value of a character; 0: not in the alphabet. */
extern const uint8_t sqb__base64_digits[256];

/*
 * Decodes whole groups from the front of in, up to one with a character that
 * is not in the alphabet. Returns how many of the n characters it took, a
 * multiple of four, which makes three quarters as many octets. out has room
 * for n, all of which may be written to, and does not overlap in.
 */
typedef size_t sqb__base64_groups(char *out, const char *in, size_t n);

/*
 * Encodes n octets, a multiple of three, to out, which gets four thirds as
 * many characters and does not overlap in.
 */
typedef void sqb__base64_octets(char *out, const char *in, size_t n);

typedef struct sqb__base64_kernel {
	const char *name;
	sqb__base64_groups *groups;
	sqb__base64_octets *octets;
} sqb__base64_kernel;

/* The nth of those that this processor runs, the fastest being 0; or NULL. */
const sqb__base64_kernel *sqb__base64_kernel_at(size_t n);

sqb__base64_groups sqb__base64_portable;
sqb__base64_octets sqb__base64_portable_octets;

extern const char sqb__base64_alphabet[64];

/*
 * What the kernels have in common. block decodes width characters at once and
 * writes at most as many octets, unless one is not in the alphabet. A rest
 * that is shorter is done with some of what came before it once more: lines of
 * mail have 76 characters.
 */
static inline __attribute__((always_inline)) size_t sqb__base64_blocks(
    char *out, const char *in, size_t n, size_t width,
    bool (*block)(char *, const char *))
{
	size_t at = 0, rest;

	n -= n % 4;
	if (n < width)
		return sqb__base64_portable(out, in, n);
	while (n - at >= width && block(out + at / 4 * 3, in + at))
		at += width;
	rest = n - at;
	if (rest == 0)
		return n;
	if (rest < width && block(out + (n - width) / 4 * 3, in + n - width))
		return n;
	return at + sqb__base64_portable(out + at / 4 * 3, in + at, rest);
}

/* The same for encoding: block takes width octets, a multiple of three. */
static inline __attribute__((always_inline)) void sqb__base64_octet_blocks(
    char *out, const char *in, size_t n, size_t width,
    void (*block)(char *, const char *))
{
	size_t at = 0;

	if (n < width) {
		sqb__base64_portable_octets(out, in, n);
		return;
	}
	for (; n - at >= width; at += width)
		block(out + at / 3 * 4, in + at);
	if (at < n)
		block(out + (n - width) / 3 * 4, in + n - width);
}

#endif

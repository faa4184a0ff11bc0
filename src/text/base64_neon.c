/* Base64 in vectors of 64-bit ARM: 64 characters at once, by table. */
#include "text/base64_kernel.h"

#include <arm_neon.h>

/* As sqb__base64_digits; what is over 127 stays 0 in both halves. */
static inline uint8x16_t digits(uint8x16x4_t low, uint8x16x4_t high,
    uint8x16_t c)
{
	return vqtbx4q_u8(vqtbl4q_u8(low, c), high,
	    vsubq_u8(c, vdupq_n_u8(64)));
}

static inline bool neon_block(char *out, const char *in)
{
	const uint8x16x4_t low = vld1q_u8_x4(sqb__base64_digits);
	const uint8x16x4_t high = vld1q_u8_x4(sqb__base64_digits + 64);
	const uint8x16_t six = vdupq_n_u8(63);
	uint8x16x4_t v = vld4q_u8((const uint8_t *)in);
	uint8x16_t a = digits(low, high, v.val[0]);
	uint8x16_t b = digits(low, high, v.val[1]);
	uint8x16_t c = digits(low, high, v.val[2]);
	uint8x16_t d = digits(low, high, v.val[3]);
	uint8x16x3_t octets;

	if (vminvq_u8(vandq_u8(vandq_u8(a, b), vandq_u8(c, d))) < 64)
		return false;
	b = vandq_u8(b, six);
	c = vandq_u8(c, six);
	octets.val[0] = vorrq_u8(vshlq_n_u8(a, 2), vshrq_n_u8(b, 4));
	octets.val[1] = vorrq_u8(vshlq_n_u8(b, 4), vshrq_n_u8(c, 2));
	octets.val[2] = vorrq_u8(vshlq_n_u8(c, 6), vandq_u8(d, six));
	vst3q_u8((uint8_t *)out, octets);
	return true;
}

static size_t neon_groups(char *out, const char *in, size_t n)
{
	return sqb__base64_blocks(out, in, n, 64, neon_block);
}

/* Octets a, b, c in a vector each become four characters in as many. */
static inline void neon_octets(char *out, const char *in)
{
	const uint8x16x4_t alphabet =
	    vld1q_u8_x4((const uint8_t *)sqb__base64_alphabet);
	const uint8x16_t six = vdupq_n_u8(63);
	uint8x16x3_t v = vld3q_u8((const uint8_t *)in);
	uint8x16x4_t c;

	c.val[0] = vshrq_n_u8(v.val[0], 2);
	c.val[1] = vandq_u8(vsliq_n_u8(vshrq_n_u8(v.val[1], 4),
	    v.val[0], 4), six);
	c.val[2] = vandq_u8(vsliq_n_u8(vshrq_n_u8(v.val[2], 6),
	    v.val[1], 2), six);
	c.val[3] = vandq_u8(v.val[2], six);
	for (int i = 0; i < 4; i++)
		c.val[i] = vqtbl4q_u8(alphabet, c.val[i]);
	vst4q_u8((uint8_t *)out, c);
}

static void neon_all_octets(char *out, const char *in, size_t n)
{
	sqb__base64_octet_blocks(out, in, n, 48, neon_octets);
}

const sqb__base64_kernel *sqb__base64_kernel_at(size_t n)
{
	static const sqb__base64_kernel kernels[] = {
		{ "neon", neon_groups, neon_all_octets },
		{ "portable", sqb__base64_portable,
		    sqb__base64_portable_octets },
	};

	return n < sizeof(kernels) / sizeof(kernels[0]) ? &kernels[n] : NULL;
}

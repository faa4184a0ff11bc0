/*
 * Base64 in vectors of x86: 32 characters at once with AVX2, 16 with SSSE3,
 * after W. Mula and D. Lemire, "Faster Base64 Encoding and Decoding Using AVX2
 * Instructions" (2018). Which of them is for the processor to say at run time.
 *
 * The high four bits of a character select a row of the ASCII table: what to
 * add to get its value ("/" is alone in its row with another sum than "+"),
 * and which low four bits must not follow. Each low half has a bit set for
 * each kind of row where it is wrong, each row the bit of its kind:
 *
 *	 1  row 2:		all but + and /
 *	 2  row 3, digits:	10 to 15
 *	 4  rows 4 and 6:	0, before A and a
 *	 8  rows 5 and 7:	11 to 15, behind Z and z
 *	16  all other rows:	all
 */
#include "text/base64_kernel.h"

#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2")))
#define SSSE3 __attribute__((target("ssse3")))

#define WRONG_LOW 0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, \
    0x11, 0x11, 0x13, 0x1a, 0x1b, 0x1b, 0x1b, 0x1a
#define ROW_KIND 0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, \
    0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10
/* By row, and in 1, which has no characters, for "/": 2 less one. */
#define TO_VALUE 0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0
/* The three octets of each 32 bits, highest first. */
#define OCTETS 2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1

AVX2 static inline bool avx2_block(char *out, const char *in)
{
	const __m256i half = _mm256_set1_epi8(0x0f);
	const __m256i slash = _mm256_set1_epi8('/');
	__m256i v = _mm256_loadu_si256((const __m256i *)(const void *)in);
	__m256i high = _mm256_and_si256(_mm256_srli_epi32(v, 4), half);
	__m256i low = _mm256_and_si256(v, half);
	__m256i wrong = _mm256_and_si256(
	    _mm256_shuffle_epi8(_mm256_setr_epi8(WRONG_LOW, WRONG_LOW), low),
	    _mm256_shuffle_epi8(_mm256_setr_epi8(ROW_KIND, ROW_KIND), high));
	__m256i row = _mm256_add_epi8(high, _mm256_cmpeq_epi8(v, slash));

	if (!_mm256_testz_si256(wrong, wrong))
		return false;
	v = _mm256_add_epi8(v, _mm256_shuffle_epi8(
	    _mm256_setr_epi8(TO_VALUE, TO_VALUE), row));
	v = _mm256_maddubs_epi16(v, _mm256_set1_epi32(0x01400140));
	v = _mm256_madd_epi16(v, _mm256_set1_epi32(0x00011000));
	v = _mm256_shuffle_epi8(v, _mm256_setr_epi8(OCTETS, OCTETS));
	v = _mm256_permutevar8x32_epi32(v,
	    _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7));
	_mm256_storeu_si256((__m256i *)(void *)out, v);
	return true;
}

AVX2 static size_t avx2_groups(char *out, const char *in, size_t n)
{
	return sqb__base64_blocks(out, in, n, 32, avx2_block);
}

SSSE3 static inline bool ssse3_block(char *out, const char *in)
{
	const __m128i half = _mm_set1_epi8(0x0f), zero = _mm_setzero_si128();
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)in);
	__m128i high = _mm_and_si128(_mm_srli_epi32(v, 4), half);
	__m128i low = _mm_and_si128(v, half);
	__m128i wrong = _mm_and_si128(
	    _mm_shuffle_epi8(_mm_setr_epi8(WRONG_LOW), low),
	    _mm_shuffle_epi8(_mm_setr_epi8(ROW_KIND), high));
	__m128i row = _mm_add_epi8(high,
	    _mm_cmpeq_epi8(v, _mm_set1_epi8('/')));

	if (_mm_movemask_epi8(_mm_cmpeq_epi8(wrong, zero)) != 0xffff)
		return false;
	v = _mm_add_epi8(v, _mm_shuffle_epi8(_mm_setr_epi8(TO_VALUE), row));
	v = _mm_maddubs_epi16(v, _mm_set1_epi32(0x01400140));
	v = _mm_madd_epi16(v, _mm_set1_epi32(0x00011000));
	v = _mm_shuffle_epi8(v, _mm_setr_epi8(OCTETS));
	_mm_storeu_si128((__m128i *)(void *)out, v);
	return true;
}

SSSE3 static size_t ssse3_groups(char *out, const char *in, size_t n)
{
	return sqb__base64_blocks(out, in, n, 16, ssse3_block);
}

/*
 * Encoding, after W. Mula's other half of it. Of three octets a, b, c the
 * shuffle makes b a c b, of which two multiplications, as shifts, cut the four
 * times six bits. A row is what to add to a value to get its character: 13 is
 * that of A to Z, 0 that of a to z, 1 to 10 of the digits, 11 and 12 of the
 * last two.
 */
#define SPREAD(n) (n) + 1, (n), (n) + 2, (n) + 1, (n) + 4, (n) + 3, (n) + 5, \
    (n) + 4, (n) + 7, (n) + 6, (n) + 8, (n) + 7, (n) + 10, (n) + 9, \
    (n) + 11, (n) + 10
#define TO_CHARACTER 'a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, \
    '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '+' - 62, \
    '/' - 63, 'A', 0, 0

/* The upper half is loaded four octets early, so that no more than 24 are. */
AVX2 static inline void avx2_octets(char *out, const char *in)
{
	__m256i v = _mm256_setr_m128i(
	    _mm_loadu_si128((const __m128i *)(const void *)in),
	    _mm_loadu_si128((const __m128i *)(const void *)(in + 8)));
	__m256i even, odd, row;

	v = _mm256_shuffle_epi8(v, _mm256_setr_epi8(SPREAD(0), SPREAD(4)));
	even = _mm256_mulhi_epu16(
	    _mm256_and_si256(v, _mm256_set1_epi32(0x0fc0fc00)),
	    _mm256_set1_epi32(0x04000040));
	odd = _mm256_mullo_epi16(
	    _mm256_and_si256(v, _mm256_set1_epi32(0x003f03f0)),
	    _mm256_set1_epi32(0x01000010));
	v = _mm256_or_si256(even, odd);
	row = _mm256_subs_epu8(v, _mm256_set1_epi8(51));
	row = _mm256_or_si256(row, _mm256_and_si256(_mm256_set1_epi8(13),
	    _mm256_cmpgt_epi8(_mm256_set1_epi8(26), v)));
	v = _mm256_add_epi8(v, _mm256_shuffle_epi8(
	    _mm256_setr_epi8(TO_CHARACTER, TO_CHARACTER), row));
	_mm256_storeu_si256((__m256i *)(void *)out, v);
}

AVX2 static void avx2_all_octets(char *out, const char *in, size_t n)
{
	sqb__base64_octet_blocks(out, in, n, 24, avx2_octets);
}

SSSE3 static inline void ssse3_octets(char *out, const char *in)
{
	__m128i v, even, odd, row;
	int last;

	memcpy(&last, in + 8, sizeof(last));
	v = _mm_unpacklo_epi64(
	    _mm_loadl_epi64((const __m128i *)(const void *)in),
	    _mm_cvtsi32_si128(last));
	v = _mm_shuffle_epi8(v, _mm_setr_epi8(SPREAD(0)));
	even = _mm_mulhi_epu16(_mm_and_si128(v, _mm_set1_epi32(0x0fc0fc00)),
	    _mm_set1_epi32(0x04000040));
	odd = _mm_mullo_epi16(_mm_and_si128(v, _mm_set1_epi32(0x003f03f0)),
	    _mm_set1_epi32(0x01000010));
	v = _mm_or_si128(even, odd);
	row = _mm_subs_epu8(v, _mm_set1_epi8(51));
	row = _mm_or_si128(row, _mm_and_si128(_mm_set1_epi8(13),
	    _mm_cmpgt_epi8(_mm_set1_epi8(26), v)));
	v = _mm_add_epi8(v, _mm_shuffle_epi8(
	    _mm_setr_epi8(TO_CHARACTER), row));
	_mm_storeu_si128((__m128i *)(void *)out, v);
}

SSSE3 static void ssse3_all_octets(char *out, const char *in, size_t n)
{
	sqb__base64_octet_blocks(out, in, n, 12, ssse3_octets);
}

const sqb__base64_kernel *sqb__base64_kernel_at(size_t n)
{
	static const sqb__base64_kernel kernels[] = {
		{ "avx2", avx2_groups, avx2_all_octets },
		{ "ssse3", ssse3_groups, ssse3_all_octets },
		{ "portable", sqb__base64_portable,
		    sqb__base64_portable_octets },
	};

	n += __builtin_cpu_supports("avx2") ? 0 :
	    __builtin_cpu_supports("ssse3") ? 1 : 2;
	return n < sizeof(kernels) / sizeof(kernels[0]) ? &kernels[n] : NULL;
}

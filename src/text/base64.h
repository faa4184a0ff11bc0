/* Base64 (RFC 4648, section 4), strict and in one line. */
#ifndef SQB_TEXT_BASE64_H
#define SQB_TEXT_BASE64_H

#include "base/buf.h"

/* Octets that n octets take when encoded; n <= SIZE_MAX / 2. */
static inline size_t sqb__base64_encoded_len(size_t n)
{
	return n / 3 * 4 + (n % 3 > 0 ? 4 : 0);
}

/* Octets that n characters of base64 decode to at most. */
static inline size_t sqb__base64_decoded_max(size_t n)
{
	return n / 4 * 3;
}

/* Writes sqb__base64_encoded_len(in.len) characters. */
void sqb__base64_encode(char *out, sqb_str in);

enum {
	SQB__BASE64_LINE = 76,		/* RFC 2045, section 6.8 */
	SQB__BASE64_LINE_OCTETS = 57	/* that make one */
};

/* Octets that n octets take in lines, with CRLF between them. */
static inline uint64_t sqb__base64_lines_len(uint64_t n)
{
	return n == 0 ? 0 : (n + 2) / 3 * 4 +
	    (n - 1) / SQB__BASE64_LINE_OCTETS * 2;
}

/* Writes those; in.len <= SIZE_MAX / 2. Returns how many they are. */
size_t sqb__base64_encode_lines(char *out, sqb_str in);

/*
 * Writes *len octets, at most sqb__base64_decoded_max(in.len). False, and
 * *len is 0, when in has a character outside of the alphabet, line breaks
 * included, a pad elsewhere than at the end or none where one is due, or bits
 * set behind the last octet.
 */
bool sqb__base64_decode(char *out, sqb_str in, size_t *len);

/* The same at the end of a buffer. */
void sqb__buf_add_base64(sqb__buf *out, sqb_str in);

/*
 * False: in is no base64, and nothing was added. True, with out->failed where
 * there was no room.
 */
bool sqb__buf_add_decoded(sqb__buf *out, sqb_str in);

#endif

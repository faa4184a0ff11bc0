/* UTF-8, RFC 3629. */
#ifndef SQB_BASE_UTF8_H
#define SQB_BASE_UTF8_H

#include <squab/base.h>

#define SQB__REPLACEMENT 0xfffdu	/* U+FFFD */

static inline bool sqb__is_ascii(char c)
{
	return (unsigned char)c < 0x80;
}

/* The character at the front of s; its length, 0: what is there is none. */
size_t sqb__utf8_decode(sqb_str s, uint32_t *c);

/*
 * Where sqb__utf8_decode() says 0: how many bytes one U+FFFD should stand
 * for, the start of a character that was cut or a single byte. s.len > 0.
 */
size_t sqb__utf8_broken(sqb_str s);

/* Writes c, which must be below 0x110000 and no surrogate; the length. */
size_t sqb__utf8_encode(uint32_t c, char out[4]);

/* How many octets at the front of s are whole characters. */
size_t sqb__utf8_len(sqb_str s);

bool sqb__utf8_valid(sqb_str s);

/* The first n octets of s, or less: no character is cut. */
sqb_str sqb__utf8_cut(sqb_str s, size_t n);

/* How many octets at the front of s are ASCII. */
size_t sqb__ascii_len(sqb_str s);

static inline bool sqb__all_ascii(sqb_str s)
{
	return sqb__ascii_len(s) == s.len;
}

/* The same without controls: those from the blank to "~". */
size_t sqb__printable_len(sqb_str s);

/*
 * Not for a terminal: C0, DEL, C1, line and paragraph separators, and what
 * steers the direction of text (bidi controls, byte order mark).
 */
bool sqb__is_hidden(uint32_t c);

/* How many octets at the front of s are characters beyond ASCII, not hidden. */
size_t sqb__visible_run(sqb_str s);

#endif

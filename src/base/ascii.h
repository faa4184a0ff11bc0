/* ASCII and slices, whatever the locale says. */
#ifndef SQB_BASE_ASCII_H
#define SQB_BASE_ASCII_H

#include <squab/base.h>

static inline char sqb__lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static inline bool sqb__is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool sqb__is_letter(char c)
{
	c = sqb__lower(c);
	return c >= 'a' && c <= 'z';
}

/* The value of a hexadecimal digit; -1: it is none. */
static inline int sqb__hex_value(char c)
{
	if (sqb__is_digit(c))
		return c - '0';
	c = sqb__lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static inline bool sqb__is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* C0, DEL. */
static inline bool sqb__is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* The slice from its nth byte on; n <= s.len. */
static inline sqb_str sqb__str_from(sqb_str s, size_t n)
{
	return n == 0 ? s : (sqb_str){ s.ptr + n, s.len - n };
}

/* With a NUL behind it, of a's. NULL: no memory. */
char *sqb__str_dup(const sqb_allocator *a, sqb_str s);

/* The line at the front of s with its LF; all of it, if it has none. */
size_t sqb__line_len(sqb_str s);

/* Without the LF, CRLF or CR at its end. */
sqb_str sqb__without_eol(sqb_str line);

/* Takes a line from the front of *s; it is without its LF or CRLF. */
sqb_str sqb__take_line(sqb_str *s);

/* The next word of *s; blanks before it are skipped. Empty: none is left. */
sqb_str sqb__next_word(sqb_str *s);

/* No CR, LF or NUL in it: it may stand in a command. */
bool sqb__is_one_line(sqb_str s);

/* 1*DIGIT, all of s, not above max. */
bool sqb__parse_uint(sqb_str s, uint64_t max, uint64_t *out);

/* True when needle, in lower case, is in s whatever its case. */
bool sqb__has_nocase(sqb_str s, const char *needle);

/* True when one of s's words is word, whatever the case. */
bool sqb__has_word(sqb_str s, const char *word);

#endif

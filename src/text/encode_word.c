/*
 * Encoded words for writing, RFC 2047: UTF-8, at most 75 octets, no character
 * cut (section 5), and of the Q encoding only what may stand in a phrase, the
 * narrowest place (section 5, rule 3).
 */
#include "text/encoded_word.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "text/base64.h"

#include <string.h>

enum { FRAME = 12 };	/* octets around the text */

/* Whether the Q encoding has it as it is. */
static bool is_safe(char c)
{
	return sqb__is_letter(c) || sqb__is_digit(c) ||
	    (c != '\0' && strchr("!*+-/", c));
}

static size_t q_len(sqb_str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += is_safe(s.ptr[i]) || s.ptr[i] == ' ' ? 1 : 3;
	return n;
}

char sqb__encoding_of_words(sqb_str s)
{
	return q_len(s) <= sqb__base64_encoded_len(s.len) ? 'Q' : 'B';
}

/* The length of the character at the front of s, whatever it is. */
static size_t character(sqb_str s)
{
	uint32_t c;
	size_t n = sqb__utf8_decode(s, &c);

	return n > 0 ? n : 1;
}

/* How many octets at the front of s are characters that fit. */
static size_t fitting(sqb_str s, char how, size_t room)
{
	size_t n = 0, cost = 0;

	while (n < s.len) {
		size_t more = character(sqb__str_from(s, n));

		cost = how == 'B' ? sqb__base64_encoded_len(n + more) :
		    cost + q_len((sqb_str){ s.ptr + n, more });
		if (cost > room)
			break;
		n += more;
	}
	return n;
}

static void add_q(sqb__buf *out, sqb_str s)
{
	static const char hex[16] = { "0123456789ABCDEF" };

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (is_safe(s.ptr[i]) || c == ' ') {
			sqb__buf_add_char(out, c == ' ' ? '_' : s.ptr[i]);
			continue;
		}
		sqb__buf_add_char(out, '=');
		sqb__buf_add_char(out, hex[c >> 4]);
		sqb__buf_add_char(out, hex[c & 15]);
	}
}

size_t sqb__encode_word(sqb__buf *out, sqb_str s, char how, size_t room)
{
	sqb_str text = { s.ptr, fitting(s, how, room - FRAME) };

	sqb__buf_add_c(out, "=?UTF-8?");
	sqb__buf_add_char(out, how);
	sqb__buf_add_char(out, '?');
	if (how == 'B')
		sqb__buf_add_base64(out, text);
	else
		add_q(out, text);
	sqb__buf_add_c(out, "?=");
	return text.len;
}

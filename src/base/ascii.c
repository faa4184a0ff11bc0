/* Words and numbers of protocol lines. */
#include "base/ascii.h"

#include <string.h>

size_t sqb__line_len(sqb_str s)
{
	const char *lf = s.len > 0 ? memchr(s.ptr, '\n', s.len) : NULL;

	return lf ? (size_t)(lf - s.ptr) + 1 : s.len;
}

sqb_str sqb__take_line(sqb_str *s)
{
	sqb_str line = { s->ptr, sqb__line_len(*s) };

	*s = sqb__str_from(*s, line.len);
	return sqb__without_eol(line);
}

sqb_str sqb__without_eol(sqb_str line)
{
	if (line.len > 0 && line.ptr[line.len - 1] == '\n')
		line.len--;
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	return line;
}

sqb_str sqb__next_word(sqb_str *s)
{
	size_t i = 0;
	sqb_str word;

	while (i < s->len && sqb__is_blank(s->ptr[i]))
		i++;
	word = sqb__str_from(*s, i);
	for (i = 0; i < word.len && !sqb__is_blank(word.ptr[i]); i++)
		continue;
	*s = sqb__str_from(word, i);
	word.len = i;
	return word;
}

bool sqb__parse_uint(sqb_str s, uint64_t max, uint64_t *out)
{
	uint64_t n = 0;

	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		uint64_t digit = (uint64_t)(s.ptr[i] - '0');

		if (!sqb__is_digit(s.ptr[i]) || digit > max ||
		    n > (max - digit) / 10)
			return false;
		n = 10 * n + digit;
	}
	*out = n;
	return true;
}

bool sqb__is_one_line(sqb_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '\r' || s.ptr[i] == '\n' || s.ptr[i] == '\0')
			return false;
	return true;
}

bool sqb__has_nocase(sqb_str s, const char *needle)
{
	size_t n = strlen(needle);

	for (size_t i = 0; i + n <= s.len; i++)
		if (sqb_str_eq_nocase((sqb_str){ s.ptr + i, n },
		    (sqb_str){ needle, n }))
			return true;
	return false;
}

bool sqb__has_word(sqb_str s, const char *word)
{
	sqb_str w;

	while ((w = sqb__next_word(&s)).len > 0)
		if (sqb_str_eq_nocase(w, sqb_str_of(word)))
			return true;
	return false;
}

/*
 * Character references of HTML, by name or by number: HTML Living Standard,
 * section 13.2.5.72 and those that follow it.
 */
#include "text/html_reference.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "text/html_entities.h"

#include <string.h>

/* The name at the front of s: how many letters and digits. */
static size_t name_len(sqb_str s)
{
	size_t n = 0;

	while (n < s.len && n < SQB__HTML_NAME &&
	    (sqb__is_digit(s.ptr[n]) || sqb__is_letter(s.ptr[n])))
		n++;
	return n;
}

/* What a number stands for: 128 to 159 are those of windows-1252. */
static uint32_t mapped(uint32_t c)
{
	static const uint16_t windows[32] = {
		0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021,
		0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x8d, 0x17d, 0x8f,
		0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
		0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178 };

	if (c >= 0x80 && c < 0xa0)
		return windows[c - 0x80];
	return c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ?
	    SQB__REPLACEMENT : c;
}

/* "#" 1*DIGIT or "#x" 1*HEXDIG, with ";" or without, behind the "&". */
static size_t number(sqb_str s, char *out)
{
	bool hex = s.len > 2 && sqb__lower(s.ptr[1]) == 'x';
	size_t first = hex ? 2 : 1, at = first;
	uint32_t c = 0;

	for (; at < s.len; at++) {
		int digit = sqb__hex_value(s.ptr[at]);

		if (digit < 0 || (!hex && digit > 9))
			break;
		c = c > 0x110000 ? c : c * (hex ? 16 : 10) + (uint32_t)digit;
	}
	if (at == first)
		return 0;
	out[sqb__utf8_encode(mapped(c), out)] = '\0';
	return at + (at < s.len && s.ptr[at] == ';');
}

size_t sqb__html_reference(sqb_str s, bool attribute,
    char out[SQB__HTML_REFERENCE])
{
	const char *value = NULL;
	size_t n, end;

	s = sqb__str_from(s, 1);
	if (s.len > 1 && s.ptr[0] == '#') {
		n = number(s, out);
		return n > 0 ? n + 1 : 0;
	}
	n = name_len(s);
	end = n + 1;
	if (n > 1 && n < s.len && s.ptr[n] == ';')
		value = sqb__html_entity((sqb_str){ s.ptr, n });
	if (!value && n > 1 && !attribute) {
		end = sqb__html_old_entity((sqb_str){ s.ptr, n });
		value = end == 0 ? NULL :
		    sqb__html_entity((sqb_str){ s.ptr, end });
	}
	if (!value)
		return 0;
	memcpy(out, value, strlen(value) + 1);
	return end + 1;
}

/*
 * What text without a label is in. What is certain is looked for first; the
 * rest is left to libuchardet, which goes by how often letters come.
 */
#include "text/charset.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <string.h>
#include <uchardet/uchardet.h>

enum { MAX_LOOK = 64 * 1024 };

/* The longer mark of UTF-32 begins like that of UTF-16. */
static sqb__charset from_mark(sqb_str s)
{
	static const struct {
		const char *mark;
		size_t len;
		const char *label;
	} marks[] = {
		{ "\xef\xbb\xbf", 3, "utf-8" },
		{ "\xff\xfe\0\0", 4, "utf-32" },
		{ "\0\0\xfe\xff", 4, "utf-32" },
		{ "\xff\xfe", 2, "utf-16" },
		{ "\xfe\xff", 2, "utf-16" },
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (s.len >= marks[i].len &&
		    !memcmp(s.ptr, marks[i].mark, marks[i].len))
			return sqb__charset_find(sqb_str_of(marks[i].label));
	return SQB__CHARSET_UNKNOWN;
}

/* ISO-2022: ESC and what it designates. */
static sqb__charset from_escapes(sqb_str s)
{
	static const char *const escapes[][2] = {
		{ "$B", "iso-2022-jp" }, { "$@", "iso-2022-jp" },
		{ "$(D", "iso-2022-jp" }, { "(J", "iso-2022-jp" },
		{ "$)C", "iso-2022-kr" }, { "$)A", "iso-2022-cn" },
		{ "$)G", "iso-2022-cn" },
	};
	const char *esc = s.len > 0 ? memchr(s.ptr, 0x1b, s.len) : NULL;

	for (size_t i = 0; esc && i < sizeof(escapes) / sizeof(escapes[0]);
	    i++) {
		size_t n = strlen(escapes[i][0]);
		sqb_str rest = sqb__str_from(s, (size_t)(esc - s.ptr) + 1);

		if (rest.len >= n && !memcmp(rest.ptr, escapes[i][0], n))
			return sqb__charset_find(sqb_str_of(escapes[i][1]));
	}
	return SQB__CHARSET_UNKNOWN;
}

/* Up to a line end where there is one: no character is cut there. */
static sqb_str sample(sqb_str s)
{
	if (s.len <= MAX_LOOK)
		return s;
	for (size_t n = MAX_LOOK; n > MAX_LOOK / 2; n--)
		if (s.ptr[n - 1] == '\n')
			return (sqb_str){ s.ptr, n };
	return (sqb_str){ s.ptr, MAX_LOOK };
}

static sqb__charset from_frequencies(sqb_str s)
{
	uchardet_t u = uchardet_new();
	sqb__charset found = SQB__CHARSET_UNKNOWN;

	if (!u)
		return found;
	if (uchardet_handle_data(u, s.ptr, s.len) == 0) {
		uchardet_data_end(u);
		found = sqb__charset_find(sqb_str_of(uchardet_get_charset(u)));
	}
	uchardet_delete(u);
	return found;
}

sqb__charset sqb__charset_detect(sqb_str bytes)
{
	sqb__charset c = from_mark(bytes);

	if (c != SQB__CHARSET_UNKNOWN)
		return c;
	if (sqb__utf8_valid(bytes)) {
		c = from_escapes(bytes);
		return c != SQB__CHARSET_UNKNOWN ? c :
		    (sqb__charset)SQB__CHARSET_UTF_8;
	}
	c = from_frequencies(sample(bytes));
	return c > SQB__CHARSET_UTF_8 ? c :
	    (sqb__charset)SQB__CHARSET_WINDOWS_1252;
}

/* The preview of RFC 8621, section 4.1.4: "a plain text fragment". */
#include "text/preview.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <string.h>

enum { MAX_LOOK = 64 * 1024 };

typedef struct writer {
	sqb__buf *out;
	size_t left;		/* characters that may come */
	bool begun;
} writer;

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* A rule of "-----", "=====" and the like. */
static bool is_ruler(sqb_str s)
{
	size_t n = 0;

	while (n < s.len && memchr("-_=*~#+. ", s.ptr[n], 9))
		n++;
	return n == s.len && n > 2;
}

static bool is_skipped(sqb_str s)
{
	return s.len == 0 || s.ptr[0] == '>' || is_ruler(s);
}

/* As much of it as there is room for. */
static void add_word(writer *w, sqb_str s)
{
	size_t n, at = 0;
	uint32_t c;

	if (w->begun && w->left > 1) {
		sqb__buf_add_char(w->out, ' ');
		w->left--;
	} else if (w->begun) {
		w->left = 0;
	}
	for (; at < s.len && w->left > 0; at += n, w->left--) {
		n = sqb__utf8_decode(sqb__str_from(s, at), &c);
		n = n > 0 ? n : 1;
	}
	sqb__buf_add(w->out, (sqb_str){ s.ptr, at });
	w->begun = true;
}

static void add_line(writer *w, sqb_str s)
{
	while (s.len > 0 && w->left > 0) {
		size_t n = 0;

		while (n < s.len && is_blank(s.ptr[n]))
			n++;
		s = sqb__str_from(s, n);
		for (n = 0; n < s.len && !is_blank(s.ptr[n]); n++)
			;
		if (n > 0)
			add_word(w, (sqb_str){ s.ptr, n });
		s = sqb__str_from(s, n);
	}
}

void sqb__preview(sqb_str text, size_t max_chars, sqb__buf *out)
{
	writer w = { .out = out, .left = max_chars };
	sqb_str rest;

	if (text.len > MAX_LOOK)
		text.len = MAX_LOOK;
	for (rest = text; rest.len > 0 && w.left > 0;) {
		sqb_str line = sqb__take_line(&rest);

		if (!is_skipped(line))
			add_line(&w, line);
	}
	if (!w.begun)
		add_line(&w, text);
}

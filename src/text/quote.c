/*
 * Quoting. Marks are written as src/text/flowed.c and html.c write them, "> "
 * for each level, however the text has them.
 */
#include "text/quote.h"

#include "base/ascii.h"
#include "base/utf8.h"

enum {
	MAX_COLUMNS = 78,	/* RFC 5322, section 2.1.1 */
	MAX_QUOTES = 20		/* what is deeper is text */
};

/* Takes the marks from the front of a line; how many there were. */
static unsigned take_marks(sqb_str *line)
{
	unsigned n = 0;

	while (n < MAX_QUOTES && line->len > 0 && line->ptr[0] == '>') {
		*line = sqb__str_from(*line, 1);
		if (line->len > 0 && line->ptr[0] == ' ')
			*line = sqb__str_from(*line, 1);
		n++;
	}
	return n;
}

static sqb_str without_end(sqb_str text)
{
	while (text.len > 0 && (text.ptr[text.len - 1] == '\n' ||
	    text.ptr[text.len - 1] == '\r' ||
	    sqb__is_blank(text.ptr[text.len - 1])))
		text.len--;
	return text;
}

/* So many octets of the line are a line of that many columns, or a word. */
static size_t fit(sqb_str line, size_t columns)
{
	size_t at_blank = 0, n = 0;
	bool blank = true;	/* the octet before, as if one was there */

	for (size_t i = 0; i < line.len; i++) {
		/* what is not the first octet of a character is no column */
		n += ((unsigned char)line.ptr[i] & 0xc0) != 0x80;
		if (n > columns && at_blank > 0)
			return at_blank;
		if (!blank && sqb__is_blank(line.ptr[i]))
			at_blank = i;
		blank = sqb__is_blank(line.ptr[i]);
	}
	return line.len;
}

static void put_line(sqb_str line, unsigned quotes, sqb__buf *out)
{
	do {
		size_t n = fit(line, MAX_COLUMNS - 2 * quotes);

		for (unsigned i = 0; i < quotes; i++)
			sqb__buf_add_c(out, i + 1 < quotes || n > 0 ? "> " :
			    ">");
		sqb__buf_add(out, (sqb_str){ line.ptr, n });
		sqb__buf_add_char(out, '\n');
		while (n < line.len && sqb__is_blank(line.ptr[n]))
			n++;
		line = sqb__str_from(line, n);
	} while (line.len > 0 && !out->failed);
}

void sqb__quote_text(sqb_str text, sqb__buf *out)
{
	text = without_end(text);
	while (text.len > 0 && !out->failed) {
		sqb_str line = sqb__take_line(&text);
		unsigned quotes = take_marks(&line);

		put_line(line, quotes + 1, out);
	}
}

static const char *escape_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	default:
		return NULL;
	}
}

void sqb__escape_html(sqb_str text, sqb__buf *out)
{
	size_t done = 0;

	for (size_t i = 0; i < text.len; i++) {
		const char *escape = escape_of(text.ptr[i]);

		if (!escape)
			continue;
		sqb__buf_add(out, (sqb_str){ text.ptr + done, i - done });
		sqb__buf_add_c(out, escape);
		done = i + 1;
	}
	sqb__buf_add(out, sqb__str_from(text, done));
}

/* Blanks behind others, and at the front, would vanish. */
static void put_html_line(sqb_str line, sqb__buf *out)
{
	bool blank = true;

	while (line.len > 0) {
		size_t n = 0;

		while (n < line.len && !sqb__is_blank(line.ptr[n]))
			n++;
		sqb__escape_html((sqb_str){ line.ptr, n }, out);
		blank = n == 0 && blank;
		if (n < line.len) {
			sqb__buf_add_c(out, blank ? "&nbsp;" : " ");
			blank = true;
			n++;
		}
		line = sqb__str_from(line, n);
	}
	sqb__buf_add_c(out, "<br>\n");
}

/* Opens or closes blockquotes. */
static void set_level(unsigned *level, unsigned want, sqb__buf *out)
{
	for (; *level < want; ++*level)
		sqb__buf_add_c(out, "<blockquote type=\"cite\">\n");
	for (; *level > want; --*level)
		sqb__buf_add_c(out, "</blockquote>\n");
}

void sqb__quote_html(sqb_str text, unsigned levels, sqb__buf *out)
{
	unsigned level = 0;

	text = without_end(text);
	set_level(&level, levels, out);
	while (text.len > 0 && !out->failed) {
		sqb_str line = sqb__take_line(&text);

		set_level(&level, levels + take_marks(&line), out);
		put_html_line(line, out);
	}
	set_level(&level, 0, out);
}

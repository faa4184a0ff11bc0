/*
 * The layout of text that was HTML. Breaks and blanks are noted and written
 * when text follows, so that none come twice or at an end.
 */
#include "text/html_layout.h"

enum { MAX_NEST = 8, MAX_BLANKS = 8 };

void sqb__layout_begin(sqb__layout *l, sqb__buf *out)
{
	*l = (sqb__layout){ .out = out, .start = out->end };
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static void quote(sqb__layout *l, unsigned n)
{
	for (n = least(n, MAX_NEST); n > 0; n--)
		sqb__buf_add_c(l->out, "> ");
}

/* Blanks that a prefix has left at the end of a line. */
static void trim_line(sqb__layout *l)
{
	sqb__buf *out = l->out;

	while (out->end > l->start && out->data[out->end - 1] == ' ')
		out->end--;
}

static void end_line(sqb__layout *l)
{
	trim_line(l);
	sqb__buf_add_char(l->out, '\n');
}

static void begin_line(sqb__layout *l)
{
	unsigned depth = least(l->lists, MAX_NEST);

	quote(l, l->quotes);
	l->last_quotes = l->quotes;
	if (l->bullet && depth > 0)
		depth--;
	for (; depth > 0; depth--)
		sqb__buf_add_c(l->out, "  ");
	if (l->bullet && l->number > 0) {
		sqb__buf_add_uint(l->out, l->number);
		sqb__buf_add_c(l->out, ". ");
	} else if (l->bullet) {
		sqb__buf_add_c(l->out, "- ");
	}
	l->bullet = false;
	l->breaks = 0;
	l->blanks = 0;
}

static void write_breaks(sqb__layout *l)
{
	if (l->out->end > l->start && l->breaks > 0) {
		end_line(l);
		if (l->breaks > 1) {
			quote(l, least(l->quotes, l->last_quotes));
			end_line(l);
		}
	}
	begin_line(l);
}

void sqb__layout_text(sqb__layout *l, sqb_str s)
{
	if (l->breaks > 0 || l->out->end == l->start)
		write_breaks(l);
	for (; l->blanks > 0; l->blanks--)
		sqb__buf_add_char(l->out, ' ');
	sqb__buf_add(l->out, s);
}

void sqb__layout_space(sqb__layout *l)
{
	if (l->blanks == 0 && l->breaks == 0 && l->out->end > l->start)
		l->blanks = 1;
}

void sqb__layout_cell(sqb__layout *l)
{
	if (l->breaks == 0 && l->out->end > l->start)
		l->blanks = 2;
}

sqb_str sqb__layout_since(const sqb__layout *l, size_t at)
{
	sqb_str s = { l->out->data + at, l->out->end - at };

	while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\n'))
		s = (sqb_str){ s.ptr + 1, s.len - 1 };
	return s;
}

void sqb__layout_blank(sqb__layout *l)
{
	if (l->breaks > 0 || l->out->end == l->start)
		write_breaks(l);
	if (l->blanks < MAX_BLANKS)
		l->blanks++;
}

void sqb__layout_newline(sqb__layout *l)
{
	l->breaks = least(l->breaks + 1, 2);
	l->blanks = 0;
}

void sqb__layout_break(sqb__layout *l, unsigned n)
{
	if (l->breaks < n)
		l->breaks = n;
	l->blanks = 0;
}

void sqb__layout_end(sqb__layout *l)
{
	if (l->out->end == l->start || l->out->failed)
		return;
	trim_line(l);
	if (l->out->end > l->start)
		sqb__buf_add_char(l->out, '\n');
}

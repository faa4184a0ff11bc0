/*
 * Text of format=flowed: RFC 3676, section 4. A line that ends in a blank
 * goes on in the next one of the same quote depth; "-- " stands alone.
 */
#include "text/flowed.h"

#include "base/ascii.h"

enum { MAX_QUOTES = 32 };	/* that are shown */

typedef struct line {
	sqb_str text;		/* quotes and stuffing taken off */
	size_t quotes;
	bool flows;
} line;

/* Takes a line from the front of *s. */
static line take_line(sqb_str *s, bool del_sp)
{
	line l = { .text = sqb__take_line(s) };

	while (l.text.len > 0 && l.text.ptr[0] == '>') {
		l.text = sqb__str_from(l.text, 1);
		l.quotes++;
	}
	if (l.text.len > 0 && l.text.ptr[0] == ' ')
		l.text = sqb__str_from(l.text, 1);
	l.flows = l.text.len > 0 && l.text.ptr[l.text.len - 1] == ' ' &&
	    !sqb_str_eq(l.text, (sqb_str)SQB_STR("-- "));
	if (l.flows && del_sp)
		l.text.len--;
	return l;
}

static void begin_line(sqb__buf *out, size_t quotes)
{
	for (size_t i = 0; i < quotes && i < MAX_QUOTES; i++)
		sqb__buf_add_c(out, "> ");
}

void sqb__flowed_text(sqb_str text, bool del_sp, sqb__buf *out)
{
	bool joined = false;	/* the line before goes on in this one */
	size_t quotes = 0;

	while (text.len > 0 && !out->failed) {
		line l = take_line(&text, del_sp);

		if (joined && (l.quotes != quotes || sqb_str_eq(l.text,
		    (sqb_str)SQB_STR("-- ")))) {
			sqb__buf_add_char(out, '\n');
			joined = false;
		}
		if (!joined)
			begin_line(out, l.quotes);
		sqb__buf_add(out, l.text);
		if (!l.flows)
			sqb__buf_add_char(out, '\n');
		joined = l.flows;
		quotes = l.quotes;
	}
	if (joined)
		sqb__buf_add_char(out, '\n');
}

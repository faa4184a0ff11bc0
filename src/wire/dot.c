/* Dot-unstuffing in place. */
#include "wire/dot.h"

#include "base/scan.h"

#include <string.h>

/* The body so far is data[..w); what lies in [run..p) belongs to it next. */
typedef struct cursor {
	char *w, *run, *p, *end;
} cursor;

static void flush(cursor *c)
{
	size_t n = (size_t)(c->p - c->run);

	if (c->w != c->run)
		memmove(c->w, c->run, n);
	c->w += n;
	c->run = c->p;
}

typedef enum { STUFFED, END_MARK, TOO_SHORT } dot_kind;

/* At a dot that begins a line. Only CRLF.CRLF ends a body (LF.LF: lf_only). */
static dot_kind look_at_dot(const sqb__dot *d, const cursor *c, size_t *len)
{
	size_t left = (size_t)(c->end - c->p);

	*len = 2;
	if (left < 2)
		return TOO_SHORT;
	if (d->lf_only && c->p[1] == '\n')
		return END_MARK;
	*len = 3;
	if (c->p[1] != '\r')
		return STUFFED;
	if (left < 3)
		return TOO_SHORT;
	return c->p[2] == '\n' ? END_MARK : STUFFED;
}

/*
 * Goes to the next line that begins with a dot, or to the end. Only lines that
 * do matter, so that is all that is looked for.
 */
static void skip_to_line(sqb__dot *d, cursor *c)
{
	while (c->p < c->end) {
		const char *lf = sqb__find_pair(c->p, c->end, '\n', '.');
		bool after_cr;

		if (!lf) {
			d->at = c->end[-1] == '\r' ? SQB__DOT_CR :
			    SQB__DOT_MIDDLE;
			c->p = c->end;
			return;
		}
		after_cr = lf > c->p ? lf[-1] == '\r' : d->at == SQB__DOT_CR;
		d->at = after_cr || d->lf_only ? SQB__DOT_LINE :
		    SQB__DOT_MIDDLE;
		c->p += lf + 1 - c->p;
		if (d->at == SQB__DOT_LINE && c->p < c->end)
			return;
	}
}

bool sqb__dot_take(sqb__dot *d, char *data, size_t len, sqb_str *body,
    size_t *used)
{
	cursor c = { data, data, data, data + len };
	dot_kind kind = STUFFED;
	size_t mark = 0;

	while (c.p < c.end) {
		if (d->at == SQB__DOT_LINE && *c.p == '.') {
			kind = look_at_dot(d, &c, &mark);
			flush(&c);
			if (kind != STUFFED)
				break;
			c.run = ++c.p;
			d->at = SQB__DOT_MIDDLE;
		}
		skip_to_line(d, &c);
	}
	if (kind == STUFFED)
		flush(&c);
	*body = (sqb_str){ data, (size_t)(c.w - data) };
	*used = (size_t)(c.p - data) + (kind == END_MARK ? mark : 0);
	return kind == END_MARK;
}

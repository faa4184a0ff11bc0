/* Lines of text out of elements: blanks, breaks, quotes and lists. */
#ifndef SQB_TEXT_HTML_LAYOUT_H
#define SQB_TEXT_HTML_LAYOUT_H

#include "base/buf.h"

/* What is due before the next text, and what it stands in. All zero. */
typedef struct sqb__layout {
	sqb__buf *out;
	size_t start;		/* of what it wrote */
	unsigned breaks;	/* line ends that are due: to 2 */
	unsigned blanks;	/* that are due: a cell ends in two */
	unsigned quotes, lists;	/* how many it is in */
	unsigned last_quotes;	/* of the line before */
	bool bullet;		/* a "- " or a number is due … */
	unsigned number;	/* … 0: no number */
} sqb__layout;

void sqb__layout_begin(sqb__layout *l, sqb__buf *out);

/* A run of text without blanks; its characters can be printed. */
void sqb__layout_text(sqb__layout *l, sqb_str s);

/* White space: of a run of it one blank is left, and none at a line's end. */
void sqb__layout_space(sqb__layout *l);

/* The end of a cell of a table: two blanks from the next. */
void sqb__layout_cell(sqb__layout *l);

/* What was written from an offset in out on, without what was due there. */
sqb_str sqb__layout_since(const sqb__layout *l, size_t at);

/* As it stands: of <pre>, blanks and line ends in it. */
void sqb__layout_blank(sqb__layout *l);
void sqb__layout_newline(sqb__layout *l);

/* What comes next is on another line (1), behind an empty one (2). */
void sqb__layout_break(sqb__layout *l, unsigned n);
void sqb__layout_end(sqb__layout *l);

#endif

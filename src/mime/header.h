/* The header section of a message and its fields, RFC 5322, section 2.2. */
#ifndef SQB_MIME_HEADER_H
#define SQB_MIME_HEADER_H

#include "base/ascii.h"
#include "base/buf.h"
#include "text/charset.h"

static inline bool sqb__is_eol(char c)
{
	return c == '\r' || c == '\n';
}

/* What may stand where a field is folded. */
static inline bool sqb__is_space(char c)
{
	return sqb__is_blank(c) || sqb__is_eol(c);
}

/* Without what may stand where a field is folded, at both ends. */
sqb_str sqb__trim(sqb_str s);

/* An id without blanks around it, and "<" and ">". */
sqb_str sqb__bare_id(sqb_str s);

/* The line at the front of s with its end; bare_cr: CR ends lines too. */
size_t sqb__line_length(sqb_str s, bool bare_cr);

/* Whether that line, of n octets, has its end, whatever follows s. */
bool sqb__line_has_end(sqb_str s, size_t n, bool bare_cr);

typedef struct sqb__field {
	sqb_str name;		/* without the blanks before the colon */
	sqb_str body;		/* after the colon, folded as it came, without
				   the last line end */
} sqb__field;

/* Where a walk through the fields is. */
typedef struct sqb__header_walk {
	sqb_str rest;
	bool bare_cr;		/* lines end in CR without LF */
} sqb__header_walk;

typedef enum sqb__header_line {
	SQB__HEADER_FIELD,
	SQB__HEADER_JUNK,	/* no field: there is no name or no colon */
	SQB__HEADER_EMPTY	/* the line that ends the section */
} sqb__header_line;

enum {
	SQB__FIRST_LINE = 64 * 1024,	/* octets that say how lines end */
	/* Of a line, with its end: so many say what it is in a header. */
	SQB__LOOK_AHEAD = 2000
};

sqb__header_walk sqb__header_begin(sqb_str message);

/*
 * Takes a line and those that continue it; there must be one. After the empty
 * line rest is the body. Nothing is allocated.
 */
sqb__header_line sqb__header_step(sqb__header_walk *w, sqb__field *f);

/* The next field; junk is skipped. False: there is none. */
bool sqb__header_next(sqb__header_walk *w, sqb__field *f);

/*
 * Appends the field's body to out: unfolded, encoded words decoded, trimmed,
 * and made safe.
 */
void sqb__header_text(sqb_str body, sqb__reading r, sqb__buf *out);

/*
 * The same of what most fields are, ASCII without encoded words. False: the
 * body is another, and out is as it was.
 */
bool sqb__header_plain(sqb_str body, sqb__buf *out);

/*
 * Makes what is in b from the octet at from on valid UTF-8 that a terminal
 * can be given: line ends and tabs become spaces, other control and bidi
 * characters go.
 */
void sqb__make_safe(sqb__buf *b, size_t from);

#endif

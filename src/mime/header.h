/* The header section of a message and its fields, RFC 5322, section 2.2. */
#ifndef SQB_MIME_HEADER_H
#define SQB_MIME_HEADER_H

#include "base/buf.h"
#include "text/charset.h"

typedef struct sqb__field {
	sqb_str name;		/* without the blanks before the colon */
	sqb_str body;		/* after the colon, folded as it came, without
				   the last line end */
	const char *text;	/* decoded; NULL: not asked for yet */
} sqb__field;

/* Where a walk through the fields is. */
typedef struct sqb__header_walk {
	sqb_str rest;
	bool bare_cr;		/* lines end in CR without LF */
} sqb__header_walk;

sqb__header_walk sqb__header_begin(sqb_str message);

/*
 * The next field; lines that are none are skipped. False: the section has
 * ended, and rest is the body. Nothing is allocated.
 */
bool sqb__header_next(sqb__header_walk *w, sqb__field *f);

/*
 * Appends the field's body to out: unfolded, encoded words decoded, trimmed,
 * valid UTF-8 and safe for a terminal. Line ends and tabs become spaces,
 * other control and bidi characters go. Of a body over 10 MiB the rest is
 * not read.
 */
void sqb__header_text(sqb_str body, sqb__decoders *d, sqb__buf *out);

#endif

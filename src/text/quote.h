/* Text as an answer or a forwarded message quotes it. */
#ifndef SQB_TEXT_QUOTE_H
#define SQB_TEXT_QUOTE_H

#include "base/buf.h"

/*
 * Appends the lines of text with "> " in front, one more than they have, and
 * those that would be over 78 columns broken at blanks. Line ends are LF;
 * blanks and empty lines at the end are left out.
 */
void sqb__quote_text(sqb_str text, sqb__buf *out);

/*
 * The same as html: no markup of text's own is left. Its quotes become
 * blockquotes, in as many more as levels says.
 */
void sqb__quote_html(sqb_str text, unsigned levels, sqb__buf *out);

/* Appends text with what html would read as markup made harmless. */
void sqb__escape_html(sqb_str text, sqb__buf *out);

#endif

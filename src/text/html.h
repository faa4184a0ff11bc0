/* The text of HTML, for people. */
#ifndef SQB_TEXT_HTML_H
#define SQB_TEXT_HTML_H

#include "base/buf.h"

/*
 * Appends the text of a document in UTF-8 to out: what is not seen (styles,
 * scripts, hidden elements) left out, paragraphs, lists, quotes and tables
 * laid out, links as "text <URL>". Valid UTF-8 without control and bidi
 * characters but LF and TAB; no line ends in a blank, and the last has a line
 * end. At most 16 octets for each of html.
 */
void sqb__html_text(sqb_str html, sqb__buf *out);

/*
 * The charset that a document says it is in, in a <meta> within its first
 * 1,024 octets. Empty: it says none.
 */
sqb_str sqb__html_charset(sqb_str html);

#endif

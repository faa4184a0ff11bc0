/* How a text begins. */
#ifndef SQB_TEXT_PREVIEW_H
#define SQB_TEXT_PREVIEW_H

#include "base/buf.h"

/*
 * Appends the beginning of a plain text to out: at most max_chars characters
 * in one line, white space made single blanks, without quotes and rulers
 * where there is something else. Reads no more of text than it takes, and
 * 64 KiB at most.
 */
void sqb__preview(sqb_str text, size_t max_chars, sqb__buf *out);

#endif

/* Text of format=flowed, RFC 3676. */
#ifndef SQB_TEXT_FLOWED_H
#define SQB_TEXT_FLOWED_H

#include "base/buf.h"

/*
 * Appends text to out with the lines of each paragraph joined, line ends LF,
 * and "> " for each level of quotes. del_sp: the blank that makes a line
 * flow is not part of the text. At most 4 octets for each of text.
 */
void sqb__flowed_text(sqb_str text, bool del_sp, sqb__buf *out);

#endif

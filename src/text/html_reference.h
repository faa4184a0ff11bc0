/* Character references of HTML, such as "&eacute;" and "&#233;". */
#ifndef SQB_TEXT_HTML_REFERENCE_H
#define SQB_TEXT_HTML_REFERENCE_H

#include <squab/base.h>

enum { SQB__HTML_REFERENCE = 16 };	/* octets that one makes, with a NUL */

/*
 * The reference at the front of s, which begins with "&": its length, and as
 * UTF-8 what it stands for. 0: there is none. In an attribute those without a
 * semicolon are none.
 */
size_t sqb__html_reference(sqb_str s, bool attribute,
    char out[SQB__HTML_REFERENCE]);

#endif

/* The names of characters in HTML, such as "eacute". */
#ifndef SQB_TEXT_HTML_ENTITIES_H
#define SQB_TEXT_HTML_ENTITIES_H

#include <squab/base.h>

enum { SQB__HTML_NAME = 31 };	/* octets of the longest */

/* What a name stands for, in UTF-8; NULL: there is no such name. */
const char *sqb__html_entity(sqb_str name);

/*
 * How much of s, of two octets or more, is one of the old names that need no
 * semicolon; 0: nothing.
 */
size_t sqb__html_old_entity(sqb_str s);

#endif

/* Strings of JSON (RFC 8259, section 7), read and written. */
#ifndef SQB_STORE_JSON_STRING_H
#define SQB_STORE_JSON_STRING_H

#include "store/spool.h"

/*
 * Reads one from *p, which is at its quotation mark in a text that ends in
 * NUL, to *out, which ends behind the NUL that closes it. It is never longer
 * than it is written, and may be decoded in place. False: there is none.
 */
bool sqb__json_read_string(const char **p, char **out);

/* What is no UTF-8 becomes U+FFFD; hidden characters are escaped. */
bool sqb__json_put_string(sqb__spool *out, sqb_str s);

#endif

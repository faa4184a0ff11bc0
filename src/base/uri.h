/* The parts of a URL that all schemes share: RFC 3986, sections 2.1 and 3.2. */
#ifndef SQB_BASE_URI_H
#define SQB_BASE_URI_H

#include <squab/base.h>

/*
 * Cuts *s at the first c: *before is what stands before it; *s is left with
 * the rest. False: there is none, and nothing has changed.
 */
bool sqb__uri_cut(sqb_str *s, char c, sqb_str *before);

/*
 * Percent-decodes s to out, closed with NUL. False: it does not fit, is not
 * well formed, or has a control character in it.
 */
bool sqb__uri_decode(char *out, size_t cap, sqb_str s);

/*
 * host [":" port], an IPv6 address in brackets; *port stays as it is where
 * none is given. NULL, or what is wrong, a static text.
 */
const char *sqb__uri_host(sqb_str s, char *host, size_t cap, uint16_t *port);

#endif

/* Looking through many bytes at once. */
#ifndef SQB_BASE_SCAN_H
#define SQB_BASE_SCAN_H

#include <squab/base.h>

/*
 * The first place in [p, end) where first is followed by second, or where
 * first is the last octet. NULL: there is none.
 */
const char *sqb__find_pair(const char *p, const char *end, char first,
    char second);

/*
 * Copies n octets of src to dst, a CR that stands before LF left out, and
 * returns how many that makes. dst has room for n + 1. *cr says that a CR is
 * due from before, and says so after; it is for the caller to add the last.
 */
size_t sqb__copy_lf(char *dst, const char *src, size_t n, bool *cr);

#endif

/* Parameters of Content-Type and Content-Disposition, RFC 2045 and 2231. */
#ifndef SQB_MIME_PARAMS_H
#define SQB_MIME_PARAMS_H

#include "base/buf.h"
#include "text/charset.h"

enum { SQB__MAX_PARAMS = 128 };

/* One, or a segment of one, as it stands in the field. */
typedef struct sqb__param {
	sqb_str name;		/* before the "*" */
	sqb_str value;		/* between the quotes */
	int section;		/* of a continuation; -1: it is none */
	bool extended;		/* ends in "*": percent-encoded */
	bool quoted;
} sqb__param;

typedef struct sqb__params {
	sqb__param items[SQB__MAX_PARAMS];
	size_t n;
	/* Where the first of each trouble is; NULL: there is none. */
	const char *bad, *duplicate, *more;
	bool unclosed;		/* no quote from there on is closed */
} sqb__params;

/* s is what follows the media type or disposition, folded as it came. */
void sqb__params_read(sqb__params *ps, sqb_str s);

/*
 * Appends the octets of a value, of the segments of a continuation in their
 * order. *label is the charset where there is one, *extended true where it
 * could be. False: there is no parameter of that name.
 */
bool sqb__param_octets(const sqb__params *ps, const char *name,
    sqb__buf *out, sqb_str *label, bool *extended);

/* The same as text: decoded, valid UTF-8, safe to print. */
bool sqb__param_text(const sqb__params *ps, const char *name,
    sqb__reading r, sqb__buf *out);

#endif

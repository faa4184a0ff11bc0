/*
 * Dot-stuffing (RFC 1939, section 3; RFC 5321, section 4.5.2), the way back:
 * takes the dots off a multi-line body and finds its end.
 */
#ifndef SQB_WIRE_DOT_H
#define SQB_WIRE_DOT_H

#include <squab/base.h>

typedef struct sqb__dot {
	enum { SQB__DOT_LINE, SQB__DOT_MIDDLE, SQB__DOT_CR } at;
	bool lf_only;		/* the peer ends its lines with a bare LF */
} sqb__dot;

/* Before the first line of a body. */
static inline sqb__dot sqb__dot_begin(bool lf_only)
{
	return (sqb__dot){ SQB__DOT_LINE, lf_only };
}

/*
 * Works on data of len octets in place: what was stuffed moves together, so
 * that *body is one slice of data. *used octets are consumed: all, but for
 * the beginning of what may be the end mark, which is to come again in front
 * of the next data. True: the end mark was found, and is consumed.
 */
bool sqb__dot_take(sqb__dot *d, char *data, size_t len, sqb_str *body,
    size_t *used);

#endif

/* One face for the transfer encodings of bodies, RFC 2045, section 6. */
#ifndef SQB_MIME_DECODER_H
#define SQB_MIME_DECODER_H

#include <squab/message.h>

#include "text/base64_body.h"
#include "text/qp.h"
#include "text/uu.h"

/* Room that a decoder wants to get on, and for what the end leaves. */
enum { SQB__DECODER_ROOM = 2 * SQB__QP_HELD };

typedef struct sqb__decoder {
	sqb_encoding encoding;
	union {
		sqb__base64_body base64;
		sqb__qp qp;
		sqb__uu uu;
	} as;
} sqb__decoder;

/* Whether there is something to decode: else a body is its content. */
bool sqb__is_encoded(unsigned encoding);

void sqb__decoder_init(sqb__decoder *d, sqb_encoding encoding);

/*
 * Decodes from the front of *in to out, which has room for room octets, at
 * least SQB__DECODER_ROOM, and drops that from *in. How many octets it made.
 * It may stop before out is full; it gets on each time.
 */
size_t sqb__decoder_run(sqb__decoder *d, sqb_str *in, char *out, size_t room);

/* All was given: what is left, to SQB__DECODER_ROOM octets of room. */
size_t sqb__decoder_end(sqb__decoder *d, char *out);

/* Calls tell for each kind of flaw that was met. */
void sqb__decoder_flaws(const sqb__decoder *d,
    void (*tell)(void *ctx, sqb_defect_code code, uint64_t offset),
    void *ctx);

#endif

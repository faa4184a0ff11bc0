/* Base64 as mail has it, in pieces of any size. */
#ifndef SQB_TEXT_BASE64_BODY_H
#define SQB_TEXT_BASE64_BODY_H

#include "text/base64_kernel.h"
#include "text/flaw.h"

typedef struct sqb__base64_body {
	sqb__base64_groups *groups;
	uint64_t offset;	/* of the piece that comes next */
	unsigned bits;		/* the last n_bits are not yet written */
	unsigned n_bits;	/* 0, and after 1, 2, 3 characters 6, 4, 2 */
	unsigned pads_due;	/* "=" that may come yet */
	bool padded;		/* what comes next is another block */
	size_t column;		/* characters since the last line end */
	size_t line;		/* length of the last line; 0: unknown or odd */

	sqb__flaw junk;		/* octets that mean nothing here, skipped */
	sqb__flaw joined;	/* blocks that begin after padding */
	sqb__flaw unpadded;	/* blocks that end with too little padding */
	sqb__flaw cut;		/* blocks with one character too many */
} sqb__base64_body;

void sqb__base64_body_init(sqb__base64_body *d);

/* Decodes one piece to out, with room for in.len; how many octets it made. */
size_t sqb__base64_body_decode(sqb__base64_body *d, sqb_str in, char *out);

/* All pieces were given: what the end lacks becomes a flaw. */
void sqb__base64_body_end(sqb__base64_body *d);

#endif

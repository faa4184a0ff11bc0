/* Quoted-printable. */
#ifndef SQB_TEXT_QP_H
#define SQB_TEXT_QP_H

#include "text/flaw.h"

/*
 * The "Q" encoding of encoded words, RFC 2047, section 4.2, to out, which
 * has room for in.len octets. Returns how many it took. "=" that no two
 * hexadecimal digits follow stands for itself.
 */
size_t sqb__q_decode(sqb_str in, char *out);

/* What may wait for the next piece: "=", a run of blanks. */
enum { SQB__QP_HELD = 256 };

/* A body, RFC 2045, section 6.7, in pieces of any size. */
typedef struct sqb__qp {
	uint64_t offset;	/* of the piece that comes next */
	size_t n_held;
	bool skip_lf;		/* its CR was a soft line break */
	bool keep_blanks;	/* of a run that was too long to hold */
	char held[SQB__QP_HELD];

	sqb__flaw broken;	/* "=" that begins nothing: left as they are */
} sqb__qp;

void sqb__qp_init(sqb__qp *d);

/*
 * Decodes one piece to out, with room for in.len + SQB__QP_HELD; how many
 * octets it made.
 */
size_t sqb__qp_decode(sqb__qp *d, sqb_str in, char *out);

/* All pieces were given: what they left, with room for SQB__QP_HELD. */
size_t sqb__qp_end(sqb__qp *d, char *out);

/* Octets that n octets take when encoded, at most; n <= SIZE_MAX / 4. */
static inline size_t sqb__qp_encoded_max(size_t n)
{
	return 3 * n + 3 * (n / 25 + 1);
}

/* Octets that have to be encoded wherever they stand. */
size_t sqb__qp_count(sqb_str in);

/*
 * Encodes a piece of text, whose lines end in CRLF, to out, which has room for
 * sqb__qp_encoded_max(in.len). *column is 0 for the first piece. Octets at the
 * end that depend on what follows are left for the next piece, unless this is
 * the last: *used says how many were taken. Returns how many it made.
 */
size_t sqb__qp_encode(size_t *column, sqb_str in, bool last, char *out,
    size_t *used);

#endif

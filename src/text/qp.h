/* Quoted-printable. */
#ifndef SQB_TEXT_QP_H
#define SQB_TEXT_QP_H

#include <squab/base.h>

/*
 * The "Q" encoding of encoded words, RFC 2047, section 4.2, to out, which
 * has room for in.len octets. Returns how many it took. "=" that no two
 * hexadecimal digits follow stands for itself.
 */
size_t sqb__q_decode(sqb_str in, char *out);

#endif

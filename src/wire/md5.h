/* MD5 (RFC 1321), for what still is built on it: APOP. */
#ifndef SQB_WIRE_MD5_H
#define SQB_WIRE_MD5_H

#include <squab/base.h>

enum { SQB__MD5_HEX = 32 };	/* octets of a digest in hex */

/* The digest of a and b together, in lower case. False: there is no MD5. */
bool sqb__md5_hex(char hex[SQB__MD5_HEX + 1], sqb_str a, sqb_str b);

#endif

/* S/MIME with the message in the signature, RFC 8551, section 3.5.2. */
#ifndef SQB_MIME_P7M_H
#define SQB_MIME_P7M_H

#include "base/buf.h"

/*
 * Writes what was signed, a MIME entity, to out. The signature is not checked,
 * and no key is needed. False: content is not signed data, or has nothing in
 * it; out may have some of it.
 */
bool sqb__p7m_open(sqb_str content, sqb__buf *out);

#endif

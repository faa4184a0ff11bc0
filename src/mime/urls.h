/* URLs of List-* fields, RFC 2369, section 2. */
#ifndef SQB_MIME_URLS_H
#define SQB_MIME_URLS_H

#include "base/buf.h"
#include "mime/token.h"

/*
 * Appends the next URL of the field that l reads, without blanks and safe to
 * print. Begin with the text and zero. False: there is no more, or out failed.
 */
bool sqb__urls_next(sqb__lexer *l, sqb__buf *out);

#endif

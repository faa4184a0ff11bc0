/* Files within a text, as they were sent before there was MIME. */
#ifndef SQB_MIME_INLINE_FILES_H
#define SQB_MIME_INLINE_FILES_H

#include "base/buf.h"

/*
 * Writes text, which has files in uuencode in it, as a multipart/mixed to out:
 * the text between them, and each of them as it is, in that transfer encoding.
 * False: there is no file in it; nothing was written.
 */
bool sqb__inline_open(sqb_str text, sqb__buf *out);

/*
 * The same for yEnc, whose octets are in no charset: bytes are the text as it
 * was sent, which is labelled so; "" is not. The files are decoded. *whole
 * says that all of them have their size and their checksum.
 */
bool sqb__inline_open_yenc(sqb_str bytes, const char *label, sqb__buf *out,
    bool *whole);

#endif

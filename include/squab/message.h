/*
 * A message, RFC 5322: bytes in, header fields out.
 */
#ifndef SQUAB_MESSAGE_H
#define SQUAB_MESSAGE_H

#include <squab/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sqb_message sqb_message;

/*
 * Looks at a message. The bytes are borrowed until sqb_message_free(). Never
 * fails on bad mail. allocator may be NULL.
 */
SQB_API sqb_message *sqb_message_parse(sqb_str bytes,
    const sqb_allocator *allocator);
SQB_API void sqb_message_free(sqb_message *m);

/*
 * All of it, and its header section with the empty line that ends it. Lines
 * end in LF or CRLF, and in CR where the first line does.
 */
SQB_API sqb_str sqb_message_bytes(const sqb_message *m);
SQB_API sqb_str sqb_message_header(const sqb_message *m);

/*
 * The field of that name (letter case does not matter), the nth from 0: its
 * body unfolded (RFC 5322, 2.2.3), encoded words decoded (RFC 2047), as UTF-8
 * without control and bidi characters, so that a terminal can be given it.
 * Octets whose charset is not said, not known or not true are read as UTF-8
 * where they are that, else as windows-1252; what means nothing is U+FFFD.
 *
 * "" when there is none or memory is short. The first 100,000 fields are
 * found, 10 MiB of each are read, and 64 MiB of text are kept in all.
 * Lifetime: that of m.
 */
SQB_API const char *sqb_message_field(sqb_message *m, const char *name,
    size_t nth);

/* The Subject, From, To and Date fields, as sqb_message_field() gives them. */
SQB_API const char *sqb_message_subject(sqb_message *m);
SQB_API const char *sqb_message_from(sqb_message *m);
SQB_API const char *sqb_message_to(sqb_message *m);
SQB_API const char *sqb_message_date(sqb_message *m);

#ifdef __cplusplus
}
#endif
#endif

/* What header text is in where it does not say so. */
#ifndef SQB_MIME_RAW_H
#define SQB_MIME_RAW_H

#include <squab/message.h>

#include "text/charset.h"

/*
 * How to read text from the header of part i, of all of a field so that it is
 * read in one way.
 */
sqb__reading sqb__reading_of(sqb_message *m, size_t i, sqb_str text);

/* The same of a text that comes alone. */
sqb__reading sqb__reading_alone(sqb_str text, sqb__decoders *d,
    const sqb_allocator *a);

#endif

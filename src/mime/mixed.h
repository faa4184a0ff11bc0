/* A multipart/mixed of what was found in another form: RFC 2046, 5.1.3. */
#ifndef SQB_MIME_MIXED_H
#define SQB_MIME_MIXED_H

#include "base/buf.h"

typedef struct sqb__mixed {
	sqb__buf heads;		/* the header sections of the parts */
	sqb__buf parts;		/* of each, where its header ends; its body */
	size_t n_alternatives;	/* the first so many say the same */
} sqb__mixed;

void sqb__mixed_init(sqb__mixed *x, const sqb_allocator *a);
void sqb__mixed_clear(sqb__mixed *x);
size_t sqb__mixed_n_parts(const sqb__mixed *x);

/* Begins a part. Its body is borrowed until all is written. */
void sqb__mixed_part(sqb__mixed *x, sqb_str body);

/* A field of that part; the value is one line. */
void sqb__mixed_field(sqb__mixed *x, const char *name, sqb_str value);

/* It is a file: a Content-Disposition field with its name, in UTF-8. */
void sqb__mixed_file(sqb__mixed *x, sqb_str name);

/*
 * Appends a message with these fields, lines with their ends, and the parts to
 * out. The boundary is in none of the bodies.
 */
void sqb__mixed_write(const sqb__mixed *x, sqb_str fields, sqb__buf *out);

#endif

/*
 * A message on its way out: every line ends in CRLF, a CR or LF that stands
 * alone becoming one, and, for DATA, a dot at the front of a line is doubled
 * (RFC 5321, sections 2.3.8 and 4.5.2).
 */
#ifndef SQB_SMTP_CANON_H
#define SQB_SMTP_CANON_H

#include <squab/base.h>

typedef struct sqb__canon {
	bool stuff;		/* dots are doubled: DATA */
	bool binary;		/* octets are left as they are */
	bool in_line;		/* something of a line was written */
	bool after_cr;		/* a CR was made CRLF: an LF is swallowed */
} sqb__canon;

/*
 * Writes what it makes of src to dst, at most cap octets, and returns how
 * many; *used are those of src that it took: all, where there was room.
 */
size_t sqb__canon_write(sqb__canon *c, char *dst, size_t cap, sqb_str src,
    size_t *used);

/* Octets of src as a message in canonical form, dots not doubled. */
uint64_t sqb__canon_len(sqb_str src);

#endif

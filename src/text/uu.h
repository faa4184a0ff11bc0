/* uuencode (POSIX), as a transfer encoding and in the middle of text. */
#ifndef SQB_TEXT_UU_H
#define SQB_TEXT_UU_H

#include "text/flaw.h"

/* A file in a text, from its line "begin" to its line "end". */
typedef struct sqb__uu_file {
	size_t start, end;	/* offsets in the text; end: behind its lines */
	sqb_str name;		/* as sent: it may be a path, or worse */
	bool ended;		/* the line "end" is there */
} sqb__uu_file;

/*
 * The first file in text from offset at on. False: there is none. Each look
 * at a text that begins at the end of the file before costs linear time.
 * Lifetime: the name, as text.
 */
bool sqb__uu_find(sqb_str text, size_t at, sqb__uu_file *file);

enum {
	SQB__UU_OCTETS = 63,	/* that a line makes at most */
	SQB__UU_LINE = 128,	/* what is looked at of a line */
	SQB__UU_FILL = 64 * 1024
};

/* What is before the line "begin" and after "end" is not looked at. */
typedef struct sqb__uu {
	uint64_t offset;	/* of the line that comes next, or is held */
	bool begun, last, ended;	/* lines seen: "begin", "`", "end" */
	size_t n_held;		/* of a line that ends in a later piece, … */
	uint64_t n_skipped;	/* … and what of it did not fit */
	char held[SQB__UU_LINE];
	uint64_t n_digits;	/* that were there, and … */
	uint64_t n_missing;	/* … that were not, in lines that were filled:
				   no more than SQB__UU_FILL above those */

	sqb__flaw junk;		/* lines that are none, or have other octets */
	sqb__flaw filled;	/* lines that were short, filled with zeros */
	sqb__flaw cut;		/* the end came too early, or no beginning */
} sqb__uu;

void sqb__uu_init(sqb__uu *d);

/*
 * Decodes lines from the front of *in to out, with room for at least
 * SQB__UU_OCTETS, and drops them from *in. Something is left in *in only where
 * not one more line is sure to fit. Returns how many octets it made, which may
 * be more than it took: a line that lost its blanks is short.
 */
size_t sqb__uu_decode(sqb__uu *d, sqb_str *in, char *out, size_t room);

/* All pieces were given: what they left, with room for SQB__UU_OCTETS. */
size_t sqb__uu_end(sqb__uu *d, char *out);

#endif

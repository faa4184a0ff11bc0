/*
 * The steps in which the structure of a message is found. Reading a message
 * that is all there takes them one after the other; the reader takes the same
 * ones when their bytes have come.
 */
#ifndef SQB_MIME_STRUCTURE_H
#define SQB_MIME_STRUCTURE_H

#include "mime/boundary.h"
#include "mime/message.h"

enum { SQB__MAX_JUNK = 64 * 1024 };	/* octets before the first field */

/* What the limits leave for header lines. */
typedef struct sqb__budget {
	uint64_t header;	/* octets */
	uint32_t fields;
	bool told;
} sqb__budget;

typedef struct sqb__structure {
	sqb_message *m;
	sqb_str bytes;		/* those of the step */
	uint64_t base;		/* where in the message they begin */
	uint64_t at;		/* read so far; a line begins here */
	uint32_t open[SQB__MAX_OPEN];	/* rows with parts not ended yet */
	size_t n_open;
	sqb__boundaries boundaries;
	sqb__budget left;
	bool told_parts, told_depth;
} sqb__structure;

void sqb__structure_init(sqb__structure *p, sqb_message *m);
void sqb__structure_clear(sqb__structure *p);

/*
 * A new row in what was opened last; its header begins at p->at. There is
 * room below max_parts. False: no memory.
 */
bool sqb__structure_begin(sqb__structure *p, uint64_t delimiter);

/*
 * Reads the header of the last row, up to the empty line or to a delimiter,
 * and opens the row where it has parts. end is known where the bytes may lack
 * what is past the limits, and the lines are a header; else 0. False: no
 * memory.
 */
bool sqb__structure_header(sqb__structure *p, uint64_t end);

/* Whether the last row is a message of which the row is to begin now. */
bool sqb__structure_has_inner(sqb__structure *p);

/* Takes a delimiter. True: a part is to begin. */
bool sqb__structure_delimiter(sqb__structure *p, const sqb__delimiter *d);

/* What the bytes before the next delimiter are, and of which part. */
sqb_range_kind sqb__structure_owner(const sqb__structure *p, uint32_t *part);

/* Whether the last row has no parts and ends when but n stay open. */
bool sqb__structure_ends_leaf(const sqb__structure *p, size_t n);

/* The message ends here. False: memory was short. */
bool sqb__structure_end(sqb__structure *p, uint64_t end);

/* All of that for bytes that are there: fills the table of parts. */
bool sqb__structure_parse(sqb_message *m);

#endif

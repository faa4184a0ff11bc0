/* The boundaries of open multiparts, and the lines that have one of them. */
#ifndef SQB_MIME_BOUNDARY_H
#define SQB_MIME_BOUNDARY_H

#include "base/buf.h"

enum {
	SQB__MAX_OPEN = 100,
	SQB__MAX_BOUNDARY = 998,	/* octets; RFC 2046 allows 70 */
	SQB__MAX_DELIMITER = 1024,	/* the line, blanks and end included */
	SQB__BOUNDARY_SLOTS = 256
};

typedef struct sqb__boundary {
	size_t at, len;		/* in the text of all */
	uint32_t hash;
	uint8_t level;		/* the caller's name for it */
	uint8_t below;		/* the next in its slot, further out; from 1 */
} sqb__boundary;

/* A stack, and a hash table of what is on it. */
typedef struct sqb__boundaries {
	sqb__buf text;
	sqb__boundary open[SQB__MAX_OPEN];
	size_t n;
	uint8_t slots[SQB__BOUNDARY_SLOTS];	/* the innermost; from 1 */
} sqb__boundaries;

typedef struct sqb__delimiter {
	size_t start, end;	/* the line, with its end; where it was found,
				   also the line end before it */
	uint8_t level;
	bool close;
} sqb__delimiter;

void sqb__boundaries_init(sqb__boundaries *b, const sqb_allocator *a);
void sqb__boundaries_clear(sqb__boundaries *b);

/*
 * What was appended to b->text from at on is a boundary, without the blanks
 * at its end. False: it is none, being empty or over SQB__MAX_BOUNDARY, and
 * is dropped. At most SQB__MAX_OPEN may be open.
 */
bool sqb__boundary_push(sqb__boundaries *b, size_t at, uint8_t level);
void sqb__boundary_pop(sqb__boundaries *b);

/* Bytes of a message, behind which there may be more. */
typedef struct sqb__piece {
	sqb_str s;
	bool at_line;		/* a line begins with it */
	bool bare_cr;
	bool more;
} sqb__piece;

/* Whether the line that begins at from in s is a delimiter. */
bool sqb__is_delimiter(const sqb__boundaries *b, sqb_str s, size_t from,
    bool bare_cr, sqb__delimiter *d);

/* The first delimiter from there on, which is where a line begins. */
bool sqb__find_delimiter(const sqb__boundaries *b, sqb_str s, size_t from,
    bool bare_cr, sqb__delimiter *d);

/*
 * The first delimiter of a piece. False: none is whole; *sure octets are in
 * none, and the others are at most SQB__MAX_DELIMITER and a line end.
 */
bool sqb__find_in_piece(const sqb__boundaries *b, const sqb__piece *piece,
    sqb__delimiter *d, size_t *sure);

#endif

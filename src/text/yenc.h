/*
 * yEnc (yEnc draft 1.3): files in a text, one octet a character but for a few
 * that are escaped. There is no RFC.
 */
#ifndef SQB_TEXT_YENC_H
#define SQB_TEXT_YENC_H

#include <squab/base.h>

/* A file in a text, or a part of one, from its "=ybegin" to its "=yend". */
typedef struct sqb__yenc_file {
	size_t start, end;	/* offsets in the text; end: behind its lines */
	sqb_str name;		/* as sent: it may be a path, or worse */
	sqb_str lines;		/* the octets, encoded */
	uint64_t size;		/* octets that there should be, … */
	uint64_t first;		/* … from this one of the file, from 0 on */
	uint32_t crc;		/* of them, where has_crc */
	bool is_part, has_crc;
	bool ended;		/* the line "=yend" is there */
} sqb__yenc_file;

/*
 * The first file in text from offset at on. False: there is none. Each look
 * at a text that begins at the end of the file before costs linear time.
 * Lifetime: the slices, as text.
 */
bool sqb__yenc_find(sqb_str text, size_t at, sqb__yenc_file *file);

/* Decodes lines of octets. All zero: at the beginning. */
typedef struct sqb__yenc {
	uint64_t n;		/* octets made */
	uint32_t crc;		/* of them */
	bool escaped;		/* the piece before ended in an escape */
} sqb__yenc;

/* Decodes a piece to out, with room for as much; how much it made. */
size_t sqb__yenc_decode(sqb__yenc *d, sqb_str in, char *out);

/* All pieces were given: it has its end, its size and its checksum. */
bool sqb__yenc_is_whole(const sqb__yenc *d, const sqb__yenc_file *file);

#endif

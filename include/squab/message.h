/*
 * A message, RFC 5322 and MIME (RFC 2045 to 2049): bytes in, a flat table of
 * parts and their header fields out.
 *
 * The structure is found in one pass when the message is parsed; a value is
 * decoded when it is asked for. The bytes stay where they are and are never
 * changed. No mail is so bad that it is refused: what is wrong with it is in
 * a list of defects, and each of its bytes can still be reached.
 */
#ifndef SQUAB_MESSAGE_H
#define SQUAB_MESSAGE_H

#include <squab/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sqb_message sqb_message;

/*
 * Zero in a field means its default. A limit that is reached is a defect;
 * what lies behind it is not looked into, and is there as bytes.
 */
typedef struct sqb_message_options {
	size_t size;			/* sizeof(sqb_message_options) */
	const sqb_allocator *allocator;	/* sqb_allocator_default() */
	uint32_t max_depth;		/* parts in parts: 100, not more */
	uint32_t max_parts;		/* 10,000 */
	uint32_t max_fields;		/* in all headers: 100,000 */
	uint32_t max_field;		/* octets read of a field: 10 MiB */
	uint64_t max_header;		/* octets of all fields: 50 MiB */
	uint32_t max_defects;		/* listed: 1,000 */
} sqb_message_options;

/*
 * Finds the structure of a message. The bytes are borrowed until
 * sqb_message_free(). Never fails on bad mail; NULL only when memory is
 * short. options may be NULL, and are not kept, but for the allocator.
 */
SQB_API sqb_message *sqb_message_parse(sqb_str bytes,
    const sqb_message_options *options);
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
 * "" when there is none or memory is short. Of each field max_field octets
 * are read, and 64 MiB of text are kept in all.
 * Lifetime: that of m.
 */
SQB_API const char *sqb_message_field(sqb_message *m, const char *name,
    size_t nth);

/* The Subject, From, To and Date fields, as sqb_message_field() gives them. */
SQB_API const char *sqb_message_subject(sqb_message *m);
SQB_API const char *sqb_message_from(sqb_message *m);
SQB_API const char *sqb_message_to(sqb_message *m);
SQB_API const char *sqb_message_date(sqb_message *m);

/* What a part is. A multipart that is not named here is read as mixed. */
typedef enum sqb_part_type {
	SQB_PART_OTHER,		/* images, applications, unknown messages … */
	SQB_PART_TEXT_PLAIN,	/* also where no type is given */
	SQB_PART_TEXT_HTML,
	SQB_PART_TEXT,		/* any other */
	SQB_PART_MESSAGE,	/* message/rfc822, message/global */
	SQB_PART_MIXED,		/* this and the following: multipart */
	SQB_PART_ALTERNATIVE,
	SQB_PART_RELATED,
	SQB_PART_DIGEST,	/* its parts are messages by default */
	SQB_PART_SIGNED,
	SQB_PART_REPORT
} sqb_part_type;

/* Content-Transfer-Encoding, RFC 2045, section 6. */
typedef enum sqb_encoding {
	SQB_ENCODING_7BIT,	/* also where none is given */
	SQB_ENCODING_8BIT,
	SQB_ENCODING_BINARY,
	SQB_ENCODING_QP,	/* quoted-printable */
	SQB_ENCODING_BASE64,
	SQB_ENCODING_UUENCODE,	/* x-uuencode and its other names */
	SQB_ENCODING_UNKNOWN
} sqb_encoding;

enum {				/* sqb_part.flags */
	SQB_PART_OPAQUE = 1 << 0,	/* a multipart or message that could
					   not be looked into: a leaf */
	SQB_PART_LIMIT = 1 << 1,	/* … or not to its end, for a limit */
	SQB_PART_ENCODED = 1 << 2,	/* a message in base64 or the like:
					   opaque until it is decoded */
	SQB_PART_NO_END = 1 << 3	/* its closing delimiter is missing */
};

/*
 * A part: a row of a table in the order of the bytes, each part before those
 * in it. Row 0 is the message itself. Offsets are those in
 * sqb_message_bytes(), and none is smaller than the one before it:
 *
 *   delimiter  the line end and the delimiter line that begin the part;
 *              empty for row 0 and for the message in a message part
 *   header     the header section with the empty line that ends it
 *   body       of a leaf: up to end. Of a multipart: the preamble, up to the
 *              delimiter of its first part. Of a message: its row.
 *   epilogue   what follows the last delimiter line of a multipart; in other
 *              parts the same as end
 *   end        the line end before the next delimiter is not in it
 *
 * sqb_message_next_range() walks through all of that.
 */
typedef struct sqb_part {
	uint64_t delimiter, header, body, epilogue, end;
	uint32_t parent;	/* row 0 is its own */
	uint32_t next;		/* the row behind its last descendant; a
				   leaf's is the row behind its own */
	uint32_t n_fields;	/* of its header, those that can be asked for */
	uint8_t depth;		/* how many parts it is in */
	uint8_t type;		/* sqb_part_type */
	uint8_t encoding;	/* sqb_encoding */
	uint8_t flags;		/* SQB_PART_OPAQUE … */
} sqb_part;

/*
 * How many parts there are, at least 1, and part i of them, from 0.
 * Lifetime: that of m.
 *
 * How lines are read: a delimiter is a line of "--", the boundary of a
 * multipart not yet closed, perhaps "--", and perhaps blanks; of equal
 * boundaries the inner one is meant. It ends all that is open within its
 * multipart. A part whose header section has neither a field nor an empty
 * line is all body. Where max_parts is reached, the rest of each multipart is
 * its epilogue.
 */
SQB_API size_t sqb_message_n_parts(const sqb_message *m);
SQB_API const sqb_part *sqb_message_part(const sqb_message *m, size_t i);

/*
 * The header section and the body of part i as they came: transfer encoding,
 * line ends and, in a multipart, its parts.
 */
SQB_API sqb_str sqb_part_header(const sqb_message *m, size_t i);
SQB_API sqb_str sqb_part_body(const sqb_message *m, size_t i);

/* As sqb_message_field(), from the header of part i. */
SQB_API const char *sqb_part_field(sqb_message *m, size_t i,
    const char *name, size_t nth);

/*
 * The media type of part i, "type/subtype" in lower case. Where there is none
 * that can be read it is text/plain, and in a multipart/digest
 * message/rfc822 (RFC 2046, section 5.1.5).
 */
SQB_API const char *sqb_part_media_type(sqb_message *m, size_t i);

/*
 * A parameter of the Content-Type field of part i: continuations joined,
 * charset and percent-encoding decoded (RFC 2231), encoded words too, which
 * do not belong there; UTF-8 that can be printed, as sqb_message_field()
 * gives it. Of name*, name*0… and name the first in this order counts, of
 * equal ones the first. "": there is none, or memory is short. At most 128
 * parameters of a field are read.
 * Lifetime: that of m.
 */
SQB_API const char *sqb_part_param(sqb_message *m, size_t i,
    const char *name);

/*
 * The Content-Disposition of part i in lower case, such as "attachment", and
 * a parameter of it. "": there is none.
 */
SQB_API const char *sqb_part_disposition(sqb_message *m, size_t i);
SQB_API const char *sqb_part_disposition_param(sqb_message *m, size_t i,
    const char *name);

/*
 * The name that part i was given by its sender: the filename of its
 * disposition, else the name of its type. It may hold a path, or be a name
 * that a system reserves: do not open it. "": it has none.
 */
SQB_API const char *sqb_part_name(sqb_message *m, size_t i);

/* Which bytes of a part a range has. */
typedef enum sqb_range_kind {
	SQB_RANGE_NONE,
	SQB_RANGE_DELIMITER,	/* the line that begins the part */
	SQB_RANGE_HEADER,
	SQB_RANGE_BODY,		/* of a leaf */
	SQB_RANGE_PREAMBLE,	/* of a multipart, as the following */
	SQB_RANGE_CLOSE,	/* the line that ends its last part */
	SQB_RANGE_EPILOGUE
} sqb_range_kind;

typedef struct sqb_message_range {
	sqb_range_kind kind;
	uint32_t part;
	uint64_t start, end;
} sqb_message_range;

/*
 * The range that follows *r, which begins as all zero; empty ones are left
 * out. The bytes of all ranges, one after the other, are those of the
 * message: each is in one range. False: there are no more.
 */
SQB_API bool sqb_message_next_range(const sqb_message *m, sqb_message_range *r);

/* What is wrong with a message, and how it was read in spite of it. */
typedef enum sqb_defect_code {
	SQB_DEFECT_NO_COLON = 1,	/* a header line: skipped */
	SQB_DEFECT_DUPLICATE_FIELD,	/* the first counts */
	SQB_DEFECT_LONG_FIELD,		/* read up to max_field */
	SQB_DEFECT_MANY_FIELDS,		/* past max_fields or max_header:
					   not found */
	SQB_DEFECT_BAD_TYPE,		/* of media: text/plain */
	SQB_DEFECT_UNKNOWN_ENCODING,	/* SQB_ENCODING_UNKNOWN */
	SQB_DEFECT_ENCODED_PARTS,	/* a multipart's encoding: ignored */
	SQB_DEFECT_NO_BOUNDARY,		/* or too long: a leaf */
	SQB_DEFECT_NO_PARTS,		/* the boundary was not found: a leaf */
	SQB_DEFECT_NO_END,		/* the last delimiter is missing */
	SQB_DEFECT_MANY_PARTS,		/* past max_parts: epilogue */
	SQB_DEFECT_DEEP_PARTS,		/* past max_depth: a leaf */
	SQB_DEFECT_BAD_PARAM,		/* no value, or its quote not closed */
	SQB_DEFECT_DUPLICATE_PARAM,	/* the first counts */
	SQB_DEFECT_MANY_PARAMS,		/* the first 128 are read */
	SQB_DEFECT_MORE			/* than max_defects: the last */
} sqb_defect_code;

typedef struct sqb_defect {
	uint64_t offset;	/* in the message */
	uint32_t part;
	uint32_t code;		/* sqb_defect_code */
} sqb_defect;

/*
 * The defects found so far. Those of the structure are there from the start;
 * those of parameters come when they are read.
 * Lifetime: until the next call that takes m.
 */
SQB_API const sqb_defect *sqb_message_defects(const sqb_message *m,
    size_t *n);

/* What a code means, in a few words. */
SQB_API const char *sqb_defect_text(sqb_defect_code code);

#ifdef __cplusplus
}
#endif
#endif

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

#include <squab/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sqb_message sqb_message;

/*
 * Converters of character sets, each opened when it is first needed: to open
 * one may take longer than to read a message. Messages that are read one after
 * the other can share them; so do not those of several threads.
 * allocator may be NULL.
 */
typedef struct sqb_charsets sqb_charsets;
SQB_API sqb_charsets *sqb_charsets_new(const sqb_allocator *allocator);
SQB_API void sqb_charsets_free(sqb_charsets *c);

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
	uint64_t max_header;		/* octets of all headers: 50 MiB */
	uint32_t max_defects;		/* listed: 1,000 */
	uint64_t max_content;		/* octets of decoded contents and
					   texts that are kept, of messages
					   in leaves too: 1 GiB */
	sqb_charsets *charsets;		/* to share, outlives it; its own */
} sqb_message_options;

/*
 * Finds the structure of a message. The bytes are borrowed until
 * sqb_message_free(). Never fails on bad mail; NULL only when memory is
 * short. options may be NULL, and are not kept, but for what they point to.
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
 * What means nothing is U+FFFD.
 *
 * Octets beside encoded words are UTF-8 (RFC 6532). In a field that is not
 * they are, the first that it can be, in the charset that the Content-Type of
 * the part names, or that of the first part in it which names one; in that of
 * the whole message; in what libuchardet makes of the first 4 KiB of all such
 * fields together; in windows-1252. An encoded word whose charset is not known
 * is UTF-8 where it is that, else windows-1252.
 *
 * "" when there is none or memory is short. Of each field max_field octets
 * are read, and 64 MiB of text are kept in all.
 * Lifetime: that of m.
 */
SQB_API const char *sqb_message_field(sqb_message *m, const char *name,
    size_t nth);

/*
 * What a reader of the message sees, RFC 8621, section 4.1.4: the text, of an
 * html body that has no other made from that one; and the html, where there
 * is some. UTF-8; the text has no control and bidi characters but LF and TAB.
 * "": there is none, or memory is short.
 * Lifetime: that of m.
 */
SQB_API const char *sqb_message_text(sqb_message *m);
SQB_API const char *sqb_message_html(sqb_message *m);

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
	SQB_PART_CALENDAR,	/* text/calendar, RFC 5545 and 6047 */
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
 *
 * A delimiter line with its end has at most 1,024 octets, and an empty line
 * 1,000. A part that begins with more than 64 KiB of lines that are no field
 * is all body, too; and how the first line ends is looked for in as many. So
 * the same can be said of a message that is in no memory as a whole: reader.h.
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

/* A field of a header. */
typedef struct sqb_field {
	sqb_str name;		/* letter case as it came */
	sqb_str raw;		/* as sqb_message_raw() gives it */
	const char *text;	/* as sqb_message_field() gives it */
} sqb_field;

/*
 * The kth field of the header of part i, from 0 to its n_fields. False: there
 * is none, or memory is short.
 * Lifetime: that of m.
 */
SQB_API bool sqb_part_field_at(sqb_message *m, size_t i, size_t k,
    sqb_field *field);

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

/*
 * A file name for part i: its last component, without what a system or a
 * terminal could take for something else, at most 200 octets, and unlike all
 * others of the message whatever the letter case. Made up where the part has
 * no name. "": memory is short.
 */
SQB_API const char *sqb_part_safe_name(sqb_message *m, size_t i);

/*
 * Where part i is, as IMAP numbers parts (RFC 9051, section 6.4.5): "2.1" is
 * the first in the second; the body of a message that has but one is "1", or
 * "2.1" within part "2". "": the multipart that is all, or memory is short.
 */
SQB_API const char *sqb_part_path(sqb_message *m, size_t i);

/*
 * The content of leaf i: its body with the transfer encoding undone (RFC 2045,
 * section 6), which is the body itself where it has none or an unknown one.
 * What is broken is skipped, and is a defect. Decoded once, and kept.
 *
 * *content is empty but on SQB_OK. Lifetime: that of m, and of its bytes.
 *
 * SQB_E_NOMEM
 * SQB_E_LIMIT  max_content is reached: see sqb_decoder_new()
 * SQB_E_USAGE  m is an sqb_reader_message(), which has no bodies
 */
SQB_API int sqb_part_content(sqb_message *m, size_t i, sqb_str *content);

typedef struct sqb_text {
	sqb_str text;		/* UTF-8; line ends and controls as they came */
	const char *charset;	/* it was read as; static */
	bool guessed;		/* no charset was named, or not a true one */
	bool problem;		/* an unknown charset, or some of it means
				   nothing: U+FFFD; or its encoding is broken */
} sqb_text;

/*
 * The content of leaf i as text. Its charset is the one it names, as the
 * WHATWG Encoding Standard reads such names; or that of a byte order mark or
 * of the <meta> of html; or UTF-8 where it is that; or detected. Not copied
 * where it is UTF-8 as it stands.
 *
 * Lifetime and errors: those of sqb_part_content().
 */
SQB_API int sqb_part_text(sqb_message *m, size_t i, sqb_text *text);

/*
 * The same for people, as sqb_message_text() gives it: the lines of
 * format=flowed (RFC 3676) joined, html turned into text.
 * "": it is empty, no text, max_content is reached or memory is short.
 */
SQB_API const char *sqb_part_plain(sqb_message *m, size_t i);

/*
 * What is body and what is attached, RFC 8621, section 4.1.4: rows, in the
 * order to show them. A part may be both text and html.
 */
typedef struct sqb_bodies {
	const uint32_t *text, *html, *attachments;
	size_t n_text, n_html, n_attachments;
	bool has_attachment;	/* one that is not said to be inline */
} sqb_bodies;

/*
 * Those of the message that row root begins: 0, or the row in a message part.
 * Lifetime: that of m. NULL: memory is short.
 */
SQB_API const sqb_bodies *sqb_message_bodies(sqb_message *m, size_t root);

/*
 * How the text of that message begins, in one line of at most 256 characters
 * (RFC 8621, section 4.1.4). "": there is no text, or memory is short.
 * Lifetime: that of m.
 */
SQB_API const char *sqb_message_preview(sqb_message *m, size_t root);

/* How a leaf may have a message in it. */
typedef enum sqb_inner_kind {
	SQB_INNER_NONE,
	SQB_INNER_ENCODED,	/* message/rfc822 in base64 or the like */
	SQB_INNER_SIGNED,	/* S/MIME, opaque (RFC 8551, 3.5.2); the
				   signature is not checked */
	SQB_INNER_UUENCODE,	/* a text with files in it, in uuencode */
	SQB_INNER_TNEF,		/* winmail.dat: [MS-OXTNEF] */
	SQB_INNER_YENC		/* a text with files in it, in yEnc */
} sqb_inner_kind;

/*
 * The message that leaf i has in it, in a form that is not MIME's; a text with
 * files becomes a multipart/mixed of them and of the text around, TNEF one of
 * the body in its forms and of the attachments. Eight may be in each other.
 * kind may be NULL.
 * Lifetime: that of m, which owns it. NULL: there is none, it cannot be read,
 * or memory is short.
 */
SQB_API sqb_message *sqb_part_inner(sqb_message *m, size_t i,
    sqb_inner_kind *kind);

/*
 * Undoes a transfer encoding piece by piece, in constant memory: for a leaf's
 * sqb_part_body(), or for pieces of a body that is in no memory as a whole.
 * allocator may be NULL.
 */
typedef struct sqb_decoder sqb_decoder;
SQB_API sqb_decoder *sqb_decoder_new(sqb_encoding encoding,
    const sqb_allocator *allocator);
SQB_API void sqb_decoder_free(sqb_decoder *d);

/*
 * Decodes from the front of *in, drops that from it, and returns what it made:
 * "" when *in is used up. Of encodings that leave octets as they are, it is
 * *in itself.
 * Lifetime: until the next call with d.
 */
SQB_API sqb_str sqb_decoder_next(sqb_decoder *d, sqb_str *in);

/* All pieces were given: what they left. */
SQB_API sqb_str sqb_decoder_end(sqb_decoder *d);

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
	SQB_DEFECT_DUPLICATE_PARAM,	/* the first counts; also a boundary
					   or charset in two forms */
	SQB_DEFECT_MANY_PARAMS,		/* the first 128 are read */
	SQB_DEFECT_BASE64_JUNK,		/* octets that mean nothing: skipped */
	SQB_DEFECT_BASE64_JOINED,	/* more behind padding: decoded too */
	SQB_DEFECT_BASE64_PADDING,	/* is missing: not needed */
	SQB_DEFECT_BASE64_CUT,		/* bits that make no octet: dropped */
	SQB_DEFECT_QP,			/* "=" that begins nothing: left */
	SQB_DEFECT_UU_JUNK,		/* lines that are none: skipped */
	SQB_DEFECT_UU_SHORT,		/* lines: filled with zeros */
	SQB_DEFECT_UU_CUT,		/* there is no beginning or end */
	SQB_DEFECT_YENC,		/* other size or checksum, or no end */
	SQB_DEFECT_LONG_CONTENT,	/* past max_content: not decoded */
	SQB_DEFECT_UNKNOWN_CHARSET,	/* guessed */
	SQB_DEFECT_BAD_TEXT,		/* it is not all in its charset */
	SQB_DEFECT_MORE			/* than max_defects: the last */
} sqb_defect_code;

typedef struct sqb_defect {
	uint64_t offset;	/* in the message */
	uint32_t part;
	uint32_t code;		/* sqb_defect_code */
} sqb_defect;

/*
 * The defects found so far. Those of the structure are there from the start;
 * those of parameters, contents and texts come when they are read.
 * Lifetime: until the next call that takes m.
 */
SQB_API const sqb_defect *sqb_message_defects(const sqb_message *m,
    size_t *n);

/* What a code means, in a few words. */
SQB_API const char *sqb_defect_text(sqb_defect_code code);

/*
 * Where the sqb_date_parse() and sqb_addresses_parse() below are to read from:
 * the nth field of that name as it stands in the message, folded, nothing
 * decoded, without the last line end. Empty: there is none or memory is short.
 * Lifetime: that of the message's bytes.
 */
SQB_API sqb_str sqb_message_raw(sqb_message *m, const char *name,
    size_t nth);
SQB_API sqb_str sqb_part_raw(sqb_message *m, size_t i, const char *name,
    size_t nth);

/* What is odd about a date that could be read: bits of sqb_date.odd. */
enum {
	/* not written as RFC 5322, section 3.3 has it: order, separators,
	   names in full, fractions, ISO 8601, asctime(3) … */
	SQB_DATE_FORM = 1 << 0,
	SQB_DATE_WEEKDAY = 1 << 1,	/* it was another day of the week */
	SQB_DATE_WEEKDAY_UNKNOWN = 1 << 2, /* not English; ignored */
	SQB_DATE_SHORT_YEAR = 1 << 3,	/* two or three digits */
	SQB_DATE_NO_TIME = 1 << 4,	/* 00:00:00 is a guess */
	SQB_DATE_12_HOURS = 1 << 5,	/* AM or PM was said */
	SQB_DATE_HOUR_24 = 1 << 6,	/* 24:00, read as 00:00 one day on */
	SQB_DATE_LEAP_SECOND = 1 << 7,	/* second 60 */
	SQB_DATE_NO_ZONE = 1 << 8,	/* none was given */
	SQB_DATE_ZONE_NAME = 1 << 9,	/* a name stands for the offset */
	SQB_DATE_ZONE_UNKNOWN = 1 << 10, /* a name or number of no meaning */
	SQB_DATE_ZONE_FAR = 1 << 11,	/* beyond -12:00 and +14:00 */
	SQB_DATE_TRAILING = 1 << 12	/* more followed; it was not read */
};

typedef struct sqb_date {
	int64_t utc;		/* seconds since 1970-01-01 00:00 UTC; where
				   the zone is not known, as if it was UTC */
	int year, month, day;	/* of the sender's clock; 1900 to 9999, from
				   1, from 1 */
	int hour, minute, second; /* to 23, to 59, to 60 */
	int zone;		/* minutes east of UTC; 0: or not known */
	bool zone_known;	/* false also where "-0000" says so */
	unsigned odd;		/* SQB_DATE_… bits */
	const char *refused;	/* why the text is no date; NULL: it is one.
				   Static. */
} sqb_date;

/*
 * Reads a Date field, RFC 5322, sections 3.3 and 4.3, and the other forms that
 * mail has. A date that could mean two things (5/6/2020) or is none (31 Feb)
 * is refused rather than guessed. Nothing is allocated.
 *
 * SQB_E_PROTO  it is no date: out->refused says why, the rest is 0
 */
SQB_API int sqb_date_parse(sqb_date *out, sqb_str text);

#define SQB_DATE_TEXT 26	/* octets of such a text with the closing NUL */

/*
 * "2026-12-31T23:59:30+01:00", RFC 3339, of a date that sqb_date_parse() read;
 * "-00:00" at its end where the zone is not known. Returns out.
 */
SQB_API const char *sqb_date_text(char out[SQB_DATE_TEXT],
    const sqb_date *d);

/* What an address, or its list, lacks to be right: bits of .defects. */
enum {
	/* RFC 5322, section 4: routes, blanks around dots and "@", dots in a
	   name, empty elements. The strict reading has these too. */
	SQB_ADDRESS_OBSOLETE = 1 << 0,
	/* The name holds an "@", and may pass for an address. Strict too. */
	SQB_ADDRESS_NAME_AT = 1 << 1,
	SQB_ADDRESS_UNQUOTED = 1 << 2,	/* the name has what should be quoted
					   or encoded */
	SQB_ADDRESS_NO_BRACKETS = 1 << 3, /* a name, and no "<" before the
					   address */
	SQB_ADDRESS_OPEN = 1 << 4,	/* a quote, a comment, "<", "[" or a
					   group has no end */
	SQB_ADDRESS_STRAY = 1 << 5,	/* ">" or ":" or a second "<" */
	SQB_ADDRESS_TRAILING = 1 << 6,	/* words after it; not read */
	SQB_ADDRESS_DOTS = 1 << 7,	/* dots side by side or at an end */
	SQB_ADDRESS_NO_ADDRESS = 1 << 8, /* what is there is no address */
	SQB_ADDRESS_NO_DOMAIN = 1 << 9,	/* only a local part */
	SQB_ADDRESS_SEPARATOR = 1 << 10, /* ";" or nothing instead of "," */
	SQB_ADDRESS_NESTED = 1 << 11,	/* a group in a group: taken apart */
	SQB_ADDRESS_LIMIT = 1 << 12	/* more followed than may be read */
};

/* A mailbox. Slices are empty where there is none; all but local end in NUL. */
typedef struct sqb_address {
	sqb_str name;		/* decoded, as sqb_message_field() does; from
				   the comment where there is no other */
	sqb_str comment;	/* decoded; many are joined by blanks */
	sqb_str address;	/* local part, "@" and domain in one */
	sqb_str local;		/* quotes and escapes as they were */
	sqb_str domain;		/* U-labels, A-labels or [literal], as it was */
	size_t group;		/* its row in groups, from 1; 0: in none */
	size_t offset, len;	/* where it stands in the text */
	unsigned defects;	/* SQB_ADDRESS_… bits */
} sqb_address;

typedef struct sqb_address_group {
	sqb_str name;		/* decoded */
	size_t first, n_items;	/* its mailboxes, rows side by side */
	size_t offset;		/* where it stands in the text */
	unsigned defects;
} sqb_address_group;

typedef struct sqb_addresses {
	const sqb_address *items;
	const sqb_address_group *groups;
	size_t n_items, n_groups;
	unsigned defects;	/* of all rows and of what is between them */
} sqb_addresses;

/* Zero in a field, and NULL for all of it, means the default. */
typedef struct sqb_addresses_options {
	size_t size;			/* sizeof(sqb_addresses_options) */
	const sqb_allocator *allocator;	/* default: malloc(3) */
	size_t max_items;		/* mailboxes, and groups: 10,000 */
	bool strict;			/* RFC 5322 with 6532, or nothing */
} sqb_addresses_options;

/*
 * Reads the addresses of a field such as From or To, which must be raw
 * (sqb_message_raw()): what a name decodes to is never looked at as an address.
 *
 * The lenient reading takes what mail has and says what is wrong with it. It
 * never makes up an address: where there is none that is certain, as in
 * "a@b@c", the row has a name only. No local part and no domain has control
 * characters (but tabs in quotes), bidi characters or what is no UTF-8.
 * Of a text over 10 MiB the rest is not read. The names and comments of a text
 * that is no UTF-8 are in what libuchardet makes of it, or in windows-1252, for
 * what the message says is not known here; sqb_message_json() knows it.
 *
 * *out is set on SQB_OK only. Lifetime: until sqb_addresses_free(); the text
 * is not needed any more. err may be NULL.
 *
 * SQB_E_NOMEM  or more than 64 MiB would be needed
 * SQB_E_PROTO  strict only: err->offset is where the wrong element begins
 * SQB_E_LIMIT  strict only: there are more than max_items
 */
SQB_API int sqb_addresses_parse(sqb_addresses **out, sqb_str text,
    const sqb_addresses_options *options, sqb_error *err);
/* a may be NULL. */
SQB_API void sqb_addresses_free(sqb_addresses *a);

#define SQB_DOMAIN_MAX 1024	/* octets of a domain with the closing NUL */

/*
 * A domain as DNS has it (A-labels) and as people read it (U-labels), by
 * IDNA 2008 with the mappings of UTS 46. A [literal] stays as it is.
 *
 * SQB_E_USAGE  it cannot be a domain; out is ""
 * SQB_E_NOMEM  out is ""
 */
SQB_API int sqb_domain_ascii(char out[SQB_DOMAIN_MAX], sqb_str domain);
SQB_API int sqb_domain_unicode(char out[SQB_DOMAIN_MAX], sqb_str domain);

/* What is wrong with a message id: bits of sqb_msgid.defects. */
enum {
	SQB_MSGID_BLANKS = 1 << 0,	/* blanks within it were left out */
	SQB_MSGID_NO_BRACKETS = 1 << 1,	/* it stood without < and > */
	SQB_MSGID_OPEN = 1 << 2,	/* "<" without ">" */
	SQB_MSGID_NO_AT = 1 << 3,	/* no "@" in it */
	SQB_MSGID_LIMIT = 1 << 4	/* of the last: more followed */
};

typedef struct sqb_msgid {
	sqb_str id;		/* without < and >; followed by NUL */
	size_t offset;		/* where it stands in the text */
	unsigned defects;	/* SQB_MSGID_… bits */
} sqb_msgid;

typedef struct sqb_msgids {
	const sqb_msgid *items;
	size_t n_items;
} sqb_msgids;

/*
 * Reads the ids of a raw Message-ID, In-Reply-To or References field, at most
 * 10,000. Comments, and words between ids, are skipped. Words count as ids
 * only where no "<" is there at all. An id has no control characters.
 *
 * *out is set on SQB_OK only. Lifetime: until sqb_msgids_free(); the text is
 * not needed any more. allocator may be NULL.
 *
 * SQB_E_NOMEM  or more than 64 MiB would be needed
 */
SQB_API int sqb_msgids_parse(sqb_msgids **out, sqb_str text,
    const sqb_allocator *allocator);
/* ids may be NULL. */
SQB_API void sqb_msgids_free(sqb_msgids *ids);

#ifdef __cplusplus
}
#endif
#endif

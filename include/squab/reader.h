/*
 * A message that is in no memory as a whole, taken in pieces of any size: the
 * headers and the places of all parts are kept, the bodies are handed on.
 *
 * What it finds is what sqb_message_parse() finds in the same bytes with the
 * same limits, however they are cut. Memory is bounded by the limits and not
 * by the length of the message: with those that are the default, headers of
 * 4 MiB and a row for each part and defect.
 */
#ifndef SQUAB_READER_H
#define SQUAB_READER_H

#include <squab/message.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sqb_reader sqb_reader;

/*
 * options may be NULL, and are not kept, but for what they point to;
 * max_header is 4 MiB where it is 0. NULL: memory is short.
 */
SQB_API sqb_reader *sqb_reader_new(const sqb_message_options *options);
/* Frees its message, too. r may be NULL. */
SQB_API void sqb_reader_free(sqb_reader *r);

/*
 * Octets of the message, and what they are. Those of all events, one after the
 * other, are the message; those of one kind and part that follow each other are
 * the range that sqb_message_next_range() gives, but for one: whether a
 * multipart has parts is seen when the first one comes. Of one that has none,
 * which is a leaf, the octets before that is clear come as its PREAMBLE.
 */
typedef struct sqb_reader_event {
	sqb_range_kind kind;
	uint32_t part;
	sqb_str octets;		/* may be empty where last is true */
	/*
	 * Of HEADER: it is complete, and its fields can be asked for. Of BODY:
	 * the leaf is complete. Each part has one such HEADER, each leaf one
	 * such BODY. Of other kinds it is false.
	 */
	bool last;
} sqb_reader_event;

/*
 * Reads from the front of *in, drops that from it, and says what it was; *in
 * follows what was given before. 1: *ev is set; 0: *in is used up, and more is
 * needed.
 * Lifetime of the octets: until the next call with r, and that of *in, of
 * which they are a slice where that can be.
 *
 * SQB_E_NOMEM  and so it is from then on
 * SQB_E_USAGE  sqb_reader_end() was called
 */
SQB_API int sqb_reader_next(sqb_reader *r, sqb_str *in,
    sqb_reader_event *ev);

/*
 * There is no more: to be called instead of sqb_reader_next() until it returns
 * 0. It returns the same otherwise.
 */
SQB_API int sqb_reader_end(sqb_reader *r, sqb_reader_event *ev);

/*
 * The message as far as it was read: its table of parts, and all that can be
 * asked of their headers. Offsets are those in the whole. Its bytes and bodies
 * are empty, sqb_part_content() and what it serves return SQB_E_USAGE or
 * nothing, and sqb_part_header() has the octets up to max_header in all.
 *
 * Until sqb_reader_end() has returned 0, the epilogue and end of parts that are
 * still open are 0 and their next is the row behind their own; then only
 * sqb_part_safe_name() is "" and sqb_message_bodies() NULL, and the charset of
 * raw octets in a field is guessed from the headers there are.
 *
 * Lifetime: that of r; of an sqb_part and of the list of defects, until the
 * next call with r.
 */
SQB_API sqb_message *sqb_reader_message(sqb_reader *r);

#ifdef __cplusplus
}
#endif
#endif

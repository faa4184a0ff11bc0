/*
 * A message as JSON: the Email object of RFC 8621 (JMAP for Mail), section 4,
 * and what is wrong with the message.
 */
#ifndef SQUAB_JSON_H
#define SQUAB_JSON_H

#include <squab/message.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Takes the next octets of an output. SQB_OK, or a negative sqb_code: then it
 * is not called again, and the code is what the writing returns.
 */
typedef int sqb_json_write(void *ctx, sqb_str octets);

/* Which bodies are in bodyValues. */
typedef enum sqb_json_bodies {
	SQB_JSON_TEXT,	/* those that are text: what textBody and htmlBody
			   have of type text */
	SQB_JSON_NONE,
	SQB_JSON_ALL	/* every leaf; what is no text in base64, and then
			   with "isBase64": true */
} sqb_json_bodies;

/* Zero in a field, and NULL for all of it, means the default. */
typedef struct sqb_json_options {
	size_t size;			/* sizeof(sqb_json_options) */
	const char *source;		/* becomes the member "source" */
	const char *const *headers;	/* more fields, as below */
	size_t n_headers;
	sqb_json_bodies bodies;
	bool digest;			/* "sha256" of each leaf's content */
	uint64_t max_body_value;	/* octets of a text; more are cut off,
					   and isTruncated says so: no limit */
} sqb_json_options;

/*
 * Writes message m to sink as one JSON object in one line, without a line end.
 * It is valid UTF-8 with neither control nor bidi characters that are not
 * escaped, whatever the message has.
 *
 * Members of RFC 8621 that only a mail store knows (ids, mailboxes, keywords,
 * receivedAt) are left out. Where a field is there twice the first counts, as
 * in all of squab, and a defect says so. Beside those of the RFC there are:
 *
 *   source    what options name
 *   defects   of the message: their code as a word, offset, part, text
 *   message   of a body part: the Email object of a message in it, in
 *             bodyStructure only; messageKind says how it is there if it is
 *             not a part itself: "encoded", "signed" (and "signature":
 *             "unchecked"), "tnef", "uuencode", "yenc": of
 *             sqb_part_inner()
 *   report    what the message reports of another: sqb_message_report()
 *   list      the list it came through, if fields say so: sqb_message_list()
 *   authenticationResults
 *             what servers, or forgers, say that they found, where they do:
 *             sqb_message_authentication() of the first 100 such fields
 *   safeName  of a leaf: sqb_part_safe_name()
 *   method    of a text/calendar part
 *   sha256    of a leaf's content, in hexadecimal
 *
 * headers: "header:Name:asForm" and "header:Name:asForm:all" as in RFC 8621,
 * section 4.1.3, with the forms Raw, Text, Addresses, GroupedAddresses,
 * MessageIds, Date and URLs; "headers" for all fields as they came; any other
 * name X for "header:X:asText".
 *
 * err may be NULL.
 *
 * SQB_E_USAGE  a name in headers is none, or m is an sqb_reader_message();
 *              nothing was written
 * SQB_E_NOMEM  what was written is not whole
 * or what sink returned
 */
SQB_API int sqb_message_json(sqb_message *m, const sqb_json_options *options,
    sqb_json_write *sink, void *ctx, sqb_error *err);

#ifdef __cplusplus
}
#endif
#endif

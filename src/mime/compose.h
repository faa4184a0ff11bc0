/* Inside a message that is written: what was said, and what begin made. */
#ifndef SQB_MIME_COMPOSE_H
#define SQB_MIME_COMPOSE_H

#include <squab/compose.h>

#include "base/arena.h"
#include "base/buf.h"
#include "mime/fold.h"

/* The fields that there is one of, in the order in which they are written. */
typedef enum sqb__slot {
	SQB__DATE,
	SQB__FROM,		/* addresses, up to SQB__BCC */
	SQB__SENDER,
	SQB__REPLY_TO,
	SQB__TO,
	SQB__CC,
	SQB__BCC,
	SQB__SUBJECT,
	SQB__MESSAGE_ID,
	SQB__IN_REPLY_TO,
	SQB__REFERENCES,
	SQB__AUTO_SUBMITTED,
	SQB__SLOTS,
	SQB__OTHER = SQB__SLOTS		/* any other field */
} sqb__slot;

/* A mailbox of a field, or a group without any. */
typedef struct sqb__mailbox {
	struct sqb__mailbox *next;
	const char *group;	/* the same for all in it; NULL: in none */
	sqb_str name;		/* "": none */
	sqb_str address;	/* as it is written; "": only the group is */
	sqb_str path;		/* of the envelope: its domain in A-labels */
} sqb__mailbox;

typedef struct sqb__mailboxes {
	sqb__mailbox *first, *last;
} sqb__mailboxes;

/* A field that is ready, folded and with its CRLF. */
typedef struct sqb__line {
	struct sqb__line *next;
	sqb_str text;
} sqb__line;

typedef enum sqb__part_kind {
	SQB__PART_TEXT,		/* its line ends become CRLF */
	SQB__PART_MESSAGE,	/* likewise; no encoding, if that can be */
	SQB__PART_DATA		/* comes back octet by octet */
} sqb__part_kind;

/* What is in a content, found by reading all of it. */
typedef struct sqb__content_stats {
	uint64_t len;		/* with its line ends as they are sent */
	uint64_t n_coded;	/* octets that quoted-printable encodes */
	uint64_t longest;	/* line, without its end */
	bool high, nul, bare_cr, not_utf8;
	bool high_header;	/* before the first empty line */
} sqb__content_stats;

typedef struct sqb__part_in {
	struct sqb__part_in *next;
	sqb__part_kind kind;
	sqb_str bytes;
	sqb_source source;
	bool has_source;
	bool was_read;		/* and cannot be rewound */
	const char *type, *name, *description, *content_id;	/* or NULL */
	const char *disposition;	/* NULL: of the body */

	/* what begin found */
	bool raw;		/* octet by octet, whatever the kind */
	sqb__content_stats stats;
	sqb_encoding encoding;
	uint64_t size;		/* encoded; UINT64_MAX: not known */
	size_t at;		/* where it comes in text */
} sqb__part_in;

/* A content while it is read. */
typedef struct sqb__content {
	sqb__part_in *part;
	bool look;		/* take stats: */
	sqb__content_stats seen;
	uint64_t column;	/* of the line that it is in */
	bool in_body;		/* behind the first empty line */
	size_t at;		/* of part->bytes: read so far */
	sqb__buf buf;		/* read, made canonical, and not yet taken */
	sqb__buf raw;		/* for what a source reads */
	bool after_cr;		/* its CRLF is written; LF may follow */
	bool end;
} sqb__content;

/* max_parts and so on are all set. */
struct sqb_compose {
	const sqb_allocator *allocator;
	sqb_compose_options o;
	sqb_error error;	/* code SQB_OK: none */
	sqb__arena arena;	/* all that was said */
	const char *id_domain;	/* NULL: that of From */

	sqb__mailboxes mailboxes[SQB__SLOTS];
	sqb_str slots[SQB__SLOTS];	/* ready; "": not given */
	sqb__line *lines, *last_line;
	size_t header_len;	/* octets of all of that, about */
	size_t n_recipients;
	bool needs_utf8;
	sqb__buf scratch;

	/* Parts of the body, kept apart from what is quoted below them:
	   reply and forward fill quote and quote_html, which begin appends. */
	bool has_text, has_html, make_text;
	sqb__buf text, html, quote, quote_html;
	sqb__part_in text_part, html_part, calendar_part;
	sqb__part_in *parts, *last_part;
	size_t n_parts;
	const char *method;	/* of the calendar; NULL: there is none */

	/* Set by sqb_compose_sign(); called when head is ready, it fills
	   signatures, and may read the body with sqb__compose_restart(). */
	int (*sign)(sqb_compose *c);
	const sqb_dkim_key **keys;
	size_t n_keys;

	/* What begin made */
	bool begun;		/* nothing may be added */
	bool failed_begin;	/* error is of begin or next */
	unsigned allowed, needs;
	char id_random[33], boundary_random[33];	/* hexadecimal; "":
							   not yet */
	sqb__buf signatures;	/* fields before the header */
	sqb__buf head;		/* header, delimiters, headers of parts … */
	size_t head_header;	/* … of which the message's header is this,
				   with the empty line that ends it */
	sqb__part_in **steps;	/* and the contents between */
	size_t n_steps;
	uint64_t size;

	/* Where next is */
	bool signed_out;	/* signatures were taken */
	size_t head_at, step;
	bool in_content;
	size_t column;		/* of quoted-printable */
	uint64_t n_encoded;	/* octets of the content at hand */
	sqb__content content;
	sqb__buf out;
	sqb_envelope envelope;
	sqb__buf recipients;	/* sqb_str each */
};

/* Sets the error, if it is the first, and returns the first one's code. */
int sqb__compose_fail(sqb_compose *c, sqb_code code,
    const char *const *pieces);
#define sqb__compose_error(c, code, ...) sqb__compose_fail((c), (code), \
    (const char *const[]){ "compose: ", __VA_ARGS__, NULL })
int sqb__compose_no_memory(sqb_compose *c);

/* SQB_OK: it may be changed. */
int sqb__compose_check(sqb_compose *c);

/* No CR, LF or NUL, and UTF-8. */
bool sqb__compose_is_text(sqb_str s);
/* A copy that lives as long as c. NULL: the error is set. */
char *sqb__compose_copy(sqb_compose *c, sqb_str s);

/* Whether that field was given; addresses count. */
bool sqb__compose_has(const sqb_compose *c, sqb__slot slot);
/* SQB__OTHER: it is none of them. */
sqb__slot sqb__slot_of(const char *name);

/*
 * One more field: text is all of it, folded, with its CRLF; it is copied. For
 * SQB__OTHER it is one of many.
 */
int sqb__compose_line(sqb_compose *c, sqb__slot slot, sqb_str text);

/* The value of an address field, strict. */
int sqb__compose_addresses(sqb_compose *c, sqb__slot slot, const char *value);
void sqb__compose_write_addresses(sqb__fold *f, const sqb__mailboxes *list);

void sqb__compose_date(sqb__buf *out, int64_t utc, int zone, bool known);
/* Sets id_random and boundary_random, the first time. */
int sqb__compose_random(sqb_compose *c);

/* The header of the message, without the fields of its body, to c->head. */
int sqb__compose_header(sqb_compose *c);
/* The rest of it and the headers of the parts, to c->head. */
void sqb__compose_tree(sqb_compose *c);

/* Whether type is one, with parameters that can be read. */
bool sqb__compose_is_type(const char *type);
sqb__part_kind sqb__compose_kind(const char *type);
/* "; name=value", RFC 2231 where needed. */
void sqb__fold_param(sqb__fold *f, const char *name, sqb_str value);
/* The same for old readers: encoded words. */
void sqb__fold_param_old(sqb__fold *f, const char *name, sqb_str value);

/* By the ending of a file's name; "application/octet-stream" else. Static. */
const char *sqb__media_type_of(sqb_str name);

/* Finds stats, encoding and size of a part. */
int sqb__compose_measure(sqb_compose *c, sqb__part_in *p);

/* Begins to read p, with stats where they may be asked for. */
int sqb__content_begin(sqb_compose *c, sqb__part_in *p, bool look);
/* Whether it still can be encoded as was thought when it was measured. */
bool sqb__content_fits(const sqb_compose *c);
/* At least want octets, or all that are left, to *got. */
int sqb__content_get(sqb_compose *c, size_t want, sqb_str *got);
void sqb__content_drop(sqb_compose *c, size_t n);

/* From the beginning of the header, or of the body behind it. */
void sqb__compose_restart(sqb_compose *c, bool body);

#endif

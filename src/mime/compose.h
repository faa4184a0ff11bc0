/* Inside a message that is written: what was said, and what begin made. */
#ifndef SQB_MIME_COMPOSE_H
#define SQB_MIME_COMPOSE_H

#include <squab/compose.h>

#include "base/arena.h"
#include "base/buf.h"
#include "mime/compose_content.h"
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

/* From the beginning of the header, or of the body behind it. */
void sqb__compose_restart(sqb_compose *c, bool body);

#endif

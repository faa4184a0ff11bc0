/* Inside a message: the table of parts, and what was decoded of them. */
#ifndef SQB_MIME_MESSAGE_H
#define SQB_MIME_MESSAGE_H

#include <squab/message.h>

#include "base/arena.h"
#include "base/buf.h"
#include "mime/header.h"
#include "mime/params.h"

/* A field of a header, in 32 octets. */
typedef struct sqb__field_row {
	const char *name;
	const char *text;	/* decoded; NULL: not asked for yet */
	uint32_t body, body_len;	/* from name on */
	uint16_t name_len;
} sqb__field_row;

static inline sqb_str sqb__row_body(const sqb__field_row *f)
{
	return (sqb_str){ f->name + f->body, f->body_len };
}

/* A parameter that was asked for. */
typedef struct sqb__value {
	struct sqb__value *next;
	const char *field, *name, *text;
} sqb__value;

/* Memory for a decoded content or text. */
typedef struct sqb__kept {
	struct sqb__kept *next;
	sqb__buf buf;
} sqb__kept;

/* What was asked about the body of a part. */
typedef struct sqb__body {
	bool has_content, has_text;
	bool broken;			/* its transfer encoding */
	sqb_str content;
	sqb_text text;
	const char *plain;		/* NULL: not asked for yet */
	sqb_bodies *bodies;		/* of a message, likewise */
	const char *preview;
	bool looked;			/* for a message in it: */
	sqb_inner_kind kind;
	sqb_message *inner;
	struct sqb__report *report;	/* of a message; NULL: not found yet */
	bool measured;			/* its content is known without it */
	uint64_t size;
	const char *sha256;		/* in hexadecimal; NULL: not asked */
	uint32_t written;		/* in which run its value was */
} sqb__body;

/* What was asked about a part. Pointers are NULL until it is. */
typedef struct sqb__details {
	sqb_str header;			/* where the bytes are not there */
	sqb__field_row *fields;
	/* The row found last, the nth of its name: asking for the next one
	   goes on from there. */
	size_t last_row, last_nth;
	const char *media_type, *disposition;
	const char *path, *safe_name;
	uint32_t last_child, last_number;	/* of paths: as last_row */
	sqb__value *values;
	sqb__body *body;
	bool told_type, told_disposition;	/* defects of parameters */
	/* For octets that are no UTF-8: sqb__reading_of() */
	sqb__charset own_charset, any_charset;
} sqb__details;

typedef struct sqb__part_row {
	sqb_part part;
	sqb__details *details;	/* NULL: nothing was asked */
} sqb__part_row;

struct sqb_message {
	const sqb_allocator *allocator;	/* watched */
	sqb_allocator watched;		/* the user's; notes what fails */
	bool no_memory;
	sqb_str bytes;
	sqb_message_options limits;	/* none is zero */
	bool bare_cr;			/* lines end in CR without LF */
	bool pushed;			/* came in pieces: no bytes are there */
	bool growing;			/* and more may come */
	sqb__part_row *rows;
	size_t n_rows, cap;
	sqb__buf defects;		/* sqb_defect each */
	sqb__arena arena;
	sqb__kept *kept;
	uint64_t *n_kept, own_kept;	/* octets of those, and of those in
					   all messages in the outermost one */
	sqb__buf scratch;		/* for what is decoded just now */
	sqb__decoders *decoders, own_decoders;
	sqb__buf joined;		/* the bytes, where they are its own */
	unsigned level;			/* in how many others it was found */
	sqb_inner_kind found_as;	/* and how in the last of these */
	bool named;			/* safe names were made */
	uint32_t n_runs;		/* of writing bodies as JSON */
	sqb__charset detected;		/* sqb__reading_of(); 0: not yet */
	const char *text, *html;	/* NULL: not asked for yet */
};

/* One without bytes and parts. NULL: memory is short. */
sqb_message *sqb__message_new(const sqb_message_options *options);

void sqb__defect_add(sqb_message *m, sqb_defect_code code, size_t part,
    uint64_t offset);

/* What was wrong with the parameters of a field in that part. */
void sqb__params_tell(sqb_message *m, size_t part, const sqb__params *ps);

/* What is known of part i. NULL: memory is short. */
sqb__details *sqb__part_details(sqb_message *m, size_t i);

/*
 * Text from the header of part i, decoded as sqb_message_field() gives it, and
 * kept. NULL: memory is short.
 */
const char *sqb__field_keep(sqb_message *m, size_t i, sqb_str text);

/* r may be NULL. */
void sqb__report_free(sqb_message *m, struct sqb__report *r);

/* Frees what was asked about bodies, and the messages in them. */
void sqb__bodies_clear(sqb_message *m);

/* What is known of its body. NULL: memory is short. */
sqb__body *sqb__part_body_row(sqb_message *m, size_t i);

/*
 * An empty buffer that lives as long as m, to be filled up to what is left of
 * max_content, then closed. While it is open others may take the same.
 * NULL: memory is short.
 */
sqb__buf *sqb__keep_begin(sqb_message *m);
void sqb__keep_end(sqb_message *m, const sqb__buf *b);

/* Whether a part has no parts of its own in the table. */
static inline bool sqb__is_leaf(const sqb_part *p)
{
	return p->type < SQB_PART_MESSAGE || (p->flags & SQB_PART_OPAQUE) != 0;
}

/* Whether it is read as text: a multipart without parts is, too. */
static inline bool sqb__is_text(const sqb_part *p)
{
	return sqb__is_leaf(p) && p->type != SQB_PART_OTHER &&
	    p->type != SQB_PART_MESSAGE;
}

/* The nth field of that name. NULL: none, or memory is short. */
sqb__field_row *sqb__part_find(sqb_message *m, size_t i, const char *name,
    size_t nth);

#endif

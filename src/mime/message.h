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

/* What was asked about a part. Pointers are NULL until it is. */
typedef struct sqb__details {
	sqb__field_row *fields;
	/* The row found last, the nth of its name: asking for the next one
	   goes on from there. */
	size_t last_row, last_nth;
	const char *media_type, *disposition;
	sqb__value *values;
	bool told_type, told_disposition;	/* defects of parameters */
} sqb__details;

typedef struct sqb__part_row {
	sqb_part part;
	sqb__details *details;	/* NULL: nothing was asked */
} sqb__part_row;

struct sqb_message {
	const sqb_allocator *allocator;
	sqb_str bytes;
	sqb_message_options limits;	/* none is zero */
	bool bare_cr;			/* lines end in CR without LF */
	sqb__part_row *rows;
	size_t n_rows, cap;
	sqb__buf defects;		/* sqb_defect each */
	sqb__arena arena;
};

/* Fills the table of parts. False: memory is short. */
bool sqb__structure_parse(sqb_message *m);

void sqb__defect_add(sqb_message *m, sqb_defect_code code, size_t part,
    size_t offset);

/* What was wrong with the parameters of a field in that part. */
void sqb__params_tell(sqb_message *m, size_t part, const sqb__params *ps);

/* What is known of part i. NULL: memory is short. */
sqb__details *sqb__part_details(sqb_message *m, size_t i);

/* The nth field of that name. NULL: none, or memory is short. */
sqb__field_row *sqb__part_find(sqb_message *m, size_t i, const char *name,
    size_t nth);

#endif

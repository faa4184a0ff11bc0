/*
 * The header of a message as its octets are, for those who send it on: which
 * lines are a field, who is to get it, and what nobody is to see. There is no
 * limit past which a field is missed, and a line ends wherever the wire will
 * have its end: at LF, CRLF, or a CR alone.
 */
#ifndef SQUAB_CLI_RAW_HEADER_H
#define SQUAB_CLI_RAW_HEADER_H

#include <squab/base.h>

typedef struct raw_field {
	sqb_str name;		/* empty: this line is no field */
	sqb_str whole;		/* with the lines that go on with it, and
				   the line end */
} raw_field;

/* With its end, if it has one. */
size_t raw_line_len(sqb_str s);
bool raw_line_is_field(sqb_str line);

/* Takes the field at the front of *rest. False: nothing is left. */
bool raw_field_next(sqb_str *rest, raw_field *f);
sqb_str raw_field_value(const raw_field *f);
bool raw_field_is_resent(const raw_field *f);
/* The name, without "Resent-". */
sqb_str raw_field_base(const raw_field *f);
/* Whether that is one of names, which end in NULL. */
bool raw_field_is_among(const raw_field *f, const char *const *names);

/*
 * The fields that say who sends this to whom now: the first block of Resent-
 * fields, which is the last that was put there (RFC 5322, 3.6.6), or where
 * there is none the whole header. resent: which it was.
 */
typedef struct raw_block {
	sqb_str fields;
	bool resent;
} raw_block;

raw_block raw_block_find(sqb_str header);
/* The next value, of any such name, in fields of its kind. False: no more. */
bool raw_block_next(raw_block *rest, const char *const *names, sqb_str *value);

/* To, Cc, Bcc, NULL. */
extern const char *const raw_recipient_names[];

#endif

/* Writing a field: RFC 5322, sections 2.1.1 and 2.2.3, RFC 2047. */
#ifndef SQB_MIME_FOLD_H
#define SQB_MIME_FOLD_H

#include "base/buf.h"

enum {
	SQB__FOLD_LINE = 75,	/* where lines end, and room for ":;," */
	SQB__FOLD_CODED = 73,	/* the same where an encoded word is in them */
	SQB__FOLD_WORD = 900	/* octets that may stand unbroken */
};

typedef struct sqb__fold {
	sqb__buf *out;
	size_t column;
	bool begun;		/* there is more than the name */
	bool coded;		/* an encoded word stands in the line */
} sqb__fold;

/* "name:" */
void sqb__fold_begin(sqb__fold *f, sqb__buf *out, const char *name);
/* A blank, or CRLF and a blank, and word, which stays whole. */
void sqb__fold_word(sqb__fold *f, sqb_str word);
/* At the end of a word: no more than three marks in all. */
void sqb__fold_mark(sqb__fold *f, const char *marks);
/* Encoded words, whatever text is. */
void sqb__fold_coded(sqb__fold *f, sqb_str text);
/* unstructured: as it is, but for what must be encoded to be read so. */
void sqb__fold_text(sqb__fold *f, sqb_str text);
/*
 * phrase: atoms, a quoted string or encoded words. True: the last, which no
 * mark may follow without a blank.
 */
bool sqb__fold_phrase(sqb__fold *f, sqb_str text);
/* CRLF */
void sqb__fold_end(sqb__fold *f);

/* quoted-string, RFC 5322, section 3.2.4: its length, and the octets. */
size_t sqb__quoted_len(sqb_str s);
void sqb__buf_add_quoted(sqb__buf *out, sqb_str s);

#endif

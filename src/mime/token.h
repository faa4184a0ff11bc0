/*
 * The tokens of a structured field body, RFC 5322, sections 3.2 and 4.1, with
 * UTF-8 in all of them (RFC 6532, section 3.2). Nothing is decoded and nothing
 * allocated; all bytes of the text are in one token or are blanks.
 */
#ifndef SQB_MIME_TOKEN_H
#define SQB_MIME_TOKEN_H

#include "base/buf.h"

typedef enum sqb__token_kind {
	SQB__TOKEN_END,
	SQB__TOKEN_ATOM,	/* a run of what is nothing else */
	SQB__TOKEN_QUOTED,	/* with its quotes */
	SQB__TOKEN_CODED,	/* an encoded word that is no atom */
	SQB__TOKEN_COMMENT,	/* with its parentheses */
	SQB__TOKEN_SPECIAL	/* one of ()<>@,;:."[] on its own */
} sqb__token_kind;

typedef struct sqb__token {
	sqb_str text;		/* as it stands */
	sqb__token_kind kind;
	char mark;		/* of a SPECIAL; else 0 */
	bool spaced;		/* blanks stand before it */
	bool odd;		/* an atom with controls or "\"; a comment
				   that has no end and takes all the rest */
} sqb__token;

/* Where reading is. Begin with the text and zero. */
typedef struct sqb__lexer {
	sqb_str text;
	size_t at;
	bool quotes_done;	/* no quoted string ends from here on */
} sqb__lexer;

/* Sets *t to the next one, and says of which kind that is. */
sqb__token_kind sqb__token_next(sqb__lexer *l, sqb__token *t);

/* s begins with "(": the length of that comment; 0: it has no end. */
size_t sqb__comment_len(sqb_str s);

/*
 * Appends what a token means: a comment and a quoted string without their
 * marks and escapes, anything else as it is.
 */
void sqb__token_add(sqb__buf *out, const sqb__token *t);

#endif

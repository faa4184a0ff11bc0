/* The parts of a message that is written, and their contents. */
#ifndef SQB_MIME_COMPOSE_CONTENT_H
#define SQB_MIME_COMPOSE_CONTENT_H

#include <squab/compose.h>

#include "base/buf.h"
#include "mime/fold.h"

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
	size_t at;		/* where it comes in head */
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

#endif

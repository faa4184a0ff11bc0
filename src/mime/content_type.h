/* Media types, dispositions and transfer encodings: RFC 2045, 2183. */
#ifndef SQB_MIME_CONTENT_TYPE_H
#define SQB_MIME_CONTENT_TYPE_H

#include <squab/message.h>

typedef struct sqb__media {
	sqb_str type, subtype;	/* as they came, never empty */
	sqb_str params;		/* what follows */
	bool bad;		/* none could be read: text/plain */
} sqb__media;

/* body: of a Content-Type field, folded as it came. */
sqb__media sqb__media_read(sqb_str body);

sqb_part_type sqb__media_class(const sqb__media *t);

static inline bool sqb__is_multipart(unsigned type)
{
	return type >= SQB_PART_MIXED;
}

/* body: of a Content-Transfer-Encoding field. */
sqb_encoding sqb__encoding_read(sqb_str body);

/* The first token of *body, behind comments; *body is what follows. */
sqb_str sqb__token_read(sqb_str *body);

/* Behind blanks, line ends and comments, which nest (RFC 5322, 3.2.2). */
sqb_str sqb__skip_cfws(sqb_str s);

#endif

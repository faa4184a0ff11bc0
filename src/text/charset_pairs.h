/*
 * Charsets of two octets a character, remembered: iconv(3) is asked once what
 * a pair means, for it takes as long for one character as a table for ten.
 */
#ifndef SQB_TEXT_CHARSET_PAIRS_H
#define SQB_TEXT_CHARSET_PAIRS_H

#include "text/charset.h"

typedef enum sqb__pairs_kind {
	SQB__PAIRS_NONE,	/* not such a charset */
	SQB__PAIRS_HIGH,	/* the first octet of a pair is not ASCII */
	SQB__PAIRS_JP		/* ISO-2022-JP: an escape begins them */
} sqb__pairs_kind;

typedef struct sqb__pairs {
	struct sqb__pairs *next;
	sqb__charset charset;
	sqb__pairs_kind kind;	/* NONE: its iconv is not as it should be */
	void *cd;		/* iconv's; in its initial state or not */
	uint16_t cells[128 * 256];	/* characters; 0: not asked yet */
} sqb__pairs;

/* Remembers nothing yet. */
void sqb__pairs_init(sqb__pairs *p, sqb__charset charset,
    sqb__pairs_kind kind, void *cd);

/*
 * Appends what is in to out, as UTF-8, up to what is no ordinary text of its
 * charset. Returns how much that was; iconv reads the rest, from its initial
 * state on.
 */
size_t sqb__pairs_decode(sqb__pairs *p, sqb_str in, sqb__buf *out);

#endif

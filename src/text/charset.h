/*
 * Character sets: what mail calls them, and bytes in them to UTF-8.
 *
 * Labels are looked up in a fixed list; no label from a message ever reaches
 * iconv(3). As the WHATWG Encoding Standard has it, a set is read as the
 * larger one that its users mean: ISO-8859-1 is windows-1252, GB2312 is
 * GB18030, KS C 5601 is CP949, Shift_JIS is windows-31J.
 */
#ifndef SQB_TEXT_CHARSET_H
#define SQB_TEXT_CHARSET_H

#include "base/buf.h"

/* A row of the list. */
typedef uint8_t sqb__charset;

enum {
	SQB__CHARSET_UNKNOWN = 0,	/* not on the list: guessed */
	SQB__CHARSET_ASCII,		/* with 8-bit octets: guessed */
	SQB__CHARSET_UTF_8,
	SQB__CHARSET_WINDOWS_1252,
	SQB__CHARSET_MAX = 64		/* more than there are rows */
};

/* Letter case and punctuation do not matter. */
sqb__charset sqb__charset_find(sqb_str label);

/* What it is called, in lower case. */
const char *sqb__charset_name(sqb__charset charset);

/* Whether ASCII's octets, and they alone, are ASCII's characters in it. */
bool sqb__charset_has_ascii(sqb__charset charset);

/*
 * What bytes without a label, or with a wrong one, are likely to be in: what
 * a byte order mark says; UTF-8 where they are that; ISO-2022 where they have
 * its escapes; else what libuchardet makes of the first 64 KiB (which takes
 * memory of its own), or windows-1252.
 */
sqb__charset sqb__charset_detect(sqb_str bytes);

/* The iconv descriptors opened so far, one a charset. All zero: none. */
typedef struct sqb__decoders {
	void *cd[SQB__CHARSET_MAX];
	uint64_t open;			/* a bit for each cd that was asked */
	const sqb_allocator *allocator;	/* for … NULL: they are done without */
	struct sqb__pairs *pairs;	/* what iconv said so far */
} sqb__decoders;

void sqb__decoders_clear(sqb__decoders *d);	/* closes them */

/* What text is read with. */
typedef struct sqb__reading {
	sqb__decoders *decoders;
	sqb__charset raw;	/* of octets that are no UTF-8 and are not said
				   to be anything; SQB__CHARSET_UNKNOWN: memory
				   was too short to find out */
} sqb__reading;

/*
 * Appends bytes to out as UTF-8. Each sequence that means nothing in charset
 * becomes U+FFFD. A charset that this system's iconv lacks is guessed: UTF-8
 * where bytes are that, else windows-1252.
 * False: there was such a sequence.
 */
bool sqb__charset_decode(sqb__decoders *d, sqb__charset charset,
    sqb_str bytes, sqb__buf *out);

#endif

/* The text of RTF, and html that was made into RTF: [MS-OXRTFEX]. */
#ifndef SQB_TEXT_RTF_H
#define SQB_TEXT_RTF_H

#include "text/charset.h"

typedef enum sqb__rtf_kind {
	SQB__RTF_NONE,		/* it is no RTF */
	SQB__RTF_RICH,		/* the text in it is not all that it says */
	SQB__RTF_TEXT,		/* made from a text, which came out */
	SQB__RTF_HTML		/* made from html, which came out */
} sqb__rtf_kind;

/*
 * Appends the text or html to out, in UTF-8: at most three octets for one of
 * rtf. The text's lines end in LF.
 */
sqb__rtf_kind sqb__rtf_read(sqb_str rtf, sqb__decoders *d, sqb__buf *out);

#endif

/* The list of character sets, and those of one octet a character. */
#ifndef SQB_TEXT_CHARSET_TABLES_H
#define SQB_TEXT_CHARSET_TABLES_H

#include "text/charset.h"

enum {
	ISO_8859_2 = SQB__CHARSET_WINDOWS_1252 + 1,
	ISO_8859_3, ISO_8859_4, ISO_8859_5, ISO_8859_6, ISO_8859_7,
	ISO_8859_8, ISO_8859_10, ISO_8859_13, ISO_8859_14, ISO_8859_15,
	ISO_8859_16, WINDOWS_874, WINDOWS_1250, WINDOWS_1251, WINDOWS_1253,
	WINDOWS_1254, WINDOWS_1255, WINDOWS_1256, WINDOWS_1257, WINDOWS_1258,
	KOI8_R, KOI8_U, CP437, CP850, CP852, CP855, CP857, CP862, CP866,
	MACINTOSH, MAC_CYRILLIC, MAC_CE, MAC_GREEK, MAC_TURKISH, MAC_ICELANDIC,
	VISCII, TCVN, GB18030, HZ, BIG5, EUC_TW, EUC_JP, SHIFT_JIS, ISO_2022_JP,
	ISO_2022_JP_2, CP949, JOHAB, ISO_2022_KR, ISO_2022_CN, UTF_7, UTF_16,
	UTF_16LE, UTF_16BE, UTF_32, UTF_32LE, UTF_32BE, N_CHARSETS
};

/* What the octets from 0x80 on stand for; 0: nothing. */
typedef uint16_t sqb__charset_table[128];

/* NULL: the charset is not one of those. */
const sqb__charset_table *sqb__charset_table_of(sqb__charset charset);

#endif

/* Code pages to character sets: most have a label "cpNNN". */
#include "text/codepage.h"

static const struct {
	uint32_t number;
	const char *label;
} others[] = {
	{ 1200, "utf-16le" },
	{ 1201, "utf-16be" },
	{ 10000, "macintosh" },
	{ 10007, "x-mac-cyrillic" },
	{ 20127, "us-ascii" },
	{ 20866, "koi8-r" },
	{ 20932, "euc-jp" },
	{ 20936, "gb2312" },
	{ 21866, "koi8-u" },
	{ 28591, "iso-8859-1" },
	{ 28592, "iso-8859-2" },
	{ 28593, "iso-8859-3" },
	{ 28594, "iso-8859-4" },
	{ 28595, "iso-8859-5" },
	{ 28596, "iso-8859-6" },
	{ 28597, "iso-8859-7" },
	{ 28598, "iso-8859-8" },
	{ 28599, "iso-8859-9" },
	{ 28603, "iso-8859-13" },
	{ 28605, "iso-8859-15" },
	{ 38598, "iso-8859-8" },
	{ 50222, "iso-2022-jp" },
	{ 50225, "iso-2022-kr" },
	{ 51932, "euc-jp" },
	{ 51936, "gb2312" },
	{ 51949, "euc-kr" },
	{ 54936, "gb18030" },
	{ 65000, "utf-7" },
};

sqb__charset sqb__codepage_charset(uint32_t number)
{
	char label[2 + 10];
	size_t at = sizeof(label);

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i].number == number)
			return sqb__charset_find(sqb_str_of(others[i].label));
	do
		label[--at] = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	label[--at] = 'p';
	label[--at] = 'c';
	return sqb__charset_find((sqb_str){ label + at, sizeof(label) - at });
}

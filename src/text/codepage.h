/* Windows code pages, which TNEF and RTF name by number. */
#ifndef SQB_TEXT_CODEPAGE_H
#define SQB_TEXT_CODEPAGE_H

#include "text/charset.h"

sqb__charset sqb__codepage_charset(uint32_t number);

#endif

/* Compressed RTF: [MS-OXRTFCP]. */
#ifndef SQB_TEXT_LZFU_H
#define SQB_TEXT_LZFU_H

#include "base/buf.h"

enum { SQB__LZFU_RATIO = 9 };	/* octets at most that one makes */

/*
 * Appends what in, with its header, stands for to out: not more than the
 * header says, nor than in can make. Where it is broken it ends; checksums are
 * not looked at. False: in is no compressed RTF.
 */
bool sqb__lzfu_open(sqb_str in, sqb__buf *out);

#endif

/* winmail.dat: what Microsoft's mail programs make instead of MIME. */
#ifndef SQB_MIME_TNEF_H
#define SQB_MIME_TNEF_H

#include "base/buf.h"

enum {				/* octets that one of TNEF can become, */
	SQB__TNEF_RATIO = 48,
	SQB__TNEF_MORE = 8192	/* … and that there are besides */
};

/*
 * Writes what content, a TNEF stream, has in it as a multipart/mixed to out:
 * sender, subject and date, the body in its forms, and the files. A message
 * that is attached stays TNEF. False: it is no TNEF, or nothing is in it;
 * where memory is short out->failed is set.
 */
bool sqb__tnef_open(sqb_str content, sqb__buf *out);

#endif

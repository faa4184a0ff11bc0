/* What a decoder of bodies found wrong and went on from. */
#ifndef SQB_TEXT_FLAW_H
#define SQB_TEXT_FLAW_H

#include <squab/base.h>

/* One kind of flaw: how many of it, and where the first is in the input. */
typedef struct sqb__flaw {
	uint64_t n;
	uint64_t first;		/* offset; where n > 0 */
} sqb__flaw;

static inline void sqb__flaw_note(sqb__flaw *f, uint64_t offset)
{
	if (f->n++ == 0)
		f->first = offset;
}

#endif

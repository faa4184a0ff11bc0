/* Memory that is given out piece by piece and freed at once. */
#ifndef SQB_BASE_ARENA_H
#define SQB_BASE_ARENA_H

#include <squab/base.h>

typedef struct sqb__arena_block sqb__arena_block;

typedef struct sqb__arena {
	const sqb_allocator *allocator;
	sqb__arena_block *blocks;	/* the first has the free room */
	size_t taken, max;		/* octets got from the allocator */
	bool failed;			/* NULL was given out */
} sqb__arena;

void sqb__arena_init(sqb__arena *a, const sqb_allocator *allocator,
    size_t max);
void sqb__arena_clear(sqb__arena *a);	/* frees; a is as after init */

/* size octets, aligned for any type. NULL: no memory, or max reached. */
void *sqb__arena_alloc(sqb__arena *a, size_t size);

/* A copy of s closed with NUL. NULL as above. */
char *sqb__arena_copy(sqb__arena *a, sqb_str s);

#endif

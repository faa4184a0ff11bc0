/*
 * An allocator for tests: counts what is out, fills new memory with junk,
 * fails when told to, and lets ASan guard the unused tail of a buffer.
 */
#ifndef SQUAB_TESTS_HEAP_H
#define SQUAB_TESTS_HEAP_H

#include <squab/base.h>

typedef struct heap {
	sqb_allocator allocator;	/* what the engine gets */
	size_t n_out;			/* blocks not yet freed */
	size_t bytes, peak;		/* octets out, and at most */
	size_t n_asked;			/* allocations asked for so far */
	size_t fail_at;			/* fail the nth, from 1; 0: never */
	bool fail_on;			/* and all after it */
	bool failed;			/* one was refused */
} heap;

/* h must stay where it is. */
void heap_init(heap *h);

/* data[0..len) must not be touched until heap_unguard(). Needs ASan. */
void heap_guard(void *data, size_t len);
void heap_unguard(void *data, size_t len);

#endif

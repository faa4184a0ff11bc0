/*
 * Plays a script with the engine in memory: no socket, no clock but the
 * script's, and the bytes cut as asked.
 */
#ifndef SQUAB_TESTS_PLAY_H
#define SQUAB_TESTS_PLAY_H

#include "heap.h"
#include "script.h"

typedef struct cuts {
	enum {
		CUT_WHOLE,	/* as much as the engine takes */
		CUT_BYTES,	/* one byte at a time, in and out */
		CUT_ONCE,	/* input in two pieces */
		CUT_RANDOM	/* pieces of any size, in and out */
	} how;
	size_t at;		/* CUT_ONCE: octets of the first piece */
	uint64_t seed;		/* CUT_RANDOM */
} cuts;

/*
 * False: why says what went wrong, and where. With a heap that has refused
 * memory, a session that ends in SQB_E_NOMEM and nothing else is right too.
 */
bool play(const script *s, const cuts *c, heap *h, bytes *why);

#endif

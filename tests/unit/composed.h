/* For tests of what is composed: read it back, and look at it. */
#ifndef SQUAB_TESTS_COMPOSED_H
#define SQUAB_TESTS_COMPOSED_H

#include "exact.h"

#include <squab/compose.h>

/* Fails the test with the words of c. */
static inline void must(sqb_compose *c, int code)
{
	if (code < 0)
		fail_msg("%s", sqb_compose_error(c)->text);
}

static inline sqb_compose *new_compose(const sqb_allocator *a)
{
	return sqb_compose_new(&(sqb_compose_options){
	    .size = sizeof(sqb_compose_options), .allocator = a,
	    .now = 1767225600 });
}

/* All of it, in a block of its own. Lifetime: free() */
static inline sqb_str composed(sqb_compose *c)
{
	sqb_str all;

	must(c, sqb_compose_bytes(c, 0, &all));
	return exact(all);
}

static inline void assert_field(sqb_message *m, const char *name,
    const char *want)
{
	const char *got = sqb_message_field(m, name, 0);

	if (strcmp(got, want) != 0)
		fail_msg("%s: got \"%s\", not \"%s\"", name, got, want);
}

#endif

/* A message to be written, and what it was written as. */
#ifndef SQUAB_TESTS_COMPOSE_FIXTURE_H
#define SQUAB_TESTS_COMPOSE_FIXTURE_H

#include "exact.h"

#include <squab/compose.h>

#define NOON 1764244800		/* 27 November 2025, 12:00 UTC */

typedef struct fixture {
	sqb_compose *c;
	sqb_str bytes;		/* after written() */
} fixture;

static inline fixture begin_with(const sqb_allocator *a)
{
	fixture f = { sqb_compose_new(&(sqb_compose_options){
	    .size = sizeof(sqb_compose_options), .now = NOON,
	    .allocator = a, .id_domain = "id.example" }), { NULL, 0 } };

	return f;
}

static inline fixture begin(void)
{
	fixture f = begin_with(NULL);

	assert_non_null(f.c);
	assert_int_equal(sqb_compose_field(f.c, "From", "a@b.example"),
	    SQB_OK);
	return f;
}

static inline void end(fixture *f)
{
	sqb_compose_free(f->c);
}

static inline void written(fixture *f, unsigned allowed)
{
	int code = sqb_compose_bytes(f->c, allowed, &f->bytes);

	if (code != SQB_OK)
		fail_msg("%s", sqb_compose_error(f->c)->text);
	assert_int_equal(f->bytes.len, sqb_compose_size(f->c));
}

static inline size_t find(sqb_str s, const char *what)
{
	size_t n = strlen(what);

	for (size_t i = 0; i + n <= s.len; i++)
		if (memcmp(s.ptr + i, what, n) == 0)
			return i;
	return SIZE_MAX;
}

static inline void assert_has(const fixture *f, const char *what)
{
	if (find(f->bytes, what) == SIZE_MAX)
		fail_msg("\"%s\" is not in:\n%.*s", what, (int)f->bytes.len,
		    f->bytes.ptr);
}

#endif

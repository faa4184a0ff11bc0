/* For unit tests: what may go to a terminal. */
#ifndef SQUAB_TESTS_PRINTABLE_H
#define SQUAB_TESTS_PRINTABLE_H

#include "exact.h"

#include "base/error.h"

/* Line ends and tabs apart, where lines says so. */
static inline void assert_printable_str(sqb_str s, bool lines)
{
	while (s.len > 0) {
		size_t n = lines && (s.ptr[0] == '\n' || s.ptr[0] == '\t') ?
		    1 : sqb__printable(s);

		assert_int_not_equal(n, 0);
		s = (sqb_str){ s.ptr + n, s.len - n };
	}
}

static inline void assert_printable(const char *text)
{
	assert_printable_str(sqb_str_of(text), false);
}

#endif

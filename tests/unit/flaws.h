/* For unit tests of decoders: what they made, and what they found wrong. */
#ifndef SQUAB_TESTS_FLAWS_H
#define SQUAB_TESTS_FLAWS_H

#include "exact.h"

#include "text/flaw.h"

static inline void assert_flaw(sqb__flaw got, sqb__flaw want, const char *in,
    const char *what)
{
	if (got.n != want.n || got.first != want.first)
		fail_msg("%s: %s: %d from %d, not %d from %d", in, what,
		    (int)got.n, (int)got.first, (int)want.n, (int)want.first);
}

static inline void assert_octets(sqb_str got, sqb_str want, const char *in)
{
	if (!sqb_str_eq(got, want))
		fail_msg("%s: %d octets: %.*s", in, (int)got.len,
		    (int)got.len, got.ptr);
}

#endif

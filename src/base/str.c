/* Slices. */
#include "base/ascii.h"

#include <string.h>

sqb_str sqb_str_of(const char *s)
{
	return (sqb_str){ s, s ? strlen(s) : 0 };
}

bool sqb_str_eq(sqb_str a, sqb_str b)
{
	return a.len == b.len && (a.len == 0 || !memcmp(a.ptr, b.ptr, a.len));
}

bool sqb_str_eq_nocase(sqb_str a, sqb_str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (sqb__lower(a.ptr[i]) != sqb__lower(b.ptr[i]))
			return false;
	return true;
}

char *sqb__str_dup(const sqb_allocator *a, sqb_str s)
{
	char *out = a->alloc(a->ctx, s.len + 1);

	if (!out)
		return NULL;
	if (s.len > 0)
		memcpy(out, s.ptr, s.len);
	out[s.len] = '\0';
	return out;
}

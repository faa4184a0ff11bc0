/* For tests: whether octets are one JSON value, RFC 8259, in UTF-8. */
#ifndef SQUAB_TESTS_JSON_CHECK_H
#define SQUAB_TESTS_JSON_CHECK_H

#include "base/ascii.h"
#include "base/error.h"

#include <string.h>

typedef struct json_text {
	const char *p, *end;
} json_text;

static inline bool json_take(json_text *t, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(t->end - t->p) < n || memcmp(t->p, word, n) != 0)
		return false;
	t->p += n;
	return true;
}

static inline bool json_escape(json_text *t)
{
	if (t->p == t->end || !memchr("\"\\bfnrtu", *t->p, 8))
		return false;
	if (*t->p++ != 'u')
		return true;
	for (int i = 0; i < 4; i++, t->p++)
		if (t->p == t->end || sqb__hex_value(*t->p) < 0)
			return false;
	return true;
}

/* All that is not escaped can be printed. */
static inline bool json_string(json_text *t)
{
	if (!json_take(t, "\""))
		return false;
	while (t->p < t->end && *t->p != '"') {
		size_t n = sqb__printable((sqb_str){ t->p,
		    (size_t)(t->end - t->p) });

		if (n == 0)
			return false;
		t->p += n;
		if (t->p[-1] == '\\' && !json_escape(t))
			return false;
	}
	return json_take(t, "\"");
}

static inline bool json_number(json_text *t)
{
	const char *start = t->p;

	while (t->p < t->end && sqb__is_digit(*t->p))
		t->p++;
	return t->p > start && (*start != '0' || t->p == start + 1);
}

static inline bool json_value(json_text *t, int depth);

static inline bool json_items(json_text *t, int depth, bool object)
{
	const char *close = object ? "}" : "]";

	if (json_take(t, close))
		return true;
	do {
		if (object && (!json_string(t) || !json_take(t, ":")))
			return false;
		if (!json_value(t, depth))
			return false;
	} while (json_take(t, ","));
	return json_take(t, close);
}

static inline bool json_value(json_text *t, int depth)
{
	if (depth == 0 || t->p == t->end)
		return false;
	if (json_take(t, "{"))
		return json_items(t, depth - 1, true);
	if (json_take(t, "["))
		return json_items(t, depth - 1, false);
	if (*t->p == '"')
		return json_string(t);
	return json_take(t, "null") || json_take(t, "true") ||
	    json_take(t, "false") || json_number(t);
}

static inline bool json_is_valid(const char *s, size_t n)
{
	json_text t = { s, s + n };

	return json_value(&t, 2000) && t.p == t.end;
}

#endif

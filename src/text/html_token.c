/*
 * The tokens of HTML, as browsers find them in what is broken too: HTML
 * Living Standard, section 13.2.5. Each is found in one look at its bytes.
 */
#include "text/html_token.h"

#include "base/ascii.h"

#include <string.h>

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r' && c != '\v');
}

/* Where c is from at on; s.len: nowhere. */
static size_t find(sqb_str s, size_t at, char c)
{
	const char *p = at < s.len ? memchr(s.ptr + at, c, s.len - at) : NULL;

	return p ? (size_t)(p - s.ptr) : s.len;
}

/* "<!--" up to "-->" or "--!>". */
static size_t comment_len(sqb_str s)
{
	size_t at = 4;

	while ((at = find(s, at, '>')) < s.len) {
		if (at <= 5 || (s.ptr[at - 1] == '-' && s.ptr[at - 2] == '-') ||
		    (at > 6 && !memcmp(s.ptr + at - 3, "--!", 3)))
			return at + 1;
		at++;
	}
	return s.len;
}

/* The end of a tag: ">" that is in no quotes behind "=". */
static size_t tag_end(sqb_str s, size_t at)
{
	bool equals = false;

	for (; at < s.len; at++) {
		char c = s.ptr[at];

		if (c == '>')
			return at;
		if (equals && (c == '"' || c == '\''))
			at = find(s, at + 1, c);
		equals = c == '=' || (equals && is_space(c));
	}
	return s.len;
}

size_t sqb__html_tag(sqb_str s, sqb__tag *tag)
{
	size_t at = 1, end;

	*tag = (sqb__tag){ .end = s.len > 1 && s.ptr[1] == '/' };
	at += tag->end;
	if (at == s.len)
		return 0;
	if (!sqb__is_letter(s.ptr[at])) {
		if (s.len >= 4 && !memcmp(s.ptr, "<!--", 4))
			return comment_len(s);
		if (!tag->end && s.ptr[at] != '!' && s.ptr[at] != '?')
			return 0;
		end = find(s, at, '>');
		return end < s.len ? end + 1 : s.len;
	}
	for (end = at; end < s.len && !is_space(s.ptr[end]) &&
	    s.ptr[end] != '/' && s.ptr[end] != '>'; end++)
		;
	tag->name = (sqb_str){ s.ptr + at, end - at };
	at = tag_end(s, end);
	tag->attributes = (sqb_str){ s.ptr + end, at - end };
	return at < s.len ? at + 1 : s.len;
}

size_t sqb__html_raw_len(sqb_str s, const char *name)
{
	sqb_str want = sqb_str_of(name);
	size_t at = 0;

	while ((at = find(s, at, '<')) < s.len) {
		sqb_str rest = sqb__str_from(s, at);

		if (rest.len >= 2 + want.len && rest.ptr[1] == '/' &&
		    sqb_str_eq_nocase((sqb_str){ rest.ptr + 2, want.len },
		    want))
			return at;
		at++;
	}
	return s.len;
}

static size_t skip_space(sqb_str s, size_t at)
{
	while (at < s.len && is_space(s.ptr[at]))
		at++;
	return at;
}

static size_t value_at(sqb_str s, size_t at, sqb_str *value)
{
	size_t end;
	char quote;

	at = skip_space(s, at);
	quote = at < s.len ? s.ptr[at] : '\0';
	if (quote == '"' || quote == '\'') {
		end = find(s, at + 1, quote);
		*value = (sqb_str){ s.ptr + at + 1, end - at - 1 };
		return end < s.len ? end + 1 : end;
	}
	for (end = at; end < s.len && !is_space(s.ptr[end]); end++)
		;
	*value = (sqb_str){ s.ptr + at, end - at };
	return end;
}

bool sqb__html_attribute(sqb_str *attributes, sqb__attribute *a)
{
	sqb_str s = *attributes;
	size_t at = 0, start;

	*a = (sqb__attribute){ .name.len = 0 };
	while (at < s.len && (is_space(s.ptr[at]) || s.ptr[at] == '/'))
		at++;
	if (at == s.len)
		return false;
	start = at++;		/* a name may begin with "=" */
	while (at < s.len && !is_space(s.ptr[at]) && s.ptr[at] != '/' &&
	    s.ptr[at] != '=')
		at++;
	a->name = (sqb_str){ s.ptr + start, at - start };
	start = at;
	at = skip_space(s, at);
	if (at < s.len && s.ptr[at] == '=')
		at = value_at(s, at + 1, &a->value);
	else
		at = start;
	*attributes = sqb__str_from(s, at);
	return true;
}

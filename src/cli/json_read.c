/* See json_read.h. */
#include "json_read.h"

#include <string.h>

bool cli_json_fail(cli_json_reader *r, const char *why)
{
	if (!r->wrong)
		r->wrong = why;
	return false;
}

void cli_json_skip_blanks(cli_json_reader *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' ||
	    *r->p == '\r' || *r->p == '\n'))
		r->p++;
}

bool cli_json_try(cli_json_reader *r, char c)
{
	cli_json_skip_blanks(r);
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

bool cli_json_want(cli_json_reader *r, char c, const char *why)
{
	return cli_json_try(r, c) || cli_json_fail(r, why);
}

/* 4HEXDIG */
static bool want_hex4(cli_json_reader *r, uint32_t *out)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";

	*out = 0;
	for (int i = 0; i < 4; i++, r->p++) {
		const char *at = r->p == r->end || *r->p == '\0' ? NULL :
		    strchr(digits, *r->p);

		if (!at)
			return cli_json_fail(r,
			    "after \\u come four hex digits");
		*out = *out << 4 | ((uint32_t)(at - digits) & 15);
	}
	return true;
}

/* What follows \u; a character above U+FFFF comes as a pair. */
static bool want_code(cli_json_reader *r, uint32_t *c)
{
	uint32_t low;

	if (!want_hex4(r, c))
		return false;
	if (*c < 0xd800 || *c > 0xdfff)
		return true;
	if (*c > 0xdbff || r->end - r->p < 2 || r->p[0] != '\\' ||
	    r->p[1] != 'u')
		return cli_json_fail(r, "half of a surrogate pair");
	r->p += 2;
	if (!want_hex4(r, &low))
		return false;
	if (low < 0xdc00 || low > 0xdfff)
		return cli_json_fail(r, "half of a surrogate pair");
	*c = 0x10000 + ((*c - 0xd800) << 10) + (low - 0xdc00);
	return true;
}

/* In UTF-8, which is never longer than the escape. */
static void put_code(cli_json_reader *r, uint32_t c)
{
	static const uint8_t lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	int n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (int i = n - 1; i > 0; i--, c >>= 6)
		r->room[i] = (char)(0x80 | (c & 0x3f));
	r->room[0] = (char)(lead[n] | c);
	r->room += n;
}

static bool want_escape(cli_json_reader *r)
{
	static const char names[] = "\"\\/bfnrt", codes[] = "\"\\/\b\f\n\r\t";
	const char *at = r->p == r->end || *r->p == '\0' ? NULL :
	    strchr(names, *r->p);
	uint32_t c;

	if (at) {
		r->p++;
		*r->room++ = codes[at - names];
		return true;
	}
	if (r->p == r->end || *r->p++ != 'u')
		return cli_json_fail(r, "a backslash goes before one of "
		    "\"\\/bfnrtu");
	if (!want_code(r, &c))
		return false;
	put_code(r, c);
	return true;
}

/* string = quotation-mark *char quotation-mark */
bool cli_json_want_text(cli_json_reader *r, char **text, size_t *len)
{
	*text = r->room;
	while (r->p < r->end && *r->p != '"') {
		unsigned char c = (unsigned char)*r->p++;

		if (c < ' ')
			return cli_json_fail(r,
			    "a control character in a text");
		if (c != '\\')
			*r->room++ = (char)c;
		else if (!want_escape(r))
			return false;
	}
	*len = (size_t)(r->room - *text);
	if (r->p == r->end)
		return cli_json_fail(r, "a text does not end");
	r->p++;
	return true;
}

bool cli_json_want_end(cli_json_reader *r, const char *why)
{
	cli_json_skip_blanks(r);
	return r->p == r->end || cli_json_fail(r, why);
}

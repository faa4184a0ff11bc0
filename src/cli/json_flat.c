/* See json_flat.h. */
#include "json_flat.h"

#include "print.h"

#include <string.h>

typedef struct reader {
	const char *p, *end;
	char *room;		/* what is decoded next goes here */
	const char *wrong;	/* the first that was found; NULL */
} reader;

static bool fail(reader *r, const char *why)
{
	if (!r->wrong)
		r->wrong = why;
	return false;
}

static void skip_blanks(reader *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' ||
	    *r->p == '\r' || *r->p == '\n'))
		r->p++;
}

static bool try_char(reader *r, char c)
{
	skip_blanks(r);
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

static bool want_char(reader *r, char c, const char *why)
{
	return try_char(r, c) || fail(r, why);
}

/* 4HEXDIG */
static bool want_hex4(reader *r, uint32_t *out)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";

	*out = 0;
	for (int i = 0; i < 4; i++, r->p++) {
		const char *at = r->p == r->end || *r->p == '\0' ? NULL :
		    strchr(digits, *r->p);

		if (!at)
			return fail(r, "after \\u come four hex digits");
		*out = *out << 4 | ((uint32_t)(at - digits) & 15);
	}
	return true;
}

/* What follows \u; a character above U+FFFF comes as a pair. */
static bool want_code(reader *r, uint32_t *c)
{
	uint32_t low;

	if (!want_hex4(r, c))
		return false;
	if (*c < 0xd800 || *c > 0xdfff)
		return true;
	if (*c > 0xdbff || r->end - r->p < 2 || r->p[0] != '\\' ||
	    r->p[1] != 'u')
		return fail(r, "half of a surrogate pair");
	r->p += 2;
	if (!want_hex4(r, &low))
		return false;
	if (low < 0xdc00 || low > 0xdfff)
		return fail(r, "half of a surrogate pair");
	*c = 0x10000 + ((*c - 0xd800) << 10) + (low - 0xdc00);
	return true;
}

/* In UTF-8, which is never longer than the escape. */
static void put_code(reader *r, uint32_t c)
{
	static const uint8_t lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	int n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (int i = n - 1; i > 0; i--, c >>= 6)
		r->room[i] = (char)(0x80 | (c & 0x3f));
	r->room[0] = (char)(lead[n] | c);
	r->room += n;
}

static bool want_escape(reader *r)
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
		return fail(r, "there is no such escape");
	if (!want_code(r, &c))
		return false;
	put_code(r, c);
	return true;
}

/* string = quotation-mark *char quotation-mark */
static bool want_text(reader *r, char **text, size_t *len)
{
	*text = r->room;
	while (r->p < r->end && *r->p != '"') {
		unsigned char c = (unsigned char)*r->p++;

		if (c < ' ')
			return fail(r, "a control character in a text");
		if (c != '\\')
			*r->room++ = (char)c;
		else if (!want_escape(r))
			return false;
	}
	*len = (size_t)(r->room - *text);
	if (r->p == r->end)
		return fail(r, "a text does not end");
	r->p++;
	return true;
}

/* int = zero / ( digit1-9 *DIGIT ) */
static bool want_number(reader *r, uint64_t *out)
{
	const char *start = r->p;

	*out = 0;
	for (; r->p < r->end && *r->p >= '0' && *r->p <= '9'; r->p++) {
		uint64_t digit = (uint64_t)(*r->p - '0');

		if (*out > (UINT64_MAX - digit) / 10)
			return fail(r, "a number is too large");
		*out = *out * 10 + digit;
	}
	if (r->p == start)
		return fail(r, "a value is neither a text nor a whole number");
	if (*start == '0' && r->p - start > 1)
		return fail(r, "a number begins with 0");
	return true;
}

static bool is_twice(const cli_json_object *o, sqb_str name)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->members[i].name.len == name.len &&
		    memcmp(o->members[i].name.ptr, name.ptr, name.len) == 0)
			return true;
	return false;
}

/* member = string name-separator value */
static bool want_member(reader *r, cli_json_object *o)
{
	cli_json_member m = { .is_text = false };
	char *name;

	if (!want_char(r, '"', "a name is missing") ||
	    !want_text(r, &name, &m.name.len) ||
	    !want_char(r, ':', "a colon is missing"))
		return false;
	m.name.ptr = name;
	if (o->n == CLI_JSON_MEMBERS)
		return fail(r, "too many names");
	if (is_twice(o, m.name))
		return fail(r, "a name is there twice");
	m.is_text = try_char(r, '"');
	if (m.is_text ? !want_text(r, &m.text, &m.len) :
	    !want_number(r, &m.number))
		return false;
	o->members[o->n++] = m;
	return true;
}

const char *cli_json_read(sqb_str line, char *room, cli_json_object *out)
{
	reader r = { line.ptr, line.ptr + line.len, room, NULL };

	out->n = 0;
	if (!cli_is_utf8(line))
		return "it is not UTF-8";
	if (!want_char(&r, '{', "no object"))
		return r.wrong;
	if (!try_char(&r, '}')) {
		do {
			if (!want_member(&r, out))
				return r.wrong;
		} while (try_char(&r, ','));
		want_char(&r, '}', "the object does not end");
	}
	skip_blanks(&r);
	if (r.p < r.end)
		fail(&r, "more comes after the object");
	return r.wrong;
}

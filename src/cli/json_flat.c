/* See json_flat.h. */
#include "json_flat.h"

#include "json_read.h"
#include "print.h"

#include <string.h>

/* int = zero / ( digit1-9 *DIGIT ) */
static bool want_number(cli_json_reader *r, uint64_t *out)
{
	const char *start = r->p;

	*out = 0;
	for (; r->p < r->end && *r->p >= '0' && *r->p <= '9'; r->p++) {
		uint64_t digit = (uint64_t)(*r->p - '0');

		if (*out > (UINT64_MAX - digit) / 10)
			return cli_json_fail(r, "a number is too large");
		*out = *out * 10 + digit;
	}
	if (r->p == start)
		return cli_json_fail(r,
		    "a value is neither a text nor a whole number");
	if (*start == '0' && r->p - start > 1)
		return cli_json_fail(r, "a number begins with 0");
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
static bool want_member(cli_json_reader *r, cli_json_object *o)
{
	cli_json_member m = { .is_text = false };
	char *name;

	if (!cli_json_want(r, '"', "a name is missing") ||
	    !cli_json_want_text(r, &name, &m.name.len) ||
	    !cli_json_want(r, ':', "a colon is missing"))
		return false;
	m.name.ptr = name;
	if (o->n == CLI_JSON_MEMBERS)
		return cli_json_fail(r, "too many names");
	if (is_twice(o, m.name))
		return cli_json_fail(r, "a name is there twice");
	m.is_text = cli_json_try(r, '"');
	if (m.is_text ? !cli_json_want_text(r, &m.text, &m.len) :
	    !want_number(r, &m.number))
		return false;
	o->members[o->n++] = m;
	return true;
}

const char *cli_json_read(sqb_str line, char *room, cli_json_object *out)
{
	cli_json_reader r = { line.ptr, line.ptr + line.len, room, NULL };

	out->n = 0;
	if (!cli_is_utf8(line))
		return "it is not UTF-8";
	if (!cli_json_want(&r, '{', "no object"))
		return r.wrong;
	if (!cli_json_try(&r, '}')) {
		do {
			if (!want_member(&r, out))
				return r.wrong;
		} while (cli_json_try(&r, ','));
		cli_json_want(&r, '}', "the object does not end");
	}
	cli_json_want_end(&r, "more comes after the object");
	return r.wrong;
}

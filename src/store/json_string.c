/* Strings of JSON; see json_string.h. */
#include "store/json_string.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

/* XXXX of \uXXXX. */
static bool read_hex(const char **p, uint32_t *c)
{
	*c = 0;
	for (int i = 0; i < 4; i++, ++*p) {
		int digit = sqb__hex_value(**p);

		if (digit < 0)
			return false;
		*c = *c << 4 | (uint32_t)digit;
	}
	return true;
}

/* Behind "\u". NUL cannot be in it: it would end what is read. */
static bool read_unicode(const char **p, char **out)
{
	uint32_t c, low;

	if (!read_hex(p, &c) || c == 0 || (c >= 0xdc00 && c < 0xe000))
		return false;
	if (c >= 0xd800 && c < 0xdc00) {
		if ((*p)[0] != '\\' || (*p)[1] != 'u')
			return false;
		*p += 2;
		if (!read_hex(p, &low) || low < 0xdc00 || low >= 0xe000)
			return false;
		c = 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff));
	}
	*out += sqb__utf8_encode(c, *out);
	return true;
}

/* Behind "\". */
static bool read_escape(const char **p, char **out)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	const char *name = **p == '\0' ? NULL : strchr(names, **p);

	if (name) {
		*(*out)++ = values[name - names];
		++*p;
		return true;
	}
	if (**p != 'u')
		return false;
	++*p;
	return read_unicode(p, out);
}

bool sqb__json_read_string(const char **p, char **out)
{
	bool ok = **p == '"';

	if (!ok)
		return false;
	++*p;
	while (ok && **p != '"') {
		if ((unsigned char)**p < 0x20)
			ok = false;
		else if (**p == '\\')
			ok = (++*p, read_escape(p, out));
		else
			*(*out)++ = *(*p)++;
	}
	if (ok)
		++*p;
	*(*out)++ = '\0';
	return ok;
}

static bool put_escape(sqb__spool *out, uint32_t c)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "\\u%04x", (unsigned)c & 0xffff);

	return sqb__spool_put(out, (sqb_str){ text, (size_t)n });
}

bool sqb__json_put_string(sqb__spool *out, sqb_str s)
{
	bool ok = sqb__spool_put(out, (sqb_str){ "\"", 1 });

	while (ok && s.len > 0) {
		uint32_t c;
		size_t n = sqb__utf8_decode(s, &c);

		if (n == 0) {
			n = sqb__utf8_broken(s);
			ok = put_escape(out, SQB__REPLACEMENT);
		} else if (c == '"' || c == '\\' ||
		    (sqb__is_hidden(c) && c <= 0xffff)) {
			ok = put_escape(out, c);
		} else {
			ok = sqb__spool_put(out, (sqb_str){ s.ptr, n });
		}
		s = (sqb_str){ s.ptr + n, s.len - n };
	}
	return ok && sqb__spool_put(out, (sqb_str){ "\"", 1 });
}

/* See raw_header.h. */
#include "raw_header.h"

#include <string.h>

const char *const raw_recipient_names[] = { "To", "Cc", "Bcc", NULL };

/* --- lines */

size_t raw_line_len(sqb_str s)
{
	size_t n = 0;

	while (n < s.len && s.ptr[n] != '\n' && s.ptr[n] != '\r')
		n++;
	if (n + 1 < s.len && s.ptr[n] == '\r' && s.ptr[n + 1] == '\n')
		n++;
	return n < s.len ? n + 1 : n;
}

/* field-name = 1*ftext; ftext = %d33-57 / %d59-126   RFC 5322, 3.6.8 */
static size_t name_len(sqb_str line)
{
	size_t n = 0;

	while (n < line.len && line.ptr[n] > ' ' && line.ptr[n] < 127 &&
	    line.ptr[n] != ':')
		n++;
	return n;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* optional-field = field-name ":" …; obs-optional has blanks before it */
bool raw_line_is_field(sqb_str line)
{
	size_t n = name_len(line), colon = n;

	while (colon < line.len && is_blank(line.ptr[colon]))
		colon++;
	return n > 0 && colon < line.len && line.ptr[colon] == ':';
}

/* --- fields */

bool raw_field_next(sqb_str *rest, raw_field *f)
{
	size_t n = 0;

	if (rest->len == 0)
		return false;
	do
		n += raw_line_len((sqb_str){ rest->ptr + n, rest->len - n });
	while (n < rest->len && is_blank(rest->ptr[n]));
	f->whole = (sqb_str){ rest->ptr, n };
	f->name = (sqb_str){ rest->ptr, raw_line_is_field(f->whole) ?
	    name_len(f->whole) : 0 };
	*rest = (sqb_str){ rest->ptr + n, rest->len - n };
	return true;
}

sqb_str raw_field_value(const raw_field *f)
{
	const char *colon = memchr(f->whole.ptr, ':', f->whole.len);
	size_t n = colon ? (size_t)(colon - f->whole.ptr) + 1 : f->whole.len;

	return (sqb_str){ f->whole.ptr + n, f->whole.len - n };
}

static const char resent[] = "Resent-";

enum { N_RESENT = sizeof(resent) - 1 };

bool raw_field_is_resent(const raw_field *f)
{
	return f->name.len > N_RESENT && sqb_str_eq_nocase(
	    (sqb_str){ f->name.ptr, N_RESENT }, sqb_str_of(resent));
}

sqb_str raw_field_base(const raw_field *f)
{
	size_t skip = raw_field_is_resent(f) ? N_RESENT : 0;

	return (sqb_str){ f->name.ptr + skip, f->name.len - skip };
}

bool raw_field_is_among(const raw_field *f, const char *const *names)
{
	sqb_str name = raw_field_base(f);

	for (; *names; names++)
		if (sqb_str_eq_nocase(name, sqb_str_of(*names)))
			return true;
	return false;
}

/* --- who sends it to whom */

raw_block raw_block_find(sqb_str header)
{
	sqb_str rest = header, block = { NULL, 0 };
	raw_field f;

	while (raw_field_next(&rest, &f)) {
		if (raw_field_is_resent(&f) && !block.ptr)
			block.ptr = f.whole.ptr;
		else if (!raw_field_is_resent(&f) && block.ptr)
			break;
		if (block.ptr)
			block.len += f.whole.len;
	}
	return (raw_block){ block.ptr ? block : header, block.ptr != NULL };
}

bool raw_block_next(raw_block *rest, const char *const *names, sqb_str *value)
{
	raw_field f;

	while (raw_field_next(&rest->fields, &f))
		if (raw_field_is_resent(&f) == rest->resent &&
		    raw_field_is_among(&f, names)) {
			*value = raw_field_value(&f);
			return true;
		}
	return false;
}

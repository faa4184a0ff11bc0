/*
 * Media types (RFC 2045, section 5.1), dispositions (RFC 2183) and transfer
 * encodings: the tokens at the front of such fields, comments skipped. What
 * follows them is read in params.c.
 */
#include "mime/content_type.h"

#include "mime/header.h"

#include <string.h>

/* comment = "(" *(ctext / quoted-pair / comment) ")" at the front of s */
static size_t comment_length(sqb_str s)
{
	size_t depth = 0, i;

	for (i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\\' && i + 1 < s.len)
			i++;
		else if (s.ptr[i] == '(')
			depth++;
		else if (s.ptr[i] == ')' && --depth == 0)
			return i + 1;
	}
	return s.len;
}

sqb_str sqb__skip_cfws(sqb_str s)
{
	while (s.len > 0) {
		if (sqb__is_space(s.ptr[0]))
			s = sqb__str_from(s, 1);
		else if (s.ptr[0] == '(')
			s = sqb__str_from(s, comment_length(s));
		else
			break;
	}
	return s;
}

/* Not tspecials of RFC 2045, and not what is no character of ASCII. */
static bool is_token(char c)
{
	static const bool special[128] = {
		['('] = true, [')'] = true, ['<'] = true, ['>'] = true,
		['@'] = true, [','] = true, [';'] = true, [':'] = true,
		['\\'] = true, ['"'] = true, ['/'] = true, ['['] = true,
		[']'] = true, ['?'] = true, ['='] = true,
	};

	return c > ' ' && c < 0x7f && !special[(unsigned char)c];
}

sqb_str sqb__token_read(sqb_str *body)
{
	sqb_str s = sqb__skip_cfws(*body);
	size_t n = 0;

	while (n < s.len && is_token(s.ptr[n]))
		n++;
	*body = sqb__str_from(s, n);
	return (sqb_str){ s.ptr, n };
}

static bool is(sqb_str s, const char *word)
{
	return sqb_str_eq_nocase(s, sqb_str_of(word));
}

/* What a type without subtype is meant to be; NULL: nobody knows. */
static const char *default_subtype(sqb_str type)
{
	return is(type, "text") ? "plain" : is(type, "multipart") ? "mixed" :
	    NULL;
}

sqb__media sqb__media_read(sqb_str body)
{
	sqb__media t = { .bad = true };

	t.type = sqb__token_read(&body);
	t.params = sqb__skip_cfws(body);
	if (t.params.len > 0 && t.params.ptr[0] == '/') {
		t.params = sqb__str_from(t.params, 1);
		t.subtype = sqb__token_read(&t.params);
	}
	if (t.type.len > 0 && t.subtype.len > 0)
		t.bad = false;
	else if (t.type.len > 0 && default_subtype(t.type))
		t.subtype = sqb_str_of(default_subtype(t.type));
	else
		t.type = (sqb_str)SQB_STR("text");
	if (t.subtype.len == 0 || (t.bad && is(t.type, "text")))
		t.subtype = (sqb_str)SQB_STR("plain");
	return t;
}

sqb_part_type sqb__media_class(const sqb__media *t)
{
	static const struct {
		const char *type, *subtype;	/* NULL: any other */
		sqb_part_type class;
	} classes[] = {
		{ "text", "plain", SQB_PART_TEXT_PLAIN },
		{ "text", "html", SQB_PART_TEXT_HTML },
		{ "text", "calendar", SQB_PART_CALENDAR },
		{ "text", NULL, SQB_PART_TEXT },
		{ "message", "rfc822", SQB_PART_MESSAGE },
		{ "message", "global", SQB_PART_MESSAGE },
		{ "multipart", "alternative", SQB_PART_ALTERNATIVE },
		{ "multipart", "related", SQB_PART_RELATED },
		{ "multipart", "digest", SQB_PART_DIGEST },
		{ "multipart", "signed", SQB_PART_SIGNED },
		{ "multipart", "report", SQB_PART_REPORT },
		{ "multipart", NULL, SQB_PART_MIXED },
	};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (is(t->type, classes[i].type) && (!classes[i].subtype ||
		    is(t->subtype, classes[i].subtype)))
			return classes[i].class;
	return SQB_PART_OTHER;
}

sqb_encoding sqb__encoding_read(sqb_str body)
{
	static const struct {
		const char *name;
		sqb_encoding encoding;
	} names[] = {
		{ "", SQB_ENCODING_7BIT },
		{ "7bit", SQB_ENCODING_7BIT },
		{ "8bit", SQB_ENCODING_8BIT },
		{ "binary", SQB_ENCODING_BINARY },
		{ "quoted-printable", SQB_ENCODING_QP },
		{ "base64", SQB_ENCODING_BASE64 },
		{ "x-uuencode", SQB_ENCODING_UUENCODE },
		{ "x-uue", SQB_ENCODING_UUENCODE },
		{ "uuencode", SQB_ENCODING_UUENCODE },
	};
	sqb_str word = sqb__token_read(&body);

	if (word.len == 0 && body.len > 0)
		return SQB_ENCODING_UNKNOWN;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is(word, names[i].name))
			return names[i].encoding;
	return SQB_ENCODING_UNKNOWN;
}

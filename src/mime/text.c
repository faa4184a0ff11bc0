/*
 * Leaves as text, RFC 2046, section 4.1.2. The charset is the one that is
 * named; where none is, or one that cannot be true, it is found out.
 */
#include "mime/message.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "text/html.h"

#include <string.h>

/* What a leaf is read as, and what is odd about that. */
typedef struct reading {
	sqb__charset charset;
	bool guessed, unknown;
} reading;

static bool has_multibyte(sqb_str s)
{
	size_t n;
	uint32_t c;

	while ((n = sqb__ascii_len(s)) < s.len) {
		s = sqb__str_from(s, n);
		if (sqb__utf8_decode(s, &c) > 0)
			return true;
		s = sqb__str_from(s, sqb__utf8_broken(s));
	}
	return false;
}

/* Whether bytes may be in the charset that is named. */
static bool is_plausible(sqb__charset named, sqb_str bytes)
{
	if (named == SQB__CHARSET_UTF_8)
		return sqb__utf8_valid(bytes) || has_multibyte(bytes);
	if (named != SQB__CHARSET_ASCII && named != SQB__CHARSET_UNKNOWN)
		return true;
	return sqb__ascii_len(bytes) == bytes.len &&
	    !memchr(bytes.ptr, 0x1b, bytes.len);
}

static reading choose(sqb_message *m, size_t i, sqb_str bytes)
{
	const char *label = sqb_part_param(m, i, "charset");
	reading r = { .charset = sqb__charset_find(sqb_str_of(label)) };

	r.unknown = r.charset == SQB__CHARSET_UNKNOWN && label[0] != '\0';
	if (r.charset == SQB__CHARSET_UNKNOWN &&
	    sqb_message_part(m, i)->type == SQB_PART_TEXT_HTML)
		r.charset = sqb__charset_find(sqb__html_charset(bytes));
	if (bytes.len > 0 && !is_plausible(r.charset, bytes)) {
		r.guessed = true;
		r.charset = sqb__charset_detect(bytes);
	} else if (r.charset == SQB__CHARSET_UNKNOWN) {
		r.charset = SQB__CHARSET_ASCII;
	}
	return r;
}

static sqb_str without_mark(sqb_str s)
{
	return s.len >= 3 && !memcmp(s.ptr, "\xef\xbb\xbf", 3) ?
	    sqb__str_from(s, 3) : s;
}

static int decode(sqb_message *m, size_t i, sqb_str bytes, reading r,
    sqb_text *t)
{
	sqb__buf *out = sqb__keep_begin(m);
	bool good;

	if (!out)
		return SQB_E_NOMEM;
	good = sqb__charset_decode(m->decoders, r.charset, bytes, out);
	sqb__keep_end(m, out);
	if (out->failed && out->max / 4 < bytes.len) {
		sqb__defect_add(m, SQB_DEFECT_LONG_CONTENT, i,
		    (size_t)sqb_message_part(m, i)->body);
		return SQB_E_LIMIT;
	}
	if (out->failed)
		return SQB_E_NOMEM;
	if (!good)
		sqb__defect_add(m, SQB_DEFECT_BAD_TEXT, i,
		    (size_t)sqb_message_part(m, i)->body);
	t->problem |= !good;
	t->text = without_mark(sqb__buf_str(out));
	return SQB_OK;
}

static int read_text(sqb_message *m, size_t i, sqb__body *b)
{
	sqb_str bytes;
	int result = sqb_part_content(m, i, &bytes);
	reading r;

	if (result != SQB_OK)
		return result;
	r = choose(m, i, bytes);
	b->text = (sqb_text){ .charset = sqb__charset_name(r.charset),
	    .guessed = r.guessed, .problem = r.unknown || b->broken ||
	    sqb_message_part(m, i)->encoding == SQB_ENCODING_UNKNOWN };
	if (r.charset <= SQB__CHARSET_UTF_8 && sqb__utf8_valid(bytes))
		b->text.text = without_mark(bytes);
	else
		result = decode(m, i, bytes, r, &b->text);
	if (result == SQB_OK && r.unknown)
		sqb__defect_add(m, SQB_DEFECT_UNKNOWN_CHARSET, i,
		    (size_t)sqb_message_part(m, i)->header);
	return result;
}

int sqb_part_text(sqb_message *m, size_t i, sqb_text *text)
{
	sqb__body *b = sqb__part_body_row(m, i);
	int result = b ? SQB_OK : SQB_E_NOMEM;

	*text = (sqb_text){ .charset = "" };
	if (b && !b->has_text)
		result = read_text(m, i, b);
	if (result != SQB_OK)
		return result;
	b->has_text = true;
	*text = b->text;
	return SQB_OK;
}

/*
 * Parameters of fields that are written, RFC 2045, section 5.1 and RFC 2231.
 * A value that is short and plain is a quoted string; any other is percent-
 * encoded UTF-8, over as many segments as it needs, no character cut. Readers
 * that do not know this form get encoded words in quotes elsewhere, which RFC
 * 2047 forbids and all of them read.
 */
#include "mime/compose.h"

#include "base/ascii.h"
#include "base/scan.h"
#include "base/utf8.h"
#include "mime/content_type.h"
#include "mime/params.h"
#include "text/encoded_word.h"

#include <string.h>

enum {
	MAX_PLAIN = 57,		/* octets of a value with its quotes */
	MAX_SEGMENT = 54,	/* encoded octets of a value in one segment */
	MAX_ATTRIBUTE = 40,	/* octets of the name of a parameter … */
	MAX_TYPE = 127		/* … and of a type with its subtype */
};

static bool has_coded(sqb_str s)
{
	return s.len > 1 && sqb__find_pair(s.ptr, s.ptr + s.len - 1, '=', '?');
}

/* Whether a quoted string will do: readers drop blanks at its ends. */
static bool is_short(sqb_str s)
{
	return s.len > 0 && sqb__quoted_len(s) <= MAX_PLAIN &&
	    sqb__printable_len(s) == s.len && !has_coded(s) &&
	    s.ptr[0] != ' ' && s.ptr[s.len - 1] != ' ';
}

/* attribute-char, RFC 2231, section 7 */
static bool is_attribute_char(char c)
{
	return sqb__is_letter(c) || sqb__is_digit(c) ||
	    (c != '\0' && strchr("!#$&+-.^_`{|}~", c));
}

static size_t put_percent(char *out, sqb_str s)
{
	static const char hex[16] = { "0123456789ABCDEF" };
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (is_attribute_char(s.ptr[i])) {
			out[n++] = s.ptr[i];
			continue;
		}
		out[n++] = '%';
		out[n++] = hex[c >> 4];
		out[n++] = hex[c & 15];
	}
	return n;
}

/* One segment of what is at the front of s; how much of s that is. */
static size_t put_segment(char out[MAX_SEGMENT + 12], size_t *n, sqb_str s)
{
	size_t taken = 0;

	while (taken < s.len) {
		char one[12];
		uint32_t c;
		size_t len = sqb__utf8_decode(sqb__str_from(s, taken), &c);
		size_t size;

		len = len > 0 ? len : 1;
		size = put_percent(one, (sqb_str){ s.ptr + taken, len });
		if (*n + size > MAX_SEGMENT)
			break;
		memcpy(out + *n, one, size);
		*n += size;
		taken += len;
	}
	return taken;
}

/* name*="utf-8''…", or name*0*=…; name*1*=… */
static void add_extended(sqb__fold *f, const char *name, sqb_str value)
{
	char text[MAX_SEGMENT + 12];
	sqb__buf word;
	size_t n = 7, taken;
	bool many;

	sqb__buf_init(&word, f->out->allocator, 4096);
	memcpy(text, "utf-8''", n);
	taken = put_segment(text, &n, value);
	many = taken < value.len;
	for (uint64_t i = 0; i == 0 || value.len > 0; i++) {
		if (i > 0) {
			n = 0;
			taken = put_segment(text, &n, value);
			sqb__fold_mark(f, ";");
		}
		sqb__buf_reset(&word);
		sqb__buf_add_c(&word, name);
		sqb__buf_add_char(&word, '*');
		if (many) {
			sqb__buf_add_uint(&word, i);
			sqb__buf_add_char(&word, '*');
		}
		sqb__buf_add_char(&word, '=');
		sqb__buf_add(&word, (sqb_str){ text, n });
		if (word.failed) {
			f->out->failed = true;
			break;
		}
		sqb__fold_word(f, sqb__buf_str(&word));
		value = sqb__str_from(value, taken);
	}
	sqb__buf_clear(&word);
}

/*
 * token, RFC 2045, section 5.1; but not with "'", for which Python's email
 * looks as in RFC 2231.
 */
static bool is_token(sqb_str s)
{
	sqb_str rest = s;

	return s.len > 0 && sqb__token_read(&rest).ptr == s.ptr &&
	    rest.len == 0 && !memchr(s.ptr, '\'', s.len);
}

/* name=value or name="value" as one word. */
static void add_plain(sqb__fold *f, const char *name, sqb_str value)
{
	sqb__buf word;

	sqb__buf_init(&word, f->out->allocator, 4096);
	sqb__buf_add_c(&word, name);
	sqb__buf_add_char(&word, '=');
	if (is_token(value))
		sqb__buf_add(&word, value);
	else
		sqb__buf_add_quoted(&word, value);
	if (word.failed)
		f->out->failed = true;
	else
		sqb__fold_word(f, sqb__buf_str(&word));
	sqb__buf_clear(&word);
}

void sqb__fold_param(sqb__fold *f, const char *name, sqb_str value)
{
	sqb__fold_mark(f, ";");
	if (is_short(value))
		add_plain(f, name, value);
	else
		add_extended(f, name, value);
}

void sqb__fold_param_old(sqb__fold *f, const char *name, sqb_str value)
{
	char how = sqb__encoding_of_words(value);
	bool first = true;
	sqb__buf word;

	sqb__fold_mark(f, ";");
	if (is_short(value)) {
		add_plain(f, name, value);
		return;
	}
	sqb__buf_init(&word, f->out->allocator, 4096);
	while (value.len > 0 && !word.failed) {
		size_t n;

		sqb__buf_reset(&word);
		if (first) {
			sqb__buf_add_c(&word, name);
			sqb__buf_add_c(&word, "=\"");
		}
		first = false;
		n = sqb__encode_word(&word, value, how, 64);
		value = sqb__str_from(value, n);
		if (value.len == 0)
			sqb__buf_add_char(&word, '"');
		if (!word.failed)
			sqb__fold_word(f, sqb__buf_str(&word));
	}
	if (word.failed)
		f->out->failed = true;
	sqb__buf_clear(&word);
}

/* attribute, RFC 2231, section 7 */
static bool is_attribute(sqb_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_attribute_char(s.ptr[i]))
			return false;
	return s.len <= MAX_ATTRIBUTE;
}

bool sqb__compose_is_type(const char *type)
{
	sqb__media m = sqb__media_read(sqb_str_of(type));
	sqb__params ps;

	if (m.bad || sqb__is_multipart(sqb__media_class(&m)) ||
	    m.type.len + m.subtype.len > MAX_TYPE)
		return false;
	if (m.params.len > 0 && m.params.ptr[0] != ';')
		return false;
	sqb__params_read(&ps, m.params);
	for (size_t i = 0; i < ps.n; i++)
		if (!is_attribute(ps.items[i].name))
			return false;
	return !ps.bad && !ps.duplicate && !ps.more;
}

sqb__part_kind sqb__compose_kind(const char *type)
{
	sqb__media m = sqb__media_read(sqb_str_of(type));
	sqb_part_type class = sqb__media_class(&m);

	if (class == SQB_PART_MESSAGE)
		return SQB__PART_MESSAGE;
	return class != SQB_PART_OTHER ||
	    sqb_str_eq_nocase(m.type, (sqb_str)SQB_STR("message")) ?
	    SQB__PART_TEXT : SQB__PART_DATA;
}

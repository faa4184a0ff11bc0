/*
 * Parameters of structured fields: RFC 2045, section 5.1, with the
 * continuations, charsets and percent-encoding of RFC 2231.
 *
 * Mail is read as it was meant: values without quotes may have blanks, a
 * quote that is not closed ends at the next ";", segments come in any order
 * and with gaps, and encoded words stand where they may not. No octet is
 * looked at more than a few times, whatever the field.
 */
#include "mime/params.h"

#include "base/ascii.h"
#include "mime/content_type.h"
#include "mime/header.h"

#include <string.h>

enum { MAX_SECTION = 9999 };

static sqb_str trim_end(sqb_str s)
{
	while (s.len > 0 && sqb__is_space(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

/* The first trouble of a kind is kept. */
static void note(const char **where, const char *p)
{
	if (!*where)
		*where = p;
}

/*
 * attribute ["*" section] ["*"]                RFC 2231, section 7
 *
 * Anything else with a "*" in it is a name.
 */
static void split_name(sqb__param *p, sqb_str s)
{
	const char *star = s.len > 0 ? memchr(s.ptr, '*', s.len) : NULL;
	size_t n = star ? (size_t)(star - s.ptr) : s.len;
	sqb_str mark = sqb__str_from(s, n);
	uint64_t section;

	p->name = s;
	p->section = -1;
	if (n == 0 || mark.len == 0)
		return;
	mark = sqb__str_from(mark, 1);
	if (mark.len > 0 && mark.ptr[mark.len - 1] == '*') {
		mark.len--;
		p->extended = true;
	} else if (mark.len == 0) {
		p->extended = true;
	}
	if (mark.len > 0 && sqb__parse_uint(mark, MAX_SECTION, &section))
		p->section = (int)section;
	else if (mark.len > 0 || s.len - n > 1)
		p->extended = false;
	if (p->extended || p->section >= 0)
		p->name.len = n;
}

/* Where the quoted-string that s is in closes; s.len: nowhere. */
static size_t find_quote(sqb_str s)
{
	size_t i = 0;

	while (i < s.len && s.ptr[i] != '"')
		i += s.ptr[i] == '\\' && i + 1 < s.len ? 2 : 1;
	return i;
}

/* A new line that begins with attribute "=": there ought to be a ";". */
static bool begins_param(sqb_str s)
{
	sqb_str rest;
	bool line = false;

	while (s.len > 0 && sqb__is_space(s.ptr[0])) {
		line = line || s.ptr[0] == '\n' || s.ptr[0] == '\r';
		s = sqb__str_from(s, 1);
	}
	rest = s;
	return line && s.len > 0 && s.ptr[0] != '(' &&
	    sqb__token_read(&rest).len > 0 && rest.len > 0 &&
	    rest.ptr[0] == '=';
}

/* Where a value without quotes ends. */
static size_t bare_length(sqb_str s)
{
	size_t i = 0;

	while (i < s.len && s.ptr[i] != ';') {
		bool space = sqb__is_space(s.ptr[i]);

		if (space && begins_param(sqb__str_from(s, i)))
			break;
		i++;
		while (space && i < s.len && sqb__is_space(s.ptr[i]))
			i++;
	}
	return i;
}

/* charset=us-ascii (Plain text): a comment at the end is none of it. */
static sqb_str drop_comment(sqb_str s)
{
	for (size_t i = 1; i < s.len; i++) {
		sqb_str rest = sqb__str_from(s, i);

		if (s.ptr[i] != '(' || !sqb__is_space(s.ptr[i - 1]))
			continue;
		if (sqb__skip_cfws(rest).len == 0)
			s.len = i;
		break;
	}
	return trim_end(s);
}

/* The value at the front of *s, which gets what is behind it. */
static void read_value(sqb__params *ps, sqb__param *p, sqb_str *s)
{
	sqb_str in = sqb__skip_cfws(*s);
	size_t n;

	if (in.len > 0 && in.ptr[0] == '"') {
		in = sqb__str_from(in, 1);
		n = ps->unclosed ? in.len : find_quote(in);
		if (n < in.len) {
			p->quoted = true;
			p->value = (sqb_str){ in.ptr, n };
			*s = sqb__str_from(in, n + 1);
			return;
		}
		ps->unclosed = true;	/* nor is any behind it */
		note(&ps->bad, in.ptr - 1);
	}
	n = bare_length(in);
	p->value = drop_comment((sqb_str){ in.ptr, n });
	*s = sqb__str_from(in, n);
}

static bool is_same(const sqb__param *a, const sqb__param *b)
{
	return a->section == b->section && sqb_str_eq_nocase(a->name, b->name)
	    && (a->section >= 0 || a->extended == b->extended);
}

/*
 * Whether readers may take one or the other: such as boundary and boundary*.
 * Of names of files senders give both, for readers that know one form.
 */
static bool is_rival(const sqb__param *a, const sqb__param *b)
{
	return sqb_str_eq_nocase(a->name, b->name) &&
	    ((a->section < 0) != (b->section < 0) ||
	    (a->section < 0 && a->extended != b->extended)) &&
	    (sqb_str_eq_nocase(a->name, (sqb_str)SQB_STR("boundary")) ||
	    sqb_str_eq_nocase(a->name, (sqb_str)SQB_STR("charset")));
}

static void add(sqb__params *ps, const sqb__param *p)
{
	for (size_t i = 0; i < ps->n; i++) {
		if (is_rival(&ps->items[i], p))
			note(&ps->duplicate, p->name.ptr);
		if (is_same(&ps->items[i], p)) {
			note(&ps->duplicate, p->name.ptr);
			return;
		}
	}
	ps->items[ps->n++] = *p;
}

/* What stands before "=", and the front of *s behind it. */
static sqb_str read_name(sqb_str *s)
{
	size_t n = 0;

	while (n < s->len && s->ptr[n] != '=' && s->ptr[n] != ';' &&
	    !sqb__is_space(s->ptr[n]))
		n++;
	*s = sqb__skip_cfws(sqb__str_from(*s, n));
	return (sqb_str){ s->ptr, n };
}

/* parameter = attribute "=" value, each behind a ";" that may be missing */
void sqb__params_read(sqb__params *ps, sqb_str s)
{
	ps->n = 0;
	ps->bad = ps->duplicate = ps->more = NULL;
	ps->unclosed = false;
	for (;;) {
		sqb__param p = { .section = -1 };
		const char *start;

		s = sqb__skip_cfws(s);
		if (s.len == 0)
			return;
		start = s.ptr;
		if (*start == ';') {
			s = sqb__str_from(s, 1);
			continue;
		}
		if (ps->n == SQB__MAX_PARAMS) {
			ps->more = start;
			return;
		}
		split_name(&p, (sqb_str){ start, read_name(&s).len });
		if (s.len == 0 || s.ptr[0] != '=' || p.name.len == 0)
			note(&ps->bad, start);
		if (s.len == 0 || s.ptr[0] != '=')
			continue;
		s = sqb__str_from(s, 1);
		read_value(ps, &p, &s);
		if (p.name.len > 0)
			add(ps, &p);
	}
}

/* ext-octet = "%" 2(DIGIT / "A" … "F")          RFC 2231, section 7 */
static int escaped(sqb_str s)
{
	int high, low;

	if (s.len < 3 || s.ptr[0] != '%')
		return -1;
	high = sqb__hex_value(s.ptr[1]);
	low = sqb__hex_value(s.ptr[2]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Line ends are folding, whatever they stand in. */
static void add_octets(const sqb__param *p, sqb_str s, sqb__buf *out)
{
	for (size_t i = 0; i < s.len; i++) {
		int octet = p->extended ? escaped(sqb__str_from(s, i)) : -1;
		bool quote = p->quoted && s.ptr[i] == '\\' && i + 1 < s.len;

		if (octet >= 0) {
			sqb__buf_add_char(out, (char)octet);
			i += 2;
		} else if (quote || !(s.ptr[i] == '\r' || s.ptr[i] == '\n')) {
			i += quote;
			sqb__buf_add_char(out, s.ptr[i]);
		}
	}
}

/* [charset] "'" [language] "'" at the front of *s goes. */
static void take_label(sqb_str *s, sqb_str *label)
{
	const char *end = s->ptr + s->len;
	const char *first = s->len > 0 ? memchr(s->ptr, '\'', s->len) : NULL;
	const char *second = first && first + 1 < end ?
	    memchr(first + 1, '\'', (size_t)(end - first - 1)) : NULL;

	if (!second)
		return;
	*label = (sqb_str){ s->ptr, (size_t)(first - s->ptr) };
	*s = sqb__str_from(*s, (size_t)(second + 1 - s->ptr));
}

/* The segment that follows number last; NULL: there is none. */
static const sqb__param *next_segment(const sqb__params *ps, sqb_str name,
    int last)
{
	const sqb__param *best = NULL;

	for (size_t i = 0; i < ps->n; i++) {
		const sqb__param *p = &ps->items[i];

		if (p->section > last && (!best || p->section < best->section)
		    && sqb_str_eq_nocase(p->name, name))
			best = p;
	}
	return best;
}

/* One that is no continuation. */
static const sqb__param *find(const sqb__params *ps, sqb_str name,
    bool extended)
{
	for (size_t i = 0; i < ps->n; i++) {
		const sqb__param *p = &ps->items[i];

		if (p->section < 0 && p->extended == extended &&
		    sqb_str_eq_nocase(p->name, name))
			return p;
	}
	return NULL;
}

bool sqb__param_octets(const sqb__params *ps, const char *name,
    sqb__buf *out, sqb_str *label, bool *extended)
{
	sqb_str n = sqb_str_of(name), value;
	const sqb__param *p = find(ps, n, true);

	if (!p)
		p = next_segment(ps, n, -1);
	if (!p)
		p = find(ps, n, false);
	*extended = p && p->extended;
	*label = (sqb_str){ NULL, 0 };
	if (!p)
		return false;
	value = p->value;
	if (p->extended)
		take_label(&value, label);
	add_octets(p, value, out);
	while (p->section >= 0 && (p = next_segment(ps, n, p->section))) {
		*extended = *extended || p->extended;
		add_octets(p, p->value, out);
	}
	return true;
}

bool sqb__param_text(const sqb__params *ps, const char *name,
    sqb__reading r, sqb__buf *out)
{
	size_t before = out->end;
	bool found, extended;
	sqb__buf octets;
	sqb_str label;

	sqb__buf_init(&octets, out->allocator, SIZE_MAX / 4);
	found = sqb__param_octets(ps, name, &octets, &label, &extended);
	if (octets.failed) {
		out->failed = true;
	} else if (extended) {
		sqb__charset_decode(r.decoders, sqb__charset_find(label),
		    sqb__buf_str(&octets), out);
		sqb__make_safe(out, before);
	} else {
		sqb__header_text(sqb__buf_str(&octets), r, out);
	}
	sqb__buf_clear(&octets);
	return found;
}

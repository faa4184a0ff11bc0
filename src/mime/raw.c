/*
 * Header text in octets that are no UTF-8, which no RFC allows and many a
 * mailer wrote. The first of these that can be true says what it is in: the
 * charset that its part names, or the first part in that one which does; the
 * same of the whole message; what libuchardet makes of all such fields
 * together, asked once a message for it takes its time; windows-1252.
 *
 * Here SQB__CHARSET_UNKNOWN means that memory is short, and
 * SQB__CHARSET_ASCII that the answer is not found in this way.
 */
#include "mime/raw.h"

#include "base/ascii.h"
#include "base/scan.h"
#include "base/utf8.h"
#include "mime/content_type.h"
#include "mime/message.h"

#include <string.h>

static const char REPLACEMENT[] = "\xef\xbf\xbd";	/* U+FFFD */

typedef struct sample {
	char octets[4096];
	size_t n;
} sample;

static sqb__charset if_usable(sqb__charset c)
{
	return c > SQB__CHARSET_UTF_8 && sqb__charset_has_ascii(c) ? c :
	    (sqb__charset)SQB__CHARSET_ASCII;
}

/* Whether all was read but a character that is cut at the end. */
static bool is_cut(sqb_str text)
{
	const char *end = text.ptr + text.len, *p = text.ptr;

	while ((p = sqb__find_pair(p, end, REPLACEMENT[0], REPLACEMENT[1])) &&
	    p + 3 <= end && p[2] != REPLACEMENT[2])
		p++;
	return p && p + 3 == end;
}

/* cut: the end may be missing, for c was found in such octets. */
static sqb__charset if_true(const sqb__reading *r, sqb_str text, bool cut,
    const sqb_allocator *a)
{
	sqb__charset c = r->raw;
	sqb__buf out;
	bool good;

	sqb__buf_init(&out, a, SIZE_MAX / 4);
	good = sqb__charset_decode(r->decoders, c, text, &out);
	if (out.failed)
		c = SQB__CHARSET_UNKNOWN;
	else if (!good && !(cut && is_cut(sqb__buf_str(&out))))
		c = SQB__CHARSET_ASCII;
	sqb__buf_clear(&out);
	return c;
}

static sqb__charset read_label(sqb_message *m, sqb_str content_type)
{
	sqb__charset c = SQB__CHARSET_ASCII;
	sqb__params ps;
	sqb__buf octets;
	sqb_str label;
	bool extended;

	sqb__params_read(&ps, sqb__media_read(content_type).params);
	sqb__buf_init(&octets, m->allocator, SIZE_MAX / 4);
	if (sqb__param_octets(&ps, "charset", &octets, &label, &extended))
		c = if_usable(sqb__charset_find(sqb__buf_str(&octets)));
	if (octets.failed)
		c = SQB__CHARSET_UNKNOWN;
	sqb__buf_clear(&octets);
	return c;
}

/* Without the table of fields, which a part may never need. */
static sqb__charset read_own(sqb_message *m, size_t i)
{
	sqb__header_walk w = { sqb_part_header(m, i), m->bare_cr };
	size_t n = sqb_message_part(m, i)->n_fields;
	sqb__field f;

	for (; n > 0 && sqb__header_next(&w, &f); n--) {
		if (!sqb_str_eq_nocase(f.name,
		    (sqb_str)SQB_STR("Content-Type")))
			continue;
		if (f.body.len > m->limits.max_field)
			f.body.len = m->limits.max_field;
		return read_label(m, f.body);
	}
	return SQB__CHARSET_ASCII;
}

static sqb__charset own_charset(sqb_message *m, size_t i)
{
	sqb__details *d = sqb__part_details(m, i);

	if (!d)
		return SQB__CHARSET_UNKNOWN;
	if (d->own_charset == SQB__CHARSET_UNKNOWN)
		d->own_charset = read_own(m, i);
	return d->own_charset;
}

static sqb__charset of_part(sqb_message *m, size_t i)
{
	sqb__details *d = sqb__part_details(m, i);
	size_t end = sqb_message_part(m, i)->next;
	sqb__charset c = SQB__CHARSET_ASCII;

	if (!d)
		return SQB__CHARSET_UNKNOWN;
	if (d->any_charset != SQB__CHARSET_UNKNOWN)
		return d->any_charset;
	for (size_t k = i; k < end && c == SQB__CHARSET_ASCII; k++)
		c = own_charset(m, k);
	if (!m->growing)
		d->any_charset = c;
	return c;
}

static sqb__charset of_message(sqb_message *m, size_t i)
{
	return i == 0 ? (sqb__charset)SQB__CHARSET_ASCII : of_part(m, 0);
}

/* A body that is too long begins with the octets in question. */
static void add_sample(sample *s, sqb_str body)
{
	size_t room = sizeof(s->octets) - s->n;

	if (sqb__utf8_valid(body) || room < 2)
		return;
	if (body.len >= room)
		body = sqb__str_from(body, sqb__ascii_len(body));
	if (body.len >= room)
		body.len = room - 1;
	memcpy(s->octets + s->n, body.ptr, body.len);
	s->n += body.len;
	s->octets[s->n++] = '\n';
}

static sqb__charset detect(const sample *s)
{
	sqb__charset c = if_usable(sqb__charset_detect((sqb_str){ s->octets,
	    s->n }));

	return c != SQB__CHARSET_ASCII ? c :
	    (sqb__charset)SQB__CHARSET_WINDOWS_1252;
}

static sqb__charset of_fields(sqb_message *m, size_t i)
{
	sample s = { .n = 0 };

	(void)i;
	if (m->detected != SQB__CHARSET_UNKNOWN)
		return m->detected;
	for (size_t k = 0; k < m->n_rows && s.n < sizeof(s.octets); k++) {
		sqb__header_walk w = { sqb_part_header(m, k), m->bare_cr };
		size_t left = sqb_message_part(m, k)->n_fields;
		sqb__field f;

		while (s.n < sizeof(s.octets) && left-- > 0 &&
		    sqb__header_next(&w, &f))
			add_sample(&s, f.body);
	}
	return m->detected = detect(&s);
}

sqb__reading sqb__reading_of(sqb_message *m, size_t i, sqb_str text)
{
	static sqb__charset (*const ways[])(sqb_message *m, size_t i) = {
		of_part, of_message, of_fields };
	sqb__reading r = { m->decoders, SQB__CHARSET_UTF_8 };

	if (sqb__utf8_valid(text))
		return r;
	for (size_t k = 0; k < sizeof(ways) / sizeof(ways[0]); k++) {
		r.raw = ways[k](m, i);
		if (r.raw > SQB__CHARSET_ASCII)
			r.raw = if_true(&r, text, ways[k] == of_fields,
			    m->allocator);
		if (r.raw != SQB__CHARSET_ASCII)
			return r;
	}
	r.raw = SQB__CHARSET_WINDOWS_1252;
	return r;
}

sqb__reading sqb__reading_alone(sqb_str text, sqb__decoders *d,
    const sqb_allocator *a)
{
	sqb__reading r = { d, SQB__CHARSET_UTF_8 };
	sample s = { .n = 0 };

	if (sqb__utf8_valid(text))
		return r;
	add_sample(&s, text);
	r.raw = detect(&s);
	r.raw = if_true(&r, text, true, a);
	if (r.raw == SQB__CHARSET_ASCII)
		r.raw = SQB__CHARSET_WINDOWS_1252;
	return r;
}

/*
 * The text of a message for people: what its bodies say, with html and
 * format=flowed undone, and how it begins.
 */
#include "mime/message.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "text/flowed.h"
#include "text/html.h"
#include "text/preview.h"

#include <string.h>

enum {
	MAX_PREVIEW = 256,		/* characters */
	MAX_PREVIEWED = 64 * 1024	/* octets that they are taken from */
};

static bool is_html(const sqb_message *m, size_t i)
{
	return sqb_message_part(m, i)->type == SQB_PART_TEXT_HTML;
}

static bool says(sqb_message *m, size_t i, const char *name, const char *value)
{
	return sqb_str_eq_nocase(sqb_str_of(sqb_part_param(m, i, name)),
	    sqb_str_of(value));
}

/* Octets of ASCII that any terminal can be given. */
static size_t ascii_len(sqb_str s)
{
	size_t n = 0, run;

	for (; n < s.len; n += run) {
		run = s.ptr[n] == '\n' || s.ptr[n] == '\t' ? 1 :
		    sqb__printable_len(sqb__str_from(s, n));
		if (run == 0)
			return n;
	}
	return n;
}

/* The same, and characters beyond ASCII. */
static size_t clean_len(sqb_str s)
{
	size_t n = ascii_len(s), run;

	while (n < s.len && !sqb__is_ascii(s.ptr[n])) {
		run = sqb__visible_run(sqb__str_from(s, n));
		if (run == 0)
			return n;
		n += run;
		n += ascii_len(sqb__str_from(s, n));
	}
	return n;
}

/*
 * Takes out what is not for a terminal, from the octet at from on, and makes
 * line ends LF.
 */
static void clean(sqb__buf *b, size_t from)
{
	size_t to = from, n;

	for (; from < b->end; from += n) {
		sqb_str s = { b->data + from, b->end - from };
		bool stays = true;
		uint32_t c;

		n = clean_len(s);
		if (n == 0 && s.ptr[0] == '\r') {
			n = 1;
			stays = s.len == 1 || s.ptr[1] != '\n';
			b->data[from] = '\n';
		} else if (n == 0) {
			stays = false;
			n = sqb__is_ascii(s.ptr[0]) ? 1 :
			    sqb__utf8_decode(s, &c);
			n = n > 0 ? n : 1;
		}
		if (stays && to < from)
			memmove(b->data + to, b->data + from, n);
		to += stays ? n : 0;
	}
	b->end = to;
}

/* Appends text, and has room for the NUL that closes it. */
static void add_closed(sqb__buf *out, sqb_str text)
{
	if (sqb__buf_reserve(out, text.len + 1))
		sqb__buf_add(out, text);
}

/* Appends text, which is that of leaf i, as a person reads it. */
static void add_plain(sqb_message *m, size_t i, sqb_str text, sqb__buf *out)
{
	size_t from = out->end;

	if (is_html(m, i)) {
		sqb__html_text(text, out);
		return;
	}
	if (says(m, i, "format", "flowed"))
		sqb__flowed_text(text, says(m, i, "delsp", "yes"), out);
	else
		add_closed(out, text);
	if (!out->failed)
		clean(out, from);
}

/* What was kept, closed with NUL. "": no memory. */
static const char *keep(sqb_message *m, sqb__buf *b)
{
	sqb__buf_add_char(b, '\0');
	sqb__keep_end(m, b);
	return b->failed ? "" : b->data;
}

static bool is_text(const sqb_message *m, size_t i)
{
	return sqb__is_text(sqb_message_part(m, i));
}

const char *sqb_part_plain(sqb_message *m, size_t i)
{
	sqb__body *b = is_text(m, i) ? sqb__part_body_row(m, i) : NULL;
	sqb_text t;
	sqb__buf *out;

	if (!b || b->plain)
		return b ? b->plain : "";
	if (sqb_part_text(m, i, &t) != SQB_OK)
		return "";
	out = sqb__keep_begin(m);
	if (!out)
		return "";
	add_plain(m, i, t.text, out);
	b->plain = keep(m, out);
	return b->plain;
}

/* The bodies that are text in one, an empty line between them. */
static const char *join_text(sqb_message *m, const sqb_bodies *b)
{
	sqb__buf *out = sqb__keep_begin(m);

	if (!out)
		return "";
	for (size_t i = 0; i < b->n_text; i++) {
		sqb_str text = sqb_str_of(sqb_part_plain(m, b->text[i]));

		if (text.len == 0)
			continue;
		if (sqb__buf_len(out) > 0)
			sqb__buf_add_c(out, out->data[out->end - 1] == '\n' ?
			    "\n" : "\n\n");
		sqb__buf_add(out, text);
	}
	return keep(m, out);
}

const char *sqb_message_text(sqb_message *m)
{
	const sqb_bodies *b = sqb_message_bodies(m, 0);

	if (!m->text && b)
		m->text = b->n_text == 1 ? sqb_part_plain(m, b->text[0]) :
		    join_text(m, b);
	return m->text ? m->text : "";
}

static const char *join_html(sqb_message *m, const sqb_bodies *b)
{
	sqb__buf *out = sqb__keep_begin(m);
	sqb_text t;

	if (!out)
		return "";
	for (size_t i = 0; i < b->n_html; i++)
		if (is_html(m, b->html[i]) &&
		    sqb_part_text(m, b->html[i], &t) == SQB_OK)
			sqb__buf_add(out, t.text);
	for (size_t i = 0; i < out->end && !out->failed; i++)
		if (out->data[i] == '\0')
			out->data[i] = ' ';
	return keep(m, out);
}

const char *sqb_message_html(sqb_message *m)
{
	const sqb_bodies *b = sqb_message_bodies(m, 0);

	if (!m->html && b)
		m->html = join_html(m, b);
	return m->html ? m->html : "";
}

/* The preview of the first body with text. NULL: memory is short. */
static const char *preview(sqb_message *m, const sqb_bodies *bodies)
{
	sqb__buf text, out;
	const char *made;
	sqb_text t;

	sqb__buf_init(&text, m->allocator, SIZE_MAX / 4);
	sqb__buf_init(&out, m->allocator, SIZE_MAX / 4);
	for (size_t i = 0; i < bodies->n_text && out.end == 0; i++) {
		if (!is_text(m, bodies->text[i]) ||
		    sqb_part_text(m, bodies->text[i], &t) != SQB_OK)
			continue;
		sqb__buf_reset(&text);
		add_plain(m, bodies->text[i],
		    sqb__utf8_cut(t.text, MAX_PREVIEWED), &text);
		sqb__preview(sqb__buf_str(&text), MAX_PREVIEW, &out);
	}
	made = text.failed || out.failed ? NULL :
	    sqb__arena_copy(&m->arena, sqb__buf_str(&out));
	sqb__buf_clear(&text);
	sqb__buf_clear(&out);
	return made;
}

const char *sqb_message_preview(sqb_message *m, size_t root)
{
	const sqb_bodies *bodies = sqb_message_bodies(m, root);
	sqb__body *b = bodies ? sqb__part_body_row(m, root) : NULL;

	if (b && !b->preview)
		b->preview = preview(m, bodies);
	return b && b->preview ? b->preview : "";
}

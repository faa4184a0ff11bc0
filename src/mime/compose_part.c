/* What goes into a message that is written: texts and attachments. */
#include "mime/compose.h"

#include "base/ascii.h"
#include "base/options.h"
#include "base/utf8.h"

#include <string.h>

enum { MAX_FILE_NAME = 1000, MAX_TEXT = 2000 };	/* octets */

/* UTF-8 without NUL, to an empty buffer, with a line end at its end. */
static int take(sqb_compose *c, sqb__buf *to, sqb_str text)
{
	if ((text.len > 0 && memchr(text.ptr, '\0', text.len)) ||
	    !sqb__utf8_valid(text))
		return sqb__compose_error(c, SQB_E_USAGE,
		    "a text has NUL in it, or is no UTF-8");
	sqb__buf_add(to, text);
	if (text.len > 0 && text.ptr[text.len - 1] != '\n' &&
	    text.ptr[text.len - 1] != '\r')
		sqb__buf_add_c(to, "\r\n");
	return to->failed ? sqb__compose_no_memory(c) : SQB_OK;
}

int sqb_compose_text(sqb_compose *c, sqb_str text)
{
	int code = sqb__compose_check(c);

	if (code != SQB_OK)
		return code;
	if (c->has_text)
		return sqb__compose_error(c, SQB_E_USAGE, "a second text");
	c->has_text = true;
	return take(c, &c->text, text);
}

int sqb_compose_html(sqb_compose *c, sqb_str html, bool make_text)
{
	int code = sqb__compose_check(c);

	if (code != SQB_OK)
		return code;
	if (c->has_html)
		return sqb__compose_error(c, SQB_E_USAGE, "a second html");
	c->has_html = true;
	c->make_text = make_text;
	return take(c, &c->html, html);
}

/* token, RFC 2045, section 5.1 */
static bool is_token(sqb_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= ' ' || s.ptr[i] >= 0x7f ||
		    strchr("()<>@,;:\\\"/[]?=", s.ptr[i]))
			return false;
	return s.len > 0 && s.len <= 60;
}

int sqb_compose_calendar(sqb_compose *c, sqb_str object, const char *method)
{
	sqb__buf text;
	char *copy;
	int code = sqb__compose_check(c);

	if (code != SQB_OK)
		return code;
	if (c->method)
		return sqb__compose_error(c, SQB_E_USAGE, "a second calendar");
	if (!is_token(sqb_str_of(method)))
		return sqb__compose_error(c, SQB_E_USAGE,
		    "no method of a calendar can be so called");
	sqb__buf_init(&text, c->allocator, SIZE_MAX / 4);
	code = take(c, &text, object);
	copy = code == SQB_OK ? sqb__compose_copy(c, sqb__buf_str(&text)) :
	    NULL;
	c->calendar_part.bytes = (sqb_str){ copy, sqb__buf_len(&text) };
	sqb__buf_clear(&text);
	c->method = copy ? sqb__compose_copy(c, sqb_str_of(method)) : NULL;
	return c->error.code;
}

/* The last component of a path of any system. */
static sqb_str base_name(sqb_str path)
{
	size_t at = path.len;

	while (at > 0 && path.ptr[at - 1] != '/' && path.ptr[at - 1] != '\\')
		at--;
	return sqb__str_from(path, at);
}

/* A copy of what may be "", if it is text of at most max octets. */
static int copy_text(sqb_compose *c, const char **out, const char *given,
    size_t max)
{
	sqb_str s = sqb_str_of(given);

	if (s.len == 0)
		return SQB_OK;
	if (!sqb__compose_is_text(s) || s.len > max)
		return sqb__compose_error(c, SQB_E_USAGE, "attachment: a line "
		    "end, no UTF-8, or too long");
	*out = sqb__compose_copy(c, s);
	return c->error.code;
}

/* A Content-ID is an id without < and >: RFC 2045, section 7 */
static bool is_content_id(const char *id)
{
	sqb_str s = sqb_str_of(id);

	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= ' ' || s.ptr[i] >= 0x7f ||
		    s.ptr[i] == '<' || s.ptr[i] == '>')
			return false;
	return s.len > 0 && s.len <= SQB__FOLD_WORD;
}

static int take_strings(sqb_compose *c, sqb__part_in *p,
    const sqb_attachment *a)
{
	sqb_str name = base_name(sqb_str_of(a->name));

	p->type = a->type ? a->type : sqb__media_type_of(name);
	if (!sqb__compose_is_text(sqb_str_of(p->type)) ||
	    !sqb__compose_is_type(p->type))
		return sqb__compose_error(c, SQB_E_USAGE,
		    "attachment: no such media type can be");
	if (a->content_id && !is_content_id(a->content_id))
		return sqb__compose_error(c, SQB_E_USAGE,
		    "attachment: no such content id can be");
	p->kind = sqb__compose_kind(p->type);
	if (copy_text(c, &p->type, p->type, MAX_TEXT) == SQB_OK &&
	    copy_text(c, &p->name, name.ptr, MAX_FILE_NAME) == SQB_OK &&
	    copy_text(c, &p->description, a->description, MAX_TEXT) == SQB_OK)
		copy_text(c, &p->content_id, a->content_id, MAX_TEXT);
	return c->error.code;
}

static int add_part(sqb_compose *c, const sqb__part_in *given)
{
	sqb__part_in *p;

	if (c->n_parts == c->o.max_parts)
		return sqb__compose_error(c, SQB_E_LIMIT,
		    "there are too many attachments");
	p = sqb__arena_alloc(&c->arena, sizeof(*p));
	if (!p)
		return sqb__compose_no_memory(c);
	*p = *given;
	*(c->last_part ? &c->last_part->next : &c->parts) = p;
	c->last_part = p;
	c->n_parts++;
	return SQB_OK;
}

int sqb_compose_attach(sqb_compose *c, const sqb_attachment *given)
{
	sqb_attachment a = { .size = sizeof(a) };
	sqb__part_in p = { .disposition = "attachment" };
	int code = sqb__compose_check(c);

	sqb__options_copy(&a, sizeof(a), given);
	p.bytes = a.bytes;
	p.has_source = a.source;
	if (a.source)
		p.source = *a.source;
	if (code == SQB_OK)
		code = take_strings(c, &p, &a);
	if (code == SQB_OK && a.content_id)
		p.disposition = "inline";
	if (code == SQB_OK)
		code = add_part(c, &p);
	if (code != SQB_OK && p.has_source && p.source.close)
		p.source.close(p.source.ctx);
	return code;
}

int sqb_compose_attach_message(sqb_compose *c, sqb_str message)
{
	sqb__part_in p = { .kind = SQB__PART_MESSAGE, .bytes = message,
	    .type = "message/rfc822", .disposition = "attachment" };
	int code = sqb__compose_check(c);

	return code == SQB_OK ? add_part(c, &p) : code;
}

/*
 * Messages that go on to others: whole, as an attachment, or in what we write.
 * Then its text is text, of html too: a stranger's markup does not go on.
 */
#include "mime/compose_answer.h"

#include "base/utf8.h"
#include "text/quote.h"

#include <string.h>

enum {
	MAX_NAME = 200,		/* octets of an attachment's name */
	MAX_DESCRIPTION = 1000,
	MAX_TYPE = 200		/* of its media type, and of a parameter */
};

/* "From: …" as text and as html, if there is one. */
static void add_field(sqb_compose *c, sqb_message *m, const char *name)
{
	const char *value = sqb_message_field(m, name, 0);

	if (*value == '\0')
		return;
	sqb__buf_add_c(&c->quote, name);
	sqb__buf_add_c(&c->quote, ": ");
	sqb__buf_add_c(&c->quote, value);
	sqb__buf_add_c(&c->quote, "\n");
	sqb__buf_add_c(&c->quote_html, "<br>\n<b>");
	sqb__buf_add_c(&c->quote_html, name);
	sqb__buf_add_c(&c->quote_html, ":</b> ");
	sqb__escape_html(sqb_str_of(value), &c->quote_html);
}

static int add_text(sqb_compose *c, sqb_message *m)
{
	static const char *const fields[] = { "From", "Date", "Subject", "To",
		"Cc" };
	static const char title[] = "-------- Forwarded message --------";
	sqb_str text = sqb_str_of(sqb_message_text(m));

	sqb__buf_add_c(&c->quote, "\n");
	sqb__buf_add_c(&c->quote, title);
	sqb__buf_add_c(&c->quote, "\n");
	sqb__buf_add_c(&c->quote_html, "<p>");
	sqb__buf_add_c(&c->quote_html, title);
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		add_field(c, m, fields[i]);
	sqb__buf_add_c(&c->quote, "\n");
	sqb__buf_add(&c->quote, text);
	if (text.len > 0 && text.ptr[text.len - 1] != '\n')
		sqb__buf_add_c(&c->quote, "\n");
	sqb__buf_add_c(&c->quote_html, "</p>\n");
	sqb__quote_html(text, 0, &c->quote_html);
	return c->quote.failed || c->quote_html.failed ?
	    sqb__compose_no_memory(c) : SQB_OK;
}

static bool is_short_token(const char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] >= 0x7f ||
		    strchr("()<>@,;:\\\"/[]?=", s[i]))
			return false;
	return n > 0 && n < MAX_TYPE;
}

/* The media type with what says how to read it; out is closed with NUL. */
static void add_type(sqb_message *m, size_t i, sqb__buf *out)
{
	static const char *const params[] = { "charset", "format", "delsp",
		"method" };
	const char *type = sqb_part_media_type(m, i);

	if (strlen(type) > MAX_TYPE || !sqb__compose_is_type(type) ||
	    !strncmp(type, "multipart/", 10) || (!strncmp(type, "message/", 8)
	    && strcmp(type, "message/rfc822") != 0))
		type = "application/octet-stream";
	sqb__buf_add_c(out, type);
	for (size_t k = 0; k < sizeof(params) / sizeof(*params); k++) {
		const char *value = sqb_part_param(m, i, params[k]);

		if (strncmp(type, "text/", 5) != 0 || !is_short_token(value))
			continue;
		sqb__buf_add_c(out, "; ");
		sqb__buf_add_c(out, params[k]);
		sqb__buf_add_c(out, "=");
		sqb__buf_add_c(out, value);
	}
	sqb__buf_add_char(out, '\0');
}

/* The name it had; one that is odd is made safe. */
static const char *name_of(sqb_message *m, size_t i)
{
	const char *name = sqb_part_name(m, i);

	if (*name == '\0')
		return NULL;
	return strlen(name) <= MAX_NAME ? name : sqb_part_safe_name(m, i);
}

static int attach_leaf(sqb_compose *c, sqb_message *m, size_t i)
{
	sqb_attachment a = { .size = sizeof(a), .name = name_of(m, i) };
	sqb_str about = sqb__utf8_cut(sqb_str_of(sqb_part_field(m, i,
	    "Content-Description", 0)), MAX_DESCRIPTION);
	sqb__buf type;
	int code = sqb_part_content(m, i, &a.bytes);

	if (code != SQB_OK)
		return sqb__compose_error(c, (sqb_code)code,
		    "an attachment of the message cannot be decoded");
	if (about.len > 0) {
		a.description = sqb__compose_copy(c, about);
		if (!a.description)
			return SQB_E_NOMEM;
	}
	sqb__buf_init(&type, c->allocator, (MAX_TYPE + 20) * 5);
	add_type(m, i, &type);
	a.type = type.data;
	code = type.failed ? sqb__compose_no_memory(c) :
	    sqb_compose_attach(c, &a);
	sqb__buf_clear(&type);
	return code;
}

static int attach(sqb_compose *c, sqb_message *m, size_t i)
{
	const sqb_part *part = sqb_message_part(m, i);

	return part->type == SQB_PART_MESSAGE && !sqb__is_leaf(part) ?
	    sqb_compose_attach_message(c, sqb_part_body(m, i)) :
	    attach_leaf(c, m, i);
}

/* Marks what is attached, and pictures and the like between texts. */
static bool mark_attachments(sqb_message *m, char *marks)
{
	const sqb_bodies *b = sqb_message_bodies(m, 0);

	if (!b)
		return false;
	for (size_t i = 0; i < b->n_text; i++)
		marks[b->text[i]] = !sqb__is_text(sqb_message_part(m,
		    b->text[i]));
	for (size_t i = 0; i < b->n_html; i++)
		marks[b->html[i]] = !sqb__is_text(sqb_message_part(m,
		    b->html[i]));
	for (size_t i = 0; i < b->n_attachments; i++)
		marks[b->attachments[i]] = 1;
	return true;
}

static int add_attachments(sqb_compose *c, sqb_message *m)
{
	size_t n = sqb_message_n_parts(m);
	char *marks = c->allocator->alloc(c->allocator->ctx, n);
	int code = SQB_OK;

	if (!marks)
		return sqb__compose_no_memory(c);
	memset(marks, 0, n);
	if (!mark_attachments(m, marks))
		code = sqb__compose_no_memory(c);
	for (size_t i = 0; code == SQB_OK && i < n; i++)
		if (marks[i])
			code = attach(c, m, i);
	c->allocator->free(c->allocator->ctx, marks);
	return code;
}

int sqb_compose_forward(sqb_compose *c, sqb_message *m, bool attached)
{
	int code = sqb__compose_check(c);

	if (code == SQB_OK)
		code = sqb__answer_subject(c, m, true);
	if (code == SQB_OK)
		code = sqb__answer_ids(c, m, false);
	if (code == SQB_OK && attached)
		return sqb_compose_attach_message(c, sqb_message_bytes(m));
	if (code == SQB_OK)
		code = add_text(c, m);
	return code == SQB_OK ? add_attachments(c, m) : code;
}

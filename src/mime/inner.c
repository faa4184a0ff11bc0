/*
 * Messages in leaves: what a leaf has in another form than MIME's becomes a
 * message of its own, which is parsed like any other.
 */
#include "mime/message.h"

#include "mime/content_type.h"
#include "mime/inline_files.h"
#include "mime/p7m.h"
#include "mime/tnef.h"
#include "text/charset.h"

#include <string.h>

enum { MAX_LEVEL = 8 };

static bool is_signed(sqb_message *m, size_t i)
{
	const char *type = sqb_part_media_type(m, i);

	return !strcmp(type, "application/pkcs7-mime") ||
	    !strcmp(type, "application/x-pkcs7-mime");
}

/* Many senders do not say more of it than its name. */
static bool is_tnef(sqb_message *m, size_t i)
{
	const char *type = sqb_part_media_type(m, i);

	return !strcmp(type, "application/ms-tnef") ||
	    !strcmp(type, "application/vnd.ms-tnef") ||
	    sqb_str_eq_nocase(sqb_str_of(sqb_part_name(m, i)),
	    (sqb_str)SQB_STR("winmail.dat"));
}

/* The texts between files were looked through for files of that kind. */
static sqb_inner_kind kind_of_text(const sqb_message *m)
{
	return m->found_as == SQB_INNER_YENC ? SQB_INNER_NONE :
	    m->found_as == SQB_INNER_UUENCODE ? SQB_INNER_YENC :
	    SQB_INNER_UUENCODE;
}

/* What leaf i may have in it, by what is said of it. */
static sqb_inner_kind kind_of(sqb_message *m, size_t i)
{
	const sqb_part *p = sqb_message_part(m, i);

	if (p->flags & SQB_PART_ENCODED)
		return SQB_INNER_ENCODED;
	if (p->type == SQB_PART_TEXT_PLAIN)
		return kind_of_text(m);
	if (p->type != SQB_PART_OTHER)
		return SQB_INNER_NONE;
	return is_signed(m, i) ? SQB_INNER_SIGNED : is_tnef(m, i) ?
	    SQB_INNER_TNEF : SQB_INNER_NONE;
}

/* The bytes of the message in it. False: there is none. */
static bool open_file(sqb_message *m, size_t i, sqb_inner_kind kind,
    sqb__buf *out)
{
	sqb_str content;

	if (sqb_part_content(m, i, &content) != SQB_OK)
		return false;
	return kind == SQB_INNER_SIGNED ? sqb__p7m_open(content, out) :
	    sqb__tnef_open(content, out);
}

static bool open_text(sqb_message *m, size_t i, sqb__buf *out)
{
	sqb_text t;

	return sqb_part_text(m, i, &t) == SQB_OK &&
	    sqb__inline_open(t.text, out);
}

/* A label that names no charset is not passed on: it is a stranger's text. */
static bool open_yenc(sqb_message *m, size_t i, sqb__buf *out)
{
	sqb__charset c = sqb__charset_find(sqb_str_of(sqb_part_param(m, i,
	    "charset")));
	sqb_str content;
	bool whole, found;

	if (sqb_part_content(m, i, &content) != SQB_OK)
		return false;
	found = sqb__inline_open_yenc(content, c == SQB__CHARSET_UNKNOWN ?
	    "" : sqb__charset_name(c), out, &whole);
	if (found && !whole)
		sqb__defect_add(m, SQB_DEFECT_YENC, i,
		    (size_t)sqb_message_part(m, i)->body);
	return found;
}

/* *kind is what was looked for, and says after what was found. */
static bool open_kind(sqb_message *m, size_t i, sqb_inner_kind *kind,
    sqb__buf *out)
{
	if (*kind == SQB_INNER_SIGNED || *kind == SQB_INNER_TNEF)
		return open_file(m, i, *kind, out);
	if (*kind == SQB_INNER_UUENCODE && open_text(m, i, out))
		return true;
	*kind = SQB_INNER_YENC;
	return open_yenc(m, i, out);
}

static bool open_made(sqb_message *m, size_t i, sqb_inner_kind *kind,
    sqb_str *bytes)
{
	sqb__buf *out = sqb__keep_begin(m);

	if (!out)
		return false;
	if (!open_kind(m, i, kind, out) || out->failed) {
		if (out->failed && !m->no_memory)
			sqb__defect_add(m, SQB_DEFECT_LONG_CONTENT, i,
			    (size_t)sqb_message_part(m, i)->body);
		sqb__buf_clear(out);
		return false;
	}
	sqb__keep_end(m, out);
	*bytes = sqb__buf_str(out);
	return true;
}

/* Parts nest no deeper for being in a message in a message. */
static sqb_message *parse(sqb_message *m, size_t i, sqb_str bytes)
{
	sqb_message_options limits = m->limits;
	unsigned depth = sqb_message_part(m, i)->depth + 1u;
	sqb_message *inner;

	limits.allocator = m->allocator;
	limits.max_depth = limits.max_depth > depth ?
	    limits.max_depth - depth : 1;
	inner = sqb_message_parse(bytes, &limits);
	if (!inner)
		return NULL;
	inner->level = m->level + 1;
	inner->n_kept = m->n_kept;
	return inner;
}

/* Looked for once, whether it is found or not. */
static void look(sqb_message *m, size_t i, sqb__body *b)
{
	sqb_inner_kind kind = kind_of(m, i);
	sqb_str bytes;
	bool found;

	b->looked = true;
	found = kind == SQB_INNER_ENCODED ?
	    sqb_part_content(m, i, &bytes) == SQB_OK :
	    kind != SQB_INNER_NONE && open_made(m, i, &kind, &bytes);
	if (found)
		b->inner = parse(m, i, bytes);
	if (!b->inner)
		return;
	b->inner->found_as = kind;
	b->kind = kind;
}

sqb_message *sqb_part_inner(sqb_message *m, size_t i, sqb_inner_kind *kind)
{
	sqb__body *b = m->level < MAX_LEVEL &&
	    sqb__is_leaf(sqb_message_part(m, i)) ?
	    sqb__part_body_row(m, i) : NULL;

	if (b && !b->looked)
		look(m, i, b);
	if (kind)
		*kind = b ? b->kind : SQB_INNER_NONE;
	return b ? b->inner : NULL;
}

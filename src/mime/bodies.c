/*
 * What of a message is its text, what its html and what is attached, by the
 * algorithm of RFC 8621, section 4.1.4. A multipart without parts counts as
 * plain text, so that there is something to see.
 */
#include "mime/message.h"

#include "mime/content_type.h"

#include <string.h>

/* Rows, with room for all that can come. */
typedef struct list {
	uint32_t *rows;
	size_t n;
} list;

typedef struct lists {
	sqb_message *m;
	list text, html, attachments;
} lists;

/* What a multipart's parts are in: the arguments of RFC 8621. */
typedef struct place {
	unsigned type;		/* sqb_part_type of the multipart */
	bool alternative;	/* it is in one, or is one */
	bool text, html;	/* which lists they may go to */
} place;

static void push(list *l, size_t i)
{
	l->rows[l->n++] = (uint32_t)i;
}

static unsigned class_of(const sqb_part *p)
{
	return sqb__is_multipart(p->type) && sqb__is_leaf(p) ?
	    (unsigned)SQB_PART_TEXT_PLAIN : p->type;
}

static bool is_media(sqb_message *m, size_t i)
{
	const char *type = sqb_part_media_type(m, i);

	return !strncmp(type, "image/", 6) || !strncmp(type, "audio/", 6) ||
	    !strncmp(type, "video/", 6);
}

static bool is_text(unsigned class)
{
	return class == SQB_PART_TEXT_PLAIN || class == SQB_PART_TEXT_HTML;
}

static bool is_inline(sqb_message *m, size_t i, bool first, unsigned in)
{
	bool text = is_text(class_of(sqb_message_part(m, i)));

	if (!text && !is_media(m, i))
		return false;
	if (!strcmp(sqb_part_disposition(m, i), "attachment"))
		return false;
	return first || (in != SQB_PART_RELATED &&
	    (!text || sqb_part_name(m, i)[0] == '\0'));
}

static void add_inline(lists *l, size_t i, place *at)
{
	unsigned class = class_of(sqb_message_part(l->m, i));

	if (at->type == SQB_PART_ALTERNATIVE) {
		push(class == SQB_PART_TEXT_PLAIN && at->text ? &l->text :
		    class == SQB_PART_TEXT_HTML && at->html ? &l->html :
		    &l->attachments, i);
		return;
	}
	if (at->alternative && class == SQB_PART_TEXT_PLAIN)
		at->html = false;
	if (at->alternative && class == SQB_PART_TEXT_HTML)
		at->text = false;
	if (at->text)
		push(&l->text, i);
	if (at->html)
		push(&l->html, i);
	if ((!at->text || !at->html) && !is_text(class))
		push(&l->attachments, i);
}

/* Of two forms only one was found since there were n: it is both. */
static void share(list *to, size_t n_to, const list *from, size_t n_from)
{
	if (to->n != n_to || from->n == n_from)
		return;
	for (size_t i = n_from; i < from->n; i++)
		push(to, from->rows[i]);
}

/*
 * The parts of row i. Goes no deeper than parts nest, which the parser has
 * limited.
 */
static void walk(lists *l, size_t i, place at)
{
	const sqb_part *p = sqb_message_part(l->m, i);
	size_t n_text = l->text.n, n_html = l->html.n;

	for (size_t k = i + 1; k < p->next;
	    k = sqb_message_part(l->m, k)->next) {
		const sqb_part *part = sqb_message_part(l->m, k);
		place in = at;

		in.type = part->type;
		in.alternative |= part->type == SQB_PART_ALTERNATIVE;
		if (sqb__is_multipart(part->type) && !sqb__is_leaf(part))
			walk(l, k, in);
		else if (is_inline(l->m, k, k == i + 1, at.type))
			add_inline(l, k, &at);
		else
			push(&l->attachments, k);
	}
	if (at.type != SQB_PART_ALTERNATIVE || !at.text || !at.html)
		return;
	if (l->text.n == n_text)
		share(&l->text, n_text, &l->html, n_html);
	else
		share(&l->html, n_html, &l->text, n_text);
}

static bool all_inline(const lists *l)
{
	for (size_t i = 0; i < l->attachments.n; i++)
		if (strcmp(sqb_part_disposition(l->m,
		    l->attachments.rows[i]), "inline") != 0)
			return false;
	return true;
}

static void find(lists *l, size_t root)
{
	const sqb_part *p = sqb_message_part(l->m, root);
	place at = { p->type, p->type == SQB_PART_ALTERNATIVE, true, true };

	if (sqb__is_multipart(p->type) && !sqb__is_leaf(p))
		walk(l, root, at);
	else if (is_inline(l->m, root, true, SQB_PART_MIXED))
		add_inline(l, root, &(place){ .type = SQB_PART_MIXED,
		    .text = true, .html = true });
	else
		push(&l->attachments, root);
}

/* A part comes to a list once, and to each that is shared once more. */
static bool make_room(lists *l, size_t root)
{
	size_t n = sqb_message_part(l->m, root)->next - root;
	uint32_t *rows = sqb__arena_alloc(&l->m->arena,
	    3 * n * sizeof(*rows));

	if (!rows)
		return false;
	l->text.rows = rows;
	l->html.rows = rows + n;
	l->attachments.rows = rows + 2 * n;
	return true;
}

const sqb_bodies *sqb_message_bodies(sqb_message *m, size_t root)
{
	sqb__body *b = m->growing ? NULL : sqb__part_body_row(m, root);
	lists l = { .m = m };
	sqb_bodies *bodies;

	if (!b || b->bodies)
		return b ? b->bodies : NULL;
	bodies = sqb__arena_alloc(&m->arena, sizeof(*bodies));
	if (!bodies || !make_room(&l, root))
		return NULL;
	find(&l, root);
	*bodies = (sqb_bodies){ l.text.rows, l.html.rows, l.attachments.rows,
	    l.text.n, l.html.n, l.attachments.n, !all_inline(&l) };
	b->bodies = bodies;
	return bodies;
}

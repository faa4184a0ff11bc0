/*
 * Messages in leaves: what a leaf has in another form than MIME's becomes a
 * message of its own, which is parsed like any other.
 */
#include "mime/message.h"

#include "mime/content_type.h"

enum { MAX_LEVEL = 8 };

static sqb_inner_kind kind_of(const sqb_part *p)
{
	return p->flags & SQB_PART_ENCODED ? SQB_INNER_ENCODED :
	    SQB_INNER_NONE;
}

/* Parts nest no deeper for being in a message in a message. */
static void look(sqb_message *m, size_t i, sqb__body *b)
{
	sqb_message_options limits = m->limits;
	unsigned depth = sqb_message_part(m, i)->depth + 1u;
	sqb_str bytes;

	if (sqb_part_content(m, i, &bytes) != SQB_OK)
		return;
	limits.allocator = m->allocator;
	limits.max_depth = limits.max_depth > depth ?
	    limits.max_depth - depth : 1;
	b->inner = sqb_message_parse(bytes, &limits);
	if (b->inner)
		b->inner->level = m->level + 1;
}

sqb_message *sqb_part_inner(sqb_message *m, size_t i, sqb_inner_kind *kind)
{
	sqb_inner_kind is = m->level < MAX_LEVEL ?
	    kind_of(sqb_message_part(m, i)) : SQB_INNER_NONE;
	sqb__body *b = is == SQB_INNER_NONE ? NULL : sqb__part_body_row(m, i);

	if (b && !b->inner)
		look(m, i, b);
	if (kind)
		*kind = b && b->inner ? is : SQB_INNER_NONE;
	return b ? b->inner : NULL;
}

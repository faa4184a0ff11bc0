/* The numbers of parts, as IMAP has them: RFC 9051, section 6.4.5. */
#include "mime/message.h"

#include "mime/content_type.h"

/* The place of part i among those of its parent, from 1. */
static uint32_t number_of(sqb_message *m, size_t i, sqb__details *parent)
{
	size_t row = sqb_message_part(m, i)->parent + 1, n = 1;

	if (parent->last_child > 0 && parent->last_child <= i) {
		row = parent->last_child;
		n = parent->last_number;
	}
	for (; row < i; row = sqb_message_part(m, row)->next)
		n++;
	parent->last_child = (uint32_t)i;
	parent->last_number = (uint32_t)n;
	return (uint32_t)n;
}

/* before "." number; NULL: memory is short. */
static const char *numbered(sqb_message *m, const char *before, uint32_t n)
{
	const char *path;
	sqb__buf b;

	sqb__buf_init(&b, m->allocator, SIZE_MAX / 4);
	sqb__buf_add_c(&b, before);
	if (before[0] != '\0')
		sqb__buf_add_char(&b, '.');
	sqb__buf_add_uint(&b, n);
	path = b.failed ? NULL :
	    sqb__arena_copy(&m->arena, sqb__buf_str(&b));
	sqb__buf_clear(&b);
	return path;
}

static bool is_open_multipart(const sqb_part *p)
{
	return sqb__is_multipart(p->type) && !sqb__is_leaf(p);
}

/* Its parent has a path already, if it is not its own. */
static const char *make_path(sqb_message *m, size_t i)
{
	const sqb_part *p = sqb_message_part(m, i);
	sqb__details *parent = sqb__part_details(m, p->parent);

	if (!parent)
		return NULL;
	if (i == 0)
		return is_open_multipart(p) ? "" : "1";
	if (sqb_message_part(m, p->parent)->type != SQB_PART_MESSAGE)
		return numbered(m, parent->path, number_of(m, i, parent));
	return is_open_multipart(p) ? parent->path :
	    numbered(m, parent->path, 1);
}

/* The outermost of part i and those it is in that has no path yet. */
static size_t first_without_path(sqb_message *m, size_t i)
{
	while (i > 0) {
		size_t up = sqb_message_part(m, i)->parent;
		sqb__details *d = sqb__part_details(m, up);

		if (!d || d->path)
			break;
		i = up;
	}
	return i;
}

const char *sqb_part_path(sqb_message *m, size_t i)
{
	sqb__details *d = sqb__part_details(m, i), *next;

	while (d && !d->path) {
		size_t k = first_without_path(m, i);

		next = sqb__part_details(m, k);
		if (next)
			next->path = make_path(m, k);
		if (!next || !next->path)
			return "";
	}
	return d ? d->path : "";
}

/* The bytes of a message in their order, each with what it belongs to. */
#include "mime/message.h"

#include "mime/content_type.h"

static const sqb_part *row(const sqb_message *m, size_t i)
{
	return &m->rows[i].part;
}

static sqb_message_range make(const sqb_message *m, sqb_range_kind kind,
    uint32_t i)
{
	const sqb_part *p = row(m, i);
	sqb_message_range r = { .kind = kind, .part = i };

	switch (kind) {
	case SQB_RANGE_DELIMITER:
		r.start = p->delimiter;
		r.end = p->header;
		break;
	case SQB_RANGE_HEADER:
		r.start = p->header;
		r.end = p->body;
		break;
	case SQB_RANGE_PREAMBLE:
		r.start = p->body;
		r.end = row(m, i + 1)->delimiter;
		break;
	case SQB_RANGE_EPILOGUE:
		r.start = p->epilogue;
		r.end = p->end;
		break;
	default:
		r.start = p->body;
		r.end = p->end;
	}
	return r;
}

/* What follows the header of part i. */
static sqb_message_range inside(const sqb_message *m, uint32_t i)
{
	const sqb_part *p = row(m, i);

	if (p->next == i + 1)
		return make(m, SQB_RANGE_BODY, i);
	if (sqb__is_multipart(p->type))
		return make(m, SQB_RANGE_PREAMBLE, i);
	return make(m, SQB_RANGE_DELIMITER, i + 1);
}

/* What follows the end of part i. False: nothing. */
static bool behind(const sqb_message *m, uint32_t i, sqb_message_range *r)
{
	for (; i > 0; i = row(m, i)->parent) {
		const sqb_part *p = row(m, i), *parent = row(m, p->parent);

		if (p->next < parent->next) {
			*r = make(m, SQB_RANGE_DELIMITER, p->next);
			return true;
		}
		if (sqb__is_multipart(parent->type)) {
			*r = (sqb_message_range){ SQB_RANGE_CLOSE, p->parent,
			    p->end, parent->epilogue };
			return true;
		}
	}
	return false;
}

static bool step(const sqb_message *m, sqb_message_range *r)
{
	switch (r->kind) {
	case SQB_RANGE_NONE:
		*r = make(m, SQB_RANGE_DELIMITER, 0);
		return true;
	case SQB_RANGE_DELIMITER:
		*r = make(m, SQB_RANGE_HEADER, r->part);
		return true;
	case SQB_RANGE_HEADER:
		*r = inside(m, r->part);
		return true;
	case SQB_RANGE_PREAMBLE:
		*r = make(m, SQB_RANGE_DELIMITER, r->part + 1);
		return true;
	case SQB_RANGE_CLOSE:
		*r = make(m, SQB_RANGE_EPILOGUE, r->part);
		return true;
	default:
		return behind(m, r->part, r);
	}
}

bool sqb_message_next_range(const sqb_message *m, sqb_message_range *r)
{
	while (step(m, r))
		if (r->start < r->end)
			return true;
	return false;
}

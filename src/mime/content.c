/*
 * The contents of leaves: transfer encodings undone, once, and kept. What is
 * not encoded is a slice of the message.
 */
#include "mime/message.h"

#include "mime/decoder.h"

sqb__body *sqb__part_body_row(sqb_message *m, size_t i)
{
	sqb__details *d = sqb__part_details(m, i);

	if (!d || d->body)
		return d ? d->body : NULL;
	d->body = sqb__arena_alloc(&m->arena, sizeof(*d->body));
	if (d->body)
		*d->body = (sqb__body){ .plain = NULL };
	return d->body;
}

sqb__buf *sqb__keep_begin(sqb_message *m)
{
	sqb__kept *k = sqb__arena_alloc(&m->arena, sizeof(*k));
	uint64_t all = m->limits.max_content, kept = *m->n_kept;
	uint64_t max = kept < all ? all - kept : 0;

	if (!k)
		return NULL;
	k->next = m->kept;
	sqb__buf_init(&k->buf, m->allocator,
	    max < SIZE_MAX / 4 ? (size_t)max : SIZE_MAX / 4);
	m->kept = k;
	return &k->buf;
}

void sqb__keep_end(sqb_message *m, const sqb__buf *b)
{
	*m->n_kept += b->cap;
}

void sqb__bodies_clear(sqb_message *m)
{
	for (size_t i = 0; i < m->n_rows; i++) {
		sqb__details *d = m->rows[i].details;

		if (!d || !d->body)
			continue;
		sqb_message_free(d->body->inner);
		sqb__report_free(m, d->body->report);
	}
	for (sqb__kept *k = m->kept; k; k = k->next)
		sqb__buf_clear(&k->buf);
}

/* A defect of part i, at an offset in its body. */
typedef struct place {
	sqb_message *m;
	size_t part;
	sqb__body *body;
} place;

static void tell(void *ctx, sqb_defect_code code, uint64_t offset)
{
	const place *p = ctx;

	sqb__defect_add(p->m, code, p->part, offset +
	    sqb_message_part(p->m, p->part)->body);
	p->body->broken = true;
}

/* Room for another run. Base64 and quoted-printable ask for it once. */
static bool reserve(sqb__buf *out, size_t left)
{
	return sqb__buf_reserve(out, left + SQB__DECODER_ROOM);
}

static int decode(sqb_message *m, size_t i, sqb__body *b)
{
	sqb__buf *out = sqb__keep_begin(m);
	sqb_str in = sqb_part_body(m, i);
	sqb__decoder d;

	if (!out)
		return SQB_E_NOMEM;
	sqb__decoder_init(&d, sqb_message_part(m, i)->encoding);
	while (in.len > 0 && reserve(out, in.len))
		out->end += sqb__decoder_run(&d, &in, out->data + out->end,
		    out->cap - out->end);
	if (reserve(out, 0))
		out->end += sqb__decoder_end(&d, out->data + out->end);
	sqb__keep_end(m, out);
	if (out->failed && out->max - out->end < in.len + SQB__DECODER_ROOM) {
		tell(&(place){ m, i, b }, SQB_DEFECT_LONG_CONTENT, 0);
		return SQB_E_LIMIT;
	}
	if (out->failed)
		return SQB_E_NOMEM;
	sqb__decoder_flaws(&d, tell, &(place){ m, i, b });
	b->content = sqb__buf_str(out);
	return SQB_OK;
}

int sqb_part_content(sqb_message *m, size_t i, sqb_str *content)
{
	const sqb_part *p = sqb_message_part(m, i);
	sqb__body *b;
	int result;

	*content = (sqb_str){ NULL, 0 };
	if (m->pushed)
		return SQB_E_USAGE;
	if (!sqb__is_encoded(p->encoding)) {
		*content = sqb_part_body(m, i);
		return SQB_OK;
	}
	b = sqb__part_body_row(m, i);
	if (!b)
		return SQB_E_NOMEM;
	if (!b->has_content) {
		result = decode(m, i, b);
		if (result != SQB_OK)
			return result;
		b->has_content = true;
	}
	*content = b->content;
	return SQB_OK;
}

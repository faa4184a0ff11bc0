/*
 * A message, RFC 5322: its limits, its header fields by name, and those of
 * its parts. The bytes stay where they are; a field is decoded when it is
 * asked for.
 */
#include "mime/message.h"

#include "base/ascii.h"
#include "base/options.h"
#include "mime/raw.h"
#include "mime/structure.h"

enum {
	MAX_MEMORY = 64 * 1024 * 1024,	/* octets for rows and values */
	MAX_DEPTH = 100,
	MAX_PARTS = 10000,
	MAX_FIELDS = 100000,
	MAX_FIELD = 10 * 1024 * 1024,
	MAX_HEADER = 50 * 1024 * 1024,
	MAX_DEFECTS = 1000,
	MAX_CONTENT = 1024 * 1024 * 1024,
	MAX_SCRATCH = 64 * 1024	/* octets that are kept for the next field */
};

static sqb_message_options limits_of(const sqb_message_options *options)
{
	sqb_message_options o = { .size = sizeof(o) };

	sqb__options_copy(&o, sizeof(o), options);
	if (!o.allocator)
		o.allocator = sqb_allocator_default();
	if (o.max_depth == 0 || o.max_depth > MAX_DEPTH)
		o.max_depth = MAX_DEPTH;
	if (o.max_parts == 0)
		o.max_parts = MAX_PARTS;
	if (o.max_fields == 0)
		o.max_fields = MAX_FIELDS;
	if (o.max_field == 0)
		o.max_field = MAX_FIELD;
	if (o.max_header == 0)
		o.max_header = MAX_HEADER;
	if (o.max_defects == 0)
		o.max_defects = MAX_DEFECTS;
	if (o.max_content == 0)
		o.max_content = MAX_CONTENT;
	return o;
}

static void *watched_alloc(void *ctx, size_t size)
{
	sqb_message *m = ctx;
	const sqb_allocator *a = m->limits.allocator;
	void *p = a->alloc(a->ctx, size);

	m->no_memory |= !p;
	return p;
}

static void *watched_realloc(void *ctx, void *old, size_t old_size,
    size_t size)
{
	sqb_message *m = ctx;
	const sqb_allocator *a = m->limits.allocator;
	void *p = a->realloc(a->ctx, old, old_size, size);

	m->no_memory |= !p;
	return p;
}

static void watched_free(void *ctx, void *p)
{
	const sqb_allocator *a = ((sqb_message *)ctx)->limits.allocator;

	a->free(a->ctx, p);
}

struct sqb_charsets {
	const sqb_allocator *allocator;
	sqb__decoders decoders;
};

sqb_charsets *sqb_charsets_new(const sqb_allocator *allocator)
{
	const sqb_allocator *a = allocator ? allocator :
	    sqb_allocator_default();
	sqb_charsets *c = a->alloc(a->ctx, sizeof(*c));

	if (c)
		*c = (sqb_charsets){ .allocator = a,
		    .decoders = { .allocator = a } };
	return c;
}

void sqb_charsets_free(sqb_charsets *c)
{
	if (!c)
		return;
	sqb__decoders_clear(&c->decoders);
	c->allocator->free(c->allocator->ctx, c);
}

sqb_message *sqb__message_new(const sqb_message_options *options)
{
	sqb_message_options limits = limits_of(options);
	const sqb_allocator *a = limits.allocator;
	sqb_message *m = a->alloc(a->ctx, sizeof(*m));

	if (!m)
		return NULL;
	*m = (sqb_message){ .allocator = &m->watched, .limits = limits,
	    .watched = { watched_alloc, watched_realloc, watched_free, m },
	    .own_decoders = { .allocator = &m->watched } };
	m->n_kept = &m->own_kept;
	m->decoders = limits.charsets ? &limits.charsets->decoders :
	    &m->own_decoders;
	sqb__arena_init(&m->arena, m->allocator, MAX_MEMORY);
	sqb__buf_init(&m->defects, m->allocator, SIZE_MAX / 4);
	sqb__buf_init(&m->scratch, m->allocator, MAX_MEMORY);
	sqb__buf_init(&m->joined, m->allocator, 0);
	return m;
}

sqb_message *sqb_message_parse(sqb_str bytes,
    const sqb_message_options *options)
{
	sqb_message *m = sqb__message_new(options);

	if (!m)
		return NULL;
	m->bytes = bytes;
	m->bare_cr = sqb__header_begin(bytes).bare_cr;
	if (sqb__structure_parse(m))
		return m;
	sqb_message_free(m);
	return NULL;
}

void sqb_message_free(sqb_message *m)
{
	if (!m)
		return;
	sqb__bodies_clear(m);
	sqb__decoders_clear(&m->own_decoders);
	sqb__arena_clear(&m->arena);
	sqb__buf_clear(&m->defects);
	sqb__buf_clear(&m->scratch);
	sqb__buf_clear(&m->joined);
	m->allocator->free(m->allocator->ctx, m->rows);
	watched_free(m, m);
}

sqb_str sqb_message_bytes(const sqb_message *m)
{
	return m->bytes;
}

sqb_str sqb_message_header(const sqb_message *m)
{
	return sqb_part_header(m, 0);
}

size_t sqb_message_n_parts(const sqb_message *m)
{
	return m->n_rows;
}

const sqb_part *sqb_message_part(const sqb_message *m, size_t i)
{
	return &m->rows[i].part;
}

static sqb_str slice(const sqb_message *m, uint64_t start, uint64_t end)
{
	if (m->pushed)
		return (sqb_str){ NULL, 0 };
	return (sqb_str){ sqb__str_from(m->bytes, (size_t)start).ptr,
	    (size_t)(end - start) };
}

sqb_str sqb_part_header(const sqb_message *m, size_t i)
{
	const sqb_part *p = sqb_message_part(m, i);
	const sqb__details *d = m->rows[i].details;

	return m->pushed && d ? d->header : slice(m, p->header, p->body);
}

sqb_str sqb_part_body(const sqb_message *m, size_t i)
{
	const sqb_part *p = sqb_message_part(m, i);

	return slice(m, p->body, p->end);
}

sqb__details *sqb__part_details(sqb_message *m, size_t i)
{
	sqb__part_row *row = &m->rows[i];

	if (row->details)
		return row->details;
	row->details = sqb__arena_alloc(&m->arena, sizeof(*row->details));
	if (row->details)
		*row->details = (sqb__details){ .fields = NULL };
	return row->details;
}

static sqb__field_row make_row(const sqb__field *f, uint32_t max)
{
	return (sqb__field_row){ .name = f->name.ptr,
	    .name_len = (uint16_t)f->name.len,
	    .body = (uint32_t)(f->body.ptr - f->name.ptr),
	    .body_len = f->body.len < max ? (uint32_t)f->body.len : max };
}

/* A row for each field, with the first question. */
static sqb__field_row *list_fields(sqb_message *m, size_t i)
{
	sqb__header_walk w = { sqb_part_header(m, i), m->bare_cr };
	size_t n = sqb_message_part(m, i)->n_fields;
	sqb__details *d = n > 0 ? sqb__part_details(m, i) : NULL;
	sqb__field f;

	if (!d || d->fields)
		return d ? d->fields : NULL;
	d->fields = sqb__arena_alloc(&m->arena, n * sizeof(*d->fields));
	if (!d->fields)
		return NULL;
	for (size_t k = 0; k < n && sqb__header_next(&w, &f); k++)
		d->fields[k] = make_row(&f, m->limits.max_field);
	return d->fields;
}

static bool is_named(const sqb__field_row *f, sqb_str name)
{
	return sqb_str_eq_nocase((sqb_str){ f->name, f->name_len }, name);
}

sqb__field_row *sqb__part_find(sqb_message *m, size_t i, const char *name,
    size_t nth)
{
	sqb__field_row *fields = list_fields(m, i);
	size_t row = 0, n = 0, end = sqb_message_part(m, i)->n_fields;
	sqb__details *d = m->rows[i].details;
	sqb_str want = sqb_str_of(name);

	if (!fields)
		return NULL;
	if (nth >= d->last_nth && is_named(&fields[d->last_row], want)) {
		row = d->last_row;
		n = d->last_nth;
	}
	for (; row < end; row++) {
		if (!is_named(&fields[row], want))
			continue;
		if (n < nth) {
			n++;
			continue;
		}
		d->last_row = row;
		d->last_nth = nth;
		return &fields[row];
	}
	return NULL;
}

const char *sqb__field_keep(sqb_message *m, size_t i, sqb_str text)
{
	sqb__buf *out = &m->scratch;
	const char *kept;

	sqb__buf_reset(out);
	if (!sqb__header_plain(text, out))
		sqb__header_text(text, sqb__reading_of(m, i, text), out);
	kept = out->failed ? NULL :
	    sqb__arena_copy(&m->arena, sqb__buf_str(out));
	if (out->cap > MAX_SCRATCH)
		sqb__buf_clear(out);
	return kept;
}

static const char *text_of(sqb_message *m, size_t i, sqb__field_row *f)
{
	if (!f->text)
		f->text = sqb__field_keep(m, i, sqb__row_body(f));
	return f->text ? f->text : "";
}

bool sqb_part_field_at(sqb_message *m, size_t i, size_t k, sqb_field *field)
{
	sqb__field_row *rows = k < sqb_message_part(m, i)->n_fields ?
	    list_fields(m, i) : NULL;

	if (!rows)
		return false;
	*field = (sqb_field){ { rows[k].name, rows[k].name_len },
	    sqb__row_body(&rows[k]), text_of(m, i, &rows[k]) };
	return true;
}

const char *sqb_part_field(sqb_message *m, size_t i, const char *name,
    size_t nth)
{
	sqb__field_row *f = sqb__part_find(m, i, name, nth);

	return f ? text_of(m, i, f) : "";
}

const char *sqb_message_field(sqb_message *m, const char *name, size_t nth)
{
	return sqb_part_field(m, 0, name, nth);
}

sqb_str sqb_part_raw(sqb_message *m, size_t i, const char *name, size_t nth)
{
	sqb__field_row *f = sqb__part_find(m, i, name, nth);

	return f ? sqb__row_body(f) : (sqb_str){ .len = 0 };
}

sqb_str sqb_message_raw(sqb_message *m, const char *name, size_t nth)
{
	return sqb_part_raw(m, 0, name, nth);
}

const char *sqb_message_subject(sqb_message *m)
{
	return sqb_message_field(m, "Subject", 0);
}

const char *sqb_message_from(sqb_message *m)
{
	return sqb_message_field(m, "From", 0);
}

const char *sqb_message_to(sqb_message *m)
{
	return sqb_message_field(m, "To", 0);
}

const char *sqb_message_date(sqb_message *m)
{
	return sqb_message_field(m, "Date", 0);
}

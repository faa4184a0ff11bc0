/*
 * A message, RFC 5322: where its header section ends, and its fields by name.
 * The bytes stay where they are; a field is decoded when it is asked for.
 * The structure of the body is not looked at.
 */
#include <squab/message.h>

#include "base/arena.h"
#include "base/ascii.h"
#include "mime/header.h"

enum {
	MAX_FIELDS = 100000,		/* the others are not found */
	MAX_MEMORY = 64 * 1024 * 1024	/* octets for rows and values */
};

struct sqb_message {
	const sqb_allocator *allocator;
	sqb_str bytes, header;
	sqb__arena arena;
	sqb__field *fields;	/* NULL: nothing was asked for yet */
	size_t n_fields;
	/* The row found last, the nth of its name: asking for the next one
	   goes on from there. */
	size_t last_row, last_nth;
};

sqb_message *sqb_message_parse(sqb_str bytes, const sqb_allocator *allocator)
{
	const sqb_allocator *a = allocator ? allocator :
	    sqb_allocator_default();
	sqb__header_walk w = sqb__header_begin(bytes);
	sqb_message *m = a->alloc(a->ctx, sizeof(*m));
	sqb__field f;

	if (!m)
		return NULL;
	*m = (sqb_message){ .allocator = a, .bytes = bytes };
	sqb__arena_init(&m->arena, a, MAX_MEMORY);
	while (sqb__header_next(&w, &f))
		if (m->n_fields < MAX_FIELDS)
			m->n_fields++;
	m->header = (sqb_str){ bytes.ptr, bytes.len - w.rest.len };
	return m;
}

void sqb_message_free(sqb_message *m)
{
	if (!m)
		return;
	sqb__arena_clear(&m->arena);
	m->allocator->free(m->allocator->ctx, m);
}

sqb_str sqb_message_bytes(const sqb_message *m)
{
	return m->bytes;
}

sqb_str sqb_message_header(const sqb_message *m)
{
	return m->header;
}

/* A row for each field, with the first question. */
static bool list_fields(sqb_message *m)
{
	sqb__header_walk w = sqb__header_begin(m->bytes);

	if (m->fields || m->n_fields == 0)
		return m->fields;
	m->fields = sqb__arena_alloc(&m->arena,
	    m->n_fields * sizeof(*m->fields));
	if (!m->fields)
		return false;
	for (size_t i = 0; i < m->n_fields; i++)
		sqb__header_next(&w, &m->fields[i]);
	return true;
}

/* The nth field of that name; NULL: there is none. */
static sqb__field *find(sqb_message *m, sqb_str name, size_t nth)
{
	size_t row = 0, n = 0;

	if (nth >= m->last_nth &&
	    sqb_str_eq_nocase(m->fields[m->last_row].name, name)) {
		row = m->last_row;
		n = m->last_nth;
	}
	for (; row < m->n_fields; row++) {
		if (!sqb_str_eq_nocase(m->fields[row].name, name))
			continue;
		if (n < nth) {
			n++;
			continue;
		}
		m->last_row = row;
		m->last_nth = nth;
		return &m->fields[row];
	}
	return NULL;
}

/* NULL: memory is short. */
static const char *decode(sqb_message *m, sqb_str body)
{
	sqb__decoders d = { .open = 0 };
	const char *text = NULL;
	sqb__buf out;

	sqb__buf_init(&out, m->allocator, MAX_MEMORY);
	sqb__header_text(body, &d, &out);
	sqb__decoders_clear(&d);
	if (!out.failed)
		text = sqb__arena_copy(&m->arena, sqb__buf_str(&out));
	sqb__buf_clear(&out);
	return text;
}

const char *sqb_message_field(sqb_message *m, const char *name, size_t nth)
{
	sqb__field *f = list_fields(m) ? find(m, sqb_str_of(name), nth) :
	    NULL;

	if (f && !f->text)
		f->text = decode(m, f->body);
	return f && f->text ? f->text : "";
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

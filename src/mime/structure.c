/*
 * The structure of a message: RFC 2046, section 5, and RFC 5322, section 2.1,
 * in one pass over the bytes. What is open is on a stack of fixed size, so
 * depth costs neither the C stack nor time, and where nothing is open any
 * more the rest of the bytes is not looked at.
 *
 * Transfer encodings are not undone: a message part that has one is a leaf.
 * So are message/partial and message/delivery-status.
 */
#include "mime/message.h"

#include "base/ascii.h"
#include "mime/boundary.h"
#include "mime/content_type.h"
#include "mime/params.h"

#include <string.h>

enum { FIRST_ROWS = 4 };

/* What the header of a part says about its structure. */
typedef struct head {
	sqb_str type, encoding;		/* ptr NULL: there is no such field */
	uint32_t seen;			/* a bit for each of the single ones */
} head;

typedef struct parser {
	sqb_message *m;
	size_t at;		/* read so far; a line begins here */
	uint32_t open[SQB__MAX_OPEN];	/* rows with parts not ended yet */
	size_t n_open;
	sqb__boundaries boundaries;
	uint64_t header_left;	/* octets and fields before the limits */
	uint32_t fields_left;
	bool told_fields, told_parts, told_depth;
} parser;

static sqb_part *row(parser *p, size_t i)
{
	return &p->m->rows[i].part;
}

static void defect(parser *p, sqb_defect_code code, size_t part,
    size_t offset)
{
	sqb__defect_add(p->m, code, part, offset);
}

/* A limit is told of once. */
static void limit(parser *p, bool *told, sqb_defect_code code, size_t part)
{
	if (!*told)
		defect(p, code, part, p->at);
	*told = true;
}

static size_t offset_of(const parser *p, const char *where)
{
	return (size_t)(where - p->m->bytes.ptr);
}

static bool grow(sqb_message *m)
{
	size_t cap = m->cap ? 2 * m->cap : FIRST_ROWS;
	sqb__part_row *rows;

	if (cap > m->limits.max_parts)
		cap = m->limits.max_parts;
	rows = m->allocator->realloc(m->allocator->ctx, m->rows,
	    m->cap * sizeof(*rows), cap * sizeof(*rows));
	if (!rows)
		return false;
	m->rows = rows;
	m->cap = cap;
	return true;
}

/* Fields of which the first counts, where there are two. */
static uint32_t bit_of(sqb_str name)
{
	static const char *const single[] = { "Content-Type",
		"Content-Transfer-Encoding", "Content-Disposition",
		"Content-ID", "From", "Date", "Subject", "Message-ID" };
	static const uint8_t lengths[] = { 12, 25, 19, 10, 4, 4, 7, 10 };

	for (size_t i = 0; i < sizeof(lengths); i++)
		if (name.len == lengths[i] && sqb_str_eq_nocase(name,
		    (sqb_str){ single[i], lengths[i] }))
			return UINT32_C(1) << i;
	return 0;
}

static void take_field(parser *p, size_t i, const sqb__field *f, head *h)
{
	uint32_t bit = bit_of(f->name);
	uint32_t max = p->m->limits.max_field;
	sqb_str body = f->body;

	if (body.len > max) {
		defect(p, SQB_DEFECT_LONG_FIELD, i,
		    offset_of(p, f->name.ptr));
		body.len = max;
	}
	if (h->seen & bit)
		defect(p, SQB_DEFECT_DUPLICATE_FIELD, i,
		    offset_of(p, f->name.ptr));
	else if (bit == 1)
		h->type = body;
	else if (bit == 2)
		h->encoding = body;
	h->seen |= bit;
}

/* Past a limit fields are neither read nor counted. */
static bool count_field(parser *p, size_t i, size_t len)
{
	if (p->fields_left == 0 || p->header_left < len) {
		p->fields_left = 0;
		limit(p, &p->told_fields, SQB_DEFECT_MANY_FIELDS, i);
		return false;
	}
	p->fields_left--;
	p->header_left -= len;
	row(p, i)->n_fields++;
	return true;
}

/* From_ lines stand before a message that was in an mbox. */
static bool is_from_line(sqb_str line)
{
	return line.len >= 5 && !memcmp(line.ptr, "From ", 5);
}

static void keep_defects(sqb_message *m, size_t n)
{
	if (m->defects.end > n * sizeof(sqb_defect))
		m->defects.end = n * sizeof(sqb_defect);
}

/* The header section at p->at, up to the empty line or to a delimiter. */
static void read_header(parser *p, size_t i, head *h)
{
	sqb_message *m = p->m;
	sqb__header_walk w = { sqb__str_from(m->bytes, p->at), m->bare_cr };
	sqb__header_line line = SQB__HEADER_FIELD;
	size_t n_defects;
	sqb__delimiter d;
	sqb__field f;

	sqb_message_defects(m, &n_defects);
	while (w.rest.len > 0 && line != SQB__HEADER_EMPTY) {
		if (sqb__is_delimiter(&p->boundaries, m->bytes, p->at,
		    m->bare_cr, &d))
			break;
		line = sqb__header_step(&w, &f);
		if (line == SQB__HEADER_FIELD &&
		    count_field(p, i, m->bytes.len - p->at - w.rest.len))
			take_field(p, i, &f, h);
		else if (line == SQB__HEADER_JUNK &&
		    !(p->at == 0 && is_from_line(f.name)))
			defect(p, SQB_DEFECT_NO_COLON, i, p->at);
		p->at = m->bytes.len - w.rest.len;
	}
	if (line != SQB__HEADER_EMPTY && row(p, i)->n_fields == 0) {
		p->at = row(p, i)->header;
		keep_defects(m, n_defects + 1);
	}
}

/* In a digest a part is a message unless it says something else. */
static sqb_part_type default_type(parser *p, const sqb_part *part)
{
	return part->depth > 0 && row(p, part->parent)->type ==
	    SQB_PART_DIGEST ? SQB_PART_MESSAGE : SQB_PART_TEXT_PLAIN;
}

static void set_encoding(parser *p, size_t i, const head *h)
{
	sqb_part *part = row(p, i);
	unsigned encoding = h->encoding.ptr ?
	    sqb__encoding_read(h->encoding) : SQB_ENCODING_7BIT;

	part->encoding = (uint8_t)encoding;
	if (encoding == SQB_ENCODING_UNKNOWN)
		defect(p, SQB_DEFECT_UNKNOWN_ENCODING, i,
		    offset_of(p, h->encoding.ptr));
	else if (encoding > SQB_ENCODING_BINARY &&
	    sqb__is_multipart(part->type))
		defect(p, SQB_DEFECT_ENCODED_PARTS, i,
		    offset_of(p, h->encoding.ptr));
}

static bool has_room(parser *p, size_t i)
{
	if (p->n_open < p->m->limits.max_depth)
		return true;
	limit(p, &p->told_depth, SQB_DEFECT_DEEP_PARTS, i);
	row(p, i)->flags |= SQB_PART_OPAQUE | SQB_PART_LIMIT;
	return false;
}

/* Opens part i where it has parts. False: no memory. */
static bool open_multipart(parser *p, size_t i, sqb_str field)
{
	sqb__buf *text = &p->boundaries.text;
	size_t before = text->end;
	sqb__params params;
	bool extended;
	sqb_str label;

	sqb__params_read(&params, field);
	sqb__params_tell(p->m, i, &params);
	if (!has_room(p, i))
		return true;
	sqb__param_octets(&params, "boundary", text, &label, &extended);
	if (text->failed)
		return false;
	if (sqb__boundary_push(&p->boundaries, before, (uint8_t)p->n_open)) {
		p->open[p->n_open++] = (uint32_t)i;
	} else {
		row(p, i)->flags |= SQB_PART_OPAQUE;
		defect(p, SQB_DEFECT_NO_BOUNDARY, i, row(p, i)->header);
	}
	return true;
}

static void open_message(parser *p, size_t i)
{
	if (row(p, i)->encoding > SQB_ENCODING_BINARY)
		row(p, i)->flags |= SQB_PART_OPAQUE | SQB_PART_ENCODED;
	else if (has_room(p, i))
		p->open[p->n_open++] = (uint32_t)i;
}

static bool open_part(parser *p, size_t i, const head *h)
{
	sqb__media t = { .bad = false };
	unsigned type = default_type(p, row(p, i));

	if (h->type.ptr) {
		t = sqb__media_read(h->type);
		type = sqb__media_class(&t);
	}
	if (t.bad)
		defect(p, SQB_DEFECT_BAD_TYPE, i, offset_of(p, h->type.ptr));
	row(p, i)->type = (uint8_t)type;
	set_encoding(p, i, h);
	if (type == SQB_PART_MESSAGE)
		open_message(p, i);
	return !sqb__is_multipart(type) || open_multipart(p, i, t.params);
}

/*
 * A new row in what was opened last, and its header. There is room below
 * max_parts. False: no memory.
 */
static bool add_part(parser *p, size_t delimiter)
{
	sqb_message *m = p->m;
	size_t i = m->n_rows;
	head h = { .seen = 0 };

	if (i == m->cap && !grow(m))
		return false;
	m->n_rows++;
	m->rows[i] = (sqb__part_row){ .part = {
		.delimiter = delimiter, .header = p->at,
		.parent = p->n_open > 0 ? p->open[p->n_open - 1] : 0,
		.depth = (uint8_t)p->n_open, .next = (uint32_t)i + 1 } };
	read_header(p, i, &h);
	row(p, i)->body = p->at;
	return open_part(p, i, &h);
}

/* The row, and what is in it, ends here. */
static void end_row(parser *p, size_t i, size_t end)
{
	sqb_part *part = row(p, i);

	part->end = end;
	if (part->next == i + 1 || part->type == SQB_PART_MESSAGE)
		part->epilogue = end;
}

static bool is_open(const parser *p, size_t i)
{
	return p->n_open > 0 && p->open[p->n_open - 1] == i;
}

/* Whether what was opened last is a multipart that was not closed. */
static bool is_unclosed(const parser *p)
{
	const sqb__boundaries *b = &p->boundaries;

	return b->n > 0 && b->open[b->n - 1].level == p->n_open - 1;
}

static void end_open(parser *p, size_t end)
{
	uint32_t i = p->open[p->n_open - 1];
	sqb_part *part = row(p, i);
	bool no_parts = p->m->n_rows == i + 1;

	part->next = (uint32_t)p->m->n_rows;
	if (is_unclosed(p)) {
		sqb__boundary_pop(&p->boundaries);
		part->epilogue = end;
		part->flags |= SQB_PART_NO_END;
		if (!no_parts)
			defect(p, SQB_DEFECT_NO_END, i, end);
	}
	if (no_parts) {
		part->flags |= SQB_PART_OPAQUE;
		defect(p, SQB_DEFECT_NO_PARTS, i, part->body);
	}
	end_row(p, i, end);
	p->n_open--;
}

/* All that is open further in than n ends here, the last leaf too. */
static void end_above(parser *p, size_t n, size_t end)
{
	size_t last = p->m->n_rows - 1;

	if (row(p, last)->end == 0 && !is_open(p, last))
		end_row(p, last, end);
	while (p->n_open > n)
		end_open(p, end);
}

/* A part, and the messages that follow each other's headers. */
static bool add_parts(parser *p, size_t delimiter)
{
	sqb_message *m = p->m;

	if (!add_part(p, delimiter))
		return false;
	while (is_open(p, m->n_rows - 1) &&
	    row(p, m->n_rows - 1)->type == SQB_PART_MESSAGE) {
		if (m->n_rows == m->limits.max_parts) {
			row(p, p->open[--p->n_open])->flags |=
			    SQB_PART_OPAQUE | SQB_PART_LIMIT;
			limit(p, &p->told_parts, SQB_DEFECT_MANY_PARTS,
			    m->n_rows - 1);
			return true;
		}
		if (!add_part(p, p->at))
			return false;
	}
	return true;
}

/* The line end before a delimiter is its own, unless a header needs it. */
static size_t before_eol(const parser *p, size_t at)
{
	const char *s = p->m->bytes.ptr;

	if (at > p->at && s[at - 1] == '\n')
		at--;
	else if (at > p->at && p->m->bare_cr && s[at - 1] == '\r')
		return at - 1;
	else
		return at;
	return at > p->at && s[at - 1] == '\r' ? at - 1 : at;
}

/* False: no memory. */
static bool take_delimiter(parser *p, const sqb__delimiter *d)
{
	size_t start = before_eol(p, d->start);
	size_t i = p->open[d->level];
	bool full = p->m->n_rows == p->m->limits.max_parts;

	end_above(p, d->level + 1u, start);
	p->at = d->end;
	if (!d->close && !full)
		return add_parts(p, start);
	sqb__boundary_pop(&p->boundaries);
	row(p, i)->epilogue = d->close ? d->end : start;
	if (!d->close) {
		row(p, i)->flags |= SQB_PART_LIMIT;
		limit(p, &p->told_parts, SQB_DEFECT_MANY_PARTS, i);
	}
	return true;
}

/* Gives back what the table does not need; it may stay if that fails. */
static void shrink(sqb_message *m)
{
	sqb__part_row *rows;

	if (m->n_rows <= FIRST_ROWS || m->n_rows == m->cap)
		return;
	rows = m->allocator->realloc(m->allocator->ctx, m->rows,
	    m->cap * sizeof(*rows), m->n_rows * sizeof(*rows));
	if (!rows)
		return;
	m->rows = rows;
	m->cap = m->n_rows;
}

bool sqb__structure_parse(sqb_message *m)
{
	parser p = { .m = m, .header_left = m->limits.max_header,
	    .fields_left = m->limits.max_fields };
	sqb__delimiter d;
	bool ok;

	sqb__boundaries_init(&p.boundaries, m->allocator);
	ok = add_parts(&p, 0);
	while (ok && sqb__find_delimiter(&p.boundaries, m->bytes, p.at,
	    m->bare_cr, &d))
		ok = take_delimiter(&p, &d);
	if (ok)
		end_above(&p, 0, m->bytes.len);
	sqb__boundaries_clear(&p.boundaries);
	shrink(m);
	return ok && !m->defects.failed;
}

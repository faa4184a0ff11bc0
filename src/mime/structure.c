/*
 * The structure of a message: RFC 2046, section 5, and RFC 5322, section 2.1,
 * in one pass over the bytes. What is open is on a stack of fixed size, so
 * depth costs neither the C stack nor time, and where nothing is open any
 * more the rest of the bytes is not looked at.
 *
 * Transfer encodings are not undone: a message part that has one is a leaf.
 * So are message/partial and message/delivery-status.
 */
#include "mime/structure.h"

#include "base/ascii.h"
#include "mime/content_type.h"
#include "mime/params.h"

#include <string.h>

enum {
	FIRST_ROWS = 4,
	MAX_PADDED = 4096	/* octets of a boundary before it is trimmed */
};

/* What the header of a part says about its structure. */
typedef struct head {
	sqb_str type, encoding;		/* ptr NULL: there is no such field */
	uint32_t seen;			/* a bit for each of the single ones */
} head;

typedef sqb__structure parser;

static sqb_part *row(const parser *p, size_t i)
{
	return &p->m->rows[i].part;
}

static void defect(parser *p, sqb_defect_code code, size_t part,
    uint64_t offset)
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

static uint64_t offset_of(const parser *p, const char *where)
{
	return p->base + (size_t)(where - p->bytes.ptr);
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

/* Past a limit no line is read. */
static bool count_line(parser *p, size_t i, size_t len, bool is_field)
{
	sqb__budget *left = &p->left;

	if (left->header < len || (is_field && left->fields == 0)) {
		left->header = 0;
		limit(p, &left->told, SQB_DEFECT_MANY_FIELDS, i);
		return false;
	}
	left->header -= len;
	left->fields -= is_field;
	row(p, i)->n_fields += is_field;
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

/* A line of len octets, with those that continue it. */
static void take_line(parser *p, size_t i, sqb__header_line line,
    const sqb__field *f, size_t len, head *h)
{
	uint64_t *left = &p->left.header;

	if (line == SQB__HEADER_EMPTY)
		*left -= *left < len ? *left : len;
	else if (!count_line(p, i, len, line == SQB__HEADER_FIELD))
		return;
	else if (line == SQB__HEADER_FIELD)
		take_field(p, i, f, h);
	else if (!(p->at == 0 && is_from_line(f->name)))
		defect(p, SQB_DEFECT_NO_COLON, i, p->at);
}

/*
 * What was read as lines of a header is none: it is of the body, which one
 * defect says.
 */
static void give_back(parser *p, size_t i, size_t n_before,
    const sqb__budget *left)
{
	size_t n;
	const sqb_defect *d = sqb_message_defects(p->m, &n);
	uint64_t first = n > n_before ? d[n_before].offset : 0;

	p->at = row(p, i)->header;
	p->left = *left;
	keep_defects(p->m, n_before);
	if (n > n_before)
		defect(p, SQB_DEFECT_NO_COLON, i, first);
}

/* The header section at p->at, up to the empty line or to a delimiter. */
static void read_header(parser *p, size_t i, head *h, bool found)
{
	sqb_message *m = p->m;
	sqb__header_walk w = { sqb__str_from(p->bytes,
	    (size_t)(p->at - p->base)), m->bare_cr };
	sqb__header_line line = SQB__HEADER_FIELD;
	uint64_t start = p->at;
	sqb__budget left = p->left;
	size_t n_defects;
	sqb__delimiter d;
	sqb__field f;

	sqb_message_defects(m, &n_defects);
	while (w.rest.len > 0 && line != SQB__HEADER_EMPTY &&
	    (found || p->at - start <= SQB__MAX_JUNK)) {
		size_t len = w.rest.len;

		if (sqb__is_delimiter(&p->boundaries, p->bytes,
		    (size_t)(p->at - p->base), m->bare_cr, &d))
			break;
		line = sqb__header_step(&w, &f);
		len -= w.rest.len;
		found = found || line != SQB__HEADER_JUNK;
		take_line(p, i, line, &f, len, h);
		p->at += len;
	}
	if (!found)
		give_back(p, i, n_defects, &left);
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

/*
 * Appends the boundary to the text of all; nothing where it is too long.
 * False: no memory.
 */
static bool add_boundary(sqb__buf *text, const sqb__params *params)
{
	size_t before = text->end;
	bool extended, full;
	sqb_str label;

	text->max = before + MAX_PADDED;
	sqb__param_octets(params, "boundary", text, &label, &extended);
	full = text->failed && text->end == text->max;
	text->max = SIZE_MAX / 4;
	if (!full)
		return !text->failed;
	text->failed = false;
	text->end = before;
	return true;
}

/* Opens part i where it has parts. False: no memory. */
static bool open_multipart(parser *p, size_t i, sqb_str field)
{
	sqb__buf *text = &p->boundaries.text;
	size_t before = text->end;
	sqb__params params;

	sqb__params_read(&params, field);
	sqb__params_tell(p->m, i, &params);
	if (!has_room(p, i))
		return true;
	if (!add_boundary(text, &params))
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

bool sqb__structure_begin(parser *p, uint64_t delimiter)
{
	sqb_message *m = p->m;
	size_t i = m->n_rows;

	if (i == m->cap && !grow(m))
		return false;
	m->n_rows++;
	m->rows[i] = (sqb__part_row){ .part = {
		.delimiter = delimiter, .header = p->at,
		.parent = p->n_open > 0 ? p->open[p->n_open - 1] : 0,
		.depth = (uint8_t)p->n_open, .next = (uint32_t)i + 1 } };
	return true;
}

bool sqb__structure_header(parser *p, uint64_t end)
{
	size_t i = p->m->n_rows - 1;
	head h = { .seen = 0 };

	read_header(p, i, &h, end > 0);
	if (end > 0)
		p->at = end;
	row(p, i)->body = p->at;
	return open_part(p, i, &h);
}

/* The row, and what is in it, ends here. */
static void end_row(parser *p, size_t i, uint64_t end)
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

/* A number that it was given as a multipart is no longer its own. */
static void forget_path(parser *p, size_t i)
{
	sqb__details *d = p->m->rows[i].details;

	if (d)
		d->path = NULL;
}

static void end_open(parser *p, uint64_t end)
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
		forget_path(p, i);
		defect(p, SQB_DEFECT_NO_PARTS, i, part->body);
	}
	end_row(p, i, end);
	p->n_open--;
}

/* All that is open further in than n ends here, the last leaf too. */
static void end_above(parser *p, size_t n, uint64_t end)
{
	size_t last = p->m->n_rows - 1;

	if (row(p, last)->end == 0 && !is_open(p, last))
		end_row(p, last, end);
	while (p->n_open > n)
		end_open(p, end);
}

bool sqb__structure_has_inner(parser *p)
{
	size_t last = p->m->n_rows - 1;

	if (!is_open(p, last) || row(p, last)->type != SQB_PART_MESSAGE)
		return false;
	if (p->m->n_rows < p->m->limits.max_parts)
		return true;
	p->n_open--;
	row(p, last)->flags |= SQB_PART_OPAQUE | SQB_PART_LIMIT;
	limit(p, &p->told_parts, SQB_DEFECT_MANY_PARTS, last);
	return false;
}

bool sqb__structure_delimiter(parser *p, const sqb__delimiter *d)
{
	uint64_t start = p->base + d->start;
	size_t i = p->open[d->level];

	end_above(p, d->level + 1u, start);
	p->at = p->base + d->end;
	if (!d->close && p->m->n_rows < p->m->limits.max_parts)
		return true;
	sqb__boundary_pop(&p->boundaries);
	row(p, i)->epilogue = d->close ? p->at : start;
	if (!d->close) {
		row(p, i)->flags |= SQB_PART_LIMIT;
		limit(p, &p->told_parts, SQB_DEFECT_MANY_PARTS, i);
	}
	return false;
}

sqb_range_kind sqb__structure_owner(const parser *p, uint32_t *part)
{
	size_t last = p->m->n_rows - 1;

	*part = (uint32_t)last;
	if (!is_open(p, last) && row(p, last)->end == 0)
		return SQB_RANGE_BODY;
	*part = p->open[p->n_open - 1];
	if (is_unclosed(p))
		return SQB_RANGE_PREAMBLE;
	return *part == last ? SQB_RANGE_BODY : SQB_RANGE_EPILOGUE;
}

bool sqb__structure_ends_leaf(const parser *p, size_t n)
{
	size_t last = p->m->n_rows - 1;

	return is_open(p, last) ? p->n_open > n : row(p, last)->end == 0;
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

void sqb__structure_init(parser *p, sqb_message *m)
{
	*p = (parser){ .m = m, .bytes = m->bytes, .left = {
	    .header = m->limits.max_header, .fields = m->limits.max_fields } };
	sqb__boundaries_init(&p->boundaries, m->allocator);
}

void sqb__structure_clear(parser *p)
{
	sqb__boundaries_clear(&p->boundaries);
}

bool sqb__structure_end(parser *p, uint64_t end)
{
	end_above(p, 0, end);
	shrink(p->m);
	return !p->m->defects.failed;
}

/* A part, and the messages that follow each other's headers. */
static bool add_parts(parser *p, uint64_t delimiter)
{
	bool ok = sqb__structure_begin(p, delimiter) &&
	    sqb__structure_header(p, 0);

	while (ok && sqb__structure_has_inner(p))
		ok = sqb__structure_begin(p, p->at) &&
		    sqb__structure_header(p, 0);
	return ok;
}

bool sqb__structure_parse(sqb_message *m)
{
	sqb__delimiter d;
	parser p;
	bool ok;

	sqb__structure_init(&p, m);
	ok = add_parts(&p, 0);
	while (ok && sqb__find_delimiter(&p.boundaries, m->bytes,
	    (size_t)p.at, m->bare_cr, &d))
		if (sqb__structure_delimiter(&p, &d))
			ok = add_parts(&p, d.start);
	ok = ok && sqb__structure_end(&p, m->bytes.len);
	sqb__structure_clear(&p);
	return ok;
}

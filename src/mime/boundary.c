/*
 * Delimiter lines, RFC 2046, section 5.1.1: "--", the boundary of an open
 * multipart, "--" where it is the last, and perhaps blanks. Anything else
 * behind the boundary makes it some other line. Of equal boundaries the
 * innermost is meant.
 *
 * The bytes are scanned for a line end with a "-" behind it; a line of "--"
 * is hashed once and looked up in a table, however many are open.
 */
#include "mime/boundary.h"

#include "base/ascii.h"
#include "base/scan.h"
#include "mime/header.h"

#include <string.h>

/* FNV-1a, begun with HASH_START; its low octet is the slot. */
static const uint32_t HASH_START = 2166136261u;

static uint32_t hash_more(uint32_t hash, sqb_str s)
{
	for (size_t i = 0; i < s.len; i++)
		hash = (hash ^ (unsigned char)s.ptr[i]) * 16777619u;
	return hash;
}

static size_t slot_of(uint32_t hash)
{
	return (hash ^ hash >> 16) % SQB__BOUNDARY_SLOTS;
}

void sqb__boundaries_init(sqb__boundaries *b, const sqb_allocator *a)
{
	*b = (sqb__boundaries){ .n = 0 };
	sqb__buf_init(&b->text, a, SIZE_MAX / 4);
}

void sqb__boundaries_clear(sqb__boundaries *b)
{
	sqb__buf_clear(&b->text);
}

static sqb_str text_of(const sqb__boundaries *b, const sqb__boundary *open)
{
	return (sqb_str){ b->text.data + open->at, open->len };
}

bool sqb__boundary_push(sqb__boundaries *b, size_t at, uint8_t level)
{
	sqb__buf *t = &b->text;
	sqb__boundary *top = &b->open[b->n];
	uint8_t *slot;

	while (t->end > at && sqb__is_blank(t->data[t->end - 1]))
		t->end--;
	if (t->end == at || t->end - at > SQB__MAX_BOUNDARY) {
		t->end = at;
		return false;
	}
	*top = (sqb__boundary){ .at = at, .len = t->end - at,
	    .level = level };
	top->hash = hash_more(HASH_START, text_of(b, top));
	slot = &b->slots[slot_of(top->hash)];
	top->below = *slot;
	*slot = (uint8_t)++b->n;
	return true;
}

void sqb__boundary_pop(sqb__boundaries *b)
{
	const sqb__boundary *top = &b->open[--b->n];

	b->slots[slot_of(top->hash)] = top->below;
	b->text.end = top->at;
}

/* The number of the innermost boundary that is text, from 1; 0: none. */
static size_t look_up(const sqb__boundaries *b, uint32_t hash, sqb_str text)
{
	size_t i = b->slots[slot_of(hash)];

	while (i > 0 && (b->open[i - 1].hash != hash ||
	    !sqb_str_eq(text_of(b, &b->open[i - 1]), text)))
		i = b->open[i - 1].below;
	return i;
}

/* What stands behind the "--", and is not the padding of transports. */
static sqb_str boundary_of(sqb_str line)
{
	line = sqb__str_from(line, 2);
	while (line.len > 0 && (sqb__is_eol(line.ptr[line.len - 1]) ||
	    sqb__is_blank(line.ptr[line.len - 1])))
		line.len--;
	return line;
}

/* The line at the front of s; over SQB__MAX_DELIMITER it is cut. */
static size_t delimiter_length(sqb_str s, bool bare_cr)
{
	if (s.len > SQB__MAX_DELIMITER)
		s.len = SQB__MAX_DELIMITER + 1;
	return sqb__line_length(s, bare_cr);
}

bool sqb__is_delimiter(const sqb__boundaries *b, sqb_str s, size_t from,
    bool bare_cr, sqb__delimiter *d)
{
	sqb_str rest = sqb__str_from(s, from), text;
	size_t n, whole, shorter = 0;
	uint32_t hash;

	if (b->n == 0 || rest.len < 2 || rest.ptr[0] != '-' ||
	    rest.ptr[1] != '-')
		return false;
	n = delimiter_length(rest, bare_cr);
	text = boundary_of((sqb_str){ rest.ptr, n });
	if (n > SQB__MAX_DELIMITER || text.len > SQB__MAX_BOUNDARY + 2)
		return false;
	if (text.len >= 2 && !memcmp(text.ptr + text.len - 2, "--", 2)) {
		text.len -= 2;
		hash = hash_more(HASH_START, text);
		shorter = look_up(b, hash, text);
		hash = hash_more(hash, (sqb_str)SQB_STR("--"));
		text.len += 2;
	} else {
		hash = hash_more(HASH_START, text);
	}
	whole = look_up(b, hash, text);
	if (whole == 0 && shorter == 0)
		return false;
	d->start = from;
	d->end = from + n;
	d->close = shorter > whole;
	d->level = b->open[(d->close ? shorter : whole) - 1].level;
	return true;
}

/* The next "--" at the beginning of a line; s.len: there is none. */
static size_t next_dashes(sqb_str s, size_t from)
{
	const char *end = s.ptr + s.len, *p = s.ptr + from;

	while (end - p >= 3 && (p = sqb__find_pair(p, end, '\n', '-'))) {
		if (end - p < 3)
			break;
		if (p[2] == '-')
			return (size_t)(p - s.ptr) + 1;
		p += 2;
	}
	return s.len;
}

/* The same where a CR may end a line. */
static size_t next_dashes_cr(sqb_str s, size_t from)
{
	const char *end = s.ptr + s.len, *p = s.ptr + from + 1;

	while (end - p >= 2 && (p = sqb__find_pair(p, end, '-', '-'))) {
		if (end - p < 2)
			break;
		if (sqb__is_eol(p[-1]))
			return (size_t)(p - s.ptr);
		while (p < end && *p == '-')
			p++;
	}
	return s.len;
}

/* The same: the next candidate behind the front of the line at from. */
static size_t next_line(sqb_str s, size_t from, bool bare_cr)
{
	return bare_cr ? next_dashes_cr(s, from) : next_dashes(s, from);
}

/* The line end that stands before at, if one does, begins there. */
static size_t before_eol(sqb_str s, size_t at, bool bare_cr)
{
	if (at > 0 && s.ptr[at - 1] == '\n')
		at--;
	else
		return at > 0 && bare_cr && s.ptr[at - 1] == '\r' ? at - 1 :
		    at;
	return at > 0 && s.ptr[at - 1] == '\r' ? at - 1 : at;
}

/* Whether what follows decides if the line at from is a delimiter. */
static bool is_cut(const sqb__piece *piece, size_t from)
{
	sqb_str rest = sqb__str_from(piece->s, from);
	size_t n;

	if (rest.ptr[0] != '-' || (rest.len > 1 && rest.ptr[1] != '-'))
		return false;
	n = delimiter_length(rest, piece->bare_cr);
	return n <= SQB__MAX_DELIMITER &&
	    !sqb__line_has_end(rest, n, piece->bare_cr);
}

/* Where what the end of a piece may begin begins: "", a line end, "-". */
static size_t before_tail(const sqb__piece *piece)
{
	sqb_str s = piece->s;
	size_t at = s.len;

	if (at > 0 && s.ptr[at - 1] == '-' && (at > 1 ?
	    s.ptr[at - 2] == '\n' || (piece->bare_cr &&
	    s.ptr[at - 2] == '\r') : piece->at_line))
		at--;
	else if (at > 0 && s.ptr[at - 1] == '\r')
		return at - 1;
	return before_eol(s, at, piece->bare_cr);
}

bool sqb__find_in_piece(const sqb__boundaries *b, const sqb__piece *piece,
    sqb__delimiter *d, size_t *sure)
{
	sqb_str s = piece->s;
	size_t from = 0;

	*sure = s.len;
	if (b->n == 0 || s.len == 0)
		return false;
	if (!piece->at_line)
		from = next_line(s, 0, piece->bare_cr);
	while (from < s.len && !(piece->more && is_cut(piece, from))) {
		if (sqb__is_delimiter(b, s, from, piece->bare_cr, d)) {
			d->start = before_eol(s, from, piece->bare_cr);
			return true;
		}
		from = next_line(s, from, piece->bare_cr);
	}
	if (piece->more)
		*sure = from < s.len ? before_eol(s, from, piece->bare_cr) :
		    before_tail(piece);
	return false;
}

bool sqb__find_delimiter(const sqb__boundaries *b, sqb_str s, size_t from,
    bool bare_cr, sqb__delimiter *d)
{
	sqb__piece rest = { sqb__str_from(s, from), true, bare_cr, false };
	size_t sure;

	if (!sqb__find_in_piece(b, &rest, d, &sure))
		return false;
	d->start += from;
	d->end += from;
	return true;
}

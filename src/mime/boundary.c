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

bool sqb__is_delimiter(const sqb__boundaries *b, sqb_str s, size_t from,
    bool bare_cr, sqb__delimiter *d)
{
	sqb_str rest = sqb__str_from(s, from), text;
	size_t n, whole, shorter = 0;
	uint32_t hash;

	if (b->n == 0 || rest.len < 2 || rest.ptr[0] != '-' ||
	    rest.ptr[1] != '-')
		return false;
	n = sqb__line_length(rest, bare_cr);
	text = boundary_of((sqb_str){ rest.ptr, n });
	if (text.len > SQB__MAX_BOUNDARY + 2)
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

bool sqb__find_delimiter(const sqb__boundaries *b, sqb_str s, size_t from,
    bool bare_cr, sqb__delimiter *d)
{
	if (b->n == 0)
		return false;
	while (from < s.len) {
		if (sqb__is_delimiter(b, s, from, bare_cr, d))
			return true;
		from = bare_cr ? next_dashes_cr(s, from) :
		    next_dashes(s, from);
	}
	return false;
}

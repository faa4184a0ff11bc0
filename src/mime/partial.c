/*
 * Messages in pieces, put together as RFC 2046, section 5.2.2.1, says: what
 * describes the message comes from the header within the first piece, all else
 * from the header of that piece.
 */
#include <squab/partial.h>

#include "base/ascii.h"
#include "base/error.h"
#include "mime/header.h"
#include "mime/message.h"

#include <string.h>

enum {
	MAX_PIECES = 10000,
	MAX_OCTETS = 1024 * 1024 * 1024
};

bool sqb_partial_info(sqb_message *m, sqb_partial *out)
{
	uint64_t number, total = 0;
	const char *said;

	if (strcmp(sqb_part_media_type(m, 0), "message/partial") != 0)
		return false;
	said = sqb_part_param(m, 0, "total");
	if (!sqb__parse_uint(sqb_str_of(sqb_part_param(m, 0, "number")),
	    MAX_PIECES, &number) || number == 0)
		return false;
	if (said[0] != '\0' && !sqb__parse_uint(sqb_str_of(said), MAX_PIECES,
	    &total))
		return false;
	*out = (sqb_partial){ sqb_part_param(m, 0, "id"), (uint32_t)number,
	    (uint32_t)total };
	return out->id[0] != '\0';
}

/* Fields that are those of the message in the pieces, not of a piece. */
static bool is_inner(sqb_str name)
{
	static const char *const names[] = { "Subject", "Message-ID",
		"Encrypted", "MIME-Version" };

	if (name.len > 8 && sqb_str_eq_nocase((sqb_str){ name.ptr, 8 },
	    (sqb_str)SQB_STR("Content-")))
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (sqb_str_eq_nocase(name, sqb_str_of(names[i])))
			return true;
	return false;
}

/* Adds the fields at the front of s that are, or are not, inner ones. */
static sqb_str add_fields(sqb_str s, bool inner, sqb__buf *out)
{
	sqb__header_walk w = sqb__header_begin(s);
	sqb__header_line line = SQB__HEADER_FIELD;
	sqb__field f;

	while (w.rest.len > 0 && line != SQB__HEADER_EMPTY) {
		const char *start = w.rest.ptr;

		line = sqb__header_step(&w, &f);
		if (line == SQB__HEADER_FIELD && is_inner(f.name) == inner)
			sqb__buf_add(out, (sqb_str){ start,
			    (size_t)(w.rest.ptr - start) });
	}
	return w.rest;
}

/* The pieces in their order; NULL where one is missing. */
typedef struct set {
	sqb_message *by_number[MAX_PIECES];
	uint32_t total;		/* 0: no piece says it */
} set;

static int sort(set *s, sqb_message *const *pieces, size_t n, sqb_error *err)
{
	const char *id = NULL;
	sqb_partial p;

	for (size_t i = 0; i < n; i++) {
		if (pieces[i]->pushed)
			return sqb__error(err, SQB_E_USAGE,
			    "message/partial: the body of one is not there");
		if (!sqb_partial_info(pieces[i], &p))
			return sqb__error(err, SQB_E_USAGE,
			    "message/partial: one of them is no piece");
		if (id && strcmp(id, p.id) != 0)
			return sqb__error(err, SQB_E_USAGE, "message/partial: "
			    "the pieces are of different messages");
		id = p.id;
		if (!s->by_number[p.number - 1])
			s->by_number[p.number - 1] = pieces[i];
		s->total = p.total > s->total ? p.total : s->total;
	}
	return SQB_OK;
}

static int missing(uint32_t number, sqb_error *err)
{
	char digits[12];
	size_t at = sizeof(digits) - 1;

	for (digits[at] = '\0'; number > 0; number /= 10)
		digits[--at] = (char)('0' + number % 10);
	return sqb__error(err, SQB_E_EOF, "message/partial: piece ",
	    digits + at, " is missing");
}

static int check(const set *s, sqb_error *err)
{
	if (s->total == 0)
		return sqb__error(err, SQB_E_EOF, "message/partial: the last "
		    "piece is missing, which says how many there are");
	for (uint32_t i = 0; i < s->total; i++)
		if (!s->by_number[i])
			return missing(i + 1, err);
	return SQB_OK;
}

static void join(const set *s, sqb__buf *out)
{
	sqb_str first = sqb_part_body(s->by_number[0], 0), rest;

	add_fields(sqb_part_header(s->by_number[0], 0), false, out);
	rest = add_fields(first, true, out);
	sqb__buf_add_char(out, '\n');
	sqb__buf_add(out, rest);
	for (uint32_t i = 1; i < s->total; i++)
		sqb__buf_add(out, sqb_part_body(s->by_number[i], 0));
}

/* The joined bytes as a message, which then owns them. */
static int parse(sqb_message **out, sqb__buf *bytes,
    const sqb_message_options *options, sqb_error *err)
{
	bool full = bytes->failed &&
	    sqb__buf_len(bytes) > (size_t)MAX_OCTETS / 2;

	if (full)
		return sqb__error(err, SQB_E_LIMIT, "message/partial: over 1 "
		    "GiB in all");
	*out = bytes->failed ? NULL :
	    sqb_message_parse(sqb__buf_str(bytes), options);
	if (!*out)
		return sqb__error(err, SQB_E_NOMEM,
		    "message/partial: no memory");
	(*out)->joined = *bytes;
	return SQB_OK;
}

int sqb_partial_join(sqb_message **out, sqb_message *const *pieces, size_t n,
    const sqb_message_options *options, sqb_error *err)
{
	const sqb_allocator *a = options && options->allocator ?
	    options->allocator : sqb_allocator_default();
	sqb__buf bytes;
	int result;
	set *s;

	if (n == 0)
		return sqb__error(err, SQB_E_USAGE,
		    "message/partial: there are no pieces");
	if (n > MAX_PIECES)
		return sqb__error(err, SQB_E_LIMIT,
		    "message/partial: over 10,000 pieces");
	s = a->alloc(a->ctx, sizeof(*s));
	if (!s)
		return sqb__error(err, SQB_E_NOMEM,
		    "message/partial: no memory");
	memset(s, 0, sizeof(*s));
	sqb__buf_init(&bytes, a, MAX_OCTETS);
	result = sort(s, pieces, n, err);
	if (result == SQB_OK)
		result = check(s, err);
	if (result == SQB_OK) {
		join(s, &bytes);
		result = parse(out, &bytes, options, err);
	}
	if (result != SQB_OK)
		sqb__buf_clear(&bytes);
	a->free(a->ctx, s);
	return result;
}

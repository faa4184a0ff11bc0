/*
 * uuencode for reading, as POSIX describes it: after "begin MODE NAME" lines
 * that start with the count of their octets, then "end". Both ways to write a
 * zero are read, "`" and the blank, and blanks that were lost at the end of a
 * line. What stands behind the octets of a line, a checksum, is left out, and
 * so are modes and the form "begin-base64".
 */
#include "text/uu.h"

#include "base/ascii.h"

#include <string.h>

/* What is looked at of it. */
static sqb_str clipped(sqb_str line)
{
	return (sqb_str){ line.ptr,
	    line.len < SQB__UU_LINE ? line.len : SQB__UU_LINE };
}

/* "begin" SP 3*4octal SP name */
static bool parse_begin(sqb_str line, sqb_str *name)
{
	size_t at = 6;

	if (line.len < at || memcmp(line.ptr, "begin ", at) != 0)
		return false;
	while (at < line.len && line.ptr[at] >= '0' && line.ptr[at] <= '7')
		at++;
	if (at < 9 || at > 10 || line.len - at < 2 || line.ptr[at] != ' ')
		return false;
	*name = sqb__str_from(line, at + 1);
	return true;
}

static bool is_end(sqb_str line)
{
	while (line.len > 0 && sqb__is_blank(line.ptr[line.len - 1]))
		line.len--;
	return line.len == 3 && memcmp(line.ptr, "end", 3) == 0;
}

static bool is_digit(char c)
{
	return c >= ' ' && c <= '`';
}

static unsigned digit_value(char c)
{
	return ((unsigned char)c - 32u) & 63;
}

/* Characters that n octets take; some encoders leave out the last ones. */
static size_t n_needed(size_t n)
{
	return (n * 8 + 5) / 6;
}

/* The line has at least the octets it promises, and not much else. */
static bool is_data(sqb_str line)
{
	size_t n;

	if (line.len == 0 || !is_digit(line.ptr[0]))
		return false;
	n = digit_value(line.ptr[0]);
	if (line.len - 1 < n_needed(n) || line.len - 1 > (n + 2) / 3 * 4 + 2)
		return false;
	for (size_t i = 1; i < line.len; i++)
		if (!is_digit(line.ptr[i]))
			return false;
	return true;
}

/* The lines of the file behind "begin". */
static void find_end(sqb_str text, sqb__uu_file *file)
{
	while (file->end < text.len && !file->ended) {
		sqb_str line = sqb__str_from(text, file->end);
		size_t n = sqb__line_len(line);

		line = sqb__without_eol((sqb_str){ line.ptr, n });
		file->ended = is_end(line);
		if (!file->ended && !is_data(line))
			break;
		file->end += n;
	}
}

/* "begin" alone is no file: people write that at the front of a line, too. */
static bool is_file_at(sqb_str text, size_t at, sqb__uu_file *file)
{
	sqb_str rest = sqb__str_from(text, at);
	size_t n = sqb__line_len(rest);

	*file = (sqb__uu_file){ .start = at, .end = at + n };
	if (!parse_begin(sqb__without_eol((sqb_str){ rest.ptr, n }),
	    &file->name))
		return false;
	find_end(text, file);
	return file->end > at + n;
}

bool sqb__uu_find(sqb_str text, size_t at, sqb__uu_file *file)
{
	while (at < text.len) {
		if (text.ptr[at] == 'b' && is_file_at(text, at, file))
			return true;
		at += sqb__line_len(sqb__str_from(text, at));
	}
	return false;
}

void sqb__uu_init(sqb__uu *d)
{
	*d = (sqb__uu){ 0 };
}

static unsigned digit_at(sqb_str line, size_t at)
{
	return at < line.len ? digit_value(line.ptr[at]) : 0;
}

static bool has_junk(sqb_str line)
{
	for (size_t i = 0; i < line.len; i++)
		if (!is_digit(line.ptr[i]))
			return true;
	return false;
}

/*
 * Lines that lost their blanks are filled; but a few octets must not become
 * many megabytes.
 */
static bool may_fill(sqb__uu *d, sqb_str line, size_t needed)
{
	size_t there = line.len - 1 < needed ? line.len - 1 : needed;

	if (d->n_missing + (needed - there) >
	    d->n_digits + there + SQB__UU_FILL)
		return false;
	d->n_digits += there;
	d->n_missing += needed - there;
	return true;
}

static size_t decode_data(sqb__uu *d, sqb_str line, char *out)
{
	size_t n = digit_value(line.ptr[0]), at = 0;

	if (!may_fill(d, line, n_needed(n))) {
		sqb__flaw_note(&d->junk, d->offset);
		return 0;
	}
	if (line.len - 1 < n_needed(n))
		sqb__flaw_note(&d->filled, d->offset);
	else
		line.len = 1 + n_needed(n);
	if (has_junk(line))
		sqb__flaw_note(&d->junk, d->offset);
	for (size_t i = 1; at < n; i += 4) {
		unsigned v = digit_at(line, i) << 18 |
		    digit_at(line, i + 1) << 12 |
		    digit_at(line, i + 2) << 6 | digit_at(line, i + 3);

		for (unsigned shift = 16; at < n && shift <= 16; shift -= 8)
			out[at++] = (char)(v >> shift & 0xff);
	}
	return n;
}

/* One line, clipped and without its end. */
static size_t take_line(sqb__uu *d, sqb_str line, char *out)
{
	sqb_str name;

	if (!d->begun) {
		d->begun = parse_begin(line, &name);
		return 0;
	}
	if (d->ended || line.len == 0)
		return 0;
	if (is_end(line)) {
		d->ended = true;
		return 0;
	}
	if (d->last || !is_digit(line.ptr[0])) {
		sqb__flaw_note(&d->junk, d->offset);
		return 0;
	}
	d->last = digit_value(line.ptr[0]) == 0;
	return decode_data(d, line, out);
}

/* The n octets at the front of *in are the rest of a line, or a part of it. */
static void hold(sqb__uu *d, sqb_str *in, size_t n)
{
	size_t room = SQB__UU_LINE - d->n_held, fits = n < room ? n : room;

	memcpy(d->held + d->n_held, in->ptr, fits);
	d->n_held += fits;
	d->n_skipped += n - fits;
	*in = sqb__str_from(*in, n);
}

static size_t take_held(sqb__uu *d, char *out)
{
	sqb_str line = { d->held, d->n_held };
	size_t made;

	made = take_line(d, d->n_skipped > 0 ? line :
	    sqb__without_eol(line), out);
	d->offset += d->n_held + d->n_skipped;
	d->n_held = 0;
	d->n_skipped = 0;
	return made;
}

static size_t take_next(sqb__uu *d, sqb_str *in, char *out)
{
	size_t n = sqb__line_len(*in), made;
	bool whole = in->ptr[n - 1] == '\n';
	sqb_str line = clipped((sqb_str){ in->ptr, n });

	if (d->n_held > 0 || !whole) {
		hold(d, in, n);
		return whole ? take_held(d, out) : 0;
	}
	made = take_line(d, line.len < n ? line : sqb__without_eol(line), out);
	d->offset += n;
	*in = sqb__str_from(*in, n);
	return made;
}

size_t sqb__uu_decode(sqb__uu *d, sqb_str *in, char *out, size_t room)
{
	size_t made = 0;

	while (in->len > 0 && room - made >= SQB__UU_OCTETS)
		made += take_next(d, in, out + made);
	return made;
}

size_t sqb__uu_end(sqb__uu *d, char *out)
{
	size_t made = d->n_held > 0 ? take_held(d, out) : 0;

	if (!d->ended)
		sqb__flaw_note(&d->cut, d->offset);
	return made;
}

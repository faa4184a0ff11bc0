/*
 * Quoted-printable for reading: bodies, RFC 2045, section 6.7, and the form
 * that header fields use, the "Q" encoding of RFC 2047, section 4.2. Lenient:
 * lower-case digits, raw 8-bit octets, long lines and line ends of any kind
 * are taken as they are meant, and broken escapes are text. Blanks at the end
 * of a line go, but for runs too long to be from an encoder or a relay.
 *
 * A body is text with a rare escape: what is neither "=" nor a blank at the
 * end of a line is copied in vectors, whole escapes are done where they stand,
 * and a small machine takes what is at the edges of a piece.
 */
#include "text/qp.h"

#include "base/ascii.h"
#include "base/vector.h"

/* 16 + the value of a hexadecimal digit; 0: it is none. */
static const uint8_t digits[256] = {
	['0'] = 16, ['1'] = 17, ['2'] = 18, ['3'] = 19, ['4'] = 20,
	['5'] = 21, ['6'] = 22, ['7'] = 23, ['8'] = 24, ['9'] = 25,
	['A'] = 26, ['B'] = 27, ['C'] = 28, ['D'] = 29, ['E'] = 30,
	['F'] = 31, ['a'] = 26, ['b'] = 27, ['c'] = 28, ['d'] = 29,
	['e'] = 30, ['f'] = 31,
};

static bool is_hex(char c)
{
	return digits[(uint8_t)c] > 0;
}

/* The octet that two digits mean; -1: one is none. */
static int octet_of(char high, char low)
{
	int h = digits[(uint8_t)high], l = digits[(uint8_t)low];

	return (h & l & 16) == 0 ? -1 : (h - 16) * 16 + l - 16;
}

/* The octet that "=XX" at the front of s stands for; -1: it is no such. */
static int escaped(sqb_str s)
{
	if (s.len < 3 || s.ptr[0] != '=')
		return -1;
	return octet_of(s.ptr[1], s.ptr[2]);
}

size_t sqb__q_decode(sqb_str in, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < in.len; i++) {
		int octet = escaped(sqb__str_from(in, i));

		if (octet >= 0) {
			out[n++] = (char)octet;
			i += 2;
		} else {
			out[n++] = in.ptr[i] == '_' ? ' ' : in.ptr[i];
		}
	}
	return n;
}

void sqb__qp_init(sqb__qp *d)
{
	*d = (sqb__qp){ 0 };
}

static bool is_line_end(char c)
{
	return c == '\n' || c == '\r';
}

/* An escape, or a blank with the end of the line or of the piece behind it. */
static bool is_special(const char *p, const char *end)
{
	return *p == '=' || (sqb__is_blank(*p) &&
	    (p + 1 == end || is_line_end(p[1])));
}

static sqb__vector specials(sqb__vector v, sqb__vector next)
{
	sqb__vector blanks = sqb__vector_eq(v, ' ') | sqb__vector_eq(v, '\t');
	sqb__vector ends = sqb__vector_eq(next, '\r') |
	    sqb__vector_eq(next, '\n');

	return sqb__vector_eq(v, '=') | (blanks & ends);
}

/* Copies up to "=" or blanks that end a line, and returns how much it is. */
static size_t copy_text(sqb_str in, char *out)
{
	const char *p = in.ptr, *end = p + in.len;

	while (end - p > SQB__VECTOR) {
		sqb__vector v = sqb__vector_load(p);
		sqb__vector hits = specials(v, sqb__vector_load(p + 1));

		sqb__vector_store(out, v);
		if (sqb__vector_any(hits)) {
			p += sqb__vector_first(hits);
			break;
		}
		out += SQB__VECTOR;
		p += SQB__VECTOR;
	}
	while (p < end && !is_special(p, end))
		*out++ = *p++;
	if (p < end && sqb__is_blank(*p))
		while (p > in.ptr && sqb__is_blank(p[-1]))
			p--;
	return (size_t)(p - in.ptr);
}

/* What "=" at the front of in begins, if all of it is there; its length. */
static size_t take_whole_escape(sqb_str in, char **out)
{
	int octet;

	if (in.len < 3)
		return 0;
	if (in.ptr[1] == '\n')
		return 2;
	if (in.ptr[1] == '\r' && in.ptr[2] == '\n')
		return 3;
	octet = octet_of(in.ptr[1], in.ptr[2]);
	if (octet < 0)
		return 0;
	*(*out)++ = (char)octet;
	return 3;
}

/* Up to what is not whole, is broken or may have to go. */
static size_t take_text(sqb_str in, char **out)
{
	size_t at = 0, n = 1;

	while (n > 0 && at < in.len) {
		sqb_str rest = sqb__str_from(in, at);

		if (*rest.ptr == '=') {
			n = take_whole_escape(rest, out);
		} else {
			n = copy_text(rest, *out);
			*out += n;
		}
		at += n;
	}
	return at;
}

static void release(sqb__qp *d, char **out)
{
	memcpy(*out, d->held, d->n_held);
	*out += d->n_held;
	d->n_held = 0;
}

static void release_broken(sqb__qp *d, uint64_t offset, char **out)
{
	sqb__flaw_note(&d->broken, offset - d->n_held);
	release(d, out);
}

static void hold(sqb__qp *d, char c, uint64_t offset, char **out)
{
	if (d->n_held < SQB__QP_HELD) {
		d->held[d->n_held++] = c;
		return;
	}
	if (d->held[0] == '=')
		release_broken(d, offset, out);
	else
		release(d, out);
	d->keep_blanks = true;
	*(*out)++ = c;
}

/* "=" is held. False: c does not go on with it. */
static bool take_in_escape(sqb__qp *d, char c, uint64_t offset, char **out)
{
	if (d->n_held == 2 && is_hex(d->held[1])) {
		int octet = octet_of(d->held[1], c);

		if (octet >= 0) {
			*(*out)++ = (char)octet;
			d->n_held = 0;
			return true;
		}
	} else if (is_line_end(c)) {
		d->skip_lf = c == '\r';
		d->n_held = 0;
		return true;
	} else if (sqb__is_blank(c) || (d->n_held == 1 && is_hex(c))) {
		hold(d, c, offset, out);
		return true;
	}
	release_broken(d, offset, out);
	return false;
}

/* Blanks are held. False: c is none. */
static bool take_in_blanks(sqb__qp *d, char c, uint64_t offset, char **out)
{
	if (sqb__is_blank(c)) {
		hold(d, c, offset, out);
		return true;
	}
	if (is_line_end(c))
		d->n_held = 0;
	else
		release(d, out);
	return false;
}

static void take(sqb__qp *d, char c, uint64_t offset, char **out)
{
	bool was_cr = d->skip_lf;

	d->skip_lf = false;
	if (was_cr && c == '\n')
		return;
	if (d->n_held > 0 && (d->held[0] == '=' ?
	    take_in_escape(d, c, offset, out) :
	    take_in_blanks(d, c, offset, out)))
		return;
	d->keep_blanks = d->keep_blanks && sqb__is_blank(c);
	if (c == '=' || (sqb__is_blank(c) && !d->keep_blanks))
		hold(d, c, offset, out);
	else
		*(*out)++ = c;
}

size_t sqb__qp_decode(sqb__qp *d, sqb_str in, char *out)
{
	char *to = out;
	size_t at = 0;

	while (at < in.len) {
		if (d->n_held == 0 && !d->skip_lf && !d->keep_blanks)
			at += take_text(sqb__str_from(in, at), &to);
		if (at < in.len) {
			take(d, in.ptr[at], d->offset + at, &to);
			at++;
		}
	}
	d->offset += in.len;
	return (size_t)(to - out);
}

/* "=" at the end is a line break whose line end was the delimiter's. */
size_t sqb__qp_end(sqb__qp *d, char *out)
{
	char *to = out;

	if (d->n_held == 2 && is_hex(d->held[1]))
		release_broken(d, d->offset, &to);
	d->n_held = 0;
	return (size_t)(to - out);
}

/*
 * The base64 of bodies and encoded words: RFC 2045, section 6.8, for reading.
 *
 * All that is not in the alphabet is skipped, line ends and blanks without a
 * word. After padding another block may follow, as where two encoded texts
 * were put behind each other; at the end padding may be missing. Bits behind
 * the last octet are not looked at. Encoding is in base64.c.
 *
 * A body is mostly lines of one length. When one was seen, the next is taken
 * to be like it and needs no search for its end, only a look.
 */
#include "text/base64_body.h"

#include "base/ascii.h"

void sqb__base64_body_init(sqb__base64_body *d)
{
	*d = (sqb__base64_body){ .groups = sqb__base64_kernel_at(0)->groups };
}

/* How long the line end at p is: 1 or 2; 0: there is none. */
static size_t line_end(const char *p)
{
	if (*p == '\n')
		return 1;
	return p[0] == '\r' && p[1] == '\n' ? 2 : 0;
}

/* Lines as long as the last one was. Returns how much of in they are. */
static size_t take_lines(sqb__base64_body *d, sqb_str in, char **out)
{
	size_t at = 0, n = d->line;

	while (in.len - at >= 2 && in.len - at - 2 >= n) {
		size_t end = line_end(in.ptr + at + n);
		size_t taken = end ? d->groups(*out, in.ptr + at, n) : 0;

		*out += taken / 4 * 3;
		at += taken;
		if (end == 0 || taken < n) {
			d->column = taken;
			break;
		}
		at += end;
	}
	return at;
}

/* No group is under way. */
static size_t take_groups(sqb__base64_body *d, sqb_str in, char **out)
{
	size_t at = 0, taken;

	if (d->column == 0 && d->line > 0)
		at = take_lines(d, in, out);
	taken = d->groups(*out, in.ptr + at, in.len - at);
	*out += taken / 4 * 3;
	d->column += taken;
	return at + taken;
}

static void take_pad(sqb__base64_body *d, uint64_t offset)
{
	if (d->n_bits == 0 && d->pads_due == 0) {
		sqb__flaw_note(&d->junk, offset);
		return;
	}
	if (d->n_bits == 6)
		sqb__flaw_note(&d->cut, offset);
	d->pads_due = d->n_bits > 0 ? d->n_bits / 2 - 1 : d->pads_due - 1;
	d->n_bits = 0;
	d->padded = true;
}

static void begin_block(sqb__base64_body *d, uint64_t offset)
{
	sqb__flaw_note(&d->joined, offset);
	if (d->pads_due > 0)
		sqb__flaw_note(&d->unpadded, offset);
	d->pads_due = 0;
	d->padded = false;
}

static void end_line(sqb__base64_body *d)
{
	if (d->column > 0)
		d->line = d->column % 4 == 0 ? d->column : 0;
	d->column = 0;
}

static void take_other(sqb__base64_body *d, char c, uint64_t offset)
{
	if (c == '=')
		take_pad(d, offset);
	else if (c == '\n')
		end_line(d);
	else if (c != '\r' && !sqb__is_blank(c))
		sqb__flaw_note(&d->junk, offset);
}

static void take_digit(sqb__base64_body *d, unsigned digit, char **out)
{
	d->column++;
	d->bits = (d->bits << 6 | (digit & 63)) & 0xfff;
	if (d->n_bits == 0) {
		d->n_bits = 6;
		return;
	}
	d->n_bits -= 2;
	*(*out)++ = (char)(d->bits >> d->n_bits & 0xff);
}

size_t sqb__base64_body_decode(sqb__base64_body *d, sqb_str in, char *out)
{
	char *to = out;

	for (size_t at = 0; at < in.len; at++) {
		unsigned digit = sqb__base64_digits[(uint8_t)in.ptr[at]];

		if (digit > 0 && d->padded)
			begin_block(d, d->offset + at);
		if (digit > 0 && d->n_bits == 0) {
			at += take_groups(d, sqb__str_from(in, at), &to);
			if (at == in.len)
				break;
			digit = sqb__base64_digits[(uint8_t)in.ptr[at]];
		}
		if (digit > 0)
			take_digit(d, digit, &to);
		else
			take_other(d, in.ptr[at], d->offset + at);
	}
	d->offset += in.len;
	return (size_t)(to - out);
}

void sqb__base64_body_end(sqb__base64_body *d)
{
	if (d->n_bits == 6)
		sqb__flaw_note(&d->cut, d->offset);
	else if (d->n_bits > 0 || d->pads_due > 0)
		sqb__flaw_note(&d->unpadded, d->offset);
}

/*
 * Contents of the parts of a message that is written. A content is read twice:
 * by begin, to choose the encoding and to know the size, and when its octets
 * are taken. Text is made canonical on the way, its lines ending in CRLF (RFC
 * 2046, section 4.1.1).
 *
 * The encoding (RFC 2045, section 6):
 *
 *	7bit		text of ASCII in lines of at most 998 octets, no NUL
 *	8bit		the same with other octets, where the way allows it
 *	quoted-printable, base64	any other text, whichever is shorter
 *	binary		what is no text, where the way allows it
 *	base64		what is no text else, and what can be read but once
 *
 * A message is 7bit or 8bit, and no message/rfc822 where it cannot be: RFC
 * 6532, section 3.7, has message/global, which may be base64.
 */
#include "mime/compose.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "text/base64.h"
#include "text/qp.h"

#include <assert.h>
#include <string.h>

enum {
	PIECE = 48 * 1024,	/* octets read at once */
	MAX_LINE = 998		/* RFC 5322, section 2.1.1 */
};

static int source_failed(sqb_compose *c, const sqb__part_in *p, int code)
{
	return sqb__compose_error(c, code < SQB_OK ? (sqb_code)code :
	    SQB_E_USAGE, p->name ? p->name : "an attachment",
	    " cannot be read");
}

int sqb__content_begin(sqb_compose *c, sqb__part_in *p, bool look)
{
	sqb__content *r = &c->content;
	int code;

	sqb__buf_reset(&r->buf);
	sqb__buf_reset(&r->raw);
	*r = (sqb__content){ .part = p, .look = look, .buf = r->buf,
	    .raw = r->raw };
	if (!p->has_source)
		return SQB_OK;
	if (!p->source.rewind) {
		if (p->was_read)
			return sqb__compose_error(c, SQB_E_USAGE,
			    "an attachment can be read but once");
		p->was_read = true;
		return SQB_OK;
	}
	code = p->source.rewind(p->source.ctx);
	return code < 0 ? source_failed(c, p, code) : SQB_OK;
}

/* Where c is in s, from at on; s.len: nowhere. */
static size_t find(sqb_str s, size_t at, char c)
{
	const char *p = at < s.len ? memchr(s.ptr + at, c, s.len - at) : NULL;

	return p ? (size_t)(p - s.ptr) : s.len;
}

/*
 * Appends s with CRLF for each LF, CR and CRLF, over pieces too. The next LF is
 * looked for once, however many CR stand before it.
 */
static void add_canonical(sqb__content *r, sqb_str s)
{
	size_t at = 0, lf = find(s, 0, '\n'), eol;

	while (at < s.len) {
		if (lf < at)
			lf = find(s, at, '\n');
		if (r->after_cr && lf == at) {
			r->after_cr = false;
			at++;
			continue;
		}
		r->seen.bare_cr = r->seen.bare_cr || r->after_cr;
		eol = find((sqb_str){ s.ptr, lf }, at, '\r');
		sqb__buf_add(&r->buf, (sqb_str){ s.ptr + at, eol - at });
		if (eol < s.len)
			sqb__buf_add(&r->buf, (sqb_str)SQB_STR("\r\n"));
		r->after_cr = eol < lf;
		at = eol + 1;
	}
}

/* The next octets as they are; *s is empty at the end. */
static int read_raw(sqb_compose *c, sqb__buf *to, sqb_str *s)
{
	sqb__content *r = &c->content;
	sqb__part_in *p = r->part;
	int64_t n;

	if (!p->has_source) {
		*s = sqb__str_from(p->bytes, r->at);
		s->len = s->len < PIECE ? s->len : PIECE;
		r->at += s->len;
		return SQB_OK;
	}
	if (!sqb__buf_reserve(to, PIECE))
		return sqb__compose_no_memory(c);
	n = p->source.read(p->source.ctx, to->data + to->end, PIECE);
	if (n < 0 || n > PIECE)
		return source_failed(c, p, n < INT32_MIN ? SQB_E_USAGE :
		    (int)n);
	*s = (sqb_str){ to->data + to->end, (size_t)n };
	return SQB_OK;
}

static void note_line(sqb__content *r, sqb_str line, bool ends)
{
	sqb__content_stats *seen = &r->seen;

	if (sqb__ascii_len(line) < line.len) {
		seen->high = true;
		seen->high_header = seen->high_header || !r->in_body;
	}
	r->column += line.len;
	if (r->column > seen->longest)
		seen->longest = r->column;
	if (ends) {
		r->in_body = r->in_body || r->column == 0;
		r->column = 0;
	}
}

/* s is canonical, and cuts no CRLF. */
static void note(sqb__content *r, sqb_str s)
{
	if (s.len == 0)
		return;
	assert(s.ptr);
	r->seen.len += s.len;
	r->seen.n_coded += sqb__qp_count(s);
	r->seen.nul = r->seen.nul || memchr(s.ptr, '\0', s.len);
	while (s.len > 0) {
		const char *lf = memchr(s.ptr, '\n', s.len);
		size_t n = lf ? (size_t)(lf - s.ptr) + 1 : s.len;

		note_line(r, (sqb_str){ s.ptr, lf ? n - 2 : n }, lf);
		s = sqb__str_from(s, n);
	}
}

/* One more piece to buf, or the end. */
static int fill(sqb_compose *c)
{
	sqb__content *r = &c->content;
	bool source = r->part->has_source;
	size_t before = sqb__buf_len(&r->buf);
	sqb_str s = { NULL, 0 };
	int code;

	sqb__buf_reset(&r->raw);
	code = read_raw(c, r->part->raw ? &r->buf : &r->raw, &s);
	if (code != SQB_OK)
		return code;
	r->end = s.len == 0;
	if (!r->part->raw)
		add_canonical(r, s);
	else if (source)
		r->buf.end += s.len;
	else
		sqb__buf_add(&r->buf, s);
	if (r->end && r->after_cr)
		r->seen.bare_cr = true;
	if (r->buf.failed)
		return sqb__compose_no_memory(c);
	if (r->look && !r->part->raw)
		note(r, sqb__str_from(sqb__buf_str(&r->buf), before));
	else if (r->look)
		r->seen.len += sqb__buf_len(&r->buf) - before;
	return SQB_OK;
}

int sqb__content_get(sqb_compose *c, size_t want, sqb_str *got)
{
	sqb__content *r = &c->content;
	int code = SQB_OK;

	if (r->part->raw && !r->part->has_source) {
		*got = sqb__str_from(r->part->bytes, r->at);
		return SQB_OK;
	}
	while (code == SQB_OK && !r->end && sqb__buf_len(&r->buf) < want)
		code = fill(c);
	*got = sqb__buf_str(&r->buf);
	return code;
}

void sqb__content_drop(sqb_compose *c, size_t n)
{
	sqb__content *r = &c->content;

	if (r->part->raw && !r->part->has_source)
		r->at += n;
	else
		sqb__buf_drop(&r->buf, n);
}

/* How much of s, more of which may follow, ends between characters. */
static size_t whole_len(sqb_str s)
{
	size_t n = s.len, back = 0;

	while (n > 0 && back < 3 && !sqb__is_ascii(s.ptr[n - 1])) {
		n--;
		back++;
		if ((unsigned char)s.ptr[n] >= 0xc0)
			return sqb__utf8_valid(sqb__str_from(s, n)) ? s.len : n;
	}
	return s.len;
}

static int take_stats(sqb_compose *c, sqb__part_in *p)
{
	bool not_utf8 = false;
	sqb_str s;
	int code = sqb__content_begin(c, p, true);

	while (code == SQB_OK) {
		code = sqb__content_get(c, PIECE, &s);
		if (code != SQB_OK || s.len == 0)
			break;
		if (!c->content.end)
			s.len = whole_len(s);
		not_utf8 = not_utf8 || (!p->raw && !sqb__utf8_valid(s));
		sqb__content_drop(c, s.len);
	}
	p->stats = c->content.seen;
	p->stats.not_utf8 = not_utf8;
	return code;
}

bool sqb__content_fits(const sqb_compose *c)
{
	const sqb__content_stats *seen = &c->content.seen;
	const sqb__content_stats *stats = &c->content.part->stats;

	if (!c->content.look)
		return true;
	if (seen->len > stats->len ||
	    (c->content.end && seen->len < stats->len))
		return false;
	return seen->high <= stats->high && seen->nul <= stats->nul &&
	    (seen->longest <= MAX_LINE || seen->longest <= stats->longest);
}

static int qp_size(sqb_compose *c, sqb__part_in *p)
{
	size_t column = 0, used;
	sqb_str s;
	int code = sqb__content_begin(c, p, false);

	p->size = 0;
	while (code == SQB_OK) {
		code = sqb__content_get(c, PIECE, &s);
		if (code != SQB_OK || s.len == 0)
			break;
		s.len = s.len < PIECE ? s.len : PIECE;
		sqb__buf_reset(&c->out);
		if (!sqb__buf_reserve(&c->out, sqb__qp_encoded_max(s.len)))
			return sqb__compose_no_memory(c);
		p->size += sqb__qp_encode(&column, s, c->content.end &&
		    s.len == sqb__buf_len(&c->content.buf), c->out.data,
		    &used);
		sqb__content_drop(c, used);
	}
	return code;
}

static void use_base64(sqb__part_in *p)
{
	p->encoding = SQB_ENCODING_BASE64;
	p->size = sqb__base64_lines_len(p->stats.len);
}

static int choose_text(sqb_compose *c, sqb__part_in *p)
{
	const sqb__content_stats *stats = &p->stats;
	bool lines = !stats->nul && stats->longest <= MAX_LINE;
	int code;

	p->size = stats->len;
	p->encoding = SQB_ENCODING_7BIT;
	if (lines && !stats->high)
		return SQB_OK;
	p->encoding = SQB_ENCODING_8BIT;
	if (lines && (c->allowed & SQB_COMPOSE_8BIT))
		return SQB_OK;
	if (p->kind != SQB__PART_TEXT ||
	    stats->len + 2 * stats->n_coded >
	    sqb__base64_lines_len(stats->len)) {
		use_base64(p);
		return SQB_OK;
	}
	p->encoding = SQB_ENCODING_QP;
	code = qp_size(c, p);
	if (code == SQB_OK && p->size > sqb__base64_lines_len(stats->len))
		use_base64(p);
	return code;
}

static int measure_raw(sqb_compose *c, sqb__part_in *p)
{
	int code = SQB_OK;

	p->raw = true;
	if (p->has_source)
		code = take_stats(c, p);
	else
		p->stats = (sqb__content_stats){ .len = p->bytes.len };
	use_base64(p);
	if (p->kind == SQB__PART_DATA && (c->allowed & SQB_COMPOSE_BINARY)) {
		p->encoding = SQB_ENCODING_BINARY;
		p->size = p->stats.len;
	}
	return code;
}

int sqb__compose_measure(sqb_compose *c, sqb__part_in *p)
{
	int code;

	if (p->has_source && !p->source.rewind) {
		p->stats = (sqb__content_stats){ .not_utf8 = true };
		p->raw = true;
		p->encoding = SQB_ENCODING_BASE64;
		p->size = UINT64_MAX;
		return SQB_OK;
	}
	p->raw = p->kind == SQB__PART_DATA;
	if (p->raw)
		return measure_raw(c, p);
	code = take_stats(c, p);
	if (code != SQB_OK)
		return code;
	/* What is no text after all, UTF-16 for one, stays as it is. */
	if (p->stats.nul ||
	    (p->kind == SQB__PART_MESSAGE && p->stats.bare_cr)) {
		bool not_utf8 = p->stats.not_utf8 || p->stats.nul;

		code = measure_raw(c, p);
		p->stats.not_utf8 = not_utf8;
		return code;
	}
	return choose_text(c, p);
}

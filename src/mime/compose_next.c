/*
 * From what was said to octets: begin, and then piece by piece. In memory are
 * the header, the headers of the parts, and one piece of one content.
 */
#include "mime/compose.h"

#include "base/ascii.h"
#include "text/base64.h"
#include "text/html.h"
#include "text/qp.h"

#include <string.h>

/* Octets of a content that make a piece, in whole lines of base64. */
enum { PIECE = 840 * SQB__BASE64_LINE_OCTETS };

/* What is quoted is below; a text is made of the html; an empty one is one. */
static int finish_texts(sqb_compose *c)
{
	if (c->has_html)
		sqb__buf_add(&c->html, sqb__buf_str(&c->quote_html));
	if (c->has_html && !c->has_text && c->make_text) {
		sqb__html_text(sqb__buf_str(&c->html), &c->text);
		c->has_text = true;
	} else if (sqb__buf_len(&c->quote) > 0 &&
	    (c->has_text || !c->has_html)) {
		sqb__buf_add(&c->text, sqb__buf_str(&c->quote));
		c->has_text = true;
	}
	sqb__buf_reset(&c->quote);
	sqb__buf_reset(&c->quote_html);
	if (!c->has_html && !c->method && !c->parts)
		c->has_text = true;
	c->text_part = (sqb__part_in){ .type = "text/plain",
	    .bytes = sqb__buf_str(&c->text) };
	c->html_part = (sqb__part_in){ .type = "text/html",
	    .bytes = sqb__buf_str(&c->html) };
	c->calendar_part = (sqb__part_in){ .type = "text/calendar",
	    .bytes = c->calendar_part.bytes };
	return c->text.failed || c->html.failed ? sqb__compose_no_memory(c) :
	    SQB_OK;
}

static int prepare(sqb_compose *c)
{
	size_t n = c->n_parts + 3;
	int code = sqb__compose_random(c);

	if (code == SQB_OK && !c->steps) {
		c->steps = sqb__arena_alloc(&c->arena, n * sizeof(*c->steps));
		if (!c->steps)
			return sqb__compose_no_memory(c);
	}
	return code == SQB_OK ? finish_texts(c) : code;
}

static int measure_all(sqb_compose *c)
{
	int code = SQB_OK;

	if (c->has_text)
		code = sqb__compose_measure(c, &c->text_part);
	if (code == SQB_OK && c->has_html)
		code = sqb__compose_measure(c, &c->html_part);
	if (code == SQB_OK && c->method)
		code = sqb__compose_measure(c, &c->calendar_part);
	for (sqb__part_in *p = c->parts; p && code == SQB_OK; p = p->next)
		code = sqb__compose_measure(c, p);
	return code;
}

/* The message ends in CRLF, as a text does. */
static void end_message(sqb_compose *c)
{
	const sqb__part_in *last = c->n_steps > 0 ? c->steps[c->n_steps - 1] :
	    NULL;

	if (!last || last->at < sqb__buf_len(&c->head) ||
	    last->encoding == SQB_ENCODING_BASE64)
		sqb__buf_add_c(&c->head, "\r\n");
}

static void sum_up(sqb_compose *c)
{
	uint64_t size = sqb__buf_len(&c->signatures) +
	    sqb__buf_len(&c->head);

	c->needs = c->needs_utf8 ? SQB_COMPOSE_UTF8 : 0;
	for (size_t i = 0; i < c->n_steps; i++) {
		const sqb__part_in *p = c->steps[i];

		if (p->encoding == SQB_ENCODING_8BIT)
			c->needs |= SQB_COMPOSE_8BIT;
		if (p->encoding == SQB_ENCODING_BINARY)
			c->needs |= SQB_COMPOSE_BINARY;
		size = size == UINT64_MAX || p->size == UINT64_MAX ?
		    UINT64_MAX : size + p->size;
	}
	c->size = size;
}

/* A signature is of all octets, which cannot be had twice. */
static int check_signing(sqb_compose *c)
{
	for (const sqb__part_in *p = c->parts; p; p = p->next)
		if (p->has_source && !p->source.rewind)
			return sqb__compose_error(c, SQB_E_USAGE,
			    "what can be read but once cannot be signed");
	return SQB_OK;
}

static int write_head(sqb_compose *c)
{
	int code;

	sqb__buf_reset(&c->head);
	sqb__buf_reset(&c->signatures);
	c->head_header = c->n_steps = 0;
	code = sqb__compose_header(c);
	if (code != SQB_OK)
		return code;
	sqb__compose_tree(c);
	end_message(c);
	if (c->head.failed)
		return sqb__compose_no_memory(c);
	if (!c->sign)
		return SQB_OK;
	code = check_signing(c);
	return code == SQB_OK ? c->sign(c) : code;
}

int sqb_compose_begin(sqb_compose *c, unsigned allowed)
{
	int code;

	if (c->begun && c->failed_begin) {
		c->error = (sqb_error){ .code = SQB_OK };
		c->failed_begin = false;
	}
	if (c->error.code != SQB_OK)
		return c->error.code;
	c->begun = c->failed_begin = true;
	/* what is signed must not be encoded on its way: RFC 6376, 5.3 */
	c->allowed = c->sign ? allowed & SQB_COMPOSE_UTF8 : allowed;
	if (c->needs_utf8 && !(allowed & SQB_COMPOSE_UTF8))
		return sqb__compose_error(c, SQB_E_UNSUPPORTED,
		    "an address or id is not ASCII, and needs SMTPUTF8");
	code = prepare(c);
	if (code == SQB_OK)
		code = measure_all(c);
	if (code == SQB_OK)
		code = write_head(c);
	if (code != SQB_OK)
		return code;
	sum_up(c);
	sqb__compose_restart(c, false);
	return SQB_OK;
}

unsigned sqb_compose_needs(const sqb_compose *c)
{
	return c->needs;
}

uint64_t sqb_compose_size(const sqb_compose *c)
{
	return c->size;
}

void sqb__compose_restart(sqb_compose *c, bool body)
{
	c->signed_out = body;
	c->head_at = body ? c->head_header : 0;
	c->step = 0;
	c->in_content = false;
}

static int changed(sqb_compose *c, const sqb__part_in *p)
{
	return sqb__compose_error(c, SQB_E_USAGE, p->name ? p->name :
	    "an attachment", " was changed while it was read");
}

/* Encodes a piece from the front of s to out; how much of s that is. */
static size_t encode(sqb_compose *c, const sqb__part_in *p, sqb_str s,
    bool last)
{
	sqb__buf *out = &c->out;
	size_t used = s.len;

	if (p->encoding == SQB_ENCODING_BASE64) {
		size_t n = (size_t)sqb__base64_lines_len(s.len) + 2;

		if (!sqb__buf_reserve(out, n))
			return 0;
		out->end += sqb__base64_encode_lines(out->data + out->end, s);
		if (!last)
			sqb__buf_add_c(out, "\r\n");
	} else if (p->encoding == SQB_ENCODING_QP) {
		if (!sqb__buf_reserve(out, sqb__qp_encoded_max(s.len)))
			return 0;
		out->end += sqb__qp_encode(&c->column, s, last,
		    out->data + out->end, &used);
	} else {
		sqb__buf_add(out, s);
	}
	return used;
}

/* A piece of the content at hand, to out. */
static int next_content(sqb_compose *c)
{
	sqb__part_in *p = c->steps[c->step];
	size_t before = c->out.end, used = 0;
	bool last = true;
	sqb_str s;
	int code = SQB_OK;

	if (!c->in_content) {
		c->in_content = true;
		c->column = 0;
		c->n_encoded = 0;
		code = sqb__content_begin(c, p, p->has_source);
	}
	if (code == SQB_OK)
		code = sqb__content_get(c, PIECE + 1, &s);
	if (code != SQB_OK)
		return code;
	if (s.len > PIECE) {
		s.len = PIECE;
		last = false;
	}
	if (s.len > 0)
		used = encode(c, p, s, last);
	if (c->out.failed)
		return sqb__compose_no_memory(c);
	sqb__content_drop(c, used);
	c->n_encoded += c->out.end - before;
	if (p->size != UINT64_MAX && (!sqb__content_fits(c) ||
	    c->n_encoded > p->size || (last && c->n_encoded < p->size)))
		return changed(c, p);
	if (last) {
		c->in_content = false;
		c->step++;
	}
	return SQB_OK;
}

/*
 * A piece of what stands before the next content, or behind the last. True:
 * that was all of it.
 */
static bool next_head(sqb_compose *c)
{
	sqb_str head = sqb__buf_str(&c->head);
	size_t to = c->step < c->n_steps ? c->steps[c->step]->at : head.len;
	size_t n = to - c->head_at;

	if (!c->signed_out)
		sqb__buf_add(&c->out, sqb__buf_str(&c->signatures));
	c->signed_out = true;
	n = n < PIECE ? n : PIECE;
	sqb__buf_add(&c->out, (sqb_str){ head.ptr + c->head_at, n });
	c->head_at += n;
	return c->head_at == to;
}

int sqb_compose_next(sqb_compose *c, sqb_str *piece)
{
	int code = SQB_OK;

	*piece = (sqb_str){ NULL, 0 };
	if (!c->begun)
		return sqb__compose_error(c, SQB_E_USAGE,
		    "next was called before begin");
	if (c->error.code != SQB_OK)
		return c->error.code;
	sqb__buf_reset(&c->out);
	while (code == SQB_OK && sqb__buf_len(&c->out) < PIECE / 4) {
		if (!c->in_content && !next_head(c))
			continue;
		if (c->step == c->n_steps)
			break;
		code = next_content(c);
	}
	if (c->out.failed)
		code = sqb__compose_no_memory(c);
	if (code != SQB_OK)
		return code;
	*piece = sqb__buf_str(&c->out);
	return piece->len > 0;
}

int sqb_compose_bytes(sqb_compose *c, unsigned allowed, sqb_str *message)
{
	sqb__buf all;
	sqb_str piece;
	int code = sqb_compose_begin(c, allowed);

	*message = (sqb_str){ NULL, 0 };
	if (code != SQB_OK)
		return code;
	sqb__buf_init(&all, c->allocator, SIZE_MAX / 4);
	if (c->size < SIZE_MAX / 4)
		sqb__buf_reserve(&all, (size_t)c->size);
	while ((code = sqb_compose_next(c, &piece)) > 0)
		sqb__buf_add(&all, piece);
	if (code == SQB_OK && all.failed)
		code = sqb__compose_no_memory(c);
	sqb__buf_clear(&c->out);
	c->out = all;
	if (code == SQB_OK)
		*message = sqb__buf_str(&c->out);
	return code;
}

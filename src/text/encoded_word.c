/*
 * Encoded words, RFC 2047, with the language tags of RFC 2231, section 5.
 *
 * Mail is read as it was meant rather than as it should have been: words may
 * touch text or each other, stand in quotes or comments, be of any length,
 * hold blanks or "?", and end in the middle of a character that the next one
 * continues. What cannot be a word stays as it is. Encoding is in
 * encode_word.c.
 */
#include "text/encoded_word.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "text/base64_body.h"
#include "text/qp.h"

#include <string.h>

enum { MAX_LABEL = 64 };

typedef struct word {
	sqb_str label;		/* of the charset, without language tag */
	sqb_str text;		/* between the last two "?" */
	char encoding;		/* 'q' or 'b' */
} word;

typedef struct reader {
	sqb__decoders *decoders;
	sqb__buf *out;
	sqb__buf bytes;		/* of the words not yet converted, … */
	sqb__charset charset;	/* … which have this charset */
	sqb__charset raw;	/* of the text beside the words */
} reader;

/* What is not base64 is skipped; after "=" a new block begins. */
static size_t b_decode(sqb_str in, char *out)
{
	sqb__base64_body d;

	sqb__base64_body_init(&d);
	return sqb__base64_body_decode(&d, in, out);
}

/* charset ["*" language] at the front of s; its length with the "?", or 0. */
static size_t parse_label(sqb_str s, sqb_str *label)
{
	size_t i;
	const char *star;

	for (i = 0; i < s.len && i <= MAX_LABEL; i++) {
		char c = s.ptr[i];

		if (c == '?')
			break;
		if (c <= ' ' || c >= 0x7f || c == '=')
			return 0;
	}
	if (i == s.len || i > MAX_LABEL)
		return 0;
	star = memchr(s.ptr, '*', i);
	*label = (sqb_str){ s.ptr, star ? (size_t)(star - s.ptr) : i };
	return i + 1;
}

/*
 * encoded-text "?=" at the front of s; its length with the end, or 0. "=?"
 * begins another word, so this one has no end; looking no further than that
 * also keeps the search linear.
 */
static size_t parse_text(sqb_str s, sqb_str *text)
{
	size_t i = 0;

	while (i + 1 < s.len) {
		const char *mark = memchr(s.ptr + i, '?', s.len - 1 - i);

		if (!mark)
			return 0;
		i = (size_t)(mark - s.ptr);
		if (mark[1] == '=') {
			*text = (sqb_str){ s.ptr, i };
			return i + 2;
		}
		if (i > 0 && mark[-1] == '=')
			return 0;
		i++;
	}
	return 0;
}

/* Base64 with not even one octet in it: rather show what was sent. */
static bool is_empty_base64(sqb_str text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len && n < 2; i++)
		if (sqb__base64_digits[(uint8_t)text.ptr[i]] > 0)
			n++;
	return text.len > 0 && n < 2;
}

/*
 * encoded-word = "=?" charset ["*" language] "?" encoding "?"
 *                encoded-text "?="            RFC 2231, section 5
 *
 * s begins with "=?". Returns the length of the word; 0: it is none.
 */
static size_t parse_word(sqb_str s, word *w)
{
	size_t at = 2, n;

	n = parse_label(sqb__str_from(s, at), &w->label);
	at += n;
	if (n == 0 || s.len - at < 2 || s.ptr[at + 1] != '?')
		return 0;
	w->encoding = sqb__lower(s.ptr[at]);
	if (w->encoding != 'q' && w->encoding != 'b')
		return 0;
	at += 2;
	n = parse_text(sqb__str_from(s, at), &w->text);
	if (n == 0 || (w->encoding == 'b' && is_empty_base64(w->text)))
		return 0;
	return at + n;
}

size_t sqb__encoded_word_len(sqb_str s)
{
	word w;

	return s.len > 2 && s.ptr[0] == '=' && s.ptr[1] == '?' ?
	    parse_word(s, &w) : 0;
}

/* Converts the words collected; a character may have been split over them. */
static void flush_words(reader *r)
{
	sqb__charset_decode(r->decoders, r->charset, sqb__buf_str(&r->bytes),
	    r->out);
	sqb__buf_reset(&r->bytes);
}

static void add_word(reader *r, const word *w)
{
	sqb__charset charset = sqb__charset_find(w->label);
	char *to;

	if (charset != r->charset)
		flush_words(r);
	r->charset = charset;
	if (!sqb__buf_reserve(&r->bytes, w->text.len)) {
		r->out->failed = true;
		return;
	}
	to = r->bytes.data + r->bytes.end;
	r->bytes.end += w->encoding == 'q' ? sqb__q_decode(w->text, to) :
	    b_decode(w->text, to);
}

static void add_text(reader *r, sqb_str text)
{
	if (text.len == 0)
		return;
	flush_words(r);
	sqb__charset_decode(r->decoders, r->raw, text, r->out);
}

static bool is_blank(sqb_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!sqb__is_blank(s.ptr[i]))
			return false;
	return true;
}

/* Where the next "=?" is, from at on; s.len: nowhere. */
static size_t find_start(sqb_str s, size_t at)
{
	while (at + 1 < s.len) {
		const char *p = memchr(s.ptr + at, '=', s.len - 1 - at);

		if (!p)
			break;
		if (p[1] == '?')
			return (size_t)(p - s.ptr);
		at = (size_t)(p - s.ptr) + 1;
	}
	return s.len;
}

void sqb__decode_words(sqb_str in, sqb__reading how, sqb__buf *out)
{
	reader r = { .decoders = how.decoders, .out = out,
	    .raw = sqb__utf8_valid(in) ? SQB__CHARSET_UTF_8 : how.raw };
	size_t done = 0, at = 0, n;
	bool after_word = false;
	word w;

	if (r.raw == SQB__CHARSET_UNKNOWN) {
		out->failed = true;
		return;
	}
	sqb__buf_init(&r.bytes, out->allocator, in.len);
	while ((at = find_start(in, at)) < in.len && !out->failed) {
		sqb_str between = { in.ptr + done, at - done };

		n = parse_word(sqb__str_from(in, at), &w);
		if (n == 0) {
			at += 2;
			continue;
		}
		if (!after_word || !is_blank(between))
			add_text(&r, between);
		add_word(&r, &w);
		after_word = true;
		at += n;
		done = at;
	}
	flush_words(&r);
	add_text(&r, sqb__str_from(in, done));
	sqb__buf_clear(&r.bytes);
}

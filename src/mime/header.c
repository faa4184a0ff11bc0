/*
 * The header section: lines to fields (RFC 5322, sections 2.2 and 4.5; RFC
 * 6532), and their bodies to text.
 *
 * Lines end in LF, any CRs before it belong to the line end. Where the first
 * line of the message ends in a CR without LF, CR ends lines as well; later
 * lone CRs are never line ends, so that one byte cannot make a field that
 * the servers on the way did not see. What the words of a structured field
 * mean is not looked at here.
 */
#include "mime/header.h"

#include "base/ascii.h"
#include "base/scan.h"
#include "base/utf8.h"
#include "base/vector.h"
#include "text/encoded_word.h"

#include <assert.h>
#include <string.h>

enum {
	MAX_NAME = 998,	/* octets: RFC 5322, section 2.1.1 */
	MAX_EMPTY = 1000	/* likewise, of a line without anything */
};
static_assert(2 * MAX_NAME < (int)SQB__LOOK_AHEAD &&
    MAX_EMPTY < (int)SQB__LOOK_AHEAD,
    "what a line is would be seen too late");

sqb__header_walk sqb__header_begin(sqb_str message)
{
	sqb__header_walk w = { .rest = message };
	size_t i = 0, n = message.len < SQB__FIRST_LINE ? message.len :
	    SQB__FIRST_LINE;

	while (i < n && !sqb__is_eol(message.ptr[i]))
		i++;
	while (i < n && message.ptr[i] == '\r') {
		w.bare_cr = true;
		i++;
	}
	if (i < n && message.ptr[i] == '\n')
		w.bare_cr = false;
	return w;
}

size_t sqb__line_length(sqb_str s, bool bare_cr)
{
	const char *lf;
	size_t i = 0;

	if (!bare_cr) {
		lf = s.len > 0 ? memchr(s.ptr, '\n', s.len) : NULL;
		return lf ? (size_t)(lf - s.ptr) + 1 : s.len;
	}
	while (i < s.len && !sqb__is_eol(s.ptr[i]))
		i++;
	if (i + 1 < s.len && s.ptr[i] == '\r' && s.ptr[i + 1] == '\n')
		i++;
	return i < s.len ? i + 1 : i;
}

bool sqb__line_has_end(sqb_str s, size_t n, bool bare_cr)
{
	return n > 0 && (s.ptr[n - 1] == '\n' ||
	    (bare_cr && s.ptr[n - 1] == '\r' && n < s.len));
}

/* Takes a line from the rest; *line has not its end. */
static void take_line(sqb__header_walk *w, sqb_str *line)
{
	size_t n = sqb__line_length(w->rest, w->bare_cr);

	*line = (sqb_str){ w->rest.ptr, n };
	w->rest = sqb__str_from(w->rest, n);
	while (line->len > 0 && sqb__is_eol(line->ptr[line->len - 1]))
		line->len--;
}

/*
 * field-name *WSP ":" at the front of line (RFC 5322, 2.2 and 4.5.8);
 * *colon is where the body begins. False: the line is no field.
 */
static bool parse_name(sqb_str line, sqb_str *name, size_t *colon)
{
	size_t i = 0;

	while (i < line.len && i < MAX_NAME && line.ptr[i] > ' ' &&
	    line.ptr[i] < 0x7f && line.ptr[i] != ':')
		i++;
	*name = (sqb_str){ line.ptr, i };
	while (i < line.len && i < 2 * MAX_NAME && sqb__is_blank(line.ptr[i]))
		i++;
	*colon = i + 1;
	return name->len > 0 && i < line.len && line.ptr[i] == ':';
}

sqb__header_line sqb__header_step(sqb__header_walk *w, sqb__field *f)
{
	sqb_str first, last;
	size_t body, n;

	n = w->rest.len;
	take_line(w, &first);
	if (first.len == 0 && n - w->rest.len <= MAX_EMPTY)
		return SQB__HEADER_EMPTY;
	last = first;
	while (w->rest.len > 0 && sqb__is_blank(w->rest.ptr[0]))
		take_line(w, &last);
	if (!parse_name(first, &f->name, &body)) {
		f->name = first;
		return SQB__HEADER_JUNK;
	}
	f->body.ptr = first.ptr + body;
	f->body.len = (size_t)(last.ptr + last.len - f->body.ptr);
	return SQB__HEADER_FIELD;
}

bool sqb__header_next(sqb__header_walk *w, sqb__field *f)
{
	while (w->rest.len > 0) {
		sqb__header_line line = sqb__header_step(w, f);

		if (line != SQB__HEADER_JUNK)
			return line == SQB__HEADER_FIELD;
	}
	return false;
}

sqb_str sqb__trim(sqb_str s)
{
	while (s.len > 0 && sqb__is_space(s.ptr[0]))
		s = sqb__str_from(s, 1);
	while (s.len > 0 && sqb__is_space(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

sqb_str sqb__bare_id(sqb_str s)
{
	s = sqb__trim(s);
	if (s.len > 0 && s.ptr[0] == '<')
		s = sqb__str_from(s, 1);
	if (s.len > 0 && s.ptr[s.len - 1] == '>')
		s.len--;
	return s;
}

/* Line ends go where a blank follows, and become one where none does. */
static void unfold(sqb_str s, sqb__buf *out)
{
	size_t i = 0;

	while (i < s.len && !out->failed) {
		size_t start = i;

		while (i < s.len && !sqb__is_eol(s.ptr[i]))
			i++;
		sqb__buf_add(out, (sqb_str){ s.ptr + start, i - start });
		start = i;
		while (i < s.len && sqb__is_eol(s.ptr[i]))
			i++;
		if (i > start && i < s.len && !sqb__is_blank(s.ptr[i]))
			sqb__buf_add_char(out, ' ');
	}
}

/* Characters that part words or lines, and so leave a space behind. */
static bool is_break(uint32_t c)
{
	return (c >= '\t' && c <= '\r') || c == 0x85 || c == 0x2028 ||
	    c == 0x2029;
}

/* In place: it can only get shorter. */
void sqb__make_safe(sqb__buf *b, size_t from)
{
	size_t to = from;
	uint32_t c = 0;

	while (from < b->end) {
		sqb_str s = { b->data + from, b->end - from };
		size_t n;

		if (s.ptr[0] >= ' ' && s.ptr[0] < 0x7f) {
			b->data[to++] = s.ptr[0];
			from++;
			continue;
		}
		n = sqb__utf8_decode(s, &c);
		if (n > 0 && is_break(c))
			b->data[to++] = ' ';
		else if (n > 0 && !sqb__is_hidden(c))
			for (size_t i = 0; i < n; i++)
				b->data[to++] = s.ptr[i];
		from += n > 0 ? n : 1;
	}
	b->end = to;
}

static bool is_folded(sqb_str s)
{
	return memchr(s.ptr, '\n', s.len) || memchr(s.ptr, '\r', s.len);
}

/* What is in a field's body: bits. */
enum { HIGH = 1 << 0, CONTROL = 1 << 1, EQUALS = 1 << 2 };

static unsigned kind_of(char c)
{
	return (c < 0 || c == 0x7f ? HIGH : 0u) |
	    (c >= 0 && c < ' ' ? CONTROL : 0u) | (c == '=' ? EQUALS : 0u);
}

/* One look, that says how to go on. */
static unsigned kinds_in(sqb_str s)
{
	sqb__vector high = { 0 }, control = { 0 }, equals = { 0 };
	unsigned kinds = 0;
	size_t i = 0;

	for (; s.len - i >= SQB__VECTOR; i += SQB__VECTOR) {
		sqb__vector v = sqb__vector_load(s.ptr + i);

		high |= (sqb__vector)(v >= sqb__vector_of(0x7f));
		control |= (sqb__vector)(v < sqb__vector_of(' '));
		equals |= sqb__vector_eq(v, '=');
	}
	for (; i < s.len; i++)
		kinds |= kind_of(s.ptr[i]);
	return kinds | (sqb__vector_any(high) ? HIGH : 0u) |
	    (sqb__vector_any(control) ? CONTROL : 0u) |
	    (sqb__vector_any(equals) ? EQUALS : 0u);
}

/*
 * Unfolds lines that end in LF or CRLF, tabs made blanks. False: there is
 * something else that has to be looked at.
 */
static bool unfold_plain(sqb_str s, sqb__buf *out)
{
	size_t before = out->end;

	while (s.len > 0) {
		const char *lf = memchr(s.ptr, '\n', s.len);
		size_t n = lf ? (size_t)(lf - s.ptr) : s.len;
		size_t end = n > 0 && lf && lf[-1] == '\r' ? n - 1 : n;

		if (n < s.len && !sqb__is_blank(s.ptr[n + 1]))
			return false;
		sqb__buf_add(out, (sqb_str){ s.ptr, end });
		s = sqb__str_from(s, n < s.len ? n + 1 : n);
	}
	for (size_t i = before; i < out->end && !out->failed; i++)
		if (out->data[i] == '\t')
			out->data[i] = ' ';
	return out->failed || sqb__printable_len((sqb_str){
	    out->data + before, out->end - before }) == out->end - before;
}

bool sqb__header_plain(sqb_str body, sqb__buf *out)
{
	sqb_str s = sqb__trim(body);
	unsigned kinds = kinds_in(s);
	size_t before = out->end;

	if (kinds & HIGH || (kinds & EQUALS &&
	    sqb__find_pair(s.ptr, s.ptr + s.len, '=', '?')))
		return false;
	if (!(kinds & CONTROL)) {
		sqb__buf_add(out, s);
		return true;
	}
	if (unfold_plain(s, out))
		return true;
	out->end = before;
	return false;
}

void sqb__header_text(sqb_str body, sqb__reading r, sqb__buf *out)
{
	size_t before = out->end;
	sqb__buf unfolded;

	if (sqb__header_plain(body, out))
		return;
	body = sqb__trim(body);
	sqb__buf_init(&unfolded, out->allocator, body.len);
	if (is_folded(body)) {
		unfold(body, &unfolded);
		body = sqb__buf_str(&unfolded);
	}
	if (unfolded.failed)
		out->failed = true;
	else
		sqb__decode_words(body, r, out);
	sqb__buf_clear(&unfolded);
	sqb__make_safe(out, before);
}

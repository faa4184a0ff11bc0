/*
 * Writing a field: words with blanks between them, at which lines are folded
 * (RFC 5322, sections 2.1.1 and 2.2.3), and encoded words (RFC 2047) for what
 * could not be read back otherwise: what is not ASCII, controls, blanks that a
 * reader would drop, and text that looks like an encoded word.
 *
 * A line is at most 78 octets, 76 with an encoded word in it, but for a word
 * that is longer than that: an id, an address or a URL is worth more whole.
 */
#include "mime/fold.h"

#include "base/ascii.h"
#include "base/scan.h"
#include "base/utf8.h"
#include "text/encoded_word.h"

#include <string.h>

enum { MAX_QUOTED = 62 };	/* octets of a name with its quotes */

static void add(sqb__fold *f, sqb_str s)
{
	sqb__buf_add(f->out, s);
	f->column += s.len;
}

static void new_line(sqb__fold *f)
{
	sqb__buf_add_c(f->out, "\r\n");
	f->column = 0;
	f->coded = false;
}

void sqb__fold_begin(sqb__fold *f, sqb__buf *out, const char *name)
{
	*f = (sqb__fold){ .out = out };
	add(f, sqb_str_of(name));
	add(f, (sqb_str)SQB_STR(":"));
}

/*
 * A blank before a word of len octets, in a new line if this one has no room;
 * but not where it would be too long there, too, and only the name is here.
 */
static void part_words(sqb__fold *f, size_t len)
{
	size_t limit = f->coded ? SQB__FOLD_CODED : SQB__FOLD_LINE;

	if (f->column + 1 + len > limit &&
	    (f->begun || 1 + len <= SQB__FOLD_LINE))
		new_line(f);
	add(f, (sqb_str)SQB_STR(" "));
	f->begun = true;
}

void sqb__fold_word(sqb__fold *f, sqb_str word)
{
	part_words(f, word.len);
	add(f, word);
}

void sqb__fold_mark(sqb__fold *f, const char *marks)
{
	add(f, sqb_str_of(marks));
}

static bool is_escaped(char c)
{
	return c == '"' || c == '\\';
}

size_t sqb__quoted_len(sqb_str s)
{
	size_t n = s.len + 2;

	for (size_t i = 0; i < s.len; i++)
		n += is_escaped(s.ptr[i]);
	return n;
}

void sqb__buf_add_quoted(sqb__buf *out, sqb_str s)
{
	sqb__buf_add_char(out, '"');
	for (size_t i = 0; i < s.len; i++) {
		if (is_escaped(s.ptr[i]))
			sqb__buf_add_char(out, '\\');
		sqb__buf_add_char(out, s.ptr[i]);
	}
	sqb__buf_add_char(out, '"');
}

static void add_quoted(sqb__fold *f, sqb_str text)
{
	size_t len = sqb__quoted_len(text);

	part_words(f, len);
	sqb__buf_add_quoted(f->out, text);
	f->column += len;
}

void sqb__fold_coded(sqb__fold *f, sqb_str text)
{
	char how = sqb__encoding_of_words(text);

	while (text.len > 0 && !f->out->failed) {
		size_t room = f->column < SQB__FOLD_CODED ?
		    SQB__FOLD_CODED - f->column : 0;
		size_t before, n;

		if (room < SQB__ENCODED_WORD_MIN + 1) {
			new_line(f);
			room = SQB__FOLD_CODED;
		}
		add(f, (sqb_str)SQB_STR(" "));
		before = f->out->end;
		n = sqb__encode_word(f->out, text, how, room - 1);
		f->column += f->out->end - before;
		f->coded = f->begun = true;
		text = sqb__str_from(text, n);
	}
}

/* Whether it can stand as it is, and is read as it stands. */
static bool is_plain(sqb_str s)
{
	const char *end = s.ptr + s.len;
	const char *mark = sqb__find_pair(s.ptr, end, '=', '?');

	return s.len <= SQB__FOLD_WORD && sqb__printable_len(s) == s.len &&
	    (!mark || mark + 1 == end);
}

typedef struct span {
	size_t from, to;	/* to 0: it is empty */
} span;

static void widen(span *s, size_t from, size_t to)
{
	if (s->to == 0 || from < s->from)
		s->from = from;
	s->to = to;
}

static size_t run(sqb_str s, size_t at, bool blanks)
{
	while (at < s.len && sqb__is_blank(s.ptr[at]) == blanks)
		at++;
	return at;
}

/*
 * What of text has to be encoded, in one run from the first such word to the
 * last; words are parted by one blank outside of it.
 */
static span to_encode(sqb_str text)
{
	size_t at = 0, last = 0;
	span s = { 0, 0 };

	while (at < text.len) {
		size_t word = run(text, at, true);
		size_t end = run(text, word, false);
		bool first = at == 0, one = word - at == 1 &&
		    text.ptr[at] == ' ';

		if ((first ? word > 0 : !one) || end == word)
			widen(&s, last, end);
		else if (!is_plain((sqb_str){ text.ptr + word, end - word }))
			widen(&s, word, end);
		last = word;
		at = end;
	}
	return s;
}

static void add_words(sqb__fold *f, sqb_str text)
{
	size_t at = 0;

	while (at < text.len) {
		size_t word = run(text, at, true);

		at = run(text, word, false);
		if (at > word)
			sqb__fold_word(f, (sqb_str){ text.ptr + word,
			    at - word });
	}
}

void sqb__fold_text(sqb__fold *f, sqb_str text)
{
	span s = to_encode(text);

	add_words(f, (sqb_str){ text.ptr, s.to > 0 ? s.from : text.len });
	if (s.to == 0)
		return;
	sqb__fold_coded(f, (sqb_str){ text.ptr + s.from, s.to - s.from });
	add_words(f, sqb__str_from(text, s.to));
}

/* atext, RFC 5322, section 3.2.3 */
static bool is_atext(char c)
{
	return sqb__is_letter(c) || sqb__is_digit(c) ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

static bool is_atoms(sqb_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_atext(s.ptr[i]) && s.ptr[i] != ' ')
			return false;
	return true;
}

bool sqb__fold_phrase(sqb__fold *f, sqb_str text)
{
	bool plain = text.len > 0 && to_encode(text).to == 0;

	if (plain && is_atoms(text)) {
		add_words(f, text);
		return false;
	}
	if (plain && sqb__quoted_len(text) <= MAX_QUOTED) {
		add_quoted(f, text);
		return false;
	}
	if (text.len == 0)
		sqb__fold_word(f, (sqb_str)SQB_STR("\"\""));
	else
		sqb__fold_coded(f, text);
	return text.len > 0;
}

void sqb__fold_end(sqb__fold *f)
{
	new_line(f);
}

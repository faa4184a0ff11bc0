/*
 * Cutting a field body into tokens, RFC 5322, section 3.2. Each byte is looked
 * at a fixed number of times: a quote that nothing closes is looked for once
 * in a text, a comment nests by counting, an encoded word stops at the next.
 */
#include "mime/token.h"

#include "base/ascii.h"
#include "mime/header.h"
#include "text/encoded_word.h"

#include <string.h>

enum {
	SPECIAL = 1,	/* a token on its own */
	BLANK = 2,
	ODD = 4		/* in an atom, but it should not be */
};

/* Of the octets that are more than atext. */
static const unsigned char classes[256] = {
	[0] = ODD, ODD, ODD, ODD, ODD, ODD, ODD, ODD, ODD, BLANK, BLANK, ODD,
	ODD, BLANK, ODD, ODD, ODD, ODD, ODD, ODD, ODD, ODD, ODD, ODD, ODD, ODD,
	ODD, ODD, ODD, ODD, ODD, ODD, [' '] = BLANK, [0x7f] = ODD,
	['\\'] = ODD, ['('] = SPECIAL, [')'] = SPECIAL, ['<'] = SPECIAL,
	['>'] = SPECIAL, ['@'] = SPECIAL, [','] = SPECIAL, [';'] = SPECIAL,
	[':'] = SPECIAL, ['.'] = SPECIAL, ['"'] = SPECIAL, ['['] = SPECIAL,
	[']'] = SPECIAL,
};

static unsigned class_of(char c)
{
	return classes[(unsigned char)c];
}

/* comment = "(" *([FWS] ccontent) [FWS] ")" */
size_t sqb__comment_len(sqb_str s)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\\')
			i++;
		else if (s.ptr[i] == '(')
			depth++;
		else if (s.ptr[i] == ')' && --depth == 0)
			return i + 1;
	}
	return 0;
}

/* quoted-string = DQUOTE *([FWS] qcontent) [FWS] DQUOTE; 0: it has no end */
static size_t quoted_len(sqb_str s)
{
	for (size_t i = 1; i < s.len; i++) {
		if (s.ptr[i] == '\\')
			i++;
		else if (s.ptr[i] == '"')
			return i + 1;
	}
	return 0;
}

static size_t atext_len(sqb_str s, bool *odd)
{
	unsigned seen = 0;
	size_t i = 0;

	for (; i < s.len && !(class_of(s.ptr[i]) & (SPECIAL | BLANK)); i++)
		seen |= class_of(s.ptr[i]);
	*odd = seen != 0;
	return i;
}

/*
 * A run of atext up to the first encoded word with specials or blanks in it,
 * as many a mailer makes them; such a word stands alone.
 */
static void take_atom(sqb__token *t, sqb_str rest)
{
	size_t n = atext_len(rest, &t->odd), i, coded;

	t->kind = SQB__TOKEN_ATOM;
	t->text = (sqb_str){ rest.ptr, n };
	for (i = 0; i + 1 < n; i++) {
		if (rest.ptr[i] != '=' || rest.ptr[i + 1] != '?')
			continue;
		coded = sqb__encoded_word_len(sqb__str_from(rest, i));
		if (coded == 0)
			continue;
		if (i + coded > n)
			break;
		i += coded - 1;
	}
	if (i + 1 >= n)
		return;
	t->text.len = i;
	if (i == 0) {
		t->kind = SQB__TOKEN_CODED;
		t->text.len = sqb__encoded_word_len(rest);
	}
	atext_len(t->text, &t->odd);
}

static void take_quoted(sqb__token *t, sqb__lexer *l, sqb_str rest)
{
	t->text.len = l->quotes_done ? 0 : quoted_len(rest);
	if (t->text.len > 0) {
		t->kind = SQB__TOKEN_QUOTED;
		return;
	}
	l->quotes_done = true;
	t->text.len = 1;
	t->kind = SQB__TOKEN_SPECIAL;
	t->mark = '"';
}

static void take_comment(sqb__token *t, sqb_str rest)
{
	t->kind = SQB__TOKEN_COMMENT;
	t->text.len = sqb__comment_len(rest);
	if (t->text.len == 0) {
		t->text.len = rest.len;
		t->odd = true;
	}
}

sqb__token_kind sqb__token_next(sqb__lexer *l, sqb__token *t)
{
	sqb_str rest = sqb__str_from(l->text, l->at);

	*t = (sqb__token){ .kind = SQB__TOKEN_END };
	while (rest.len > 0 && class_of(rest.ptr[0]) == BLANK) {
		rest = sqb__str_from(rest, 1);
		t->spaced = true;
	}
	t->text.ptr = rest.ptr;
	if (rest.len > 0 && rest.ptr[0] == '(') {
		take_comment(t, rest);
	} else if (rest.len > 0 && rest.ptr[0] == '"') {
		take_quoted(t, l, rest);
	} else if (rest.len > 0 && class_of(rest.ptr[0]) == SPECIAL) {
		t->kind = SQB__TOKEN_SPECIAL;
		t->mark = rest.ptr[0];
		t->text.len = 1;
	} else if (rest.len > 0) {
		take_atom(t, rest);
	}
	l->at = l->text.len - rest.len + t->text.len;
	return t->kind;
}

/* Without its marks. */
static void add_unescaped(sqb__buf *out, const sqb__token *t)
{
	bool closed = t->kind == SQB__TOKEN_QUOTED || !t->odd;
	sqb_str s = sqb__str_from(t->text, 1);
	const char *slash;
	size_t n;

	s.len -= closed;
	while (s.len > 1 && (slash = memchr(s.ptr, '\\', s.len - 1))) {
		n = (size_t)(slash - s.ptr);
		sqb__buf_add(out, (sqb_str){ s.ptr, n });
		sqb__buf_add_char(out, slash[1]);
		s = sqb__str_from(s, n + 2);
	}
	sqb__buf_add(out, s);
}

void sqb__token_add(sqb__buf *out, const sqb__token *t)
{
	if (t->kind == SQB__TOKEN_QUOTED || t->kind == SQB__TOKEN_COMMENT)
		add_unescaped(out, t);
	else
		sqb__buf_add(out, t->text);
}

/*
 * Address lists, RFC 5322, sections 3.4 and 4.4, and those that mail has.
 *
 * The grammar is applied to the tokens of the raw text; names are decoded when
 * it is done, so nothing that is encoded can turn into an address. Words are
 * collected twice: as a phrase, which "<" makes a name, and as a chain, the
 * last run of words with dots between them, which "@" makes a local part.
 * Whatever cannot be told for sure leaves a row without an address.
 */
#include "mime/address.h"

#include "base/ascii.h"
#include "base/error.h"
#include "base/utf8.h"
#include "mime/header.h"
#include "mime/raw.h"
#include "mime/token.h"
#include "text/encoded_word.h"

#include <string.h>

enum {
	MAX_ITEMS = 10000,
	MAX_TEXT = 10 * 1024 * 1024,		/* octets that are read */
	MAX_MEMORY = 64 * 1024 * 1024
};

/* What the strict reading takes too. */
#define FINE ((unsigned)(SQB_ADDRESS_OBSOLETE | SQB_ADDRESS_NAME_AT))

/* What there is of the element that is being read. */
typedef enum progress { NOTHING, WORDS, BARE, ANGLE } progress;

typedef struct element {
	progress seen;
	size_t end;		/* of what belongs to it in the text */
	size_t chain_at;	/* octets of the phrase before the chain */
	size_t local_len;	/* BARE: of the chain, up to the "@" */
	unsigned chain_defects;
	unsigned name_defects;	/* of the phrase, should it become a name */
	bool chain_bad;		/* it can be no address */
	bool chain_dot;		/* it ends in a dot */
	bool chain_word;	/* not only dots */
	bool bad;		/* no address but one in brackets counts */
	bool plain;		/* the phrase is one chain of atoms */
	bool trailing;		/* words came after the address */
} element;

typedef struct parser {
	sqb__lexer lexer;
	sqb__token t;		/* the one to look at; never a comment */
	sqb__address_rows rows;
	element e;
	sqb_address row;	/* of it: defects and offset; with ANGLE all
				   of it. Its texts are empty else. */
	sqb__buf phrase, chain, comment;
	sqb__buf joined;	/* phrases that may begin the next name */
	size_t n_joined;	/* their rows, the last ones */
	size_t depth;		/* of groups; 1: the one that counts */
	bool after_group;	/* no comma since its ";" */
	bool strict;
	unsigned defects;
	int code;		/* not SQB_OK: stop */
	size_t wrong;		/* the offset of the element that is */
} parser;

static size_t offset(const parser *p)
{
	return p->t.kind == SQB__TOKEN_END ? p->lexer.text.len :
	    (size_t)(p->t.text.ptr - p->lexer.text.ptr);
}

/* Defects of what begins at that offset end a strict reading. */
static void judge(parser *p, unsigned defects, size_t at)
{
	if (!p->strict || (defects & ~FINE) == 0 || p->code != SQB_OK)
		return;
	p->code = defects & SQB_ADDRESS_LIMIT ? SQB_E_LIMIT : SQB_E_PROTO;
	p->wrong = at;
}

/* Defects of what is in no row. */
static void note(parser *p, unsigned defects, size_t at)
{
	p->defects |= defects;
	judge(p, defects, at);
}

static bool is_mark(const parser *p, char mark)
{
	return p->t.mark == mark;
}

static bool is_word(const parser *p)
{
	return p->t.kind == SQB__TOKEN_ATOM || p->t.kind == SQB__TOKEN_QUOTED ||
	    p->t.kind == SQB__TOKEN_CODED;
}

/* The next token; comments on the way are kept and count as blanks. */
static void advance(parser *p)
{
	bool spaced = false;

	if (p->t.kind != SQB__TOKEN_END)
		p->e.end = p->lexer.at;
	while (sqb__token_next(&p->lexer, &p->t) == SQB__TOKEN_COMMENT) {
		if (sqb__buf_len(&p->comment) > 0)
			sqb__buf_add_char(&p->comment, ' ');
		sqb__token_add(&p->comment, &p->t);
		if (p->t.odd)
			note(p, SQB_ADDRESS_OPEN, offset(p));
		spaced = true;
	}
	p->t.spaced = p->t.spaced || spaced;
}

/* Empties it; a failure is not forgotten. */
static void reset(parser *p, sqb__buf *b)
{
	p->rows.failed = p->rows.failed || b->failed;
	sqb__buf_reset(b);
}

static void begin_element(parser *p)
{
	p->e = (element){ .plain = true };
	p->row.defects = 0;
	reset(p, &p->phrase);
	reset(p, &p->chain);
	reset(p, &p->comment);
}

/* The first token that counts in this element. */
static void begin_words(parser *p)
{
	if (p->e.seen != NOTHING)
		return;
	p->e.seen = WORDS;
	p->row.offset = offset(p);
	if (p->after_group)
		p->row.defects |= SQB_ADDRESS_SEPARATOR;
	p->after_group = false;
}

static void forget_joined(parser *p)
{
	p->n_joined = 0;
	reset(p, &p->joined);
}

/* No control but a tab, no bidi character, and UTF-8. */
static bool is_clean(sqb_str s)
{
	uint32_t c = 0;
	size_t n;

	while ((n = sqb__printable_len(s)) < s.len) {
		s = sqb__str_from(s, n);
		n = sqb__utf8_decode(s, &c);
		if (n == 0 || (c != '\t' && sqb__is_hidden(c)))
			return false;
		s = sqb__str_from(s, n);
	}
	return true;
}

static void set_address(parser *p, size_t local_len)
{
	sqb_address *row = &p->row;
	size_t len = sqb__buf_len(&p->chain);

	row->address = sqb__rows_copy(&p->rows, sqb__buf_str(&p->chain));
	row->local = row->domain = row->address;
	if (row->address.len == len && local_len < len) {
		row->local.len = local_len;
		row->domain = sqb__str_from(row->address, local_len + 1);
	} else {
		row->domain = (sqb_str)SQB_STR("");
	}
	row->defects |= p->e.chain_defects;
}

static void set_name(parser *p, sqb_str raw)
{
	if (!sqb__utf8_valid(raw))
		p->row.defects |= SQB_ADDRESS_UNQUOTED;
	p->row.name = sqb__rows_decode(&p->rows, raw);
}

static bool has_at(sqb_str s)
{
	return s.len > 0 && memchr(s.ptr, '@', s.len);
}

static void add_row(parser *p)
{
	sqb_address *row = &p->row;

	row->comment = sqb__rows_decode(&p->rows, sqb__buf_str(&p->comment));
	if (row->name.len == 0 && row->address.len > 0)
		row->name = row->comment;
	if (row->name.len == 0)
		row->name = (sqb_str)SQB_STR("");
	if (row->address.len == 0)
		row->address = row->local = row->domain =
		    (sqb_str)SQB_STR("");
	if (has_at(row->name))
		row->defects |= SQB_ADDRESS_NAME_AT;
	row->len = p->e.end - row->offset;
	row->group = p->depth > 0 ? p->rows.n_groups : 0;
	judge(p, row->defects, row->offset);
	if (!sqb__rows_add(&p->rows, row))
		note(p, SQB_ADDRESS_LIMIT, row->offset);
	p->row = (sqb_address){ .offset = 0 };
}

/* Only words: part of the name that follows, a local part, or just words. */
static void end_words(parser *p)
{
	element *e = &p->e;

	if (sqb__buf_len(&p->phrase) == 0) {
		note(p, p->row.defects, p->row.offset);
		return;
	}
	if (e->chain_dot)
		e->chain_defects |= SQB_ADDRESS_DOTS;
	if (e->plain && e->chain_word && !e->chain_bad && !e->bad &&
	    is_clean(sqb__buf_str(&p->chain))) {
		set_address(p, sqb__buf_len(&p->chain));
		p->row.defects |= SQB_ADDRESS_NO_DOMAIN;
	} else {
		set_name(p, sqb__buf_str(&p->phrase));
		p->row.defects |= SQB_ADDRESS_NO_ADDRESS | e->name_defects;
	}
	add_row(p);
	if (!is_mark(p, ',')) {
		forget_joined(p);
		return;
	}
	if (p->n_joined++ > 0)
		sqb__buf_add_char(&p->joined, ' ');
	sqb__buf_add(&p->joined, sqb__buf_str(&p->phrase));
	sqb__buf_add_char(&p->joined, ',');
}

static void end_bare(parser *p)
{
	element *e = &p->e;
	sqb_str phrase = sqb__buf_str(&p->phrase);

	if (e->bad || e->chain_bad || !is_clean(sqb__buf_str(&p->chain))) {
		p->row.defects |= SQB_ADDRESS_NO_ADDRESS;
	} else {
		set_address(p, e->local_len);
		phrase.len = e->chain_at;
	}
	set_name(p, phrase);
	if (phrase.len > 0)
		p->row.defects |= SQB_ADDRESS_NO_BRACKETS | e->name_defects;
	add_row(p);
}

/* The token at hand ends the element. */
static void end_element(parser *p)
{
	element *e = &p->e;

	if (e->trailing)
		p->row.defects |= SQB_ADDRESS_TRAILING;
	if (e->seen == WORDS) {
		end_words(p);
		return;
	}
	forget_joined(p);
	if (e->seen == BARE)
		end_bare(p);
	else if (e->seen == ANGLE)
		add_row(p);
}

/* What came after "<a@b>" was not its own: another "<" or "@" is there. */
static void split(parser *p)
{
	sqb_str phrase = sqb__buf_str(&p->phrase);
	element next = p->e;

	p->row.defects |= SQB_ADDRESS_SEPARATOR;
	add_row(p);
	reset(p, &p->comment);
	next.seen = phrase.len > 0 ? WORDS : NOTHING;
	next.trailing = false;
	p->e = next;
	p->row.offset = offset(p);
}

static void add_to_phrase(parser *p, const sqb__token *t)
{
	if (t->spaced && sqb__buf_len(&p->phrase) > 0)
		sqb__buf_add_char(&p->phrase, ' ');
	sqb__token_add(&p->phrase, t);
}

/* A quoted string stays as it is, but for the line ends of its folding. */
static void add_to_chain(parser *p)
{
	sqb_str s = p->t.text;
	size_t from = 0;

	for (size_t i = 0; p->t.kind == SQB__TOKEN_QUOTED && i < s.len; i++) {
		if (s.ptr[i] != '\r' && s.ptr[i] != '\n')
			continue;
		sqb__buf_add(&p->chain, (sqb_str){ s.ptr + from, i - from });
		from = i + 1;
	}
	sqb__buf_add(&p->chain, sqb__str_from(s, from));
	if (p->t.kind == SQB__TOKEN_CODED || p->t.odd)
		p->e.chain_bad = true;
}

/* word *("." word) */
static void add_word(parser *p)
{
	element *e = &p->e;

	if (!e->chain_dot) {
		e->plain = e->plain && sqb__buf_len(&p->phrase) == 0;
		e->chain_at = sqb__buf_len(&p->phrase);
		e->chain_bad = false;
		e->chain_defects = 0;
		reset(p, &p->chain);
	} else if (p->t.spaced) {
		e->chain_defects |= SQB_ADDRESS_OBSOLETE;
	}
	e->chain_dot = false;
	e->chain_word = true;
	e->plain = e->plain && p->t.kind == SQB__TOKEN_ATOM &&
	    sqb__encoded_word_len(p->t.text) == 0;
	if (p->t.kind == SQB__TOKEN_CODED || p->t.odd)
		e->name_defects |= SQB_ADDRESS_UNQUOTED;
	add_to_chain(p);
}

static void add_dot(parser *p)
{
	element *e = &p->e;

	if (sqb__buf_len(&p->chain) == 0 || e->chain_dot)
		e->chain_defects |= SQB_ADDRESS_DOTS;
	if (p->t.spaced)
		e->chain_defects |= SQB_ADDRESS_OBSOLETE;
	e->name_defects |= sqb__buf_len(&p->phrase) == 0 ?
	    SQB_ADDRESS_UNQUOTED : SQB_ADDRESS_OBSOLETE;
	sqb__buf_add_char(&p->chain, '.');
	e->chain_dot = true;
}

/* A word or a dot, wherever it stands. */
static void on_word(parser *p)
{
	begin_words(p);
	p->e.trailing = p->e.seen != WORDS;
	if (p->e.seen != BARE && is_word(p))
		add_word(p);
	else if (p->e.seen != BARE)
		add_dot(p);
	add_to_phrase(p, &p->t);
	advance(p);
}

/* Any other mark that has no meaning here. */
static void on_stray(parser *p)
{
	begin_words(p);
	p->row.defects |= SQB_ADDRESS_STRAY;
	if (!is_mark(p, '>')) {
		p->e.name_defects |= SQB_ADDRESS_UNQUOTED;
		p->e.bad = true;
		add_to_phrase(p, &p->t);
	}
	advance(p);
}

/* domain-literal = "[" *([FWS] dtext) [FWS] "]"; the token is "[" */
static bool read_literal(parser *p)
{
	sqb_str s = sqb__str_from(p->lexer.text, p->lexer.at);
	size_t n = 0;

	while (n < s.len && s.ptr[n] != ']' && s.ptr[n] != '[')
		n += s.ptr[n] == '\\' && n + 1 < s.len ? 2 : 1;
	if (n >= s.len || s.ptr[n] != ']') {
		p->row.defects |= SQB_ADDRESS_OPEN;
		return false;
	}
	sqb__buf_add_char(&p->chain, '[');
	for (size_t i = 0; i <= n; i++)
		if (!sqb__is_space(s.ptr[i]))
			sqb__buf_add_char(&p->chain, s.ptr[i]);
	p->lexer.at += n + 1;
	advance(p);
	return true;
}

/*
 * domain = dot-atom / domain-literal / obs-domain, to the end of the chain
 * with "@" before it; the token is the one after that.
 */
static bool read_domain(parser *p)
{
	bool dot = true, good = false;

	sqb__buf_add_char(&p->chain, '@');
	if (p->t.spaced)
		p->e.chain_defects |= SQB_ADDRESS_OBSOLETE;
	if (is_mark(p, '['))
		return read_literal(p);
	while (is_mark(p, '.') || (dot && p->t.kind == SQB__TOKEN_ATOM)) {
		if (p->t.spaced)
			p->e.chain_defects |= SQB_ADDRESS_OBSOLETE;
		if (dot && is_mark(p, '.'))
			p->e.chain_defects |= SQB_ADDRESS_DOTS;
		dot = is_mark(p, '.');
		good = good || !dot;
		add_to_chain(p);
		advance(p);
	}
	if (!good || p->chain.failed)
		return false;
	for (; p->chain.data[p->chain.end - 1] == '.'; p->chain.end--)
		p->e.chain_defects |= SQB_ADDRESS_DOTS;
	return true;
}

/* "@" after a chain makes it a local part. */
static void on_at(parser *p)
{
	element *e = &p->e;
	size_t len = sqb__buf_len(&p->chain);

	if (e->seen == ANGLE && e->trailing)
		split(p);
	begin_words(p);
	if (e->seen != WORDS || !e->chain_word) {
		on_stray(p);
		return;
	}
	if (p->t.spaced)
		e->chain_defects |= SQB_ADDRESS_OBSOLETE;
	if (e->chain_dot)
		e->chain_defects |= SQB_ADDRESS_DOTS;
	add_to_phrase(p, &(sqb__token){ .text = SQB_STR("@") });
	advance(p);
	e->seen = BARE;
	e->local_len = len;
	if (!read_domain(p))
		e->chain_bad = true;
	if (!p->chain.failed)
		sqb__buf_add(&p->phrase, sqb__str_from(
		    sqb__buf_str(&p->chain), len + 1));
}

/* obs-route = obs-domain-list ":"; it is dropped. False: it has no end. */
static bool skip_route(parser *p)
{
	if (!is_mark(p, '@') && !is_mark(p, ','))
		return true;
	p->row.defects |= SQB_ADDRESS_OBSOLETE;
	while (is_mark(p, '@') || is_mark(p, ',') || is_mark(p, '.') ||
	    is_mark(p, '[') || is_mark(p, ']') ||
	    p->t.kind == SQB__TOKEN_ATOM)
		advance(p);
	if (!is_mark(p, ':'))
		return false;
	advance(p);
	return true;
}

/* addr-spec between angle brackets; its length up to "@" is local_len. */
static bool read_addr_spec(parser *p)
{
	element *e = &p->e;
	bool one = false, good;

	reset(p, &p->chain);
	e->chain_bad = e->chain_dot = false;
	e->chain_defects = 0;
	while (is_word(p) || is_mark(p, '.')) {
		if (p->t.spaced && sqb__buf_len(&p->chain) > 0)
			e->chain_defects |= SQB_ADDRESS_OBSOLETE;
		if (is_mark(p, '.')) {
			add_dot(p);
		} else {
			if (one && !e->chain_dot)
				e->chain_bad = true;
			add_to_chain(p);
			e->chain_dot = false;
			one = true;
		}
		advance(p);
	}
	if (e->chain_dot)
		e->chain_defects |= SQB_ADDRESS_DOTS;
	e->local_len = sqb__buf_len(&p->chain);
	if (!is_mark(p, '@')) {
		p->row.defects |= SQB_ADDRESS_NO_DOMAIN;
		return one && !e->chain_bad;
	}
	if (p->t.spaced)
		e->chain_defects |= SQB_ADDRESS_OBSOLETE;
	advance(p);
	good = read_domain(p);
	return good && one && !e->chain_bad;
}

/* To ">", or to where the next address may begin. False: "@" was there. */
static bool close_angle(parser *p)
{
	bool good = true;

	while (p->t.kind != SQB__TOKEN_END && !is_mark(p, '>') &&
	    !is_mark(p, '<') && !is_mark(p, ',') && !is_mark(p, ';')) {
		p->row.defects |= SQB_ADDRESS_TRAILING;
		good = good && !is_mark(p, '@') && !is_mark(p, ':');
		advance(p);
	}
	if (is_mark(p, '>'))
		advance(p);
	else
		p->row.defects |= SQB_ADDRESS_OPEN;
	return good;
}

/* The phrase before "<", and what commas have cut off it, is the name. */
static void take_name(parser *p)
{
	element *e = &p->e;
	sqb_str phrase = sqb__buf_str(&p->phrase);

	if (e->seen == BARE)
		e->name_defects |= SQB_ADDRESS_UNQUOTED;
	p->row.defects |= e->name_defects;
	if (p->n_joined == 0 || phrase.len == 0) {
		set_name(p, phrase);
	} else {
		p->row.defects |= SQB_ADDRESS_UNQUOTED;
		p->row.offset = sqb__rows_item(&p->rows,
		    p->rows.n_items - p->n_joined)->offset;
		sqb__rows_drop(&p->rows, p->n_joined);
		sqb__buf_add_char(&p->joined, ' ');
		sqb__buf_add(&p->joined, phrase);
		set_name(p, sqb__buf_str(&p->joined));
	}
	forget_joined(p);
	reset(p, &p->phrase);
}

/* angle-addr = [CFWS] "<" addr-spec ">" [CFWS] / obs-angle-addr */
static void on_angle(parser *p)
{
	element *e = &p->e;
	bool good;

	if (e->seen == ANGLE)
		split(p);
	begin_words(p);
	take_name(p);
	e->trailing = false;
	for (advance(p); is_mark(p, '<'); advance(p))
		p->row.defects |= SQB_ADDRESS_STRAY;
	good = skip_route(p) && read_addr_spec(p);
	good = close_angle(p) && good;
	if (good && is_clean(sqb__buf_str(&p->chain))) {
		set_address(p, e->local_len);
	} else {
		p->row.defects &= ~(unsigned)SQB_ADDRESS_NO_DOMAIN;
		p->row.defects |= SQB_ADDRESS_NO_ADDRESS;
	}
	reset(p, &p->chain);
	e->chain_dot = e->chain_bad = e->chain_word = e->bad = false;
	e->name_defects = 0;
	e->seen = ANGLE;
}

/* group = display-name ":" [group-list] ";" [CFWS] */
static void on_colon(parser *p)
{
	sqb_address_group g = { .first = p->rows.n_items };
	element *e = &p->e;

	if (e->seen == ANGLE) {
		on_stray(p);
		return;
	}
	if (e->seen == NOTHING)
		p->row.defects |= SQB_ADDRESS_STRAY;
	begin_words(p);
	forget_joined(p);
	if (p->depth++ == 0) {
		g.offset = p->row.offset;
		g.defects = p->row.defects | e->name_defects;
		if (e->seen == BARE)
			g.defects |= SQB_ADDRESS_UNQUOTED;
		g.name = sqb__rows_decode(&p->rows, sqb__buf_str(&p->phrase));
		note(p, g.defects, g.offset);
		if (!sqb__rows_add_group(&p->rows, &g)) {
			note(p, SQB_ADDRESS_LIMIT, g.offset);
			p->depth = 0;
			return;
		}
	} else {
		sqb__rows_group(&p->rows)->defects |= SQB_ADDRESS_NESTED;
		note(p, SQB_ADDRESS_NESTED, p->row.offset);
	}
	begin_element(p);
	advance(p);
}

static void end_group(parser *p)
{
	sqb_address_group *g = sqb__rows_group(&p->rows);

	g->n_items = p->rows.n_items - g->first;
}

/* "," and ";" */
static void on_separator(parser *p)
{
	element *e = &p->e;
	bool semicolon = is_mark(p, ';');

	if (semicolon && p->depth == 0)
		p->row.defects |= SQB_ADDRESS_SEPARATOR;
	if (e->seen == NOTHING && !p->after_group && p->depth == 0)
		note(p, p->row.defects | SQB_ADDRESS_OBSOLETE, offset(p));
	end_element(p);
	p->after_group = semicolon && p->depth > 0;
	if (p->after_group && --p->depth == 0)
		end_group(p);
	begin_element(p);
	advance(p);
}

static void step(parser *p)
{
	if (is_word(p) || is_mark(p, '.'))
		on_word(p);
	else if (is_mark(p, '@'))
		on_at(p);
	else if (is_mark(p, '<'))
		on_angle(p);
	else if (is_mark(p, ':'))
		on_colon(p);
	else if (is_mark(p, ',') || is_mark(p, ';'))
		on_separator(p);
	else
		on_stray(p);
}

static bool is_full(const parser *p)
{
	return (p->defects & SQB_ADDRESS_LIMIT) != 0;
}

static void read_list(parser *p)
{
	advance(p);
	p->e = (element){ .plain = true };
	while (p->t.kind != SQB__TOKEN_END && p->code == SQB_OK &&
	    !is_full(p) && !p->rows.failed)
		step(p);
	if (p->code == SQB_OK && !is_full(p)) {
		if (p->e.seen == NOTHING && !p->after_group &&
		    p->rows.n_items > 0)
			note(p, SQB_ADDRESS_OBSOLETE, offset(p));
		end_element(p);
	}
	begin_element(p);
	forget_joined(p);
	if (p->depth == 0 || p->rows.n_groups == 0)
		return;
	end_group(p);
	if (is_full(p))
		return;
	sqb__rows_group(&p->rows)->defects |= SQB_ADDRESS_OPEN;
	note(p, SQB_ADDRESS_OPEN, sqb__rows_group(&p->rows)->offset);
}

static void init_bufs(parser *p, const sqb_allocator *a)
{
	sqb__buf_init(&p->phrase, a, MAX_MEMORY);
	sqb__buf_init(&p->chain, a, MAX_MEMORY);
	sqb__buf_init(&p->comment, a, MAX_MEMORY);
	sqb__buf_init(&p->joined, a, MAX_MEMORY);
}

static void clear_bufs(parser *p)
{
	sqb__buf_clear(&p->phrase);
	sqb__buf_clear(&p->chain);
	sqb__buf_clear(&p->comment);
	sqb__buf_clear(&p->joined);
}

int sqb__addresses_read(sqb_addresses *out, sqb__arena *arena, sqb_str text,
    const sqb_addresses_options *o, sqb__reading r, sqb_error *err)
{
	parser p = { .lexer = { .text = text }, .t.kind = SQB__TOKEN_END,
	    .strict = o && o->strict };

	if (text.len > MAX_TEXT)
		p.lexer.text.len = MAX_TEXT;
	sqb__rows_init(&p.rows, arena, o && o->max_items > 0 ?
	    o->max_items : MAX_ITEMS, r);
	init_bufs(&p, arena->allocator);
	read_list(&p);
	if (text.len > MAX_TEXT)
		note(&p, SQB_ADDRESS_LIMIT, MAX_TEXT);
	out->defects = p.defects;
	for (size_t i = 0; i < p.rows.n_items; i++)
		out->defects |= sqb__rows_item(&p.rows, i)->defects;
	if (!sqb__rows_finish(&p.rows, out))
		p.code = SQB_E_NOMEM;
	sqb__rows_clear(&p.rows);
	clear_bufs(&p);
	if (p.code == SQB_OK)
		return SQB_OK;
	sqb__error(err, (sqb_code)p.code, "addresses: ",
	    p.code == SQB_E_NOMEM ? "no memory" :
	    p.code == SQB_E_LIMIT ? "there are too many" :
	    "not what RFC 5322 allows");
	if (err)
		err->offset = p.wrong;
	return p.code;
}

/* What is handed out, and what it lives in. */
typedef struct owned {
	sqb_addresses list;
	sqb__arena arena;
} owned;

int sqb_addresses_parse(sqb_addresses **out, sqb_str text,
    const sqb_addresses_options *options, sqb_error *err)
{
	const sqb_allocator *a = options && options->allocator ?
	    options->allocator : sqb_allocator_default();
	owned *own = a->alloc(a->ctx, sizeof(*own));
	sqb__decoders d = { .open = 0 };
	int code;

	if (!own)
		return sqb__error(err, SQB_E_NOMEM, "addresses: no memory");
	sqb__arena_init(&own->arena, a, MAX_MEMORY);
	code = sqb__addresses_read(&own->list, &own->arena, text, options,
	    sqb__reading_alone(text, &d, a), err);
	sqb__decoders_clear(&d);
	if (code == SQB_OK)
		*out = &own->list;
	else
		sqb_addresses_free(&own->list);
	return code;
}

void sqb_addresses_free(sqb_addresses *a)
{
	owned *own = (owned *)(void *)a;
	const sqb_allocator *allocator;

	if (!a)
		return;
	allocator = own->arena.allocator;
	sqb__arena_clear(&own->arena);
	allocator->free(allocator->ctx, own);
}

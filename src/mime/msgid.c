/*
 * Message ids, RFC 5322, sections 3.6.4 and 4.5.4: what stands between "<" and
 * ">". An id is looked at as it is; what is left and right of its "@" is not
 * told apart.
 */
#include <squab/message.h>

#include "base/arena.h"
#include "base/ascii.h"
#include "base/buf.h"
#include "mime/header.h"
#include "mime/token.h"

#include <string.h>

enum {
	MAX_IDS = 10000,
	MAX_TEXT = 10 * 1024 * 1024,		/* octets that are read */
	MAX_MEMORY = 64 * 1024 * 1024
};

/* What is handed out, and what it lives in. */
typedef struct owned {
	sqb_msgids list;
	sqb__arena arena;
} owned;

typedef struct reader {
	sqb_str text;
	sqb__arena *arena;
	sqb__buf rows;		/* sqb_msgid */
	size_t n;
	bool failed;
} reader;

static sqb_msgid *last(reader *r)
{
	return (sqb_msgid *)(void *)r->rows.data + r->n - 1;
}

/* False: no more are wanted. */
static bool add_id(reader *r, sqb_str raw, unsigned defects)
{
	sqb_msgid row = { .offset = (size_t)(raw.ptr - r->text.ptr) };
	char *id;

	if (r->n == MAX_IDS) {
		last(r)->defects |= SQB_MSGID_LIMIT;
		return false;
	}
	id = sqb__arena_alloc(r->arena, raw.len + 1);
	if (!id) {
		r->failed = true;
		return false;
	}
	row.id.ptr = id;
	for (size_t i = 0; i < raw.len; i++)
		if (raw.ptr[i] != ' ' && !sqb__is_control(raw.ptr[i]))
			id[row.id.len++] = raw.ptr[i];
	id[row.id.len] = '\0';
	if (row.id.len == 0)
		return true;
	row.defects = defects | (row.id.len < raw.len ? SQB_MSGID_BLANKS : 0) |
	    (memchr(id, '@', row.id.len) ? 0 : SQB_MSGID_NO_AT);
	sqb__buf_add(&r->rows, (sqb_str){ (char *)&row, sizeof(row) });
	r->n += !r->rows.failed;
	r->failed = r->failed || r->rows.failed;
	return !r->failed;
}

/*
 * msg-id = [CFWS] "<" id-left "@" id-right ">" [CFWS]; s is what follows "<".
 * Where the next "<" comes first, or nothing, the id ends with the word.
 */
static size_t read_id(reader *r, sqb_str s, bool *more)
{
	size_t n = 0, word = 0;

	while (n < s.len && s.ptr[n] != '>' && s.ptr[n] != '<')
		n++;
	if (n < s.len && s.ptr[n] == '>') {
		*more = add_id(r, sqb__trim((sqb_str){ s.ptr, n }), 0);
		return n + 1;
	}
	while (word < n && !sqb__is_space(s.ptr[word]) && s.ptr[word] != ',')
		word++;
	*more = word == 0 ||
	    add_id(r, (sqb_str){ s.ptr, word }, SQB_MSGID_OPEN);
	return n;
}

/* Past the next "<" that is not in a comment or in quotes; false: none. */
static bool find_open(sqb__lexer *l, bool *open)
{
	sqb_str rest;
	const char *p;
	sqb__token t;

	while (!*open) {
		sqb__token_next(l, &t);
		if (t.mark == '<' || t.kind == SQB__TOKEN_END)
			return t.mark == '<';
		if (t.kind == SQB__TOKEN_COMMENT && t.odd) {
			*open = true;
			l->at -= t.text.len;
		}
	}
	rest = sqb__str_from(l->text, l->at);
	p = rest.len > 0 ? memchr(rest.ptr, '<', rest.len) : NULL;
	if (p)
		l->at = (size_t)(p - l->text.ptr) + 1;
	return p;
}

/* After a comment that has no end, every "<" counts. */
static void read_bracketed(reader *r)
{
	sqb__lexer l = { .text = r->text };
	bool more = true, open = false;

	while (more && find_open(&l, &open))
		l.at += read_id(r, sqb__str_from(l.text, l.at), &more);
}

static size_t word_len(sqb_str s)
{
	size_t n = 0;

	while (n < s.len && !sqb__is_space(s.ptr[n]) && s.ptr[n] != ',' &&
	    s.ptr[n] != '(')
		n++;
	return n;
}

/* No "<" anywhere: words with "@", or the only one there is. */
static void read_words(reader *r)
{
	sqb_str only = { .len = 0 }, rest = r->text, word;
	size_t n_words = 0;
	bool more = true;

	while (more && rest.len > 0) {
		word = (sqb_str){ rest.ptr, word_len(rest) };
		if (word.len > 0 && memchr(word.ptr, '@', word.len))
			more = add_id(r, word, SQB_MSGID_NO_BRACKETS);
		n_words += word.len > 0;
		if (word.len > 0)
			only = word;
		else if (rest.ptr[0] == '(')
			word.len = sqb__comment_len(rest);
		else
			word.len = 1;
		rest = sqb__str_from(rest, word.len > 0 ? word.len : rest.len);
	}
	if (n_words == 1 && r->n == 0)
		add_id(r, only, SQB_MSGID_NO_BRACKETS);
}

static int finish(reader *r, sqb_msgids *out)
{
	sqb_str rows = sqb__buf_str(&r->rows);
	void *items = r->failed || rows.len == 0 ? NULL :
	    sqb__arena_alloc(r->arena, rows.len);

	if (r->failed || (rows.len > 0 && !items))
		return SQB_E_NOMEM;
	if (items)
		memcpy(items, rows.ptr, rows.len);
	*out = (sqb_msgids){ items, r->n };
	return SQB_OK;
}

int sqb_msgids_parse(sqb_msgids **out, sqb_str text,
    const sqb_allocator *allocator)
{
	const sqb_allocator *a = allocator ? allocator :
	    sqb_allocator_default();
	reader r = { .text = text };
	owned *own = a->alloc(a->ctx, sizeof(*own));
	int code;

	if (!own)
		return SQB_E_NOMEM;
	sqb__arena_init(&own->arena, a, MAX_MEMORY);
	sqb__buf_init(&r.rows, a, MAX_MEMORY);
	r.arena = &own->arena;
	if (text.len > MAX_TEXT)
		r.text.len = MAX_TEXT;
	if (r.text.len > 0 && memchr(r.text.ptr, '<', r.text.len))
		read_bracketed(&r);
	else
		read_words(&r);
	if (text.len > MAX_TEXT && r.n > 0)
		last(&r)->defects |= SQB_MSGID_LIMIT;
	code = finish(&r, &own->list);
	sqb__buf_clear(&r.rows);
	if (code == SQB_OK)
		*out = &own->list;
	else
		sqb_msgids_free(&own->list);
	return code;
}

void sqb_msgids_free(sqb_msgids *ids)
{
	owned *own = (owned *)(void *)ids;
	const sqb_allocator *a;

	if (!ids)
		return;
	a = own->arena.allocator;
	sqb__arena_clear(&own->arena);
	a->free(a->ctx, own);
}

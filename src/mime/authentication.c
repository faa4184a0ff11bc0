/*
 * Authentication-Results fields, RFC 8601, section 2.2 (before it RFC 7601 and
 * 5451), and what servers make of it: keys and values with "=" between them,
 * one method with its properties up to each ";". A key is put together from
 * tokens, for blanks and comments may stand around its "." and "/"; a value
 * ends at a blank. Whether a field is to be believed is not looked at.
 */
#include <squab/record.h>

#include "base/ascii.h"
#include "base/error.h"
#include "base/utf8.h"
#include "mime/header.h"
#include "mime/message.h"
#include "mime/token.h"

#include <string.h>

enum {
	MAX_READ = 64 * 1024,	/* octets of a field */
	MAX_RESULTS = 100,
	MAX_PROPERTIES = 1000	/* of all of its results */
};

typedef enum state {
	KEY,		/* or nothing yet */
	EQUALS,		/* behind "=": the value is to come */
	VALUE
} state;

typedef struct reader {
	sqb_message *m;
	sqb__lexer lexer;
	state state;
	sqb__buf key, value;	/* as far as they were read */
	bool gap;		/* a comment stands before the next token */
	bool in_result;		/* a pair was read since the last ";" … */
	bool has_row;		/* … and it was a method: row */
	sqb_auth_result row;
	sqb__buf results, properties;	/* sqb_auth_result, _property each */
	size_t n_properties;
	sqb_authentication out;
	bool failed;		/* no memory */
} reader;

/* Appends s on one line, U+FFFD for each octet that is not safe. */
static void add_safe(sqb__buf *out, sqb_str s)
{
	size_t n;

	for (; s.len > 0; s = sqb__str_from(s, n)) {
		n = sqb__printable(s);
		if (n > 0)
			sqb__buf_add(out, (sqb_str){ s.ptr, n });
		else if (s.ptr[0] == '\t')
			sqb__buf_add_char(out, ' ');
		else if (!sqb__is_eol(s.ptr[0]))
			sqb__buf_add_c(out, "\xef\xbf\xbd");
		n += n == 0;
	}
}

static const char *keep(reader *r, sqb_str s)
{
	sqb__buf *out = &r->m->scratch;
	const char *kept;

	sqb__buf_reset(out);
	add_safe(out, s);
	kept = out->failed ? NULL : sqb__arena_copy(&r->m->arena,
	    sqb__buf_str(out));
	r->failed = r->failed || !kept;
	return kept ? kept : "";
}

static const char *keep_lower(reader *r, sqb_str s)
{
	/* the arena's, or "", of which nothing is written */
	char *kept = (char *)(uintptr_t)keep(r, s);

	for (char *p = kept; *p != '\0'; p++)
		*p = sqb__lower(*p);
	return kept;
}

/* What is before the first mark in s, and in *rest what is behind it. */
static sqb_str split(sqb_str s, char mark, sqb_str *rest)
{
	const char *p = s.len > 0 ? memchr(s.ptr, mark, s.len) : NULL;

	*rest = (sqb_str){ .len = 0 };
	if (!p)
		return s;
	*rest = sqb__str_from(s, (size_t)(p - s.ptr) + 1);
	return (sqb_str){ s.ptr, (size_t)(p - s.ptr) };
}

/* methodspec = method ["/" method-version] "=" result */
static void begin_result(reader *r, sqb_str key, sqb_str value)
{
	sqb_str version, method = split(key, '/', &version);

	r->in_result = true;
	r->has_row = key.len > 0 && method.len > 0 &&
	    !memchr(key.ptr, '.', key.len) && r->out.n_results < MAX_RESULTS;
	if (!r->has_row) {
		r->out.defect = true;
		return;
	}
	r->row = (sqb_auth_result){ .method = keep_lower(r, method),
	    .result = keep_lower(r, value), .version = keep(r, version),
	    .reason = "" };
}

/* propspec = ptype "." property "=" pvalue; some leave the ptype out. */
static void add_property(reader *r, sqb_str key, sqb_str value)
{
	sqb_str name, type = split(key, '.', &name);
	sqb_auth_property row;

	if (name.len == 0) {
		r->out.defect = true;
		name = type;
		type.len = 0;
	}
	if (name.len == 0 || r->n_properties == MAX_PROPERTIES) {
		r->out.defect = true;
		return;
	}
	row = (sqb_auth_property){ .type = keep_lower(r, type),
	    .property = keep_lower(r, name), .value = keep(r, value) };
	sqb__buf_add(&r->properties, (sqb_str){ (const char *)&row,
	    sizeof(row) });
	r->n_properties++;
	r->row.n_properties++;
}

static void add_pair(reader *r, sqb_str key, sqb_str value)
{
	static const sqb_str reason = SQB_STR("reason");

	if (!r->in_result)
		begin_result(r, key, value);
	else if (r->has_row && sqb_str_eq_nocase(key, reason) &&
	    r->row.reason[0] == '\0')
		r->row.reason = keep(r, value);
	else if (r->has_row)
		add_property(r, key, value);
}

/* What was begun is done with: a pair, the word "none", or nobody knows. */
static void end_pair(reader *r)
{
	static const sqb_str none = SQB_STR("none");
	sqb_str key = sqb__buf_str(&r->key);

	r->failed = r->failed || r->key.failed || r->value.failed;
	if (r->state != KEY)
		add_pair(r, key, sqb__buf_str(&r->value));
	else if (!r->in_result && sqb_str_eq_nocase(key, none))
		r->out.none = true;
	else if (key.len > 0)
		r->out.defect = true;
	if (r->state == EQUALS)
		r->out.defect = true;
	sqb__buf_reset(&r->key);
	sqb__buf_reset(&r->value);
	r->state = KEY;
}

static void end_result(reader *r)
{
	end_pair(r);
	if (r->has_row) {
		sqb__buf_add(&r->results, (sqb_str){ (const char *)&r->row,
		    sizeof(r->row) });
		r->out.n_results++;
	}
	r->in_result = r->has_row = false;
}

/* A quoted local part keeps its quotes, another value loses them. */
static void add_value(reader *r, const sqb__token *t)
{
	sqb_str rest = sqb__str_from(r->lexer.text, r->lexer.at);

	if (rest.len > 0 && rest.ptr[0] == '@')
		sqb__buf_add(&r->value, t->text);
	else
		sqb__token_add(&r->value, t);
	if (t->mark == '"')
		r->out.defect = true;
	r->state = VALUE;
}

/* Whether t goes on with the key that there is. */
static bool continues(const reader *r, const sqb__token *t)
{
	sqb_str key = sqb__buf_str(&r->key);

	return key.len == 0 || (!t->spaced && !r->gap) ||
	    memchr("./", key.ptr[key.len - 1], 2) ||
	    memchr("./=", t->text.ptr[0], 3);
}

/* What is before "=" is of the key, what is behind it of the value. */
static void add_key(reader *r, const sqb__token *t)
{
	sqb_str rest, key = split(t->text, '=', &rest);

	if (!continues(r, t))
		end_pair(r);
	if (t->kind != SQB__TOKEN_ATOM && t->mark != '.') {
		r->out.defect = true;
		return;
	}
	sqb__buf_add(&r->key, key);
	sqb__buf_add(&r->value, rest);
	if (key.len < t->text.len)
		r->state = rest.len > 0 ? VALUE : EQUALS;
}

static void take(reader *r, const sqb__token *t)
{
	if (t->mark == ';') {
		end_result(r);
		return;
	}
	if (r->state == VALUE && (t->spaced || r->gap))
		end_pair(r);
	if (r->state == KEY)
		add_key(r, t);
	else
		add_value(r, t);
}

static void read_results(reader *r)
{
	sqb__token t;

	while (sqb__token_next(&r->lexer, &t) != SQB__TOKEN_END) {
		if (t.kind == SQB__TOKEN_COMMENT) {
			r->out.defect = r->out.defect || t.odd;
			r->gap = true;
			continue;
		}
		take(r, &t);
		r->gap = false;
	}
	end_result(r);
	if ((r->out.n_results > 0) == r->out.none)
		r->out.defect = true;
	r->out.none = r->out.none && r->out.n_results == 0;
}

/*
 * A "=" where the server should be named: the name was left out and this is
 * its first result, or only the ";" behind it was.
 */
static bool begins_result(const sqb__token *t, bool is_word, size_t n_words)
{
	return !is_word || n_words == 0 || t->text.ptr[0] == '=';
}

/* authserv-id [CFWS authres-version], to be in key and value. */
static size_t read_words(reader *r)
{
	sqb__lexer begin = r->lexer, before = begin;
	size_t n = 0;
	sqb__token t;

	for (; sqb__token_next(&r->lexer, &t) != SQB__TOKEN_END &&
	    t.mark != ';'; before = r->lexer) {
		bool is_word = n == 0 || t.spaced || r->gap;

		r->gap = t.kind == SQB__TOKEN_COMMENT;
		if (t.kind == SQB__TOKEN_ATOM &&
		    memchr(t.text.ptr, '=', t.text.len)) {
			bool all = begins_result(&t, is_word, n);

			r->lexer = all ? begin : before;
			r->out.defect = true;
			return all ? 0 : n;
		}
		if (r->gap)
			continue;
		n += is_word;
		if (n <= 2)
			sqb__token_add(n == 1 ? &r->key : &r->value, &t);
	}
	return n;
}

static void read_server(reader *r)
{
	size_t n = read_words(r);
	sqb_str version = sqb__buf_str(&r->value);
	uint64_t number;

	r->failed = r->key.failed || r->value.failed;
	if (n == 0 || n > 2 || (n == 2 && !sqb__parse_uint(version,
	    UINT32_MAX, &number)))
		r->out.defect = true;
	r->out.server = n > 0 ? keep(r, sqb__buf_str(&r->key)) : "";
	r->out.version = n > 1 ? keep(r, version) : "";
	sqb__buf_reset(&r->key);
	sqb__buf_reset(&r->value);
	r->gap = false;
}

/* NULL also where there is nothing to move. */
static void *move(reader *r, const sqb__buf *rows)
{
	sqb_str s = sqb__buf_str(rows);
	void *to = s.len > 0 ? sqb__arena_alloc(&r->m->arena, s.len) : NULL;

	if (to)
		memcpy(to, s.ptr, s.len);
	r->failed = r->failed || rows->failed || (s.len > 0 && !to);
	return to;
}

/* From buffers into memory that lasts. */
static void finish(reader *r)
{
	const sqb_auth_property *p = move(r, &r->properties);
	sqb_auth_result *rows = move(r, &r->results);

	for (size_t i = 0; !r->failed && i < r->out.n_results; i++) {
		rows[i].properties = p;
		if (p)
			p += rows[i].n_properties;
	}
	r->out.results = rows;
}

bool sqb_message_authentication(sqb_message *m, size_t root, size_t nth,
    sqb_authentication *out)
{
	const sqb__field_row *f = sqb__part_find(m, root,
	    "Authentication-Results", nth);
	reader r = { .m = m };
	sqb__buf *const bufs[] = { &r.key, &r.value, &r.results,
		&r.properties };

	if (!f)
		return false;
	r.lexer.text = sqb__row_body(f);
	if (r.lexer.text.len > MAX_READ) {
		r.lexer.text.len = MAX_READ;
		r.out.defect = true;
	}
	for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
		sqb__buf_init(bufs[i], m->allocator, MAX_READ);
	read_server(&r);
	read_results(&r);
	finish(&r);
	for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
		sqb__buf_clear(bufs[i]);
	if (!r.failed)
		*out = r.out;
	return !r.failed;
}

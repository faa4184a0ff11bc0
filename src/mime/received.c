/*
 * Received fields: RFC 5321, section 4.4, and what servers make of it. Words
 * that begin a clause part the tokens into values; the date is behind ";".
 */
#include <squab/record.h>

#include "base/ascii.h"
#include "mime/header.h"
#include "mime/message.h"
#include "mime/token.h"

typedef enum clause {
	FROM, BY, VIA, WITH, ID, FOR, N_CLAUSES
} clause;

enum { INFO = N_CLAUSES, N_VALUES, MAX_VALUES = 1024 * 1024 /* octets */ };

typedef struct reader {
	sqb__buf values[N_VALUES];
	clause now;		/* N_CLAUSES: none has begun */
	sqb_str date;
} reader;

/* The clause that a word begins; N_CLAUSES: none. */
static clause clause_of(const sqb__token *t)
{
	static const char *const words[] = { "from", "by", "via", "with",
		"id", "for" };
	size_t i = 0;

	if (t->kind != SQB__TOKEN_ATOM)
		return N_CLAUSES;
	while (i < N_CLAUSES &&
	    !sqb_str_eq_nocase(t->text, sqb_str_of(words[i])))
		i++;
	return (clause)i;
}

static void add_value(reader *r, const sqb__token *t)
{
	sqb__buf *value = &r->values[r->now];

	if (t->spaced && sqb__buf_len(value) > 0)
		sqb__buf_add_char(value, ' ');
	sqb__buf_add(value, t->text);
}

/* A comment behind "from" is what the server saw. */
static void take_comment(reader *r, const sqb__token *t)
{
	if (r->now == FROM && sqb__buf_len(&r->values[INFO]) == 0)
		sqb__token_add(&r->values[INFO], t);
}

/* A clause has one value: a word behind it may be one of these words, too. */
static void take_word(reader *r, const sqb__token *t)
{
	clause begun = t->spaced || r->now == N_CLAUSES ? clause_of(t) :
	    N_CLAUSES;
	bool waits = r->now != N_CLAUSES &&
	    sqb__buf_len(&r->values[r->now]) == 0;

	if (begun != N_CLAUSES && !waits &&
	    sqb__buf_len(&r->values[begun]) == 0)
		r->now = begun;
	else if (r->now != N_CLAUSES)
		add_value(r, t);
}

static void read_clauses(reader *r, sqb_str text)
{
	sqb__lexer l = { .text = text };
	sqb__token t;

	while (sqb__token_next(&l, &t) != SQB__TOKEN_END) {
		if (t.mark == ';') {
			r->date = sqb__str_from(text, l.at);
			return;
		}
		if (t.kind == SQB__TOKEN_COMMENT)
			take_comment(r, &t);
		else
			take_word(r, &t);
	}
}

bool sqb_message_received(sqb_message *m, size_t nth, sqb_received *out)
{
	const sqb__field_row *f = sqb__part_find(m, 0, "Received", nth);
	reader r = { .now = N_CLAUSES };
	const char *kept[N_VALUES];
	bool ok = f != NULL;

	if (!f)
		return false;
	for (size_t i = 0; i < N_VALUES; i++)
		sqb__buf_init(&r.values[i], m->allocator, MAX_VALUES);
	read_clauses(&r, sqb__row_body(f));
	for (size_t i = 0; i < N_VALUES; i++) {
		kept[i] = r.values[i].failed ? NULL :
		    sqb__field_keep(m, 0, sqb__buf_str(&r.values[i]));
		ok = ok && kept[i];
		sqb__buf_clear(&r.values[i]);
	}
	if (!ok)
		return false;
	*out = (sqb_received){ .from = kept[FROM], .from_info = kept[INFO],
	    .by = kept[BY], .via = kept[VIA], .with = kept[WITH],
	    .id = kept[ID], .recipient = kept[FOR] };
	sqb_date_parse(&out->date, r.date);
	return true;
}

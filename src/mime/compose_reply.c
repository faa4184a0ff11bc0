/*
 * Answers. Whom to: RFC 5322, section 3.6.3; Mail-Followup-To and the like are
 * no standard and not looked at. A list that wants answers says so in
 * Reply-To.
 */
#include "mime/compose_answer.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "text/quote.h"

#include <stdlib.h>
#include <string.h>

enum {
	MAX_ADDRESS = 512,	/* octets, as in compose_address.c */
	MAX_NAME = 200,		/* octets of a name that goes on */
	MAX_PEOPLE = 64 * 1024 * 1024	/* octets of rows and of texts */
};

/* Somebody of the message before, or somebody who gets the answer anyway. */
typedef struct person {
	sqb_str path;		/* its domain as A-labels */
	const char *name, *address;
	size_t n;		/* the how manyth it is */
	bool cc;		/* else To */
	bool left_out;		/* not to be added */
} person;

typedef struct people {
	sqb_compose *c;
	sqb_message *m;
	sqb__arena arena;
	sqb__buf rows;		/* person each */
} people;

static person *rows_of(people *p, size_t *n)
{
	*n = sqb__buf_len(&p->rows) / sizeof(person);
	return (person *)(void *)p->rows.data;
}

static void add_row(people *p, person row)
{
	rows_of(p, &row.n);
	sqb__buf_add(&p->rows, (sqb_str){ (char *)&row, sizeof(row) });
}

/*
 * local part, "@" and the domain as A-labels, in the arena. False: it is no
 * address, or memory is short.
 */
static bool path_of(people *p, sqb_str address, sqb_str *path)
{
	char ascii[SQB_DOMAIN_MAX], *copy;
	size_t at = address.len, n;
	int code;

	while (at > 0 && address.ptr[at - 1] != '@')
		at--;
	code = sqb_domain_ascii(ascii, sqb__str_from(address, at));
	if (code == SQB_E_USAGE)
		return false;
	n = strlen(ascii);
	copy = code == SQB_OK ? sqb__arena_alloc(&p->arena, at + n) : NULL;
	if (!copy) {
		p->rows.failed = true;
		return false;
	}
	memcpy(copy, address.ptr, at);
	memcpy(copy + at, ascii, n);
	*path = (sqb_str){ copy, at + n };
	return true;
}

/* Whoever has this address is left out from what comes later. */
static void add_known(people *p, sqb_str address)
{
	person row = { .left_out = true };

	if (path_of(p, address, &row.path))
		add_row(p, row);
}

static void add_own(people *p, const char *const *own)
{
	const sqb__mailbox *b = p->c->mailboxes[SQB__FROM].first;

	for (; b; b = b->next)
		add_known(p, b->path);
	for (; own && *own; own++)
		add_known(p, sqb_str_of(*own));
}

static void add_given(people *p)
{
	for (sqb__slot slot = SQB__TO; slot <= SQB__BCC; slot++)
		for (const sqb__mailbox *b = p->c->mailboxes[slot].first; b;
		    b = b->next)
			add_known(p, b->path);
}

/* Whether it can be written as it is, by the strict grammar. */
static bool can_be_written(people *p, const sqb_address *a)
{
	sqb_addresses_options o = { .size = sizeof(o),
	    .allocator = p->c->allocator, .strict = true };
	sqb_addresses *read;
	bool good;
	int code;

	if (a->local.len == 0 || a->domain.len == 0 ||
	    a->address.len > MAX_ADDRESS)
		return false;
	code = sqb_addresses_parse(&read, a->address, &o, NULL);
	p->rows.failed |= code == SQB_E_NOMEM;
	if (code != SQB_OK)
		return false;
	good = read->n_items == 1 && read->n_groups == 0 &&
	    sqb_str_eq(read->items[0].address, a->address);
	sqb_addresses_free(read);
	return good;
}

/* The name, if it says more than the address. */
static const char *name_of(people *p, const sqb_address *a)
{
	if (a->name.len == 0 || sqb_str_eq_nocase(a->name, a->address))
		return "";
	return sqb__arena_copy(&p->arena, sqb__utf8_cut(a->name, MAX_NAME));
}

/* Those of a field of m who can be written to; how many. */
static size_t add_people(people *p, const char *field, bool cc)
{
	sqb_addresses all;
	size_t n = 0;

	if (sqb__answer_addresses(p->c, p->m, field, &p->arena, &all) < 0) {
		p->rows.failed = true;
		return 0;
	}
	for (size_t i = 0; i < all.n_items; i++) {
		const sqb_address *a = &all.items[i];
		person row = { .cc = cc, .address = a->address.ptr };

		if (!can_be_written(p, a) || !path_of(p, a->address, &row.path))
			continue;
		row.name = name_of(p, a);
		p->rows.failed |= !row.name;
		add_row(p, row);
		n++;
	}
	return n;
}

/* Letter case counts in no local part that is in use. */
static int compare_paths(const person *x, const person *y)
{
	if (x->path.len != y->path.len)
		return x->path.len < y->path.len ? -1 : 1;
	for (size_t i = 0; i < x->path.len; i++) {
		char a = sqb__lower(x->path.ptr[i]);
		char b = sqb__lower(y->path.ptr[i]);

		if (a != b)
			return (unsigned char)a < (unsigned char)b ? -1 : 1;
	}
	return 0;
}

static int by_path(const void *a, const void *b)
{
	const person *x = a, *y = b;
	int order = compare_paths(x, y);

	return order != 0 ? order : x->n < y->n ? -1 : 1;
}

static int by_number(const void *a, const void *b)
{
	const person *x = a, *y = b;

	return x->n < y->n ? -1 : 1;
}

/* Of each path only the first counts; how many are then to be added. */
static size_t leave_out_doubles(people *p)
{
	size_t n, n_left = 0;
	person *rows = rows_of(p, &n);

	if (n == 0)
		return 0;
	qsort(rows, n, sizeof(*rows), by_path);
	for (size_t i = 1; i < n; i++)
		if (compare_paths(&rows[i - 1], &rows[i]) == 0)
			rows[i].left_out = true;
	qsort(rows, n, sizeof(*rows), by_number);
	for (size_t i = 0; i < n; i++)
		n_left += !rows[i].left_out;
	return n_left;
}

/*
 * To: Reply-To, else From; its To where that is all ourselves, and ourselves
 * where that is, too. True: there is somebody.
 */
static bool find_people(people *p, const char *const *own, bool all)
{
	size_t n_known, n;
	bool has_to;

	add_own(p, own);
	add_given(p);
	rows_of(p, &n_known);
	n = add_people(p, "Reply-To", false);
	if (n == 0)
		n = add_people(p, "From", false);
	if (n == 0)
		return false;
	has_to = sqb__compose_has(p->c, SQB__TO);
	if (leave_out_doubles(p) == 0 && !has_to)
		add_people(p, "To", false);
	if (all) {
		add_people(p, "To", true);
		add_people(p, "Cc", true);
	}
	if (leave_out_doubles(p) == 0 && !has_to && !p->rows.failed)
		rows_of(p, &n)[n_known].left_out = false;
	return true;
}

static int add_recipients(sqb_compose *c, sqb_message *m, bool all,
    const char *const *own)
{
	people p = { .c = c, .m = m };
	const person *rows;
	bool found;
	size_t n;

	sqb__arena_init(&p.arena, c->allocator, MAX_PEOPLE);
	sqb__buf_init(&p.rows, c->allocator, MAX_PEOPLE);
	found = find_people(&p, own, all);
	rows = rows_of(&p, &n);
	if (p.rows.failed)
		sqb__compose_no_memory(c);
	else if (!found)
		sqb__compose_error(c, SQB_E_USAGE, "the message has neither a "
		    "Reply-To nor a From that can be answered");
	for (size_t i = 0; c->error.code == SQB_OK && i < n; i++)
		if (!rows[i].left_out)
			sqb_compose_address(c, rows[i].cc ? "Cc" : "To",
			    rows[i].name, rows[i].address);
	sqb__buf_clear(&p.rows);
	sqb__arena_clear(&p.arena);
	return c->error.code;
}

/* "On 2026-03-01, Zoë wrote:", by the sender's clock. */
static int add_attribution(sqb_compose *c, sqb_message *m, sqb__buf *out)
{
	char text[SQB_DATE_TEXT];
	sqb__arena arena;
	sqb_addresses from;
	sqb_date date;
	int code;

	if (sqb_date_parse(&date, sqb_message_raw(m, "Date", 0)) == SQB_OK) {
		sqb__buf_add_c(out, "On ");
		sqb__buf_add(out, (sqb_str){ sqb_date_text(text, &date), 10 });
		sqb__buf_add_c(out, ", ");
	}
	sqb__arena_init(&arena, c->allocator, MAX_PEOPLE);
	code = sqb__answer_addresses(c, m, "From", &arena, &from);
	if (code == SQB_OK && from.n_items > 0)
		sqb__buf_add(out, sqb__utf8_cut(from.items[0].name.len > 0 ?
		    from.items[0].name : from.items[0].address, MAX_NAME));
	else
		sqb__buf_add_c(out, "the sender");
	sqb__buf_add_c(out, " wrote:");
	sqb__arena_clear(&arena);
	return code;
}

static int add_quote(sqb_compose *c, sqb_message *m)
{
	sqb_str text = sqb_str_of(sqb_message_text(m));
	sqb__buf says;
	int code;

	if (text.len == 0)
		return SQB_OK;
	sqb__buf_init(&says, c->allocator, MAX_NAME + 100);
	code = add_attribution(c, m, &says);
	sqb__buf_add_c(&c->quote, "\n");
	sqb__buf_add(&c->quote, sqb__buf_str(&says));
	sqb__buf_add_c(&c->quote, "\n");
	sqb__quote_text(text, &c->quote);
	sqb__buf_add_c(&c->quote_html, "<p>");
	sqb__escape_html(sqb__buf_str(&says), &c->quote_html);
	sqb__buf_add_c(&c->quote_html, "</p>\n");
	sqb__quote_html(text, 1, &c->quote_html);
	if (code == SQB_OK && (says.failed || c->quote.failed ||
	    c->quote_html.failed))
		code = sqb__compose_no_memory(c);
	sqb__buf_clear(&says);
	return code;
}

int sqb_compose_reply(sqb_compose *c, sqb_message *m, unsigned flags,
    const char *const *own)
{
	int code = sqb__compose_check(c);

	if (code == SQB_OK)
		code = add_recipients(c, m, flags & SQB_REPLY_ALL, own);
	if (code == SQB_OK)
		code = sqb__answer_subject(c, m, false);
	if (code == SQB_OK)
		code = sqb__answer_ids(c, m, true);
	if (code == SQB_OK && flags & SQB_REPLY_QUOTE)
		code = add_quote(c, m);
	return code;
}

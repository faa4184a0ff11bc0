/*
 * Header fields in the forms of RFC 8621, section 4.1.2: each is what an
 * option asks for as "header:Name:asForm", and most are what a convenience
 * property is made of.
 */
#include "mime/json_email.h"

#include "base/ascii.h"
#include "mime/address.h"
#include "mime/raw.h"
#include "mime/urls.h"

#include <string.h>

enum { MAX_NAME = 256 };	/* octets of a field's name that is asked for */

typedef void form(const sqb__email *e, size_t nth, const char *name);

/* A name as an option has it, taken apart. */
typedef struct property {
	char name[MAX_NAME];
	form *form;
	bool all;
} property;

static sqb_str raw(const sqb__email *e, size_t nth, const char *name)
{
	return sqb_part_raw(e->m, e->root, name, nth);
}

static bool is_there(const sqb__email *e, size_t nth, const char *name)
{
	return sqb__part_find(e->m, e->root, name, nth) != NULL;
}

static void as_raw(const sqb__email *e, size_t nth, const char *name)
{
	sqb__json_str(e->json, raw(e, nth, name));
}

static void as_text(const sqb__email *e, size_t nth, const char *name)
{
	sqb__json_c(e->json, sqb_part_field(e->m, e->root, name, nth));
}

static void write_address(sqb__json *j, const sqb_address *a)
{
	sqb__json_open(j, '{');
	sqb__json_key(j, "name");
	if (a->name.len > 0)
		sqb__json_str(j, a->name);
	else
		sqb__json_null(j);
	sqb__json_key(j, "email");
	sqb__json_str(j, a->address);
	sqb__json_close(j, '}');
}

static void write_addresses(sqb__json *j, const sqb_address *a, size_t n)
{
	sqb__json_open(j, '[');
	for (size_t i = 0; i < n; i++)
		write_address(j, &a[i]);
	sqb__json_close(j, ']');
}

static void write_group(sqb__json *j, const sqb_address_group *g,
    const sqb_address *items, size_t n)
{
	sqb__json_open(j, '{');
	sqb__json_key(j, "name");
	if (g)
		sqb__json_str(j, g->name);
	else
		sqb__json_null(j);
	sqb__json_key(j, "addresses");
	write_addresses(j, items, n);
	sqb__json_close(j, '}');
}

/* Mailboxes that are in no group make one without a name. */
static void write_groups(sqb__json *j, const sqb_addresses *a)
{
	size_t at = 0, n;

	sqb__json_open(j, '[');
	for (size_t g = 0; g <= a->n_groups; g++) {
		const sqb_address_group *group = g < a->n_groups ?
		    &a->groups[g] : NULL;

		n = (group ? group->first : a->n_items) - at;
		if (n > 0)
			write_group(j, NULL, a->items + at, n);
		at += n;
		if (group) {
			write_group(j, group, a->items + at, group->n_items);
			at += group->n_items;
		}
	}
	sqb__json_close(j, ']');
}

static bool read_addresses(const sqb__email *e, size_t nth, const char *name,
    sqb__arena *arena, sqb_addresses *a)
{
	sqb_addresses_options o = { .size = sizeof(o) };
	sqb_str text = raw(e, nth, name);
	int result;

	sqb__arena_init(arena, e->m->allocator, SIZE_MAX / 4);
	result = sqb__addresses_read(a, arena, text, &o,
	    sqb__reading_of(e->m, e->root, text), NULL);
	if (result != SQB_OK)
		sqb__email_fail(e);
	return result == SQB_OK;
}

static void as_addresses(const sqb__email *e, size_t nth, const char *name)
{
	sqb__arena arena;
	sqb_addresses a;

	if (read_addresses(e, nth, name, &arena, &a))
		write_addresses(e->json, a.items, a.n_items);
	sqb__arena_clear(&arena);
}

static void as_grouped(const sqb__email *e, size_t nth, const char *name)
{
	sqb__arena arena;
	sqb_addresses a;

	if (read_addresses(e, nth, name, &arena, &a))
		write_groups(e->json, &a);
	sqb__arena_clear(&arena);
}

/* null where there is not one. */
static void as_ids(const sqb__email *e, size_t nth, const char *name)
{
	sqb_msgids *ids;

	if (sqb_msgids_parse(&ids, raw(e, nth, name), e->m->allocator) !=
	    SQB_OK) {
		sqb__email_fail(e);
		return;
	}
	if (ids->n_items > 0) {
		sqb__json_open(e->json, '[');
		for (size_t i = 0; i < ids->n_items; i++)
			sqb__json_str(e->json, ids->items[i].id);
		sqb__json_close(e->json, ']');
	} else {
		sqb__json_null(e->json);
	}
	sqb_msgids_free(ids);
}

static void as_date(const sqb__email *e, size_t nth, const char *name)
{
	char text[SQB_DATE_TEXT];
	sqb_date d;

	if (sqb_date_parse(&d, raw(e, nth, name)) == SQB_OK)
		sqb__json_c(e->json, sqb_date_text(text, &d));
	else
		sqb__json_null(e->json);
}

/* RFC 2369, section 2. */
static void as_urls(const sqb__email *e, size_t nth, const char *name)
{
	sqb__lexer l = { .text = raw(e, nth, name) };
	sqb__buf *url = &e->m->scratch;
	bool none = true;

	sqb__buf_reset(url);
	for (; sqb__urls_next(&l, url); none = false) {
		if (none)
			sqb__json_open(e->json, '[');
		sqb__json_str(e->json, sqb__buf_str(url));
		sqb__buf_reset(url);
	}
	if (url->failed)
		sqb__email_fail(e);
	if (none)
		sqb__json_null(e->json);
	else
		sqb__json_close(e->json, ']');
}

static form *form_of(sqb_str s)
{
	static const struct {
		const char *name;
		form *form;
	} forms[] = {
		{ "asRaw", as_raw }, { "asText", as_text },
		{ "asAddresses", as_addresses },
		{ "asGroupedAddresses", as_grouped },
		{ "asMessageIds", as_ids }, { "asDate", as_date },
		{ "asURLs", as_urls },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (sqb_str_eq(s, sqb_str_of(forms[i].name)))
			return forms[i].form;
	return NULL;
}

/* What is before the next ":" of *s, which goes on behind it. */
static sqb_str take(sqb_str *s)
{
	const char *colon = s->len > 0 ? memchr(s->ptr, ':', s->len) : NULL;
	sqb_str word = { s->ptr, colon ? (size_t)(colon - s->ptr) : s->len };

	*s = sqb__str_from(*s, colon ? word.len + 1 : word.len);
	return word;
}

static bool take_name(property *p, sqb_str name)
{
	if (name.len == 0 || name.len >= MAX_NAME)
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (name.ptr[i] <= ' ' || name.ptr[i] >= 0x7f)
			return false;
	memcpy(p->name, name.ptr, name.len);
	p->name[name.len] = '\0';
	return true;
}

/* "header:" name [":as" form] [":all"], or a name alone. */
static bool read_property(const char *text, property *p)
{
	sqb_str s = sqb_str_of(text), first = take(&s), word;

	*p = (property){ .form = as_text };
	if (text[0] != '\0' && text[strlen(text) - 1] == ':')
		return false;
	if (s.len == 0 && !memchr(text, ':', strlen(text) + 1))
		return take_name(p, first);
	if (!sqb_str_eq(first, (sqb_str)SQB_STR("header")) ||
	    !take_name(p, take(&s)))
		return false;
	p->form = as_raw;
	word = take(&s);
	if (form_of(word)) {
		p->form = form_of(word);
		word = take(&s);
	}
	p->all = sqb_str_eq(word, (sqb_str)SQB_STR("all"));
	return s.len == 0 && (p->all || word.len == 0);
}

static bool is_all_headers(const char *name)
{
	return strcmp(name, "headers") == 0;
}

bool sqb__email_is_property(const char *name)
{
	property p;

	return is_all_headers(name) || read_property(name, &p);
}

/* The last of its name counts here, or all of them. */
static void write_property(const sqb__email *e, const property *p)
{
	size_t n = 0;

	if (p->all)
		sqb__json_open(e->json, '[');
	for (; is_there(e, n, p->name); n++)
		if (p->all)
			p->form(e, n, p->name);
	if (p->all)
		sqb__json_close(e->json, ']');
	else if (n > 0)
		p->form(e, n - 1, p->name);
	else
		sqb__json_null(e->json);
}

static void write_all(const sqb__email *e)
{
	sqb__header_walk w = { sqb_part_header(e->m, e->root),
	    e->m->bare_cr };
	size_t n = sqb_message_part(e->m, e->root)->n_fields;
	sqb__field f;

	sqb__json_open(e->json, '[');
	for (; n > 0 && sqb__header_next(&w, &f); n--) {
		sqb__json_open(e->json, '{');
		sqb__json_key(e->json, "name");
		sqb__json_str(e->json, f.name);
		sqb__json_key(e->json, "value");
		sqb__json_str(e->json, f.body);
		sqb__json_close(e->json, '}');
	}
	sqb__json_close(e->json, ']');
}

/* A name alone is written as the property that it stands for. */
static void write_key(sqb__json *j, const char *name)
{
	char key[MAX_NAME + 16] = "header:";

	if (strchr(name, ':')) {
		sqb__json_key(j, name);
		return;
	}
	memcpy(key + 7, name, strlen(name));
	memcpy(key + 7 + strlen(name), ":asText", 8);
	sqb__json_key(j, key);
}

void sqb__email_headers(const sqb__email *e)
{
	for (size_t i = 0; i < e->options->n_headers; i++) {
		const char *name = e->options->headers[i];
		property p;

		if (is_all_headers(name)) {
			sqb__json_key(e->json, name);
			write_all(e);
		} else if (read_property(name, &p)) {
			write_key(e->json, name);
			write_property(e, &p);
		}
	}
}

void sqb__email_fields(const sqb__email *e)
{
	static const struct {
		const char *key, *name;
		form *form;
	} fields[] = {
		{ "messageId", "Message-ID", as_ids },
		{ "inReplyTo", "In-Reply-To", as_ids },
		{ "references", "References", as_ids },
		{ "sender", "Sender", as_addresses },
		{ "from", "From", as_addresses },
		{ "to", "To", as_addresses },
		{ "cc", "Cc", as_addresses },
		{ "bcc", "Bcc", as_addresses },
		{ "replyTo", "Reply-To", as_addresses },
		{ "subject", "Subject", as_text },
		{ "sentAt", "Date", as_date },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		sqb__json_key(e->json, fields[i].key);
		if (is_there(e, 0, fields[i].name))
			fields[i].form(e, 0, fields[i].name);
		else
			sqb__json_null(e->json);
	}
}

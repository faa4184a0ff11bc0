/*
 * Address fields of a message that is written (RFC 5322, section 3.4; UTF-8:
 * RFC 6531 and 6532) and the envelope that follows from them. What is given is
 * read by the strict grammar and written anew, so that nothing gets into a
 * field that was not seen to be an address, a name or a group.
 */
#include "mime/compose.h"

#include "base/ascii.h"
#include "base/error.h"
#include "base/utf8.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_ADDRESS = 512,	/* octets; RFC 5321, section 4.5.3.1.3: 254 */
	MAX_NEAR = 60		/* octets of what is wrong, in an error */
};

static bool is_ascii(sqb_str s)
{
	return sqb__ascii_len(s) == s.len;
}

static bool is_recipient(sqb__slot slot)
{
	return slot == SQB__TO || slot == SQB__CC || slot == SQB__BCC;
}

static bool copy_to(sqb_compose *c, sqb_str *out, sqb_str s)
{
	out->ptr = sqb__compose_copy(c, s);
	out->len = out->ptr ? s.len : 0;
	return out->ptr;
}

/* local "@" domain, copied. */
static bool join(sqb_compose *c, sqb_str *out, sqb_str local, sqb_str domain)
{
	char *p = sqb__arena_alloc(&c->arena, local.len + domain.len + 2);

	if (!p) {
		sqb__compose_no_memory(c);
		return false;
	}
	memcpy(p, local.ptr, local.len);
	p[local.len] = '@';
	memcpy(p + local.len + 1, domain.ptr, domain.len);
	p[local.len + 1 + domain.len] = '\0';
	*out = (sqb_str){ p, local.len + 1 + domain.len };
	return true;
}

static int refuse(sqb_compose *c, sqb_str at)
{
	char near[MAX_NEAR];

	sqb__visible(near, sizeof(near), at);
	return sqb__compose_error(c, SQB_E_USAGE, "no address is \"", near,
	    "\"");
}

/*
 * As written, and for the envelope. A local part is never touched; where it
 * needs UTF-8 the domain may as well be as it was given.
 */
static int set_address(sqb_compose *c, sqb__mailbox *m, const sqb_address *a)
{
	char ascii[SQB_DOMAIN_MAX];
	sqb_str domain = a->domain;
	int code;

	if (a->address.len > MAX_ADDRESS || domain.len == 0)
		return refuse(c, a->address);
	if (!is_ascii(domain)) {
		code = sqb_domain_ascii(ascii, domain);
		if (code == SQB_E_NOMEM)
			return sqb__compose_no_memory(c);
		if (code != SQB_OK)
			return refuse(c, a->address);
		domain = sqb_str_of(ascii);
	}
	if (!is_ascii(a->local))
		c->needs_utf8 = true;
	if (!join(c, &m->path, a->local, domain))
		return SQB_E_NOMEM;
	m->address = m->path;
	if (!is_ascii(a->local) && !copy_to(c, &m->address, a->address))
		return SQB_E_NOMEM;
	return SQB_OK;
}

/* Appends a row to a field; a or group may be NULL. */
static int add_row(sqb_compose *c, sqb__slot slot, const sqb_address *a,
    sqb_str name, const char *group)
{
	sqb__mailboxes *list = &c->mailboxes[slot];
	sqb__mailbox *m = sqb__arena_alloc(&c->arena, sizeof(*m));
	size_t len = name.len + (a ? a->address.len : 0) + 8;
	int code = SQB_OK;

	if (!m)
		return sqb__compose_no_memory(c);
	*m = (sqb__mailbox){ .group = group };
	if (len > c->o.max_header - c->header_len)
		return sqb__compose_error(c, SQB_E_LIMIT,
		    "the header is too long");
	if (is_recipient(slot) && a &&
	    c->n_recipients++ == c->o.max_recipients)
		return sqb__compose_error(c, SQB_E_LIMIT,
		    "there are too many recipients");
	if (a)
		code = set_address(c, m, a);
	if (code != SQB_OK || !copy_to(c, &m->name, name))
		return c->error.code;
	c->header_len += len;
	*(list->last ? &list->last->next : &list->first) = m;
	list->last = m;
	return SQB_OK;
}

static int add_group(sqb_compose *c, sqb__slot slot, const sqb_addresses *all,
    const sqb_address_group *g)
{
	const char *name = sqb__compose_copy(c, g->name);
	int code = name ? SQB_OK : SQB_E_NOMEM;

	if (code == SQB_OK && g->n_items == 0)
		return add_row(c, slot, NULL, (sqb_str)SQB_STR(""), name);
	for (size_t i = 0; code == SQB_OK && i < g->n_items; i++) {
		const sqb_address *a = &all->items[g->first + i];

		assert(a);
		code = add_row(c, slot, a, a->name, name);
	}
	return code;
}

/* Mailboxes and groups in the order in which they came. */
static int add_all(sqb_compose *c, sqb__slot slot, const sqb_addresses *all)
{
	size_t i = 0, g = 0;
	int code = SQB_OK;

	while (code == SQB_OK && (i < all->n_items || g < all->n_groups)) {
		const sqb_address_group *group = g < all->n_groups ?
		    &all->groups[g] : NULL;
		const sqb_address *a = i < all->n_items ? &all->items[i] :
		    NULL;

		if (group && (!a || group->offset < a->offset)) {
			code = add_group(c, slot, all, group);
			i += group->n_items;
			g++;
		} else {
			assert(a);
			code = add_row(c, slot, a, a->name, NULL);
			i++;
		}
	}
	return code;
}

static int parse(sqb_compose *c, const char *value, sqb_addresses **out)
{
	sqb_addresses_options o = { .size = sizeof(o),
	    .allocator = c->allocator, .max_items = c->o.max_recipients,
	    .strict = true };
	sqb_error err = { .code = SQB_OK };
	sqb_str text = sqb_str_of(value);
	int code = sqb_addresses_parse(out, text, &o, &err);
	size_t at = (size_t)err.offset < text.len ? (size_t)err.offset : 0;

	if (code == SQB_OK)
		return SQB_OK;
	if (code == SQB_E_NOMEM)
		return sqb__compose_no_memory(c);
	if (code == SQB_E_LIMIT)
		return sqb__compose_error(c, SQB_E_LIMIT,
		    "there are too many recipients");
	return refuse(c, sqb__str_from(text, at));
}

/* One mailbox, in no group. */
static int check_sender(sqb_compose *c, sqb__slot slot)
{
	const sqb__mailbox *m = c->mailboxes[slot].first;

	if (slot == SQB__SENDER && m && (m->next || m->group))
		return sqb__compose_error(c, SQB_E_USAGE,
		    "Sender is one address");
	return SQB_OK;
}

int sqb__compose_addresses(sqb_compose *c, sqb__slot slot, const char *value)
{
	sqb_addresses *all;
	int code = parse(c, value, &all);

	if (code != SQB_OK)
		return code;
	if (all->n_items == 0 && all->n_groups == 0)
		code = refuse(c, sqb_str_of(value));
	else
		code = add_all(c, slot, all);
	sqb_addresses_free(all);
	return code == SQB_OK ? check_sender(c, slot) : code;
}

int sqb_compose_address(sqb_compose *c, const char *field, const char *name,
    const char *address)
{
	sqb__slot slot = sqb__slot_of(field);
	sqb_str text = sqb_str_of(address);
	sqb_addresses *all;
	int code = sqb__compose_check(c);

	if (code != SQB_OK)
		return code;
	if (slot < SQB__FROM || slot > SQB__BCC)
		return sqb__compose_error(c, SQB_E_USAGE,
		    "this is no field of addresses");
	if (!sqb__compose_is_text(sqb_str_of(name)) ||
	    !sqb__compose_is_text(text))
		return sqb__compose_error(c, SQB_E_USAGE,
		    "an address or its name has a line end, or is no UTF-8");
	code = parse(c, address, &all);
	if (code != SQB_OK)
		return code;
	if (all->n_items != 1 || all->n_groups > 0 ||
	    !sqb_str_eq(all->items[0].address, text))
		code = refuse(c, text);
	else
		code = add_row(c, slot, &all->items[0], sqb_str_of(name),
		    NULL);
	sqb_addresses_free(all);
	return code == SQB_OK ? check_sender(c, slot) : code;
}

/* name-addr or addr-spec */
static void write_mailbox(sqb__fold *f, const sqb__mailbox *m)
{
	char angle[MAX_ADDRESS + SQB_DOMAIN_MAX + 2];
	size_t n = 0;

	if (m->name.len == 0) {
		sqb__fold_word(f, m->address);
		return;
	}
	sqb__fold_phrase(f, m->name);
	angle[n++] = '<';
	memcpy(angle + n, m->address.ptr, m->address.len);
	n += m->address.len;
	angle[n++] = '>';
	sqb__fold_word(f, (sqb_str){ angle, n });
}

/* group = display-name ":" [group-list] ";" */
static void begin_group(sqb__fold *f, const char *name)
{
	if (sqb__fold_phrase(f, sqb_str_of(name)))
		sqb__fold_word(f, (sqb_str)SQB_STR(":"));
	else
		sqb__fold_mark(f, ":");
}

void sqb__compose_write_addresses(sqb__fold *f, const sqb__mailboxes *list)
{
	const char *group = NULL;

	for (const sqb__mailbox *m = list->first; m; m = m->next) {
		if (m->group && m->group != group)
			begin_group(f, m->group);
		group = m->group;
		if (m->address.len > 0)
			write_mailbox(f, m);
		if (group && (!m->next || m->next->group != group))
			sqb__fold_mark(f, ";");
		if (m->next)
			sqb__fold_mark(f, ",");
	}
}

static sqb_str domain_of(sqb_str path)
{
	size_t at = path.len;

	while (at > 0 && path.ptr[at - 1] != '@')
		at--;
	return sqb__str_from(path, at);
}

/* Local parts octet by octet, domains whatever the case. */
static int compare_paths(sqb_str a, sqb_str b)
{
	sqb_str da = domain_of(a), db = domain_of(b);
	size_t la = a.len - da.len, lb = b.len - db.len;

	if (la != lb || da.len != db.len)
		return la != lb ? (la < lb ? -1 : 1) :
		    da.len < db.len ? -1 : 1;
	for (size_t i = 0; i < a.len; i++) {
		char x = i < la ? a.ptr[i] : sqb__lower(a.ptr[i]);
		char y = i < la ? b.ptr[i] : sqb__lower(b.ptr[i]);

		if (x != y)
			return (unsigned char)x < (unsigned char)y ? -1 : 1;
	}
	return 0;
}

/* A recipient, and the how manyth it is. */
typedef struct numbered {
	sqb_str path;
	size_t n;
} numbered;

static int by_path(const void *a, const void *b)
{
	const numbered *x = a, *y = b;
	int order = compare_paths(x->path, y->path);

	return order != 0 ? order : x->n < y->n ? -1 : 1;
}

static int by_number(const void *a, const void *b)
{
	const numbered *x = a, *y = b;

	return x->n < y->n ? -1 : 1;
}

/* Drops what is there already. */
static size_t drop_doubles(numbered *rows, size_t n)
{
	size_t kept = 0;

	if (n == 0)
		return 0;
	qsort(rows, n, sizeof(*rows), by_path);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || compare_paths(rows[kept - 1].path,
		    rows[i].path) != 0)
			rows[kept++] = rows[i];
	qsort(rows, kept, sizeof(*rows), by_number);
	return kept;
}

static size_t list_recipients(const sqb_compose *c, numbered *rows)
{
	size_t n = 0;

	for (sqb__slot slot = SQB__TO; slot <= SQB__BCC; slot++)
		for (const sqb__mailbox *m = c->mailboxes[slot].first; m;
		    m = m->next)
			if (m->address.len > 0) {
				rows[n] = (numbered){ m->path, n };
				n++;
			}
	return n;
}

static sqb_str sender(const sqb_compose *c)
{
	const sqb__mailbox *m = c->mailboxes[SQB__SENDER].first;

	if (!m)
		m = c->mailboxes[SQB__FROM].first;
	while (m && m->address.len == 0)
		m = m->next;
	return m ? m->path : (sqb_str)SQB_STR("");
}

int sqb_compose_envelope(sqb_compose *c, sqb_envelope *envelope)
{
	size_t size = (c->n_recipients + 1) * sizeof(numbered), n;
	const sqb_allocator *a = c->allocator;
	numbered *rows;

	*envelope = (sqb_envelope){ .from = SQB_STR("") };
	if (c->error.code != SQB_OK && !c->failed_begin)
		return c->error.code;
	rows = a->alloc(a->ctx, size);
	if (!rows)
		return SQB_E_NOMEM;
	envelope->from = sender(c);
	n = drop_doubles(rows, list_recipients(c, rows));
	sqb__buf_reset(&c->recipients);
	for (size_t i = 0; i < n; i++)
		sqb__buf_add(&c->recipients, (sqb_str){ (const char *)
		    &rows[i].path, sizeof(rows[i].path) });
	a->free(a->ctx, rows);
	if (c->recipients.failed)
		return SQB_E_NOMEM;
	envelope->recipients = (const sqb_str *)(const void *)
	    sqb__buf_str(&c->recipients).ptr;
	envelope->n_recipients = n;
	return SQB_OK;
}

/*
 * Writing a message: RFC 5322 and MIME. What is said is kept, each field as
 * the lines it will be (compose_field.c, compose_address.c); begin chooses the
 * encodings (compose_content.c) and writes all that stands between the
 * contents at once (compose_tree.c); next (compose_next.c) puts both together.
 */
#include "mime/compose.h"

#include "base/ascii.h"
#include "base/error.h"
#include "base/options.h"
#include "base/utf8.h"

#include <openssl/rand.h>
#include <string.h>

/* 2 January 1900 to 30 December 9999: Date has four digits of a year. */
#define FIRST_SECOND INT64_C(-2208902400)
#define LAST_SECOND INT64_C(253402128000)

enum {
	MAX_RECIPIENTS = 100000,
	MAX_PARTS = 10000,
	MAX_HEADER = 16 * 1024 * 1024,
	MAX_ARENA = 1024 * 1024 * 1024,
	MAX_BODY = 1024 * 1024 * 1024
};

static void init_bufs(sqb_compose *c)
{
	sqb__buf *const all[] = { &c->scratch, &c->text, &c->html, &c->quote,
	    &c->quote_html, &c->signatures, &c->head, &c->content.buf,
	    &c->content.raw, &c->out, &c->recipients };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		sqb__buf_init(all[i], c->allocator, MAX_BODY);
}

static void clear_bufs(sqb_compose *c)
{
	sqb__buf *const all[] = { &c->scratch, &c->text, &c->html, &c->quote,
	    &c->quote_html, &c->signatures, &c->head, &c->content.buf,
	    &c->content.raw, &c->out, &c->recipients };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		sqb__buf_clear(all[i]);
}

static void set_options(sqb_compose *c, const sqb_compose_options *given)
{
	sqb_compose_options *o = &c->o;

	*o = (sqb_compose_options){ .size = sizeof(*o) };
	sqb__options_copy(o, sizeof(*o), given);
	c->allocator = o->allocator ? o->allocator : sqb_allocator_default();
	if (o->max_recipients == 0)
		o->max_recipients = MAX_RECIPIENTS;
	if (o->max_parts == 0)
		o->max_parts = MAX_PARTS;
	if (o->max_header == 0)
		o->max_header = MAX_HEADER;
}

/* id-right, RFC 5322, section 3.6.4: all that cannot end it. */
static bool is_id_right(sqb_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= ' ' || s.ptr[i] >= 0x7f ||
		    s.ptr[i] == '<' || s.ptr[i] == '>' || s.ptr[i] == '@')
			return false;
	return s.len > 0 && s.len <= SQB_DOMAIN_MAX / 4;
}

static void check_options(sqb_compose *c)
{
	const sqb_compose_options *o = &c->o;

	if (o->id_domain && !is_id_right(sqb_str_of(o->id_domain)))
		sqb__compose_error(c, SQB_E_USAGE,
		    "id_domain is no domain of ASCII");
	if (o->now < FIRST_SECOND || o->now > LAST_SECOND ||
	    o->zone <= -24 * 60 || o->zone >= 24 * 60)
		sqb__compose_error(c, SQB_E_USAGE, "now or zone is too far");
}

sqb_compose *sqb_compose_new(const sqb_compose_options *options)
{
	sqb_compose fresh = { .size = UINT64_MAX }, *c;
	const sqb_allocator *a;

	set_options(&fresh, options);
	a = fresh.allocator;
	c = a->alloc(a->ctx, sizeof(*c));
	if (!c)
		return NULL;
	*c = fresh;
	sqb__arena_init(&c->arena, a, MAX_ARENA);
	init_bufs(c);
	check_options(c);
	if (!c->o.id_domain || c->error.code != SQB_OK)
		return c;
	c->id_domain = sqb__arena_copy(&c->arena, sqb_str_of(c->o.id_domain));
	if (c->id_domain)
		return c;
	sqb_compose_free(c);
	return NULL;
}

static void close_source(sqb__part_in *p)
{
	if (p->has_source && p->source.close)
		p->source.close(p->source.ctx);
}

void sqb_compose_free(sqb_compose *c)
{
	if (!c)
		return;
	for (sqb__part_in *p = c->parts; p; p = p->next)
		close_source(p);
	clear_bufs(c);
	sqb__arena_clear(&c->arena);
	c->allocator->free(c->allocator->ctx, c);
}

const sqb_error *sqb_compose_error(const sqb_compose *c)
{
	return c->error.code == SQB_OK ? NULL : &c->error;
}

int sqb__compose_fail(sqb_compose *c, sqb_code code, const char *const *pieces)
{
	if (c->error.code == SQB_OK)
		sqb__error_set(&c->error, code, pieces);
	return c->error.code;
}

int sqb__compose_no_memory(sqb_compose *c)
{
	return sqb__compose_error(c, SQB_E_NOMEM, "no memory");
}

int sqb__compose_check(sqb_compose *c)
{
	if (c->error.code != SQB_OK)
		return c->error.code;
	if (c->begun)
		return sqb__compose_error(c, SQB_E_USAGE,
		    "nothing can be added after begin");
	return SQB_OK;
}

bool sqb__compose_is_text(sqb_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '\r' || s.ptr[i] == '\n' || s.ptr[i] == '\0')
			return false;
	return sqb__utf8_valid(s);
}

char *sqb__compose_copy(sqb_compose *c, sqb_str s)
{
	char *p = sqb__arena_copy(&c->arena, s);

	if (!p)
		sqb__compose_no_memory(c);
	return p;
}

static void put_hex(char out[33], const unsigned char octets[16])
{
	static const char hex[16] = { "0123456789abcdef" };

	for (size_t i = 0; i < 16; i++) {
		out[2 * i] = hex[octets[i] >> 4];
		out[2 * i + 1] = hex[octets[i] & 15];
	}
	out[32] = '\0';
}

int sqb__compose_random(sqb_compose *c)
{
	unsigned char octets[32];

	if (c->id_random[0] != '\0')
		return SQB_OK;
	if (RAND_bytes(octets, sizeof(octets)) != 1)
		return sqb__compose_error(c, SQB_E_UNSUPPORTED,
		    "the system has no random numbers");
	put_hex(c->id_random, octets);
	put_hex(c->boundary_random, octets + 16);
	return SQB_OK;
}

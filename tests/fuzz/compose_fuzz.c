/*
 * What compose accepts, the parser reads back equal, and the wire can carry.
 *
 * The input is steps that end at an octet 0xff, each a letter and arguments
 * that end at 0xfe: neither can be in UTF-8. The first octet says what the way
 * allows. See step() for the letters.
 */
#include <squab/compose.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "mime/header.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_ARGS = 5, MAX_CONTENTS = 16, NOW = 1767225600 };

/* What was said and is to be read. */
typedef struct said {
	sqb_compose *c;
	sqb_message *before[4];		/* answered or forwarded */
	size_t n_before;
	sqb_str subject, text, html;	/* no ptr: not given */
	sqb_str contents[MAX_CONTENTS];	/* of what is attached */
	size_t n_contents, n_addresses;	/* those of From */
	bool quoted, forwarded, is_signed;
} said;

static void want(bool good)
{
	if (!good)
		abort();
}

static const char pem[] = "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";

static sqb_dkim_key *the_key(void)
{
	static sqb_dkim_key *key;

	if (!key)
		want(sqb_dkim_key_new(&key, "x.example", "s",
		    (sqb_str){ pem, sizeof(pem) - 1 }, NULL, NULL) == SQB_OK);
	return key;
}

/* Up to the octet end, which is made NUL, or to the end of *s. */
static sqb_str take(sqb_str *s, uint8_t end)
{
	char *at = s->len > 0 ? memchr((char *)(uintptr_t)s->ptr, end,
	    s->len) : NULL;
	sqb_str got = { s->ptr, at ? (size_t)(at - s->ptr) : s->len };

	if (at)
		*at = '\0';
	*s = sqb__str_from(*s, at ? got.len + 1 : got.len);
	return got;
}

/* A source that gives an octet, then two, then three … */
typedef struct drip {
	sqb_str bytes;
	size_t at, n;
} drip;

static int64_t drip_read(void *ctx, void *out, size_t cap)
{
	drip *d = ctx;
	size_t n = d->bytes.len - d->at;

	n = n < cap ? n : cap;
	n = n < ++d->n ? n : d->n;
	if (n > 0)
		memcpy(out, d->bytes.ptr + d->at, n);
	d->at += n;
	return (int64_t)n;
}

static int drip_rewind(void *ctx)
{
	((drip *)ctx)->at = 0;
	return SQB_OK;
}

static int attach(said *s, const sqb_str *args, bool source)
{
	drip *d = calloc(1, sizeof(*d));
	sqb_source from = { drip_read, drip_rewind, free, d };
	sqb_attachment a = { .size = sizeof(a), .bytes = args[4],
	    .name = args[0].ptr, .type = args[1].len > 0 ? args[1].ptr : NULL,
	    .description = args[2].ptr,
	    .content_id = args[3].len > 0 ? args[3].ptr : NULL };

	want(d);
	d->bytes = args[4];
	if (source)
		a.source = &from;
	else
		free(d);
	if (s->n_contents == MAX_CONTENTS) {
		if (source)
			free(d);
		return SQB_OK;
	}
	s->contents[s->n_contents++] = args[4];
	return sqb_compose_attach(s->c, &a);
}

static sqb_message *before(said *s, sqb_str bytes)
{
	sqb_message *m = s->n_before < 4 ? sqb_message_parse(bytes, NULL) :
	    NULL;

	if (m)
		s->before[s->n_before++] = m;
	return m;
}

/* Nothing in a message keeps it from being answered but who wrote it. */
static int reply(said *s, sqb_str bytes, unsigned flags)
{
	sqb_message *m = before(s, bytes);
	int code = m ? sqb_compose_reply(s->c, m, flags, NULL) : SQB_OK;

	want(code == SQB_OK || (code == SQB_E_USAGE && strstr(
	    sqb_compose_error(s->c)->text, "can be answered")));
	s->quoted = s->quoted || flags & SQB_REPLY_QUOTE;
	return code;
}

static int forward(said *s, sqb_str bytes, bool attached)
{
	sqb_message *m = before(s, bytes);
	int code = m ? sqb_compose_forward(s->c, m, attached) : SQB_OK;

	want(code == SQB_OK);
	s->quoted = s->quoted || !attached;
	s->forwarded = true;
	return code;
}

static int field(said *s, sqb_str name, sqb_str value)
{
	int code = sqb_compose_field(s->c, name.ptr, value.ptr);

	if (code == SQB_OK && sqb_str_eq_nocase(name,
	    (sqb_str)SQB_STR("Subject")))
		s->subject = sqb_str_of(value.ptr);
	return code;
}

static int address(said *s, const sqb_str *args)
{
	int code = sqb_compose_address(s->c, args[0].ptr, args[1].ptr,
	    args[2].ptr);

	if (code == SQB_OK && sqb_str_eq_nocase(args[0],
	    (sqb_str)SQB_STR("From")))
		s->n_addresses++;
	return code;
}

static int step(said *s, char what, const sqb_str *args)
{
	switch (what) {
	case 'F':
		return field(s, args[0], args[1]);
	case 'A':
		return address(s, args);
	case 'T':
		s->text = args[0];
		return sqb_compose_text(s->c, args[0]);
	case 'H':
	case 'M':
		s->html = args[0];
		return sqb_compose_html(s->c, args[0], what == 'M');
	case 'C':
		return sqb_compose_calendar(s->c, args[0], args[1].ptr);
	case 'a':
	case 's':
		return attach(s, args, what == 's');
	case 'm':
		s->forwarded = true;
		return sqb_compose_attach_message(s->c, args[0]);
	case 'r':
	case 'R':
		return reply(s, args[0], what == 'r' ? 0 : SQB_REPLY_ALL |
		    SQB_REPLY_QUOTE);
	case 'f':
	case 'w':
		return forward(s, args[0], what == 'w');
	case 'u':
		return sqb_compose_unsubscribe(s->c, args[0].ptr, args[1].len >
		    0 ? args[1].ptr : NULL);
	case 'S':
		s->is_signed = true;
		return sqb_compose_sign(s->c, the_key());
	default:
		return SQB_OK;
	}
}

/* Each line has an end and is no longer than the wire takes. */
static void check_lines(sqb_str all, unsigned needs)
{
	unsigned high = needs & (SQB_COMPOSE_8BIT | SQB_COMPOSE_UTF8);
	size_t start = 0;

	if (needs & SQB_COMPOSE_BINARY)
		return;
	for (size_t i = 0; i < all.len; i++) {
		want(all.ptr[i] != '\0' && (high ||
		    sqb__is_ascii(all.ptr[i])));
		want((all.ptr[i] == '\r') ==
		    (i + 1 < all.len && all.ptr[i + 1] == '\n'));
		if (all.ptr[i] != '\n')
			continue;
		want(i - start <= 999);
		start = i + 1;
	}
	want(start == all.len);
}

/* Like the rest of given, with CRLF for each line end. */
static void check_canonical(sqb_str got, sqb_str given, bool more)
{
	size_t at = 0;

	for (size_t i = 0; i < given.len; i++) {
		char c = given.ptr[i];

		if (c == '\n' && i > 0 && given.ptr[i - 1] == '\r')
			continue;
		if (c == '\r' || c == '\n') {
			want(at < got.len && got.ptr[at++] == '\r');
			c = '\n';
		}
		want(at < got.len && got.ptr[at++] == c);
	}
	/* a text gets a line end at its end */
	want(more || got.len - at <= 2);
}

/* The leaf of that type that is nothing attached. */
static bool find_body(sqb_message *m, const char *type, sqb_str *content)
{
	for (size_t i = 0; i < sqb_message_n_parts(m); i++)
		if (strcmp(sqb_part_media_type(m, i), type) == 0 &&
		    sqb_part_disposition(m, i)[0] == '\0')
			return sqb_part_content(m, i, content) == SQB_OK;
	return false;
}

static void check_bodies(const said *s, sqb_message *m)
{
	sqb_str got;

	if (s->text.ptr && !s->quoted) {
		want(find_body(m, "text/plain", &got));
		check_canonical(got, s->text, false);
	}
	if (s->html.ptr) {
		want(find_body(m, "text/html", &got));
		check_canonical(got, s->html, s->quoted);
	}
}

static bool same(sqb_str a, sqb_str b)
{
	size_t i = 0, k = 0;

	/* line ends of what is text may be others now */
	for (; i < a.len || k < b.len; i++, k++) {
		while (i < a.len && (a.ptr[i] == '\r' || a.ptr[i] == '\n'))
			i++;
		while (k < b.len && (b.ptr[k] == '\r' || b.ptr[k] == '\n'))
			k++;
		if (i >= a.len || k >= b.len)
			return i >= a.len && k >= b.len;
		if (a.ptr[i] != b.ptr[k])
			return false;
	}
	return true;
}

/* Those in the html come first, and so each is looked for. */
static void check_contents(const said *s, sqb_message *m)
{
	for (size_t n = 0; n < s->n_contents && !s->forwarded; n++) {
		bool found = false;

		for (size_t i = 0; i < sqb_message_n_parts(m); i++) {
			sqb_str got;

			if (sqb_part_disposition(m, i)[0] == '\0')
				continue;
			if (sqb_part_content(m, i, &got) != SQB_OK)
				got = sqb_part_body(m, i);
			found = found || same(got, s->contents[n]);
		}
		want(found);
	}
}

static void check_fields(const said *s, sqb_message *m)
{
	sqb_addresses_options o = { .size = sizeof(o), .strict = true };
	sqb_addresses *from;
	sqb__buf safe;
	sqb_date date;

	want(sqb_message_raw(m, "Bcc", 0).ptr == NULL);
	want(sqb_message_raw(m, "From", 1).ptr == NULL);
	want(sqb_message_raw(m, "Subject", 1).ptr == NULL);
	want(sqb_addresses_parse(&from, sqb_message_raw(m, "From", 0), &o,
	    NULL) == SQB_OK);
	want(from->n_items >= s->n_addresses);
	sqb_addresses_free(from);
	want(sqb_date_parse(&date, sqb_message_raw(m, "Date", 0)) == SQB_OK);
	if (!s->subject.ptr)
		return;
	sqb__buf_init(&safe, sqb_allocator_default(), SIZE_MAX / 4);
	sqb__buf_add(&safe, s->subject);
	sqb__make_safe(&safe, 0);
	want(sqb_str_eq(sqb_str_of(sqb_message_subject(m)),
	    sqb__buf_str(&safe)));
	sqb__buf_clear(&safe);
}

static void check_signature(sqb_str all)
{
	sqb_str rest = all;
	char *field;
	size_t n;

	while (sqb_str_eq_nocase((sqb_str){ rest.ptr, 15 },
	    (sqb_str)SQB_STR("DKIM-Signature:")))
		do {
			const char *lf = memchr(rest.ptr, '\n', rest.len);

			want(lf);
			rest = sqb__str_from(rest, (size_t)(lf - rest.ptr) + 1);
		} while (rest.ptr[0] == ' ');
	want(sqb_dkim_sign(&field, the_key(), rest, NOW, NULL, NULL) ==
	    SQB_OK);
	n = strlen(field);
	want(n < all.len && memcmp(all.ptr, field, n) == 0);
	free(field);
}

/* Only what is in a message that was attached may be wrong. */
static void check_defects(sqb_message *m)
{
	size_t n;
	const sqb_defect *d = sqb_message_defects(m, &n);

	for (size_t i = 0; i < n; i++) {
		uint32_t part = d[i].part;

		while (part > 0 && sqb_message_part(m, part)->type !=
		    SQB_PART_MESSAGE)
			part = sqb_message_part(m, part)->parent;
		want(part > 0);
	}
}

static void check(const said *s, unsigned allowed)
{
	sqb_str all, piece;
	sqb_message *m;
	size_t at = 0;
	char *copy;
	int code = sqb_compose_bytes(s->c, allowed, &all);

	if (code == SQB_E_UNSUPPORTED || code == SQB_E_USAGE)
		return;
	want(code == SQB_OK && sqb_compose_size(s->c) == all.len);
	want((sqb_compose_needs(s->c) & ~allowed) == 0);
	check_lines(all, sqb_compose_needs(s->c));
	if (s->is_signed)
		check_signature(all);
	copy = malloc(all.len);
	want(copy);
	memcpy(copy, all.ptr, all.len);
	m = sqb_message_parse((sqb_str){ copy, all.len }, NULL);
	check_fields(s, m);
	check_bodies(s, m);
	check_contents(s, m);
	check_defects(m);
	/* once more, in pieces */
	want(sqb_compose_begin(s->c, allowed) == SQB_OK);
	while (sqb_compose_next(s->c, &piece) > 0) {
		want(memcmp(copy + at, piece.ptr, piece.len) == 0);
		at += piece.len;
	}
	want(at == sqb_message_bytes(m).len);
	sqb_message_free(m);
	free(copy);
}

static int run(said *s, sqb_str input)
{
	int code = SQB_OK;

	while (code == SQB_OK && input.len > 0) {
		sqb_str one = take(&input, 0xff);
		char what = one.len > 0 ? one.ptr[0] : '\0';
		sqb_str args[MAX_ARGS];

		one = sqb__str_from(one, one.len > 0);
		for (size_t i = 0; i < MAX_ARGS; i++)
			args[i] = one.len > 0 ? take(&one, 0xfe) :
			    (sqb_str)SQB_STR("");
		code = step(s, what, args);
	}
	return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	said s = { .c = sqb_compose_new(&(sqb_compose_options){
	    .size = sizeof(sqb_compose_options), .now = NOW }) };
	char *input = malloc(size + 1);
	int code;

	want(s.c && input);
	if (size > 0)
		memcpy(input, data, size);
	input[size] = '\0';
	code = size > 1 ? run(&s, (sqb_str){ input + 1, size - 1 }) : SQB_OK;
	if (code == SQB_OK) {
		check(&s, input[0] & 7);
		check(&s, 0);
	} else {
		want(code == sqb_compose_error(s.c)->code);
		want(sqb_compose_begin(s.c, 0) == code);
		want(!strpbrk(sqb_compose_error(s.c)->text, "\r\n"));
	}
	sqb_compose_free(s.c);
	for (size_t i = 0; i < s.n_before; i++)
		sqb_message_free(s.before[i]);
	free(input);
	return 0;
}

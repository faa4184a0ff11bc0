/* Random messages: what is hard to write in every place where it may stand. */
#include "compose_random.h"

#include "exact.h"

#include "base/utf8.h"
#include "mime/header.h"

enum { MAX_TEXT = 6000 };

typedef struct maker {
	random_message *r;
	uint64_t *seed;
	bool utf8;
} maker;

static uint32_t pick(maker *m, uint32_t n)
{
	return next_random(m->seed) % n;
}

static sqb_str keep(random_message *r, sqb_str s)
{
	char *p = sqb__arena_copy(&r->arena, s);

	assert_non_null(p);
	return (sqb_str){ p, s.len };
}

static sqb_str keep_c(random_message *r, const char *s)
{
	return keep(r, sqb_str_of(s));
}

/* A word of a text. */
static const char *const words[] = { "a", "Hello", "of", "post", "Zo\u00eb",
	"\u65e5\u672c\u8a9e", "\u0440\u0443\u0441\u0441\u043a\u0438\u0439",
	"\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467",
	"e\u0301", "na\u00efve", "=?utf-8?Q?x?=", "=?", "?=",
	"=?iso-8859-1?B?QQ==?=", "=", "Re:", "50%", "\"", "\\", "(", ")", ",",
	";", ":", "<", ">", "@", "[", "]", ".", "x@y.example", "'",
	"https://example.org/?q=1&x=y", "_", "?", "\u05e9\u05dc\u05d5\u05dd",
	"\u0e44\u0e17\u0e22", "--", "#", "\u00df\u00df\u00df\u00df\u00df" };
static const char *const rare[] = { "\t", "\x01", "\x1b[31m", "\x7f",
	"\u202e", "\u00a0", "\u2028", "\ufeff", "  ", "   " };

static void add_long_word(maker *m, sqb__buf *b)
{
	size_t n = pick(m, 8) ? 20 + pick(m, 120) : 900 + pick(m, 400);
	char c = (char)('a' + pick(m, 26));

	while (n-- > 0)
		sqb__buf_add_char(b, c);
}

/* Of at most n words, with blanks between, before and behind. */
static void add_text(maker *m, sqb__buf *b, uint32_t n, bool odd)
{
	for (n = pick(m, n + 1); n > 0 && sqb__buf_len(b) < MAX_TEXT; n--) {
		if (odd && pick(m, 12) == 0)
			sqb__buf_add_c(b, rare[pick(m, ARRAY_LEN(rare))]);
		else if (odd && pick(m, 40) == 0)
			add_long_word(m, b);
		else if (pick(m, 3) == 0)
			sqb__buf_add_c(b, words[pick(m, 4)]);
		else
			sqb__buf_add_c(b, words[pick(m, ARRAY_LEN(words))]);
		if (n > 1 ? pick(m, 4) : !pick(m, 12))
			sqb__buf_add_char(b, ' ');
	}
}

static void begin(maker *m, sqb__buf *b)
{
	(void)m;
	sqb__buf_init(b, sqb_allocator_default(), SIZE_MAX / 4);
}

static const char *terminated(sqb__buf *b)
{
	sqb__buf_add_char(b, '\0');
	b->end--;
	return sqb__buf_str(b).ptr;
}

/* As it is shown. */
static sqb_str safe(maker *m, sqb_str s, bool trim)
{
	sqb__buf b;
	sqb_str out;

	begin(m, &b);
	sqb__buf_add(&b, s);
	sqb__make_safe(&b, 0);
	out = sqb__buf_str(&b);
	while (trim && out.len > 0 && out.ptr[0] == ' ')
		out = sqb__str_from(out, 1);
	while (trim && out.len > 0 && out.ptr[out.len - 1] == ' ')
		out.len--;
	out = out.len > 0 ? keep(m->r, out) : keep_c(m->r, "");
	sqb__buf_clear(&b);
	return out;
}

static void note(maker *m, int code)
{
	if (m->r->code == SQB_OK)
		m->r->code = code;
}

static const char *const locals[] = { "a", "zoe.doe", "x+tag", "\"a b\"",
	"\"q\\\"uote\"", "\"a@b\"", "o'hara", "!#$%&*/=?^_`{|}~-",
	"long.local.part.that.goes.on.and.on.and.on.and.on.and.on.0123456789" };
static const char *const domains[][2] = {	/* as given, as written */
	{ "example.org", "example.org" }, { "EXAMPLE.org", "EXAMPLE.org" },
	{ "b\u00fccher.example", "xn--bcher-kva.example" },
	{ "\u65e5\u672c.example", "xn--wgv71a.example" },
	{ "[192.0.2.1]", "[192.0.2.1]" }, { "[IPv6:::1]", "[IPv6:::1]" },
	{ "localhost", "localhost" },
	{ "a.very.long.domain.of.many.labels.that.is.hardly.ever.seen.example",
	  "a.very.long.domain.of.many.labels.that.is.hardly.ever.seen.example" }
};

static void add_address(maker *m, sqb__buf *given, sqb__buf *want, bool bcc)
{
	const char *const *domain = domains[pick(m, ARRAY_LEN(domains))];
	bool utf8 = m->utf8 && pick(m, 8) == 0;

	sqb__buf_reset(given);
	sqb__buf_reset(want);
	if (utf8)
		sqb__buf_add_c(given, "zo\u00eb");
	else if (bcc)
		sqb__buf_add_c(given, RANDOM_BCC);
	else
		sqb__buf_add_c(given, locals[pick(m, ARRAY_LEN(locals))]);
	sqb__buf_add_char(given, '@');
	sqb__buf_add(want, sqb__buf_str(given));
	sqb__buf_add_c(given, domain[0]);
	sqb__buf_add_c(want, domain[utf8 ? 0 : 1]);
	m->r->needs_utf8 = m->r->needs_utf8 || utf8;
}

static random_address *next_row(random_addresses *list)
{
	assert_true(list->n < RANDOM_ADDRESSES);
	list->items[list->n] = (random_address){ .name = SQB_STR(""),
	    .group = SQB_STR(""), .address = SQB_STR("") };
	return &list->items[list->n++];
}

/* By sqb_compose_address(). */
static void one_address(maker *m, const char *field, random_addresses *list)
{
	random_address *row = next_row(list);
	sqb__buf name, given, want;

	begin(m, &name);
	begin(m, &given);
	begin(m, &want);
	add_text(m, &name, 6, true);
	add_address(m, &given, &want, list == &m->r->bcc);
	note(m, sqb_compose_address(m->r->c, field, terminated(&name),
	    terminated(&given)));
	row->name = safe(m, sqb__buf_str(&name), true);
	row->address = keep(m->r, sqb__buf_str(&want));
	sqb__buf_clear(&name);
	sqb__buf_clear(&given);
	sqb__buf_clear(&want);
}

/* A name as a quoted string; it holds nothing that would be decoded. */
static void add_quoted(maker *m, sqb__buf *value, sqb__buf *name)
{
	static const char *const parts[] = { "Doe, J.", "Zo\u00eb", "a\"b",
	    "back\\slash", "x@y", "(no comment)", "\u65e5\u672c", "plain" };

	sqb__buf_reset(name);
	for (uint32_t n = 1 + pick(m, 3); n > 0; n--) {
		sqb__buf_add_c(name, parts[pick(m, ARRAY_LEN(parts))]);
		if (n > 1)
			sqb__buf_add_char(name, ' ');
	}
	sqb__buf_add_char(value, '"');
	for (size_t i = name->start; i < name->end; i++) {
		if (name->data[i] == '"' || name->data[i] == '\\')
			sqb__buf_add_char(value, '\\');
		sqb__buf_add_char(value, name->data[i]);
	}
	sqb__buf_add_char(value, '"');
}

static void add_member(maker *m, sqb__buf *value, random_address *row,
    bool bcc)
{
	bool named = pick(m, 2);
	sqb__buf name, given, want;

	begin(m, &name);
	begin(m, &given);
	begin(m, &want);
	add_address(m, &given, &want, bcc);
	if (named) {
		add_quoted(m, value, &name);
		sqb__buf_add_c(value, " <");
	}
	sqb__buf_add(value, sqb__buf_str(&given));
	if (named)
		sqb__buf_add_c(value, ">");
	row->name = safe(m, sqb__buf_str(&name), true);
	row->address = keep(m->r, sqb__buf_str(&want));
	sqb__buf_clear(&name);
	sqb__buf_clear(&given);
	sqb__buf_clear(&want);
}

/* By sqb_compose_field(): some addresses, perhaps in a group. */
static void some_addresses(maker *m, const char *field, random_addresses *list)
{
	bool bcc = list == &m->r->bcc;
	uint32_t group = pick(m, 4), n = pick(m, 3) + (group > 0);
	sqb_str name = SQB_STR("");
	sqb__buf value, text;

	begin(m, &value);
	begin(m, &text);
	if (group == 0) {
		add_quoted(m, &value, &text);
		sqb__buf_add_c(&value, ":");
		name = safe(m, sqb__buf_str(&text), true);
	}
	if (n == 0)
		next_row(list)->group = name;
	for (uint32_t i = 0; i < n; i++) {
		random_address *row = next_row(list);

		sqb__buf_add_c(&value, i > 0 ? ", " : " ");
		add_member(m, &value, row, bcc);
		row->group = name;
	}
	if (group == 0)
		sqb__buf_add_c(&value, ";");
	note(m, sqb_compose_field(m->r->c, field, terminated(&value)));
	sqb__buf_clear(&value);
	sqb__buf_clear(&text);
}

static void recipients(maker *m, const char *field, random_addresses *list)
{
	for (uint32_t n = pick(m, 4); n > 0; n--)
		if (pick(m, 2))
			one_address(m, field, list);
		else
			some_addresses(m, field, list);
}

static void addresses(maker *m)
{
	random_message *r = m->r;

	one_address(m, "From", &r->from);
	if (pick(m, 6) == 0)
		one_address(m, "from", &r->from);
	if (r->from.n > 1 || pick(m, 6) == 0)
		one_address(m, "Sender", &r->sender);
	if (pick(m, 6) == 0)
		one_address(m, "Reply-To", &r->reply_to);
	recipients(m, "To", &r->to);
	recipients(m, "CC", &r->cc);
	if (pick(m, 3) == 0)
		recipients(m, "Bcc", &r->bcc);
}

static sqb_str text_field(maker *m, const char *name, uint32_t n)
{
	sqb__buf b;
	sqb_str out;

	begin(m, &b);
	add_text(m, &b, n, true);
	note(m, sqb_compose_field(m->r->c, name, terminated(&b)));
	out = safe(m, sqb__buf_str(&b), false);
	sqb__buf_clear(&b);
	return out;
}

static void add_id(maker *m, sqb__buf *b)
{
	for (uint32_t n = 1 + pick(m, pick(m, 30) ? 40 : 600); n > 0; n--)
		sqb__buf_add_char(b, "abcXYZ0129+-_.=$%"[pick(m, 17)]);
	sqb__buf_add_c(b, pick(m, 20) ? "@example.org" : "@[192.0.2.1]");
}

static void ids(maker *m)
{
	random_message *r = m->r;
	sqb__buf all, id;

	begin(m, &all);
	begin(m, &id);
	if (pick(m, 4) == 0) {
		add_id(m, &id);
		note(m, sqb_compose_field(r->c, "message-id",
		    terminated(&id)));
		r->message_id = keep(r, sqb__buf_str(&id));
	}
	r->n_references = pick(m, 3) == 0 ? pick(m, RANDOM_IDS + 1) : 0;
	for (size_t i = 0; i < r->n_references; i++) {
		sqb__buf_reset(&id);
		add_id(m, &id);
		r->references[i] = keep(r, sqb__buf_str(&id));
		sqb__buf_add_c(&all, "<");
		sqb__buf_add(&all, sqb__buf_str(&id));
		sqb__buf_add_c(&all, pick(m, 2) ? "> " : ">");
	}
	if (r->n_references > 0)
		note(m, sqb_compose_field(r->c, "References",
		    terminated(&all)));
	sqb__buf_clear(&all);
	sqb__buf_clear(&id);
}

sqb_str random_canonical(random_message *r, sqb_str s)
{
	char *p = sqb__arena_alloc(&r->arena, 2 * s.len + 1);
	size_t n = 0;

	assert_non_null(p);
	for (size_t i = 0; i < s.len; i++) {
		bool eol = s.ptr[i] == '\r' || s.ptr[i] == '\n';

		if (s.ptr[i] == '\n' && i > 0 && s.ptr[i - 1] == '\r')
			continue;
		if (eol)
			p[n++] = '\r';
		p[n++] = eol ? '\n' : s.ptr[i];
	}
	return (sqb_str){ p, n };
}

/* Lines of any length and end; high: not only ASCII. */
static void add_lines(maker *m, sqb__buf *b, bool high)
{
	static const char *const ends[] = { "\n", "\r\n", "\r", "\n\n",
	    " \n", "\t\r\n", "\n.\n", "\nFrom x\n", "\n--=_x\n" };

	for (uint32_t n = pick(m, 8); n > 0; n--) {
		if (high)
			add_text(m, b, 12, pick(m, 4) == 0);
		else if (pick(m, 20) == 0)
			add_long_word(m, b);
		else
			sqb__buf_add_c(b, words[pick(m, 4)]);
		if (n > 1 || pick(m, 3))
			sqb__buf_add_c(b, ends[pick(m, ARRAY_LEN(ends))]);
	}
}

/* A body: as given, and with a line end at its end as it will be read. */
static sqb_str body(maker *m, sqb_str *given, const char *around)
{
	sqb__buf b;
	sqb_str out;

	begin(m, &b);
	sqb__buf_add_c(&b, around);
	add_lines(m, &b, pick(m, 2));
	*given = sqb__buf_len(&b) > 0 ? keep(m->r, sqb__buf_str(&b)) :
	    (sqb_str)SQB_STR("");
	if (given->len > 0 && given->ptr[given->len - 1] != '\n' &&
	    given->ptr[given->len - 1] != '\r')
		sqb__buf_add_c(&b, "\n");
	out = random_canonical(m->r, sqb__buf_str(&b));
	sqb__buf_clear(&b);
	return out;
}

static void bodies(maker *m)
{
	random_message *r = m->r;
	uint32_t which = pick(m, 8);
	sqb_str given;

	if (which & 1 || which == 0) {
		r->text = body(m, &given, "");
		note(m, sqb_compose_text(r->c, given));
	}
	if (which & 2) {
		r->html = body(m, &given, "<p>x");
		r->text_made = pick(m, 2) && !r->text.ptr;
		note(m, sqb_compose_html(r->c, given, r->text_made));
	}
	if (which & 4 && pick(m, 2)) {
		r->calendar = body(m, &given, "BEGIN:VCALENDAR\n");
		note(m, sqb_compose_calendar(r->c, given, "REQUEST"));
	}
}

static int64_t source_read(void *ctx, void *out, size_t cap)
{
	random_part *p = ctx;
	size_t n = 1 + next_random(&p->seed) % 5000;

	n = n < cap ? n : cap;
	n = n < p->bytes.len - p->at ? n : p->bytes.len - p->at;
	if (n > 0)
		memcpy(out, p->bytes.ptr + p->at, n);
	p->at += n;
	return (int64_t)n;
}

static int source_rewind(void *ctx)
{
	((random_part *)ctx)->at = 0;
	return SQB_OK;
}

static sqb_str octets(maker *m)
{
	size_t n = pick(m, 40) ? pick(m, 300) : 40000 + pick(m, 120000);
	char *p = sqb__arena_alloc(&m->r->arena, n + 1);

	assert_non_null(p);
	for (size_t i = 0; i < n; i++)
		p[i] = (char)pick(m, 256);
	return (sqb_str){ p, n };
}

static void file_name(maker *m, sqb__buf *b)
{
	static const char *const endings[] = { "", ".png", ".txt", ".pdf",
	    ".csv", ".\u65e5\u672c" };

	if (pick(m, 2))
		add_text(m, b, 8, true);
	else
		sqb__buf_add_c(b, words[pick(m, 4)]);
	sqb__buf_add_c(b, endings[pick(m, ARRAY_LEN(endings))]);
	if (b->end > 900)
		b->end = sqb__utf8_cut(sqb__buf_str(b), 900).len;
	for (size_t i = 0; i < b->end; i++)
		if (b->data[i] == '/' || b->data[i] == '\\')
			b->data[i] = '_';
}

static void attachment_content(maker *m, random_part *p)
{
	bool text = pick(m, 2);
	sqb__buf b;

	begin(m, &b);
	if (text)
		add_lines(m, &b, pick(m, 2));
	if (text && pick(m, 10) == 0)
		sqb__buf_add_c(&b, "\xe9t\xe9");
	p->bytes = sqb__buf_len(&b) > 0 ? keep(m->r, sqb__buf_str(&b)) :
	    octets(m);
	p->type = text ? "text/x-test" : "application/x-test";
	p->want = !text || p->once || (p->bytes.len > 0 &&
	    memchr(p->bytes.ptr, '\0', p->bytes.len)) ? p->bytes :
	    random_canonical(m->r, p->bytes);
	sqb__buf_clear(&b);
}

static void attach(maker *m, random_part *p)
{
	sqb_source source = { source_read, source_rewind, NULL, p };
	sqb_attachment a = { .size = sizeof(a) };
	sqb__buf name, description;

	begin(m, &name);
	begin(m, &description);
	p->once = pick(m, 60) == 0;
	m->r->once = m->r->once || p->once;
	attachment_content(m, p);
	if (p->once)
		source.rewind = NULL;
	if (p->once || pick(m, 3) == 0)
		a.source = &source;
	else
		a.bytes = p->bytes;
	if (pick(m, 6))
		file_name(m, &name);
	if (pick(m, 5) == 0)
		add_text(m, &description, 10, true);
	if (pick(m, 3) == 0)
		p->content_id = a.content_id = "part.1@example.org";
	a.name = terminated(&name);
	a.type = p->type;
	a.description = sqb__buf_len(&description) > 0 ?
	    terminated(&description) : NULL;
	note(m, sqb_compose_attach(m->r->c, &a));
	p->name = safe(m, sqb__buf_str(&name), false);
	p->description = safe(m, sqb__buf_str(&description), false);
	sqb__buf_clear(&name);
	sqb__buf_clear(&description);
}

static void attach_message(maker *m, random_part *p)
{
	static const char *const messages[] = {
		"From: a@b\r\nSubject: x\r\n\r\nHello.\r\n",
		"From: a@b\nSubject: x\n\nHello.\nNo end",
		("From: a@b\r\nContent-Type: text/plain; charset=utf-8\r\n"
		    "Content-Transfer-Encoding: 8bit\r\n\r\nZo\u00eb\r\n"),
		"From: a@b\r\nSubject: Zo\u00eb\r\n\r\nHello.\r\n",
		"From: a@b\r\n\r\nA bare\rCR\r\n",
		"From: a@b\r\n\r\n",
	};

	p->bytes = sqb_str_of(messages[pick(m, ARRAY_LEN(messages))]);
	p->want = strstr(p->bytes.ptr, "bare") ? p->bytes :
	    random_canonical(m->r, p->bytes);
	p->is_message = true;
	p->name = p->description = (sqb_str)SQB_STR("");
	note(m, sqb_compose_attach_message(m->r->c, p->bytes));
}

static void parts(maker *m)
{
	random_message *r = m->r;

	r->n_parts = pick(m, 2) ? pick(m, RANDOM_PARTS) : 0;
	for (size_t i = 0; i < r->n_parts; i++) {
		r->parts[i] = (random_part){ .seed = pick(m, 1000) };
		if (pick(m, 6))
			attach(m, &r->parts[i]);
		else
			attach_message(m, &r->parts[i]);
	}
}

void random_message_new(random_message *r, uint64_t *seed, bool utf8,
    const sqb_allocator *a)
{
	maker m = { r, seed, utf8 };
	sqb_compose_options o = { .size = sizeof(o), .allocator = a };

	*r = (random_message){ .code = SQB_OK };
	sqb__arena_init(&r->arena, sqb_allocator_default(), SIZE_MAX);
	r->date = (int64_t)next_random(seed) * 4 - 1000000000;
	r->zone = (int)pick(&m, 53) * 30 - 12 * 60;
	o.now = r->date;
	o.zone = r->zone;
	r->c = sqb_compose_new(&o);
	if (!r->c) {
		r->code = SQB_E_NOMEM;
		return;
	}
	addresses(&m);
	if (pick(&m, 8))
		r->subject = text_field(&m, "subject", 16);
	if (pick(&m, 6) == 0)
		r->comments = text_field(&m, "Comments", 30);
	ids(&m);
	bodies(&m);
	parts(&m);
}

void random_message_free(random_message *r)
{
	sqb_compose_free(r->c);
	sqb__arena_clear(&r->arena);
}

/*
 * HTML to text, for mail that has no other. A small part of what a browser
 * does (HTML Living Standard, section 13.2): a stack of open elements, of
 * fixed size, says what is hidden, quoted or in a list. Styles count only
 * where an element has them itself, as in mail.
 *
 * Left out: style sheets, forms, what scripts would do.
 */
#include "text/html.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "text/html_layout.h"
#include "text/html_reference.h"
#include "text/html_token.h"

#include <string.h>

enum {
	MAX_OPEN = 128,		/* elements deeper than that have no effect */
	MAX_NAME = 10,		/* of those that are known */
	MAX_URL = 2000,
	MAX_META = 1024,
	MAX_STYLE = 4096	/* octets looked at */
};

typedef enum kind {
	INLINE,
	LINE,		/* on lines of its own */
	PARAGRAPH,	/* with empty lines around it */
	RAW,		/* what is in it is no HTML, and not shown */
	HIDDEN,
	VOID,		/* has no end and no meaning here */
	BR, HR, IMG, A, PRE, QUOTE, LIST, NUMBERED, ITEM, CELL
} kind;

/* In order. */
static const struct {
	char name[MAX_NAME + 1];
	uint8_t kind;
} elements[] = {
	{ "a", A }, { "address", LINE }, { "area", VOID },
	{ "article", LINE }, { "aside", LINE }, { "base", VOID },
	{ "blockquote", QUOTE }, { "body", LINE }, { "br", BR },
	{ "caption", LINE }, { "center", LINE }, { "col", VOID },
	{ "dd", LINE }, { "details", LINE }, { "dir", LIST },
	{ "div", LINE }, { "dl", PARAGRAPH }, { "dt", LINE },
	{ "embed", VOID }, { "fieldset", LINE }, { "figcaption", LINE },
	{ "figure", LINE }, { "footer", LINE }, { "form", LINE },
	{ "h1", PARAGRAPH }, { "h2", PARAGRAPH }, { "h3", PARAGRAPH },
	{ "h4", PARAGRAPH }, { "h5", PARAGRAPH }, { "h6", PARAGRAPH },
	{ "header", LINE }, { "hr", HR }, { "iframe", RAW }, { "img", IMG },
	{ "input", VOID }, { "li", ITEM }, { "link", VOID },
	{ "listing", PRE }, { "main", LINE }, { "menu", LIST },
	{ "meta", VOID }, { "nav", LINE }, { "noembed", RAW },
	{ "noframes", RAW }, { "object", HIDDEN }, { "ol", NUMBERED },
	{ "option", LINE }, { "p", PARAGRAPH }, { "param", VOID },
	{ "pre", PRE }, { "script", RAW }, { "section", LINE },
	{ "source", VOID }, { "style", RAW }, { "summary", LINE },
	{ "svg", HIDDEN }, { "table", LINE }, { "tbody", LINE },
	{ "td", CELL }, { "template", HIDDEN }, { "textarea", RAW },
	{ "tfoot", LINE }, { "th", CELL }, { "thead", LINE },
	{ "title", RAW }, { "tr", LINE }, { "track", VOID }, { "ul", LIST },
	{ "wbr", VOID }, { "xmp", PRE },
};

typedef struct element {
	uint32_t hash;		/* of its name */
	uint8_t kind;
	bool hides;
	unsigned number;	/* of the last item of a list */
} element;

typedef struct reader {
	sqb__layout layout;
	element open[MAX_OPEN];
	size_t n_open;
	unsigned hidden, pre;	/* how many open elements are that */
	sqb_str link;		/* the href of the open <a> … */
	size_t link_at;		/* … and where its text begins */
} reader;

static uint32_t hash(sqb_str name)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < name.len; i++)
		h = (h ^ (uint8_t)sqb__lower(name.ptr[i])) * 16777619u;
	return h;
}

static kind kind_of(sqb_str name, char lower[MAX_NAME + 1])
{
	size_t low = 0, high = sizeof(elements) / sizeof(elements[0]);

	lower[0] = '\0';
	if (name.len > MAX_NAME)
		return INLINE;
	for (size_t i = 0; i < name.len; i++)
		lower[i] = sqb__lower(name.ptr[i]);
	lower[name.len] = '\0';
	while (low < high) {
		size_t at = (low + high) / 2;
		int order = strcmp(lower, elements[at].name);

		if (order == 0)
			return (kind)elements[at].kind;
		if (order < 0)
			high = at;
		else
			low = at + 1;
	}
	return INLINE;
}

/* A declaration, without blanks and in lower case, that hides an element. */
static bool is_hiding(sqb_str s)
{
	static const char *const rows[] = { "display:none",
		"visibility:hidden", "mso-hide:all", "font-size:0" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = strlen(rows[i]);

		if (s.len >= n && !memcmp(s.ptr, rows[i], n) &&
		    (s.len == n || memchr("!p%e", s.ptr[n], 4)))
			return true;
	}
	return false;
}

static bool style_hides(sqb_str css)
{
	char line[64];
	size_t n = 0;

	for (size_t i = 0; i <= css.len && i < MAX_STYLE; i++) {
		char c = i < css.len ? sqb__lower(css.ptr[i]) : ';';

		if (c == ';') {
			if (is_hiding((sqb_str){ line, n }))
				return true;
			n = 0;
		} else if (c > ' ' && n < sizeof(line)) {
			line[n++] = c;
		}
	}
	return false;
}

static bool is(sqb_str name, const char *word)
{
	return sqb_str_eq_nocase(name, sqb_str_of(word));
}

/* What the attributes of a tag say. */
typedef struct said {
	bool hides;
	sqb_str href, alt, start;
} said;

static said read_attributes(sqb_str s)
{
	sqb__attribute a;
	said r = { .hides = false };

	while (sqb__html_attribute(&s, &a)) {
		if (is(a.name, "hidden"))
			r.hides = true;
		else if (is(a.name, "style"))
			r.hides |= style_hides(a.value);
		else if (is(a.name, "href") && !r.href.ptr)
			r.href = a.value;
		else if (is(a.name, "alt") && !r.alt.ptr)
			r.alt = a.value;
		else if (is(a.name, "start"))
			r.start = a.value;
	}
	return r;
}

/* White space, or a filler that nobody is meant to see: 1 or 2; else 0. */
static int is_nothing(uint32_t c)
{
	if (c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xa0 ||
	    (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
	    c == 0x202f || c == 0x205f || c == 0x3000)
		return 1;
	return sqb__is_hidden(c) || c == 0xad || c == 0x34f || c == 0x115f ||
	    c == 0x1160 || c == 0x17b4 || c == 0x17b5 || c == 0x180e ||
	    c == 0x200b || c == 0x200c || c == 0x200d || c == 0x2060 ||
	    c == 0x3164 ? 2 : 0;
}

static void add_char(reader *r, uint32_t c)
{
	char utf8[4];

	switch (is_nothing(c)) {
	case 0:
		sqb__layout_text(&r->layout, (sqb_str){ utf8,
		    sqb__utf8_encode(c, utf8) });
		break;
	case 1:
		if (r->pre > 0 && c == '\n')
			sqb__layout_newline(&r->layout);
		else if (r->pre > 0)
			sqb__layout_blank(&r->layout);
		else
			sqb__layout_space(&r->layout);
	}
}

/* Octets of ASCII that stand for themselves. */
static size_t run_len(sqb_str s)
{
	size_t n = 0;

	while (n < s.len && s.ptr[n] > ' ' && s.ptr[n] < 0x7f &&
	    s.ptr[n] != '&')
		n++;
	return n;
}

static size_t add_reference(reader *r, sqb_str s)
{
	char text[SQB__HTML_REFERENCE] = "&";
	size_t n = sqb__html_reference(s, false, text), len;
	uint32_t c;

	for (sqb_str t = sqb_str_of(text); t.len > 0;
	    t = sqb__str_from(t, len)) {
		len = sqb__utf8_decode(t, &c);
		add_char(r, c);
	}
	return n > 0 ? n : 1;
}

/* Text without tags. */
static void add_text(reader *r, sqb_str s)
{
	size_t n;
	uint32_t c;

	for (; s.len > 0; s = sqb__str_from(s, n)) {
		n = run_len(s);
		if (n > 0) {
			sqb__layout_text(&r->layout, (sqb_str){ s.ptr, n });
		} else if (s.ptr[0] == '&') {
			n = add_reference(r, s);
		} else {
			n = sqb__utf8_decode(s, &c);
			add_char(r, n > 0 ? c : SQB__REPLACEMENT);
			n = n > 0 ? n : sqb__utf8_broken(s);
		}
	}
}

/* An attribute's value as text that can be printed, without blanks. */
static void add_value(sqb__buf *out, sqb_str s)
{
	char text[SQB__HTML_REFERENCE];
	size_t n;
	uint32_t c;

	for (; s.len > 0; s = sqb__str_from(s, n)) {
		n = s.ptr[0] == '&' ? sqb__html_reference(s, true, text) : 0;
		if (n > 0) {
			if (sqb__utf8_decode(sqb_str_of(text), &c) > 0 &&
			    is_nothing(c) == 0)
				sqb__buf_add_c(out, text);
			continue;
		}
		n = sqb__utf8_decode(s, &c);
		if (n > 0 && is_nothing(c) == 0)
			sqb__buf_add(out, (sqb_str){ s.ptr, n });
		n = n > 0 ? n : 1;
	}
}

static bool begins(sqb_str s, const char *word)
{
	size_t n = strlen(word);

	return s.len >= n && is((sqb_str){ s.ptr, n }, word);
}

/* Whether a reader sees from the text of a link where it goes. */
static bool is_told(sqb_str text, sqb_str url)
{
	static const char *const schemes[] = { "http://", "https://",
		"mailto:" };

	for (size_t i = 0; i < 3; i++) {
		size_t n = strlen(schemes[i]);

		if (begins(url, schemes[i]) && !begins(text, schemes[i]))
			url = sqb__str_from(url, n);
	}
	if (url.len > 0 && url.ptr[url.len - 1] == '/' && (text.len == 0 ||
	    text.ptr[text.len - 1] != '/'))
		url.len--;
	return sqb_str_eq_nocase(text, url);
}

/* " <URL>" behind the text of a link. */
static void end_link(reader *r)
{
	sqb__layout *l = &r->layout;
	sqb__buf *out = l->out, url;
	sqb_str text, href = r->link;

	r->link = (sqb_str){ NULL, 0 };
	if (href.len == 0 || href.len > MAX_URL || out->failed ||
	    out->end <= r->link_at)
		return;
	sqb__buf_init(&url, out->allocator, 2 * MAX_URL);
	add_value(&url, href);
	href = sqb__buf_str(&url);
	text = sqb__layout_since(l, r->link_at);
	if ((begins(href, "http://") || begins(href, "https://") ||
	    begins(href, "mailto:")) && !is_told(text, href)) {
		sqb__layout_space(l);
		sqb__layout_text(l, (sqb_str)SQB_STR("<"));
		sqb__layout_text(l, href);
		sqb__layout_text(l, (sqb_str)SQB_STR(">"));
	}
	out->failed |= url.failed;
	sqb__buf_clear(&url);
}

static void break_for(reader *r, kind k)
{
	sqb__layout *l = &r->layout;

	if (k == PARAGRAPH || k == PRE || k == QUOTE)
		sqb__layout_break(l, 2);
	else if (k == LIST || k == NUMBERED)
		sqb__layout_break(l, l->lists > 0 ? 1 : 2);
	else if (k == LINE || k == ITEM)
		sqb__layout_break(l, 1);
}

/* The innermost element ends. */
static void pop(reader *r)
{
	const element *e = &r->open[--r->n_open];
	sqb__layout *l = &r->layout;

	if (e->hides) {
		r->hidden--;
		return;
	}
	if (r->hidden > 0)
		return;
	if (e->kind == A)
		end_link(r);
	r->pre -= e->kind == PRE;
	l->quotes -= e->kind == QUOTE;
	l->lists -= e->kind == LIST || e->kind == NUMBERED;
	if (e->kind == ITEM)
		l->bullet = false;
	if (e->kind == CELL)
		sqb__layout_cell(l);
	break_for(r, (kind)e->kind);
}

static void pop_to(reader *r, size_t n)
{
	while (r->n_open > n)
		pop(r);
}

/* Elements that end where another of their kind begins. */
static void end_before(reader *r, kind k, sqb_str name)
{
	element *e = r->n_open > 0 ? &r->open[r->n_open - 1] : NULL;

	if (!e || k == INLINE)
		return;
	if ((e->kind == A || k == ITEM || k == CELL || is(name, "p") ||
	    is(name, "tr")) && e->hash == hash(name))
		pop(r);
}

static void begin_item(reader *r)
{
	sqb__layout *l = &r->layout;
	element *list = NULL;

	for (size_t i = r->n_open; i > 0 && !list; i--)
		if (r->open[i - 1].kind == LIST ||
		    r->open[i - 1].kind == NUMBERED)
			list = &r->open[i - 1];
	l->bullet = true;
	l->number = list && list->kind == NUMBERED ? ++list->number : 0;
}

/* What an element that is shown begins with. */
static void begin_element(reader *r, const element *e, const said *s)
{
	sqb__layout *l = &r->layout;

	break_for(r, (kind)e->kind);
	r->pre += e->kind == PRE;
	l->quotes += e->kind == QUOTE;
	l->lists += e->kind == LIST || e->kind == NUMBERED;
	if (e->kind == ITEM)
		begin_item(r);
	if (e->kind == A) {
		r->link = s->href;
		r->link_at = l->out->end;
	}
}

static unsigned list_start(sqb_str s)
{
	uint64_t n;

	return sqb__parse_uint(s, 1000000, &n) && n > 0 ? (unsigned)n - 1 : 0;
}

static void push(reader *r, kind k, sqb_str name, const said *s)
{
	element *e = &r->open[r->n_open];

	*e = (element){ .hash = hash(name), .kind = (uint8_t)k,
	    .hides = k == HIDDEN || s->hides,
	    .number = k == NUMBERED ? list_start(s->start) : 0 };
	if (e->hides)
		r->hidden++;
	else if (r->hidden == 0)
		begin_element(r, e, s);
	r->n_open++;
}

static void add_alone(reader *r, kind k, const said *s)
{
	sqb__layout *l = &r->layout;

	if (r->hidden > 0 || s->hides)
		return;
	if (k == BR) {
		sqb__layout_newline(l);
	} else if (k == HR) {
		sqb__layout_break(l, 2);
		sqb__layout_text(l, (sqb_str)SQB_STR("----"));
		sqb__layout_break(l, 2);
	} else if (s->alt.len > 0) {
		sqb__layout_text(l, (sqb_str)SQB_STR("["));
		add_text(r, s->alt);
		sqb__layout_text(l, (sqb_str)SQB_STR("]"));
	}
}

static void take_end(reader *r, sqb_str name)
{
	uint32_t h = hash(name);

	for (size_t i = r->n_open; i > 0; i--)
		if (r->open[i - 1].hash == h) {
			pop_to(r, i - 1);
			return;
		}
	if (is(name, "br") && r->hidden == 0)
		sqb__layout_newline(&r->layout);
}

/* A start tag; s is what follows it. How much of that it takes. */
static size_t take_start(reader *r, const sqb__tag *t, sqb_str s)
{
	char name[MAX_NAME + 1];
	kind k = kind_of(t->name, name);
	said what;

	if (k == RAW)
		return sqb__html_raw_len(s, name);
	if (k == VOID)
		return 0;
	what = read_attributes(t->attributes);
	if (k == BR || k == HR || k == IMG) {
		add_alone(r, k, &what);
		return 0;
	}
	end_before(r, k, t->name);
	if (r->n_open < MAX_OPEN)
		push(r, k, t->name, &what);
	return 0;
}

/* The tag at the front of s, or "<" as text: how long it is. */
static size_t take_tag(reader *r, sqb_str s)
{
	sqb__tag tag;
	size_t n = sqb__html_tag(s, &tag);

	if (n == 0) {
		if (r->hidden == 0)
			sqb__layout_text(&r->layout, (sqb_str){ s.ptr, 1 });
		return 1;
	}
	if (tag.name.len > 0 && tag.end)
		take_end(r, tag.name);
	else if (tag.name.len > 0)
		n += take_start(r, &tag, sqb__str_from(s, n));
	return n;
}

void sqb__html_text(sqb_str html, sqb__buf *out)
{
	reader r = { .n_open = 0 };

	sqb__layout_begin(&r.layout, out);
	while (html.len > 0 && !out->failed) {
		const char *tag = memchr(html.ptr, '<', html.len);
		size_t n = tag ? (size_t)(tag - html.ptr) : html.len;

		if (r.hidden == 0)
			add_text(&r, (sqb_str){ html.ptr, n });
		html = sqb__str_from(html, n);
		if (html.len > 0)
			html = sqb__str_from(html, take_tag(&r, html));
	}
	pop_to(&r, 0);
	sqb__layout_end(&r.layout);
}

/* The value of charset= in the content of a <meta>. */
static sqb_str charset_in(sqb_str s)
{
	for (; s.len > 8; s = sqb__str_from(s, 1))
		if (begins(s, "charset=")) {
			size_t n = 8;

			while (n < s.len && s.ptr[n] != ';' &&
			    s.ptr[n] != ' ')
				n++;
			return (sqb_str){ s.ptr + 8, n - 8 };
		}
	return (sqb_str){ NULL, 0 };
}

static sqb_str charset_of(sqb_str attributes)
{
	sqb__attribute a;
	sqb_str found = { NULL, 0 };

	while (found.len == 0 && sqb__html_attribute(&attributes, &a)) {
		if (is(a.name, "charset"))
			found = a.value;
		else if (is(a.name, "content"))
			found = charset_in(a.value);
	}
	return found;
}

sqb_str sqb__html_charset(sqb_str html)
{
	sqb_str found = { NULL, 0 };
	sqb__tag tag;

	if (html.len > MAX_META)
		html.len = MAX_META;
	while (found.len == 0 && html.len > 0) {
		const char *at = memchr(html.ptr, '<', html.len);
		size_t n;

		if (!at)
			break;
		html = sqb__str_from(html, (size_t)(at - html.ptr));
		n = sqb__html_tag(html, &tag);
		if (!tag.end && is(tag.name, "meta"))
			found = charset_of(tag.attributes);
		html = sqb__str_from(html, n > 0 ? n : 1);
	}
	return found;
}

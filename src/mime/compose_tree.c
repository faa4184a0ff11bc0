/*
 * All of a message that is written but its contents: its header, the headers
 * of its parts, and the delimiters between them.
 *
 *	multipart/mixed			where something is attached
 *		multipart/alternative	where there is more than one form
 *			text/plain
 *			multipart/related	where the html shows something
 *				text/html	(RFC 2387)
 *				image/png …
 *			text/calendar	(RFC 6047)
 *		application/pdf …
 *
 * A boundary is 128 random bits; it begins with "=_", which neither base64 nor
 * quoted-printable can have in it.
 */
#include "mime/compose.h"

#include "base/ascii.h"
#include "mime/content_type.h"
#include "mime/params.h"

/* The parts that are shown in the html, and the others. */
static bool is_shown(const sqb_compose *c, const sqb__part_in *p)
{
	return p->content_id && c->has_html;
}

static void begin_field(sqb_compose *c, sqb__fold *f, const char *name)
{
	sqb__fold_begin(f, &c->head, name);
}

static void add_type_params(sqb_compose *c, sqb__fold *f,
    const sqb__part_in *p, sqb_str params)
{
	bool charset = false, extended;
	sqb__params ps;
	sqb_str label;

	sqb__params_read(&ps, params);
	for (size_t i = 0; i < ps.n; i++) {
		char name[48];
		sqb_str n = ps.items[i].name;
		size_t at;

		for (at = 0; at < n.len && at + 1 < sizeof(name); at++)
			name[at] = sqb__lower(n.ptr[at]);
		name[at] = '\0';
		charset = charset || sqb_str_eq(sqb_str_of(name),
		    (sqb_str)SQB_STR("charset"));
		if (p->name && sqb_str_eq(sqb_str_of(name),
		    (sqb_str)SQB_STR("name")))
			continue;
		sqb__buf_reset(&c->scratch);
		if (ps.items[i].section <= 0 && sqb__param_octets(&ps, name,
		    &c->scratch, &label, &extended))
			sqb__fold_param(f, name, sqb__buf_str(&c->scratch));
		c->head.failed |= c->scratch.failed;
	}
	if (p->kind == SQB__PART_TEXT && !charset && !p->stats.not_utf8)
		sqb__fold_param(f, "charset", (sqb_str)SQB_STR("utf-8"));
}

static void add_type(sqb_compose *c, const sqb__part_in *p)
{
	sqb__media m = sqb__media_read(sqb_str_of(p->type));
	bool global = p->kind == SQB__PART_MESSAGE &&
	    (p->encoding == SQB_ENCODING_BASE64 || p->stats.high_header);
	sqb__fold f;

	begin_field(c, &f, "Content-Type");
	sqb__buf_reset(&c->scratch);
	sqb__buf_add(&c->scratch, m.type);
	sqb__buf_add_char(&c->scratch, '/');
	sqb__buf_add(&c->scratch, m.subtype);
	c->head.failed |= c->scratch.failed;
	if (global)
		sqb__fold_word(&f, (sqb_str)SQB_STR("message/global"));
	else if (!c->scratch.failed)
		sqb__fold_word(&f, sqb__buf_str(&c->scratch));
	add_type_params(c, &f, p, m.params);
	if (p == &c->calendar_part)
		sqb__fold_param(&f, "method", sqb_str_of(c->method));
	if (p->name)
		sqb__fold_param_old(&f, "name", sqb_str_of(p->name));
	sqb__fold_end(&f);
}

static void add_disposition(sqb_compose *c, const sqb__part_in *p)
{
	sqb__fold f;

	begin_field(c, &f, "Content-Disposition");
	sqb__fold_word(&f, sqb_str_of(p->disposition));
	if (p->name)
		sqb__fold_param(&f, "filename", sqb_str_of(p->name));
	sqb__fold_end(&f);
}

static const char *const encodings[] = {
	[SQB_ENCODING_7BIT] = "7bit",
	[SQB_ENCODING_8BIT] = "8bit",
	[SQB_ENCODING_BINARY] = "binary",
	[SQB_ENCODING_QP] = "quoted-printable",
	[SQB_ENCODING_BASE64] = "base64",
};

static void add_encoding(sqb_compose *c, sqb_encoding encoding)
{
	if (encoding == SQB_ENCODING_7BIT)
		return;
	sqb__buf_add_c(&c->head, "Content-Transfer-Encoding: ");
	sqb__buf_add_c(&c->head, encodings[encoding]);
	sqb__buf_add_c(&c->head, "\r\n");
}

static void add_part_fields(sqb_compose *c, const sqb__part_in *p)
{
	sqb__fold f;

	add_type(c, p);
	if (p->disposition)
		add_disposition(c, p);
	if (p->content_id) {
		sqb__buf_add_c(&c->head, "Content-ID: <");
		sqb__buf_add_c(&c->head, p->content_id);
		sqb__buf_add_c(&c->head, ">\r\n");
	}
	if (p->description) {
		begin_field(c, &f, "Content-Description");
		sqb__fold_text(&f, sqb_str_of(p->description));
		sqb__fold_end(&f);
	}
	add_encoding(c, p->encoding);
}

/* The header ends; the message's own is what is signed. */
static void end_header(sqb_compose *c)
{
	sqb__buf_add_c(&c->head, "\r\n");
	if (c->head_header == 0)
		c->head_header = sqb__buf_len(&c->head);
}

static void add_leaf(sqb_compose *c, sqb__part_in *p)
{
	add_part_fields(c, p);
	end_header(c);
	p->at = sqb__buf_len(&c->head);
	c->steps[c->n_steps++] = p;
}

/* A multipart; mark tells its boundary from those of the others. */
typedef struct multipart {
	const char *subtype, *type;	/* RFC 2387: type of the first part */
	sqb_encoding encoding;
	char mark;
} multipart;

static void add_boundary(sqb__buf *out, const sqb_compose *c,
    const multipart *m)
{
	sqb__buf_add_c(out, "=_");
	sqb__buf_add_c(out, c->boundary_random);
	sqb__buf_add_char(out, m->mark);
}

static void begin_multipart(sqb_compose *c, const multipart *m)
{
	sqb__buf *out = &c->head;

	sqb__buf_add_c(out, "Content-Type: multipart/");
	sqb__buf_add_c(out, m->subtype);
	if (m->type) {
		sqb__buf_add_c(out, "; type=\"");
		sqb__buf_add_c(out, m->type);
		sqb__buf_add_char(out, '"');
	}
	sqb__buf_add_c(out, ";\r\n boundary=\"");
	add_boundary(out, c, m);
	sqb__buf_add_c(out, "\"\r\n");
	add_encoding(c, m->encoding);
	end_header(c);
}

/* delimiter = CRLF "--" boundary; the header's empty line is such a CRLF. */
static void delimit(sqb_compose *c, const multipart *m, bool first)
{
	sqb__buf_add_c(&c->head, first ? "--" : "\r\n--");
	add_boundary(&c->head, c, m);
	sqb__buf_add_c(&c->head, "\r\n");
}

static void end_multipart(sqb_compose *c, const multipart *m)
{
	sqb__buf_add_c(&c->head, "\r\n--");
	add_boundary(&c->head, c, m);
	sqb__buf_add_c(&c->head, "--");
}

/* A multipart may not be less than what is in it: RFC 2045, section 6.4 */
static sqb_encoding widest(sqb_encoding a, const sqb__part_in *p)
{
	sqb_encoding b = p->encoding == SQB_ENCODING_8BIT ||
	    p->encoding == SQB_ENCODING_BINARY ? p->encoding :
	    SQB_ENCODING_7BIT;

	return a > b ? a : b;
}

static sqb_encoding widest_shown(const sqb_compose *c, bool shown,
    sqb_encoding e)
{
	for (const sqb__part_in *p = c->parts; p; p = p->next)
		if (is_shown(c, p) == shown)
			e = widest(e, p);
	return e;
}

static size_t n_parts(const sqb_compose *c, bool shown)
{
	size_t n = 0;

	for (const sqb__part_in *p = c->parts; p; p = p->next)
		n += is_shown(c, p) == shown;
	return n;
}

static void add_html(sqb_compose *c)
{
	multipart m = { "related", "text/html", widest_shown(c, true,
	    widest(SQB_ENCODING_7BIT, &c->html_part)), 'r' };

	if (n_parts(c, true) == 0) {
		add_leaf(c, &c->html_part);
		return;
	}
	begin_multipart(c, &m);
	delimit(c, &m, true);
	add_leaf(c, &c->html_part);
	for (sqb__part_in *p = c->parts; p; p = p->next)
		if (is_shown(c, p)) {
			delimit(c, &m, false);
			add_leaf(c, p);
		}
	end_multipart(c, &m);
}

static sqb_encoding widest_form(const sqb_compose *c)
{
	sqb_encoding e = SQB_ENCODING_7BIT;

	if (c->has_text)
		e = widest(e, &c->text_part);
	if (c->has_html)
		e = widest_shown(c, true, widest(e, &c->html_part));
	return c->method ? widest(e, &c->calendar_part) : e;
}

/* The forms of the text, the best last (RFC 2046, section 5.1.4). */
static void add_forms(sqb_compose *c)
{
	multipart m = { "alternative", NULL, widest_form(c), 'a' };
	size_t n = (size_t)c->has_text + c->has_html + (c->method ? 1 : 0);
	bool many = n > 1;

	if (many)
		begin_multipart(c, &m);
	if (many && c->has_text)
		delimit(c, &m, true);
	if (c->has_text)
		add_leaf(c, &c->text_part);
	if (many && c->has_html)
		delimit(c, &m, !c->has_text);
	if (c->has_html)
		add_html(c);
	if (many && c->method)
		delimit(c, &m, false);
	if (c->method)
		add_leaf(c, &c->calendar_part);
	if (many)
		end_multipart(c, &m);
}

void sqb__compose_tree(sqb_compose *c)
{
	multipart m = { "mixed", NULL, widest_shown(c, false, widest_form(c)),
	    'm' };
	bool body = c->has_text || c->has_html || c->method;

	if (n_parts(c, false) == 0) {
		add_forms(c);
		return;
	}
	begin_multipart(c, &m);
	if (body) {
		delimit(c, &m, true);
		add_forms(c);
	}
	for (sqb__part_in *p = c->parts; p; p = p->next)
		if (!is_shown(c, p)) {
			delimit(c, &m, !body);
			body = true;
			add_leaf(c, p);
		}
	end_multipart(c, &m);
}

/* See compose_flags.h. */
#define _GNU_SOURCE		/* memmem(3) */
#include "compose_flags.h"

#include "print.h"
#include "slurp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

enum {
	MAX_INPUT = 256 << 20,	/* octets of a text or message */
	MAX_KEY = 64 << 10
};

#define AT(field) offsetof(compose_identity, field)

const cli_option compose_identity_table[] = {
	{ "from", "ADDRESS", "who writes; \"Name <a@example.org>\" too",
	    CLI_STRING, AT(from) },
	{ "from-name", "NAME", "the name of who writes", CLI_STRING,
	    AT(from_name) },
	{ "dkim-key", "FILE", "sign with this private key (PEM) …",
	    CLI_STRING, AT(dkim_key) },
	{ "dkim-domain", "DOMAIN", "… of this domain; that of --from",
	    CLI_STRING, AT(dkim_domain) },
	{ "dkim-selector", "NAME", "… and selector", CLI_STRING,
	    AT(dkim_selector) },
	{ .name = NULL }
};

#undef AT
#define AT(field) offsetof(compose_flags, field)

const cli_option compose_flags_table[] = {
	{ "to", "ADDRESS", "whom it is for; repeat it, or separate by commas",
	    CLI_LIST, AT(to) },
	{ "cc", "ADDRESS", "who gets a copy", CLI_LIST, AT(cc) },
	{ "bcc", "ADDRESS", "who gets one that nobody sees", CLI_LIST,
	    AT(bcc) },
	{ "reply-to", "ADDRESS", "where answers go", CLI_LIST, AT(reply_to) },
	{ "subject", "TEXT", "what it is about", CLI_STRING, AT(subject) },
	{ "text", "TEXT|-|@FILE", "what it says; -: from standard input",
	    CLI_STRING, AT(text) },
	{ "html", "HTML|-|@FILE", "the same in HTML", CLI_STRING, AT(html) },
	{ "make-text", NULL, "make the text from the HTML", CLI_FLAG,
	    AT(make_text) },
	{ "attach", "FILE", "attach it; repeat it for more", CLI_LIST,
	    AT(attach) },
	{ "inline", "FILE", "show it in the HTML, as cid: and its name",
	    CLI_LIST, AT(inlined) },
	{ "attach-message", "FILE", "attach it as a message", CLI_LIST,
	    AT(attach_message) },
	{ "calendar", "FILE|-", "an iCalendar object to act on", CLI_STRING,
	    AT(calendar) },
	{ "header", "NAME: TEXT", "any other field", CLI_LIST, AT(header) },
	{ "reply", "FILE|-", "answer this message", CLI_STRING, AT(reply) },
	{ "reply-all", NULL, "… to everybody who got it", CLI_FLAG,
	    AT(reply_all) },
	{ "quote", NULL, "… with its text below ours", CLI_FLAG, AT(quote) },
	{ "forward", "FILE|-", "send this message on", CLI_STRING,
	    AT(forward) },
	{ "attached", NULL, "… whole, as an attachment", CLI_FLAG,
	    AT(attached) },
	{ "unsubscribe", "URL", "https: or mailto:, to leave the list",
	    CLI_LIST, AT(unsubscribe) },
	{ .name = NULL }
};

#undef AT

bool compose_flags_have_content(const compose_flags *f)
{
	return f->subject || f->text || f->html || f->calendar || f->reply ||
	    f->forward || f->attach.n > 0 || f->inlined.n > 0 ||
	    f->attach_message.n > 0 || f->header.n > 0 || f->cc.n > 0 ||
	    f->bcc.n > 0 || f->reply_to.n > 0 || f->unsubscribe.n > 0;
}

/* --- what is read once */

/* Standard input can be one thing only. */
static int read_input(compose_form *form, const char *flag, const char *file,
    char **bytes, size_t *len)
{
	if (strcmp(file, "-") == 0) {
		if (form->stdin_taken) {
			cli_error("--%s -: standard input is taken by another "
			    "flag", flag);
			return EX_USAGE;
		}
		form->stdin_taken = true;
	}
	return slurp(file, MAX_INPUT, "256M", bytes, len);
}

/* TEXT, "-" or "@FILE"; no NUL may be in it. */
static int read_text(compose_form *form, const char *flag, const char *value,
    char **text)
{
	size_t len;
	int status;

	if (!value)
		return 0;
	if (strcmp(value, "-") != 0 && value[0] != '@') {
		*text = strdup(value);
		if (!*text)
			cli_error("no memory");
		return *text ? 0 : EX_OSERR;
	}
	status = read_input(form, flag, value[0] == '@' ? value + 1 : value,
	    text, &len);
	if (status == 0 && strlen(*text) != len) {
		cli_error("--%s %s: it is no text: a NUL is in it", flag,
		    value);
		status = EX_DATAERR;
	}
	return status;
}

static int read_message(compose_form *form, const char *flag,
    const char *file, char **bytes, sqb_message **m)
{
	size_t len;
	int status = file ? read_input(form, flag, file, bytes, &len) : 0;

	if (!file || status != 0)
		return status;
	*m = sqb_message_parse((sqb_str){ *bytes, len }, NULL);
	if (!*m)
		cli_error("no memory");
	return *m ? 0 : EX_OSERR;
}

/* The domain of an address list's first, in place; "" where there is none. */
static const char *domain_of(const char *from, char *out, size_t cap)
{
	sqb_addresses *list = NULL;

	out[0] = '\0';
	if (from && sqb_addresses_parse(&list, sqb_str_of(from), NULL, NULL) ==
	    SQB_OK && list->n_items > 0 && list->items[0].domain.len < cap) {
		memcpy(out, list->items[0].domain.ptr,
		    list->items[0].domain.len);
		out[list->items[0].domain.len] = '\0';
	}
	sqb_addresses_free(list);
	return out;
}

static int read_key(compose_form *form)
{
	const compose_identity *who = form->identity;
	char domain[SQB_DOMAIN_MAX], *pem;
	sqb_error err;
	size_t len;
	int status;

	if (!who->dkim_key)
		return 0;
	if (!who->dkim_selector) {
		cli_error("--dkim-key needs --dkim-selector");
		return EX_USAGE;
	}
	status = slurp(who->dkim_key, MAX_KEY, "64K", &pem, &len);
	if (status != 0)
		return status;
	if (sqb_dkim_key_new(&form->key, who->dkim_domain ? who->dkim_domain :
	    domain_of(who->from, domain, sizeof(domain)), who->dkim_selector,
	    (sqb_str){ pem, len }, NULL, &err) < 0)
		status = cli_fail(who->dkim_key, &err);
	explicit_bzero(pem, len);
	free(pem);
	return status;
}

int compose_form_init(compose_form *form, const compose_identity *identity,
    const compose_flags *f)
{
	int status;

	*form = (compose_form){ .identity = identity, .flags = f };
	status = read_text(form, "text", f->text, &form->text);
	if (status == 0)
		status = read_text(form, "html", f->html, &form->html);
	if (status == 0 && f->calendar) {
		size_t len;

		status = read_input(form, "calendar", f->calendar,
		    &form->calendar, &len);
	}
	if (status == 0)
		status = read_message(form, "reply", f->reply,
		    &form->reply_bytes, &form->reply);
	if (status == 0)
		status = read_message(form, "forward", f->forward,
		    &form->forward_bytes, &form->forward);
	return status == 0 ? read_key(form) : status;
}

void compose_form_clear(compose_form *form)
{
	sqb_message_free(form->reply);
	sqb_message_free(form->forward);
	sqb_dkim_key_free(form->key);
	free(form->text);
	free(form->html);
	free(form->calendar);
	free(form->reply_bytes);
	free(form->forward_bytes);
	*form = (compose_form){ .identity = NULL };
}

/* --- one letter */

typedef struct letter {
	const compose_form *form;
	const cli_json_object *line;
	sqb_compose *c;
	int status;		/* of what was said to be wrong */
	const char *where;
} letter;

static const cli_json_member *member(const letter *l, sqb_str name)
{
	for (size_t i = 0; l->line && i < l->line->n; i++)
		if (sqb_str_eq(l->line->members[i].name, name))
			return &l->line->members[i];
	return NULL;
}

/* A letter that cannot be written: said once. */
static void wrong(letter *l, const char *what, sqb_str which)
{
	if (l->status == 0)
		cli_error("%s%s%.*s", l->where, what, (int)which.len,
		    which.ptr);
	l->status = l->line ? EX_DATAERR : EX_USAGE;
}

/* As HTML shows it: what is markup is none any more. */
static void put_html(FILE *out, sqb_str s)
{
	for (size_t i = 0; i < s.len; i++)
		switch (s.ptr[i]) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			putc(s.ptr[i], out);
		}
}

static void put_member(FILE *out, letter *l, sqb_str name, bool html)
{
	const cli_json_member *m = member(l, name);

	if (!m)
		wrong(l, "the line has no member for {{…}}: ", name);
	else if (!m->is_text)
		fprintf(out, "%llu", (unsigned long long)m->number);
	else if (html)
		put_html(out, (sqb_str){ m->text, m->len });
	else
		fwrite(m->text, 1, m->len, out);
}

/* The place of what in s; NULL: it is not there. */
static const char *find(sqb_str s, const char *what)
{
	return s.len > 0 ? memmem(s.ptr, s.len, what, strlen(what)) : NULL;
}

static sqb_str from(sqb_str s, const char *at)
{
	return (sqb_str){ at, s.len - (size_t)(at - s.ptr) };
}

static void put_filled(FILE *out, letter *l, sqb_str form, bool html)
{
	while (form.len > 0) {
		const char *open = l->line ? find(form, "{{") : NULL;
		const char *shut = open ? find(from(form, open), "}}") : NULL;

		if (!shut) {
			fwrite(form.ptr, 1, form.len, out);
			return;
		}
		fwrite(form.ptr, 1, (size_t)(open - form.ptr), out);
		put_member(out, l, (sqb_str){ open + 2,
		    (size_t)(shut - open) - 2 }, html);
		form = from(form, shut + 2);
	}
}

/*
 * form with its {{name}}s filled in, for free(3). NULL: no memory, which is
 * said. Where there is no line braces are braces.
 */
static char *fill(letter *l, sqb_str form, bool html)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (out)
		put_filled(out, l, form, html);
	if (!out || ferror(out) || fclose(out) != 0) {
		wrong(l, "no memory", (sqb_str){ "", 0 });
		free(text);
		return NULL;
	}
	return text;
}

/* The member of that name as a text. False: there is none. */
static bool text_of(letter *l, const char *name, sqb_str *text)
{
	const cli_json_member *m = member(l, sqb_str_of(name));

	if (m && (!m->is_text || memchr(m->text, '\0', m->len)))
		wrong(l, "no text, or a NUL in it, is: ", sqb_str_of(name));
	else if (m)
		*text = (sqb_str){ m->text, m->len };
	return m && l->status == 0;
}

/* What the line says, or else the flag. */
static char *value_of(letter *l, const char *name, const char *flag,
    bool html)
{
	sqb_str own;

	if (text_of(l, name, &own))
		return fill(l, own, false);
	return flag ? fill(l, sqb_str_of(flag), html) : NULL;
}

static void add_field(letter *l, const char *field, const char *flag,
    const cli_list *values)
{
	char *own = value_of(l, flag, NULL, false);

	for (size_t i = 0; i < values->n; i++) {
		char *value = fill(l, sqb_str_of(values->words[i]), false);

		if (value)
			sqb_compose_field(l->c, field, value);
		free(value);
	}
	if (own)
		sqb_compose_field(l->c, field, own);
	free(own);
}

/* --from may be a name and an address; --from-name wins. */
static void add_from(letter *l)
{
	const compose_identity *who = l->form->identity;
	char *from = value_of(l, "from", who->from, false);
	char *name = value_of(l, "from-name", who->from_name, false);
	sqb_addresses *list = NULL;

	if (from && name && sqb_addresses_parse(&list, sqb_str_of(from), NULL,
	    NULL) == SQB_OK && list->n_items == 1)
		sqb_compose_address(l->c, "From", name,
		    list->items[0].address.ptr);
	else if (from)
		sqb_compose_field(l->c, "From", from);
	sqb_addresses_free(list);
	free(from);
	free(name);
}

/* "Name: text" */
static void add_header(letter *l, const char *value)
{
	char *filled = fill(l, sqb_str_of(value), false);
	char *colon = filled ? strchr(filled, ':') : NULL;

	if (filled && !colon)
		wrong(l, "--header is written 'Name: text', not ",
		    sqb_str_of(filled));
	if (colon) {
		*colon++ = '\0';
		while (*colon == ' ')
			colon++;
		sqb_compose_field(l->c, filled, colon);
	}
	free(filled);
}

static void add_headers(letter *l)
{
	const compose_flags *f = l->form->flags;
	char *subject = value_of(l, "subject", f->subject, false);

	if (subject)
		sqb_compose_field(l->c, "Subject", subject);
	free(subject);
	for (size_t i = 0; i < f->header.n; i++)
		add_header(l, f->header.words[i]);
}

static void add_unsubscribe(letter *l)
{
	const cli_list *urls = &l->form->flags->unsubscribe;
	char *https = NULL, *mailto = NULL;

	for (size_t i = 0; i < urls->n; i++) {
		bool is_https = strncmp(urls->words[i], "https:", 6) == 0;
		char **slot = is_https ? &https : &mailto;

		free(*slot);
		*slot = fill(l, sqb_str_of(urls->words[i]), false);
	}
	if (urls->n > 0)
		sqb_compose_unsubscribe(l->c, https, mailto);
	free(https);
	free(mailto);
}

static void add_texts(letter *l)
{
	const compose_form *form = l->form;
	char *text = value_of(l, "text", form->text, false);
	char *html = value_of(l, "html", form->html, true);

	if (text)
		sqb_compose_text(l->c, sqb_str_of(text));
	if (html)
		sqb_compose_html(l->c, sqb_str_of(html),
		    form->flags->make_text);
	free(text);
	free(html);
}

/* METHOD:REQUEST, RFC 5545, section 3.7.2; "" where the object has none */
static void add_calendar(letter *l)
{
	const char *object = l->form->calendar, *at;
	char method[32] = "";
	size_t n;

	if (!object)
		return;
	at = strncmp(object, "METHOD:", 7) == 0 ? object :
	    strstr(object, "\nMETHOD:");
	if (at) {
		at = strchr(at, ':') + 1;
		n = strcspn(at, "\r\n");
		snprintf(method, sizeof(method), "%.*s", (int)n, at);
	}
	sqb_compose_calendar(l->c, sqb_str_of(object), method);
}

static void add_files(letter *l)
{
	const compose_flags *f = l->form->flags;
	char *own = value_of(l, "attach", NULL, false);

	for (size_t i = 0; i < f->inlined.n; i++) {
		const char *path = f->inlined.words[i];
		const char *slash = strrchr(path, '/');

		sqb_compose_attach_file(l->c, path, &(sqb_attachment){
		    .size = sizeof(sqb_attachment),
		    .content_id = slash ? slash + 1 : path });
	}
	for (size_t i = 0; i < f->attach_message.n; i++)
		sqb_compose_attach_file(l->c, f->attach_message.words[i],
		    &(sqb_attachment){ .size = sizeof(sqb_attachment),
		    .type = "message/rfc822" });
	for (size_t i = 0; i < f->attach.n; i++)
		sqb_compose_attach_file(l->c, f->attach.words[i], NULL);
	if (own)
		sqb_compose_attach_file(l->c, own, NULL);
	free(own);
}

static void add_answers(letter *l)
{
	const compose_form *form = l->form;
	const compose_flags *f = form->flags;

	if (form->reply)
		sqb_compose_reply(l->c, form->reply,
		    (f->reply_all ? SQB_REPLY_ALL : 0) |
		    (f->quote ? SQB_REPLY_QUOTE : 0), NULL);
	if (form->forward)
		sqb_compose_forward(l->c, form->forward, f->attached);
}

/* What was given comes first: an answer fills in what was not. */
static void write_letter(letter *l)
{
	const compose_flags *f = l->form->flags;

	add_from(l);
	add_field(l, "To", "to", &f->to);
	add_field(l, "Cc", "cc", &f->cc);
	add_field(l, "Bcc", "bcc", &f->bcc);
	add_field(l, "Reply-To", "reply-to", &f->reply_to);
	add_headers(l);
	add_answers(l);
	add_unsubscribe(l);
	add_texts(l);
	add_calendar(l);
	add_files(l);
	if (l->form->key)
		sqb_compose_sign(l->c, l->form->key);
}

/* Minutes east of UTC, here and now. */
static int zone(time_t now)
{
	struct tm here;

	return localtime_r(&now, &here) ? (int)(here.tm_gmtoff / 60) : 0;
}

int compose_form_fill(const compose_form *form, const cli_json_object *line,
    const char *where, sqb_compose **c)
{
	time_t now = time(NULL);
	letter l = { .form = form, .line = line, .where = where };

	*c = NULL;
	l.c = sqb_compose_new(&(sqb_compose_options){
	    .size = sizeof(sqb_compose_options), .now = now,
	    .zone = zone(now) });
	if (!l.c) {
		cli_error("no memory");
		return EX_OSERR;
	}
	write_letter(&l);
	if (l.status == 0 && sqb_compose_error(l.c)) {
		const sqb_error *err = sqb_compose_error(l.c);

		cli_error("%s%s", where, err->text);
		l.status = cli_error_exit(err);
	}
	if (l.status == 0)
		*c = l.c;
	else
		sqb_compose_free(l.c);
	return l.status;
}

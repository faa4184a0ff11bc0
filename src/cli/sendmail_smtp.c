/* See sendmail_smtp.h. */
#include "sendmail_smtp.h"

#include "print.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum {
	LINE_ROOM = 2048,	/* octets of a command: RFC 5321, 4.5.3.1.4
				   wants 512, and more for extensions */
	MAX_ERRORS = 100
};

typedef struct conversation {
	const sendmail_smtp *s;
	char line[LINE_ROOM + 1];
	size_t len;		/* of the line, without CRLF */
	bool greeted, has_from, quit;
	bool cut;		/* the input ended within a message */
	unsigned n_errors;
	char *from;
	letter_list to;
	posting_wishes wishes;
} conversation;

/* --- lines */

typedef enum reading { LINE_GOOD, LINE_BAD, LINE_LONG, LINE_NONE } reading;

/*
 * A command. A CR or LF alone, or NUL, is what no client sends that means well.
 */
static reading read_line(conversation *c)
{
	reading found = LINE_GOOD;
	int ch, before = 0;

	c->len = 0;
	while ((ch = getc(c->s->in)) != EOF) {
		if (ch == '\n') {
			if (before == '\r')
				c->len--;
			else
				found = LINE_BAD;
			c->line[c->len] = '\0';
			return found;
		}
		if (ch == '\0' || before == '\r')
			found = LINE_BAD;
		before = ch;
		if (c->len < LINE_ROOM)
			c->line[c->len++] = (char)ch;
		else
			found = LINE_LONG;
	}
	return LINE_NONE;
}

static void reply(conversation *c, const char *text)
{
	fprintf(c->s->out, "%s\r\n", text);
	fflush(c->s->out);
	if (*text == '5')
		c->n_errors++;
}

/* --- a transaction */

static void forget(conversation *c)
{
	free(c->from);
	c->from = NULL;
	c->has_from = false;
	c->wishes = (posting_wishes){ .utf8 = false };
	letter_list_clear(&c->to);
}

/*
 * Reverse-path = Path / "<>"; Path = "<" [ A-d-l ":" ] Mailbox ">"
 *						RFC 5321, section 4.1.2
 *
 * *path is what stands between the brackets; what follows them is returned.
 */
static char *take_path(char *p, const char *word, sqb_str *path)
{
	size_t n = strlen(word);
	bool quoted = false;
	char *start;

	if (!sqb_str_eq_nocase((sqb_str){ p, strnlen(p, n) },
	    sqb_str_of(word)))
		return NULL;
	p += n;
	p += strspn(p, " ");	/* a blank here is wrong, and often seen */
	if (*p != '<')
		return NULL;
	for (start = ++p; *p != '\0' && (quoted || *p != '>'); p++)
		if (*p == '\\' && p[1] != '\0')
			p++;
		else if (*p == '"')
			quoted = !quoted;
	if (*p != '>' || (p[1] != '\0' && p[1] != ' '))
		return NULL;
	*path = (sqb_str){ start, (size_t)(p - start) };
	return p + 1;
}

/* One address, and nothing else. False: it is none. */
static bool take_address(const conversation *c, sqb_str path,
    letter_list *list)
{
	size_t before = list->n;

	list->local_to = c->s->to->local_to;
	list->domain = c->s->to->domain;
	return path.len > 0 && !memchr(path.ptr, ',', path.len) &&
	    letter_list_add(list, path) == 0 && list->n <= before + 1;
}

/* esmtp-param = esmtp-keyword ["=" esmtp-value] */
static bool take_parameter(conversation *c, sqb_str p)
{
	static const sqb_str known[] = { SQB_STR("BODY=8BITMIME"),
		SQB_STR("BODY=7BIT"), SQB_STR("SMTPUTF8") };
	static const sqb_str size = SQB_STR("SIZE=");

	for (size_t i = 0; i < 3; i++)
		if (sqb_str_eq_nocase(p, known[i])) {
			c->wishes.utf8 = c->wishes.utf8 || i == 2;
			return true;
		}
	return p.len > size.len && sqb_str_eq_nocase(
	    (sqb_str){ p.ptr, size.len }, size) &&
	    strspn(p.ptr + size.len, "0123456789") >= p.len - size.len;
}

static bool take_parameters(conversation *c, const char *p)
{
	while (*p == ' ') {
		size_t n;

		p += strspn(p, " ");
		n = strcspn(p, " ");
		if (n > 0 && !take_parameter(c, (sqb_str){ p, n }))
			return false;
		p += n;
	}
	return true;
}

static void on_mail(conversation *c, char *rest)
{
	letter_list one = { .n = 0 };
	sqb_str path;
	char *more = take_path(rest, "FROM:", &path);

	if (!c->greeted || c->has_from)
		reply(c, c->greeted ? "503 5.5.1 one sender is enough" :
		    "503 5.5.1 say EHLO first");
	else if (!more || (path.len > 0 && !take_address(c, path, &one)))
		reply(c, "501 5.1.7 the sender cannot be read");
	else if (!take_parameters(c, more))
		reply(c, "555 5.5.4 there is no such parameter");
	else {
		c->from = strdup(one.n > 0 ? one.items[0] : "");
		c->has_from = c->from != NULL;
		reply(c, c->has_from ? "250 2.1.0 ok" :
		    "451 4.3.0 no memory");
	}
	letter_list_clear(&one);
}

static void on_rcpt(conversation *c, char *rest)
{
	sqb_str path;
	char *more = take_path(rest, "TO:", &path);

	if (!c->has_from)
		reply(c, "503 5.5.1 say MAIL first");
	else if (!more || (*more != '\0' && more[strspn(more, " ")] != '\0'))
		reply(c, "501 5.5.4 the recipient cannot be read");
	else if (c->to.n == LETTER_RECIPIENTS_MAX)
		reply(c, "452 4.5.3 too many recipients");
	else
		reply(c, take_address(c, path, &c->to) ? "250 2.1.5 ok" :
		    "501 5.1.3 the recipient cannot be read");
}

/* --- DATA */

/* A piece of a line, with its end: where it ends in CRLF another begins. */
static size_t read_piece(FILE *in, char *out, size_t cap)
{
	size_t n = 0;
	int ch = 0;

	while (n < cap && ch != '\n' && (ch = getc(in)) != EOF)
		out[n++] = (char)ch;
	return n;
}

/*
 * Until CRLF "." CRLF; RFC 5321, section 4.1.1.4. 1: all of it; 0: there was a
 * LF alone in it, by which two servers may see two messages in one; -1: the
 * input has ended.
 */
static int read_message(conversation *c, letter *l)
{
	char piece[LINE_ROOM];
	bool starts = true, bare = false;
	char last = '\n';
	size_t n;

	while ((n = read_piece(c->s->in, piece, sizeof(piece))) > 0) {
		sqb_str s = { piece, n };

		if (starts && n == 3 && memcmp(piece, ".\r\n", 3) == 0)
			return !bare;
		if (starts && *piece == '.')
			s = (sqb_str){ piece + 1, n - 1 };
		starts = piece[n - 1] == '\n' &&
		    (n > 1 ? piece[n - 2] : last) == '\r';
		bare = bare || (piece[n - 1] == '\n' && !starts);
		last = piece[n - 1];
		letter_write(l, s);
	}
	return -1;
}

static void reply_status(conversation *c, int status)
{
	if (status == 0)
		reply(c, "250 2.0.0 ok");
	else if (status == EX_TEMPFAIL || status == EX_CANTCREAT ||
	    status == EX_OSERR || status == EX_IOERR)
		reply(c, "451 4.3.0 not now, see what standard error says");
	else
		reply(c, "554 5.0.0 no, see what standard error says");
}

static void take_letter(conversation *c, letter *l)
{
	sendmail_envelope e = { c->from, &c->to, &c->wishes };
	int read = read_message(c, l), status = letter_end(l);

	if (read < 0)
		c->quit = c->cut = true;
	else if (read == 0)
		reply(c, "554 5.6.0 lines end in CRLF");
	else
		reply_status(c, status != 0 ? status :
		    c->s->take(c->s->ctx, l, &e));
}

static void on_data(conversation *c, char *rest)
{
	letter_options options = c->s->letter;
	letter l;

	if (*rest != '\0' || c->to.n == 0) {
		reply(c, *rest != '\0' ? "501 5.5.4 DATA stands alone" :
		    "503 5.5.1 say RCPT first");
		return;
	}
	if (*c->from != '\0')
		options.from = c->from;
	if (letter_begin(&l, &options) != 0) {
		reply(c, "451 4.3.0 no room for a message");
	} else {
		reply(c, "354 go on, and end with a dot");
		take_letter(c, &l);
	}
	letter_clear(&l);
	forget(c);
}

/* --- the others */

static void on_ehlo(conversation *c, char *rest)
{
	if (*rest == '\0') {
		reply(c, "501 5.5.4 who are you?");
		return;
	}
	forget(c);
	c->greeted = true;
	fprintf(c->s->out, "250-%s\r\n250-PIPELINING\r\n250-8BITMIME\r\n"
	    "250-SMTPUTF8\r\n250-SIZE\r\n", c->s->name);
	reply(c, "250 ENHANCEDSTATUSCODES");
}

static void on_helo(conversation *c, char *rest)
{
	char text[300];

	forget(c);
	c->greeted = *rest != '\0';
	snprintf(text, sizeof(text), "250 %.255s", c->s->name);
	reply(c, c->greeted ? text : "501 5.5.4 who are you?");
}

static void on_rset(conversation *c, char *rest)
{
	(void)rest;
	forget(c);
	reply(c, "250 2.0.0 ok");
}

static void on_noop(conversation *c, char *rest)
{
	(void)rest;
	reply(c, "250 2.0.0 ok");
}

static void on_vrfy(conversation *c, char *rest)
{
	(void)rest;
	reply(c, "252 2.5.0 send it, and see");
}

static void on_quit(conversation *c, char *rest)
{
	(void)rest;
	forget(c);
	reply(c, "221 2.0.0 bye");
	c->quit = true;
}

static const struct {
	sqb_str verb;
	void (*run)(conversation *c, char *rest);
} commands[] = {
	{ SQB_STR("EHLO"), on_ehlo }, { SQB_STR("HELO"), on_helo },
	{ SQB_STR("MAIL"), on_mail }, { SQB_STR("RCPT"), on_rcpt },
	{ SQB_STR("DATA"), on_data }, { SQB_STR("RSET"), on_rset },
	{ SQB_STR("NOOP"), on_noop }, { SQB_STR("VRFY"), on_vrfy },
	{ SQB_STR("QUIT"), on_quit },
};

static void obey(conversation *c)
{
	size_t n = strcspn(c->line, " ");
	char *rest = c->line + n + strspn(c->line + n, " ");

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (sqb_str_eq_nocase(commands[i].verb,
		    (sqb_str){ c->line, n })) {
			commands[i].run(c, rest);
			return;
		}
	reply(c, "500 5.5.1 there is no such command");
}

int sendmail_smtp_serve(const sendmail_smtp *s)
{
	conversation c = { .s = s };
	char text[300];
	reading found;
	bool within;

	snprintf(text, sizeof(text), "220 %.255s ESMTP squab", s->name);
	reply(&c, text);
	while (!c.quit && (found = read_line(&c)) != LINE_NONE) {
		if (found == LINE_GOOD)
			obey(&c);
		else
			reply(&c, found == LINE_LONG ?
			    "500 5.5.6 the line is too long" :
			    "500 5.5.2 lines end in CRLF");
		if (c.n_errors == MAX_ERRORS) {
			reply(&c, "421 4.7.0 too many errors");
			break;
		}
	}
	within = c.has_from || c.cut;
	forget(&c);
	return ferror(s->out) ? EX_IOERR : within ? EX_PROTOCOL : 0;
}

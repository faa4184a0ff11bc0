/*
 * The server: commands and messages as they come, and a reply to each. A
 * reply to what belongs to mail I begins with "mI".
 */
#include "relay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

unsigned choose(choices *c, unsigned n)
{
	return c->next < c->end ? *c->next++ % n : 0;
}

void relay_check(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "relay: %s\n", what);
	abort();
}

void relay_trace(const char *who, const void *data, size_t len)
{
	bytes visible = { 0 };

	if (!getenv("RELAY_TRACE"))
		return;
	bytes_add_visible(&visible, data, len < 200 ? len : 200);
	fprintf(stderr, "%s %s\n", who, visible.data ? visible.data : "");
	bytes_clear(&visible);
}

void relay_open(relay *r, choices *c)
{
	unsigned flags = choose(c, 256);

	r->choices = c;
	r->lmtp = flags & 1;
	r->pipelining = r->lmtp || flags & 2;
	r->chunking = flags & 4;
	r->one_by_one = flags & 8;
	r->mail = r->last_mail = -1;
	bytes_add_c(&r->out, "220 relay\r\n");
	r->n_out = r->silent_until = r->out.len;
}

void relay_clear(relay *r)
{
	bytes_clear(&r->in);
	bytes_clear(&r->out);
	bytes_clear(&r->text);
	for (size_t i = 0; i < MAX_MAILS; i++)
		bytes_clear(&r->wanted[i]);
}

void relay_delivered(relay *r, size_t n)
{
	relay_trace("S", r->out.data, n);
	bytes_drop(&r->out, n);
	r->n_delivered += n;
}

/* --- replies */

/* One line or two, with an enhanced code or without. */
static void say(relay *r, unsigned code, const char *text)
{
	unsigned form = choose(r->choices, 4);
	char line[200], enhanced[16] = "";

	if (r->gone)
		return;
	if (form & 1 && code / 100 != 3)
		snprintf(enhanced, sizeof(enhanced), "%u.1.0 ", code / 100);
	if (form & 2)
		snprintf(line, sizeof(line), "%u-%s%s\r\n%u %s%s\r\n", code,
		    enhanced, text, code, enhanced, text);
	else
		snprintf(line, sizeof(line), "%u %s%s\r\n", code, enhanced,
		    text);
	bytes_add_c(&r->out, line);
	r->n_out += strlen(line);
}

static void say_of(relay *r, unsigned code, int mail)
{
	char text[16];

	snprintf(text, sizeof(text), "m%d", mail);
	say(r, code, text);
}

/* Yes, unless it is chosen otherwise; 0: the line is lost. */
static unsigned decide(relay *r, unsigned yes)
{
	switch (choose(r->choices, 24)) {
	case 1:
	case 2:
		return 450;
	case 3:
	case 4:
		return 550;
	case 5:
		return 421;
	case 6:
		return 0;
	default:
		return yes;
	}
}

/* Decides and says it. True: it was yes. */
static bool answer(relay *r, unsigned yes, int mail)
{
	unsigned code = decide(r, yes);

	if (code > 0)
		say_of(r, code, mail);
	if (code == 421 || code == 0)
		r->gone = true;
	return code == yes && !r->gone;
}

/* --- the envelope */

static void end_envelope(relay *r)
{
	r->mail = -1;
	memset(r->rcpt, 0, sizeof(r->rcpt));
	r->failed = false;
	bytes_drop(&r->text, r->text.len);
}

static bool has_recipients(const relay *r)
{
	for (size_t i = 0; i < MAX_RCPTS; i++)
		if (r->rcpt[i])
			return true;
	return false;
}

static void on_sender(relay *r, int mail)
{
	relay_check(mail >= 0 && mail < MAX_MAILS, "MAIL of nobody");
	relay_check(r->gone || r->mail < 0, "MAIL within an envelope");
	r->last_mail = mail;
	end_envelope(r);
	if (answer(r, 250, mail))
		r->mail = mail;
}

static void on_recipient(relay *r, int mail, int rcpt)
{
	relay_check(mail == r->last_mail, "RCPT of another mail");
	relay_check(rcpt >= 0 && rcpt < MAX_RCPTS, "RCPT of nobody");
	if (r->mail < 0 && !r->gone) {
		say_of(r, 503, mail);
		return;
	}
	if (answer(r, 250, mail))
		r->rcpt[rcpt] = true;
}

/* With nobody to send to, some let DATA through: RFC 2920, section 3.1. */
static void on_data(relay *r)
{
	if (r->gone)
		return;
	if (r->mail < 0 || (!has_recipients(r) &&
	    (r->lmtp || choose(r->choices, 2) == 0))) {
		say_of(r, 503, r->last_mail);
	} else if (answer(r, 354, r->mail)) {
		r->mode = RELAY_LINES;
	}
	r->silent_until = r->n_out;
}

/* --- the message */

static void take_for(relay *r, size_t rcpt)
{
	relay_taken *t = &r->taken[r->mail][rcpt];

	relay_check(++t->n == 1, "a mail was taken twice");
	t->told_at = r->n_out;
}

static void take_for_all(relay *r)
{
	for (size_t i = 0; i < MAX_RCPTS; i++)
		if (r->rcpt[i])
			take_for(r, i);
}

/* RFC 2033, section 4.2: a reply for each. */
static void answer_each(relay *r)
{
	for (size_t i = 0; i < MAX_RCPTS && !r->gone; i++)
		if (r->rcpt[i] && answer(r, 250, r->mail))
			take_for(r, i);
}

static void check_message(const relay *r)
{
	const bytes *wanted = &r->wanted[r->mail];

	relay_check(r->text.len == wanted->len && (wanted->len == 0 ||
	    memcmp(r->text.data, wanted->data, wanted->len) == 0),
	    "the message has changed");
}

/* It may be taken, and the line lost before that is said. */
static void answer_all(relay *r)
{
	if (choose(r->choices, 24) == 1) {
		take_for_all(r);
		for (size_t i = 0; i < MAX_RCPTS; i++)
			r->taken[r->mail][i].told_at = UINT64_MAX;
		r->gone = true;
	} else if (answer(r, 250, r->mail)) {
		take_for_all(r);
	}
}

static void on_end(relay *r)
{
	int mail = r->last_mail;

	r->end_seen[mail] = true;
	if (r->gone)
		return;
	if (!has_recipients(r)) {
		relay_check(r->text.len == 0 || r->mode == RELAY_CHUNK,
		    "a message that nobody is to have");
		say_of(r, 554, mail);
	} else if (r->failed) {
		say_of(r, 503, mail);
	} else {
		check_message(r);
		(r->lmtp ? answer_each : answer_all)(r);
	}
	if (!r->gone)
		r->end_told[mail] = r->n_out;
}

/* The next line of the client's; NULL: it is not complete. */
static const char *next_line(const relay *r, size_t *len)
{
	const char *line = r->in.data + r->n_read, *eol;

	eol = memchr(line, '\n', r->in.len - r->n_read);
	if (!eol)
		return NULL;
	*len = (size_t)(eol - line) + 1;
	relay_check(*len >= 2 && memchr(line, '\r', *len) == eol - 1,
	    "a CR or LF stands alone");
	return line;
}

/* Data lines, their dots stuffed: RFC 5321, section 4.5.2. */
static bool take_message_line(relay *r)
{
	size_t len, dot;
	const char *line = next_line(r, &len);

	if (!line)
		return false;
	r->n_read += len;
	if (choose(r->choices, 64) == 1)
		r->gone = true;
	dot = line[0] == '.';
	if (!dot || len > 3) {
		bytes_add(&r->text, line + dot, len - dot);
		return true;
	}
	on_end(r);
	end_envelope(r);
	r->mode = RELAY_COMMANDS;
	return true;
}

/*
 * RFC 3030, section 2: a chunk that is refused is read all the same, and then
 * some keep the envelope.
 */
static void on_chunk(relay *r)
{
	if (r->last) {
		bool whole = !r->failed && has_recipients(r);

		on_end(r);
		if (whole || choose(r->choices, 2) == 0)
			end_envelope(r);
	} else if (r->failed || !has_recipients(r)) {
		say_of(r, 503, r->last_mail);
	} else if (r->lmtp) {
		say_of(r, 250, r->mail);
	} else {
		r->failed = !answer(r, 250, r->mail);
	}
}

static bool take_chunk(relay *r)
{
	size_t n = r->in.len - r->n_read;

	n = n < r->chunk ? n : r->chunk;
	bytes_add(&r->text, r->in.data + r->n_read, n);
	r->n_read += n;
	r->chunk -= n;
	if (r->chunk > 0)
		return false;
	on_chunk(r);
	r->mode = RELAY_COMMANDS;
	return true;
}

/* --- commands */

static void say_extensions(relay *r)
{
	char text[100];

	snprintf(text, sizeof(text), "250-relay\r\n%s%s250 HELP\r\n",
	    r->pipelining ? "250-PIPELINING\r\n" : "",
	    r->chunking ? "250-CHUNKING\r\n250-BINARYMIME\r\n" : "");
	if (r->gone)
		return;
	bytes_add_c(&r->out, text);
	r->n_out += strlen(text);
}

static void on_hello(relay *r, bool extended)
{
	unsigned code = decide(r, 250);

	r->known = true;
	if (!extended)
		r->pipelining = r->chunking = false;
	if (code == 250 && extended)
		say_extensions(r);
	else if (code > 0)
		say(r, code, "relay");
	if (code == 421 || code == 0)
		r->gone = true;
	r->silent_until = r->n_out;
}

static void on_other(relay *r, const char *line)
{
	bool quit = strcmp(line, "QUIT") == 0;

	if (strcmp(line, "RSET") == 0) {
		say(r, 250, "reset");
		end_envelope(r);
		return;
	}
	relay_check(quit || strcmp(line, "NOOP") == 0 ||
	    strcmp(line, "VRFY x") == 0, "an unknown command");
	say(r, quit ? 221 : 250, "well");
	r->silent_until = r->n_out;
	r->gone = r->gone || quit;
}

static void on_bdat(relay *r, const char *args)
{
	char *end;

	relay_check(r->chunking, "BDAT to a server without CHUNKING");
	r->chunk = strtoul(args, &end, 10);
	r->last = strcmp(end, " LAST") == 0;
	relay_check(end > args && (r->last || *end == '\0'), "a bad BDAT");
	r->mode = RELAY_CHUNK;
}

static void on_command(relay *r, const char *line)
{
	int mail, rcpt, n = 0;

	if (sscanf(line, "MAIL FROM:<s%d@x.org>%n", &mail, &n) == 1 && n > 0 &&
	    strcmp(line + n, r->binary[mail & 7] ? " BODY=BINARYMIME" : "") ==
	    0)
		on_sender(r, mail);
	else if (sscanf(line, "RCPT TO:<r%d.%d@x.org>%n", &mail, &rcpt,
	    &n) == 2 && n > 0 && line[n] == '\0')
		on_recipient(r, mail, rcpt);
	else if (strncmp(line, "BDAT ", 5) == 0)
		on_bdat(r, line + 5);
	else if (strcmp(line, "DATA") == 0)
		on_data(r);
	else if (strncmp(line, r->lmtp ? "LHLO " : "EHLO ", 5) == 0)
		on_hello(r, true);
	else if (!r->lmtp && strncmp(line, "HELO ", 5) == 0)
		on_hello(r, false);
	else
		on_other(r, line);
}

/* What may come before all that was said has left: RFC 2920. */
static void check_turn(const relay *r)
{
	bool waits = r->n_delivered < r->n_out;

	if (r->gone)
		return;
	relay_check(r->n_delivered >= r->silent_until,
	    "a command behind one that must be the last");
	relay_check(!waits || (r->pipelining && !r->one_by_one),
	    "a command before the reply to the last");
}

static bool take_command(relay *r)
{
	char command[300];
	size_t len;
	const char *line = next_line(r, &len);

	if (!line)
		return false;
	check_turn(r);
	relay_check(len < sizeof(command) && !memchr(line, '\0', len),
	    "a bad command line");
	memcpy(command, line, len - 2);
	command[len - 2] = '\0';
	r->n_read += len;
	on_command(r, command);
	return true;
}

void relay_take(relay *r, const void *data, size_t len)
{
	bool more = true;

	relay_trace("C", data, len);
	bytes_add(&r->in, data, len);
	while (more && (r->in.len > r->n_read || (r->mode == RELAY_CHUNK &&
	    r->chunk == 0)))
		more = r->mode == RELAY_COMMANDS ? take_command(r) :
		    r->mode == RELAY_LINES ? take_message_line(r) :
		    take_chunk(r);
	bytes_drop(&r->in, r->n_read);
	r->n_read = 0;
}

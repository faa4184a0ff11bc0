/*
 * Fuzzes the delivery of mail: the engine sends mails to a server that does
 * whatever a server may (relay.c), and what the engine tells of each recipient
 * is held against what the server has taken. OK is only what was taken, what
 * was taken is never told as refused or lost, nothing is taken twice, no
 * message is changed or gets another's recipients, and no session hangs.
 */
#include <squab/smtp.h>

#include "../script/heap.h"
#include "relay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_MEMORY = 4 << 20,
	MAX_PARTS = 24		/* of a message */
};

typedef struct letter {
	char from[16], to[MAX_RCPTS][16];
	sqb_smtp_recipient rcpts[MAX_RCPTS];
	sqb_smtp_mail mail;
	bytes message;
	size_t n_given;		/* of it, when it is streamed */
	bool accepted, canceled, done;
	bool told[MAX_RCPTS];
	size_t n_told;
	sqb_code code[MAX_RCPTS];
	sqb_code none_code;	/* of DONE, when it was taken for none */
} letter;

typedef struct session {
	choices choices;
	relay relay;
	heap heap;
	sqb_smtp *smtp;
	sqb_engine *engine;
	letter letters[MAX_MAILS];
	size_t n_letters;
	size_t n_open;		/* commands that are not mails, and not DONE */
	bool ended, eof;
	bool moved;		/* something has happened in this round */
} session;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* --- letters */

/* Lines as they leave: CRLF ends each, and nothing else is in them of it. */
static void make_wanted(bytes *wanted, const bytes *message)
{
	const char *p = message->data;
	bool in_line = false;

	for (size_t i = 0; i < message->len; i++) {
		bool eol = p[i] == '\r' || p[i] == '\n';

		in_line = !eol;
		if (p[i] == '\n' && i > 0 && p[i - 1] == '\r')
			continue;
		bytes_add(wanted, eol ? "\r\n" : &p[i], eol ? 2 : 1);
	}
	if (in_line)
		bytes_add_c(wanted, "\r\n");
}

static void add_part(bytes *message, unsigned which)
{
	static const sqb_str parts[] = {
		SQB_STR("\r\n"), SQB_STR("."), SQB_STR("\n"), SQB_STR("\r"),
		SQB_STR("\r\n.\r\n"), SQB_STR("\n.\n"), SQB_STR("\0"),
		SQB_STR("a"), SQB_STR("\r\n.\r\nMAIL FROM:<s0@x.org>\r\n"),
		SQB_STR("..\r\n"), SQB_STR("Subject: x\r\n\r\n"),
		SQB_STR("\r.\n"), SQB_STR("\n.\r"),
	};
	enum { N_PARTS = sizeof(parts) / sizeof(parts[0]) };
	static const unsigned n_long[] = { 3, 60, 9000 };

	if (which < N_PARTS)
		bytes_add(message, parts[which].ptr, parts[which].len);
	else
		for (unsigned i = 0; i < n_long[which - N_PARTS]; i++)
			bytes_add_c(message, i % 5 ? "0123456789" : ".\r\n");
}

static void make_letter(session *s, size_t i)
{
	choices *c = &s->choices;
	unsigned flags = choose(c, 64), n_parts = choose(c, MAX_PARTS);
	letter *l = &s->letters[i];

	for (unsigned part = 0; part < n_parts; part++)
		add_part(&l->message, choose(c, 256) % 15);
	if (choose(c, 32) == 1)
		add_part(&l->message, 15);
	snprintf(l->from, sizeof(l->from), "s%u@x.org", (unsigned)i);
	l->mail = (sqb_smtp_mail){
		.size = sizeof(l->mail), .from = sqb_str_of(l->from),
		.recipients = l->rcpts, .n_recipients = 1 + flags % MAX_RCPTS,
		.streamed = flags & 4, .all_or_none = (flags & 24) == 8,
		.body = s->relay.chunking && flags & 32 ?
		    SQB_SMTP_BINARYMIME : SQB_SMTP_7BIT,
	};
	for (size_t j = 0; j < l->mail.n_recipients; j++) {
		snprintf(l->to[j], sizeof(l->to[j]), "r%u.%u@x.org",
		    (unsigned)i, (unsigned)j);
		l->rcpts[j].address = sqb_str_of(l->to[j]);
	}
	if (!l->mail.streamed)
		l->mail.message = (sqb_str){ l->message.data, l->message.len };
	s->relay.binary[i] = l->mail.body == SQB_SMTP_BINARYMIME;
	if (s->relay.binary[i])
		bytes_add(&s->relay.wanted[i], l->message.data,
		    l->message.len);
	else
		make_wanted(&s->relay.wanted[i], &l->message);
}

static void ask_mail(session *s, size_t i)
{
	sqb_smtp_command command = { .verb = SQB_SMTP_MAIL, .tag = i,
		.mail = &s->letters[i].mail };

	s->letters[i].accepted = sqb_smtp_ask(s->smtp, &command) == SQB_OK;
}

static void ask_other(session *s, unsigned which)
{
	static const sqb_smtp_verb verbs[] = { SQB_SMTP_NOOP, SQB_SMTP_RSET,
		SQB_SMTP_VRFY, SQB_SMTP_QUIT };
	sqb_smtp_command command = { .verb = verbs[which], .tag = MAX_MAILS,
		.text = SQB_STR("x") };

	s->n_open += sqb_smtp_ask(s->smtp, &command) == SQB_OK;
}

static void ask_all(session *s)
{
	s->n_letters = 1 + choose(&s->choices, MAX_MAILS);
	for (size_t i = 0; i < s->n_letters; i++) {
		unsigned other = choose(&s->choices, 32);

		make_letter(s, i);
		ask_mail(s, i);
		if (other >= 1 && other <= 4)
			ask_other(s, other - 1);
	}
}

/* --- events */

/* The words that decided are those to this mail, and not another's. */
static void check_words(const sqb_smtp_event *ev)
{
	char start[16];
	size_t len;

	if (ev->reply.code == 0 || ev->reply.code == 421)
		return;
	snprintf(start, sizeof(start), "m%u", (unsigned)ev->tag);
	len = strlen(start);
	relay_check(ev->reply.text.len >= len &&
	    memcmp(ev->reply.text.ptr, start, len) == 0,
	    "the reply is another mail's");
}

static letter *letter_of(session *s, const sqb_smtp_event *ev)
{
	relay_check(ev->tag < s->n_letters && s->letters[ev->tag].accepted &&
	    !s->letters[ev->tag].done, "an event of no mail");
	return &s->letters[ev->tag];
}

static void take_recipient(session *s, const sqb_smtp_event *ev)
{
	letter *l = letter_of(s, ev);

	relay_check(ev->recipient < l->mail.n_recipients &&
	    !l->told[ev->recipient], "a recipient twice, or of nobody");
	l->told[ev->recipient] = true;
	l->code[ev->recipient] = ev->code;
	if (l->n_told++ == 0 || ev->code == SQB_E_UNKNOWN)
		l->none_code = ev->code;
	check_words(ev);
}

static void take_done(session *s, const sqb_smtp_event *ev)
{
	letter *l = letter_of(s, ev);
	size_t n_taken = 0;

	for (size_t j = 0; j < l->mail.n_recipients; j++) {
		relay_check(l->told[j], "DONE before a RECIPIENT");
		n_taken += l->code[j] == SQB_OK;
	}
	relay_check(ev->n_taken == n_taken, "DONE miscounts");
	relay_check(ev->code == (n_taken == l->mail.n_recipients ? SQB_OK :
	    n_taken > 0 ? SQB_E_PARTIAL : l->none_code),
	    "DONE has another code than its recipients");
	relay_check(!l->mail.all_or_none || s->relay.lmtp ||
	    ev->code != SQB_E_PARTIAL, "neither all nor none");
	check_words(ev);
	l->done = true;
}

static void give_body(session *s, letter *l)
{
	size_t taken = 1;

	while (taken > 0 && l->n_given < l->message.len) {
		size_t n = l->message.len - l->n_given;
		unsigned piece = choose(&s->choices, 16);

		if (piece > 0 && piece < n)
			n = piece;
		taken = sqb_smtp_write(s->smtp, (sqb_str){
		    l->message.data + l->n_given, n });
		l->n_given += taken;
	}
	if (l->n_given == l->message.len)
		sqb_smtp_end_message(s->smtp);
}

static void trace_event(const sqb_smtp_event *ev)
{
	char text[80];

	snprintf(text, sizeof(text), "type %d verb %d tag %d recipient %d "
	    "code %d taken %d", (int)ev->type, (int)ev->verb, (int)ev->tag,
	    (int)ev->recipient, (int)ev->code, (int)ev->n_taken);
	relay_trace("=", text, strlen(text));
}

static void take_event(session *s, const sqb_smtp_event *ev)
{
	trace_event(ev);
	s->moved = true;
	if (ev->type == SQB_SMTP_BODY)
		give_body(s, letter_of(s, ev));
	else if (ev->type == SQB_SMTP_RECIPIENT)
		take_recipient(s, ev);
	else if (ev->type == SQB_SMTP_DONE && ev->verb == SQB_SMTP_MAIL)
		take_done(s, ev);
	else if (ev->type == SQB_SMTP_DONE)
		relay_check(s->n_open-- > 0, "a DONE too many");
}

static void drain(session *s)
{
	sqb_smtp_event ev;
	int got;

	while ((got = sqb_smtp_next(s->smtp, &ev)) == 1) {
		relay_check(!s->ended, "an event after the end");
		take_event(s, &ev);
	}
	s->ended = s->ended || got < 0;
}

/* --- rounds */

/* All of len, unless it is chosen otherwise. */
static size_t piece(session *s, size_t len)
{
	unsigned n = choose(&s->choices, 64);

	return n == 0 || n > 40 || n > len ? len : n;
}

static void send_some(session *s)
{
	size_t len;
	const uint8_t *data = sqb_engine_send_buf(s->engine, &len);

	if (!data)
		return;
	len = piece(s, len);
	relay_take(&s->relay, data, len);
	sqb_engine_send_ack(s->engine, len);
	s->moved = true;
}

/* EOF: what the server has said may be lost with the line. */
static void give(session *s, size_t n)
{
	size_t cap;
	uint8_t *buf = sqb_engine_recv_buf(s->engine, &cap);

	if (!buf || s->eof)
		return;
	n = n < cap ? n : cap;
	s->eof = n == 0;
	heap_unguard(buf, cap);
	memcpy(buf, s->relay.out.data, n);
	heap_guard(buf + n, cap - n);
	relay_delivered(&s->relay, n);
	sqb_engine_recv_ack(s->engine, n);
	s->moved = true;
}

static void hear_some(session *s)
{
	relay *r = &s->relay;

	if (r->out.len > 0 && !(r->gone && choose(&s->choices, 8) == 1))
		give(s, piece(s, r->out.len));
	else if (r->gone)
		give(s, 0);
}

static void cancel_one(session *s)
{
	size_t i = choose(&s->choices, MAX_MAILS);
	letter *l = &s->letters[i];

	if (i >= s->n_letters || !l->accepted || l->done)
		return;
	l->canceled = true;
	relay_trace(">", "cancel", strlen("cancel"));
	relay_check(s->ended || sqb_smtp_cancel(s->smtp, i) == SQB_OK,
	    "a mail under way cannot be canceled");
	s->moved = true;
}

static void round_of(session *s)
{
	unsigned what = choose(&s->choices, 32);

	s->moved = what != 0;
	drain(s);
	if (what == 1)
		cancel_one(s);
	if (what < 24 || what & 1)
		send_some(s);
	drain(s);
	if (what < 24 || what & 2)
		hear_some(s);
	drain(s);
}

/* --- the end */

static bool all_done(const session *s)
{
	for (size_t i = 0; i < s->n_letters; i++)
		if (s->letters[i].accepted && !s->letters[i].done)
			return false;
	return s->n_open == 0;
}

/* What is told of a recipient agrees with what the server did. */
static void check_recipient(const session *s, size_t i, size_t j)
{
	const letter *l = &s->letters[i];
	const relay *r = &s->relay;
	const relay_taken *t = &r->taken[i][j];
	bool heard = t->n > 0 && t->told_at <= r->n_delivered;
	bool end_heard = r->end_told[i] > 0 &&
	    r->end_told[i] <= r->n_delivered;

	if (l->code[j] == SQB_OK) {
		relay_check(heard, "OK, and was not taken");
	} else if (l->code[j] == SQB_E_UNKNOWN) {
		relay_check(l->canceled || r->end_seen[i],
		    "UNKNOWN, and had no end");
		relay_check(l->canceled || !end_heard,
		    "UNKNOWN, and was answered");
	} else {
		relay_check(t->n == 0, "taken, and told otherwise");
	}
}

static void check_outcome(const session *s)
{
	relay_check(all_done(s), "no DONE");
	for (size_t i = 0; i < s->n_letters; i++)
		for (size_t j = 0; s->letters[i].accepted &&
		    j < s->letters[i].mail.n_recipients; j++)
			check_recipient(s, i, j);
}

/* --- sessions */

static void open_session(session *s)
{
	sqb_smtp_options o = {
		.size = sizeof(o), .allocator = &s->heap.allocator,
		.tls = SQB_TLS_OFF,
	};
	unsigned flags;

	heap_init(&s->heap);
	relay_open(&s->relay, &s->choices);
	flags = choose(&s->choices, 8);
	o.lmtp = s->relay.lmtp;
	o.no_pipelining = s->relay.one_by_one;
	o.no_chunking = flags & 1;
	if (flags & 2) {
		o.window_commands = 2;
		o.window_bytes = 60;
	}
	s->smtp = sqb_smtp_new(&o);
	relay_check(s->smtp != NULL, "no memory");
	s->engine = sqb_smtp_engine(s->smtp);
}

static void close_session(session *s)
{
	static const sqb_error over = { .code = SQB_E_NET, .text = "over" };

	sqb_engine_fail(s->engine, &over);
	drain(s);
	check_outcome(s);
	sqb_smtp_free(s->smtp);
	relay_check(s->heap.n_out == 0, "memory is leaked");
	relay_check(s->heap.peak < MAX_MEMORY, "too much memory");
	for (size_t i = 0; i < MAX_MAILS; i++)
		bytes_clear(&s->letters[i].message);
	relay_clear(&s->relay);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	session *s = must(calloc(1, sizeof(*s)));

	s->choices = (choices){ data, data + size };
	open_session(s);
	ask_all(s);
	do
		round_of(s);
	while (s->moved);
	relay_check(s->ended || sqb_smtp_state_of(s->smtp) ==
	    SQB_SMTP_CLOSED || all_done(s), "the session hangs");
	close_session(s);
	free(s);
	return 0;
}

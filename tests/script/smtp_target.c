/*
 * SMTP and LMTP for the player: calls and events, and the enums, options and
 * structs of smtp.h as words of a script.
 */
#include "target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static const char *const verb_names[SQB_SMTP_N_VERBS] = {
	[SQB_SMTP_LOGIN] = "login", [SQB_SMTP_MAIL] = "mail",
	[SQB_SMTP_RSET] = "rset", [SQB_SMTP_VRFY] = "vrfy",
	[SQB_SMTP_EXPN] = "expn", [SQB_SMTP_HELP] = "help",
	[SQB_SMTP_NOOP] = "noop", [SQB_SMTP_ETRN] = "etrn",
	[SQB_SMTP_QUIT] = "quit",
};

static const char *const state_names[] = {
	[SQB_SMTP_CONNECTING] = "CONNECTING",
	[SQB_SMTP_OPEN] = "OPEN",
	[SQB_SMTP_LOGGED_IN] = "LOGGED_IN",
	[SQB_SMTP_CLOSED] = "CLOSED",
	[SQB_SMTP_BROKEN] = "BROKEN",
};

static const char *state(const target *t)
{
	return state_names[sqb_smtp_state_of(t->session)];
}

static const char *mechanism(const target *t)
{
	return sqb_smtp_mechanism(t->session);
}

static void reply(bytes *out, int32_t code)
{
	add_signed(out, code);
}

/* --- options */

static bool number_option(sqb_smtp_options *o, const char *key, uint64_t n)
{
#define ROW(field) { #field, &o->field, sizeof(o->field) }
	const number_row rows[] = {
		ROW(lmtp), ROW(no_pipelining), ROW(no_chunking), ROW(port),
		ROW(reply_timeout), ROW(end_timeout), ROW(window_commands),
		ROW(window_bytes), ROW(max_queue), ROW(max_line),
		ROW(max_reply), ROW(max_recv_buffer),
	};
#undef ROW

	return set_number(rows, ARRAY_LEN(rows), key, n);
}

bool smtp_options_of(const script *s, sqb_smtp_options *o)
{
	*o = (sqb_smtp_options){ .size = sizeof(*o) };
	for (size_t i = 0; i < s->n_options; i++) {
		const char *key = s->options[i].key;
		const char *value = s->options[i].value.data;

		if (!key)
			return false;
		if (is_runners_option(key))
			continue;
		if (strcmp(key, "host") == 0)
			o->host = sqb_str_of(value);
		else if (strcmp(key, "helo") == 0)
			o->helo = sqb_str_of(value);
		else if (strcmp(key, "tls") == 0 ?
		    !tls_option(value, &o->tls) :
		    !number_option(o, key, number_of(value)))
			return false;
	}
	return true;
}

/* --- values */

static void add_enhanced(bytes *out, const uint8_t *code)
{
	char text[16];

	snprintf(text, sizeof(text), "%u.%u.%u", code[0], code[1], code[2]);
	bytes_add_c(out, code[0] == 0 ? "" : text);
}

static bool event_value(const void *from, const char *key, bytes *out)
{
	const logged *l = from;
	const sqb_smtp_event *ev = &l->event.smtp;

	if (strcmp(key, "text") == 0)
		bytes_add(out, l->text.data, l->text.len);
	else if (strcmp(key, "tag") == 0)
		add_number(out, ev->tag);
	else if (strcmp(key, "reply") == 0)
		add_number(out, ev->reply.code);
	else if (strcmp(key, "enhanced") == 0)
		add_enhanced(out, ev->reply.enhanced);
	else if (strcmp(key, "recipient") == 0)
		add_number(out, ev->recipient);
	else if (strcmp(key, "n_taken") == 0)
		add_number(out, ev->n_taken);
	else if (strcmp(key, "verb") == 0)
		bytes_add_c(out, verb_names[ev->verb]);
	else if (strcmp(key, "why") == 0)
		bytes_add_c(out, l->error.text);
	else
		return false;
	return true;
}

static bool caps_value(const void *t, const char *key, bytes *out)
{
	const sqb_smtp_caps *c = sqb_smtp_capabilities(
	    ((const target *)t)->session);
#define ROW(field) { #field, c->field }
	const flag_row flags[] = {
		ROW(esmtp), ROW(starttls), ROW(pipelining), ROW(chunking),
		ROW(eightbitmime), ROW(binarymime), ROW(dsn),
		ROW(enhanced_status_codes), ROW(smtputf8), ROW(requiretls),
		ROW(etrn), ROW(vrfy), ROW(expn), ROW(help), ROW(deliver_by),
		ROW(future_release), ROW(mt_priority), ROW(size), ROW(auth),
		ROW(limits),
	};
#undef ROW

	if (add_flag(out, flags, ARRAY_LEN(flags), key))
		return true;
	if (strcmp(key, "max_size") == 0)
		add_number(out, c->max_size);
	else if (strcmp(key, "min_by") == 0)
		add_signed(out, c->min_by);
	else if (strcmp(key, "max_hold") == 0)
		add_number(out, c->max_hold);
	else if (strcmp(key, "hold_until") == 0)
		add_str(out, c->hold_until);
	else if (strcmp(key, "max_mails") == 0)
		add_number(out, c->max_mails);
	else if (strcmp(key, "max_recipients") == 0)
		add_number(out, c->max_recipients);
	else if (strcmp(key, "max_domains") == 0)
		add_number(out, c->max_domains);
	else if (strcmp(key, "sasl") == 0)
		add_str(out, c->sasl);
	else if (strcmp(key, "name") == 0)
		add_str(out, c->name);
	else
		return false;
	return true;
}

static bool progress_value(const void *t, const char *key, bytes *out)
{
	sqb_smtp_progress p = sqb_smtp_progress_of(
	    ((const target *)t)->session);

	if (strcmp(key, "verb") == 0)
		bytes_add_c(out, verb_names[p.verb]);
	else if (strcmp(key, "tag") == 0)
		add_number(out, p.tag);
	else if (strcmp(key, "octets") == 0)
		add_number(out, p.octets);
	else if (strcmp(key, "expected") == 0)
		add_number(out, p.expected);
	else if (strcmp(key, "n_waiting") == 0)
		add_number(out, p.n_waiting);
	else
		return false;
	return true;
}

/* greeting; ready; line TEXT; recipient INDEX CODE; done VERB CODE */
static size_t event_words(const logged *l, bytes *words)
{
	const sqb_smtp_event *ev = &l->event.smtp;

	switch (ev->type) {
	case SQB_SMTP_GREETING:
		bytes_add_c(&words[0], "greeting");
		return 1;
	case SQB_SMTP_READY:
		bytes_add_c(&words[0], "ready");
		return 1;
	case SQB_SMTP_LINE:
		bytes_add_c(&words[0], "line");
		bytes_add(&words[1], l->text.data, l->text.len);
		return 2;
	case SQB_SMTP_RECIPIENT:
		bytes_add_c(&words[0], "recipient");
		add_number(&words[1], ev->recipient);
		code_name(&words[2], ev->code);
		return 3;
	case SQB_SMTP_DONE:
		bytes_add_c(&words[0], "done");
		bytes_add_c(&words[1], verb_names[ev->verb]);
		code_name(&words[2], ev->code);
		return 3;
	case SQB_SMTP_BODY:
		break;
	}
	return 0;
}

/* --- the engine */

static bool open_smtp(target *t, const script *s, const sqb_allocator *a)
{
	sqb_smtp_options o;

	if (!smtp_options_of(s, &o)) {
		bytes_add_c(&t->broken, "bad option in the script");
		return true;
	}
	o.allocator = a;
	t->session = sqb_smtp_new(&o);
	if (t->session)
		t->engine = sqb_smtp_engine(t->session);
	return t->session != NULL;
}

static void close_smtp(target *t)
{
	sqb_smtp_free(t->session);
}

static void watch_recipient(target *t, call *c, const sqb_smtp_event *ev)
{
	if (ev->recipient >= c->mail.n_recipients)
		target_broken(t, "a recipient nobody named", ev->tag);
	c->n_answered++;
	c->n_taken += ev->code == SQB_OK;
	if (ev->code == SQB_E_NOMEM)
		t->saw_nomem = true;
}

static void watch_done(target *t, call *c, const sqb_smtp_event *ev)
{
	target_done(t, c, ev->code);
	if (ev->verb != SQB_SMTP_MAIL)
		return;
	if (c->n_answered != c->mail.n_recipients)
		target_broken(t, "not one RECIPIENT for each", ev->tag);
	if (ev->n_taken != c->n_taken)
		target_broken(t, "DONE counts other recipients", ev->tag);
	if ((ev->code == SQB_OK) != (c->n_taken == c->mail.n_recipients))
		target_broken(t, "OK is not for all recipients", ev->tag);
}

/* Gives what there is room for, in pieces as the script says. */
static void give_message(target *t, call *c)
{
	size_t taken = 1;

	while (taken > 0 && c->n_given < c->message.len) {
		size_t n = c->message.len - c->n_given;

		n = c->piece > 0 && c->piece < n ? c->piece : n;
		taken = sqb_smtp_write(t->session, (sqb_str){
		    c->message.data + c->n_given, n });
		if (taken > n)
			target_broken(t, "more taken than given", c->tag);
		c->n_given += taken;
	}
	if (c->n_given == c->message.len)
		sqb_smtp_end_message(t->session);
}

/* What must hold for each event whatever the script says. */
static void watch(target *t, const sqb_smtp_event *ev)
{
	call *c;

	if (ev->type == SQB_SMTP_GREETING || ev->type == SQB_SMTP_READY)
		return;
	c = target_event_of(t, ev->tag, (int)ev->verb);
	if (!c)
		return;
	if (ev->type == SQB_SMTP_DONE)
		watch_done(t, c, ev);
	else if (ev->type == SQB_SMTP_RECIPIENT)
		watch_recipient(t, c, ev);
	else if (ev->type == SQB_SMTP_BODY)
		give_message(t, c);
}

/* A BODY is answered here, and leaves nothing in the log. */
static int next(target *t, logged *l)
{
	sqb_smtp_event ev = { .type = SQB_SMTP_DONE };
	int got = sqb_smtp_next(t->session, &ev);

	if (got <= 0)
		return got;
	if (ev.type == SQB_SMTP_BODY)
		bytes_clear(&l->text);
	else
		bytes_add(&l->text, ev.reply.text.ptr, ev.reply.text.len);
	if (ev.why)
		l->error = *ev.why;
	l->event.smtp = ev;
	l->tag = ev.tag;
	l->is_done = ev.type == SQB_SMTP_DONE;
	l->is_ok = l->is_done && ev.code == SQB_OK;
	watch(t, &ev);
	return got;
}

/* --- mails */

static unsigned notify_of(const step *s)
{
	static const char *const names[] = { "never", "success", "failure",
		"delay" };
	const word *w = step_word(s, "notify");
	unsigned found = 0;

	for (unsigned i = 0; w && i < ARRAY_LEN(names); i++)
		if (strstr(w->value.data, names[i]))
			found |= 1u << i;
	return found;
}

/* to=… as often as needed, or n_to=300 made-up ones. */
static void name_recipients(call *c, const step *s)
{
	size_t n_made = (size_t)word_number(s, "n_to"), n = 0;
	sqb_smtp_recipient *r = must(calloc(MAX_WORDS + n_made, sizeof(*r)));
	char name[40];

	for (size_t i = 0; i < s->n_words; i++)
		if (s->words[i].key && strcmp(s->words[i].key, "to") == 0)
			r[n++].address = (sqb_str){ s->words[i].value.data,
			    s->words[i].value.len };
	for (size_t i = 0; i < n_made; i++) {
		snprintf(name, sizeof(name), "r%zu@example.org", i);
		bytes_add(&c->names, name, sizeof(name));
	}
	for (size_t i = 0; i < n_made; i++)
		r[n++].address = sqb_str_of(c->names.data + i * sizeof(name));
	for (size_t i = 0; i < n; i++) {
		r[i].notify = notify_of(s);
		r[i].orcpt = word_str(s, "orcpt");
	}
	c->recipients = r;
	c->mail.recipients = r;
	c->mail.n_recipients = n;
}

static sqb_smtp_body body_of(const step *s)
{
	const word *w = step_word(s, "body");

	return !w ? SQB_SMTP_7BIT : strcmp(w->value.data, "8") == 0 ?
	    SQB_SMTP_8BITMIME : SQB_SMTP_BINARYMIME;
}

static sqb_smtp_ret ret_of(const step *s)
{
	const word *w = step_word(s, "ret");

	return !w ? SQB_SMTP_RET_DEFAULT : strcmp(w->value.data, "full") ==
	    0 ? SQB_SMTP_RET_FULL : SQB_SMTP_RET_HDRS;
}

/* message="…", times=1000 of it, streamed=1, in pieces=7 octets. */
static void make_mail(call *c, const step *s)
{
	const word *hold_until = step_word(s, "hold_until");
	const word *message = step_word(s, "message");
	uint64_t times = word_number(s, "times");

	for (uint64_t i = 0; message && i < (times > 0 ? times : 1); i++)
		bytes_add(&c->message, message->value.data,
		    message->value.len);
	c->piece = (size_t)word_number(s, "pieces");
	c->mail = (sqb_smtp_mail){
		.size = sizeof(c->mail),
		.from = word_str(s, "from"),
		.all_or_none = word_number(s, "all_or_none"),
		.streamed = word_number(s, "streamed"),
		.message_size = word_number(s, "message_size"),
		.body = body_of(s),
		.utf8 = word_number(s, "utf8"),
		.ret = ret_of(s),
		.envid = word_str(s, "envid"),
		.auth = word_str(s, "auth"),
		.by = (int64_t)word_number(s, "by"),
		.by_return = word_number(s, "by_return"),
		.by_trace = word_number(s, "by_trace"),
		.hold_for = (int64_t)word_number(s, "hold_for"),
		.hold_until = hold_until ? hold_until->value.data : NULL,
		.require_tls = word_number(s, "require_tls"),
		.priority = (int8_t)word_number(s, "priority"),
	};
	if (!c->mail.streamed)
		c->mail.message = (sqb_str){ c->message.data,
			c->message.len };
	name_recipients(c, s);
}

static int ask(target *t, const step *s, call *c)
{
	sqb_smtp_command command = {
		.verb = (sqb_smtp_verb)c->verb,
		.login = c->verb == SQB_SMTP_LOGIN ? &c->login : NULL,
		.mail = c->verb == SQB_SMTP_MAIL ? &c->mail : NULL,
		.text = word_str(s, "text"),
		.tag = c->tag,
	};

	if (c->verb == SQB_SMTP_MAIL)
		make_mail(c, s);
	return sqb_smtp_ask(t->session, &command);
}

static void clear(call *c)
{
	free(c->recipients);
	bytes_clear(&c->message);
	bytes_clear(&c->names);
}

static int cancel(target *t, uint64_t tag)
{
	return sqb_smtp_cancel(t->session, tag);
}

const protocol protocol_smtp = {
	.name = "smtp",
	.verbs = verb_names,
	.n_verbs = SQB_SMTP_N_VERBS,
	.open = open_smtp,
	.close = close_smtp,
	.next = next,
	.ask = ask,
	.clear = clear,
	.cancel = cancel,
	.state = state,
	.mechanism = mechanism,
	.caps = caps_value,
	.progress = progress_value,
	.event = event_value,
	.words = event_words,
	.reply = reply,
};

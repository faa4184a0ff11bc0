/*
 * POP3 for the player: its calls and events, and the enums, options and structs
 * of pop3.h as words of a script.
 */
#include "target.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static const char *const verb_names[SQB_POP3_N_VERBS] = {
	[SQB_POP3_LOGIN] = "login", [SQB_POP3_CAPA] = "capa",
	[SQB_POP3_STAT] = "stat", [SQB_POP3_LIST] = "list",
	[SQB_POP3_UIDL] = "uidl", [SQB_POP3_RETR] = "retr",
	[SQB_POP3_TOP] = "top", [SQB_POP3_DELE] = "dele",
	[SQB_POP3_NOOP] = "noop", [SQB_POP3_RSET] = "rset",
	[SQB_POP3_LAST] = "last", [SQB_POP3_UTF8] = "utf8",
	[SQB_POP3_LANG] = "lang", [SQB_POP3_QUIT] = "quit",
};

static const char *const state_names[] = {
	[SQB_POP3_CONNECTING] = "CONNECTING",
	[SQB_POP3_AUTHORIZATION] = "AUTHORIZATION",
	[SQB_POP3_TRANSACTION] = "TRANSACTION",
	[SQB_POP3_UPDATE] = "UPDATE",
	[SQB_POP3_BROKEN] = "BROKEN",
};

static const char *const resp_names[] = {
	[SQB_POP3_RESP_NONE] = "NONE",
	[SQB_POP3_RESP_IN_USE] = "IN-USE",
	[SQB_POP3_RESP_LOGIN_DELAY] = "LOGIN-DELAY",
	[SQB_POP3_RESP_SYS_TEMP] = "SYS/TEMP",
	[SQB_POP3_RESP_SYS_PERM] = "SYS/PERM",
	[SQB_POP3_RESP_AUTH] = "AUTH",
	[SQB_POP3_RESP_UTF8] = "UTF8",
	[SQB_POP3_RESP_OTHER] = "OTHER",
};

static const char *state(const target *t)
{
	return state_names[sqb_pop3_state_of(t->session)];
}

static const char *mechanism(const target *t)
{
	return sqb_pop3_mechanism(t->session);
}

static void reply(bytes *out, int32_t resp)
{
	bytes_add_c(out, resp_names[resp]);
}

/* --- options */

static bool number_option(sqb_pop3_options *o, const char *key, uint64_t n)
{
#define ROW(field) { #field, &o->field, sizeof(o->field) }
	const number_row rows[] = {
		ROW(window_commands), ROW(window_bytes), ROW(max_queue),
		ROW(max_line), ROW(max_capa), ROW(max_list),
		ROW(max_list_bytes), ROW(max_message), ROW(max_recv_buffer),
		ROW(reply_timeout), ROW(command_timeout), ROW(port),
		ROW(utf8),
	};
#undef ROW

	return set_number(rows, ARRAY_LEN(rows), key, n);
}

bool pop3_options_of(const script *s, sqb_pop3_options *o)
{
	*o = (sqb_pop3_options){ .size = sizeof(*o) };
	for (size_t i = 0; i < s->n_options; i++) {
		const char *key = s->options[i].key;
		const char *value = s->options[i].value.data;

		if (!key)
			return false;
		if (is_runners_option(key))
			continue;
		if (strcmp(key, "host") == 0)
			o->host = sqb_str_of(value);
		else if (strcmp(key, "tls") == 0 ?
		    !tls_option(value, &o->tls) :
		    !number_option(o, key, strtoull(value, NULL, 10)))
			return false;
	}
	return true;
}

/* --- values */

static bool event_value(const void *from, const char *key, bytes *out)
{
	const logged *l = from;
	const sqb_pop3_event *ev = &l->event.pop3;

	if (strcmp(key, "text") == 0)
		bytes_add(out, l->text.data, l->text.len);
	else if (strcmp(key, "len") == 0)
		add_number(out, l->text.len);
	else if (strcmp(key, "tag") == 0)
		add_number(out, ev->tag);
	else if (strcmp(key, "number") == 0)
		add_number(out, ev->number);
	else if (strcmp(key, "count") == 0)
		add_number(out, ev->count);
	else if (strcmp(key, "octets") == 0)
		add_number(out, ev->octets);
	else if (strcmp(key, "resp") == 0)
		bytes_add_c(out, resp_names[ev->resp]);
	else if (strcmp(key, "verb") == 0)
		bytes_add_c(out, verb_names[ev->verb]);
	else if (strcmp(key, "why") == 0)
		bytes_add_c(out, l->error.text);
	else
		return false;
	return true;
}

static const char *support_name(sqb_pop3_support s)
{
	return s == SQB_POP3_YES ? "yes" : s == SQB_POP3_NO ? "no" : "untold";
}

static bool caps_value(const void *t, const char *key, bytes *out)
{
	const sqb_pop3_caps *c = sqb_pop3_capabilities(
	    ((const target *)t)->session);
	const flag_row flags[] = {
		{ "known", c->known }, { "pipelining", c->pipelining },
		{ "resp_codes", c->resp_codes }, { "stls", c->stls },
		{ "auth_resp_code", c->auth_resp_code }, { "user", c->user },
		{ "utf8", c->utf8 }, { "utf8_user", c->utf8_user },
		{ "lang", c->lang }, { "apop", c->apop },
		{ "expire_per_user", c->expire_per_user },
		{ "login_delay_per_user", c->login_delay_per_user },
	};

	if (add_flag(out, flags, ARRAY_LEN(flags), key))
		return true;
	if (strcmp(key, "top") == 0)
		bytes_add_c(out, support_name(c->top));
	else if (strcmp(key, "uidl") == 0)
		bytes_add_c(out, support_name(c->uidl));
	else if (strcmp(key, "expire_days") == 0)
		add_signed(out, c->expire_days);
	else if (strcmp(key, "login_delay") == 0)
		add_signed(out, c->login_delay);
	else if (strcmp(key, "sasl") == 0)
		add_str(out, c->sasl);
	else if (strcmp(key, "implementation") == 0)
		add_str(out, c->implementation);
	else
		return false;
	return true;
}

static bool progress_value(const void *t, const char *key, bytes *out)
{
	sqb_pop3_progress p = sqb_pop3_progress_of(
	    ((const target *)t)->session);

	if (strcmp(key, "verb") == 0)
		bytes_add_c(out, verb_names[p.verb]);
	else if (strcmp(key, "number") == 0)
		add_number(out, p.number);
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

/* --- events as words */

static size_t row_words(const logged *l, bytes *words)
{
	size_t n = 0;

	bytes_add_c(&words[n++], "row");
	if (l->event.pop3.number > 0)
		add_number(&words[n++], l->event.pop3.number);
	if (l->event.pop3.verb == SQB_POP3_LIST)
		add_number(&words[n++], l->event.pop3.octets);
	else
		bytes_add(&words[n++], l->text.data, l->text.len);
	return n;
}

static size_t done_words(const logged *l, bytes *words)
{
	size_t n = 0;

	bytes_add_c(&words[n++], "done");
	bytes_add_c(&words[n++], verb_names[l->event.pop3.verb]);
	if (l->event.pop3.number > 0)
		add_number(&words[n++], l->event.pop3.number);
	code_name(&words[n++], l->event.pop3.code);
	return n;
}

static size_t event_words(const logged *l, bytes *words)
{
	switch (l->event.pop3.type) {
	case SQB_POP3_GREETING:
		bytes_add_c(&words[0], "greeting");
		return 1;
	case SQB_POP3_ROW:
		return row_words(l, words);
	case SQB_POP3_BODY:
		bytes_add_c(&words[0], "body");
		bytes_add(&words[1], l->text.data, l->text.len);
		return 2;
	case SQB_POP3_DONE:
		return done_words(l, words);
	}
	return 0;
}

/* --- the engine */

static bool open_pop3(target *t, const script *s, const sqb_allocator *a)
{
	sqb_pop3_options o;

	if (!pop3_options_of(s, &o)) {
		bytes_add_c(&t->broken, "bad option in the script");
		return true;
	}
	o.allocator = a;
	t->session = sqb_pop3_new(&o);
	if (t->session)
		t->engine = sqb_pop3_engine(t->session);
	return t->session != NULL;
}

static void close_pop3(target *t)
{
	sqb_pop3_free(t->session);
}

static bool is_message(sqb_pop3_verb verb)
{
	return verb == SQB_POP3_RETR || verb == SQB_POP3_TOP;
}

static void watch_done(target *t, call *c, const sqb_pop3_event *ev)
{
	target_done(t, c, ev->code);
	if (ev->code != SQB_OK)
		return;
	if (is_message(ev->verb) && ev->octets != c->n_body)
		target_broken(t, "DONE's octets are not the body's", ev->tag);
	if (c->n_rows > 0 && ev->count != c->n_rows)
		target_broken(t, "DONE's count is not the number of rows",
		    ev->tag);
}

/* What must hold for each event whatever the script says. */
static void watch(target *t, const sqb_pop3_event *ev)
{
	call *c;

	if (ev->type == SQB_POP3_GREETING)
		return;
	c = target_event_of(t, ev->tag, (int)ev->verb);
	if (!c)
		return;
	if (ev->type == SQB_POP3_DONE)
		watch_done(t, c, ev);
	else if (ev->type == SQB_POP3_ROW)
		c->n_rows++;
	else if (ev->octets != c->n_body)
		target_broken(t, "a piece of the body is missing", ev->tag);
	else
		c->n_body += ev->text.len;
}

static int next(target *t, logged *l)
{
	sqb_pop3_event ev = { .type = SQB_POP3_DONE };
	int got = sqb_pop3_next(t->session, &ev);

	if (got <= 0)
		return got;
	watch(t, &ev);
	l->event.pop3 = ev;
	l->tag = ev.tag;
	l->is_piece = ev.type == SQB_POP3_BODY;
	l->is_done = ev.type == SQB_POP3_DONE;
	l->is_ok = l->is_done && ev.code == SQB_OK;
	if (ev.why)
		l->error = *ev.why;
	bytes_add(&l->text, ev.text.ptr, ev.text.len);
	return got;
}

static int ask(target *t, const step *s, call *c)
{
	sqb_pop3_command command = {
		.verb = (sqb_pop3_verb)c->verb,
		.number = (uint32_t)number_of(step_arg(s, 1)),
		.lines = (uint32_t)number_of(step_arg(s, 2)),
		.text = word_str(s, "text"),
		.login = c->verb == SQB_POP3_LOGIN ? &c->login : NULL,
		.expected = word_number(s, "expected"),
		.tag = c->tag,
	};

	return sqb_pop3_ask(t->session, &command);
}

static int cancel(target *t, uint64_t tag)
{
	return sqb_pop3_cancel(t->session, tag);
}

const protocol protocol_pop3 = {
	.name = "pop3",
	.verbs = verb_names,
	.n_verbs = SQB_POP3_N_VERBS,
	.open = open_pop3,
	.close = close_pop3,
	.next = next,
	.ask = ask,
	.cancel = cancel,
	.state = state,
	.mechanism = mechanism,
	.caps = caps_value,
	.progress = progress_value,
	.event = event_value,
	.words = event_words,
	.reply = reply,
};

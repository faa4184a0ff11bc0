/*
 * The engine under test: see target.h.
 */
#include "target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool target_open(target *t, const script *s, const sqb_allocator *a)
{
	sqb_pop3_options o;

	*t = (target){ 0 };
	if (!options_of(s, &o)) {
		bytes_add_c(&t->broken, "bad option in the script");
		return true;
	}
	o.allocator = a;
	t->pop3 = sqb_pop3_new(&o);
	if (!t->pop3)
		return false;
	t->engine = sqb_pop3_engine(t->pop3);
	return true;
}

void target_close(target *t)
{
	sqb_pop3_free(t->pop3);
	for (size_t i = 0; i < t->n_calls; i++)
		free(t->calls[i]);
	for (size_t i = 0; i < t->n_log; i++)
		bytes_clear(&t->log[i].text);
	free(t->calls);
	free(t->log);
	bytes_clear(&t->broken);
}

/* Only the first is kept: the others follow from it. */
static void broken(target *t, const char *what, uint64_t tag)
{
	char text[120];

	if (t->broken.len > 0)
		return;
	snprintf(text, sizeof(text), "%s (command %llu)", what,
	    (unsigned long long)tag);
	bytes_add_c(&t->broken, text);
}

/* --- events */

static call *call_with_tag(const target *t, uint64_t tag)
{
	for (size_t i = 0; i < t->n_calls; i++)
		if (t->calls[i]->tag == tag)
			return t->calls[i];
	return NULL;
}

static logged *new_entry(target *t)
{
	if (t->n_log == t->log_room) {
		t->log_room = t->log_room * 2 + 16;
		t->log = must(realloc(t->log, t->log_room * sizeof(logged)));
	}
	t->log[t->n_log] = (logged){ .text = { NULL, 0, 0 } };
	bytes_add(&t->log[t->n_log].text, "", 0);
	return &t->log[t->n_log++];
}

static bool is_message(sqb_pop3_verb verb)
{
	return verb == SQB_POP3_RETR || verb == SQB_POP3_TOP;
}

static void watch_done(target *t, call *c, const sqb_pop3_event *ev)
{
	if (++c->n_done > 1)
		broken(t, "a second DONE", ev->tag);
	if (ev->code == SQB_E_NOMEM)
		t->saw_nomem = true;
	if (ev->code != SQB_OK)
		return;
	if (is_message(ev->verb) && ev->octets != c->n_body)
		broken(t, "DONE's octets are not the body's", ev->tag);
	if (c->n_rows > 0 && ev->count != c->n_rows)
		broken(t, "DONE's count is not the number of rows", ev->tag);
}

/* What must hold for each event whatever the script says. */
static void watch(target *t, const sqb_pop3_event *ev)
{
	call *c = ev->type == SQB_POP3_GREETING ? NULL :
	    call_with_tag(t, ev->tag);

	if (ev->type == SQB_POP3_GREETING)
		return;
	if (!c || c->verb != ev->verb) {
		broken(t, "an event for a command nobody gave", ev->tag);
		return;
	}
	if (c->n_done > 0)
		broken(t, "an event after DONE", ev->tag);
	if (ev->type == SQB_POP3_DONE)
		watch_done(t, c, ev);
	else if (ev->type == SQB_POP3_ROW)
		c->n_rows++;
	else if (ev->octets != c->n_body)
		broken(t, "a piece of the body is missing", ev->tag);
	else
		c->n_body += ev->text.len;
}

static void add_event(target *t, const sqb_pop3_event *ev)
{
	logged *last = t->n_log > 0 ? &t->log[t->n_log - 1] : NULL;
	bool joins = last && !last->is_error && ev->type == SQB_POP3_BODY &&
	    last->event.type == SQB_POP3_BODY && last->event.tag == ev->tag;
	logged *l = joins ? last : new_entry(t);

	if (!joins)
		l->event = *ev;
	if (!joins && ev->why)
		l->error = *ev->why;
	bytes_add(&l->text, ev->text.ptr, ev->text.len);
}

static void add_end(target *t)
{
	const sqb_error *why = sqb_engine_error(t->engine);
	sqb_pop3_event ev;
	logged *l;

	t->ended = true;
	if (sqb_pop3_next(t->pop3, &ev) >= 0)
		broken(t, "an event after the end", 0);
	if (!why) {
		broken(t, "an end without an error", 0);
		return;
	}
	if (why->code == SQB_E_NOMEM)
		t->saw_nomem = true;
	l = new_entry(t);
	l->is_error = true;
	l->error = *why;
}

void target_drain(target *t)
{
	sqb_pop3_event ev;
	int got = 0;

	if (t->ended)
		return;
	do {
		bool waits = sqb_engine_step(t->engine);

		ev = (sqb_pop3_event){ .type = SQB_POP3_DONE };
		got = sqb_pop3_next(t->pop3, &ev);
		if (got >= 0 && waits != (got == 1))
			broken(t, "step() and next() disagree", 0);
		if (got == 1) {
			watch(t, &ev);
			add_event(t, &ev);
		}
	} while (got == 1);
	if (got < 0)
		add_end(t);
}

/* --- calls */

static sqb_str str_of_word(const step *s, const char *key)
{
	const word *w = step_word(s, key);

	return w ? (sqb_str){ w->value.data, w->value.len } :
	    (sqb_str){ NULL, 0 };
}

static uint64_t number_of(const char *s)
{
	return strtoull(s, NULL, 10);
}

static int call_ask(target *t, const step *s, sqb_pop3_verb verb)
{
	call *c = must(calloc(1, sizeof(*c)));
	const word *tag = step_word(s, "tag");
	const word *expected = step_word(s, "expected");
	sqb_pop3_command command = {
		.verb = verb,
		.number = (uint32_t)number_of(step_arg(s, 1)),
		.lines = (uint32_t)number_of(step_arg(s, 2)),
		.text = str_of_word(s, "text"),
		.login = verb == SQB_POP3_LOGIN ? &c->login : NULL,
		.expected = expected ? number_of(expected->value.data) : 0,
		.tag = tag ? number_of(tag->value.data) : t->last_tag + 1,
	};
	int code;

	c->verb = verb;
	c->tag = command.tag;
	c->login = (sqb_login){
		.user = str_of_word(s, "user"),
		.password = str_of_word(s, "password"),
		.token = str_of_word(s, "token"),
		.authzid = str_of_word(s, "authzid"),
		.mechanism = str_of_word(s, "mechanism"),
		.no_initial_response = step_word(s, "no_initial_response"),
	};
	code = sqb_pop3_ask(t->pop3, &command);
	if (code != SQB_OK) {
		free(c);
		return code;
	}
	t->last_tag = c->tag;
	if (t->n_calls == t->calls_room) {
		t->calls_room = t->calls_room * 2 + 16;
		t->calls = must(realloc(t->calls,
		    t->calls_room * sizeof(call *)));
	}
	t->calls[t->n_calls++] = c;
	return code;
}

static int call_fail(target *t, const char *name)
{
	sqb_error why = { .code = (sqb_code)code_of(name) };

	snprintf(why.text, sizeof(why.text), "the script says so");
	sqb_engine_fail(t->engine, &why);
	return SQB_OK;
}

/* The call's own code; 1: there is no such call. */
static int make_call(target *t, const step *s)
{
	const char *name = step_arg(s, 0);

	if (strcmp(name, "cancel") == 0)
		return sqb_pop3_cancel(t->pop3, number_of(step_arg(s, 1)));
	if (strcmp(name, "fail") == 0)
		return call_fail(t, step_arg(s, 1));
	for (size_t i = 0; i < SQB_POP3_N_VERBS; i++)
		if (strcmp(name, verb_names[i]) == 0)
			return call_ask(t, s, (sqb_pop3_verb)i);
	return 1;
}

bool target_call(target *t, const step *s, bytes *why)
{
	const word *returns = step_word(s, "returns");
	int want = returns ? code_of(returns->value.data) : SQB_OK;
	int code = make_call(t, s);

	if (code == SQB_E_NOMEM)
		t->saw_nomem = true;
	if (code == want)
		return true;
	bytes_add_c(why, step_arg(s, 0));
	bytes_add_c(why, " returned ");
	code_name(why, code);
	return false;
}

/* --- comparing */

static bool value_fits(const word *w, const bytes *value)
{
	if (w->op == '~')
		return bytes_has(value, w->value.data, w->value.len);
	return w->value.len == value->len &&
	    memcmp(w->value.data, value->data, value->len) == 0;
}

static void add_difference(bytes *why, const word *w, const bytes *value)
{
	bytes_add_c(why, w->key ? w->key : "word");
	bytes_add_c(why, ": expected \"");
	bytes_add_visible(why, w->value.data, w->value.len);
	bytes_add_c(why, "\", got \"");
	bytes_add_visible(why, value->data, value->len);
	bytes_add_c(why, "\"");
}

/* All words with a key, against what look(from, key) says. */
static bool keys_fit(const step *s, const void *from,
    bool (*look)(const void *from, const char *key, bytes *out), bytes *why)
{
	bool fits = true;

	for (size_t i = 0; i < s->n_words && fits; i++) {
		const word *w = &s->words[i];
		bytes value = { 0 };

		if (!w->key)
			continue;
		bytes_add(&value, "", 0);
		fits = look(from, w->key, &value) && value_fits(w, &value);
		if (!fits)
			add_difference(why, w, &value);
		bytes_clear(&value);
	}
	return fits;
}

static bool look_event(const void *from, const char *key, bytes *out)
{
	return event_value(from, key, out);
}

static bool look_caps(const void *from, const char *key, bytes *out)
{
	return caps_value(from, key, out);
}

static bool look_progress(const void *from, const char *key, bytes *out)
{
	return progress_value(from, key, out);
}

static void add_event_text(bytes *out, const logged *l)
{
	bytes words[EVENT_WORDS] = { 0 };
	size_t n = event_words(l, words);

	for (size_t i = 0; i < n; i++) {
		bytes_add_c(out, i > 0 ? " " : "");
		bytes_add_visible(out, words[i].data, words[i].len);
		bytes_clear(&words[i]);
	}
	if (l->is_error || l->event.type == SQB_POP3_DONE) {
		const char *text = l->is_error ? l->error.text : l->text.data;

		bytes_add_c(out, " text=");
		bytes_add_visible(out, text, strlen(text));
	}
}

/* The positional words; of rows and bodies the last may be left out. */
static bool words_fit(const step *s, const logged *l, bytes *why)
{
	bytes words[EVENT_WORDS] = { 0 };
	size_t n = event_words(l, words), n_want = 0;
	bool fits = true;

	for (size_t i = 0; i < s->n_words; i++) {
		if (s->words[i].key)
			continue;
		if (n_want >= n || !value_fits(&s->words[i], &words[n_want]))
			fits = false;
		n_want++;
	}
	if (n_want != n && (l->is_error ||
	    l->event.type == SQB_POP3_DONE))
		fits = false;
	for (size_t i = 0; i < n; i++)
		bytes_clear(&words[i]);
	if (!fits) {
		bytes_add_c(why, "got: ");
		add_event_text(why, l);
	}
	return fits;
}

bool target_match(target *t, const step *s, bytes *why)
{
	const logged *l;

	if (t->n_matched == t->n_log) {
		bytes_add_c(why, "no such event came");
		return false;
	}
	l = &t->log[t->n_matched];
	if (!words_fit(s, l, why) || !keys_fit(s, l, look_event, why))
		return false;
	t->n_matched++;
	return true;
}

bool target_has_event(const target *t)
{
	size_t left = t->n_log - t->n_matched;
	const logged *l = left > 0 ? &t->log[t->n_matched] : NULL;

	return l && (left > 1 || l->is_error ||
	    l->event.type != SQB_POP3_BODY);
}

bool target_has_surplus(const target *t, bytes *why)
{
	if (t->n_matched == t->n_log)
		return false;
	bytes_add_c(why, "an event too many: ");
	add_event_text(why, &t->log[t->n_matched]);
	return true;
}

static bool is_word(const step *s, const char *value, bytes *why)
{
	if (strcmp(step_arg(s, 1), value) == 0)
		return true;
	bytes_add_c(why, "it is ");
	bytes_add_c(why, value);
	return false;
}

static const char *wants_name(unsigned wants)
{
	static const char *const names[] = { "nothing", "recv", "send",
		"recv+send", "tls", "close" };

	return wants < 4 ? names[wants] :
	    names[wants == SQB_WANT_TLS ? 4 : 5];
}

bool target_query(target *t, const step *s, bytes *why)
{
	const char *what = step_arg(s, 0);
	sqb_pop3_progress progress;

	if (strcmp(what, "state") == 0)
		return is_word(s, state_name(sqb_pop3_state_of(t->pop3)), why);
	if (strcmp(what, "mechanism") == 0)
		return is_word(s, sqb_pop3_mechanism(t->pop3), why);
	if (strcmp(what, "wants") == 0)
		return is_word(s, wants_name(sqb_engine_wants(t->engine)), why);
	if (strcmp(what, "caps") == 0)
		return keys_fit(s, sqb_pop3_capabilities(t->pop3), look_caps,
		    why);
	if (strcmp(what, "progress") == 0) {
		progress = sqb_pop3_progress_of(t->pop3);
		return keys_fit(s, &progress, look_progress, why);
	}
	bytes_add_c(why, "no such question");
	return false;
}

/* --- the end */

void target_settle(target *t)
{
	static const sqb_error enough = { .code = SQB_E_CANCELED,
		.text = "the script is over" };

	target_drain(t);
	sqb_engine_fail(t->engine, &enough);
	target_drain(t);
	for (size_t i = 0; i < t->n_calls; i++)
		if (t->calls[i]->n_done == 0)
			broken(t, "no DONE", t->calls[i]->tag);
}

/*
 * The engine under test: see target.h.
 */
#include "target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const protocol *protocol_of(const script *s)
{
	static const protocol *const all[] = { &protocol_pop3,
		&protocol_smtp };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(s->protocol, all[i]->name) == 0)
			return all[i];
	return &protocol_pop3;
}

bool target_open(target *t, const script *s, const sqb_allocator *a)
{
	*t = (target){ .protocol = protocol_of(s) };
	return t->protocol->open(t, s, a);
}

static void free_call(const target *t, call *c)
{
	if (t->protocol->clear)
		t->protocol->clear(c);
	free(c);
}

void target_close(target *t)
{
	t->protocol->close(t);
	for (size_t i = 0; i < t->n_calls; i++)
		free_call(t, t->calls[i]);
	for (size_t i = 0; i < t->n_log; i++)
		bytes_clear(&t->log[i].text);
	free(t->calls);
	free(t->log);
	bytes_clear(&t->broken);
}

/* The others follow from the first. */
void target_broken(target *t, const char *what, uint64_t tag)
{
	char text[120];

	if (t->broken.len > 0)
		return;
	snprintf(text, sizeof(text), "%s (command %llu)", what,
	    (unsigned long long)tag);
	bytes_add_c(&t->broken, text);
}

/* --- events */

call *target_event_of(target *t, uint64_t tag, int verb)
{
	call *c = NULL;

	for (size_t i = 0; i < t->n_calls && !c; i++)
		if (t->calls[i]->tag == tag)
			c = t->calls[i];
	if (!c || c->verb != verb) {
		target_broken(t, "an event for a command nobody gave", tag);
		return NULL;
	}
	if (c->n_done > 0)
		target_broken(t, "an event after DONE", tag);
	return c;
}

void target_done(target *t, call *c, sqb_code code)
{
	if (++c->n_done > 1)
		target_broken(t, "a second DONE", c->tag);
	if (code == SQB_E_NOMEM)
		t->saw_nomem = true;
}

static void add_entry(target *t, const logged *l)
{
	if (t->n_log == t->log_room) {
		t->log_room = t->log_room * 2 + 16;
		t->log = must(realloc(t->log, t->log_room * sizeof(logged)));
	}
	t->log[t->n_log++] = *l;
}

/* Takes over the event's text. */
static void add_event(target *t, logged *l)
{
	logged *last = t->n_log > 0 ? &t->log[t->n_log - 1] : NULL;

	if (!last || !l->is_piece || !last->is_piece || last->tag != l->tag) {
		add_entry(t, l);
		return;
	}
	bytes_add(&last->text, l->text.data, l->text.len);
	bytes_clear(&l->text);
}

static logged new_entry(const target *t)
{
	logged l = { .protocol = t->protocol };

	bytes_add(&l.text, "", 0);
	return l;
}

static void add_end(target *t)
{
	const sqb_error *why = sqb_engine_error(t->engine);
	logged l = new_entry(t);

	t->ended = true;
	if (t->protocol->next(t, &l) >= 0)
		target_broken(t, "an event after the end", 0);
	if (!why) {
		target_broken(t, "an end without an error", 0);
		bytes_clear(&l.text);
		return;
	}
	if (why->code == SQB_E_NOMEM)
		t->saw_nomem = true;
	l.is_error = true;
	l.error = *why;
	add_entry(t, &l);
}

void target_drain(target *t)
{
	int got = 0;

	if (t->ended)
		return;
	do {
		bool waits = sqb_engine_step(t->engine);
		logged l = new_entry(t);

		got = t->protocol->next(t, &l);
		if (got >= 0 && waits != (got == 1))
			target_broken(t, "step() and next() disagree", 0);
		if (got == 1 && l.text.data)
			add_event(t, &l);
		else
			bytes_clear(&l.text);
	} while (got == 1);
	if (got < 0)
		add_end(t);
}

/* --- calls */

static int call_ask(target *t, const step *s, int verb)
{
	call *c = must(calloc(1, sizeof(*c)));
	const word *tag = step_word(s, "tag");
	int code;

	c->verb = verb;
	c->tag = tag ? number_of(tag->value.data) : t->last_tag + 1;
	c->login = (sqb_login){
		.user = word_str(s, "user"),
		.password = word_str(s, "password"),
		.token = word_str(s, "token"),
		.authzid = word_str(s, "authzid"),
		.mechanism = word_str(s, "mechanism"),
		.no_initial_response = step_word(s, "no_initial_response"),
	};
	code = t->protocol->ask(t, s, c);
	if (code != SQB_OK) {
		free_call(t, c);
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
		return t->protocol->cancel(t, number_of(step_arg(s, 1)));
	if (strcmp(name, "fail") == 0)
		return call_fail(t, step_arg(s, 1));
	for (size_t i = 0; i < t->protocol->n_verbs; i++)
		if (strcmp(name, t->protocol->verbs[i]) == 0)
			return call_ask(t, s, (int)i);
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

static bool error_value(const logged *l, const char *key, bytes *out)
{
	const sqb_error *e = &l->error;

	if (strcmp(key, "text") == 0)
		bytes_add_c(out, e->text);
	else if (strcmp(key, "peer") == 0)
		bytes_add_c(out, e->peer ? e->text + e->peer : "");
	else if (strcmp(key, "reply") == 0)
		l->protocol->reply(out, e->reply);
	else if (strcmp(key, "offset") == 0)
		add_number(out, e->offset);
	else
		return false;
	return true;
}

static bool look_logged(const void *from, const char *key, bytes *out)
{
	const logged *l = from;

	return l->is_error ? error_value(l, key, out) :
	    l->protocol->event(l, key, out);
}

/* The positional words. */
static size_t words_of(const logged *l, bytes *words)
{
	if (!l->is_error)
		return l->protocol->words(l, words);
	bytes_add_c(&words[0], "error");
	code_name(&words[1], l->error.code);
	return 2;
}

static void add_event_text(bytes *out, const logged *l)
{
	bytes words[EVENT_WORDS] = { 0 };
	size_t n = words_of(l, words);

	for (size_t i = 0; i < n; i++) {
		bytes_add_c(out, i > 0 ? " " : "");
		bytes_add_visible(out, words[i].data, words[i].len);
		bytes_clear(&words[i]);
	}
	if (l->is_error || l->is_done) {
		const char *text = l->is_error ? l->error.text : l->text.data;

		bytes_add_c(out, " text=");
		bytes_add_visible(out, text, strlen(text));
	}
}

/* The positional words; of rows and bodies the last may be left out. */
static bool words_fit(const step *s, const logged *l, bytes *why)
{
	bytes words[EVENT_WORDS] = { 0 };
	size_t n = words_of(l, words), n_want = 0;
	bool fits = true;

	for (size_t i = 0; i < s->n_words; i++) {
		if (s->words[i].key)
			continue;
		if (n_want >= n || !value_fits(&s->words[i], &words[n_want]))
			fits = false;
		n_want++;
	}
	if (n_want != n && (l->is_error || l->is_done))
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
	if (!words_fit(s, l, why) || !keys_fit(s, l, look_logged, why))
		return false;
	t->n_matched++;
	return true;
}

bool target_has_event(const target *t)
{
	size_t left = t->n_log - t->n_matched;
	const logged *l = left > 0 ? &t->log[t->n_matched] : NULL;

	return l && (left > 1 || !l->is_piece);
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
	const protocol *p = t->protocol;

	if (strcmp(what, "state") == 0)
		return is_word(s, p->state(t), why);
	if (strcmp(what, "mechanism") == 0)
		return is_word(s, p->mechanism(t), why);
	if (strcmp(what, "wants") == 0)
		return is_word(s, wants_name(sqb_engine_wants(t->engine)), why);
	if (strcmp(what, "caps") == 0)
		return keys_fit(s, t, p->caps, why);
	if (strcmp(what, "progress") == 0)
		return keys_fit(s, t, p->progress, why);
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
			target_broken(t, "no DONE", t->calls[i]->tag);
}

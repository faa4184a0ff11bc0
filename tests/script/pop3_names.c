/*
 * The enums, options and structs of pop3.h as words of a script.
 */
#include "target.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

const char *const verb_names[SQB_POP3_N_VERBS] = {
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

const char *state_name(sqb_pop3_state state)
{
	return state_names[state];
}

/* --- codes */

void code_name(bytes *out, int code)
{
	bytes_add_c(out, code == SQB_OK ? "SQB_" : "SQB_E_");
	bytes_add_c(out, sqb_code_name(code));
}

int code_of(const char *name)
{
	bytes text = { 0 };
	int found = 1;

	for (int code = SQB_OK; code >= SQB_E_SINK && found > 0; code--) {
		text.len = 0;
		code_name(&text, code);
		if (strcmp(text.data, name) == 0)
			found = code;
	}
	bytes_clear(&text);
	return found;
}

/* --- options */

static bool tls_option(const char *value, sqb_tls_mode *tls)
{
	static const char *const names[] = {
		[SQB_TLS_STARTTLS] = "starttls",
		[SQB_TLS_IMPLICIT] = "implicit",
		[SQB_TLS_OFF] = "off",
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(value, names[i]) == 0) {
			*tls = (sqb_tls_mode)i;
			return true;
		}
	}
	return false;
}

/* Options that are numbers, by the size of their field. */
static bool number_option(sqb_pop3_options *o, const char *key, uint64_t n)
{
	const struct { const char *key; uint32_t *to; } small[] = {
		{ "window_commands", &o->window_commands },
		{ "window_bytes", &o->window_bytes },
		{ "max_queue", &o->max_queue },
		{ "max_line", &o->max_line },
		{ "max_capa", &o->max_capa },
		{ "max_list", &o->max_list },
	};

	for (size_t i = 0; i < ARRAY_LEN(small); i++) {
		if (strcmp(key, small[i].key) == 0) {
			*small[i].to = (uint32_t)n;
			return true;
		}
	}
	if (strcmp(key, "max_list_bytes") == 0)
		o->max_list_bytes = n;
	else if (strcmp(key, "max_message") == 0)
		o->max_message = n;
	else if (strcmp(key, "max_recv_buffer") == 0)
		o->max_recv_buffer = (size_t)n;
	else if (strcmp(key, "reply_timeout") == 0)
		o->reply_timeout = (sqb_time)n;
	else if (strcmp(key, "command_timeout") == 0)
		o->command_timeout = (sqb_time)n;
	else if (strcmp(key, "port") == 0)
		o->port = (uint16_t)n;
	else if (strcmp(key, "utf8") == 0)
		o->utf8 = n != 0;
	else
		return false;
	return true;
}

bool options_of(const script *s, sqb_pop3_options *o)
{
	*o = (sqb_pop3_options){ .size = sizeof(*o) };
	for (size_t i = 0; i < s->n_options; i++) {
		const char *key = s->options[i].key;
		const char *value = s->options[i].value.data;

		if (!key)
			return false;
		if (strcmp(key, "harness") == 0 || strcmp(key, "expect") == 0)
			continue;	/* the runner's own */
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

static void add_number(bytes *out, uint64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, n);
	bytes_add_c(out, text);
}

static void add_signed(bytes *out, int64_t n)
{
	if (n < 0)
		bytes_add_c(out, "-");
	add_number(out, (uint64_t)(n < 0 ? -n : n));
}

static void add_str(bytes *out, sqb_str s)
{
	bytes_add(out, s.ptr, s.len);
}

static bool error_value(const sqb_error *e, const char *key, bytes *out)
{
	if (strcmp(key, "text") == 0)
		bytes_add_c(out, e->text);
	else if (strcmp(key, "peer") == 0)
		bytes_add_c(out, e->peer ? e->text + e->peer : "");
	else if (strcmp(key, "reply") == 0)
		bytes_add_c(out, resp_names[e->reply]);
	else if (strcmp(key, "offset") == 0)
		add_number(out, e->offset);
	else
		return false;
	return true;
}

bool event_value(const logged *l, const char *key, bytes *out)
{
	const sqb_pop3_event *ev = &l->event;

	if (l->is_error)
		return error_value(&l->error, key, out);
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

bool caps_value(const sqb_pop3_caps *c, const char *key, bytes *out)
{
	const struct { const char *key; bool value; } flags[] = {
		{ "known", c->known }, { "pipelining", c->pipelining },
		{ "resp_codes", c->resp_codes }, { "stls", c->stls },
		{ "auth_resp_code", c->auth_resp_code }, { "user", c->user },
		{ "utf8", c->utf8 }, { "utf8_user", c->utf8_user },
		{ "lang", c->lang }, { "apop", c->apop },
		{ "expire_per_user", c->expire_per_user },
		{ "login_delay_per_user", c->login_delay_per_user },
	};

	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		if (strcmp(key, flags[i].key) == 0) {
			bytes_add_c(out, flags[i].value ? "1" : "0");
			return true;
		}
	}
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

bool progress_value(const sqb_pop3_progress *p, const char *key, bytes *out)
{
	if (strcmp(key, "verb") == 0)
		bytes_add_c(out, verb_names[p->verb]);
	else if (strcmp(key, "number") == 0)
		add_number(out, p->number);
	else if (strcmp(key, "octets") == 0)
		add_number(out, p->octets);
	else if (strcmp(key, "expected") == 0)
		add_number(out, p->expected);
	else if (strcmp(key, "n_waiting") == 0)
		add_number(out, p->n_waiting);
	else
		return false;
	return true;
}

/* --- events as words */

static size_t row_words(const logged *l, bytes *words)
{
	size_t n = 0;

	bytes_add_c(&words[n++], "row");
	if (l->event.number > 0)
		add_number(&words[n++], l->event.number);
	if (l->event.verb == SQB_POP3_LIST)
		add_number(&words[n++], l->event.octets);
	else
		bytes_add(&words[n++], l->text.data, l->text.len);
	return n;
}

static size_t done_words(const logged *l, bytes *words)
{
	size_t n = 0;

	bytes_add_c(&words[n++], "done");
	bytes_add_c(&words[n++], verb_names[l->event.verb]);
	if (l->event.number > 0)
		add_number(&words[n++], l->event.number);
	code_name(&words[n++], l->event.code);
	return n;
}

size_t event_words(const logged *l, bytes *words)
{
	if (l->is_error) {
		bytes_add_c(&words[0], "error");
		code_name(&words[1], l->error.code);
		return 2;
	}
	switch (l->event.type) {
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

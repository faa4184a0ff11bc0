/* The POP3 engine's face (pop3.h): options, asking, cancelling, fetching. */
#include "pop3/pop3.h"

#include "base/ascii.h"
#include "base/error.h"
#include "base/options.h"

#include <string.h>

enum {
	MAX_RESPONSE = 512 * 1024,	/* octets of a command or response */
	MAX_HOST = 255,			/* octets of a domain name */
	MAX_LANG = 128			/* octets of a language range */
};

/* --- birth and death */

static sqb_pop3_options with_defaults(const sqb_pop3_options *given)
{
	sqb_pop3_options o = { .size = sizeof(o) };

	sqb__options_copy(&o, sizeof(o), given);
#define DEFAULT(field, value) if (o.field == 0) o.field = (value)
	DEFAULT(allocator, sqb_allocator_default());
	DEFAULT(port, o.tls == SQB_TLS_IMPLICIT ? 995 : 110);
	DEFAULT(reply_timeout, 60000);
	DEFAULT(command_timeout, 600000);
	DEFAULT(window_commands, 1024);
	DEFAULT(window_bytes, 16384);
	DEFAULT(max_queue, 16384);
	DEFAULT(max_line, 8192);
	DEFAULT(max_capa, 256);
	DEFAULT(max_list, 2000000);
	DEFAULT(max_list_bytes, 8 << 20);
	DEFAULT(max_message, 256 << 20);
	DEFAULT(max_recv_buffer, 128 << 10);
#undef DEFAULT
	return o;
}

static size_t max_of(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* The buffer must hold the longest line, or it could never be taken. */
static void init(sqb_pop3 *p, const sqb_pop3_options *o)
{
	const sqb_allocator *a = o->allocator;

	*p = (sqb_pop3){ .options = *o };
	sqb__engine_init(&p->engine, &sqb__pop3_class, a,
	    max_of(max_of(o->max_recv_buffer, (size_t)o->max_line + 2),
	    SQB__POP3_MAX_CHALLENGE + 2),
	    (size_t)o->window_bytes + MAX_RESPONSE);
	p->engine.reply_timeout = o->reply_timeout;
	p->engine.command_timeout = o->command_timeout;
	p->engine.want_tls = o->tls == SQB_TLS_IMPLICIT;
	sqb__buf_init(&p->status, a, o->max_line);
	sqb__buf_init(&p->login_status, a, o->max_line);
	sqb__buf_init(&p->sasl_list, a, SIZE_MAX / 2);
	sqb__buf_init(&p->implementation, a, o->max_line);
	sqb__buf_init(&p->timestamp, a, o->max_line);
	p->auth = (sqb__auth){ .engine = &p->engine, .port = o->port,
	    .dialect = &sqb__pop3_auth_dialect, .tls = o->tls };
	sqb__auth_init(&p->auth);
	sqb__pop3_caps_forget(p);
}

/* What is said and heard before the caller's commands. */
static bool open_session(sqb_pop3 *p)
{
	sqb__pop3_exchange greeting = { .kind = X_GREETING };
	sqb__pop3_exchange stls = { .kind = X_STLS };

	if (!sqb__pop3_insert(p, 0, &greeting))
		return false;
	p->n_sent = 1;
	return p->options.tls != SQB_TLS_STARTTLS ||
	    sqb__pop3_insert(p, 1, &stls);
}

sqb_pop3 *sqb_pop3_new(const sqb_pop3_options *options)
{
	sqb_pop3_options o = with_defaults(options);
	sqb_pop3 *p = o.allocator->alloc(o.allocator->ctx, sizeof(*p));

	if (!p)
		return NULL;
	init(p, &o);
	if (o.host.len > MAX_HOST)
		o.host.len = MAX_HOST;
	p->host = sqb__str_dup(o.allocator, o.host);
	p->auth.host = p->options.host = sqb_str_of(p->host);
	if (!p->host || !open_session(p)) {
		sqb_pop3_free(p);
		return NULL;
	}
	return p;
}

void sqb_pop3_free(sqb_pop3 *p)
{
	const sqb_allocator *a = p ? p->engine.allocator : NULL;

	if (!p)
		return;
	while (p->n > 0)
		sqb__pop3_remove(p, 0);
	sqb__auth_clear(&p->auth);
	a->free(a->ctx, p->queue);
	a->free(a->ctx, p->host);
	sqb__buf_clear(&p->status);
	sqb__buf_clear(&p->login_status);
	sqb__buf_clear(&p->sasl_list);
	sqb__buf_clear(&p->implementation);
	sqb__buf_clear(&p->timestamp);
	sqb__engine_clear(&p->engine);
	sqb__wipe(p, sizeof(*p));
	a->free(a->ctx, p);
}

sqb_engine *sqb_pop3_engine(sqb_pop3 *p)
{
	return &p->engine;
}

/* --- asking */

/* A language range, RFC 4647, section 2.1: no more than it can hold. */
static bool good_lang(sqb_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = sqb__lower(s.ptr[i]);

		if (!(c >= 'a' && c <= 'z') && !sqb__is_digit(c) && c != '-' &&
		    c != '*')
			return false;
	}
	return s.len <= MAX_LANG;
}

static int check(const sqb_pop3 *p, const sqb_pop3_command *c)
{
	switch (c->verb) {
	case SQB_POP3_LOGIN:
		return p->login_asked ? SQB_E_USAGE :
		    sqb__auth_check(c->login);
	case SQB_POP3_RETR:
	case SQB_POP3_TOP:
	case SQB_POP3_DELE:
		return c->number > 0 ? SQB_OK : SQB_E_USAGE;
	case SQB_POP3_LANG:
		return good_lang(c->text) ? SQB_OK : SQB_E_USAGE;
	default:
		return c->verb < SQB_POP3_N_VERBS ? SQB_OK : SQB_E_USAGE;
	}
}

static void begin_login(sqb_pop3 *p, const sqb_login *login)
{
	sqb__auth_begin(&p->auth, login);
	p->login_asked = true;
	p->login_resp = SQB_POP3_RESP_NONE;
	sqb__buf_reset(&p->login_status);
}

static bool takes_number(sqb_pop3_verb verb)
{
	return verb == SQB_POP3_LIST || verb == SQB_POP3_UIDL ||
	    verb == SQB_POP3_RETR || verb == SQB_POP3_TOP ||
	    verb == SQB_POP3_DELE;
}

int sqb_pop3_ask(sqb_pop3 *p, const sqb_pop3_command *c)
{
	const sqb_allocator *a = p->engine.allocator;
	sqb__pop3_exchange x = { .kind = (uint8_t)c->verb, .tag = c->tag,
	    .lines = c->lines, .expected = c->expected };

	if (p->engine.error.code != SQB_OK)
		return p->engine.error.code;
	if (p->quit_asked || check(p, c) != SQB_OK)
		return SQB_E_USAGE;
	if (p->n_open >= p->options.max_queue)
		return SQB_E_LIMIT;
	if (takes_number(c->verb))
		x.number = c->number;
	if (c->verb == SQB_POP3_LANG && c->text.len > 0) {
		x.text = sqb__str_dup(a, c->text);
		if (!x.text)
			return SQB_E_NOMEM;
	}
	if (!sqb__pop3_insert(p, p->n, &x)) {
		a->free(a->ctx, x.text);
		return SQB_E_NOMEM;
	}
	if (c->verb == SQB_POP3_LOGIN)
		begin_login(p, c->login);
	p->quit_asked = c->verb == SQB_POP3_QUIT;
	p->n_open++;
	return SQB_OK;
}

/* --- cancelling */

static const sqb_error canceled = {
	.code = SQB_E_CANCELED,
	.text = "canceled",
};

/* Where going on would cost more than a new connection. */
static bool must_close(const sqb_pop3 *p, uint32_t i)
{
	const sqb__pop3_exchange *x = sqb__pop3_at(p, i);

	if (x->kind == X_LOGIN_END)
		return true;
	return i == 0 && p->in_answer && !p->ending &&
	    (x->kind == SQB_POP3_RETR || x->kind == SQB_POP3_TOP);
}

int sqb_pop3_cancel(sqb_pop3 *p, uint64_t tag)
{
	for (uint32_t i = 0; i < p->n; i++) {
		sqb__pop3_exchange *x = sqb__pop3_at(p, i);

		if (x->tag != tag || !sqb__pop3_is_callers(x) || x->canceled)
			continue;
		if (p->engine.error.code != SQB_OK)
			return SQB_OK;	/* its DONE is on the way */
		if (must_close(p, i)) {
			sqb_engine_fail(&p->engine, &canceled);
			return SQB_OK;
		}
		if (x->kind == SQB_POP3_LOGIN)
			p->login_asked = false;
		if (x->kind == SQB_POP3_QUIT && i >= p->n_sent)
			p->quit_asked = false;
		x->canceled = x->report = true;
		p->n_reports++;
		return SQB_OK;
	}
	return SQB_E_USAGE;
}

/* --- fetching, and looking */

int sqb_pop3_next(sqb_pop3 *p, sqb_pop3_event *ev)
{
	if (!sqb_engine_step(&p->engine))
		return p->engine.error.code;
	*ev = p->event;
	p->engine.has_event = false;
	return 1;
}

sqb_pop3_state sqb_pop3_state_of(const sqb_pop3 *p)
{
	return p->engine.error.code != SQB_OK ? SQB_POP3_BROKEN : p->state;
}

const sqb_pop3_caps *sqb_pop3_capabilities(const sqb_pop3 *p)
{
	return &p->caps;
}

sqb_pop3_progress sqb_pop3_progress_of(const sqb_pop3 *p)
{
	const sqb__pop3_exchange *x = sqb__pop3_head(p);
	sqb_pop3_progress progress = { .n_waiting = p->n_open };

	if (!x || !sqb__pop3_is_callers(x))
		return progress;
	progress.verb = x->kind == X_LOGIN_END ? SQB_POP3_LOGIN :
	    (sqb_pop3_verb)x->kind;
	progress.number = x->number;
	progress.octets = p->in_answer ? p->octets : 0;
	progress.expected = x->expected;
	return progress;
}

const char *sqb_pop3_mechanism(const sqb_pop3 *p)
{
	return p->auth.mechanism;
}

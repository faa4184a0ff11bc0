/* The SMTP engine's face (smtp.h): options, asking, cancelling, fetching. */
#include "smtp/smtp.h"

#include <squab/message.h>

#include "base/ascii.h"
#include "base/error.h"
#include "base/options.h"

#include <string.h>

enum {
	MAX_RESPONSE = 512 * 1024,	/* octets of a command or response */
	MAX_HOST = 255,			/* octets of a domain name */
	MAX_TEXT = 500,			/* octets of an argument; RFC 5321,
					   4.5.3.1.4 allows 512 for all */
	SLOW = 600000			/* ms for a reply that drips */
};

/* --- birth and death */

static uint16_t default_port(const sqb_smtp_options *o)
{
	if (o->lmtp)
		return 24;
	return o->tls == SQB_TLS_IMPLICIT ? 465 : 587;
}

static sqb_smtp_options with_defaults(const sqb_smtp_options *given)
{
	sqb_smtp_options o = { .size = sizeof(o) };

	sqb__options_copy(&o, sizeof(o), given);
#define DEFAULT(field, value) if (o.field == 0) o.field = (value)
	DEFAULT(allocator, sqb_allocator_default());
	DEFAULT(port, default_port(&o));
	DEFAULT(reply_timeout, 60000);
	DEFAULT(end_timeout, 600000);
	DEFAULT(window_commands, 1024);
	DEFAULT(window_bytes, 65536);
	DEFAULT(max_queue, 16384);
	DEFAULT(max_line, 8192);
	DEFAULT(max_reply, 1000);
	DEFAULT(max_recv_buffer, 64 << 10);
#undef DEFAULT
	if (o.helo.len == 0)
		o.helo = (sqb_str)SQB_STR("[127.0.0.1]");
	if (o.host.len > MAX_HOST)
		o.host.len = MAX_HOST;
	return o;
}

static size_t max_of(size_t a, size_t b)
{
	return a > b ? a : b;
}

static void init_buffers(sqb_smtp *s, const sqb_smtp_options *o)
{
	const sqb_allocator *a = o->allocator;
	size_t reply = max_of(((size_t)o->max_line + 1) * o->max_reply,
	    SQB__SMTP_MAX_CHALLENGE);

	sqb__buf_init(&s->reply.text, a, reply);
	sqb__buf_init(&s->kept.text, a, reply);
	sqb__buf_init(&s->outcome.recipients, a, SIZE_MAX / 2);
	sqb__buf_init(&s->chunk, a, SQB__SMTP_CHUNK + 2);
	sqb__buf_init(&s->sasl_list, a, reply);
	sqb__buf_init(&s->hold_until, a, o->max_line);
	sqb__buf_init(&s->name, a, o->max_line);
}

/* The buffer must hold the longest line, or it could never be taken. */
static void init(sqb_smtp *s, const sqb_smtp_options *o)
{
	*s = (sqb_smtp){ .options = *o };
	sqb__engine_init(&s->engine, &sqb__smtp_class, o->allocator,
	    max_of(max_of(o->max_recv_buffer, (size_t)o->max_line + 2),
	    SQB__SMTP_MAX_CHALLENGE + 2),
	    (size_t)2 * SQB__SMTP_ROOM + SQB__SMTP_CHUNK + MAX_RESPONSE);
	s->engine.reply_timeout = o->reply_timeout;
	s->engine.command_timeout = o->end_timeout > SLOW ? o->end_timeout :
	    SLOW;
	s->engine.want_tls = o->tls == SQB_TLS_IMPLICIT;
	init_buffers(s, o);
	s->auth = (sqb__auth){ .engine = &s->engine, .port = o->port,
	    .dialect = &sqb__smtp_auth_dialect, .tls = o->tls };
	sqb__auth_init(&s->auth);
}

/* What is said and heard before the caller's commands. */
static bool open_session(sqb_smtp *s)
{
	sqb__smtp_job greeting = { .kind = X_GREETING };
	sqb__smtp_job ehlo = { .kind = X_EHLO };

	if (!sqb__smtp_insert(s, 0, &greeting) ||
	    !sqb__smtp_insert(s, 1, &ehlo))
		return false;
	sqb__smtp_owe(s, sqb__smtp_at(s, 0), X_GREETING);
	s->n_said = 1;
	return s->engine.error.code == SQB_OK;
}

/* In A-labels; a name that is none ends the engine when it is first used. */
static char *helo_of(sqb_smtp *s, sqb_str given)
{
	char ascii[SQB_DOMAIN_MAX];
	int rc = sqb_domain_ascii(ascii, given);

	if (rc == SQB_E_NOMEM)
		return NULL;
	if (rc != SQB_OK || !sqb__smtp_good_helo(sqb_str_of(ascii)))
		sqb__engine_fail(&s->engine, SQB_E_USAGE, "our name for EHLO "
		    "is neither a domain nor an address literal such as "
		    "[192.0.2.1]");
	return sqb__str_dup(s->engine.allocator, sqb_str_of(ascii));
}

sqb_smtp *sqb_smtp_new(const sqb_smtp_options *options)
{
	sqb_smtp_options o = with_defaults(options);
	sqb_smtp *s = o.allocator->alloc(o.allocator->ctx, sizeof(*s));

	if (!s)
		return NULL;
	init(s, &o);
	s->host = sqb__str_dup(o.allocator, o.host);
	s->auth.host = s->options.host = sqb_str_of(s->host);
	if (!s->host || !open_session(s) ||
	    !(s->helo = helo_of(s, o.helo))) {
		sqb_smtp_free(s);
		return NULL;
	}
	s->options.helo = sqb_str_of(s->helo);
	return s;
}

void sqb_smtp_free(sqb_smtp *s)
{
	const sqb_allocator *a = s ? s->engine.allocator : NULL;

	if (!s)
		return;
	while (s->n > 0)
		sqb__smtp_remove(s, 0);
	sqb__auth_clear(&s->auth);
	a->free(a->ctx, s->jobs);
	a->free(a->ctx, s->flight);
	a->free(a->ctx, s->host);
	a->free(a->ctx, s->helo);
	sqb__buf_clear(&s->reply.text);
	sqb__buf_clear(&s->kept.text);
	sqb__buf_clear(&s->outcome.recipients);
	sqb__buf_clear(&s->chunk);
	sqb__buf_clear(&s->sasl_list);
	sqb__buf_clear(&s->hold_until);
	sqb__buf_clear(&s->name);
	sqb__engine_clear(&s->engine);
	sqb__wipe(s, sizeof(*s));
	a->free(a->ctx, s);
}

sqb_engine *sqb_smtp_engine(sqb_smtp *s)
{
	return &s->engine;
}

/* --- asking */

static bool takes_text(sqb_smtp_verb verb)
{
	return verb == SQB_SMTP_VRFY || verb == SQB_SMTP_EXPN ||
	    verb == SQB_SMTP_HELP || verb == SQB_SMTP_ETRN;
}

static int check(const sqb_smtp *s, const sqb_smtp_command *c)
{
	bool good = c->text.len <= MAX_TEXT && sqb__is_one_line(c->text);

	switch (c->verb) {
	case SQB_SMTP_LOGIN:
		return s->login_asked ? SQB_E_USAGE : sqb__auth_check(c->login);
	case SQB_SMTP_MAIL:
		return sqb__smtp_check_mail(c->mail);
	case SQB_SMTP_VRFY:
	case SQB_SMTP_EXPN:
	case SQB_SMTP_ETRN:
		return good && c->text.len > 0 ? SQB_OK : SQB_E_USAGE;
	case SQB_SMTP_HELP:
		return good ? SQB_OK : SQB_E_USAGE;
	default:
		return c->verb < SQB_SMTP_N_VERBS ? SQB_OK : SQB_E_USAGE;
	}
}

int sqb_smtp_ask(sqb_smtp *s, const sqb_smtp_command *c)
{
	const sqb_allocator *a = s->engine.allocator;
	sqb__smtp_job x = { .kind = (uint8_t)c->verb, .tag = c->tag };

	if (s->engine.error.code != SQB_OK)
		return s->engine.error.code;
	if (s->quit_asked || check(s, c) != SQB_OK)
		return SQB_E_USAGE;
	if (s->n_open >= s->options.max_queue)
		return SQB_E_LIMIT;
	if (c->verb == SQB_SMTP_MAIL) {
		x.mail = c->mail;
		x.n_recipients = c->mail->n_recipients;
	}
	if (takes_text(c->verb) && c->text.len > 0) {
		x.text = sqb__str_dup(a, c->text);
		if (!x.text)
			return SQB_E_NOMEM;
	}
	if (!sqb__smtp_insert(s, s->n, &x)) {
		a->free(a->ctx, x.text);
		return SQB_E_NOMEM;
	}
	if (c->verb == SQB_SMTP_LOGIN) {
		sqb__auth_begin(&s->auth, c->login);
		s->login_asked = true;
	}
	s->quit_asked = c->verb == SQB_SMTP_QUIT;
	s->n_open++;
	return SQB_OK;
}

/* --- cancelling */

static const sqb_error canceled = {
	.code = SQB_E_CANCELED,
	.text = "canceled",
};

static bool is_begun(const sqb_smtp *s, uint32_t i)
{
	const sqb__smtp_job *x = sqb__smtp_at(s, i);

	return i < s->n_said || x->n_due > 0 || x->phase != AT_SENDER;
}

/* Its end is told already, or is about to be. */
static bool is_ending(const sqb_smtp *s, uint32_t i)
{
	return s->engine.error.code != SQB_OK ||
	    (i == 0 && s->n_said > 0 && sqb__smtp_at(s, 0)->n_due == 0);
}

static void cancel(sqb_smtp *s, uint32_t i)
{
	sqb__smtp_job *x = sqb__smtp_at(s, i);
	bool begun = is_begun(s, i);

	if (is_ending(s, i))
		return;
	if (begun && (x->kind == SQB_SMTP_LOGIN ||
	    (x->kind == SQB_SMTP_MAIL && x->end_at == 0))) {
		sqb_engine_fail(&s->engine, &canceled);
		return;
	}
	if (x->kind == SQB_SMTP_LOGIN)
		s->login_asked = false;
	if (x->kind == SQB_SMTP_QUIT && !begun)
		s->quit_asked = false;
	x->canceled = x->report = true;
	x->mail = NULL;
	s->n_reports++;
}

int sqb_smtp_cancel(sqb_smtp *s, uint64_t tag)
{
	for (uint32_t i = 0; i < s->n; i++) {
		const sqb__smtp_job *x = sqb__smtp_at(s, i);

		if (x->tag != tag || !sqb__smtp_is_callers(x) || x->canceled)
			continue;
		cancel(s, i);
		return SQB_OK;
	}
	return SQB_E_USAGE;
}

/* --- fetching, and looking */

int sqb_smtp_next(sqb_smtp *s, sqb_smtp_event *ev)
{
	if (!sqb_engine_step(&s->engine))
		return s->engine.error.code;
	*ev = s->event;
	s->engine.has_event = false;
	return 1;
}

sqb_smtp_state sqb_smtp_state_of(const sqb_smtp *s)
{
	return s->engine.error.code != SQB_OK ? SQB_SMTP_BROKEN : s->state;
}

const sqb_smtp_caps *sqb_smtp_capabilities(const sqb_smtp *s)
{
	return &s->caps;
}

/* The mail that is being said, or else the one that is being answered. */
sqb_smtp_progress sqb_smtp_progress_of(const sqb_smtp *s)
{
	sqb_smtp_progress progress = { .n_waiting = s->n_open };
	const sqb__smtp_job *x;

	if (s->n == 0)
		return progress;
	x = sqb__smtp_at(s, s->n_said < s->n ? s->n_said : 0);
	if (!sqb__smtp_is_callers(x))
		return progress;
	progress.verb = (sqb_smtp_verb)x->kind;
	progress.tag = x->tag;
	progress.octets = x->octets;
	if (x->mail)
		progress.expected = x->mail->streamed ?
		    x->mail->message_size : x->mail->message.len;
	return progress;
}

const char *sqb_smtp_mechanism(const sqb_smtp *s)
{
	return s->auth.mechanism;
}

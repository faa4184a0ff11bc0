/*
 * A session for sending: an engine and a link under one roof. Opening,
 * closing, and the commands that ask one line.
 */
#include "session/smtp_session.h"

#include "base/ascii.h"
#include "base/error.h"
#include "base/options.h"
#include "session/url.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	MAX_WORDS = 1024 * 1024, /* octets of VRFY's lines and the like */
	MAX_NAME = 256		/* octets of our name, with the NUL */
};

static int next(sqb_session *base)
{
	sqb_smtp_session *s = (sqb_smtp_session *)base;

	return sqb_smtp_next(s->smtp, &s->event);
}

static sqb_progress progress(const sqb_session *base)
{
	const sqb_smtp_session *s = (const sqb_smtp_session *)base;
	sqb_smtp_progress p = sqb_smtp_progress_of(s->smtp);

	return (sqb_progress){
		.octets = p.octets,
		.expected = p.expected,
		.n_waiting = p.n_waiting,
	};
}

/* A session that has said QUIT is of no more use. */
static void note_canceled(sqb_smtp_session *s)
{
	const sqb_smtp_event *ev = &s->event;

	if (ev->type == SQB_SMTP_DONE && ev->verb == SQB_SMTP_QUIT)
		sqb_engine_fail(s->base.engine, &s->base.error);
	else if (s->sending.first)
		sqb__sending_canceled(s);
}

static void cancel(sqb_session *base)
{
	sqb_smtp_session *s = (sqb_smtp_session *)base;

	if (s->sending.first)
		sqb__sending_cancel(s);
	else if (!sqb_engine_error(base->engine))
		(void)sqb_smtp_cancel(s->smtp, base->tag);
	while (sqb_smtp_next(s->smtp, &s->event) > 0)
		note_canceled(s);
}

static const sqb__protocol smtp = { "smtp: ", next, progress, cancel };
static const sqb__protocol lmtp = { "lmtp: ", next, progress, cancel };

/* --- opening */

/* Domain = sub-domain *("." sub-domain), and at least two   RFC 5321, 4.1.2 */
static bool is_full_name(const char *name)
{
	size_t n_dots = 0;
	char before = '.';

	for (; *name != '\0'; before = *name++) {
		bool in_label = sqb__is_letter(*name) || sqb__is_digit(*name);

		if (*name == '.' && (before == '.' || before == '-'))
			return false;
		if (*name == '-' && before == '.')
			return false;
		if (!in_label && *name != '.' && *name != '-')
			return false;
		n_dots += *name == '.';
	}
	return n_dots > 0 && before != '.' && before != '-';
}

/* Where this machine knows no good name of its own, the engine's default. */
static sqb_str own_name(char name[MAX_NAME])
{
	if (gethostname(name, MAX_NAME) != 0)
		return (sqb_str){ NULL, 0 };
	name[MAX_NAME - 1] = '\0';
	return is_full_name(name) ? sqb_str_of(name) : (sqb_str){ NULL, 0 };
}

/* Who is known and has nothing to show logs in by a certificate, or not. */
static bool wants_login(const sqb_smtp_session *s)
{
	const sqb_login *l = &s->login;

	if (l->mechanism.len > 0)
		return !sqb_str_eq(l->mechanism, sqb_str_of("none"));
	return l->password.len > 0 || l->token.len > 0;
}

static void take_login(sqb_smtp_session *s, const sqb_session_options *o)
{
	s->login = (sqb_login){
		.user = sqb_str_of(o->user ? o->user : s->url.user),
		.password = sqb_str_of(o->password),
		.token = sqb_str_of(o->token),
		.mechanism = sqb_str_of(o->mechanism),
		.no_initial_response = o->no_initial_response,
	};
	s->wants_login = wants_login(s);
}

static void connect_to(sqb_smtp_session *s, const sqb_session_options *o)
{
	sqb_smtp_options p = o->smtp;
	char name[MAX_NAME];

	p.size = sizeof(p);
	p.allocator = s->base.allocator;
	p.max_queue = 2 * SQB__MAILS_AHEAD;
	p.tls = o->tls ? *o->tls : s->url.tls;
	p.lmtp = strcmp(s->url.scheme, "lmtp") == 0;
	p.host = sqb_str_of(s->url.host);
	p.port = s->url.port;
	if (p.helo.len == 0)
		p.helo = own_name(name);
	s->smtp = sqb_smtp_new(&p);
	if (!s->smtp)
		return;
	s->base.engine = sqb_smtp_engine(s->smtp);
	s->base.link = sqb_link_new(s->base.engine, s->url.host, s->url.port,
	    &o->link);
}

static sqb_smtp_session *make(const sqb_url *url, const sqb_session_options *o)
{
	const sqb_allocator *a = o->smtp.allocator ? o->smtp.allocator :
	    sqb_allocator_default();
	sqb_smtp_session *s = a->alloc(a->ctx, sizeof(*s));

	if (!s)
		return NULL;
	*s = (sqb_smtp_session){ .url = *url };
	sqb__session_init(&s->base, strcmp(url->scheme, "lmtp") == 0 ? &lmtp :
	    &smtp, a, o);
	sqb__buf_init(&s->words, a, MAX_WORDS);
	take_login(s, o);
	connect_to(s, o);
	if (s->base.link)
		return s;
	sqb_smtp_close(s);
	return NULL;
}

static int failed(sqb_smtp_session *s, sqb_code code, const char *why)
{
	return sqb__error(&s->base.error, code, s->base.protocol->name, why);
}

static int ask(sqb_smtp_session *s, const sqb_smtp_command *c)
{
	sqb_smtp_command tagged = *c;
	int rc;

	tagged.tag = s->base.tag;
	rc = sqb_smtp_ask(s->smtp, &tagged);
	return rc == SQB_OK ? rc : sqb__session_unasked(&s->base, rc);
}

static const char *verb_name(sqb_smtp_verb verb)
{
	static const char *const names[SQB_SMTP_N_VERBS] = {
		[SQB_SMTP_LOGIN] = "login",
		[SQB_SMTP_MAIL] = "MAIL",
		[SQB_SMTP_RSET] = "RSET",
		[SQB_SMTP_VRFY] = "VRFY",
		[SQB_SMTP_EXPN] = "EXPN",
		[SQB_SMTP_HELP] = "HELP",
		[SQB_SMTP_NOOP] = "NOOP",
		[SQB_SMTP_ETRN] = "ETRN",
		[SQB_SMTP_QUIT] = "QUIT",
	};

	return names[verb];
}

void sqb__smtp_describe(const sqb_smtp_session *s, const char *what,
    const sqb_smtp_result *r, sqb_error *err)
{
	char words[SQB_ERROR_TEXT + 32];
	sqb_error why = { .code = r->code };
	bool ours = r->reply == 0 && *r->text != '\0' &&
	    r->code != SQB_E_UNKNOWN;

	if (r->enhanced[0] != 0)
		(void)snprintf(words, sizeof(words), "%u %u.%u.%u %s",
		    r->reply, r->enhanced[0], r->enhanced[1], r->enhanced[2],
		    r->text);
	else if (r->reply != 0)
		(void)snprintf(words, sizeof(words), "%u %s", r->reply,
		    r->text);
	else
		words[0] = '\0';
	if (ours)
		(void)snprintf(why.text, sizeof(why.text), "%s", r->text);
	sqb__session_describe(&s->base, &(sqb__failure){
		.code = r->code,
		.what = what,
		.words = sqb_str_of(words),
		.why = ours ? &why : NULL,
		.reply = r->reply,
	}, err);
}

/* A command of one line is done. */
static int done(sqb_smtp_session *s)
{
	const sqb_smtp_event *ev = &s->event;
	char text[SQB_ERROR_TEXT];
	sqb_smtp_result r = {
		.code = ev->code,
		.reply = ev->reply.code,
		.text = text,
	};

	s->base.error = (sqb_error){ .code = SQB_OK };
	if (ev->code == SQB_OK)
		return SQB_OK;
	memcpy(r.enhanced, ev->reply.enhanced, sizeof(r.enhanced));
	if (ev->why)
		r.reply = 0;
	sqb__visible(text, sizeof(text), ev->why ?
	    sqb_str_of(ev->why->text) : ev->reply.text);
	sqb__smtp_describe(s, verb_name(ev->verb), &r, &s->base.error);
	return ev->code;
}

static sqb__verdict take_opening(sqb_session *base)
{
	sqb_smtp_session *s = (sqb_smtp_session *)base;
	const sqb_smtp_event *ev = &s->event;

	if (ev->type == SQB_SMTP_GREETING)
		sqb__session_greet(base, ev->reply.text);
	if (ev->type == SQB_SMTP_READY && !s->wants_login)
		return SQB__TASK_IS_OVER;
	if (ev->type != SQB_SMTP_DONE)
		return SQB__TASK_GOES_ON;
	done(s);
	return SQB__TASK_IS_OVER;
}

static int begin(sqb_smtp_session *s)
{
	static const sqb__task task = { .take = take_opening };
	int rc = sqb__session_begin(&s->base);

	if (s->wants_login && s->login.user.len == 0 &&
	    s->login.mechanism.len == 0)
		return failed(s, SQB_E_USAGE, "a password was given, but no "
		    "user: write it in the URL, user@host");
	if (s->wants_login)
		rc = ask(s, &(sqb_smtp_command){ .verb = SQB_SMTP_LOGIN,
		    .login = &s->login });
	if (rc == SQB_OK)
		sqb__session_run(&s->base, &task);
	return rc;
}

int sqb_smtp_start(sqb_smtp_session **out, const char *text,
    const sqb_session_options *options, sqb_error *err)
{
	sqb_session_options o = { .size = sizeof(o) };
	sqb_smtp_session *s;
	sqb_url url;
	int rc = sqb__url_parse_for(&url, text, true, err);

	*out = NULL;
	if (rc != SQB_OK)
		return rc;
	sqb__options_copy(&o, sizeof(o), options);
	s = make(&url, &o);
	if (!s) {
		sqb__error(err, SQB_E_NOMEM, "smtp: out of memory");
		return SQB_E_NOMEM;
	}
	rc = begin(s);
	if (rc == SQB_OK) {
		*out = s;
		return rc;
	}
	if (err)
		*err = s->base.error;
	sqb_smtp_close(s);
	return rc;
}

int sqb_smtp_open(sqb_smtp_session **s, const char *url,
    const sqb_session_options *options, sqb_error *err)
{
	int rc = sqb_smtp_start(s, url, options, err);

	if (rc != SQB_OK)
		return rc;
	rc = sqb_session_wait(&(*s)->base);
	if (rc == SQB_OK)
		return rc;
	if (err)
		*err = (*s)->base.error;
	sqb_smtp_close(*s);
	*s = NULL;
	return rc;
}

/* --- closing */

static void free_jobs(sqb_smtp_session *s)
{
	sqb__job *job = s->sending.first, *next;

	for (; job; job = next) {
		next = job->next;
		sqb__job_free(s, job);
	}
	sqb__job_free(s, s->last);
}

void sqb_smtp_close(sqb_smtp_session *s)
{
	const sqb_allocator *a;

	if (!s)
		return;
	a = s->base.allocator;
	sqb__session_clear(&s->base);
	sqb_smtp_free(s->smtp);
	free_jobs(s);
	sqb__buf_clear(&s->words);
	a->free(a->ctx, s->recipients);
	a->free(a->ctx, s->chunk);
	a->free(a->ctx, s);
}

/* --- one line asked */

/* The words end where their last LF was. */
static void end_words(sqb_smtp_session *s)
{
	if (sqb__buf_len(&s->words) > 0)
		s->words.data[s->words.end - 1] = '\0';
	if (s->base.error.code == SQB_OK && s->words.failed)
		failed(s, SQB_E_LIMIT, "the answer is too long");
}

static sqb__verdict take_command(sqb_session *base)
{
	sqb_smtp_session *s = (sqb_smtp_session *)base;
	const sqb_smtp_event *ev = &s->event;

	if (ev->type == SQB_SMTP_LINE) {
		sqb__buf_add(&s->words, ev->reply.text);
		sqb__buf_add_char(&s->words, '\n');
	}
	if (ev->type != SQB_SMTP_DONE)
		return SQB__TASK_GOES_ON;
	done(s);
	end_words(s);
	return SQB__TASK_IS_OVER;
}

/* What was heard before the line broke, or somebody gave up, is no answer. */
static void forget_words(sqb_session *base)
{
	sqb__buf_reset(&((sqb_smtp_session *)base)->words);
}

static int start(sqb_smtp_session *s, sqb_smtp_verb verb, const char *text)
{
	static const sqb__task task = { .take = take_command,
		.lost = forget_words };
	int rc = sqb__session_begin(&s->base);

	if (rc != SQB_OK)
		return rc;
	sqb__buf_reset(&s->words);
	rc = ask(s, &(sqb_smtp_command){ .verb = verb,
	    .text = sqb_str_of(text) });
	if (rc == SQB_OK)
		sqb__session_run(&s->base, &task);
	return rc;
}

static int look_up(sqb_smtp_session *s, int rc, const char **words)
{
	rc = sqb__session_finish(&s->base, rc);
	*words = sqb_smtp_words(s);
	return rc;
}

int sqb_smtp_start_noop(sqb_smtp_session *s)
{
	return start(s, SQB_SMTP_NOOP, NULL);
}

int sqb_smtp_noop(sqb_smtp_session *s)
{
	return sqb__session_finish(&s->base, sqb_smtp_start_noop(s));
}

int sqb_smtp_start_rset(sqb_smtp_session *s)
{
	return start(s, SQB_SMTP_RSET, NULL);
}

int sqb_smtp_rset(sqb_smtp_session *s)
{
	return sqb__session_finish(&s->base, sqb_smtp_start_rset(s));
}

int sqb_smtp_start_vrfy(sqb_smtp_session *s, const char *address)
{
	return start(s, SQB_SMTP_VRFY, address);
}

int sqb_smtp_vrfy(sqb_smtp_session *s, const char *address, const char **words)
{
	return look_up(s, sqb_smtp_start_vrfy(s, address), words);
}

int sqb_smtp_start_expn(sqb_smtp_session *s, const char *list)
{
	return start(s, SQB_SMTP_EXPN, list);
}

int sqb_smtp_expn(sqb_smtp_session *s, const char *list, const char **words)
{
	return look_up(s, sqb_smtp_start_expn(s, list), words);
}

int sqb_smtp_start_help(sqb_smtp_session *s, const char *about)
{
	return start(s, SQB_SMTP_HELP, about);
}

int sqb_smtp_help(sqb_smtp_session *s, const char *about, const char **words)
{
	return look_up(s, sqb_smtp_start_help(s, about), words);
}

int sqb_smtp_start_etrn(sqb_smtp_session *s, const char *node)
{
	return start(s, SQB_SMTP_ETRN, node);
}

int sqb_smtp_etrn(sqb_smtp_session *s, const char *node)
{
	return sqb__session_finish(&s->base, sqb_smtp_start_etrn(s, node));
}

int sqb_smtp_start_quit(sqb_smtp_session *s)
{
	int rc = start(s, SQB_SMTP_QUIT, NULL);

	if (rc == SQB_OK && sqb__session_leave(&s->base))
		s->base.task = NULL;
	return rc;
}

int sqb_smtp_quit(sqb_smtp_session *s, sqb_error *err)
{
	int rc = sqb__session_finish(&s->base, sqb_smtp_start_quit(s));

	if (err)
		*err = *sqb_smtp_error(s);
	sqb_smtp_close(s);
	return rc;
}

/* --- looking */

const char *sqb_smtp_welcome(const sqb_smtp_session *s)
{
	return sqb__text_of(&s->base.welcome);
}

const sqb_error *sqb_smtp_error(const sqb_smtp_session *s)
{
	return sqb_session_error(&s->base);
}

const char *sqb_smtp_words(const sqb_smtp_session *s)
{
	return sqb__text_of(&s->words);
}

sqb_session *sqb_smtp_base(sqb_smtp_session *s)
{
	return &s->base;
}

sqb_smtp *sqb_smtp_session_engine(sqb_smtp_session *s)
{
	return s->smtp;
}

sqb_link *sqb_smtp_session_link(sqb_smtp_session *s)
{
	return s->base.link;
}

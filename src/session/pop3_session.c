/*
 * A POP3 session: an engine and a link under one roof. Opening, closing, and
 * the commands that ask and are answered in a line or a list.
 */
#include "session/pop3_session.h"

#include "base/error.h"
#include "base/options.h"
#include "session/url.h"

#include <string.h>

enum { MAX_TEXT = 64 * 1024	/* octets of a status line kept */ };

/* --- opening */

/*
 * STAT's answer bounds the lists to come. What fails here is asked again, and
 * told, when it is wanted. The code of the login is the task's.
 */
static void take_done(sqb_pop3_session *s, const sqb_pop3_event *ev)
{
	if (ev->verb == SQB_POP3_LOGIN)
		sqb__pop3_done(s, ev);
	else if (ev->verb == SQB_POP3_LIST)
		s->listing_ready = ev->code == SQB_OK;
	else if (ev->verb == SQB_POP3_UIDL)
		s->listing_ready = s->listing_ready &&
		    (ev->code == SQB_OK || sqb__lacks_uidl(ev));
	else if (ev->verb == SQB_POP3_STAT)
		s->listing.n_expected = ev->count;
}

static bool opening_ends(const sqb_pop3_session *s, const sqb_pop3_event *ev)
{
	const sqb__opening *o = &s->opening;
	sqb_pop3_verb last = o->no_login ? SQB_POP3_CAPA :
	    o->listing_ahead ? SQB_POP3_UIDL : SQB_POP3_STAT;

	return ev->verb == last ||
	    (ev->verb == SQB_POP3_LOGIN && ev->code != SQB_OK);
}

/* The line may have broken behind the login. */
static void note_end(sqb_session *base)
{
	const sqb_error *end = sqb_engine_error(base->engine);

	if (base->error.code == SQB_OK && end)
		base->error = *end;
}

static sqb__verdict take_opening(sqb_session *base)
{
	sqb_pop3_session *s = (sqb_pop3_session *)base;
	const sqb_pop3_event *ev = &s->event;

	if (ev->type == SQB_POP3_GREETING) {
		sqb__session_greet(base, ev->text);
	} else if (ev->type == SQB_POP3_ROW && ev->verb != SQB_POP3_CAPA) {
		sqb__listing_add(&s->listing, s->base.allocator, ev);
	} else if (ev->type == SQB_POP3_DONE) {
		take_done(s, ev);
		if (opening_ends(s, ev)) {
			note_end(base);
			return SQB__TASK_IS_OVER;
		}
	}
	return SQB__TASK_GOES_ON;
}

static int ask_all(sqb_pop3_session *s, const sqb_pop3_command *commands,
    size_t n)
{
	int rc = SQB_OK;

	for (size_t i = 0; i < n && rc == SQB_OK; i++)
		rc = sqb__pop3_ask(s, &commands[i]);
	return rc;
}

static int ask_opening(sqb_pop3_session *s)
{
	const sqb__opening *o = &s->opening;
	const sqb_pop3_command commands[] = {
		{ .verb = SQB_POP3_LOGIN, .login = &o->login },
		{ .verb = SQB_POP3_STAT },
		{ .verb = SQB_POP3_LIST },
		{ .verb = SQB_POP3_UIDL },
	};

	if (o->no_login)
		return sqb__pop3_ask(s,
		    &(sqb_pop3_command){ .verb = SQB_POP3_CAPA });
	return ask_all(s, commands, o->listing_ahead ? 4 : 2);
}

static sqb__opening opening_of(const sqb_url *url,
    const sqb_session_options *o)
{
	return (sqb__opening){
		.url = *url,
		.login = {
			.password = sqb_str_of(o->password),
			.token = sqb_str_of(o->token),
			.mechanism = sqb_str_of(o->mechanism),
			.no_initial_response = o->no_initial_response,
		},
		.no_login = o->mechanism && !strcmp(o->mechanism, "none"),
		.listing_ahead = o->listing_ahead,
	};
}

static sqb_pop3_session *make(const sqb_url *url, const sqb_session_options *o)
{
	sqb_pop3_options p = o->pop3;
	const sqb_allocator *a = p.allocator ? p.allocator :
	    sqb_allocator_default();
	sqb_pop3_session *s = a->alloc(a->ctx, sizeof(*s));

	if (!s)
		return NULL;
	*s = (sqb_pop3_session){ .opening = opening_of(url, o) };
	sqb__session_init(&s->base, &sqb__pop3_protocol, a, o);
	s->opening.login.user = sqb_str_of(o->user ? o->user :
	    s->opening.url.user);
	sqb__buf_init(&s->status, a, MAX_TEXT);
	sqb__buf_init(&s->body, a, SIZE_MAX / 2);
	sqb__listing_begin(&s->listing, a);
	p.size = sizeof(p);
	p.max_queue = SQB__AHEAD;
	p.allocator = a;
	p.tls = o->tls ? *o->tls : url->tls;
	p.host = sqb_str_of(url->host);
	p.port = url->port;
	s->pop3 = sqb_pop3_new(&p);
	if (s->pop3) {
		s->base.engine = sqb_pop3_engine(s->pop3);
		s->base.link = sqb_link_new(s->base.engine, url->host,
		    url->port, &o->link);
	}
	if (s->base.link)
		return s;
	sqb_pop3_close(s);
	return NULL;
}

int sqb_pop3_start(sqb_pop3_session **out, const char *text,
    const sqb_session_options *options, sqb_error *err)
{
	static const sqb__task task = { .take = take_opening };
	sqb_session_options o = { .size = sizeof(o) };
	sqb_pop3_session *s;
	sqb_url url;
	int rc = sqb__url_parse_for(&url, text, false, err);

	*out = NULL;
	if (rc != SQB_OK)
		return rc;
	sqb__options_copy(&o, sizeof(o), options);
	s = make(&url, &o);
	if (!s) {
		sqb__error(err, SQB_E_NOMEM, "pop3: out of memory");
		return SQB_E_NOMEM;
	}
	sqb__pop3_begin(s, FOUND_NOTHING);
	rc = ask_opening(s);
	if (rc == SQB_OK) {
		sqb__session_run(&s->base, &task);
		*out = s;
		return rc;
	}
	if (err)
		*err = s->base.error;
	sqb_pop3_close(s);
	return rc;
}

int sqb_pop3_open(sqb_pop3_session **s, const char *url,
    const sqb_session_options *options, sqb_error *err)
{
	int rc = sqb_pop3_start(s, url, options, err);

	if (rc != SQB_OK)
		return rc;
	rc = sqb_session_wait(&(*s)->base);
	if (rc == SQB_OK)
		return rc;
	if (err)
		*err = (*s)->base.error;
	sqb_pop3_close(*s);
	*s = NULL;
	return rc;
}

/* --- closing */

void sqb_pop3_close(sqb_pop3_session *s)
{
	if (!s)
		return;
	sqb__session_clear(&s->base);
	sqb_pop3_free(s->pop3);
	sqb_message_free(s->message);
	sqb__listing_clear(&s->listing, s->base.allocator);
	sqb__buf_clear(&s->status);
	sqb__buf_clear(&s->body);
	s->base.allocator->free(s->base.allocator->ctx, s);
}

/* Where nothing was marked the reply to QUIT tells nothing. */
int sqb_pop3_start_quit(sqb_pop3_session *s)
{
	int rc = sqb__pop3_start(s,
	    &(sqb_pop3_command){ .verb = SQB_POP3_QUIT }, FOUND_NOTHING);

	if (rc == SQB_OK && !s->marked && sqb__session_leave(&s->base))
		s->base.task = NULL;
	return rc;
}

int sqb_pop3_quit(sqb_pop3_session *s, sqb_error *err)
{
	int rc = sqb_pop3_start_quit(s);
	bool answered = rc == SQB_OK && s->base.task;

	rc = sqb__session_finish(&s->base, rc);
	if (answered && rc == SQB_OK)
		sqb__error_add_peer(&s->base.error, "+OK ", s->answer.text);
	if (err)
		*err = *sqb_pop3_error(s);
	sqb_pop3_close(s);
	return rc;
}

/* --- looking */

const char *sqb_pop3_welcome(const sqb_pop3_session *s)
{
	return sqb__text_of(&s->base.welcome);
}

const char *sqb_pop3_status(const sqb_pop3_session *s)
{
	return sqb__text_of(&s->status);
}

const sqb_error *sqb_pop3_error(const sqb_pop3_session *s)
{
	return sqb_session_error(&s->base);
}

sqb_session *sqb_pop3_base(sqb_pop3_session *s)
{
	return &s->base;
}

sqb_pop3 *sqb_pop3_session_engine(sqb_pop3_session *s)
{
	return s->pop3;
}

sqb_link *sqb_pop3_session_link(sqb_pop3_session *s)
{
	return s->base.link;
}

/* --- one line asked, one line answered */

int sqb_pop3_start_stat(sqb_pop3_session *s)
{
	return sqb__pop3_start(s, &(sqb_pop3_command){
	    .verb = SQB_POP3_STAT }, FOUND_COUNT);
}

int sqb_pop3_counted(sqb_pop3_session *s, uint32_t *n_messages,
    uint64_t *octets)
{
	int rc = sqb__pop3_has_found(s, FOUND_COUNT);

	*n_messages = rc == SQB_OK ? s->answer.count : 0;
	*octets = rc == SQB_OK ? s->answer.octets : 0;
	return rc;
}

int sqb_pop3_stat(sqb_pop3_session *s, uint32_t *n_messages, uint64_t *octets)
{
	int rc = sqb__session_finish(&s->base, sqb_pop3_start_stat(s));

	*n_messages = rc == SQB_OK ? s->answer.count : 0;
	*octets = rc == SQB_OK ? s->answer.octets : 0;
	return rc;
}

int sqb_pop3_start_dele(sqb_pop3_session *s, uint32_t number)
{
	return sqb__pop3_start(s, &(sqb_pop3_command){
	    .verb = SQB_POP3_DELE, .number = number }, FOUND_NOTHING);
}

int sqb_pop3_dele(sqb_pop3_session *s, uint32_t number)
{
	return sqb__session_finish(&s->base, sqb_pop3_start_dele(s, number));
}

int sqb_pop3_start_rset(sqb_pop3_session *s)
{
	return sqb__pop3_start(s, &(sqb_pop3_command){
	    .verb = SQB_POP3_RSET }, FOUND_NOTHING);
}

int sqb_pop3_rset(sqb_pop3_session *s)
{
	return sqb__session_finish(&s->base, sqb_pop3_start_rset(s));
}

int sqb_pop3_start_noop(sqb_pop3_session *s)
{
	return sqb__pop3_start(s, &(sqb_pop3_command){
	    .verb = SQB_POP3_NOOP }, FOUND_NOTHING);
}

int sqb_pop3_noop(sqb_pop3_session *s)
{
	return sqb__session_finish(&s->base, sqb_pop3_start_noop(s));
}

/* --- lists */

int sqb_pop3_listed(sqb_pop3_session *s, sqb_pop3_list_result *out)
{
	int rc = sqb__pop3_has_found(s, FOUND_LIST);

	*out = (sqb_pop3_list_result){ .items = NULL };
	if (rc == SQB_OK && s->listing.no_memory)
		rc = sqb__error(&s->base.error, SQB_E_NOMEM,
		    "pop3: out of memory for the list");
	if (rc != SQB_OK)
		return rc;
	sqb__listing_join(&s->listing);
	*out = (sqb_pop3_list_result){
		.items = s->listing.items,
		.n_items = s->listing.n_items,
	};
	return SQB_OK;
}

/* Starting has failed with rc, or there is a result at its end. */
static int list_of(sqb_pop3_session *s, int rc, sqb_pop3_list_result *out)
{
	*out = (sqb_pop3_list_result){ .items = NULL };
	rc = sqb__session_finish(&s->base, rc);
	return rc == SQB_OK ? sqb_pop3_listed(s, out) : rc;
}

static int start_list(sqb_pop3_session *s, sqb_pop3_verb verb)
{
	if (!s->base.task)
		s->listing_ready = false;
	return sqb__pop3_start(s, &(sqb_pop3_command){ .verb = verb },
	    FOUND_LIST);
}

int sqb_pop3_start_list(sqb_pop3_session *s)
{
	return start_list(s, SQB_POP3_LIST);
}

int sqb_pop3_start_uidl(sqb_pop3_session *s)
{
	return start_list(s, SQB_POP3_UIDL);
}

int sqb_pop3_list(sqb_pop3_session *s, sqb_pop3_list_result *out)
{
	return list_of(s, sqb_pop3_start_list(s), out);
}

int sqb_pop3_uidl(sqb_pop3_session *s, sqb_pop3_list_result *out)
{
	return list_of(s, sqb_pop3_start_uidl(s), out);
}

/* LIST decides; of UIDL only what may pass counts. */
static sqb__verdict take_listing(sqb_session *base)
{
	sqb_pop3_session *s = (sqb_pop3_session *)base;
	const sqb_pop3_event *ev = &s->event;
	bool failed = s->base.error.code != SQB_OK;

	if (ev->type == SQB_POP3_ROW)
		sqb__listing_add(&s->listing, s->base.allocator, ev);
	if (ev->type != SQB_POP3_DONE)
		return SQB__TASK_GOES_ON;
	if (!failed && !(ev->verb == SQB_POP3_UIDL && sqb__lacks_uidl(ev)))
		sqb__pop3_done(s, ev);
	return ev->verb == SQB_POP3_UIDL ? SQB__TASK_IS_OVER :
	    SQB__TASK_GOES_ON;
}

/* What was asked for along with the login serves once. */
int sqb_pop3_start_listing(sqb_pop3_session *s)
{
	static const sqb__task task = { .take = take_listing };
	static const sqb_pop3_command commands[] = {
		{ .verb = SQB_POP3_LIST }, { .verb = SQB_POP3_UIDL } };
	int rc = sqb__pop3_begin(s, FOUND_LIST);
	bool ready = s->listing_ready;

	if (rc == SQB_OK)
		s->listing_ready = false;
	if (rc == SQB_OK && !ready)
		rc = ask_all(s, commands, 2);
	if (rc == SQB_OK)
		sqb__session_run(&s->base, ready ? NULL : &task);
	return rc;
}

int sqb_pop3_listing(sqb_pop3_session *s, sqb_pop3_list_result *out)
{
	return list_of(s, sqb_pop3_start_listing(s), out);
}

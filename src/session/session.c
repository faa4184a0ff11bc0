/*
 * A POP3 session: an engine and a link under one roof, driven until the DONE
 * of what was asked for. Opening, closing, and the one-line commands.
 */
#include "session/session.h"

#include "base/error.h"
#include "base/options.h"

#include <string.h>

enum {
	MAX_TEXT = 64 * 1024,		/* octets of a status line kept */
	PROGRESS_EVERY = 100		/* ms */
};

/* --- driving */

static bool canceled_by_progress(sqb_pop3_session *s)
{
	sqb_pop3_progress progress;
	sqb_time now;

	if (!s->on_progress)
		return false;
	now = sqb_link_now();
	if (now < s->progress_due)
		return false;
	s->progress_due = now + PROGRESS_EVERY;
	progress = sqb_pop3_progress_of(s->pop3);
	return s->on_progress(s->on_progress_ctx, &progress) != 0;
}

/* In slices where somebody watches, so that a stalled line can be left. */
static void wait(sqb_pop3_session *s)
{
	static const sqb_error canceled = {
		.code = SQB_E_CANCELED,
		.text = "canceled",
	};
	sqb_engine *e = sqb_pop3_engine(s->pop3);

	if (canceled_by_progress(s))
		sqb_engine_fail(e, &canceled);
	else
		sqb_link_wait(s->link, s->on_progress ?
		    s->progress_due - sqb_link_now() : SQB_NEVER);
}

bool sqb__session_next(sqb_pop3_session *s, sqb_pop3_event *ev)
{
	sqb_engine *e = sqb_pop3_engine(s->pop3);
	int rc;

	while ((rc = sqb_pop3_next(s->pop3, ev)) == 0) {
		if (sqb_engine_wants(e) & SQB_WANT_CLOSE) {
			sqb__error(&s->error, SQB_E_EOF,
			    "pop3: the session is over");
			return false;
		}
		wait(s);
	}
	if (rc < 0)
		s->error = *sqb_engine_error(e);
	return rc > 0;
}

int sqb__session_ask(sqb_pop3_session *s, const sqb_pop3_command *c)
{
	int rc = sqb_pop3_ask(s->pop3, c);
	sqb_engine *e = sqb_pop3_engine(s->pop3);
	sqb_error why;

	if (rc == SQB_OK)
		return rc;
	sqb__error(&why, (sqb_code)rc, rc == SQB_E_NOMEM ? "out of memory" :
	    "a number or name that was given cannot be sent");
	if (rc == SQB_E_NOMEM)
		sqb_engine_fail(e, &why);
	if (sqb_engine_error(e))
		s->error = *sqb_engine_error(e);
	else
		sqb__error_wrap(&s->error, "pop3: ", &why);
	return rc;
}

/* How the status line began; "": there was none. */
static const char *indicator(const sqb_pop3_session *s,
    const sqb_pop3_event *ev)
{
	if (ev->code == SQB_OK)
		return "+OK";
	if (ev->why || sqb_engine_error(sqb_pop3_engine(s->pop3)))
		return "";
	return ev->code == SQB_E_PROTO ? "+OK" : "-ERR";
}

static void keep_status(sqb_pop3_session *s, const sqb_pop3_event *ev)
{
	sqb__buf_reset(&s->status);
	sqb__buf_add_c(&s->status, indicator(s, ev));
	if (ev->text.len > 0)
		sqb__buf_add_char(&s->status, ' ');
	sqb__buf_add(&s->status, ev->text);
	sqb__buf_add_char(&s->status, '\0');
}

static const char *verb_name(sqb_pop3_verb verb)
{
	static const char *const names[SQB_POP3_N_VERBS] = {
		[SQB_POP3_LOGIN] = "login",
		[SQB_POP3_CAPA] = "CAPA",
		[SQB_POP3_STAT] = "STAT",
		[SQB_POP3_LIST] = "LIST",
		[SQB_POP3_UIDL] = "UIDL",
		[SQB_POP3_RETR] = "RETR",
		[SQB_POP3_TOP] = "TOP",
		[SQB_POP3_DELE] = "DELE",
		[SQB_POP3_NOOP] = "NOOP",
		[SQB_POP3_RSET] = "RSET",
		[SQB_POP3_LAST] = "LAST",
		[SQB_POP3_UTF8] = "UTF8",
		[SQB_POP3_LANG] = "LANG",
		[SQB_POP3_QUIT] = "QUIT",
	};

	return names[verb];
}

static const char *what_happened(sqb_code code)
{
	switch (code) {
	case SQB_E_RETRY:
		return " refused for now, try again later: ";
	case SQB_E_UNSUPPORTED:
		return " is not supported by the server: ";
	case SQB_E_PROTO:
		return " was answered with nonsense: ";
	case SQB_E_UNKNOWN:
		return ": the reply was lost; it may or may not be done";
	default:
		return " refused: ";
	}
}

static void describe_failure(sqb_pop3_session *s, const sqb_pop3_event *ev)
{
	const sqb_error *end = sqb_engine_error(sqb_pop3_engine(s->pop3));

	if (ev->why)
		sqb__error_wrap(&s->error, "pop3: ", ev->why);
	else if (end && end->code == ev->code)
		s->error = *end;
	else
		sqb__error(&s->error, ev->code, "pop3: ", verb_name(ev->verb));
	if (ev->why || (end && end->code == ev->code))
		return;
	sqb__error_add_peer(&s->error, what_happened(ev->code), ev->text);
	s->error.reply = (int32_t)ev->resp;
}

int sqb__session_done(sqb_pop3_session *s, const sqb_pop3_event *ev)
{
	keep_status(s, ev);
	if (ev->verb == SQB_POP3_STAT)
		s->listing.n_expected = ev->count;
	if (ev->verb == SQB_POP3_DELE) {
		s->marked = true;
		s->listing_ready = false;
	}
	s->error = (sqb_error){ .code = SQB_OK };
	if (ev->code != SQB_OK)
		describe_failure(s, ev);
	return ev->code;
}

int sqb__session_wait(sqb_pop3_session *s, sqb_pop3_event *ev)
{
	while (sqb__session_next(s, ev)) {
		if (ev->type == SQB_POP3_DONE)
			return sqb__session_done(s, ev);
		if (ev->type == SQB_POP3_ROW)
			sqb__listing_add(&s->listing, s->allocator, ev);
	}
	return s->error.code;
}

int sqb__session_do(sqb_pop3_session *s, const sqb_pop3_command *c,
    sqb_pop3_event *ev)
{
	int rc = sqb__session_ask(s, c);

	return rc == SQB_OK ? sqb__session_wait(s, ev) : rc;
}

/* --- opening */

typedef struct opening {
	sqb_url url;
	sqb_session_options options;
	bool no_login;
	int code;		/* of the login */
} opening;

static void copy_options(opening *o, const sqb_session_options *given)
{
	size_t size = sizeof(o->options);

	o->options = (sqb_session_options){ .size = size };
	sqb__options_copy(&o->options, size, given);
	o->no_login = o->options.mechanism &&
	    !strcmp(o->options.mechanism, "none");
	if (o->options.tls)
		o->url.tls = *o->options.tls;
}

static sqb_pop3_session *make(const opening *o)
{
	sqb_pop3_options p = o->options.pop3;
	const sqb_allocator *a = p.allocator ? p.allocator :
	    sqb_allocator_default();
	sqb_pop3_session *s = a->alloc(a->ctx, sizeof(*s));

	if (!s)
		return NULL;
	*s = (sqb_pop3_session){
		.allocator = a,
		.on_progress = o->options.on_progress,
		.on_progress_ctx = o->options.on_progress_ctx,
	};
	sqb__buf_init(&s->welcome, a, MAX_TEXT);
	sqb__buf_init(&s->status, a, MAX_TEXT);
	sqb__buf_init(&s->body, a, SIZE_MAX / 2);
	sqb__listing_begin(&s->listing, a);
	p.size = sizeof(p);
	p.max_queue = SQB__AHEAD;
	p.allocator = a;
	p.tls = o->url.tls;
	p.host = sqb_str_of(o->url.host);
	p.port = o->url.port;
	s->pop3 = sqb_pop3_new(&p);
	if (s->pop3)
		s->link = sqb_link_new(sqb_pop3_engine(s->pop3), o->url.host,
		    o->url.port, &o->options.link);
	if (s->link)
		return s;
	sqb_pop3_close(s);
	return NULL;
}

static int ask_opening(sqb_pop3_session *s, const opening *o,
    const sqb_login *login)
{
	static const sqb_pop3_verb ahead[] = { SQB_POP3_LIST, SQB_POP3_UIDL };
	int rc;

	if (o->no_login)
		return sqb__session_ask(s,
		    &(sqb_pop3_command){ .verb = SQB_POP3_CAPA });
	rc = sqb__session_ask(s, &(sqb_pop3_command){
	    .verb = SQB_POP3_LOGIN, .login = login });
	if (rc == SQB_OK)
		rc = sqb__session_ask(s,
		    &(sqb_pop3_command){ .verb = SQB_POP3_STAT });
	for (int i = 0; i < 2 && o->options.listing_ahead; i++)
		if (rc == SQB_OK)
			rc = sqb__session_ask(s,
			    &(sqb_pop3_command){ .verb = ahead[i] });
	return rc;
}

/* The server has no UIDL, or no good one for some; not: none for now. */
static bool lacks_uidl(const sqb_pop3_event *ev)
{
	return ev->code == SQB_E_REFUSED || ev->code == SQB_E_UNSUPPORTED ||
	    ev->code == SQB_E_PROTO;
}

/*
 * STAT's answer bounds the lists to come. What fails here is asked again, and
 * told, when it is wanted.
 */
static void take_opening(sqb_pop3_session *s, opening *o,
    const sqb_pop3_event *ev)
{
	if (ev->type == SQB_POP3_GREETING) {
		sqb__buf_add(&s->welcome, ev->text);
		sqb__buf_add_char(&s->welcome, '\0');
	} else if (ev->type == SQB_POP3_ROW && ev->verb != SQB_POP3_CAPA) {
		sqb__listing_add(&s->listing, s->allocator, ev);
	} else if (ev->type == SQB_POP3_DONE && ev->verb == SQB_POP3_LOGIN) {
		o->code = sqb__session_done(s, ev);
	} else if (ev->type == SQB_POP3_DONE && ev->verb == SQB_POP3_LIST) {
		s->listing_ready = ev->code == SQB_OK;
	} else if (ev->type == SQB_POP3_DONE && ev->verb == SQB_POP3_UIDL) {
		s->listing_ready = s->listing_ready &&
		    (ev->code == SQB_OK || lacks_uidl(ev));
	} else if (ev->type == SQB_POP3_DONE && ev->verb == SQB_POP3_STAT) {
		s->listing.n_expected = ev->count;
	}
}

static bool opening_ends(const opening *o, const sqb_pop3_event *ev)
{
	sqb_pop3_verb last = o->no_login ? SQB_POP3_CAPA :
	    o->options.listing_ahead ? SQB_POP3_UIDL : SQB_POP3_STAT;

	return ev->type == SQB_POP3_DONE && (ev->verb == last ||
	    (ev->verb == SQB_POP3_LOGIN && ev->code != SQB_OK));
}

static int open_it(sqb_pop3_session *s, opening *o)
{
	const sqb_session_options *op = &o->options;
	sqb_login login = {
		.user = sqb_str_of(op->user ? op->user : o->url.user),
		.password = sqb_str_of(op->password),
		.token = sqb_str_of(op->token),
		.mechanism = sqb_str_of(op->mechanism),
		.no_initial_response = op->no_initial_response,
	};
	sqb_pop3_event ev = { .type = SQB_POP3_GREETING };
	int rc = ask_opening(s, o, &login);

	if (rc != SQB_OK)
		return rc;
	while (!opening_ends(o, &ev)) {
		if (!sqb__session_next(s, &ev))
			return s->error.code;
		take_opening(s, o, &ev);
	}
	if (o->code != SQB_OK)
		return o->code;
	s->error = (sqb_error){ .code = SQB_OK };
	return SQB_OK;
}

int sqb_pop3_open(sqb_pop3_session **out, const char *url,
    const sqb_session_options *options, sqb_error *err)
{
	sqb_pop3_session *s;
	opening o = { .code = SQB_OK };
	int rc = sqb_url_parse(&o.url, url, err);

	*out = NULL;
	if (rc != SQB_OK)
		return rc;
	copy_options(&o, options);
	s = make(&o);
	if (!s)
		return sqb__error(err, SQB_E_NOMEM, "pop3: out of memory");
	rc = open_it(s, &o);
	if (rc == SQB_OK) {
		*out = s;
		return rc;
	}
	if (err)
		*err = s->error;
	sqb_pop3_close(s);
	return rc;
}

/* --- closing */

void sqb_pop3_close(sqb_pop3_session *s)
{
	if (!s)
		return;
	sqb_link_free(s->link);
	sqb_pop3_free(s->pop3);
	sqb_message_free(s->message);
	sqb__listing_clear(&s->listing, s->allocator);
	sqb__buf_clear(&s->welcome);
	sqb__buf_clear(&s->status);
	sqb__buf_clear(&s->body);
	s->allocator->free(s->allocator->ctx, s);
}

/*
 * Where nothing was marked the reply to QUIT tells nothing, and is not waited
 * for. False: it must be.
 */
static bool leave(sqb_pop3_session *s, int rc)
{
	sqb_engine *e = sqb_pop3_engine(s->pop3);

	if (rc != SQB_OK || s->marked)
		return false;
	sqb_link_ready(s->link, SQB_WANT_SEND);
	return !sqb_engine_error(e) && !(sqb_engine_wants(e) & SQB_WANT_SEND);
}

int sqb_pop3_quit(sqb_pop3_session *s, sqb_error *err)
{
	sqb_pop3_event ev;
	int rc = sqb__session_ask(s,
	    &(sqb_pop3_command){ .verb = SQB_POP3_QUIT });

	if (leave(s, rc)) {
		s->error = (sqb_error){ .code = SQB_OK };
	} else if (rc == SQB_OK) {
		rc = sqb__session_wait(s, &ev);
		if (rc == SQB_OK)
			sqb__error_add_peer(&s->error, "+OK ", ev.text);
	}
	if (err)
		*err = s->error;
	sqb_pop3_close(s);
	return rc;
}

/* --- looking */

static const char *text_of(const sqb__buf *b)
{
	return sqb__buf_len(b) > 0 && !b->failed ? b->data + b->start : "";
}

const char *sqb_pop3_welcome(const sqb_pop3_session *s)
{
	return text_of(&s->welcome);
}

const char *sqb_pop3_status(const sqb_pop3_session *s)
{
	return text_of(&s->status);
}

const sqb_error *sqb_pop3_error(const sqb_pop3_session *s)
{
	return &s->error;
}

sqb_pop3 *sqb_pop3_session_engine(sqb_pop3_session *s)
{
	return s->pop3;
}

sqb_link *sqb_pop3_session_link(sqb_pop3_session *s)
{
	return s->link;
}

/* --- one line asked, one line answered */

int sqb_pop3_stat(sqb_pop3_session *s, uint32_t *n_messages, uint64_t *octets)
{
	sqb_pop3_event ev;
	int rc = sqb__session_do(s,
	    &(sqb_pop3_command){ .verb = SQB_POP3_STAT }, &ev);

	*n_messages = rc == SQB_OK ? ev.count : 0;
	*octets = rc == SQB_OK ? ev.octets : 0;
	return rc;
}

static int do_plain(sqb_pop3_session *s, sqb_pop3_verb verb, uint32_t number)
{
	sqb_pop3_event ev;

	return sqb__session_do(s, &(sqb_pop3_command){ .verb = verb,
	    .number = number }, &ev);
}

int sqb_pop3_dele(sqb_pop3_session *s, uint32_t number)
{
	return do_plain(s, SQB_POP3_DELE, number);
}

int sqb_pop3_rset(sqb_pop3_session *s)
{
	return do_plain(s, SQB_POP3_RSET, 0);
}

int sqb_pop3_noop(sqb_pop3_session *s)
{
	return do_plain(s, SQB_POP3_NOOP, 0);
}

/* --- lists */

static int list(sqb_pop3_session *s, sqb_pop3_verb verb)
{
	sqb_pop3_event ev;

	return sqb__session_do(s, &(sqb_pop3_command){ .verb = verb }, &ev);
}

static int hand_out(sqb_pop3_session *s, int rc, sqb_pop3_list_result *out)
{
	*out = (sqb_pop3_list_result){ .items = NULL };
	if (rc == SQB_OK && s->listing.no_memory)
		rc = sqb__error(&s->error, SQB_E_NOMEM,
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

static void begin_list(sqb_pop3_session *s)
{
	s->listing_ready = false;
	sqb__listing_begin(&s->listing, s->allocator);
}

int sqb_pop3_list(sqb_pop3_session *s, sqb_pop3_list_result *out)
{
	begin_list(s);
	return hand_out(s, list(s, SQB_POP3_LIST), out);
}

int sqb_pop3_uidl(sqb_pop3_session *s, sqb_pop3_list_result *out)
{
	int rc;

	begin_list(s);
	rc = list(s, SQB_POP3_UIDL);
	sqb__listing_from_rows(&s->listing, s->allocator);
	return hand_out(s, rc, out);
}

static int list_and_uidl(sqb_pop3_session *s)
{
	int rc = sqb__session_ask(s,
	    &(sqb_pop3_command){ .verb = SQB_POP3_LIST });
	sqb_pop3_event ev = { .verb = SQB_POP3_LIST };

	if (rc == SQB_OK)
		rc = sqb__session_ask(s,
		    &(sqb_pop3_command){ .verb = SQB_POP3_UIDL });
	if (rc != SQB_OK)
		return rc;
	while (ev.type != SQB_POP3_DONE || ev.verb != SQB_POP3_UIDL) {
		if (!sqb__session_next(s, &ev))
			return s->error.code;
		if (ev.type == SQB_POP3_ROW)
			sqb__listing_add(&s->listing, s->allocator, &ev);
		else if (rc == SQB_OK && !(ev.verb == SQB_POP3_UIDL &&
		    lacks_uidl(&ev)))
			rc = sqb__session_done(s, &ev);
	}
	return rc;
}

int sqb_pop3_listing(sqb_pop3_session *s, sqb_pop3_list_result *out)
{
	if (s->listing_ready) {
		s->listing_ready = false;
		return hand_out(s, SQB_OK, out);
	}
	begin_list(s);
	return hand_out(s, list_and_uidl(s), out);
}

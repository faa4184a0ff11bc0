/* What the commands of a POP3 session have in common. */
#include "session/pop3_session.h"

#include "base/error.h"

static int next(sqb_session *base)
{
	sqb_pop3_session *s = (sqb_pop3_session *)base;

	return sqb_pop3_next(s->pop3, &s->event);
}

static sqb_progress progress(const sqb_session *base)
{
	const sqb_pop3_session *s = (const sqb_pop3_session *)base;
	sqb_pop3_progress p = sqb_pop3_progress_of(s->pop3);

	return (sqb_progress){
		.octets = p.octets,
		.expected = p.expected,
		.n_waiting = p.n_waiting,
	};
}

/* The server may have done it; the next listing may be different. */
static void note_dele(sqb_pop3_session *s)
{
	s->marked = true;
	s->listing_ready = false;
}

/* A session that has said QUIT is of no more use. */
static void note_canceled(sqb_pop3_session *s, const sqb_pop3_event *ev)
{
	if (ev->type != SQB_POP3_DONE)
		return;
	if (ev->verb == SQB_POP3_DELE)
		note_dele(s);
	if (ev->verb == SQB_POP3_QUIT)
		sqb_engine_fail(s->base.engine, &s->base.error);
}

static void cancel(sqb_session *base)
{
	sqb_pop3_session *s = (sqb_pop3_session *)base;

	while (!sqb_engine_error(base->engine) &&
	    sqb_pop3_cancel(s->pop3, base->tag) == SQB_OK)
		continue;
	while (sqb_pop3_next(s->pop3, &s->event) > 0)
		note_canceled(s, &s->event);
}

const sqb__protocol sqb__pop3_protocol = { "pop3: ", next, progress, cancel };

int sqb__pop3_ask(sqb_pop3_session *s, const sqb_pop3_command *c)
{
	sqb_pop3_command tagged = *c;
	int rc;

	tagged.tag = s->base.tag;
	rc = sqb_pop3_ask(s->pop3, &tagged);
	return rc == SQB_OK ? rc : sqb__session_unasked(&s->base, rc);
}

/* How the status line began; "": there was none. */
static const char *indicator(const sqb_pop3_session *s,
    const sqb_pop3_event *ev)
{
	if (ev->code == SQB_OK)
		return "+OK";
	if (ev->why || sqb_engine_error(s->base.engine))
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

static void describe_failure(sqb_pop3_session *s, const sqb_pop3_event *ev)
{
	sqb__session_describe(&s->base, &(sqb__failure){
		.code = ev->code,
		.what = verb_name(ev->verb),
		.words = ev->text,
		.why = ev->why,
		.reply = (int32_t)ev->resp,
	}, &s->base.error);
}

int sqb__pop3_done(sqb_pop3_session *s, const sqb_pop3_event *ev)
{
	keep_status(s, ev);
	if (ev->verb == SQB_POP3_STAT)
		s->listing.n_expected = ev->count;
	if (ev->verb == SQB_POP3_DELE)
		note_dele(s);
	s->base.error = (sqb_error){ .code = SQB_OK };
	if (ev->code != SQB_OK)
		describe_failure(s, ev);
	return ev->code;
}

bool sqb__lacks_uidl(const sqb_pop3_event *ev)
{
	return ev->code == SQB_E_REFUSED || ev->code == SQB_E_UNSUPPORTED ||
	    ev->code == SQB_E_PROTO;
}

static sqb__verdict take_command(sqb_session *base)
{
	sqb_pop3_session *s = (sqb_pop3_session *)base;
	const sqb_pop3_event *ev = &s->event;

	if (ev->type == SQB_POP3_ROW)
		sqb__listing_add(&s->listing, s->base.allocator, ev);
	if (ev->type != SQB_POP3_DONE)
		return SQB__TASK_GOES_ON;
	sqb__pop3_done(s, ev);
	s->answer = *ev;
	if (ev->verb == SQB_POP3_UIDL)
		sqb__listing_from_rows(&s->listing, s->base.allocator);
	return SQB__TASK_IS_OVER;
}

int sqb__pop3_begin(sqb_pop3_session *s, sqb__found found)
{
	int rc = sqb__session_begin(&s->base);

	if (rc != SQB_OK)
		return rc;
	s->found = found;
	if (found == FOUND_LIST && !s->listing_ready)
		sqb__listing_begin(&s->listing, s->base.allocator);
	return SQB_OK;
}

int sqb__pop3_start(sqb_pop3_session *s, const sqb_pop3_command *c,
    sqb__found found)
{
	static const sqb__task task = { .take = take_command };
	int rc = sqb__pop3_begin(s, found);

	if (rc == SQB_OK)
		rc = sqb__pop3_ask(s, c);
	if (rc == SQB_OK)
		sqb__session_run(&s->base, &task);
	return rc;
}

int sqb__pop3_has_found(sqb_pop3_session *s, sqb__found found)
{
	int rc = sqb__session_code(&s->base);

	if (rc == SQB_OK && s->found != found)
		rc = sqb__error(&s->base.error, SQB_E_USAGE, "pop3: that is "
		    "not what the last operation has asked for");
	return rc;
}

/*
 * What is under way in a session: one task at a time, driven by events. A
 * blocking call starts its task and waits until it is over; a program with a
 * loop of its own steps it.
 */
#include "session/session.h"

#include "base/error.h"

enum { PROGRESS_EVERY = 100 /* ms */ };

/* The session is over, and so is what was under way. */
static int lose(sqb_pop3_session *s)
{
	const sqb__task *task = s->task;

	s->task = NULL;
	if (task->lost)
		task->lost(s);
	return -1;
}

/* 1: an event; 0: more I/O is needed; -1: the session is over. */
static int next(sqb_pop3_session *s, sqb_pop3_event *ev)
{
	sqb_engine *e = sqb_pop3_engine(s->pop3);
	int rc;

	if (s->task->ask && s->task->ask(s) < 0)
		return lose(s);
	rc = sqb_pop3_next(s->pop3, ev);
	if (rc > 0)
		return rc;
	if (rc < 0)
		s->error = *sqb_engine_error(e);
	else if (sqb_engine_wants(e) & SQB_WANT_CLOSE)
		sqb__error(&s->error, SQB_E_EOF,
		    "pop3: the session is over");
	else
		return 0;
	return lose(s);
}

int sqb_pop3_step(sqb_pop3_session *s)
{
	while (s->task) {
		sqb__verdict verdict;
		int rc = s->holds ? 1 : next(s, &s->held);

		if (rc <= 0)
			return rc < 0;
		verdict = s->task->take(s, &s->held);
		s->holds = verdict == SQB__TASK_WAITS;
		if (s->holds)
			return 0;
		if (verdict == SQB__TASK_IS_OVER)
			s->task = NULL;
	}
	return 1;
}

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
	static const sqb_error endless = {
		.code = SQB_E_USAGE,
		.text = "a sink can say SQB_SINK_LATER only where the "
		    "session is stepped",
	};
	sqb_engine *e = sqb_pop3_engine(s->pop3);

	if (s->holds)
		sqb_engine_fail(e, &endless);
	else if (canceled_by_progress(s))
		sqb_engine_fail(e, &canceled);
	else
		sqb_link_wait(s->link, s->on_progress ?
		    s->progress_due - sqb_link_now() : SQB_NEVER);
	s->holds = false;
}

int sqb__session_finish(sqb_pop3_session *s)
{
	while (!sqb_pop3_step(s))
		wait(s);
	return s->error.code;
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

bool sqb__lacks_uidl(const sqb_pop3_event *ev)
{
	return ev->code == SQB_E_REFUSED || ev->code == SQB_E_UNSUPPORTED ||
	    ev->code == SQB_E_PROTO;
}

static sqb__verdict take_command(sqb_pop3_session *s,
    const sqb_pop3_event *ev)
{
	if (ev->type == SQB_POP3_ROW)
		sqb__listing_add(&s->listing, s->allocator, ev);
	if (ev->type != SQB_POP3_DONE)
		return SQB__TASK_GOES_ON;
	sqb__session_done(s, ev);
	s->answer = *ev;
	return SQB__TASK_IS_OVER;
}

int sqb__session_start(sqb_pop3_session *s, const sqb_pop3_command *c)
{
	static const sqb__task task = { .take = take_command };
	int rc = sqb__session_ask(s, c);

	if (rc == SQB_OK)
		s->task = &task;
	return rc;
}

int sqb__session_do(sqb_pop3_session *s, const sqb_pop3_command *c)
{
	int rc = sqb__session_start(s, c);

	return rc == SQB_OK ? sqb__session_finish(s) : rc;
}

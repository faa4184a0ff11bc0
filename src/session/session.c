/* What is under way in a session: see session.h. */
#include "session/session.h"

#include "base/error.h"

enum {
	PROGRESS_EVERY = 100,		/* ms */
	MAX_WELCOME = 64 * 1024		/* octets */
};

void sqb__session_init(sqb__session *s, const sqb__protocol *protocol,
    const sqb_allocator *a, const sqb_session_options *o)
{
	*s = (sqb__session){
		.protocol = protocol,
		.allocator = a,
		.on_progress = o->on_progress,
		.on_progress_ctx = o->on_progress_ctx,
	};
	sqb__buf_init(&s->welcome, a, MAX_WELCOME);
}

void sqb__session_clear(sqb__session *s)
{
	sqb_link_free(s->link);
	sqb__buf_clear(&s->welcome);
}

/* The session is over, and so is what was under way. */
static int lose(sqb__session *s)
{
	const sqb__task *task = s->task;

	s->task = NULL;
	if (task->lost)
		task->lost(s);
	return -1;
}

/*
 * 1: an event, or the task is over; 0: more I/O is needed; -1: the session is
 * over.
 */
static int next(sqb__session *s)
{
	int rc = s->task->ask ? s->task->ask(s) : 0;

	if (rc < 0)
		return lose(s);
	if (rc > 0) {
		s->task = NULL;
		return rc;
	}
	rc = s->protocol->next(s);
	if (rc > 0)
		return rc;
	if (rc < 0)
		s->error = *sqb_engine_error(s->engine);
	else if (sqb_engine_wants(s->engine) & SQB_WANT_CLOSE)
		sqb__error(&s->error, SQB_E_EOF, s->protocol->name,
		    "the session is over");
	else
		return 0;
	return lose(s);
}

int sqb__session_step(sqb__session *s)
{
	while (s->task) {
		sqb__verdict verdict;
		int rc = s->holds ? 1 : next(s);

		if (rc <= 0)
			return rc < 0;
		if (!s->task)
			return 1;
		verdict = s->task->take(s);
		s->holds = verdict == SQB__TASK_WAITS;
		if (s->holds)
			return 0;
		if (verdict == SQB__TASK_IS_OVER)
			s->task = NULL;
	}
	return 1;
}

static bool canceled_by_progress(sqb__session *s)
{
	sqb_progress progress;
	sqb_time now;

	if (!s->on_progress)
		return false;
	now = sqb_link_now();
	if (now < s->progress_due)
		return false;
	s->progress_due = now + PROGRESS_EVERY;
	progress = s->protocol->progress(s);
	return s->on_progress(s->on_progress_ctx, &progress) != 0;
}

/* In slices where somebody watches, so that a stalled line can be left. */
static void wait(sqb__session *s)
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

	if (s->holds)
		sqb_engine_fail(s->engine, &endless);
	else if (canceled_by_progress(s))
		sqb_engine_fail(s->engine, &canceled);
	else
		sqb_link_wait(s->link, s->on_progress ?
		    s->progress_due - sqb_link_now() : SQB_NEVER);
	s->holds = false;
}

int sqb__session_finish(sqb__session *s)
{
	while (!sqb__session_step(s))
		wait(s);
	return s->error.code;
}

bool sqb__session_leave(sqb__session *s)
{
	sqb_link_ready(s->link, SQB_WANT_SEND);
	return !sqb_engine_error(s->engine) &&
	    !(sqb_engine_wants(s->engine) & SQB_WANT_SEND);
}

int sqb__session_unasked(sqb__session *s, int rc)
{
	sqb_error why;

	sqb__error(&why, (sqb_code)rc, rc == SQB_E_NOMEM ? "out of memory" :
	    "a number or name that was given cannot be sent");
	if (rc == SQB_E_NOMEM)
		sqb_engine_fail(s->engine, &why);
	if (sqb_engine_error(s->engine))
		s->error = *sqb_engine_error(s->engine);
	else
		sqb__error_wrap(&s->error, s->protocol->name, &why);
	return rc;
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

void sqb__session_describe(const sqb__session *s, const sqb__failure *f,
    sqb_error *err)
{
	const sqb_error *end = sqb_engine_error(s->engine);

	if (f->why) {
		sqb__error_wrap(err, s->protocol->name, f->why);
	} else if (end && end->code == f->code) {
		*err = *end;
	} else {
		sqb__error(err, f->code, s->protocol->name, f->what);
		sqb__error_add_peer(err, what_happened(f->code), f->words);
		err->reply = f->reply;
	}
}

void sqb__session_greet(sqb__session *s, sqb_str words)
{
	sqb__buf_add(&s->welcome, words);
	sqb__buf_add_char(&s->welcome, '\0');
}

const char *sqb__text_of(const sqb__buf *b)
{
	return sqb__buf_len(b) > 0 && !b->failed ? b->data + b->start : "";
}

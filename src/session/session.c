/* What is under way in a session: see session.h. */
#include "session/session.h"

#include "base/error.h"

enum {
	PROGRESS_EVERY = 100,		/* ms */
	MAX_WELCOME = 64 * 1024		/* octets */
};

void sqb__session_init(sqb_session *s, const sqb__protocol *protocol,
    const sqb_allocator *a, const sqb_session_options *o)
{
	*s = (sqb_session){
		.protocol = protocol,
		.allocator = a,
		.on_progress = o->on_progress,
		.on_progress_ctx = o->on_progress_ctx,
	};
	sqb__buf_init(&s->welcome, a, MAX_WELCOME);
}

void sqb__session_clear(sqb_session *s)
{
	sqb_link_free(s->link);
	sqb__buf_clear(&s->welcome);
}

static void wake(const sqb_session *s)
{
	if (s->on_wake)
		s->on_wake(s->on_wake_ctx);
}

/* --- an operation */

int sqb__session_begin(sqb_session *s)
{
	s->refused = s->task != NULL;
	if (s->refused)
		return SQB_E_USAGE;
	s->error = (sqb_error){ .code = SQB_OK };
	s->tag++;
	return SQB_OK;
}

void sqb__session_run(sqb_session *s, const sqb__task *task)
{
	s->task = task;
	s->late = true;
	wake(s);
}

/* What is under way ends with s->error. */
static int lose(sqb_session *s)
{
	if (s->task->lost)
		s->task->lost(s);
	s->task = NULL;
	s->holds = false;
	return -1;
}

/*
 * 1: an event, or the task is over; 0: more I/O is needed; -1: the session is
 * over.
 */
static int next(sqb_session *s)
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

static void take(sqb_session *s)
{
	sqb__verdict verdict = s->task->take(s);

	s->holds = verdict == SQB__TASK_WAITS;
	if (verdict != SQB__TASK_IS_OVER)
		return;
	s->task = NULL;
	s->is_open = s->is_open || s->error.code == SQB_OK;
}

/*
 * After a while in which nobody looked: takes what has come meanwhile, so that
 * the clock does not take a busy program for a silent server. Not while it
 * opens: that could change the descriptor under who waits for it.
 */
static bool catch_up(sqb_session *s)
{
	if (!s->late || !s->is_open)
		return false;
	s->late = false;
	sqb_link_ready(s->link, SQB_WANT_RECV | SQB_WANT_SEND);
	return true;
}

static void go_on(sqb_session *s)
{
	do {
		int rc = s->holds ? 1 : next(s);

		if (rc == 0 && catch_up(s))
			continue;
		if (rc == 0)
			return;
		if (s->task)
			take(s);
		s->late = s->late || s->holds;
	} while (s->task && !s->holds && !s->to_cancel);
}

int sqb_session_step(sqb_session *s)
{
	if (s->task && !s->is_inside) {
		s->is_inside = true;
		go_on(s);
		s->is_inside = false;
		if (s->to_cancel)
			sqb_session_cancel(s);
	}
	s->refused = false;
	return !s->task;
}

/* What is said by callbacks of what is ending is not heard. */
void sqb_session_cancel(sqb_session *s)
{
	static const sqb_error why = { .code = SQB_E_CANCELED,
		.text = "canceled" };

	s->to_cancel = s->is_inside && s->task;
	if (!s->task || s->is_inside)
		return;
	s->is_inside = true;
	sqb__error_wrap(&s->error, s->protocol->name, &why);
	if (!s->is_open)
		sqb_engine_fail(s->engine, &why);
	s->protocol->cancel(s);
	(void)lose(s);
	sqb__error_wrap(&s->error, s->protocol->name, &why);
	s->is_inside = s->to_cancel = false;
	wake(s);
}

void sqb_session_resume(sqb_session *s)
{
	if (s->holds)
		wake(s);
}

void sqb_session_interrupt(sqb_session *s)
{
	sqb_link_interrupt(s->link);
}

void sqb_session_on_wake(sqb_session *s, void (*on_wake)(void *ctx), void *ctx)
{
	s->on_wake = on_wake;
	s->on_wake_ctx = ctx;
}

/* --- looking */

bool sqb_session_is_busy(const sqb_session *s)
{
	return s->task != NULL;
}

bool sqb_session_is_open(const sqb_session *s)
{
	return s->is_open;
}

const sqb_error *sqb_session_error(const sqb_session *s)
{
	static const sqb_error busy = { .code = SQB_E_USAGE,
		.text = "another operation of the session is under way" };

	return s->refused ? &busy : &s->error;
}

int sqb__session_code(sqb_session *s)
{
	s->refused = s->task != NULL;
	return sqb_session_error(s)->code;
}

sqb_progress sqb_session_progress(const sqb_session *s)
{
	return s->protocol->progress(s);
}

/* --- in a loop */

/* A piece that a sink has put off lies where more would be received. */
static bool is_waiting(const sqb_session *s)
{
	return s->task && !s->holds;
}

int sqb_session_fd(const sqb_session *s)
{
	return is_waiting(s) ? sqb_link_fd(s->link) : -1;
}

unsigned sqb_session_wants(const sqb_session *s)
{
	return is_waiting(s) ? sqb_link_wants(s->link) : 0;
}

sqb_time sqb_session_clock(sqb_session *s, sqb_time now)
{
	return is_waiting(s) ? sqb_link_clock(s->link, now) : SQB_NEVER;
}

void sqb_session_ready(sqb_session *s, unsigned ready)
{
	if (is_waiting(s))
		sqb_link_ready(s->link, ready);
}

/* --- blocking */

static bool canceled_by_progress(sqb_session *s)
{
	sqb_progress progress;
	sqb_time now;
	int rc;

	if (!s->on_progress)
		return false;
	now = sqb_link_now();
	if (now < s->progress_due)
		return false;
	s->progress_due = now + PROGRESS_EVERY;
	progress = s->protocol->progress(s);
	s->is_inside = true;
	rc = s->on_progress(s->on_progress_ctx, &progress);
	s->is_inside = false;
	return rc != 0;
}

/* In slices where somebody watches, so that a stalled line can be left. */
static void wait(sqb_session *s)
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
	else if (s->to_cancel)
		sqb_session_cancel(s);
	else
		sqb_link_wait(s->link, s->on_progress ?
		    s->progress_due - sqb_link_now() : SQB_NEVER);
	s->holds = false;
}

int sqb_session_wait(sqb_session *s)
{
	if (s->is_inside)
		return SQB_E_USAGE;
	while (!sqb_session_step(s))
		wait(s);
	return s->error.code;
}

int sqb__session_finish(sqb_session *s, int rc)
{
	return rc == SQB_OK ? sqb_session_wait(s) : rc;
}

/* --- for the protocols */

bool sqb__session_leave(sqb_session *s)
{
	sqb_link_ready(s->link, SQB_WANT_SEND);
	return !sqb_engine_error(s->engine) &&
	    !(sqb_engine_wants(s->engine) & SQB_WANT_SEND);
}

int sqb__session_unasked(sqb_session *s, int rc)
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

void sqb__session_describe(const sqb_session *s, const sqb__failure *f,
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

void sqb__session_greet(sqb_session *s, sqb_str words)
{
	sqb__buf_add(&s->welcome, words);
	sqb__buf_add_char(&s->welcome, '\0');
}

const char *sqb__text_of(const sqb__buf *b)
{
	return sqb__buf_len(b) > 0 && !b->failed ? b->data + b->start : "";
}

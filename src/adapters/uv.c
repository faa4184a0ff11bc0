/*
 * A session in a libuv loop: see uv.h. A poll handle for its descriptor, and a
 * timer for its clock, which is also set to now when the session is to be
 * stepped. A poll handle of libuv's is about one descriptor; to make one costs
 * four calls of the system, so it is kept for as long as the session has that
 * one, and between operations it rests.
 */
#include <squab/uv.h>

#include <stdlib.h>

struct sqb_uv {
	uv_timer_t timer;
	uv_poll_t *poll;	/* NULL: no descriptor is waited for */
	int fd;			/* that poll is about */
	int events;		/* … and what it waits for; 0: nothing */
	bool woken;		/* the timer is for a step, not for the clock */
	sqb_session *session;	/* NULL: u is on its way out */
	sqb_uv_done done;
	void *ctx;
};

static void free_handle(uv_handle_t *handle)
{
	free(handle);
}

static void unwatch(sqb_uv *u)
{
	if (u->poll)
		uv_close((uv_handle_t *)u->poll, free_handle);
	u->poll = NULL;
	u->fd = -1;
	u->events = 0;
}

/* Its session is left alone, and it does not keep the loop running. */
static void rest(sqb_uv *u)
{
	if (u->poll && u->events != 0)
		uv_poll_stop(u->poll);
	u->events = 0;
}

static bool watch(sqb_uv *u, int fd)
{
	if (u->fd == fd)
		return true;
	unwatch(u);
	if (fd < 0)
		return true;
	u->poll = malloc(sizeof(*u->poll));
	if (!u->poll)
		return false;
	if (uv_poll_init(u->timer.loop, u->poll, fd) < 0) {
		free(u->poll);
		u->poll = NULL;
		return false;
	}
	u->poll->data = u;
	u->fd = fd;
	return true;
}

/* --- waiting */

static void step(sqb_uv *u);

/* What was canceled has no descriptor any more. */
static void drop_old(sqb_uv *u)
{
	if (u->fd != sqb_session_fd(u->session))
		unwatch(u);
}

static void ready(sqb_uv *u, unsigned what)
{
	sqb_session_ready(u->session, what);
	drop_old(u);
	step(u);
}

static void on_poll(uv_poll_t *handle, int status, int events)
{
	sqb_uv *u = handle->data;
	unsigned what = status < 0 ? SQB_WANT_RECV | SQB_WANT_SEND : 0;

	/* An error has stopped it. */
	if (status < 0)
		u->events = 0;
	if (events & UV_READABLE)
		what |= SQB_WANT_RECV;
	if (events & UV_WRITABLE)
		what |= SQB_WANT_SEND;
	ready(u, what);
}

static void on_timer(uv_timer_t *handle)
{
	sqb_uv *u = handle->data;

	if (u->woken)
		step(u);
	else
		ready(u, 0);
}

static void on_wake(void *ctx)
{
	sqb_uv *u = ctx;

	drop_old(u);
	u->woken = true;
	uv_timer_start(&u->timer, on_timer, 0, 0);
}

/* Until it stirs, or its time has come. False: it cannot be waited for. */
static bool await(sqb_uv *u)
{
	sqb_time now = sqb_link_now();
	sqb_time until = sqb_session_clock(u->session, now);
	unsigned wants = sqb_session_wants(u->session);
	int events = (wants & SQB_WANT_RECV ? UV_READABLE : 0) |
	    (wants & SQB_WANT_SEND ? UV_WRITABLE : 0);

	if (!watch(u, sqb_session_fd(u->session)))
		return false;
	/* Anew, it would cost two calls of the system. */
	if (u->poll && events != u->events &&
	    uv_poll_start(u->poll, events, on_poll) < 0)
		return false;
	u->events = events;
	if (until == SQB_NEVER)
		return true;
	uv_update_time(u->timer.loop);
	uv_timer_start(&u->timer, on_timer,
	    until > now ? (uint64_t)(until - now) : 0, 0);
	return true;
}

static void step(sqb_uv *u)
{
	sqb_session *s = u->session;
	bool is_over = sqb_session_step(s);
	int code = SQB_E_NOMEM;

	/* What woke it within the step was seen. */
	u->woken = false;
	uv_timer_stop(&u->timer);
	if (!is_over && await(u))
		return;
	rest(u);
	if (!is_over)
		sqb_session_cancel(s);
	else
		code = sqb_session_error(s)->code;
	u->woken = false;
	uv_timer_stop(&u->timer);
	u->done(u->ctx, s, code);
}

/* --- beginning and end */

sqb_uv *sqb_uv_new(uv_loop_t *loop, sqb_session *s, sqb_uv_done done,
    void *ctx)
{
	sqb_uv *u = malloc(sizeof(*u));

	if (!u)
		return NULL;
	*u = (sqb_uv){ .fd = -1, .session = s, .done = done, .ctx = ctx };
	if (uv_timer_init(loop, &u->timer) < 0) {
		free(u);
		return NULL;
	}
	u->timer.data = u;
	sqb_session_on_wake(s, on_wake, u);
	if (sqb_session_is_busy(s))
		on_wake(u);
	return u;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void sqb_uv_free(sqb_uv *u)
{
	if (!u)
		return;
	sqb_session_on_wake(u->session, NULL, NULL);
	u->session = NULL;
	unwatch(u);
	uv_close((uv_handle_t *)&u->timer, on_closed);
}

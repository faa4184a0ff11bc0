/*
 * What sqb_session_wait() does, for a libuv loop: the session's descriptor,
 * what is wanted of it, and until when. A handle of libuv's is about one
 * descriptor; while it opens a session changes its own, and the number may be
 * another's at once, so the handle is closed before the session is touched.
 */
#include "poller.h"

#include <stdlib.h>

static void free_handle(uv_handle_t *handle)
{
	free(handle);
}

static void unwatch(cli_poller *p)
{
	if (p->poll)
		uv_close((uv_handle_t *)p->poll, free_handle);
	p->poll = NULL;
	p->fd = -1;
	p->events = 0;
}

void cli_poller_forget(cli_poller *p)
{
	uv_timer_stop(&p->timer);
	unwatch(p);
	p->session = NULL;
}

static void ready(cli_poller *p, unsigned what)
{
	uv_timer_stop(&p->timer);
	if (!sqb_session_is_open(p->session))
		unwatch(p);
	sqb_session_ready(p->session, what);
}

static void on_poll(uv_poll_t *handle, int status, int events)
{
	cli_poller *p = handle->data;
	unsigned what = status < 0 ? SQB_WANT_RECV | SQB_WANT_SEND : 0;

	/* An error has stopped it. */
	if (status < 0)
		p->events = 0;
	if (events & UV_READABLE)
		what |= SQB_WANT_RECV;
	if (events & UV_WRITABLE)
		what |= SQB_WANT_SEND;
	ready(p, what);
	p->stirred(p->ctx);
}

static void on_timer(uv_timer_t *handle)
{
	cli_poller *p = handle->data;

	ready(p, 0);
	p->stirred(p->ctx);
}

void cli_poller_begin(cli_poller *p, uv_loop_t *loop,
    void (*stirred)(void *ctx), void *ctx)
{
	*p = (cli_poller){ .fd = -1, .stirred = stirred, .ctx = ctx };
	uv_timer_init(loop, &p->timer);
	p->timer.data = p;
}

static bool watch(cli_poller *p, int fd)
{
	if (p->fd == fd)
		return true;
	unwatch(p);
	if (fd < 0)
		return true;
	p->poll = malloc(sizeof(*p->poll));
	if (!p->poll)
		return false;
	if (uv_poll_init(p->timer.loop, p->poll, fd) < 0) {
		free(p->poll);
		p->poll = NULL;
		return false;
	}
	p->poll->data = p;
	p->fd = fd;
	return true;
}

void cli_poller_pause(cli_poller *p)
{
	uv_timer_stop(&p->timer);
	if (p->poll)
		uv_poll_stop(p->poll);
	p->events = 0;
}

bool cli_poller_wait(cli_poller *p, sqb_session *session)
{
	sqb_time now = sqb_link_now(), until;
	unsigned wants;
	int events;

	p->session = session;
	until = sqb_session_clock(session, now);
	wants = sqb_session_wants(session);
	if (!watch(p, sqb_session_fd(session)))
		return false;
	events = (wants & SQB_WANT_RECV ? UV_READABLE : 0) |
	    (wants & SQB_WANT_SEND ? UV_WRITABLE : 0);
	/* Anew, it would cost two calls of the system. */
	if (p->poll && events != p->events)
		uv_poll_start(p->poll, events, on_poll);
	p->events = events;
	if (until == SQB_NEVER)
		return true;
	uv_update_time(p->timer.loop);
	uv_timer_start(&p->timer, on_timer,
	    until > now ? (uint64_t)(until - now) : 0, 0);
	return true;
}

static void on_closed(uv_handle_t *handle)
{
	cli_poller *p = handle->data;

	p->closed(p->ctx);
}

void cli_poller_end(cli_poller *p, void (*closed)(void *ctx))
{
	cli_poller_forget(p);
	p->closed = closed;
	uv_close((uv_handle_t *)&p->timer, on_closed);
}

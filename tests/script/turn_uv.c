/* See turn.h: a loop of libuv's, anew for each turn. */
#include "turn.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

typedef struct turn {
	uv_loop_t loop;
	uv_poll_t poll;
	uv_timer_t timer;
	unsigned came;		/* SQB_WANT_... */
} turn;

static void must(int rc, const char *what)
{
	if (rc == 0)
		return;
	fprintf(stderr, "%s: %s\n", what, uv_strerror(rc));
	abort();
}

static void stop(turn *t)
{
	uv_close((uv_handle_t *)&t->poll, NULL);
	uv_close((uv_handle_t *)&t->timer, NULL);
}

static void on_poll(uv_poll_t *handle, int status, int events)
{
	turn *t = handle->data;

	if (status < 0 || events & UV_READABLE)
		t->came |= SQB_WANT_RECV;
	if (status < 0 || events & UV_WRITABLE)
		t->came |= SQB_WANT_SEND;
	stop(t);
}

static void on_timer(uv_timer_t *handle)
{
	stop(handle->data);
}

unsigned turn_in_uv(int fd, unsigned wants, sqb_time span)
{
	turn t = { .came = 0 };

	must(uv_loop_init(&t.loop), "uv_loop_init");
	must(uv_timer_init(&t.loop, &t.timer), "uv_timer_init");
	must(uv_poll_init(&t.loop, &t.poll, fd), "uv_poll_init");
	t.poll.data = t.timer.data = &t;
	must(uv_poll_start(&t.poll,
	    (wants & SQB_WANT_RECV ? UV_READABLE : 0) |
	    (wants & SQB_WANT_SEND ? UV_WRITABLE : 0), on_poll),
	    "uv_poll_start");
	if (span != SQB_NEVER)
		must(uv_timer_start(&t.timer, on_timer, (uint64_t)span, 0),
		    "uv_timer_start");
	uv_run(&t.loop, UV_RUN_DEFAULT);
	must(uv_loop_close(&t.loop), "uv_loop_close");
	return t.came;
}

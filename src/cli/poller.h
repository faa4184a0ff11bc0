/* A session on a libuv loop. */
#ifndef SQUAB_CLI_POLLER_H
#define SQUAB_CLI_POLLER_H

#include <squab/session.h>

#include <uv.h>

typedef struct cli_poller {
	uv_timer_t timer;
	uv_poll_t *poll;	/* NULL: no descriptor is waited for */
	int fd;			/* that poll is about */
	int events;		/* … and what it waits for; 0: nothing */
	sqb_session *session;
	void (*stirred)(void *ctx);
	void (*closed)(void *ctx);
	void *ctx;
} cli_poller;

/* stirred is called when bytes have moved or time has passed. */
void cli_poller_begin(cli_poller *p, uv_loop_t *loop,
    void (*stirred)(void *ctx), void *ctx);

/* Waits until session stirs, once. False: memory is short. */
bool cli_poller_wait(cli_poller *p, sqb_session *session);

/* Not for now: the session is left alone until it is waited for again. */
void cli_poller_pause(cli_poller *p);

/* Before the session goes: it is not waited for any more. */
void cli_poller_forget(cli_poller *p);

/* closed is called from the loop when p may go. */
void cli_poller_end(cli_poller *p, void (*closed)(void *ctx));

#endif

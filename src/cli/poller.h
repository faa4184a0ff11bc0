/* A session's link on a libuv loop. */
#ifndef SQUAB_CLI_POLLER_H
#define SQUAB_CLI_POLLER_H

#include <squab/link.h>

#include <uv.h>

typedef struct cli_poller {
	uv_timer_t timer;
	uv_poll_t *poll;	/* NULL: no descriptor is waited for */
	int fd;			/* that poll is about */
	int events;		/* … and what it waits for; 0: nothing */
	sqb_link *link;
	void (*stirred)(void *ctx);
	void (*closed)(void *ctx);
	void *ctx;
} cli_poller;

/* stirred is called when bytes have moved or time has passed. */
void cli_poller_begin(cli_poller *p, uv_loop_t *loop,
    void (*stirred)(void *ctx), void *ctx);

/* Waits until link stirs, once. False: memory is short. */
bool cli_poller_wait(cli_poller *p, sqb_link *link);

/* Not for now: the link is left alone until it is waited for again. */
void cli_poller_pause(cli_poller *p);

/*
 * Nobody has waited for a while: takes what has come meanwhile, so that the
 * clock does not take a busy program for a silent server.
 */
void cli_poller_catch_up(cli_poller *p);

/* Before the link goes: it is not waited for any more. */
void cli_poller_forget(cli_poller *p);

/* closed is called from the loop when p may go. */
void cli_poller_end(cli_poller *p, void (*closed)(void *ctx));

#endif

/*
 * A signal handler has no argument, so what it works on must be static; it is
 * touched by nobody else.
 */
#define _GNU_SOURCE
#include "interrupt.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

static _Atomic(sqb_link *) target;
static atomic_bool held;
static atomic_int caught;
static int ends[2] = { -1, -1 };	/* of a pipe */

static void on_signal(int number)
{
	sqb_link *link = atomic_load(&target);

	if (atomic_exchange(&caught, number) != 0)
		_exit(128 + number);
	if (ends[1] >= 0 && write(ends[1], "", 1) < 0)
		_exit(128 + number);
	if (link)
		sqb_link_interrupt(link);
	else if (!atomic_load(&held) && ends[1] < 0)
		_exit(128 + number);
}

/* No SA_RESTART: a prompt that waits for a line must notice. */
void cli_catch_signals(void)
{
	struct sigaction act = { .sa_handler = on_signal,
		.sa_flags = (int)SA_RESETHAND };

	sigemptyset(&act.sa_mask);
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
}

int cli_interrupt_fd(void)
{
	sigset_t both, before;

	if (ends[0] < 0) {
		sigemptyset(&both);
		sigaddset(&both, SIGINT);
		sigaddset(&both, SIGTERM);
		sigprocmask(SIG_BLOCK, &both, &before);
		if (pipe2(ends, O_CLOEXEC) < 0)
			ends[0] = ends[1] = -1;
		cli_interrupt_hold();
		sigprocmask(SIG_SETMASK, &before, NULL);
	}
	return ends[0];
}

void cli_interrupt_link(sqb_link *link)
{
	atomic_store(&target, link);
	atomic_store(&held, false);
	if (link && cli_interrupted())
		sqb_link_interrupt(link);
}

void cli_interrupt_hold(void)
{
	atomic_store(&held, true);
	atomic_store(&target, NULL);
}

int cli_interrupted(void)
{
	return atomic_load(&caught);
}

int cli_interrupt_exit(int status)
{
	int number = cli_interrupted();

	return number ? 128 + number : status;
}

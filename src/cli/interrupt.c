/*
 * A signal handler has no argument, so what it works on must be static; it is
 * touched by nobody else.
 */
#include "interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

static _Atomic(sqb_link *) target;
static atomic_bool held;
static atomic_int caught;

static void on_signal(int number)
{
	sqb_link *link = atomic_load(&target);

	atomic_store(&caught, number);
	if (link)
		sqb_link_interrupt(link);
	else if (!atomic_load(&held))
		_exit(128 + number);
}

/* No SA_RESTART: a prompt that waits for a line must notice. */
static void catch_with(int flags)
{
	struct sigaction act = { .sa_handler = on_signal, .sa_flags = flags };

	sigemptyset(&act.sa_mask);
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
}

void cli_catch_signals(void)
{
	catch_with((int)SA_RESETHAND);
}

void cli_catch_signals_as_child(void)
{
	catch_with(0);
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

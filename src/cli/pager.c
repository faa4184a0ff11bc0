/* A pager: a program that has the terminal, and reads from a pipe. */
#include "pager.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOT_FOUND = 127 };	/* the shell's status for that */

/*
 * Somebody who has seen enough leaves the pipe: that is no error. What the
 * terminal's keys send is for the pager alone, from before it runs.
 */
static const int signals[] = { SIGPIPE, SIGINT, SIGQUIT };
enum { N_SIGNALS = sizeof(signals) / sizeof(signals[0]) };

static void ignore_signals(struct sigaction *before)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	for (size_t i = 0; i < N_SIGNALS; i++)
		sigaction(signals[i], &ignore, &before[i]);
}

static void restore_signals(const struct sigaction *before)
{
	for (size_t i = 0; i < N_SIGNALS; i++)
		sigaction(signals[i], &before[i], NULL);
}

static void run_pager(int from)
{
	const char *pager = getenv("PAGER");

	dup2(from, STDIN_FILENO);
	setenv("LESS", "FRX", 0);	/* quit if it fits; keep the screen */
	setenv("LESSCHARSET", "utf-8", 0);
	execlp("sh", "sh", "-c", pager && *pager ? pager : "less",
	    (char *)NULL);
	_exit(NOT_FOUND);
}

/* The pager, with *to to write to; -1: there is none. */
static pid_t start(int *to, const struct sigaction *before)
{
	int ends[2];
	pid_t pid;

	if (pipe(ends) < 0)
		return -1;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		restore_signals(before);
		close(ends[1]);
		run_pager(ends[0]);
	}
	close(ends[0]);
	*to = ends[1];
	if (pid < 0)
		close(ends[1]);
	return pid;
}

static bool was_not_found(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND;
}

static bool page_through(pid_t pid, int to, int terminal,
    void (*print)(void *ctx), void *ctx)
{
	dup2(to, STDOUT_FILENO);
	close(to);
	print(ctx);
	fflush(stdout);
	clearerr(stdout);
	dup2(terminal, STDOUT_FILENO);
	return !was_not_found(pid);
}

/* False: there is no pager. */
static bool page(int terminal, void (*print)(void *ctx), void *ctx)
{
	struct sigaction before[N_SIGNALS];
	bool paged;
	pid_t pid;
	int to;

	ignore_signals(before);
	pid = start(&to, before);
	paged = pid >= 0 && page_through(pid, to, terminal, print, ctx);
	restore_signals(before);
	return paged;
}

void cli_page(void (*print)(void *ctx), void *ctx)
{
	int terminal = isatty(STDOUT_FILENO) ? dup(STDOUT_FILENO) : -1;

	if (terminal < 0 || !page(terminal, print, ctx))
		print(ctx);
	if (terminal >= 0)
		close(terminal);
}

/* A pager: a program that has the terminal, and reads from a pipe. */
#include "pager.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOT_FOUND = 127 };	/* the shell's status for that */

static void run_pager(int from)
{
	const char *pager = getenv("PAGER");

	dup2(from, STDIN_FILENO);
	setenv("LESS", "FRX", 0);	/* quit if it fits; keep the screen */
	execlp("sh", "sh", "-c", pager && *pager ? pager : "less",
	    (char *)NULL);
	_exit(NOT_FOUND);
}

/* The pager, with *to to write to; -1: there is none. */
static pid_t start(int *to)
{
	int ends[2];
	pid_t pid;

	if (pipe(ends) < 0)
		return -1;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
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
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND;
}

/* Somebody who has seen enough leaves the pipe: that is no error. */
void cli_page(void (*print)(void *ctx), void *ctx)
{
	int terminal = isatty(STDOUT_FILENO) ? dup(STDOUT_FILENO) : -1, to;
	pid_t pid = terminal >= 0 ? start(&to) : -1;

	if (pid < 0) {
		print(ctx);
	} else {
		void (*before)(int) = signal(SIGPIPE, SIG_IGN);

		dup2(to, STDOUT_FILENO);
		close(to);
		print(ctx);
		fflush(stdout);
		clearerr(stdout);
		dup2(terminal, STDOUT_FILENO);
		signal(SIGPIPE, before);
		if (was_not_found(pid))
			print(ctx);
	}
	if (terminal >= 0)
		close(terminal);
}

/*
 * Starts a command between two ends of a socket pair, by posix_spawn(3), and
 * ends it. What the caller's signals are set to is not for the command.
 */
#include "net/tunnel.h"

#include "base/error.h"
#include "net/dial.h"
#include "net/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int set_attributes(posix_spawnattr_t *attr, bool leads)
{
	short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
	sigset_t none, usual;

	if (leads)
		flags |= POSIX_SPAWN_SETPGROUP;
	(void)sigemptyset(&none);
	(void)sigemptyset(&usual);
	(void)sigaddset(&usual, SIGPIPE);
	(void)posix_spawnattr_setsigmask(attr, &none);
	(void)posix_spawnattr_setsigdefault(attr, &usual);
	return posix_spawnattr_setflags(attr, flags);
}

static int set_streams(posix_spawn_file_actions_t *actions, int theirs)
{
	int sys = posix_spawn_file_actions_adddup2(actions, theirs, 0);

	return sys != 0 ? sys :
	    posix_spawn_file_actions_adddup2(actions, theirs, 1);
}

/* 0, or an errno. posix_spawn(3) leaves the words alone. */
static int spawn(sqb__tunnel *t, const char *const *argv, int theirs)
{
	char *const *words = (char *const *)(uintptr_t)argv;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int sys = posix_spawn_file_actions_init(&actions);

	if (sys != 0)
		return sys;
	sys = posix_spawnattr_init(&attr);
	if (sys == 0) {
		sys = set_streams(&actions, theirs);
		if (sys == 0)
			sys = set_attributes(&attr, t->leads);
		if (sys == 0)
			sys = posix_spawnp(&t->pid, words[0], &actions, &attr,
			    words, environ);
		(void)posix_spawnattr_destroy(&attr);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	return sys;
}

/* Commands read and write as if there were nothing else to do. */
static void make_blocking(int fd)
{
	(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
}

/* dup2(2) of 0 or 1 to itself would leave close-on-exec as it is. */
static int keep_clear_of_streams(int fd[2])
{
	for (size_t i = 0; i < 2; i++) {
		int high = fd[i] > 2 ? fd[i] :
		    fcntl(fd[i], F_DUPFD_CLOEXEC, 3);

		if (high < 0)
			return errno;
		if (high != fd[i])
			(void)close(fd[i]);
		fd[i] = high;
	}
	return 0;
}

static int no_start(sqb_error *err, const char *word, int sys)
{
	char why[80];

	sqb__net_why(sys, why, sizeof(why));
	sqb__error(err, SQB_E_NET, "cannot run ", word, ": ",
	    sys == ENOENT ? "there is no such command" : why);
	err->sys = sys;
	return SQB_E_NET;
}

int sqb__tunnel_start(sqb__tunnel *t, const char *const *argv, int *fd,
    sqb_error *err)
{
	int pair[2], sys;

	*t = (sqb__tunnel){ .leads = !isatty(STDIN_FILENO) };
	if (!argv[0])
		return sqb__error(err, SQB_E_USAGE, "it has no words");
	if (sqb__sys_pair(pair) < 0)
		return no_start(err, argv[0], errno);
	make_blocking(pair[1]);
	sys = keep_clear_of_streams(pair);
	if (sys == 0)
		sys = spawn(t, argv, pair[1]);
	(void)close(pair[1]);
	if (sys == 0) {
		*fd = pair[0];
		return SQB_OK;
	}
	(void)close(pair[0]);
	t->pid = 0;
	return no_start(err, argv[0], sys);
}

static void kill_all(const sqb__tunnel *t)
{
	(void)kill(t->leads ? -t->pid : t->pid, SIGKILL);
}

/* True: it is over, and reaped. */
static bool is_over(sqb__tunnel *t, int *status)
{
	const struct timespec ms = { .tv_nsec = 1000000 };

	for (int i = 0; t->pid != 0 && i < 20; i++) {
		if (waitpid(t->pid, status, WNOHANG) == t->pid) {
			if (t->leads)
				kill_all(t);	/* whom it has left */
			t->pid = 0;
			return true;
		}
		(void)nanosleep(&ms, NULL);
	}
	return false;
}

bool sqb__tunnel_failed(sqb__tunnel *t, sqb_error *err)
{
	char number[16];
	int status, n;

	if (!is_over(t, &status) || status == 0)
		return false;
	n = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
	(void)snprintf(number, sizeof(number), "%d", n);
	if (!WIFEXITED(status))
		sqb__error(err, SQB_E_NET, "tunnel: the command was killed by "
		    "signal ", number);
	else
		sqb__error(err, SQB_E_NET, "tunnel: the command ",
		    n == 126 || n == 127 ? "could not be run" : "has failed",
		    " (exit status ", number, ")");
	return true;
}

void sqb__tunnel_end(sqb__tunnel *t)
{
	if (t->pid == 0)
		return;
	kill_all(t);
	while (waitpid(t->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	t->pid = 0;
}

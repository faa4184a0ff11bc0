/* Running a command; see command.h. */
#define _GNU_SOURCE
#include "store/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { GRACE = 5000, LONGEST_STEP = 20000000 };	/* ms; ns */

/* Signals are as a program expects them. False: errno. */
static bool set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t all, none;
	int wrong;

	sigfillset(&all);
	sigemptyset(&none);
	wrong = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP |
	    POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	if (wrong == 0)
		wrong = posix_spawnattr_setpgroup(attributes, 0);
	if (wrong == 0)
		wrong = posix_spawnattr_setsigdefault(attributes, &all);
	if (wrong == 0)
		wrong = posix_spawnattr_setsigmask(attributes, &none);
	errno = wrong;
	return wrong == 0;
}

static bool set_actions(posix_spawn_file_actions_t *actions, int fd)
{
	int wrong = posix_spawn_file_actions_adddup2(actions, fd,
	    STDIN_FILENO);

	if (wrong == 0)
		wrong = posix_spawn_file_actions_adddup2(actions,
		    STDERR_FILENO, STDOUT_FILENO);
	errno = wrong;
	return wrong == 0;
}

static pid_t start(char *const *words, char *const *env, int fd)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	pid_t pid = -1;
	int wrong;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return -1;
	if (posix_spawnattr_init(&attributes) != 0) {
		posix_spawn_file_actions_destroy(&actions);
		return -1;
	}
	wrong = set_actions(&actions, fd) && set_attributes(&attributes) ?
	    posix_spawnp(&pid, words[0], &actions, &attributes, words, env) :
	    errno;
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	errno = wrong;
	return wrong == 0 ? pid : -1;
}

static sqb_time now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (sqb_time)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static sqb_time in(sqb_time duration)
{
	sqb_time t = now();

	return duration < SQB_NEVER - t ? t + duration : SQB_NEVER;
}

/* 1: it has ended; 0: not by then; -1: it cannot be known, see errno. */
static int wait_until(pid_t pid, sqb_time until, int *status)
{
	struct timespec step = { .tv_nsec = 200000 };
	pid_t ended;

	for (;;) {
		ended = waitpid(pid, status, WNOHANG);
		if (ended == pid || (ended < 0 && errno != EINTR))
			return ended == pid ? 1 : -1;
		if (now() >= until)
			return 0;
		nanosleep(&step, NULL);
		step.tv_nsec = step.tv_nsec * 2 < LONGEST_STEP ?
		    step.tv_nsec * 2 : LONGEST_STEP;
	}
}

bool sqb__command_run(char *const *words, char *const *env, int fd,
    sqb_time timeout, int *status, bool *late)
{
	pid_t pid = start(words, env, fd);
	int ended;

	if (pid < 0)
		return false;
	ended = wait_until(pid, in(timeout), status);
	*late = ended == 0;
	if (ended == 0) {
		kill(-pid, SIGTERM);
		ended = wait_until(pid, in(GRACE), status);
	}
	if (*late)
		kill(-pid, SIGKILL);
	while (ended == 0 && waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return false;
	return ended >= 0;
}

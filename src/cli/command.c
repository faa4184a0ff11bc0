/*
 * A command is watched: its time is limited, and a signal for us ends it too.
 * Signals are blocked but while we wait, so that none comes between looking
 * for one and waiting.
 */
#define _GNU_SOURCE
#include "command.h"

#include "interrupt.h"
#include "print.h"
#include "words.h"

#include <squab/link.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum {
	END_TICK = 10,		/* ms between two looks whether it has ended */
	SIGNAL_TICK = 200,	/* … whether another thread has caught one */
	GRACE = 10000		/* ms to end after one, for what was begun */
};

extern char **environ;

typedef struct child {
	const char *what;	/* it is, for people */
	char *const *env;
	pid_t pid;
	int fd;			/* what it prints; -1: that is not for us */
	bool alone;		/* a process group of its own */
	sqb_time until;
	sqb_time grace;		/* ms after a signal; 0: it ends it */
	bool warned;		/* a signal has come */
	sigset_t before;	/* the signals blocked outside of here */
} child;

static int set_streams(posix_spawn_file_actions_t *actions, int out,
    bool tty)
{
	int sys = posix_spawn_file_actions_adddup2(actions, out, 1);

	return sys != 0 || tty ? sys : posix_spawn_file_actions_addopen(
	    actions, 0, "/dev/null", O_RDONLY, 0);
}

/* Who asks at the terminal must stay in the group that has it. */
static int set_signals(posix_spawnattr_t *attr, const child *c)
{
	short flags = POSIX_SPAWN_SETSIGMASK;

	if (c->alone)
		flags |= POSIX_SPAWN_SETPGROUP;
	posix_spawnattr_setsigmask(attr, &c->before);
	return posix_spawnattr_setflags(attr, flags);
}

/* 0, or an errno. */
static int spawn(child *c, char *const *argv, int out)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int sys = posix_spawn_file_actions_init(&actions);

	if (sys != 0)
		return sys;
	sys = posix_spawnattr_init(&attr);
	if (sys == 0) {
		sys = set_streams(&actions, out, !c->alone);
		if (sys == 0)
			sys = set_signals(&attr, c);
		if (sys == 0)
			sys = posix_spawnp(&c->pid, argv[0], &actions, &attr,
			    argv, c->env);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&actions);
	return sys;
}

static int start(child *c, char *const *argv)
{
	int ends[2], sys;

	if (c->fd < 0)
		return spawn(c, argv, STDERR_FILENO);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return errno;
	c->fd = ends[0];
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	sys = spawn(c, argv, ends[1]);
	close(ends[1]);
	if (sys != 0)
		close(ends[0]);
	return sys;
}

/* What a signal leaves of its time; false: nothing. */
static bool outlives_signal(child *c)
{
	sqb_time end = sqb_link_now() + c->grace;

	if (!cli_interrupted() || c->warned)
		return true;
	c->warned = true;
	if (end < c->until)
		c->until = end;
	return c->grace > 0;
}

/* 0: nothing has come for so many ms, or fd is ready; else an errno. */
static int wait_for(child *c, int fd, sqb_time most)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	bool lives = outlives_signal(c);
	sqb_time left = c->until - sqb_link_now();
	struct timespec t;

	if (!lives)
		return EINTR;
	if (left <= 0)
		return ETIMEDOUT;
	left = left < most ? left : most;
	t.tv_sec = (time_t)(left / 1000);
	t.tv_nsec = (long)(left % 1000) * 1000000;
	return ppoll(&p, 1, &t, &c->before) < 0 && errno != EINTR ? errno : 0;
}

/* 0, or an errno: ETIMEDOUT, EINTR. */
static int take_output(child *c, char *out, size_t cap, size_t *len)
{
	char rest[512];
	ssize_t n = 1;
	int sys = 0;

	for (*len = 0; n != 0 && sys == 0; ) {
		bool full = *len == cap;

		sys = wait_for(c, c->fd, SIGNAL_TICK);
		if (sys != 0)
			break;
		n = read(c->fd, full ? rest : out + *len,
		    full ? sizeof(rest) : cap - *len);
		if (n > 0 && !full)
			*len += (size_t)n;
		else if (n < 0 && errno != EAGAIN && errno != EINTR)
			sys = errno;
	}
	explicit_bzero(rest, sizeof(rest));
	return sys;
}

/* 0 and *status, or an errno. A pipe tells no more once it is closed. */
static int await_end(child *c, int *status)
{
	pid_t ended;
	int sys;

	while ((ended = waitpid(c->pid, status, WNOHANG)) == 0) {
		sys = wait_for(c, -1, END_TICK);
		if (sys != 0)
			return sys;
	}
	return ended < 0 ? errno : 0;
}

static void end(const child *c)
{
	kill(c->alone ? -c->pid : c->pid, SIGKILL);
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static int say_failure(const child *c, const char *command, int sys,
    int wait_status)
{
	if (sys == EINTR)
		return EX_TEMPFAIL;	/* the signal has its own */
	if (sys == ETIMEDOUT)
		cli_error("%s: %s took too long, and was ended", command,
		    c->what);
	else if (sys != 0)
		cli_error("%s: %s", command, strerror(sys));
	else if (WIFEXITED(wait_status))
		cli_error("%s: %s failed: exit %d", command, c->what,
		    WEXITSTATUS(wait_status));
	else
		cli_error("%s: %s was ended: %s", command, c->what,
		    strsignal(WTERMSIG(wait_status)));
	return EX_CONFIG;
}

static int watch(child *c, const char *command, char *out, size_t cap,
    size_t *len)
{
	int wait_status = 0, sys = 0;

	if (len && c->fd >= 0) {
		sys = take_output(c, out, cap, len);
		close(c->fd);
	}
	if (sys == 0)
		sys = await_end(c, &wait_status);
	if (sys != 0)
		end(c);
	return sys != 0 || wait_status != 0 ?
	    say_failure(c, command, sys, wait_status) : 0;
}

static int run(child *c, const char *command, char *out, size_t cap,
    size_t *len)
{
	char shell[] = "/bin/sh", flag[] = "-c";
	char *by_shell[] = { shell, flag, (char *)(uintptr_t)command, NULL };
	const char *why;
	cli_words words;
	int sys;

	if (*command == '[' && !cli_words_parse(&words, command, &why)) {
		cli_error("%s: %s", command, why);
		return EX_USAGE;
	}
	sys = start(c, *command == '[' ? words.argv : by_shell);
	return sys != 0 ? say_failure(c, command, sys, 0) :
	    watch(c, command, out, cap, len);
}

/* Signals are held while it runs. */
static int run_alone(child *c, const char *command, char *out, size_t cap,
    size_t *len)
{
	sigset_t ours;
	int status;

	sigemptyset(&ours);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &ours, &c->before);
	cli_interrupt_hold();
	status = run(c, command, out, cap, len);
	cli_interrupt_link(NULL);
	pthread_sigmask(SIG_SETMASK, &c->before, NULL);
	return cli_interrupt_exit(status);
}

int cli_command_run(const char *command, sqb_time patience, char *out,
    size_t cap, size_t *len)
{
	child c = { .what = "the command for the password", .env = environ,
		.until = sqb_link_now() + patience,
		.alone = !isatty(STDIN_FILENO) };

	return run_alone(&c, command, out, cap, len);
}

/* Ours and more, for free(3). NULL: no memory. */
static char **environment_with(char *const *variables)
{
	size_t n = 0, more = 0;
	char **env;

	while (environ[n])
		n++;
	while (variables[more])
		more++;
	env = malloc((n + more + 1) * sizeof(*env));
	if (!env)
		return NULL;
	/* Of two with one name the first counts. */
	memcpy(env, variables, more * sizeof(*env));
	memcpy(env + more, environ, (n + 1) * sizeof(*env));
	return env;
}

int cli_command_do(const char *command, sqb_time patience,
    char *const *variables)
{
	char **env = environment_with(variables);
	child c = { .what = "the command", .env = env, .fd = -1,
		.until = sqb_link_now() + patience, .grace = GRACE,
		.alone = true };
	int status = EX_OSERR;

	if (env)
		status = run_alone(&c, command, NULL, 0, NULL);
	else
		cli_error("no memory");
	free(env);
	return status;
}

/*
 * squab fetch --jobs: a process for each account, so many at a time. What one
 * does wrong or knows does not touch the others. The parent only starts them,
 * passes signals on and waits; it reads neither mail nor passwords. Children
 * write their own output, a line a write: lines of up to PIPE_BUF octets do
 * not mix.
 */
#include "fetch.h"
#include "interrupt.h"
#include "print.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#define LINE_ROOM 8192		/* no line that we print is longer */

typedef struct job {
	pid_t pid;
	size_t place;		/* of its account */
} job;

typedef struct jobs {
	const cli_accounts *accounts;
	uint32_t most;		/* at once */
	size_t next;		/* the account to be begun */
	job running[FETCH_JOBS_MAX];
	uint32_t n_running;
	size_t failed;		/* the first account that failed … */
	int status;		/* … and how; 0: none */
	int caught;		/* the first signal; 0: none */
	bool killed;		/* the second one has come */
	sigset_t before;	/* what was blocked */
} jobs;

/* What cannot be said or asked by several at a time. */
static int check(const cli_account *a)
{
	cli_server v = { .conn = a->conn };

	if (a->conn->trace) {
		cli_error("fetch: --trace is for one job at a time");
		return EX_USAGE;
	}
	if (cli_server_has_secret(&v))
		return 0;
	cli_error("%s: several jobs cannot ask for a password: give "
	    "--password-command, --password-file or $SQUAB_PASSWORD", a->name);
	return EX_CONFIG;
}

static void on_child(int number)
{
	(void)number;
}

/* They wait for sigwait(). SIGCHLD would be dropped if nobody caught it. */
static void hold_signals(jobs *j, sigset_t *signals)
{
	struct sigaction act = { .sa_handler = on_child,
		.sa_flags = SA_RESTART | SA_NOCLDSTOP };

	sigemptyset(&act.sa_mask);
	sigaction(SIGCHLD, &act, NULL);
	sigemptyset(signals);
	sigaddset(signals, SIGCHLD);
	sigaddset(signals, SIGINT);
	sigaddset(signals, SIGTERM);
	sigprocmask(SIG_BLOCK, signals, &j->before);
}

/* In the child: what has come since the fork comes now. */
static _Noreturn void work(const jobs *j)
{
	const cli_account *a = &j->accounts->items[j->next];
	char out[LINE_ROOM], err[LINE_ROOM];
	int status;

	setvbuf(stdout, out, _IOLBF, sizeof(out));
	setvbuf(stderr, err, _IOLBF, sizeof(err));
	cli_catch_signals_as_child();
	sigprocmask(SIG_SETMASK, &j->before, NULL);
	status = fetch_one(a->options, a->conn, a->url);
	exit(cli_close_stdout(cli_interrupt_exit(status)));
}

static void ended(jobs *j, size_t place, int status)
{
	if (status == 0 || (j->status != 0 && j->failed < place))
		return;
	j->failed = place;
	j->status = status;
}

/* False: there is no room for another process before one has ended. */
static bool start_next(jobs *j)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		work(j);
	if (pid < 0 && j->n_running > 0)
		return false;
	if (pid < 0) {
		cli_error("%s: no process for it: %s",
		    j->accounts->items[j->next].name, strerror(errno));
		ended(j, j->next, EX_OSERR);
	} else {
		j->running[j->n_running++] = (job){ pid, j->next };
	}
	j->next++;
	return true;
}

static void start(jobs *j)
{
	while (!j->caught && j->next < j->accounts->n &&
	    j->n_running < j->most)
		if (!start_next(j))
			return;
}

static int status_of(const jobs *j, size_t place, int wait_status)
{
	int number;

	if (WIFEXITED(wait_status))
		return WEXITSTATUS(wait_status);
	number = WTERMSIG(wait_status);
	if (!j->killed)
		cli_error("%s: signal %d (%s) has ended the job: what it had "
		    "not recorded comes with the next run",
		    j->accounts->items[place].name, number,
		    strsignal(number));
	return EX_SOFTWARE;
}

static void reap(jobs *j)
{
	uint32_t i = 0;

	while (i < j->n_running) {
		size_t place = j->running[i].place;
		int wait_status;
		pid_t pid = waitpid(j->running[i].pid, &wait_status, WNOHANG);

		if (pid == 0) {
			i++;
			continue;
		}
		ended(j, place, pid < 0 ? EX_OSERR :
		    status_of(j, place, wait_status));
		j->running[i] = j->running[--j->n_running];
	}
}

/* The first lets them end in good order, the second does not wait for it. */
static void pass_on(jobs *j, int number)
{
	j->killed = j->caught;
	if (!j->caught)
		j->caught = number;
	for (uint32_t i = 0; i < j->n_running; i++)
		kill(j->running[i].pid, j->killed ? SIGKILL : number);
}

static void run(jobs *j, const sigset_t *signals)
{
	int number;

	for (start(j); j->n_running > 0; start(j)) {
		if (sigwait(signals, &number) != 0)
			continue;
		if (number == SIGCHLD)
			reap(j);
		else
			pass_on(j, number);
	}
}

int fetch_jobs(const fetch_options *options, const cli_accounts *accounts)
{
	jobs j = { .accounts = accounts, .most = options->jobs };
	sigset_t signals;

	for (size_t i = 0; i < accounts->n; i++) {
		fetch_options *own = accounts->items[i].options;
		int status = check(&accounts->items[i]);

		if (status != 0)
			return status;
		if (own->progress != CLI_PROGRESS_JSON)
			own->progress = CLI_PROGRESS_NEVER;
	}
	hold_signals(&j, &signals);
	run(&j, &signals);
	sigprocmask(SIG_SETMASK, &j.before, NULL);
	return j.caught ? 128 + j.caught : j.status;
}

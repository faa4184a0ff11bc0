/*
 * Many accounts at once, in one thread: a run each, so many at a time, on one
 * libuv loop. What one does wrong does not touch the others. The first signal
 * lets those under way end in good order and begins no more; the second ends
 * the program.
 */
#include "fetch.h"

#include "fetch_queue.h"
#include "interrupt.h"
#include "print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>

enum {
	PROGRESS_EVERY = 100,	/* ms */
	PACE = 50,		/* ms, in which … */
	BURST = 64,		/* … so many runs may begin */
	RUN_FDS = 10,		/* a run: line, ledger, destination */
	SPARE_FDS = 40,
	MAX_WORKERS = 64
};

typedef struct jobs jobs;

/* A run and its place; kept while it is under way. */
typedef struct job {
	fetch_run run;
	jobs *jobs;
	uint32_t place;
	struct job *next;
} job;

/* How it has gone with an account. */
typedef struct slot {
	uint32_t n_failed;
	int64_t login_delay;	/* as fetch_run's, of the last run */
	size_t n_nameless;
} slot;

struct jobs {
	const fetch_jobs *all;
	uv_loop_t loop;
	uv_poll_t signals;
	uv_timer_t ticks, alarm;
	slot *slots;		/* by place */
	fetch_queue queue;
	size_t n_jobs;		/* as many as there are descriptors for */
	size_t n_running, n_ended;
	sqb_time burst_since;
	uint32_t n_burst;	/* begun since then */
	job *running;
	uint32_t failed;	/* the first place that has, … */
	int status;		/* … and how; 0: none has */
	cli_progress bar;	/* kind 0: there is none */
	fetch_sum sum;		/* of the runs that have ended */
	sqb_time start;
};

static void start_more(jobs *j);

static void note_status(jobs *j, uint32_t place, int status)
{
	if (status == 0 || (j->status != 0 && j->failed < place))
		return;
	j->failed = place;
	j->status = status;
}

static void unlink_job(jobs *j, job *gone)
{
	job **at = &j->running;

	while (*at != gone)
		at = &(*at)->next;
	*at = gone->next;
	fetch_queue_end(&j->queue, gone->place);
	j->n_running--;
	j->n_ended++;
}

static void stop_waiting(jobs *j)
{
	uv_close((uv_handle_t *)&j->signals, NULL);
	uv_close((uv_handle_t *)&j->ticks, NULL);
	uv_close((uv_handle_t *)&j->alarm, NULL);
}

/* When it is to begin again. */
static void schedule(jobs *j, uint32_t place, const fetch_run *r)
{
	slot *s = &j->slots[place];

	s->n_failed = r->ended_well ? 0 : s->n_failed + 1;
	s->login_delay = r->login_delay;
	if (r->plan.list.n_items > 0)
		s->n_nameless = r->plan.n_nameless;
	if (j->all->again)
		fetch_queue_add(&j->queue, place, sqb_link_now() +
		    j->all->again(r, s->n_failed));
}

static void ended(fetch_run *r)
{
	job *one = r->ctx;
	jobs *j = one->jobs;

	note_status(j, one->place, r->status);
	fetch_sum_add(&j->sum, r);
	unlink_job(j, one);
	schedule(j, one->place, r);
	fetch_run_clear(r);
	free(one);
	start_more(j);
}

static void set_trace(fetch_run *r)
{
	cli_trace *t = &r->server.trace;

	if (!t->out && r->options->verbose)
		t->out = stderr;
	t->label = r->named ? r->server.account : NULL;
}

/* A person is asked before the loop runs: it would wait for the answer. */
static int ask_person(job *one)
{
	fetch_run *r = &one->run;

	return cli_server_has_secret(&r->server) ? 0 :
	    cli_server_secret(&r->server, &r->secret);
}

static job *make(jobs *j, uint32_t place)
{
	const cli_account *a = &j->all->accounts->items[place];
	job *one = calloc(1, sizeof(*one));

	if (!one) {
		cli_error("no memory");
		return NULL;
	}
	one->jobs = j;
	one->place = place;
	one->run = (fetch_run){ .options = a->options, .ctx = one,
	    .ended = ended, .named = j->all->accounts->n > 1,
	    .progress_kind = j->all->progress,
	    .login_delay = j->slots[place].login_delay,
	    .n_nameless_said = j->slots[place].n_nameless };
	if (j->bar.kind != 0) {
		one->run.bar = &j->bar;
		one->run.progress_kind = CLI_PROGRESS_NEVER;
	}
	one->run.status = cli_server_init(&one->run.server, a->conn, a->url);
	set_trace(&one->run);
	if (one->run.status == 0)
		one->run.status = ask_person(one);
	return one;
}

/* What has ended before it began is not begun again. */
static void start(jobs *j, uint32_t place)
{
	job *one = make(j, place);

	fetch_queue_begin(&j->queue, place);
	if (!one || one->run.status != 0) {
		note_status(j, place, one ? one->run.status : EX_OSERR);
		if (one)
			cli_server_clear(&one->run.server);
		free(one);
		fetch_queue_end(&j->queue, place);
		j->n_ended++;
		return;
	}
	one->next = j->running;
	j->running = one;
	j->n_running++;
	j->n_burst++;
	fetch_run_begin(&one->run, &j->loop);
}

static void on_alarm(uv_timer_t *handle)
{
	start_more(handle->data);
}

/* When the next may begin: names and lines are not asked for all at once. */
static sqb_time next_begin(jobs *j, sqb_time now)
{
	if (now - j->burst_since >= PACE) {
		j->burst_since = now;
		j->n_burst = 0;
	}
	return j->n_burst < BURST ? now : j->burst_since + PACE;
}

/* Those that are due; the others when they are. */
static void start_more(jobs *j)
{
	uint32_t place;

	while (j->n_running < j->n_jobs && !cli_interrupted() &&
	    (place = fetch_queue_first(&j->queue)) != FETCH_NOBODY) {
		sqb_time now = sqb_link_now(), due = next_begin(j, now);

		if (j->queue.turns[place].due > due)
			due = j->queue.turns[place].due;
		if (due > now) {
			uv_timer_start(&j->alarm, on_alarm,
			    (uint64_t)(due - now), 0);
			return;
		}
		start(j, place);
	}
	if (j->n_running == 0)
		stop_waiting(j);
}

static void on_signal(uv_poll_t *handle, int status, int events)
{
	jobs *j = handle->data;

	(void)status;
	(void)events;
	uv_poll_stop(handle);
	uv_timer_stop(&j->alarm);
	if (j->n_running == 0)
		stop_waiting(j);
	for (job *one = j->running; one; one = one->next)
		fetch_run_interrupt(&one->run);
}

/* What is on the bar of all: runs that have ended, and those under way. */
static void show_all(jobs *j)
{
	cli_progress *p = &j->bar;
	fetch_sum sum = j->sum;

	for (const job *one = j->running; one; one = one->next)
		fetch_sum_add(&sum, &one->run);
	p->n_messages = sum.n_planned;
	p->octets = sum.planned_octets;
	p->accounts_done = j->n_ended;
	cli_progress_show(p, sum.n_done, sum.done_octets);
}

static void on_tick(uv_timer_t *handle)
{
	jobs *j = handle->data;

	for (job *one = j->running; one; one = one->next)
		cli_progress_show(&one->run.progress, one->run.n_done,
		    one->run.done_octets);
	if (j->bar.kind != 0)
		show_all(j);
}

/* One bar for all accounts; as JSON each tells of itself. */
static void begin_progress(jobs *j)
{
	int kind = cli_progress_kind(j->all->progress);

	if (kind == CLI_PROGRESS_ALWAYS && j->all->accounts->n > 1) {
		cli_progress_begin(&j->bar, j->all->progress, NULL, 0, 0);
		j->bar.n_accounts = j->all->accounts->n;
	}
	if (kind != CLI_PROGRESS_NEVER)
		uv_timer_start(&j->ticks, on_tick, PROGRESS_EVERY,
		    PROGRESS_EVERY);
}

/*
 * Each run waits for one worker at a time, for a disk or for a command; the
 * environment has the last word.
 */
static int set_workers(const jobs *j)
{
	size_t n = j->n_jobs < MAX_WORKERS ? j->n_jobs : MAX_WORKERS;
	char text[24];

	snprintf(text, sizeof(text), "%zu", n > 0 ? n : 1);
	return setenv("UV_THREADPOOL_SIZE", text, 0) < 0 ? UV_ENOMEM : 0;
}

/* The system may allow more descriptors than a program has at first. */
static void set_n_jobs(jobs *j)
{
	struct rlimit limit;
	size_t n = j->all->accounts->n, fit;

	j->n_jobs = n < j->all->n_jobs ? n : j->all->n_jobs;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
	    limit.rlim_cur >= j->n_jobs * RUN_FDS + SPARE_FDS)
		return;
	limit.rlim_cur = j->n_jobs * RUN_FDS + SPARE_FDS;
	if (limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	fit = limit.rlim_cur < SPARE_FDS + RUN_FDS ? 1 :
	    (limit.rlim_cur - SPARE_FDS) / RUN_FDS;
	if (fit >= j->n_jobs)
		return;
	cli_error("warning: %zu accounts at once, not %zu: there are only %llu "
	    "file descriptors (ulimit -n)", fit, j->n_jobs,
	    (unsigned long long)limit.rlim_cur);
	j->n_jobs = fit;
}

static int begin(jobs *j)
{
	int sys;

	set_n_jobs(j);
	sys = set_workers(j);
	if (sys == 0)
		sys = uv_loop_init(&j->loop);
	if (sys == 0)
		sys = uv_poll_init(&j->loop, &j->signals, cli_interrupt_fd());
	if (sys < 0) {
		cli_error("no event loop: %s", uv_strerror(sys));
		return EX_OSERR;
	}
	uv_timer_init(&j->loop, &j->ticks);
	uv_timer_init(&j->loop, &j->alarm);
	j->signals.data = j->ticks.data = j->alarm.data = j;
	uv_poll_start(&j->signals, UV_READABLE, on_signal);
	begin_progress(j);
	return 0;
}

/* All are due at once, in their order. */
static bool make_slots(jobs *j)
{
	const cli_accounts *accounts = j->all->accounts;

	j->slots = calloc(accounts->n, sizeof(*j->slots));
	if (!fetch_queue_init(&j->queue, accounts, j->all->n_per_host) ||
	    !j->slots)
		return false;
	for (uint32_t i = 0; i < accounts->n; i++) {
		j->slots[i].login_delay = -1;
		fetch_queue_add(&j->queue, i, 0);
	}
	return true;
}

static void free_slots(jobs *j)
{
	fetch_queue_clear(&j->queue);
	free(j->slots);
}

int fetch_jobs_run(const fetch_jobs *all)
{
	jobs j = { .all = all, .start = sqb_link_now() };
	int status = EX_OSERR;

	if (make_slots(&j))
		status = begin(&j);
	else
		cli_error("no memory");
	if (status != 0) {
		free_slots(&j);
		return status;
	}
	start_more(&j);
	uv_run(&j.loop, UV_RUN_DEFAULT);
	uv_loop_close(&j.loop);
	free_slots(&j);
	if (j.bar.kind != 0)
		show_all(&j);
	cli_progress_end(&j.bar, j.sum.n_done, j.sum.done_octets);
	if (all->accounts->n > 1 && !all->again)
		fetch_report_total(&j.sum, all->accounts->items[0].options,
		    sqb_link_now() - j.start);
	return cli_interrupt_exit(j.status);
}

/*
 * A thread for what blocks: see task.h. What is new is said once: the pipe has
 * an octet in it exactly while there is news, so that writing never waits.
 */
#include <squab/task.h>

#include "base/error.h"
#include "base/utf8.h"
#include "net/sys.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OURS, THEIRS };		/* ends of the pair; THEIRS is polled */

struct sqb_task {
	sqb_task_fn fn;
	void *ctx;
	pthread_t thread;
	int pair[2];
	sqb_error error;	/* the thread's, until it is joined */
	pthread_mutex_t mutex;	/* … of what follows */
	sqb_session *watched;
	sqb_task_event event;
	bool has_news;
	bool is_canceled;
};

/* --- the thread */

/* With the mutex held. */
static void tell(sqb_task *t)
{
	if (!t->has_news)
		(void)sqb__sys_send(t->pair[OURS], "", 1);
	t->has_news = true;
}

static void *run(void *arg)
{
	sqb_task *t = arg;
	int rc = t->fn(t, t->ctx, &t->error);

	if (t->error.code != rc)
		t->error.code = (sqb_code)rc;
	pthread_mutex_lock(&t->mutex);
	t->watched = NULL;
	t->event.is_over = true;
	tell(t);
	pthread_mutex_unlock(&t->mutex);
	return NULL;
}

void sqb_task_watch(sqb_task *t, sqb_session *s)
{
	pthread_mutex_lock(&t->mutex);
	t->watched = s;
	if (s && t->is_canceled)
		sqb_session_interrupt(s);
	pthread_mutex_unlock(&t->mutex);
}

bool sqb_task_is_canceled(sqb_task *t)
{
	bool is_canceled;

	pthread_mutex_lock(&t->mutex);
	is_canceled = t->is_canceled;
	pthread_mutex_unlock(&t->mutex);
	return is_canceled;
}

void sqb_task_progress(sqb_task *t, uint64_t done, uint64_t total,
    const char *text)
{
	sqb_task_event event = { .done = done, .total = total };
	sqb_str fits = sqb__utf8_cut(sqb_str_of(text ? text : ""),
	    sizeof(event.text) - 1);

	memcpy(event.text, fits.ptr, fits.len);
	pthread_mutex_lock(&t->mutex);
	t->event = event;
	tell(t);
	pthread_mutex_unlock(&t->mutex);
}

/* --- starting it */

/* The program's signals are for its own threads. */
static int start_thread(sqb_task *t)
{
	sigset_t all, before;
	int rc;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&t->thread, NULL, run, t);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

static void free_task(sqb_task *t)
{
	(void)close(t->pair[OURS]);
	(void)close(t->pair[THEIRS]);
	(void)pthread_mutex_destroy(&t->mutex);
	free(t);
}

/* Of a new task; 0 or an errno, and then it is freed. */
static int prepare(sqb_task *t)
{
	int rc = pthread_mutex_init(&t->mutex, NULL);

	if (rc == 0 && sqb__sys_pair(t->pair) < 0) {
		rc = errno;
		(void)pthread_mutex_destroy(&t->mutex);
	}
	if (rc != 0) {
		free(t);
		return rc;
	}
	rc = start_thread(t);
	if (rc != 0)
		free_task(t);
	return rc;
}

sqb_task *sqb_task_start(sqb_task_fn fn, void *ctx, sqb_error *err)
{
	sqb_task *t = malloc(sizeof(*t));
	int rc = ENOMEM;

	if (t) {
		*t = (sqb_task){ .fn = fn, .ctx = ctx };
		rc = prepare(t);
	}
	if (rc == 0)
		return t;
	sqb__error(err, SQB_E_NOMEM, rc == ENOMEM ? "out of memory" :
	    "no thread or descriptor is left for a task");
	if (err)
		err->sys = rc;
	return NULL;
}

/* --- the other threads */

int sqb_task_fd(const sqb_task *t)
{
	return t->pair[THEIRS];
}

int sqb_task_next(sqb_task *t, sqb_task_event *event)
{
	bool has_news;
	char octet;

	pthread_mutex_lock(&t->mutex);
	has_news = t->has_news;
	if (has_news) {
		(void)sqb__sys_recv(t->pair[THEIRS], &octet, 1);
		*event = t->event;
		t->has_news = false;
	}
	pthread_mutex_unlock(&t->mutex);
	return has_news;
}

void sqb_task_cancel(sqb_task *t)
{
	pthread_mutex_lock(&t->mutex);
	t->is_canceled = true;
	if (t->watched)
		sqb_session_interrupt(t->watched);
	pthread_mutex_unlock(&t->mutex);
}

int sqb_task_join(sqb_task *t, sqb_error *err)
{
	int code;

	(void)pthread_join(t->thread, NULL);
	code = t->error.code;
	if (err)
		*err = t->error;
	free_task(t);
	return code;
}

/*
 * A thread for what blocks, for programs with neither a loop nor patience: it
 * runs a function of yours, in which blocking calls are made, and tells how far
 * it is over a file descriptor. POSIX threads.
 *
 *	t = sqb_task_start(fetch, &work);
 *	... poll(2) on sqb_task_fd(t); then, until it is 0:
 *	while (sqb_task_next(t, &event) > 0) ...
 *	sqb_task_join(t, &err);
 */
#ifndef SQUAB_TASK_H
#define SQUAB_TASK_H

#include <squab/session.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sqb_task sqb_task;

/*
 * Runs on the task's thread. Its result, SQB_OK or an sqb_code, is the task's;
 * *err has the words.
 */
typedef int (*sqb_task_fn)(sqb_task *t, void *ctx, sqb_error *err);

/*
 * Starts a thread with fn in it. Signals are blocked there. NULL: no memory, or
 * no thread; err may be NULL.
 */
SQB_API sqb_task *sqb_task_start(sqb_task_fn fn, void *ctx, sqb_error *err);

/* --- on the task's thread */

/*
 * Canceling the task interrupts this session (sqb_session_interrupt()) as long
 * as it is watched, at once if it was canceled before; NULL: none. Watch NULL
 * before you close it. One that is still to open is begun, watched, and then
 * waited for, so that it can be left while it connects:
 *
 *	rc = sqb_pop3_start(&s, url, &options, err);
 *	if (rc == SQB_OK) {
 *		sqb_task_watch(t, sqb_pop3_base(s));
 *		rc = sqb_session_wait(sqb_pop3_base(s));
 *		...
 *		sqb_task_watch(t, NULL);
 *		sqb_pop3_close(s);
 *	}
 */
SQB_API void sqb_task_watch(sqb_task *t, sqb_session *s);
/* True: give up soon. */
SQB_API bool sqb_task_is_canceled(sqb_task *t);
/*
 * How far it is, in numbers that are yours, and a text, cut after at most 119
 * octets; NULL is "". What it said before, and nobody fetched, is forgotten.
 */
SQB_API void sqb_task_progress(sqb_task *t, uint64_t done, uint64_t total,
    const char *text);

/* --- on any other thread */

typedef struct sqb_task_event {
	uint64_t done, total;
	char text[120];
	bool is_over;		/* fn has returned: join() has its code */
} sqb_task_event;

/* Readable while sqb_task_next() has something to say. */
SQB_API int sqb_task_fd(const sqb_task *t);
/*
 * 1: *event is set, the newest progress or the end; 0: nothing is new. The end
 * comes once, with the newest progress.
 */
SQB_API int sqb_task_next(sqb_task *t, sqb_task_event *event);
/* Asks it to stop; returns at once. Any number of times, before join. */
SQB_API void sqb_task_cancel(sqb_task *t);
/* Waits for its end and frees it, fd and all. Its code; err may be NULL. */
SQB_API int sqb_task_join(sqb_task *t, sqb_error *err);

#ifdef __cplusplus
}
#endif
#endif

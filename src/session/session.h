/*
 * What the sessions of all protocols are made of: an engine and a link under
 * one roof, and one task at a time, driven by events. A blocking call starts
 * its task and waits until it is over; a program with a loop of its own steps
 * it. A protocol's session begins with sqb__session, and brings a table.
 */
#ifndef SQB_SESSION_SESSION_H
#define SQB_SESSION_SESSION_H

#include <squab/session.h>

#include "base/buf.h"

typedef struct sqb__session sqb__session;

/* What a task makes of an event. */
typedef enum sqb__verdict {
	SQB__TASK_GOES_ON,
	SQB__TASK_IS_OVER,
	SQB__TASK_WAITS		/* it is to come again with the next step */
} sqb__verdict;

/* What tasks differ in. */
typedef struct sqb__task {
	/*
	 * Asks for what there is room for; NULL: all was asked. 1: all is over;
	 * negative: the session is.
	 */
	int (*ask)(sqb__session *s);
	/* Takes the event that the protocol's next() has fetched. */
	sqb__verdict (*take)(sqb__session *s);
	/* The session is over, and so is the task; NULL: nothing to do. */
	void (*lost)(sqb__session *s);
} sqb__task;

/* What protocols differ in. */
typedef struct sqb__protocol {
	const char *name;	/* "pop3: ", before the words of errors */
	/* Fetches an event to where the tasks look for it; 1, 0, negative. */
	int (*next)(sqb__session *s);
	sqb_progress (*progress)(const sqb__session *s);
} sqb__protocol;

struct sqb__session {
	const sqb__protocol *protocol;
	const sqb_allocator *allocator;
	sqb_engine *engine;	/* the protocol's session owns it */
	sqb_link *link;
	sqb_error error;	/* of the last call */

	const sqb__task *task;	/* NULL: nothing is under way */
	bool holds;		/* an event came that is to come again */
	sqb__buf welcome;	/* the greeting; NUL-terminated */

	int (*on_progress)(void *ctx, const sqb_progress *progress);
	void *on_progress_ctx;
	sqb_time progress_due;
};

void sqb__session_init(sqb__session *s, const sqb__protocol *protocol,
    const sqb_allocator *a, const sqb_session_options *o);
/* Closes the line; the engine is freed after that. */
void sqb__session_clear(sqb__session *s);

/* Goes on with the task as far as it can; see sqb_pop3_step(). */
int sqb__session_step(sqb__session *s);

/* Waits until the task is over. Its code. */
int sqb__session_finish(sqb__session *s);

/*
 * The engine did not accept a command, with code rc: sets s->error and returns
 * rc. Without memory the session is over.
 */
int sqb__session_unasked(sqb__session *s, int rc);

/*
 * Sends what waits, if the line takes it at once. True: it is on its way, and
 * the reply need not be waited for.
 */
bool sqb__session_leave(sqb__session *s);

/* How a command has failed. */
typedef struct sqb__failure {
	sqb_code code;
	const char *what;	/* "RETR"; "bob@example.org" */
	sqb_str words;		/* the server's */
	const sqb_error *why;	/* in our words instead; NULL: none */
	int32_t reply;		/* the protocol's number for it */
} sqb__failure;

/* *err says so, naming the protocol. */
void sqb__session_describe(const sqb__session *s, const sqb__failure *f,
    sqb_error *err);

/* Keeps the greeting. */
void sqb__session_greet(sqb__session *s, sqb_str words);

/* What a buffer that ends in NUL holds; "" where it has failed or is empty. */
const char *sqb__text_of(const sqb__buf *b);

#endif

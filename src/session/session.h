/*
 * What the sessions of all protocols are made of: an engine and a link under
 * one roof, and one task at a time, driven by events. A blocking call starts
 * its task and waits until it is over; a program with a loop of its own steps
 * it. A protocol's session begins with sqb_session, and brings a table.
 */
#ifndef SQB_SESSION_SESSION_H
#define SQB_SESSION_SESSION_H

#include <squab/session.h>

#include "base/buf.h"

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
	int (*ask)(sqb_session *s);
	/* Takes the event that the protocol's next() has fetched. */
	sqb__verdict (*take)(sqb_session *s);
	/*
	 * The task ends with s->error, whatever it was about: the session is
	 * over, or it was canceled. NULL: nothing to do.
	 */
	void (*lost)(sqb_session *s);
} sqb__task;

/* What protocols differ in. */
typedef struct sqb__protocol {
	const char *name;	/* "pop3: ", before the words of errors */
	/* Fetches an event to where the tasks look for it; 1, 0, negative. */
	int (*next)(sqb_session *s);
	sqb_progress (*progress)(const sqb_session *s);
	/* Cancels what the task has asked, and fetches all that it yields. */
	void (*cancel)(sqb_session *s);
} sqb__protocol;

struct sqb_session {
	const sqb__protocol *protocol;
	const sqb_allocator *allocator;
	sqb_engine *engine;	/* the protocol's session owns it */
	sqb_link *link;
	sqb_error error;	/* of the last operation */
	bool refused;		/* another one was, since this is under way */

	const sqb__task *task;	/* NULL: nothing is under way */
	uint64_t tag;		/* of its commands */
	bool is_open;		/* the first operation went well */
	bool holds;		/* an event came that is to come again */
	bool late;		/* the line was left alone for a while */
	bool is_inside;		/* a callback may be running … */
	bool to_cancel;		/* … and has asked for that */
	sqb__buf welcome;	/* the greeting; NUL-terminated */

	int (*on_progress)(void *ctx, const sqb_progress *progress);
	void *on_progress_ctx;
	sqb_time progress_due;
	void (*on_wake)(void *ctx);
	void *on_wake_ctx;
};

void sqb__session_init(sqb_session *s, const sqb__protocol *protocol,
    const sqb_allocator *a, const sqb_session_options *o);
/* Closes the line; the engine is freed after that. */
void sqb__session_clear(sqb_session *s);

/*
 * Before an operation asks for anything. SQB_E_USAGE: one is under way, which
 * is not disturbed.
 */
int sqb__session_begin(sqb_session *s);

/* What was asked for is under way now; NULL: it is over already. */
void sqb__session_run(sqb_session *s, const sqb__task *task);

/* Blocks, if rc says that the operation was started. Its code. */
int sqb__session_finish(sqb_session *s, int rc);

/* The code of the operation that is over; SQB_E_USAGE: it is not. */
int sqb__session_code(sqb_session *s);

/*
 * The engine did not accept a command, with code rc: sets s->error and returns
 * rc. Without memory the session is over.
 */
int sqb__session_unasked(sqb_session *s, int rc);

/*
 * Sends what waits, if the line takes it at once. True: it is on its way, and
 * the reply need not be waited for.
 */
bool sqb__session_leave(sqb_session *s);

/* How a command has failed. */
typedef struct sqb__failure {
	sqb_code code;
	const char *what;	/* "RETR"; "bob@example.org" */
	sqb_str words;		/* the server's */
	const sqb_error *why;	/* in our words instead; NULL: none */
	int32_t reply;		/* the protocol's number for it */
} sqb__failure;

/* *err says so, naming the protocol. */
void sqb__session_describe(const sqb_session *s, const sqb__failure *f,
    sqb_error *err);

/* Keeps the greeting. */
void sqb__session_greet(sqb_session *s, sqb_str words);

/* What a buffer that ends in NUL holds; "" where it has failed or is empty. */
const char *sqb__text_of(const sqb__buf *b);

#endif

/*
 * A server for tests that stops in the middle: it answers lines from a table,
 * and where a row says so it waits until it is let go on.
 */
#ifndef SQB_TESTS_STALLING_H
#define SQB_TESTS_STALLING_H

#include "loopback.h"

#include <squab/session.h>

#include <stdatomic.h>
#include <stdbool.h>

/* What is said to a line that begins so; the first row that fits counts. */
typedef struct row {
	const char *line;	/* NULL: the last row; "" fits all. The greeting
				   is an answer to "hello" */
	const char *says;
	const char *later;	/* not NULL: it stalls, and then says this */
} row;

typedef struct stalling {
	server server;
	const row *rows;	/* before … */
	const row *rest;	/* … these */
	char url[64];
	atomic_bool has_stalled;
	int gate[2];		/* a pipe: an octet lets it go on */
} stalling;

/* rows may be NULL. s must stay where it is. */
void stalling_start(stalling *s, const char *scheme, const row *rows,
    const row *rest);
void stalling_let_go(stalling *s);
/* The client has closed before. */
void stalling_stop(stalling *s);

/*
 * Steps as a loop does: true when the operation is over, false when the server
 * has stalled and all that it has said was taken.
 */
bool step_till_stalled(stalling *s, sqb_session *session);
/* Steps until it is over: its code. */
int step_till_over(sqb_session *session);

#endif

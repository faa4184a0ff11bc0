/* The inside of a POP3 session. */
#ifndef SQB_SESSION_SESSION_H
#define SQB_SESSION_SESSION_H

#include <squab/session.h>

#include "base/buf.h"

/* A row of UIDL: the id is at ids.data + at. */
typedef struct sqb__uidl_row {
	uint32_t number;
	uint32_t at;
} sqb__uidl_row;

/* Commands asked ahead of the one that is answered: two of the windows. */
enum { SQB__AHEAD = 2048 };

/* What LIST and UIDL have said, until it is put together. */
typedef struct sqb__listing {
	sqb_pop3_item *items;
	size_t n_items, cap_items;
	sqb__uidl_row *rows;
	size_t n_rows, cap_rows;
	sqb__buf ids;			/* NUL-terminated */
	size_t n_expected;		/* by STAT; 0: not known */
	bool no_memory;
} sqb__listing;

/* What a task makes of an event. */
typedef enum sqb__verdict {
	SQB__TASK_GOES_ON,
	SQB__TASK_IS_OVER,
	SQB__TASK_WAITS		/* it is to come again with the next step */
} sqb__verdict;

/* What tasks differ in. */
typedef struct sqb__task {
	/* Asks for what there is room for; NULL: all was asked. */
	int (*ask)(sqb_pop3_session *s);
	sqb__verdict (*take)(sqb_pop3_session *s, const sqb_pop3_event *ev);
	/* The session is over, and so is the task; NULL: nothing to do. */
	void (*lost)(sqb_pop3_session *s);
} sqb__task;

/* The task of opening. */
typedef struct sqb__opening {
	sqb_url url;
	sqb_login login;
	bool no_login, listing_ahead;
} sqb__opening;

/* One command for each item, and what becomes of the answers. */
typedef struct sqb__batch {
	sqb_pop3_command command;	/* but for the item's fields */
	const sqb_pop3_item *items;
	size_t n;
	sqb_sink sink;
	bool checked;			/* a NOOP comes behind the last */
	size_t n_asked, n_done;		/* of n, or with the NOOP n + 1 */
	int first_refusal;		/* a code, or SQB_OK */
	sqb_error refusal;
} sqb__batch;

struct sqb_pop3_session {
	const sqb_allocator *allocator;
	sqb_pop3 *pop3;
	sqb_link *link;
	sqb_error error;

	const sqb__task *task;		/* NULL: nothing is under way */
	sqb_pop3_event held;		/* came, and is to come again … */
	bool holds;			/* … where this says so */
	sqb__opening opening;
	sqb__batch batch;
	sqb_pop3_event answer;		/* the last DONE: its numbers */
	sqb__buf welcome, status;	/* NUL-terminated */

	int (*on_progress)(void *ctx, const sqb_pop3_progress *progress);
	void *on_progress_ctx;
	sqb_time progress_due;

	sqb__listing listing;
	bool listing_ready;		/* asked for along with the login */
	bool marked;			/* a DELE was answered, or lost */

	sqb__buf body;			/* of message() and top() */
	sqb_message *message;
};

/* --- task.c */

/* Asks; on failure sets s->error. Without memory the session is over. */
int sqb__session_ask(sqb_pop3_session *s, const sqb_pop3_command *c);

/* Begins a task that is one command. */
int sqb__session_start(sqb_pop3_session *s, const sqb_pop3_command *c);

/* Waits until the task is over. Its code. */
int sqb__session_finish(sqb_pop3_session *s);

/* Starts one command, and waits for its end. */
int sqb__session_do(sqb_pop3_session *s, const sqb_pop3_command *c);

/* Takes note of a DONE: status, error. Returns its code. */
int sqb__session_done(sqb_pop3_session *s, const sqb_pop3_event *ev);

/* The server has no UIDL, or no good one for some; not: none for now. */
bool sqb__lacks_uidl(const sqb_pop3_event *ev);

/* --- listing.c */

void sqb__listing_begin(sqb__listing *l, const sqb_allocator *a);
void sqb__listing_clear(sqb__listing *l, const sqb_allocator *a);
/* Takes a ROW of LIST or UIDL. */
void sqb__listing_add(sqb__listing *l, const sqb_allocator *a,
    const sqb_pop3_event *ev);
/* Sorts, and joins the two by number. */
void sqb__listing_join(sqb__listing *l);
/* Makes an item of size 0 of each row, where only UIDL was asked. */
void sqb__listing_from_rows(sqb__listing *l, const sqb_allocator *a);

#endif

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

struct sqb_pop3_session {
	const sqb_allocator *allocator;
	sqb_pop3 *pop3;
	sqb_link *link;
	sqb_error error;
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

/* --- session.c */

/*
 * The next event, waiting for it. False: the session is over and s->error
 * says why; what was accepted has had its DONE.
 */
bool sqb__session_next(sqb_pop3_session *s, sqb_pop3_event *ev);

/* Asks; on failure sets s->error. Without memory the session is over. */
int sqb__session_ask(sqb_pop3_session *s, const sqb_pop3_command *c);

/* Waits for the next DONE, which ev is left with; rows are listed. */
int sqb__session_wait(sqb_pop3_session *s, sqb_pop3_event *ev);

/* Asks c and waits for its DONE. */
int sqb__session_do(sqb_pop3_session *s, const sqb_pop3_command *c,
    sqb_pop3_event *ev);

/* Takes note of a DONE: status, error. Returns its code. */
int sqb__session_done(sqb_pop3_session *s, const sqb_pop3_event *ev);

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

/* The inside of a POP3 session. */
#ifndef SQB_SESSION_POP3_SESSION_H
#define SQB_SESSION_POP3_SESSION_H

#include "session/session.h"

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
	bool joined;			/* it is put together */
} sqb__listing;

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

/* What the last operation has found. */
typedef enum sqb__found { FOUND_NOTHING, FOUND_COUNT, FOUND_LIST,
	FOUND_MESSAGE } sqb__found;

struct sqb_pop3_session {
	sqb_session base;
	sqb_pop3 *pop3;
	sqb_pop3_event event;		/* what tasks take */
	sqb__opening opening;
	sqb__batch batch;
	sqb__found found;
	sqb_pop3_event answer;		/* the last DONE: its numbers */
	sqb__buf status;		/* NUL-terminated */

	sqb__listing listing;
	bool listing_ready;		/* asked for along with the login */
	bool marked;			/* a DELE was answered, or lost */

	sqb__buf body;			/* of message() and top() */
	sqb_pop3_item one;		/* … which are about this */
	sqb_message *message;		/* NULL: the body was not parsed yet */
};

/* --- pop3_task.c */

extern const sqb__protocol sqb__pop3_protocol;

/* Asks; on failure sets the error. Without memory the session is over. */
int sqb__pop3_ask(sqb_pop3_session *s, const sqb_pop3_command *c);

/* Before an operation asks for anything; found: what it is to find. */
int sqb__pop3_begin(sqb_pop3_session *s, sqb__found found);

/* Starts an operation that is one command. */
int sqb__pop3_start(sqb_pop3_session *s, const sqb_pop3_command *c,
    sqb__found found);

/* SQB_OK: the last operation went well, and this is what it has found. */
int sqb__pop3_has_found(sqb_pop3_session *s, sqb__found found);

/* Takes note of a DONE: status, error. Returns its code. */
int sqb__pop3_done(sqb_pop3_session *s, const sqb_pop3_event *ev);

/* The server has no UIDL, or no good one for some; not: none for now. */
bool sqb__lacks_uidl(const sqb_pop3_event *ev);

/* --- pop3_listing.c */

void sqb__listing_begin(sqb__listing *l, const sqb_allocator *a);
void sqb__listing_clear(sqb__listing *l, const sqb_allocator *a);
/* Takes a ROW of LIST or UIDL. */
void sqb__listing_add(sqb__listing *l, const sqb_allocator *a,
    const sqb_pop3_event *ev);
/* Sorts, and joins the two by number; once. */
void sqb__listing_join(sqb__listing *l);
/* Makes an item of size 0 of each row, where only UIDL was asked. */
void sqb__listing_from_rows(sqb__listing *l, const sqb_allocator *a);

#endif

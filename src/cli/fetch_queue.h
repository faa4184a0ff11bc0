/* Which account is to be begun next: by time, and few of a host at once. */
#ifndef SQUAB_CLI_FETCH_QUEUE_H
#define SQUAB_CLI_FETCH_QUEUE_H

#include "accounts.h"

#define FETCH_NOBODY UINT32_MAX

/* An account in the queue, by its place among all. */
typedef struct fetch_turn {
	sqb_time due;
	uint32_t host;		/* the first place with the same host, … */
	uint32_t n_at_host;	/* … where those under way are counted, … */
	uint32_t first, last;	/* … and those wait that it has no room for */
	uint32_t next;		/* of those */
} fetch_turn;

typedef struct fetch_queue {
	fetch_turn *turns;	/* by place */
	uint32_t *heap;		/* places; the earliest is first */
	size_t n_heap;
	uint32_t n_per_host;
} fetch_queue;

/*
 * None of the accounts, less than FETCH_NOBODY, is in it yet. False: no memory.
 * In either case q is to be cleared.
 */
bool fetch_queue_init(fetch_queue *q, const cli_accounts *accounts,
    uint32_t n_per_host);
void fetch_queue_clear(fetch_queue *q);

/* The account is to be begun then; it is not in the queue. */
void fetch_queue_add(fetch_queue *q, uint32_t place, sqb_time due);

/*
 * Who is due first, of those whose host has room: else the first would leave
 * none to the last. FETCH_NOBODY: there is none before another has ended.
 */
uint32_t fetch_queue_first(fetch_queue *q);

/* That account, the first, is under way; it has ended. */
void fetch_queue_begin(fetch_queue *q, uint32_t place);
void fetch_queue_end(fetch_queue *q, uint32_t place);

#endif

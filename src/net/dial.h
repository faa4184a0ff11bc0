/*
 * A name and a port to a connected socket: Happy Eyeballs, RFC 8305. Or a path
 * to a Unix socket.
 */
#ifndef SQB_NET_DIAL_H
#define SQB_NET_DIAL_H

#include <squab/error.h>

#include "net/resolve.h"

typedef struct sqb__dial sqb__dial;

/* Strings are borrowed for the call. */
typedef struct sqb__dial_params {
	const char *host;	/* A-labels or an address; a path: "/…" */
	uint16_t port;
	const char *source;	/* address to connect from; NULL: any */
	sqb_time delay;		/* ms from one attempt to the next */
} sqb__dial_params;

/*
 * *line is the number that the connected socket will have, the caller's from
 * now on, and what it stands for until then can be shut down, by any thread:
 * sqb__dial_fd() stirs. NULL: err says why, and *line is -1. Errors do not name
 * the host: the caller does.
 */
sqb__dial *sqb__dial_new(const sqb__dial_params *p, int *line,
    sqb_error *err);
void sqb__dial_free(sqb__dial *d);	/* d may be NULL */

/* The one descriptor to wait on, and for which of SQB_WANT_RECV or _SEND. */
int sqb__dial_fd(const sqb__dial *d);
unsigned sqb__dial_wants(const sqb__dial *d);

/* When to call sqb__dial_step(), if the descriptor does not stir before. */
sqb_time sqb__dial_clock(sqb__dial *d, sqb_time now);

/* 1: line is connected; 0: under way; < 0: err says why. */
int sqb__dial_step(sqb__dial *d, sqb_error *err);

/* Of 1: to whom. Lifetime: d's. */
const sqb__address *sqb__dial_winner(const sqb__dial *d);

/* The lookup is over; how many addresses were tried. */
bool sqb__dial_has_addresses(const sqb__dial *d);
size_t sqb__dial_n_tried(const sqb__dial *d);

/* errno for a person, in lower case: "connection refused". */
int sqb__net_error(sqb_error *err, int sys);	/* the same as one */
void sqb__net_why(int sys, char *out, size_t cap);

#endif

/* What can be done with mail that waits in the queue. */
#ifndef SQUAB_CLI_QUEUE_H
#define SQUAB_CLI_QUEUE_H

#include "connect.h"

typedef struct queue_orders {
	const cli_conn *conn;
	char *const *ids;	/* only these, due or not */
	size_t n_ids;		/* 0: all */
	bool all;		/* also before their time */
	bool resend;		/* also what failed or is unknown */
	bool quiet;		/* no line for what was sent or waits */
} queue_orders;

/* The exit statuses, after saying why. */
int queue_list(const char *state, bool json);
int queue_drop(const queue_orders *orders);

/*
 * Sends what is due. 0: all is sent; 75: something waits; 69: something has
 * failed just now, or nobody knows.
 */
int queue_run(const queue_orders *orders);

#endif

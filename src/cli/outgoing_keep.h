/* Mail that could not leave goes to the queue. */
#ifndef SQUAB_CLI_OUTGOING_KEEP_H
#define SQUAB_CLI_OUTGOING_KEEP_H

#include "outgoing.h"
#include "posting.h"

typedef struct outgoing_keeper {
	const char *account;		/* its name, or its URL */
	const char *state;		/* see posting_open_queue() */
	posting_wishes wishes;		/* body and utf8 come by themselves */
} outgoing_keeper;

/*
 * Keeps m for the recipients that wait or are unknown; fates NULL: for all. 0,
 * or the exit status after saying why.
 */
int outgoing_keep(const outgoing_keeper *k, outgoing_mail *m,
    const posting_fate *fates);

#endif

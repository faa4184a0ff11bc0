/* A letter and its recipients: sent at once or, where that may be, queued. */
#ifndef SQUAB_CLI_SENDMAIL_POST_H
#define SQUAB_CLI_SENDMAIL_POST_H

#include "posting.h"
#include "send_account.h"
#include "sendmail_letter.h"

typedef struct sendmail_post {
	send_account *account;		/* opened when it is needed */
	const char *name;		/* of the account, for the queue */
	const char *state;		/* see posting_open_queue() */
	bool queue;			/* keep what cannot leave now */
	bool verbose;
	bool all_or_none;		/* there can be one answer only */
} sendmail_post;

/* What one of them asks for. */
typedef struct sendmail_envelope {
	const char *from;
	const letter_list *to;
	const posting_wishes *wishes;	/* body and utf8 come by themselves */
} sendmail_envelope;

/*
 * 0: every recipient has it, or will, for it is durable in the queue; or the
 * exit status after saying why.
 */
int sendmail_post_letter(sendmail_post *p, letter *l,
    const sendmail_envelope *e);

#endif

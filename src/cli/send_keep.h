/* squab send --queue: mail that is kept before it is sent. */
#ifndef SQUAB_CLI_SEND_KEEP_H
#define SQUAB_CLI_SEND_KEEP_H

#include "accounts.h"
#include "outgoing.h"
#include "posting.h"

/*
 * All that o has goes into the queue, durably, and then leaves from there. 0:
 * it is sent, or kept; or the exit status after saying why. send_url: that of
 * the command line or the account, or NULL.
 */
int send_keep(outgoing *o, const cli_account *account, const char *send_url,
    const posting_wishes *wishes, bool quiet);

#endif

/* The user's ledger, and where it is. */
#ifndef SQUAB_CLI_LEDGER_H
#define SQUAB_CLI_LEDGER_H

#include <squab/ledger.h>

#define CLI_LEDGER_WAIT 2000	/* ms for another run to end */

/*
 * Opens the one in state, or with NULL the user's own. 0, or the exit status
 * after saying why. A damaged one that was set aside is told of.
 */
int cli_ledger_open(sqb_ledger **ledger, const char *state);

#endif

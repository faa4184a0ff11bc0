/*
 * SIGINT and SIGTERM. The first ends what is under way in good order, the
 * second ends the program at once.
 */
#ifndef SQUAB_CLI_INTERRUPT_H
#define SQUAB_CLI_INTERRUPT_H

#include <squab/link.h>

/* From now on signals end the program unless one of the next two says more. */
void cli_catch_signals(void);

/* They end this link's session with SQB_E_CANCELED; NULL: see above. */
void cli_interrupt_link(sqb_link *link);

/* They are only noted, until cli_interrupt_link() is called. */
void cli_interrupt_hold(void);

/*
 * A descriptor that is readable once one has come; from now on they are only
 * noted, as with hold. -1: see errno.
 */
int cli_interrupt_fd(void);

/* The signal that has come; 0: none. */
int cli_interrupted(void);

/* status, or 128 and the number of the signal that has come. */
int cli_interrupt_exit(int status);

#endif

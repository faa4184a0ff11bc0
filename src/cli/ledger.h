/* The user's ledger: where it is, and its rows as JSON, out and in. */
#ifndef SQUAB_CLI_LEDGER_H
#define SQUAB_CLI_LEDGER_H

#include <squab/ledger.h>

#include <pthread.h>
#include <stdio.h>

#define CLI_LEDGER_WAIT 2000	/* ms for another run to end */

/*
 * Opens the one in state, or with NULL the user's own. 0, or the exit status
 * after saying why. A damaged one that was set aside is told of.
 */
int cli_ledger_open(sqb_ledger **ledger, const char *state);

/*
 * The ledgers of many accounts at once, by their places: the handles for one
 * place are opened beside one another. All zero: there is none yet, but for
 * the mutex.
 */
typedef struct cli_ledgers {
	pthread_mutex_t mutex;
	struct cli_ledger_place *places;
} cli_ledgers;

/* As cli_ledger_open(), in any thread. */
int cli_ledgers_open(cli_ledgers *all, sqb_ledger **ledger,
    const char *state);
/* Lets go of the places; the handles stay. all may be used again. */
void cli_ledgers_clear(cli_ledgers *all);

/* A row as a JSON object and the end of the line. */
void cli_ledger_print(FILE *out, const sqb_ledger_entry *e);

/*
 * Merges such lines, all of them or none; *n of them. name stands for in
 * where a line is wrong. 0, or the exit status after saying why.
 */
int cli_ledger_import(sqb_ledger *ledger, FILE *in, const char *name,
    size_t *n);

#endif

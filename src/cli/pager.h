/* What is longer than the screen, a screen at a time. */
#ifndef SQUAB_CLI_PAGER_H
#define SQUAB_CLI_PAGER_H

#include <stdbool.h>

/*
 * Runs print with ctx. If standard output is a terminal, what it prints goes
 * to $PAGER, or to less(1); where that cannot be run, to the terminal.
 */
void cli_page(void (*print)(void *ctx), void *ctx);

#endif

/* Commands of the user's, for what they print or do. */
#ifndef SQUAB_CLI_COMMAND_H
#define SQUAB_CLI_COMMAND_H

#include <squab/base.h>

#define CLI_COMMAND_PATIENCE 60000	/* ms that one may take */

/*
 * Runs a command, by the shell or, where it begins with "[", as a list of
 * words without one. Up to cap octets of what it prints go to out, the rest is
 * dropped. Its standard input is ours where that is a terminal, which it may
 * have to ask, and empty elsewhere. One that takes longer than patience is
 * killed. 0, or the exit status after saying why; out may hold something then.
 */
int cli_command_run(const char *command, sqb_time patience, char *out,
    size_t cap, size_t *len);

/*
 * Runs one for what it does, in a process group of its own: its standard input
 * is empty, what it prints goes to standard error, and its environment is ours
 * with variables ("NAME=text", NULL ends them) in front. A signal for us leaves
 * it ten seconds. 0, or the exit status after saying why.
 */
int cli_command_do(const char *command, sqb_time patience,
    char *const *variables);

#endif

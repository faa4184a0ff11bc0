/*
 * Where passwords and tokens come from: a command, a file, $SQUAB_PASSWORD,
 * or a person at the terminal. Never the command line.
 */
#ifndef SQUAB_CLI_SECRET_H
#define SQUAB_CLI_SECRET_H

#include <squab/base.h>

#define CLI_SECRET_MAX 8192	/* octets, with the NUL */

typedef struct cli_secret {
	char text[CLI_SECRET_MAX];	/* "": none */
} cli_secret;

/* The first line of FILE. 0, or the exit status after saying why. */
int cli_secret_file(cli_secret *out, const char *file);

/* Says that others may use this file. */
void cli_secret_warn(const char *file);

/* The first line that COMMAND prints; see cli_command_run(). Likewise. */
int cli_secret_command(cli_secret *out, const char *command);

/* What is in a variable, if it is there: see text. Likewise. */
int cli_secret_environment(cli_secret *out, const char *name);

/* Asks for the password of account at the terminal. Likewise. */
int cli_secret_prompt(cli_secret *out, const char *account);

void cli_secret_wipe(cli_secret *s);

#endif

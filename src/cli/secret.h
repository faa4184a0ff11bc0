/*
 * Where passwords and tokens come from: a command, a file, $SQUAB_PASSWORD,
 * or a person at the terminal. Never the command line.
 */
#ifndef SQUAB_CLI_SECRET_H
#define SQUAB_CLI_SECRET_H

#include <squab/base.h>

#define CLI_SECRET_MAX 8192	/* octets, with the NUL */

typedef struct cli_secret {
	char *text;		/* NULL: none; wiped before it is freed */
} cli_secret;

/* A copy of text[len]. 0, or the exit status after saying why. */
int cli_secret_set(cli_secret *out, const char *text, size_t len);

/* The first line of FILE, likewise. */
int cli_secret_file(cli_secret *out, const char *file);

/* Says that others may use this file. */
void cli_secret_warn(const char *file);

/* The first line that COMMAND prints; see cli_command_run(). */
int cli_secret_command(cli_secret *out, const char *command);

/* What is in a variable, if it is there: see text. */
int cli_secret_environment(cli_secret *out, const char *name);

/* Asks for the password of account at the terminal. */
int cli_secret_prompt(cli_secret *out, const char *account);

/* Then there is none. */
void cli_secret_clear(cli_secret *s);

#endif

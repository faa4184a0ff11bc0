/* The servers that a command works on: by URL, or by name in the config. */
#ifndef SQUAB_CLI_ACCOUNTS_H
#define SQUAB_CLI_ACCOUNTS_H

#include "config.h"
#include "connect.h"

#define CLI_ACCOUNT_SETS 3

/* Accounts whose options are the same have them in common. */
typedef struct cli_account {
	const char *name;	/* as it was given: an account's, or the URL */
	const char *url;
	const cli_conn *conn;
	void *options;		/* the command's own struct */
	void *more;		/* that of the third set; NULL: there is none */
} cli_account;

typedef struct cli_accounts {
	cli_account *items;
	size_t n;
	cli_config config;
	struct {		/* the structs of a set */
		char *room;
		size_t n;
	} values[CLI_ACCOUNT_SETS];
} cli_accounts;

/*
 * Finds what the operands name, or with NULL every account of the config. An
 * operand with "://" is a URL. usage->sets are the command's own set, that of
 * the connection, and perhaps a third one, as the command line has filled them;
 * that wins over the account's keys, and these over the keys for every server.
 * These also go into the structs of usage->sets themselves, beneath what is
 * there. Sets behind the third are the command line's alone.
 *
 * 0, or the exit status after saying why. In either case a is to be cleared.
 * Lifetime of all: until then; the structs of usage->sets borrow from it.
 */
int cli_accounts_init(cli_accounts *a, const cli_usage *usage,
    char *const *operands, size_t n_operands);

void cli_accounts_clear(cli_accounts *a);

/*
 * All of a command that works on one account, by its only operand. The exit
 * status.
 */
int cli_accounts_run_one(const cli_usage *usage, int argc, char **argv,
    int (*work)(const cli_account *account));

#endif

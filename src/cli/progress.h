/*
 * How far a long piece of work is: a bar on the terminal once it has taken a
 * second, or JSON objects on stderr.
 */
#ifndef SQUAB_CLI_PROGRESS_H
#define SQUAB_CLI_PROGRESS_H

#include <squab/base.h>

/* The words of --progress, in order from 1. 0 is auto. */
#define CLI_PROGRESS_WORDS "auto|always|never|json"
enum { CLI_PROGRESS_AUTO = 1, CLI_PROGRESS_ALWAYS, CLI_PROGRESS_NEVER,
	CLI_PROGRESS_JSON };

typedef struct cli_progress {
	int kind;		/* ALWAYS, NEVER or JSON; 0: not begun */
	sqb_time from;		/* nothing is shown before */
	sqb_time start, shown;	/* shown: when last */
	bool visible;		/* a bar stands on the terminal */
	uint64_t n_messages, octets;	/* all that is to be done */
	const char *account;	/* whose they are: JSON tells it */
	size_t n_accounts, accounts_done;	/* of many; else 0 */
} cli_progress;

/* What --progress says, where auto looks at stderr. */
int cli_progress_kind(int choice);

/* account stays as it is until the end. */
void cli_progress_begin(cli_progress *p, int choice, const char *account,
    uint64_t n_messages, uint64_t octets);

/* Shows how much is done, if it is time to. */
void cli_progress_show(cli_progress *p, uint64_t n_messages, uint64_t octets);

/* The last picture; where there is a bar it goes away. */
void cli_progress_end(cli_progress *p, uint64_t n_messages, uint64_t octets);

/* Takes the bar away before something else is printed. */
void cli_progress_hide(cli_progress *p);

#endif

/* The command line of sendmail(8), with the long options of squab in it. */
#ifndef SQUAB_CLI_SENDMAIL_ARGS_H
#define SQUAB_CLI_SENDMAIL_ARGS_H

#include "options.h"
#include "posting.h"

typedef enum sendmail_mode {
	SENDMAIL_SEND,			/* -bm, the default */
	SENDMAIL_SMTP,			/* -bs */
	SENDMAIL_LIST,			/* -bp, as mailq */
	SENDMAIL_RUN,			/* -q */
	SENDMAIL_NOTHING		/* -bi, as newaliases */
} sendmail_mode;

typedef struct sendmail_args {
	sendmail_mode mode;
	bool from_fields;		/* -t */
	bool whole;			/* -i: "." does not end it */
	bool verbose;
	const char *from, *name, *config;	/* -f -F -C; NULL: not said */
	posting_wishes wishes;		/* -N -R -V -B */
	char **recipients;		/* of argv */
	size_t n_recipients;
	char **options;			/* long ones, behind the name of the
					   command, for cli_options() */
	size_t n_options;
} sendmail_args;

/*
 * Reads argv[1..argc); usage says which of the long options take a value. 0,
 * or the exit status after saying why. In either case clear it.
 */
int sendmail_args_read(sendmail_args *a, const cli_usage *usage, int argc,
    char **argv);
void sendmail_args_clear(sendmail_args *a);

#endif

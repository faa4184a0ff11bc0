/* What squab fetch and squab watch have in common on the command line. */
#include "fetch.h"

#include "interrupt.h"
#include "print.h"

#include <sysexits.h>

int fetch_check_filters(const char *command, const fetch_options *o)
{
	const cli_list *lists[] = { &o->match, &o->skip };

	for (size_t i = 0; i < 2; i++)
		for (size_t k = 0; k < lists[i]->n; k++) {
			const char *filter = lists[i]->words[k];

			if (fetch_filter_is_good(filter))
				continue;
			cli_error("%s: --%s takes \"Name: pattern\", such as "
			    "\"List-Id: *squab*\", not %.100s", command,
			    i == 0 ? "match" : "skip", filter);
			return EX_USAGE;
		}
	return 0;
}

bool fetch_needs_person(const cli_accounts *accounts)
{
	for (size_t i = 0; i < accounts->n; i++) {
		const cli_server v = { .conn = accounts->items[i].conn };

		if (!cli_server_has_secret(&v))
			return true;
	}
	return false;
}

static int check_operands(const char *command, const fetch_options *o, int n)
{
	if (n == 0 && !o->all)
		cli_error("%s: which? URL, ACCOUNT or --all", command);
	else if (n > 0 && o->all)
		cli_error("%s: --all is all: nothing else goes with it",
		    command);
	else if (o->jobs > FETCH_JOBS_MAX)
		cli_error("%s: --jobs takes a whole number from 1 to %d",
		    command, FETCH_JOBS_MAX);
	else
		return 0;
	return EX_USAGE;
}

int fetch_command_run(const fetch_command *c, int argc, char **argv)
{
	fetch_options options = { .to = NULL };
	cli_conn conn = { .tls = 0 };
	cli_option_set sets[] = { { NULL, c->table, &options,
		sizeof(options) }, CLI_CONN_SET(&conn) };
	cli_usage usage = { c->name, c->operands, c->about, 0, 10000, sets,
		2 };
	cli_accounts accounts;
	int n = cli_options(&usage, argc, argv), status;

	if (n < 0)
		return cli_options_exit(n);
	status = check_operands(c->name, &options, n);
	if (status != 0)
		return status;
	cli_catch_signals();
	cli_interrupt_hold();
	status = cli_accounts_init(&accounts, &usage,
	    options.all ? NULL : argv, (size_t)n);
	if (status == 0)
		status = c->work(&accounts, &options);
	cli_accounts_clear(&accounts);
	return cli_close_stdout(status);
}

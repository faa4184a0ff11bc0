/* squab fetch: what the ledger has not seen, from one server or many. */
#include "cli.h"
#include "fetch.h"
#include "print.h"

#include <sysexits.h>

#define JOBS 8			/* accounts at once, where nothing is said */

const cli_option fetch_table[] = {
	{ "to", "DEST", "maildir:DIR, mbox:FILE, …: squab-fetch(1) has all",
	    CLI_STRING, offsetof(fetch_options, to) },
	{ "all", NULL, "from every account of the config", CLI_FLAG,
	    offsetof(fetch_options, all) },
	{ "keep", NULL, "leave everything on the server (the default)",
	    CLI_FLAG, offsetof(fetch_options, keep) },
	{ "delete", NULL, "delete what has been fetched", CLI_FLAG,
	    offsetof(fetch_options, del) },
	{ "delete-after", "TIME", "delete what was fetched so long ago: 30d",
	    CLI_AGE, offsetof(fetch_options, delete_after) },
	{ "max-size", "SIZE", "leave larger messages on the server", CLI_SIZE,
	    offsetof(fetch_options, max_size) },
	{ "match", "\"NAME: PATTERN\"", "only messages with such a header "
	    "field", CLI_LIST, offsetof(fetch_options, match) },
	{ "skip", "\"NAME: PATTERN\"", "leave messages with such a field",
	    CLI_LIST, offsetof(fetch_options, skip) },
	{ "limit", "N", "fetch so many at most", CLI_COUNT,
	    offsetof(fetch_options, limit) },
	{ "newest", NULL, "the last message first", CLI_FLAG,
	    offsetof(fetch_options, newest) },
	{ "jobs", "N", "work on so many servers at once; 8", CLI_COUNT,
	    offsetof(fetch_options, jobs) },
	{ "jobs-per-host", "N", "of one host so many at most; 8", CLI_COUNT,
	    offsetof(fetch_options, jobs_per_host) },
	{ "dry-run", NULL, "only say what would be done", CLI_FLAG,
	    offsetof(fetch_options, dry_run) },
	{ "progress", CLI_PROGRESS_WORDS, "how far it is, on stderr",
	    CLI_CHOICE, offsetof(fetch_options, progress) },
	{ "json", NULL, "tell of each message as a JSON object", CLI_FLAG,
	    offsetof(fetch_options, json) },
	{ "quiet", NULL, "say nothing but what went wrong", CLI_FLAG,
	    offsetof(fetch_options, quiet) },
	{ "verbose", NULL, "show the wire on stderr, secrets masked",
	    CLI_FLAG, offsetof(fetch_options, verbose) },
	{ .name = NULL }
};

/* Before any work begins. */
static int check_account(const cli_account *a)
{
	const fetch_options *o = a->options;

	if (!o->to && !o->dry_run)
		cli_error("fetch: %s: where to? --to maildir:DIR, raw:DIR, "
		    "mbox:FILE, sqlite:FILE, json:FILE, json:-, "
		    "command:CMD, lmtp:TO@SERVER or smtp:TO@SERVER", a->name);
	else if (fetch_to_stdout(o) && o->json)
		cli_error("fetch: --to json:- and --json would mix on "
		    "standard output");
	else if (o->keep + o->del + (o->delete_after > 0) > 1)
		cli_error("fetch: of --keep, --delete and --delete-after only "
		    "one can be");
	else
		return fetch_check_filters("fetch", o);
	return EX_USAGE;
}

static int fetch(const cli_accounts *accounts, const fetch_options *options)
{
	fetch_jobs jobs = { .accounts = accounts, .n_jobs = options->jobs,
		.n_per_host = options->jobs_per_host ?
		options->jobs_per_host : FETCH_JOBS_PER_HOST,
		.progress = options->quiet && options->progress == 0 ?
		CLI_PROGRESS_NEVER : options->progress };

	for (size_t i = 0; i < accounts->n; i++) {
		int status = check_account(&accounts->items[i]);

		if (status != 0)
			return status;
	}
	if (jobs.n_jobs > 1 && fetch_needs_person(accounts)) {
		cli_error("fetch: several jobs cannot ask for a password: "
		    "give --password-command, --password-file or "
		    "$SQUAB_PASSWORD");
		return EX_CONFIG;
	}
	/* Whoever must be asked is asked in turn. */
	if (jobs.n_jobs == 0)
		jobs.n_jobs = fetch_needs_person(accounts) ? 1 : JOBS;
	return fetch_jobs_run(&jobs);
}

int cmd_fetch(int argc, char **argv)
{
	static const fetch_command fetch_it = { "fetch",
		"URL|ACCOUNT... --to DEST",
		"Delivers the messages that have not been fetched before.",
		fetch_table, fetch };

	return fetch_command_run(&fetch_it, argc, argv);
}

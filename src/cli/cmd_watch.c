/*
 * squab watch: waits for mail, for ever. Each account is looked at again and
 * again, not more often than its server allows and less often while that does
 * not answer; new messages are told of, or brought to where --to says.
 */
#include "cli.h"
#include "fetch.h"
#include "interrupt.h"
#include "notify.h"
#include "print.h"

#include <sysexits.h>
#include <unistd.h>

enum {
	JOBS = 8,			/* accounts at once */
	INTERVAL = 300 * 1000,		/* ms from one look to the next */
	FIRST_DELAY = 15 * 1000,	/* ms after the first failure … */
	LAST_DELAY = 3600 * 1000,	/* … and at most, doubling */
	MOST_DELAY = 24 * 3600 * 1000	/* … and when a server wants it */
};

const cli_option watch_table[] = {
	{ "exec", "CMD", "run for each new message", CLI_STRING,
	    offsetof(fetch_options, exec) },
	{ "to", "DEST", "fetch new messages, as squab fetch does",
	    CLI_STRING, offsetof(fetch_options, to) },
	{ "interval", "TIME", "from one look to the next; 5m", CLI_TIME,
	    offsetof(fetch_options, interval) },
	{ "existing", NULL, "of an account that is new to the ledger, tell of "
	    "what is there", CLI_FLAG, offsetof(fetch_options, existing) },
	{ "all", NULL, "every account of the config", CLI_FLAG,
	    offsetof(fetch_options, all) },
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
	{ "jobs", "N", "look at so many accounts at once; 8", CLI_COUNT,
	    offsetof(fetch_options, jobs) },
	{ "jobs-per-host", "N", "of one host so many at most; 8", CLI_COUNT,
	    offsetof(fetch_options, jobs_per_host) },
	{ "verbose", NULL, "show the wire on stderr, secrets masked",
	    CLI_FLAG, offsetof(fetch_options, verbose) },
	{ .name = NULL }
};

/* A tenth more or less: many who began together do not stay together. */
static sqb_time jitter(sqb_time t)
{
	uint32_t random = 0;

	if (getentropy(&random, sizeof(random)) < 0)
		return t;
	return t - t / 10 + (sqb_time)(random % 1024) * (t / 5) / 1024;
}

static sqb_time again(const fetch_run *r, uint32_t n_failed)
{
	sqb_time wait = r->options->interval ? r->options->interval :
	    INTERVAL;
	sqb_time least = r->login_delay > 0 ? r->login_delay * 1000 : 0;

	if (n_failed > 0) {
		wait = FIRST_DELAY << (n_failed < 9 ? n_failed - 1 : 8);
		if (wait > LAST_DELAY)
			wait = LAST_DELAY;
	}
	if (least > MOST_DELAY)
		least = MOST_DELAY;
	wait = jitter(wait);
	return wait > least ? wait : least;
}

static int check_account(const cli_account *a)
{
	const fetch_options *o = a->options;

	if ((o->del || o->delete_after > 0) && !o->to)
		cli_error("watch: %s: nothing is deleted that was not "
		    "fetched: --to says where to", a->name);
	else if (o->del && o->delete_after > 0)
		cli_error("watch: of --delete and --delete-after only one can "
		    "be");
	else
		return fetch_check_filters("watch", o);
	return EX_USAGE;
}

static int watch(const cli_accounts *accounts, const fetch_options *options)
{
	fetch_jobs jobs = { .accounts = accounts, .again = again,
		.n_jobs = options->jobs ? options->jobs : JOBS,
		.n_per_host = options->jobs_per_host ?
		options->jobs_per_host : FETCH_JOBS_PER_HOST,
		.progress = CLI_PROGRESS_NEVER };
	int status;

	for (size_t i = 0; i < accounts->n; i++) {
		fetch_options *own = accounts->items[i].options;

		own->watch = own->quiet = true;
		status = check_account(&accounts->items[i]);
		if (status != 0)
			return status;
	}
	if (fetch_needs_person(accounts)) {
		cli_error("watch: nobody is there to ask for a password later: "
		    "give --password-command, --password-file or "
		    "$SQUAB_PASSWORD");
		return EX_CONFIG;
	}
	cli_notify("READY=1");
	status = fetch_jobs_run(&jobs);
	cli_notify("STOPPING=1");
	/* To be told to stop is how it ends well. */
	return cli_interrupted() ? 0 : status;
}

int cmd_watch(int argc, char **argv)
{
	static const fetch_command watch_it = { "watch", "URL|ACCOUNT...",
		"Tells of new messages as they come, as JSON or by --exec.",
		watch_table, watch };

	return fetch_command_run(&watch_it, argc, argv);
}

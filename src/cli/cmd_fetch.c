/* squab fetch: what the ledger has not seen, from one server or many. */
#include "cli.h"
#include "fetch.h"
#include "interrupt.h"
#include "ledger.h"
#include "print.h"
#include "xdg.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

const cli_option fetch_table[] = {
	{ "to", "DEST", "maildir:DIR, raw:DIR, mbox:FILE, sqlite:FILE, "
	    "json:FILE, json:- or command:CMD", CLI_STRING,
	    offsetof(fetch_options, to) },
	{ "keep", NULL, "leave everything on the server (the default)",
	    CLI_FLAG, offsetof(fetch_options, keep) },
	{ "delete", NULL, "delete what has been fetched", CLI_FLAG,
	    offsetof(fetch_options, del) },
	{ "delete-after", "TIME", "delete what was fetched so long ago: 30d",
	    CLI_AGE, offsetof(fetch_options, delete_after) },
	{ "max-size", "SIZE", "leave larger messages on the server", CLI_SIZE,
	    offsetof(fetch_options, max_size) },
	{ "limit", "N", "fetch so many at most", CLI_COUNT,
	    offsetof(fetch_options, limit) },
	{ "newest", NULL, "the last message first", CLI_FLAG,
	    offsetof(fetch_options, newest) },
	{ "jobs", "N", "work on so many servers at once; 1", CLI_COUNT,
	    offsetof(fetch_options, jobs) },
	{ "dry-run", NULL, "only say what would be done", CLI_FLAG,
	    offsetof(fetch_options, dry_run) },
	{ "all", NULL, "from every account of the config", CLI_FLAG,
	    offsetof(fetch_options, all) },
	{ "progress", CLI_PROGRESS_WORDS, "how far it is, on stderr",
	    CLI_CHOICE, offsetof(fetch_options, progress) },
	{ "json", NULL, "tell of each message as a JSON object", CLI_FLAG,
	    offsetof(fetch_options, json) },
	{ .name = NULL }
};

/* Before any work begins. */
static int check_account(const cli_account *a)
{
	const fetch_options *o = a->options;

	if (!o->to && !o->dry_run)
		cli_error("fetch: %s: where to? --to maildir:DIR, raw:DIR, "
		    "mbox:FILE, sqlite:FILE, json:FILE, json:- or "
		    "command:CMD", a->name);
	else if (fetch_to_stdout(o) && (o->json || o->jobs > 1))
		cli_error("fetch: with --to json:- neither --json nor --jobs "
		    "can be");
	else if (o->keep + o->del + (o->delete_after > 0) > 1)
		cli_error("fetch: of --keep, --delete and --delete-after only "
		    "one can be");
	else
		return 0;
	return EX_USAGE;
}

static int check_operands(const fetch_options *o, int n)
{
	if (n == 0 && !o->all)
		cli_error("fetch: from where? URL, ACCOUNT or --all");
	else if (n > 0 && o->all)
		cli_error("fetch: --all is all: nothing else goes with it");
	else
		return 0;
	return EX_USAGE;
}

static int open_ledger(fetch_run *r)
{
	int status = cli_ledger_open(&r->ledger, r->server->conn->state);

	if (status != 0)
		return status;
	if (sqb_ledger_lock(r->ledger, r->server->account,
	    CLI_LEDGER_WAIT) < 0)
		return cli_fail(NULL, sqb_ledger_error(r->ledger));
	return 0;
}

static int open_store(fetch_run *r)
{
	const sqb_store_options options = { .size = sizeof(options),
		.ledger = r->ledger, .account = r->server->account };
	sqb_error err;
	int status;

	if (r->options->dry_run || sqb_store_open(&r->store, r->options->to,
	    &options, &err) == SQB_OK)
		return 0;
	status = cli_fail(NULL, &err);
	return err.code == SQB_E_SINK ? EX_CANTCREAT : status;
}

static void warn(fetch_run *r)
{
	const fetch_plan *p = &r->plan;

	if (p->n_nameless > 0)
		cli_error("warning: %s: %zu messages have no UIDL of their "
		    "own: every run fetches them again until they are deleted",
		    r->server->account, p->n_nameless);
	for (size_t i = 0; p->n_skipped > 0 && i < p->list.n_items; i++)
		if (p->messages[i].fate == FETCH_TOO_BIG)
			fetch_report(r, "skipped", i);
}

static void work(fetch_run *r)
{
	r->status = cli_server_open(r->server);
	if (r->status == 0)
		r->status = fetch_plan_make(&r->plan, r->server, r->options,
		    r->ledger, r->store);
	if (r->status != 0)
		return;
	if (r->options->dry_run) {
		fetch_report_plan(r);
		r->status = cli_server_quit(r->server);
		return;
	}
	warn(r);
	fetch_run_get(r);
	fetch_run_delete(r);
	fetch_report_sum(r);
}

int fetch_one(const fetch_options *options, const cli_conn *conn,
    const char *url)
{
	cli_server server;
	fetch_run *r = calloc(1, sizeof(*r));
	int status = cli_server_init(&server, conn, url);

	if (!r) {
		cli_error("no memory");
		status = EX_OSERR;
	}
	if (status == 0) {
		r->options = options;
		r->server = &server;
		r->start = sqb_link_now();
		server.listing_ahead = true;
		if (cli_progress_kind(options->progress) !=
		    CLI_PROGRESS_NEVER) {
			server.on_progress = fetch_on_progress;
			server.progress_ctx = r;
		}
		status = open_ledger(r);
		if (status == 0)
			status = open_store(r);
		if (status == 0) {
			work(r);
			status = r->status;
		}
		fetch_plan_clear(&r->plan);
		sqb_store_close(r->store);
		sqb_ledger_close(r->ledger);
	}
	cli_server_clear(&server);
	free(r);
	return status;
}

static int in_turn(const cli_accounts *accounts)
{
	int status = 0;

	for (size_t i = 0; i < accounts->n && !cli_interrupted(); i++) {
		const cli_account *a = &accounts->items[i];
		int one = fetch_one(a->options, a->conn, a->url);

		if (status == 0)
			status = one;
	}
	return cli_interrupt_exit(status);
}

static int fetch(const cli_accounts *accounts, const fetch_options *options)
{
	if (options->jobs > FETCH_JOBS_MAX) {
		cli_error("fetch: --jobs takes a whole number from 1 to %d",
		    FETCH_JOBS_MAX);
		return EX_USAGE;
	}
	for (size_t i = 0; i < accounts->n; i++) {
		fetch_options *own = accounts->items[i].options;
		int status = check_account(&accounts->items[i]);

		if (status != 0)
			return status;
		own->many = accounts->n > 1;
	}
	return accounts->n > 1 && options->jobs > 1 ?
	    fetch_jobs(options, accounts) : in_turn(accounts);
}

int cmd_fetch(int argc, char **argv)
{
	fetch_options options = { .to = NULL };
	cli_conn conn = { .tls = 0 };
	cli_option_set sets[] = { { NULL, fetch_table, &options,
		sizeof(options) }, CLI_CONN_SET(&conn) };
	cli_usage usage = { "fetch", "URL|ACCOUNT... --to DEST",
		"Delivers the messages that have not been fetched before.", 0,
		10000, sets, 2 };
	cli_accounts accounts;
	int n = cli_options(&usage, argc, argv), status;

	if (n < 0)
		return cli_options_exit(n);
	status = check_operands(&options, n);
	if (status != 0)
		return status;
	cli_catch_signals();
	status = cli_accounts_init(&accounts, &usage,
	    options.all ? NULL : argv, (size_t)n);
	if (status == 0)
		status = fetch(&accounts, &options);
	cli_accounts_clear(&accounts);
	return cli_close_stdout(status);
}

/*
 * squab fetch in parts: the plan says what is to become of each message on
 * the server, delivery brings groups of them to where they go and into the
 * ledger, the run does all of that for one account, and jobs do it for many
 * accounts on one thread. Work that waits for the disk is done by libuv's
 * workers; a run is touched by one thread at a time.
 */
#ifndef SQUAB_CLI_FETCH_H
#define SQUAB_CLI_FETCH_H

#include "accounts.h"
#include "fetch_fields.h"
#include "fetch_header.h"
#include "ledger.h"
#include "progress.h"
#include "secret.h"

#include <squab/store.h>
#include <squab/uv.h>

typedef struct fetch_options {
	const char *to;
	bool keep, del, newest, dry_run, json, quiet, verbose, all;
	sqb_time delete_after;
	uint64_t max_size;
	uint32_t limit, jobs, jobs_per_host;	/* jobs: 0 is the default */
	int progress;
	cli_list match, skip;	/* header fields: fetch_filter_is_good() */
	bool watch, existing;	/* of squab watch, as the following */
	const char *exec;
	sqb_time interval;
} fetch_options;

/* squab fetch or squab watch. */
typedef struct fetch_command {
	const char *name, *operands, *about;	/* for --help */
	const cli_option *table;		/* for fetch_options */
	int (*work)(const cli_accounts *accounts,
	    const fetch_options *options);
} fetch_command;

/* Reads the command line and the config, and does the work. Exit status. */
int fetch_command_run(const fetch_command *c, int argc, char **argv);

/* 0, or the exit status after saying what is wrong with --match or --skip. */
int fetch_check_filters(const char *command, const fetch_options *o);

/* Who only looks for new messages and takes none. */
static inline bool fetch_only_looks(const fetch_options *o)
{
	return o->watch && !o->to;
}

/* Who would fetch the same again with each look, or tell of it. */
static inline bool fetch_leaves_nameless(const fetch_options *o)
{
	return o->watch && !(o->to && o->del);
}

/* True where somebody has to be asked for a password. */
bool fetch_needs_person(const cli_accounts *accounts);

/* What becomes of a message. */
typedef enum fetch_fate {
	FETCH_SEEN,		/* the ledger has it */
	FETCH_GET,
	FETCH_FOUND,		/* delivered by a run that died: record it */
	FETCH_RENAMED,		/* seen, under another UIDL: record that */
	FETCH_TOO_BIG,		/* left where it is, and said so */
	FETCH_FILTERED,		/* left where it is, by --match or --skip */
	FETCH_LATER		/* over the limit of this run */
} fetch_fate;

typedef struct fetch_message {
	sqb_store_id id;
	uint8_t digest[SQB_LEDGER_DIGEST];	/* of its header; 0: unknown */
	int64_t first_seen;	/* by the ledger; 0: now */
	uint32_t renamed;	/* FETCH_RENAMED: its row in plan.gone */
	uint8_t fate;
	bool unnamed;		/* no UIDL, or not its alone: by its digest */
	bool nameless;		/* nor is that its alone: never recorded */
	bool asked;		/* for its header, by TOP */
	bool delivered;		/* and committed, in this run */
	bool suspect;		/* a session broke with it, or right after */
	bool expired;		/* seen, and for long enough to be deleted */
	bool news;		/* to be told of by squab watch */
	fetch_fields *fields;	/* for that */
} fetch_message;

/* A row of the ledger whose UIDL the server does not have any more. */
typedef struct fetch_gone {
	uint64_t size;
	uint8_t digest[SQB_LEDGER_DIGEST];
	char *uidl;
	int64_t first_seen, delivered;
	bool taken;		/* by the message that it is now */
} fetch_gone;

/* Everything by place in list. */
typedef struct fetch_plan {
	sqb_pop3_list_result list;
	fetch_message *messages;
	sqb_pop3_item *get;	/* what is asked for: headers, then messages */
	uint32_t *places;	/* … and their places */
	size_t n_get, n_good;	/* the first n_good are not suspect */
	fetch_gone *gone;	/* sorted by size */
	size_t n_gone, cap_gone;
	size_t n_found, n_skipped, n_filtered, n_nameless;
	uint64_t octets;	/* of the messages to be fetched */
} fetch_plan;

struct fetch_run;

/*
 * Decides, in two steps: from the list and the ledger, and which headers to
 * ask for; then from these and what lies in the destination. False: r->error.
 */
bool fetch_plan_make(struct fetch_run *r);
bool fetch_plan_settle(struct fetch_run *r);
void fetch_plan_clear(fetch_plan *plan);

/* Messages that are delivered, and wait for the next commit. */
typedef struct fetch_group {
	uint32_t places[SQB_STORE_GROUP];
	int codes[SQB_STORE_GROUP];
	size_t n, most;		/* most: what the disk has shown to bear */
	uint64_t octets;
	sqb_time since;
	bool doubtful;		/* the end of the last one */
} fetch_group;

/* One account's work. */
typedef struct fetch_run {
	const fetch_options *options;
	cli_server server;
	cli_secret secret;
	cli_ledgers *ledgers;		/* of all runs */
	sqb_ledger *ledger;
	sqb_store *store;		/* NULL: --dry-run */
	fetch_plan plan;
	fetch_group group;
	fetch_header header;		/* of the message on its way */
	size_t fields_octets;		/* in memory, to be told of */
	sqb_error error;		/* what work has met */
	int status;			/* of the first failure */
	bool alive;			/* the session can go on */
	bool broken;			/* store or ledger: commit nothing */
	bool planned;			/* it is known what to do with each */
	bool begun;			/* a message is on its way */
	bool ended_well;		/* up to the answer to QUIT */
	bool refreshed;			/* the token, after it was refused */
	bool first_time;		/* the account was never looked at */
	bool named;			/* the account, in what is said */
	int progress_kind;
	cli_progress progress;		/* its own, … */
	cli_progress *bar;		/* … or that of all, on the terminal */

	size_t n_planned, n_done, n_delivered, n_deleted, n_failed;
	uint64_t octets, done_octets;	/* committed; arrived whole */
	sqb_time start;
	int64_t login_delay;		/* s, as the server says; -1: not */
	size_t n_nameless_said;		/* in an earlier run of the account */

	uv_loop_t *loop;
	sqb_uv *driver;			/* of the session */
	sqb_sink sink;
	size_t batch, n_batch;	/* of plan.get, what is asked for now */
	size_t n_answered;	/* of plan.get */
	void (*then)(struct fetch_run *r);	/* the session's task is over */
	uv_work_t work;
	void (*act)(struct fetch_run *r);	/* on a worker */
	void (*acted)(struct fetch_run *r);
	void (*ended)(struct fetch_run *r);
	void *ctx;			/* for ended */
} fetch_run;

/*
 * Begins the work of an account; r is zero but for options, named, bar,
 * progress_kind, ledgers, ended, ctx, and perhaps secret; r->server is
 * initialised.
 * ended is called from the loop; then r->status tells, and only
 * fetch_run_clear() is left.
 */
void fetch_run_begin(fetch_run *r, uv_loop_t *loop);
void fetch_run_clear(fetch_run *r);

/* Ends it in good order: what is delivered is recorded, nothing deleted. */
void fetch_run_interrupt(fetch_run *r);

/* Notes a status, and says the error that goes with it. */
void fetch_failed(fetch_run *r, const sqb_error *err);

/* That for r->error, once, where work has met one. */
void fetch_broke(fetch_run *r);

/* Runs act on a worker, then acted on the loop. After it the ledger rests. */
void fetch_work(fetch_run *r, void (*act)(fetch_run *r),
    void (*acted)(fetch_run *r));

/* then is called when the session's task, which has been started, is over. */
void fetch_await(fetch_run *r, void (*then)(fetch_run *r));

/* The sink of the messages. It begins commits, and waits for them. */
const sqb_sink *fetch_sink(fetch_run *r);

/*
 * On a worker: commits what waits, in the end without what is doubtful; what
 * a run that died has delivered, into the ledger.
 */
void fetch_commit(fetch_run *r);
void fetch_commit_last(fetch_run *r);
void fetch_commit_found(fetch_run *r);

/* On the loop, after it. */
void fetch_committed(fetch_run *r);

/* Whether squab watch without --to tells of what is new: not the first time. */
static inline bool fetch_tells(const fetch_run *r)
{
	return r->options->existing || !r->first_time;
}

/* Tells of the news, or runs --exec for each on a worker; then goes on. */
void fetch_tell(fetch_run *r, void (*then)(fetch_run *r));

/* Into the ledger: what QUIT has deleted. */
void fetch_record_deletions(fetch_run *r);

/* True: messages go to standard output, and so nothing else does. */
bool fetch_to_stdout(const fetch_options *options);

/* What is told: "delivered", "skipped". */
void fetch_report(const fetch_run *r, const char *event, size_t place);
/* What --dry-run would do; marks what would be delivered. */
void fetch_report_plan(fetch_run *r);
void fetch_report_sum(const fetch_run *r);

/* What runs have done together. */
typedef struct fetch_sum {
	size_t n_accounts, n_failed_accounts;
	size_t n_delivered, n_skipped, n_failed, n_deleted;
	uint64_t octets;
	size_t n_planned, n_done;	/* for the bar, as the following */
	uint64_t planned_octets, done_octets;
} fetch_sum;

void fetch_sum_add(fetch_sum *sum, const fetch_run *r);
void fetch_report_total(const fetch_sum *sum, const fetch_options *o,
    sqb_time took);

/* Work on many accounts. */
typedef struct fetch_jobs {
	const cli_accounts *accounts;	/* options: fetch_options */
	uint32_t n_jobs;		/* at once, … */
	uint32_t n_per_host;		/* … and of one host */
	int progress;
	/* After a run: in how many ms to begin it again; n_failed counts the
	   failures since the last success. NULL: once is enough. */
	sqb_time (*again)(const fetch_run *r, uint32_t n_failed);
} fetch_jobs;

enum {
	FETCH_JOBS_MAX = 1024,
	FETCH_JOBS_PER_HOST = 8		/* where nothing is said */
};

/* The exit status: of the first in order that failed, or of the signal. */
int fetch_jobs_run(const fetch_jobs *jobs);

/* True when this message is to be deleted at the end of this run. */
bool fetch_is_to_go(const fetch_options *options, const fetch_message *m);

#endif

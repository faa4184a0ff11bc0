/*
 * squab fetch in parts: the plan says what is to become of each message on
 * the server, the run delivers, commits and deletes, the report tells. Jobs
 * do that for several servers at once.
 */
#ifndef SQUAB_CLI_FETCH_H
#define SQUAB_CLI_FETCH_H

#include "accounts.h"
#include "progress.h"

#include <squab/store.h>

typedef struct fetch_options {
	const char *to;
	bool keep, del, newest, dry_run, json, all;
	sqb_time delete_after;
	uint64_t max_size;
	uint32_t limit, jobs;	/* jobs: 0 is 1 */
	int progress;
	bool many;		/* accounts: each is named in what is said */
} fetch_options;

#define FETCH_JOBS_MAX 64

/* All there is to do for one account. The exit status, after saying why. */
int fetch_one(const fetch_options *options, const cli_conn *conn,
    const char *url);

/*
 * That for all of them, up to options->jobs at once, each in a process of its
 * own. The exit status: of the first in order that failed, or of the signal.
 */
int fetch_jobs(const fetch_options *options, const cli_accounts *accounts);

/* What becomes of a message. */
typedef enum fetch_fate {
	FETCH_SEEN,		/* the ledger has it */
	FETCH_GET,
	FETCH_FOUND,		/* delivered by a run that died: record it */
	FETCH_TOO_BIG,		/* left where it is, and said so */
	FETCH_LATER		/* over the limit of this run */
} fetch_fate;

typedef struct fetch_message {
	sqb_store_id id;
	uint8_t fate;
	bool nameless;		/* no UIDL, or not its alone: never recorded */
	bool delivered;		/* and committed, in this run */
	bool expired;		/* seen, and for long enough to be deleted */
} fetch_message;

/* Everything by place in list. */
typedef struct fetch_plan {
	sqb_pop3_list_result list;
	fetch_message *messages;
	sqb_pop3_item *get;		/* to be fetched, in this order … */
	uint32_t *places;		/* … and their places */
	size_t n_get, n_found, n_skipped, n_nameless;
	uint64_t octets;		/* of what is to be fetched */
} fetch_plan;

/*
 * Decides. store may be NULL: nothing is looked for there. 0, or the exit
 * status after saying why.
 */
int fetch_plan_make(fetch_plan *plan, const cli_server *v,
    const fetch_options *options, sqb_ledger *ledger, sqb_store *store);
void fetch_plan_clear(fetch_plan *plan);

/* One account's work. */
typedef struct fetch_run {
	const fetch_options *options;
	cli_server *server;
	sqb_ledger *ledger;
	sqb_store *store;		/* NULL: --dry-run */
	fetch_plan plan;
	cli_progress progress;
	int status;			/* of the first failure */
	bool alive;			/* the session can go on */
	bool broken;			/* store or ledger: commit nothing */

	uint32_t waiting[SQB_STORE_GROUP]; /* places; not committed yet */
	size_t n_waiting;
	uint64_t waiting_octets;
	sqb_time waiting_since;
	bool begun;			/* a message is on its way */
	bool doubtful;			/* the end of the last one waiting */

	size_t n_done, n_delivered, n_deleted;
	uint64_t octets, done_octets;	/* committed; arrived whole */
	sqb_time start;
} fetch_run;

/* Fetches what the plan says, and commits it. Sets run->status. */
void fetch_run_get(fetch_run *run);

/* Deletes what may be, and quits. Likewise. */
void fetch_run_delete(fetch_run *run);

/* For the session's on_progress; ctx is the run. */
int fetch_on_progress(void *ctx, const sqb_pop3_progress *progress);

/* True: messages go to standard output, and so nothing else does. */
bool fetch_to_stdout(const fetch_options *options);

/* What is told: "delivered", "skipped". */
void fetch_report(fetch_run *run, const char *event, size_t place);
/*
 * The "deleted" events of --json, for free(3); they are told after QUIT, when
 * the list is gone. NULL: none.
 */
char *fetch_deletions_json(const fetch_run *run);
/* What --dry-run would do. */
void fetch_report_plan(fetch_run *run);
void fetch_report_sum(const fetch_run *run);

/* True when this message is to be deleted at the end of this run. */
bool fetch_is_to_go(const fetch_options *options, const fetch_message *m);

#endif

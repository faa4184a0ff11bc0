/*
 * One account's work, from the password to QUIT, as a chain of steps. Each
 * is either a task of the session, which the loop drives, or an act on a
 * worker; what follows is begun when it is over. Whatever fails, the chain
 * ends in finish(), and once messages were asked for it goes there by got(),
 * which records those that were delivered.
 */
#include "fetch.h"

#include "interrupt.h"
#include "print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#define FIELDS_OCTETS (64u << 20)	/* that a look has in memory */

void fetch_failed(fetch_run *r, const sqb_error *err)
{
	int status = err->code == SQB_E_SINK ? EX_TEMPFAIL :
	    cli_error_exit(err);

	cli_progress_hide(r->bar);
	if (err->code == SQB_E_CANCELED && cli_interrupted())
		status = cli_interrupt_exit(status);
	else
		cli_fail(r->server.account, err);
	if (r->status == 0)
		r->status = status;
}

void fetch_broke(fetch_run *r)
{
	if (r->error.code != SQB_OK)
		fetch_failed(r, &r->error);
	r->error.code = SQB_OK;
}

/* --- the two ways to go on */

static void on_act(uv_work_t *work)
{
	fetch_run *r = work->data;

	r->act(r);
	if (r->ledger)
		sqb_ledger_rest(r->ledger);
}

static void on_acted(uv_work_t *work, int status)
{
	fetch_run *r = work->data;

	(void)status;	/* nothing is ever cancelled */
	r->acted(r);
}

void fetch_work(fetch_run *r, void (*act)(fetch_run *r),
    void (*acted)(fetch_run *r))
{
	r->act = act;
	r->acted = acted;
	r->work.data = r;
	uv_queue_work(r->loop, &r->work, on_act, on_acted);
}

void fetch_await(fetch_run *r, void (*then)(fetch_run *r))
{
	r->then = then;
}

static void leave(fetch_run *r);

/* Where the loop could not wait for it, the session has other words. */
static void on_done(void *ctx, sqb_session *s, int code)
{
	fetch_run *r = ctx;

	if (code == sqb_session_error(s)->code) {
		r->then(r);
		return;
	}
	fetch_failed(r, &(sqb_error){ .code = code, .text = "no memory" });
	leave(r);
}

/* True when the session can go on after this result. */
static bool is_alive(int code)
{
	return code == SQB_OK || code == SQB_E_REFUSED ||
	    code == SQB_E_RETRY || code == SQB_E_UNSUPPORTED;
}

/* The result of the task that is over; told where it failed. */
static int result(fetch_run *r)
{
	const sqb_error *err = sqb_pop3_error(r->server.session);

	r->alive = is_alive(err->code);
	if (err->code != SQB_OK)
		fetch_failed(r, err);
	return err->code;
}

/* --- the end */

static void close_places(fetch_run *r)
{
	sqb_store_close(r->store);
	sqb_ledger_close(r->ledger);
	r->store = NULL;
	r->ledger = NULL;
}

static void closed_places(fetch_run *r)
{
	r->ended(r);
}

static void hang_up(fetch_run *r)
{
	sqb_uv_free(r->driver);
	r->driver = NULL;
	cli_server_hang_up(&r->server);
}

static void finish(fetch_run *r)
{
	hang_up(r);
	cli_server_clear(&r->server);
	cli_secret_clear(&r->secret);
	fetch_work(r, close_places, closed_places);
}

static void recorded_deletions(fetch_run *r)
{
	fetch_broke(r);
	r->ended_well = !r->broken;
	fetch_report_sum(r);
	finish(r);
}

/* After QUIT: only now is anything gone. */
static void quit_over(fetch_run *r)
{
	const fetch_plan *p = &r->plan;

	if (result(r) != SQB_OK) {
		r->n_deleted = 0;
		leave(r);
		return;
	}
	if (r->options->dry_run) {
		finish(r);
		return;
	}
	if (r->n_deleted == 0) {
		recorded_deletions(r);
		return;
	}
	for (size_t i = 0; i < p->list.n_items; i++)
		if (fetch_is_to_go(r->options, &p->messages[i]))
			fetch_report(r, "deleted", i);
	fetch_work(r, fetch_record_deletions, recorded_deletions);
}

static void quit(fetch_run *r)
{
	if (sqb_pop3_start_quit(r->server.session) == SQB_OK) {
		fetch_await(r, quit_over);
		return;
	}
	result(r);
	leave(r);
}

/* What was not marked, or may not be, is found again by the next run. */
static void marked(fetch_run *r)
{
	size_t n = r->plan.n_get;

	if (result(r) == SQB_OK)
		r->n_deleted = n;
	if (r->alive)
		quit(r);
	else
		leave(r);
}

/* Neither deletes nor waits for anything more. */
static void leave(fetch_run *r)
{
	fetch_report_sum(r);
	finish(r);
}

static void delete(fetch_run *r)
{
	fetch_plan *p = &r->plan;

	p->n_get = 0;
	for (size_t i = 0; i < p->list.n_items; i++)
		if (fetch_is_to_go(r->options, &p->messages[i]))
			p->get[p->n_get++] = p->list.items[i];
	if (p->n_get == 0)
		quit(r);
	else if (sqb_pop3_start_deles(r->server.session, p->get, p->n_get)
	    == SQB_OK)
		fetch_await(r, marked);
	else {
		result(r);
		leave(r);
	}
}

/* --- the messages */

static void told_last(fetch_run *r)
{
	if (r->alive)
		delete(r);
	else
		leave(r);
}

static void committed_last(fetch_run *r)
{
	fetch_committed(r);
	fetch_tell(r, told_last);
}

static void got(fetch_run *r);

/*
 * Those that are not suspect in one go; then the others, each alone, so that
 * none is in doubt for what the next one does.
 */
static int start_batch(fetch_run *r)
{
	const fetch_plan *p = &r->plan;

	r->batch += r->n_batch;
	r->n_batch = r->batch < p->n_good ? p->n_good : 1;
	return sqb_pop3_start_messages(r->server.session, p->get + r->batch,
	    r->n_batch, fetch_sink(r));
}

static bool get_more(fetch_run *r)
{
	if (r->batch + r->n_batch >= r->plan.n_get ||
	    start_batch(r) != SQB_OK)
		return false;
	fetch_await(r, got);
	return true;
}

static void got(fetch_run *r)
{
	const sqb_error *err = sqb_pop3_error(r->server.session);

	r->alive = is_alive(err->code);
	if (r->alive)
		r->group.doubtful = false;
	else if (err->code != SQB_E_SINK)
		fetch_failed(r, err);
	if (r->alive && get_more(r))
		return;
	cli_progress_end(&r->progress, r->n_done, r->done_octets);
	fetch_work(r, fetch_commit_last, committed_last);
}

static void get(fetch_run *r)
{
	if (r->broken) {
		fetch_broke(r);
		delete(r);
	} else if (r->plan.n_get == 0) {
		delete(r);
	} else if (start_batch(r) == SQB_OK) {
		r->n_planned = r->plan.n_get;
		cli_progress_begin(&r->progress, r->progress_kind,
		    r->server.account, r->n_planned, r->plan.octets);
		fetch_await(r, got);
	} else {
		result(r);
		leave(r);
	}
}

static void warn(const fetch_run *r)
{
	const fetch_plan *p = &r->plan;

	if (p->n_nameless > r->n_nameless_said)
		cli_error("warning: %s: %zu messages have no identity of "
		    "their own: %s", r->server.account, p->n_nameless,
		    fetch_leaves_nameless(r->options) ? "they are left alone" :
		    "every run fetches them again until they are deleted");
	for (size_t i = 0; i < p->list.n_items; i++)
		if (p->messages[i].fate == FETCH_TOO_BIG ||
		    p->messages[i].fate == FETCH_FILTERED)
			fetch_report(r, "skipped", i);
}

/* Those that a run which died had delivered. */
static void commit_found_over(fetch_run *r)
{
	for (size_t i = 0; i < r->plan.list.n_items && !r->broken; i++) {
		fetch_message *m = &r->plan.messages[i];

		if (m->fate != FETCH_FOUND)
			continue;
		m->delivered = true;
		m->news = r->options->watch;
		r->n_delivered++;
		fetch_report(r, "delivered", i);
	}
	fetch_tell(r, get);
}

/*
 * Without a place to take them to, new messages are told of, and seen. What
 * could not be told of is new the next time too.
 */
static void told_all(fetch_run *r)
{
	fetch_plan *p = &r->plan;

	for (size_t i = 0; i < p->n_get; i++)
		if (!p->messages[p->places[i]].news)
			p->messages[p->places[i]].fate = FETCH_LATER;
	p->n_get = 0;
	fetch_work(r, fetch_commit_found, commit_found_over);
}

static void look(fetch_run *r)
{
	const fetch_plan *p = &r->plan;

	for (size_t i = 0; i < p->n_get; i++)
		p->messages[p->places[i]].news = fetch_tells(r);
	fetch_tell(r, told_all);
}

static void settle(fetch_run *r)
{
	const fetch_options *o = r->options;

	r->planned = fetch_plan_settle(r);
	if (!r->planned)
		r->broken = true;
	else if (!o->dry_run && !fetch_only_looks(o))
		fetch_commit_found(r);
}

static void settled(fetch_run *r)
{
	if (!r->planned) {
		fetch_broke(r);
		finish(r);
	} else if (r->options->dry_run) {
		fetch_report_plan(r);
		quit(r);
	} else if (fetch_only_looks(r->options)) {
		warn(r);
		look(r);
	} else {
		warn(r);
		commit_found_over(r);
	}
}

/* --- their headers */

static int on_header(void *ctx, size_t index, sqb_str bytes)
{
	fetch_run *r = ctx;

	(void)index;
	return fetch_header_add(&r->header, bytes) ? SQB_OK : SQB_E_NOMEM;
}

/* What would be too much in memory is told of without. False: no memory. */
static bool keep_fields(fetch_run *r, fetch_message *m)
{
	if (m->fields || r->fields_octets > FIELDS_OCTETS)
		return true;
	m->fields = fetch_fields_new((sqb_str){ r->header.text,
	    r->header.len });
	if (m->fields)
		r->fields_octets += m->fields->octets;
	return m->fields != NULL;
}

/* A header that was refused leaves the message to its UIDL. */
static int on_header_end(void *ctx, size_t index, int code,
    const sqb_error *err)
{
	fetch_run *r = ctx;
	const fetch_options *o = r->options;
	fetch_message *m = &r->plan.messages[r->plan.places[index]];
	bool good = true, fits = true;

	(void)err;
	if (code == SQB_OK && r->header.len > 0)
		good = fetch_header_digest(&r->header, m->digest) &&
		    fetch_header_fits(&r->header, &o->match, &o->skip, &fits);
	if (good && fetch_only_looks(o))
		good = keep_fields(r, m);
	if (!fits && (m->fate == FETCH_GET || m->unnamed))
		m->fate = FETCH_FILTERED;
	fetch_header_reset(&r->header);
	return good ? SQB_OK : SQB_E_NOMEM;
}

static void topped(fetch_run *r)
{
	int code = sqb_pop3_error(r->server.session)->code;

	r->alive = is_alive(code);
	if (r->alive)
		fetch_work(r, settle, settled);
	else {
		result(r);
		finish(r);
	}
}

/* Where no header is to be asked for, to its end. */
static void plan(fetch_run *r)
{
	r->broken = !fetch_plan_make(r);
	if (!r->broken && r->plan.n_get == 0)
		settle(r);
}

static void planned(fetch_run *r)
{
	const sqb_sink sink = { on_header, on_header_end, r };

	if (r->planned) {
		settled(r);
	} else if (r->broken) {
		fetch_broke(r);
		finish(r);
	} else if (sqb_pop3_start_tops(r->server.session, r->plan.get,
	    r->plan.n_get, 0, &sink) == SQB_OK) {
		fetch_await(r, topped);
	} else {
		result(r);
		finish(r);
	}
}

/* --- the beginning */

/* Capabilities change with the login; what was said last counts. */
static void note_login_delay(fetch_run *r)
{
	const sqb_pop3_caps *caps = sqb_pop3_capabilities(
	    sqb_pop3_session_engine(r->server.session));

	if (caps->login_delay >= 0)
		r->login_delay = caps->login_delay;
}

static void listed(fetch_run *r)
{
	sqb_pop3_session *s = r->server.session;

	note_login_delay(r);
	sqb_pop3_listed(s, &r->plan.list);
	if (result(r) == SQB_OK)
		fetch_work(r, plan, planned);
	else
		finish(r);
}

static void opened(fetch_run *r);

static int start_session(fetch_run *r)
{
	int status = cli_server_start(&r->server, &r->secret);

	if (status != 0)
		return status;
	r->driver = sqb_uv_new(r->loop, sqb_pop3_base(r->server.session),
	    on_done, r);
	if (r->driver)
		return 0;
	cli_error("no memory");
	return EX_OSERR;
}

static void connect_it(fetch_run *r)
{
	if (r->status == 0)
		r->status = cli_interrupt_exit(0);
	if (r->status == 0)
		r->status = start_session(r);
	if (r->status == 0)
		fetch_await(r, opened);
	else
		finish(r);
}

static void get_secret(fetch_run *r)
{
	cli_secret_clear(&r->secret);
	r->status = cli_server_secret(&r->server, &r->secret);
}

static void get_fresh(fetch_run *r)
{
	cli_secret old = r->secret;

	r->secret.text = NULL;
	get_secret(r);
	r->refreshed = r->status == 0 &&
	    strcmp(old.text, r->secret.text) != 0;
	cli_secret_clear(&old);
}

/* The same token once more would be refused once more. */
static void try_again(fetch_run *r)
{
	if (r->status == 0 && !r->refreshed) {
		fetch_failed(r, &r->error);
		finish(r);
	} else {
		r->refreshed = true;
		connect_it(r);
	}
}

/* A token that was refused may have run out: is there a newer one? */
static bool refresh(fetch_run *r)
{
	r->error = *sqb_pop3_error(r->server.session);
	if (r->error.code != SQB_E_AUTH || r->refreshed ||
	    !r->server.conn->token_command)
		return false;
	hang_up(r);
	fetch_work(r, get_fresh, try_again);
	return true;
}

static void opened(fetch_run *r)
{
	sqb_pop3_session *s = r->server.session;

	note_login_delay(r);
	if (refresh(r))
		return;
	cli_secret_clear(&r->secret);
	if (result(r) != SQB_OK) {
		finish(r);
	} else if (sqb_pop3_start_listing(s) == SQB_OK) {
		fetch_await(r, listed);
	} else {
		result(r);
		finish(r);
	}
}

static int open_ledger(fetch_run *r)
{
	int status = cli_ledgers_open(r->ledgers, &r->ledger,
	    r->server.conn->state);

	if (status == 0 && sqb_ledger_lock(r->ledger, r->server.account,
	    CLI_LEDGER_WAIT) < 0)
		status = cli_fail(NULL, sqb_ledger_error(r->ledger));
	return status;
}

static int open_store(fetch_run *r)
{
	const sqb_store_options o = { .size = sizeof(o),
		.ledger = r->ledger, .account = r->server.account };
	sqb_error err;
	int status;

	if (!r->options->to || r->options->dry_run ||
	    sqb_store_open(&r->store, r->options->to, &o, &err) == SQB_OK)
		return 0;
	status = cli_fail(NULL, &err);
	return err.code == SQB_E_SINK ? EX_CANTCREAT : status;
}

static void prepare(fetch_run *r)
{
	r->status = open_ledger(r);
	if (r->status == 0)
		r->status = open_store(r);
	if (r->status == 0 && !r->secret.text)
		get_secret(r);
}

void fetch_run_begin(fetch_run *r, uv_loop_t *loop)
{
	r->loop = loop;
	if (!r->bar)
		r->bar = &r->progress;
	r->start = sqb_link_now();
	r->group.most = 32;
	r->server.listing_ahead = true;
	fetch_work(r, prepare, connect_it);
}

void fetch_run_clear(fetch_run *r)
{
	fetch_plan_clear(&r->plan);
	fetch_header_clear(&r->header);
}

void fetch_run_interrupt(fetch_run *r)
{
	if (r->server.session)
		sqb_session_interrupt(sqb_pop3_base(r->server.session));
}

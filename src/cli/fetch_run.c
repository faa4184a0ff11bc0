/*
 * Fetching with nothing lost. Messages are delivered in groups: on disk, in
 * the ledger, and only then may they be deleted. A message counts once the
 * server has gone on in good order after it, for a server that forgets to
 * stuff dots ends a message early and talks on in the middle of it.
 */
#include "fetch.h"

#include "interrupt.h"
#include "print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#define GROUP_OCTETS (16u << 20)
#define GROUP_TIME 1000		/* ms */
#define KEEP_DELETED (90 * 86400)	/* s in the ledger */

static void failed(fetch_run *r, int status)
{
	if (r->status == 0)
		r->status = status;
}

static int say(fetch_run *r, const sqb_error *err)
{
	cli_progress_hide(&r->progress);
	return cli_fail(r->server->account, err);
}

static int store_failed(fetch_run *r)
{
	failed(r, say(r, sqb_store_error(r->store)));
	return SQB_E_SINK;
}

static int put(fetch_run *r, const sqb_pop3_item *item)
{
	const fetch_options *o = r->options;
	int64_t now = (int64_t)time(NULL);
	sqb_ledger_entry e = { .uidl = sqb_str_of(item->uidl),
		.size = item->size, .first_seen = now, .delivered = now,
		.destination = sqb_str_of(o->to) };

	if (o->del || o->delete_after > 0)
		e.delete_due = now + o->delete_after / 1000;
	return sqb_ledger_put(r->ledger, &e);
}

/* Published: into the ledger with them, and tell of them. */
static int record(fetch_run *r, const uint32_t *places, size_t n)
{
	int code = SQB_OK;

	for (size_t i = 0; i < n && code == SQB_OK; i++)
		if (!r->plan.messages[places[i]].nameless)
			code = put(r, &r->plan.list.items[places[i]]);
	if (code == SQB_OK)
		code = sqb_ledger_commit(r->ledger);
	if (code < 0) {
		r->broken = true;
		failed(r, say(r, sqb_ledger_error(r->ledger)));
		return code;
	}
	for (size_t i = 0; i < n; i++) {
		r->plan.messages[places[i]].delivered = true;
		fetch_report(r, "delivered", places[i]);
	}
	return SQB_OK;
}

/* What its destination has not taken is not waited for: it is still there. */
static void drop_refused(fetch_run *r, const int *codes)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_waiting; i++) {
		uint32_t place = r->waiting[i];

		if (codes[i] == SQB_OK) {
			r->waiting[n++] = place;
			continue;
		}
		cli_progress_hide(&r->progress);
		cli_error("%s: message %u stays on the server: %s",
		    r->server->account,
		    (unsigned)r->plan.list.items[place].number,
		    sqb_store_error(r->store)->text);
		failed(r, sqb_code_exit(codes[i]));
	}
	r->n_waiting = n;
}

static int commit(fetch_run *r)
{
	int codes[SQB_STORE_GROUP], code = SQB_OK;

	if (r->n_waiting == 0)
		return SQB_OK;
	if (sqb_store_publish(r->store, codes) < 0) {
		r->broken = true;
		return store_failed(r);
	}
	drop_refused(r, codes);
	if (r->n_waiting > 0)
		code = record(r, r->waiting, r->n_waiting);
	else
		r->waiting_octets = 0;
	if (code == SQB_OK) {
		r->n_delivered += r->n_waiting;
		r->octets += r->waiting_octets;
	}
	r->n_waiting = 0;
	r->waiting_octets = 0;
	return code;
}

/* What was delivered before is known now to have ended well. */
static int confirm(fetch_run *r)
{
	r->doubtful = false;
	if (r->n_waiting == 0 || (!sqb_store_is_full(r->store) &&
	    r->waiting_octets < GROUP_OCTETS &&
	    sqb_link_now() - r->waiting_since < GROUP_TIME))
		return SQB_OK;
	return commit(r);
}

static int begin(fetch_run *r, size_t index)
{
	uint32_t place = r->plan.places[index];

	if (confirm(r) < 0)
		return SQB_E_SINK;
	if (sqb_store_begin(r->store, &r->plan.messages[place].id,
	    sqb_str_of(r->plan.list.items[place].uidl)) < 0)
		return store_failed(r);
	r->begun = true;
	return SQB_OK;
}

static int on_write(void *ctx, size_t index, sqb_str bytes)
{
	fetch_run *r = ctx;

	if (!r->begun && begin(r, index) < 0)
		return SQB_E_SINK;
	r->done_octets += bytes.len;
	r->waiting_octets += bytes.len;
	if (sqb_store_write(r->store, bytes) < 0)
		return store_failed(r);
	return SQB_OK;
}

static int end_well(fetch_run *r, size_t index)
{
	if (!r->begun && begin(r, index) < 0)
		return SQB_E_SINK;
	if (sqb_store_end(r->store) < 0)
		return store_failed(r);
	r->begun = false;
	if (r->n_waiting == 0)
		r->waiting_since = sqb_link_now();
	r->waiting[r->n_waiting++] = r->plan.places[index];
	r->doubtful = true;
	r->n_done++;
	return SQB_OK;
}

/* The server's no to one message is an answer in good order. */
static int end_refused(fetch_run *r, size_t index, const sqb_error *err)
{
	cli_progress_hide(&r->progress);
	cli_error("%s: message %u: %s", r->server->account,
	    (unsigned)r->plan.get[index].number, err->text);
	failed(r, sqb_code_exit(err->code));
	return confirm(r);
}

static int on_end(void *ctx, size_t index, int code, const sqb_error *err)
{
	fetch_run *r = ctx;

	if (code == SQB_OK)
		return end_well(r, index);
	if (r->begun)
		sqb_store_drop(r->store);
	r->begun = false;
	if (code == SQB_E_REFUSED || code == SQB_E_RETRY ||
	    code == SQB_E_UNSUPPORTED)
		return end_refused(r, index, err);
	return SQB_OK;
}

int fetch_on_progress(void *ctx, const sqb_pop3_progress *progress)
{
	fetch_run *r = ctx;

	(void)progress;
	cli_progress_show(&r->progress, r->n_done, r->done_octets);
	return 0;
}

/* True when the session can go on after this result. */
static bool is_alive(int code)
{
	return code == SQB_OK || code == SQB_E_REFUSED ||
	    code == SQB_E_RETRY || code == SQB_E_UNSUPPORTED;
}

/* True when the session can go on. */
static bool get_all(fetch_run *r)
{
	sqb_sink sink = { on_write, on_end, r };
	sqb_pop3_session *s = r->server->session;
	int code = sqb_pop3_messages(s, r->plan.get, r->plan.n_get, &sink);

	if (is_alive(code))
		r->doubtful = false;
	else if (code != SQB_E_SINK)
		failed(r, say(r, sqb_pop3_error(s)));
	return is_alive(code);
}

/* The disk has them already; a group at a time into the ledger. */
static void record_found(fetch_run *r)
{
	uint32_t found[SQB_STORE_GROUP];
	size_t n = 0, left = r->plan.n_found;

	for (size_t i = 0; left > 0 && !r->broken; i++) {
		if (r->plan.messages[i].fate != FETCH_FOUND)
			continue;
		found[n++] = (uint32_t)i;
		left--;
		if (n < SQB_STORE_GROUP && left > 0)
			continue;
		if (record(r, found, n) == SQB_OK)
			r->n_delivered += n;
		n = 0;
	}
}

void fetch_run_get(fetch_run *r)
{
	r->alive = true;
	record_found(r);
	if (r->broken || r->plan.n_get == 0)
		return;
	cli_progress_begin(&r->progress, r->options->progress,
	    r->server->account, r->plan.n_get, r->plan.octets);
	r->alive = get_all(r);
	cli_interrupt_hold();
	cli_progress_end(&r->progress, r->n_done, r->done_octets);
	if (r->begun)
		sqb_store_drop(r->store);
	if (r->doubtful && r->n_waiting > 0) {
		sqb_store_drop(r->store);
		r->n_waiting--;
	}
	if (!r->broken)
		commit(r);
}

bool fetch_is_to_go(const fetch_options *o, const fetch_message *m)
{
	return m->expired || (m->delivered && o->del);
}

/* The places to be deleted; there is room for them all. */
static size_t list_deletions(const fetch_run *r, sqb_pop3_item *go)
{
	size_t n = 0;

	for (size_t i = 0; i < r->plan.list.n_items; i++)
		if (fetch_is_to_go(r->options, &r->plan.messages[i]))
			go[n++] = r->plan.list.items[i];
	return n;
}

/* True when the server has marked them all. */
static bool mark_all(fetch_run *r, size_t *n_marked)
{
	sqb_pop3_item *go = malloc((r->plan.list.n_items + 1) * sizeof(*go));
	sqb_pop3_session *s = r->server->session;
	int code;

	if (!go) {
		cli_error("no memory");
		failed(r, EX_OSERR);
		return false;
	}
	*n_marked = list_deletions(r, go);
	code = *n_marked == 0 ? SQB_OK :
	    sqb_pop3_deles(s, go, *n_marked);
	free(go);
	if (code < 0)
		failed(r, say(r, sqb_pop3_error(s)));
	r->alive = is_alive(code);
	return code == SQB_OK;
}

/* What has a name of that to be deleted, in one piece, with the names. */
static sqb_pop3_item *keep_names(const fetch_run *r, size_t *n)
{
	const fetch_plan *p = &r->plan;
	sqb_pop3_item *kept;
	size_t octets = 0;
	char *text;

	for (size_t i = 0; i < p->list.n_items; i++)
		octets += sizeof(*kept) + strlen(p->list.items[i].uidl) + 1;
	*n = 0;
	kept = malloc(octets + 1);
	text = (char *)(kept + p->list.n_items);
	for (size_t i = 0; kept && i < p->list.n_items; i++) {
		const fetch_message *m = &p->messages[i];
		size_t len = strlen(p->list.items[i].uidl) + 1;

		if (m->nameless || !fetch_is_to_go(r->options, m))
			continue;
		kept[*n] = p->list.items[i];
		kept[(*n)++].uidl = memcpy(text, p->list.items[i].uidl, len);
		text += len;
	}
	return kept;
}

/* The server has deleted them. */
static void record_deleted(fetch_run *r, const sqb_pop3_item *kept, size_t n)
{
	int64_t now = (int64_t)time(NULL);
	int code = SQB_OK;

	for (size_t i = 0; i < n && code >= 0; i++) {
		sqb_ledger_entry e = { .uidl = sqb_str_of(kept[i].uidl),
			.size = kept[i].size };

		code = sqb_ledger_find(r->ledger, &e);
		e.deleted = now;
		if (code > 0)
			code = sqb_ledger_put(r->ledger, &e);
	}
	if (code >= 0)
		code = sqb_ledger_prune(r->ledger, now - KEEP_DELETED);
	if (code >= 0)
		code = sqb_ledger_commit(r->ledger);
	if (code < 0)
		failed(r, say(r, sqb_ledger_error(r->ledger)));
}

void fetch_run_delete(fetch_run *r)
{
	size_t n_marked = 0, n_kept = 0;
	sqb_pop3_item *kept;
	bool marked;
	char *events;
	int status;

	if (!r->alive)
		return;
	marked = mark_all(r, &n_marked);
	if (!r->alive)
		return;
	events = marked && n_marked > 0 ? fetch_deletions_json(r) : NULL;
	kept = marked && n_marked > 0 ? keep_names(r, &n_kept) : NULL;
	status = cli_server_quit(r->server);
	r->plan.list.items = NULL;
	failed(r, status);
	if (marked && status == 0) {
		r->n_deleted = n_marked;
		if (events)
			cli_print_lines(stdout, events);
		if (n_kept > 0)
			record_deleted(r, kept, n_kept);
	}
	free(events);
	free(kept);
}

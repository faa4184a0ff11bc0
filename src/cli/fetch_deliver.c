/*
 * Delivery with nothing lost. Messages are delivered in groups: where they
 * go, in the ledger, and only then may they be deleted. A message counts once
 * the server has gone on in good order after it, for a server that forgets to
 * stuff dots ends a message early and talks on in the middle of it.
 *
 * A group is committed on a worker while the session waits. It grows with
 * what the disk can bear, so that a slow one delays nothing for long.
 */
#include "fetch.h"

#include "interrupt.h"
#include "print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	GROUP_OCTETS = 16 << 20,
	GROUP_TIME = 1000,	/* ms from the first message to its commit */
	GROUP_FEW = 16,		/* messages; a group is never held smaller */
	COMMIT_QUICK = 100,	/* ms: the next group may be larger */
	COMMIT_SLOW = 400,	/* ms: it has to be smaller */
	KEEP_DELETED = 90 * 24 * 3600	/* s that the ledger remembers */
};

/* --- on a worker */

static sqb_ledger_entry entry_of(const fetch_run *r, size_t place)
{
	const sqb_pop3_item *item = &r->plan.list.items[place];
	const fetch_message *m = &r->plan.messages[place];
	const fetch_options *o = r->options;
	int64_t now = (int64_t)time(NULL);
	sqb_ledger_entry e = {
		.uidl = sqb_str_of(m->unnamed ? "" : item->uidl),
		.size = item->size,
		.first_seen = m->first_seen ? m->first_seen : now,
		.delivered = now,
		.destination = sqb_str_of(o->to),
	};

	if (o->del)
		e.delete_due = now;
	else if (o->delete_after > 0)
		e.delete_due = now + o->delete_after / 1000;
	memcpy(e.digest, m->digest, sizeof(e.digest));
	return e;
}

/* Of one that is seen, and no more. */
static sqb_ledger_entry seen_entry(const fetch_run *r, size_t place)
{
	sqb_ledger_entry e = entry_of(r, place);

	e.delivered = e.delete_due = 0;
	e.destination.len = 0;
	return e;
}

/* By its intent the next run finds what is delivered and not recorded. */
static void broke(fetch_run *r, const sqb_error *err)
{
	r->broken = true;
	r->error = *err;
	sqb_ledger_rollback(r->ledger);
}

/* What was delivered well, into the ledger. */
static void record(fetch_run *r)
{
	fetch_group *g = &r->group;
	int code = SQB_OK;

	for (size_t i = 0; i < g->n && code == SQB_OK; i++) {
		sqb_ledger_entry e = entry_of(r, g->places[i]);

		if (g->codes[i] == SQB_OK &&
		    !r->plan.messages[g->places[i]].nameless)
			code = sqb_ledger_put(r->ledger, &e);
	}
	if (code == SQB_OK)
		code = sqb_ledger_commit(r->ledger);
	if (code < 0)
		broke(r, sqb_ledger_error(r->ledger));
}

static void adapt(fetch_group *g, sqb_time took)
{
	if (took > COMMIT_SLOW && g->most > GROUP_FEW)
		g->most /= 2;
	else if (took < COMMIT_QUICK && g->most < SQB_STORE_GROUP)
		g->most *= 2;
}

void fetch_commit(fetch_run *r)
{
	sqb_time start = sqb_link_now();

	if (sqb_store_publish(r->store, r->group.codes) < 0)
		broke(r, sqb_store_error(r->store));
	else
		record(r);
	adapt(&r->group, sqb_link_now() - start);
}

/* It has a destination, and has not got there. */
static int put_suspect(fetch_run *r, size_t at)
{
	const fetch_plan *p = &r->plan;
	sqb_ledger_entry e;

	if (at >= p->n_get || p->messages[p->places[at]].nameless)
		return SQB_OK;
	e = entry_of(r, p->places[at]);
	e.delivered = e.delete_due = 0;
	return sqb_ledger_put(r->ledger, &e);
}

/*
 * The message that a session broke with, or the one before that had ended too
 * early, may break the next one too: that is recorded, and it is fetched after
 * all others.
 */
static void note_suspects(fetch_run *r, bool doubtful)
{
	int rc = doubtful ? put_suspect(r, r->n_answered - 1) : SQB_OK;

	if (rc == SQB_OK)
		rc = put_suspect(r, r->n_answered);
	if (rc == SQB_OK)
		rc = sqb_ledger_commit(r->ledger);
	if (rc < 0)
		broke(r, sqb_ledger_error(r->ledger));
}

void fetch_commit_last(fetch_run *r)
{
	fetch_group *g = &r->group;
	bool doubtful = g->doubtful && g->n > 0;

	if (r->begun)
		sqb_store_drop(r->store);
	if (doubtful) {
		sqb_store_drop(r->store);
		g->n--;
	}
	r->begun = g->doubtful = false;
	if (g->n > 0 && !r->broken)
		fetch_commit(r);
	/* To be told to stop is nobody's fault. */
	if (!r->alive && !r->broken && !cli_interrupted())
		note_suspects(r, doubtful);
}

/* Its old row goes, and a new one says when it was delivered. */
static int rename_row(fetch_run *r, size_t place)
{
	const fetch_gone *g = &r->plan.gone[r->plan.messages[place].renamed];
	sqb_ledger_entry old = { .uidl = sqb_str_of(g->uidl),
		.size = g->size };
	int rc = sqb_ledger_find(r->ledger, &old);
	sqb_ledger_entry e = old;

	if (rc <= 0)
		return rc;
	e.uidl = sqb_str_of(r->plan.list.items[place].uidl);
	rc = sqb_ledger_put(r->ledger, &e);
	old.uidl = sqb_str_of(g->uidl);
	return rc < 0 ? rc : sqb_ledger_remove(r->ledger, &old);
}

static int record_seen(fetch_run *r, size_t place)
{
	const fetch_message *m = &r->plan.messages[place];
	sqb_ledger_entry e = entry_of(r, place);

	if (m->fate == FETCH_RENAMED)
		return rename_row(r, place);
	if (m->fate == FETCH_FOUND)
		return sqb_ledger_put(r->ledger, &e);
	e = seen_entry(r, place);
	return m->first_seen ? SQB_OK : sqb_ledger_put(r->ledger, &e);
}

/*
 * A mailbox where nothing is has been looked at too: what comes is new. No
 * UIDL has a blank in it.
 */
static int record_empty(fetch_run *r)
{
	sqb_ledger_entry e = { .uidl = sqb_str_of("no messages"),
		.first_seen = (int64_t)time(NULL) };

	return sqb_ledger_put(r->ledger, &e);
}

void fetch_commit_found(fetch_run *r)
{
	fetch_plan *p = &r->plan;
	size_t n_seen = 0;
	int rc = SQB_OK;

	for (size_t i = 0; i < p->list.n_items && rc >= 0; i++) {
		const fetch_message *m = &p->messages[i];

		if (m->nameless || m->fate == FETCH_SEEN ||
		    m->fate == FETCH_GET)
			continue;
		rc = record_seen(r, i);
		n_seen++;
	}
	if (rc >= 0 && n_seen == 0 && r->first_time &&
	    fetch_only_looks(r->options))
		rc = record_empty(r);
	if (rc >= 0)
		rc = sqb_ledger_commit(r->ledger);
	if (rc < 0)
		broke(r, sqb_ledger_error(r->ledger));
}

/* A row for each message that is gone for good. */
void fetch_record_deletions(fetch_run *r)
{
	fetch_plan *p = &r->plan;
	int64_t now = (int64_t)time(NULL);
	int rc = sqb_ledger_prune(r->ledger, now - KEEP_DELETED);

	for (size_t i = 0; i < p->list.n_items && rc >= 0; i++) {
		const fetch_message *m = &p->messages[i];
		sqb_ledger_entry e = entry_of(r, i);

		if (r->n_deleted == 0 || m->nameless ||
		    !fetch_is_to_go(r->options, m))
			continue;
		rc = sqb_ledger_find(r->ledger, &e);
		e.deleted = now;
		if (rc > 0)
			rc = sqb_ledger_put(r->ledger, &e);
	}
	if (rc >= 0)
		rc = sqb_ledger_commit(r->ledger);
	if (rc < 0)
		broke(r, sqb_ledger_error(r->ledger));
}

/* --- on the loop */

/* A refusal of one message leaves it on the server; the others go on. */
static void tell(fetch_run *r, size_t place, int code)
{
	fetch_message *m = &r->plan.messages[place];
	sqb_error told;

	if (code == SQB_OK) {
		m->delivered = true;
		r->n_delivered++;
		r->octets += r->plan.list.items[place].size;
		m->news = r->options->watch;
		fetch_report(r, "delivered", place);
		return;
	}
	r->n_failed++;
	told = *sqb_store_error(r->store);
	snprintf(told.text, sizeof(told.text), "message %u stays on the "
	    "server: %.180s", (unsigned)r->plan.list.items[place].number,
	    sqb_store_error(r->store)->text);
	fetch_failed(r, &told);
}

void fetch_committed(fetch_run *r)
{
	fetch_group *g = &r->group;

	fetch_broke(r);
	for (size_t i = 0; i < g->n && !r->broken; i++)
		tell(r, g->places[i], g->codes[i]);
	g->n = 0;
	g->octets = 0;
}

static bool is_due(const fetch_run *r)
{
	const fetch_group *g = &r->group;

	return g->n > 0 && (g->n >= g->most || g->octets >= GROUP_OCTETS ||
	    sqb_store_is_full(r->store) ||
	    sqb_link_now() - g->since >= GROUP_TIME);
}

/* The message that waited is taken up again. */
static void go_on(fetch_run *r)
{
	sqb_session_resume(sqb_pop3_base(r->server.session));
}

static void commit_over(fetch_run *r)
{
	fetch_committed(r);
	fetch_tell(r, go_on);
}

/* What was delivered before is known now to have ended well. */
static int confirm(fetch_run *r)
{
	r->group.doubtful = false;
	if (r->broken)
		return SQB_E_SINK;
	if (!is_due(r))
		return SQB_OK;
	fetch_work(r, fetch_commit, commit_over);
	return SQB_SINK_LATER;
}

/* What has been delivered before may still be committed. */
static int sink_failed(fetch_run *r)
{
	r->error = *sqb_store_error(r->store);
	fetch_broke(r);
	return SQB_E_SINK;
}

static int begin(fetch_run *r, size_t index)
{
	size_t place = r->plan.places[r->batch + index];
	int rc = confirm(r);

	if (rc != SQB_OK)
		return rc;
	if (sqb_store_begin(r->store, &r->plan.messages[place].id,
	    sqb_str_of(r->plan.list.items[place].uidl)) < 0)
		return sink_failed(r);
	fetch_header_reset(&r->header);
	r->begun = true;
	return SQB_OK;
}

static int on_write(void *ctx, size_t index, sqb_str bytes)
{
	fetch_run *r = ctx;
	int rc = r->begun ? SQB_OK : begin(r, index);

	if (rc != SQB_OK)
		return rc;
	r->done_octets += bytes.len;
	r->group.octets += bytes.len;
	if (!r->header.whole && !fetch_header_add(&r->header, bytes))
		return SQB_E_NOMEM;
	return sqb_store_write(r->store, bytes) < 0 ? sink_failed(r) :
	    SQB_OK;
}

/* What is to be known of it later. */
static bool note_header(fetch_run *r, fetch_message *m)
{
	const fetch_header *h = &r->header;

	if (h->len > 0 && !fetch_header_digest(&r->header, m->digest))
		return false;
	if (r->options->watch && !m->fields)
		m->fields = fetch_fields_new((sqb_str){ h->text, h->len });
	return m->fields || !r->options->watch;
}

static int end_well(fetch_run *r, size_t index)
{
	fetch_group *g = &r->group;
	uint32_t place = r->plan.places[r->batch + index];
	int rc = r->begun ? SQB_OK : begin(r, index);

	if (rc != SQB_OK)
		return rc;
	if (sqb_store_end(r->store) < 0)
		return sink_failed(r);
	if (!note_header(r, &r->plan.messages[place]))
		return SQB_E_NOMEM;
	r->begun = false;
	if (g->n == 0)
		g->since = sqb_link_now();
	g->places[g->n++] = place;
	g->doubtful = true;
	r->n_done++;
	r->n_answered++;
	return SQB_OK;
}

/* The server's no to one message is an answer in good order. */
static int end_refused(fetch_run *r, size_t index, const sqb_error *err)
{
	sqb_error told = *err;
	int rc = confirm(r);

	if (rc != SQB_OK)
		return rc;
	snprintf(told.text, sizeof(told.text), "message %u: %.200s",
	    (unsigned)r->plan.get[r->batch + index].number, err->text);
	r->n_failed++;
	r->n_answered++;
	fetch_failed(r, &told);
	return SQB_OK;
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

const sqb_sink *fetch_sink(fetch_run *r)
{
	r->sink = (sqb_sink){ on_write, on_end, r };
	return &r->sink;
}

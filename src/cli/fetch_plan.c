/*
 * What is to become of each message: by the ledger, by what lies in the
 * destination already, by its header, by size and by number.
 *
 * A message is known by its UIDL. Where the server has none, or the same for
 * two, it is known by a digest of its header; where that is not its alone
 * either it is nameless, and is fetched again until it is deleted. A server
 * that gives new UIDLs to old mail is found out by size and digest.
 */
#include "fetch.h"

#include "print.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool fail(fetch_run *r, sqb_code code, const char *why)
{
	r->error = (sqb_error){ .code = code };
	snprintf(r->error.text, sizeof(r->error.text), "%s", why);
	return false;
}

static bool no_memory(fetch_run *r)
{
	return fail(r, SQB_E_NOMEM, "no memory");
}

static bool ledger_failed(fetch_run *r)
{
	r->error = *sqb_ledger_error(r->ledger);
	return false;
}

void fetch_plan_clear(fetch_plan *p)
{
	for (size_t i = 0; i < p->n_gone; i++)
		free(p->gone[i].uidl);
	free(p->gone);
	for (size_t i = 0; p->messages && i < p->list.n_items; i++)
		fetch_fields_free(p->messages[i].fields);
	free(p->messages);
	free(p->get);
	free(p->places);
	*p = (fetch_plan){ .n_get = 0 };
}

/* --- who is who */

/* A message, with the first octets of its key beside: few differ later. */
typedef struct rank {
	uint64_t first;
	fetch_message *message;
} rank;

static rank rank_of(fetch_message *m)
{
	rank r = { .message = m };

	memcpy(&r.first, m->id.key, sizeof(r.first));
	return r;
}

static int by_key(const void *a, const void *b)
{
	const rank *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return memcmp(x->message->id.key, y->message->id.key,
	    sizeof(x->message->id.key));
}

/* The messages in the order of their keys. NULL: no memory. */
static rank *order_by_key(const fetch_plan *p)
{
	size_t n = p->list.n_items;
	rank *order = malloc((n + 1) * sizeof(*order));

	if (!order)
		return NULL;
	for (size_t i = 0; i < n; i++)
		order[i] = rank_of(&p->messages[i]);
	qsort(order, n, sizeof(*order), by_key);
	return order;
}

static sqb_str uidl_of(const fetch_plan *p, size_t i)
{
	return sqb_str_of(p->list.items[i].uidl);
}

/* A UIDL that stands for two messages identifies none. */
static bool name_by_uidl(fetch_run *r)
{
	fetch_plan *p = &r->plan;
	rank *order;

	for (size_t i = 0; i < p->list.n_items; i++) {
		fetch_message *m = &p->messages[i];
		sqb_str uidl = uidl_of(p, i);

		if (sqb_ledger_id(r->ledger, uidl, p->list.items[i].size,
		    &m->id) < 0)
			return no_memory(r);
		m->unnamed = uidl.len == 0 || uidl.len > SQB_LEDGER_MAX_UIDL;
	}
	order = order_by_key(p);
	if (!order)
		return no_memory(r);
	for (size_t i = 1; i < p->list.n_items; i++)
		if (by_key(&order[i - 1], &order[i]) == 0)
			order[i - 1].message->unnamed =
			    order[i].message->unnamed = true;
	free(order);
	return true;
}

static bool has_digest(const uint8_t digest[SQB_LEDGER_DIGEST])
{
	static const uint8_t none[SQB_LEDGER_DIGEST];

	return memcmp(digest, none, sizeof(none)) != 0;
}

/* The identity of an unnamed message; no UIDL has a blank in it. */
static bool name_by_digest(fetch_run *r, fetch_message *m, uint64_t size)
{
	char name[1 + SQB_LEDGER_DIGEST] = " ";

	memcpy(name + 1, m->digest, SQB_LEDGER_DIGEST);
	return sqb_ledger_id(r->ledger, (sqb_str){ name, sizeof(name) },
	    size, &m->id) == SQB_OK || no_memory(r);
}

/* One that has no identity gets one for this run. */
static bool name_at_random(fetch_run *r, fetch_message *m)
{
	r->plan.n_nameless++;
	return getentropy(m->id.key, sizeof(m->id.key)) == 0 ||
	    fail(r, SQB_E_USAGE, strerror(errno));
}

/* Two with one header cannot be told apart. */
static bool find_twins(fetch_run *r)
{
	rank *order = order_by_key(&r->plan);

	if (!order)
		return no_memory(r);
	for (size_t i = 1; i < r->plan.list.n_items; i++)
		if (by_key(&order[i - 1], &order[i]) == 0)
			order[i - 1].message->nameless =
			    order[i].message->nameless = true;
	free(order);
	return true;
}

static bool name_unnamed(fetch_run *r)
{
	fetch_plan *p = &r->plan;
	bool good = true, any = false;

	for (size_t i = 0; i < p->list.n_items && good; i++) {
		fetch_message *m = &p->messages[i];

		any = any || m->unnamed;
		m->nameless = m->unnamed && !has_digest(m->digest);
		if (m->unnamed && !m->nameless)
			good = name_by_digest(r, m, p->list.items[i].size);
	}
	if (good && !any)
		return true;
	good = good && find_twins(r);
	for (size_t i = 0; i < p->list.n_items && good; i++)
		if (p->messages[i].nameless)
			good = name_at_random(r, &p->messages[i]);
	return good;
}

/* --- what becomes of them */

/* What is not taken may have any size. */
static uint64_t max_size(const fetch_run *r)
{
	uint64_t most = r->server.conn->max_message;

	if (fetch_only_looks(r->options))
		most = UINT64_MAX;
	else if (most == 0)
		most = 256u << 20;
	return r->options->max_size && r->options->max_size < most ?
	    r->options->max_size : most;
}

bool fetch_is_to_go(const fetch_options *o, const fetch_message *m)
{
	return m->expired || (m->delivered && o->del);
}

static void set_seen(fetch_run *r, fetch_message *m, fetch_fate fate,
    int64_t delivered)
{
	const fetch_options *o = r->options;

	m->fate = (uint8_t)fate;
	m->expired = o->del || (o->delete_after > 0 &&
	    time(NULL) - delivered >= o->delete_after / 1000);
}

/* By the ledger and by size. */
static bool decide(fetch_run *r, size_t i)
{
	fetch_message *m = &r->plan.messages[i];
	uint64_t size = r->plan.list.items[i].size;
	sqb_ledger_entry e = { .size = size };
	int found = 0;

	if (m->unnamed)
		memcpy(e.digest, m->digest, sizeof(e.digest));
	else
		e.uidl = uidl_of(&r->plan, i);
	if (!m->nameless)
		found = sqb_ledger_find(r->ledger, &e);
	if (found < 0)
		return ledger_failed(r);
	m->first_seen = found ? e.first_seen : 0;
	m->suspect = found && e.delivered == 0 && e.destination.len > 0;
	if (found && fetch_only_looks(r->options))
		m->fate = FETCH_SEEN;
	else if (m->nameless && fetch_leaves_nameless(r->options))
		m->fate = FETCH_LATER;
	else if (found && e.delivered > 0)
		set_seen(r, m, FETCH_SEEN, e.delivered);
	else
		m->fate = size > max_size(r) ? FETCH_TOO_BIG : FETCH_GET;
	return true;
}

/* --- new names for old mail */

static int by_size(const void *a, const void *b)
{
	uint64_t x = ((const fetch_gone *)a)->size;
	uint64_t y = ((const fetch_gone *)b)->size;

	return (x > y) - (x < y);
}

static bool add_gone(fetch_plan *p, const sqb_ledger_entry *e)
{
	fetch_gone *g;

	if (p->n_gone == p->cap_gone) {
		size_t cap = p->cap_gone ? 2 * p->cap_gone : 64;

		g = realloc(p->gone, cap * sizeof(*g));
		if (!g)
			return false;
		p->gone = g;
		p->cap_gone = cap;
	}
	g = &p->gone[p->n_gone];
	*g = (fetch_gone){ .size = e->size, .first_seen = e->first_seen,
	    .delivered = e->delivered,
	    .uidl = strndup(e->uidl.ptr, e->uidl.len) };
	memcpy(g->digest, e->digest, sizeof(g->digest));
	p->n_gone += g->uidl != NULL;
	return g->uidl != NULL;
}

/* The sizes of what is to be fetched, sorted. */
typedef struct gone_search {
	fetch_plan *plan;
	uint64_t *sizes;
	size_t n;
} gone_search;

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int look_for_gone(void *ctx, const sqb_ledger_entry *e)
{
	gone_search *w = ctx;

	if (e->uidl.len == 0 || e->delivered == 0 || e->deleted > 0 ||
	    !has_digest(e->digest) || !bsearch(&e->size, w->sizes, w->n,
	    sizeof(*w->sizes), by_number))
		return 0;
	return add_gone(w->plan, e) ? 0 : SQB_E_NOMEM;
}

/* Drops the rows that the server still has the UIDL of. */
static bool drop_listed(fetch_run *r)
{
	fetch_plan *p = &r->plan;
	rank *order = order_by_key(p);
	size_t kept = 0;

	for (size_t i = 0; order && i < p->n_gone; i++) {
		fetch_message row;
		fetch_gone *g = &p->gone[i];
		bool known = sqb_ledger_id(r->ledger, sqb_str_of(g->uidl),
		    g->size, &row.id) == SQB_OK;
		rank key = rank_of(&row);

		if (known && !bsearch(&key, order, p->list.n_items,
		    sizeof(key), by_key))
			p->gone[kept++] = *g;
		else
			free(g->uidl);
	}
	p->n_gone = order ? kept : p->n_gone;
	free(order);
	return order || no_memory(r);
}

/* Rows of the size of a new message, whose UIDL the server has no more. */
static bool find_gone(fetch_run *r)
{
	fetch_plan *p = &r->plan;
	gone_search w = { p, NULL, 0 };
	int rc;

	w.sizes = malloc((p->list.n_items + 1) * sizeof(*w.sizes));
	if (!w.sizes)
		return no_memory(r);
	for (size_t i = 0; i < p->list.n_items; i++)
		if (p->messages[i].fate == FETCH_GET)
			w.sizes[w.n++] = p->list.items[i].size;
	qsort(w.sizes, w.n, sizeof(*w.sizes), by_number);
	rc = w.n == 0 ? SQB_OK : sqb_ledger_each(r->ledger,
	    r->server.account, look_for_gone, &w);
	free(w.sizes);
	if (rc == SQB_E_NOMEM)
		return no_memory(r);
	if (rc < 0)
		return ledger_failed(r);
	if (p->n_gone == 0)
		return true;
	qsort(p->gone, p->n_gone, sizeof(*p->gone), by_size);
	return drop_listed(r);
}

/* The first row of that size; n_gone: there is none. */
static size_t first_gone(const fetch_plan *p, uint64_t size)
{
	size_t low = 0, high = p->n_gone;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (p->gone[mid].size < size)
			low = mid + 1;
		else
			high = mid;
	}
	return low < p->n_gone && p->gone[low].size == size ? low : p->n_gone;
}

/* It has a new UIDL, and is one that was delivered. */
static void match_gone(fetch_run *r, size_t i)
{
	fetch_plan *p = &r->plan;
	fetch_message *m = &p->messages[i];
	uint64_t size = p->list.items[i].size;

	for (size_t g = first_gone(p, size); g < p->n_gone &&
	    p->gone[g].size == size; g++) {
		if (p->gone[g].taken || memcmp(p->gone[g].digest, m->digest,
		    sizeof(m->digest)) != 0)
			continue;
		p->gone[g].taken = true;
		m->renamed = (uint32_t)g;
		m->first_seen = p->gone[g].first_seen;
		set_seen(r, m, FETCH_RENAMED, p->gone[g].delivered);
		return;
	}
}

/* --- the first step */

static bool wants_header(const fetch_run *r, size_t i)
{
	const fetch_plan *p = &r->plan;
	const fetch_message *m = &p->messages[i];
	const fetch_options *o = r->options;

	return m->unnamed || (m->fate == FETCH_GET &&
	    (o->match.n + o->skip.n > 0 ||
	    (fetch_only_looks(o) && fetch_tells(r)) ||
	    first_gone(p, p->list.items[i].size) < p->n_gone));
}

static void ask_headers(fetch_run *r)
{
	fetch_plan *p = &r->plan;

	p->n_get = 0;
	for (size_t i = 0; i < p->list.n_items; i++) {
		if (!wants_header(r, i))
			continue;
		p->messages[i].asked = true;
		p->get[p->n_get] = p->list.items[i];
		p->places[p->n_get++] = (uint32_t)i;
	}
}

static int stop_at_first(void *ctx, const sqb_ledger_entry *e)
{
	(void)ctx;
	(void)e;
	return 1;
}

bool fetch_plan_make(fetch_run *r)
{
	fetch_plan *p = &r->plan;
	size_t n = p->list.n_items;

	p->messages = calloc(n + 1, sizeof(*p->messages));
	p->get = malloc((n + 1) * sizeof(*p->get));
	p->places = malloc((n + 1) * sizeof(*p->places));
	if (!p->messages || !p->get || !p->places)
		return no_memory(r);
	r->first_time = sqb_ledger_each(r->ledger, r->server.account,
	    stop_at_first, NULL) == 0;
	if (!name_by_uidl(r))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!p->messages[i].unnamed && !decide(r, i))
			return false;
	if (!r->first_time && !find_gone(r))
		return false;
	ask_headers(r);
	return true;
}

/* --- the second step */

/*
 * What the ledger does not have. That includes what this run would leave out:
 * another run may have delivered it, and its intent ends with our commit.
 */
static bool may_be_there(const fetch_message *m)
{
	return m->fate == FETCH_GET || m->fate == FETCH_TOO_BIG ||
	    (m->fate == FETCH_FILTERED && !m->unnamed);
}

/* What a run that was killed has delivered and not recorded. */
static bool find_delivered(fetch_run *r)
{
	fetch_plan *p = &r->plan;
	size_t n = p->list.n_items, k = 0;
	sqb_store_id *ids = malloc((n + 1) * sizeof(*ids));
	bool *there = malloc((n + 1) * sizeof(*there));
	bool good = ids && there;

	for (size_t i = 0; i < n && good; i++)
		if (may_be_there(&p->messages[i]))
			ids[k++] = p->messages[i].id;
	if (!good)
		no_memory(r);
	else if (k > 0 && sqb_store_find(r->store, ids, k, there) < 0) {
		r->error = *sqb_store_error(r->store);
		good = false;
	}
	k = 0;
	for (size_t i = 0; i < n && good; i++)
		if (may_be_there(&p->messages[i]) && there[k++]) {
			p->messages[i].fate = FETCH_FOUND;
			p->n_found++;
		}
	free(ids);
	free(there);
	return good;
}

/* Those that have broken a session, or those that have not. */
static void list_those(fetch_run *r, bool suspect)
{
	fetch_plan *p = &r->plan;
	const fetch_options *o = r->options;
	size_t n = p->list.n_items, limit = o->limit ? o->limit : n;

	for (size_t i = 0; i < n; i++) {
		size_t place = o->newest ? n - 1 - i : i;
		fetch_message *m = &p->messages[place];

		if (m->fate != FETCH_GET || m->suspect != suspect)
			continue;
		if (p->n_get == limit) {
			m->fate = FETCH_LATER;
			continue;
		}
		p->get[p->n_get] = p->list.items[place];
		p->places[p->n_get++] = (uint32_t)place;
		p->octets += p->list.items[place].size;
	}
}

/* What has broken a session may do so again: it waits. */
static void order(fetch_run *r)
{
	fetch_plan *p = &r->plan;

	for (size_t i = 0; i < p->list.n_items; i++) {
		p->n_skipped += p->messages[i].fate == FETCH_TOO_BIG;
		p->n_filtered += p->messages[i].fate == FETCH_FILTERED;
	}
	p->n_get = 0;
	list_those(r, false);
	p->n_good = p->n_get;
	list_those(r, true);
}

bool fetch_plan_settle(fetch_run *r)
{
	fetch_plan *p = &r->plan;

	if (!name_unnamed(r))
		return false;
	for (size_t i = 0; i < p->list.n_items; i++) {
		fetch_message *m = &p->messages[i];

		if (m->unnamed && m->fate != FETCH_FILTERED && !decide(r, i))
			return false;
		if (!m->unnamed && m->fate == FETCH_GET && m->asked)
			match_gone(r, i);
	}
	if (r->store && !find_delivered(r))
		return false;
	order(r);
	return true;
}

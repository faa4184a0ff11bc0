/*
 * What is to become of each message: by the ledger, by what lies in the
 * destination already, by size and by number.
 */
#include "fetch.h"

#include "print.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

static int no_memory(void)
{
	cli_error("no memory");
	return EX_OSERR;
}

void fetch_plan_clear(fetch_plan *p)
{
	free(p->messages);
	free(p->get);
	free(p->places);
	*p = (fetch_plan){ .n_get = 0 };
}

static int by_key(const void *a, const void *b)
{
	const fetch_message *x = *(const fetch_message *const *)a;
	const fetch_message *y = *(const fetch_message *const *)b;

	return memcmp(x->id.key, y->id.key, sizeof(x->id.key));
}

/* A UIDL that stands for two messages identifies none. */
static int find_twins(fetch_plan *p)
{
	size_t n = p->list.n_items;
	fetch_message **order = malloc(n * sizeof(*order));

	if (!order)
		return no_memory();
	for (size_t i = 0; i < n; i++)
		order[i] = &p->messages[i];
	qsort(order, n, sizeof(*order), by_key);
	for (size_t i = 1; i < n; i++)
		if (by_key(&order[i - 1], &order[i]) == 0)
			order[i - 1]->nameless = order[i]->nameless = true;
	free(order);
	return 0;
}

/* Messages without an identity get one for this run. */
static int name_nameless(fetch_plan *p)
{
	for (size_t i = 0; i < p->list.n_items; i++) {
		fetch_message *m = &p->messages[i];

		if (!m->nameless)
			continue;
		p->n_nameless++;
		if (getentropy(m->id.key, sizeof(m->id.key)) < 0) {
			cli_error("no random numbers: %s", strerror(errno));
			return EX_OSERR;
		}
	}
	return 0;
}

static int identify(fetch_plan *p, sqb_ledger *ledger)
{
	int status;

	for (size_t i = 0; i < p->list.n_items; i++) {
		const sqb_pop3_item *item = &p->list.items[i];
		fetch_message *m = &p->messages[i];
		sqb_str uidl = sqb_str_of(item->uidl);

		if (sqb_ledger_id(ledger, uidl, item->size, &m->id) < 0)
			return no_memory();
		m->nameless = uidl.len == 0 || uidl.len > SQB_LEDGER_MAX_UIDL;
	}
	status = find_twins(p);
	return status == 0 ? name_nameless(p) : status;
}

static uint64_t max_size(const cli_server *v, const fetch_options *o)
{
	uint64_t max = v->conn->max_message ? v->conn->max_message :
	    256u << 20;

	return o->max_size && o->max_size < max ? o->max_size : max;
}

static int decide(fetch_plan *p, uint64_t max, const fetch_options *o,
    sqb_ledger *ledger)
{
	int64_t now = (int64_t)time(NULL);

	for (size_t i = 0; i < p->list.n_items; i++) {
		fetch_message *m = &p->messages[i];
		sqb_ledger_entry seen = {
			.uidl = sqb_str_of(p->list.items[i].uidl),
			.size = p->list.items[i].size };
		int found = m->nameless ? 0 : sqb_ledger_find(ledger, &seen);

		if (found < 0)
			return cli_fail(NULL, sqb_ledger_error(ledger));
		if (found > 0)
			m->expired = o->del || (o->delete_after > 0 && now -
			    seen.first_seen >= o->delete_after / 1000);
		else if (p->list.items[i].size > max)
			m->fate = FETCH_TOO_BIG;
		else
			m->fate = FETCH_GET;
		p->n_skipped += m->fate == FETCH_TOO_BIG;
		p->n_get += m->fate == FETCH_GET;
	}
	return 0;
}

/* What a run that was killed has delivered and not recorded. */
static int find_delivered(fetch_plan *p, sqb_store *store)
{
	size_t n = p->list.n_items;
	sqb_store_id *ids = malloc(n * sizeof(*ids));
	bool *there = malloc(n * sizeof(*there));
	size_t k = 0;
	int status = 0;

	if (!ids || !there) {
		status = no_memory();
		goto out;
	}
	for (size_t i = 0; i < n; i++)
		if (p->messages[i].fate == FETCH_GET)
			ids[k++] = p->messages[i].id;
	if (sqb_store_find(store, ids, k, there) < 0) {
		status = cli_fail(NULL, sqb_store_error(store));
		goto out;
	}
	k = 0;
	for (size_t i = 0; i < n; i++) {
		fetch_message *m = &p->messages[i];

		if (m->fate != FETCH_GET || !there[k++])
			continue;
		m->fate = FETCH_FOUND;
		p->n_found++;
		p->n_get--;
	}
out:
	free(ids);
	free(there);
	return status;
}

static int order(fetch_plan *p, const fetch_options *o)
{
	size_t n = p->list.n_items, limit = o->limit ? o->limit : n, k = 0;

	p->get = malloc((p->n_get + 1) * sizeof(*p->get));
	p->places = malloc((p->n_get + 1) * sizeof(*p->places));
	if (!p->get || !p->places)
		return no_memory();
	for (size_t i = 0; i < n; i++) {
		size_t place = o->newest ? n - 1 - i : i;

		if (p->messages[place].fate != FETCH_GET)
			continue;
		if (k == limit) {
			p->messages[place].fate = FETCH_LATER;
			continue;
		}
		p->get[k] = p->list.items[place];
		p->places[k++] = (uint32_t)place;
		p->octets += p->list.items[place].size;
	}
	p->n_get = k;
	return 0;
}

int fetch_plan_make(fetch_plan *p, const cli_server *v,
    const fetch_options *o, sqb_ledger *ledger, sqb_store *store)
{
	int status;

	*p = (fetch_plan){ .n_get = 0 };
	if (sqb_pop3_listing(v->session, &p->list) < 0)
		return cli_server_fail(v);
	if (p->list.n_items == 0)
		return 0;
	p->messages = calloc(p->list.n_items, sizeof(*p->messages));
	if (!p->messages)
		return no_memory();
	status = identify(p, ledger);
	if (status != 0)
		return status;
	status = decide(p, max_size(v, o), o, ledger);
	if (status == 0 && p->n_get > 0 && store)
		status = find_delivered(p, store);
	return status == 0 ? order(p, o) : status;
}

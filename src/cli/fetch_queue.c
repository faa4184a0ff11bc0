/*
 * A heap of accounts by the time when they are due. One whose host has no room
 * leaves it, to wait at its host until another ends there: so each step costs
 * a logarithm, however many wait.
 */
#include "fetch_queue.h"

#include <stdlib.h>

static const fetch_turn *turn_at(const fetch_queue *q, size_t i)
{
	return &q->turns[q->heap[i]];
}

/* Those that are due at the same time keep their order. */
static bool is_before(const fetch_queue *q, size_t i, size_t k)
{
	sqb_time a = turn_at(q, i)->due, b = turn_at(q, k)->due;

	return a != b ? a < b : q->heap[i] < q->heap[k];
}

static void swap(fetch_queue *q, size_t i, size_t k)
{
	uint32_t place = q->heap[i];

	q->heap[i] = q->heap[k];
	q->heap[k] = place;
}

static void push(fetch_queue *q, uint32_t place)
{
	size_t i = q->n_heap++;

	q->heap[i] = place;
	for (; i > 0 && is_before(q, i, (i - 1) / 2); i = (i - 1) / 2)
		swap(q, i, (i - 1) / 2);
}

static void pop(fetch_queue *q)
{
	size_t i = 0, child = 1;

	q->heap[0] = q->heap[--q->n_heap];
	for (; child < q->n_heap; child = 2 * i + 1) {
		if (child + 1 < q->n_heap && is_before(q, child + 1, child))
			child++;
		if (!is_before(q, child, i))
			return;
		swap(q, i, child);
		i = child;
	}
}

void fetch_queue_add(fetch_queue *q, uint32_t place, sqb_time due)
{
	q->turns[place].due = due;
	push(q, place);
}

static fetch_turn *host_of(const fetch_queue *q, uint32_t place)
{
	return &q->turns[q->turns[place].host];
}

static void wait_at_host(fetch_queue *q, uint32_t place)
{
	fetch_turn *host = host_of(q, place);

	q->turns[place].next = FETCH_NOBODY;
	if (host->first == FETCH_NOBODY)
		host->first = place;
	else
		q->turns[host->last].next = place;
	host->last = place;
}

uint32_t fetch_queue_first(fetch_queue *q)
{
	while (q->n_heap > 0) {
		uint32_t place = q->heap[0];

		if (host_of(q, place)->n_at_host < q->n_per_host)
			return place;
		pop(q);
		wait_at_host(q, place);
	}
	return FETCH_NOBODY;
}

void fetch_queue_begin(fetch_queue *q, uint32_t place)
{
	pop(q);
	host_of(q, place)->n_at_host++;
}

void fetch_queue_end(fetch_queue *q, uint32_t place)
{
	fetch_turn *host = host_of(q, place);
	uint32_t first = host->first;

	host->n_at_host--;
	if (first == FETCH_NOBODY)
		return;
	host->first = q->turns[first].next;
	push(q, first);
}

/* --- hosts */

/* A host by a number: FNV-1a. Two that have the same share their limit. */
typedef struct numbered {
	uint64_t hash;
	uint32_t place;
} numbered;

static numbered number_of(const cli_account *a, uint32_t place)
{
	numbered h = { 0xcbf29ce484222325, place };
	sqb_url url = { .host = "" };

	(void)sqb_url_parse(&url, a->url, NULL);	/* the run says it */
	for (const char *c = url.host; *c != '\0'; c++) {
		h.hash ^= (uint8_t)(*c >= 'A' && *c <= 'Z' ? *c | 0x20 : *c);
		h.hash *= 0x100000001b3;
	}
	return h;
}

static int compare(const void *a, const void *b)
{
	const numbered *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

static bool set_hosts(fetch_queue *q, const cli_accounts *accounts)
{
	size_t n = accounts->n;
	numbered *hosts = calloc(n, sizeof(*hosts));

	if (!hosts)
		return false;
	for (size_t i = 0; i < n; i++)
		hosts[i] = number_of(&accounts->items[i], (uint32_t)i);
	qsort(hosts, n, sizeof(*hosts), compare);
	for (size_t i = 0, first = 0; i < n; i++) {
		if (hosts[i].hash != hosts[first].hash)
			first = i;
		q->turns[hosts[i].place] = (fetch_turn){
		    .host = hosts[first].place, .first = FETCH_NOBODY };
	}
	free(hosts);
	return true;
}

bool fetch_queue_init(fetch_queue *q, const cli_accounts *accounts,
    uint32_t n_per_host)
{
	*q = (fetch_queue){ .n_per_host = n_per_host };
	q->turns = calloc(accounts->n, sizeof(*q->turns));
	q->heap = calloc(accounts->n, sizeof(*q->heap));
	return q->turns && q->heap && set_hosts(q, accounts);
}

void fetch_queue_clear(fetch_queue *q)
{
	free(q->turns);
	free(q->heap);
}

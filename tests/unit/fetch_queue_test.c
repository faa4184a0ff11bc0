/*
 * Who is begun when, of many accounts: as one who looks through all of them
 * each time would say.
 */
#include "cli/fetch_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { N = 60, HOSTS = 7, STEPS = 20000 };

static char urls[N][32];
static cli_account items[N];

static void fill(fetch_queue *q, size_t n, unsigned n_hosts,
    uint32_t n_per_host)
{
	const cli_accounts all = { .items = items, .n = n };

	for (size_t i = 0; i < n; i++) {
		snprintf(urls[i], sizeof(urls[i]), "pop3s://u@h%u.%s",
		    (unsigned)i % n_hosts, i % 2 ? "Example" : "eXample");
		items[i].url = urls[i];
	}
	assert_true(fetch_queue_init(q, &all, n_per_host));
	assert_int_equal(fetch_queue_first(q), FETCH_NOBODY);
}

static void begin(fetch_queue *q, uint32_t place)
{
	assert_int_equal(fetch_queue_first(q), place);
	fetch_queue_begin(q, place);
}

static void test_order(void **state)
{
	static const sqb_time due[] = { 5, 3, 9, 3, 1 };
	static const uint32_t order[] = { 4, 1, 3, 0, 2 };
	fetch_queue q;

	(void)state;
	fill(&q, 5, 5, 1);
	for (uint32_t i = 0; i < 5; i++)
		fetch_queue_add(&q, i, due[i]);
	for (size_t i = 0; i < 5; i++)
		begin(&q, order[i]);
	assert_int_equal(fetch_queue_first(&q), FETCH_NOBODY);
	fetch_queue_clear(&q);
}

/* Places 0, 2, 4 and 6 are of one host, which has room for two. */
static void test_a_host_is_full(void **state)
{
	fetch_queue q;

	(void)state;
	fill(&q, 8, 2, 2);
	for (uint32_t i = 0; i < 8; i++)
		fetch_queue_add(&q, i, i % 2 ? 100 : i);
	begin(&q, 0);
	begin(&q, 2);
	begin(&q, 1);
	begin(&q, 3);
	assert_int_equal(fetch_queue_first(&q), FETCH_NOBODY);
	fetch_queue_end(&q, 3);
	fetch_queue_end(&q, 2);
	begin(&q, 4);
	begin(&q, 5);
	fetch_queue_end(&q, 0);
	fetch_queue_add(&q, 0, 1000);
	begin(&q, 6);
	fetch_queue_end(&q, 6);
	begin(&q, 0);
	fetch_queue_clear(&q);
}

/* --- and as the slow way says */

typedef struct model {
	sqb_time due[N];
	enum { AWAY, QUEUED, UNDER_WAY } is[N];
	uint32_t n_at_host[HOSTS];
} model;

static uint32_t first_of(const model *m, uint32_t n_per_host)
{
	uint32_t first = FETCH_NOBODY;

	for (uint32_t i = 0; i < N; i++)
		if (m->is[i] == QUEUED &&
		    m->n_at_host[i % HOSTS] < n_per_host &&
		    (first == FETCH_NOBODY || m->due[i] < m->due[first]))
			first = i;
	return first;
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void step(fetch_queue *q, model *m, uint32_t place, sqb_time now)
{
	if (m->is[place] == AWAY) {
		m->due[place] = now;
		m->is[place] = QUEUED;
		fetch_queue_add(q, place, now);
	} else if (m->is[place] == UNDER_WAY) {
		m->is[place] = AWAY;
		m->n_at_host[place % HOSTS]--;
		fetch_queue_end(q, place);
	} else if (first_of(m, q->n_per_host) != FETCH_NOBODY) {
		place = fetch_queue_first(q);
		m->is[place] = UNDER_WAY;
		m->n_at_host[place % HOSTS]++;
		fetch_queue_begin(q, place);
	}
}

static void test_as_the_slow_way(void **state)
{
	model m = { .due = { 0 } };
	fetch_queue q;
	uint32_t seed = 1;

	(void)state;
	fill(&q, N, HOSTS, 3);
	for (sqb_time now = 0; now < STEPS; now++) {
		step(&q, &m, next_random(&seed) % N, now);
		assert_int_equal(fetch_queue_first(&q), first_of(&m, 3));
	}
	fetch_queue_clear(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_a_host_is_full),
		cmocka_unit_test(test_as_the_slow_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

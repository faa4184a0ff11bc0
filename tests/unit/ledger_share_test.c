/*
 * Handles of one ledger beside one another: as if each were alone, over few
 * connections to the database.
 */
#include "ledger_fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FDS = 512, MANY = 40, THREADS = 4 };

static sqb_ledger *open_beside(const sqb_ledger *other, const char *account)
{
	sqb_ledger *l;
	sqb_error err;

	assert_int_equal(sqb_ledger_open_beside(&l, other, &err), SQB_OK);
	assert_int_equal(sqb_ledger_lock(l, account, 0), SQB_OK);
	return l;
}

static void put(sqb_ledger *l, const char *uidl)
{
	add(l, uidl, 1, 7);
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
}

/* Descriptors of ours that are about this file of root. */
static int count_open(const char *name)
{
	struct stat file, st;
	int n = 0;

	assert_int_equal(stat(in_root(name), &file), 0);
	for (int fd = 0; fd < FDS; fd++)
		n += fstat(fd, &st) == 0 && st.st_dev == file.st_dev &&
		    st.st_ino == file.st_ino;
	return n;
}

static void test_who_rests_has_no_connection(void **state)
{
	sqb_ledger *first = open_it(), *all[MANY];
	char name[32];

	(void)state;
	sqb_ledger_rest(first);
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "%d@example.org", i);
		all[i] = open_beside(first, name);
		put(all[i], "u");
		sqb_ledger_rest(all[i]);
	}
	assert_int_equal(count_open("ledger.db"), 1);
	assert_int_equal(count_open("locks/ledger"), 1);
	/* Two at work have two. */
	assert_int_equal(seen(all[0], sqb_str_of("u"), 1), 7);
	assert_int_equal(seen(all[1], sqb_str_of("u"), 1), 7);
	assert_int_equal(count_open("ledger.db"), 2);
	assert_int_equal(count_rows(first, NULL), MANY);
	sqb_ledger_close(first);
	for (int i = 0; i < MANY; i++)
		sqb_ledger_close(all[i]);
	assert_int_equal(count_open("ledger.db"), 0);
}

static void test_its_account_stays_locked(void **state)
{
	sqb_ledger *l = open_alice(), *other = open_it();

	(void)state;
	sqb_ledger_rest(l);
	assert_int_equal(sqb_ledger_lock(other, alice, 0), SQB_E_RETRY);
	put(l, "u");
	sqb_ledger_rest(l);
	sqb_ledger_rest(l);
	sqb_ledger_close(l);
	assert_int_equal(sqb_ledger_lock(other, alice, 0), SQB_OK);
	assert_int_equal(seen(other, sqb_str_of("u"), 1), 7);
	sqb_ledger_close(other);
}

/* What waits for a commit waits on. */
static void test_no_rest_before_a_commit(void **state)
{
	sqb_ledger *l = open_alice();

	(void)state;
	add(l, "u", 1, 7);
	sqb_ledger_rest(l);
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	sqb_ledger_rest(l);
	assert_int_equal(seen(l, sqb_str_of("u"), 1), 7);
	sqb_ledger_close(l);
}

/* Looks share a transaction, which must not keep an older state. */
static void test_rest_ends_a_look(void **state)
{
	sqb_ledger *l = open_alice(), *other = open_it();
	sqb_ledger_entry e = entry(sqb_str_of("u"), 1);

	(void)state;
	put(l, "first");
	assert_int_equal(seen(l, sqb_str_of("u"), 1), -1);
	e.first_seen = 5;
	merge(other, alice, e);
	assert_int_equal(sqb_ledger_commit(other), SQB_OK);
	assert_int_equal(seen(l, sqb_str_of("u"), 1), -1);
	sqb_ledger_rest(l);
	assert_int_equal(seen(l, sqb_str_of("u"), 1), 5);
	sqb_ledger_close(l);
	sqb_ledger_close(other);
}

static int count(void *ctx, sqb_str account, sqb_str intent)
{
	(void)account;
	(void)intent;
	++*(int *)ctx;
	return 0;
}

/* A commit after it answers for what was intended before. */
static void test_rest_keeps_intents(void **state)
{
	sqb_ledger *l = open_alice();
	int n = 0;

	(void)state;
	assert_int_equal(sqb_ledger_intend(l, "mbox:x", sqb_str_of("1")),
	    SQB_OK);
	sqb_ledger_rest(l);
	assert_int_equal(sqb_ledger_intents(l, "mbox:x", count, &n), SQB_OK);
	assert_int_equal(n, 1);
	sqb_ledger_rest(l);
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	assert_int_equal(sqb_ledger_intents(l, "mbox:x", count, &n), SQB_OK);
	assert_int_equal(n, 1);
	sqb_ledger_close(l);
}

static void remove_database(void)
{
	unlink(in_root("ledger.db-wal"));
	unlink(in_root("ledger.db-shm"));
	assert_int_equal(unlink(in_root("ledger.db")), 0);
}

/* What was found in one file is not recorded in another. */
static void test_replaced_at_rest(void **state)
{
	sqb_ledger *l = open_alice(), *bob;
	sqb_ledger_entry e = entry(sqb_str_of("u"), 1);

	(void)state;
	put(l, "u");
	sqb_ledger_rest(l);
	remove_database();
	bob = open_beside(l, "bob@example.org");
	put(bob, "v");
	sqb_ledger_rest(bob);
	assert_int_equal(sqb_ledger_find(l, &e), SQB_E_SINK);
	assert_non_null(strstr(sqb_ledger_error(l)->text, "replaced"));
	assert_int_equal(sqb_ledger_put(l, &e), SQB_E_SINK);
	assert_int_equal(sqb_ledger_commit(l), SQB_E_SINK);
	assert_int_equal(seen(bob, sqb_str_of("v"), 1), 7);
	assert_int_equal(count_rows(bob, NULL), 1);
	sqb_ledger_close(l);
	sqb_ledger_close(bob);
}

/* Nor is one made for who comes back to none. */
static void test_gone_at_rest(void **state)
{
	sqb_ledger *l = open_alice();
	struct stat st;

	(void)state;
	put(l, "u");
	sqb_ledger_rest(l);
	remove_database();
	assert_int_equal(sqb_ledger_commit(l), SQB_E_SINK);
	assert_true(stat(in_root("ledger.db"), &st) < 0);
	sqb_ledger_close(l);
	l = open_alice();
	assert_null(sqb_ledger_set_aside(l));
	assert_int_equal(count_rows(l, NULL), 0);
	sqb_ledger_close(l);
}

/* Connections that nobody uses are in nobody's way. */
static void test_damaged_at_rest(void **state)
{
	sqb_ledger *first = open_alice(), *l;
	int fd;

	(void)state;
	put(first, "u");
	sqb_ledger_rest(first);
	fd = open(in_root("ledger.db.damaged"), O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	close(fd);
	l = open_beside(first, "bob@example.org");
	assert_non_null(sqb_ledger_set_aside(l));
	put(l, "v");
	assert_int_equal(sqb_ledger_commit(first), SQB_E_SINK);
	assert_int_equal(count_rows(l, NULL), 1);
	sqb_ledger_close(first);
	sqb_ledger_close(l);
}

typedef struct worker {
	pthread_t thread;
	const sqb_ledger *first;
	int number;
	bool good;
} worker;

/* Without asserts: they are the main thread's. */
static void *work(void *ctx)
{
	worker *w = ctx;
	char name[32];

	w->good = true;
	for (int i = 0; i < MANY && w->good; i++) {
		sqb_ledger_entry e = entry(sqb_str_of("u"), 1);
		sqb_ledger *l;

		snprintf(name, sizeof(name), "%d-%d", w->number, i);
		w->good = sqb_ledger_open_beside(&l, w->first, NULL) == SQB_OK;
		if (!w->good)
			break;
		w->good = sqb_ledger_lock(l, name, 0) == SQB_OK &&
		    sqb_ledger_find(l, &e) == 0;
		sqb_ledger_rest(l);
		e.first_seen = 7;
		w->good = w->good && sqb_ledger_put(l, &e) == SQB_OK &&
		    sqb_ledger_commit(l) == SQB_OK;
		sqb_ledger_rest(l);
		w->good = w->good && sqb_ledger_find(l, &e) == 1;
		sqb_ledger_close(l);
	}
	return NULL;
}

static void test_threads(void **state)
{
	sqb_ledger *first = open_it();
	worker all[THREADS];

	(void)state;
	sqb_ledger_rest(first);
	for (int i = 0; i < THREADS; i++) {
		all[i] = (worker){ .first = first, .number = i };
		assert_int_equal(pthread_create(&all[i].thread, NULL, work,
		    &all[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(all[i].thread, NULL);
		assert_true(all[i].good);
	}
	assert_int_equal(count_rows(first, NULL), THREADS * MANY);
	assert_true(count_open("ledger.db") <= THREADS);
	sqb_ledger_close(first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEDGER_TEST(test_who_rests_has_no_connection),
		LEDGER_TEST(test_its_account_stays_locked),
		LEDGER_TEST(test_no_rest_before_a_commit),
		LEDGER_TEST(test_rest_ends_a_look),
		LEDGER_TEST(test_rest_keeps_intents),
		LEDGER_TEST(test_replaced_at_rest),
		LEDGER_TEST(test_gone_at_rest),
		LEDGER_TEST(test_damaged_at_rest),
		LEDGER_TEST(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * The ledger: what is committed stays known, nothing else does, and nobody
 * is in the way of another. Damage is in ledger_damage_test.c.
 */
#include "ledger_fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_round_trip(void **state)
{
	static const sqb_str odd[] = { SQB_STR("plain"), SQB_STR("a b"),
		SQB_STR("#x"), SQB_STR("%41"), SQB_STR("\n\r\0\xff"),
		SQB_STR("\xc3\xa9"), SQB_STR("../../x"), SQB_STR("A"),
		SQB_STR("a"), SQB_STR("\0") };
	sqb_ledger *l = open_alice();
	struct stat st;

	(void)state;
	for (size_t i = 0; i < COUNT(odd); i++) {
		sqb_ledger_entry e = entry(odd[i], i);

		e.first_seen = 1000 + (int64_t)i;
		assert_int_equal(sqb_ledger_put(l, &e), SQB_OK);
	}
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	sqb_ledger_close(l);
	l = open_alice();
	assert_null(sqb_ledger_set_aside(l));
	for (size_t i = 0; i < COUNT(odd); i++) {
		assert_int_equal(seen(l, odd[i], i), 1000 + i);
		assert_int_equal(seen(l, odd[i], i + 1), -1);
	}
	sqb_ledger_close(l);
	assert_int_equal(stat(in_root("ledger.db"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_every_column(void **state)
{
	sqb_ledger_entry e = entry(sqb_str_of("u"), UINT64_MAX), got;
	sqb_ledger *l = open_alice();

	(void)state;
	e = (sqb_ledger_entry){ .uidl = e.uidl, .size = e.size,
		.digest = "0123456789abcde", .first_seen = 1,
		.delivered = 22, .delete_due = 333, .deleted = INT64_MAX,
		.destination = sqb_str_of("maildir:/a") };
	assert_int_equal(sqb_ledger_put(l, &e), SQB_OK);
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	sqb_ledger_close(l);
	l = open_alice();
	got = entry(sqb_str_of("u"), UINT64_MAX);
	assert_int_equal(sqb_ledger_find(l, &got), 1);
	assert_true(sqb_str_eq(got.account, sqb_str_of(alice)));
	assert_true(sqb_str_eq(got.destination, e.destination));
	assert_memory_equal(got.digest, e.digest, sizeof(e.digest));
	assert_int_equal(got.first_seen, 1);
	assert_int_equal(got.delivered, 22);
	assert_int_equal(got.delete_due, 333);
	assert_true(got.deleted == INT64_MAX);
	e = entry(sqb_str_of("u"), UINT64_MAX);
	assert_int_equal(sqb_ledger_put(l, &e), SQB_OK);
	assert_int_equal(sqb_ledger_find(l, &got), 1);
	assert_int_equal(got.destination.len, 0);
	assert_int_equal(got.deleted, 0);
	sqb_ledger_close(l);
}

/* What has no UIDL is known by the digest of its header. */
static void test_digest(void **state)
{
	sqb_ledger_entry e = { .digest = "fedcba987654321", .size = 5,
		.first_seen = 7 }, got = { .size = 5 };
	sqb_ledger *l = open_alice();

	(void)state;
	assert_int_equal(sqb_ledger_put(l, &e), SQB_OK);
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	memcpy(got.digest, e.digest, sizeof(got.digest));
	assert_int_equal(sqb_ledger_find(l, &got), 1);
	assert_int_equal(got.first_seen, 7);
	assert_memory_equal(got.digest, e.digest, sizeof(got.digest));
	/* A UIDL of the same octets is another message's. */
	assert_int_equal(seen(l, (sqb_str){ (char *)e.digest, 16 }, 5), -1);
	got.digest[0] ^= 1;
	assert_int_equal(sqb_ledger_find(l, &got), 0);
	assert_int_equal(sqb_ledger_remove(l, &e), SQB_OK);
	assert_int_equal(sqb_ledger_find(l, &e), 0);
	sqb_ledger_close(l);
}

static void test_what_was_put_counts_at_once(void **state)
{
	sqb_ledger *l = open_alice(), *other = open_it();

	(void)state;
	assert_int_equal(seen(l, sqb_str_of("x"), 1), -1);
	add(l, "x", 1, 500);
	assert_int_equal(seen(l, sqb_str_of("x"), 1), 500);
	assert_int_equal(count_rows(other, NULL), 0);
	add(l, "x", 1, 400);
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	assert_int_equal(count_rows(other, NULL), 1);
	assert_int_equal(seen(l, sqb_str_of("x"), 1), 400);
	sqb_ledger_close(other);
	sqb_ledger_close(l);
}

static void test_uncommitted_is_forgotten(void **state)
{
	sqb_ledger *l = open_alice();

	(void)state;
	add(l, "x", 1, 500);
	sqb_ledger_close(l);
	l = open_alice();
	assert_int_equal(seen(l, sqb_str_of("x"), 1), -1);
	add(l, "x", 1, 500);
	sqb_ledger_rollback(l);
	assert_int_equal(seen(l, sqb_str_of("x"), 1), -1);
	/* The account's own row went with it, and is made again. */
	add(l, "y", 1, 600);
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	assert_int_equal(seen(l, sqb_str_of("y"), 1), 600);
	add(l, "z", 1, 600);
	assert_int_equal(sqb_ledger_lock(l, "bob@example.org", 0), SQB_OK);
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	assert_int_equal(count_rows(l, NULL), 1);
	sqb_ledger_close(l);
}

static void test_commit_of_nothing(void **state)
{
	sqb_ledger *l = open_it();

	(void)state;
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	sqb_ledger_rollback(l);
	assert_int_equal(sqb_ledger_lock(l, alice, 0), SQB_OK);
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	sqb_ledger_close(l);
	sqb_ledger_close(NULL);
}

static void test_limits(void **state)
{
	static char octets[SQB_LEDGER_MAX_INTENT + 2];
	sqb_str uidl = { octets, SQB_LEDGER_MAX_UIDL };
	sqb_ledger_entry e = entry(uidl, 1);
	sqb_ledger *l = open_alice();
	sqb_ledger_entry wrong[6];
	uint64_t n;

	(void)state;
	memset(octets, 'u', sizeof(octets) - 1);
	for (size_t i = 0; i < COUNT(wrong); i++)
		wrong[i] = e;
	wrong[0].uidl.len = 0;
	wrong[1].uidl.len++;
	wrong[2].first_seen = wrong[3].deleted = -1;
	wrong[4].destination = (sqb_str){ octets, SQB_LEDGER_MAX_NAME + 1 };
	wrong[5].delete_due = INT64_MIN;
	add(l, "good", 1, 1);
	for (size_t i = 0; i < COUNT(wrong); i++) {
		assert_int_equal(sqb_ledger_put(l, &wrong[i]), SQB_E_USAGE);
		wrong[i].account = sqb_str_of("x");
		assert_int_equal(sqb_ledger_merge(l, &wrong[i]), SQB_E_USAGE);
	}
	assert_int_equal(sqb_ledger_find(l, &wrong[0]), SQB_E_USAGE);
	assert_int_equal(sqb_ledger_find(l, &wrong[1]), SQB_E_USAGE);
	assert_int_equal(sqb_ledger_remove(l, &wrong[1]), SQB_E_USAGE);
	assert_int_equal(sqb_ledger_forget(l, wrong[1].uidl, &n), SQB_E_USAGE);
	e.destination = (sqb_str){ octets, SQB_LEDGER_MAX_NAME };
	e.first_seen = INT64_MAX;
	assert_int_equal(sqb_ledger_put(l, &e), SQB_OK);
	e.account = (sqb_str){ octets, SQB_LEDGER_MAX_NAME };
	assert_int_equal(sqb_ledger_merge(l, &e), SQB_OK);
	e.account.len++;
	assert_int_equal(sqb_ledger_merge(l, &e), SQB_E_USAGE);
	e.account.len = 0;
	assert_int_equal(sqb_ledger_merge(l, &e), SQB_E_USAGE);
	e.account = (sqb_str){ "a\0b", 3 };
	assert_int_equal(sqb_ledger_merge(l, &e), SQB_E_USAGE);
	/* None of these mistakes has cost what was put. */
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	assert_int_equal(count_rows(l, NULL), 3);
	assert_true(seen(l, uidl, 1) == INT64_MAX);
	assert_int_equal(sqb_ledger_intend(l, "mbox:x",
	    (sqb_str){ octets, SQB_LEDGER_MAX_INTENT }), SQB_OK);
	assert_int_equal(sqb_ledger_intend(l, "mbox:x",
	    (sqb_str){ octets, SQB_LEDGER_MAX_INTENT + 1 }), SQB_E_USAGE);
	octets[SQB_LEDGER_MAX_NAME + 1] = '\0';
	assert_int_equal(sqb_ledger_intend(l, octets, uidl), SQB_E_USAGE);
	assert_int_equal(sqb_ledger_lock(l, octets, 0), SQB_E_USAGE);
	assert_int_equal(sqb_ledger_lock(l, "", 0), SQB_E_USAGE);
	octets[SQB_LEDGER_MAX_NAME] = '\0';
	assert_int_equal(sqb_ledger_lock(l, octets, 0), SQB_OK);
	assert_true(seen(l, uidl, 1) == INT64_MAX);
	sqb_ledger_close(l);
}

static void test_nothing_without_a_lock(void **state)
{
	sqb_ledger_entry e = entry(sqb_str_of("u"), 1);
	sqb_ledger *l = open_it();
	sqb_store_id id;
	uint64_t n;

	(void)state;
	assert_int_equal(sqb_ledger_find(l, &e), SQB_E_USAGE);
	assert_int_equal(sqb_ledger_put(l, &e), SQB_E_USAGE);
	assert_int_equal(sqb_ledger_remove(l, &e), SQB_E_USAGE);
	assert_int_equal(sqb_ledger_forget(l, e.uidl, &n), SQB_E_USAGE);
	assert_int_equal(sqb_ledger_prune(l, 1), SQB_E_USAGE);
	assert_int_equal(sqb_ledger_intend(l, "x", e.uidl), SQB_E_USAGE);
	assert_int_equal(sqb_ledger_id(l, e.uidl, 1, &id), SQB_E_USAGE);
	assert_int_equal(sqb_ledger_error(l)->code, SQB_E_USAGE);
	sqb_ledger_close(l);
}

static void test_remove_and_forget(void **state)
{
	sqb_ledger_entry e = entry(sqb_str_of("a"), 1);
	sqb_ledger *l = open_alice();
	uint64_t n;

	(void)state;
	add(l, "a", 1, 1);
	add(l, "a", 2, 1);
	add(l, "b", 3, 1);
	add(l, "c", 4, 1);
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	assert_int_equal(sqb_ledger_remove(l, &e), SQB_OK);
	assert_int_equal(sqb_ledger_remove(l, &e), SQB_OK);
	assert_int_equal(seen(l, sqb_str_of("a"), 1), -1);
	assert_int_equal(seen(l, sqb_str_of("a"), 2), 1);
	add(l, "a", 1, 2);
	assert_int_equal(sqb_ledger_forget(l, sqb_str_of("a"), &n), SQB_OK);
	assert_int_equal(n, 2);
	assert_int_equal(sqb_ledger_forget(l, sqb_str_of("no"), &n), SQB_OK);
	assert_int_equal(n, 0);
	assert_int_equal(sqb_ledger_forget(l, sqb_str_of(""), &n), SQB_OK);
	assert_int_equal(n, 2);
	sqb_ledger_rollback(l);
	assert_int_equal(count_rows(l, NULL), 4);
	assert_int_equal(sqb_ledger_forget(l, sqb_str_of(""), &n), SQB_OK);
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	assert_int_equal(count_rows(l, NULL), 0);
	sqb_ledger_close(l);
}

static void test_prune(void **state)
{
	static const int64_t deleted[] = { 0, 1, 99, 100, 101 };
	sqb_ledger *l = open_alice();

	(void)state;
	for (size_t i = 0; i < COUNT(deleted); i++) {
		sqb_ledger_entry e = entry(sqb_str_of("u"), i);

		e.deleted = deleted[i];
		assert_int_equal(sqb_ledger_put(l, &e), SQB_OK);
	}
	merge(l, "bob", (sqb_ledger_entry){ .deleted = 1 });
	assert_int_equal(sqb_ledger_prune(l, 100), SQB_OK);
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	assert_int_equal(count_rows(l, alice), 3);
	assert_int_equal(count_rows(l, "bob"), 1);
	assert_int_equal(seen(l, sqb_str_of("u"), 0), 0);
	assert_int_equal(seen(l, sqb_str_of("u"), 2), -1);
	assert_int_equal(seen(l, sqb_str_of("u"), 3), 0);
	sqb_ledger_close(l);
}

static int note_row(void *ctx, const sqb_ledger_entry *e)
{
	char *out = ctx;
	size_t len = strlen(out);

	snprintf(out + len, 512 - len, "%.*s %.*s%.3s %u %.*s;",
	    (int)e->account.len, e->account.ptr, (int)e->uidl.len,
	    e->uidl.ptr, (const char *)e->digest, (unsigned)e->size,
	    (int)e->destination.len, e->destination.ptr);
	return e->size == 9 ? 42 : 0;
}

static void test_each(void **state)
{
	sqb_ledger *l = open_alice();
	char out[512] = "";

	(void)state;
	merge(l, "b", (sqb_ledger_entry){ .uidl = sqb_str_of("u"), .size = 2,
	    .destination = sqb_str_of("raw:x") });
	merge(l, "b", (sqb_ledger_entry){ .uidl = sqb_str_of("t"), .size = 1,
	    .destination = sqb_str_of("raw:y") });
	merge(l, "b", (sqb_ledger_entry){ .digest = "dig", .size = 0,
	    .uidl = sqb_str_of("") });
	merge(l, "a", (sqb_ledger_entry){ .uidl = sqb_str_of("z"), .size = 3,
	    .destination = sqb_str_of("raw:x") });
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	assert_int_equal(sqb_ledger_each(l, NULL, note_row, out), 0);
	assert_string_equal(out, "a z 3 raw:x;b t 1 raw:y;b u 2 raw:x;"
	    "b dig 0 ;");
	out[0] = '\0';
	assert_int_equal(sqb_ledger_each(l, "a", note_row, out), 0);
	assert_string_equal(out, "a z 3 raw:x;");
	assert_int_equal(sqb_ledger_each(l, "nobody", note_row, out), 0);
	merge(l, "a", (sqb_ledger_entry){ .uidl = sqb_str_of("y"),
	    .size = 9 });
	out[0] = '\0';
	assert_int_equal(sqb_ledger_each(l, NULL, note_row, out), 42);
	assert_string_equal(out, "a y 9 ;");
	sqb_ledger_close(l);
}

/* Two ledgers become one, whichever comes first. */
static void test_merge(void **state)
{
	static const sqb_ledger_entry one = { .first_seen = 50,
		.delivered = 70, .delete_due = 100, .deleted = 0,
		.destination = SQB_STR("raw:late") };
	static const sqb_ledger_entry two = { .first_seen = 60,
		.delivered = 65, .delete_due = 90, .deleted = 95,
		.destination = SQB_STR("raw:early"), .digest = "dig" };
	static const sqb_ledger_entry none = { .first_seen = 0 };
	const sqb_ledger_entry *orders[][3] = { { &one, &two, &none },
		{ &two, &one, &none }, { &none, &one, &two },
		{ &none, &two, &one }, { &one, &none, &two } };
	sqb_ledger *l = open_it();

	(void)state;
	for (size_t i = 0; i < COUNT(orders); i++) {
		char name[16];
		sqb_ledger_entry got = entry(sqb_str_of("u"), 0);

		snprintf(name, sizeof(name), "%zu", i);
		for (size_t k = 0; k < 3; k++)
			merge(l, name, *orders[i][k]);
		assert_int_equal(sqb_ledger_commit(l), SQB_OK);
		assert_int_equal(sqb_ledger_lock(l, name, 0), SQB_OK);
		assert_int_equal(sqb_ledger_find(l, &got), 1);
		assert_int_equal(got.first_seen, 50);
		assert_int_equal(got.delivered, 65);
		assert_int_equal(got.delete_due, 100);
		assert_int_equal(got.deleted, 95);
		assert_true(sqb_str_eq(got.destination, two.destination));
		assert_string_equal((char *)got.digest, "dig");
	}
	sqb_ledger_close(l);
}

static int note_intent(void *ctx, sqb_str account, sqb_str intent)
{
	char *out = ctx;
	size_t len = strlen(out);

	snprintf(out + len, 512 - len, "%.*s=%.*s;", (int)account.len,
	    account.ptr, (int)intent.len, intent.ptr);
	return account.len == 1 ? 7 : 0;
}

static void check_intents(const char *place, int result, const char *want)
{
	sqb_ledger *l = open_it();
	char out[512] = "";

	assert_int_equal(sqb_ledger_intents(l, place, note_intent, out),
	    result);
	assert_string_equal(out, want);
	sqb_ledger_close(l);
}

static void test_intents(void **state)
{
	sqb_ledger *l = open_alice();

	(void)state;
	check_intents("mbox:x", 0, "");
	assert_int_equal(sqb_ledger_intend(l, "mbox:x", sqb_str_of("100")),
	    SQB_OK);
	check_intents("mbox:x", 0, "alice@example.org=100;");
	assert_int_equal(sqb_ledger_intend(l, "mbox:x", sqb_str_of("200")),
	    SQB_OK);
	assert_int_equal(sqb_ledger_intend(l, "mbox:y", sqb_str_of("")),
	    SQB_OK);
	check_intents("mbox:y", 0, "alice@example.org=;");
	assert_int_equal(sqb_ledger_lock(l, "bo", 0), SQB_OK);
	assert_int_equal(sqb_ledger_intend(l, "mbox:x", sqb_str_of("300")),
	    SQB_OK);
	check_intents("mbox:x", 0, "alice@example.org=200;bo=300;");
	add(l, "u", 1, 1);
	assert_int_equal(sqb_ledger_intend(l, "mbox:x", sqb_str_of("4")),
	    SQB_E_USAGE);
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	assert_int_equal(count_rows(l, NULL), 1);
	check_intents("mbox:x", 0, "alice@example.org=200;");
	assert_int_equal(sqb_ledger_lock(l, "a", 0), SQB_OK);
	assert_int_equal(sqb_ledger_intend(l, "mbox:x", sqb_str_of("5")),
	    SQB_OK);
	check_intents("mbox:x", 7, "a=5;");
	sqb_ledger_close(l);
}

static int pass(void *ctx, sqb_str account, sqb_str intent)
{
	(void)ctx;
	(void)account;
	(void)intent;
	return 0;
}

/* A commit ends what it answers for: not what nobody has looked at. */
static void test_intents_end(void **state)
{
	sqb_ledger *l = open_alice();

	(void)state;
	assert_int_equal(sqb_ledger_intend(l, "mbox:x", sqb_str_of("1")),
	    SQB_OK);
	assert_int_equal(sqb_ledger_intend(l, "mbox:y", sqb_str_of("2")),
	    SQB_OK);
	assert_int_equal(sqb_ledger_intend(l, "mbox:x", sqb_str_of("3")),
	    SQB_OK);
	sqb_ledger_close(l);
	l = open_alice();
	add(l, "u", 1, 1);
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	check_intents("mbox:x", 0, "alice@example.org=3;");
	assert_int_equal(sqb_ledger_intents(l, "mbox:x", pass, NULL), SQB_OK);
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	check_intents("mbox:x", 0, "");
	check_intents("mbox:y", 0, "alice@example.org=2;");
	sqb_ledger_close(l);
}

/* Of a commit that failed the intents stay, whatever is committed then. */
static void test_intents_of_a_failure(void **state)
{
	sqb_ledger *l = open_alice();

	(void)state;
	assert_int_equal(sqb_ledger_intend(l, "mbox:x", sqb_str_of("1")),
	    SQB_OK);
	add(l, "u", 1, 1);
	sqb_ledger_rollback(l);
	add(l, "v", 1, 1);
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	check_intents("mbox:x", 0, "alice@example.org=1;");
	assert_int_equal(sqb_ledger_intend(l, "mbox:x", sqb_str_of("2")),
	    SQB_OK);
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	check_intents("mbox:x", 0, "");
	sqb_ledger_close(l);
}

static void test_lock(void **state)
{
	sqb_ledger *l = open_alice(), *second = open_it();

	(void)state;
	assert_int_equal(sqb_ledger_lock(second, alice, 0), SQB_E_RETRY);
	assert_int_equal(sqb_ledger_lock(second, alice, 60), SQB_E_RETRY);
	assert_non_null(strstr(sqb_ledger_error(second)->text, alice));
	assert_int_equal(sqb_ledger_commit(second), SQB_OK);
	assert_int_equal(sqb_ledger_lock(second, "other", 0), SQB_OK);
	assert_int_equal(sqb_ledger_lock(l, alice, 0), SQB_OK);
	assert_int_equal(sqb_ledger_lock(l, "third", 0), SQB_OK);
	assert_int_equal(sqb_ledger_lock(second, alice, 0), SQB_OK);
	sqb_ledger_close(l);
	sqb_ledger_close(second);
	sqb_ledger_close(open_alice());
}

/* Ends when the pipe that it reads from does; then the lock is free. */
static void test_waits_for_a_lock(void **state)
{
	int go[2], held[2], status;
	sqb_ledger *l;
	char c = 0;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(go) | pipe(held), 0);
	child = fork();
	if (child == 0) {
		l = open_alice();
		close(go[1]);
		_exit(write(held[1], "x", 1) == 1 && read(go[0], &c, 1) == 1 ?
		    0 : 1);
	}
	assert_int_equal(read(held[0], &c, 1), 1);
	l = open_it();
	assert_int_equal(sqb_ledger_lock(l, alice, 0), SQB_E_RETRY);
	assert_int_equal(write(go[1], "x", 1), 1);
	assert_int_equal(sqb_ledger_lock(l, alice, 60000), SQB_OK);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(go[0]);
	close(go[1]);
	close(held[0]);
	close(held[1]);
	sqb_ledger_close(l);
}

/* Accounts do not share identities. */
static void test_identities(void **state)
{
	sqb_ledger *l = open_alice();
	sqb_store_id a, b, c;

	(void)state;
	assert_int_equal(sqb_ledger_id(l, sqb_str_of("x"), 1, &a), SQB_OK);
	assert_int_equal(sqb_ledger_id(l, sqb_str_of("x"), 1, &b), SQB_OK);
	assert_int_equal(sqb_store_id_compare(&a, &b), 0);
	assert_int_equal(sqb_ledger_id(l, sqb_str_of("x"), 2, &b), SQB_OK);
	assert_true(sqb_store_id_compare(&a, &b) < 0);
	assert_int_equal(sqb_ledger_lock(l, "bob@example.org", 0), SQB_OK);
	assert_int_equal(sqb_ledger_id(l, sqb_str_of("x"), 1, &c), SQB_OK);
	assert_int_not_equal(sqb_store_id_compare(&a, &c), 0);
	sqb_ledger_close(l);
}

enum { N_CHILDREN = 8, N_COMMITS = 20, N_PUTS = 5 };

static int work(int child)
{
	sqb_ledger *l = open_it();
	char text[32];
	int code = SQB_OK;

	snprintf(text, sizeof(text), "account %d", child);
	code = sqb_ledger_lock(l, text, 0);
	for (int i = 0; i < N_COMMITS && code == SQB_OK; i++) {
		for (int k = 0; k < N_PUTS && code == SQB_OK; k++) {
			sqb_ledger_entry e;

			snprintf(text, sizeof(text), "%d.%d", i, k);
			e = entry(sqb_str_of(text), 1);
			code = sqb_ledger_find(l, &e);
			if (code == 0)
				code = sqb_ledger_put(l, &e);
		}
		if (code == SQB_OK)
			code = sqb_ledger_commit(l);
	}
	sqb_ledger_close(l);
	return code == SQB_OK ? 0 : 1;
}

/* Many processes begin a ledger at once, and write at once. */
static void test_processes(void **state)
{
	pid_t children[N_CHILDREN];
	sqb_ledger *l;

	(void)state;
	for (int i = 0; i < N_CHILDREN; i++) {
		children[i] = fork();
		if (children[i] == 0)
			_exit(work(i));
	}
	for (int i = 0; i < N_CHILDREN; i++) {
		int status;

		assert_int_equal(waitpid(children[i], &status, 0),
		    children[i]);
		assert_int_equal(status, 0);
	}
	l = open_it();
	assert_null(sqb_ledger_set_aside(l));
	assert_int_equal(count_rows(l, NULL), N_CHILDREN * N_COMMITS *
	    N_PUTS);
	sqb_ledger_close(l);
}

/* What is committed outlives the process that did it, however that ends. */
static void test_killed(void **state)
{
	sqb_ledger *l;
	pid_t child;
	int status;

	(void)state;
	child = fork();
	if (child == 0) {
		l = open_alice();
		add(l, "kept", 1, 5);
		if (sqb_ledger_commit(l) == SQB_OK)
			add(l, "lost", 1, 5);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	l = open_alice();
	assert_null(sqb_ledger_set_aside(l));
	assert_int_equal(seen(l, sqb_str_of("kept"), 1), 5);
	assert_int_equal(seen(l, sqb_str_of("lost"), 1), -1);
	sqb_ledger_close(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEDGER_TEST(test_round_trip),
		LEDGER_TEST(test_every_column),
		LEDGER_TEST(test_digest),
		LEDGER_TEST(test_what_was_put_counts_at_once),
		LEDGER_TEST(test_uncommitted_is_forgotten),
		LEDGER_TEST(test_commit_of_nothing),
		LEDGER_TEST(test_limits),
		LEDGER_TEST(test_nothing_without_a_lock),
		LEDGER_TEST(test_remove_and_forget),
		LEDGER_TEST(test_prune),
		LEDGER_TEST(test_each),
		LEDGER_TEST(test_merge),
		LEDGER_TEST(test_intents),
		LEDGER_TEST(test_intents_end),
		LEDGER_TEST(test_intents_of_a_failure),
		LEDGER_TEST(test_lock),
		LEDGER_TEST(test_waits_for_a_lock),
		LEDGER_TEST(test_identities),
		LEDGER_TEST(test_processes),
		LEDGER_TEST(test_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The ledger: what is committed stays known, whatever happens to the file. */
#include <squab/store.h>

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char account[] = "alice@example.org:995";
static char root[64];

static int set_up(void **state)
{
	(void)state;
	strcpy(root, "/tmp/squab-ledger-XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command);
}

static sqb_ledger *open_it(void)
{
	sqb_ledger *l;
	sqb_error err;

	assert_int_equal(sqb_ledger_open(&l, root, account, 0, &err), SQB_OK);
	return l;
}

static int64_t seen(sqb_ledger *l, sqb_str uidl, uint64_t size)
{
	sqb_store_id id;

	assert_int_equal(sqb_ledger_id(l, uidl, size, &id), SQB_OK);
	return sqb_ledger_seen(l, &id);
}

static void add(sqb_ledger *l, const char *uidl, uint64_t size, int64_t now)
{
	assert_int_equal(sqb_ledger_add(l, sqb_str_of(uidl), size, now),
	    SQB_OK);
}

/* The path of the only ledger in root. */
static char *path(void)
{
	static char out[512];
	struct dirent *e;
	DIR *d = opendir(root);
	int n = 0;

	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(out, sizeof(out), "%s/%s", root, e->d_name);
		n++;
	}
	closedir(d);
	assert_int_equal(n, 1);
	return out;
}

static off_t size_of(const char *file)
{
	struct stat st;

	assert_int_equal(stat(file, &st), 0);
	return st.st_size;
}

static void append(const char *bytes, size_t len)
{
	int fd = open(path(), O_WRONLY | O_APPEND);

	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	close(fd);
}

static void test_round_trip(void **state)
{
	static const sqb_str odd[] = { SQB_STR("plain"), SQB_STR("a b"),
		SQB_STR("#x"), SQB_STR("%41"), SQB_STR("\n\r\0\xff"),
		SQB_STR("\xc3\xa9"), SQB_STR("../../x"), SQB_STR("A") };
	sqb_ledger *l = open_it();
	struct stat st;

	(void)state;
	for (size_t i = 0; i < COUNT(odd); i++)
		assert_int_equal(sqb_ledger_add(l, odd[i], i,
		    1000 + (int64_t)i), SQB_OK);
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	sqb_ledger_close(l);
	l = open_it();
	for (size_t i = 0; i < COUNT(odd); i++) {
		assert_int_equal(seen(l, odd[i], i), 1000 + i);
		assert_int_equal(seen(l, odd[i], i + 1), -1);
	}
	sqb_ledger_close(l);
	assert_int_equal(stat(path(), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_first_seen_wins(void **state)
{
	sqb_ledger *l = open_it();

	(void)state;
	add(l, "x", 1, 500);
	add(l, "x", 1, 400);
	add(l, "x", 1, 600);
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	sqb_ledger_close(l);
	l = open_it();
	assert_int_equal(seen(l, sqb_str_of("x"), 1), 400);
	sqb_ledger_close(l);
}

static void test_uncommitted_is_forgotten(void **state)
{
	sqb_ledger *l = open_it();

	(void)state;
	add(l, "x", 1, 500);
	sqb_ledger_close(l);
	l = open_it();
	assert_int_equal(seen(l, sqb_str_of("x"), 1), -1);
	sqb_ledger_close(l);
}

static void test_limits(void **state)
{
	char uidl[SQB_LEDGER_MAX_UIDL + 1];
	sqb_ledger *l = open_it();

	(void)state;
	memset(uidl, '\xff', sizeof(uidl));
	assert_int_equal(sqb_ledger_add(l, (sqb_str){ uidl, 0 }, 1, 1),
	    SQB_E_USAGE);
	assert_int_equal(sqb_ledger_add(l, (sqb_str){ uidl, sizeof(uidl) }, 1,
	    1), SQB_E_USAGE);
	assert_int_equal(sqb_ledger_add(l, (sqb_str){ uidl, sizeof(uidl) - 1 },
	    UINT64_MAX, INT64_MAX), SQB_OK);
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	sqb_ledger_close(l);
	l = open_it();
	assert_true(seen(l, (sqb_str){ uidl, sizeof(uidl) - 1 }, UINT64_MAX)
	    == INT64_MAX);
	sqb_ledger_close(l);
}

/* A crash may cut the last line anywhere: the lines before it stay. */
static void test_cut_anywhere(void **state)
{
	sqb_ledger *l = open_it();
	off_t full, first;

	(void)state;
	add(l, "one", 1, 100);
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	sqb_ledger_close(l);
	first = size_of(path());
	for (off_t cut = 0; ; cut++) {
		l = open_it();
		add(l, "two%", 22, 200);
		assert_int_equal(sqb_ledger_commit(l), SQB_OK);
		sqb_ledger_close(l);
		full = size_of(path());
		if (first + cut == full)
			break;
		assert_int_equal(truncate(path(), first + cut), 0);
		l = open_it();
		assert_int_equal(seen(l, sqb_str_of("one"), 1), 100);
		assert_int_equal(seen(l, sqb_str_of("two%"), 22), -1);
		sqb_ledger_close(l);
		assert_int_equal(size_of(path()), first);
	}
	l = open_it();
	assert_int_equal(seen(l, sqb_str_of("two%"), 22), 200);
	sqb_ledger_close(l);
}

/* What is no line of ours is passed over, and the next good line counts. */
static void test_junk(void **state)
{
	static const sqb_str junk[] = { SQB_STR("\n"), SQB_STR("x\n"),
		SQB_STR("x 1\n"), SQB_STR("x 1 2 3\n"), SQB_STR("x  1 2\n"),
		SQB_STR(" 1 2\n"), SQB_STR("x -1 2\n"), SQB_STR("%4 1 2\n"),
		SQB_STR("%zz 1 2\n"), SQB_STR("x 1 99999999999999999999\n"),
		SQB_STR("x 9223372036854775808 2\n"), SQB_STR("\0\0\0 1 2\n"),
		SQB_STR("x\0y 1 2\n"), SQB_STR("x 1 2\r\n") };
	char *longest = malloc(40000);
	sqb_ledger *l = open_it();

	(void)state;
	sqb_ledger_close(l);
	for (size_t i = 0; i < COUNT(junk); i++)
		append(junk[i].ptr, junk[i].len);
	memset(longest, 'x', 40000);
	append(longest, 40000);
	append(" 1 2\n", 5);
	append("good 7 2\n", 9);
	l = open_it();
	assert_int_equal(seen(l, sqb_str_of("good"), 2), 7);
	assert_int_equal(seen(l, sqb_str_of("x"), 2), -1);
	sqb_ledger_close(l);
	free(longest);
}

static void test_lock(void **state)
{
	sqb_ledger *l = open_it(), *second;
	sqb_error err;

	(void)state;
	assert_int_equal(sqb_ledger_open(&second, root, account, 60, &err),
	    SQB_E_RETRY);
	assert_null(second);
	assert_non_null(strstr(err.text, account));
	assert_int_equal(sqb_ledger_open(&second, root, "other@host:110", 0,
	    &err), SQB_OK);
	sqb_ledger_close(second);
	sqb_ledger_close(l);
	sqb_ledger_close(open_it());
}

/* Accounts do not share identities. */
static void test_accounts(void **state)
{
	sqb_ledger *l = open_it(), *other;
	sqb_store_id a, b;

	(void)state;
	assert_int_equal(sqb_ledger_open(&other, root, "bob@example.org:995",
	    0, NULL), SQB_OK);
	assert_int_equal(sqb_ledger_id(l, sqb_str_of("x"), 1, &a), SQB_OK);
	assert_int_equal(sqb_ledger_id(other, sqb_str_of("x"), 1, &b), SQB_OK);
	assert_int_not_equal(sqb_store_id_compare(&a, &b), 0);
	sqb_ledger_close(l);
	sqb_ledger_close(other);
}

static void fill(size_t n)
{
	sqb_ledger *l = open_it();
	char uidl[32];

	for (size_t i = 0; i < n; i++) {
		snprintf(uidl, sizeof(uidl), "u%zu", i);
		add(l, uidl, i, 100);
	}
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	sqb_ledger_close(l);
}

static void test_compact(void **state)
{
	sqb_store_id ids[3];
	sqb_ledger *l;
	off_t before;

	(void)state;
	fill(3000);
	before = size_of(path());
	l = open_it();
	assert_int_equal(sqb_ledger_compact(l, ids, 0), SQB_OK);
	assert_int_equal(size_of(path()), before);
	sqb_ledger_id(l, sqb_str_of("u17"), 17, &ids[0]);
	sqb_ledger_id(l, sqb_str_of("u2999"), 2999, &ids[1]);
	sqb_ledger_id(l, sqb_str_of("new"), 5, &ids[2]);
	add(l, "new", 5, 300);
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	assert_int_equal(sqb_ledger_compact(l, ids, 3), SQB_OK);
	assert_true(size_of(path()) < 200);
	add(l, "later", 6, 400);
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	assert_int_equal(sqb_ledger_open(&(sqb_ledger *){ NULL }, root,
	    account, 0, NULL), SQB_E_RETRY);
	sqb_ledger_close(l);
	l = open_it();
	assert_int_equal(seen(l, sqb_str_of("u17"), 17), 100);
	assert_int_equal(seen(l, sqb_str_of("u2999"), 2999), 100);
	assert_int_equal(seen(l, sqb_str_of("new"), 5), 300);
	assert_int_equal(seen(l, sqb_str_of("later"), 6), 400);
	assert_int_equal(seen(l, sqb_str_of("u18"), 18), -1);
	sqb_ledger_close(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_round_trip, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_first_seen_wins, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_uncommitted_is_forgotten,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_limits, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_cut_anywhere, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_junk, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_lock, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_accounts, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_compact, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

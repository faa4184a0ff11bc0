/*
 * The ledger when things go wrong: damage to its file, a full or forbidden
 * disk, other versions, and no memory at any place where SQLite asks for it.
 */
#include "ledger_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { N_ROWS = 400, PAGE = 4096 };

static const char *uidl_of(int i)
{
	static char text[64];

	snprintf(text, sizeof(text), "uidl-%06d-with-some-length", i);
	return text;
}

static void fill(void)
{
	sqb_ledger *l = open_alice();

	for (int i = 0; i < N_ROWS; i++)
		add(l, uidl_of(i), 1, i);
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	sqb_ledger_close(l);
}

static off_t size_of(const char *name)
{
	struct stat st;

	assert_int_equal(stat(in_root(name), &st), 0);
	return st.st_size;
}

/* Octets at a place of a file in root. */
static void overwrite(const char *name, off_t at, const void *p, size_t n)
{
	int fd = open(in_root(name), O_WRONLY | O_CREAT, 0600);

	assert_int_equal(pwrite(fd, p, n, at), (ssize_t)n);
	close(fd);
}

static void run_sql(const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(in_root("ledger.db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* How many files of root have names that begin so. */
static int count_files(const char *prefix)
{
	struct dirent *e;
	DIR *d = opendir(root);
	int n = 0;

	while ((e = readdir(d)) != NULL)
		n += strncmp(e->d_name, prefix, strlen(prefix)) == 0;
	closedir(d);
	return n;
}

/* It is set aside when it is opened, and a new one works. */
static void check_set_aside(void)
{
	sqb_ledger *l = open_it();
	const char *aside = sqb_ledger_set_aside(l);
	struct stat st;

	assert_non_null(aside);
	assert_non_null(strstr(aside, "/ledger.db.damaged-20"));
	assert_int_equal(stat(aside, &st), 0);
	assert_int_equal(count_rows(l, NULL), 0);
	assert_int_equal(sqb_ledger_lock(l, alice, 0), SQB_OK);
	add(l, "new", 1, 7);
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	sqb_ledger_close(l);
	l = open_alice();
	assert_null(sqb_ledger_set_aside(l));
	assert_int_equal(seen(l, sqb_str_of("new"), 1), 7);
	sqb_ledger_close(l);
}

static void test_no_database(void **state)
{
	char junk[3 * PAGE];

	(void)state;
	memset(junk, 'j', sizeof(junk));
	overwrite("ledger.db", 0, junk, sizeof(junk));
	check_set_aside();
	overwrite("ledger.db", 0, junk, 1);
	check_set_aside();
	memset(junk, 0, sizeof(junk));
	assert_int_equal(unlink(in_root("ledger.db")), 0);
	overwrite("ledger.db", 0, junk, sizeof(junk));
	check_set_aside();
	assert_int_equal(count_files("ledger.db.damaged-"), 3);
}

static void test_truncated(void **state)
{
	static const off_t sizes[] = { 2, 100, 1000, PAGE, PAGE + 1,
		3 * PAGE, -PAGE };

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		off_t all;

		unlink(in_root("ledger.db"));
		fill();
		all = size_of("ledger.db");
		assert_int_equal(truncate(in_root("ledger.db"), sizes[i] > 0 ?
		    sizes[i] : all + sizes[i]), 0);
		check_set_aside();
	}
}

/* An empty file is a ledger that was never begun. */
static void test_empty(void **state)
{
	(void)state;
	overwrite("ledger.db", 0, "", 0);
	fill();
	assert_int_equal(count_files("ledger.db.damaged"), 0);
}

/*
 * What of the rows can be read is as it was; where one cannot, that is said,
 * and the next to open the ledger sets it aside. Returns whether it was.
 */
static bool survive(void)
{
	sqb_ledger *l = open_alice();
	bool aside = sqb_ledger_set_aside(l) != NULL, said = false;

	for (int i = 0; i < N_ROWS && !aside && !said; i++) {
		sqb_ledger_entry e = entry(sqb_str_of(uidl_of(i)), 1);
		int got = sqb_ledger_find(l, &e);

		said = got < 0;
		if (said)
			assert_int_equal(got, SQB_E_SINK);
		else if (got > 0)
			assert_int_equal(e.first_seen, i);
	}
	if (said)
		assert_non_null(strstr(sqb_ledger_error(l)->text,
		    "set aside"));
	sqb_ledger_close(l);
	if (said)
		check_set_aside();
	return aside || said;
}

static void test_each_page_zeroed(void **state)
{
	static const char zeros[PAGE];
	off_t n_pages = 1;
	int n_aside = 0;

	(void)state;
	for (off_t page = 0; page < n_pages; page++) {
		unlink(in_root("ledger.db"));
		fill();
		n_pages = size_of("ledger.db") / PAGE;
		overwrite("ledger.db", page * PAGE, zeros, PAGE);
		n_aside += survive();
	}
	assert_true(n_pages > 8);
	assert_true(n_aside >= n_pages - 2);
}

/* Its header, its cells, its pointers: whatever comes, nothing worse. */
static void test_octets_turned(void **state)
{
	char *good, *bad;
	size_t len;
	FILE *f;

	(void)state;
	fill();
	len = (size_t)size_of("ledger.db");
	good = malloc(len);
	bad = malloc(len);
	f = fopen(in_root("ledger.db"), "r");
	assert_int_equal(fread(good, 1, len, f), len);
	fclose(f);
	for (size_t at = 0; at < len; at += at % PAGE < 110 ? 7 : 997) {
		sqb_ledger *l;

		memcpy(bad, good, len);
		bad[at] ^= 0x55;
		unlink(in_root("ledger.db"));
		overwrite("ledger.db", 0, bad, len);
		if (sqb_ledger_open(&l, root, NULL) == SQB_OK) {
			sqb_ledger_lock(l, alice, 0);
			for (int i = 0; i < N_ROWS; i += 9) {
				sqb_ledger_entry e = entry(sqb_str_of(
				    uidl_of(i)), 1);

				if (sqb_ledger_find(l, &e) < 0)
					break;
				sqb_ledger_put(l, &e);
			}
			sqb_ledger_commit(l);
			sqb_ledger_close(l);
		}
		unlink(in_root("ledger.db.damaged"));
	}
	free(good);
	free(bad);
}

/* SQLite, but not the tables that there should be. */
static void test_other_tables(void **state)
{
	static const char *const changes[] = { "DROP TABLE intent",
		"ALTER TABLE message RENAME COLUMN digest TO d",
		"ALTER TABLE destination RENAME TO d",
		"PRAGMA user_version = 0", "PRAGMA user_version = -1" };

	(void)state;
	for (size_t i = 0; i < COUNT(changes); i++) {
		fill();
		run_sql(changes[i]);
		check_set_aside();
		unlink(in_root("ledger.db"));
	}
	run_sql("PRAGMA user_version = 1");
	run_sql("CREATE TABLE mine (x)");
	check_set_aside();
}

static void test_later_version(void **state)
{
	sqb_ledger *l;
	sqb_error err;
	off_t size;

	(void)state;
	fill();
	run_sql("PRAGMA user_version = 2");
	size = size_of("ledger.db");
	assert_int_equal(sqb_ledger_open(&l, root, &err), SQB_E_UNSUPPORTED);
	assert_null(l);
	assert_non_null(strstr(err.text, "version 2"));
	assert_non_null(strstr(err.text, root));
	assert_int_equal(sqb_ledger_open(&l, root, NULL), SQB_E_UNSUPPORTED);
	assert_int_equal(size_of("ledger.db"), size);
	run_sql("PRAGMA user_version = 1");
	l = open_it();
	assert_int_equal(count_rows(l, NULL), N_ROWS);
	sqb_ledger_close(l);
}

/* Files of a ledger that is gone do not get into the new one. */
static void test_wal_of_another(void **state)
{
	char junk[2 * PAGE];

	(void)state;
	memset(junk, 'w', sizeof(junk));
	fill();
	overwrite("ledger.db-wal", 0, junk, sizeof(junk));
	overwrite("ledger.db-shm", 0, junk, sizeof(junk));
	assert_int_equal(survive(), false);
	overwrite("ledger.db", 0, junk, sizeof(junk));
	overwrite("ledger.db-wal", 0, junk, sizeof(junk));
	check_set_aside();
	assert_int_equal(count_files("ledger.db.damaged-"), 3);
}

/* Nobody's ledger is taken from under him. */
static void test_others_have_it_open(void **state)
{
	sqb_ledger *user, *l;
	char junk[PAGE];
	sqb_error err;

	(void)state;
	fill();
	user = open_alice();
	memset(junk, 'j', sizeof(junk));
	overwrite("ledger.db", 0, junk, sizeof(junk));
	assert_int_equal(sqb_ledger_open(&l, root, &err), SQB_E_RETRY);
	assert_null(l);
	assert_int_equal(count_files("ledger.db.damaged-"), 0);
	sqb_ledger_close(user);
	check_set_aside();
}

static void check_no_ledger(void)
{
	sqb_ledger *l;
	sqb_error err;

	assert_int_equal(sqb_ledger_open(&l, root, &err), SQB_E_SINK);
	assert_null(l);
	assert_non_null(strstr(err.text, root));
	assert_int_equal(count_files("ledger.db.damaged"), 0);
}

static void test_no_file(void **state)
{
	(void)state;
	assert_int_equal(mkdir(in_root("ledger.db"), 0700), 0);
	check_no_ledger();
	assert_int_equal(rmdir(in_root("ledger.db")), 0);
	assert_int_equal(symlink("elsewhere", in_root("ledger.db")), 0);
	check_no_ledger();
	assert_int_equal(unlink(in_root("ledger.db")), 0);
	assert_int_equal(unlink(in_root("locks/ledger")), 0);
	assert_int_equal(rmdir(in_root("locks")), 0);
	assert_int_equal(symlink("/tmp", in_root("locks")), 0);
	check_no_ledger();
	assert_int_equal(unlink(in_root("locks")), 0);
	overwrite("locks", 0, "", 0);
	check_no_ledger();
}

static void test_no_directory(void **state)
{
	sqb_ledger *l;
	sqb_error err;

	(void)state;
	overwrite("file", 0, "", 0);
	assert_int_equal(sqb_ledger_open(&l, in_root("file"), &err),
	    SQB_E_SINK);
	assert_non_null(strstr(err.text, strerror(ENOTDIR)));
	assert_int_equal(sqb_ledger_open(&l, in_root("file/x"), NULL),
	    SQB_E_SINK);
	assert_int_equal(sqb_ledger_open(&l, in_root("a/b"), NULL), SQB_OK);
	sqb_ledger_close(l);
}

static void test_read_only(void **state)
{
	sqb_ledger *l;
	sqb_error err;

	(void)state;
	if (geteuid() == 0)	/* to whom nothing is forbidden */
		return;
	fill();
	assert_int_equal(chmod(root, 0500), 0);
	assert_int_equal(sqb_ledger_open(&l, root, &err), SQB_E_SINK);
	assert_int_equal(chmod(root, 0700), 0);
}

/* A limit to the size of files stands for a disk that is full. */
static int commit_limited(sqb_ledger *l, rlim_t limit)
{
	struct rlimit before, now;
	int code = SQB_OK;

	getrlimit(RLIMIT_FSIZE, &before);
	now = (struct rlimit){ limit, before.rlim_max };
	setrlimit(RLIMIT_FSIZE, &now);
	for (int i = N_ROWS; i < 12 * N_ROWS && code == SQB_OK; i++) {
		sqb_ledger_entry e = entry(sqb_str_of(uidl_of(i)), 1);

		code = sqb_ledger_put(l, &e);
	}
	if (code < 0) {		/* and so does all until the commit */
		sqb_ledger_entry e = entry(sqb_str_of("after"), 1);

		assert_int_equal(sqb_ledger_put(l, &e), code);
	}
	code = sqb_ledger_commit(l);
	setrlimit(RLIMIT_FSIZE, &before);
	return code;
}

static int count_intent(void *ctx, sqb_str account, sqb_str intent)
{
	(void)account;
	(void)intent;
	++*(int *)ctx;
	return 0;
}

/* What it tells of was not recorded, so it outlives the next commit. */
static void test_intent_on_full_disk(void **state)
{
	sqb_ledger *l = open_alice();
	int n = 0;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(sqb_ledger_intend(l, "mbox:x", sqb_str_of("1")),
	    SQB_OK);
	assert_int_equal(commit_limited(l, 20000), SQB_E_SINK);
	add(l, "more", 1, 1);
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	assert_int_equal(sqb_ledger_intents(l, "mbox:x", count_intent, &n),
	    SQB_OK);
	assert_int_equal(n, 1);
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	assert_int_equal(sqb_ledger_intents(l, "mbox:x", count_intent, &n),
	    SQB_OK);
	assert_int_equal(n, 1);
	sqb_ledger_close(l);
}

static void test_full_disk(void **state)
{
	sqb_ledger *l;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	fill();
	l = open_alice();
	for (rlim_t limit = 1000; limit < 100000; limit = limit * 3 / 2) {
		assert_int_equal(commit_limited(l, limit), SQB_E_SINK);
		assert_non_null(strstr(sqb_ledger_error(l)->text,
		    strerror(EFBIG)));
		assert_int_equal(count_rows(l, NULL), N_ROWS);
		assert_int_equal(seen(l, sqb_str_of(uidl_of(N_ROWS)), 1), -1);
	}
	add(l, "more", 1, 1);
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	sqb_ledger_close(l);
	l = open_it();
	assert_null(sqb_ledger_set_aside(l));
	assert_int_equal(count_rows(l, NULL), N_ROWS + 1);
	sqb_ledger_close(l);
}

/* SQLite's own allocator, that fails from n_left on: once, or for ever. */
static sqlite3_mem_methods usual;
static long n_left;
static bool for_ever, has_failed;

static bool fails(void)
{
	if (n_left == 0 || --n_left > 0)
		return false;
	n_left = for_ever ? 1 : 0;
	has_failed = true;
	return true;
}

static void *scarce_malloc(int n)
{
	return fails() ? NULL : usual.xMalloc(n);
}

static void *scarce_realloc(void *p, int n)
{
	return fails() ? NULL : usual.xRealloc(p, n);
}

static int note_code(int code, int *first)
{
	if (code < 0 && *first == SQB_OK)
		*first = code;
	return code;
}

static int no_row(void *ctx, const sqb_ledger_entry *e)
{
	(void)ctx;
	(void)e;
	return 0;
}

/* All there is to do. *committed: the commit has said so. */
static int use(bool *committed)
{
	sqb_ledger_entry e = entry(sqb_str_of("u"), 1);
	sqb_ledger *l;
	int first = SQB_OK;
	uint64_t gone;

	*committed = false;
	e.destination = sqb_str_of("raw:x");
	if (note_code(sqb_ledger_open(&l, root, NULL), &first) < 0)
		return first;
	note_code(sqb_ledger_lock(l, alice, 0), &first);
	note_code(sqb_ledger_intend(l, "mbox:x", e.uidl), &first);
	note_code(sqb_ledger_find(l, &e), &first);
	note_code(sqb_ledger_put(l, &e), &first);
	e.uidl = sqb_str_of("v");
	note_code(sqb_ledger_put(l, &e), &first);
	note_code(sqb_ledger_remove(l, &e), &first);
	note_code(sqb_ledger_forget(l, e.uidl, &gone), &first);
	note_code(sqb_ledger_prune(l, 1), &first);
	e.account = sqb_str_of("bob");
	note_code(sqb_ledger_merge(l, &e), &first);
	*committed = note_code(sqb_ledger_commit(l), &first) == SQB_OK;
	note_code(sqb_ledger_each(l, NULL, no_row, NULL), &first);
	sqb_ledger_close(l);
	return first;
}

static void check_rows(bool committed, int code)
{
	sqb_ledger *l = open_it();
	int n = count_rows(l, NULL);

	assert_null(sqb_ledger_set_aside(l));
	if (code == SQB_OK)
		assert_true(committed);
	assert_int_equal(n, committed && code == SQB_OK ? 2 : n);
	if (!committed)
		assert_int_equal(n, 0);
	assert_int_equal(sqb_ledger_intents(l, "x", NULL, NULL), 0);
	sqb_ledger_close(l);
}

/* Each place in turn, in a ledger of its own. */
static void sweep(bool lasting)
{
	size_t len = strlen(root);
	bool ended = false;
	int n;

	for_ever = lasting;
	for (n = 1; !ended; n += lasting ? 3 : 1) {
		bool committed;
		int code;

		snprintf(root + len, sizeof(root) - len, "/%d-%d", lasting,
		    n);
		n_left = n;
		has_failed = false;
		code = use(&committed);
		ended = !has_failed;
		n_left = 0;
		assert_true(code == SQB_OK || code == SQB_E_NOMEM);
		check_rows(committed, code);
		root[len] = '\0';
	}
	assert_true(n > 100);
}

static void test_no_memory(void **state)
{
	(void)state;
	sweep(false);
	sweep(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEDGER_TEST(test_no_database),
		LEDGER_TEST(test_truncated),
		LEDGER_TEST(test_empty),
		LEDGER_TEST(test_each_page_zeroed),
		LEDGER_TEST(test_octets_turned),
		LEDGER_TEST(test_other_tables),
		LEDGER_TEST(test_later_version),
		LEDGER_TEST(test_wal_of_another),
		LEDGER_TEST(test_others_have_it_open),
		LEDGER_TEST(test_no_file),
		LEDGER_TEST(test_no_directory),
		LEDGER_TEST(test_read_only),
		LEDGER_TEST(test_full_disk),
		LEDGER_TEST(test_intent_on_full_disk),
		LEDGER_TEST(test_no_memory),
	};
	sqlite3_mem_methods ours;

	sqlite3_config(SQLITE_CONFIG_GETMALLOC, &usual);
	ours = usual;
	ours.xMalloc = scarce_malloc;
	ours.xRealloc = scarce_realloc;
	sqlite3_config(SQLITE_CONFIG_MALLOC, &ours);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

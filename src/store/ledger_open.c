/*
 * The ledger's file: made, brought up to date, looked over, and set aside
 * where it is damaged. That needs to be alone with it: SQLite removes the
 * files beside a database by name, so that one which is renamed under a
 * process that has it open would take the new one's away. Whoever has it open
 * holds the guard for reading, whoever changes its place or shape alone.
 */
#include "store/ledger.h"

#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ALONE_WAIT 2000		/* ms for the others to close it */
#define BUSY_WAIT 30000		/* ms for the others to write */
#define ASIDE_MAX 100		/* files set aside in the same second */

/* What an attempt may find, besides SQB_OK and codes. */
enum {
	NOT_YET = 1,		/* others are in the way */
	UNFIT = 2		/* to be made, brought up to date, set aside */
};

/* From version n to n + 1. Those that have been released never change. */
static const char *const steps[] = {
	"CREATE TABLE account (number INTEGER PRIMARY KEY, "
	    "name TEXT NOT NULL UNIQUE);"
	"CREATE TABLE destination (number INTEGER PRIMARY KEY, "
	    "name TEXT NOT NULL UNIQUE);"
	"CREATE TABLE message (account INTEGER NOT NULL, "
	    "kind INTEGER NOT NULL, id BLOB NOT NULL, size INTEGER NOT NULL, "
	    "digest BLOB, first_seen INTEGER NOT NULL, "
	    "delivered INTEGER NOT NULL, delete_due INTEGER NOT NULL, "
	    "deleted INTEGER NOT NULL, destination INTEGER, "
	    "PRIMARY KEY (account, kind, id, size)) WITHOUT ROWID;"
	"CREATE TABLE intent (account INTEGER NOT NULL, place TEXT NOT NULL, "
	    "intent BLOB NOT NULL, PRIMARY KEY (account, place)) "
	    "WITHOUT ROWID;"
	"PRAGMA user_version = 1",
};

enum { VERSION = sizeof(steps) / sizeof(steps[0]) };

/* Every column, and the way from each root to the last row. */
static const char *const looks[] = {
	"SELECT name FROM account ORDER BY number DESC LIMIT 1",
	"SELECT number FROM account ORDER BY name DESC LIMIT 1",
	"SELECT name FROM destination ORDER BY number DESC LIMIT 1",
	"SELECT number FROM destination ORDER BY name DESC LIMIT 1",
	"SELECT digest, first_seen, delivered, delete_due, deleted, "
	    "destination FROM message ORDER BY account DESC, kind DESC, "
	    "id DESC, size DESC LIMIT 1",
	"SELECT intent FROM intent ORDER BY account DESC, place DESC LIMIT 1",
};

void sqb__ledger_close_db(sqb__ledger_line *line)
{
	for (size_t i = 0; i < N_QUERIES; i++) {
		sqlite3_finalize(line->queries[i]);
		line->queries[i] = NULL;
	}
	sqlite3_close(line->db);
	line->db = NULL;
}

/* What is damaged stays as it is, with the files beside it. */
static void abandon(sqb_ledger *l)
{
	if (l->line->db)
		sqlite3_db_config(l->line->db,
		    SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqb__ledger_close_db(l->line);
}

static int failed(sqb_ledger *l, int rc)
{
	return sqb__ledger_is_damage(rc) ? UNFIT :
	    sqb__ledger_fail(l, rc, "cannot be opened");
}

static int run(sqb_ledger *l, const char *sql)
{
	int rc = sqlite3_exec(l->line->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? SQB_OK : failed(l, rc);
}

static int connect(sqb_ledger *l)
{
	int rc = sqlite3_open_v2(l->home->path, &l->line->db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
	    SQLITE_OPEN_EXRESCODE, NULL);

	if (rc != SQLITE_OK)
		return failed(l, rc);
	sqlite3_busy_timeout(l->line->db, BUSY_WAIT);
	return run(l, "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON;"
	    "PRAGMA cache_size = -128; PRAGMA cell_size_check = ON;"
	    /* ON, as some build it, writes each intent again, as zeros. */
	    "PRAGMA secure_delete = FAST;"
	    "PRAGMA trusted_schema = OFF");
}

static int read_version(sqb_ledger *l, int *version)
{
	sqlite3_stmt *s = NULL;
	int rc = sqlite3_prepare_v2(l->line->db, "PRAGMA user_version", -1,
	    &s, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(s);
	*version = rc == SQLITE_ROW ? sqlite3_column_int(s, 0) : 0;
	sqlite3_finalize(s);
	return rc == SQLITE_ROW ? SQB_OK : failed(l, rc);
}

static int too_new(sqb_ledger *l, int version)
{
	l->error = (sqb_error){ .code = SQB_E_UNSUPPORTED };
	snprintf(l->error.text, sizeof(l->error.text), "ledger %.120s is of "
	    "version %d, made by a later squab: this one knows version %d",
	    l->home->path, version, VERSION);
	return SQB_E_UNSUPPORTED;
}

/* A table or column that is not there is damage too. */
static int look(sqb_ledger *l, const char *sql)
{
	sqlite3_stmt *s = NULL;
	int rc = sqlite3_prepare_v2(l->line->db, sql, -1, &s, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(s);
	sqlite3_finalize(s);
	if ((rc & 0xff) == SQLITE_ERROR)
		return UNFIT;
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQB_OK : failed(l, rc);
}

static int look_over(sqb_ledger *l)
{
	int code = SQB_OK;

	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]) &&
	    code == SQB_OK; i++)
		code = look(l, looks[i]);
	return code;
}

static bool is_there(sqb_ledger *l, const char *name)
{
	struct stat st;

	return fstatat(l->home->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* For one who is not alone: it is in order, or not. */
static int open_as_it_is(sqb_ledger *l)
{
	int version, code;

	if (is_there(l, SQB__LEDGER_MARK) || !is_there(l, SQB__LEDGER_FILE))
		return UNFIT;
	code = connect(l);
	if (code == SQB_OK)
		code = read_version(l, &version);
	if (code == SQB_OK && version > VERSION)
		return too_new(l, version);
	if (code == SQB_OK && version != VERSION)
		return UNFIT;
	return code == SQB_OK ? look_over(l) : code;
}

static int migrate(sqb_ledger *l)
{
	int version, code = run(l, "PRAGMA journal_mode = WAL; "
	    "BEGIN IMMEDIATE");

	if (code == SQB_OK)
		code = read_version(l, &version);
	if (code == SQB_OK && version > VERSION)
		return too_new(l, version);
	if (code == SQB_OK && version < 0)
		return UNFIT;
	for (; code == SQB_OK && version < VERSION; version++) {
		int rc = sqlite3_exec(l->line->db, steps[version], NULL, NULL,
		    NULL);

		/* What a step asks for and is not there: no ledger of ours. */
		if (rc != SQLITE_OK)
			code = (rc & 0xff) == SQLITE_ERROR ? UNFIT :
			    failed(l, rc);
	}
	return code == SQB_OK ? run(l, "COMMIT") : code;
}

/*
 * The file is made here, for its mode. It is never opened here when it is
 * there: to close it would give up SQLite's locks on it.
 */
static int make_file(sqb_ledger *l)
{
	struct stat st;
	int fd = openat(l->home->dir, SQB__LEDGER_FILE, O_RDWR | O_CREAT |
	    O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd >= 0) {
		close(fd);
		return sqb__sync(l->home->dir) ? SQB_OK :
		    sqb__ledger_fail_sys(l, "sync");
	}
	if (errno != EEXIST || fstatat(l->home->dir, SQB__LEDGER_FILE, &st,
	    AT_SYMLINK_NOFOLLOW) < 0)
		return sqb__ledger_fail_sys(l, "cannot be made");
	errno = ELOOP;
	return S_ISREG(st.st_mode) ? SQB_OK :
	    sqb__ledger_fail_sys(l, "is no file");
}

static int make_good(sqb_ledger *l)
{
	int code = make_file(l);

	if (code == SQB_OK)
		code = connect(l);
	if (code == SQB_OK)
		code = migrate(l);
	return code == SQB_OK ? look_over(l) : code;
}

/* ".damaged-20261231-235959", and more where that is taken. */
static void name_aside(sqb_ledger *l, char *suffix, size_t size)
{
	char name[96];
	time_t now = time(NULL);
	struct tm tm;
	size_t len;

	gmtime_r(&now, &tm);
	len = strftime(suffix, size, ".damaged-%Y%m%d-%H%M%S", &tm);
	for (int i = 2; i < ASIDE_MAX; i++) {
		snprintf(name, sizeof(name), "%s%s", SQB__LEDGER_FILE, suffix);
		if (!is_there(l, name))
			return;
		snprintf(suffix + len, size - len, "-%d", i);
	}
}

/* The one that counts goes last: until then it will be found again. */
static int set_aside(sqb_ledger *l)
{
	static const char *const parts[] = { "-wal", "-shm", "" };
	char suffix[48], from[32], to[96];
	size_t size;
	int dir = l->home->dir;

	name_aside(l, suffix, sizeof(suffix));
	size = strlen(l->home->path) + sizeof(suffix);
	free(l->set_aside);
	l->set_aside = malloc(size);
	if (!l->set_aside)
		return sqb__ledger_no_memory(l);
	snprintf(l->set_aside, size, "%s%s", l->home->path, suffix);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		snprintf(from, sizeof(from), "%s%s", SQB__LEDGER_FILE,
		    parts[i]);
		snprintf(to, sizeof(to), "%s%s%s", SQB__LEDGER_FILE, suffix,
		    parts[i]);
		if (renameat(dir, from, dir, to) < 0 && errno != ENOENT)
			return sqb__ledger_fail_sys(l, "is damaged and cannot "
			    "be renamed");
	}
	unlinkat(dir, SQB__LEDGER_MARK, 0);
	return sqb__sync(dir) ? SQB_OK : sqb__ledger_fail_sys(l, "sync");
}

/* For one who is alone with it. */
static int open_as_it_should_be(sqb_ledger *l)
{
	int code = is_there(l, SQB__LEDGER_MARK) ? UNFIT : make_good(l);

	if (code != UNFIT)
		return code;
	abandon(l);
	code = set_aside(l);
	if (code == SQB_OK)
		code = make_good(l);
	return code == UNFIT ? sqb__ledger_fail(l, SQLITE_CORRUPT, "") : code;
}

/* how: LOCK_SH, or LOCK_EX to be alone. */
static int attempt(sqb_ledger *l, int how)
{
	int code;

	if (flock(l->line->guard, how | LOCK_NB) < 0)
		return errno == EWOULDBLOCK || errno == EINTR ? NOT_YET :
		    sqb__ledger_fail_sys(l, "its lock");
	code = how == LOCK_EX ? open_as_it_should_be(l) : open_as_it_is(l);
	if (code != SQB_OK) {
		abandon(l);
		flock(l->line->guard, LOCK_UN);
	} else if (how == LOCK_EX) {
		while (flock(l->line->guard, LOCK_SH) < 0 && errno == EINTR)
			;
	}
	return code;
}

static int others(sqb_ledger *l)
{
	l->error = (sqb_error){ .code = SQB_E_RETRY };
	snprintf(l->error.text, sizeof(l->error.text), "ledger %.110s is "
	    "damaged or of an earlier version: try again when no other squab "
	    "is at work", l->home->path);
	return SQB_E_RETRY;
}

int sqb__ledger_open_db(sqb_ledger *l)
{
	sqb_time waited = 0;
	int code;

	do {
		code = attempt(l, LOCK_SH);
		if (code == UNFIT && l->file.ino != 0)
			return 1;
		if (code == UNFIT) {
			sqb__ledger_hang_up(l->home);
			code = attempt(l, LOCK_EX);
		}
	} while (code > 0 && sqb__ledger_nap(&waited, ALONE_WAIT));
	return code > 0 ? others(l) : code;
}

/*
 * sqlite: databases: a row a message. A group is one transaction, which begins
 * when all of it has arrived, so that no server that is slow keeps others
 * from writing. docs/sqlite.md describes the tables.
 */
#include "store/sqlite.h"

#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* From version n to n + 1. Those that have been released never change. */
static const char *const steps[] = {
	"CREATE TABLE message (id INTEGER PRIMARY KEY, key BLOB NOT NULL, "
	    "size INTEGER NOT NULL, account TEXT NOT NULL, uidl TEXT, "
	    "delivered INTEGER NOT NULL, date INTEGER, from_ TEXT, to_ TEXT, "
	    "cc TEXT, subject TEXT, message_id TEXT, in_reply_to TEXT, "
	    "references_ TEXT, preview TEXT, text TEXT, files TEXT, "
	    "raw BLOB NOT NULL, UNIQUE (key, size));"
	"CREATE INDEX message_date ON message (date);"
	"CREATE INDEX message_message_id ON message (message_id);"
	"CREATE TABLE attachment (id INTEGER PRIMARY KEY, "
	    "message INTEGER NOT NULL, part TEXT NOT NULL, "
	    "name TEXT NOT NULL, type TEXT NOT NULL, size INTEGER NOT NULL, "
	    "content BLOB NOT NULL);"
	"CREATE INDEX attachment_message ON attachment (message);"
	"CREATE VIRTUAL TABLE search USING fts5(subject, from_, to_, cc, "
	    "text, files, content = 'message', content_rowid = 'id');"
	"CREATE TRIGGER message_added AFTER INSERT ON message BEGIN "
	    "INSERT INTO search (rowid, subject, from_, to_, cc, text, files) "
	    "VALUES (new.id, new.subject, new.from_, new.to_, new.cc, "
	    "new.text, new.files); END;"
	"CREATE TRIGGER message_removed AFTER DELETE ON message BEGIN "
	    "INSERT INTO search (search, rowid, subject, from_, to_, cc, "
	    "text, files) VALUES ('delete', old.id, old.subject, old.from_, "
	    "old.to_, old.cc, old.text, old.files); "
	    "DELETE FROM attachment WHERE message = old.id; END;"
	"CREATE TRIGGER message_changed AFTER UPDATE OF subject, from_, to_, "
	    "cc, text, files ON message BEGIN "
	    "INSERT INTO search (search, rowid, subject, from_, to_, cc, "
	    "text, files) VALUES ('delete', old.id, old.subject, old.from_, "
	    "old.to_, old.cc, old.text, old.files); "
	    "INSERT INTO search (rowid, subject, from_, to_, cc, text, files) "
	    "VALUES (new.id, new.subject, new.from_, new.to_, new.cc, "
	    "new.text, new.files); END;"
	"PRAGMA application_id = 0x73717562; PRAGMA user_version = 1",
};

enum { VERSION = sizeof(steps) / sizeof(steps[0]), OURS = 0x73717562 };

int sqb__sqlite_fail(sqb__sqlite *q, int rc, const char *doing)
{
	char why[140];

	if (rc == SQLITE_OK || rc == SQLITE_DONE || rc == SQLITE_ROW)
		return SQB_OK;
	if ((rc & 0xff) == SQLITE_BUSY)
		return sqb__store_refuse(&q->store, SQB_E_RETRY,
		    "another program has it locked");
	snprintf(why, sizeof(why), "%s: %.100s", doing,
	    q->db ? sqlite3_errmsg(q->db) : sqlite3_errstr(rc));
	return sqb__store_refuse(&q->store, (rc & 0xff) == SQLITE_NOMEM ?
	    SQB_E_NOMEM : SQB_E_SINK, why);
}

static int run(sqb__sqlite *q, const char *sql, const char *doing)
{
	return sqb__sqlite_fail(q, sqlite3_exec(q->db, sql, NULL, NULL, NULL),
	    doing);
}

/* A whole number that sql gives. */
static int ask(sqb__sqlite *q, const char *sql, int *n)
{
	sqlite3_stmt *s = NULL;
	int rc = sqlite3_prepare_v2(q->db, sql, -1, &s, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(s);
	*n = rc == SQLITE_ROW ? sqlite3_column_int(s, 0) : 0;
	rc = sqb__sqlite_fail(q, rc, "cannot be read");
	sqlite3_finalize(s);
	return rc;
}

/* Within a transaction. */
static int migrate(sqb__sqlite *q)
{
	int version, owner, n_tables, code;

	code = ask(q, "PRAGMA user_version", &version);
	if (code == SQB_OK)
		code = ask(q, "PRAGMA application_id", &owner);
	if (code == SQB_OK)
		code = ask(q, "SELECT count(*) FROM sqlite_schema", &n_tables);
	if (code != SQB_OK)
		return code;
	if (owner == OURS && version > VERSION)
		return sqb__store_refuse(&q->store, SQB_E_SINK,
		    "a later squab has made it, with other tables");
	if (n_tables > 0 && (owner != OURS || version < 1))
		return sqb__store_refuse(&q->store, SQB_E_SINK,
		    "is a database of another program");
	for (; code == SQB_OK && version < VERSION; version++)
		code = run(q, steps[version], "its tables");
	return code;
}

static int transact(sqb__sqlite *q, int (*work)(sqb__sqlite *q))
{
	int code = run(q, "BEGIN IMMEDIATE", "transaction");

	if (code != SQB_OK)
		return code;
	code = work(q);
	if (code == SQB_OK)
		code = run(q, "COMMIT", "commit");
	if (code != SQB_OK)
		sqlite3_exec(q->db, "ROLLBACK", NULL, NULL, NULL);
	return code;
}

static int prepare(sqb__sqlite *q, const char *sql, sqlite3_stmt **s)
{
	return sqb__sqlite_fail(q, sqlite3_prepare_v3(q->db, sql, -1,
	    SQLITE_PREPARE_PERSISTENT, s, NULL), "its tables");
}

static int prepare_all(sqb__sqlite *q)
{
	int code = prepare(q, "SELECT 1 FROM message WHERE key = ? AND "
	    "size = ?", &q->find);

	if (code == SQB_OK)
		code = prepare(q, "INSERT OR IGNORE INTO message (key, size, "
		    "account, uidl, delivered, date, from_, to_, cc, subject, "
		    "message_id, in_reply_to, references_, preview, text, "
		    "files, raw) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
		    "?, ?, ?, ?, ?)", &q->add);
	if (code == SQB_OK)
		code = prepare(q, "INSERT INTO attachment (message, part, "
		    "name, type, size, content) VALUES (?, ?, ?, ?, ?, ?)",
		    &q->attach);
	return code;
}

/* The file is made here, for its mode, and must be one. */
static bool make_file(sqb__sqlite *q)
{
	int fd = openat(q->path.dir, q->path.name, O_RDWR | O_CREAT | O_EXCL |
	    O_NOFOLLOW | O_CLOEXEC, 0600);
	struct stat st;

	if (fd >= 0) {
		sqb__close(fd);
		return sqb__sync(q->path.dir);
	}
	if (errno != EEXIST || fstatat(q->path.dir, q->path.name, &st,
	    AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	errno = S_ISLNK(st.st_mode) ? ELOOP : EINVAL;
	return S_ISREG(st.st_mode);
}

static int open_db(sqb__sqlite *q)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW |
	    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, code;
	int rc = sqlite3_open_v2(q->path.whole, &q->db, flags, NULL);

	if (rc != SQLITE_OK)
		return sqb__sqlite_fail(q, rc, "cannot be opened");
	sqlite3_busy_timeout(q->db, q->store.lock_wait < INT32_MAX ?
	    (int)q->store.lock_wait : INT32_MAX);
	code = run(q, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
	    "PRAGMA fullfsync = ON; PRAGMA cache_size = -1024; "
	    "PRAGMA temp_store = FILE", "cannot be opened");
	if (code == SQB_OK)
		code = transact(q, migrate);
	return code == SQB_OK ? prepare_all(q) : code;
}

static int open_sqlite(sqb_store *s)
{
	sqb__sqlite *q = (sqb__sqlite *)s;

	q->charsets = sqb_charsets_new(NULL);
	if (!q->charsets || !sqb__path_init(&q->path, s->path) ||
	    !make_file(q) || !sqb__spool_init(&q->spool,
	    fcntl(q->path.dir, F_DUPFD_CLOEXEC, 0)))
		return sqb__store_fail(s, "cannot be opened or made");
	return open_db(q);
}

static void close_sqlite(sqb_store *s)
{
	sqb__sqlite *q = (sqb__sqlite *)s;

	sqlite3_finalize(q->find);
	sqlite3_finalize(q->add);
	sqlite3_finalize(q->attach);
	sqlite3_close(q->db);
	sqb__spool_clear(&q->spool);
	sqb__path_clear(&q->path);
	sqb_charsets_free(q->charsets);
}

static int find(sqb_store *s, const sqb_store_id *ids, size_t n, bool *there)
{
	sqb__sqlite *q = (sqb__sqlite *)s;
	int rc = SQLITE_DONE;

	for (size_t i = 0; i < n && rc == SQLITE_DONE; i++) {
		sqlite3_bind_blob(q->find, 1, ids[i].key, sizeof(ids[i].key),
		    SQLITE_STATIC);
		sqlite3_bind_int64(q->find, 2, (int64_t)ids[i].size);
		rc = sqlite3_step(q->find);
		there[i] = rc == SQLITE_ROW;
		rc = sqlite3_reset(q->find) == SQLITE_OK ? SQLITE_DONE : rc;
	}
	return sqb__sqlite_fail(q, rc, "cannot be read");
}

static int put(sqb__sqlite *q, sqb_str octets)
{
	return sqb__spool_put(&q->spool, octets) ? SQB_OK :
	    sqb__store_fail(&q->store, "write");
}

static int begin(sqb_store *s, sqb_str uidl)
{
	sqb__sqlite *q = (sqb__sqlite *)s;
	int code;

	q->uidls[s->n_ended] = sqb__spool_len(&q->spool);
	code = put(q, uidl);
	q->starts[s->n_ended] = sqb__spool_len(&q->spool);
	return code;
}

static int write_sqlite(sqb_store *s, sqb_str octets)
{
	return put((sqb__sqlite *)s, octets);
}

static int end(sqb_store *s)
{
	(void)s;
	return SQB_OK;
}

static void drop(sqb_store *s)
{
	sqb__sqlite *q = (sqb__sqlite *)s;

	(void)sqb__spool_cut(&q->spool, q->uidls[s->n_ended]);
}

static int add_group(sqb__sqlite *q)
{
	int64_t now = (int64_t)time(NULL);
	int code = SQB_OK;

	for (size_t i = 0; i < q->store.n_ended && code == SQB_OK; i++)
		code = sqb__sqlite_add(q, i, now);
	return code;
}

static int publish(sqb_store *s, int *codes)
{
	sqb__sqlite *q = (sqb__sqlite *)s;
	int code = transact(q, add_group);

	(void)codes;
	if (code == SQB_OK && !sqb__spool_cut(&q->spool, 0))
		code = sqb__store_fail(s, "spool");
	return code;
}

static bool is_full(const sqb_store *s)
{
	return sqb__spool_is_full(&((const sqb__sqlite *)s)->spool);
}

const sqb__store_ops sqb__store_sqlite = { "sqlite:", sizeof(sqb__sqlite),
	open_sqlite, close_sqlite, find, begin, write_sqlite, end, drop,
	publish, is_full };

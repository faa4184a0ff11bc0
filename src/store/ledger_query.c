/*
 * The ledger's statements, and what SQLite says when one fails: as a code
 * and in words. What fails within a transaction ends it.
 */
#include "store/ledger.h"

#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ROW "m.digest, m.first_seen, m.delivered, m.delete_due, m.deleted, " \
	"m.destination"
#define EACH "SELECT " ROW ", a.name, m.kind, m.id, m.size FROM account a " \
	"JOIN message m ON m.account = a.number"
#define BY_NAME " ORDER BY a.name, m.kind, m.id, m.size"
#define INTO "INTO message (account, kind, id, size, digest, first_seen, " \
	"delivered, delete_due, deleted, destination) " \
	"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
#define KEY "account = ?1 AND kind = ?2 AND id = ?3 AND size = ?4"

/* Of two times the earlier; 0 is none. */
#define EARLIER(c) c " = min(ifnull(nullif(" c ", 0), excluded." c "), " \
	"ifnull(nullif(excluded." c ", 0), " c "))"

static const char *const texts[N_QUERIES] = {
	[Q_READ] = "BEGIN",
	[Q_BEGIN] = "BEGIN IMMEDIATE",
	[Q_COMMIT] = "COMMIT",
	[Q_ROLLBACK] = "ROLLBACK",
	[Q_ACCOUNT] = "SELECT number FROM account WHERE name = ?1",
	[Q_ADD_ACCOUNT] = "INSERT INTO account (name) VALUES (?1)",
	[Q_DESTINATION] = "SELECT number FROM destination WHERE name = ?1",
	[Q_ADD_DESTINATION] = "INSERT INTO destination (name) VALUES (?1)",
	[Q_DESTINATION_NAME] = "SELECT name FROM destination "
	    "WHERE number = ?1",
	[Q_FIND] = "SELECT " ROW " FROM message m WHERE " KEY,
	[Q_PUT] = "INSERT OR REPLACE " INTO,
	[Q_MERGE] = "INSERT " INTO " ON CONFLICT (account, kind, id, size) "
	    "DO UPDATE SET digest = ifnull(digest, excluded.digest), "
	    "destination = CASE WHEN excluded.delivered > 0 AND "
	    "(delivered = 0 OR excluded.delivered < delivered) "
	    "THEN ifnull(excluded.destination, destination) "
	    "ELSE ifnull(destination, excluded.destination) END, "
	    EARLIER("first_seen") ", " EARLIER("delivered") ", "
	    EARLIER("deleted") ", "
	    "delete_due = max(delete_due, excluded.delete_due)",
	[Q_REMOVE] = "DELETE FROM message WHERE " KEY,
	[Q_FORGET] = "DELETE FROM message "
	    "WHERE account = ?1 AND kind = 1 AND id = ?2",
	[Q_FORGET_ALL] = "DELETE FROM message WHERE account = ?1",
	[Q_PRUNE] = "DELETE FROM message "
	    "WHERE account = ?1 AND deleted > 0 AND deleted < ?2",
	[Q_EACH] = EACH BY_NAME,
	[Q_EACH_OF] = EACH " WHERE a.name = ?1" BY_NAME,
	[Q_INTEND] = "INSERT OR REPLACE INTO intent (account, place, intent) "
	    "VALUES (?1, ?2, ?3)",
	[Q_END_INTENT] = "DELETE FROM intent "
	    "WHERE account = ?1 AND place = ?2",
	[Q_INTENTS] = "SELECT a.name, i.intent FROM intent i "
	    "JOIN account a ON a.number = i.account "
	    "WHERE i.place = ?1 ORDER BY a.name",
};

bool sqb__ledger_is_damage(int rc)
{
	return (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB;
}

static sqb_code code_of(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_NOMEM:
		return SQB_E_NOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		return SQB_E_RETRY;
	case SQLITE_IOERR:
		return rc == SQLITE_IOERR_NOMEM ? SQB_E_NOMEM : SQB_E_SINK;
	default:
		return SQB_E_SINK;
	}
}

/* The system's own number, where it was the system that said no. */
static int system_error(sqb_ledger *l, int rc)
{
	switch (rc & 0xff) {
	case SQLITE_FULL:
		return ENOSPC;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		return l->line ? sqlite3_system_errno(l->line->db) : 0;
	default:
		return 0;
	}
}

static int damaged(sqb_ledger *l)
{
	int mark = openat(l->home->dir, SQB__LEDGER_MARK, O_WRONLY | O_CREAT |
	    O_NOFOLLOW | O_CLOEXEC, 0600);

	if (mark >= 0)
		close(mark);
	l->error = (sqb_error){ .code = SQB_E_SINK };
	snprintf(l->error.text, sizeof(l->error.text), "ledger %.110s is "
	    "damaged: run it again, and that file will be set aside and a new "
	    "one begun", l->home->path);
	return SQB_E_SINK;
}

int sqb__ledger_fail(sqb_ledger *l, int rc, const char *doing)
{
	int sys = system_error(l, rc);
	sqb_code code = code_of(rc);

	if (l->line)
		l->line->failed = true;
	if (sqb__ledger_is_damage(rc))
		return damaged(l);
	l->error = (sqb_error){ .code = code, .sys = sys };
	snprintf(l->error.text, sizeof(l->error.text), "ledger %.120s: %s: %s",
	    l->home->path, doing,
	    sys != 0 ? strerror(sys) : sqlite3_errstr(rc));
	return code;
}

int sqb__ledger_fail_sys(sqb_ledger *l, const char *doing)
{
	char what[160];

	snprintf(what, sizeof(what), "ledger %.120s: %s", l->home->path,
	    doing);
	return sqb__store_error(&l->error, SQB_E_SINK, what);
}

int sqb__ledger_misuse(sqb_ledger *l, const char *why)
{
	l->error = (sqb_error){ .code = SQB_E_USAGE };
	snprintf(l->error.text, sizeof(l->error.text), "ledger: %s", why);
	return SQB_E_USAGE;
}

int sqb__ledger_no_memory(sqb_ledger *l)
{
	errno = ENOMEM;
	return sqb__store_error(&l->error, SQB_E_NOMEM, "ledger");
}

/* What fails ends the transaction: none of it may be committed. */
static int broke(sqb_ledger *l, int rc, const char *doing)
{
	int code = sqb__ledger_fail(l, rc, doing);

	if (l->writing) {
		sqb__ledger_undo(l);
		l->broken = code;
	}
	return code;
}

sqlite3_stmt *sqb__ledger_query_of(sqb_ledger *l, sqb__ledger_query q)
{
	sqlite3_stmt **s;
	int rc;

	if (sqb__ledger_take(l) < 0)
		return NULL;
	s = &l->line->queries[q];
	if (*s)
		return *s;
	rc = sqlite3_prepare_v3(l->line->db, texts[q], -1,
	    SQLITE_PREPARE_PERSISTENT, s, NULL);
	if (rc != SQLITE_OK)
		broke(l, rc, "cannot be used");
	return *s;
}

int sqb__ledger_step(sqb_ledger *l, sqlite3_stmt *s, const char *doing)
{
	int rc = sqlite3_step(s);

	if (rc == SQLITE_ROW)
		return 1;
	sqlite3_reset(s);
	return rc == SQLITE_DONE ? 0 : broke(l, rc, doing);
}

int sqb__ledger_run(sqb_ledger *l, sqb__ledger_query q, const char *doing)
{
	sqlite3_stmt *s = sqb__ledger_query_of(l, q);

	return s ? sqb__ledger_step(l, s, doing) : l->error.code;
}

void sqb__ledger_undo(sqb_ledger *l)
{
	sqlite3_stmt *s;

	sqb__ledger_forget_places(l);
	/* Some failures have undone it already. */
	l->reading = l->writing = false;
	l->number = -1;
	if (!l->line)
		return;
	l->line->destination.number = 0;
	if (!l->line->db || sqlite3_get_autocommit(l->line->db))
		return;
	s = sqb__ledger_query_of(l, Q_ROLLBACK);
	if (s) {
		sqlite3_step(s);
		sqlite3_reset(s);
	}
}

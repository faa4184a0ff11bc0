/*
 * The ledger's rows. What is bound and what is read is never copied, but for
 * the name of the destination met last. A transaction begins with the first
 * row that is written. Looks share one of their own until then: to begin one
 * takes longer than to look.
 */
#include "store/ledger.h"

#include <string.h>

enum { BY_UIDL = 1, BY_DIGEST = 2 };

/* Of a row, but for its account. */
typedef struct key {
	int kind;
	sqb_str id;
	uint64_t size;
} key;

static bool is_known(const uint8_t digest[SQB_LEDGER_DIGEST])
{
	static const uint8_t unknown[SQB_LEDGER_DIGEST];

	return memcmp(digest, unknown, sizeof(unknown)) != 0;
}

static int key_of(sqb_ledger *l, const sqb_ledger_entry *e, key *k)
{
	*k = (key){ BY_UIDL, e->uidl, e->size };
	if (e->uidl.len > SQB_LEDGER_MAX_UIDL)
		return sqb__ledger_misuse(l, "the UIDL is too long");
	if (e->uidl.len > 0)
		return SQB_OK;
	if (!is_known(e->digest))
		return sqb__ledger_misuse(l, "neither UIDL nor digest");
	k->kind = BY_DIGEST;
	k->id = (sqb_str){ (const char *)e->digest, SQB_LEDGER_DIGEST };
	return SQB_OK;
}

static int check_values(sqb_ledger *l, const sqb_ledger_entry *e)
{
	if (e->first_seen < 0 || e->delivered < 0 || e->delete_due < 0 ||
	    e->deleted < 0)
		return sqb__ledger_misuse(l, "a time before 1970");
	if (e->destination.len > SQB_LEDGER_MAX_NAME)
		return sqb__ledger_misuse(l, "the destination is too long");
	return SQB_OK;
}

/* Bound where it lies: it must stay there until the statement is reset. */
static void bind_text(sqlite3_stmt *s, int at, sqb_str text)
{
	sqlite3_bind_text(s, at, text.ptr, (int)text.len, SQLITE_STATIC);
}

static void bind_blob(sqlite3_stmt *s, int at, sqb_str octets)
{
	/* NULL would be no blob but no value. */
	sqlite3_bind_blob(s, at, octets.ptr ? octets.ptr : "",
	    (int)octets.len, SQLITE_STATIC);
}

static void bind_key(sqlite3_stmt *s, int64_t account, const key *k)
{
	sqlite3_bind_int64(s, 1, account);
	sqlite3_bind_int(s, 2, k->kind);
	bind_blob(s, 3, k->id);
	sqlite3_bind_int64(s, 4, (sqlite3_int64)k->size);
}

static sqb_str text_at(sqlite3_stmt *s, int column)
{
	const char *p = sqlite3_column_blob(s, column);

	return (sqb_str){ p, (size_t)sqlite3_column_bytes(s, column) };
}

/* The number that a name has in a table; 0: none. */
static int find_number(sqb_ledger *l, sqb__ledger_query q, sqb_str name,
    int64_t *number)
{
	sqlite3_stmt *s = sqb__ledger_query_of(l, q);
	int got;

	*number = 0;
	if (!s)
		return l->error.code;
	bind_text(s, 1, name);
	got = sqb__ledger_step(l, s, "cannot be read");
	if (got <= 0)
		return got;
	*number = sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return SQB_OK;
}

/* Likewise, but it gets one. add is the query after find. */
static int need_number(sqb_ledger *l, sqb__ledger_query find,
    sqb_str name, int64_t *number)
{
	int code = find_number(l, find, name, number);
	sqlite3_stmt *s;

	if (code < 0 || *number != 0)
		return code;
	s = sqb__ledger_query_of(l, find + 1);
	if (!s)
		return l->error.code;
	bind_text(s, 1, name);
	code = sqb__ledger_step(l, s, "cannot be written");
	if (code == SQB_OK)
		*number = sqlite3_last_insert_rowid(l->line->db);
	return code;
}

static sqb_str locked_account(const sqb_ledger *l)
{
	return (sqb_str){ l->account, strlen(l->account) };
}

/* Sets l->number; 0 where nothing was ever written of the account. */
static int find_account(sqb_ledger *l)
{
	if (!l->account)
		return sqb__ledger_misuse(l, "no account is locked");
	return l->number >= 0 ? SQB_OK :
	    find_number(l, Q_ACCOUNT, locked_account(l), &l->number);
}

static int need_account(sqb_ledger *l)
{
	return l->number > 0 ? SQB_OK :
	    need_number(l, Q_ACCOUNT, locked_account(l), &l->number);
}

static void keep_destination(sqb_ledger *l, int64_t number, sqb_str name)
{
	size_t len = name.len < sizeof(l->line->destination.name) ? name.len :
	    sizeof(l->line->destination.name);

	if (len > 0)
		memcpy(l->line->destination.name, name.ptr, len);
	l->line->destination.len = len;
	l->line->destination.number = number;
}

static sqb_str kept_destination(const sqb_ledger *l)
{
	return (sqb_str){ l->line->destination.name,
	    l->line->destination.len };
}

static int need_destination(sqb_ledger *l, sqb_str name, int64_t *number)
{
	int code;

	*number = name.len > 0 ? l->line->destination.number : 0;
	if (name.len == 0 ||
	    (*number != 0 && sqb_str_eq(name, kept_destination(l))))
		return SQB_OK;
	code = need_number(l, Q_DESTINATION, name, number);
	if (code == SQB_OK)
		keep_destination(l, *number, name);
	return code;
}

static int name_destination(sqb_ledger *l, int64_t number, sqb_str *name)
{
	sqlite3_stmt *s;
	int got;

	*name = (sqb_str){ NULL, 0 };
	if (number == 0)
		return SQB_OK;
	if (number != l->line->destination.number) {
		s = sqb__ledger_query_of(l, Q_DESTINATION_NAME);
		if (!s)
			return l->error.code;
		sqlite3_bind_int64(s, 1, number);
		got = sqb__ledger_step(l, s, "cannot be read");
		if (got <= 0)
			return got;
		keep_destination(l, number, text_at(s, 0));
		sqlite3_reset(s);
	}
	*name = kept_destination(l);
	return SQB_OK;
}

/* The columns that both ways of reading have first; returns a destination. */
static int64_t read_row(sqlite3_stmt *s, sqb_ledger_entry *e)
{
	sqb_str digest = text_at(s, 0);

	if (digest.len == SQB_LEDGER_DIGEST)
		memcpy(e->digest, digest.ptr, SQB_LEDGER_DIGEST);
	e->first_seen = sqlite3_column_int64(s, 1);
	e->delivered = sqlite3_column_int64(s, 2);
	e->delete_due = sqlite3_column_int64(s, 3);
	e->deleted = sqlite3_column_int64(s, 4);
	return sqlite3_column_int64(s, 5);
}

/* Where it cannot begin, each look is on its own. */
static void begin_reading(sqb_ledger *l)
{
	sqlite3_stmt *s;

	if (l->reading || l->writing)
		return;
	s = sqb__ledger_query_of(l, Q_READ);
	if (!s || !sqb__ledger_query_of(l, Q_ROLLBACK))
		return;
	l->reading = sqlite3_step(s) == SQLITE_DONE;
	sqlite3_reset(s);
}

void sqb__ledger_end_reading(sqb_ledger *l)
{
	if (l->reading && !sqlite3_get_autocommit(l->line->db))
		sqb__ledger_run(l, Q_ROLLBACK, "cannot be read");
	l->reading = false;
}

int sqb_ledger_find(sqb_ledger *l, sqb_ledger_entry *e)
{
	sqlite3_stmt *s;
	int64_t destination;
	key k;
	int got = key_of(l, e, &k);

	if (got == SQB_OK)
		got = find_account(l);
	if (got < 0 || l->number == 0)
		return got;
	begin_reading(l);
	s = sqb__ledger_query_of(l, Q_FIND);
	if (!s)
		return l->error.code;
	bind_key(s, l->number, &k);
	got = sqb__ledger_step(l, s, "cannot be read");
	if (got <= 0)
		return got;
	destination = read_row(s, e);
	sqlite3_reset(s);
	e->account = locked_account(l);
	got = name_destination(l, destination, &e->destination);
	return got < 0 ? got : 1;
}

/* Those that end it are there before it begins. */
static int begin(sqb_ledger *l)
{
	int code;

	if (l->broken)
		return l->broken;
	if (l->writing)
		return SQB_OK;
	sqb__ledger_end_reading(l);
	if (!sqb__ledger_query_of(l, Q_COMMIT) ||
	    !sqb__ledger_query_of(l, Q_ROLLBACK))
		return l->error.code;
	code = sqb__ledger_run(l, Q_BEGIN, "cannot be written");
	l->writing = code == SQB_OK;
	return code;
}

/* Account, kind, id and size are bound. */
static int write_row(sqb_ledger *l, sqlite3_stmt *s, const key *k,
    const sqb_ledger_entry *e)
{
	int64_t destination;
	int code = need_destination(l, e->destination, &destination);

	if (code < 0)
		return code;
	if (k->kind == BY_UIDL && is_known(e->digest))
		bind_blob(s, 5, (sqb_str){ (const char *)e->digest,
		    SQB_LEDGER_DIGEST });
	else
		sqlite3_bind_null(s, 5);
	sqlite3_bind_int64(s, 6, e->first_seen);
	sqlite3_bind_int64(s, 7, e->delivered);
	sqlite3_bind_int64(s, 8, e->delete_due);
	sqlite3_bind_int64(s, 9, e->deleted);
	if (destination != 0)
		sqlite3_bind_int64(s, 10, destination);
	else
		sqlite3_bind_null(s, 10);
	return sqb__ledger_step(l, s, "cannot be written");
}

static int write_of(sqb_ledger *l, sqb__ledger_query q, int64_t account,
    const key *k, const sqb_ledger_entry *e)
{
	sqlite3_stmt *s = sqb__ledger_query_of(l, q);

	if (!s)
		return l->error.code;
	bind_key(s, account, k);
	return write_row(l, s, k, e);
}

/* What is the caller's mistake is found before anything begins. */
static int begin_row(sqb_ledger *l, const sqb_ledger_entry *e, key *k)
{
	int code = key_of(l, e, k);

	if (code == SQB_OK)
		code = check_values(l, e);
	return code == SQB_OK ? begin(l) : code;
}

int sqb_ledger_put(sqb_ledger *l, const sqb_ledger_entry *e)
{
	key k;
	int code = find_account(l);

	if (code == SQB_OK)
		code = begin_row(l, e, &k);
	if (code == SQB_OK)
		code = need_account(l);
	return code != SQB_OK ? code : write_of(l, Q_PUT, l->number, &k, e);
}

static int check_account(sqb_ledger *l, sqb_str name)
{
	if (name.len > 0 && name.len <= SQB_LEDGER_MAX_NAME &&
	    !memchr(name.ptr, '\0', name.len))
		return SQB_OK;
	return sqb__ledger_misuse(l, "no such name of an account");
}

int sqb_ledger_merge(sqb_ledger *l, const sqb_ledger_entry *e)
{
	int64_t account = 0;
	key k;
	int code = check_account(l, e->account);

	if (code == SQB_OK)
		code = begin_row(l, e, &k);
	if (code == SQB_OK)
		code = need_number(l, Q_ACCOUNT, e->account, &account);
	/* The locked account may have had no number until now. */
	l->number = l->number == 0 ? -1 : l->number;
	return code != SQB_OK ? code :
	    write_of(l, Q_MERGE, account, &k, e);
}

/* A statement whose first parameter is the account, and which writes. */
static int begin_with(sqb_ledger *l, sqb__ledger_query q, sqlite3_stmt **s)
{
	int code = find_account(l);

	if (code == SQB_OK)
		code = begin(l);
	if (code < 0)
		return code;
	*s = sqb__ledger_query_of(l, q);
	if (!*s)
		return l->error.code;
	sqlite3_bind_int64(*s, 1, l->number);
	return SQB_OK;
}

int sqb_ledger_remove(sqb_ledger *l, const sqb_ledger_entry *e)
{
	sqlite3_stmt *s;
	key k;
	int code = key_of(l, e, &k);

	if (code == SQB_OK)
		code = begin_with(l, Q_REMOVE, &s);
	if (code != SQB_OK)
		return code;
	bind_key(s, l->number, &k);
	return sqb__ledger_step(l, s, "cannot be written");
}

int sqb_ledger_forget(sqb_ledger *l, sqb_str uidl, uint64_t *n)
{
	sqlite3_stmt *s;
	int code = begin_with(l, uidl.len > 0 ? Q_FORGET : Q_FORGET_ALL, &s);

	*n = 0;
	if (code < 0)
		return code;
	if (uidl.len > SQB_LEDGER_MAX_UIDL)
		return sqb__ledger_misuse(l, "the UIDL is too long");
	if (uidl.len > 0)
		bind_blob(s, 2, uidl);
	code = sqb__ledger_step(l, s, "cannot be written");
	if (code == SQB_OK)
		*n = (uint64_t)sqlite3_changes64(l->line->db);
	return code;
}

int sqb_ledger_prune(sqb_ledger *l, int64_t before)
{
	sqlite3_stmt *s;
	int code = begin_with(l, Q_PRUNE, &s);

	if (code < 0)
		return code;
	sqlite3_bind_int64(s, 2, before);
	return sqb__ledger_step(l, s, "cannot be written");
}

static int end_intent(sqb_ledger *l, const char *place)
{
	sqlite3_stmt *s;
	int code = begin_with(l, Q_END_INTENT, &s);

	if (code < 0)
		return code;
	bind_text(s, 2, (sqb_str){ place, strlen(place) });
	return sqb__ledger_step(l, s, "cannot be written");
}

/*
 * Those that this commit answers for, and no others: what lies at a place that
 * was not looked at, or what a commit that failed has left out, is still to be
 * found by its intent.
 */
static int end_intents(sqb_ledger *l)
{
	int code = begin(l);

	for (size_t i = 0; i < l->n_places && code == SQB_OK; i++)
		code = end_intent(l, l->places[i]);
	return code;
}

int sqb_ledger_commit(sqb_ledger *l)
{
	int code = end_intents(l);

	if (code == SQB_OK)
		code = sqb__ledger_run(l, Q_COMMIT, "cannot be written");
	sqb__ledger_forget_places(l);
	l->writing = false;
	l->broken = 0;
	return code;
}

void sqb_ledger_rollback(sqb_ledger *l)
{
	sqb__ledger_undo(l);
	l->broken = 0;
}

/* Calls each for the row that s has; its own columns come after ROW's. */
static int give_row(sqb_ledger *l, sqlite3_stmt *s,
    int (*each)(void *ctx, const sqb_ledger_entry *entry), void *ctx)
{
	sqb_ledger_entry e = { .account = text_at(s, 6),
		.size = (uint64_t)sqlite3_column_int64(s, 9) };
	sqb_str id = text_at(s, 8);
	int code = name_destination(l, read_row(s, &e), &e.destination);

	if (sqlite3_column_int(s, 7) == BY_UIDL)
		e.uidl = id;
	else if (id.len == SQB_LEDGER_DIGEST)
		memcpy(e.digest, id.ptr, SQB_LEDGER_DIGEST);
	return code < 0 ? code : each(ctx, &e);
}

int sqb_ledger_each(sqb_ledger *l, const char *account,
    int (*each)(void *ctx, const sqb_ledger_entry *entry), void *ctx)
{
	sqlite3_stmt *s;
	int got, result = 0;

	sqb__ledger_end_reading(l);
	s = sqb__ledger_query_of(l, account ? Q_EACH_OF : Q_EACH);
	if (!s)
		return l->error.code;
	if (account)
		bind_text(s, 1, (sqb_str){ account, strlen(account) });
	while ((got = sqb__ledger_step(l, s, "cannot be read")) > 0) {
		result = give_row(l, s, each, ctx);
		if (result != 0) {
			sqlite3_reset(s);
			return result;
		}
	}
	return got;
}

static int check_intent(sqb_ledger *l, const char *place, sqb_str intent)
{
	if (l->writing || l->broken)
		return sqb__ledger_misuse(l, "something waits for a commit");
	if (intent.len <= SQB_LEDGER_MAX_INTENT &&
	    strlen(place) <= SQB_LEDGER_MAX_NAME)
		return find_account(l);
	return sqb__ledger_misuse(l, "the intent is too long");
}

static int write_intent(sqb_ledger *l, const char *place, sqb_str intent)
{
	sqlite3_stmt *s;
	int code = begin(l);

	if (code == SQB_OK)
		code = need_account(l);
	if (code < 0)
		return code;
	s = sqb__ledger_query_of(l, Q_INTEND);
	if (!s)
		return l->error.code;
	sqlite3_bind_int64(s, 1, l->number);
	bind_text(s, 2, (sqb_str){ place, strlen(place) });
	bind_blob(s, 3, intent);
	code = sqb__ledger_step(l, s, "cannot be written");
	if (code == SQB_OK)
		code = sqb__ledger_run(l, Q_COMMIT, "cannot be written");
	return code < 0 || sqb__ledger_add_place(l, place) ? code :
	    sqb__ledger_no_memory(l);
}

int sqb_ledger_intend(sqb_ledger *l, const char *place, sqb_str intent)
{
	int code = check_intent(l, place, intent);

	if (code == SQB_OK)
		code = write_intent(l, place, intent);
	l->writing = l->writing && code == SQB_E_USAGE;
	l->broken = code == SQB_E_USAGE ? l->broken : 0;
	return code;
}

int sqb_ledger_intents(sqb_ledger *l, const char *place,
    int (*each)(void *ctx, sqb_str account, sqb_str intent), void *ctx)
{
	sqlite3_stmt *s;
	int got, result;

	sqb__ledger_end_reading(l);
	s = sqb__ledger_query_of(l, Q_INTENTS);
	if (!s)
		return l->error.code;
	bind_text(s, 1, (sqb_str){ place, strlen(place) });
	while ((got = sqb__ledger_step(l, s, "cannot be read")) > 0) {
		result = each(ctx, text_at(s, 0), text_at(s, 1));
		if (result != 0) {
			sqlite3_reset(s);
			return result;
		}
	}
	return got < 0 || !l->account || sqb__ledger_add_place(l, place) ?
	    got : sqb__ledger_no_memory(l);
}

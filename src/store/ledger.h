/*
 * The ledger, inside: ledger.c has the handle and its locks, ledger_share.c
 * what handles share, ledger_open.c the file, ledger_query.c its statements
 * and what fails, ledger_rows.c what is read and written.
 */
#ifndef SQB_STORE_LEDGER_H
#define SQB_STORE_LEDGER_H

#include <squab/ledger.h>

#include <openssl/evp.h>
#include <pthread.h>
#include <sqlite3.h>
#include <sys/types.h>

/* The statements; each is prepared when it is first needed, and kept. */
typedef enum sqb__ledger_query {
	Q_READ, Q_BEGIN, Q_COMMIT, Q_ROLLBACK,
	Q_ACCOUNT, Q_ADD_ACCOUNT,
	Q_DESTINATION, Q_ADD_DESTINATION, Q_DESTINATION_NAME,
	Q_FIND, Q_PUT, Q_MERGE, Q_REMOVE, Q_FORGET, Q_FORGET_ALL, Q_PRUNE,
	Q_EACH, Q_EACH_OF,
	Q_INTEND, Q_END_INTENT, Q_INTENTS,
	N_QUERIES
} sqb__ledger_query;

#define SQB__LEDGER_FILE "ledger.db"
/* Damage was met while it was in use: the next to open it sets it aside. */
#define SQB__LEDGER_MARK "ledger.db.damaged"

/* Which file it is. */
typedef struct sqb__ledger_file {
	dev_t dev;
	ino_t ino;		/* 0: unknown */
} sqb__ledger_file;

/* A connection to the database, of one handle at a time. */
typedef struct sqb__ledger_line {
	sqlite3 *db;
	sqlite3_stmt *queries[N_QUERIES];
	int guard;		/* locked for reading while db is open */
	sqb__ledger_file file;
	bool failed;		/* no other handle gets it */
	struct {		/* the one met last; number 0: none */
		int64_t number;
		size_t len;
		char name[SQB_LEDGER_MAX_NAME];
	} destination;
	struct sqb__ledger_line *next;	/* idle too */
} sqb__ledger_line;

/* What handles that were opened beside one another share. */
typedef struct sqb__ledger_home {
	char *path;		/* of the database */
	int dir, locks;		/* directories */
	EVP_MD *md;
	pthread_mutex_t mutex;	/* for what follows */
	size_t n_handles;
	sqb__ledger_line *idle;
} sqb__ledger_home;

struct sqb_ledger {
	sqb__ledger_home *home;
	sqb__ledger_line *line;	/* NULL: at rest */
	sqb__ledger_file file;	/* what its first line was to */
	char *set_aside;
	int lock;		/* the account's; -1: none */
	char *account;		/* NULL: none is locked */
	int64_t number;		/* its row; 0: has none yet; -1: unknown */
	bool reading;		/* a transaction for looks is open, … */
	bool writing;		/* … or one that writes */
	int broken;		/* what ended it before its commit; 0 */
	char **places;		/* whose intents the next commit ends */
	size_t n_places;
	EVP_MD_CTX *digest;
	sqb_error error;
};

/* A home of one handle. Sets l->error where there is none. */
int sqb__ledger_settle(sqb_ledger *l, const char *dir);
void sqb__ledger_enter(sqb_ledger *l, sqb__ledger_home *home);
/* The last to leave takes the lines along. */
void sqb__ledger_leave(sqb_ledger *l);
/* Sees to it that there is a line: an idle one, or a new one. */
int sqb__ledger_take(sqb_ledger *l);
/* For who has to be alone with the database: the idle lines go. */
void sqb__ledger_hang_up(sqb__ledger_home *home);

/*
 * Opens the database for l->line, which has its guard. The first of a handle
 * makes what is missing, and sets aside what is damaged; for another that is
 * not what the handle had, and it returns 1.
 */
int sqb__ledger_open_db(sqb_ledger *l);
void sqb__ledger_close_db(sqb__ledger_line *line);

/* So that the next look sees what others have written. */
void sqb__ledger_end_reading(sqb_ledger *l);

/* True when there is time left of wait ms, after a short sleep. */
bool sqb__ledger_nap(sqb_time *waited, sqb_time wait);

/* A lock file, held by nobody yet; -1: see errno. */
int sqb__ledger_lock_file(sqb_ledger *l, const char *name);

/* The statement, ready to be bound; NULL: it is said why. */
sqlite3_stmt *sqb__ledger_query_of(sqb_ledger *l, sqb__ledger_query q);

/*
 * Takes a step. 1: there is a row, and the statement is to be reset; 0: it
 * has ended; negative: a code, and a transaction is undone.
 */
int sqb__ledger_step(sqb_ledger *l, sqlite3_stmt *s, const char *doing);
/* Runs one without parameters to its end. */
int sqb__ledger_run(sqb_ledger *l, sqb__ledger_query q, const char *doing);

/*
 * Undoes an open transaction; what was cached of it is forgotten, and so are
 * the intents that were to end with it: they stay.
 */
void sqb__ledger_undo(sqb_ledger *l);

/* A place whose intent ends with the next commit. False: no memory. */
bool sqb__ledger_add_place(sqb_ledger *l, const char *place);
void sqb__ledger_forget_places(sqb_ledger *l);

/* Records why and returns the code: of SQLite's result, errno, the caller. */
int sqb__ledger_fail(sqb_ledger *l, int rc, const char *doing);
int sqb__ledger_fail_sys(sqb_ledger *l, const char *doing);
int sqb__ledger_misuse(sqb_ledger *l, const char *why);
int sqb__ledger_no_memory(sqb_ledger *l);

/* Results that say that the file is not, or no longer, a ledger. */
bool sqb__ledger_is_damage(int rc);

#endif

/*
 * sqlite: inside: sqlite.c has the database, sqlite_row.c what a message
 * becomes in it.
 */
#ifndef SQB_STORE_SQLITE_H
#define SQB_STORE_SQLITE_H

#include "store/path.h"
#include "store/spool.h"
#include "store/store.h"

#include <squab/message.h>

#include <sqlite3.h>

typedef struct sqb__sqlite {
	sqb_store store;
	sqb__path path;
	sqlite3 *db;
	sqlite3_stmt *find, *add, *attach;
	sqb__spool spool;	/* the group: of each its UIDL and octets */
	uint64_t uidls[SQB_STORE_GROUP];	/* where these begin; … */
	uint64_t starts[SQB_STORE_GROUP];	/* … those follow */
	sqb_charsets *charsets;
} sqb__sqlite;

/* The code for one of SQLite's, said with its words; SQB_OK for success. */
int sqb__sqlite_fail(sqb__sqlite *q, int rc, const char *doing);

/* Adds the message of that place in the group, if it is not there yet. */
int sqb__sqlite_add(sqb__sqlite *q, size_t i, int64_t now);

#endif

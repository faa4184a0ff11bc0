/* maildir: and raw:, inside. */
#ifndef SQB_STORE_DIR_H
#define SQB_STORE_DIR_H

#include "store/store.h"

#define SQB__DIR_ROOM 131072	/* octets of a message before it is a file */

/* What the two differ in. */
typedef struct sqb__dir_kind {
	const char *suffix;	/* of the messages' names */
	const char *tmp;	/* where they grow, … */
	const char *final;	/* … where they go, … */
	const char *moved;	/* … where a reader puts them; NULL: nowhere */
	bool lf;		/* CRLF becomes LF */
} sqb__dir_kind;

typedef struct sqb__dir {
	sqb_store store;
	const sqb__dir_kind *kind;
	int tmp, final, moved;	/* directories; moved may be -1 */
	bool at_once;		/* see sqb__sync_at_once() */
	int fd;			/* of the message begun; -1: no file yet */
	bool cr;		/* a CR came last and is still to be written */
	size_t len;		/* of room in use */
	char *room;
} sqb__dir;

int sqb__dir_find(sqb_store *s, const sqb_store_id *ids, size_t n,
    bool *there);

#endif

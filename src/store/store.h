/* A destination, inside. */
#ifndef SQB_STORE_STORE_H
#define SQB_STORE_STORE_H

#include <squab/store.h>

#define SQB__STORE_ROOM 131072	/* octets of a message before it is a file */

/* What kinds of destination differ in. */
typedef struct sqb__store_kind {
	const char *scheme;	/* "maildir:" */
	const char *suffix;	/* of the messages' names */
	const char *tmp;	/* where they grow, … */
	const char *final;	/* … where they go, … */
	const char *moved;	/* … where a reader puts them; NULL: nowhere */
	bool lf;		/* CRLF becomes LF */
} sqb__store_kind;

struct sqb_store {
	const sqb__store_kind *kind;
	char *path;
	int tmp, final, moved;	/* directories; moved may be -1 */
	bool at_once;		/* see sqb__sync_at_once() */
	sqb_store_id ids[SQB_STORE_GROUP];
	size_t n_ended;		/* of ids; one more has begun where begun */
	bool begun;
	int fd;			/* of the message begun; -1: no file yet */
	bool cr;		/* a CR came last and is still to be written */
	size_t len;		/* of room in use */
	char *room;
	sqb_error error;
};

/* Records why, with the name of the destination, and returns SQB_E_SINK. */
int sqb__store_fail(sqb_store *s, const char *doing);

#endif

/* A destination, inside: what all kinds share, and the table of a kind. */
#ifndef SQB_STORE_STORE_H
#define SQB_STORE_STORE_H

#include <squab/store.h>

/*
 * What a kind of destination does. Functions return SQB_OK or a code, having
 * set the error. Its own state begins with sqb_store, which store.c keeps.
 */
typedef struct sqb__store_ops {
	const char *scheme;	/* "maildir:" */
	size_t size;		/* of its state, all 0 at first */
	int (*open)(sqb_store *s);
	void (*close)(sqb_store *s);	/* also where open() failed */
	/* there[] is false so far. NULL: nothing is known. */
	int (*find)(sqb_store *s, const sqb_store_id *ids, size_t n,
	    bool *there);
	int (*begin)(sqb_store *s, sqb_str uidl);
	int (*write)(sqb_store *s, sqb_str bytes);
	int (*end)(sqb_store *s);
	void (*drop)(sqb_store *s);	/* message ids[n_ended] */
	int (*publish)(sqb_store *s, int *codes);
	/* Before SQB_STORE_GROUP. NULL: never. */
	bool (*is_full)(const sqb_store *s);
} sqb__store_ops;

extern const sqb__store_ops sqb__store_maildir, sqb__store_raw,
    sqb__store_mbox, sqb__store_json, sqb__store_sqlite, sqb__store_command,
    sqb__store_lmtp, sqb__store_smtp;

struct sqb_store {
	const sqb__store_ops *ops;
	char *path;			/* what follows the scheme */
	char *account;
	sqb_ledger *ledger;		/* may be NULL */
	sqb_time command_timeout, lock_wait;
	sqb_store_id ids[SQB_STORE_GROUP];
	size_t n_ended;			/* of ids; one more where begun */
	bool begun;
	sqb_error error;
};

/*
 * Records why, with the name of the destination. The first adds what errno
 * says and returns SQB_E_SINK, or SQB_E_NOMEM if that is what it says.
 */
int sqb__store_fail(sqb_store *s, const char *doing);
int sqb__store_refuse(sqb_store *s, sqb_code code, const char *why);

#endif

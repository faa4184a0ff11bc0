/*
 * Where mail lands: libsquab-store.
 *
 * A message is delivered in this order, and deleted from the server only
 * after the last step:
 *
 *	sqb_store_begin(), write(), end()	complete in a hidden place
 *	sqb_store_publish()			durable, at its final place
 *	sqb_ledger_put(), sqb_ledger_commit()	durably known as delivered
 *
 * The steps are made for groups: many messages to a publish and a commit. A
 * crash between publish and commit is found out by sqb_store_find(), so that
 * a message comes exactly once: but json:-, command:, lmtp: and smtp:, which
 * are told of it once more.
 */
#ifndef SQUAB_STORE_H
#define SQUAB_STORE_H

#include <squab/ledger.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Messages that end() has taken and publish() has not: at most so many. */
#define SQB_STORE_GROUP 256

typedef struct sqb_store sqb_store;

/* Zero in a field, and NULL for all of it, means the default. */
typedef struct sqb_store_options {
	size_t size;			/* sizeof(sqb_store_options) */
	sqb_ledger *ledger;		/* locked, and outlives the store: where
					   mbox: and json:FILE write what they
					   are about to append. Without it a
					   crash may deliver a group twice */
	const char *account;		/* of the messages, for json:, sqlite:
					   and command:; copied. "" */
	sqb_time command_timeout;	/* ms that a command: may take for a
					   message: 300,000 */
	sqb_time lock_wait;		/* ms to wait for another program that
					   has a file locked: 30,000 */
} sqb_store_options;

/*
 * Opens a destination; what is missing of directories and files is made, modes
 * 0700 and 0600.
 *
 *	maildir:DIR	a Maildir; CRLF becomes LF
 *	raw:DIR		a file a message, octets as the server sent them
 *	mbox:FILE	appended as mboxrd; CRLF becomes LF. Locked by fcntl(2)
 *			and FILE.lock while it is written
 *	sqlite:FILE	a row a message in a SQLite database, and a full-text
 *			search; docs/sqlite.md has the schema
 *	json:FILE	a line a message is appended, sqb_message_json() with
 *			"account" and "uidl"; json:- is standard output
 *	command:CMD	run for each message, which is its standard input, CRLF
 *			become LF: by sh -c, or without a shell where CMD is
 *			a JSON array of words. Exit status 0: delivered
 *	lmtp:TO@SERVER	goes on to the recipient TO, by a server's LMTP or
 *	smtp:TO@SERVER	SMTP: HOST[:PORT] (24, 25), or the path of a Unix
 *			socket. Over TCP STARTTLS is demanded, unless
 *			",tls=off" or ",tls=implicit" is behind it. No login.
 *			From whom its Return-Path says, which is taken off.
 *			2yz: delivered
 *
 * SQB_E_USAGE  no such kind of destination
 * SQB_E_SINK   the place cannot be opened or made, or is something else
 * SQB_E_NOMEM
 * err may be NULL.
 */
SQB_API int sqb_store_open(sqb_store **store, const char *destination,
    const sqb_store_options *options, sqb_error *err);

/* Removes what was not published. store may be NULL. */
SQB_API void sqb_store_close(sqb_store *store);

/*
 * there[i] tells whether ids[i] has been published before, also where a mail
 * reader has moved it from new to cur since. Costs a look at the directories,
 * or at what was being appended when a run died; what that run had not
 * finished is removed. Of json:-, command:, lmtp: and smtp: nothing is known.
 *
 * SQB_E_SINK, SQB_E_NOMEM
 * SQB_E_RETRY  another program has the file locked
 */
SQB_API int sqb_store_find(sqb_store *store, const sqb_store_id *ids, size_t n,
    bool *there);

/*
 * True: publish() must come before the next begin(). So it is after
 * SQB_STORE_GROUP messages, and with most kinds earlier.
 */
SQB_API bool sqb_store_is_full(const sqb_store *store);

/*
 * A message: begin, any number of writes, end. uidl is what the server calls
 * it, for json:, sqlite: and command:; it may be empty.
 *
 * SQB_E_SINK  the place refused; see sqb_store_error()
 * SQB_E_NOMEM
 */
SQB_API int sqb_store_begin(sqb_store *store, const sqb_store_id *id,
    sqb_str uidl);
SQB_API int sqb_store_write(sqb_store *store, sqb_str bytes);
SQB_API int sqb_store_end(sqb_store *store);

/* Forgets the message begun last, ended or not, if it is not published. */
SQB_API void sqb_store_drop(sqb_store *store);

/*
 * Makes all messages that have ended durable and visible. None may be begun.
 * codes has room for SQB_STORE_GROUP, and gets on SQB_OK what became of each,
 * in the order in which they ended: SQB_OK, or of command: SQB_E_RETRY (it
 * asked for that, was killed or took too long) or SQB_E_REFUSED, and likewise
 * of lmtp: and smtp: (4yz, or no reply; 5yz). Then sqb_store_error() says why.
 * codes may be NULL.
 *
 * SQB_E_SINK   the place failed. Some of the messages may be visible, which
 *              find() will tell
 * SQB_E_RETRY  another program has the file locked; nothing has happened
 * SQB_E_NOMEM
 */
SQB_API int sqb_store_publish(sqb_store *store, int *codes);

/* Why the last call failed. Lifetime: the store's. */
SQB_API const sqb_error *sqb_store_error(const sqb_store *store);

#ifdef __cplusplus
}
#endif
#endif

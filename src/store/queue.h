/*
 * The spool, inside. DIR/mail/ID is an entry, a directory: "message", which
 * never changes and on which the flock(2) of the holder is, and "envelope",
 * which is replaced as a whole. DIR/tmp/ID is one that is not there yet, or
 * not any more: both ends of its life are one rename(2).
 */
#ifndef SQB_STORE_QUEUE_H
#define SQB_STORE_QUEUE_H

#include <squab/queue.h>

#define SQB__QUEUE_MESSAGE "message"
#define SQB__QUEUE_ENVELOPE "envelope"
#define SQB__QUEUE_NEW "envelope.new"

struct sqb_queue {
	char *path;			/* for errors */
	int tmp, mail;			/* directories */
	sqb_queue_id *ids;		/* of the last sqb_queue_ids() */
	sqb_queue_mail *begun;		/* NULL: none */
	int place, message;		/* of it, tmp/ID and its message */
	sqb_error error;
};

struct sqb_queue_entry {
	sqb_queue *q;
	int dir, message;		/* -1: there is no such file */
	bool held;
	sqb_queue_mail mail;
	sqb_queue_recipient *recipients;
	char **whys;			/* of recipients; NULL: in text */
	char *text;			/* of the envelope, where strings are */
	char damage[80];
};

/* Records why; the first adds what errno says. Both return the code. */
int sqb__queue_fail(sqb_queue *q, const char *doing);
int sqb__queue_refuse(sqb_queue *q, sqb_code code, const char *why);

/* True: it is written as an entry's name is. */
bool sqb__queue_is_id(const char *text);

/* Takes the directory parent/id with all that an entry has in it away. */
void sqb__queue_erase(int parent, const char *id);

/*
 * Someone's words, safe to print and cut: each character that is not becomes
 * "?", and LF a blank.
 */
void sqb__queue_safe(char out[SQB_QUEUE_WHY + 1], sqb_str words);

/* What is wrong with a mail that is to be an entry: SQB_OK, or the code. */
int sqb__queue_check(sqb_queue *q, const sqb_queue_mail *m);

/*
 * Writes the envelope of m to place, durable, under that name. False: see
 * errno.
 */
bool sqb__queue_put_envelope(int place, const char *name,
    const sqb_queue_mail *m);

/*
 * Reads e->dir's envelope to e->mail; e->damage where it is none. SQB_E_USAGE:
 * there is no such file; SQB_E_NOMEM, SQB_E_SINK: see errno.
 */
int sqb__queue_get_envelope(sqb_queue_entry *e);

#endif

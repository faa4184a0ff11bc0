/* Header fields that servers write, as records. */
#ifndef SQUAB_RECORD_H
#define SQUAB_RECORD_H

#include <squab/message.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A Received field, RFC 5321, section 4.4: a server that had the message. All
 * strings are safe to print, "" where there is no such clause, and without
 * comments but from_info.
 */
typedef struct sqb_received {
	const char *from;	/* what the client called itself */
	const char *from_info;	/* what the server saw of it, which is in the
				   comment: "mx.example [192.0.2.1]" */
	const char *by, *via, *with, *id;
	const char *recipient;	/* "for" */
	sqb_date date;		/* refused: there is none */
} sqb_received;

/*
 * The nth Received field, from 0: the last server comes first. False: there
 * is none, or memory is short.
 * Lifetime: that of m.
 */
SQB_API bool sqb_message_received(sqb_message *m, size_t nth,
    sqb_received *out);

#ifdef __cplusplus
}
#endif
#endif

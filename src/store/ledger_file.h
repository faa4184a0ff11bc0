/*
 * The ledger's file: a line a message, "uidl SP unix-time SP size LF", the
 * UIDL percent-encoded; lines that begin with "#" are for people.
 */
#ifndef SQB_STORE_LEDGER_FILE_H
#define SQB_STORE_LEDGER_FILE_H

#include <squab/store.h>

/* Room for a line with the longest UIDL, each octet encoded. */
#define SQB__LEDGER_LINE (3 * SQB_LEDGER_MAX_UIDL + 64)

typedef struct sqb__ledger_line {
	sqb_str bytes;		/* as it stands, with the LF */
	sqb_str uidl;		/* decoded */
	int64_t seen;
	uint64_t size;
} sqb__ledger_line;

/* Writes a line to out, SQB__LEDGER_LINE octets; its length. */
size_t sqb__ledger_write_line(char *out, sqb_str uidl, int64_t seen,
    uint64_t size);

/*
 * Calls each for every good line of fd from its beginning; what is no good
 * line is passed over. *whole: where the last LF ends. False: see errno.
 */
bool sqb__ledger_read(int fd, bool (*each)(void *ctx,
    const sqb__ledger_line *line), void *ctx, int64_t *whole);

#endif

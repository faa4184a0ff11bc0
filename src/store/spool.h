/*
 * Octets on their way to a destination: in memory, and where they are many in
 * a file that has no name.
 */
#ifndef SQB_STORE_SPOOL_H
#define SQB_STORE_SPOOL_H

#include <squab/base.h>

#define SQB__SPOOL_ROOM (1u << 20)	/* octets of memory */

typedef struct sqb__spool {
	char *room;
	size_t len;		/* of room in use; … */
	uint64_t flushed;	/* … so many octets before it are in the file */
	int dir, fd;		/* where the file is made; -1: there is none */
	char last;		/* the last octet that was flushed */
	char *map;		/* of the file; NULL: none */
	size_t map_len;
} sqb__spool;

/*
 * dir, a directory, is the spool's from here on; -1: where temporary files
 * are. Of the functions that return bool, false means: see errno.
 */
bool sqb__spool_init(sqb__spool *s, int dir);
/* It may be all 0, never initialised. */
void sqb__spool_clear(sqb__spool *s);

static inline uint64_t sqb__spool_len(const sqb__spool *s)
{
	return s->flushed + s->len;
}

/* True: what follows may go to the file. */
static inline bool sqb__spool_is_full(const sqb__spool *s)
{
	return sqb__spool_len(s) >= SQB__SPOOL_ROOM / 4 * 3;
}

/* The last octet; '\0': it is empty. */
static inline char sqb__spool_last(const sqb__spool *s)
{
	return s->len > 0 ? s->room[s->len - 1] : s->flushed > 0 ? s->last :
	    '\0';
}

/* Adds octets; the second makes LF of CRLF: *cr is as in sqb__copy_lf(). */
bool sqb__spool_put(sqb__spool *s, sqb_str octets);
bool sqb__spool_put_lf(sqb__spool *s, sqb_str octets, bool *cr);

/*
 * Puts octets in where len octets of the spool come first, which must all be
 * in memory still, with room for more.
 */
void sqb__spool_insert(sqb__spool *s, uint64_t len, sqb_str octets);

/* Octets in the place of as many. */
bool sqb__spool_patch(sqb__spool *s, uint64_t at, sqb_str octets);

/* Moves all to the file. */
bool sqb__spool_flush(sqb__spool *s);

/* There is a file, which is read from its start next. */
bool sqb__spool_rewind(sqb__spool *s);

/* Back to len octets, which it has. */
bool sqb__spool_cut(sqb__spool *s, uint64_t len);

/*
 * len octets from offset from on, as one. Lifetime: until octets are added or
 * cut off.
 */
bool sqb__spool_view(sqb__spool *s, uint64_t from, uint64_t len,
    sqb_str *out);

/*
 * The next octets from *from on to the end, as many as fit in memory, with
 * *from moved on: "" where there are no more. All must be flushed, or none.
 * Lifetime: until the next call with s.
 */
bool sqb__spool_read(sqb__spool *s, uint64_t *from, sqb_str *out);

#endif

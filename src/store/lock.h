/*
 * A file that other programs may write too: opened, checked and locked in both
 * ways that mail programs know, fcntl(2) and FILE.lock.
 */
#ifndef SQB_STORE_LOCK_H
#define SQB_STORE_LOCK_H

#include "store/path.h"

#include <squab/error.h>

typedef struct sqb__lock {
	sqb__path path;
	int fd;			/* of the locked file; -1: it is not locked */
	bool made;		/* this lock has made the file */
} sqb__lock;

/* As sqb__path_init() and sqb__path_clear(); the latter also unlocks. */
bool sqb__lock_init(sqb__lock *l, const char *path);
void sqb__lock_clear(sqb__lock *l);

/*
 * Opens the file, which is made where missing, and locks it, or waits so many
 * ms for others that have it. Symbolic links are not followed.
 *
 * SQB_E_RETRY  others have it
 * SQB_E_SINK   see errno; EINVAL: it is no plain file
 */
int sqb__lock_take(sqb__lock *l, sqb_time wait);
void sqb__lock_drop(sqb__lock *l);

#endif

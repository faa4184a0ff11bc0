/* The path of a file that may not be there yet, taken apart. */
#ifndef SQB_STORE_PATH_H
#define SQB_STORE_PATH_H

#include <squab/base.h>

typedef struct sqb__path {
	int dir;		/* its directory, open */
	char *name;		/* in it */
	char *whole;		/* without links and dots in the directory */
} sqb__path;

/* Missing directories are made. False: see errno; p is to be cleared too. */
bool sqb__path_init(sqb__path *p, const char *path);
/* It may be all 0, never initialised. */
void sqb__path_clear(sqb__path *p);

#endif

/* Directories, durable files, and errors with the system's words. */
#ifndef SQB_STORE_FILE_H
#define SQB_STORE_FILE_H

#include <squab/error.h>

/* "what: why, by errno"; returns code. err may be NULL. */
int sqb__store_error(sqb_error *err, sqb_code code, const char *what);

/*
 * Opens a directory; what is missing on the way is made, mode 0700, and
 * synced. -1: see errno.
 */
int sqb__open_dirs(const char *path);

/* A directory in dir, made and synced likewise. Follows no symbolic link. */
int sqb__open_subdir(int dir, const char *name);

/* Closes a descriptor that may be -1. */
void sqb__close(int fd);

/* All of it, whatever signals come. False: see errno. */
bool sqb__write_all(int fd, sqb_str bytes);

/*
 * Durability of many files at the price of one. Each is given to
 * sqb__sync_file() before it is closed, and then the file system to
 * sqb__sync_group(); one of the two does the work. one: sqb__sync_at_once()
 * of a directory on that file system.
 */
bool sqb__sync_at_once(int dir);
bool sqb__sync_file(int fd, bool at_once);
bool sqb__sync_group(int dir, bool at_once);

/* A single file or directory; of a file, what is needed to read it again. */
bool sqb__sync(int fd);
bool sqb__sync_data(int fd);

#endif

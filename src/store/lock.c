/*
 * Locking of lock.h. Both locks are tried, never waited for, and neither is
 * kept while the other is not to be had: programs differ in which they take
 * first. FILE.lock holds "PID HOST"; that of a process of this machine which
 * is dead is removed, and after five minutes so is one that names no host, or
 * has nothing in it: what a power cut leaves.
 *
 * Where the system has them, the locks of fcntl(2) are of the open file and
 * not of the process: two threads keep each other out, and to close the file
 * gives up nobody else's. Then a FILE.lock of our own process is one that it
 * failed to remove.
 */
#define _GNU_SOURCE
#include "store/lock.h"

#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	STEP = 50,		/* ms between two tries */
	OLD = 300,		/* s */
	NAME_ROOM = 320,
	HOST_ROOM = 256,
	TEXT_ROOM = HOST_ROOM + 32
};

bool sqb__lock_init(sqb__lock *l, const char *path)
{
	l->fd = -1;
	return sqb__path_init(&l->path, path);
}

void sqb__lock_clear(sqb__lock *l)
{
	if (!l->path.name)
		return;
	sqb__lock_drop(l);
	sqb__path_clear(&l->path);
}

static bool lock_name(const sqb__lock *l, const char *suffix,
    char out[NAME_ROOM])
{
	int n = snprintf(out, NAME_ROOM, "%s%s", l->path.name, suffix);

	if (n >= 0 && n < NAME_ROOM)
		return true;
	errno = ENAMETOOLONG;
	return false;
}

static void own_host(char out[HOST_ROOM])
{
	if (gethostname(out, HOST_ROOM) < 0)
		out[0] = '\0';
	out[HOST_ROOM - 1] = '\0';
}

/* What a lock file says; its time. False: it is gone or cannot be read. */
static bool read_lock(int dir, const char *name, char out[TEXT_ROOM],
    time_t *changed)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, TEXT_ROOM - 1);
	struct stat st;
	bool read = n >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);

	sqb__close(fd);
	if (!read)
		return false;
	out[n] = '\0';
	*changed = st.st_mtime;
	return true;
}

#if defined(F_OFD_SETLK)
enum { OF_FILE = 1, SET_LOCK = F_OFD_SETLK };
#else
enum { OF_FILE = 0, SET_LOCK = F_SETLK };
#endif

/* One that lives, or may: our own is stale, for here we have the other lock. */
static bool is_alive(long pid)
{
	if (OF_FILE && pid == (long)getpid())
		return false;
	return kill((pid_t)pid, 0) == 0 || errno != ESRCH;
}

static bool is_stale(const char *text, time_t changed)
{
	char host[HOST_ROOM], *end;
	long pid = strtol(text, &end, 10);
	size_t n;

	if (*text != '\0' && (pid <= 0 || is_alive(pid)))
		return false;
	if (*end != ' ')
		return changed < time(NULL) - OLD;
	own_host(host);
	n = strlen(host);
	return n > 0 && strncmp(end + 1, host, n) == 0 &&
	    (end[1 + n] == '\n' || end[1 + n] == '\0');
}

/*
 * Under the lock of fcntl(2): no other squab is at it. Another program may be,
 * so the lock is moved away first, and put back if it is another one by then.
 */
static bool remove_stale(const sqb__lock *l, const char *name)
{
	char text[TEXT_ROOM], again[TEXT_ROOM], aside[NAME_ROOM];
	time_t changed, then;

	if (!read_lock(l->path.dir, name, text, &changed) ||
	    !is_stale(text, changed) || !lock_name(l, ".stale", aside) ||
	    renameat(l->path.dir, name, l->path.dir, aside) < 0)
		return false;
	if (read_lock(l->path.dir, aside, again, &then) &&
	    strcmp(text, again) != 0)
		(void)linkat(l->path.dir, aside, l->path.dir, name, 0);
	return unlinkat(l->path.dir, aside, 0) == 0;
}

/* A file of our own, with the text of a lock. */
static bool make_mark(const sqb__lock *l, char name[NAME_ROOM])
{
	char host[HOST_ROOM], text[TEXT_ROOM], suffix[32];
	uint32_t random;
	int fd, n;
	bool made;

	if (getentropy(&random, sizeof(random)) < 0)
		return false;
	snprintf(suffix, sizeof(suffix), ".squab-%08x", (unsigned)random);
	if (!lock_name(l, suffix, name))
		return false;
	fd = openat(l->path.dir, name, O_WRONLY | O_CREAT | O_EXCL |
	    O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return false;
	own_host(host);
	n = snprintf(text, sizeof(text), "%ld %s\n", (long)getpid(), host);
	made = sqb__write_all(fd, (sqb_str){ text, (size_t)n });
	close(fd);
	return made;
}

/* 1: it is ours; 0: another's; -1: see errno. */
static int try_dotlock(const sqb__lock *l)
{
	char mark[NAME_ROOM], name[NAME_ROOM];
	int got = -1;

	if (!lock_name(l, ".lock", name) || !make_mark(l, mark))
		return -1;
	if (linkat(l->path.dir, mark, l->path.dir, name, 0) == 0)
		got = 1;
	else if (errno == EEXIST)
		got = remove_stale(l, name) &&
		    linkat(l->path.dir, mark, l->path.dir, name, 0) == 0;
	unlinkat(l->path.dir, mark, 0);
	return got;
}

/* True: the open file is the one that has the name. */
static bool is_same(const sqb__lock *l)
{
	struct stat open, named;

	return fstat(l->fd, &open) == 0 && fstatat(l->path.dir,
	    l->path.name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	    open.st_dev == named.st_dev &&
	    open.st_ino == named.st_ino;
}

static bool open_file(sqb__lock *l)
{
	int flags = O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
	    O_CLOEXEC;
	struct stat st;

	l->fd = openat(l->path.dir, l->path.name, flags);
	if (l->fd < 0 && errno == ENOENT) {
		l->fd = openat(l->path.dir, l->path.name, flags | O_CREAT,
		    0600);
		l->made = true;
	}
	if (l->fd < 0 || fstat(l->fd, &st) < 0)
		return false;
	if (S_ISREG(st.st_mode))
		return true;
	errno = EINVAL;
	return false;
}

static int try_fcntl(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, SET_LOCK, &lock) == 0)
		return 1;
	return errno == EACCES || errno == EAGAIN || errno == EINTR ? 0 : -1;
}

/* As try_dotlock(). */
static int try_both(sqb__lock *l)
{
	int got = open_file(l) ? try_fcntl(l->fd) : -1, kept;

	if (got == 1 && !is_same(l))
		got = 0;
	if (got == 1)
		got = try_dotlock(l);
	if (got < 1) {
		kept = errno;
		sqb__close(l->fd);
		l->fd = -1;
		errno = kept;
	}
	return got;
}

int sqb__lock_take(sqb__lock *l, sqb_time wait)
{
	const struct timespec step = { .tv_nsec = STEP * 1000000L };
	int got;

	while ((got = try_both(l)) == 0 && wait > 0) {
		nanosleep(&step, NULL);
		wait -= STEP;
	}
	if (got == 1 && l->made) {
		l->made = false;
		sqb__sync(l->path.dir);
	}
	return got == 1 ? SQB_OK : got == 0 ? SQB_E_RETRY : SQB_E_SINK;
}

void sqb__lock_drop(sqb__lock *l)
{
	char name[NAME_ROOM];

	if (l->fd < 0)
		return;
	if (lock_name(l, ".lock", name))
		unlinkat(l->path.dir, name, 0);
	close(l->fd);
	l->fd = -1;
}

/*
 * Preloaded into squab by tests/torture: counts, by kind, the calls of libc
 * that change the world, and makes one of them fail, fall short, or be the
 * last that the process makes. Linux and glibc. What stdio does within libc
 * is not seen, nor what is written through a mapping (SQLite's index of its
 * write-ahead log, which it builds anew after a crash).
 *
 *	FAULT_AT=KIND:K	the K-th call of that kind, from 1
 *	FAULT_DO=WHAT	kill; torn: half a write, then kill; short; an errno;
 *			"28+": that and every later one of the kind
 *	FAULT_OUT=FILE	gets a line when that has happened
 *	FAULT_COUNT=FILE	gets the number of calls of each kind, at exit
 *	FAULT_LOG=FILE	gets every call that was made, see note()
 *	FAULT_LIE=WHAT	sync: a sync is neither made nor noted; data: nor is
 *			a write to a file within a directory "dest" (SQLite
 *			reads what it writes, and would find out by itself).
 *			To test that the torture finds out.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

typedef enum kind {
	OPEN, WRITE, SYNC, RENAME, LINK, UNLINK, MKDIR, TRUNCATE, CLOSE, LOCK,
	CONNECT, SOCKET, SEND, RECV, PIPE, N_KINDS
} kind;

static const char *const names[N_KINDS] = { "open", "write", "sync",
	"rename", "link", "unlink", "mkdir", "truncate", "close", "lock",
	"connect", "socket", "send", "recv", "pipe" };

typedef enum action { GO, KILL, TORN, SHORT, FAIL } action;

static struct {
	kind kind;
	unsigned at;		/* 0: no fault */
	action action;
	int error;
	bool lasting, no_sync, no_data;
	int out, log, count;	/* -1: none */
} set = { .out = -1, .log = -1, .count = -1 };

static atomic_uint counts[N_KINDS];
static pthread_mutex_t noting = PTHREAD_MUTEX_INITIALIZER;

static int open_own(const char *name)
{
	const char *path = getenv(name);
	long fd;

	if (!path)
		return -1;
	fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT |
	    O_APPEND | O_CLOEXEC, 0600);
	/* Out of the way of the numbers that the program gets. */
	return fd < 0 ? -1 : fcntl((int)fd, F_DUPFD_CLOEXEC, 900);
}

static void read_action(const char *what)
{
	static const char *const words[] = { "", "kill", "torn", "short" };

	for (int i = KILL; i <= SHORT; i++)
		if (strcmp(what, words[i]) == 0)
			set.action = (action)i;
	if (set.action != GO)
		return;
	set.action = FAIL;
	set.error = (int)strtol(what, NULL, 10);
	set.lasting = strchr(what, '+') != NULL;
}

static void read_place(const char *at)
{
	size_t n = strcspn(at, ":");

	for (int i = 0; i < N_KINDS; i++)
		if (strlen(names[i]) == n && strncmp(names[i], at, n) == 0)
			set.kind = (kind)i;
	set.at = (unsigned)strtoul(at + n + 1, NULL, 10);
}

/* Programs that this one starts are left alone. */
__attribute__((constructor)) static void begin(void)
{
	static const char *const own[] = { "LD_PRELOAD", "FAULT_AT",
		"FAULT_DO", "FAULT_OUT", "FAULT_COUNT", "FAULT_LOG",
		"FAULT_LIE" };
	const char *at = getenv("FAULT_AT"), *what = getenv("FAULT_DO");
	const char *lie = getenv("FAULT_LIE");

	set.out = open_own("FAULT_OUT");
	set.log = open_own("FAULT_LOG");
	set.count = open_own("FAULT_COUNT");
	set.no_sync = lie != NULL;
	set.no_data = lie && strcmp(lie, "data") == 0;
	if (at && what && strchr(at, ':')) {
		read_action(what);
		read_place(at);
	}
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		unsetenv(own[i]);
}

static void tell(int fd, kind k, unsigned n)
{
	char line[64];
	int len = snprintf(line, sizeof(line), "%s:%u\n", names[k], n);

	if (fd >= 0)
		syscall(SYS_write, fd, line, (size_t)len);
}

__attribute__((destructor)) static void end(void)
{
	for (int i = 0; i < N_KINDS; i++)
		tell(set.count, (kind)i, atomic_load(&counts[i]));
}

static void die(void)
{
	syscall(SYS_kill, getpid(), SIGKILL);
	for (;;)
		pause();
}

/* What is to become of this call, which is counted. */
static action next(kind k)
{
	unsigned at = atomic_fetch_add(&counts[k], 1) + 1;

	if (set.at == 0 || k != set.kind || at < set.at ||
	    (at > set.at && !set.lasting))
		return GO;
	tell(set.out, k, at);
	if (set.action == KILL)
		die();
	return set.action;
}

/*
 * A line of the log, with the octets that were written or sent after it:
 * kind, call, fd, result, offset in the file or -1, octets, first path,
 * second path; a tab between each.
 */
typedef struct call {
	const char *name;
	kind kind;
	int fd;
	long result;
	long offset;
	const char *path, *to;
	const void *data;
	size_t len;
} call;

static void note(const call *c)
{
	char line[2 * PATH_MAX + 128];
	int n;

	if (set.log < 0)
		return;
	n = snprintf(line, sizeof(line), "%s\t%s\t%d\t%ld\t%ld\t%zu\t%s\t%s\n",
	    names[c->kind], c->name, c->fd, c->result, c->offset, c->len,
	    c->path ? c->path : "", c->to ? c->to : "");
	syscall(SYS_write, set.log, line, (size_t)n);
	if (c->len > 0)
		syscall(SYS_write, set.log, c->data, c->len);
}

/* Calls are noted in the order in which they take effect. */
static void lock(void)
{
	if (set.log >= 0)
		pthread_mutex_lock(&noting);
}

static void unlock(void)
{
	int error = errno;

	if (set.log >= 0)
		pthread_mutex_unlock(&noting);
	errno = error;
}

static int failed(void)
{
	errno = set.error;
	return -1;
}

/* path as seen from dir, whole; out has PATH_MAX octets. */
static const char *resolve(int dir, const char *path, char *out)
{
	char link[64], at[PATH_MAX] = "";

	if (set.log < 0 || !path || *path == '/')
		return path;
	if (dir == AT_FDCWD) {
		if (!getcwd(at, sizeof(at)))
			return path;
	} else {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
		if (readlink(link, at, sizeof(at) - 1) < 0)
			return path;
	}
	if ((size_t)snprintf(out, PATH_MAX, "%s/%s", at, path) >= PATH_MAX)
		return path;
	return out;
}

static kind kind_of(int fd, bool reads)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return PIPE;
	if (S_ISSOCK(st.st_mode))
		return reads ? RECV : SEND;
	return S_ISREG(st.st_mode) ? WRITE : PIPE;
}

static bool is_file(int fd)
{
	return kind_of(fd, false) == WRITE;
}

/* Files */

static int do_open(int dir, const char *path, int flags, mode_t mode)
{
	char whole[PATH_MAX];
	action a = next(OPEN);
	int fd;

	if (a == FAIL)
		return failed();
	lock();
	fd = (int)syscall(SYS_openat, dir, path, flags, mode);
	if (fd >= 0)
		note(&(call){ .name = flags & O_TRUNC ? "trunc" :
		    (flags & O_TMPFILE) == O_TMPFILE ? "nameless" : "open",
		    .kind = OPEN, .fd = fd, .result = fd, .offset =
		    flags & O_CREAT, .path = resolve(dir, path, whole) });
	unlock();
	return fd;
}

#define MODE(flags, mode) \
	do { \
		va_list args; \
		va_start(args, flags); \
		mode = (flags) & (O_CREAT | O_TMPFILE) ? \
		    va_arg(args, mode_t) : 0; \
		va_end(args); \
	} while (0)

#define OPENS(name) \
	int name(const char *path, int flags, ...) \
	{ \
		mode_t mode; \
		MODE(flags, mode); \
		return do_open(AT_FDCWD, path, flags, mode); \
	}
#define OPENS_AT(name) \
	int name(int dir, const char *path, int flags, ...) \
	{ \
		mode_t mode; \
		MODE(flags, mode); \
		return do_open(dir, path, flags, mode); \
	}
#define CREATES(name) \
	int name(const char *path, mode_t mode) \
	{ \
		return do_open(AT_FDCWD, path, \
		    O_WRONLY | O_CREAT | O_TRUNC, mode); \
	}

OPENS(open)
OPENS(open64)
OPENS_AT(openat)
OPENS_AT(openat64)
CREATES(creat)
CREATES(creat64)

int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int dir, const char *path, int flags);
int __openat64_2(int dir, const char *path, int flags);

int __open_2(const char *path, int flags)
{
	return do_open(AT_FDCWD, path, flags, 0);
}

int __open64_2(const char *path, int flags)
{
	return do_open(AT_FDCWD, path, flags, 0);
}

int __openat_2(int dir, const char *path, int flags)
{
	return do_open(dir, path, flags, 0);
}

int __openat64_2(int dir, const char *path, int flags)
{
	return do_open(dir, path, flags, 0);
}

int close(int fd)
{
	bool file = is_file(fd);
	action a = next(file ? CLOSE : PIPE);
	int result;

	lock();
	result = (int)syscall(SYS_close, fd);
	if (result == 0)
		note(&(call){ .name = "close", .kind = file ? CLOSE : PIPE,
		    .fd = fd });
	unlock();
	return a == FAIL && file ? failed() : result;
}

/* Writes and sends */

static long raw_write(int fd, const void *data, size_t len, long offset)
{
	return offset < 0 ? syscall(SYS_write, fd, data, len) :
	    syscall(SYS_pwrite64, fd, data, len, offset);
}

/* True: this is a file that the disk loses. */
static bool is_lost(int fd, kind k)
{
	char link[64], path[PATH_MAX];
	ssize_t n;

	if (!set.no_data || k != WRITE)
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	path[n < 0 ? 0 : n] = '\0';
	return strstr(path, "/dest/") != NULL;
}

static long put(int fd, kind k, const void *data, size_t len, long offset)
{
	long n = is_lost(fd, k) ? (long)len :
	    raw_write(fd, data, len, offset);

	if (n > 0)
		note(&(call){ .name = "write", .kind = k, .fd = fd,
		    .result = n, .offset = k != WRITE ? -1 : offset >= 0 ?
		    offset : lseek(fd, 0, SEEK_CUR) - n, .data = data,
		    .len = (size_t)n });
	return n;
}

static long do_write(int fd, const void *data, size_t len, long offset)
{
	kind k = kind_of(fd, false);
	action a = next(k);
	long n;

	/* Pipes and eventfds do not fail so, and libuv relies on it. */
	if (a == FAIL && k != PIPE)
		return failed();
	if (a == SHORT || a == TORN)
		len = (len + 1) / 2;
	lock();
	n = put(fd, k, data, len, offset);
	unlock();
	if (a == TORN)
		die();
	return n;
}

ssize_t write(int fd, const void *data, size_t len)
{
	return do_write(fd, data, len, -1);
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t offset)
{
	return do_write(fd, data, len, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t len, off64_t offset)
{
	return do_write(fd, data, len, offset);
}

/* What iov has in one piece, for free(3). NULL: no memory. */
static char *joined(const struct iovec *iov, size_t n, size_t *len)
{
	char *data;

	*len = 0;
	for (size_t i = 0; i < n; i++)
		*len += iov[i].iov_len;
	data = malloc(*len + 1);
	*len = 0;
	for (size_t i = 0; data && i < n; *len += iov[i++].iov_len)
		memcpy(data + *len, iov[i].iov_base, iov[i].iov_len);
	return data;
}

/* One write, as the kernel makes it; and so that there is one to note. */
static long do_writev(int fd, const struct iovec *iov, int n, long offset)
{
	size_t len;
	char *data = joined(iov, (size_t)n, &len);
	long result = data ? do_write(fd, data, len, offset) : -1;

	free(data);
	return result;
}

ssize_t writev(int fd, const struct iovec *iov, int n)
{
	return do_writev(fd, iov, n, -1);
}

ssize_t pwritev(int fd, const struct iovec *iov, int n, off_t offset)
{
	return do_writev(fd, iov, n, offset);
}

ssize_t pwritev64(int fd, const struct iovec *iov, int n, off64_t offset)
{
	return do_writev(fd, iov, n, offset);
}

/* What they may leave undone, EOPNOTSUPP or ENOSYS, callers must do. */
ssize_t copy_file_range(int from, off64_t *at, int to, off64_t *offset,
    size_t len, unsigned flags)
{
	(void)from, (void)at, (void)to, (void)offset, (void)len, (void)flags;
	errno = EOPNOTSUPP;
	return -1;
}

ssize_t send(int fd, const void *data, size_t len, int flags)
{
	return sendto(fd, data, len, flags, NULL, 0);
}

ssize_t sendto(int fd, const void *data, size_t len, int flags,
    const struct sockaddr *to, socklen_t to_len)
{
	action a = next(SEND);
	long n;

	if (a == FAIL)
		return failed();
	if (a == SHORT || a == TORN)
		len = (len + 1) / 2;
	lock();
	n = syscall(SYS_sendto, fd, data, len, flags, to, to_len);
	if (n > 0)
		note(&(call){ .name = "send", .kind = SEND, .fd = fd,
		    .result = n, .offset = -1, .data = data,
		    .len = (size_t)n });
	unlock();
	if (a == TORN)
		die();
	return n;
}

/* What goes with it, file descriptors or an address, is not for a mailbox. */
ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
	size_t len;
	char *data;
	long result;

	if (m->msg_control || m->msg_name)
		return syscall(SYS_sendmsg, fd, m, flags);
	data = joined(m->msg_iov, m->msg_iovlen, &len);
	result = data ? send(fd, data, len, flags) : -1;
	free(data);
	return result;
}

ssize_t recvmsg(int fd, struct msghdr *m, int flags)
{
	return next(RECV) == FAIL ? failed() :
	    syscall(SYS_recvmsg, fd, m, flags);
}

ssize_t recvfrom(int fd, void *buf, size_t cap, int flags,
    struct sockaddr *restrict from, socklen_t *restrict from_len)
{
	action a = next(RECV);

	if (a == FAIL)
		return failed();
	return syscall(SYS_recvfrom, fd, buf, a == SHORT && cap > 0 ? 1 : cap,
	    flags, from, from_len);
}

ssize_t recv(int fd, void *buf, size_t cap, int flags)
{
	return recvfrom(fd, buf, cap, flags, NULL, NULL);
}

ssize_t read(int fd, void *buf, size_t cap)
{
	action a = kind_of(fd, true) == RECV ? next(RECV) : GO;

	if (a == FAIL)
		return failed();
	return syscall(SYS_read, fd, buf, a == SHORT && cap > 0 ? 1 : cap);
}

int socket(int family, int type, int protocol)
{
	return next(SOCKET) == FAIL ? failed() :
	    (int)syscall(SYS_socket, family, type, protocol);
}

/* An interrupted connect goes on all the same. */
int connect(int fd, const struct sockaddr *to, socklen_t len)
{
	action a = next(CONNECT);

	if (a == FAIL && set.error != EINTR)
		return failed();
	if (a == FAIL) {
		syscall(SYS_connect, fd, to, len);
		return failed();
	}
	return (int)syscall(SYS_connect, fd, to, len);
}

/* Syncs */

static int do_sync(int fd, long number, const char *name)
{
	action a = next(SYNC);
	int result;

	if (a == FAIL)
		return failed();
	if (set.no_sync)
		return 0;
	lock();
	result = (int)syscall(number, fd);
	if (result == 0)
		note(&(call){ .name = name, .kind = SYNC, .fd = fd });
	unlock();
	return result;
}

int fsync(int fd)
{
	return do_sync(fd, SYS_fsync, "fsync");
}

int fdatasync(int fd)
{
	return do_sync(fd, SYS_fdatasync, "fsync");
}

int syncfs(int fd)
{
	return do_sync(fd, SYS_syncfs, "syncfs");
}

/* Names */

typedef struct place {
	int dir;
	const char *path;
} place;

/* Ends what lock() has begun. */
static int named(kind k, long result, place from, place to)
{
	char path[PATH_MAX], to_path[PATH_MAX];

	if (result == 0)
		note(&(call){ .name = names[k], .kind = k,
		    .path = resolve(from.dir, from.path, path),
		    .to = resolve(to.dir, to.path, to_path) });
	unlock();
	return (int)result;
}

int renameat2(int dir, const char *path, int to_dir, const char *to,
    unsigned flags)
{
	if (next(RENAME) == FAIL)
		return failed();
	lock();
	return named(RENAME, syscall(SYS_renameat2, dir, path, to_dir, to,
	    flags), (place){ dir, path }, (place){ to_dir, to });
}

int renameat(int dir, const char *path, int to_dir, const char *to)
{
	return renameat2(dir, path, to_dir, to, 0);
}

int rename(const char *path, const char *to)
{
	return renameat2(AT_FDCWD, path, AT_FDCWD, to, 0);
}

int linkat(int dir, const char *path, int to_dir, const char *to, int flags)
{
	if (next(LINK) == FAIL)
		return failed();
	lock();
	return named(LINK, syscall(SYS_linkat, dir, path, to_dir, to, flags),
	    (place){ dir, path }, (place){ to_dir, to });
}

int link(const char *path, const char *to)
{
	return linkat(AT_FDCWD, path, AT_FDCWD, to, 0);
}

int unlinkat(int dir, const char *path, int flags)
{
	if (next(UNLINK) == FAIL)
		return failed();
	lock();
	return named(UNLINK, syscall(SYS_unlinkat, dir, path, flags),
	    (place){ dir, path }, (place){ 0, NULL });
}

int unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}

int rmdir(const char *path)
{
	return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int mkdirat(int dir, const char *path, mode_t mode)
{
	if (next(MKDIR) == FAIL)
		return failed();
	lock();
	return named(MKDIR, syscall(SYS_mkdirat, dir, path, mode),
	    (place){ dir, path }, (place){ 0, NULL });
}

int mkdir(const char *path, mode_t mode)
{
	return mkdirat(AT_FDCWD, path, mode);
}

/* Sizes; offset is the new one. */

static int resize(int fd, long number, const char *name, long size)
{
	int result;

	if (next(TRUNCATE) == FAIL)
		return failed();
	lock();
	result = (int)(number == SYS_ftruncate ?
	    syscall(number, fd, size) : syscall(number, fd, 0, 0, size));
	if (result == 0)
		note(&(call){ .name = name, .kind = TRUNCATE, .fd = fd,
		    .offset = size });
	unlock();
	return result;
}

int ftruncate(int fd, off_t size)
{
	return resize(fd, SYS_ftruncate, "size", size);
}

int ftruncate64(int fd, off64_t size)
{
	return resize(fd, SYS_ftruncate, "size", size);
}

/* With a mode or an offset: what the kernel does is not modelled. */
int fallocate(int fd, int mode, off_t offset, off_t len)
{
	if (mode != 0) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return resize(fd, SYS_fallocate, "room", offset + len);
}

int fallocate64(int fd, int mode, off64_t offset, off64_t len)
{
	return fallocate(fd, mode, offset, len);
}

int posix_fallocate(int fd, off_t offset, off_t len)
{
	return fallocate(fd, 0, offset, len) == 0 ? 0 : errno;
}

int posix_fallocate64(int fd, off64_t offset, off64_t len)
{
	return posix_fallocate(fd, offset, len);
}

int flock(int fd, int how)
{
	next(LOCK);
	return (int)syscall(SYS_flock, fd, how);
}

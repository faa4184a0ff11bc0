/*
 * What systems do differently: sockets that no child inherits and that raise
 * no SIGPIPE, and one descriptor that stands for several. One file a system
 * implements it, chosen by the build: sys_linux.c, sys_portable.c.
 */
#ifndef SQB_NET_SYS_H
#define SQB_NET_SYS_H

#include <squab/base.h>

#include <errno.h>
#include <sys/types.h>

/*
 * Whether shutdown(2) ends a connect(2) under way, and wakes who waits for it:
 * POSIX lets it fail.
 */
extern const bool sqb__sys_shutdown_ends_connect;

/* A stream socket: non-blocking, close-on-exec. -1: errno says why. */
int sqb__sys_socket(int family);

/* Two connected ones. 0, or -1 and errno. */
int sqb__sys_pair(int fd[2]);

/* The same line under a new number, close-on-exec. -1: errno says why. */
int sqb__sys_duplicate(int fd);

/* Makes a socket of the caller's as those above; it may stay blocking. */
void sqb__sys_adopt(int fd);

/*
 * The number fd stands for the socket by from now on, in one step, and by is
 * closed. -1: errno says why, and nothing has changed.
 */
int sqb__sys_replace(int fd, int by);

/* A call that failed with this errno may do next time. */
static inline bool sqb__sys_is_passing(int sys)
{
	return sys == EAGAIN || sys == EWOULDBLOCK || sys == EINTR;
}

/* send(2) and recv(2) that never block and never raise SIGPIPE. */
ssize_t sqb__sys_send(int fd, const void *buf, size_t len);
ssize_t sqb__sys_recv(int fd, void *buf, size_t cap);

/* As recv, but what was seen is still there for the next one. */
ssize_t sqb__sys_peek(int fd, void *buf, size_t cap);

/* ms, going on while the system sleeps, where there is such a clock. */
sqb_time sqb__sys_now(void);

/* What changes when a file or folder does; zeros: there is none. */
enum { SQB__SYS_STAMP = 8 };
void sqb__sys_stamp(const char *path, uint64_t out[SQB__SYS_STAMP]);

/* A few descriptors, seen through one. */
typedef struct sqb__watch {
	int fd;			/* the one to wait on; -1: none */
	int first;		/* sys_portable.c: what was added first */
	bool for_write;		/* until fd is writable, not readable */
	sqb_time tick;		/* look at least so often; SQB_NEVER: fd tells
				   of all of them */
} sqb__watch;

int sqb__watch_open(sqb__watch *w);	/* 0, or -1 and errno */
void sqb__watch_close(sqb__watch *w);
/* Until fd is readable or, for_write, writable. 0, or -1 and errno. */
int sqb__watch_add(sqb__watch *w, int fd, bool for_write);
/* Before fd is closed. The one that was added first must stay. */
void sqb__watch_remove(sqb__watch *w, int fd);

#endif

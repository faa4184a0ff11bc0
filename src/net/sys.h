/*
 * What systems do differently: sockets that no child inherits and that raise
 * no SIGPIPE, and one descriptor that stands for several. One file a system
 * implements it, chosen by the build: sys_linux.c, sys_portable.c.
 */
#ifndef SQB_NET_SYS_H
#define SQB_NET_SYS_H

#include <squab/base.h>

#include <sys/types.h>

/* A stream socket: non-blocking, close-on-exec. -1: errno says why. */
int sqb__sys_socket(int family);

/* Two connected ones. 0, or -1 and errno. */
int sqb__sys_pair(int fd[2]);

/* Makes a socket of the caller's as those above; it may stay blocking. */
void sqb__sys_adopt(int fd);

/*
 * The number fd stands for the socket by from now on, in one step, and by is
 * closed. -1: errno says why, and nothing has changed.
 */
int sqb__sys_replace(int fd, int by);

/* send(2) and recv(2) that never block and never raise SIGPIPE. */
ssize_t sqb__sys_send(int fd, const void *buf, size_t len);
ssize_t sqb__sys_recv(int fd, void *buf, size_t cap);

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

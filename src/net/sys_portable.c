/*
 * Any POSIX system. Close-on-exec is set a moment late, which a fork(2) in
 * another thread can see. A watch is the descriptor that was added last, and a
 * clock that ticks often enough for the others.
 */
#include "net/sys.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { TICK = 20 };		/* ms */

const bool sqb__sys_shutdown_ends_connect = false;

#ifdef MSG_NOSIGNAL
enum { SEND_FLAGS = MSG_DONTWAIT | MSG_NOSIGNAL };
#else
enum { SEND_FLAGS = MSG_DONTWAIT };
#endif

#ifdef SO_NOSIGPIPE
static void no_sigpipe(int fd)
{
	int on = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof(on));
}
#else
static void no_sigpipe(int fd)
{
	(void)fd;
}
#endif

void sqb__sys_adopt(int fd)
{
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	no_sigpipe(fd);
}

static void make_ours(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	(void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	sqb__sys_adopt(fd);
}

int sqb__sys_socket(int family)
{
	int fd = socket(family, SOCK_STREAM, 0);

	if (fd >= 0)
		make_ours(fd);
	return fd;
}

int sqb__sys_pair(int fd[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) < 0)
		return -1;
	make_ours(fd[0]);
	make_ours(fd[1]);
	return 0;
}

int sqb__sys_duplicate(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

int sqb__sys_replace(int fd, int by)
{
	if (dup2(by, fd) < 0)
		return -1;
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	(void)close(by);
	return 0;
}

ssize_t sqb__sys_send(int fd, const void *buf, size_t len)
{
	return send(fd, buf, len, SEND_FLAGS);
}

ssize_t sqb__sys_recv(int fd, void *buf, size_t cap)
{
	return recv(fd, buf, cap, MSG_DONTWAIT);
}

ssize_t sqb__sys_peek(int fd, void *buf, size_t cap)
{
	return recv(fd, buf, cap, MSG_DONTWAIT | MSG_PEEK);
}

sqb_time sqb__sys_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (sqb_time)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void sqb__sys_stamp(const char *path, uint64_t out[SQB__SYS_STAMP])
{
	struct stat s = { 0 };
	bool found = stat(path, &s) == 0;
	const uint64_t stamp[SQB__SYS_STAMP] = { 1, s.st_dev, s.st_ino,
		(uint64_t)s.st_size,
		(uint64_t)s.st_mtime, 0, (uint64_t)s.st_ctime, 0 };

	for (size_t i = 0; i < SQB__SYS_STAMP; i++)
		out[i] = found ? stamp[i] : 0;
}

int sqb__watch_open(sqb__watch *w)
{
	*w = (sqb__watch){ .fd = -1, .first = -1, .tick = TICK };
	return 0;
}

void sqb__watch_close(sqb__watch *w)
{
	w->fd = -1;
}

int sqb__watch_add(sqb__watch *w, int fd, bool for_write)
{
	if (w->first < 0)
		w->first = fd;
	w->fd = fd;
	w->for_write = for_write;
	return 0;
}

void sqb__watch_remove(sqb__watch *w, int fd)
{
	if (w->fd != fd)
		return;
	w->fd = w->first;
	w->for_write = false;
}

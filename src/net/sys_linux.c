/* Linux: SOCK_CLOEXEC, dup3(2), epoll(7). */
#define _GNU_SOURCE
#include "net/sys.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

const bool sqb__sys_shutdown_ends_connect = true;

int sqb__sys_socket(int family)
{
	return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

int sqb__sys_pair(int fd[2])
{
	return socketpair(AF_UNIX,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fd);
}

void sqb__sys_adopt(int fd)
{
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

int sqb__sys_duplicate(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

int sqb__sys_replace(int fd, int by)
{
	if (dup3(by, fd, O_CLOEXEC) < 0)
		return -1;
	(void)close(by);
	return 0;
}

ssize_t sqb__sys_send(int fd, const void *buf, size_t len)
{
	return send(fd, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL);
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

	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	return (sqb_time)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void sqb__sys_stamp(const char *path, uint64_t out[SQB__SYS_STAMP])
{
	struct stat s = { 0 };
	bool found = stat(path, &s) == 0;
	const uint64_t stamp[SQB__SYS_STAMP] = { 1, s.st_dev, s.st_ino,
		(uint64_t)s.st_size,
		(uint64_t)s.st_mtim.tv_sec, (uint64_t)s.st_mtim.tv_nsec,
		(uint64_t)s.st_ctim.tv_sec, (uint64_t)s.st_ctim.tv_nsec };

	for (size_t i = 0; i < SQB__SYS_STAMP; i++)
		out[i] = found ? stamp[i] : 0;
}

int sqb__watch_open(sqb__watch *w)
{
	*w = (sqb__watch){ .fd = epoll_create1(EPOLL_CLOEXEC),
	    .tick = SQB_NEVER };
	return w->fd < 0 ? -1 : 0;
}

void sqb__watch_close(sqb__watch *w)
{
	if (w->fd >= 0)
		(void)close(w->fd);
	w->fd = -1;
}

int sqb__watch_add(sqb__watch *w, int fd, bool for_write)
{
	struct epoll_event ev = {
		.events = for_write ? EPOLLOUT : EPOLLIN,
	};

	return epoll_ctl(w->fd, EPOLL_CTL_ADD, fd, &ev);
}

void sqb__watch_remove(sqb__watch *w, int fd)
{
	(void)epoll_ctl(w->fd, EPOLL_CTL_DEL, fd, NULL);
}

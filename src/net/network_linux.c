/*
 * Linux: rtnetlink(7) tells of addresses and routes, without which a link is
 * nothing; of sleep, the two clocks that differ by it.
 */
#include "net/network.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	A_NAP = 1000,		/* ms; the clocks are not read at once */
	GROUPS = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |
	    RTMGRP_IPV6_ROUTE
};

static sqb_time read_clock(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (sqb_time)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static sqb_time time_asleep(void)
{
	return read_clock(CLOCK_BOOTTIME) - read_clock(CLOCK_MONOTONIC);
}

void sqb__network_listen(sqb__network *n)
{
	struct sockaddr_nl a = { .nl_family = AF_NETLINK,
	    .nl_groups = GROUPS };

	n->asleep = time_asleep();
	n->news = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    NETLINK_ROUTE);
	if (n->news < 0 || bind(n->news, (struct sockaddr *)&a,
	    sizeof(a)) == 0)
		return;
	(void)close(n->news);
	n->news = -1;
}

static bool is_news(const struct nlmsghdr *h)
{
	return h->nlmsg_type == RTM_NEWADDR || h->nlmsg_type == RTM_DELADDR ||
	    h->nlmsg_type == RTM_NEWROUTE || h->nlmsg_type == RTM_DELROUTE;
}

bool sqb__network_is_news(const void *messages, size_t len)
{
	const uint8_t *at = messages;
	struct nlmsghdr h;
	size_t size;

	for (; len >= sizeof(h); at += size, len -= size) {
		memcpy(&h, at, sizeof(h));
		if (is_news(&h))
			return true;
		if (h.nlmsg_len < sizeof(h) || h.nlmsg_len > len)
			break;
		size = NLMSG_ALIGN(h.nlmsg_len);
		if (size > len)
			break;
	}
	return false;
}

/* A program may close what it does not know, and the number be another's. */
static bool is_ours(int fd)
{
	struct sockaddr_nl a;
	socklen_t len = sizeof(a);

	return getsockname(fd, (struct sockaddr *)&a, &len) == 0 &&
	    a.nl_family == AF_NETLINK && a.nl_groups == GROUPS;
}

void sqb__network_leave(sqb__network *n)
{
	if (n->is_known && n->news >= 0 && is_ours(n->news))
		(void)close(n->news);
	n->is_known = false;
}

static bool read_news(int fd)
{
	enum { MESSAGES = 8192, MOST = 64 };
	union {
		struct nlmsghdr first;
		char octets[MESSAGES];
	} buf;
	bool found = false;
	ssize_t n;

	for (int i = 0; i < MOST; i++) {
		n = recv(fd, &buf, sizeof(buf), MSG_DONTWAIT);
		if (n < 0)		/* ENOBUFS: some were lost */
			return found || errno == ENOBUFS;
		found = found || sqb__network_is_news(&buf, (size_t)n);
	}
	return true;
}

bool sqb__network_heard(sqb__network *n)
{
	sqb_time before = n->asleep;

	if (n->news >= 0 && !is_ours(n->news)) {
		sqb__network_listen(n);
		return true;
	}
	n->asleep = time_asleep();
	return (n->news >= 0 && read_news(n->news)) ||
	    n->asleep - before > A_NAP;
}

/*
 * The loop of `squab serve`: poll(2) over the listeners and the connections,
 * one thread. Each round costs a look at every entry; each event no more than
 * itself. Where there are too many clients, new ones wait in the backlog.
 */
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	MAX_LISTENERS = 8,
	MAX_CLIENTS = 10000,
	SPARE_FDS = 32,
	ACCEPT_AT_ONCE = 64,
	ACCEPT_PAUSE = 100,	/* ms, after the system ran out of something */
	BACKLOG = 1024,
	PORT_TRIES = 20,
	FIRST_CONN = 1 + MAX_LISTENERS
};

typedef struct listener {
	int fd;
	bool tls;
	const serve_protocol *protocol;
} listener;

struct serve_loop {
	const serve_world *world;
	int stop_fd;			/* readable: it is time to stop */
	listener listeners[MAX_LISTENERS];
	size_t n_listeners;
	serve_conn **conns;
	size_t n_conns, max_conns;
	sqb_time accept_after;
	struct pollfd *polls;		/* stop, listeners, connections */
};

/* The one global: a signal handler has no other way to know where to write. */
static volatile sig_atomic_t wake_fd = -1;

static void on_signal(int number)
{
	int saved = errno;
	ssize_t n = write(wake_fd, "", 1);

	(void)n;
	(void)number;
	errno = saved;
}

static bool take_signals(serve_loop *l)
{
	struct sigaction stop = { .sa_handler = on_signal };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	int fds[2];

	if (pipe(fds) < 0)
		return false;
	l->stop_fd = fds[0];
	wake_fd = fds[1];
	for (size_t i = 0; i < 2; i++)
		fcntl(fds[i], F_SETFD, FD_CLOEXEC);
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	return sigaction(SIGINT, &stop, NULL) == 0 &&
	    sigaction(SIGTERM, &stop, NULL) == 0 &&
	    sigaction(SIGPIPE, &ignore, NULL) == 0;
}

/*
 * A client has two descriptors: its socket, and the message it reads. Where
 * there are not so many, half of them may read at one time: the others are told
 * to try again.
 */
static size_t most_clients(void)
{
	struct rlimit limit;
	rlim_t most;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 1;
	limit.rlim_cur = limit.rlim_max;
	if (limit.rlim_cur > 2 * MAX_CLIENTS + SPARE_FDS)
		limit.rlim_cur = 2 * MAX_CLIENTS + SPARE_FDS;
	setrlimit(RLIMIT_NOFILE, &limit);
	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < SPARE_FDS + 2)
		return 1;
	most = limit.rlim_cur - SPARE_FDS;
	most = most >= 2 * MAX_CLIENTS ? MAX_CLIENTS : most - most / 3;
	return most < MAX_CLIENTS ? (size_t)most : MAX_CLIENTS;
}

serve_loop *serve_loop_new(const serve_world *w)
{
	serve_loop *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->world = w;
	l->stop_fd = -1;
	l->max_conns = most_clients();
	l->conns = calloc(l->max_conns, sizeof(serve_conn *));
	l->polls = calloc(l->max_conns + FIRST_CONN, sizeof(*l->polls));
	if (!l->conns || !l->polls || !take_signals(l)) {
		serve_loop_free(l);
		return NULL;
	}
	return l;
}

/* The signals are ignored from now on: nobody reads the pipe any more. */
static void release_signals(serve_loop *l)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGINT, &ignore, NULL);
	sigaction(SIGTERM, &ignore, NULL);
	close(l->stop_fd);
	close(wake_fd);
	wake_fd = -1;
}

void serve_loop_free(serve_loop *l)
{
	for (size_t i = 0; i < l->n_conns; i++)
		serve_conn_free(l->conns[i]);
	for (size_t i = 0; i < l->n_listeners; i++)
		close(l->listeners[i].fd);
	if (l->stop_fd >= 0)
		release_signals(l);
	free(l->conns);
	free(l->polls);
	free(l);
}

static bool set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
	    fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

static int listen_at(const struct sockaddr *addr, socklen_t len)
{
	int fd = socket(addr->sa_family, SOCK_STREAM, 0), on = 1, why;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (addr->sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, addr, len) == 0 && listen(fd, BACKLOG) == 0 &&
	    set_nonblocking(fd))
		return fd;
	why = errno;
	close(fd);
	errno = why;
	return -1;
}

static int listen_v4(uint16_t *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
	    .sin_port = htons(*port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = listen_at((const struct sockaddr *)&a, len);

	if (fd >= 0 && getsockname(fd, (struct sockaddr *)&a, &len) == 0)
		*port = ntohs(a.sin_port);
	return fd;
}

static int listen_v6(uint16_t port)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6,
	    .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT };

	return listen_at((const struct sockaddr *)&a, sizeof(a));
}

/* Both families on one port. A machine without IPv6 has one: *v6 is -1. */
static bool listen_pair(uint16_t *port, int *v4, int *v6)
{
	*v4 = listen_v4(port);
	if (*v4 < 0)
		return false;
	*v6 = listen_v6(*port);
	if (*v6 >= 0 || (errno != EADDRINUSE && errno != EACCES))
		return true;
	close(*v4);
	return false;
}

static void add_listener(serve_loop *l, int fd, const serve_protocol *p,
    bool tls)
{
	l->listeners[l->n_listeners++] = (listener){ fd, tls, p };
}

bool serve_loop_listen(serve_loop *l, const serve_protocol *p, bool tls,
    uint16_t *port)
{
	int v4, v6, tries = *port == 0 ? PORT_TRIES : 1;
	bool done = false;

	if (l->n_listeners + 2 > MAX_LISTENERS) {
		errno = ENOBUFS;
		return false;
	}
	while (!done && tries-- > 0) {
		uint16_t found = *port;

		done = listen_pair(&found, &v4, &v6);
		if (done)
			*port = found;
	}
	if (!done)
		return false;
	add_listener(l, v4, p, tls);
	if (v6 >= 0)
		add_listener(l, v6, p, tls);
	return true;
}

static sqb_time now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (sqb_time)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void add_conn(serve_loop *l, int fd, const listener *from,
    sqb_time now)
{
	int on = 1;
	serve_conn *c;

	if (!set_nonblocking(fd)) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	c = serve_conn_new(fd, from->protocol, l->world, from->tls, now);
	if (c)
		l->conns[l->n_conns++] = c;
}

static void accept_some(serve_loop *l, const listener *from, sqb_time now)
{
	for (int i = 0; i < ACCEPT_AT_ONCE && l->n_conns < l->max_conns; i++) {
		int fd = accept(from->fd, NULL, NULL);

		if (fd >= 0) {
			add_conn(l, fd, from, now);
			continue;
		}
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			l->accept_after = now + ACCEPT_PAUSE;
		return;
	}
}

/* Fills polls; returns when to wake up at the latest. */
static sqb_time prepare(serve_loop *l, sqb_time now)
{
	bool accepting = l->n_conns < l->max_conns && now >= l->accept_after;
	sqb_time until = now < l->accept_after ? l->accept_after : SQB_NEVER;

	l->polls[0] = (struct pollfd){ l->stop_fd, POLLIN, 0 };
	for (size_t i = 0; i < MAX_LISTENERS; i++)
		l->polls[1 + i] = (struct pollfd){ i < l->n_listeners &&
		    accepting ? l->listeners[i].fd : -1, POLLIN, 0 };
	for (size_t i = 0; i < l->n_conns; i++) {
		const serve_conn *c = l->conns[i];
		sqb_time deadline = serve_conn_deadline(c);

		l->polls[FIRST_CONN + i] = (struct pollfd){
		    serve_conn_fd(c), serve_conn_events(c), 0 };
		if (deadline < until)
			until = deadline;
	}
	return until;
}

/* From the last to the first, so that removing one disturbs no other. */
static void serve_conns(serve_loop *l, sqb_time now)
{
	for (size_t i = l->n_conns; i-- > 0;) {
		serve_conn *c = l->conns[i];
		bool alive = now < serve_conn_deadline(c);

		if (alive && l->polls[FIRST_CONN + i].revents)
			alive = serve_conn_turn(c, now);
		if (!alive) {
			serve_conn_free(c);
			l->conns[i] = l->conns[--l->n_conns];
		}
	}
}

static int wait_ms(sqb_time until, sqb_time now)
{
	if (until == SQB_NEVER)
		return -1;
	if (until <= now)
		return 0;
	return until - now < 60000 ? (int)(until - now) : 60000;
}

bool serve_loop_run(serve_loop *l)
{
	sqb_time now = now_ms();

	while (!l->polls[0].revents) {
		sqb_time until = prepare(l, now);
		int n = poll(l->polls, (nfds_t)(FIRST_CONN + l->n_conns),
		    wait_ms(until, now));

		if (n < 0 && errno != EINTR)
			return false;
		now = now_ms();
		if (n < 0)
			continue;
		serve_conns(l, now);
		for (size_t i = 0; i < l->n_listeners; i++)
			if (l->polls[1 + i].revents)
				accept_some(l, &l->listeners[i], now);
	}
	return true;
}

/* See loopback.h. What cannot be had here aborts the test. */
#include "loopback.h"

#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	abort();
}

typedef union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
} address;

static socklen_t loopback(address *a, bool v6, uint16_t port)
{
	memset(a, 0, sizeof(*a));
	if (v6) {
		a->v6.sin6_family = AF_INET6;
		a->v6.sin6_addr = in6addr_loopback;
		a->v6.sin6_port = htons(port);
		return sizeof(a->v6);
	}
	a->v4.sin_family = AF_INET;
	a->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a->v4.sin_port = htons(port);
	return sizeof(a->v4);
}

int listen_on(bool v6, uint16_t port, int backlog)
{
	int on = 1, fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
	address a;
	socklen_t len = loopback(&a, v6, port);

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, &a.any, len) == 0 && listen(fd, backlog) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

uint16_t port_of(int fd)
{
	address a;
	socklen_t len = sizeof(a);

	must(getsockname(fd, &a.any, &len) == 0, "getsockname");
	return ntohs(a.any.sa_family == AF_INET6 ? a.v6.sin6_port :
	    a.v4.sin_port);
}

void fill_backlog(int listener, bool v6, int fillers[N_FILLERS])
{
	address a;
	socklen_t len = loopback(&a, v6, port_of(listener));

	for (size_t i = 0; i < N_FILLERS; i++) {
		fillers[i] = socket(v6 ? AF_INET6 : AF_INET,
		    SOCK_STREAM | SOCK_NONBLOCK, 0);
		must(fillers[i] >= 0, "socket");
		(void)connect(fillers[i], &a.any, len);
	}
}

void close_all(int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)close(fds[i]);
}

static int on_sni(SSL *ssl, int *alert, void *ctx)
{
	server *s = ctx;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	(void)alert;
	(void)snprintf(s->sni, sizeof(s->sni), "%s", name ? name : "");
	return SSL_TLSEXT_ERR_OK;
}

static void keep(server *s, const char *buf, size_t n)
{
	size_t room = sizeof(s->octets) - 1, at = s->n_octets;

	s->n_octets += n;
	if (at < room)
		memcpy(s->octets + at, buf, n < room - at ? n : room - at);
}

static int server_read(int fd, SSL *ssl, char *buf, int cap)
{
	if (ssl)
		return SSL_read(ssl, buf, cap);
	return (int)recv(fd, buf, (size_t)cap, 0);
}

void serve_echo(server *s, int fd, SSL *ssl)
{
	char buf[4096];
	int n;

	while ((n = server_read(fd, ssl, buf, sizeof(buf))) > 0) {
		keep(s, buf, (size_t)n);
		if (ssl)
			(void)SSL_write(ssl, buf, n);
		else
			(void)send(fd, buf, (size_t)n, MSG_NOSIGNAL);
	}
}

static void serve_tls(server *s, int fd)
{
	SSL *ssl = SSL_new(s->ctx);
	char byte;

	must(ssl && SSL_set_fd(ssl, fd) == 1, "SSL_new");
	if (SSL_accept(ssl) == 1) {
		s->serve(s, fd, ssl);
		(void)SSL_shutdown(ssl);
	} else {
		/* a reset would overtake the alert */
		(void)shutdown(fd, SHUT_WR);
		while (recv(fd, &byte, 1, 0) > 0)
			continue;
	}
	SSL_free(ssl);
	ERR_clear_error();
}

static void *run(void *arg)
{
	server *s = arg;
	struct pollfd p[2] = { { s->listener, POLLIN, 0 },
	    { s->stop[0], POLLIN, 0 } };
	int on = 1, fd;

	while (poll(p, 2, -1) > 0 && p[1].revents == 0) {
		fd = accept(s->listener, NULL, NULL);
		if (fd < 0)
			continue;
		s->n_served++;
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on,
		    sizeof(on));
		if (s->greeting)
			(void)send(fd, s->greeting, strlen(s->greeting),
			    MSG_NOSIGNAL);
		if (s->ctx)
			serve_tls(s, fd);
		else
			s->serve(s, fd, NULL);
		(void)close(fd);
	}
	return NULL;
}

/* The thread takes no signals, so that those of a test find the test. */
void server_start(server *s)
{
	sigset_t all, before;

	if (!s->serve)
		s->serve = serve_echo;
	if (s->listener <= 0)
		s->listener = listen_on(false, 0, 16);
	must(s->listener >= 0, "listen");
	s->port = port_of(s->listener);
	if (s->ctx) {
		SSL_CTX_set_tlsext_servername_callback(s->ctx, on_sni);
		SSL_CTX_set_tlsext_servername_arg(s->ctx, s);
	}
	must(pipe(s->stop) == 0, "pipe");
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	must(pthread_create(&s->thread, NULL, run, s) == 0, "pthread_create");
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void server_stop(server *s)
{
	must(write(s->stop[1], "x", 1) == 1, "write");
	must(pthread_join(s->thread, NULL) == 0, "pthread_join");
	(void)close(s->stop[0]);
	(void)close(s->stop[1]);
	(void)close(s->listener);
	SSL_CTX_free(s->ctx);
}

static bool hears_of_network(const struct dirent *e)
{
	address a;
	socklen_t len = sizeof(a);

	return getsockname((int)strtol(e->d_name, NULL, 10),
	    &a.any, &len) == 0 &&
	    a.any.sa_family == AF_NETLINK;
}

static size_t count_entries(const char *path,
    bool (*is_left_out)(const struct dirent *))
{
	DIR *dir = opendir(path);
	const struct dirent *e;
	size_t n = 0;

	if (!dir)
		return 0;
	while ((e = readdir(dir)))
		n += !is_left_out || !is_left_out(e);
	(void)closedir(dir);
	return n;
}

size_t count_fds(void)
{
	return count_entries("/proc/self/fd", hears_of_network);
}

static void *nothing(void *arg)
{
	return arg;
}

void settle_threads(void)
{
	pthread_t thread;

	must(pthread_create(&thread, NULL, nothing, NULL) == 0 &&
	    pthread_join(thread, NULL) == 0, "pthread_create");
}

size_t count_threads(void)
{
	return count_entries("/proc/self/task", NULL);
}

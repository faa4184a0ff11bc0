/*
 * Servers on the loopback interface for tests of the link: one thread, one
 * connection after the other, in clear or over TLS, until it is stopped.
 */
#ifndef SQB_TESTS_LOOPBACK_H
#define SQB_TESTS_LOOPBACK_H

#include <squab/base.h>

#include <openssl/ssl.h>
#include <pthread.h>

typedef struct server server;

struct server {
	/* set by the test, before server_start() */
	void (*serve)(server *s, int fd, SSL *ssl); /* ssl NULL: in clear;
						       default: echo */
	SSL_CTX *ctx;			/* TLS; owned by the server */
	const char *greeting;		/* sent in clear before TLS */
	int listener;			/* 0: one is made, on 127.0.0.1 */

	/* seen by the test, after server_stop() */
	uint16_t port;			/* after server_start() */
	size_t n_served;
	size_t n_octets;		/* of application data */
	char octets[256];		/* the first of them */
	char sni[128];			/* the server name that was asked for */

	int stop[2];
	pthread_t thread;
};

/* Listens on 127.0.0.1 or, v6, on ::1; port 0: any. -1: cannot. */
int listen_on(bool v6, uint16_t port, int backlog);
uint16_t port_of(int fd);

/* Fills the backlog of a listener, so that nobody else gets an answer. */
enum { N_FILLERS = 8 };
void fill_backlog(int listener, bool v6, int fillers[N_FILLERS]);
void close_all(int *fds, size_t n);

void server_start(server *s);
void server_stop(server *s);

/* Gives back what it gets. */
void serve_echo(server *s, int fd, SSL *ssl);

/*
 * Open descriptors and threads of this process; 0 where nobody can tell. The
 * one that the library keeps, to hear of the network, does not count.
 */
size_t count_fds(void);
size_t count_threads(void);
/* Before the first count: some sanitizers start a thread with the first. */
void settle_threads(void);

#endif

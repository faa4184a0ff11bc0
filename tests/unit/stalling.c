/* See stalling.h. What cannot be had here aborts the test. */
#include "stalling.h"

#include <poll.h>
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

static bool begins(const char *line, const char *with)
{
	return !strncmp(line, with, strlen(with));
}

static const row *row_for(const stalling *s, const char *line)
{
	const row *r = s->rows;

	for (; r && r->line; r++)
		if (begins(line, r->line))
			return r;
	for (r = s->rest; !begins(line, r->line); r++)
		continue;
	return r;
}

static bool say(int fd, const char *text)
{
	size_t len = strlen(text);

	return send(fd, text, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static bool answer(stalling *s, int fd, const char *line)
{
	const row *r = row_for(s, line);
	char octet;

	if (!say(fd, r->says))
		return false;
	if (!r->later)
		return true;
	atomic_store(&s->has_stalled, true);
	return read(s->gate[0], &octet, 1) == 1 && say(fd, r->later);
}

static bool read_line(int fd, char *line, size_t cap)
{
	size_t n = 0;

	do {
		if (n + 1 == cap || read(fd, line + n, 1) != 1)
			return false;
	} while (line[n++] != '\n');
	line[n] = '\0';
	return true;
}

/* The lines of a message are answered with "", but for its last. */
static void serve(server *base, int fd, SSL *ssl)
{
	stalling *s = (stalling *)base;
	char line[1024] = "hello";
	bool in_data = false;

	(void)ssl;
	while (in_data || answer(s, fd, line)) {
		in_data = in_data || begins(line, "DATA");
		if (!read_line(fd, line, sizeof(line)))
			return;
		in_data = in_data && strcmp(line, ".\r\n") != 0;
	}
}

void stalling_start(stalling *s, const char *scheme, const row *rows,
    const row *rest)
{
	*s = (stalling){ .server = { .serve = serve }, .rows = rows,
		.rest = rest };
	must(pipe(s->gate) == 0, "pipe");
	server_start(&s->server);
	(void)snprintf(s->url, sizeof(s->url), "%s://me@127.0.0.1:%u", scheme,
	    (unsigned)s->server.port);
}

void stalling_let_go(stalling *s)
{
	must(write(s->gate[1], "", 1) == 1, "write");
}

void stalling_stop(stalling *s)
{
	stalling_let_go(s);
	server_stop(&s->server);
	(void)close(s->gate[0]);
	(void)close(s->gate[1]);
}

/* Waits once, as long as the session may, but at_most; true: it stirred. */
static bool wait_once(sqb_session *session, int at_most)
{
	sqb_time now = sqb_link_now();
	sqb_time until = sqb_session_clock(session, now);
	unsigned wants = sqb_session_wants(session);
	struct pollfd p = { .fd = sqb_session_fd(session), .events = (short)
	    ((wants & SQB_WANT_RECV ? POLLIN : 0) |
	    (wants & SQB_WANT_SEND ? POLLOUT : 0)) };
	bool stirred;

	if (until - now < at_most)
		at_most = until > now ? (int)(until - now) : 0;
	stirred = poll(&p, 1, at_most) > 0 || until <= now;
	sqb_session_ready(session,
	    (p.revents & ~POLLOUT ? SQB_WANT_RECV : 0) |
	    (p.revents & ~POLLIN ? SQB_WANT_SEND : 0));
	return stirred;
}

bool step_till_stalled(stalling *s, sqb_session *session)
{
	while (!sqb_session_step(session)) {
		bool stalled = atomic_load(&s->has_stalled);

		if (!wait_once(session, stalled ? 0 : 5) && stalled)
			return false;
	}
	return true;
}

int step_till_over(sqb_session *session)
{
	while (!sqb_session_step(session))
		(void)wait_once(session, 1000);
	return sqb_session_error(session)->code;
}

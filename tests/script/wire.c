/*
 * A driver over a socketpair: see wire.h. The server's thread
 * takes the S, C and EOF steps in order, the main thread the calls and
 * events; the engine's own rules keep the two in step.
 */
#include "wire.h"

#include <squab/link.h>

#include "target.h"
#include "turn.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { GIVE_UP = 20000 };	/* ms; only ever waited for when it fails */

typedef struct server {
	const script *script;
	int fd;
	bytes why;		/* what went wrong; empty: nothing */
} server;

/* --- can it be played? */

static bool is_untimely(const step *s, const step *before)
{
	return s->type == STEP_TLS || s->type == STEP_CLOCK ||
	    (s->type == STEP_CALL &&
	    (strcmp(step_arg(s, 0), "cancel") == 0 ||
	    strcmp(step_arg(s, 0), "fail") == 0 ||
	    (before && before->type == STEP_SERVER)));
}

bool can_play_wire(const script *s)
{
	const step *before = NULL;

	for (size_t i = 0; i < s->n_steps; i++) {
		if (s->steps[i].type == STEP_QUERY)
			continue;
		if (is_untimely(&s->steps[i], before))
			return false;
		before = &s->steps[i];
	}
	return before && before->type == STEP_EVENT;
}

/* --- the server */

static void server_fails(server *v, const step *s, const char *what)
{
	char text[120];

	if (v->why.len > 0)
		return;
	snprintf(text, sizeof(text), "server, line %u: %s", s ? s->line : 0,
	    what);
	bytes_add_c(&v->why, text);
}

static bool readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, GIVE_UP) == 1;
}

static bool server_send(server *v, const step *s)
{
	size_t done = 0;

	while (done < s->data.len) {
		ssize_t n = send(v->fd, s->data.data + done,
		    s->data.len - done, MSG_NOSIGNAL);

		if (n < 0)
			return false;	/* the engine has gone: its right */
		done += (size_t)n;
	}
	return true;
}

static bool server_expect(server *v, const step *s)
{
	bytes got = { 0 };
	char c;
	bool same;

	while (!step_fits(s, &got) &&
	    (got.len < s->data.len || s->any_tail) && readable(v->fd) &&
	    recv(v->fd, &c, 1, 0) == 1)
		bytes_add(&got, &c, 1);
	same = step_fits(s, &got) > 0;
	if (!same)
		server_fails(v, s, got.len > 0 ? got.data : "nothing came");
	bytes_clear(&got);
	return same;
}

static bool server_step(server *v, const step *s)
{
	if (s->type == STEP_SERVER)
		return server_send(v, s);
	if (s->type == STEP_CLIENT)
		return server_expect(v, s);
	if (s->type == STEP_EOF)
		shutdown(v->fd, SHUT_WR);
	return true;
}

static void *serve(void *arg)
{
	server *v = arg;
	char c;

	for (size_t i = 0; i < v->script->n_steps; i++)
		if (!server_step(v, &v->script->steps[i]))
			break;
	if (v->why.len == 0 && readable(v->fd) && recv(v->fd, &c, 1, 0) == 1)
		server_fails(v, NULL, "the engine has said more");
	close(v->fd);
	return NULL;
}

/* --- the client */

/* What sqb_link_wait() does, in a loop that waits for the descriptor. */
static void wait_in(turn_fn *turn, sqb_link *l, sqb_engine *e)
{
	while (!sqb_engine_step(e)) {
		unsigned wants = sqb_link_wants(l);
		sqb_time now = sqb_link_now(), until;

		if (wants == 0 || wants & SQB_WANT_CLOSE) {
			sqb_link_ready(l, 0);
			return;
		}
		until = sqb_link_clock(l, now);
		sqb_link_ready(l, turn(sqb_link_fd(l), wants,
		    until == SQB_NEVER ? until : until > now ? until - now :
		    0));
	}
}

typedef struct client {
	sqb_link *link;
	turn_fn *turn;		/* NULL: sqb_link_wait() */
} client;

static bool client_event(target *t, const client *c, const step *s, bytes *why)
{
	while (!target_has_event(t) && !t->ended) {
		size_t before = t->n_log;

		if (c->turn)
			wait_in(c->turn, c->link, t->engine);
		else
			sqb_link_wait(c->link, SQB_NEVER);
		target_drain(t);
		if (t->n_log == before && !target_has_event(t) &&
		    sqb_engine_wants(t->engine) == SQB_WANT_CLOSE)
			break;
	}
	return target_match(t, s, why);
}

static bool client_steps(target *t, const client *c, const script *of,
    bytes *why)
{
	char where[32];

	for (size_t i = 0; i < of->n_steps; i++) {
		const step *s = &of->steps[i];

		if ((s->type != STEP_CALL || target_call(t, s, why)) &&
		    (s->type != STEP_EVENT || client_event(t, c, s, why)))
			continue;
		snprintf(where, sizeof(where), " (line %u)", s->line);
		bytes_add_c(why, where);
		return false;
	}
	return !target_has_surplus(t, why);
}

static bool play_client(target *t, int fd, turn_fn *turn, const script *s,
    bytes *why)
{
	client c = { must(sqb_link_new_fd(t->engine, fd, NULL)), turn };
	bool ok = client_steps(t, &c, s, why);

	if (ok)
		target_settle(t);
	sqb_link_free(c.link);
	return ok;
}

static bool play(const script *s, turn_fn *turn, bytes *why)
{
	server v = { .script = s };
	int fds[2];
	pthread_t thread;
	target t;
	bool ok;

	if (!target_open(&t, s, NULL) || t.broken.len > 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0)
		return false;
	v.fd = fds[1];
	if (pthread_create(&thread, NULL, serve, &v) != 0)
		return false;
	ok = play_client(&t, fds[0], turn, s, why);
	pthread_join(thread, NULL);
	bytes_add(why, t.broken.data, t.broken.len);
	bytes_add(why, v.why.data, v.why.len);
	ok = ok && t.broken.len == 0 && v.why.len == 0;
	target_close(&t);
	bytes_clear(&v.why);
	return ok;
}

bool play_wire(const script *s, bytes *why)
{
	return play(s, NULL, why);
}

bool play_uv(const script *s, bytes *why)
{
	return play(s, turn_in_uv, why);
}

bool play_glib(const script *s, bytes *why)
{
	return play(s, turn_in_glib, why);
}

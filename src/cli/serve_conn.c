/*
 * A client's line: a non-blocking socket, in clear or under TLS, cut into
 * lines for a protocol. Both buffers have a fixed size. While output waits
 * nothing is read and no line is handled, so a client that does not read its
 * replies costs these buffers and no more.
 */
#include "serve.h"

#include <errno.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	RECORD_MAX = 16384,	/* of TLS: must fit behind a partial line */
	IN_CAP = SERVE_LINE_MAX + RECORD_MAX,
	OUT_CAP = 128 * 1024,
	IDLE_TIME = 10 * 60 * 1000,	/* RFC 1939, section 3 */
	LINGER_TIME = 2000
};

typedef enum phase {
	HANDSHAKE,
	OPEN,
	FINISHING,		/* output waits, then it is over */
	STARTING_TLS,		/* output waits, then the handshake */
	STALLED,		/* deaf and dumb, until it is idle for long */
	LINGERING,		/* we have closed; does the client? */
	DEAD
} phase;

struct serve_conn {
	int fd;
	phase phase;
	SSL *ssl;		/* NULL: in clear */
	short tls_wants;	/* what TLS waits for; 0: nothing unusual */
	const serve_protocol *protocol;
	const serve_world *world;
	void *session;		/* NULL: not greeted yet */
	sqb_time deadline;
	bool streaming, eof;
	bool raw;		/* octets, not lines */
	bool stalled;		/* lines wait for room in the output */
	size_t line_max;
	size_t in_start, in_seen, in_end; /* [start, seen) holds no line end */
	size_t out_start, out_end;
	char *in, *out;
};

static bool begin_tls(serve_conn *c)
{
	c->ssl = SSL_new(c->world->tls);
	if (!c->ssl || SSL_set_fd(c->ssl, c->fd) != 1)
		return false;
	SSL_set_accept_state(c->ssl);
	c->phase = HANDSHAKE;
	c->tls_wants = POLLIN;
	return true;
}

static bool begin_protocol(serve_conn *c)
{
	if (!c->session)
		c->session = c->protocol->open(c, c->world);
	return c->session != NULL;
}

serve_conn *serve_conn_new(int fd, const serve_protocol *p,
    const serve_world *w, bool tls, sqb_time now)
{
	serve_conn *c = calloc(1, sizeof(*c));

	if (!c) {
		close(fd);
		return NULL;
	}
	*c = (serve_conn){ .fd = fd, .phase = OPEN, .protocol = p, .world = w,
	    .deadline = now + IDLE_TIME, .line_max = SERVE_LINE_MAX };
	c->in = malloc(IN_CAP);
	c->out = malloc(OUT_CAP);
	if (!c->in || !c->out || !(tls ? begin_tls(c) : begin_protocol(c))) {
		serve_conn_free(c);
		return NULL;
	}
	return c;
}

void serve_conn_free(serve_conn *c)
{
	if (c->session)
		c->protocol->close(c->session);
	SSL_free(c->ssl);
	close(c->fd);
	free(c->in);
	free(c->out);
	free(c);
}

int serve_conn_fd(const serve_conn *c)
{
	return c->fd;
}

sqb_time serve_conn_deadline(const serve_conn *c)
{
	return c->deadline;
}

bool serve_conn_is_tls(const serve_conn *c)
{
	return c->ssl != NULL;
}

size_t serve_conn_room(const serve_conn *c)
{
	return OUT_CAP - c->out_end;
}

char *serve_conn_tail(serve_conn *c)
{
	return c->out + c->out_end;
}

void serve_conn_wrote(serve_conn *c, size_t n)
{
	c->out_end += n;
}

void serve_conn_write(serve_conn *c, const char *p, size_t n)
{
	memcpy(c->out + c->out_end, p, n);
	c->out_end += n;
}

void serve_conn_printf(serve_conn *c, const char *format, ...)
{
	size_t room = serve_conn_room(c);
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(serve_conn_tail(c), room, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= room)
		c->phase = DEAD;	/* cannot be: SERVE_REPLY_MAX */
	else
		c->out_end += (size_t)n;
}

void serve_conn_limit_line(serve_conn *c, size_t max)
{
	c->line_max = max;
}

void serve_conn_stream(serve_conn *c)
{
	c->streaming = true;
}

void serve_conn_take_octets(serve_conn *c)
{
	c->raw = true;
}

void serve_conn_take_lines(serve_conn *c)
{
	c->raw = false;
}

void serve_conn_stall(serve_conn *c)
{
	c->phase = STALLED;
}

void serve_conn_finish(serve_conn *c)
{
	if (c->phase == OPEN)
		c->phase = FINISHING;
}

void serve_conn_abort(serve_conn *c)
{
	c->phase = DEAD;
}

bool serve_conn_has_input(const serve_conn *c)
{
	return c->in_start < c->in_end;
}

void serve_conn_start_tls(serve_conn *c)
{
	c->in_start = c->in_seen = c->in_end = 0;
	c->phase = STARTING_TLS;
}

static bool has_work(const serve_conn *c)
{
	return c->streaming || c->stalled;
}

short serve_conn_events(const serve_conn *c)
{
	if (c->tls_wants)
		return c->tls_wants;
	if (c->phase == LINGERING)
		return POLLIN;
	if (c->phase == STALLED)
		return 0;
	return c->out_start < c->out_end || has_work(c) || c->phase == DEAD ?
	    POLLOUT : POLLIN;
}

/* The outcome of an SSL call that did not succeed: 0, try later; -1, dead. */
static int tls_blocked(serve_conn *c, int rc)
{
	switch (SSL_get_error(c->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		c->tls_wants = POLLIN;
		return 0;
	case SSL_ERROR_WANT_WRITE:
		c->tls_wants = POLLOUT;
		return 0;
	case SSL_ERROR_ZERO_RETURN:
		c->eof = true;
		return 0;
	default:
		return -1;
	}
}

static int receive_tls(serve_conn *c, char *p, size_t cap, size_t *n)
{
	int rc;

	ERR_clear_error();
	rc = SSL_read_ex(c->ssl, p, cap, n);
	return rc == 1 ? 1 : tls_blocked(c, rc);
}

static int receive_plain(serve_conn *c, char *p, size_t cap, size_t *n)
{
	ssize_t got = recv(c->fd, p, cap, 0);

	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	c->eof = got == 0;
	*n = (size_t)got;
	return got > 0;
}

/* 1: *n octets; 0: none now, or c->eof is set; -1: the line is dead. */
static int receive(serve_conn *c, char *p, size_t cap, size_t *n)
{
	c->tls_wants = 0;
	return c->ssl ? receive_tls(c, p, cap, n) :
	    receive_plain(c, p, cap, n);
}

static int transmit_tls(serve_conn *c, const char *p, size_t len, size_t *n)
{
	int rc;

	ERR_clear_error();
	rc = SSL_write_ex(c->ssl, p, len, n);
	return rc == 1 ? 1 : tls_blocked(c, rc);
}

static int transmit(serve_conn *c, const char *p, size_t len, size_t *n)
{
	ssize_t sent;

	c->tls_wants = 0;
	if (c->ssl)
		return transmit_tls(c, p, len, n);
	sent = send(c->fd, p, len, MSG_NOSIGNAL);
	if (sent < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	*n = (size_t)sent;
	return 1;
}

/* Sends until all is sent or the socket is full. */
static void flush(serve_conn *c, sqb_time now)
{
	while (c->out_start < c->out_end) {
		size_t n;
		int rc = transmit(c, c->out + c->out_start,
		    c->out_end - c->out_start, &n);

		if (rc < 0)
			c->phase = DEAD;
		if (rc <= 0)
			return;
		c->out_start += n;
		c->deadline = now + IDLE_TIME;
	}
	c->out_start = c->out_end = 0;
}

/* Called when no whole line waits, so that less than line_max has to move. */
static void fill(serve_conn *c, sqb_time now)
{
	size_t len = c->in_end - c->in_start, n;
	int rc;

	if (c->in_start > 0) {
		memmove(c->in, c->in + c->in_start, len);
		c->in_seen -= c->in_start;
		c->in_start = 0;
		c->in_end = len;
	}
	rc = receive(c, c->in + len, IN_CAP - len, &n);
	if (rc < 0)
		c->phase = DEAD;
	if (rc <= 0)
		return;
	c->in_end += n;
	c->deadline = now + IDLE_TIME;
}

/* The next line without CRLF or LF. False: more input is needed. */
static bool next_line(serve_conn *c, char **line, size_t *len)
{
	char *start = c->in + c->in_start, *end;

	if (c->in_seen == c->in_end)
		return false;
	end = memchr(c->in + c->in_seen, '\n', c->in_end - c->in_seen);
	c->in_seen = c->in_end;
	if (!end)
		return false;
	*line = start;
	*len = (size_t)(end - start);
	if (*len > 0 && end[-1] == '\r')
		--*len;
	c->in_start = c->in_seen = (size_t)(end + 1 - c->in);
	return true;
}

/* Handles one line. False: more input is needed. */
static bool take_line(serve_conn *c)
{
	size_t before = c->in_start, len;
	char *line;

	if (next_line(c, &line, &len)) {
		if (c->in_start - before <= c->line_max)
			c->protocol->line(c->session, line, len);
		else
			c->protocol->too_long(c->session);
		return true;
	}
	if (c->in_end - c->in_start < c->line_max)
		return false;
	c->protocol->too_long(c->session);
	return true;
}

/* Hands octets out. False: more input is needed. */
static bool take_octets(serve_conn *c)
{
	size_t len = c->in_end - c->in_start, used;

	if (len == 0)
		return false;
	used = c->protocol->octets(c->session, c->in + c->in_start, len);
	c->in_start += used;
	c->in_seen = c->in_start;
	return used > 0;
}

/* Lines in, replies out, while there is room for a reply. */
static void work(serve_conn *c)
{
	c->stalled = false;
	while (c->phase == OPEN) {
		if (serve_conn_room(c) < SERVE_REPLY_MAX) {
			c->stalled = true;
			return;
		}
		if (c->streaming)
			c->streaming = c->protocol->more(c->session);
		else if (!(c->raw ? take_octets(c) : take_line(c)))
			return;
	}
}

/* All was said: say so to the peer, and wait until it has heard it. */
static void begin_linger(serve_conn *c, sqb_time now)
{
	if (c->ssl) {
		ERR_clear_error();
		SSL_shutdown(c->ssl);
	}
	shutdown(c->fd, SHUT_WR);
	c->phase = c->eof ? DEAD : LINGERING;
	c->deadline = now + LINGER_TIME;
}

/* Closing with input unread would reset the line and lose our last words. */
static void linger(serve_conn *c)
{
	ssize_t n = recv(c->fd, c->in, IN_CAP, 0);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		c->phase = DEAD;
}

static void shake_hands(serve_conn *c)
{
	int rc;

	ERR_clear_error();
	c->tls_wants = 0;
	rc = SSL_accept(c->ssl);
	if (rc == 1) {
		c->phase = OPEN;
		if (!begin_protocol(c))
			c->phase = DEAD;
	} else if (tls_blocked(c, rc) < 0 || c->eof) {
		c->phase = DEAD;
	}
}

/* What is due when the output has been sent. */
static void go_on(serve_conn *c, sqb_time now)
{
	if (c->phase == STARTING_TLS && !begin_tls(c))
		c->phase = DEAD;
	else if (c->phase == FINISHING ||
	    (c->phase == OPEN && c->eof && !has_work(c)))
		begin_linger(c, now);
}

bool serve_conn_turn(serve_conn *c, sqb_time now)
{
	/* It asks for no event: what came is the end of the line. */
	if (c->phase == STALLED)
		return false;
	if (c->phase == LINGERING)
		linger(c);
	if (c->phase == HANDSHAKE)
		shake_hands(c);
	flush(c, now);
	if (c->phase == OPEN && c->out_end == 0) {
		if (!has_work(c) && !c->eof)
			fill(c, now);
		work(c);
		flush(c, now);
	}
	if (c->out_end == 0)
		go_on(c, now);
	return c->phase != DEAD;
}

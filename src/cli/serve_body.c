/*
 * A message file on its way to a client: lines end in CRLF whatever they end
 * in on disk, a dot at the start of a line is doubled, and a dot alone ends
 * it all (RFC 1939, section 3). TOP's cut is made here too (section 7).
 */
#include "serve.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
	PIECE_MAX = 64 * 1024,
	END_ROOM = 8		/* for CRLF and the closing dot */
};

void serve_body_begin(serve_body *b, int fd, uint64_t n_lines)
{
	*b = (serve_body){ .fd = fd, .in_header = true, .lines = n_lines };
}

void serve_body_end(serve_body *b)
{
	if (b->fd >= 0)
		close(b->fd);
	b->fd = -1;
}

static void end_line(serve_body *b, serve_conn *c)
{
	bool blank = b->column == (b->last == '\r');

	if (b->last == '\r')
		serve_conn_write(c, "\n", 1);
	else
		serve_conn_write(c, "\r\n", 2);
	b->column = 0;
	b->last = '\n';
	if (!b->in_header)
		b->lines--;
	else if (blank)
		b->in_header = false;
}

static bool has_enough(const serve_body *b)
{
	return !b->in_header && b->lines == 0;
}

/* Writes the piece; each octet becomes two at most. */
static void convert(serve_body *b, serve_conn *c, const char *p, size_t len)
{
	const char *end = p + len;

	while (p < end && !has_enough(b)) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((nl ? nl : end) - p);

		if (b->column == 0 && *p == '.')
			serve_conn_write(c, ".", 1);
		if (n > 0) {
			serve_conn_write(c, p, n);
			b->last = p[n - 1];
			b->column += n;
		}
		if (nl)
			end_line(b, c);
		p += n + (nl != NULL);
	}
}

static int finish(serve_body *b, serve_conn *c)
{
	if (b->column > 0)
		end_line(b, c);
	serve_conn_write(c, ".\r\n", 3);
	serve_body_end(b);
	return 0;
}

int serve_body_more(serve_body *b, serve_conn *c)
{
	char piece[PIECE_MAX];
	size_t most = (serve_conn_room(c) - END_ROOM) / 2;
	ssize_t n = read(b->fd, piece, most < PIECE_MAX ? most : PIECE_MAX);

	if (n < 0)
		return errno == EINTR ? 1 : -1;
	if (n == 0)
		return finish(b, c);
	convert(b, c, piece, (size_t)n);
	return has_enough(b) ? finish(b, c) : 1;
}

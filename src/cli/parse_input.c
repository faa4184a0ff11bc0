/*
 * Messages out of files. An mbox (RFC 4155, and what others call mboxrd and
 * mboxo) is one that begins with "From "; it is read in pieces, so that it may
 * be longer than memory. A line is taken to begin a message if it stands at
 * the start or behind an empty line, and has a time in it.
 */
#include "parse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PIECE = 1024 * 1024,
	MAX_MESSAGE = 1024 * 1024 * 1024	/* octets */
};

void parse_message_clear(parse_message *m)
{
	free(m->bytes);
	free(m->source);
	*m = (parse_message){ .bytes = NULL };
}

/* There is never room for much more than the largest message. */
static bool reserve(parse_input *in, size_t more)
{
	size_t max = in->start + MAX_MESSAGE + PIECE, cap = in->len + more;
	char *bigger;

	if (in->cap - in->len >= more)
		return true;
	if (cap > max) {
		errno = EFBIG;
		return false;
	}
	if (in->cap > 0 && cap < 2 * in->cap)
		cap = 2 * in->cap < max ? 2 * in->cap : max;
	bigger = realloc(in->buf, cap);
	if (!bigger)
		return false;
	in->buf = bigger;
	in->cap = cap;
	return true;
}

/* Some more octets, if there are any. False: see errno. */
static bool read_some(parse_input *in, size_t room)
{
	ssize_t n;

	if (!reserve(in, room))
		return false;
	do
		n = read(in->fd, in->buf + in->len, in->cap - in->len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return false;
	in->ended = n == 0;
	in->len += (size_t)n;
	return true;
}

/* The room that is wanted first: a regular file and one octet more. */
static size_t first_room(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < 0)
		return 64 * 1024;
	return st.st_size < PIECE ? (size_t)st.st_size + 1 : PIECE;
}

bool parse_input_begin(parse_input *in, int fd, const char *name)
{
	size_t room = first_room(fd);

	*in = (parse_input){ .fd = fd, .name = name };
	while (!in->ended && in->len < 5)
		if (!read_some(in, room))
			return false;
	in->mbox = in->len >= 5 && !memcmp(in->buf, "From ", 5);
	return true;
}

void parse_input_clear(parse_input *in)
{
	free(in->buf);
	*in = (parse_input){ .fd = -1 };
}

/* The line at at, which has no LF before seen. */
static size_t line_len(const parse_input *in, size_t at, size_t seen)
{
	const char *lf = memchr(in->buf + seen, '\n', in->len - seen);

	return lf ? (size_t)(lf - in->buf) + 1 - at : in->len - at;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "From " sender, and a date with "12:34" in it. */
static bool is_from_line(const char *line, size_t n)
{
	if (n < 5 || memcmp(line, "From ", 5) != 0)
		return false;
	for (size_t i = 6; i + 1 < n; i++)
		if (line[i] == ':' && is_digit(line[i - 1]) &&
		    is_digit(line[i + 1]))
			return true;
	return false;
}

static bool is_empty_line(const char *line, size_t n)
{
	return (n == 1 && line[0] == '\n') ||
	    (n == 2 && line[0] == '\r' && line[1] == '\n');
}

/*
 * Where the message that begins at start ends: at the From_ line of the next,
 * or at the end. Reads on where that is not in the buffer. False: see errno.
 */
static bool find_end(parse_input *in, size_t start, size_t *end)
{
	bool empty = false;
	size_t at = start, seen = start, n;

	for (;;) {
		n = line_len(in, at, seen);
		if (!in->ended && (n == 0 || in->buf[at + n - 1] != '\n')) {
			seen = in->len;
			if (!read_some(in, PIECE))
				return false;
			continue;
		}
		if (n == 0 || (empty && is_from_line(in->buf + at, n))) {
			*end = at;
			return true;
		}
		empty = is_empty_line(in->buf + at, n);
		at += n;
		seen = at;
	}
}

/* Whether the line was quoted, with ">" before "From " or more ">". */
static bool is_quoted(const char *line, size_t n)
{
	size_t i = 0;

	while (i < n && line[i] == '>')
		i++;
	return i > 0 && n - i >= 5 && !memcmp(line + i, "From ", 5);
}

/* A copy with the ">" that quoting has added taken off again. */
static size_t unquote(char *out, const char *in, size_t len)
{
	size_t made = 0;

	for (size_t at = 0; at < len;) {
		const char *lf = memchr(in + at, '\n', len - at);
		size_t n = lf ? (size_t)(lf - in) + 1 - at : len - at;
		size_t skip = in[at] == '>' && is_quoted(in + at, n);

		memcpy(out + made, in + at + skip, n - skip);
		made += n - skip;
		at += n;
	}
	return made;
}

/* The empty line before a From_ line is the mbox's. */
static size_t without_last_line(const char *s, size_t n)
{
	if (n > 1 && s[n - 1] == '\n' && s[n - 2] == '\n')
		return n - 1;
	return n > 3 && !memcmp(s + n - 4, "\r\n\r\n", 4) ? n - 2 : n;
}

static bool name_source(parse_input *in, parse_message *m)
{
	size_t cap = strlen(in->name) + 24;

	m->source = malloc(cap);
	if (m->source && in->mbox)
		snprintf(m->source, cap, "%s#%llu", in->name,
		    (unsigned long long)in->n);
	else if (m->source)
		snprintf(m->source, cap, "%s", in->name);
	return m->source != NULL;
}

static int next_of_mbox(parse_input *in, parse_message *m)
{
	size_t end, start;

	if (in->start > in->len / 2) {
		memmove(in->buf, in->buf + in->start, in->len - in->start);
		in->len -= in->start;
		in->start = 0;
	}
	if (!find_end(in, in->start, &end))
		return -1;
	if (end == in->start)
		return 0;
	start = in->start + line_len(in, in->start, in->start);
	m->bytes = malloc(end - start + 1);
	if (!m->bytes)
		return -1;
	m->len = without_last_line(m->bytes, unquote(m->bytes,
	    in->buf + start, end - start));
	in->start = end;
	return 1;
}

/* A regular file that is too large is not read in vain. */
static bool is_too_large(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size > MAX_MESSAGE;
}

static int next_of_file(parse_input *in, parse_message *m)
{
	if (in->n > 0)
		return 0;
	if (is_too_large(in->fd)) {
		errno = EFBIG;
		return -1;
	}
	while (!in->ended)
		if (!read_some(in, in->cap > in->len ? 1 : PIECE))
			return -1;
	m->bytes = in->buf;
	m->len = in->len;
	in->buf = NULL;
	in->len = in->cap = 0;
	return 1;
}

int parse_input_next(parse_input *in, parse_message *m)
{
	int result;

	*m = (parse_message){ .bytes = NULL };
	result = in->mbox ? next_of_mbox(in, m) : next_of_file(in, m);
	in->n++;
	if (result > 0 && !name_source(in, m)) {
		parse_message_clear(m);
		return -1;
	}
	return result;
}

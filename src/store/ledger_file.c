/*
 * Lines of the ledger. A crash may cut the last one, or leave octets 0 where
 * data had not reached the disk: such lines are passed over, which at worst
 * means to look at a message again.
 */
#include "store/ledger_file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char hex[] = "0123456789ABCDEF";

static bool is_plain(unsigned char c)
{
	return c > ' ' && c < 0x7f && c != '%' && c != '#';
}

static size_t write_uint(char *out, uint64_t n)
{
	char digits[20];
	size_t len = 0;

	do {
		digits[len++] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	for (size_t i = 0; i < len; i++)
		out[i] = digits[len - 1 - i];
	return len;
}

size_t sqb__ledger_write_line(char *out, sqb_str uidl, int64_t seen,
    uint64_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < uidl.len; i++) {
		unsigned char c = (unsigned char)uidl.ptr[i];

		if (is_plain(c)) {
			out[at++] = (char)c;
			continue;
		}
		out[at++] = '%';
		out[at++] = hex[c >> 4];
		out[at++] = hex[c & 15];
	}
	out[at++] = ' ';
	at += write_uint(out + at, seen < 0 ? 0 : (uint64_t)seen);
	out[at++] = ' ';
	at += write_uint(out + at, size);
	out[at++] = '\n';
	return at;
}

static int hex_value(char c)
{
	const char *p = c == '\0' ? NULL : strchr(hex, c);

	return p ? (int)(p - hex) : -1;
}

/* Up to the first blank; the decoded octets go to out. */
static bool read_uidl(const char **p, const char *end, char *out, size_t *len)
{
	size_t n = 0;

	while (*p < end && **p != ' ' && n < SQB_LEDGER_MAX_UIDL) {
		int c = (unsigned char)**p;

		if (c == '%') {
			int high = end - *p < 3 ? -1 : hex_value((*p)[1]);
			int low = high < 0 ? -1 : hex_value((*p)[2]);

			if (low < 0)
				return false;
			c = high << 4 | low;
			*p += 2;
		} else if (!is_plain((unsigned char)c)) {
			return false;
		}
		out[n++] = (char)c;
		++*p;
	}
	*len = n;
	return n > 0 && *p < end && *(*p)++ == ' ';
}

/* 1*DIGIT and then the octet after. */
static bool read_uint(const char **p, const char *end, char after,
    uint64_t *out)
{
	const char *start = *p;
	uint64_t n = 0;

	for (; *p < end && **p >= '0' && **p <= '9'; ++*p) {
		uint64_t digit = (uint64_t)(**p - '0');

		if (n > (UINT64_MAX - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*out = n;
	return *p > start && *p < end && *(*p)++ == after;
}

static bool read_line(sqb_str bytes, char *room, sqb__ledger_line *line)
{
	const char *p = bytes.ptr, *end = bytes.ptr + bytes.len;
	uint64_t seen;
	size_t len;

	if (!read_uidl(&p, end, room, &len) ||
	    !read_uint(&p, end, ' ', &seen) || seen > INT64_MAX ||
	    !read_uint(&p, end, '\n', &line->size) || p != end)
		return false;
	line->bytes = bytes;
	line->uidl = (sqb_str){ room, len };
	line->seen = (int64_t)seen;
	return true;
}

typedef struct reader {
	int fd;
	char buf[16384];
	size_t len;
	bool too_long;		/* within a line that has not fitted */
} reader;

/* 1: there is more in buf; 0: end of the file; -1: see errno. */
static int fill(reader *r)
{
	ssize_t n;

	if (r->len == sizeof(r->buf)) {
		r->len = 0;
		r->too_long = true;
	}
	do
		n = read(r->fd, r->buf + r->len, sizeof(r->buf) - r->len);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		r->len += (size_t)n;
	return n > 0 ? 1 : (int)n;
}

bool sqb__ledger_read(int fd, bool (*each)(void *ctx,
    const sqb__ledger_line *line), void *ctx, int64_t *whole)
{
	reader r = { .fd = fd };
	char room[SQB_LEDGER_MAX_UIDL];
	int64_t at = 0;
	int more;

	*whole = 0;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return false;
	while ((more = fill(&r)) > 0) {
		const char *p = r.buf, *end = r.buf + r.len, *lf;

		while ((lf = memchr(p, '\n', (size_t)(end - p))) != NULL) {
			sqb_str bytes = { p, (size_t)(lf + 1 - p) };
			sqb__ledger_line line;

			if (!r.too_long && read_line(bytes, room, &line) &&
			    !each(ctx, &line))
				return false;
			r.too_long = false;
			p = lf + 1;
		}
		at += p - r.buf;
		r.len = (size_t)(end - p);
		memmove(r.buf, p, r.len);
		*whole = at;
	}
	return more == 0;
}

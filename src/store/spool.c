/*
 * The spool of spool.h. Its file is unlinked as soon as it is made, so that a
 * crash leaves nothing and nobody else can change it.
 */
#include "store/spool.h"

#include "base/scan.h"
#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

bool sqb__spool_init(sqb__spool *s, int dir)
{
	*s = (sqb__spool){ .dir = dir, .fd = -1 };
	s->room = malloc(SQB__SPOOL_ROOM);
	if (!s->room)
		sqb__close(dir);
	return s->room != NULL;
}

static void unmap(sqb__spool *s)
{
	if (s->map)
		munmap(s->map, s->map_len);
	s->map = NULL;
}

void sqb__spool_clear(sqb__spool *s)
{
	unmap(s);
	if (s->room) {
		sqb__close(s->fd);
		sqb__close(s->dir);
	}
	free(s->room);
	s->room = NULL;
}

static bool open_dir(sqb__spool *s)
{
	const char *tmp = getenv("TMPDIR");

	if (s->dir < 0)
		s->dir = open(tmp && *tmp == '/' ? tmp : "/tmp",
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return s->dir >= 0;
}

static bool open_file(sqb__spool *s)
{
	char name[32];
	uint64_t random;

	if (s->fd >= 0)
		return true;
	if (!open_dir(s) || getentropy(&random, sizeof(random)) < 0)
		return false;
	snprintf(name, sizeof(name), ".squab-%016llx",
	    (unsigned long long)random);
	s->fd = openat(s->dir, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	return s->fd >= 0 && unlinkat(s->dir, name, 0) == 0;
}

bool sqb__spool_flush(sqb__spool *s)
{
	unmap(s);
	if (s->len == 0)
		return true;
	if (!open_file(s) ||
	    lseek(s->fd, (off_t)s->flushed, SEEK_SET) < 0 ||
	    !sqb__write_all(s->fd, (sqb_str){ s->room, s->len }))
		return false;
	s->last = s->room[s->len - 1];
	s->flushed += s->len;
	s->len = 0;
	return true;
}

bool sqb__spool_put(sqb__spool *s, sqb_str in)
{
	while (in.len > 0) {
		size_t part = SQB__SPOOL_ROOM - s->len;

		part = part < in.len ? part : in.len;
		memcpy(s->room + s->len, in.ptr, part);
		s->len += part;
		in.ptr += part;
		in.len -= part;
		if (s->len == SQB__SPOOL_ROOM && !sqb__spool_flush(s))
			return false;
	}
	return true;
}

bool sqb__spool_put_lf(sqb__spool *s, sqb_str in, bool *cr)
{
	while (in.len > 0) {
		size_t part = SQB__SPOOL_ROOM - 1 - s->len;

		part = part < in.len ? part : in.len;
		s->len += sqb__copy_lf(s->room + s->len, in.ptr, part, cr);
		in.ptr += part;
		in.len -= part;
		if (s->len >= SQB__SPOOL_ROOM - 1 && !sqb__spool_flush(s))
			return false;
	}
	return true;
}

void sqb__spool_insert(sqb__spool *s, uint64_t len, sqb_str in)
{
	size_t at = (size_t)(len - s->flushed);

	memmove(s->room + at + in.len, s->room + at, s->len - at);
	memcpy(s->room + at, in.ptr, in.len);
	s->len += in.len;
}

bool sqb__spool_rewind(sqb__spool *s)
{
	return open_file(s) && lseek(s->fd, 0, SEEK_SET) == 0;
}

bool sqb__spool_patch(sqb__spool *s, uint64_t at, sqb_str in)
{
	if (s->flushed > 0)
		return sqb__spool_flush(s) && pwrite(s->fd, in.ptr, in.len,
		    (off_t)at) == (ssize_t)in.len;
	memcpy(s->room + at, in.ptr, in.len);
	return true;
}

bool sqb__spool_cut(sqb__spool *s, uint64_t len)
{
	unmap(s);
	if (len >= s->flushed) {
		s->len = (size_t)(len - s->flushed);
		return true;
	}
	s->len = 0;
	s->flushed = len;
	return ftruncate(s->fd, (off_t)len) == 0;
}

static bool map(sqb__spool *s)
{
	if (!sqb__spool_flush(s))
		return false;
	s->map_len = (size_t)s->flushed;
	s->map = mmap(NULL, s->map_len, PROT_READ, MAP_PRIVATE, s->fd, 0);
	if (s->map == MAP_FAILED)
		s->map = NULL;
	return s->map != NULL;
}

bool sqb__spool_view(sqb__spool *s, uint64_t from, uint64_t len, sqb_str *out)
{
	if (s->flushed == 0) {
		*out = (sqb_str){ s->room + from, (size_t)len };
		return true;
	}
	if (!(s->map && s->len == 0) && !map(s))
		return false;
	*out = (sqb_str){ s->map + from, (size_t)len };
	return true;
}

bool sqb__spool_read(sqb__spool *s, uint64_t *from, sqb_str *out)
{
	ssize_t n;

	*out = (sqb_str){ s->room, 0 };
	if (s->flushed == 0) {
		*out = (sqb_str){ s->room + *from, s->len - (size_t)*from };
		*from = s->len;
		return true;
	}
	if (*from == s->flushed)
		return true;
	do
		n = pread(s->fd, s->room, SQB__SPOOL_ROOM, (off_t)*from);
	while (n < 0 && errno == EINTR);
	if (n == 0)
		errno = EIO;
	if (n <= 0)
		return false;
	out->len = (size_t)n;
	*from += (uint64_t)n;
	return true;
}

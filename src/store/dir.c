/*
 * Delivery into directories: a Maildir, or one file a message as it came.
 * A message gathers in memory and becomes a file in the hidden place with one
 * write(2), or in several when it is large; publish() syncs a group of them
 * and then renames each to where it belongs.
 */
#include "store/dir.h"

#include "base/scan.h"
#include "store/file.h"
#include "store/name.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const sqb__dir_kind maildir_kind = { ".squab", "tmp", "new", "cur",
	true };
static const sqb__dir_kind raw_kind = { ".eml", ".tmp", ".", NULL, false };

static bool open_dirs(sqb__dir *d)
{
	int root = sqb__open_dirs(d->store.path);
	bool opened;

	if (root < 0)
		return false;
	d->tmp = sqb__open_subdir(root, d->kind->tmp);
	if (d->tmp >= 0)
		d->final = sqb__open_subdir(root, d->kind->final);
	if (d->final >= 0 && d->kind->moved)
		d->moved = sqb__open_subdir(root, d->kind->moved);
	opened = d->final >= 0 && (d->moved >= 0 || !d->kind->moved);
	if (opened)
		d->at_once = sqb__sync_at_once(d->tmp);
	close(root);
	return opened;
}

static int open_kind(sqb_store *s, const sqb__dir_kind *kind)
{
	sqb__dir *d = (sqb__dir *)s;

	d->kind = kind;
	d->tmp = d->final = d->moved = d->fd = -1;
	return open_dirs(d) ? SQB_OK :
	    sqb__store_fail(s, "cannot be opened or made");
}

static int open_maildir(sqb_store *s)
{
	return open_kind(s, &maildir_kind);
}

static int open_raw(sqb_store *s)
{
	return open_kind(s, &raw_kind);
}

static void close_dir(sqb_store *s)
{
	sqb__dir *d = (sqb__dir *)s;

	sqb__close(d->tmp);
	sqb__close(d->final);
	sqb__close(d->moved);
	free(d->room);
}

static int begin(sqb_store *s, sqb_str uidl)
{
	sqb__dir *d = (sqb__dir *)s;

	(void)uidl;
	d->len = 0;
	d->cr = false;
	if (!d->room)
		d->room = malloc(SQB__DIR_ROOM);
	return d->room ? SQB_OK : sqb__store_fail(s, "a message");
}

/* A file of that name is what an earlier run left when it was killed. */
static int create(sqb__dir *d)
{
	char name[SQB__NAME_MAX];
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;

	sqb__name_of(name, &d->store.ids[d->store.n_ended], d->kind->suffix);
	d->fd = openat(d->tmp, name, flags, 0600);
	if (d->fd < 0 && errno == EEXIST && unlinkat(d->tmp, name, 0) == 0)
		d->fd = openat(d->tmp, name, flags, 0600);
	return d->fd < 0 ? sqb__store_fail(&d->store, "no new file") : SQB_OK;
}

static int put(sqb__dir *d, sqb_str bytes)
{
	if (d->fd < 0 && create(d) < 0)
		return SQB_E_SINK;
	if (!sqb__write_all(d->fd, bytes))
		return sqb__store_fail(&d->store, "write");
	return SQB_OK;
}

static int flush(sqb__dir *d)
{
	size_t len = d->len;

	d->len = 0;
	return put(d, (sqb_str){ d->room, len });
}

static int add(sqb__dir *d, const char *p, size_t n)
{
	while (n > SQB__DIR_ROOM - d->len) {
		size_t part = SQB__DIR_ROOM - d->len;

		memcpy(d->room + d->len, p, part);
		d->len += part;
		p += part;
		n -= part;
		if (flush(d) < 0)
			return SQB_E_SINK;
	}
	memcpy(d->room + d->len, p, n);
	d->len += n;
	return SQB_OK;
}

/* CRLF becomes LF; a CR or LF that stands alone stays. */
static int add_lines(sqb__dir *d, sqb_str bytes)
{
	while (bytes.len > 0) {
		size_t part = SQB__DIR_ROOM - 1 - d->len;

		if (part > bytes.len)
			part = bytes.len;
		d->len += sqb__copy_lf(d->room + d->len, bytes.ptr, part,
		    &d->cr);
		bytes.ptr += part;
		bytes.len -= part;
		if (d->len >= SQB__DIR_ROOM - 1 && flush(d) < 0)
			return SQB_E_SINK;
	}
	return SQB_OK;
}

static int write_dir(sqb_store *s, sqb_str bytes)
{
	sqb__dir *d = (sqb__dir *)s;

	if (d->kind->lf)
		return add_lines(d, bytes);
	if (d->len == 0 && bytes.len >= SQB__DIR_ROOM)
		return put(d, bytes);
	return add(d, bytes.ptr, bytes.len);
}

static int end(sqb_store *s)
{
	sqb__dir *d = (sqb__dir *)s;
	int fd;
	bool synced;

	if (d->cr && add(d, "\r", 1) < 0)
		return SQB_E_SINK;
	if (flush(d) < 0)
		return SQB_E_SINK;
	synced = sqb__sync_file(d->fd, d->at_once);
	fd = d->fd;
	d->fd = -1;
	return close(fd) == 0 && synced ? SQB_OK : sqb__store_fail(s, "sync");
}

static void drop(sqb_store *s)
{
	sqb__dir *d = (sqb__dir *)s;
	char name[SQB__NAME_MAX];

	sqb__close(d->fd);
	d->fd = -1;
	sqb__name_of(name, &s->ids[s->n_ended], d->kind->suffix);
	unlinkat(d->tmp, name, 0);
}

static int publish(sqb_store *s, int *codes)
{
	sqb__dir *d = (sqb__dir *)s;

	(void)codes;
	if (!sqb__sync_group(d->tmp, d->at_once))
		return sqb__store_fail(s, "sync");
	for (size_t i = 0; i < s->n_ended; i++) {
		char name[SQB__NAME_MAX];

		sqb__name_of(name, &s->ids[i], d->kind->suffix);
		if (renameat(d->tmp, name, d->final, name) < 0)
			return sqb__store_fail(s, "rename");
	}
	return sqb__sync(d->final) ? SQB_OK :
	    sqb__store_fail(s, "sync of the directory");
}

const sqb__store_ops sqb__store_maildir = { "maildir:", sizeof(sqb__dir),
	open_maildir, close_dir, sqb__dir_find, begin, write_dir, end, drop,
	publish, NULL };
const sqb__store_ops sqb__store_raw = { "raw:", sizeof(sqb__dir), open_raw,
	close_dir, sqb__dir_find, begin, write_dir, end, drop, publish, NULL };

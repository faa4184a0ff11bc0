/*
 * Delivery into directories: a Maildir, or one file a message as it came.
 * A message gathers in memory and becomes a file in the hidden place with one
 * write(2), or in several when it is large; publish() syncs a group of them
 * and then renames each to where it belongs.
 */
#include "store/store.h"

#include "base/scan.h"
#include "store/file.h"
#include "store/name.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const sqb__store_kind kinds[] = {
	{ "maildir:", ".squab", "tmp", "new", "cur", true },
	{ "raw:", ".eml", ".tmp", ".", NULL, false },
};

enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

int sqb__store_fail(sqb_store *s, const char *doing)
{
	char what[160];

	snprintf(what, sizeof(what), "%s%.100s: %s", s->kind->scheme, s->path,
	    doing);
	return sqb__store_error(&s->error, SQB_E_SINK, what);
}

static bool open_dirs(sqb_store *s)
{
	int root = sqb__open_dirs(s->path);
	bool opened;

	if (root < 0)
		return false;
	s->tmp = sqb__open_subdir(root, s->kind->tmp);
	if (s->tmp >= 0)
		s->final = sqb__open_subdir(root, s->kind->final);
	if (s->final >= 0 && s->kind->moved)
		s->moved = sqb__open_subdir(root, s->kind->moved);
	opened = s->final >= 0 && (s->moved >= 0 || !s->kind->moved);
	if (opened)
		s->at_once = sqb__sync_at_once(s->tmp);
	close(root);
	return opened;
}

static const sqb__store_kind *kind_of(const char *destination)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		size_t n = strlen(kinds[i].scheme);

		if (strncmp(destination, kinds[i].scheme, n) == 0 &&
		    destination[n] != '\0')
			return &kinds[i];
	}
	return NULL;
}

static int no_kind(sqb_error *err, const char *destination)
{
	if (err) {
		*err = (sqb_error){ .code = SQB_E_USAGE };
		snprintf(err->text, sizeof(err->text), "%.100s is no "
		    "destination: write maildir:DIR or raw:DIR", destination);
	}
	return SQB_E_USAGE;
}

int sqb_store_open(sqb_store **store, const char *destination, sqb_error *err)
{
	const sqb__store_kind *kind = kind_of(destination);
	sqb_store *s;
	int code = SQB_OK;

	*store = NULL;
	if (!kind)
		return no_kind(err, destination);
	s = calloc(1, sizeof(*s));
	if (!s)
		return sqb__store_error(err, SQB_E_NOMEM, "store");
	s->kind = kind;
	s->tmp = s->final = s->moved = s->fd = -1;
	s->room = malloc(SQB__STORE_ROOM);
	s->path = strdup(destination + strlen(kind->scheme));
	if (!s->room || !s->path)
		code = sqb__store_error(err, SQB_E_NOMEM, "store");
	else if (!open_dirs(s)) {
		code = sqb__store_fail(s, "cannot be opened or made");
		if (err)
			*err = s->error;
	}
	if (code == SQB_OK)
		*store = s;
	else
		sqb_store_close(s);
	return code;
}

static void close_if(int fd)
{
	if (fd >= 0)
		close(fd);
}

void sqb_store_close(sqb_store *s)
{
	if (!s)
		return;
	while (s->begun || s->n_ended > 0)
		sqb_store_drop(s);
	close_if(s->tmp);
	close_if(s->final);
	close_if(s->moved);
	free(s->room);
	free(s->path);
	free(s);
}

int sqb_store_begin(sqb_store *s, const sqb_store_id *id)
{
	if (s->begun || s->n_ended == SQB_STORE_GROUP) {
		errno = EBUSY;
		return sqb__store_fail(s, "the last message is not published");
	}
	s->ids[s->n_ended] = *id;
	s->begun = true;
	s->len = 0;
	s->cr = false;
	return SQB_OK;
}

/* A file of that name is what an earlier run left when it was killed. */
static int create(sqb_store *s)
{
	char name[SQB__NAME_MAX];
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;

	sqb__name_of(name, &s->ids[s->n_ended], s->kind->suffix);
	s->fd = openat(s->tmp, name, flags, 0600);
	if (s->fd < 0 && errno == EEXIST && unlinkat(s->tmp, name, 0) == 0)
		s->fd = openat(s->tmp, name, flags, 0600);
	return s->fd < 0 ? sqb__store_fail(s, "no new file") : SQB_OK;
}

static int put(sqb_store *s, sqb_str bytes)
{
	if (s->fd < 0 && create(s) < 0)
		return SQB_E_SINK;
	if (!sqb__write_all(s->fd, bytes))
		return sqb__store_fail(s, "write");
	return SQB_OK;
}

static int flush(sqb_store *s)
{
	size_t len = s->len;

	s->len = 0;
	return put(s, (sqb_str){ s->room, len });
}

static int add(sqb_store *s, const char *p, size_t n)
{
	while (n > SQB__STORE_ROOM - s->len) {
		size_t part = SQB__STORE_ROOM - s->len;

		memcpy(s->room + s->len, p, part);
		s->len += part;
		p += part;
		n -= part;
		if (flush(s) < 0)
			return SQB_E_SINK;
	}
	memcpy(s->room + s->len, p, n);
	s->len += n;
	return SQB_OK;
}

/* CRLF becomes LF; a CR or LF that stands alone stays. */
static int add_lines(sqb_store *s, sqb_str bytes)
{
	while (bytes.len > 0) {
		size_t part = SQB__STORE_ROOM - 1 - s->len;

		if (part > bytes.len)
			part = bytes.len;
		s->len += sqb__copy_lf(s->room + s->len, bytes.ptr, part,
		    &s->cr);
		bytes.ptr += part;
		bytes.len -= part;
		if (s->len >= SQB__STORE_ROOM - 1 && flush(s) < 0)
			return SQB_E_SINK;
	}
	return SQB_OK;
}

int sqb_store_write(sqb_store *s, sqb_str bytes)
{
	if (bytes.len == 0)
		return SQB_OK;
	if (s->kind->lf)
		return add_lines(s, bytes);
	if (s->len == 0 && bytes.len >= SQB__STORE_ROOM)
		return put(s, bytes);
	return add(s, bytes.ptr, bytes.len);
}

int sqb_store_end(sqb_store *s)
{
	int fd;
	bool synced;

	if (s->cr && add(s, "\r", 1) < 0)
		return SQB_E_SINK;
	if (flush(s) < 0)
		return SQB_E_SINK;
	synced = sqb__sync_file(s->fd, s->at_once);
	fd = s->fd;
	s->fd = -1;
	if (close(fd) < 0 || !synced)
		return sqb__store_fail(s, "sync");
	s->begun = false;
	s->n_ended++;
	return SQB_OK;
}

void sqb_store_drop(sqb_store *s)
{
	char name[SQB__NAME_MAX];

	close_if(s->fd);
	s->fd = -1;
	if (s->begun)
		s->begun = false;
	else if (s->n_ended > 0)
		s->n_ended--;
	else
		return;
	sqb__name_of(name, &s->ids[s->n_ended], s->kind->suffix);
	unlinkat(s->tmp, name, 0);
}

int sqb_store_publish(sqb_store *s)
{
	if (s->n_ended == 0)
		return SQB_OK;
	if (!sqb__sync_group(s->tmp, s->at_once))
		return sqb__store_fail(s, "sync");
	for (size_t i = 0; i < s->n_ended; i++) {
		char name[SQB__NAME_MAX];

		sqb__name_of(name, &s->ids[i], s->kind->suffix);
		if (renameat(s->tmp, name, s->final, name) < 0)
			return sqb__store_fail(s, "rename");
	}
	if (!sqb__sync(s->final))
		return sqb__store_fail(s, "sync of the directory");
	if (s->begun)
		s->ids[0] = s->ids[s->n_ended];
	s->n_ended = 0;
	return SQB_OK;
}

const sqb_error *sqb_store_error(const sqb_store *s)
{
	return &s->error;
}

/*
 * The spool: opening it, and new entries; see queue.h. A writer holds the lock
 * on its message from the beginning, so what has none in tmp/ is a dead one's.
 * Who takes that away removes the message last, and the lock goes with it: a
 * directory without a message is empty, or not an entry of ours.
 */
#define _GNU_SOURCE
#include "store/queue.h"

#include "store/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { TRIES = 100 };

/* In the order of ASCII, so that names sort as their numbers do. */
static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";

int sqb__queue_refuse(sqb_queue *q, sqb_code code, const char *why)
{
	q->error = (sqb_error){ .code = code };
	snprintf(q->error.text, sizeof(q->error.text), "queue %.120s: %.100s",
	    q->path, why);
	return code;
}

int sqb__queue_fail(sqb_queue *q, const char *doing)
{
	char what[200];

	snprintf(what, sizeof(what), "queue %.120s: %.60s", q->path, doing);
	return sqb__store_error(&q->error, errno == ENOMEM ? SQB_E_NOMEM :
	    SQB_E_SINK, what);
}

const char *sqb_queue_state_name(sqb_queue_state state)
{
	static const char *const names[] = { "waiting", "sending", "done",
		"failed", "unknown" };

	return (size_t)state < sizeof(names) / sizeof(names[0]) ?
	    names[state] : "?";
}

bool sqb__queue_is_id(const char *text)
{
	return strlen(text) == SQB_QUEUE_ID - 1 &&
	    strspn(text, digits) == SQB_QUEUE_ID - 1;
}

void sqb__queue_erase(int parent, const char *id)
{
	int dir = openat(parent, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);

	if (dir < 0)
		return;
	unlinkat(dir, SQB__QUEUE_NEW, 0);
	unlinkat(dir, SQB__QUEUE_ENVELOPE, 0);
	unlinkat(dir, SQB__QUEUE_MESSAGE, 0);
	close(dir);
	unlinkat(parent, id, AT_REMOVEDIR);
}

/* --- the names of entries */

static DIR *open_names(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *names = fd < 0 ? NULL : fdopendir(fd);

	if (!names)
		sqb__close(fd);
	return names;
}

/* The next; NULL: errno is 0, or says why. */
static const char *next_name(DIR *names)
{
	struct dirent *found;

	do {
		errno = 0;
		found = readdir(names);
	} while (found && !sqb__queue_is_id(found->d_name));
	return found ? found->d_name : NULL;
}

static bool add_id(sqb_queue *q, size_t n, const char *name)
{
	sqb_queue_id *grown = q->ids;

	if ((n & (n - 1)) == 0)
		grown = realloc(q->ids, (n == 0 ? 1 : n * 2) * sizeof(*grown));
	if (!grown)
		return false;
	q->ids = grown;
	memcpy(q->ids[n], name, SQB_QUEUE_ID);
	return true;
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(a, b);
}

int sqb_queue_ids(sqb_queue *q, const sqb_queue_id **ids, size_t *n)
{
	DIR *names = open_names(q->mail);
	const char *name;
	int sys = names ? 0 : errno;

	*n = 0;
	*ids = NULL;
	while (names && sys == 0 && (name = next_name(names)) != NULL)
		if (add_id(q, *n, name))
			++*n;
		else
			sys = ENOMEM;
	if (sys == 0)
		sys = errno;
	if (names)
		closedir(names);
	errno = sys;
	if (sys != 0)
		return sqb__queue_fail(q, "cannot be listed");
	if (*n > 1)
		qsort(q->ids, *n, sizeof(*q->ids), compare_ids);
	*ids = q->ids;
	return SQB_OK;
}

/* --- the queue */

static int open_message(int tmp, const char *id)
{
	int dir = openat(tmp, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC), fd, sys;

	if (dir < 0)
		return -1;
	fd = openat(dir, SQB__QUEUE_MESSAGE, O_RDWR | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC);
	sys = errno;
	close(dir);
	errno = sys;
	return fd;
}

/* A place without message may just have been made: no file is touched. */
static void clean_one(int tmp, const char *id)
{
	int fd = open_message(tmp, id);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		sqb__queue_erase(tmp, id);
	else if (fd < 0 && errno == ENOENT)
		unlinkat(tmp, id, AT_REMOVEDIR);
	sqb__close(fd);
}

/* What cannot be cleaned up stays for another time: it is in no one's way. */
static void clean(int tmp)
{
	DIR *names = open_names(tmp);
	const char *name;

	while (names && (name = next_name(names)) != NULL)
		clean_one(tmp, name);
	if (names)
		closedir(names);
}

static int open_places(sqb_queue *q)
{
	int root = sqb__open_dirs(q->path);
	struct stat st;
	bool shared = false, foreign = false;

	if (root >= 0 && fstat(root, &st) == 0) {
		foreign = st.st_uid != geteuid();
		shared = (st.st_mode & (S_IWGRP | S_IWOTH)) != 0;
		if (!shared && !foreign)
			q->tmp = sqb__open_subdir(root, "tmp");
		if (q->tmp >= 0)
			q->mail = sqb__open_subdir(root, "mail");
	}
	if (foreign)
		sqb__queue_refuse(q, SQB_E_SINK,
		    "it belongs to another user: name a directory of your own");
	else if (shared)
		sqb__queue_refuse(q, SQB_E_SINK,
		    "others may write to it: chmod 700 helps");
	else if (q->mail < 0)
		sqb__queue_fail(q, "cannot be opened or made");
	sqb__close(root);
	return q->mail < 0 ? (int)q->error.code : SQB_OK;
}

int sqb_queue_open(sqb_queue **q, const char *dir, sqb_error *err)
{
	sqb_queue *made = calloc(1, sizeof(*made));
	int code;

	*q = NULL;
	if (made)
		made->path = strdup(dir);
	if (!made || !made->path) {
		free(made);
		errno = ENOMEM;
		return sqb__store_error(err, SQB_E_NOMEM, "queue");
	}
	made->tmp = made->mail = made->place = made->message = -1;
	code = open_places(made);
	if (code == SQB_OK) {
		clean(made->tmp);
		*q = made;
		return SQB_OK;
	}
	if (err)
		*err = made->error;
	sqb_queue_close(made);
	return code;
}

void sqb_queue_close(sqb_queue *q)
{
	if (!q)
		return;
	sqb_queue_drop(q);
	sqb__close(q->tmp);
	sqb__close(q->mail);
	free(q->ids);
	free(q->path);
	free(q);
}

const sqb_error *sqb_queue_error(const sqb_queue *q)
{
	return &q->error;
}

/* --- a new entry */

/* Microseconds in eleven digits of five bits, and four by chance. */
static bool make_id(char out[SQB_QUEUE_ID])
{
	struct timespec now;
	uint32_t chance;
	uint64_t time;

	if (getentropy(&chance, sizeof(chance)) < 0)
		return false;
	clock_gettime(CLOCK_REALTIME, &now);
	time = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	for (int i = 10; i >= 0; i--, time >>= 5)
		out[i] = digits[time & 31];
	for (int i = 11; i < SQB_QUEUE_ID - 1; i++, chance >>= 5)
		out[i] = digits[chance & 31];
	out[SQB_QUEUE_ID - 1] = '\0';
	return true;
}

static void leave_place(sqb_queue *q)
{
	sqb__close(q->place);
	sqb__close(q->message);
	q->place = q->message = -1;
}

/*
 * 1: tmp/id is ours, with the lock; 0: another cleaned it up as we made it,
 * or has that name; -1: see errno.
 */
static int try_place(sqb_queue *q, const char *id)
{
	struct stat st;

	if (mkdirat(q->tmp, id, 0700) < 0)
		return errno == EEXIST ? 0 : -1;
	q->place = openat(q->tmp, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (q->place < 0)
		return errno == ENOENT ? 0 : -1;
	q->message = openat(q->place, SQB__QUEUE_MESSAGE, O_RDWR | O_CREAT |
	    O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (q->message < 0)
		return errno == ENOENT ? 0 : -1;
	if (flock(q->message, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? 0 : -1;
	return fstat(q->message, &st) < 0 ? -1 : st.st_nlink > 0;
}

static int take_place(sqb_queue *q, char id[SQB_QUEUE_ID])
{
	int got = 0, sys;

	for (int i = 0; i < TRIES && got == 0; i++) {
		got = make_id(id) ? try_place(q, id) : -1;
		sys = got == 0 ? EEXIST : errno;
		if (got < 1)
			leave_place(q);
		errno = sys;
	}
	if (got == 1)
		return SQB_OK;
	sqb__queue_fail(q, "no new entry");
	sqb__queue_erase(q->tmp, id);
	return q->error.code;
}

int sqb_queue_begin(sqb_queue *q, sqb_queue_mail *mail)
{
	int code = q->begun ? sqb__queue_refuse(q, SQB_E_USAGE,
	    "an entry is begun already") : sqb__queue_check(q, mail);

	if (code == SQB_OK)
		code = take_place(q, mail->id);
	if (code != SQB_OK)
		return code;
	q->begun = mail;
	mail->octets = 0;
	mail->tries = 0;
	return SQB_OK;
}

int sqb_queue_write(sqb_queue *q, sqb_str bytes)
{
	if (!q->begun)
		return sqb__queue_refuse(q, SQB_E_USAGE, "nothing is begun");
	if (!sqb__write_all(q->message, bytes))
		return sqb__queue_fail(q, "write");
	q->begun->octets += bytes.len;
	return SQB_OK;
}

/*
 * Where the last sync fails, nobody knows what a crash would leave of the
 * rename: it is undone, and the caller keeps the mail.
 */
static bool publish(sqb_queue *q)
{
	const char *id = q->begun->id;
	int sys;

	if (!sqb__sync(q->message) || !sqb__queue_put_envelope(q->place,
	    SQB__QUEUE_ENVELOPE, q->begun) || !sqb__sync(q->place) ||
	    renameat(q->tmp, id, q->mail, id) < 0)
		return false;
	if (sqb__sync(q->mail))
		return true;
	sys = errno;
	renameat(q->mail, id, q->tmp, id);
	errno = sys;
	return false;
}

int sqb_queue_commit(sqb_queue *q)
{
	if (!q->begun)
		return sqb__queue_refuse(q, SQB_E_USAGE, "nothing is begun");
	if (!publish(q)) {
		sqb__queue_fail(q, "commit");
		sqb_queue_drop(q);
		return q->error.code;
	}
	q->begun = NULL;
	leave_place(q);
	return SQB_OK;
}

void sqb_queue_drop(sqb_queue *q)
{
	if (!q->begun)
		return;
	sqb__queue_erase(q->tmp, q->begun->id);
	q->begun = NULL;
	leave_place(q);
}

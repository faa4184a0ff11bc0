/*
 * An entry of the spool that is taken or looked at; see queue.h. Others may
 * remove it at any moment until it is locked: a file that is missing is no
 * damage unless the entry is still there after that was found.
 */
#define _GNU_SOURCE
#include "store/queue.h"

#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int gone(sqb_queue *q, const char *id)
{
	char why[64];

	snprintf(why, sizeof(why), "there is no %.40s (any more)", id);
	return sqb__queue_refuse(q, SQB_E_USAGE, why);
}

/* True: the directory that is open is the one that has the name. */
static bool is_there(const sqb_queue_entry *e)
{
	struct stat open, named;

	return fstat(e->dir, &open) == 0 && fstatat(e->q->mail, e->mail.id,
	    &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	    open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

static int miss(sqb_queue_entry *e, const char *what)
{
	if (!is_there(e))
		return gone(e->q, e->mail.id);
	snprintf(e->damage, sizeof(e->damage), "the %s is missing", what);
	return SQB_OK;
}

static int lock(sqb_queue_entry *e)
{
	if (flock(e->message, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? sqb__queue_refuse(e->q,
		    SQB_E_RETRY, "another program holds the entry") :
		    sqb__queue_fail(e->q, "lock");
	return is_there(e) ? SQB_OK : gone(e->q, e->mail.id);
}

static int open_message(sqb_queue_entry *e, bool hold)
{
	int access = hold ? O_RDWR : O_RDONLY;

	e->message = openat(e->dir, SQB__QUEUE_MESSAGE, access | O_NOFOLLOW |
	    O_NONBLOCK | O_CLOEXEC);
	if (e->message >= 0)
		return hold ? lock(e) : SQB_OK;
	if (errno == ENOENT || errno == ELOOP || errno == EISDIR)
		return miss(e, SQB__QUEUE_MESSAGE);
	return sqb__queue_fail(e->q, "a message");
}

static int check_message(sqb_queue_entry *e)
{
	struct stat st;

	if (fstat(e->message, &st) < 0)
		return sqb__queue_fail(e->q, "a message");
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != e->mail.octets)
		snprintf(e->damage, sizeof(e->damage), "the message has not "
		    "the %llu octets it had",
		    (unsigned long long)e->mail.octets);
	return SQB_OK;
}

static int read_entry(sqb_queue_entry *e, bool hold)
{
	int code = open_message(e, hold);

	if (code != SQB_OK || e->damage[0] != '\0')
		return code;
	code = sqb__queue_get_envelope(e);
	if (code == SQB_E_USAGE)
		return miss(e, SQB__QUEUE_ENVELOPE);
	if (code == SQB_E_NOMEM)
		return sqb__queue_refuse(e->q, code, "no memory");
	if (code != SQB_OK)
		return sqb__queue_fail(e->q, "an envelope");
	return e->damage[0] == '\0' ? check_message(e) : SQB_OK;
}

/* Of a damaged entry nothing is told that might be taken for true. */
static void forget_damaged(sqb_queue_entry *e)
{
	sqb_queue_mail none = { .account = "", .from = "", .envelope = "",
		.damage = e->damage };

	memcpy(none.id, e->mail.id, sizeof(none.id));
	e->mail = none;
}

/* Nobody is sending an entry that we hold. */
static int end_sending(sqb_queue_entry *e)
{
	bool any = false;
	int code = SQB_OK;

	for (size_t i = 0; i < e->mail.n_recipients && code == SQB_OK; i++)
		if (e->recipients[i].state == SQB_QUEUE_SENDING) {
			any = true;
			code = sqb_queue_settle(e, i, SQB_QUEUE_UNKNOWN,
			    "squab was ended while it was being sent");
		}
	return any && code == SQB_OK ?
	    sqb_queue_update(e, e->mail.next_try) : code;
}

static int open_entry(sqb_queue *q, const char *id, bool hold,
    sqb_queue_entry *e)
{
	int code;

	*e = (sqb_queue_entry){ .q = q, .dir = -1, .message = -1 };
	if (!sqb__queue_is_id(id))
		return gone(q, id);
	memcpy(e->mail.id, id, SQB_QUEUE_ID);
	e->dir = openat(q->mail, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (e->dir < 0)
		return errno == ENOENT ? gone(q, id) :
		    sqb__queue_fail(q, "an entry");
	code = read_entry(e, hold);
	if (code != SQB_OK)
		return code;
	e->held = hold;
	if (e->damage[0] != '\0')
		forget_damaged(e);
	return hold ? end_sending(e) : SQB_OK;
}

static int new_entry(sqb_queue *q, const char *id, bool hold,
    sqb_queue_entry **out)
{
	sqb_queue_entry *e = malloc(sizeof(*e));
	int code = e ? open_entry(q, id, hold, e) :
	    sqb__queue_refuse(q, SQB_E_NOMEM, "no memory");

	*out = code == SQB_OK ? e : NULL;
	if (code != SQB_OK)
		sqb_queue_release(e);
	return code;
}

int sqb_queue_take(sqb_queue *q, const char *id, sqb_queue_entry **e)
{
	return new_entry(q, id, true, e);
}

int sqb_queue_look(sqb_queue *q, const char *id, sqb_queue_entry **e)
{
	return new_entry(q, id, false, e);
}

void sqb_queue_release(sqb_queue_entry *e)
{
	if (!e)
		return;
	for (size_t i = 0; e->whys && i < e->mail.n_recipients; i++)
		free(e->whys[i]);
	free(e->whys);
	free(e->recipients);
	free(e->text);
	sqb__close(e->message);
	sqb__close(e->dir);
	free(e);
}

const sqb_queue_mail *sqb_queue_mail_of(const sqb_queue_entry *e)
{
	return &e->mail;
}

int64_t sqb_queue_read(sqb_queue_entry *e, void *out, size_t cap)
{
	ssize_t n;

	if (e->message < 0)
		return 0;
	do
		n = read(e->message, out, cap);
	while (n < 0 && errno == EINTR);
	return n < 0 ? sqb__queue_fail(e->q, "read") : n;
}

int sqb_queue_rewind(sqb_queue_entry *e)
{
	return e->message < 0 || lseek(e->message, 0, SEEK_SET) == 0 ?
	    SQB_OK : sqb__queue_fail(e->q, "read");
}

/* --- what becomes of it */

int sqb_queue_settle(sqb_queue_entry *e, size_t i, sqb_queue_state state,
    const char *why)
{
	char *copy;

	if (i >= e->mail.n_recipients)
		return sqb__queue_refuse(e->q, SQB_E_USAGE,
		    "there is no such recipient");
	copy = malloc(SQB_QUEUE_WHY + 1);
	if (!copy)
		return sqb__queue_refuse(e->q, SQB_E_NOMEM, "no memory");
	sqb__queue_safe(copy, sqb_str_of(why));
	free(e->whys[i]);
	e->whys[i] = copy;
	e->recipients[i].state = state;
	e->recipients[i].why = copy;
	return SQB_OK;
}

/* A new envelope in the place of the old. */
static int replace(sqb_queue_entry *e)
{
	int sys;

	if (sqb__queue_put_envelope(e->dir, SQB__QUEUE_NEW, &e->mail) &&
	    renameat(e->dir, SQB__QUEUE_NEW, e->dir,
	    SQB__QUEUE_ENVELOPE) == 0 && sqb__sync(e->dir))
		return SQB_OK;
	sys = errno;
	unlinkat(e->dir, SQB__QUEUE_NEW, 0);
	errno = sys;
	return sqb__queue_fail(e->q, "update");
}

static int check_held(sqb_queue_entry *e)
{
	return e->held && !e->mail.damage ? SQB_OK :
	    sqb__queue_refuse(e->q, SQB_E_USAGE,
	    "the entry was not taken, or is damaged");
}

/* From one state to another, where it is that. */
static void move(sqb_queue_entry *e, sqb_queue_state from, sqb_queue_state to)
{
	for (size_t i = 0; i < e->mail.n_recipients; i++)
		if (e->recipients[i].state == from)
			e->recipients[i].state = to;
}

int sqb_queue_sending(sqb_queue_entry *e)
{
	int code = check_held(e);

	if (code != SQB_OK)
		return code;
	move(e, SQB_QUEUE_WAITING, SQB_QUEUE_SENDING);
	code = replace(e);
	if (code != SQB_OK)
		move(e, SQB_QUEUE_SENDING, SQB_QUEUE_WAITING);
	return code;
}

int sqb_queue_update(sqb_queue_entry *e, int64_t next_try)
{
	size_t n_done = 0;
	int code = check_held(e);

	if (code != SQB_OK)
		return code;
	for (size_t i = 0; i < e->mail.n_recipients; i++)
		n_done += e->recipients[i].state == SQB_QUEUE_DONE;
	e->mail.next_try = next_try;
	e->mail.tries++;
	return n_done == e->mail.n_recipients ? sqb_queue_remove(e) :
	    replace(e);
}

/*
 * One rename takes it away; what it was is erased then, by us or, if we die,
 * by who opens the queue next.
 */
int sqb_queue_remove(sqb_queue_entry *e)
{
	sqb_queue *q = e->q;

	if (!e->held)
		return sqb__queue_refuse(q, SQB_E_USAGE,
		    "the entry was not taken");
	if (renameat(q->mail, e->mail.id, q->tmp, e->mail.id) < 0)
		return errno == ENOENT ? gone(q, e->mail.id) :
		    sqb__queue_fail(q, "removal");
	if (!sqb__sync(q->mail))
		return sqb__queue_fail(q, "removal");
	sqb__queue_erase(q->tmp, e->mail.id);
	e->held = false;
	return SQB_OK;
}

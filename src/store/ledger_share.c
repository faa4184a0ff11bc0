/*
 * What handles of a ledger share: its folder, and lines, as connections to the
 * database are called here. A handle has a line from its first look to its
 * rest, and then leaves it to the next: to open one takes longer than all that
 * most runs do with it. A line whose file is not the ledger any more, or with
 * which something has failed, goes.
 */
#include "store/ledger.h"

#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- lines */

static void free_line(sqb__ledger_line *line)
{
	sqb__ledger_close_db(line);
	if (line->guard >= 0)
		close(line->guard);
	free(line);
}

static sqb__ledger_line *pop(sqb__ledger_home *h)
{
	sqb__ledger_line *line;

	pthread_mutex_lock(&h->mutex);
	line = h->idle;
	if (line)
		h->idle = line->next;
	pthread_mutex_unlock(&h->mutex);
	return line;
}

static void push(sqb__ledger_home *h, sqb__ledger_line *line)
{
	pthread_mutex_lock(&h->mutex);
	line->next = h->idle;
	h->idle = line;
	pthread_mutex_unlock(&h->mutex);
}

void sqb__ledger_hang_up(sqb__ledger_home *h)
{
	sqb__ledger_line *line;

	while ((line = pop(h)))
		free_line(line);
}

static sqb__ledger_file file_of(const sqb__ledger_home *h)
{
	struct stat st;

	if (fstatat(h->dir, SQB__LEDGER_FILE, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return (sqb__ledger_file){ .ino = 0 };
	return (sqb__ledger_file){ st.st_dev, st.st_ino };
}

static bool is_same(const sqb__ledger_file *a, const sqb__ledger_file *b)
{
	return a->ino != 0 && a->ino == b->ino && a->dev == b->dev;
}

static bool is_current(const sqb__ledger_home *h,
    const sqb__ledger_line *line)
{
	sqb__ledger_file now = file_of(h);

	return is_same(&now, &line->file) &&
	    faccessat(h->dir, SQB__LEDGER_MARK, F_OK, 0) < 0;
}

static int connect(sqb_ledger *l)
{
	sqb__ledger_line *line = calloc(1, sizeof(*line));
	int code;

	if (!line)
		return sqb__ledger_no_memory(l);
	l->line = line;
	line->guard = sqb__ledger_lock_file(l, "ledger");
	code = line->guard < 0 ? sqb__ledger_fail_sys(l, "its locks") :
	    sqb__ledger_open_db(l);
	if (code == SQB_OK) {
		line->failed = false;
		line->file = file_of(l->home);
		return SQB_OK;
	}
	l->line = NULL;
	free_line(line);
	return code;
}

/* What this handle has read of another file may not be true of this one. */
static int replaced(sqb_ledger *l)
{
	sqb_ledger_rest(l);
	l->error = (sqb_error){ .code = SQB_E_SINK };
	snprintf(l->error.text, sizeof(l->error.text), "ledger %.140s was "
	    "replaced or damaged meanwhile: run it again", l->home->path);
	return SQB_E_SINK;
}

int sqb__ledger_take(sqb_ledger *l)
{
	int code = SQB_OK;

	if (l->line)
		return SQB_OK;
	while ((l->line = pop(l->home)) && !is_current(l->home, l->line))
		free_line(l->line);
	if (!l->line)
		code = connect(l);
	if (code < 0)
		return code;
	if (code == SQB_OK && l->file.ino == 0)
		l->file = l->line->file;
	return code == SQB_OK && is_same(&l->file, &l->line->file) ? SQB_OK :
	    replaced(l);
}

static void give(sqb_ledger *l)
{
	sqb__ledger_line *line = l->line;

	l->line = NULL;
	l->number = -1;
	if (line && line->failed)
		free_line(line);
	else if (line)
		push(l->home, line);
}

void sqb_ledger_rest(sqb_ledger *l)
{
	if (!l->line || l->writing)
		return;
	sqb__ledger_end_reading(l);
	give(l);
}

/* --- the folder */

static int open_dirs(sqb_ledger *l, const char *dir)
{
	sqb__ledger_home *h = l->home;
	char *real;
	size_t size;

	h->dir = sqb__open_dirs(dir);
	if (h->dir < 0)
		return sqb__store_error(&l->error, SQB_E_SINK, dir);
	real = realpath(dir, NULL);	/* SQLite wants no "file:" in front */
	if (!real)
		return sqb__store_error(&l->error, SQB_E_SINK, dir);
	size = strlen(real) + sizeof("/" SQB__LEDGER_FILE);
	h->path = malloc(size);
	if (h->path)
		snprintf(h->path, size, "%s/%s", real, SQB__LEDGER_FILE);
	free(real);
	if (!h->path)
		return sqb__ledger_no_memory(l);
	h->locks = sqb__open_subdir(h->dir, "locks");
	return h->locks >= 0 ? SQB_OK : sqb__ledger_fail_sys(l, "its locks");
}

void sqb__ledger_enter(sqb_ledger *l, sqb__ledger_home *h)
{
	pthread_mutex_lock(&h->mutex);
	h->n_handles++;
	pthread_mutex_unlock(&h->mutex);
	l->home = h;
}

int sqb__ledger_settle(sqb_ledger *l, const char *dir)
{
	sqb__ledger_home *h = calloc(1, sizeof(*h));

	if (!h || pthread_mutex_init(&h->mutex, NULL) != 0) {
		free(h);
		return sqb__ledger_no_memory(l);
	}
	h->dir = h->locks = -1;
	sqb__ledger_enter(l, h);
	h->md = EVP_MD_fetch(NULL, "SHA256", NULL);
	return h->md ? open_dirs(l, dir) : sqb__ledger_no_memory(l);
}

void sqb__ledger_leave(sqb_ledger *l)
{
	sqb__ledger_home *h = l->home;
	bool is_last;

	if (!h)
		return;
	give(l);
	pthread_mutex_lock(&h->mutex);
	is_last = --h->n_handles == 0;
	pthread_mutex_unlock(&h->mutex);
	if (!is_last)
		return;
	sqb__ledger_hang_up(h);
	pthread_mutex_destroy(&h->mutex);
	if (h->locks >= 0)
		close(h->locks);
	if (h->dir >= 0)
		close(h->dir);
	EVP_MD_free(h->md);
	free(h->path);
	free(h);
}

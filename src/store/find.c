/*
 * Which messages have been delivered before: one look at the directories,
 * whose cost in memory follows what is asked for and not what lies there.
 * Temporary files that nobody can still be writing are removed on the way.
 */
#include "store/file.h"
#include "store/name.h"
#include "store/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define STALE (36 * 3600)	/* s; what Maildir's own rules say of tmp */

typedef struct search {
	const sqb_store_id **order;	/* sorted */
	const sqb_store_id *ids;
	size_t n;
	bool *there;
	bool found;		/* any */
} search;

static int by_id(const void *a, const void *b)
{
	return sqb_store_id_compare(*(const sqb_store_id *const *)a,
	    *(const sqb_store_id *const *)b);
}

static void mark(search *w, const sqb_store_id *id)
{
	size_t low = 0, high = w->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (sqb_store_id_compare(w->order[mid], id) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < w->n &&
	    sqb_store_id_compare(w->order[low], id) == 0; low++) {
		w->there[w->order[low] - w->ids] = true;
		w->found = true;
	}
}

static DIR *open_again(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d && fd >= 0)
		close(fd);
	return d;
}

static bool look(search *w, int dir, const char *suffix)
{
	DIR *d = open_again(dir);
	struct dirent *entry;
	bool read_all;

	if (!d)
		return false;
	while (errno = 0, (entry = readdir(d)) != NULL) {
		sqb_store_id id;

		if (sqb__name_read(entry->d_name, suffix, &id))
			mark(w, &id);
	}
	read_all = errno == 0;
	closedir(d);
	return read_all;
}

static void clean(int dir, const char *suffix)
{
	DIR *d = open_again(dir);
	struct dirent *entry;
	time_t now = time(NULL);

	while (d && (entry = readdir(d)) != NULL) {
		sqb_store_id id;
		struct stat st;

		if (sqb__name_read(entry->d_name, suffix, &id) &&
		    fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0
		    && st.st_mtime < now - STALE)
			unlinkat(dir, entry->d_name, 0);
	}
	if (d)
		closedir(d);
}

int sqb_store_find(sqb_store *s, const sqb_store_id *ids, size_t n,
    bool *there)
{
	search w = { .ids = ids, .n = n, .there = there };
	bool looked;

	w.order = malloc(n * sizeof(*w.order));
	if (!w.order && n > 0)
		return sqb__store_error(&s->error, SQB_E_NOMEM, "store");
	for (size_t i = 0; i < n; i++) {
		w.order[i] = &ids[i];
		there[i] = false;
	}
	if (n > 0)
		qsort(w.order, n, sizeof(*w.order), by_id);
	looked = look(&w, s->final, s->kind->suffix) &&
	    (s->moved < 0 || look(&w, s->moved, s->kind->suffix));
	free(w.order);
	if (!looked)
		return sqb__store_fail(s, "cannot be listed");
	clean(s->tmp, s->kind->suffix);
	/* Who published it may have been killed before the sync. */
	if (w.found && !(sqb__sync(s->final) &&
	    (s->moved < 0 || sqb__sync(s->moved))))
		return sqb__store_fail(s, "sync of the directory");
	return SQB_OK;
}

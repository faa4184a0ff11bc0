/*
 * Which messages have been delivered before: one look at the directories,
 * whose cost in memory follows what is asked for and not what lies there. Few
 * are asked for by name where nobody changes it. Temporary files that nobody
 * can still be writing are removed on the way.
 */
#include "store/dir.h"
#include "store/file.h"
#include "store/name.h"
#include "store/search.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define STALE (36 * 3600)	/* s; what Maildir's own rules say of tmp */
#define FEW 64			/* files, found faster than a folder is read */

static DIR *open_again(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d && fd >= 0)
		close(fd);
	return d;
}

static bool look(sqb__search *w, int dir, const char *suffix)
{
	DIR *d = open_again(dir);
	struct dirent *entry;
	bool read_all;

	if (!d)
		return false;
	while (errno = 0, (entry = readdir(d)) != NULL) {
		sqb_store_id id;

		if (sqb__name_read(entry->d_name, suffix, &id))
			sqb__search_mark(w, &id);
	}
	read_all = errno == 0;
	closedir(d);
	return read_all;
}

static bool look_for_each(sqb__search *w, int dir, const char *suffix)
{
	for (size_t i = 0; i < w->n; i++) {
		char name[SQB__NAME_MAX];

		sqb__name_of(name, &w->ids[i], suffix);
		if (faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			sqb__search_mark(w, &w->ids[i]);
		else if (errno != ENOENT)
			return false;
	}
	return true;
}

/*
 * What is new has the name that it was given (maildir(5)), and where there is
 * no reader all of it stays new, for ever.
 */
static bool look_in_final(sqb__search *w, const sqb__dir *d)
{
	return w->n <= FEW ? look_for_each(w, d->final, d->kind->suffix) :
	    look(w, d->final, d->kind->suffix);
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

int sqb__dir_find(sqb_store *s, const sqb_store_id *ids, size_t n,
    bool *there)
{
	sqb__dir *dir = (sqb__dir *)s;
	const char *suffix = dir->kind->suffix;
	sqb__search w;
	bool looked;

	if (!sqb__search_init(&w, ids, n, there))
		return sqb__store_fail(s, "search");
	looked = look_in_final(&w, dir) &&
	    (dir->moved < 0 || look(&w, dir->moved, suffix));
	sqb__search_clear(&w);
	if (!looked)
		return sqb__store_fail(s, "cannot be listed");
	clean(dir->tmp, suffix);
	/* Who published it may have been killed before the sync. */
	if (w.found && !(sqb__sync(dir->final) &&
	    (dir->moved < 0 || sqb__sync(dir->moved))))
		return sqb__store_fail(s, "sync of the directory");
	return SQB_OK;
}

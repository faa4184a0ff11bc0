/* See walk.h. */
#include "walk.h"

#include "print.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum { MAX_DEPTH = 64 };	/* folders in each other */

/* What is done, and what has come of it so far. */
typedef struct walker {
	walk_visit visit;
	void *ctx;
	int status;
	bool stopped;
} walker;

/* The first counts. */
static void note(walker *w, int status)
{
	w->stopped = w->stopped || status == WALK_STOP;
	if (status != WALK_STOP && w->status == EX_OK)
		w->status = status;
}

static void fail(walker *w, const char *name)
{
	cli_error("%s: %s", name, strerror(errno));
	note(w, EX_NOINPUT);
}

static void walk_file(walker *w, const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		fail(w, name);
		return;
	}
	note(w, w->visit(w->ctx, fd, name));
	close(fd);
}

/* folder "/" name; NULL: no memory. */
static char *join(const char *folder, const char *name)
{
	size_t cap = strlen(folder) + strlen(name) + 2;
	char *path = malloc(cap);

	if (path)
		snprintf(path, cap, "%s/%s", folder, name);
	return path;
}

static int is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void walk_folder(walker *w, const char *folder, unsigned depth);

/* What is in a folder: neither links nor pipes nor devices. */
static void walk_entry(walker *w, const char *folder, const char *name,
    unsigned depth)
{
	char *path = join(folder, name);
	struct stat st;

	if (!path || lstat(path, &st) < 0)
		fail(w, folder);
	else if (S_ISREG(st.st_mode))
		walk_file(w, path);
	else if (S_ISDIR(st.st_mode))
		walk_folder(w, path, depth + 1);
	free(path);
}

static void walk_names(walker *w, const char *folder, unsigned depth)
{
	struct dirent **names;
	int n = scandir(folder, &names, is_shown, alphasort);

	if (n < 0) {
		fail(w, folder);
		return;
	}
	for (int i = 0; i < n; i++) {
		if (!w->stopped)
			walk_entry(w, folder, names[i]->d_name, depth);
		free(names[i]);
	}
	free(names);
}

static bool has_folder(const char *folder, const char *name)
{
	char *path = join(folder, name);
	struct stat st;
	bool has = path && lstat(path, &st) == 0 && S_ISDIR(st.st_mode);

	free(path);
	return has;
}

/* Of a Maildir what is in new and cur, and not what is in tmp. */
static void walk_folder(walker *w, const char *folder, unsigned depth)
{
	if (has_folder(folder, "cur") && has_folder(folder, "new")) {
		walk_entry(w, folder, "cur", MAX_DEPTH - 1);
		if (!w->stopped)
			walk_entry(w, folder, "new", MAX_DEPTH - 1);
	} else if (depth > MAX_DEPTH) {
		errno = ELOOP;
		fail(w, folder);
	} else {
		walk_names(w, folder, depth);
	}
}

int walk(const char *operand, walk_visit visit, void *ctx)
{
	walker w = { .visit = visit, .ctx = ctx };
	struct stat st;

	if (strcmp(operand, "-") == 0)
		note(&w, visit(ctx, STDIN_FILENO, "-"));
	else if (stat(operand, &st) == 0 && S_ISDIR(st.st_mode))
		walk_folder(&w, operand, 0);
	else
		walk_file(&w, operand);
	return w.status;
}

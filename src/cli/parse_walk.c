/*
 * What operands of squab parse name: files, mboxes, Maildirs, folders. Names
 * in a folder come in the order of their octets; links are not followed, and
 * names that begin with a dot are passed over.
 */
#include "parse.h"
#include "print.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum { MAX_DEPTH = 64 };	/* folders in each other */

/* Returns status, but for what can be opened and not read: a folder. */
static int fail(const char *name, int status)
{
	int sys = errno;

	cli_error("%s: %s", name, sys == EFBIG ?
	    "a message is larger than 1G, the most that is read" :
	    strerror(sys));
	return sys == EISDIR ? EX_NOINPUT : status;
}

static int walk_fd(int fd, const char *name, parse_jobs *j)
{
	parse_message m;
	parse_input in;
	int more = parse_input_begin(&in, fd, name) ? 1 : -1;

	while (more > 0 && !ferror(stdout)) {
		more = parse_input_next(&in, &m);
		if (more > 0)
			parse_jobs_add(j, &m);
	}
	parse_input_clear(&in);
	return more < 0 ? fail(name, EX_IOERR) : EX_OK;
}

static int walk_file(const char *name, parse_jobs *j)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC), status;

	if (fd < 0)
		return fail(name, EX_NOINPUT);
	status = walk_fd(fd, name, j);
	close(fd);
	return status;
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

static int walk_folder(const char *folder, unsigned depth, parse_jobs *j);

/* What is in a folder: neither links nor pipes nor devices. */
static int walk_entry(const char *folder, const char *name, unsigned depth,
    parse_jobs *j)
{
	char *path = join(folder, name);
	struct stat st;
	int status = EX_OK;

	if (!path || lstat(path, &st) < 0)
		status = fail(folder, EX_NOINPUT);
	else if (S_ISREG(st.st_mode))
		status = walk_file(path, j);
	else if (S_ISDIR(st.st_mode))
		status = walk_folder(path, depth + 1, j);
	free(path);
	return status;
}

static int walk_names(const char *folder, unsigned depth, parse_jobs *j)
{
	struct dirent **names;
	int n = scandir(folder, &names, is_shown, alphasort);
	int status = EX_OK;

	if (n < 0)
		return fail(folder, EX_NOINPUT);
	for (int i = 0; i < n; i++) {
		int one = ferror(stdout) ? EX_IOERR :
		    walk_entry(folder, names[i]->d_name, depth, j);

		status = status == EX_OK ? one : status;
		free(names[i]);
	}
	free(names);
	return status;
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
static int walk_maildir(const char *folder, parse_jobs *j)
{
	static const char *const names[] = { "cur", "new" };
	int status = EX_OK;

	for (size_t i = 0; i < 2; i++) {
		int one = walk_entry(folder, names[i], MAX_DEPTH - 1, j);

		status = status == EX_OK ? one : status;
	}
	return status;
}

static int walk_folder(const char *folder, unsigned depth, parse_jobs *j)
{
	if (has_folder(folder, "cur") && has_folder(folder, "new"))
		return walk_maildir(folder, j);
	if (depth > MAX_DEPTH) {
		errno = ELOOP;
		return fail(folder, EX_NOINPUT);
	}
	return walk_names(folder, depth, j);
}

int parse_walk(const char *operand, parse_jobs *j)
{
	struct stat st;

	if (strcmp(operand, "-") == 0)
		return walk_fd(STDIN_FILENO, "-", j);
	if (stat(operand, &st) == 0 && S_ISDIR(st.st_mode))
		return walk_folder(operand, 0, j);
	return walk_file(operand, j);
}

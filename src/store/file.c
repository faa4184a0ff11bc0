/*
 * What POSIX leaves to the system about durable files. On Linux one
 * syncfs(2) covers a whole group, but only on file systems known to write
 * everything and tell of errors then (4.x kernels before 5.8 do not tell);
 * elsewhere it is an fsync(2) a file, F_FULLFSYNC where there is one.
 */
#define _GNU_SOURCE
#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/vfs.h>
#endif

int sqb__store_error(sqb_error *err, sqb_code code, const char *what)
{
	int sys = errno;

	if (err) {
		*err = (sqb_error){ .code = code, .sys = sys };
		snprintf(err->text, sizeof(err->text), "%.160s: %s", what,
		    strerror(sys));
	}
	return code;
}

#if defined(F_FULLFSYNC)
bool sqb__sync(int fd)
{
	return fcntl(fd, F_FULLFSYNC) == 0 || fsync(fd) == 0;
}

bool sqb__sync_data(int fd)
{
	return sqb__sync(fd);
}
#else
bool sqb__sync(int fd)
{
	return fsync(fd) == 0;
}

bool sqb__sync_data(int fd)
{
	return fdatasync(fd) == 0;
}
#endif

#if defined(__linux__)
bool sqb__sync_at_once(int dir)
{
	static const unsigned long good[] = { 0xef53 /* ext4 */,
		0x58465342 /* XFS */, 0x9123683e /* Btrfs */,
		0xf2f52010 /* F2FS */, 0x01021994 /* tmpfs */ };
	struct statfs fs;

	if (fstatfs(dir, &fs) < 0)
		return false;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if ((unsigned long)fs.f_type == good[i])
			return true;
	return false;
}

bool sqb__sync_group(int dir, bool at_once)
{
	return !at_once || syncfs(dir) == 0;
}
#else
bool sqb__sync_at_once(int dir)
{
	(void)dir;
	return false;
}

bool sqb__sync_group(int dir, bool at_once)
{
	(void)dir;
	return !at_once;
}
#endif

bool sqb__sync_file(int fd, bool at_once)
{
	return at_once || sqb__sync(fd);
}

enum { DIR_FLAGS = O_RDONLY | O_DIRECTORY | O_CLOEXEC };

int sqb__open_subdir(int dir, const char *name)
{
	if (mkdirat(dir, name, 0700) == 0 && !sqb__sync(dir))
		return -1;
	return openat(dir, name, DIR_FLAGS | O_NOFOLLOW);
}

/* path up to end is made; the directory that it went into is synced. */
static bool make_dir(char *path, char *end)
{
	char *slash, kept = *end;
	bool made;
	int parent;

	*end = '\0';
	made = mkdir(path, 0700) == 0;
	*end = kept;
	if (!made)
		return errno == EEXIST;
	for (slash = end - 1; slash > path && *slash != '/'; slash--)
		;
	kept = *slash;
	*slash = '\0';
	parent = open(slash > path ? path : kept == '/' ? "/" : ".",
	    DIR_FLAGS);
	*slash = kept;
	made = parent >= 0 && sqb__sync(parent);
	if (parent >= 0)
		close(parent);
	return made;
}

/* The places of path from the first that is missing. */
static bool make_dirs(char *path)
{
	char *end = path;
	bool made = true;

	while (made && *end != '\0') {
		end += strspn(end, "/");
		end += strcspn(end, "/");
		if (end > path && end[-1] != '/') {
			char kept = *end;
			struct stat st;
			bool missing;

			*end = '\0';
			missing = stat(path, &st) < 0 && errno == ENOENT;
			*end = kept;
			made = !missing || make_dir(path, end);
		}
	}
	return made;
}

int sqb__open_dirs(const char *path)
{
	int dir = open(path, DIR_FLAGS);
	char *copy;
	bool made;

	if (dir >= 0 || errno != ENOENT)
		return dir;
	copy = strdup(path);
	if (!copy)
		return -1;
	made = make_dirs(copy);
	free(copy);
	return made ? open(path, DIR_FLAGS) : -1;
}

bool sqb__write_all(int fd, sqb_str bytes)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.ptr, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		bytes.ptr += n;
		bytes.len -= (size_t)n;
	}
	return true;
}

void sqb__close(int fd)
{
	if (fd >= 0)
		close(fd);
}

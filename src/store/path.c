/* The path of a file, taken apart; see path.h. */
#include "store/path.h"

#include "store/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "DIR/NAME" of a directory that is there. NULL: see errno. */
static char *join(const char *dir, const char *name)
{
	char *real = realpath(dir, NULL), *whole = NULL;
	size_t size = real ? strlen(real) + strlen(name) + 2 : 0;

	if (real)
		whole = malloc(size);
	if (whole)
		snprintf(whole, size, "%s/%s", real, name);
	free(real);
	return whole;
}

bool sqb__path_init(sqb__path *p, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) + 1 : 0;
	char *dir = n > 0 ? strndup(path, n) : strdup(".");

	*p = (sqb__path){ .dir = -1 };
	p->name = strdup(path + n);
	if (dir && p->name)
		p->dir = sqb__open_dirs(dir);
	if (p->dir >= 0 && path[n] != '\0')
		p->whole = join(dir, path + n);
	else if (p->dir >= 0)
		errno = EISDIR;
	free(dir);
	return p->whole != NULL;
}

void sqb__path_clear(sqb__path *p)
{
	if (p->name)
		sqb__close(p->dir);
	free(p->name);
	free(p->whole);
	*p = (sqb__path){ .dir = -1 };
}

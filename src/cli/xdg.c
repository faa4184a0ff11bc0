/* $XDG_… or what stands for it below $HOME. */
#include "xdg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *cli_xdg_path(const char *variable, const char *home_rest,
    const char *rest)
{
	const char *dir = getenv(variable), *slash = "";
	size_t size;
	char *out;

	if (!dir || *dir != '/') {
		dir = getenv("HOME");
		slash = "/";
	} else {
		home_rest = "";
	}
	if (!dir || *dir == '\0')
		return NULL;
	size = strlen(dir) + strlen(home_rest) + strlen(rest) + 3;
	out = malloc(size);
	if (out)
		snprintf(out, size, "%s%s%s/%s", dir, slash, home_rest, rest);
	return out;
}

/* See slurp.h. */
#include "slurp.h"

#include "print.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { STEP = 65536 };

static bool grow(char **out, size_t *cap)
{
	size_t bigger = *cap * 2 + STEP;
	char *moved = realloc(*out, bigger);

	if (!moved)
		return false;
	*out = moved;
	*cap = bigger;
	return true;
}

static bool read_all(int fd, size_t max, char **out, size_t *len)
{
	size_t cap = 0;

	for (*len = 0; ; ) {
		ssize_t n;

		if (cap - *len < 2 && !grow(out, &cap))
			return false;
		n = read(fd, *out + *len, cap - *len - 1);
		if (n == 0)
			break;
		if (n < 0 && errno != EINTR)
			return false;
		*len += n > 0 ? (size_t)n : 0;
		if (*len > max) {
			errno = EFBIG;
			return false;
		}
	}
	(*out)[*len] = '\0';
	return true;
}

bool slurp_fd(int fd, size_t max, char **out, size_t *len)
{
	int sys;

	*out = NULL;
	if (read_all(fd, max, out, len))
		return true;
	sys = errno;
	free(*out);
	*out = NULL;
	errno = sys;
	return false;
}

int slurp(const char *file, size_t max, const char *limit, char **out,
    size_t *len)
{
	bool is_stdin = strcmp(file, "-") == 0, done;
	int fd = is_stdin ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);

	*out = NULL;
	done = fd >= 0 && slurp_fd(fd, max, out, len);
	if (!done)
		cli_error("%s: %s%s", file, fd >= 0 && errno == EFBIG ?
		    "larger than " : strerror(errno), fd >= 0 &&
		    errno == EFBIG ? limit : "");
	if (fd >= 0 && !is_stdin)
		close(fd);
	return done ? 0 : EX_NOINPUT;
}

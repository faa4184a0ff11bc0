/*
 * A mail on its way into a Maildir: a file in tmp/ that moves to new/ when it
 * is complete. It is not synced: this post office is for tests.
 */
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 65536 };

struct serve_post {
	int dir, fd;
	size_t len;		/* of the buffer */
	char name[80];		/* "tmp/…" */
	char buffer[BUFFER];
};

/* In the order in which they come: POP3 lists by the name. */
static void make_name(serve_post *p)
{
	static unsigned long count;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(p->name, sizeof(p->name), "tmp/%lld.M%06ldP%ldQ%08lu.squab",
	    (long long)now.tv_sec, now.tv_nsec / 1000, (long)getpid(),
	    count++);
}

serve_post *serve_post_begin(const struct serve_maildir *m)
{
	serve_post *p = malloc(sizeof(*p));

	if (!p)
		return NULL;
	p->dir = serve_maildir_fd(m);
	p->len = 0;
	make_name(p);
	if (mkdirat(p->dir, "tmp", 0700) < 0 && errno != EEXIST) {
		free(p);
		return NULL;
	}
	p->fd = openat(p->dir, p->name, O_WRONLY | O_CREAT | O_EXCL |
	    O_CLOEXEC, 0600);
	if (p->fd >= 0)
		return p;
	free(p);
	return NULL;
}

static bool flush(serve_post *p)
{
	size_t done = 0;

	while (done < p->len) {
		ssize_t n = write(p->fd, p->buffer + done, p->len - done);

		if (n < 0 && errno != EINTR)
			return false;
		done += n > 0 ? (size_t)n : 0;
	}
	p->len = 0;
	return true;
}

bool serve_post_write(serve_post *p, const char *bytes, size_t n)
{
	while (n > 0) {
		size_t room = BUFFER - p->len, k = n < room ? n : room;

		memcpy(p->buffer + p->len, bytes, k);
		p->len += k;
		bytes += k;
		n -= k;
		if (p->len == BUFFER && !flush(p))
			return false;
	}
	return true;
}

bool serve_post_deliver(serve_post *p)
{
	char to[sizeof(p->name)];
	bool good = flush(p);

	memcpy(to, p->name, sizeof(to));
	memcpy(to, "new", 3);
	good = close(p->fd) == 0 && good;
	good = good && renameat(p->dir, p->name, p->dir, to) == 0;
	if (!good)
		unlinkat(p->dir, p->name, 0);
	free(p);
	return good;
}

void serve_post_drop(serve_post *p)
{
	if (!p)
		return;
	close(p->fd);
	unlinkat(p->dir, p->name, 0);
	free(p);
}

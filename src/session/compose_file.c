/* Files as attachments: the one part of writing that makes system calls. */
#include <squab/compose.h>

#include "base/options.h"
#include "mime/compose.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int fd_of(void *ctx)
{
	return (int)(intptr_t)ctx;
}

static int64_t file_read(void *ctx, void *out, size_t cap)
{
	ssize_t n;

	do
		n = read(fd_of(ctx), out, cap);
	while (n < 0 && errno == EINTR);
	return n < 0 ? SQB_E_USAGE : (int64_t)n;
}

static int file_rewind(void *ctx)
{
	return lseek(fd_of(ctx), 0, SEEK_SET) < 0 ? SQB_E_USAGE : SQB_OK;
}

static void file_close(void *ctx)
{
	close(fd_of(ctx));
}

static int refuse(sqb_compose *c, const char *path, const char *why, int sys)
{
	int code = sqb__compose_error(c, SQB_E_USAGE, path, why);

	c->error.sys = sys;
	return code;
}

/* What is no file cannot be read again. False: it is a directory. */
static bool look(int fd, sqb_source *source)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || S_ISDIR(st.st_mode))
		return false;
	if (!S_ISREG(st.st_mode))
		source->rewind = NULL;
	return true;
}

int sqb_compose_attach_file(sqb_compose *c, const char *path,
    const sqb_attachment *given)
{
	sqb_source source = { file_read, file_rewind, file_close, NULL };
	sqb_attachment a = { .size = sizeof(a) };
	int code = sqb__compose_check(c), fd;

	if (code != SQB_OK)
		return code;
	sqb__options_copy(&a, sizeof(a), given);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return refuse(c, path, " cannot be opened", errno);
	if (!look(fd, &source)) {
		close(fd);
		return refuse(c, path, " is a directory", EISDIR);
	}
	source.ctx = (void *)(intptr_t)fd;
	a.bytes = (sqb_str){ NULL, 0 };
	a.source = &source;
	if (!a.name)
		a.name = path;
	return sqb_compose_attach(c, &a);
}

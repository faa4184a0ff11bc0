/* Files as attachments: the one part of writing that makes system calls. */
#include <squab/compose.h>

#include "base/options.h"
#include "base/utf8.h"
#include "mime/compose.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_NAME = 512 };	/* octets of a path that its name is in */

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

/*
 * A name that can be sent: what a path has in it is any octet but NUL. Of a
 * path that is too long its end is the name.
 */
static void set_name(char out[MAX_NAME], const char *path)
{
	sqb_str s = sqb_str_of(path);
	size_t n = 0, len;
	uint32_t c;

	if (s.len >= MAX_NAME)
		s = (sqb_str){ s.ptr + s.len - MAX_NAME + 1, MAX_NAME - 1 };
	for (; s.len > 0; s = (sqb_str){ s.ptr + len, s.len - len }) {
		bool bad = (len = sqb__utf8_decode(s, &c)) == 0 ||
		    c == '\r' || c == '\n';

		len = len > 0 ? len : 1;
		if (bad)
			out[n++] = '_';
		for (size_t i = 0; !bad && i < len; i++)
			out[n++] = s.ptr[i];
	}
	out[n] = '\0';
}

int sqb_compose_attach_file(sqb_compose *c, const char *path,
    const sqb_attachment *given)
{
	sqb_source source = { file_read, file_rewind, file_close, NULL };
	sqb_attachment a = { .size = sizeof(a) };
	char name[MAX_NAME];
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
	set_name(name, path);
	if (!a.name)
		a.name = name;
	return sqb_compose_attach(c, &a);
}

/*
 * The saving of attachments. Names are those that libsquab makes safe; files
 * are made new, in one folder, never through a link and never executable.
 */
#include "extract.h"
#include "print.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum { MAX_TRIES = 10000, MAX_NAME = 256 };

int extract_open(const char *folder)
{
	if (mkdir(folder, 0777) < 0 && errno != EEXIST)
		return -1;
	return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* "a.txt" and 7: "a-7.txt". */
static void number_name(char out[MAX_NAME], const char *name, unsigned n)
{
	const char *dot = strrchr(name, '.');
	int stem = dot && dot > name ? (int)(dot - name) : (int)strlen(name);

	snprintf(out, MAX_NAME, "%.*s-%u%s", stem, name, n, name + stem);
}

/*
 * A new file; its name is in out. Numbers are not used twice, so that the same
 * name in many messages is not tried again from the start.
 */
static int create(int folder, const char *name, char out[MAX_NAME])
{
	static atomic_uint next = 2;
	int fd = -1;

	snprintf(out, MAX_NAME, "%s", name);
	for (int i = 0; i < MAX_TRIES && fd < 0; i++) {
		fd = openat(folder, out, O_WRONLY | O_CREAT | O_EXCL |
		    O_NOFOLLOW | O_CLOEXEC, 0666);
		if (fd < 0 && errno != EEXIST)
			break;
		if (fd < 0)
			number_name(out, name, atomic_fetch_add(&next, 1));
	}
	return fd;
}

static bool write_all(int fd, sqb_str s)
{
	while (s.len > 0) {
		ssize_t n = write(fd, s.ptr, s.len);

		if (n < 0 && errno != EINTR)
			return false;
		n = n > 0 ? n : 0;
		s = (sqb_str){ s.ptr + n, s.len - (size_t)n };
	}
	return true;
}

/* Piece by piece: nothing of it is kept. */
static bool write_content(int fd, const sqb_message *m, size_t i)
{
	sqb_str in = sqb_part_body(m, i), piece;
	sqb_decoder *d = sqb_decoder_new((sqb_encoding)
	    sqb_message_part(m, i)->encoding, NULL);
	bool ok = d != NULL;

	while (ok && (piece = sqb_decoder_next(d, &in)).len > 0)
		ok = write_all(fd, piece);
	if (ok)
		ok = write_all(fd, sqb_decoder_end(d));
	sqb_decoder_free(d);
	return ok;
}

static int save(sqb_message *m, size_t i, int folder)
{
	const char *wanted = sqb_part_safe_name(m, i);
	char name[MAX_NAME] = "";
	int fd = wanted[0] != '\0' ? create(folder, wanted, name) : -1;
	bool ok = fd >= 0 && write_content(fd, m, i);

	if (fd >= 0 && close(fd) < 0)
		ok = false;
	if (ok)
		return EX_OK;
	cli_error("%s: %s", name, strerror(errno));
	if (fd >= 0)
		unlinkat(folder, name, 0);
	return EX_CANTCREAT;
}

static int save_message(sqb_message *m, size_t root, int folder);

/* A part that is attached: the file, or what is attached to a message. */
static int save_part(sqb_message *m, size_t i, int folder)
{
	const sqb_part *p = sqb_message_part(m, i);
	sqb_message *inner;

	if (p->type == SQB_PART_MESSAGE && p->next > i + 1)
		return save_message(m, i + 1, folder);
	inner = sqb_part_inner(m, i, NULL);
	return inner ? save_message(inner, 0, folder) : save(m, i, folder);
}

/* No deeper than messages nest, which the parser has limited. */
static int save_message(sqb_message *m, size_t root, int folder)
{
	const sqb_bodies *b = sqb_message_bodies(m, root);
	int status = b ? EX_OK : EX_OSERR;

	for (size_t k = 0; b && k < b->n_attachments; k++) {
		int one = save_part(m, b->attachments[k], folder);

		status = status == EX_OK ? one : status;
	}
	/* Texts may have files in them. */
	for (size_t k = 0; b && k < b->n_text; k++) {
		sqb_message *inner = sqb_part_inner(m, b->text[k], NULL);
		int one = inner ? save_message(inner, 0, folder) : EX_OK;

		status = status == EX_OK ? one : status;
	}
	return status;
}

int extract_all(sqb_message *m, int folder)
{
	return save_message(m, 0, folder);
}

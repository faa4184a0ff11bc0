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

enum { MAX_TRIES = 1000000, MAX_NAME = 256 };

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

/* A message with rows of its own, and not a leaf. */
static bool has_rows(const sqb_message *m, size_t i)
{
	const sqb_part *p = sqb_message_part(m, i);

	return p->type == SQB_PART_MESSAGE && p->next > i + 1;
}

/* Piece by piece: nothing of it is kept. */
static bool write_content(int fd, const sqb_message *m, size_t i)
{
	const sqb_part *p = sqb_message_part(m, i);
	sqb_str in = { sqb_message_bytes(m).ptr + p->body,
	    (size_t)(p->end - p->body) }, piece;
	sqb_decoder *d = sqb_decoder_new(has_rows(m, i) ?
	    SQB_ENCODING_BINARY : (sqb_encoding)p->encoding, NULL);
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

static int save_message(sqb_message *m, size_t root, int folder,
    bool within);

/*
 * A message is saved as it is, and so is what is attached to it; but one
 * within it is there already, so that no octet is written more than twice.
 * What is only the wrapping of its contents is not saved.
 */
static int save_part(sqb_message *m, size_t i, int folder, bool within)
{
	sqb_inner_kind kind;
	sqb_message *inner = sqb_part_inner(m, i, &kind);
	bool rows = has_rows(m, i);
	bool is_message = rows || kind == SQB_INNER_ENCODED;
	bool is_wrapping = kind == SQB_INNER_SIGNED || kind == SQB_INNER_TNEF;
	int status = EX_OK, deep = EX_OK;

	if (is_message ? !within : !is_wrapping)
		status = save(m, i, folder);
	if (inner)
		deep = save_message(inner, 0, folder, within || is_message);
	else if (rows)
		deep = save_message(m, i + 1, folder, true);
	return status != EX_OK ? status : deep;
}

/* No deeper than messages nest, which the parser has limited. */
static int save_message(sqb_message *m, size_t root, int folder, bool within)
{
	const sqb_bodies *b = sqb_message_bodies(m, root);
	int status = b ? EX_OK : EX_OSERR;

	for (size_t k = 0; b && k < b->n_attachments; k++) {
		int one = save_part(m, b->attachments[k], folder, within);

		status = status == EX_OK ? one : status;
	}
	/* Texts may have files in them. */
	for (size_t k = 0; b && k < b->n_text; k++) {
		sqb_message *inner = sqb_part_inner(m, b->text[k], NULL);
		int one = inner ? save_message(inner, 0, folder, within) :
		    EX_OK;

		status = status == EX_OK ? one : status;
	}
	return status;
}

int extract_all(sqb_message *m, int folder)
{
	return save_message(m, 0, folder, false);
}

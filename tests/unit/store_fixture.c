/* Destinations in a folder of their own; see store_fixture.h. */
#include "store_fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

char root[64];

const sqb_store_id id_one = { .key = "0123456789abcde", .size = 10 };
const sqb_store_id id_two = { .key = "0123456789abcdf", .size = 11 };

int set_up(void **state)
{
	(void)state;
	/* Where there is memory to write to, a sync costs nothing. */
	snprintf(root, sizeof(root), "%s/squab-store-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	return mkdtemp(root) ? 0 : -1;
}

int tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command);
}

const char *at_root(const char *name)
{
	static char paths[4][PATH_ROOM];
	static int next;
	char *path = paths[next++ % 4];

	snprintf(path, PATH_ROOM, "%s/%s", root, name);
	return path;
}

sqb_store *open_with(const char *scheme, const char *place,
    const sqb_store_options *options)
{
	char destination[PATH_ROOM + 16];
	sqb_store *s;
	sqb_error err = { .code = SQB_OK };

	snprintf(destination, sizeof(destination), "%s%s", scheme,
	    at_root(place));
	if (sqb_store_open(&s, destination, options, &err) != SQB_OK)
		fail_msg("%s", err.text);
	return s;
}

sqb_store *open_at(const char *scheme, const char *place)
{
	return open_with(scheme, place, NULL);
}

sqb_ledger *open_ledger(const char *account)
{
	sqb_ledger *l;
	sqb_error err;

	assert_int_equal(sqb_ledger_open(&l, at_root("state"), &err), SQB_OK);
	assert_int_equal(sqb_ledger_lock(l, account, 0), SQB_OK);
	return l;
}

void put(sqb_store *s, const char *bytes, size_t len)
{
	char *exact = malloc(len ? len : 1);

	memcpy(exact, bytes, len);
	assert_int_equal(sqb_store_write(s, (sqb_str){ exact, len }), SQB_OK);
	free(exact);
}

void deliver(sqb_store *s, const sqb_store_id *id, const char *text)
{
	static const sqb_str uidl = SQB_STR("uidl");

	assert_int_equal(sqb_store_begin(s, id, uidl), SQB_OK);
	put(s, text, strlen(text));
	assert_int_equal(sqb_store_end(s), SQB_OK);
}

char *read_file(const char *name, size_t *len)
{
	int fd = open(at_root(name), O_RDONLY);
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	char *out = fd < 0 ? NULL : malloc((size_t)size + 1);

	if (!out)
		return NULL;
	assert_int_equal(pread(fd, out, (size_t)size, 0), size);
	close(fd);
	out[size] = '\0';
	*len = (size_t)size;
	return out;
}

void write_file(const char *name, const char *bytes, size_t len)
{
	int fd = open(at_root(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	assert_int_equal(close(fd), 0);
}

void assert_file(const char *name, const char *want)
{
	size_t len;
	char *got = read_file(name, &len);

	assert_non_null(got);
	assert_string_equal(got, want);
	assert_int_equal(len, strlen(want));
	free(got);
}

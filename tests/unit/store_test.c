/* Delivery: what ends up in the directories, and what never does. */
#include "store_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define BIG 700000

/* The only file in a directory of root, and what is in it. */
static size_t count(const char *place, char *name)
{
	char path[128];
	struct dirent *e;
	size_t n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "%s/%s", root, place);
	d = opendir(path);
	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		n++;
		if (name)
			strcpy(name, e->d_name);
	}
	closedir(d);
	return n;
}

static char *content(const char *place, size_t *len)
{
	char name[256], path[512], *out = malloc(BIG * 2);
	int fd;
	ssize_t n, sum = 0;

	assert_int_equal(count(place, name), 1);
	snprintf(path, sizeof(path), "%s/%s/%s", root, place, name);
	fd = open(path, O_RDONLY);
	while ((n = read(fd, out + sum, (size_t)(BIG * 2 - sum))) > 0)
		sum += n;
	close(fd);
	*len = (size_t)sum;
	return out;
}

static const sqb_str no_uidl = { NULL, 0 };

static const struct {
	const char *in, *lf;
} line_ends[] = {
	{ "", "" }, { "a\r\n", "a\n" }, { "a\r\nb\r\n\r\nc", "a\nb\n\nc" },
	{ "a\rb\r\n", "a\rb\n" }, { "a\nb\r\n", "a\nb\n" },
	{ "\r\r\n", "\r\n" }, { "\r", "\r" }, { "\n\r", "\n\r" },
	{ "\r\n", "\n" }, { "a\r\r", "a\r\r" },
};

/* Line ends come out the same however the message was cut. */
static void test_maildir_every_split(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(line_ends); i++) {
		const char *in = line_ends[i].in;
		size_t len = strlen(in), got_len;

		for (size_t cut = 0; cut <= len; cut++) {
			sqb_store *s = open_at("maildir:", "m");
			char *got;

			assert_int_equal(sqb_store_begin(s, &id_one, no_uidl),
			    SQB_OK);
			put(s, in, cut);
			put(s, in + cut, len - cut);
			assert_int_equal(sqb_store_end(s), SQB_OK);
			assert_int_equal(sqb_store_publish(s, NULL), SQB_OK);
			sqb_store_close(s);
			got = content("m/new", &got_len);
			assert_int_equal(got_len, strlen(line_ends[i].lf));
			assert_memory_equal(got, line_ends[i].lf, got_len);
			free(got);
		}
	}
	assert_int_equal(count("m/tmp", NULL), 0);
}

static void test_large(void **state)
{
	static const size_t pieces[] = { 1000, 65536, 65537, BIG };
	char *big = malloc(BIG), *got;
	size_t len;

	(void)state;
	for (size_t i = 0; i < BIG; i++)
		big[i] = "abcdefg\r\n"[i % 9];
	for (size_t k = 0; k < COUNT(pieces); k++) {
		sqb_store *s = open_at("raw:", "r");

		assert_int_equal(sqb_store_begin(s, &id_one, no_uidl), SQB_OK);
		for (size_t at = 0; at < BIG; at += pieces[k])
			put(s, big + at, BIG - at < pieces[k] ? BIG - at :
			    pieces[k]);
		assert_int_equal(sqb_store_end(s), SQB_OK);
		assert_int_equal(sqb_store_publish(s, NULL), SQB_OK);
		sqb_store_close(s);
		got = content("r", &len);
		assert_int_equal(len, BIG);
		assert_memory_equal(got, big, BIG);
		free(got);
	}
	free(big);
}

static void test_hidden_until_published(void **state)
{
	sqb_store *s = open_at("maildir:", "m");

	(void)state;
	deliver(s, &id_one, "one");
	assert_int_equal(sqb_store_begin(s, &id_two, no_uidl), SQB_OK);
	put(s, "half", 4);
	assert_int_equal(sqb_store_publish(s, NULL), SQB_E_SINK);
	assert_int_equal(count("m/new", NULL), 0);
	assert_int_equal(sqb_store_end(s), SQB_OK);
	sqb_store_drop(s);
	assert_int_equal(sqb_store_publish(s, NULL), SQB_OK);
	assert_int_equal(count("m/new", NULL), 1);
	deliver(s, &id_two, "two");
	sqb_store_close(s);
	assert_int_equal(count("m/new", NULL), 1);
	assert_int_equal(count("m/tmp", NULL), 0);
}

/* A name tells the message again, also with a reader's flags on it. */
static void test_find(void **state)
{
	sqb_store_id ids[] = { id_two, id_one, id_two };
	sqb_store *s = open_at("maildir:", "m");
	char name[256], from[512], to[600];
	bool there[3];

	(void)state;
	ids[2].size++;
	deliver(s, &id_two, "two");
	assert_int_equal(sqb_store_find(s, ids, 3, there), SQB_OK);
	assert_false(there[0] || there[1] || there[2]);
	assert_int_equal(sqb_store_publish(s, NULL), SQB_OK);
	assert_int_equal(sqb_store_find(s, ids, 3, there), SQB_OK);
	assert_true(there[0] && !there[1] && !there[2]);
	assert_int_equal(count("m/new", name), 1);
	snprintf(from, sizeof(from), "%s/m/new/%s", root, name);
	snprintf(to, sizeof(to), "%s/m/cur/%s:2,RS", root, name);
	assert_int_equal(rename(from, to), 0);
	assert_int_equal(sqb_store_find(s, ids, 3, there), SQB_OK);
	assert_true(there[0] && !there[1] && !there[2]);
	sqb_store_close(s);
}

/* Many are asked for otherwise than few. */
static void test_find_many(void **state)
{
	enum { MANY = 100 };
	sqb_store *s = open_at("maildir:", "m");
	sqb_store_id ids[MANY];
	bool there[MANY];

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		ids[i] = id_one;
		ids[i].size += i;
		if (i % 3 == 0)
			deliver(s, &ids[i], "x");
	}
	assert_int_equal(sqb_store_publish(s, NULL), SQB_OK);
	for (size_t n = 1; n <= MANY; n++) {
		assert_int_equal(sqb_store_find(s, ids, n, there), SQB_OK);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(there[i], i % 3 == 0);
	}
	sqb_store_close(s);
}

/* What a killed run left in tmp is in nobody's way, and goes in the end. */
static void test_leftover(void **state)
{
	sqb_store *s = open_at("maildir:", "m");
	char name[256], path[512], old[512];
	struct timespec times[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	bool there;

	(void)state;
	deliver(s, &id_one, "one");
	assert_int_equal(count("m/tmp", name), 1);
	snprintf(path, sizeof(path), "%s/m/tmp/%s", root, name);
	snprintf(old, sizeof(old), "%s/old", root);
	assert_int_equal(link(path, old), 0);
	sqb_store_close(s);
	assert_int_equal(count("m/tmp", NULL), 0);
	assert_int_equal(rename(old, path), 0);

	s = open_at("maildir:", "m");
	deliver(s, &id_one, "new one");
	assert_int_equal(sqb_store_publish(s, NULL), SQB_OK);
	assert_int_equal(count("m/new", NULL), 1);
	assert_int_equal(close(creat(path, 0600)), 0);
	assert_int_equal(sqb_store_find(s, &id_one, 1, &there), SQB_OK);
	assert_int_equal(count("m/tmp", NULL), 1);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	assert_int_equal(sqb_store_find(s, &id_one, 1, &there), SQB_OK);
	assert_int_equal(count("m/tmp", NULL), 0);
	sqb_store_close(s);
}

/* A link planted in tmp is not followed. */
static void test_symlink(void **state)
{
	sqb_store *s = open_at("maildir:", "m");
	char name[256], path[512], victim[128];
	struct stat st;

	(void)state;
	deliver(s, &id_one, "one");
	assert_int_equal(count("m/tmp", name), 1);
	sqb_store_close(s);
	snprintf(path, sizeof(path), "%s/m/tmp/%s", root, name);
	snprintf(victim, sizeof(victim), "%s/victim", root);
	assert_int_equal(close(creat(victim, 0600)), 0);
	assert_int_equal(symlink(victim, path), 0);
	s = open_at("maildir:", "m");
	deliver(s, &id_one, "one");
	assert_int_equal(sqb_store_publish(s, NULL), SQB_OK);
	sqb_store_close(s);
	assert_int_equal(stat(victim, &st), 0);
	assert_int_equal(st.st_size, 0);
}

static void test_group_is_bounded(void **state)
{
	sqb_store *s = open_at("raw:", "r");
	sqb_store_id id = id_one;

	(void)state;
	for (size_t i = 0; i < SQB_STORE_GROUP; i++) {
		id.size = i;
		assert_false(sqb_store_is_full(s));
		deliver(s, &id, "x");
	}
	assert_true(sqb_store_is_full(s));
	id.size++;
	assert_int_equal(sqb_store_begin(s, &id, no_uidl), SQB_E_SINK);
	assert_int_equal(sqb_store_publish(s, NULL), SQB_OK);
	assert_int_equal(count("r", NULL), SQB_STORE_GROUP);
	assert_int_equal(sqb_store_begin(s, &id, no_uidl), SQB_OK);
	sqb_store_close(s);
}

static void test_destinations(void **state)
{
	static const struct {
		const char *text;
		int code;
	} rows[] = {
		{ "", SQB_E_USAGE }, { "maildir:", SQB_E_USAGE },
		{ "mailbox:x", SQB_E_USAGE }, { "/tmp", SQB_E_USAGE },
		{ "command:[", SQB_E_USAGE },
		{ "mbox:/dev/null/x", SQB_E_SINK },
		{ "mbox:/dev/null", SQB_E_SINK }, { "mbox:/", SQB_E_SINK },
		{ "sqlite:/dev/null", SQB_E_SINK }, { "json:/", SQB_E_SINK },
		{ "maildir:/dev/null/x", SQB_E_SINK },
		{ "raw:/dev/null", SQB_E_SINK },
	};
	sqb_store *s;
	sqb_error err;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(sqb_store_open(&s, rows[i].text, NULL, &err),
		    rows[i].code);
		assert_null(s);
		assert_int_equal(err.code, rows[i].code);
		assert_true(err.text[0] != '\0');
	}
	sqb_store_close(open_at("maildir:", "a/b//c/"));
	assert_int_equal(count("a/b/c/cur", NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_maildir_every_split),
		FIXTURE_TEST(test_large),
		FIXTURE_TEST(test_hidden_until_published),
		FIXTURE_TEST(test_find),
		FIXTURE_TEST(test_find_many),
		FIXTURE_TEST(test_leftover),
		FIXTURE_TEST(test_symlink),
		FIXTURE_TEST(test_group_is_bounded),
		FIXTURE_TEST(test_destinations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * mbox: and json: files: what is appended, how lines are quoted, that others'
 * locks are heeded, and that a failure leaves the file as it was.
 */
#define _GNU_SOURCE
#include "store_fixture.h"

#include "store/lock.h"
#include "store/sum.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BIG = 3000000 };

static const sqb_store_options impatient = { .size = sizeof(impatient),
	.lock_wait = 1 };

/* The message behind its From_ line, without the empty line at its end. */
static char *body_of(const char *name)
{
	size_t len;
	char *text = read_file(name, &len), *lf = strchr(text, '\n');

	assert_memory_equal(text, "From ", 5);
	assert_non_null(lf);
	assert_memory_equal(text + len - 2, "\n\n", 2);
	text[len - 1] = '\0';
	memmove(text, lf + 1, len - (size_t)(lf - text));
	return text;
}

static const struct {
	const char *in, *want;
} lines[] = {
	{ "", "" },
	{ "a: b\r\n\r\nx", "a: b\n\nx\n" },
	{ "a\r\n", "a\n" },
	{ "\r\n", "\n" },
	{ "From x\r\n", ">From x\n" },
	{ "a\r\nFrom x\r\n>From y\r\n>>From z\r\n",
	  "a\n>From x\n>>From y\n>>>From z\n" },
	{ ">>>From ", ">>>>From \n" },
	{ "a\r\nFrom:\r\n>From:\r\nFro m\r\n> From x\r\n",
	  "a\nFrom:\n>From:\nFro m\n> From x\n" },
	{ "a From x\r\na>From x\r\n", "a From x\na>From x\n" },
	{ "a\rFrom x\n>From y", "a\rFrom x\n>>From y\n" },
	{ "a\r\nFrom", "a\nFrom\n" },
	{ "a\r\n>>", "a\n>>\n" },
	{ "a\r\n>F", "a\n>F\n" },
	{ "a\r", "a\r\n" },
	{ "FromFrom From \nFFrom \nFrom \n",
	  "FromFrom From \nFFrom \n>From \n" },
};

/* To m, in two; or octet by octet, where cut is behind its end. */
static void append_cut(const char *text, size_t cut)
{
	sqb_store *s = open_at("mbox:", "m");
	size_t len = strlen(text);

	assert_int_equal(sqb_store_begin(s, &id_one, sqb_str_of("u")),
	    SQB_OK);
	for (size_t k = 0; k < len && cut > len; k++)
		put(s, text + k, 1);
	if (cut <= len) {
		put(s, text, cut);
		put(s, text + cut, len - cut);
	}
	assert_int_equal(sqb_store_end(s), SQB_OK);
	assert_int_equal(sqb_store_publish(s, NULL), SQB_OK);
	sqb_store_close(s);
}

/* However it is cut, in two or octet by octet. */
static void test_lines_every_split(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		size_t len = strlen(lines[i].in);

		for (size_t cut = 0; cut <= len + 1; cut++) {
			char *got;

			append_cut(lines[i].in, cut);
			got = body_of("m");
			assert_string_equal(got, lines[i].want);
			free(got);
			unlink(at_root("m"));
		}
	}
}

static const struct {
	const char *header, *sender;
} senders[] = {
	{ "Subject: x\r\n\r\nFrom: a@b\r\n", "MAILER-DAEMON" },
	{ "From: Ann <ann@example.org>\r\n", "ann@example.org" },
	{ "from:\r\n ann@example.org (Ann)\r\n", "ann@example.org" },
	{ "From: Ann <a@b.c>\r\nReturn-Path: <r@b.c>\r\n", "r@b.c" },
	{ "From: Ann <a@b.c>\r\nReturn-Path: <>\r\n", "MAILER-DAEMON" },
	{ "From: \"a b\"@c.d\r\n", "MAILER-DAEMON" },
	{ "From: \xc3\xa4@c.d\r\n", "MAILER-DAEMON" },
	{ "From: a@b.c\r\nFrom: d@e.f\r\n", "a@b.c" },
	{ "", "MAILER-DAEMON" },
};

static void check_sender(const char *sender)
{
	size_t len;
	char *text = read_file("m", &len), want[64];

	snprintf(want, sizeof(want), "From %s ", sender);
	assert_memory_equal(text, want, strlen(want));
	/* Thu Jan  1 00:00:00 1970 */
	assert_int_equal(strcspn(text + strlen(want), "\n"), 24);
	free(text);
	unlink(at_root("m"));
}

/* With nothing behind the header, and with a body, however it is cut. */
static void test_senders(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(senders); i++) {
		char text[100];

		append_cut(senders[i].header, strlen(senders[i].header));
		check_sender(senders[i].sender);
		snprintf(text, sizeof(text), "%s\r\nFrom: z@z\r\n",
		    senders[i].header);
		for (size_t cut = 0; cut <= strlen(text) + 1; cut++) {
			append_cut(text, cut);
			check_sender(senders[i].sender);
		}
	}
}

static void test_modes_and_folders(void **state)
{
	sqb_store *s = open_at("mbox:", "a/b/m");
	struct stat st;

	(void)state;
	sqb_store_close(s);
	assert_int_equal(stat(at_root("a/b/m"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(stat(at_root("a"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(access(at_root("a/b/m.lock"), F_OK), -1);
}

static const struct {
	const char *before, *gap;
} tails[] = {
	{ "From a\n\nx\n\n", "" }, { "From a\n\nx\n", "\n" },
	{ "From a\n\nx", "\n\n" }, { "From a\n\n\n\n", "" },
};

/* What is there stays, and an empty line is before the next message. */
static void test_tails(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(tails); i++) {
		char want[64], *text;
		size_t len;
		sqb_store *s;

		write_file("m", tails[i].before, strlen(tails[i].before));
		s = open_at("mbox:", "m");
		deliver(s, &id_one, "a: b\r\n");
		assert_int_equal(sqb_store_publish(s, NULL), SQB_OK);
		sqb_store_close(s);
		text = read_file("m", &len);
		snprintf(want, sizeof(want), "%s%sFrom ", tails[i].before,
		    tails[i].gap);
		assert_memory_equal(text, want, strlen(want));
		free(text);
	}
}

static int try_open(const char *destination)
{
	char text[PATH_ROOM + 16];
	sqb_store *s;
	sqb_error err = { .code = SQB_OK };
	int code;

	snprintf(text, sizeof(text), "%.*s%s",
	    (int)strcspn(destination, ":") + 1, destination,
	    at_root(strchr(destination, ':') + 1));
	code = sqb_store_open(&s, text, &impatient, &err);
	sqb_store_close(s);
	assert_int_equal(err.code, code);
	return code;
}

static void test_refuses_other_files(void **state)
{
	(void)state;
	write_file("m", "Hello\n", 6);
	assert_int_equal(try_open("mbox:m"), SQB_E_SINK);
	assert_int_equal(try_open("json:m"), SQB_E_SINK);
	assert_int_equal(try_open("sqlite:m"), SQB_E_SINK);
	assert_file("m", "Hello\n");
	write_file("short", "Fr", 2);
	assert_int_equal(try_open("mbox:short"), SQB_E_SINK);
	assert_int_equal(symlink("target", at_root("link")), 0);
	assert_int_equal(try_open("mbox:link"), SQB_E_SINK);
	assert_int_equal(try_open("sqlite:link"), SQB_E_SINK);
	write_file("target", "", 0);
	assert_int_equal(try_open("mbox:link"), SQB_E_SINK);
	assert_int_equal(try_open("json:link"), SQB_E_SINK);
	assert_int_equal(try_open("sqlite:link"), SQB_E_SINK);
	assert_file("target", "");
	assert_int_equal(mkfifo(at_root("fifo"), 0600), 0);
	assert_int_equal(try_open("mbox:fifo"), SQB_E_SINK);
	assert_int_equal(mkdir(at_root("dir"), 0700), 0);
	assert_int_equal(try_open("mbox:dir"), SQB_E_SINK);
}

static void test_drop(void **state)
{
	sqb_store *s = open_at("mbox:", "m");
	char *got;

	(void)state;
	deliver(s, &id_one, "one: 1\r\n");
	deliver(s, &id_two, "two: 2\r\n");
	sqb_store_drop(s);
	assert_int_equal(sqb_store_begin(s, &id_two, sqb_str_of("")), SQB_OK);
	put(s, "half", 4);
	assert_int_equal(sqb_store_publish(s, NULL), SQB_E_SINK);
	sqb_store_drop(s);
	assert_int_equal(sqb_store_publish(s, NULL), SQB_OK);
	got = body_of("m");
	assert_string_equal(got, "one: 1\n");
	free(got);
	deliver(s, &id_two, "gone");
	sqb_store_close(s);
	got = body_of("m");
	assert_string_equal(got, "one: 1\n");
	free(got);
}

/* More than memory has: through a file, with small ones around it. */
static void test_large(void **state)
{
	char *big = malloc(BIG + 1), *got;
	sqb_store *s = open_at("mbox:", "m");
	size_t len;

	(void)state;
	for (size_t i = 0; i < BIG; i++)
		big[i] = "\nFrom abcde"[i % 11];
	big[BIG] = '\0';
	deliver(s, &id_one, "a: 1\r\n");
	assert_false(sqb_store_is_full(s));
	assert_int_equal(sqb_store_begin(s, &id_two, sqb_str_of("")), SQB_OK);
	for (size_t at = 0; at < BIG; at += 100000)
		put(s, big + at, 100000);
	assert_int_equal(sqb_store_end(s), SQB_OK);
	assert_true(sqb_store_is_full(s));
	assert_int_equal(sqb_store_begin(s, &id_one, sqb_str_of("")),
	    SQB_E_SINK);
	assert_int_equal(sqb_store_publish(s, NULL), SQB_OK);
	deliver(s, &id_one, "b: 2\r\n");
	assert_int_equal(sqb_store_publish(s, NULL), SQB_OK);
	sqb_store_close(s);
	got = read_file("m", &len);
	assert_true(len > BIG + BIG / 11);
	assert_non_null(strstr(got, "\na: 1\n\nFrom "));
	assert_non_null(strstr(got, "\n>From abcde\n>From "));
	assert_null(strstr(got, "\nFrom abcde"));
	assert_string_equal(got + len - 6, "b: 2\n\n");
	free(got);
	free(big);
}

/* The limit on a file's size stands for a disk that is full. */
static void test_full_disk(void **state)
{
	struct rlimit before, limit;
	char *text = malloc(2000);
	sqb_store *s;

	(void)state;
	write_file("m", "From a\n\nold\n\n", 13);
	s = open_at("mbox:", "m");
	memset(text, 'x', 1999);
	text[1999] = '\0';
	deliver(s, &id_one, text);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = (struct rlimit){ 1000, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(sqb_store_publish(s, NULL), SQB_E_SINK);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(sqb_store_error(s)->sys, EFBIG);
	assert_file("m", "From a\n\nold\n\n");
	assert_int_equal(sqb_store_publish(s, NULL), SQB_OK);
	sqb_store_close(s);
	free(text);
}

/* A child has the file locked until the pipe is closed. */
static pid_t hold_lock(int *release)
{
	int up[2], down[2];
	char octet = 0;
	pid_t pid;

	assert_int_equal(pipe(up), 0);
	assert_int_equal(pipe(down), 0);
	pid = fork();
	if (pid == 0) {
		struct flock lock = { .l_type = F_WRLCK };
		int fd = open(at_root("m"), O_RDWR | O_CREAT, 0600);

		close(down[1]);
		fcntl(fd, F_SETLK, &lock);
		(void)!write(up[1], &octet, 1);
		(void)!read(down[0], &octet, 1);
		_exit(0);
	}
	assert_int_equal(read(up[0], &octet, 1), 1);
	close(up[0]);
	close(up[1]);
	close(down[0]);
	*release = down[1];
	return pid;
}

static void test_locked_by_fcntl(void **state)
{
	sqb_store *s = open_with("mbox:", "m", &impatient);
	int release;
	pid_t pid = hold_lock(&release);

	(void)state;
	deliver(s, &id_one, "a: b\r\n");
	assert_int_equal(sqb_store_publish(s, NULL), SQB_E_RETRY);
	assert_int_equal(sqb_store_error(s)->code, SQB_E_RETRY);
	close(release);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(sqb_store_publish(s, NULL), SQB_OK);
	sqb_store_close(s);
	free(body_of("m"));
}

/* One that has ended, so that nothing else has its number yet. */
static long dead_pid(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return pid;
}

/* Where the locks of fcntl(2) are of the process, it cannot be told. */
#if defined(F_OFD_SETLK)
enum { KNOWS_OWN = 1 };
#else
enum { KNOWS_OWN = 0 };
#endif

static void test_dotlocks(void **state)
{
	enum { EMPTY = -1 };
	char host[256] = "";
	struct {
		long pid;
		const char *host;
		bool old, stale;
	} rows[] = {
		{ getpid(), host, true, KNOWS_OWN },
		{ getpid(), "another.example", true, false },
		{ getppid(), host, true, false },
		{ dead_pid(), host, false, true },
		{ dead_pid(), "another.example", true, false },
		{ dead_pid(), NULL, false, false },
		{ dead_pid(), NULL, true, true },
		{ 0, NULL, true, false },
		{ EMPTY, NULL, false, false },
		{ EMPTY, NULL, true, true },
	};
	const struct timespec times[2] = { { .tv_sec = 9 }, { .tv_sec = 9 } };

	(void)state;
	gethostname(host, sizeof(host) - 1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		sqb_store *s = open_with("mbox:", "m", &impatient);
		char text[300];

		snprintf(text, sizeof(text), "%ld%s%s\n", rows[i].pid,
		    rows[i].host ? " " : "", rows[i].host ? host : "");
		if (rows[i].host && rows[i].host != host)
			snprintf(text, sizeof(text), "%ld %s\n", rows[i].pid,
			    rows[i].host);
		write_file("m.lock", text, rows[i].pid == EMPTY ? 0 :
		    strlen(text));
		if (rows[i].old)
			utimensat(AT_FDCWD, at_root("m.lock"), times, 0);
		deliver(s, &id_one, "a: b\r\n");
		assert_int_equal(sqb_store_publish(s, NULL), rows[i].stale ?
		    SQB_OK : SQB_E_RETRY);
		assert_int_equal(access(at_root("m.lock"), F_OK),
		    rows[i].stale ? -1 : 0);
		sqb_store_close(s);
		unlink(at_root("m.lock"));
		unlink(at_root("m"));
	}
}

/* Another process, as other programs lock. */
static bool is_locked_for_others(const char *path)
{
	int status, fd;
	pid_t pid = fork();

	if (pid == 0) {
		struct flock lock = { .l_type = F_WRLCK };

		fd = open(path, O_RDWR);
		_exit(fcntl(fd, F_SETLK, &lock) < 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status != 0;
}

/* One thread delivers while another tries to. */
static void test_locked_by_ourselves(void **state)
{
	sqb__lock a, b;

	(void)state;
	assert_true(sqb__lock_init(&a, at_root("m")));
	assert_true(sqb__lock_init(&b, at_root("m")));
	assert_int_equal(sqb__lock_take(&a, 0), SQB_OK);
	assert_int_equal(sqb__lock_take(&b, 0), SQB_E_RETRY);
	assert_int_equal(access(at_root("m.lock"), F_OK), 0);
	assert_int_equal(is_locked_for_others(at_root("m")), KNOWS_OWN);
	sqb__lock_drop(&a);
	assert_int_equal(sqb__lock_take(&b, 0), SQB_OK);
	sqb__lock_clear(&b);
	sqb__lock_clear(&a);
}

enum { WRITERS = 3, MESSAGES = 60 };

static void write_many(int writer)
{
	sqb_store *s = open_at("mbox:", "m");
	char text[64];

	for (int i = 0; i < MESSAGES; i++) {
		sqb_store_id id = { .size = (uint64_t)i };

		snprintf(text, sizeof(text), "n: %d %d\r\n\r\nx\r\n", writer,
		    i);
		deliver(s, &id, text);
		if (i % 3 == 0)
			assert_int_equal(sqb_store_publish(s, NULL), SQB_OK);
	}
	assert_int_equal(sqb_store_publish(s, NULL), SQB_OK);
	sqb_store_close(s);
}

static void test_writers_at_once(void **state)
{
	pid_t pids[WRITERS];
	int status, n = 0;
	size_t len;
	char *text;

	(void)state;
	for (int i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			write_many(i);
			_exit(0);
		}
	}
	for (int i = 0; i < WRITERS; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	text = read_file("m", &len);
	for (const char *p = text; (p = strstr(p, "\n\nx\n\n")) != NULL; p++)
		n++;
	assert_int_equal(n, WRITERS * MESSAGES);
	free(text);
}

static void test_json_lines(void **state)
{
	const sqb_store_options options = { .size = sizeof(options),
		.account = "a\"\x01@\xff\xe2\x80\xae" };
	sqb_store *s = open_with("json:", "j", &options);
	static const char want[] = "{\"account\":\"a\\u0022\\u0001@\\ufffd"
	    "\\u202e\",\"uidl\":\"uidl\",\"size\":";
	size_t len;
	char *text, *second;

	(void)state;
	deliver(s, &id_one, "Subject: one\r\n\r\nx\r\n");
	deliver(s, &id_two, "Subject: two\r\n\r\nx\r\n");
	assert_int_equal(sqb_store_publish(s, NULL), SQB_OK);
	deliver(s, &id_two, "");
	assert_int_equal(sqb_store_publish(s, NULL), SQB_OK);
	sqb_store_close(s);
	text = read_file("j", &len);
	assert_memory_equal(text, want, sizeof(want) - 1);
	second = strchr(text, '\n') + 1;
	assert_non_null(strstr(text, "\"subject\":\"one\""));
	assert_memory_equal(second, want, sizeof(want) - 1);
	assert_non_null(strstr(second, "\"subject\":\"two\""));
	assert_string_equal(text + len - 2, "}\n");
	free(text);
}

/* However they are cut, the octets have one sum; others have another. */
static void test_sum(void **state)
{
	char octets[200];
	sqb__sum s;
	uint64_t whole;

	(void)state;
	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (char)(i * 37);
	for (size_t len = 0; len <= sizeof(octets); len += 7) {
		sqb__sum_init(&s);
		sqb__sum_add(&s, (sqb_str){ octets, len });
		whole = sqb__sum_end(&s);
		for (size_t step = 1; step < 70; step++) {
			sqb__sum_init(&s);
			for (size_t at = 0; at < len; at += step)
				sqb__sum_add(&s, (sqb_str){ octets + at,
				    len - at < step ? len - at : step });
			assert_true(sqb__sum_end(&s) == whole);
		}
		for (size_t at = 0; at < len; at++) {
			octets[at] ^= 1;
			sqb__sum_init(&s);
			sqb__sum_add(&s, (sqb_str){ octets, len });
			assert_true(sqb__sum_end(&s) != whole);
			octets[at] ^= 1;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_lines_every_split),
		FIXTURE_TEST(test_senders),
		FIXTURE_TEST(test_modes_and_folders),
		FIXTURE_TEST(test_tails),
		FIXTURE_TEST(test_refuses_other_files),
		FIXTURE_TEST(test_drop),
		FIXTURE_TEST(test_large),
		FIXTURE_TEST(test_full_disk),
		FIXTURE_TEST(test_locked_by_fcntl),
		FIXTURE_TEST(test_dotlocks),
		FIXTURE_TEST(test_locked_by_ourselves),
		FIXTURE_TEST(test_writers_at_once),
		FIXTURE_TEST(test_json_lines),
		cmocka_unit_test(test_sum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

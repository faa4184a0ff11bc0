/* The spool: what is in it stays there, whoever dies and whatever is said. */
#include "store_fixture.h"

#include <squab/queue.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { N_RACED = 60, N_KILLS = 60 };

static const char letter[] = "Subject: hi\r\n\r\nHello.\r\n";

static sqb_queue *open_queue(void)
{
	sqb_error err = { .code = SQB_OK };
	sqb_queue *q;

	if (sqb_queue_open(&q, at_root("q"), &err) != SQB_OK)
		fail_msg("%s", err.text);
	return q;
}

static sqb_queue_mail mail_to(const sqb_queue_recipient *r, size_t n)
{
	return (sqb_queue_mail){ .account = "home", .from = "a@example.org",
		.recipients = r, .n_recipients = n, .envelope = "{\"x\":1}",
		.queued = 1000, .next_try = 2000 };
}

/* A letter to ann and bob; its name goes to id. */
static int add_letter(sqb_queue *q, sqb_queue_id id)
{
	static const sqb_queue_recipient to[] = {
		{ .address = "ann@example.net" },
		{ .address = "bob@example.net" } };
	sqb_queue_mail m = mail_to(to, COUNT(to));
	int code = sqb_queue_begin(q, &m);

	if (code == SQB_OK)
		code = sqb_queue_write(q, sqb_str_of(letter));
	if (code == SQB_OK)
		code = sqb_queue_commit(q);
	memcpy(id, m.id, sizeof(m.id));
	return code;
}

static void add(sqb_queue *q, sqb_queue_id id)
{
	if (add_letter(q, id) != SQB_OK)
		fail_msg("%s", sqb_queue_error(q)->text);
}

static sqb_queue_entry *take(sqb_queue *q, const char *id)
{
	sqb_queue_entry *e;

	if (sqb_queue_take(q, id, &e) != SQB_OK)
		fail_msg("%s", sqb_queue_error(q)->text);
	return e;
}

static size_t count_of(sqb_queue *q)
{
	const sqb_queue_id *ids;
	size_t n;

	assert_int_equal(sqb_queue_ids(q, &ids, &n), SQB_OK);
	return n;
}

/* What a directory of the spool has in it. */
static size_t count_in(const char *place)
{
	DIR *d = opendir(at_root(place));
	size_t n = 0;

	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d)) != NULL; )
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static const char *path_of(const char *id, const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "q/mail/%s/%s", id, name);
	return path;
}

static void test_round_trip(void **state)
{
	sqb_queue *q = open_queue();
	const sqb_queue_id *ids;
	const sqb_queue_mail *m;
	sqb_queue_entry *e;
	sqb_queue_id id[3];
	char room[100];
	size_t n;

	(void)state;
	for (int i = 0; i < 3; i++)
		add(q, id[i]);
	assert_int_equal(sqb_queue_ids(q, &ids, &n), SQB_OK);
	assert_int_equal(n, 3);
	for (int i = 0; i < 3; i++)
		assert_string_equal(ids[i], id[i]);
	e = take(q, id[1]);
	m = sqb_queue_mail_of(e);
	assert_null(m->damage);
	assert_string_equal(m->account, "home");
	assert_string_equal(m->from, "a@example.org");
	assert_string_equal(m->envelope, "{\"x\":1}");
	assert_int_equal(m->queued, 1000);
	assert_int_equal(m->next_try, 2000);
	assert_int_equal(m->octets, sizeof(letter) - 1);
	assert_int_equal(m->n_recipients, 2);
	assert_string_equal(m->recipients[1].address, "bob@example.net");
	assert_int_equal(m->recipients[1].state, SQB_QUEUE_WAITING);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(sqb_queue_rewind(e), SQB_OK);
		assert_int_equal(sqb_queue_read(e, room, sizeof(room)),
		    sizeof(letter) - 1);
		assert_memory_equal(room, letter, sizeof(letter) - 1);
		assert_int_equal(sqb_queue_read(e, room, 1), 0);
	}
	sqb_queue_release(e);
	sqb_queue_close(q);
}

static int begin_with(sqb_queue *q, const char *from, const char *to)
{
	sqb_queue_recipient r = { .address = to };
	sqb_queue_mail m = mail_to(&r, 1);
	int code;

	m.from = from;
	code = sqb_queue_begin(q, &m);
	if (code == SQB_OK)
		sqb_queue_drop(q);
	return code;
}

static void test_usage(void **state)
{
	static const struct {
		const char *from, *to;
		int code;
	} cases[] = {
		{ "a@b", "c@d", SQB_OK },
		{ NULL, "c@d", SQB_OK },
		{ "a@b", "", SQB_E_USAGE },
		{ "a@b", NULL, SQB_E_USAGE },
		{ "a\n@b", "c@d", SQB_E_USAGE },
		{ "a@b", "c\r@d", SQB_E_USAGE },
		{ "a@b", "c\x7f@d", SQB_E_USAGE },
		{ "a@b", "c\xc2\x85@d", SQB_E_USAGE },
		{ "a@b", "\xff@d", SQB_E_USAGE },
	};
	sqb_queue *q = open_queue();
	sqb_queue_mail none = mail_to(NULL, 0);
	sqb_queue_recipient many = { .address = "a@b" };
	sqb_queue_mail too_many = mail_to(&many, SQB_QUEUE_RECIPIENTS + 1);
	sqb_queue_entry *e;
	char long_text[SQB_QUEUE_TEXT + 2];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(begin_with(q, cases[i].from, cases[i].to),
		    cases[i].code);
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	assert_int_equal(begin_with(q, long_text, "a@b"), SQB_E_LIMIT);
	assert_int_equal(begin_with(q, long_text + 1, "a@b"), SQB_OK);
	assert_int_equal(sqb_queue_begin(q, &none), SQB_E_USAGE);
	assert_int_equal(sqb_queue_begin(q, &too_many), SQB_E_LIMIT);
	assert_int_equal(sqb_queue_write(q, sqb_str_of("x")), SQB_E_USAGE);
	assert_int_equal(sqb_queue_commit(q), SQB_E_USAGE);
	assert_int_equal(sqb_queue_take(q, "../tmp", &e), SQB_E_USAGE);
	assert_int_equal(sqb_queue_take(q, "000000000000000", &e),
	    SQB_E_USAGE);
	assert_int_equal(count_in("q/tmp"), 0);
	assert_int_equal(count_of(q), 0);
	sqb_queue_close(q);
}

static void test_held(void **state)
{
	sqb_queue *q = open_queue(), *other = open_queue();
	sqb_queue_entry *e, *again;
	sqb_queue_id id;

	(void)state;
	add(q, id);
	e = take(q, id);
	assert_int_equal(sqb_queue_take(other, id, &again), SQB_E_RETRY);
	assert_int_equal(sqb_queue_look(other, id, &again), SQB_OK);
	assert_int_equal(sqb_queue_update(again, 1), SQB_E_USAGE);
	assert_int_equal(sqb_queue_remove(again), SQB_E_USAGE);
	sqb_queue_release(again);
	sqb_queue_release(e);
	e = take(other, id);
	assert_int_equal(sqb_queue_remove(e), SQB_OK);
	assert_int_equal(sqb_queue_take(q, id, &again), SQB_E_USAGE);
	sqb_queue_release(e);
	assert_int_equal(count_of(q), 0);
	assert_int_equal(count_in("q/tmp"), 0);
	sqb_queue_close(other);
	sqb_queue_close(q);
}

/* What a server says can be any octets: it stays one string of one line. */
static void test_hostile_words(void **state)
{
	static const struct {
		const char *said, *kept;
	} cases[] = {
		{ "550 no", "550 no" },
		{ "a\"}\n{\"address\":\"x\"", "a\"} {\"address\":\"x\"" },
		{ "\\u0000\\n\r\x1b[2J", "\\u0000\\n??[2J" },
		{ "\xff\xfe z", "?? z" }, { "\xe2\x80\xae", "?" },
		{ "Zo\xc3\xab", "Zo\xc3\xab" }, { NULL, "" },
	};
	sqb_queue *q = open_queue();
	sqb_queue_id id;

	(void)state;
	add(q, id);
	for (size_t i = 0; i < COUNT(cases); i++) {
		sqb_queue_entry *e = take(q, id);
		const sqb_queue_recipient *r;

		assert_int_equal(sqb_queue_settle(e, 1, SQB_QUEUE_FAILED,
		    cases[i].said), SQB_OK);
		assert_int_equal(sqb_queue_update(e, 3000 + (int64_t)i),
		    SQB_OK);
		sqb_queue_release(e);
		e = take(q, id);
		assert_null(sqb_queue_mail_of(e)->damage);
		assert_int_equal(sqb_queue_mail_of(e)->next_try, 3000 + i);
		r = sqb_queue_mail_of(e)->recipients;
		assert_string_equal(r[1].why, cases[i].kept);
		assert_int_equal(r[1].state, SQB_QUEUE_FAILED);
		assert_int_equal(r[0].state, SQB_QUEUE_WAITING);
		sqb_queue_release(e);
	}
	sqb_queue_close(q);
}

/* Words that a new entry comes with are made safe as well. */
static void test_first_words(void **state)
{
	static const sqb_queue_recipient r = { .address = "a@b",
		.state = SQB_QUEUE_UNKNOWN, .why = "x\n\xff\"" };
	sqb_queue_mail m = mail_to(&r, 1);
	sqb_queue *q = open_queue();
	sqb_queue_entry *e;

	(void)state;
	assert_int_equal(sqb_queue_begin(q, &m), SQB_OK);
	assert_int_equal(sqb_queue_commit(q), SQB_OK);
	e = take(q, m.id);
	assert_string_equal(sqb_queue_mail_of(e)->recipients[0].why,
	    "x ?\"");
	assert_int_equal(sqb_queue_mail_of(e)->recipients[0].state,
	    SQB_QUEUE_UNKNOWN);
	sqb_queue_release(e);
	sqb_queue_close(q);
}

static void test_long_words(void **state)
{
	char said[4 * SQB_QUEUE_WHY];
	sqb_queue *q = open_queue();
	sqb_queue_entry *e;
	sqb_queue_id id;

	(void)state;
	memset(said, '"', sizeof(said));
	said[sizeof(said) - 1] = '\0';
	add(q, id);
	e = take(q, id);
	assert_int_equal(sqb_queue_settle(e, 0, SQB_QUEUE_FAILED, said),
	    SQB_OK);
	assert_int_equal(sqb_queue_settle(e, 2, SQB_QUEUE_DONE, ""),
	    SQB_E_USAGE);
	assert_int_equal(sqb_queue_update(e, 1), SQB_OK);
	sqb_queue_release(e);
	e = take(q, id);
	assert_int_equal(strlen(sqb_queue_mail_of(e)->recipients[0].why),
	    SQB_QUEUE_WHY);
	sqb_queue_release(e);
	sqb_queue_close(q);
}

static void test_done_is_removed(void **state)
{
	sqb_queue *q = open_queue();
	sqb_queue_entry *e;
	sqb_queue_id id;

	(void)state;
	add(q, id);
	e = take(q, id);
	assert_int_equal(sqb_queue_sending(e), SQB_OK);
	assert_int_equal(sqb_queue_mail_of(e)->recipients[0].state,
	    SQB_QUEUE_SENDING);
	sqb_queue_settle(e, 0, SQB_QUEUE_DONE, "250 ok");
	sqb_queue_settle(e, 1, SQB_QUEUE_WAITING, "450 later");
	assert_int_equal(sqb_queue_update(e, 5000), SQB_OK);
	sqb_queue_release(e);
	assert_int_equal(count_of(q), 1);
	e = take(q, id);
	assert_int_equal(sqb_queue_mail_of(e)->tries, 1);
	assert_int_equal(sqb_queue_mail_of(e)->recipients[0].state,
	    SQB_QUEUE_DONE);
	sqb_queue_settle(e, 1, SQB_QUEUE_DONE, "");
	assert_int_equal(sqb_queue_update(e, 0), SQB_OK);
	sqb_queue_release(e);
	assert_int_equal(count_of(q), 0);
	sqb_queue_close(q);
}

/* A child runs work and is killed when it has said that it is ready. */
static void kill_in(void (*work)(sqb_queue *q, const char *id),
    const char *id)
{
	int ends[2], status;
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		work(open_queue(), id);
		(void)!write(ends[1], "", 1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ends[0], &byte, 1), 1);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(ends[0]);
	close(ends[1]);
}

static void work_sending(sqb_queue *q, const char *id)
{
	sqb_queue_sending(take(q, id));
}

static void test_killed_while_sending(void **state)
{
	sqb_queue *q = open_queue();
	sqb_queue_entry *e;
	sqb_queue_id id;

	(void)state;
	add(q, id);
	kill_in(work_sending, id);
	assert_int_equal(sqb_queue_look(q, id, &e), SQB_OK);
	assert_int_equal(sqb_queue_mail_of(e)->recipients[0].state,
	    SQB_QUEUE_SENDING);
	sqb_queue_release(e);
	e = take(q, id);
	for (int i = 0; i < 2; i++)
		assert_int_equal(sqb_queue_mail_of(e)->recipients[i].state,
		    SQB_QUEUE_UNKNOWN);
	sqb_queue_release(e);
	sqb_queue_close(q);
}

static void work_begin(sqb_queue *q, const char *id)
{
	static const sqb_queue_recipient r = { .address = "a@b" };
	static sqb_queue_mail m;

	(void)id;
	m = mail_to(&r, 1);
	sqb_queue_begin(q, &m);
	sqb_queue_write(q, sqb_str_of("half"));
}

static void test_dead_writers(void **state)
{
	sqb_queue *q = open_queue(), *other;

	(void)state;
	kill_in(work_begin, NULL);
	assert_int_equal(count_in("q/tmp"), 1);
	work_begin(q, NULL);
	assert_int_equal(count_in("q/tmp"), 2);
	other = open_queue();
	assert_int_equal(count_in("q/tmp"), 1);
	assert_int_equal(count_of(other), 0);
	assert_int_equal(sqb_queue_commit(q), SQB_OK);
	assert_int_equal(count_of(other), 1);
	sqb_queue_close(other);
	sqb_queue_close(q);
}

/* An envelope with text instead of its own is damaged, and nothing else. */
static void assert_damaged(sqb_queue *q, const char *id, const char *text,
    size_t len)
{
	sqb_queue_entry *e;

	write_file(path_of(id, "envelope"), text, len);
	e = take(q, id);
	if (!sqb_queue_mail_of(e)->damage)
		fail_msg("taken for good: %.*s", (int)len, text);
	assert_string_equal(sqb_queue_mail_of(e)->id, id);
	assert_int_equal(sqb_queue_mail_of(e)->n_recipients, 0);
	assert_int_equal(sqb_queue_update(e, 0), SQB_E_USAGE);
	assert_int_equal(sqb_queue_sending(e), SQB_E_USAGE);
	sqb_queue_release(e);
}

static void test_cut_envelope(void **state)
{
	sqb_queue *q = open_queue();
	sqb_queue_entry *e;
	sqb_queue_id id, good;
	char *text;
	size_t len;

	(void)state;
	add(q, id);
	add(q, good);
	text = read_file(path_of(id, "envelope"), &len);
	assert_non_null(text);
	for (size_t cut = 0; cut < len; cut++)
		assert_damaged(q, id, text, cut);
	assert_int_equal(count_of(q), 2);
	e = take(q, good);
	assert_null(sqb_queue_mail_of(e)->damage);
	sqb_queue_release(e);
	write_file(path_of(id, "envelope"), text, len);
	e = take(q, id);
	assert_null(sqb_queue_mail_of(e)->damage);
	sqb_queue_release(e);
	free(text);
	sqb_queue_close(q);
}

/* Any octet may be wrong: it is damaged, or says something else, no more. */
static void test_wrong_octets(void **state)
{
	static const char wrong[] = "\"\\{}\n0u\xff";
	sqb_queue *q = open_queue();
	size_t len, n_damaged = 0;
	sqb_queue_id id;
	char *text;

	(void)state;
	add(q, id);
	text = read_file(path_of(id, "envelope"), &len);
	assert_non_null(text);
	for (size_t i = 0; i < len; i++) {
		char kept = text[i];

		for (size_t k = 0; k < sizeof(wrong); k++) {
			sqb_queue_entry *e;

			text[i] = wrong[k];
			write_file(path_of(id, "envelope"), text, len);
			assert_int_equal(sqb_queue_look(q, id, &e), SQB_OK);
			n_damaged += sqb_queue_mail_of(e)->damage != NULL;
			sqb_queue_release(e);
		}
		text[i] = kept;
	}
	assert_true(n_damaged > len * 5);
	free(text);
	sqb_queue_close(q);
}

#define HEAD "{\"squab-queue\":1,\"account\":\"h\",\"from\":\"a@b\"," \
	"\"envelope\":\"\",\"queued\":1,\"nextTry\":1,\"tries\":0," \
	"\"octets\":23,\"recipients\":1}\n"

static void test_odd_envelope(void **state)
{
	static const char *const cases[] = {
		HEAD "{\"address\":\"\",\"state\":\"waiting\",\"why\":\"\"}\n",
		HEAD "{\"address\":\"a\\nb\",\"state\":\"waiting\","
		    "\"why\":\"\"}\n",
		HEAD "{\"address\":\"a\\u0000\",\"state\":\"waiting\","
		    "\"why\":\"\"}\n",
		HEAD "{\"address\":\"a\\ud800\",\"state\":\"waiting\","
		    "\"why\":\"\"}\n",
		HEAD "{\"address\":\"a\xff\",\"state\":\"waiting\","
		    "\"why\":\"\"}\n",
		HEAD "{\"address\":\"a\",\"state\":\"sent\",\"why\":\"\"}\n",
		HEAD "{\"address\":\"a\",\"state\":\"done\",\"why\":\"\"}\n\n",
		"{\"squab-queue\":2}\n", "[]\n",
	};
	static const char good[] =
	    HEAD "{\"address\":\"a\",\"state\":\"waiting\",\"why\":\"\"}\n";
	sqb_queue *q = open_queue();
	sqb_queue_entry *e;
	sqb_queue_id id;

	(void)state;
	add(q, id);
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_damaged(q, id, cases[i], strlen(cases[i]));
	assert_damaged(q, id, good, sizeof(good));	/* with its NUL */
	write_file(path_of(id, "envelope"), good, sizeof(good) - 1);
	e = take(q, id);
	assert_null(sqb_queue_mail_of(e)->damage);
	sqb_queue_release(e);
	sqb_queue_close(q);
}

static void damage_message(const char *id)
{
	write_file(path_of(id, "message"), "short", 5);
}

static void remove_message(const char *id)
{
	assert_int_equal(unlink(at_root(path_of(id, "message"))), 0);
}

static void remove_envelope(const char *id)
{
	assert_int_equal(unlink(at_root(path_of(id, "envelope"))), 0);
}

static void link_envelope(const char *id)
{
	const char *path = at_root(path_of(id, "envelope"));

	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/etc/passwd", path), 0);
}

static void link_message(const char *id)
{
	remove_message(id);
	assert_int_equal(symlink("/etc/passwd",
	    at_root(path_of(id, "message"))), 0);
}

/* Seen, kept until a person removes it, and in no one's way. */
static void test_damaged_files(void **state)
{
	static void (*const cases[])(const char *id) = { damage_message,
		remove_message, remove_envelope, link_envelope,
		link_message };
	sqb_queue *q = open_queue();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		sqb_queue_entry *e;
		sqb_queue_id id;

		add(q, id);
		cases[i](id);
		assert_int_equal(sqb_queue_look(q, id, &e), SQB_OK);
		assert_non_null(sqb_queue_mail_of(e)->damage);
		sqb_queue_release(e);
		assert_int_equal(count_of(q), 1);
		e = take(q, id);
		assert_non_null(sqb_queue_mail_of(e)->damage);
		assert_int_equal(sqb_queue_remove(e), SQB_OK);
		sqb_queue_release(e);
		assert_int_equal(count_of(q), 0);
		assert_int_equal(count_in("q/tmp"), 0);
	}
	sqb_queue_close(q);
}

static void test_others_may_write(void **state)
{
	sqb_error err;
	sqb_queue *q = open_queue();

	(void)state;
	sqb_queue_close(q);
	assert_int_equal(chmod(at_root("q"), 0770), 0);
	assert_int_equal(sqb_queue_open(&q, at_root("q"), &err), SQB_E_SINK);
	assert_null(q);
	assert_non_null(strstr(err.text, "chmod"));
	write_file("file", "", 0);
	assert_int_equal(sqb_queue_open(&q, at_root("file"), &err),
	    SQB_E_SINK);
}

/* Files have no more room than so many octets. */
static int add_within(sqb_queue *q, rlim_t octets)
{
	struct rlimit before, little;
	sqb_queue_id id;
	int code;

	getrlimit(RLIMIT_FSIZE, &before);
	little = before;
	little.rlim_cur = octets;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &little);
	code = add_letter(q, id);
	setrlimit(RLIMIT_FSIZE, &before);
	return code;
}

/* Neither half a message nor half an envelope is ever there. */
static void test_full_disk(void **state)
{
	sqb_queue *q = open_queue();
	rlim_t octets = 0;
	int code;

	(void)state;
	while ((code = add_within(q, octets)) != SQB_OK) {
		assert_int_equal(code, SQB_E_SINK);
		sqb_queue_drop(q);
		assert_int_equal(count_in("q/tmp"), 0);
		assert_int_equal(count_of(q), 0);
		octets++;
		assert_true(octets < 1000);
	}
	assert_true(octets > sizeof(letter));
	assert_int_equal(count_of(q), 1);
	sqb_queue_close(q);
}

/* Takes what it gets and removes it: how many. */
static int take_all(void)
{
	sqb_queue *q = open_queue();
	const sqb_queue_id *ids;
	size_t n;
	int got = 0;

	sqb_queue_ids(q, &ids, &n);
	for (size_t i = 0; i < n; i++) {
		sqb_queue_entry *e;

		if (sqb_queue_take(q, ids[i], &e) != SQB_OK)
			continue;
		got += !sqb_queue_mail_of(e)->damage &&
		    sqb_queue_remove(e) == SQB_OK;
		sqb_queue_release(e);
	}
	sqb_queue_close(q);
	return got;
}

/* Each entry is got by exactly one of two processes. */
static void test_race(void **state)
{
	sqb_queue *q = open_queue();
	int status, sum = 0;
	pid_t pids[2];

	(void)state;
	for (int i = 0; i < N_RACED; i++) {
		sqb_queue_id id;

		add(q, id);
	}
	for (int i = 0; i < 2; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(take_all());
	}
	for (int i = 0; i < 2; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status));
		sum += WEXITSTATUS(status);
	}
	assert_int_equal(sum, N_RACED);
	assert_int_equal(count_of(q), 0);
	assert_int_equal(count_in("q/tmp"), 0);
	sqb_queue_close(q);
}

/* Adds and changes entries for ever, and tells of each after its commit. */
static void churn(int out)
{
	sqb_queue *q = open_queue();

	for (int64_t i = 1; ; i++) {
		sqb_queue_entry *e;
		sqb_queue_id id;

		add(q, id);
		if (write(out, id, sizeof(id)) != sizeof(id))
			_exit(1);
		e = take(q, id);
		sqb_queue_settle(e, 0, SQB_QUEUE_DONE, "250");
		sqb_queue_update(e, i);
		sqb_queue_release(e);
	}
}

/* Each that was told of is there, whole; nothing else but one not told of. */
static size_t check_churned(sqb_queue *q, int in, size_t before)
{
	sqb_queue_id id;
	size_t told = 0, there;

	while (read(in, id, sizeof(id)) == sizeof(id)) {
		sqb_queue_entry *e = take(q, id);

		assert_null(sqb_queue_mail_of(e)->damage);
		sqb_queue_release(e);
		told++;
	}
	there = count_of(q) - before;
	assert_true(there == told || there == told + 1);
	assert_int_equal(count_in("q/tmp"), 0);
	return before + there;
}

static void test_kills(void **state)
{
	size_t sum = 0;

	(void)state;
	srand(1);
	for (int i = 0; i < N_KILLS; i++) {
		int ends[2], status;
		sqb_queue *q;
		pid_t pid;

		assert_int_equal(pipe(ends), 0);
		pid = fork();
		if (pid == 0)
			churn(ends[1]);
		close(ends[1]);
		usleep((useconds_t)(rand() % 20000));
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		q = open_queue();
		sum = check_churned(q, ends[0], sum);
		sqb_queue_close(q);
		close(ends[0]);
	}
	assert_true(sum > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_round_trip),
		FIXTURE_TEST(test_usage),
		FIXTURE_TEST(test_held),
		FIXTURE_TEST(test_hostile_words),
		FIXTURE_TEST(test_first_words),
		FIXTURE_TEST(test_long_words),
		FIXTURE_TEST(test_done_is_removed),
		FIXTURE_TEST(test_killed_while_sending),
		FIXTURE_TEST(test_dead_writers),
		FIXTURE_TEST(test_cut_envelope),
		FIXTURE_TEST(test_wrong_octets),
		FIXTURE_TEST(test_odd_envelope),
		FIXTURE_TEST(test_damaged_files),
		FIXTURE_TEST(test_others_may_write),
		FIXTURE_TEST(test_full_disk),
		FIXTURE_TEST(test_race),
		FIXTURE_TEST(test_kills),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

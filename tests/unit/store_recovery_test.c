/*
 * What a run that died has left in a file it was appending to: what is whole
 * is known again, what is torn goes, and what may be another's stays.
 */
#include "store_fixture.h"

#include "store/append.h"

#include <stdlib.h>
#include <unistd.h>

enum { N = 3 };

static const char *const texts[N] = {
	"From: a@b.c\r\n\r\none\r\n", "From: d@e.f\r\n\r\nFrom x\r\ntwo",
	"From: g@h.i\r\n\r\nthree\r\n" };
static const char old[] = "From x@y.z Thu Jan  1 00:00:00 1970\n\nold";
static const char old_json[] = "{\"account\":\"\"}\n{}";
static const char foreign[] = "From k@l.m Thu Jan  1 01:01:01 1970\n"
    "Subject: mine\n\nhello\n\n";
static const char foreign_json[] = "{\"account\":\"k@l.m\"}\n";

/* A kind of file, and what is in it before and behind. */
typedef struct kind {
	const char *scheme, *before, *foreign, *gap;
} kind;

static const kind kinds[] = {
	{ "mbox:", old, foreign, "\n\n" },
	{ "json:", old_json, foreign_json, "\n" },
};

static sqb_store_id ids[N];

/* A group is published as account, and the run dies before the commit. */
static void append_and_die(const kind *k, const char *account)
{
	sqb_store_options options = { .size = sizeof(options),
		.ledger = open_ledger(account), .account = account };
	sqb_store *s = open_with(k->scheme, "m", &options);

	for (size_t i = 0; i < N; i++) {
		assert_int_equal(sqb_ledger_id(options.ledger,
		    sqb_str_of(texts[i]), i, &ids[i]), SQB_OK);
		deliver(s, &ids[i], texts[i]);
	}
	assert_int_equal(sqb_store_publish(s, NULL), SQB_OK);
	sqb_store_close(s);
	sqb_ledger_close(options.ledger);
}

/* The next run of account. */
static sqb_store *run_again(const kind *k, const char *account,
    sqb_ledger **ledger)
{
	sqb_store_options options = { .size = sizeof(options),
		.account = account };

	*ledger = options.ledger = open_ledger(account);
	return open_with(k->scheme, "m", &options);
}

static void find_again(const kind *k, const char *account, bool there[N])
{
	sqb_ledger *ledger;
	sqb_store *s = run_again(k, account, &ledger);

	assert_int_equal(sqb_store_find(s, ids, N, there), SQB_OK);
	sqb_store_close(s);
	sqb_ledger_close(ledger);
}

static void commit_intents(const kind *k, const char *account)
{
	sqb_ledger *l;
	sqb_store *s = run_again(k, account, &l);
	bool there[N];

	assert_int_equal(sqb_store_find(s, ids, N, there), SQB_OK);
	assert_int_equal(sqb_ledger_commit(l), SQB_OK);
	sqb_store_close(s);
	sqb_ledger_close(l);
}

/* The length of the file before each message, and after the last. */
static void find_ends(const kind *k, const char *text, size_t len,
    size_t ends[N + 1])
{
	const char *p;

	ends[0] = strlen(k->before) + strlen(k->gap);
	for (size_t i = 1; i < N; i++) {
		p = text + ends[i - 1] + 1;
		p = k->scheme[0] == 'j' ? strchr(p, '\n') + 1 :
		    strstr(p, "\n\nFrom ") + 2;
		ends[i] = (size_t)(p - text);
	}
	ends[N] = len;
}

/* The messages that are whole when the file is cut there. */
static size_t whole_at(const size_t ends[N + 1], size_t cut)
{
	size_t n = 0;

	while (n < N && ends[n + 1] <= cut)
		n++;
	return n;
}

/* A run dies on a new file; what it has written, and the places in it. */
static char *die_on_new(const kind *k, size_t *len, size_t ends[N + 1])
{
	char *text;

	write_file("m", k->before, strlen(k->before));
	append_and_die(k, "a@b");
	text = read_file("m", len);
	find_ends(k, text, *len, ends);
	return text;
}

static void assert_there(const bool there[N], size_t n)
{
	for (size_t i = 0; i < N; i++)
		assert_int_equal(there[i], i < n);
}

/* n_void: octets that are NUL; tail: what stands behind the cut. */
static void check_cuts(const kind *k, size_t n_void, const char *tail,
    bool keeps)
{
	size_t len, ends[N + 1], got_len;
	char *text = die_on_new(k, &len, ends), *got;
	size_t n_tail = strlen(tail);
	char *torn = malloc(len + n_tail + 1);
	sqb_ledger *ledger;
	sqb_store *s = run_again(k, "a@b", &ledger);

	memset(text + ends[0], 0, n_void);
	for (size_t cut = ends[0] + n_void; cut <= len; cut++) {
		size_t n = n_void ? 0 : whole_at(ends, cut), want;
		bool there[N];

		memcpy(torn, text, cut);
		memcpy(torn + cut, tail, n_tail);
		write_file("m", torn, cut + n_tail);
		assert_int_equal(sqb_store_find(s, ids, N, there), SQB_OK);
		assert_there(there, n);
		want = n == N || keeps ? cut + n_tail : ends[n];
		got = read_file("m", &got_len);
		assert_int_equal(got_len, want);
		assert_memory_equal(got, torn, want);
		free(got);
	}
	sqb_store_close(s);
	sqb_ledger_close(ledger);
	free(torn);
	free(text);
	unlink(at_root("m"));
}

static void test_every_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++)
		check_cuts(&kinds[i], 0, "", false);
}

/* Others' mail is never taken away, wherever the torn text ends. */
static void test_foreign_tail(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++)
		check_cuts(&kinds[i], 0, kinds[i].foreign, true);
}

/*
 * The power cut has left the first block empty, and others not. Again it is
 * not certain whose a line is that has an end.
 */
static void test_void_head(void **state)
{
	(void)state;
	check_cuts(&kinds[0], 40, "", false);
	check_cuts(&kinds[0], 40, foreign, true);
	check_cuts(&kinds[1], SQB__HEAD_MAX, foreign_json, true);
}

/* And of a new file: it is still known as what it was to become. */
static void test_void_file(void **state)
{
	static const char nothing[4096];
	bool there[N];
	size_t len;

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		append_and_die(&kinds[i], "a@b");
		free(read_file("m", &len));
		write_file("m", nothing, len);
		find_again(&kinds[i], "a@b", there);
		assert_there(there, 0);
		assert_file("m", "");
		append_and_die(&kinds[i], "a@b");
		find_again(&kinds[i], "a@b", there);
		assert_there(there, N);
		unlink(at_root("m"));
	}
}

/* Nobody's intent has it: somebody else's file. */
static void test_void_of_others(void **state)
{
	static const char nothing[100];
	sqb_ledger *ledger;
	sqb_store *s;
	size_t len;

	(void)state;
	write_file("m", nothing, sizeof(nothing));
	s = run_again(&kinds[0], "e@f", &ledger);
	deliver(s, &id_one, texts[0]);
	assert_int_equal(sqb_store_publish(s, NULL), SQB_E_SINK);
	free(read_file("m", &len));
	assert_int_equal(len, sizeof(nothing));
	sqb_store_close(s);
	sqb_ledger_close(ledger);
}

static void assert_length(size_t want)
{
	size_t len;

	free(read_file("m", &len));
	assert_int_equal(len, want);
}

/* What the power cut leaves: room, and nothing in it. */
static void test_void_tail(void **state)
{
	size_t len, ends[N + 1];
	bool there[N];

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++)
		for (size_t n = 0; n < N; n++) {
			char *text = die_on_new(&kinds[i], &len, ends);

			memset(text + ends[n], 0, len - ends[n]);
			write_file("m", text, len);
			find_again(&kinds[i], "a@b", there);
			assert_there(there, n);
			assert_length(ends[n]);
			free(text);
			unlink(at_root("m"));
		}
}

/*
 * An octet in the middle is another, as when blocks were lost. Of lines that
 * have an end it is not certain whose they are.
 */
static void test_changed(void **state)
{
	size_t len, ends[N + 1];
	bool there[N];

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		char *text = die_on_new(&kinds[i], &len, ends);

		for (size_t n = 0; n < N; n++) {
			text[ends[n + 1] - 4] ^= 1;
			write_file("m", text, len);
			find_again(&kinds[i], "a@b", there);
			assert_there(there, n);
			assert_length(kinds[i].scheme[0] == 'j' ? len :
			    ends[n]);
			text[ends[n + 1] - 4] ^= 1;
		}
		free(text);
		unlink(at_root("m"));
	}
}

/* With another file in its place nothing is there, and nothing is cut. */
static void test_replaced(void **state)
{
	char text[2000];
	bool there[N];

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		write_file("m", kinds[i].before, strlen(kinds[i].before));
		append_and_die(&kinds[i], "a@b");
		snprintf(text, sizeof(text), "%s%s%s", kinds[i].foreign,
		    kinds[i].foreign, kinds[i].foreign);
		write_file("m", text, strlen(text));
		find_again(&kinds[i], "a@b", there);
		assert_there(there, 0);
		assert_file("m", text);
		unlink(at_root("m"));
	}
}

/*
 * Another account finds the torn end, takes it away, and appends: the same
 * sender in the same second, which the first must not take for its own.
 */
static void test_two_accounts(void **state)
{
	size_t len, ends[N + 1], all, got_len;
	char *text, *now, *got;
	bool there[N];

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		text = die_on_new(&kinds[i], &len, ends);
		write_file("m", text, ends[0] + 20);
		append_and_die(&kinds[i], "c@d");
		now = read_file("m", &all);
		assert_int_equal(all, len);
		commit_intents(&kinds[i], "c@d");
		find_again(&kinds[i], "a@b", there);
		got = read_file("m", &got_len);
		assert_int_equal(got_len, all);
		assert_memory_equal(got, now, all);
		free(got);
		free(text);
		free(now);
		unlink(at_root("m"));
	}
}

/* What has been committed has no intent any more, and is left alone. */
static void test_committed(void **state)
{
	sqb_store_options options = { .size = sizeof(options),
		.account = "a@b" };
	sqb_store *s;
	bool there = true;
	char *text;
	size_t len;

	(void)state;
	options.ledger = open_ledger("a@b");
	s = open_with("mbox:", "m", &options);
	deliver(s, &id_one, "From: a@b\r\n\r\nx\r\n");
	assert_int_equal(sqb_store_publish(s, NULL), SQB_OK);
	assert_int_equal(sqb_ledger_commit(options.ledger), SQB_OK);
	text = read_file("m", &len);
	write_file("m", text, len - 3);
	assert_int_equal(sqb_store_find(s, &id_one, 1, &there), SQB_OK);
	assert_false(there);
	free(text);
	text = read_file("m", &len);
	assert_int_equal(text[len - 1], '\n');
	free(text);
	sqb_store_close(s);
	sqb_ledger_close(options.ledger);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_every_cut),
		FIXTURE_TEST(test_foreign_tail),
		FIXTURE_TEST(test_void_tail),
		FIXTURE_TEST(test_void_head),
		FIXTURE_TEST(test_void_file),
		FIXTURE_TEST(test_void_of_others),
		FIXTURE_TEST(test_changed),
		FIXTURE_TEST(test_replaced),
		FIXTURE_TEST(test_two_accounts),
		FIXTURE_TEST(test_committed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* sqlite: the rows of a message, the search, and that each comes once. */
#include "store_fixture.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first column of the first row as text; "none" where there is no row. */
static const char *ask(const char *sql)
{
	static char answers[4][4096];
	static int next;
	char *out = answers[next++ % 4];
	sqlite3_stmt *q;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(at_root("db"), &db), SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	snprintf(out, 4096, "none");
	if (sqlite3_step(q) == SQLITE_ROW)
		snprintf(out, 4096, "%s", sqlite3_column_type(q, 0) ==
		    SQLITE_NULL ? "null" :
		    (const char *)sqlite3_column_text(q, 0));
	sqlite3_finalize(q);
	sqlite3_close(db);
	return out;
}

static void publish(const sqb_store_id *id, const char *text)
{
	const sqb_store_options options = { .size = sizeof(options),
		.account = "me@host" };
	sqb_store *s = open_with("sqlite:", "db", &options);

	deliver(s, id, text);
	assert_int_equal(sqb_store_publish(s, NULL), SQB_OK);
	sqb_store_close(s);
}

static const char mail[] =
    "From: \"\xc3\x84nn\" <ann@example.org>\r\n"
    "To: bob@example.org\r\nCc: carol@example.org\r\n"
    "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= plans\r\n"
    "Date: Thu, 1 Jan 1970 01:00:00 +0100\r\n"
    "Message-ID: <id@x>\r\nIn-Reply-To: <r@x>\r\n"
    "References: <a@x>\r\n <r@x>\r\n"
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\n\r\nThe pigeon flies.\r\n"
    "--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n"
    "Content-Disposition: attachment; filename=\"../map.png\"\r\n\r\n"
    "AAECAw==\r\n"
    "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nx\r\n"
    "--b--\r\n";

static const struct {
	const char *sql, *want;
} columns[] = {
	{ "SELECT count(*) FROM message", "1" },
	{ "SELECT account FROM message", "me@host" },
	{ "SELECT uidl FROM message", "uidl" },
	{ "SELECT size FROM message", "10" },
	{ "SELECT length(key) FROM message", "16" },
	{ "SELECT delivered > 1700000000 FROM message", "1" },
	{ "SELECT date FROM message", "0" },
	{ "SELECT from_ LIKE '%ann@example.org%' FROM message", "1" },
	{ "SELECT to_ FROM message", "bob@example.org" },
	{ "SELECT cc FROM message", "carol@example.org" },
	{ "SELECT subject FROM message", "Gr\xc3\xbc\xc3\x9f" "e plans" },
	{ "SELECT message_id FROM message", "id@x" },
	{ "SELECT in_reply_to FROM message", "r@x" },
	{ "SELECT references_ FROM message", "a@x r@x" },
	{ "SELECT preview FROM message", "The pigeon flies." },
	{ "SELECT raw FROM message", mail },
	{ "SELECT typeof(raw) FROM message", "blob" },
	{ "SELECT count(*) FROM attachment", "2" },
	{ "SELECT name FROM attachment WHERE type = 'image/png'", "map.png" },
	{ "SELECT hex(content) FROM attachment WHERE part = '2'", "00010203" },
	{ "SELECT size FROM attachment WHERE part = '2'", "4" },
	{ "SELECT content FROM attachment WHERE part = '3'",
	  "Subject: inner\r\n\r\nx" },
	{ "SELECT rowid FROM search WHERE search MATCH 'pigeon'", "1" },
	{ "SELECT rowid FROM search WHERE search MATCH 'subject:plans'", "1" },
	{ "SELECT rowid FROM search WHERE search MATCH 'text:plans'", "none" },
	{ "SELECT rowid FROM search WHERE search MATCH 'carol'", "1" },
	{ "SELECT rowid FROM search WHERE search MATCH 'files:map'", "1" },
	{ "SELECT snippet(search, 4, '[', ']', '', 9) FROM search "
	  "WHERE search MATCH 'pigeon'", "The [pigeon] flies." },
	{ "PRAGMA integrity_check", "ok" },
	{ "PRAGMA user_version", "1" },
};

static void test_columns(void **state)
{
	(void)state;
	publish(&id_one, mail);
	for (size_t i = 0; i < COUNT(columns); i++)
		assert_string_equal(ask(columns[i].sql), columns[i].want);
}

static void test_once(void **state)
{
	const sqb_store_id ids[] = { id_two, id_one };
	bool there[2];
	sqb_store *s;

	(void)state;
	publish(&id_one, mail);
	publish(&id_one, mail);
	assert_string_equal(ask("SELECT count(*) FROM message"), "1");
	assert_string_equal(ask("SELECT count(*) FROM attachment"), "2");
	s = open_at("sqlite:", "db");
	assert_int_equal(sqb_store_find(s, ids, 2, there), SQB_OK);
	assert_true(!there[0] && there[1]);
	deliver(s, &id_two, "x: y\r\n");
	assert_int_equal(sqb_store_find(s, ids, 2, there), SQB_OK);
	assert_false(there[0]);
	sqb_store_drop(s);
	deliver(s, &id_one, "");
	deliver(s, &id_two, "");
	assert_int_equal(sqb_store_publish(s, NULL), SQB_OK);
	assert_int_equal(sqb_store_find(s, ids, 2, there), SQB_OK);
	assert_true(there[0]);
	deliver(s, &id_two, "never");
	sqb_store_close(s);
	assert_string_equal(ask("SELECT count(*) FROM message"), "2");
}

/* What is deleted or changed is so for the search and attachments too. */
static void test_triggers(void **state)
{
	static const char hit[] =
	    "SELECT rowid FROM search WHERE search MATCH 'pigeon'";

	(void)state;
	publish(&id_one, mail);
	ask("INSERT INTO search (search) VALUES ('integrity-check')");
	ask("UPDATE message SET text = 'dove'");
	assert_string_equal(ask(hit), "none");
	ask("UPDATE message SET text = 'pigeon'");
	assert_string_equal(ask(hit), "1");
	ask("DELETE FROM message");
	assert_string_equal(ask(hit), "none");
	assert_string_equal(ask("SELECT count(*) FROM attachment"), "0");
}

/* Larger than what is bound as it is, and than the spool's memory. */
static void test_large(void **state)
{
	static const char head[] = "Content-Type: application/x-a; name=n\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n";
	static const size_t sizes[] = { 400000, 4000000 };
	char sql[200], want[24];

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		size_t n = sizeof(head) - 1 + sizes[i];
		char *text = malloc(n + 1);
		sqb_store_id id = { .size = i };

		memcpy(text, head, sizeof(head));
		for (size_t k = 0; k < sizes[i]; k++)
			text[sizeof(head) - 1 + k] = "AAECAwQFBgcICQoL"[k % 16];
		text[n] = '\0';
		publish(&id, text);
		free(text);
		snprintf(sql, sizeof(sql), "SELECT length(raw) FROM message "
		    "WHERE size = %zu", i);
		snprintf(want, sizeof(want), "%zu", n);
		assert_string_equal(ask(sql), want);
		snprintf(sql, sizeof(sql), "SELECT length(content) FROM "
		    "attachment WHERE message = %zu", i + 1);
		snprintf(want, sizeof(want), "%zu", sizes[i] / 4 * 3);
		assert_string_equal(ask(sql), want);
		snprintf(sql, sizeof(sql), "SELECT hex(substr(content, 300001,"
		    " 12)) FROM attachment WHERE message = %zu", i + 1);
		if (sizes[i] > 1000000)
			assert_string_equal(ask(sql),
			    "000102030405060708090A0B");
	}
}

static void test_odd_octets(void **state)
{
	static const sqb_str uidl = SQB_STR("\xff\x01");
	static const char text[] =
	    "Subject: \xff\r\nMessage-ID: <\xff@x>\r\nDate: x\r\n";
	sqb_store *s = open_at("sqlite:", "db");

	(void)state;
	assert_int_equal(sqb_store_begin(s, &id_one, uidl), SQB_OK);
	put(s, text, sizeof(text) - 1);
	assert_int_equal(sqb_store_end(s), SQB_OK);
	assert_int_equal(sqb_store_publish(s, NULL), SQB_OK);
	sqb_store_close(s);
	assert_string_equal(ask("SELECT hex(uidl) FROM message"), "FF01");
	assert_string_equal(ask("SELECT typeof(uidl) FROM message"), "blob");
	assert_string_equal(ask("SELECT typeof(date) FROM message"), "null");
}

static void test_other_databases(void **state)
{
	static const char *const make[] = {
		"CREATE TABLE a (b)",
		"PRAGMA application_id = 7",
		"PRAGMA user_version = 99",
	};
	sqb_error err;
	sqb_store *s;
	char text[PATH_ROOM];
	struct stat st;

	(void)state;
	snprintf(text, sizeof(text), "sqlite:%s", at_root("db"));
	ask(make[0]);
	assert_int_equal(sqb_store_open(&s, text, NULL, &err), SQB_E_SINK);
	assert_non_null(strstr(err.text, "another program"));
	unlink(at_root("db"));
	publish(&id_one, "");
	assert_int_equal(stat(at_root("db"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	ask(make[2]);
	assert_int_equal(sqb_store_open(&s, text, NULL, &err), SQB_E_SINK);
	assert_non_null(strstr(err.text, "later squab"));
}

static void test_locked(void **state)
{
	const sqb_store_options options = { .size = sizeof(options),
		.lock_wait = 1 };
	sqb_store *s = open_with("sqlite:", "db", &options);
	sqlite3 *db;

	(void)state;
	deliver(s, &id_one, "x");
	assert_int_equal(sqlite3_open(at_root("db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL),
	    SQLITE_OK);
	assert_int_equal(sqb_store_publish(s, NULL), SQB_E_RETRY);
	sqlite3_close(db);
	assert_int_equal(sqb_store_publish(s, NULL), SQB_OK);
	sqb_store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_columns),
		FIXTURE_TEST(test_once),
		FIXTURE_TEST(test_triggers),
		FIXTURE_TEST(test_large),
		FIXTURE_TEST(test_odd_octets),
		FIXTURE_TEST(test_other_databases),
		FIXTURE_TEST(test_locked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

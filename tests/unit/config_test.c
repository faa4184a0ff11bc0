/* The config file: what is right and wrong in it, and whose word counts. */
#include "cli/accounts.h"
#include "cli/cli.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define A "[account a]\nurl = pop3s://u@h\n"

/* What a command has, and what another has. */
typedef struct values {
	const char *to;
	bool keep, del, json, all;
	sqb_time delete_after;
	uint32_t limit;
	uint64_t max_size;
	int progress;
} values;

static const cli_option table[] = {
	{ "to", "DEST", "", CLI_STRING, offsetof(values, to) },
	{ "keep", NULL, "", CLI_FLAG, offsetof(values, keep) },
	{ "delete", NULL, "", CLI_FLAG, offsetof(values, del) },
	{ "delete-after", "TIME", "", CLI_AGE,
	    offsetof(values, delete_after) },
	{ "limit", "N", "", CLI_COUNT, offsetof(values, limit) },
	{ "max-size", "SIZE", "", CLI_SIZE, offsetof(values, max_size) },
	{ "progress", "auto|never", "", CLI_CHOICE,
	    offsetof(values, progress) },
	{ "json", NULL, "", CLI_FLAG, offsetof(values, json) },
	{ "all", NULL, "", CLI_FLAG, offsetof(values, all) },
	{ .name = NULL }
};

static const cli_option other_table[] = {
	{ "headers", NULL, "", CLI_FLAG, 0 },
	{ .name = NULL }
};

const cli_option *const cli_account_tables[] = { table, other_table,
	cli_conn_options, NULL };

/* Of a copy with nothing behind it, so that a sanitizer sees an over-read. */
static bool parse_bytes(cli_config *c, const char *text, size_t len)
{
	char *copy = malloc(len ? len : 1);
	bool good;

	assert_non_null(copy);
	memcpy(copy, text, len);
	good = cli_config_parse(c, (sqb_str){ copy, len },
	    cli_account_tables);
	free(copy);
	assert_int_equal(good, c->line == 0);
	return good;
}

static bool parse(cli_config *c, const char *text)
{
	return parse_bytes(c, text, strlen(text));
}

/* "name url: key=value;…" of each section, a line each. */
static const char *told(const cli_config *c)
{
	static char out[4096];
	size_t at = 0;

	for (size_t i = 0; i < c->n_sections; i++) {
		const cli_section *s = &c->sections[i];

		at += (size_t)snprintf(out + at, sizeof(out) - at, "%s %s:",
		    s->name, s->url);
		for (size_t k = s->first; k < s->first + s->n_keys; k++)
			if (strcmp(c->keys[k].name, "url") != 0)
				at += (size_t)snprintf(out + at,
				    sizeof(out) - at, " %s=<%s>",
				    c->keys[k].name, c->keys[k].value);
		at += (size_t)snprintf(out + at, sizeof(out) - at, "\n");
	}
	return out;
}

static void test_good(void **state)
{
	static const struct { const char *text, *want; } cases[] = {
		{ "", " :\n" },
		{ "\n  \n# c\n; c\n  # c\n", " :\n" },
		{ "timeout = 30\n", " : timeout=<30>\n" },
		{ "timeout=30", " : timeout=<30>\n" },
		{ "\t timeout \t=\t 30 \t\r\n", " : timeout=<30>\n" },
		{ "\xef\xbb\xbftimeout: 30\n", " : timeout=<30>\n" },
		{ "\xef\xbb\xbf" A, " :\na pop3s://u@h:\n" },
		{ A "[account b]\njson = no\nurl = pop3://h\n",
		    " :\na pop3s://u@h:\nb pop3://h: json=<no>\n" },
		{ "[account a]\r\nurl = pop3s://u@h\r\n",
		    " :\na pop3s://u@h:\n" },
		{ "[account \xc3\xa9.x_y+z@w-1]\nurl = pop3://h",
		    " :\n\xc3\xa9.x_y+z@w-1 pop3://h:\n" },
		{ "password = a ; b # c = d : e\n",
		    " : password=<a ; b # c = d : e>\n" },
		{ "password = ;;\n", " : password=<;;>\n" },
		{ "password-command = pass a ; pass b\n",
		    " : password-command=<pass a ; pass b>\n" },
		{ "token-command = [\"a\", \"b;c\"]\n",
		    " : token-command=<[\"a\", \"b;c\"]>\n" },
		{ "password = \"x\"\n", " : password=<\"x\">\n" },
		{ "headers = yes\nlimit = 3\nprogress = never\n",
		    " : headers=<yes> limit=<3> progress=<never>\n" },
		{ "keep = no\ndelete = yes\n", " : keep=<no> delete=<yes>\n" },
		{ "delete-after = 30d\ndelete = no\n",
		    " : delete-after=<30d> delete=<no>\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		cli_config c;

		if (!parse(&c, cases[i].text))
			fail_msg("%s: line %u: %s", cases[i].text, c.line,
			    c.why);
		assert_string_equal(told(&c), cases[i].want);
		cli_config_clear(&c);
	}
}

static void test_wrong(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *why;
	} cases[] = {
		{ "timeout\n", 1, "no option = VALUE" },
		{ "\n\ntimeout 3\nfrob = 1\n", 3, "no option = VALUE" },
		{ "frob = 1\ntimeout\n", 1, "no option frob" },
		{ "= 1\n", 1, "no option" },
		{ "Timeout = 1\n", 1, "no option Timeout" },
		{ "timeout = soon\n", 1, "timeout takes a time" },
		{ "timeout = 30 ; slow\n", 1, "timeout takes a time" },
		{ "timeout = 30\n  5\n", 2, "no option = VALUE" },
		{ "timeout =\n", 1, "timeout takes a time" },
		{ "to =\n", 1, "to takes a text" },
		{ "keep = true\n", 1, "keep takes yes or no" },
		{ "keep = \n", 1, "keep takes yes or no" },
		{ "tls = on\n", 1, "tls takes implicit|starttls|off" },
		{ "limit = 0\n", 1, "limit takes a whole number" },
		{ "max-size = 1T\n", 1, "max-size takes a size" },
		{ "delete-after = 30\n", 1, "a time with its unit" },
		{ "password =\n", 1, "password takes a text" },
		{ "config = x\n", 1, "on the command line only" },
		{ "all = yes\n", 1, "on the command line only" },
		{ "url = pop3s://h\n", 1, "below [account NAME]" },
		{ "user = a\nuser = b\n", 2, "user is there twice" },
		{ A "url = pop3s://h\n", 3, "url is there twice" },
		{ "password = a\npassword-file = b\n", 2, "of password and "
		    "password-file only one" },
		{ "token-command = a\npassword = b\n", 2, "only one" },
		{ "keep = yes\ndelete-after = 3d\n", 2, "only one" },
		{ "password-command = [\"a\n", 1, "does not end" },
		{ "token-command = [a]\n", 1, "token-command: words stand" },
		{ "[account a]\n", 1, "needs url" },
		{ "[account a]\njson = yes\n", 1, "account a needs url" },
		{ "[account a]\njson = yes\n[account b]\nurl = pop3://h\n", 1,
		    "account a needs url" },
		{ "[account a]\n" A, 1, "needs url" },
		{ A "[account b]\n", 3, "needs url" },
		{ A A, 3, "account a is in line 1 already" },
		{ A "[account b]\nurl = pop3://h\n" A, 5, "in line 1" },
		{ "[account a]\nurl = http://h\n", 2, "URL: " },
		{ "[account a]\nurl = h\n", 2, "no scheme" },
		{ "[account]\nurl = pop3s://h\n", 1, "[account NAME]" },
		{ "[accounts a]\nurl = pop3s://h\n", 1, "[account NAME]" },
		{ "[Account a]\nurl = pop3s://h\n", 1, "[account NAME]" },
		{ "[account a\nurl = pop3s://h\n", 1, "[account NAME]" },
		{ "[account a] b\nurl = pop3s://h\n", 1, "[account NAME]" },
		{ "[account a]b]\nurl = pop3s://h\n", 1, "[account NAME]" },
		{ "[account a] ; c\nurl = pop3s://h\n", 1, "[account NAME]" },
		{ "[account ]\nurl = pop3s://h\n", 1, "name has letters" },
		{ "[account -a]\nurl = pop3s://h\n", 1, "name has letters" },
		{ "[account a b]\nurl = pop3s://h\n", 1, "name has letters" },
		{ "[account a/b]\nurl = pop3s://h\n", 1, "name has letters" },
		{ "[account a:b]\nurl = pop3s://h\n", 1, "name has letters" },
		{ "[account a;b]\nurl = pop3s://h\n", 1, "name has letters" },
		{ "[]\nurl = pop3s://h\n", 1, "[account NAME]" },
		{ "user = a\001b\n", 1, "control character" },
		{ "user = a\rb\n", 1, "control character" },
		{ "user = a\177b\n", 1, "control character" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		cli_config c;

		if (parse(&c, cases[i].text) || c.line != cases[i].line ||
		    !strstr(c.why, cases[i].why))
			fail_msg("%s: line %u, not %u: %s", cases[i].text,
			    c.line, cases[i].line, c.why);
		cli_config_clear(&c);
	}
}

static void test_nul(void **state)
{
	cli_config c;

	(void)state;
	assert_false(parse_bytes(&c, "user = a\0b\n", 11));
	assert_string_equal(c.why, "a control character");
	cli_config_clear(&c);
}

/* Cut off anywhere it is right, or the line that is wrong is one it has. */
static void test_every_cut(void **state)
{
	static const char text[] = "# all\ntimeout = 30\nca-file = x;y\n\n"
	    A "password = a ; b\n[account b]\nurl = pop3://h:1\nkeep = yes\n";
	cli_config c;

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		if (!parse_bytes(&c, text, len))
			assert_true(c.line <= 10 && *c.why != '\0');
		cli_config_clear(&c);
	}
}

static void test_long_lines(void **state)
{
	char text[CLI_CONFIG_LINE_MAX + 64];
	cli_config c;

	(void)state;
	for (size_t len = 100; len < CLI_CONFIG_LINE_MAX + 50; len++) {
		memset(text, 'x', len);
		memcpy(text, "user = ", 7);
		text[len] = '\n';
		assert_int_equal(parse_bytes(&c, text, len + 1),
		    len <= CLI_CONFIG_LINE_MAX);
		if (c.line == 0)
			assert_int_equal(strlen(c.keys[0].value), len - 7);
		else
			assert_non_null(strstr(c.why, "at most 4096 octets"));
		cli_config_clear(&c);
	}
}

static void test_long_names(void **state)
{
	char text[200];
	cli_config c;

	(void)state;
	for (int len = 1; len < 100; len++) {
		snprintf(text, sizeof(text), "[account %.*s]\nurl=pop3://h\n",
		    len, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
		assert_int_equal(parse(&c, text), len <= CLI_CONFIG_NAME_MAX);
		if (c.line != 0)
			assert_non_null(strstr(c.why, "at most 40 octets"));
		cli_config_clear(&c);
	}
}

/* n accounts, for free(3). */
static char *many(unsigned n, size_t *len)
{
	char *text = malloc((size_t)n * 64 + 1);

	assert_non_null(text);
	*len = 0;
	for (unsigned i = 0; i < n; i++)
		*len += (size_t)snprintf(text + *len, 64,
		    "[account a%u]\nurl = pop3s://u%u@h\n", i * 7919u % n, i);
	return text;
}

static void test_many_accounts(void **state)
{
	cli_config c;
	size_t len;
	char *text = many(CLI_CONFIG_ACCOUNTS_MAX, &len), name[16];

	(void)state;
	assert_true(parse_bytes(&c, text, len));
	for (unsigned i = 0; i < CLI_CONFIG_ACCOUNTS_MAX; i += 333) {
		snprintf(name, sizeof(name), "a%u", i);
		assert_string_equal(cli_config_find(&c, name)->name, name);
	}
	assert_null(cli_config_find(&c, "a"));
	assert_null(cli_config_find(&c, ""));
	cli_config_clear(&c);
	free(text);
	text = many(CLI_CONFIG_ACCOUNTS_MAX + 1, &len);
	assert_false(parse_bytes(&c, text, len));
	assert_string_equal(c.why, "at most 100000 accounts can be");
	cli_config_clear(&c);
	free(text);
}

static void test_long_file(void **state)
{
	size_t len = CLI_CONFIG_MAX + 1;
	char *text = malloc(len);
	cli_config c;

	(void)state;
	assert_non_null(text);
	memset(text, '\n', len);
	assert_true(parse_bytes(&c, text, len - 1));
	cli_config_clear(&c);
	assert_false(parse_bytes(&c, text, len));
	assert_non_null(strstr(c.why, "16 MiB"));
	cli_config_clear(&c);
	free(text);
}

/* --- whose word counts */

typedef struct run {
	char path[32];
	values v;
	cli_conn conn;
	cli_option_set sets[2];
	cli_usage usage;
	cli_accounts accounts;
	int n;
	char *argv[20];
} run;

/* With the words of a command line, separated by blanks. */
static int begin(run *r, const char *text, char *line)
{
	int fd, argc = 0;

	*r = (run){ .path = "/tmp/squab-config-XXXXXX" };
	fd = mkstemp(r->path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
	close(fd);
	for (char *p = strtok_r(line, " ", &line); p;
	    p = strtok_r(NULL, " ", &line))
		r->argv[argc++] = p;
	r->sets[0] = (cli_option_set){ NULL, table, &r->v, sizeof(r->v) };
	r->sets[1] = (cli_option_set)CLI_CONN_SET(&r->conn);
	r->usage = (cli_usage){ "cmd", "X...", "", 0, 9, r->sets, 2 };
	r->n = cli_options(&r->usage, argc, r->argv);
	assert_true(r->n >= 0);
	if (!r->conn.config)
		r->conn.config = r->path;
	return cli_accounts_init(&r->accounts, &r->usage,
	    r->v.all ? NULL : r->argv, (size_t)r->n);
}

static void end(run *r)
{
	cli_accounts_clear(&r->accounts);
	unlink(r->path);
}

static const char *text_of(const char *s)
{
	return s ? s : "-";
}

static void test_precedence(void **state)
{
	static const struct {
		const char *keys, *account, *line, *want;
	} cases[] = {
		{ "", "", "", "- - - - 0 0 0 0" },
		{ "to = x\nlimit = 3\n", "", "", "x - - - 0 0 0 3" },
		{ "to = x\nlimit = 3\n", "to = y\n", "", "y - - - 0 0 0 3" },
		{ "to = x\nlimit = 3\n", "to = y\n", " --to z --limit 9",
		    "z - - - 0 0 0 9" },
		{ "keep = yes\n", "", "", "- - - - 1 0 0 0" },
		{ "keep = yes\n", "keep = no\n", "", "- - - - 0 0 0 0" },
		{ "keep = yes\n", "delete = yes\n", "", "- - - - 0 1 0 0" },
		{ "keep = yes\n", "delete = no\n", "", "- - - - 1 0 0 0" },
		{ "delete = yes\n", "delete-after = 2s\n", "",
		    "- - - - 0 0 2000 0" },
		{ "delete = yes\n", "delete-after = 2s\n", " --keep",
		    "- - - - 1 0 0 0" },
		{ "password = p\n", "", "", "- p - - 0 0 0 0" },
		{ "password = p\n", "password = q\n", "", "- q - - 0 0 0 0" },
		{ "password = p\n", "password-file = f\n", "",
		    "- - f - 0 0 0 0" },
		{ "password-file = f\n", "password = p\n", "",
		    "- p - - 0 0 0 0" },
		{ "password = p\n", "token-command = c\n", "",
		    "- - - c 0 0 0 0" },
		{ "password = p\n", "token-command = c\n",
		    " --password-file g", "- - g - 0 0 0 0" },
		{ "password = p\n", "", " --password-file g --token-command d",
		    "- - g d 0 0 0 0" },
		{ "", "", " --keep --delete", "- - - - 1 1 0 0" },
		{ "headers = yes\n", "headers = no\n", "", "- - - - 0 0 0 0" },
	};
	char text[200], line[100], got[100];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const cli_account *a;
		const values *v;
		run r;

		snprintf(text, sizeof(text), "%s[account a]\n"
		    "url = pop3s://u@h\n%s[account b]\nurl = pop3://o\n"
		    "to = other\npassword = other\n", cases[i].keys,
		    cases[i].account);
		snprintf(line, sizeof(line), "cmd a%s", cases[i].line);
		assert_int_equal(begin(&r, text, line), 0);
		assert_int_equal(r.accounts.n, 1);
		a = &r.accounts.items[0];
		v = a->options;
		assert_string_equal(a->name, "a");
		assert_string_equal(a->url, "pop3s://u@h");
		snprintf(got, sizeof(got), "%s %s %s %s %d %d %lld %u",
		    text_of(v->to), text_of(a->conn->password),
		    text_of(a->conn->password_file),
		    text_of(a->conn->token_command), v->keep, v->del,
		    (long long)v->delete_after, (unsigned)v->limit);
		assert_string_equal(got, cases[i].want);
		end(&r);
	}
}

static void test_all_and_urls(void **state)
{
	static const char text[] = "timeout = 5\nto = x\n" A
	    "[account b]\nurl = pop3://o\ntimeout = 7\nto = y\n";
	char all[] = "cmd --all --limit 2", some[] = "cmd b pop3://z b --to w";
	const values *v;
	run r;

	(void)state;
	assert_int_equal(begin(&r, text, all), 0);
	assert_int_equal(r.accounts.n, 2);
	v = r.accounts.items[1].options;
	assert_string_equal(r.accounts.items[0].name, "a");
	assert_int_equal(r.accounts.items[0].conn->timeout, 5000);
	assert_int_equal(r.accounts.items[1].conn->timeout, 7000);
	assert_true(v->all && v->limit == 2);
	assert_string_equal(v->to, "y");
	assert_string_equal(r.v.to, "x");
	assert_int_equal(r.conn.timeout, 5000);
	end(&r);

	assert_int_equal(begin(&r, text, some), 0);
	assert_int_equal(r.accounts.n, 3);
	assert_string_equal(r.accounts.items[1].url, "pop3://z");
	assert_int_equal(r.accounts.items[1].conn->timeout, 5000);
	v = r.accounts.items[2].options;
	assert_string_equal(v->to, "w");
	assert_int_equal(r.accounts.items[2].conn->timeout, 7000);
	end(&r);
}

static void test_not_to_be_had(void **state)
{
	static const struct { const char *text, *line; int want; } cases[] = {
		{ A, "cmd b", 64 }, { A, "cmd a b", 64 }, { "", "cmd a", 64 },
		{ "", "cmd --all", 78 }, { "frob = 1\n", "cmd a", 78 },
		{ "frob = 1\n", "cmd pop3s://u@h", 78 },
		{ A, "cmd a --config /none/such", 78 },
		{ A, "cmd a --config /", 78 },
		{ A, "cmd a --config /dev/null", 64 },
		{ A, "cmd pop3s://u@h --config /dev/null", 0 },
		{ A, "cmd", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char line[100];
		run r;

		snprintf(line, sizeof(line), "%s", cases[i].line);
		assert_int_equal(begin(&r, cases[i].text, line),
		    cases[i].want);
		end(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_many_accounts),
		cmocka_unit_test(test_long_file),
		cmocka_unit_test(test_precedence),
		cmocka_unit_test(test_all_and_urls),
		cmocka_unit_test(test_not_to_be_had),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}

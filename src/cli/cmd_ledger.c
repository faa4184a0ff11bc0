/* squab ledger: what has been seen, for people and for other machines. */
#include "cli.h"
#include "ledger.h"
#include "options.h"
#include "print.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#define DATE_ROOM 24		/* "2026-12-31 23:59", "due 2026-12-31" */
#define DATE_COLUMNS 16
#define UIDL_COLUMNS 24

typedef struct ledger_options {
	const char *state;
	bool json;
} ledger_options;

static const cli_option ledger_table[] = {
	{ "json", NULL, "list a JSON object a line", CLI_FLAG,
	    offsetof(ledger_options, json) },
	{ "state", "DIR", "where the ledger is; ~/.local/state/squab",
	    CLI_STRING, offsetof(ledger_options, state) },
	{ .name = NULL }
};

typedef struct table {
	bool json;
	char *account;		/* the one under way */
	size_t n_rows;
} table;

/* "-" for none; a day that is still to come is all of it that matters. */
static void put_date(int64_t when, bool due)
{
	char text[DATE_ROOM] = "-";
	time_t t = (time_t)when;
	struct tm tm;

	if (when != 0 && localtime_r(&t, &tm)) {
		if (due)
			strftime(text, sizeof(text), "due %Y-%m-%d", &tm);
		else
			strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm);
	}
	cli_print_column(stdout, sqb_str_of(text), DATE_COLUMNS, true);
	fputs("  ", stdout);
}

/* A heading where the account is another than before. */
static int begin_account(table *t, sqb_str name)
{
	if (t->account && sqb_str_eq(name, sqb_str_of(t->account)))
		return 0;
	if (t->account)
		putchar('\n');
	free(t->account);
	t->account = strndup(name.ptr, name.len);
	if (!t->account) {
		cli_error("no memory");
		return EX_OSERR;
	}
	cli_print_safe(stdout, name);
	printf("\n%-*s  %-*s  %-*s  %5s  %-*s  %s\n", DATE_COLUMNS,
	    "FIRST SEEN", DATE_COLUMNS, "DELIVERED", DATE_COLUMNS, "DELETED",
	    "SIZE", UIDL_COLUMNS, "UIDL", "DESTINATION");
	return 0;
}

static int print_row(table *t, const sqb_ledger_entry *e)
{
	bool due = e->deleted == 0 && e->delete_due != 0;
	int status = begin_account(t, e->account);

	if (status != 0)
		return status;
	put_date(e->first_seen, false);
	put_date(e->delivered, false);
	put_date(due ? e->delete_due : e->deleted, due);
	printf("%5s  ", cli_size(e->size).text);
	cli_print_safe(stdout, e->uidl);
	for (size_t n = cli_columns(e->uidl); e->destination.len > 0 &&
	    n < UIDL_COLUMNS; n++)
		putchar(' ');
	if (e->destination.len > 0)
		fputs("  ", stdout);
	cli_print_safe(stdout, e->destination);
	putchar('\n');
	return 0;
}

static int on_row(void *ctx, const sqb_ledger_entry *e)
{
	table *t = ctx;

	t->n_rows++;
	if (!t->json)
		return print_row(t, e);
	cli_ledger_print(stdout, e);
	return 0;
}

static int unknown(const char *account)
{
	cli_error("the ledger knows nothing of %s (squab ledger list shows "
	    "whom it knows)", account);
	return EX_NOINPUT;
}

/* What each has returned is a status, and not negative. */
static int print_rows(sqb_ledger *ledger, bool json, const char *account)
{
	table t = { .json = json };
	int got = sqb_ledger_each(ledger, account, on_row, &t);

	free(t.account);
	if (got < 0)
		return cli_fail(NULL, sqb_ledger_error(ledger));
	return got == 0 && account && t.n_rows == 0 ? unknown(account) : got;
}

static int list(sqb_ledger *ledger, const ledger_options *o, char **words,
    int n)
{
	return print_rows(ledger, o->json, n > 0 ? words[0] : NULL);
}

static int export(sqb_ledger *ledger, const ledger_options *o, char **words,
    int n)
{
	(void)o;
	return print_rows(ledger, true, n > 0 ? words[0] : NULL);
}

static int count_row(void *ctx, const sqb_ledger_entry *e)
{
	(void)ctx;
	(void)e;
	return 1;
}

/* Those with each UIDL, or with n 0 all; *sum of them. */
static int forget_rows(sqb_ledger *ledger, char **uidls, int n,
    uint64_t *sum)
{
	int code = n == 0 ?
	    sqb_ledger_forget(ledger, (sqb_str){ NULL, 0 }, sum) : SQB_OK;

	for (int i = 0; i < n && code == SQB_OK; i++) {
		uint64_t found;

		code = sqb_ledger_forget(ledger, sqb_str_of(uidls[i]), &found);
		if (code == SQB_OK && found == 0)
			cli_error("warning: there is no UIDL %s", uidls[i]);
		*sum += found;
	}
	return code == SQB_OK ? sqb_ledger_commit(ledger) : code;
}

static int forget(sqb_ledger *ledger, const ledger_options *o, char **words,
    int n)
{
	uint64_t sum = 0;
	int code;

	(void)o;
	for (int i = 0; i < n; i++)
		if (words[i][0] == '\0') {
			cli_error("ledger forget: an operand is empty");
			return EX_USAGE;
		}
	code = sqb_ledger_lock(ledger, words[0], CLI_LEDGER_WAIT);
	if (code == SQB_OK)
		code = sqb_ledger_each(ledger, words[0], count_row, NULL);
	if (code == 0)
		return unknown(words[0]);
	if (code > 0)
		code = forget_rows(ledger, words + 1, n - 1, &sum);
	if (code < 0)
		return cli_fail(NULL, sqb_ledger_error(ledger));
	printf("%llu forgotten\n", (unsigned long long)sum);
	return 0;
}

static int import(sqb_ledger *ledger, const ledger_options *o, char **words,
    int n)
{
	bool from_stdin = n == 0 || strcmp(words[0], "-") == 0;
	FILE *in = from_stdin ? stdin : fopen(words[0], "re");
	size_t n_lines = 0;
	int status;

	(void)o;
	if (!in) {
		cli_error("%s: %s", words[0], strerror(errno));
		return EX_NOINPUT;
	}
	status = cli_ledger_import(ledger, in, from_stdin ? "standard input" :
	    words[0], &n_lines);
	if (!from_stdin)
		fclose(in);
	if (status == 0)
		printf("%zu imported\n", n_lines);
	return status;
}

static const struct {
	const char *name;
	int (*run)(sqb_ledger *ledger, const ledger_options *o, char **words,
	    int n);
	int min, max;		/* operands */
} actions[] = {
	{ "list", list, 0, 1 }, { "forget", forget, 1, 10000 },
	{ "export", export, 0, 1 }, { "import", import, 0, 1 },
};

enum { N_ACTIONS = sizeof(actions) / sizeof(actions[0]) };

static int act(const ledger_options *o, char **words, int n)
{
	sqb_ledger *ledger;
	size_t i = 0;
	int status;

	while (i < N_ACTIONS && strcmp(actions[i].name, words[0]) != 0)
		i++;
	if (i == N_ACTIONS) {
		cli_error("ledger: there is no %s: write list, forget, export "
		    "or import", words[0]);
		return EX_USAGE;
	}
	if (n - 1 < actions[i].min || n - 1 > actions[i].max) {
		cli_error("ledger %s: too %s operands", actions[i].name,
		    n - 1 < actions[i].min ? "few" : "many");
		return EX_USAGE;
	}
	if (o->json && actions[i].run != list) {
		cli_error("ledger: --json goes with list");
		return EX_USAGE;
	}
	status = cli_ledger_open(&ledger, o->state);
	if (status == 0)
		status = actions[i].run(ledger, o, words + 1, n - 1);
	sqb_ledger_close(ledger);
	return status;
}

int cmd_ledger(int argc, char **argv)
{
	ledger_options options = { .state = NULL };
	cli_option_set sets[] = { { NULL, ledger_table, &options,
		sizeof(options) } };
	cli_usage usage = { "ledger", "list|forget|export|import [OPERAND...]",
		"Shows, forgets or moves what has been seen of mailboxes.", 1,
		10000, sets, 1 };
	int n = cli_options(&usage, argc, argv);

	if (n < 0)
		return cli_options_exit(n);
	return cli_close_stdout(act(&options, argv, n));
}

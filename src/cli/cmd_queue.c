/* squab queue: mail that waits to be sent. */
#include "cli.h"
#include "interrupt.h"
#include "posting.h"
#include "print.h"
#include "queue.h"

#include <string.h>
#include <sysexits.h>
#include <time.h>

enum { MAX_IDS = 100000, AGE_ROOM = 32 };

typedef struct queue_options {
	bool json, all, resend, quiet;
} queue_options;

#define AT(field) offsetof(queue_options, field)

static const cli_option queue_table[] = {
	{ "json", NULL, "list: an object for each recipient", CLI_FLAG,
	    AT(json) },
	{ "all", NULL, "run: before their time too; drop: every entry",
	    CLI_FLAG, AT(all) },
	{ "resend", NULL, "run: what failed or may have been delivered too",
	    CLI_FLAG, AT(resend) },
	{ "quiet", NULL, "run: tell of failures only", CLI_FLAG, AT(quiet) },
	{ .name = NULL }
};

#undef AT

/* --- list */

/* "now", "5m", "3h", "2d". */
static void age_text(char out[AGE_ROOM], int64_t seconds)
{
	static const struct {
		int64_t seconds;
		char name;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (seconds >= units[i].seconds) {
			snprintf(out, AGE_ROOM, "%lld%c", (long long)(seconds /
			    units[i].seconds), units[i].name);
			return;
		}
	snprintf(out, AGE_ROOM, "now");
}

static void print_recipient(const sqb_queue_recipient *r)
{
	printf("    %-8s", sqb_queue_state_name(r->state));
	cli_print_safe(stdout, sqb_str_of(r->address));
	fputs(*r->why ? ": " : "", stdout);
	cli_print_safe(stdout, sqb_str_of(r->why));
	putchar('\n');
}

static void print_mail(const sqb_queue_mail *m, int64_t now)
{
	char age[AGE_ROOM], next[AGE_ROOM] = "-";
	bool waits = false;

	if (m->damage) {
		printf("%s  damaged: %s\n", m->id, m->damage);
		return;
	}
	for (size_t i = 0; i < m->n_recipients; i++)
		waits = waits || m->recipients[i].state == SQB_QUEUE_WAITING;
	age_text(age, now - m->queued);
	if (waits)
		age_text(next, m->next_try - now);
	printf("%s  %5s  %5s  %5u  %5s  ", m->id, age,
	    cli_size(m->octets).text, (unsigned)m->tries, next);
	cli_print_safe(stdout, sqb_str_of(*m->from ? m->from : "<>"));
	fputs("  by ", stdout);
	cli_print_safe(stdout, sqb_str_of(m->account));
	putchar('\n');
	for (size_t i = 0; i < m->n_recipients; i++)
		print_recipient(&m->recipients[i]);
}

static void print_json(const sqb_queue_mail *m)
{
	for (size_t i = 0; i < m->n_recipients || (m->damage && i < 1);
	    i++) {
		cli_json j = cli_json_begin(stdout);

		cli_json_string(&j, "id", sqb_str_of(m->id));
		if (m->damage) {
			cli_json_string(&j, "damage", sqb_str_of(m->damage));
		} else {
			const sqb_queue_recipient *r = &m->recipients[i];

			cli_json_string(&j, "account", sqb_str_of(m->account));
			cli_json_string(&j, "from", sqb_str_of(m->from));
			cli_json_unsigned(&j, "size", m->octets);
			cli_json_number(&j, "queued", m->queued);
			cli_json_number(&j, "nextTry", m->next_try);
			cli_json_unsigned(&j, "tries", m->tries);
			cli_json_string(&j, "to", sqb_str_of(r->address));
			cli_json_string(&j, "state", sqb_str_of(
			    sqb_queue_state_name(r->state)));
			cli_json_string(&j, "why", sqb_str_of(r->why));
		}
		cli_json_end(&j);
	}
}

static int list_entries(sqb_queue *q, bool json)
{
	int64_t now = (int64_t)time(NULL);
	const sqb_queue_id *ids;
	sqb_queue_entry *e;
	size_t n;

	if (sqb_queue_ids(q, &ids, &n) < 0)
		return cli_fail(NULL, sqb_queue_error(q));
	if (n > 0 && !json)
		printf("%-*s  %5s  %5s  %5s  %5s  %s\n", SQB_QUEUE_ID - 1,
		    "ID", "AGE", "SIZE", "TRIES", "NEXT", "FROM");
	for (size_t i = 0; i < n; i++) {
		int code = sqb_queue_look(q, ids[i], &e);

		if (code == SQB_E_USAGE)
			continue;	/* it has just left */
		if (code < 0)
			return cli_fail(NULL, sqb_queue_error(q));
		if (json)
			print_json(sqb_queue_mail_of(e));
		else
			print_mail(sqb_queue_mail_of(e), now);
		sqb_queue_release(e);
	}
	return 0;
}

int queue_list(const char *state, bool json)
{
	sqb_queue *q;
	int status = posting_open_queue(&q, state);

	if (status == 0)
		status = list_entries(q, json);
	sqb_queue_close(q);
	return status;
}

/* --- drop */

static int drop_one(sqb_queue *q, const char *id)
{
	sqb_queue_entry *e;
	int code = sqb_queue_take(q, id, &e), status = 0;

	if (code == SQB_OK)
		code = sqb_queue_remove(e);
	if (code < 0) {
		status = cli_fail(id, sqb_queue_error(q));
		status = code == SQB_E_USAGE ? EX_NOINPUT : status;
	}
	sqb_queue_release(e);
	return status;
}

static int drop_all(sqb_queue *q)
{
	const sqb_queue_id *ids;
	size_t n;
	int status = 0, one;

	if (sqb_queue_ids(q, &ids, &n) < 0)
		return cli_fail(NULL, sqb_queue_error(q));
	for (size_t i = 0; i < n; i++) {
		one = drop_one(q, ids[i]);
		status = status != 0 ? status : one;
	}
	return status;
}

static int drop_named(sqb_queue *q, const queue_orders *o)
{
	int status = 0, one;

	for (size_t i = 0; i < o->n_ids; i++) {
		one = drop_one(q, o->ids[i]);
		status = status != 0 ? status : one;
	}
	return status;
}

int queue_drop(const queue_orders *o)
{
	sqb_queue *q;
	int status = posting_open_queue(&q, o->conn->state);

	if (status == 0)
		status = o->all ? drop_all(q) : drop_named(q, o);
	sqb_queue_close(q);
	return status;
}

/* --- the command */

static int misused(const char *why)
{
	cli_error("queue %s (squab queue --help says more)", why);
	return EX_USAGE;
}

static int act(const queue_options *o, queue_orders *orders,
    const char *action)
{
	bool named = orders->n_ids > 0;

	if (strcmp(action, "list") == 0)
		return named || o->all || o->resend ? misused("list: it takes "
		    "no entries and only --json") :
		    queue_list(orders->conn->state, o->json);
	if (o->json)
		return misused("list is what --json goes with");
	if (strcmp(action, "drop") == 0)
		return named == o->all ? misused("drop: name entries, or say "
		    "--all") : queue_drop(orders);
	if (strcmp(action, "run") != 0)
		return misused("takes list, run or drop");
	if (named && o->all)
		return misused("run: name entries, or say --all");
	return o->resend && !named ? misused("run: --resend is for entries "
	    "that you name") : queue_run(orders);
}

int cmd_queue(int argc, char **argv)
{
	queue_options options = { .json = false };
	cli_conn conn = { .tls = 0 };
	cli_option_set sets[] = {
		{ NULL, queue_table, &options, sizeof(options) },
		CLI_CONN_SET(&conn) };
	cli_usage usage = { "queue", "list|run|drop [ID]...",
		"Shows, sends or drops mail that waits to be sent.", 1,
		MAX_IDS, sets, 2 };
	queue_orders orders = { .conn = &conn };
	int n = cli_options(&usage, argc, argv);

	if (n < 0)
		return cli_options_exit(n);
	cli_catch_signals();
	orders.ids = argv + 1;
	orders.n_ids = (size_t)n - 1;
	orders.all = options.all;
	orders.resend = options.resend;
	orders.quiet = options.quiet;
	return cli_close_stdout(act(&options, &orders, argv[0]));
}

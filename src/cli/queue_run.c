/*
 * squab queue run: what is due, account by account, many mails over one
 * connection. An entry is held from before its message leaves until what
 * became of it is written down.
 */
#include "queue.h"

#include "accounts.h"
#include "interrupt.h"
#include "posting.h"
#include "print.h"
#include "send_account.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <time.h>

enum { N_FILES = 1024 };	/* that may be open */

/* How the server of an account is reached. */
typedef struct route {
	const char *send_url, *helo;
} route;

static const cli_option route_table[] = {
	{ "send-url", "URL", NULL, CLI_STRING, offsetof(route, send_url) },
	{ "helo", "NAME", NULL, CLI_STRING, offsetof(route, helo) },
	{ .name = NULL }
};

/* An entry that is due. */
typedef struct due {
	sqb_queue_id id;
	char *account;
} due;

typedef struct run {
	const queue_orders *orders;
	sqb_queue *queue;
	due *due;
	size_t n_due;
	size_t at, end;			/* those of the account under way */
	int64_t now;
	size_t n_waiting, n_failed;
	bool broken;			/* the queue cannot be written */
} run;

/* An entry that is being sent. */
typedef struct under_way {
	sqb_queue_entry *entry;
	posting_wishes wishes;
	sqb_smtp_recipient *to;
	size_t *index;			/* of each in the entry */
	size_t n;
} under_way;

static int no_memory(void)
{
	cli_error("no memory");
	return EX_OSERR;
}

/* --- what is due */

static bool is_named(const run *r, const char *id)
{
	const queue_orders *o = r->orders;

	for (size_t i = 0; i < o->n_ids; i++)
		if (strcmp(o->ids[i], id) == 0)
			return true;
	return false;
}

static size_t count(const sqb_queue_mail *m, sqb_queue_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n_recipients; i++)
		n += m->recipients[i].state == state;
	return n;
}

/* Somebody waits for it, and now is the time. */
static bool waits(const run *r, const sqb_queue_mail *m)
{
	const queue_orders *o = r->orders;

	return count(m, SQB_QUEUE_WAITING) > 0 &&
	    (o->n_ids > 0 || o->all || m->next_try <= r->now);
}

/* What is being sent may have been left by one that has died. */
static bool is_due(const run *r, const sqb_queue_mail *m)
{
	const queue_orders *o = r->orders;

	if (o->n_ids > 0 && !is_named(r, m->id))
		return false;
	if (o->resend && count(m, SQB_QUEUE_FAILED) +
	    count(m, SQB_QUEUE_UNKNOWN) > 0)
		return true;
	return count(m, SQB_QUEUE_SENDING) > 0 || waits(r, m);
}

static int add_due(run *r, const sqb_queue_mail *m)
{
	due *d = &r->due[r->n_due];

	d->account = strdup(m->account);
	if (!d->account)
		return no_memory();
	memcpy(d->id, m->id, sizeof(d->id));
	r->n_due++;
	return 0;
}

static int look(run *r, const char *id)
{
	const sqb_queue_mail *m;
	sqb_queue_entry *e;
	int code = sqb_queue_look(r->queue, id, &e), status = 0;

	if (code == SQB_E_USAGE)
		return 0;		/* another has sent it */
	if (code < 0)
		return cli_fail(NULL, sqb_queue_error(r->queue));
	m = sqb_queue_mail_of(e);
	if (m->damage) {
		cli_error("%s is damaged: %s", id, m->damage);
		r->n_failed++;
	} else if (is_due(r, m)) {
		status = add_due(r, m);
	} else {
		r->n_waiting += count(m, SQB_QUEUE_WAITING) > 0;
	}
	sqb_queue_release(e);
	return status;
}

static int compare_due(const void *a, const void *b)
{
	const due *x = a, *y = b;
	int order = strcmp(x->account, y->account);

	return order != 0 ? order : strcmp(x->id, y->id);
}

static int find_due(run *r)
{
	const sqb_queue_id *ids;
	size_t n;
	int status = 0;

	if (sqb_queue_ids(r->queue, &ids, &n) < 0)
		return cli_fail(NULL, sqb_queue_error(r->queue));
	r->due = calloc(n + 1, sizeof(*r->due));
	if (!r->due)
		return no_memory();
	for (size_t i = 0; i < n && status == 0; i++)
		status = look(r, ids[i]);
	if (r->n_due > 1)
		qsort(r->due, r->n_due, sizeof(*r->due), compare_due);
	return status;
}

/* --- what became of it */

static void tell(const run *r, const sqb_queue_mail *m, size_t i,
    const posting_fate *f)
{
	const sqb_queue_recipient *to = &m->recipients[i];

	if (f->state == SQB_QUEUE_FAILED || f->state == SQB_QUEUE_UNKNOWN) {
		posting_tell(m->id, to->address, f);
	} else if (!r->orders->quiet) {
		printf("%s  ", m->id);
		cli_print_safe(stdout, sqb_str_of(to->address));
		printf("  %s%s", f->state == SQB_QUEUE_DONE ? "sent" :
		    "waits", *f->why ? ": " : "");
		cli_print_safe(stdout, sqb_str_of(f->why));
		putchar('\n');
	}
}

/* After so many days a passing no is a lasting one. */
static void settle(run *r, sqb_queue_entry *e, size_t i, posting_fate *f)
{
	const sqb_queue_mail *m = sqb_queue_mail_of(e);

	if (f->state == SQB_QUEUE_WAITING &&
	    posting_next_try(m->tries, m->queued, r->now) == 0)
		f->state = SQB_QUEUE_FAILED;
	if (sqb_queue_settle(e, i, f->state, f->why) < 0)
		r->broken = true;
	r->n_failed += f->state == SQB_QUEUE_FAILED ||
	    f->state == SQB_QUEUE_UNKNOWN;
	tell(r, m, i, f);
}

/* Writes down what settle() has said. */
static void finish(run *r, sqb_queue_entry *e)
{
	const sqb_queue_mail *m = sqb_queue_mail_of(e);
	int64_t next = posting_next_try(m->tries + 1, m->queued, r->now);

	r->n_waiting += count(m, SQB_QUEUE_WAITING) > 0;
	if (sqb_queue_update(e, next != 0 ? next : r->now) < 0) {
		cli_fail(m->id, sqb_queue_error(r->queue));
		r->broken = true;
	}
	sqb_queue_release(e);
}

/* --- one entry */

static void free_under_way(under_way *u)
{
	free(u->to);
	free(u->index);
	free(u);
}

/* What is to be sent once more waits again. */
static void wait_again(const run *r, sqb_queue_entry *e)
{
	const sqb_queue_mail *m = sqb_queue_mail_of(e);

	for (size_t i = 0; r->orders->resend && i < m->n_recipients; i++)
		if (m->recipients[i].state == SQB_QUEUE_FAILED ||
		    m->recipients[i].state == SQB_QUEUE_UNKNOWN)
			sqb_queue_settle(e, i, SQB_QUEUE_WAITING,
			    m->recipients[i].why);
}

static void tell_unknown(run *r, const sqb_queue_mail *m)
{
	for (size_t i = 0; i < m->n_recipients; i++)
		if (m->recipients[i].state == SQB_QUEUE_UNKNOWN) {
			cli_error("%s: %s: it may have been delivered: %s",
			    m->id, m->recipients[i].address,
			    m->recipients[i].why);
			r->n_failed++;
		}
}

/*
 * 1: *e is held and has somebody to go to; 0: not this one, or another run has
 * just tried it; < 0: no more.
 */
static int take(run *r, const char *id, sqb_queue_entry **e)
{
	const sqb_queue_mail *m;
	int code = sqb_queue_take(r->queue, id, e);

	if (code == SQB_E_USAGE || code == SQB_E_RETRY)
		return 0;
	if (code < 0) {
		cli_fail(id, sqb_queue_error(r->queue));
		r->broken = true;
		return -1;
	}
	wait_again(r, *e);
	m = sqb_queue_mail_of(*e);
	if (!m->damage && waits(r, m))
		return 1;
	tell_unknown(r, m);
	sqb_queue_release(*e);
	return 0;
}

static under_way *address(sqb_queue_entry *e)
{
	const sqb_queue_mail *m = sqb_queue_mail_of(e);
	under_way *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->entry = e;
	u->to = calloc(m->n_recipients, sizeof(*u->to));
	u->index = calloc(m->n_recipients, sizeof(*u->index));
	if (!u->to || !u->index) {
		free_under_way(u);
		return NULL;
	}
	if (!posting_read(&u->wishes, m->envelope))
		cli_error("warning: %s: of its envelope only the addresses "
		    "can be read", m->id);
	for (size_t i = 0; i < m->n_recipients; i++) {
		if (m->recipients[i].state != SQB_QUEUE_SENDING)
			continue;
		u->to[u->n] = (sqb_smtp_recipient){
			.address = sqb_str_of(m->recipients[i].address),
			.notify = u->wishes.notify };
		u->index[u->n++] = i;
	}
	return u;
}

static int64_t read_entry(void *e, void *out, size_t cap)
{
	return sqb_queue_read(e, out, cap);
}

static int rewind_entry(void *e)
{
	return sqb_queue_rewind(e);
}

/* --- an account's */

/* It is on disk that it is being sent before any of it leaves. */
static int begin_entry(run *r, sqb_queue_entry *e, under_way **u)
{
	int code = sqb_queue_sending(e);

	if (code == SQB_OK) {
		*u = address(e);
		if (*u)
			return 1;
		no_memory();
	} else {
		cli_fail(NULL, sqb_queue_error(r->queue));
	}
	sqb_queue_release(e);
	r->broken = true;
	return SQB_E_SINK;
}

static int on_next(void *ctx, sqb_smtp_mail *mail, sqb_source *source,
    void **tag)
{
	run *r = ctx;
	sqb_queue_entry *e;
	under_way *u;
	int code = 0;

	while (code == 0 && r->at < r->end && !cli_interrupted() &&
	    !r->broken)
		code = take(r, r->due[r->at++].id, &e);
	if (code > 0)
		code = begin_entry(r, e, &u);
	if (code <= 0)
		return code;
	*mail = posting_mail(&u->wishes,
	    sqb_str_of(sqb_queue_mail_of(e)->from));
	mail->recipients = u->to;
	mail->n_recipients = u->n;
	mail->streamed = true;
	mail->message_size = sqb_queue_mail_of(e)->octets;
	*source = (sqb_source){ read_entry, rewind_entry, NULL, e };
	*tag = u;
	return 1;
}

static int on_done(void *ctx, void *tag, int code, const sqb_error *err,
    const sqb_smtp_result *results, size_t n)
{
	run *r = ctx;
	under_way *u = tag;

	for (size_t i = 0; i < u->n; i++) {
		posting_fate f;

		if (i < n)
			posting_judge(&f, &results[i]);
		else
			posting_judge_error(&f, (sqb_code)code,
			    err ? err->text : "");
		settle(r, u->entry, u->index[i], &f);
	}
	finish(r, u->entry);
	free_under_way(u);
	return r->broken ? SQB_E_SINK : 0;
}

/* There was no session: the rest of the account's waits for another time. */
static void put_off(run *r)
{
	posting_fate f;
	sqb_queue_entry *e;

	for (; r->at < r->end && !r->broken; r->at++) {
		if (take(r, r->due[r->at].id, &e) <= 0)
			continue;
		for (size_t i = 0; i < sqb_queue_mail_of(e)->n_recipients;
		    i++) {
			if (sqb_queue_mail_of(e)->recipients[i].state !=
			    SQB_QUEUE_WAITING)
				continue;
			posting_judge_error(&f, SQB_E_NET,
			    "no session with the server");
			settle(r, e, i, &f);
		}
		finish(r, e);
	}
}

/* A line that breaks is connected anew as long as some mail gets through. */
static void send_group(run *r, send_account *account)
{
	sqb_outbox outbox = { .next = on_next, .done = on_done, .ctx = r };
	size_t before;

	do {
		before = r->at;
		if (send_account_open(account) != 0)
			break;
		(void)sqb_smtp_send_all(account->session, &outbox);
		send_account_quit(account);
	} while (r->at < r->end && r->at > before && !r->broken &&
	    !cli_interrupted());
	if (!cli_interrupted())
		put_off(r);
}

/* What is wrong with the config or the command line is no try. */
static void skip_group(run *r)
{
	r->n_waiting += r->end - r->at;
	r->at = r->end;
}

static void run_group(run *r)
{
	cli_conn conn = *r->orders->conn;
	route by = { .helo = NULL };
	cli_option_set sets[] = {
		{ NULL, route_table, &by, sizeof(by) }, CLI_CONN_SET(&conn) };
	cli_usage usage = { .command = "queue", .sets = sets, .n_sets = 2 };
	char *name = r->due[r->at].account;
	cli_accounts accounts;
	send_account account = { .helo = NULL };
	int status = cli_accounts_init(&accounts, &usage, &name, 1);

	if (status == 0) {
		const cli_account *a = &accounts.items[0];
		const route *to = a->options;

		status = send_account_init(&account, a->conn, a->name, a->url,
		    to->send_url, to->helo);
		if (status == 0)
			send_group(r, &account);
		send_account_clear(&account);
	}
	if (status != 0)
		skip_group(r);
	cli_accounts_clear(&accounts);
}

static void run_groups(run *r)
{
	while (r->at < r->n_due && !cli_interrupted() && !r->broken) {
		r->end = r->at + 1;
		while (r->end < r->n_due && sqb_str_eq(
		    sqb_str_of(r->due[r->end].account),
		    sqb_str_of(r->due[r->at].account)))
			r->end++;
		run_group(r);
		r->at = r->end;
	}
	r->n_waiting += r->n_due - r->at;
}

/* --- all of it */

/* Each mail in flight has two files open, and some systems begin with 256. */
static void allow_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_cur >= N_FILES)
		return;
	files.rlim_cur = files.rlim_max < N_FILES ? files.rlim_max : N_FILES;
	setrlimit(RLIMIT_NOFILE, &files);
}

static int check_ids(run *r)
{
	sqb_queue_entry *e;

	for (size_t i = 0; i < r->orders->n_ids; i++) {
		const char *id = r->orders->ids[i];
		int code = sqb_queue_look(r->queue, id, &e);

		if (code < 0) {
			int status = cli_fail(id, sqb_queue_error(r->queue));

			return code == SQB_E_USAGE ? EX_NOINPUT : status;
		}
		sqb_queue_release(e);
	}
	return 0;
}

int queue_run(const queue_orders *orders)
{
	run r = { .orders = orders, .now = (int64_t)time(NULL) };
	int status = posting_open_queue(&r.queue, orders->conn->state);
	due *found;
	size_t n;

	allow_files();
	if (status == 0)
		status = check_ids(&r);
	if (status == 0)
		status = find_due(&r);
	found = r.due;
	n = r.n_due;
	if (status == 0)
		run_groups(&r);
	for (size_t i = 0; i < n; i++)
		free(found[i].account);
	free(found);
	sqb_queue_close(r.queue);
	if (status == 0)
		status = r.broken ? EX_IOERR : r.n_failed > 0 ?
		    EX_UNAVAILABLE : r.n_waiting > 0 ? EX_TEMPFAIL : 0;
	return cli_interrupt_exit(status);
}

/* See send_keep.h. */
#include "send_keep.h"

#include "interrupt.h"
#include "print.h"
#include "queue.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

typedef struct keeping {
	const cli_account *account;
	const char *name;		/* who sends it, for the queue */
	const posting_wishes *wishes;
	char **ids;
	size_t n;
	int status;			/* the first that was not 0 */
} keeping;

static void note(keeping *k, int status)
{
	if (k->status == 0)
		k->status = status;
}

/* An array that doubles. */
static bool add_id(keeping *k, const char *id)
{
	char **ids = k->ids, *copy = strdup(id);

	if ((k->n & (k->n - 1)) == 0)
		ids = realloc(ids, (k->n == 0 ? 1 : 2 * k->n) * sizeof(*ids));
	if (ids)
		k->ids = ids;
	if (ids && copy) {
		k->ids[k->n++] = copy;
		return true;
	}
	free(copy);
	cli_error("no memory");
	return false;
}

/* Slices end in no NUL. */
static char *copy_of(sqb_str s)
{
	return strndup(s.len > 0 ? s.ptr : "", s.len);
}

static sqb_queue_recipient *recipients_of(const outgoing_mail *m)
{
	sqb_queue_recipient *to = calloc(m->n_recipients, sizeof(*to));

	for (size_t i = 0; to && i < m->n_recipients; i++)
		to[i].address = copy_of(m->recipients[i].address);
	return to;
}

static void free_recipients(sqb_queue_recipient *to, size_t n)
{
	for (size_t i = 0; to && i < n; i++)
		free((char *)to[i].address);
	free(to);
}

static posting_wishes wishes_of(const keeping *k, outgoing_mail *m)
{
	posting_wishes w = *k->wishes;

	w.body = !m->composed && m->eight_bit ? SQB_SMTP_8BITMIME :
	    SQB_SMTP_7BIT;
	w.utf8 = m->composed ? (sqb_compose_needs(m->composed) &
	    SQB_COMPOSE_UTF8) != 0 : m->utf8;
	return w;
}

static void keep(keeping *k, outgoing_mail *m)
{
	sqb_source message = { outgoing_read, outgoing_rewind, NULL, m };
	sqb_queue_recipient *to = recipients_of(m);
	char *from = copy_of(m->from);
	sqb_queue_mail mail = { .account = k->name, .from = from,
		.recipients = to, .n_recipients = m->n_recipients };
	posting_wishes wishes;
	int status = EX_OSERR;

	if (m->composed && outgoing_rewind(m) < 0) {
		status = cli_fail(NULL, sqb_compose_error(m->composed));
	} else if (from && to) {
		wishes = wishes_of(k, m);
		status = posting_keep(k->account->conn->state, &mail, &wishes,
		    &message);
	} else {
		cli_error("no memory");
	}
	if (status == 0 && !add_id(k, mail.id))
		status = EX_OSERR;
	note(k, status);
	free(from);
	free_recipients(to, m->n_recipients);
}

/* What waits is kept: that is what was asked for. */
static void send_kept(keeping *k, bool quiet)
{
	queue_orders orders = { .conn = k->account->conn, .ids = k->ids,
		.n_ids = k->n, .quiet = quiet };
	int status = queue_run(&orders);

	note(k, status == EX_TEMPFAIL ? 0 : status);
}

int send_keep(outgoing *o, const cli_account *account, const char *send_url,
    const posting_wishes *wishes, bool quiet)
{
	bool is_url = strstr(account->name, "://");
	keeping k = { .account = account, .wishes = wishes,
		.name = is_url && send_url ? send_url : account->name };
	outgoing_mail *m;

	while (!cli_interrupted() && outgoing_next(o, &m)) {
		keep(&k, m);
		outgoing_free(m);
	}
	if (k.n > 0)
		send_kept(&k, quiet);
	for (size_t i = 0; i < k.n; i++)
		free(k.ids[i]);
	free(k.ids);
	return k.status;
}

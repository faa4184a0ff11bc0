/* See outgoing_keep.h. */
#include "outgoing_keep.h"

#include "print.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static bool is_kept(const posting_fate *f)
{
	return !f || f->state == SQB_QUEUE_WAITING ||
	    f->state == SQB_QUEUE_UNKNOWN;
}

static char *copy(sqb_str s)
{
	return strndup(s.len > 0 ? s.ptr : "", s.len);
}

static void free_recipients(sqb_queue_recipient *to, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free((char *)(uintptr_t)to[i].address);
	free(to);
}

/* NULL: no memory. */
static sqb_queue_recipient *pick(const outgoing_mail *m,
    const posting_fate *fates, size_t *n)
{
	sqb_queue_recipient *to = calloc(m->n_recipients + 1, sizeof(*to));

	*n = 0;
	for (size_t i = 0; to && i < m->n_recipients; i++) {
		const posting_fate *f = fates ? &fates[i] : NULL;

		if (!is_kept(f))
			continue;
		to[*n].address = copy(m->recipients[i].address);
		to[*n].state = f ? f->state : SQB_QUEUE_WAITING;
		to[*n].why = f ? f->why : "";
		if (!to[(*n)++].address) {
			free_recipients(to, *n);
			return NULL;
		}
	}
	return to;
}

static int keep(const outgoing_keeper *k, outgoing_mail *m,
    sqb_queue_mail *mail)
{
	posting_wishes wishes = k->wishes;
	sqb_source source = { outgoing_read, outgoing_rewind, NULL, m };
	bool eight_bit = m->eight_bit;

	wishes.utf8 = m->utf8;
	if (m->composed && outgoing_rewind(m) < 0)
		return cli_fail(m->label, sqb_compose_error(m->composed));
	if (m->composed) {
		wishes.utf8 = (sqb_compose_needs(m->composed) &
		    SQB_COMPOSE_UTF8) != 0;
		eight_bit = wishes.utf8;
	}
	wishes.body = eight_bit ? SQB_SMTP_8BITMIME : SQB_SMTP_7BIT;
	return posting_keep(k->state, mail, &wishes, &source);
}

int outgoing_keep(const outgoing_keeper *k, outgoing_mail *m,
    const posting_fate *fates)
{
	size_t n;
	char *from = copy(m->from);
	sqb_queue_recipient *to = pick(m, fates, &n);
	sqb_queue_mail mail = { .account = k->account, .from = from,
		.recipients = to, .n_recipients = n };
	int status = EX_OSERR;

	if (from && to)
		status = n > 0 ? keep(k, m, &mail) : 0;
	else
		cli_error("no memory");
	if (to)
		free_recipients(to, n);
	free(from);
	return status;
}

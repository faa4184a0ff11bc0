/* See sendmail_post.h. */
#include "sendmail_post.h"

#include "print.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* One letter under way. */
typedef struct parcel {
	sendmail_post *post;
	letter *letter;
	const sendmail_envelope *envelope;
	posting_wishes wishes;
	size_t n;			/* recipients */
	posting_fate *fates;
} parcel;

static int no_memory(void)
{
	cli_error("no memory");
	return EX_OSERR;
}

static void judge_all(parcel *p, sqb_code code, const char *why)
{
	for (size_t i = 0; i < p->n; i++)
		posting_judge_error(&p->fates[i], code, why);
}

static size_t count(const parcel *p, sqb_queue_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += p->fates[i].state == state;
	return n;
}

static void set_wishes(parcel *p)
{
	const sendmail_envelope *e = p->envelope;

	p->wishes = *e->wishes;
	p->wishes.body = p->letter->eight_bit ? SQB_SMTP_8BITMIME :
	    SQB_SMTP_7BIT;
	p->wishes.utf8 = e->wishes->utf8 || posting_needs_utf8(e->from);
	for (size_t i = 0; i < p->n && !p->wishes.utf8; i++)
		p->wishes.utf8 = posting_needs_utf8(e->to->items[i]);
}

/* --- at once */

static int open_account(parcel *p)
{
	send_account *a = p->post->account;
	int status = a->session ? 0 : send_account_open(a);

	if (status == 0 || !posting_may_pass(status))
		return status;
	judge_all(p, status == EX_NOPERM ? SQB_E_AUTH : SQB_E_NET,
	    "no session with the server");
	return status == EX_NOPERM && !p->post->queue ? status : 0;
}

static void judge(parcel *p, int code)
{
	sqb_smtp_session *s = p->post->account->session;
	const sqb_smtp_result *results;
	size_t n;

	results = sqb_smtp_results(s, &n);
	if (n == p->n)
		for (size_t i = 0; i < n; i++)
			posting_judge(&p->fates[i], &results[i]);
	else
		judge_all(p, (sqb_code)code, sqb_smtp_error(s)->text);
}

static bool has_ended(int code)
{
	return code != SQB_OK && code != SQB_E_PARTIAL &&
	    code != SQB_E_REFUSED && code != SQB_E_RETRY &&
	    code != SQB_E_UNSUPPORTED && code != SQB_E_USAGE;
}

static int send_now(parcel *p)
{
	send_account *a = p->post->account;
	sqb_smtp_mail mail = posting_mail(&p->wishes,
	    sqb_str_of(p->envelope->from));
	sqb_source source = { letter_read, letter_rewind, NULL, p->letter };
	sqb_smtp_recipient *to = calloc(p->n, sizeof(*to));
	int code;

	if (!to)
		return no_memory();
	for (size_t i = 0; i < p->n; i++)
		to[i] = (sqb_smtp_recipient){ .notify = p->wishes.notify,
		    .address = sqb_str_of(p->envelope->to->items[i]) };
	mail.recipients = to;
	mail.n_recipients = p->n;
	mail.all_or_none = p->post->all_or_none && p->n > 1;
	mail.streamed = true;
	mail.message_size = p->letter->octets;
	code = sqb_smtp_send_mail(a->session, &mail, &source);
	judge(p, code);
	free(to);
	if (has_ended(code)) {
		sqb_smtp_close(a->session);
		a->session = NULL;
	}
	return 0;
}

/* --- or in the queue */

/* Those that it has not and that were not refused. */
static size_t pick(const parcel *p, sqb_queue_recipient *to)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		const posting_fate *f = &p->fates[i];

		if (f->state == SQB_QUEUE_WAITING ||
		    f->state == SQB_QUEUE_UNKNOWN)
			to[n++] = (sqb_queue_recipient){
				.address = p->envelope->to->items[i],
				.state = f->state, .why = f->why };
	}
	return n;
}

static int keep(parcel *p)
{
	sqb_queue_recipient *to = calloc(p->n, sizeof(*to));
	sqb_queue_mail mail = { .account = p->post->name,
		.from = p->envelope->from, .recipients = to };
	sqb_source source = { letter_read, letter_rewind, NULL, p->letter };
	int status = EX_OSERR;

	if (to) {
		mail.n_recipients = pick(p, to);
		status = posting_keep(p->post->state, &mail, &p->wishes,
		    &source);
	} else {
		no_memory();
	}
	free(to);
	return status;
}

/* --- what came of it */

static int failed_status(const parcel *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->fates[i].state == SQB_QUEUE_FAILED &&
		    !p->fates[i].nobody)
			return EX_UNAVAILABLE;
	return EX_NOUSER;
}

static void tell(const parcel *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->fates[i].state != SQB_QUEUE_DONE || p->post->verbose)
			posting_tell("sendmail", p->envelope->to->items[i],
			    &p->fates[i]);
}

static int finish(parcel *p)
{
	size_t n_waiting = count(p, SQB_QUEUE_WAITING);
	size_t n_unknown = count(p, SQB_QUEUE_UNKNOWN);
	int status = 0;

	tell(p);
	if (p->post->queue && n_waiting + n_unknown > 0)
		status = keep(p);
	else if (n_unknown > 0)
		status = EX_UNKNOWN_DELIVERY;
	else if (n_waiting > 0)
		status = EX_TEMPFAIL;
	return count(p, SQB_QUEUE_FAILED) > 0 ? failed_status(p) : status;
}

int sendmail_post_letter(sendmail_post *post, letter *l,
    const sendmail_envelope *e)
{
	parcel p = { .post = post, .letter = l, .envelope = e,
	    .n = e->to->n };
	int status;

	p.fates = calloc(p.n, sizeof(*p.fates));
	if (!p.fates)
		return no_memory();
	set_wishes(&p);
	status = open_account(&p);
	if (status == 0 && post->account->session)
		status = send_now(&p);
	if (status == 0)
		status = finish(&p);
	free(p.fates);
	return status;
}

/* squab send: letters and finished messages, over one connection. */
#include "accounts.h"
#include "cli.h"
#include "interrupt.h"
#include "outgoing_keep.h"
#include "print.h"
#include "send_account.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

typedef struct send_options {
	const char *send_url, *helo;
	const char *from_file, *messages;
	const char *dsn, *envid, *priority;
	int ret;
	bool all_or_none, require_tls, queue, dry_run, json, quiet;
	sqb_time deliver_by, hold_for;
} send_options;

#define AT(field) offsetof(send_options, field)

const cli_option send_table[] = {
	{ "from-file", "FILE|-", "a letter for each line of JSON", CLI_STRING,
	    AT(from_file) },
	{ "messages", "DIR", "the finished messages in a folder", CLI_STRING,
	    AT(messages) },
	{ "send-url", "URL", "where mail leaves, if not by the URL",
	    CLI_STRING, AT(send_url) },
	{ "helo", "NAME", "our own name", CLI_STRING, AT(helo) },
	{ "all-or-none", NULL, "only if every recipient is accepted",
	    CLI_FLAG, AT(all_or_none) },
	{ "dsn", "WHEN", "never, or success,failure,delay", CLI_STRING,
	    AT(dsn) },
	{ "ret", "full|headers", "what a report gives back", CLI_CHOICE,
	    AT(ret) },
	{ "envid", "TEXT", "what a report calls it", CLI_STRING, AT(envid) },
	{ "require-tls", NULL, "all the way, or not at all", CLI_FLAG,
	    AT(require_tls) },
	{ "priority", "N", "-9 to 9", CLI_STRING, AT(priority) },
	{ "deliver-by", "TIME", "or give it back", CLI_AGE, AT(deliver_by) },
	{ "hold-for", "TIME", "not before that", CLI_AGE, AT(hold_for) },
	{ "queue", NULL, "keep what cannot leave now in the queue", CLI_FLAG,
	    AT(queue) },
	{ "dry-run", NULL, "print what would leave", CLI_FLAG, AT(dry_run) },
	{ "json", NULL, "an object for each recipient", CLI_FLAG, AT(json) },
	{ "quiet", NULL, "say nothing where all went well", CLI_FLAG,
	    AT(quiet) },
	{ .name = NULL }
};

#undef AT

typedef struct sending {
	const send_options *options;
	posting_wishes wishes;
	outgoing out;
	outgoing_mail *first;		/* looked at before a server is */
	send_account account;
	outgoing_keeper keeper;		/* where options->queue is on */
	int status;			/* the first that was not 0 */
	unsigned long n_mails, n_recipients;	/* that were taken */
} sending;

static void note(sending *s, int status)
{
	if (s->status == 0)
		s->status = status;
}

/* --- flags */

static bool read_priority(const char *text, int8_t *priority)
{
	bool minus = text && *text == '-';
	uint64_t n = 0;

	if (text && !cli_parse_number(text + minus, 9, &n))
		return false;
	*priority = (int8_t)(minus ? -(int)n : (int)n);
	return true;
}

static int read_wishes(const send_options *o, posting_wishes *w)
{
	w->ret = (sqb_smtp_ret)o->ret;
	w->require_tls = o->require_tls;
	if (o->dsn && !posting_read_notify(o->dsn, &w->notify))
		cli_error("send: --dsn is never, or some of success, failure "
		    "and delay, separated by commas");
	else if (!read_priority(o->priority, &w->priority))
		cli_error("send: --priority is a number from -9 to 9");
	else if (o->queue && (o->deliver_by > 0 || o->hold_for > 0))
		cli_error("send: --deliver-by and --hold-for are lost in a "
		    "queue: leave --queue out");
	else if (o->envid && strlen(o->envid) > POSTING_ENVID_MAX)
		cli_error("send: --envid has at most %d octets",
		    POSTING_ENVID_MAX);
	else {
		snprintf(w->envid, sizeof(w->envid), "%s", o->envid ?
		    o->envid : "");
		return 0;
	}
	return EX_USAGE;
}

/* --- what came of it */

static void tell_json(const outgoing_mail *m, const sqb_smtp_result *r)
{
	cli_json j = cli_json_begin(stdout);
	char enhanced[POSTING_ENHANCED];

	posting_enhanced(enhanced, r);
	cli_json_string(&j, "message", sqb_str_of(m->label));
	cli_json_string(&j, "to", r->address);
	cli_json_string(&j, "code", sqb_str_of(sqb_code_name(r->code)));
	cli_json_number(&j, "reply", r->reply);
	cli_json_string(&j, "enhanced", sqb_str_of(enhanced));
	cli_json_string(&j, "text", sqb_str_of(r->text));
	cli_json_end(&j);
}

static const char *what_happened(sqb_code code)
{
	switch (code) {
	case SQB_E_REFUSED:
		return "refused";
	case SQB_E_RETRY:
		return "refused for now, try again later";
	case SQB_E_UNKNOWN:
		return "sent, but the answer was lost; it may have been "
		    "delivered, so look before you send it again";
	default:
		return "not sent";
	}
}

static void tell_failure(const outgoing_mail *m, const sqb_smtp_result *r)
{
	char words[1024];

	posting_reply(words, sizeof(words), r);
	cli_error("%s%s%.*s: %s%s%s", m->label, *m->label ? ": " : "",
	    (int)r->address.len, r->address.ptr, what_happened(r->code),
	    *words ? ": " : "", words);
}

static int judge_and_keep(sending *s, outgoing_mail *m, int code,
    const sqb_smtp_result *results, size_t n)
{
	posting_fate *fates = calloc(m->n_recipients, sizeof(*fates));
	bool failed = false;
	int status;

	if (!fates) {
		cli_error("no memory");
		return EX_OSERR;
	}
	for (size_t i = 0; i < m->n_recipients; i++) {
		if (i < n)
			posting_judge(&fates[i], &results[i]);
		else
			posting_judge_error(&fates[i], (sqb_code)code, "");
		failed = failed || fates[i].state == SQB_QUEUE_FAILED;
	}
	status = outgoing_keep(&s->keeper, m, fates);
	free(fates);
	return status == 0 && failed ? EX_UNAVAILABLE : status;
}

static int on_done(void *ctx, void *tag, int code, const sqb_error *err,
    const sqb_smtp_result *results, size_t n)
{
	sending *s = ctx;
	outgoing_mail *m = tag;

	for (size_t i = 0; i < n; i++) {
		if (s->options->json)
			tell_json(m, &results[i]);
		else if (results[i].code != SQB_OK)
			tell_failure(m, &results[i]);
		s->n_recipients += results[i].code == SQB_OK;
	}
	s->n_mails += code == SQB_OK || code == SQB_E_PARTIAL;
	if (code != SQB_OK) {
		if (n == 0)
			cli_fail(*m->label ? m->label : NULL, err);
		note(s, s->options->queue ? judge_and_keep(s, m, code,
		    results, n) : send_exit(code));
	}
	outgoing_free(m);
	return 0;
}

/* --- sending */

static void address(const sending *s, const outgoing_mail *m,
    sqb_smtp_mail *mail)
{
	const send_options *o = s->options;

	*mail = posting_mail(&s->wishes, m->from);
	mail->recipients = m->recipients;
	mail->n_recipients = m->n_recipients;
	mail->all_or_none = o->all_or_none;
	mail->by = o->deliver_by / 1000;
	mail->by_return = o->deliver_by > 0;
	mail->hold_for = o->hold_for / 1000;
}

static void take_finished(outgoing_mail *m, sqb_smtp_mail *mail,
    sqb_source *source)
{
	mail->body = m->eight_bit ? SQB_SMTP_8BITMIME : SQB_SMTP_7BIT;
	mail->utf8 = m->utf8;
	if (m->n_pieces == 1) {
		mail->message = m->pieces[0];
		return;
	}
	mail->streamed = true;
	*source = (sqb_source){ outgoing_read, outgoing_rewind, NULL, m };
}

static int on_next(void *ctx, sqb_smtp_mail *mail, sqb_source *source,
    void **tag)
{
	sending *s = ctx;
	outgoing_mail *m = s->first;

	s->first = NULL;
	if (cli_interrupted() || (!m && !outgoing_next(&s->out, &m)))
		return 0;
	*tag = m;
	address(s, m, mail);
	if (!m->composed)
		take_finished(m, mail, source);
	return 1;
}

static sqb_compose *on_composed(void *ctx, void *tag)
{
	const outgoing_mail *m = tag;

	(void)ctx;
	return m->composed;
}

static void tell_sum(const sending *s)
{
	if (s->options->quiet || s->options->json)
		return;
	printf("%lu message%s taken for %lu recipient%s\n", s->n_mails,
	    s->n_mails == 1 ? "" : "s", s->n_recipients,
	    s->n_recipients == 1 ? "" : "s");
}

/* What has not been tried, for there is no server (any more). */
static void keep_rest(sending *s)
{
	outgoing_mail *m = s->first;

	s->first = NULL;
	while (m || (!cli_interrupted() && outgoing_next(&s->out, &m))) {
		note(s, outgoing_keep(&s->keeper, m, NULL));
		outgoing_free(m);
		m = NULL;
	}
}

static void set_keeper(sending *s, const cli_account *account)
{
	s->keeper = (outgoing_keeper){ .account = account->name,
		.state = account->conn->state, .wishes = s->wishes };
}

static void send_all(sending *s)
{
	sqb_outbox outbox = { on_next, on_done, s, on_composed };
	int status;

	if (!outgoing_next(&s->out, &s->first))
		return;
	status = send_account_open(&s->account);
	if (status == 0) {
		status = send_exit(sqb_smtp_send_all(s->account.session,
		    &outbox));
		send_account_quit(&s->account);
		if (!s->options->queue)
			note(s, status);
	} else if (!s->options->queue || !posting_may_pass(status)) {
		note(s, status);
		outgoing_free(s->first);
		return;
	}
	if (s->options->queue)
		keep_rest(s);
	tell_sum(s);
}

/* --- or only saying what would be sent */

static void print_lines(sqb_str piece)
{
	while (piece.len > 0) {
		const char *lf = memchr(piece.ptr, '\n', piece.len);
		size_t n = lf ? (size_t)(lf - piece.ptr) : piece.len;

		cli_print_safe(stdout, (sqb_str){ piece.ptr, n -
		    (n > 0 && piece.ptr[n - 1] == '\r') });
		if (lf)
			putchar('\n');
		n += lf ? 1 : 0;
		piece = (sqb_str){ piece.ptr + n, piece.len - n };
	}
}

static int print_composed(sqb_compose *c)
{
	sqb_str piece;
	int rc = sqb_compose_begin(c, SQB_COMPOSE_UTF8);

	while (rc >= 0 && (rc = sqb_compose_next(c, &piece)) > 0)
		print_lines(piece);
	return rc < 0 ? cli_fail(NULL, sqb_compose_error(c)) : 0;
}

static void print_mail(sending *s, outgoing_mail *m)
{
	fputs("from ", stdout);
	cli_print_safe(stdout, m->from.len > 0 ? m->from : sqb_str_of("<>"));
	for (size_t i = 0; i < m->n_recipients; i++) {
		fputs("\nto   ", stdout);
		cli_print_safe(stdout, m->recipients[i].address);
	}
	fputs("\n\n", stdout);
	if (m->composed)
		note(s, print_composed(m->composed));
	for (size_t i = 0; i < m->n_pieces; i++)
		print_lines(m->pieces[i]);
	putchar('\n');
}

static void print_all(sending *s)
{
	outgoing_mail *m;

	while (!ferror(stdout) && outgoing_next(&s->out, &m)) {
		print_mail(s, m);
		outgoing_free(m);
	}
}

/* --- the command */

/* The operands: whose mail, and the files. */
typedef struct operands {
	const compose_flags *flags;
	char *const *files;
	size_t n_files;
} operands;

static int run(const cli_account *account, const operands *given)
{
	sending s = { .options = account->options };
	outgoing_options what;
	int status = read_wishes(s.options, &s.wishes);

	if (status != 0)
		return status;
	set_keeper(&s, account);
	what = (outgoing_options){ .from_file = s.options->from_file,
	    .messages = s.options->messages, .files = given->files,
	    .n_files = given->n_files, .notify = s.wishes.notify };
	status = send_account_init(&s.account, account->conn, account->name,
	    account->url, s.options->send_url, s.options->helo);
	if (status == 0)
		status = outgoing_init(&s.out, &what, account->more,
		    given->flags);
	if (status == 0 && s.options->dry_run)
		print_all(&s);
	else if (status == 0)
		send_all(&s);
	note(&s, status);
	note(&s, s.out.status);
	outgoing_clear(&s.out);
	send_account_clear(&s.account);
	return cli_interrupt_exit(s.status);
}

int cmd_send(int argc, char **argv)
{
	send_options options = { .queue = false };
	cli_conn conn = { .tls = 0 };
	compose_identity identity = { .from = NULL };
	compose_flags flags = { .subject = NULL };
	cli_option_set sets[] = {
		{ NULL, send_table, &options, sizeof(options) },
		CLI_CONN_SET(&conn),
		{ "Sender", compose_identity_table, &identity,
		    sizeof(identity) },
		{ "Message options", compose_flags_table, &flags,
		    sizeof(flags) },
	};
	cli_usage usage = { "send", "URL|ACCOUNT [FILE]...",
		"Sends what the flags describe, or finished messages.", 1,
		INT_MAX, sets, 4 };
	cli_accounts accounts;
	int n = cli_options(&usage, argc, argv), status;

	if (n < 0)
		return cli_options_exit(n);
	cli_catch_signals();
	status = cli_accounts_init(&accounts, &usage, argv, 1);
	if (status == 0)
		status = run(&accounts.items[0], &(operands){ &flags,
		    argv + 1, (size_t)n - 1 });
	cli_accounts_clear(&accounts);
	return cli_close_stdout(status);
}

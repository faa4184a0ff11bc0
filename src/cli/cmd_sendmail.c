/*
 * squab sendmail: what programs that run sendmail(8) expect. A message comes
 * on standard input, goes to a file without a name with its header put right,
 * and leaves over the account's server.
 */
#include "accounts.h"
#include "cli.h"
#include "interrupt.h"
#include "print.h"
#include "queue.h"
#include "sendmail_args.h"
#include "sendmail_smtp.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

typedef struct sendmail_options {
	const char *send_url, *helo, *from, *from_name, *local_to;
	bool queue;
} sendmail_options;

#define AT(field) offsetof(sendmail_options, field)

const cli_option sendmail_table[] = {
	{ "send-url", "URL", "where mail leaves, if not by the URL",
	    CLI_STRING, AT(send_url) },
	{ "helo", "NAME", "our own name", CLI_STRING, AT(helo) },
	{ "from", "ADDRESS", "who writes, where -f does not say",
	    CLI_STRING, AT(from) },
	{ "from-name", "NAME", "the name of who writes", CLI_STRING,
	    AT(from_name) },
	{ "local-to", "ADDRESS", "who gets mail to names without a domain",
	    CLI_STRING, AT(local_to) },
	{ "queue", NULL, "keep what cannot leave now in the queue", CLI_FLAG,
	    AT(queue) },
	{ .name = NULL }
};

#undef AT

typedef struct which {
	const char *account;
} which;

static const cli_option which_table[] = {
	{ "account", "URL|ACCOUNT", "by whom; the first that can send",
	    CLI_STRING, offsetof(which, account) },
	{ .name = NULL }
};

/* Who calls, and for whom. */
typedef struct caller {
	const sendmail_args *args;
	char domain[256];
	char *from;			/* the envelope's; "" for <> */
	char *writer;			/* a From's that is missing */
	char *name;			/* with it; NULL: none */
	letter_list to;
	sendmail_post post;
} caller;

/* --- who we are */

static int no_memory(void)
{
	cli_error("no memory");
	return EX_OSERR;
}

/* A field may go on in another line; what an argument has there is forged. */
static bool has_line_end(const char *text)
{
	if (text[strcspn(text, "\r\n")] == '\0')
		return false;
	cli_error("sendmail: an address has a line end: %s", text);
	return true;
}

/* The one address of text. NULL: it has none; said why. */
static char *one_address(const char *text, const char *domain)
{
	letter_list list = { .domain = domain };
	char *found = NULL;

	if (has_line_end(text))
		return NULL;
	if (letter_list_add(&list, sqb_str_of(text)) == 0) {
		if (list.n == 1)
			found = strdup(list.items[0]);
		else
			cli_error("sendmail: %s is not one address", text);
	}
	letter_list_clear(&list);
	return found;
}

/* Of "Ann Lee <ann@example.org>" the name. NULL: it has none. */
static char *name_in(const char *text)
{
	sqb_addresses *found;
	char *name = NULL;

	if (sqb_addresses_parse(&found, sqb_str_of(text), NULL, NULL) < 0)
		return NULL;
	if (found->n_items > 0 && found->items[0].name.len > 0)
		name = strndup(found->items[0].name.ptr,
		    found->items[0].name.len);
	sqb_addresses_free(found);
	return name;
}

static void set_host(char out[256])
{
	if (gethostname(out, 255) < 0 || *out == '\0')
		snprintf(out, 256, "localhost");
	out[255] = '\0';
}

/* The account's address or, where it has none, the user's on this machine. */
static int set_writer(caller *c, const sendmail_options *o)
{
	const struct passwd *user = getpwuid(getuid());
	const char *at;

	set_host(c->domain);
	c->writer = one_address(o->from ? o->from :
	    user ? user->pw_name : "nobody", c->domain);
	if (!c->writer)
		return EX_CONFIG;
	at = strrchr(c->writer, '@');
	if (o->from && at)
		snprintf(c->domain, sizeof(c->domain), "%s", at + 1);
	return 0;
}

static int set_sender(caller *c)
{
	const char *said = c->args->from;

	if (said && (*said == '\0' || strcmp(said, "<>") == 0)) {
		c->from = strdup("");
		return c->from ? 0 : no_memory();
	}
	c->from = said ? one_address(said, c->domain) : strdup(c->writer);
	if (!c->from)
		return EX_USAGE;
	free(c->writer);
	c->writer = strdup(c->from);
	return c->writer ? 0 : no_memory();
}

/* Another's address does not get the account's name. */
static void set_name(caller *c, const sendmail_options *o)
{
	if (c->args->name)
		c->name = strdup(c->args->name);
	else if (!c->args->from && o->from_name)
		c->name = strdup(o->from_name);
	else if (!c->args->from && o->from)
		c->name = name_in(o->from);
}

static int set_caller(caller *c, const cli_account *account)
{
	const sendmail_options *o = account->options;
	int status = set_writer(c, o);

	if (status == 0)
		status = set_sender(c);
	set_name(c, o);
	c->to.domain = c->domain;
	c->to.local_to = o->local_to;
	return status;
}

/* --- a message on standard input */

/* What a reader has seen at the start of a line, where "." alone ends all. */
typedef enum seen { SEEN_NOTHING, SEEN_START, SEEN_DOT, SEEN_DOT_CR } seen;

/* How many octets of s belong to the message; *state: see above. */
static size_t find_dot(sqb_str s, seen *state, bool *ended)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (c == '\n' && *state >= SEEN_DOT) {
			*ended = true;
			return i - (*state == SEEN_DOT ? 1 : 2);
		}
		if (c == '\n')
			*state = SEEN_START;
		else if (c == '.' && *state == SEEN_START)
			*state = SEEN_DOT;
		else if (c == '\r' && *state == SEEN_DOT)
			*state = SEEN_DOT_CR;
		else
			*state = SEEN_NOTHING;
	}
	return s.len - (*state == SEEN_DOT ? 1 : *state == SEEN_DOT_CR ? 2 :
	    0);
}

/*
 * All of it, or to the line ".". room keeps what may be the beginning of that
 * from one read to the next.
 */
static int read_stdin(letter *l, bool whole)
{
	static char room[65536];
	seen state = whole ? SEEN_NOTHING : SEEN_START;
	size_t held = 0;
	bool ended = false;
	ssize_t n = 1;

	while (l->status == 0 && !ended && n != 0) {
		size_t len, good;

		n = read(STDIN_FILENO, room + held, sizeof(room) - held);
		if (n < 0 && errno == EINTR && !cli_interrupted())
			continue;
		if (n < 0) {
			cli_error("standard input: %s", strerror(errno));
			return EX_IOERR;
		}
		len = held + (size_t)n;
		if (held > 0)
			state = SEEN_START;
		good = whole ? len : find_dot((sqb_str){ room, len }, &state,
		    &ended);
		held = n == 0 || ended ? 0 : len - good;
		letter_write(l, (sqb_str){ room, n == 0 ? len : good });
		memmove(room, room + good, held);
	}
	return l->status;
}

static int send_letter(caller *c, letter *l)
{
	sendmail_envelope e = { c->from, &c->to, &c->args->wishes };
	int status = read_stdin(l, c->args->whole);

	if (status == 0)
		status = letter_end(l);
	if (status != 0 || c->to.n > 0)
		return status != 0 ? status :
		    sendmail_post_letter(&c->post, l, &e);
	cli_error("sendmail: there is no recipient%s", c->args->from_fields ?
	    " in the message" : "; name one, or say -t");
	return EX_USAGE;
}

static int add_operand(caller *c, const char *text)
{
	return has_line_end(text) ? EX_USAGE :
	    letter_list_add(&c->to, sqb_str_of(text));
}

static int send_stdin(caller *c)
{
	letter_options options = { c->writer, c->name,
		c->args->from_fields ? &c->to : NULL };
	letter l;
	int status = 0;

	for (size_t i = 0; i < c->args->n_recipients && status == 0; i++)
		status = add_operand(c, c->args->recipients[i]);
	if (status != 0)
		return status;
	if (!c->args->from_fields && c->to.n == 0) {
		cli_error("sendmail: there is no recipient; name one, or say "
		    "-t");
		return EX_USAGE;
	}
	status = letter_begin(&l, &options);
	if (status == 0)
		status = send_letter(c, &l);
	letter_clear(&l);
	return status;
}

/* --- or SMTP */

static int take(void *ctx, letter *l, const sendmail_envelope *e)
{
	caller *c = ctx;

	return sendmail_post_letter(&c->post, l, e);
}

static int serve(caller *c)
{
	char host[256];
	sendmail_smtp s = { .in = stdin, .out = stdout, .name = host,
		.letter = { c->writer, c->name, NULL }, .to = &c->to,
		.take = take, .ctx = c };

	set_host(host);
	c->post.all_or_none = true;
	return sendmail_smtp_serve(&s);
}

/* --- the command */

static bool can_send(const cli_account *a)
{
	const sendmail_options *o = a->options;

	return o->send_url || strncmp(a->url, "smtp", 4) == 0 ||
	    strncmp(a->url, "lmtp", 4) == 0;
}

/* NULL: none, said why. */
static const cli_account *choose(const cli_accounts *accounts)
{
	for (size_t i = 0; i < accounts->n; i++)
		if (can_send(&accounts->items[i]))
			return &accounts->items[i];
	cli_error("no account of the config can send: give one a send-url");
	return NULL;
}

static int run(const sendmail_args *args, const cli_account *account)
{
	const sendmail_options *o = account->options;
	send_account server;
	caller c = { .args = args, .post = { .account = &server,
		.name = account->name, .state = account->conn->state,
		.queue = o->queue, .verbose = args->verbose } };
	int status = send_account_init(&server, account->conn, account->name,
	    account->url, o->send_url, o->helo);

	if (status == 0)
		status = set_caller(&c, account);
	if (status == 0)
		status = args->mode == SENDMAIL_SMTP ? serve(&c) :
		    send_stdin(&c);
	send_account_quit(&server);
	send_account_clear(&server);
	letter_list_clear(&c.to);
	free(c.from);
	free(c.writer);
	free(c.name);
	return cli_interrupt_exit(status);
}

static int run_with_account(const sendmail_args *args,
    const cli_usage *usage, const char *name)
{
	char *operands[] = { (char *)(uintptr_t)name };
	cli_accounts accounts;
	int status = cli_accounts_init(&accounts, usage,
	    name ? operands : NULL, 1);
	const cli_account *chosen;

	if (status == 0) {
		chosen = name ? &accounts.items[0] : choose(&accounts);
		status = chosen ? run(args, chosen) : EX_CONFIG;
	}
	cli_accounts_clear(&accounts);
	return status;
}

static int act(sendmail_args *args, const cli_usage *usage, cli_conn *conn,
    const which *w)
{
	if (args->config && !conn->config)
		conn->config = args->config;
	cli_catch_signals();
	switch (args->mode) {
	case SENDMAIL_LIST:
		return queue_list(conn->state, false);
	case SENDMAIL_RUN:
		return queue_run(&(queue_orders){ .conn = conn });
	case SENDMAIL_NOTHING:
		return 0;
	default:
		return run_with_account(args, usage, w->account);
	}
}

int cmd_sendmail(int argc, char **argv)
{
	sendmail_options options = { .queue = false };
	cli_conn conn = { .tls = 0 };
	which w = { .account = NULL };
	cli_option_set sets[] = {
		{ NULL, sendmail_table, &options, sizeof(options) },
		CLI_CONN_SET(&conn),
		{ "Account", which_table, &w, sizeof(w) },
	};
	cli_usage usage = { "sendmail",
		"[-itv] [-f ADDRESS] [-F NAME] [ADDRESS]...",
		"Sends a message from standard input, as sendmail(8) does.",
		0, 0, sets, 3 };
	sendmail_args args = { .options = NULL };
	int status = sendmail_args_read(&args, &usage, argc, argv), n;

	if (status == 0) {
		n = cli_options(&usage, (int)args.n_options, args.options);
		status = n < 0 ? cli_options_exit(n) :
		    act(&args, &usage, &conn, &w);
	}
	sendmail_args_clear(&args);
	return cli_close_stdout(status);
}

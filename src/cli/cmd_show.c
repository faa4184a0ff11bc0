/*
 * squab show: one message, from a server or a file, for a person: its main
 * header fields, its text, and what is attached.
 */
#include "accounts.h"
#include "cli.h"
#include "extract.h"
#include "interrupt.h"
#include "pager.h"
#include "print.h"
#include "show.h"
#include "slurp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define MAX_MESSAGE (256u << 20)	/* octets; see --max-message */

typedef struct show_options {
	bool raw, headers, no_pager;
	const char *folder;
} show_options;

const cli_option show_table[] = {
	{ "raw", NULL, "the octets as they are", CLI_FLAG,
	    offsetof(show_options, raw) },
	{ "headers", NULL, "the main header fields only", CLI_FLAG,
	    offsetof(show_options, headers) },
	{ "save-attachments", "DIR", "save what is attached in this folder",
	    CLI_STRING, offsetof(show_options, folder) },
	{ "no-pager", NULL, "all at once, also on a terminal", CLI_FLAG,
	    offsetof(show_options, no_pager) },
	{ .name = NULL }
};

/* A terminal gets no octets that it would obey, also with --raw. */
static void print_raw(sqb_str bytes)
{
	if (isatty(STDOUT_FILENO))
		show_lines(stdout, bytes, 0);
	else
		fwrite(bytes.ptr, 1, bytes.len, stdout);
}

/* A message, and how wide it may be. */
typedef struct page {
	sqb_message *m;
	size_t width;
} page;

static void print_page(void *ctx)
{
	const page *p = ctx;

	show_fields(stdout, p->m);
	putchar('\n');
	show_text(stdout, p->m, p->width);
	show_attachments(stdout, p->m);
}

static int save(const char *folder, sqb_message *m)
{
	int fd = extract_open(folder), status;

	if (fd < 0) {
		cli_error("%s: %s", folder, strerror(errno));
		return EX_CANTCREAT;
	}
	status = extract_all(m, fd);
	close(fd);
	return status;
}

static int print_message(const show_options *options, sqb_message *m)
{
	page p = { m, cli_width(stdout) };

	if (options->raw)
		print_raw(sqb_message_bytes(m));
	else if (options->headers)
		show_fields(stdout, m);
	else if (options->no_pager)
		print_page(&p);
	else
		cli_page(print_page, &p);
	return options->folder ? save(options->folder, m) : EX_OK;
}

static int show_bytes(const show_options *options, sqb_str bytes)
{
	sqb_message *m = sqb_message_parse(bytes, NULL);
	int status;

	if (!m) {
		cli_error("no memory");
		return EX_OSERR;
	}
	status = print_message(options, m);
	sqb_message_free(m);
	return status;
}

/* A server without TOP sends the whole message. */
static int get_message(cli_server *v, const show_options *options,
    uint32_t number, sqb_message **m)
{
	int code = SQB_E_UNSUPPORTED;

	if (options->headers && !options->folder)
		code = sqb_pop3_top(v->session, number, 0, m);
	return code == SQB_E_UNSUPPORTED ?
	    sqb_pop3_message(v->session, number, m) : code;
}

/* Of the message, which goes with the session. False: no memory. */
static bool copy_bytes(const sqb_message *m, char **out, size_t *len)
{
	sqb_str bytes = sqb_message_bytes(m);

	*len = bytes.len;
	*out = malloc(bytes.len + 1);
	if (*out && bytes.len > 0)
		memcpy(*out, bytes.ptr, bytes.len);
	return *out != NULL;
}

/* Nobody reads as fast as a server wants an answer: it is left first. */
static int show_mail(cli_server *v, const show_options *options,
    uint32_t number)
{
	int status = cli_server_open(v), shown = EX_OSERR;
	sqb_message *m;
	char *bytes;
	size_t len;

	if (status != 0)
		return status;
	if (get_message(v, options, number, &m) < 0)
		return cli_server_fail(v);
	if (!copy_bytes(m, &bytes, &len))
		cli_error("no memory");
	status = cli_server_quit(v);
	if (bytes)
		shown = show_bytes(options, (sqb_str){ bytes, len });
	free(bytes);
	return shown != EX_OK ? shown : status;
}

static int show_number(const cli_account *account, const char *text)
{
	cli_server server;
	uint64_t number;
	int status;

	if (!cli_parse_number(text, UINT32_MAX, &number) || number == 0) {
		cli_error("show: %s: after the server comes the number of a "
		    "message", account->name);
		return EX_USAGE;
	}
	status = cli_server_init(&server, account->conn, account->url);
	if (status == 0)
		status = show_mail(&server, account->options,
		    (uint32_t)number);
	cli_server_clear(&server);
	return status;
}

static int show_file(const show_options *options, const cli_conn *conn,
    const char *file)
{
	uint64_t max = conn->max_message ? conn->max_message : MAX_MESSAGE;
	char *bytes;
	size_t len;
	int status = slurp(file, (size_t)max, "--max-message", &bytes, &len);

	if (status == 0)
		status = show_bytes(options, (sqb_str){ bytes, len });
	free(bytes);
	return status;
}

int cmd_show(int argc, char **argv)
{
	show_options options = { .raw = false };
	cli_conn conn = { .tls = 0 };
	cli_option_set sets[] = { { NULL, show_table, &options,
		sizeof(options) }, CLI_CONN_SET(&conn) };
	cli_usage usage = { "show", "URL|ACCOUNT NUMBER | FILE | -",
		"Shows one message, of a mailbox or in a file.", 1, 2,
		sets, 2 };
	cli_accounts accounts;
	int n = cli_options(&usage, argc, argv), status;

	if (n < 0)
		return cli_options_exit(n);
	if (n == 1 && strstr(argv[0], "://")) {
		cli_error("show: after the URL comes the number of a message");
		return EX_USAGE;
	}
	cli_catch_signals();
	status = cli_accounts_init(&accounts, &usage, argv, n > 1 ? 1 : 0);
	if (status == 0)
		status = n > 1 ? show_number(&accounts.items[0], argv[1]) :
		    show_file(&options, &conn, argv[0]);
	cli_accounts_clear(&accounts);
	return cli_close_stdout(status);
}

/*
 * squab show: one message, from a server or a file, for a person. Main header
 * fields are decoded; the body is the text as it stands.
 */
#include "cli.h"
#include "interrupt.h"
#include "print.h"
#include "connect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define MAX_MESSAGE (256u << 20)	/* octets; see --max-message */

typedef struct show_options {
	bool raw, headers;
} show_options;

static const cli_option show_table[] = {
	{ "raw", NULL, "the octets as they are", CLI_FLAG,
	    offsetof(show_options, raw) },
	{ "headers", NULL, "the main header fields only", CLI_FLAG,
	    offsetof(show_options, headers) },
	{ .name = NULL }
};

/* Text whose lines end in LF or CRLF; all else is made safe. */
static void print_text(sqb_str text)
{
	while (text.len > 0) {
		const char *lf = memchr(text.ptr, '\n', text.len);
		size_t n = lf ? (size_t)(lf - text.ptr) : text.len;
		size_t shown = lf && n > 0 && text.ptr[n - 1] == '\r' ?
		    n - 1 : n;
		sqb_str line = { text.ptr, shown };
		const char *tab;

		while ((tab = memchr(line.ptr, '\t', line.len)) != NULL) {
			size_t before = (size_t)(tab - line.ptr);

			cli_print_safe(stdout, (sqb_str){ line.ptr, before });
			putchar('\t');
			line = (sqb_str){ tab + 1, line.len - before - 1 };
		}
		cli_print_safe(stdout, line);
		putchar('\n');
		n += lf ? 1 : 0;
		text = (sqb_str){ text.ptr + n, text.len - n };
	}
}

static void print_fields(sqb_message *m)
{
	static const char *const names[] = { "From", "To", "Cc", "Reply-To",
		"Date", "Subject" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = sqb_message_field(m, names[i], 0);

		if (*value == '\0')
			continue;
		printf("%s: ", names[i]);
		cli_print_safe(stdout, sqb_str_of(value));
		putchar('\n');
	}
}

/* A terminal gets no octets that it would obey, also with --raw. */
static void print_raw(sqb_str bytes)
{
	if (isatty(STDOUT_FILENO))
		print_text(bytes);
	else
		fwrite(bytes.ptr, 1, bytes.len, stdout);
}

static void print_message(const show_options *options, sqb_message *m)
{
	sqb_str all = sqb_message_bytes(m);
	size_t header = sqb_message_header(m).len;

	if (options->raw) {
		print_raw(all);
		return;
	}
	print_fields(m);
	if (options->headers)
		return;
	putchar('\n');
	print_text((sqb_str){ all.ptr + header, all.len - header });
}

/* A server without TOP sends the whole message. */
static int get_message(cli_server *v, const show_options *options,
    uint32_t number, sqb_message **m)
{
	int code = SQB_E_UNSUPPORTED;

	if (options->headers)
		code = sqb_pop3_top(v->session, number, 0, m);
	return code == SQB_E_UNSUPPORTED ?
	    sqb_pop3_message(v->session, number, m) : code;
}

static int show_mail(cli_server *v, const show_options *options,
    uint32_t number)
{
	sqb_message *m;
	int status = cli_server_open(v);

	if (status != 0)
		return status;
	if (get_message(v, options, number, &m) < 0)
		return cli_server_fail(v);
	print_message(options, m);
	return cli_server_quit(v);
}

static int show_url(const show_options *options, const cli_conn *conn,
    int n, char **operands)
{
	cli_server server;
	uint64_t number;
	int status;

	if (n != 2 || !cli_parse_number(operands[1], UINT32_MAX, &number) ||
	    number == 0) {
		cli_error("show: after the URL comes the number of a message");
		return EX_USAGE;
	}
	status = cli_server_init(&server, conn, operands[0]);
	if (status == 0)
		status = show_mail(&server, options, (uint32_t)number);
	cli_server_clear(&server);
	return status;
}

/* All of fd, at most max octets, in *out. False: see errno. */
static bool read_all(int fd, size_t max, char **out, size_t *len)
{
	size_t cap = 0;

	for (*len = 0; ; ) {
		ssize_t n;

		if (*len == cap) {
			char *bigger = realloc(*out, cap * 2 + 65536);

			if (!bigger)
				return false;
			*out = bigger;
			cap = cap * 2 + 65536;
		}
		n = read(fd, *out + *len, cap - *len);
		if (n == 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
		*len += n > 0 ? (size_t)n : 0;
		if (*len > max) {
			errno = EFBIG;
			return false;
		}
	}
}

static int show_bytes(const show_options *options, sqb_str bytes)
{
	sqb_message *m = sqb_message_parse(bytes, NULL);

	if (!m) {
		cli_error("no memory");
		return EX_OSERR;
	}
	print_message(options, m);
	sqb_message_free(m);
	return EX_OK;
}

static int show_file(const show_options *options, const cli_conn *conn,
    const char *file)
{
	bool is_stdin = strcmp(file, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
	uint64_t max = conn->max_message ? conn->max_message : MAX_MESSAGE;
	char *bytes = NULL;
	size_t len;
	int status;

	if (fd < 0 || !read_all(fd, (size_t)max, &bytes, &len)) {
		cli_error("%s: %s", file, strerror(errno));
		status = EX_NOINPUT;
	} else {
		status = show_bytes(options, (sqb_str){ bytes, len });
	}
	if (fd >= 0 && !is_stdin)
		close(fd);
	free(bytes);
	return status;
}

int cmd_show(int argc, char **argv)
{
	show_options options = { .raw = false };
	cli_conn conn = { .tls = 0 };
	cli_option_set sets[] = { { NULL, show_table, &options },
		CLI_CONN_SET(&conn) };
	cli_usage usage = { "show", "URL NUMBER | FILE | -",
		"Shows one message, of a mailbox or in a file.", 1, 2,
		sets, 2 };
	int n = cli_options(&usage, argc, argv), status;

	if (n < 0)
		return cli_options_exit(n);
	cli_catch_signals();
	if (strstr(argv[0], "://")) {
		status = show_url(&options, &conn, n, argv);
	} else if (n > 1) {
		cli_error("show: one file at a time, or a URL and a number");
		status = EX_USAGE;
	} else {
		status = show_file(&options, &conn, argv[0]);
	}
	return cli_close_stdout(status);
}

/* From options and a URL to a session. */
#include "connect.h"

#include "interrupt.h"
#include "print.h"
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define AT(field) offsetof(cli_conn, field)

const cli_option cli_conn_options[] = {
	{ "tls", "implicit|starttls|off", "how, whatever the URL says; off: "
	    "in clear", CLI_CHOICE, AT(tls) },
	{ "user", "NAME", "who logs in, whatever the URL says", CLI_STRING,
	    AT(user) },
	{ "auth", "MECHANISM", "how; none: not at all", CLI_STRING, AT(auth) },
	{ "password-command", "CMD", "its first line is the password",
	    CLI_STRING, AT(password_command) },
	{ "password-file", "FILE", "its first line is the password",
	    CLI_STRING, AT(password_file) },
	{ "token-command", "CMD", "its first line is an OAuth 2.0 token",
	    CLI_STRING, AT(token_command) },
	{ "token-file", "FILE", "its first line is an OAuth 2.0 token",
	    CLI_STRING, AT(token_file) },
	{ "ca-file", "FILE", "certificates to trust, not the system's",
	    CLI_STRING, AT(ca_file) },
	{ "crl-file", "FILE", "revoked certificates", CLI_STRING,
	    AT(crl_file) },
	{ "tls-name", "NAME", "to find in the certificate, not the URL's host",
	    CLI_STRING, AT(tls_name) },
	{ "pin", "SHA256", "what the server's key must be", CLI_STRING,
	    AT(pin) },
	{ "cert", "FILE", "our own certificate", CLI_STRING, AT(cert) },
	{ "key", "FILE", "the key to it", CLI_STRING, AT(key) },
	{ "proxy", "URL", "socks5://[USER@]HOST or http://[USER@]HOST:PORT",
	    CLI_STRING, AT(way.proxy) },
	{ "proxy-password-file", "FILE", "its first line is that of the proxy",
	    CLI_STRING, AT(way.proxy_password_file) },
	{ "tunnel", "CMD", "its input and output are the line to the server",
	    CLI_STRING, AT(way.tunnel) },
	{ "timeout", "TIME", "without progress at most; 60", CLI_TIME,
	    AT(timeout) },
	{ "connect-timeout", "TIME", "to connect at most; 30", CLI_TIME,
	    AT(connect_timeout) },
	{ "max-message", "SIZE", "a longer message is an error; 256M",
	    CLI_SIZE, AT(max_message) },
	{ "state", "DIR", "where the ledger is; ~/.local/state/squab",
	    CLI_STRING, AT(state) },
	{ "config", "FILE", "accounts and defaults; ~/.config/squab/config",
	    CLI_STRING, AT(config) },
	{ "trace", "FILE|-", "write down the wire, secrets masked",
	    CLI_STRING, AT(trace) },
	{ .name = NULL }
};

static int check(const cli_conn *c)
{
	int n = !!c->password_command + !!c->password_file +
	    !!c->token_command + !!c->token_file;

	if (n > 1)
		cli_error("of --password-command, --password-file, "
		    "--token-command and --token-file only one can be");
	else if (!c->cert != !c->key)
		cli_error("--cert and --key go together");
	else
		return 0;
	return EX_USAGE;
}

static int open_trace(cli_server *v, const char *file)
{
	int fd;

	if (!file)
		return 0;
	if (strcmp(file, "-") == 0) {
		v->trace.out = stderr;
		return 0;
	}
	fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	v->trace.out = fd < 0 ? NULL : fdopen(fd, "a");
	if (v->trace.out)
		return 0;
	cli_error("--trace %s: %s", file, strerror(errno));
	return EX_CANTCREAT;
}

static bool is_usual_port(uint16_t port)
{
	return port == 110 || port == 995 || port == 465 || port == 587;
}

/*
 * user@host, with the port where it is not one of the protocol's own: a mailbox
 * stays the same when it is reached over TLS from now on.
 */
static void name_account(cli_server *v, const char *user)
{
	bool v6 = strchr(v->url.host, ':');
	char port[8] = "";

	if (!is_usual_port(v->url.port))
		snprintf(port, sizeof(port), ":%u", (unsigned)v->url.port);
	for (char *c = v->url.host; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + ('a' - 'A'));
	snprintf(v->account, sizeof(v->account), "%.255s%s%s%s%s%s", user,
	    *user != '\0' ? "@" : "", v6 ? "[" : "", v->url.host,
	    v6 ? "]" : "", port);
}

int cli_server_init(cli_server *v, const cli_conn *conn, const char *url)
{
	static const sqb_tls_mode modes[] = { SQB_TLS_STARTTLS,
		SQB_TLS_IMPLICIT, SQB_TLS_STARTTLS, SQB_TLS_OFF };
	const char *user;
	sqb_error err;
	int status = check(conn);

	*v = (cli_server){ .conn = conn, .text = url };
	if (status != 0)
		return status;
	if (sqb_url_parse(&v->url, url, &err) < 0)
		return cli_fail(NULL, &err);
	v->tls = conn->tls ? modes[conn->tls] : v->url.tls;
	user = conn->user ? conn->user : v->url.user;
	name_account(v, user);
	status = cli_way_init(&v->way, &conn->way);
	return status != 0 ? status : open_trace(v, conn->trace);
}

void cli_server_clear(cli_server *v)
{
	cli_interrupt_link(NULL);
	cli_server_hang_up(v);
	if (v->trace.out && v->trace.out != stderr)
		fclose(v->trace.out);
	v->trace.out = NULL;
	cli_way_clear(&v->way);
}

/* A line "C: …" or "S: …" for each of theirs; "\" ends one that goes on. */
static void on_trace(void *ctx, bool sent, sqb_str bytes)
{
	cli_trace *t = ctx;

	if (t->within && t->sent != sent) {
		fputs("\\\n", t->out);
		t->within = false;
	}
	t->sent = sent;
	while (bytes.len > 0) {
		const char *lf = memchr(bytes.ptr, '\n', bytes.len);
		size_t n = lf ? (size_t)(lf - bytes.ptr) : bytes.len;
		bool crlf = lf && n > 0 && bytes.ptr[n - 1] == '\r';

		if (!t->within)
			fprintf(t->out, "%s%s%s", t->label ? t->label : "",
			    t->label ? " " : "", sent ? "C: " : "S: ");
		cli_print_safe(t->out, (sqb_str){ bytes.ptr, n - crlf });
		if (lf)
			fputs(crlf ? "\n" : "\\x0a\n", t->out);
		t->within = !lf;
		n += lf ? 1 : 0;
		bytes = (sqb_str){ bytes.ptr + n, bytes.len - n };
	}
}

/* True for mechanisms that need neither password nor token. */
static bool needs_none(const char *mechanism)
{
	static const char *const names[] = { "none", "EXTERNAL", "ANONYMOUS",
		"GSSAPI" };

	for (size_t i = 0; mechanism && i < 4; i++)
		if (sqb_str_eq_nocase(sqb_str_of(mechanism),
		    sqb_str_of(names[i])))
			return true;
	return false;
}

bool cli_server_has_secret(const cli_server *v)
{
	const cli_conn *c = v->conn;
	const char *password = getenv("SQUAB_PASSWORD");

	return needs_none(c->auth) || c->password || c->password_command ||
	    c->password_file || c->token_command || c->token_file ||
	    (password && *password != '\0');
}

int cli_server_secret(const cli_server *v, cli_secret *out)
{
	const cli_conn *c = v->conn;
	const char *command = c->token_command ? c->token_command :
	    c->password_command;
	const char *file = c->token_file ? c->token_file : c->password_file;
	int status;

	out->text = NULL;
	if (needs_none(c->auth))
		return 0;
	if (!c->user && v->url.user[0] == '\0') {
		cli_error("%s: who logs in? write %s://USER@%s, or --user",
		    v->text, v->url.scheme, v->url.host);
		return EX_USAGE;
	}
	if (command)
		return cli_secret_command(out, command);
	if (file)
		return cli_secret_file(out, file);
	if (c->password)
		return cli_secret_set(out, c->password, strlen(c->password));
	status = cli_secret_environment(out, "SQUAB_PASSWORD");
	return status == 0 && !out->text ?
	    cli_secret_prompt(out, v->account) : status;
}

static sqb_session_options session_options(cli_server *v)
{
	const cli_conn *c = v->conn;
	sqb_session_options options = {
		.size = sizeof(sqb_session_options),
		.user = c->user,
		.mechanism = c->auth,
		.tls = &v->tls,
		.listing_ahead = v->listing_ahead,
		.link = {
			.size = sizeof(sqb_link_options),
			.tls = {
				.name = c->tls_name,
				.ca_file = c->ca_file,
				.crl_file = c->crl_file,
				.cert_file = c->cert,
				.key_file = c->key,
				.pin = c->pin,
			},
			.connect_timeout = c->connect_timeout,
			.unacknowledged = c->timeout,
			.trace = v->trace.out ? on_trace : NULL,
			.trace_ctx = &v->trace,
		},
		.pop3 = {
			.size = sizeof(sqb_pop3_options),
			.reply_timeout = c->timeout,
			.max_message = c->max_message,
		},
	};

	cli_way_fill(&v->way, &options.link);
	return options;
}

/* Borrows the secret until the session is open. */
static sqb_session_options options_with(cli_server *v, const cli_secret *s)
{
	sqb_session_options options = session_options(v);

	if (v->conn->token_command || v->conn->token_file)
		options.token = s->text;
	else
		options.password = s->text;
	return options;
}

/* Who opens, and what. */
typedef struct opening {
	cli_server *server;
	cli_open open;
	void *ctx;
} opening;

static int open_pop3(void *ctx, const sqb_session_options *options,
    sqb_error *err)
{
	cli_server *v = ctx;
	int code = sqb_pop3_open(&v->session, v->text, options, err);

	if (code == SQB_OK)
		cli_interrupt_link(sqb_pop3_session_link(v->session));
	return code;
}

/*
 * A token that was refused may have expired in a cache: a command that now
 * gives another one gets one more try. *code is that of the last.
 */
static int refresh(const opening *o, sqb_session_options *options, int *code,
    sqb_error *err)
{
	cli_secret fresh;
	int status = cli_server_secret(o->server, &fresh);

	if (status == 0 && strcmp(fresh.text, options->token) != 0) {
		options->token = fresh.text;
		*code = o->open(o->ctx, options, err);
	}
	cli_secret_clear(&fresh);
	return status;
}

static int log_in(const opening *o, sqb_session_options *options)
{
	sqb_error err;
	int code = o->open(o->ctx, options, &err), status = 0;

	if (code == SQB_E_AUTH && options->token &&
	    o->server->conn->token_command)
		status = refresh(o, options, &code, &err);
	return status != 0 || code == SQB_OK ? status :
	    cli_fail(o->server->account, &err);
}

static int open_with_secret(const opening *o)
{
	cli_secret secret;
	int status = cli_server_secret(o->server, &secret);

	if (status == 0) {
		sqb_session_options options = options_with(o->server, &secret);

		status = log_in(o, &options);
	}
	cli_secret_clear(&secret);
	return status;
}

int cli_server_open(cli_server *v)
{
	return open_with_secret(&(opening){ v, open_pop3, v });
}

int cli_server_open_as(cli_server *v, cli_open open, void *ctx)
{
	opening o = { v, open, ctx };
	sqb_session_options options;

	if (v->conn->user || v->url.user[0] != '\0')
		return open_with_secret(&o);
	options = session_options(v);
	return log_in(&o, &options);
}

int cli_server_start(cli_server *v, const cli_secret *secret)
{
	sqb_session_options options = options_with(v, secret);
	sqb_error err;

	return sqb_pop3_start(&v->session, v->text, &options, &err) < 0 ?
	    cli_fail(v->account, &err) : 0;
}

void cli_server_hang_up(cli_server *v)
{
	sqb_pop3_close(v->session);
	v->session = NULL;
}

int cli_server_open_only(cli_server *v)
{
	sqb_session_options options = session_options(v);
	sqb_error err;

	options.mechanism = "none";
	return open_pop3(v, &options, &err) < 0 ?
	    cli_fail(v->account, &err) : 0;
}

int cli_server_quit(cli_server *v)
{
	sqb_pop3_session *s = v->session;
	sqb_error err;

	cli_interrupt_hold();
	v->session = NULL;
	return sqb_pop3_quit(s, &err) < 0 ? cli_fail(v->account, &err) : 0;
}

int cli_server_fail(const cli_server *v)
{
	return cli_interrupt_exit(cli_fail(v->account,
	    sqb_pop3_error(v->session)));
}

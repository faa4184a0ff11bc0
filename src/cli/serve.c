/*
 * squab serve: a post office on loopback for development and tests. Here are
 * its options and its start; serve_loop.c runs it.
 */
#include "cli.h"
#include "options.h"
#include "print.h"
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	PASSWORD_SIZE = 1024,
	MAX_MESSAGE = 64 << 20	/* octets; see --max-message */
};

typedef struct service {
	const char *name;
	const serve_protocol *protocol;
	bool tls;
	bool usual;		/* where no port is asked for */
} service;

static const service services[] = {
	{ "pop3", &serve_pop3, false, true },
	{ "pop3s", &serve_pop3, true, true },
	{ "smtp", &serve_smtp, false, true },
	{ "smtps", &serve_smtp, true, true },
	{ "lmtp", &serve_lmtp, false, false },
};

enum { N_SERVICES = sizeof(services) / sizeof(services[0]) };

typedef struct options {
	const char *ports[N_SERVICES];	/* NULL: do not listen */
	const char *user, *password_file, *write_ca;
	cli_list fail;
	uint64_t max_message;
	bool require_tls, require_auth, no_pipelining, quiet;
} options;

#define FIELD(name) offsetof(options, name)

static const cli_option table[] = {
	{ "pop3", "PORT", "POP3 with STLS; 0: any free port", CLI_STRING,
	    FIELD(ports[0]) },
	{ "pop3s", "PORT", "POP3 under TLS", CLI_STRING, FIELD(ports[1]) },
	{ "smtp", "PORT", "SMTP with STARTTLS", CLI_STRING,
	    FIELD(ports[2]) },
	{ "smtps", "PORT", "SMTP under TLS", CLI_STRING, FIELD(ports[3]) },
	{ "lmtp", "PORT", "LMTP with STARTTLS", CLI_STRING,
	    FIELD(ports[4]) },
	{ "fail", "PLACE=REPLY", "go wrong: rcpt=550, end=drop, auth=535 …",
	    CLI_LIST, FIELD(fail) },
	{ "user", "NAME", "who may log in: test", CLI_STRING, FIELD(user) },
	{ "password-file", "FILE", "its first line is the password: test",
	    CLI_STRING, FIELD(password_file) },
	{ "write-ca", "FILE", "where the certificate to trust goes",
	    CLI_STRING, FIELD(write_ca) },
	{ "max-message", "SIZE", "the largest mail that is taken; 64M",
	    CLI_SIZE, FIELD(max_message) },
	{ "require-auth", NULL, "no mail from who has not logged in",
	    CLI_FLAG, FIELD(require_auth) },
	{ "require-tls", NULL, "nobody logs in in clear", CLI_FLAG,
	    FIELD(require_tls) },
	{ "no-pipelining", NULL, "do not announce PIPELINING", CLI_FLAG,
	    FIELD(no_pipelining) },
	{ "quiet", NULL, "do not say that this is for development", CLI_FLAG,
	    FIELD(quiet) },
	{ 0 }
};

static bool read_port(const char *name, const char *text, uint16_t *port)
{
	uint64_t n = 0;

	if (text && !cli_parse_number(text, UINT16_MAX, &n)) {
		cli_error("serve: --%s takes a port, 0 to 65535", name);
		return false;
	}
	*port = (uint16_t)n;
	return true;
}

static bool read_ports(options *o, uint16_t *ports)
{
	bool any = false;

	for (size_t i = 0; i < N_SERVICES; i++) {
		any = any || o->ports[i];
		if (!read_port(services[i].name, o->ports[i], &ports[i]))
			return false;
	}
	for (size_t i = 0; i < N_SERVICES && !any; i++)
		o->ports[i] = services[i].usual ? "0" : NULL;
	return true;
}

static int read_options(options *o, uint16_t *ports, int argc, char **argv)
{
	const cli_option_set set = { NULL, table, o, sizeof(*o) };
	const cli_usage usage = { .command = "serve", .operands = "MAILDIR",
	    .about = "A post office on loopback, for development and tests: "
	    "SMTP into one Maildir,\nPOP3 out of it. Where no port is given "
	    "it does both, with TLS too, on free ports.",
	    .min_operands = 1, .max_operands = 1, .sets = &set, .n_sets = 1 };
	int n = cli_options(&usage, argc, argv);

	if (n >= 0 && (!o->user) != (!o->password_file)) {
		cli_error("serve: --user and --password-file go together");
		return CLI_MISUSED;
	}
	return n < 0 || read_ports(o, ports) ? n : CLI_MISUSED;
}

static bool read_failures(const cli_list *rules, serve_fail **fail)
{
	for (size_t i = 0; i < rules->n; i++) {
		if (serve_fail_add(fail, rules->words[i]))
			continue;
		cli_error("serve: --fail %s: it is PLACE=REPLY, such as "
		    "rcpt=550 or end=drop; see squab-serve(1)",
		    rules->words[i]);
		return false;
	}
	return true;
}

/* The first line of the file. */
static int read_password(const char *path, char out[PASSWORD_SIZE])
{
	FILE *f = fopen(path, "re");
	bool ok = f && fgets(out, PASSWORD_SIZE, f);

	if (f)
		fclose(f);
	if (ok)
		out[strcspn(out, "\r\n")] = '\0';
	if (ok && *out)
		return EX_OK;
	cli_error("serve: no password can be read from %s", path);
	return EX_NOINPUT;
}

static int write_authority(const char *path, X509 *authority)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	bool ok = f && fchmod(fd, 0644) == 0 && PEM_write_X509(f, authority);

	if (f)
		ok = fclose(f) == 0 && ok;
	else if (fd >= 0)
		close(fd);
	if (ok)
		return EX_OK;
	cli_error("serve: cannot write %s: %s", path, strerror(errno));
	return EX_CANTCREAT;
}

static int open_maildir(serve_world *w, const char *path)
{
	serve_snapshot *s = NULL;

	w->maildir = serve_maildir_open(path);
	if (w->maildir)
		s = serve_maildir_snapshot(w->maildir);
	if (s) {
		serve_snapshot_release(s);
		return EX_OK;
	}
	cli_error("serve: %s is no Maildir (with cur and new) that can be "
	    "read: %s", path, strerror(errno));
	return EX_NOINPUT;
}

static int make_tls(serve_world *w, const char *write_ca)
{
	X509 *authority;
	int status = EX_OK;

	if (!serve_cert_make(&w->tls, &authority)) {
		cli_error("serve: OpenSSL cannot make a certificate");
		return EX_SOFTWARE;
	}
	if (write_ca)
		status = write_authority(write_ca, authority);
	X509_free(authority);
	return status;
}

static int begin_service(serve_loop *l, const service *v, uint16_t port)
{
	if (!serve_loop_listen(l, v->protocol, v->tls, &port)) {
		cli_error("serve: cannot listen on port %u of loopback: %s "
		    "(--%s 0 takes a free one)", port, strerror(errno),
		    v->name);
		return EX_UNAVAILABLE;
	}
	printf("%s 127.0.0.1:%u\n", v->name, port);
	return EX_OK;
}

static int run_loop(serve_loop *l, bool quiet)
{
	if (!quiet)
		cli_error("serve: for development and tests only; anybody on "
		    "this machine may connect");
	if (fflush(stdout) != 0)
		return cli_close_stdout(EX_OK);
	if (serve_loop_run(l))
		return EX_OK;
	cli_error("serve: waiting for clients failed: %s", strerror(errno));
	return EX_OSERR;
}

static int serve(const serve_world *w, const options *o,
    const uint16_t *ports)
{
	serve_loop *l = serve_loop_new(w);
	int status = EX_OK;

	if (!l) {
		cli_error("serve: cannot start: %s", strerror(errno));
		return EX_OSERR;
	}
	for (size_t i = 0; i < N_SERVICES && status == EX_OK; i++)
		if (o->ports[i])
			status = begin_service(l, &services[i], ports[i]);
	if (status == EX_OK)
		status = run_loop(l, o->quiet);
	serve_loop_free(l);
	return status;
}

static int open_office(serve_world *w, const options *o, const char *maildir)
{
	int status = read_failures(&o->fail, &w->fail) ? EX_OK : EX_USAGE;

	if (status == EX_OK)
		status = open_maildir(w, maildir);
	return status == EX_OK ? make_tls(w, o->write_ca) : status;
}

int cmd_serve(int argc, char **argv)
{
	options o = { .user = NULL };
	uint16_t ports[N_SERVICES] = { 0 };
	char password[PASSWORD_SIZE] = "test";
	serve_world w = { .password = password };
	int n = read_options(&o, ports, argc, argv), status = EX_OK;

	if (n < 0)
		return cli_options_exit(n);
	w.user = o.user ? o.user : "test";
	w.require_tls = o.require_tls;
	w.require_auth = o.require_auth;
	w.no_pipelining = o.no_pipelining;
	w.max_message = o.max_message ? o.max_message : MAX_MESSAGE;
	if (o.password_file)
		status = read_password(o.password_file, password);
	if (status == EX_OK)
		status = open_office(&w, &o, argv[0]);
	if (status == EX_OK)
		status = serve(&w, &o, ports);
	SSL_CTX_free(w.tls);
	serve_fail_free(w.fail);
	if (w.maildir)
		serve_maildir_close(w.maildir);
	return status;
}

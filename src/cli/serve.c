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

enum { PASSWORD_SIZE = 1024 };

typedef struct options {
	const char *pop3, *pop3s;	/* NULL: do not listen */
	uint16_t pop3_port, pop3s_port;	/* the same; 0: any free port */
	const char *user, *password_file, *write_ca;
	bool require_tls, no_pipelining, quiet;
} options;

#define FIELD(name) offsetof(options, name)

static const cli_option table[] = {
	{ "pop3", "PORT", "POP3 with STLS; 0: any free port", CLI_STRING,
	    FIELD(pop3) },
	{ "pop3s", "PORT", "POP3 under TLS; 0: any free port", CLI_STRING,
	    FIELD(pop3s) },
	{ "user", "NAME", "who may log in: test", CLI_STRING, FIELD(user) },
	{ "password-file", "FILE", "its first line is the password: test",
	    CLI_STRING, FIELD(password_file) },
	{ "write-ca", "FILE", "where the certificate to trust goes",
	    CLI_STRING, FIELD(write_ca) },
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

static int read_options(options *o, int argc, char **argv)
{
	const cli_option_set set = { NULL, table, o, sizeof(*o) };
	const cli_usage usage = { .command = "serve", .operands = "MAILDIR",
	    .about = "A post office on loopback, for development and tests: "
	    "POP3 out of one Maildir.\nWithout --pop3 and --pop3s it does "
	    "both, on free ports.",
	    .min_operands = 1, .max_operands = 1, .sets = &set, .n_sets = 1 };
	int n = cli_options(&usage, argc, argv);

	if (n >= 0 && (!o->user) != (!o->password_file)) {
		cli_error("serve: --user and --password-file go together");
		return CLI_MISUSED;
	}
	if (n >= 0 && (!read_port("pop3", o->pop3, &o->pop3_port) ||
	    !read_port("pop3s", o->pop3s, &o->pop3s_port)))
		return CLI_MISUSED;
	if (!o->pop3 && !o->pop3s)
		o->pop3 = o->pop3s = "0";
	return n;
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

static int listen_pop3(serve_loop *l, bool tls, uint16_t port)
{
	const char *name = tls ? "pop3s" : "pop3";

	if (!serve_loop_listen(l, &serve_pop3, tls, &port)) {
		cli_error("serve: cannot listen on port %u of loopback: %s "
		    "(--%s 0 takes a free one)", port, strerror(errno), name);
		return EX_UNAVAILABLE;
	}
	printf("%s 127.0.0.1:%u\n", name, port);
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

static int serve(const serve_world *w, const options *o)
{
	serve_loop *l = serve_loop_new(w);
	int status;

	if (!l) {
		cli_error("serve: cannot start: %s", strerror(errno));
		return EX_OSERR;
	}
	status = o->pop3 ? listen_pop3(l, false, o->pop3_port) : EX_OK;
	if (status == EX_OK && o->pop3s)
		status = listen_pop3(l, true, o->pop3s_port);
	if (status == EX_OK)
		status = run_loop(l, o->quiet);
	serve_loop_free(l);
	return status;
}

int cmd_serve(int argc, char **argv)
{
	options o = { 0 };
	char password[PASSWORD_SIZE] = "test";
	serve_world w = { .password = password };
	int n = read_options(&o, argc, argv), status = EX_OK;

	if (n < 0)
		return cli_options_exit(n);
	w.user = o.user ? o.user : "test";
	w.require_tls = o.require_tls;
	w.no_pipelining = o.no_pipelining;
	if (o.password_file)
		status = read_password(o.password_file, password);
	if (status == EX_OK)
		status = open_maildir(&w, argv[0]);
	if (status == EX_OK)
		status = make_tls(&w, o.write_ca);
	if (status == EX_OK)
		status = serve(&w, &o);
	SSL_CTX_free(w.tls);
	if (w.maildir)
		serve_maildir_close(w.maildir);
	return status;
}

/*
 * The session of send.h, for send_test.py: it is told on the command line what
 * to send, and prints what became of it. Public headers and the shared library
 * alone.
 *
 *	send_test URL [NAME=VALUE]... [ACT ARGUMENT...]...
 *
 * Names: user, password, mechanism, ca, tls (off, starttls, implicit), helo,
 * stepped (1: no call blocks), cancel (1: on_progress says stop once a mail is
 * on its way), no_chunking, no_pipelining. Acts are in the table below; each
 * prints "ACT CODE TEXT", and a mail first "- ADDRESS CODE REPLY ENHANCED TEXT"
 * for each recipient. Lists are separated by commas.
 */
#include <squab/send.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TO = 2000 };

typedef struct settings {
	sqb_session_options o;
	sqb_tls_mode tls;
	bool stepped, cancel, sending;
} settings;

static settings set;
static sqb_smtp_session *session;

static const char *name_of(int code)
{
	return code == SQB_OK ? "OK" : sqb_code_name(code);
}

static void say(const char *act, int code, const char *text)
{
	printf("%s %s %s\n", act, name_of(code), code == SQB_OK ? "" : text);
	fflush(stdout);
}

static void say_results(const sqb_smtp_result *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("- %.*s %s %u %u.%u.%u %s\n", (int)r[i].address.len,
		    r[i].address.ptr, name_of(r[i].code), r[i].reply,
		    r[i].enhanced[0], r[i].enhanced[1], r[i].enhanced[2],
		    r[i].text);
}

/* --- options */

static int on_progress(void *ctx, const sqb_progress *p)
{
	(void)ctx;
	return set.cancel && set.sending && p->octets > 0;
}

static bool is_given(const char *arg, const char *name, const char **value)
{
	size_t n = strlen(name);

	if (strncmp(arg, name, n) != 0 || arg[n] != '=')
		return false;
	*value = arg + n + 1;
	return true;
}

static sqb_tls_mode tls_of(const char *name)
{
	return !strcmp(name, "off") ? SQB_TLS_OFF :
	    !strcmp(name, "implicit") ? SQB_TLS_IMPLICIT : SQB_TLS_STARTTLS;
}

static bool take_option(const char *arg)
{
	sqb_session_options *o = &set.o;
	const char *value;

	if (is_given(arg, "user", &o->user) ||
	    is_given(arg, "password", &o->password) ||
	    is_given(arg, "mechanism", &o->mechanism) ||
	    is_given(arg, "ca", &o->link.tls.ca_file))
		return true;
	if (is_given(arg, "tls", &value)) {
		set.tls = tls_of(value);
		o->tls = &set.tls;
	} else if (is_given(arg, "helo", &value)) {
		o->smtp.helo = sqb_str_of(value);
	} else if (is_given(arg, "stepped", &value)) {
		set.stepped = true;
	} else if (is_given(arg, "no_chunking", &value)) {
		o->smtp.no_chunking = true;
	} else if (is_given(arg, "no_pipelining", &value)) {
		o->smtp.no_pipelining = true;
	} else if (is_given(arg, "cancel", &value)) {
		set.cancel = true;
		o->on_progress = on_progress;
	} else {
		return false;
	}
	return true;
}

/* --- a loop of one's own */

static int step_to_end(void)
{
	sqb_session *s = sqb_smtp_base(session);

	while (!sqb_session_step(s)) {
		sqb_time now = sqb_link_now();
		sqb_time until = sqb_session_clock(s, now);
		unsigned wants = sqb_session_wants(s), ready = 0;
		struct pollfd p = { .fd = sqb_session_fd(s) };

		p.events = (short)((wants & SQB_WANT_RECV ? POLLIN : 0) |
		    (wants & SQB_WANT_SEND ? POLLOUT : 0));
		if (until > now && poll(&p, 1, until == SQB_NEVER ? -1 :
		    (int)(until - now)) > 0)
			ready = (p.revents & POLLOUT ? SQB_WANT_SEND : 0) |
			    (p.revents & ~POLLOUT ? SQB_WANT_RECV : 0);
		sqb_session_ready(s, ready);
	}
	return sqb_smtp_error(session)->code;
}

static int finish(int rc)
{
	return rc == SQB_OK ? step_to_end() : rc;
}

static int open_session(const char *url)
{
	sqb_error err = { .code = SQB_OK };
	int rc;

	if (!set.stepped) {
		rc = sqb_smtp_open(&session, url, &set.o, &err);
	} else {
		rc = finish(sqb_smtp_start(&session, url, &set.o, &err));
		if (session && rc != SQB_OK) {
			err = *sqb_smtp_error(session);
			sqb_smtp_close(session);
			session = NULL;
		}
	}
	say("open", rc, err.text);
	return rc;
}

/* --- mails */

static size_t split(char *list, sqb_smtp_recipient *to)
{
	size_t n = 0;

	for (char *at = list; n < MAX_TO && at && *at != '\0'; n++) {
		char *comma = strchr(at, ',');

		if (comma)
			*comma = '\0';
		to[n] = (sqb_smtp_recipient){ .address = sqb_str_of(at) };
		at = comma ? comma + 1 : NULL;
	}
	return n;
}

static void end_mail(const char *act, int rc)
{
	size_t n;
	const sqb_smtp_result *r = sqb_smtp_results(session, &n);

	say_results(r, n);
	say(act, rc, sqb_smtp_error(session)->text);
}

/* send FROM TO SUBJECT TEXT FILE; FILE "-": nothing is attached */
static void act_send(char **a)
{
	sqb_compose *c = sqb_compose_new(NULL);
	int rc;

	sqb_compose_field(c, "From", a[0]);
	if (*a[1] != '\0')
		sqb_compose_field(c, "To", a[1]);
	sqb_compose_field(c, "Subject", a[2]);
	sqb_compose_text(c, sqb_str_of(a[3]));
	if (strcmp(a[4], "-") != 0)
		sqb_compose_attach_file(c, a[4], NULL);
	set.sending = true;
	rc = set.stepped ? finish(sqb_smtp_start_send(session, c)) :
	    sqb_smtp_send(session, c);
	end_mail("send", rc);
	sqb_compose_free(c);
}

static sqb_str read_file(const char *path)
{
	static char *data;
	FILE *f = fopen(path, "rb");
	long size = -1;

	free(data);
	data = NULL;
	if (f && fseek(f, 0, SEEK_END) == 0)
		size = ftell(f);
	if (size < 0)
		exit(2);
	rewind(f);
	data = malloc((size_t)size + 1);
	if (!data || fread(data, 1, (size_t)size, f) != (size_t)size)
		exit(2);
	fclose(f);
	return (sqb_str){ data, (size_t)size };
}

static int64_t read_stream(void *ctx, void *out, size_t cap)
{
	return (int64_t)fread(out, 1, cap, ctx);
}

static int rewind_stream(void *ctx)
{
	return fseek(ctx, 0, SEEK_SET);
}

static int64_t read_badly(void *ctx, void *out, size_t cap)
{
	return feof((FILE *)ctx) ? SQB_E_SINK : read_stream(ctx, out, cap);
}

/*
 * mail FROM TO FILE HOW; HOW "whole", "streamed", "once" (it cannot be
 * rewound), "broken" (it cannot be read to its end) or "all" (or none)
 */
static void act_mail(char **a)
{
	static sqb_smtp_recipient to[MAX_TO];
	const char *how = a[3];
	bool whole = !strcmp(how, "whole") || !strcmp(how, "all");
	FILE *f = whole ? NULL : fopen(a[2], "rb");
	const sqb_source source = {
		.read = strcmp(how, "broken") ? read_stream : read_badly,
		.rewind = strcmp(how, "once") ? rewind_stream : NULL,
		.ctx = f,
	};
	sqb_smtp_mail mail = {
		.size = sizeof(mail),
		.from = sqb_str_of(a[0]),
		.recipients = to,
		.n_recipients = split(a[1], to),
		.all_or_none = !strcmp(how, "all"),
		.message = whole ? read_file(a[2]) : (sqb_str){ NULL, 0 },
	};

	set.sending = true;
	end_mail("mail", set.stepped ?
	    finish(sqb_smtp_start_send_mail(session, &mail,
	    whole ? NULL : &source)) :
	    sqb_smtp_send_mail(session, &mail, whole ? NULL : &source));
	if (f)
		fclose(f);
}

typedef struct many {
	sqb_str from, message;
	sqb_smtp_recipient *to;
	size_t n_to;
	uintptr_t n, n_begun, n_ended, n_good, stop_at;
	bool disordered;
} many;

static int next_mail(void *ctx, sqb_smtp_mail *mail, sqb_source *message,
    void **tag)
{
	many *m = ctx;

	(void)message;
	if (m->n_begun == m->n)
		return 0;
	mail->from = m->from;
	mail->recipients = &m->to[m->n_begun % m->n_to];
	mail->n_recipients = 1;
	mail->message = m->message;
	*tag = (void *)++m->n_begun;
	return 1;
}

static int mail_done(void *ctx, void *tag, int code, const sqb_error *err,
    const sqb_smtp_result *results, size_t n)
{
	many *m = ctx;

	m->disordered |= (uintptr_t)tag != ++m->n_ended || n != 1 ||
	    results[0].code != code || (err == NULL) != (code == SQB_OK);
	m->n_good += code == SQB_OK;
	return m->n_ended == m->stop_at;
}

/* all FROM TO FILE N STOP: N mails, to each of TO in turn; 0: never stop */
static void act_all(char **a)
{
	static sqb_smtp_recipient to[MAX_TO];
	many m = {
		.from = sqb_str_of(a[0]),
		.to = to,
		.n_to = split(a[1], to),
		.message = read_file(a[2]),
		.n = (uintptr_t)strtoul(a[3], NULL, 10),
		.stop_at = (uintptr_t)strtoul(a[4], NULL, 10),
	};
	const sqb_outbox outbox = { .next = next_mail, .done = mail_done,
	    .ctx = &m };
	int rc;

	set.sending = true;
	rc = set.stepped ? finish(sqb_smtp_start_send_all(session, &outbox)) :
	    sqb_smtp_send_all(session, &outbox);
	printf("= begun %zu ended %zu good %zu%s\n", (size_t)m.n_begun,
	    (size_t)m.n_ended, (size_t)m.n_good,
	    m.disordered ? " disordered" : "");
	say("all", rc, sqb_smtp_error(session)->text);
}

/* --- the rest */

static void say_words(const char *act, int rc, const char *words)
{
	for (const char *p = words; *p != '\0';) {
		size_t n = strcspn(p, "\n");

		printf("| %.*s\n", (int)n, p);
		p += n + (p[n] == '\n');
	}
	say(act, rc, sqb_smtp_error(session)->text);
}

static void act_vrfy(char **a)
{
	const char *words;
	int rc = set.stepped ? finish(sqb_smtp_start_vrfy(session, a[0])) :
	    sqb_smtp_vrfy(session, a[0], &words);

	say_words("vrfy", rc, sqb_smtp_words(session));
}

static void act_expn(char **a)
{
	const char *words;
	int rc = set.stepped ? finish(sqb_smtp_start_expn(session, a[0])) :
	    sqb_smtp_expn(session, a[0], &words);

	say_words("expn", rc, sqb_smtp_words(session));
}

static void act_help(char **a)
{
	const char *words;
	const char *about = *a[0] == '\0' ? NULL : a[0];
	int rc = set.stepped ? finish(sqb_smtp_start_help(session, about)) :
	    sqb_smtp_help(session, about, &words);

	say_words("help", rc, sqb_smtp_words(session));
}

static void act_etrn(char **a)
{
	int rc = set.stepped ? finish(sqb_smtp_start_etrn(session, a[0])) :
	    sqb_smtp_etrn(session, a[0]);

	say("etrn", rc, sqb_smtp_error(session)->text);
}

static void act_noop(char **a)
{
	int rc = set.stepped ? finish(sqb_smtp_start_noop(session)) :
	    sqb_smtp_noop(session);

	(void)a;
	say("noop", rc, sqb_smtp_error(session)->text);
}

static void act_rset(char **a)
{
	int rc = set.stepped ? finish(sqb_smtp_start_rset(session)) :
	    sqb_smtp_rset(session);

	(void)a;
	say("rset", rc, sqb_smtp_error(session)->text);
}

static void act_about(char **a)
{
	sqb_smtp *e = sqb_smtp_session_engine(session);

	(void)a;
	printf("about %s|%s|%s\n", sqb_smtp_welcome(session),
	    sqb_smtp_mechanism(e), sqb_engine_tls(sqb_smtp_engine(e)) ?
	    "TLS" : "clear");
}

static void act_interrupt(char **a)
{
	(void)a;
	sqb_session_interrupt(sqb_smtp_base(session));
}

static void act_quit(char **a)
{
	sqb_error err;
	int rc;

	(void)a;
	if (set.stepped)
		(void)finish(sqb_smtp_start_quit(session));
	if (set.stepped) {
		err = *sqb_smtp_error(session);
		rc = err.code;
		sqb_smtp_close(session);
	} else {
		rc = sqb_smtp_quit(session, &err);
	}
	session = NULL;
	say("quit", rc, err.text);
}

static const struct {
	const char *name;
	void (*run)(char **arguments);
	int n_arguments;
} acts[] = {
	{ "send", act_send, 5 },
	{ "mail", act_mail, 4 },
	{ "all", act_all, 5 },
	{ "vrfy", act_vrfy, 1 },
	{ "expn", act_expn, 1 },
	{ "help", act_help, 1 },
	{ "etrn", act_etrn, 1 },
	{ "noop", act_noop, 0 },
	{ "rset", act_rset, 0 },
	{ "about", act_about, 0 },
	{ "interrupt", act_interrupt, 0 },
	{ "quit", act_quit, 0 },
};

/* How many arguments it took; -1: it is no act. */
static int act(char **args, int n)
{
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		if (strcmp(args[0], acts[i].name) != 0)
			continue;
		if (n <= acts[i].n_arguments)
			return -1;
		acts[i].run(args + 1);
		return acts[i].n_arguments + 1;
	}
	return -1;
}

int main(int argc, char **argv)
{
	int i = 2, n = 1;

	set.o = (sqb_session_options){ .size = sizeof(set.o),
		.link.size = sizeof(set.o.link),
		.smtp.size = sizeof(set.o.smtp) };
	while (i < argc && take_option(argv[i]))
		i++;
	if (argc < 2 || open_session(argv[1]) != SQB_OK)
		return 0;
	for (; session && i < argc && n > 0; i += n)
		n = act(argv + i, argc - i);
	sqb_smtp_close(session);
	return n > 0 ? 0 : 2;
}

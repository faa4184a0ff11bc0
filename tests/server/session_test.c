/*
 * The session of session.h against a real server, through the public headers
 * and the shared library alone. session_test.py starts the server, fills the
 * mailbox as the constants below say, and runs this:
 *
 *	session_test PORT TLS-PORT CA-FILE FAR-HOST
 *
 * TAP comes out. What is measured in time is nowhere.
 */
#include <squab/squab.h>

#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The mailbox: message n has the subject "number n" and n lines "line i". */
enum {
	N_MESSAGES = 40,	/* the last is large */
	LARGE = N_MESSAGES,
	MANY = 400		/* times LARGE: more than sockets can hold */
};

static const char *port, *tls_port, *ca_file, *far_host;
static int n_tests, n_failed;

__attribute__((format(printf, 2, 3)))
static bool ok(bool good, const char *format, ...)
{
	va_list ap;

	printf("%sok %d - ", good ? "" : "not ", ++n_tests);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	n_failed += !good;
	return good;
}

static bool same(const char *got, const char *want, const char *name)
{
	if (ok(!strcmp(got, want), "%s", name))
		return true;
	printf("# got  %s\n# want %s\n", got, want);
	return false;
}

static bool code_is(int got, int want, const sqb_error *err, const char *name)
{
	if (ok(got == want, "%s", name))
		return true;
	printf("# %s, not %s: %s\n", got ? sqb_code_name(got) : "OK",
	    want ? sqb_code_name(want) : "OK", err ? err->text : "");
	return false;
}

static bool starts(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* --- opening */

static const char *url(bool implicit)
{
	static char out[64];

	snprintf(out, sizeof(out), "pop3%s://alice@localhost:%s",
	    implicit ? "s" : "", implicit ? tls_port : port);
	return out;
}

static sqb_session_options options(void)
{
	return (sqb_session_options){
		.size = sizeof(sqb_session_options),
		.password = "open sesame",
		.link = {
			.size = sizeof(sqb_link_options),
			.tls.ca_file = ca_file,
		},
	};
}

/* With TLS from the start. NULL: a failed test, and that has been told. */
static sqb_pop3_session *open_session(const sqb_session_options *o,
    const char *name)
{
	sqb_pop3_session *s;
	sqb_error err;
	int rc = sqb_pop3_open(&s, url(true), o, &err);

	code_is(rc, SQB_OK, &err, name);
	return s;
}

static void test_open(bool implicit)
{
	sqb_session_options o = options();
	sqb_pop3_session *s;
	const sqb_pop3_caps *caps;
	sqb_error err;
	int rc = sqb_pop3_open(&s, url(implicit), &o, &err);

	if (!code_is(rc, SQB_OK, &err, implicit ? "open with POP3S" :
	    "open with STLS"))
		return;
	ok(starts(sqb_pop3_welcome(s), "Dovecot"), "welcome: %s",
	    sqb_pop3_welcome(s));
	same(sqb_pop3_status(s), "+OK Logged in.", "status of the login");
	same(sqb_pop3_mechanism(sqb_pop3_session_engine(s)), "SCRAM-SHA-256",
	    "the strongest mechanism");
	caps = sqb_pop3_capabilities(sqb_pop3_session_engine(s));
	ok(caps->known && caps->pipelining && caps->resp_codes &&
	    caps->top == SQB_POP3_YES && caps->uidl == SQB_POP3_YES,
	    "capabilities");
	ok(sqb_engine_tls(sqb_pop3_engine(sqb_pop3_session_engine(s))) &&
	    sqb_engine_tls(sqb_pop3_engine(sqb_pop3_session_engine(s)))
	    ->verified, "TLS, and verified");
	code_is(sqb_pop3_quit(s, &err), SQB_OK, &err, "quit");
}

/* The three ways of old, and that a wrong password is told as such. */
static void test_logins(void)
{
	static const char *const ways[] = { "USER", "APOP", "PLAIN" };
	sqb_session_options o = options();
	sqb_error err;
	sqb_pop3_session *s;
	int rc;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		o.mechanism = ways[i];
		s = open_session(&o, ways[i]);
		if (!s)
			continue;
		same(sqb_pop3_mechanism(sqb_pop3_session_engine(s)), ways[i],
		    "the mechanism asked for");
		same(sqb_pop3_status(s), "+OK Logged in.", "its status");
		code_is(sqb_pop3_quit(s, &err), SQB_OK, &err, "quit");
	}
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		o.mechanism = ways[i];
		o.password = "close sesame";
		rc = sqb_pop3_open(&s, url(true), &o, &err);
		code_is(rc, SQB_E_AUTH, &err, "a wrong password");
		ok(!s, "and no session");
	}
}

static void test_no_login(void)
{
	sqb_session_options o = options();
	sqb_pop3_session *s;
	uint32_t n;
	uint64_t octets;

	o.mechanism = "none";
	s = open_session(&o, "open without login");
	if (!s)
		return;
	ok(sqb_pop3_capabilities(sqb_pop3_session_engine(s))->sasl.len > 0,
	    "mechanisms on offer");
	ok(sqb_pop3_stat(s, &n, &octets) < 0, "STAT is refused");
	ok(starts(sqb_pop3_status(s), "-ERR"), "its status: %s",
	    sqb_pop3_status(s));
	sqb_pop3_close(s);
}

/* A stranger's certificate: nothing is said, so nothing can be overheard. */
static void note_sent(void *ctx, bool sent, sqb_str bytes)
{
	bool *secret = ctx;

	if (sent && bytes.len >= 4 && (!memcmp(bytes.ptr, "AUTH", 4) ||
	    !memcmp(bytes.ptr, "USER", 4)))
		*secret = true;
}

static void test_strangers(void)
{
	static const char other[] = "0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef";
	static const struct {
		const char *what, *ca, *name, *pin;
	} cases[] = {
		{ "an unknown authority", NULL, NULL, NULL },
		{ "the wrong name", "", "example.org", NULL },
		{ "the wrong key", "", NULL, other },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sqb_session_options o = options();
		sqb_pop3_session *s;
		bool secret = false;
		sqb_error err;
		int rc;

		if (!cases[i].ca)
			o.link.tls.ca_file = NULL;
		o.link.tls.name = cases[i].name;
		o.link.tls.pin = cases[i].pin;
		o.link.trace = note_sent;
		o.link.trace_ctx = &secret;
		rc = sqb_pop3_open(&s, url(false), &o, &err);
		code_is(rc, SQB_E_TLS, &err, cases[i].what);
		ok(!s && !secret, "no login with it: %s", err.text);
	}
}

/* A server that wants TLS for passwords, and a caller who forbids it. */
static void test_in_clear(void)
{
	static const sqb_tls_mode off = SQB_TLS_OFF;
	sqb_session_options o = options();
	sqb_pop3_session *s;
	char far[64];
	sqb_error err;
	int rc;

	o.tls = &off;
	rc = sqb_pop3_open(&s, url(false), &o, &err);
	code_is(rc, SQB_OK, &err, "open in clear");
	sqb_pop3_close(s);
	if (!strcmp(far_host, "127.0.0.1"))
		return;
	snprintf(far, sizeof(far), "pop3://alice@%s:%s", far_host, port);
	o.mechanism = "PLAIN";
	rc = sqb_pop3_open(&s, far, &o, &err);
	ok(rc == SQB_E_AUTH || rc == SQB_E_UNSUPPORTED,
	    "PLAIN refused in clear: %s", err.text);
	o.mechanism = NULL;
	rc = sqb_pop3_open(&s, far, &o, &err);
	code_is(rc, SQB_OK, &err, "SCRAM accepted in clear");
	sqb_pop3_close(s);
}

/* --- looking */

static void test_lists(sqb_pop3_session *s)
{
	sqb_pop3_list_result list;
	uint64_t octets, sum = 0;
	uint32_t n;
	bool good = true;

	code_is(sqb_pop3_stat(s, &n, &octets), SQB_OK, sqb_pop3_error(s),
	    "stat");
	ok(n == N_MESSAGES, "%u messages", (unsigned)n);
	ok(starts(sqb_pop3_status(s), "+OK 40 "), "its status: %s",
	    sqb_pop3_status(s));
	code_is(sqb_pop3_list(s, &list), SQB_OK, sqb_pop3_error(s), "list");
	for (size_t i = 0; i < list.n_items; i++) {
		sum += list.items[i].size;
		good = good && list.items[i].number == i + 1 &&
		    list.items[i].uidl[0] == '\0';
	}
	ok(good && list.n_items == n && sum == octets, "its rows");
	same(sqb_pop3_status(s), "+OK 40 messages:", "its status");
	code_is(sqb_pop3_uidl(s, &list), SQB_OK, sqb_pop3_error(s), "uidl");
	good = list.n_items == n;
	for (size_t i = 0; i < list.n_items; i++)
		good = good && list.items[i].number == i + 1 &&
		    list.items[i].uidl[0] != '\0' && list.items[i].size == 0;
	ok(good, "its rows");
	same(sqb_pop3_status(s), "+OK", "its status");
}

static void test_listing(sqb_pop3_session *s)
{
	sqb_pop3_list_result list;
	uint64_t sum = 0, octets = 0;
	uint32_t n;
	bool good;

	sqb_pop3_stat(s, &n, &octets);
	code_is(sqb_pop3_listing(s, &list), SQB_OK, sqb_pop3_error(s),
	    "listing");
	good = list.n_items == N_MESSAGES;
	for (size_t i = 0; i < list.n_items; i++) {
		sum += list.items[i].size;
		good = good && list.items[i].number == i + 1 &&
		    list.items[i].uidl[0] != '\0';
	}
	ok(good && sum == octets, "sizes and UIDLs together");
}

static void test_listing_ahead(void)
{
	sqb_session_options o = options();
	sqb_pop3_session *s;

	o.listing_ahead = true;
	s = open_session(&o, "open, listing ahead");
	if (!s)
		return;
	test_listing(s);
	test_listing(s);
	sqb_pop3_close(s);
}

static size_t count(sqb_str in, const char *what)
{
	size_t n = 0, len = strlen(what);

	for (size_t i = 0; i + len <= in.len; i++)
		n += !memcmp(in.ptr + i, what, len);
	return n;
}

static void test_message(sqb_pop3_session *s)
{
	sqb_message *m;

	code_is(sqb_pop3_message(s, 7, &m), SQB_OK, sqb_pop3_error(s),
	    "message");
	if (!m)
		return;
	same(sqb_message_subject(m), "number 7", "its subject");
	ok(count(sqb_message_bytes(m), "\r\nline ") == 7, "its lines");
	ok(count(sqb_message_bytes(m), "\r\n.\r\n") == 1 &&
	    count(sqb_message_bytes(m), "\r\n..\r\n") == 1, "its dots");
	ok(starts(sqb_pop3_status(s), "+OK "), "its status: %s",
	    sqb_pop3_status(s));
	code_is(sqb_pop3_top(s, 9, 4, &m), SQB_OK, sqb_pop3_error(s), "top");
	if (!m)
		return;
	same(sqb_message_subject(m), "number 9", "its subject");
	ok(count(sqb_message_bytes(m), "\r\nline ") == 4, "and four lines");
	code_is(sqb_pop3_message(s, 4711, &m), SQB_E_REFUSED,
	    sqb_pop3_error(s), "a message that is not there");
	ok(!m && starts(sqb_pop3_status(s), "-ERR "), "its status: %s",
	    sqb_pop3_status(s));
	code_is(sqb_pop3_noop(s), SQB_OK, sqb_pop3_error(s),
	    "the session goes on: noop");
	ok(starts(sqb_pop3_status(s), "+OK"), "its status: %s",
	    sqb_pop3_status(s));
}

/* --- many at once */

typedef struct collector {
	size_t n_ended, n_good, lines;
	bool disordered;
	size_t current;		/* index */
	uint64_t octets;
	int codes[N_MESSAGES + 1];
	size_t refuse_at;	/* octets that write() takes; 0: all */
} collector;

static int collect(void *ctx, size_t index, sqb_str bytes)
{
	collector *c = ctx;

	c->disordered = c->disordered || index != c->n_ended;
	c->octets += bytes.len;
	return c->refuse_at > 0 && c->octets > c->refuse_at;
}

static int collect_end(void *ctx, size_t index, int code,
    const sqb_error *err)
{
	collector *c = ctx;

	c->disordered = c->disordered || index != c->n_ended ||
	    (code == SQB_OK) != !err;
	if (index <= N_MESSAGES)
		c->codes[index] = code;
	c->n_good += code == SQB_OK;
	c->n_ended++;
	return 0;
}

static void test_messages(sqb_pop3_session *s)
{
	sqb_pop3_item items[N_MESSAGES + 1];
	sqb_pop3_list_result list;
	collector c = { .n_ended = 0 };
	const sqb_sink sink = { collect, collect_end, &c };
	uint64_t sum = 0;
	size_t n;

	sqb_pop3_list(s, &list);
	n = list.n_items;
	if (!ok(n == N_MESSAGES, "a list to fetch by"))
		return;
	for (size_t i = 0; i < n; i++) {
		items[i] = list.items[n - 1 - i];	/* large one first */
		sum += items[i].size;
	}
	code_is(sqb_pop3_messages(s, items, n, &sink), SQB_OK,
	    sqb_pop3_error(s), "all messages at once");
	ok(c.n_good == n && !c.disordered, "each in its turn");
	ok(c.octets == sum, "all octets");
	c = (collector){ .n_ended = 0 };
	items[n] = items[n / 2];
	items[n / 2].number = 4711;
	code_is(sqb_pop3_messages(s, items, n + 1, &sink), SQB_E_REFUSED,
	    sqb_pop3_error(s), "one that is refused in the middle");
	ok(c.n_good == n && c.n_ended == n + 1 && !c.disordered &&
	    c.codes[n / 2] == SQB_E_REFUSED && c.octets == sum,
	    "leaves the others whole");
	c = (collector){ .n_ended = 0 };
	code_is(sqb_pop3_tops(s, list.items, 0, 1, &sink), SQB_OK,
	    sqb_pop3_error(s), "none at once");
	sqb_pop3_list(s, &list);
	code_is(sqb_pop3_tops(s, list.items, n, 0, &sink), SQB_OK,
	    sqb_pop3_error(s), "all headers at once");
	ok(c.n_good == n && !c.disordered && c.octets > 0 && c.octets < sum,
	    "each in its turn");
}

/* --- ending early */

static sqb_pop3_item *large_many_times(void)
{
	sqb_pop3_item *items = calloc(MANY, sizeof(*items));

	for (size_t i = 0; items && i < MANY; i++)
		items[i].number = LARGE;
	return items;
}

/* What is left of a session that has ended with code. */
static void is_over(sqb_pop3_session *s, const collector *c, int code)
{
	sqb_error err;

	ok(c->n_ended == MANY && c->n_good < MANY && !c->disordered,
	    "every message has ended, %zu of them well", c->n_good);
	code_is(sqb_pop3_noop(s), code, sqb_pop3_error(s), "nothing more");
	ok(sqb_pop3_quit(s, &err) < 0, "nor quit");
}

typedef struct watch {
	bool armed;
	uint64_t seen;
	bool right;		/* what was told made sense */
} watch;

static int watch_progress(void *ctx, const sqb_progress *progress)
{
	watch *w = ctx;

	if (!w->armed)
		return 0;
	w->right = progress->n_waiting > 0;
	return 1;
}

static void test_cancel(void)
{
	sqb_session_options o = options();
	sqb_pop3_item *items = large_many_times();
	collector c = { .n_ended = 0 };
	const sqb_sink sink = { collect, collect_end, &c };
	watch w = { .armed = false };
	sqb_pop3_session *s;

	o.on_progress = watch_progress;
	o.on_progress_ctx = &w;
	s = open_session(&o, "open with on_progress");
	if (s && items) {
		w.armed = true;
		code_is(sqb_pop3_messages(s, items, MANY, &sink),
		    SQB_E_CANCELED, sqb_pop3_error(s), "canceled by it");
		ok(w.right, "it was told of commands waiting");
		is_over(s, &c, SQB_E_CANCELED);
	}
	free(items);
}

static void test_sink_refuses(void)
{
	sqb_session_options o = options();
	sqb_pop3_item *items = large_many_times();
	collector c = { .refuse_at = 100000 };
	const sqb_sink sink = { collect, collect_end, &c };
	sqb_pop3_session *s = open_session(&o, "open for a sink that fills");

	if (s && items) {
		code_is(sqb_pop3_messages(s, items, MANY, &sink), SQB_E_SINK,
		    sqb_pop3_error(s), "ended by the sink");
		is_over(s, &c, SQB_E_SINK);
	}
	free(items);
}

typedef struct interrupter {
	collector c;
	pthread_mutex_t lock;
	pthread_cond_t begun;
	bool has_begun;
	sqb_link *link;
} interrupter;

static int collect_and_tell(void *ctx, size_t index, sqb_str bytes)
{
	interrupter *i = ctx;

	pthread_mutex_lock(&i->lock);
	i->has_begun = true;
	pthread_cond_signal(&i->begun);
	pthread_mutex_unlock(&i->lock);
	return collect(&i->c, index, bytes);
}

static int end_and_tell(void *ctx, size_t index, int code,
    const sqb_error *err)
{
	interrupter *i = ctx;

	return collect_end(&i->c, index, code, err);
}

static void *interrupt(void *ctx)
{
	interrupter *i = ctx;

	pthread_mutex_lock(&i->lock);
	while (!i->has_begun)
		pthread_cond_wait(&i->begun, &i->lock);
	pthread_mutex_unlock(&i->lock);
	sqb_link_interrupt(i->link);
	return NULL;
}

static void test_interrupt(void)
{
	sqb_session_options o = options();
	sqb_pop3_item *items = large_many_times();
	interrupter i = {
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.begun = PTHREAD_COND_INITIALIZER,
	};
	const sqb_sink sink = { collect_and_tell, end_and_tell, &i };
	sqb_pop3_session *s = open_session(&o, "open to be interrupted");
	pthread_t thread;
	int rc;

	if (!s || !items)
		return;
	i.link = sqb_pop3_session_link(s);
	if (pthread_create(&thread, NULL, interrupt, &i) != 0)
		abort();
	rc = sqb_pop3_messages(s, items, MANY, &sink);
	code_is(rc, SQB_E_CANCELED, sqb_pop3_error(s),
	    "interrupted from another thread");
	collect_and_tell(&i, i.c.n_ended, (sqb_str){ "", 0 });
	pthread_join(thread, NULL);
	is_over(s, &i.c, SQB_E_CANCELED);
	free(items);
}

/* --- in steps */

static void step_once(sqb_session *b)
{
	sqb_time now = sqb_link_now(), until = sqb_session_clock(b, now);
	unsigned wants = sqb_session_wants(b), ready = 0;
	struct pollfd p = { .fd = sqb_session_fd(b), .events = (short)
	    ((wants & SQB_WANT_RECV ? POLLIN : 0) |
	    (wants & SQB_WANT_SEND ? POLLOUT : 0)) };

	if (until > now && poll(&p, 1, (int)(until - now)) > 0)
		ready = (p.revents & ~POLLOUT ? SQB_WANT_RECV : 0) |
		    (p.revents & ~POLLIN ? SQB_WANT_SEND : 0);
	sqb_session_ready(b, ready);
}

/* What rc has started is over: with this code. */
static bool steps_to(sqb_pop3_session *s, int rc, int want, const char *name)
{
	sqb_session *b = sqb_pop3_base(s);

	while (rc == SQB_OK && !sqb_session_step(b))
		step_once(b);
	return code_is(sqb_session_error(b)->code, want, sqb_pop3_error(s),
	    name);
}

static void step_lists(sqb_pop3_session *s)
{
	static const struct {
		int (*start)(sqb_pop3_session *s);
		const char *name;
	} all[] = {
		{ sqb_pop3_start_list, "list in steps" },
		{ sqb_pop3_start_uidl, "uidl in steps" },
		{ sqb_pop3_start_listing, "listing in steps" },
	};
	sqb_pop3_list_result list;
	uint32_t n;
	uint64_t octets;

	steps_to(s, sqb_pop3_start_stat(s), SQB_OK, "stat in steps");
	sqb_pop3_counted(s, &n, &octets);
	ok(n == N_MESSAGES && octets > 0, "what it has counted");
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		steps_to(s, all[i].start(s), SQB_OK, all[i].name);
		sqb_pop3_listed(s, &list);
		ok(list.n_items == N_MESSAGES, "its rows");
	}
}

static void step_messages(sqb_pop3_session *s)
{
	static const sqb_pop3_item two[] = { { .number = 3 },
		{ .number = 4 } };
	sqb_pop3_item *items = large_many_times();
	collector c = { .n_ended = 0 };
	const sqb_sink sink = { collect, collect_end, &c };
	sqb_message *m;

	steps_to(s, sqb_pop3_start_message(s, 7), SQB_OK, "message in steps");
	if (sqb_pop3_received(s, &m) == SQB_OK)
		same(sqb_message_subject(m), "number 7", "its subject");
	steps_to(s, sqb_pop3_start_top(s, 9, 4), SQB_OK, "top in steps");
	if (sqb_pop3_received(s, &m) == SQB_OK)
		same(sqb_message_subject(m), "number 9", "its subject");
	steps_to(s, sqb_pop3_start_messages(s, items, 20, &sink), SQB_OK,
	    "messages in steps");
	ok(c.n_ended == 20, "each of them ends");
	c.n_ended = 0;
	steps_to(s, sqb_pop3_start_tops(s, two, 2, 1, &sink), SQB_OK,
	    "tops in steps");
	ok(c.n_ended == 2, "each of them ends");
	free(items);
	steps_to(s, sqb_pop3_start_dele(s, 1), SQB_OK, "dele in steps");
	steps_to(s, sqb_pop3_start_deles(s, two, 2), SQB_OK,
	    "deles in steps");
	steps_to(s, sqb_pop3_start_rset(s), SQB_OK, "rset in steps");
}

/* Canceled as soon as it has left, unless the server was even faster. */
static void step_and_cancel(sqb_pop3_session *s)
{
	sqb_session *b = sqb_pop3_base(s);
	bool good = true;

	for (int i = 0; i < 20; i++) {
		bool over = sqb_pop3_start_listing(s) != SQB_OK ||
		    sqb_session_step(b) != 0;

		if (!over && i % 2)
			step_once(b);
		sqb_session_cancel(b);
		good = good && sqb_session_error(b)->code ==
		    (over ? SQB_OK : SQB_E_CANCELED);
	}
	ok(good, "canceled again and again");
	steps_to(s, sqb_pop3_start_noop(s), SQB_OK, "and still in step");
}

static void test_stepped(bool implicit)
{
	sqb_session_options o = options();
	sqb_pop3_session *s;
	sqb_error err;
	int rc = sqb_pop3_start(&s, url(implicit), &o, &err);

	if (!code_is(rc, SQB_OK, &err, "start") ||
	    !steps_to(s, rc, SQB_OK, implicit ? "opened in steps, POP3S" :
	    "opened in steps, STLS"))
		return;
	ok(sqb_session_is_open(sqb_pop3_base(s)), "it is open");
	step_lists(s);
	step_messages(s);
	step_and_cancel(s);
	steps_to(s, sqb_pop3_start_quit(s), SQB_OK, "quit in steps");
	sqb_pop3_close(s);
}

/* --- deleting: last, for it changes the mailbox */

static uint32_t n_left(void)
{
	sqb_session_options o = options();
	sqb_pop3_session *s = open_session(&o, "look again");
	uint32_t n = 0;
	uint64_t octets;

	if (s)
		sqb_pop3_stat(s, &n, &octets);
	sqb_pop3_close(s);
	return n;
}

static void test_delete(void)
{
	static const sqb_pop3_item three[] = { { .number = 3 },
		{ .number = 4 }, { .number = 5 } };
	sqb_session_options o = options();
	sqb_pop3_session *s = open_session(&o, "open to delete");
	sqb_message *m;
	sqb_error err;

	if (!s)
		return;
	code_is(sqb_pop3_dele(s, 2), SQB_OK, sqb_pop3_error(s), "dele");
	ok(starts(sqb_pop3_status(s), "+OK"), "its status: %s",
	    sqb_pop3_status(s));
	code_is(sqb_pop3_message(s, 2, &m), SQB_E_REFUSED, sqb_pop3_error(s),
	    "it is gone");
	code_is(sqb_pop3_dele(s, 2), SQB_E_REFUSED, sqb_pop3_error(s),
	    "and cannot be deleted twice");
	code_is(sqb_pop3_rset(s), SQB_OK, sqb_pop3_error(s), "rset");
	ok(starts(sqb_pop3_status(s), "+OK"), "its status: %s",
	    sqb_pop3_status(s));
	code_is(sqb_pop3_message(s, 2, &m), SQB_OK, sqb_pop3_error(s),
	    "it is back");
	code_is(sqb_pop3_deles(s, three, 3), SQB_OK, sqb_pop3_error(s),
	    "three at once");
	sqb_pop3_close(s);
	ok(n_left() == N_MESSAGES, "closed without quit: nothing is deleted");
	s = open_session(&o, "open to delete for good");
	if (!s)
		return;
	code_is(sqb_pop3_deles(s, three, 3), SQB_OK, sqb_pop3_error(s),
	    "three at once");
	code_is(sqb_pop3_quit(s, &err), SQB_OK, &err, "quit");
	ok(n_left() == N_MESSAGES - 3, "now they are deleted");
}

static void test_one_session(void)
{
	sqb_session_options o = options();
	sqb_pop3_session *s = open_session(&o, "open for a long session");
	sqb_error err;

	if (!s)
		return;
	test_lists(s);
	test_listing(s);
	test_message(s);
	test_messages(s);
	code_is(sqb_pop3_quit(s, &err), SQB_OK, &err, "quit");
}

int main(int argc, char **argv)
{
	if (argc != 5) {
		fputs("session_test PORT TLS-PORT CA-FILE FAR-HOST\n", stderr);
		return 2;
	}
	port = argv[1];
	tls_port = argv[2];
	ca_file = argv[3];
	far_host = argv[4];
	test_open(false);
	test_open(true);
	test_logins();
	test_no_login();
	test_strangers();
	test_in_clear();
	test_one_session();
	test_listing_ahead();
	test_cancel();
	test_sink_refuses();
	test_interrupt();
	test_stepped(false);
	test_stepped(true);
	test_delete();
	printf("1..%d\n", n_tests);
	return n_failed > 0;
}

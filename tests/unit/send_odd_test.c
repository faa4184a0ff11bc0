/*
 * Sending where a real server would not go: every allocation fails in turn,
 * steps where there is nothing to do, mails that cannot be sent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <squab/send.h>

#include "loopback.h"

enum { N_TO = 12, TAKEN = 5 /* recipients a mail, then 452 */ };

static bool say(int fd, const char *text)
{
	size_t len = strlen(text);

	return write(fd, text, len) == (ssize_t)len;
}

static bool read_line(int fd, char line[1024])
{
	size_t n = 0;

	do {
		if (n + 1 == 1024 || read(fd, line + n, 1) != 1)
			return false;
	} while (line[n++] != '\n');
	line[n] = '\0';
	return true;
}

static bool begins(const char *line, const char *with)
{
	return !strncmp(line, with, strlen(with));
}

static const char *answer_to(const char *line, int *n_rcpts)
{
	if (begins(line, "EHLO"))
		return "250-x\r\n250-PIPELINING\r\n250-8BITMIME\r\n"
		    "250 AUTH PLAIN\r\n";
	if (begins(line, "AUTH"))
		return "235 2.7.0 in\r\n";
	if (begins(line, "MAIL"))
		*n_rcpts = 0;
	if (begins(line, "RCPT") && ++*n_rcpts > TAKEN)
		return "452 4.5.3 too many\r\n";
	if (begins(line, "DATA"))
		return "354 go\r\n";
	if (begins(line, "QUIT"))
		return "221 bye\r\n";
	if (begins(line, "VRFY"))
		return "250 2.1.5 <who@example.org>\r\n";
	return "250 2.0.0 ok\r\n";
}

static void serve(server *s, int fd, SSL *ssl)
{
	char line[1024];
	const char *text = "220 here\r\n";
	int n_rcpts = 0;
	bool in_data = false;

	(void)s;
	(void)ssl;
	while (in_data || say(fd, text)) {
		in_data = in_data || begins(text, "354");
		if (!read_line(fd, line))
			return;
		if (in_data && strcmp(line, ".\r\n") != 0)
			continue;
		in_data = false;
		text = answer_to(line, &n_rcpts);
	}
}

/* --- memory */

typedef struct heap {
	long left;		/* until an allocation fails; < 0: never */
	long n_live;
} heap;

static bool may(heap *h)
{
	return h->left < 0 || h->left-- > 0;
}

static void *heap_alloc(void *ctx, size_t size)
{
	void *p = may(ctx) ? malloc(size) : NULL;

	((heap *)ctx)->n_live += p != NULL;
	return p;
}

static void *heap_realloc(void *ctx, void *p, size_t old, size_t size)
{
	void *q;

	(void)old;
	if (!may(ctx))
		return NULL;
	q = realloc(p, size);
	((heap *)ctx)->n_live += !p && q;
	return q;
}

static void heap_free(void *ctx, void *p)
{
	((heap *)ctx)->n_live -= p != NULL;
	free(p);
}

static const sqb_tls_mode off = SQB_TLS_OFF;

typedef struct fixture {
	server server;
	heap heap;
	sqb_allocator allocator;
	char url[64];
	sqb_session_options options;
} fixture;

static void begin(fixture *f)
{
	*f = (fixture){
		.server = { .serve = serve },
		.heap = { .left = -1 },
		.allocator = { heap_alloc, heap_realloc, heap_free, &f->heap },
		.options = {
			.size = sizeof(sqb_session_options),
			.password = "secret",
			.tls = &off,
			.smtp.allocator = &f->allocator,
			.link.size = sizeof(sqb_link_options),
			.link.allocator = &f->allocator,
		},
	};
	server_start(&f->server);
	snprintf(f->url, sizeof(f->url), "smtp://me@127.0.0.1:%u",
	    (unsigned)f->server.port);
}

static void end(fixture *f)
{
	server_stop(&f->server);
	assert_int_equal(f->heap.n_live, 0);
}

static sqb_compose *letter(const sqb_allocator *a)
{
	sqb_compose *c = sqb_compose_new(&(sqb_compose_options){
		.size = sizeof(sqb_compose_options), .allocator = a });

	if (!c)
		return NULL;
	sqb_compose_field(c, "From", "me@example.org");
	for (int i = 0; i < N_TO; i++) {
		char to[32];

		snprintf(to, sizeof(to), "r%d@example.org", i);
		sqb_compose_address(c, "To", NULL, to);
	}
	sqb_compose_text(c, sqb_str_of("Hello.\n"));
	return c;
}

/* Whatever fails, it is said, and nothing that was not taken counts as so. */
static void check(int rc, const sqb_smtp_session *s)
{
	size_t n, n_taken = 0;
	const sqb_smtp_result *r = sqb_smtp_results(s, &n);

	for (size_t i = 0; i < n; i++)
		n_taken += r[i].code == SQB_OK;
	assert_int_equal(rc, sqb_smtp_error(s)->code);
	if (rc == SQB_OK)
		assert_int_equal(n_taken, N_TO);
	else
		assert_true(sqb_smtp_error(s)->text[0] != '\0');
	assert_true(rc == SQB_OK || rc == SQB_E_NOMEM || rc == SQB_E_PARTIAL ||
	    rc == SQB_E_UNKNOWN);
}

/* True: all of it went well. */
static bool run(fixture *f)
{
	sqb_smtp_session *s;
	sqb_error err;
	sqb_compose *c;
	const char *words;
	int rc = sqb_smtp_open(&s, f->url, &f->options, &err);

	if (rc != SQB_OK) {
		assert_null(s);
		assert_int_equal(rc, SQB_E_NOMEM);
		assert_int_equal(err.code, SQB_E_NOMEM);
		return false;
	}
	c = letter(&f->allocator);
	if (!c) {
		sqb_smtp_close(s);
		return false;
	}
	rc = sqb_smtp_send(s, c);
	check(rc, s);
	if (rc == SQB_OK) {
		rc = sqb_smtp_vrfy(s, "who", &words);
		if (rc == SQB_OK)
			assert_string_equal(words, "<who@example.org>");
	}
	sqb_compose_free(c);
	sqb_smtp_quit(s, NULL);
	return rc == SQB_OK;
}

static void test_no_memory(void **state)
{
	bool done = false;

	(void)state;
	for (long n = 0; !done; n++) {
		fixture f;

		begin(&f);
		f.heap.left = n;
		done = run(&f);
		end(&f);
		assert_true(n < 10000);
	}
}

/* --- mails that cannot be sent, in the midst of others */

typedef struct script {
	const sqb_smtp_mail *mails;
	size_t n, n_begun, n_ended;
	int codes[8];
	bool endless;
} script;

static int next_mail(void *ctx, sqb_smtp_mail *mail, sqb_source *message,
    void **tag)
{
	script *s = ctx;

	(void)message;
	if (s->n_begun == s->n)
		return s->endless ? SQB_E_CANCELED : 0;
	*mail = s->mails[s->n_begun];
	*tag = (void *)&s->mails[s->n_begun++];
	return 1;
}

static int mail_done(void *ctx, void *tag, int code, const sqb_error *err,
    const sqb_smtp_result *results, size_t n)
{
	script *s = ctx;

	assert_ptr_equal(tag, &s->mails[s->n_ended]);
	assert_int_equal(n, s->mails[s->n_ended].n_recipients);
	assert_true((err == NULL) == (code == SQB_OK));
	if (n > 0)
		assert_int_equal(results[0].code, code);
	s->codes[s->n_ended++] = code;
	return 0;
}

static void send_script(script *w, int want)
{
	fixture f;
	sqb_smtp_session *s;
	const sqb_outbox outbox = { .next = next_mail, .done = mail_done,
	    .ctx = w };

	begin(&f);
	assert_int_equal(sqb_smtp_open(&s, f.url, &f.options, NULL), SQB_OK);
	assert_int_equal(sqb_smtp_send_all(s, &outbox), want);
	assert_int_equal(sqb_smtp_error(s)->code, want);
	assert_int_equal(w->n_ended, w->n);
	assert_int_equal(sqb_smtp_noop(s), SQB_OK);
	sqb_smtp_quit(s, NULL);
	end(&f);
}

static const sqb_smtp_recipient good = { .address = SQB_STR("a@example.org") };
static const sqb_smtp_recipient bad = { .address = SQB_STR("a\n@x.org") };

#define MAIL(r, number) { .size = sizeof(sqb_smtp_mail), .recipients = (r), \
	.n_recipients = (number), .message = SQB_STR("Subject: x\n\nx") }

static void test_bad_among_good(void **state)
{
	const sqb_smtp_mail mails[] = { MAIL(&bad, 1), MAIL(&good, 1),
		MAIL(NULL, 0), MAIL(&good, 1), MAIL(&bad, 1) };
	script w = { mails, .n = 5 };

	(void)state;
	send_script(&w, SQB_E_USAGE);
	assert_int_equal(w.codes[0], SQB_E_USAGE);
	assert_int_equal(w.codes[1], SQB_OK);
	assert_int_equal(w.codes[2], SQB_E_USAGE);
	assert_int_equal(w.codes[3], SQB_OK);
	assert_int_equal(w.codes[4], SQB_E_USAGE);
}

static void test_only_bad(void **state)
{
	const sqb_smtp_mail mails[] = { MAIL(&bad, 1), MAIL(NULL, 0) };
	script w = { mails, .n = 2 };

	(void)state;
	send_script(&w, SQB_E_USAGE);
}

static void test_nothing(void **state)
{
	script w = { .n = 0 };

	(void)state;
	send_script(&w, SQB_OK);
}

static void test_next_stops(void **state)
{
	const sqb_smtp_mail mails[] = { MAIL(&good, 1), MAIL(&good, 1) };
	script w = { mails, .n = 2, .endless = true };

	(void)state;
	send_script(&w, SQB_E_CANCELED);
	assert_int_equal(w.codes[0], SQB_OK);
	assert_int_equal(w.codes[1], SQB_OK);
}

/* --- a session that is over */

static void test_over(void **state)
{
	fixture f;
	sqb_smtp_session *s;
	sqb_compose *c;
	sqb_error err;
	size_t n;
	const sqb_smtp_result *r;

	(void)state;
	begin(&f);
	assert_int_equal(sqb_smtp_open(&s, f.url, &f.options, &err), SQB_OK);
	assert_int_equal(sqb_session_step(sqb_smtp_base(s)), 1);
	sqb_link_interrupt(sqb_smtp_session_link(s));
	assert_int_equal(sqb_smtp_noop(s), SQB_E_CANCELED);
	c = letter(&f.allocator);
	assert_int_equal(sqb_smtp_send(s, c), SQB_E_CANCELED);
	r = sqb_smtp_results(s, &n);
	assert_int_equal(n, N_TO);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(r[i].code, SQB_E_CANCELED);
		assert_string_equal(r[i].text, "interrupted");
	}
	assert_string_equal(sqb_smtp_error(s)->text, "smtp: interrupted");
	assert_int_equal(sqb_smtp_quit(s, &err), SQB_E_CANCELED);
	sqb_compose_free(c);
	end(&f);
}

/* Closed in the middle of things. */
static void test_close_early(void **state)
{
	(void)state;
	for (int n_steps = 0; n_steps < 6; n_steps++) {
		fixture f;
		sqb_smtp_session *s;
		sqb_compose *c;

		begin(&f);
		assert_int_equal(sqb_smtp_open(&s, f.url, &f.options, NULL),
		    SQB_OK);
		c = letter(&f.allocator);
		assert_int_equal(sqb_smtp_start_send(s, c), SQB_OK);
		for (int i = 0; i < n_steps; i++) {
			(void)sqb_session_step(sqb_smtp_base(s));
			sqb_link_wait(sqb_smtp_session_link(s), 1);
		}
		sqb_smtp_close(s);
		sqb_compose_free(c);
		end(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_bad_among_good),
		cmocka_unit_test(test_only_bad),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_next_stops),
		cmocka_unit_test(test_over),
		cmocka_unit_test(test_close_early),
	};

	return cmocka_run_group_tests_name("send_odd", tests, NULL, NULL);
}

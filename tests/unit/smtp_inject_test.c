/*
 * Whatever octet stands wherever in an argument: it is refused, or the server
 * hears exactly the lines that were meant. A CR, LF or NUL is always refused.
 */
#include "smtp_fixture.h"

typedef struct arguments {
	sqb_smtp_command command;
	sqb_smtp_mail mail;
	sqb_smtp_recipient recipient;
	char text[64];		/* the one with the octet; closed by NUL */
} arguments;

/* --- the arguments */

static void put_from(arguments *a, sqb_str s)
{
	a->mail.from = s;
}

static void put_to(arguments *a, sqb_str s)
{
	a->recipient.address = s;
}

static void put_orcpt(arguments *a, sqb_str s)
{
	a->recipient.orcpt = s;
}

static void put_envid(arguments *a, sqb_str s)
{
	a->mail.envid = s;
}

static void put_auth(arguments *a, sqb_str s)
{
	a->mail.auth = s;
}

static void put_hold_until(arguments *a, sqb_str s)
{
	a->mail.hold_until = s.ptr;
}

static void put_text(arguments *a, sqb_str s)
{
	a->command.text = s;
}

static const struct {
	sqb_smtp_verb verb;
	const char *base;
	void (*put)(arguments *a, sqb_str s);
	bool by_nul;		/* it ends with NUL, which cannot be in it */
} targets[] = {
	{ SQB_SMTP_MAIL, "a@x.org", put_from, false },
	{ SQB_SMTP_MAIL, "\"a b\"@[192.0.2.1]", put_from, false },
	{ SQB_SMTP_MAIL, "b@y.org", put_to, false },
	{ SQB_SMTP_MAIL, "j\xc3\xbcrg@b\xc3\xbc.org", put_to, false },
	{ SQB_SMTP_MAIL, "b+c@y.org", put_orcpt, false },
	{ SQB_SMTP_MAIL, "j\xc3\xbcrg@y.org", put_orcpt, false },
	{ SQB_SMTP_MAIL, "id=1", put_envid, false },
	{ SQB_SMTP_MAIL, "a@x.org", put_auth, false },
	{ SQB_SMTP_MAIL, "2030-01-02T03:04:05Z", put_hold_until, true },
	{ SQB_SMTP_VRFY, "ann", put_text, false },
	{ SQB_SMTP_EXPN, "list", put_text, false },
	{ SQB_SMTP_HELP, "MAIL", put_text, false },
	{ SQB_SMTP_ETRN, "x.org", put_text, false },
};

static sqb_str with_octet(arguments *a, const char *base, size_t at,
    char octet)
{
	size_t len = strlen(base);

	memcpy(a->text, base, at);
	a->text[at] = octet;
	memcpy(a->text + at + 1, base + at, len - at + 1);
	return (sqb_str){ a->text, len + 1 };
}

/* --- what leaves */

static void assert_lines(const fixture *f, size_t n)
{
	size_t n_lines = 0;

	for (size_t i = 0; i < f->n_said; i++) {
		assert_true(f->said[i] != '\0');
		assert_int_equal(f->said[i] == '\n',
		    i > 0 && f->said[i - 1] == '\r');
		n_lines += f->said[i] == '\n';
	}
	assert_int_equal(n_lines, n);
	assert_true(n == 0 || f->said[f->n_said - 1] == '\n');
}

/* MAIL, RCPT, DATA, the message's line and the dot. */
static void play_mail(fixture *f)
{
	run(f);
	assert_lines(f, 3);
	hear(f, "250 ok\r\n250 ok\r\n354 go\r\n");
	assert_lines(f, 5);
	hear(f, "250 ok\r\n");
	assert_non_null(strstr(f->log, "done #1 OK"));
}

static void play_other(fixture *f)
{
	run(f);
	assert_lines(f, 1);
	hear(f, "250 ok\r\n");
}

/* True: it was accepted. */
static bool inject(fixture *f, size_t target, size_t at, char octet)
{
	arguments a = {
		.mail = { .size = sizeof(a.mail), .n_recipients = 1,
		    .recipients = &a.recipient, .utf8 = true,
		    .from = SQB_STR("a@x.org"), .message = SQB_STR("x") },
		.recipient.address = SQB_STR("b@y.org"),
		.command = { .verb = targets[target].verb, .tag = 1,
		    .mail = &a.mail },
	};

	targets[target].put(&a, with_octet(&a, targets[target].base, at,
	    octet));
	if (sqb_smtp_ask(f->s, &a.command) != SQB_OK) {
		run(f);
		assert_lines(f, 0);
		return false;
	}
	(a.command.verb == SQB_SMTP_MAIL ? play_mail : play_other)(f);
	memset(f->log, 0, f->n_log);
	f->n_said = f->n_log = 0;
	return true;
}

static void test_arguments(void **state)
{
	fixture *f = fixture_ready(false, "PIPELINING DSN AUTH SMTPUTF8 "
	    "FUTURERELEASE 8BITMIME");
	size_t n_accepted = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
		for (size_t at = 0; at <= strlen(targets[i].base); at++) {
			assert_false(inject(f, i, at, '\r'));
			assert_false(inject(f, i, at, '\n'));
			if (!targets[i].by_nul)
				assert_false(inject(f, i, at, '\0'));
			for (int c = 1; c < 256; c++)
				n_accepted += inject(f, i, at, (char)c);
		}
	}
	assert_true(n_accepted > 1000);
	fixture_free(f);
}

/* --- our name, and the login */

static void test_helo(void **state)
{
	static const char *const bases[] = { "client.x.org", "[192.0.2.1]" };
	arguments a;

	(void)state;
	for (size_t i = 0; i < 2 * 256; i++) {
		const char *base = bases[i % 2];
		size_t at = i % (strlen(base) + 1);
		sqb_smtp_options o = { .size = sizeof(o), .tls = SQB_TLS_OFF,
			.helo = with_octet(&a, base, at, (char)(i / 2)) };
		fixture *f = fixture_new(&o);
		bool ok;

		hear(f, "220 mx\r\n");
		ok = !sqb_engine_error(sqb_smtp_engine(f->s));
		assert_lines(f, ok ? 1 : 0);
		assert_false(ok && memchr("\0\r\n", (int)(i / 2), 3));
		fixture_free(f);
	}
}

static void test_login(void **state)
{
	size_t n_said = 0;
	arguments a;

	(void)state;
	for (int i = 0; i < 2 * 256; i++) {
		fixture *f = fixture_ready(false, "AUTH=PLAIN");
		sqb_str bad = with_octet(&a, "alice", 2, (char)(i / 2));
		sqb_login login = { .user = SQB_STR("alice"),
			.password = SQB_STR("secret") };
		int rc;

		*(i % 2 ? &login.user : &login.password) = bad;
		rc = sqb_smtp_ask(f->s, &(sqb_smtp_command){
		    .verb = SQB_SMTP_LOGIN, .login = &login });
		if (memchr("\0\r\n", i / 2, 3))
			assert_int_equal(rc, SQB_E_USAGE);
		run(f);
		assert_lines(f, rc == SQB_OK && f->n_said > 0);
		n_said += f->n_said > 0;
		fixture_free(f);
	}
	assert_true(n_said > 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_helo),
		cmocka_unit_test(test_login),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* From the greeting to READY, and logging in. */
#include "smtp_fixture.h"

static fixture *fresh(sqb_tls_mode tls)
{
	return fixture_new(&(sqb_smtp_options){
	    .size = sizeof(sqb_smtp_options), .tls = tls,
	    .helo = SQB_STR("me.example") });
}

static void tell_error(fixture *f)
{
	const sqb_error *err = sqb_engine_error(sqb_smtp_engine(f->s));

	if (err)
		note(f, "! %s %s\n", sqb_code_name(err->code), err->text);
}

static void shake_hands(fixture *f)
{
	sqb_engine *e = sqb_smtp_engine(f->s);

	assert_int_equal(sqb_engine_wants(e), SQB_WANT_TLS);
	sqb_engine_tls_done(e, &(sqb_tls_info){ .version = "TLSv1.3",
	    .cipher = "x", .verified = true });
	run(f);
}

static void test_capabilities(void **state)
{
	fixture *f = fresh(SQB_TLS_OFF);
	const sqb_smtp_caps *c = sqb_smtp_capabilities(f->s);

	(void)state;
	hear(f, "220-mx.example hello\r\n220 there\r\n");
	hear(f, "250-mx.example\r\n250-size 1000\r\n250-AUTH=LOGIN PLAIN\r\n"
	    "250-AUTH LOGIN  CRAM-MD5\r\n250-8BITMIME\r\n250-XUNKNOWN a b\r\n"
	    "250-DELIVERBY 240\r\n250-FUTURERELEASE 86400 "
	    "2027-01-01T00:00:00Z\r\n250-LIMITS MAILMAX=5 RCPTMAX=10 "
	    "X=1 RCPTDOMAINMAX=2\r\n250-\r\n250 MT-PRIORITY MIXER\r\n");
	assert_said(f, "EHLO me.example\r\n");
	assert_told(f, "greeting 220 mx.example hello\nthere\nready\n");
	assert_true(c->esmtp && c->size && c->auth && c->eightbitmime &&
	    c->deliver_by && c->future_release && c->limits &&
	    c->mt_priority);
	assert_false(c->pipelining || c->chunking || c->dsn || c->starttls);
	assert_int_equal(c->max_size, 1000);
	assert_int_equal(c->min_by, 240);
	assert_int_equal(c->max_hold, 86400);
	assert_int_equal(c->max_mails, 5);
	assert_int_equal(c->max_recipients, 10);
	assert_int_equal(c->max_domains, 2);
	assert_true(sqb_str_eq(c->sasl,
	    (sqb_str)SQB_STR("LOGIN PLAIN CRAM-MD5")));
	assert_true(sqb_str_eq(c->name, (sqb_str)SQB_STR("mx.example")));
	assert_true(sqb_str_eq(c->hold_until,
	    (sqb_str)SQB_STR("2027-01-01T00:00:00Z")));
	fixture_free(f);
}

static void test_helo(void **state)
{
	fixture *f = fresh(SQB_TLS_OFF);

	(void)state;
	hear(f, "220 mx\r\n");
	hear(f, "502 what\r\n");
	hear(f, "250 mx\r\n");
	assert_said(f, "EHLO me.example\r\nHELO me.example\r\n");
	assert_told(f, "greeting 220 mx\nready\n");
	assert_false(sqb_smtp_capabilities(f->s)->esmtp);
	fixture_free(f);
}

static void test_starttls(void **state)
{
	fixture *f = fresh(SQB_TLS_STARTTLS);

	(void)state;
	hear(f, "220 mx\r\n");
	hear(f, "250-mx\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n");
	hear(f, "220 go\r\n");
	assert_said(f, "EHLO me.example\r\nSTARTTLS\r\n");
	assert_told(f, "greeting 220 mx\n");
	shake_hands(f);
	assert_false(sqb_smtp_capabilities(f->s)->auth);
	assert_said(f, "EHLO me.example\r\n");
	hear(f, "250-mx\r\n250 PIPELINING\r\n");
	assert_told(f, "ready\n");
	assert_true(sqb_smtp_capabilities(f->s)->pipelining);
	assert_false(sqb_smtp_capabilities(f->s)->starttls);
	fixture_free(f);
}

/* Without TLS where it is demanded there is no session. */
static void test_no_tls(void **state)
{
	static const struct {
		const char *ehlo, *starttls, *code;
	} cases[] = {
		{ "250-mx\r\n250 SIZE\r\n", NULL, "! TLS" },
		{ "502 what\r\n", NULL, "! TLS" },
		{ "250-mx\r\n250 STARTTLS\r\n", "454 not now\r\n", "! TLS" },
		{ "250-mx\r\n250 STARTTLS\r\n", "501 no\r\n", "! TLS" },
		{ "250-mx\r\n250 STARTTLS\r\n", "250 ok\r\n", "! TLS" },
		{ "250-mx\r\n250 STARTTLS\r\n", "220 go\r\n250 ok\r\n",
		  "! PROTO" },
		{ "421 bye\r\n", NULL, "! RETRY" },
		{ "451 later\r\n", NULL, "! RETRY" },
		{ "354 hm\r\n", NULL, "! PROTO" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		fixture *f = fresh(SQB_TLS_STARTTLS);

		hear(f, "220 mx\r\n");
		f->n_log = 0;
		hear(f, cases[i].ehlo);
		if (cases[i].starttls)
			hear(f, cases[i].starttls);
		tell_error(f);
		f->log[f->n_log] = '\0';
		assert_int_equal(strncmp(f->log, cases[i].code,
		    strlen(cases[i].code)), 0);
		assert_int_equal(sqb_smtp_state_of(f->s), SQB_SMTP_BROKEN);
		fixture_free(f);
	}
}

static void test_greeting_refused(void **state)
{
	static const struct {
		const char *greeting, *error;
	} cases[] = {
		{ "554 5.7.1 no\r\n",
		  "! REFUSED smtp: refused at the greeting: no\n" },
		{ "421 busy\r\n", "! RETRY smtp: the server ends the session; "
		  "try again later; it says: busy\n" },
		{ "250 hm\r\n", "! PROTO smtp: refused at the greeting: hm\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		fixture *f = fresh(SQB_TLS_OFF);

		hear(f, cases[i].greeting);
		tell_error(f);
		assert_told(f, cases[i].error);
		fixture_free(f);
	}
}

static void test_bad_helo(void **state)
{
	fixture *f = fixture_new(&(sqb_smtp_options){
	    .size = sizeof(sqb_smtp_options), .helo = SQB_STR("a_b") });

	(void)state;
	run(f);
	assert_said(f, "");
	assert_int_equal(sqb_engine_error(sqb_smtp_engine(f->s))->code,
	    SQB_E_USAGE);
	fixture_free(f);
}

/* --- logging in */

static const sqb_login alice = { .user = SQB_STR("alice"),
    .password = SQB_STR("secret") };

static fixture *at_login(const char *caps)
{
	fixture *f = fixture_ready(false, caps);

	assert_int_equal(sqb_smtp_ask(f->s, &(sqb_smtp_command){
	    .verb = SQB_SMTP_LOGIN, .login = &alice, .tag = 1 }), SQB_OK);
	run(f);
	return f;
}

static void test_plain(void **state)
{
	fixture *f = at_login("AUTH=PLAIN");
	size_t n;

	(void)state;
	assert_said(f, "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n");
	hear(f, "235 2.7.0 in\r\n");
	assert_told(f, "done #1 OK 235 2.7.0 in\n");
	assert_int_equal(sqb_smtp_state_of(f->s), SQB_SMTP_LOGGED_IN);
	assert_string_equal(sqb_smtp_mechanism(f->s), "PLAIN");
	sqb_engine_secrets(sqb_smtp_engine(f->s), &n);
	assert_int_equal(n, 0);
	fixture_free(f);
}

/* "334" alone is an empty challenge; LOGIN asks twice. */
static void test_challenges(void **state)
{
	fixture *f = at_login("AUTH=LOGIN");

	(void)state;
	assert_said(f, "AUTH LOGIN\r\n");
	hear(f, "334\r\n");
	assert_said(f, "YWxpY2U=\r\n");
	hear(f, "334 UGFzc3dvcmQ6\r\n");
	assert_said(f, "c2VjcmV0\r\n");
	hear(f, "235 in\r\n");
	assert_told(f, "done #1 OK 235 in\n");
	fixture_free(f);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *reply, *done;
	} cases[] = {
		{ "535 5.7.8 no\r\n", "done #1 AUTH 535 5.7.8 no" },
		{ "454 4.7.0 later\r\n", "done #1 RETRY 454 4.7.0 later" },
		{ "534 weak\r\n", "done #1 AUTH 534 weak (login: the "
		  "mechanism is too weak for the server, or it wants an "
		  "application's own password; it says: weak)\n" },
		{ "538 tls\r\n", "done #1 UNSUPPORTED 538 tls (login: the "
		  "server wants TLS" },
		{ "432 anew\r\n", "done #1 AUTH 432 anew (login: the server "
		  "wants the password" },
		{ "504 what\r\n", "done #1 UNSUPPORTED 504 what (login: " },
		{ "502 what\r\n", "done #1 UNSUPPORTED 502 what" },
		{ "550 no\r\n", "done #1 AUTH 550 no" },
		{ "421 bye\r\n", "done #1 RETRY" },
		{ "354 hm\r\n", "done #1 PROTO 354 hm" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		fixture *f = at_login("AUTH=PLAIN");

		hear(f, cases[i].reply);
		if (strncmp(f->log, cases[i].done, strlen(cases[i].done)) != 0)
			fail_msg("%s%s", cases[i].reply, f->log);
		fixture_free(f);
	}
}

static void test_no_auth(void **state)
{
	fixture *f = at_login("SIZE");

	(void)state;
	assert_said(f, "");
	assert_told(f, "done #1 UNSUPPORTED (login: the server takes no "
	    "logins here (no AUTH); try another port or TLS, or send "
	    "without a user)\n");
	sqb_smtp_ask(f->s, &(sqb_smtp_command){ .verb = SQB_SMTP_NOOP });
	hear(f, "250 ok\r\n");
	assert_told(f, "done OK 250 ok\n");
	fixture_free(f);
}

/* We give up with "*"; the server's 501 is not what counts. */
static void test_give_up(void **state)
{
	fixture *f = at_login("AUTH=SCRAM-SHA-256");

	(void)state;
	f->n_said = 0;
	hear(f, "334 bm9uc2Vuc2U=\r\n");
	assert_said(f, "*\r\n");
	hear(f, "501 as you like\r\n");
	f->log[f->n_log] = '\0';
	assert_int_equal(strncmp(f->log, "done #1 PROTO 501", 17), 0);
	assert_null(sqb_engine_error(sqb_smtp_engine(f->s)));
	fixture_free(f);
}

/* A server that lets us in without having proved itself. */
static void test_unproved(void **state)
{
	fixture *f = at_login("AUTH=SCRAM-SHA-256");

	(void)state;
	hear(f, "235 welcome\r\n");
	tell_error(f);
	f->log[f->n_log] = '\0';
	assert_int_equal(strncmp(f->log, "done #1 AUTH 235", 16), 0);
	assert_int_equal(sqb_smtp_state_of(f->s), SQB_SMTP_BROKEN);
	fixture_free(f);
}

/* Not a word of the password on a line in clear that should be protected. */
static void test_no_secret_in_clear(void **state)
{
	fixture *f = fresh(SQB_TLS_STARTTLS);

	(void)state;
	assert_int_equal(sqb_smtp_ask(f->s, &(sqb_smtp_command){
	    .verb = SQB_SMTP_LOGIN, .login = &alice, .tag = 1 }), SQB_OK);
	hear(f, "220 mx\r\n");
	hear(f, "250-mx\r\n250 AUTH PLAIN LOGIN\r\n");
	assert_said(f, "EHLO me.example\r\n");
	f->log[f->n_log] = '\0';
	assert_non_null(strstr(f->log, "done #1 TLS"));
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_capabilities),
		cmocka_unit_test(test_helo),
		cmocka_unit_test(test_starttls),
		cmocka_unit_test(test_no_tls),
		cmocka_unit_test(test_greeting_refused),
		cmocka_unit_test(test_bad_helo),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_challenges),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_no_auth),
		cmocka_unit_test(test_give_up),
		cmocka_unit_test(test_unproved),
		cmocka_unit_test(test_no_secret_in_clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

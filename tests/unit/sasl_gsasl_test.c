/* GNU SASL's server at the other end, and the mechanisms we have from it. */
#include "sasl_fixture.h"

#include <gsasl.h>

/* What MIT Kerberos keeps for ever when it is first asked. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libgssapi_krb5";
}

struct server {
	Gsasl *ctx;
	Gsasl_session *session;
};

/* Who comes with a ticket as "user" may act as "user". */
static int answer(Gsasl *ctx, Gsasl_session *session, Gsasl_property property)
{
	const char *name;

	(void)ctx;
	if (property != GSASL_VALIDATE_GSSAPI)
		return GSASL_NO_CALLBACK;
	name = gsasl_property_fast(session, GSASL_GSSAPI_DISPLAY_NAME);
	if (!name || strcmp(name, "user@SQUAB.TEST") != 0)
		return GSASL_AUTHENTICATION_ERROR;
	name = gsasl_property_fast(session, GSASL_AUTHZID);
	return name && strcmp(name, "user") == 0 ? GSASL_OK :
	    GSASL_AUTHENTICATION_ERROR;
}

static void server_init(struct server *v, const char *mechanism,
    const char *password, const char *binding)
{
	assert_int_equal(gsasl_init(&v->ctx), GSASL_OK);
	gsasl_callback_set(v->ctx, answer);
	assert_int_equal(gsasl_server_start(v->ctx, mechanism, &v->session),
	    GSASL_OK);
	gsasl_property_set(v->session, GSASL_PASSWORD, password);
	gsasl_property_set(v->session, GSASL_SERVICE, "pop");
	gsasl_property_set(v->session, GSASL_HOSTNAME, "mail.example.org");
	gsasl_property_set(v->session, GSASL_REALM, "example.org");
	gsasl_property_set(v->session, GSASL_SCRAM_ITER, "4096");
	if (binding)
		gsasl_property_set(v->session, GSASL_CB_TLS_EXPORTER, binding);
}

static void server_clear(struct server *v)
{
	gsasl_finish(v->session);
	gsasl_done(v->ctx);
}

/* One server turn over what the client said; its challenge goes to it. */
static int exchange(struct fixture *f, struct server *v, bool *accepted)
{
	char *out = NULL;
	size_t len = 0;
	int rc = gsasl_step(v->session, said(f), said_len(f), &out, &len);

	*accepted = rc == GSASL_OK;
	if (rc == GSASL_OK || rc == GSASL_NEEDS_MORE)
		rc = len == 0 && *accepted ? SQB_OK :
		    step_bytes(f, (sqb_str){ out, len });
	else
		rc = SQB_E_REFUSED;
	gsasl_free(out);
	return rc;
}

/* The whole dialogue, as over POP3; SQB_OK: both sides are content. */
static int talk(struct fixture *f, struct server *v, const char *mechanism)
{
	bool accepted = false;
	int rc = begin(f, mechanism);

	sqb__buf_reset(&f->said);
	sqb__buf_add_char(&f->said, '\0');
	if (rc == SQB_OK && sqb__sasl_client_first(f->s))
		rc = step(f, "");
	for (int i = 0; i < 8 && rc == SQB_OK && !accepted; i++)
		rc = exchange(f, v, &accepted);
	return rc < 0 ? rc : !accepted ? SQB_E_REFUSED :
	    sqb__sasl_finish(f->s, &f->err);
}

static void test_dialogues(void **state)
{
	static const struct {
		const char *mechanism, *password, *servers;
		const char *exporter, *binding;
		int want;
	} cases[] = {
		{ "SCRAM-SHA-256", "pencil", "pencil", "", NULL, SQB_OK },
		{ "SCRAM-SHA-256", "pencil", "crayon", "", NULL,
		  SQB_E_REFUSED },
		{ "SCRAM-SHA-256", "\xc2\xb2", "2", "", NULL, SQB_OK },
		{ "SCRAM-SHA-1", "pencil", "pencil", "", NULL, SQB_OK },
		{ "SCRAM-SHA-256-PLUS", "pencil", "pencil", "binding",
		  "YmluZGluZw==", SQB_OK },
		{ "SCRAM-SHA-1-PLUS", "pencil", "pencil", "binding",
		  "YmluZGluZw==", SQB_OK },
		{ "SCRAM-SHA-256-PLUS", "pencil", "pencil", "another",
		  "YmluZGluZw==", SQB_E_REFUSED },
		{ "CRAM-MD5", "pencil", "pencil", "", NULL, SQB_OK },
		{ "CRAM-MD5", "pencil", "crayon", "", NULL, SQB_E_REFUSED },
		{ "DIGEST-MD5", "pencil", "pencil", "", NULL, SQB_OK },
		{ "DIGEST-MD5", "p\xc3\xa9ncil", "p\xc3\xa9ncil", "", NULL,
		  SQB_OK },
		{ "DIGEST-MD5", "pencil", "crayon", "", NULL, SQB_E_REFUSED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fixture f;
		struct server v;
		int rc;

		fixture_init(&f);
		server_init(&v, cases[i].mechanism, cases[i].servers,
		    cases[i].binding);
		f.login.password = sqb_str_of(cases[i].password);
		f.tls.exporter = sqb_str_of(cases[i].exporter);
		rc = talk(&f, &v, cases[i].mechanism);
		if (rc != cases[i].want)
			fail_msg("%s, %s: %s", cases[i].mechanism,
			    sqb_code_name(rc), f.err.text);
		server_clear(&v);
		fixture_clear(&f);
	}
}

/* A list that was cut on its way: the server hears it from our "y". */
static void test_downgrade(void **state)
{
	struct fixture f;
	struct server v;

	(void)state;
	fixture_init(&f);
	server_init(&v, "SCRAM-SHA-256", "pencil", "YmluZGluZw==");
	f.p.offered = (sqb_str)SQB_STR("SCRAM-SHA-256");
	f.tls.exporter = (sqb_str)SQB_STR("binding");
	assert_int_equal(talk(&f, &v, "SCRAM-SHA-256"), SQB_E_REFUSED);
	server_clear(&v);
	server_init(&v, "SCRAM-SHA-256", "pencil", NULL);
	assert_int_equal(talk(&f, &v, "SCRAM-SHA-256"), SQB_OK);
	server_clear(&v);
	fixture_clear(&f);
}

/* RFC 2831, section 4, spoilt */
static void test_bad_digest_challenges(void **state)
{
	static const char *const bad[] = {
		"realm=\"a\"",
		"nonce=\"x\",nonce=\"y\",algorithm=md5-sess",
		"nonce=\"x\"",
		"nonce=\"x\",algorithm=md5-sess,charset=latin1",
		"rspauth=ea40f60335c427b5527b84dbabcdfffd",
		"=,=,=", "\"", ",,,,", "nonce=\"", "",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct fixture f;

		fixture_init(&f);
		assert_int_equal(begin(&f, "DIGEST-MD5"), SQB_OK);
		if (step(&f, bad[i]) >= 0)
			fail_msg("taken: %s", bad[i]);
		assert_non_null(strstr(f.err.text, "DIGEST-MD5"));
		assert_int_equal(sqb__sasl_finish(f.s, &f.err), SQB_E_AUTH);
		fixture_clear(&f);
	}
}

/* The server has to show rspauth, and the right one. */
static void test_digest_server_proof(void **state)
{
	static const char challenge[] = "realm=\"elwood.innosoft.com\","
	    "nonce=\"OA6MG9tEQGm2hh\",qop=\"auth\",algorithm=md5-sess,"
	    "charset=utf-8";
	struct fixture f;

	(void)state;
	fixture_init(&f);
	assert_int_equal(begin(&f, "DIGEST-MD5"), SQB_OK);
	assert_false(sqb__sasl_client_first(f.s));
	assert_int_equal(step(&f, challenge), SQB_OK);
	assert_non_null(strstr(said(&f), "realm=\"elwood.innosoft.com\""));
	assert_non_null(strstr(said(&f),
	    "digest-uri=\"pop/mail.example.org\""));
	assert_null(strstr(said(&f), "pencil"));
	assert_int_equal(sqb__sasl_finish(f.s, &f.err), SQB_E_AUTH);
	assert_true(step(&f, "rspauth=ea40f60335c427b5527b84dbabcdfffd") < 0);
	assert_int_equal(sqb__sasl_finish(f.s, &f.err), SQB_E_AUTH);
	fixture_clear(&f);
}

/* tests/server/gssapi_test.sh runs this with a realm around it. */
static void test_gssapi(void **state)
{
	struct fixture f;
	struct server v;

	(void)state;
	fixture_init(&f);
	f.login.password.len = 0;
	for (int i = 0; i < 2; i++) {
		server_init(&v, "GSSAPI", "", NULL);
		f.login.authzid = sqb_str_of(i == 0 ? "" : "boss");
		assert_int_equal(talk(&f, &v, "GSSAPI"), i == 0 ? SQB_OK :
		    SQB_E_REFUSED);
		server_clear(&v);
	}
	fixture_clear(&f);
}

/* No ticket: an error, and no crash or success. */
static void test_gssapi_without_ticket(void **state)
{
	struct fixture f;

	(void)state;
	setenv("KRB5_CONFIG", "/dev/null", 1);
	setenv("KRB5CCNAME", "FILE:/dev/null", 1);
	fixture_init(&f);
	f.login.password.len = 0;
	assert_int_equal(begin(&f, "GSSAPI"), SQB_OK);
	assert_true(sqb__sasl_client_first(f.s));
	assert_true(step(&f, "") < 0);
	assert_memory_equal(f.err.text, "login: GSSAPI: ", 15);
	assert_int_equal(sqb__sasl_finish(f.s, &f.err), SQB_E_AUTH);
	fixture_clear(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dialogues),
		cmocka_unit_test(test_downgrade),
		cmocka_unit_test(test_bad_digest_challenges),
		cmocka_unit_test(test_digest_server_proof),
		cmocka_unit_test(test_gssapi_without_ticket),
	};
	const struct CMUnitTest with_ticket[] = {
		cmocka_unit_test(test_gssapi),
	};

	return getenv("SASL_TEST_TICKET") ?
	    cmocka_run_group_tests(with_ticket, NULL, NULL) :
	    cmocka_run_group_tests(tests, NULL, NULL);
}

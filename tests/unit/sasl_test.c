/* SASL: the choice, what is permitted where, and the mechanisms that only
 * say a thing. */
#include "sasl_fixture.h"

#include "base/ascii.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#define BINDING "0123456789abcdef0123456789abcdef"
#define ALL "ANONYMOUS EXTERNAL GSSAPI DIGEST-MD5 CRAM-MD5 USER LOGIN PLAIN " \
    "XOAUTH2 OAUTHBEARER SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-1-PLUS " \
    "SCRAM-SHA-256-PLUS NTLM APOP RPOP"

enum { CLEAR, TLS, BOUND, OFF };	/* OFF: clear, and the caller knows */

static void set_line(struct fixture *f, int line)
{
	f->p.tls = line == TLS || line == BOUND ? &f->tls : NULL;
	f->p.clear_allowed = line == OFF;
	if (line == BOUND)
		f->tls.exporter = (sqb_str)SQB_STR(BINDING);
}

/* NULL: not set; every case has a user. */
static void test_choice(void **state)
{
	static const struct {
		const char *offered, *password, *token, *named;
		int line;
		const char *want;	/* the mechanism, or error text */
		sqb_code code;
	} cases[] = {
		{ ALL, "p", NULL, NULL, BOUND, "SCRAM-SHA-256-PLUS", 0 },
		{ ALL, "p", "t", NULL, BOUND, "SCRAM-SHA-256-PLUS", 0 },
		{ "SCRAM-SHA-1-PLUS SCRAM-SHA-256", "p", NULL, NULL, BOUND,
		  "SCRAM-SHA-1-PLUS", 0 },
		{ ALL, "p", NULL, NULL, TLS, "SCRAM-SHA-256", 0 },
		{ ALL, "p", NULL, NULL, CLEAR, "SCRAM-SHA-256", 0 },
		{ ALL, NULL, "t", NULL, BOUND, "OAUTHBEARER", 0 },
		{ "XOAUTH2 PLAIN", NULL, "t", NULL, TLS, "XOAUTH2", 0 },
		{ "XOAUTH2 PLAIN", "p", NULL, NULL, TLS, "PLAIN", 0 },
		{ "XOAUTH2 PLAIN", "p", "t", NULL, TLS, "XOAUTH2", 0 },
		{ "scram-sha-1 plain", "p", NULL, NULL, TLS, "SCRAM-SHA-1",
		  0 },
		{ "LOGIN CRAM-MD5 PLAIN USER", "p", NULL, NULL, TLS, "PLAIN",
		  0 },
		{ "USER CRAM-MD5 LOGIN", "p", NULL, NULL, TLS, "LOGIN", 0 },
		{ "USER CRAM-MD5", "p", NULL, NULL, TLS, "USER", 0 },
		{ "CRAM-MD5", "p", NULL, NULL, TLS, "CRAM-MD5", 0 },
		{ "LOGIN CRAM-MD5 PLAIN USER", "p", NULL, NULL, CLEAR,
		  "CRAM-MD5", 0 },
		{ "LOGIN CRAM-MD5 PLAIN USER", "p", NULL, NULL, OFF,
		  "CRAM-MD5", 0 },
		{ "LOGIN PLAIN USER", "p", NULL, NULL, OFF, "PLAIN", 0 },
		{ "OAUTHBEARER", NULL, "t", NULL, OFF, "OAUTHBEARER", 0 },
		/* only by name */
		{ "GSSAPI EXTERNAL ANONYMOUS DIGEST-MD5 APOP RPOP", "p", NULL,
		  NULL, TLS, "login: the server offers no mechanism for a "
		  "password; it offers GSSAPI EXTERNAL ANONYMOUS DIGEST-MD5 "
		  "APOP RPOP", SQB_E_UNSUPPORTED },
		{ "", "p", NULL, "digest-md5", CLEAR, "DIGEST-MD5", 0 },
		{ "", NULL, NULL, "external", CLEAR, "EXTERNAL", 0 },
		{ "", NULL, NULL, "ANONYMOUS", CLEAR, "ANONYMOUS", 0 },
		{ "", NULL, NULL, "GSSAPI", CLEAR, "GSSAPI", 0 },
		{ "", "p", NULL, "apop", CLEAR, "APOP", 0 },
		{ "", "p", NULL, "user", TLS, "USER", 0 },
		{ "", "p", NULL, "user", OFF, "USER", 0 },
		{ "", NULL, NULL, "RPOP", OFF, "RPOP", 0 },
		{ ALL, "p", NULL, "plain", BOUND, "PLAIN", 0 },
		/* what would show the secret */
		{ "PLAIN", "p", NULL, NULL, CLEAR, "login: the server offers "
		  "only PLAIN, and the line is not protected; use TLS or "
		  "allow clear text with tls off", SQB_E_TLS },
		{ "USER NTLM LOGIN", "p", NULL, NULL, CLEAR, "login: the "
		  "server offers only LOGIN, USER, and the line is not "
		  "protected; use TLS or allow clear text with tls off",
		  SQB_E_TLS },
		{ "XOAUTH2", NULL, "t", NULL, CLEAR, "login: the server "
		  "offers only XOAUTH2, and the line is not protected; use "
		  "TLS or allow clear text with tls off", SQB_E_TLS },
		{ ALL, "p", NULL, "plain", CLEAR, "login: PLAIN is for "
		  "protected lines, and this one is not; use TLS or allow "
		  "clear text with tls off", SQB_E_TLS },
		{ ALL, "p", NULL, "USER", CLEAR, "login: USER is for "
		  "protected lines, and this one is not; use TLS or allow "
		  "clear text with tls off", SQB_E_TLS },
		{ ALL, "p", NULL, "rpop", CLEAR, "login: RPOP is for "
		  "protected lines, and this one is not; use TLS or allow "
		  "clear text with tls off", SQB_E_TLS },
		/* what does not fit */
		{ "PLAIN LOGIN", NULL, "t", NULL, TLS, "login: the server "
		  "offers no mechanism for an access token; it offers PLAIN "
		  "LOGIN", SQB_E_UNSUPPORTED },
		{ "XOAUTH2", "p", NULL, NULL, TLS, "login: the server offers "
		  "no mechanism for a password; it offers XOAUTH2",
		  SQB_E_UNSUPPORTED },
		{ "EVIL\x1b[2J", "p", "t", NULL, TLS, "login: the server "
		  "offers no mechanism for a password or an access token; it "
		  "offers EVIL\\x1b[2J", SQB_E_UNSUPPORTED },
		{ "SCRAM-SHA-1-PLUS", "p", NULL, NULL, TLS, "login: the "
		  "server offers no mechanism for a password; it offers "
		  "SCRAM-SHA-1-PLUS", SQB_E_UNSUPPORTED },
		{ "", "p", NULL, NULL, TLS, "login: the server offers no "
		  "mechanism for a password", SQB_E_UNSUPPORTED },
		{ ALL, NULL, NULL, NULL, TLS, "login: a password or an access "
		  "token is missing", SQB_E_USAGE },
		{ ALL, NULL, NULL, "SCRAM-SHA-1", TLS, "login: SCRAM-SHA-1 "
		  "needs a password", SQB_E_USAGE },
		{ ALL, "p", NULL, "OAUTHBEARER", TLS, "login: OAUTHBEARER "
		  "needs an access token", SQB_E_USAGE },
		{ ALL, "p", NULL, "SCRAM-SHA-1-PLUS", TLS, "login: "
		  "SCRAM-SHA-1-PLUS needs TLS with a channel binding, and "
		  "there is none", SQB_E_UNSUPPORTED },
		{ ALL, "p", NULL, "NTLM\r", TLS, "login: no such mechanism "
		  "here: NTLM\\x0d", SQB_E_UNSUPPORTED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fixture f;
		const char *got;

		fixture_init(&f);
		f.p.offered = sqb_str_of(cases[i].offered);
		f.login.password = sqb_str_of(cases[i].password);
		f.login.token = sqb_str_of(cases[i].token);
		f.login.mechanism = sqb_str_of(cases[i].named);
		set_line(&f, cases[i].line);
		got = sqb__sasl_choose(&f.p, &f.err);
		assert_string_equal(got ? got : f.err.text, cases[i].want);
		assert_int_equal(f.err.code, cases[i].code);
		fixture_clear(&f);
	}
}

static void test_no_user(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	f.login.user.len = 0;
	f.p.offered = (sqb_str)SQB_STR(ALL);
	assert_null(sqb__sasl_choose(&f.p, &f.err));
	assert_int_equal(f.err.code, SQB_E_USAGE);
	f.login.mechanism = (sqb_str)SQB_STR("PLAIN");
	assert_null(sqb__sasl_choose(&f.p, &f.err));
	assert_string_equal(f.err.text, "login: PLAIN needs a user name");
	f.login.mechanism = (sqb_str)SQB_STR("EXTERNAL");
	assert_string_equal(sqb__sasl_choose(&f.p, &f.err), "EXTERNAL");
	fixture_clear(&f);
}

/* The order in which the server lists them changes nothing. */
static void test_order_of_offer(void **state)
{
	static const char *const names[] = { "SCRAM-SHA-256", "XOAUTH2",
	    "PLAIN", "CRAM-MD5" };
	unsigned at[4];

	(void)state;
	for (unsigned n = 0; n < 256; n++) {
		struct fixture f;
		char list[128];

		for (unsigned i = 0; i < 4; i++)
			at[i] = n >> 2 * i & 3;
		if ((1u << at[0] | 1u << at[1] | 1u << at[2] | 1u << at[3])
		    != 15)
			continue;
		fixture_init(&f);
		snprintf(list, sizeof(list), "%s %s %s %s", names[at[0]],
		    names[at[1]], names[at[2]], names[at[3]]);
		f.p.offered = sqb_str_of(list);
		assert_string_equal(sqb__sasl_choose(&f.p, &f.err),
		    "SCRAM-SHA-256");
		fixture_clear(&f);
	}
}

/* new() itself keeps secrets from a line in clear. */
static void test_new_refuses(void **state)
{
	static const char *const clear[] = { "PLAIN", "LOGIN", "XOAUTH2",
	    "OAUTHBEARER" };
	static const char *const no_sasl[] = { "USER", "APOP", "RPOP", "NTLM",
	    "" };
	struct fixture f;

	(void)state;
	fixture_init(&f);
	f.login.token = (sqb_str)SQB_STR("t");
	for (size_t i = 0; i < ARRAY_LEN(clear); i++) {
		set_line(&f, CLEAR);
		assert_int_equal(begin(&f, clear[i]), SQB_E_TLS);
		assert_null(f.s);
		set_line(&f, OFF);
		assert_int_equal(begin(&f, clear[i]), SQB_OK);
		set_line(&f, TLS);
		assert_int_equal(begin(&f, clear[i]), SQB_OK);
	}
	for (size_t i = 0; i < ARRAY_LEN(no_sasl); i++) {
		assert_int_equal(begin(&f, no_sasl[i]), SQB_E_UNSUPPORTED);
		assert_null(f.s);
	}
	set_line(&f, CLEAR);
	f.login.mechanism = sqb_str_of("USER");
	assert_null(sqb__sasl_choose(&f.p, &f.err));
	assert_int_equal(f.err.code, SQB_E_TLS);
	f.login.mechanism = sqb_str_of("APOP");
	assert_string_equal(sqb__sasl_choose(&f.p, &f.err), "APOP");
	fixture_clear(&f);
}

static void test_bad_fields(void **state)
{
	static char big[65537];
	static const sqb_str bad[] = { SQB_STR("a\0b"), { big, sizeof(big) } };
	struct fixture f;

	(void)state;
	memset(big, 'x', sizeof(big));
	fixture_init(&f);
	for (size_t i = 0; i < 2 * 4; i++) {
		sqb_login saved = f.login;
		sqb_str *field[] = { &f.login.user, &f.login.password,
		    &f.login.token, &f.login.authzid };

		*field[i % 4] = bad[i / 4];
		assert_int_equal(begin(&f, "PLAIN"), SQB_E_USAGE);
		f.login = saved;
	}
	f.login.password = (sqb_str){ big, sizeof(big) - 1 };
	assert_int_equal(begin(&f, "PLAIN"), SQB_OK);
	assert_int_equal(step(&f, ""), SQB_OK);
	assert_int_equal(said_len(&f), 6 + 65536);
	fixture_clear(&f);
}

static void test_plain(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	assert_int_equal(begin(&f, "plain"), SQB_OK);
	assert_true(sqb__sasl_client_first(f.s));
	assert_false(sqb__sasl_has_spoken(f.s));
	assert_int_equal(sqb__sasl_finish(f.s, &f.err), SQB_E_AUTH);
	assert_int_equal(step_raw(&f, (sqb_str)SQB_STR("go ahead!")), SQB_OK);
	ASSERT_SAID(&f, "\0user\0pencil");
	assert_true(sqb__sasl_has_spoken(f.s));
	assert_int_equal(sqb__sasl_finish(f.s, &f.err), SQB_OK);
	assert_int_equal(step(&f, "more?"), SQB_OK);
	ASSERT_SAID(&f, "");
	f.login.authzid = (sqb_str)SQB_STR("boss");
	assert_int_equal(begin(&f, "PLAIN"), SQB_OK);
	assert_int_equal(step(&f, ""), SQB_OK);
	ASSERT_SAID(&f, "boss\0user\0pencil");
	fixture_clear(&f);
}

/* All octets but NUL arrive as they are. */
static void test_password_octets(void **state)
{
	char password[255];

	(void)state;
	for (size_t i = 0; i < sizeof(password); i++)
		password[i] = (char)(i + 1);
	for (size_t len = 1; len <= sizeof(password); len++) {
		struct fixture f;

		fixture_init(&f);
		f.login.password = (sqb_str){ password + sizeof(password) -
		    len, len };
		assert_int_equal(begin(&f, "PLAIN"), SQB_OK);
		assert_int_equal(step(&f, ""), SQB_OK);
		assert_int_equal(said_len(&f), 6 + len);
		assert_memory_equal(said(&f) + 6, f.login.password.ptr, len);
		assert_int_equal(begin(&f, "LOGIN"), SQB_OK);
		assert_int_equal(step(&f, "Username:"), SQB_OK);
		assert_int_equal(step(&f, "Password:"), SQB_OK);
		assert_said(&f, f.login.password.ptr, len);
		fixture_clear(&f);
	}
}

static void test_login(void **state)
{
	static const char *const asks[][2] = {
		{ "VXNlcm5hbWU6", "UGFzc3dvcmQ6" },
		{ "", "" },
		{ "Username:", "Password:" },		/* not encoded */
		{ "UGFzc3dvcmQ6", "VXNlcm5hbWU6" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(asks); i++) {
		struct fixture f;

		fixture_init(&f);
		assert_int_equal(begin(&f, "LOGIN"), SQB_OK);
		assert_false(sqb__sasl_client_first(f.s));
		assert_int_equal(step_raw(&f, sqb_str_of(asks[i][0])), SQB_OK);
		ASSERT_SAID(&f, "user");
		assert_int_equal(sqb__sasl_finish(f.s, &f.err), SQB_E_AUTH);
		assert_int_equal(step_raw(&f, sqb_str_of(asks[i][1])), SQB_OK);
		ASSERT_SAID(&f, "pencil");
		assert_int_equal(sqb__sasl_finish(f.s, &f.err), SQB_OK);
		fixture_clear(&f);
	}
}

static void test_external_anonymous(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	assert_int_equal(begin(&f, "EXTERNAL"), SQB_OK);
	assert_int_equal(step(&f, ""), SQB_OK);
	ASSERT_SAID(&f, "");
	assert_int_equal(sqb__sasl_finish(f.s, &f.err), SQB_OK);
	f.login.authzid = (sqb_str)SQB_STR("f\xc3\xa9");
	assert_int_equal(begin(&f, "EXTERNAL"), SQB_OK);
	assert_int_equal(step(&f, ""), SQB_OK);
	ASSERT_SAID(&f, "f\xc3\xa9");
	f.login.user = (sqb_str)SQB_STR("sirhc");
	assert_int_equal(begin(&f, "ANONYMOUS"), SQB_OK);
	assert_int_equal(step(&f, ""), SQB_OK);
	ASSERT_SAID(&f, "sirhc");		/* RFC 4505, section 4 */
	assert_int_equal(sqb__sasl_finish(f.s, &f.err), SQB_OK);
	fixture_clear(&f);
}

/* RFC 7628, section 4.1, and Google's page on XOAUTH2 */
static void test_tokens(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	f.login.user = (sqb_str)SQB_STR("user@example.com");
	f.login.token = (sqb_str)SQB_STR("vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEu"
	    "Y29tCg==");
	f.p.host = (sqb_str)SQB_STR("server.example.com");
	f.p.port = 143;
	assert_int_equal(begin(&f, "OAUTHBEARER"), SQB_OK);
	assert_int_equal(step(&f, ""), SQB_OK);
	ASSERT_SAID(&f, "n,a=user@example.com,\001host=server.example.com\001"
	    "port=143\001auth=Bearer vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg"
	    "==\001\001");
	assert_int_equal(sqb__sasl_finish(f.s, &f.err), SQB_OK);

	f.login.user = (sqb_str)SQB_STR("someuser@example.com");
	f.login.token = (sqb_str)SQB_STR("ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdml"
	    "zdGEuY29tCg");
	assert_int_equal(begin(&f, "XOAUTH2"), SQB_OK);
	assert_int_equal(step(&f, ""), SQB_OK);
	assert_true(sqb_str_eq(sqb__buf_str(&f.out), (sqb_str)SQB_STR("dXNlcj"
	    "1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxb"
	    "VRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==")));

	f.login.user = (sqb_str)SQB_STR("a,b=c");
	f.login.token = (sqb_str)SQB_STR("t");
	f.p.host.len = f.p.port = 0;
	assert_int_equal(begin(&f, "OAUTHBEARER"), SQB_OK);
	assert_int_equal(step(&f, ""), SQB_OK);
	ASSERT_SAID(&f, "n,a=a=2Cb=3Dc,\001auth=Bearer t\001\001");
	fixture_clear(&f);
}

/* The reason of a no is answered once; the token is in no error. */
static void test_tokens_refused(void **state)
{
	static const struct { const char *mechanism, *sorry; } cases[] = {
		{ "XOAUTH2", "" }, { "OAUTHBEARER", "\001" },
	};
	static const char json[] = "{\"status\":\"invalid_token\"}";

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fixture f;

		fixture_init(&f);
		f.login.token = (sqb_str)SQB_STR("s3cret");
		assert_int_equal(begin(&f, cases[i].mechanism), SQB_OK);
		assert_int_equal(step(&f, ""), SQB_OK);
		assert_int_equal(step(&f, json), SQB_OK);
		assert_said(&f, cases[i].sorry, strlen(cases[i].sorry));
		assert_int_equal(sqb__sasl_finish(f.s, &f.err), SQB_E_AUTH);
		assert_int_equal(step(&f, json), SQB_E_AUTH);
		assert_string_equal(f.err.text + f.err.peer, json);
		assert_null(strstr(f.err.text, "s3cret"));
		assert_int_equal(begin(&f, cases[i].mechanism), SQB_OK);
		assert_int_equal(step(&f, json), SQB_E_PROTO);
		fixture_clear(&f);
	}
}

static void test_token_injection(void **state)
{
	static const sqb_str bad = SQB_STR("a\001auth=Bearer evil");
	static const char *const names[] = { "XOAUTH2", "OAUTHBEARER" };

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		struct fixture f;
		sqb_str *fields[] = { &f.login.user, &f.login.token,
		    &f.p.host };

		fixture_init(&f);
		f.login.token = (sqb_str)SQB_STR("t");
		*fields[i / 2] = bad;
		assert_int_equal(begin(&f, names[i % 2]), SQB_OK);
		/* XOAUTH2 does not write the host */
		assert_int_equal(step(&f, ""), i == 4 ? SQB_OK : SQB_E_USAGE);
		fixture_clear(&f);
	}
}

static void test_cram_md5(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	f.p.tls = NULL;
	f.login.user = (sqb_str)SQB_STR("tim");		/* RFC 2195, 2 */
	f.login.password = (sqb_str)SQB_STR("tanstaaftanstaaf");
	assert_int_equal(begin(&f, "CRAM-MD5"), SQB_OK);
	assert_false(sqb__sasl_client_first(f.s));
	assert_int_equal(step(&f,
	    "<1896.697170952@postoffice.reston.mci.net>"), SQB_OK);
	ASSERT_SAID(&f, "tim b913a602c7eda7a495b4e6e7334d3890");
	assert_int_equal(sqb__sasl_finish(f.s, &f.err), SQB_OK);
	assert_int_equal(begin(&f, "CRAM-MD5"), SQB_OK);
	assert_int_equal(step(&f, ""), SQB_E_PROTO);
	fixture_clear(&f);
}

/* Any octets in password and challenge, and digests with NUL in them. */
static void test_cram_md5_octets(void **state)
{
	char password[200], want[64];

	(void)state;
	for (size_t len = 1; len <= sizeof(password); len++) {
		unsigned char digest[16];
		struct fixture f;

		for (size_t i = 0; i < len; i++)
			password[i] = (char)(1 + (len * 7 + i * 31) % 255);
		fixture_init(&f);
		f.login.password = (sqb_str){ password, len };
		assert_int_equal(begin(&f, "CRAM-MD5"), SQB_OK);
		assert_int_equal(step_bytes(&f, (sqb_str)SQB_STR("<\0\xff>")),
		    SQB_OK);
		HMAC(EVP_md5(), password, (int)len,
		    (const unsigned char *)"<\0\xff>", 4, digest, NULL);
		memcpy(want, "user ", 6);
		for (size_t i = 0; i < 16; i++)
			snprintf(want + 5 + 2 * i, 3, "%02x", digest[i]);
		assert_said(&f, want, 37);
		fixture_clear(&f);
	}
}

static void test_limits(void **state)
{
	static char big[65540];
	struct fixture f;

	(void)state;
	fixture_init(&f);
	assert_int_equal(begin(&f, "PLAIN"), SQB_OK);
	for (int i = 0; i < 16; i++)
		assert_int_equal(step(&f, "again"), SQB_OK);
	assert_int_equal(step(&f, "again"), SQB_E_LIMIT);
	assert_int_equal(sqb__sasl_finish(f.s, &f.err), SQB_E_AUTH);

	memset(big, 'A', sizeof(big));
	assert_int_equal(begin(&f, "CRAM-MD5"), SQB_OK);
	assert_int_equal(step_raw(&f, (sqb_str){ big, 65536 }), SQB_OK);
	assert_int_equal(begin(&f, "CRAM-MD5"), SQB_OK);
	assert_int_equal(step_raw(&f, (sqb_str){ big, 65540 }), SQB_E_LIMIT);
	assert_int_equal(begin(&f, "LOGIN"), SQB_OK);
	assert_int_equal(step_raw(&f, (sqb_str){ big, 65540 }), SQB_E_LIMIT);
	assert_int_equal(begin(&f, "CRAM-MD5"), SQB_OK);
	assert_int_equal(step_raw(&f, (sqb_str)SQB_STR("<junk>")),
	    SQB_E_PROTO);
	/* a broken exchange stays broken */
	assert_int_equal(step(&f, "<fine>"), SQB_E_AUTH);
	assert_int_equal(sqb__sasl_finish(f.s, &f.err), SQB_E_AUTH);
	fixture_clear(&f);
}

/* Every allocation fails in turn: NOMEM, nothing said, nothing leaked. */
static void test_allocations(void **state)
{
	static const char *const names[] = { "PLAIN", "LOGIN", "EXTERNAL",
	    "ANONYMOUS", "XOAUTH2", "OAUTHBEARER", "CRAM-MD5" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		unsigned n = 1;
		int rc;

		do {
			struct fixture f;

			fixture_init(&f);
			f.login.authzid = (sqb_str)SQB_STR("boss");
			f.login.token = (sqb_str)SQB_STR("t");
			f.heap.fail_at = n;
			rc = begin(&f, names[i]);
			if (rc == SQB_OK)
				rc = step_raw(&f, i == 6 ?
				    (sqb_str)SQB_STR("PGE+") :
				    (sqb_str)SQB_STR(""));
			if (rc < 0)
				assert_int_equal(rc, SQB_E_NOMEM);
			else
				assert_true(f.heap.n_calls < n);
			fixture_clear(&f);
			n++;
		} while (rc < 0);
		assert_true(n > 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_no_user),
		cmocka_unit_test(test_order_of_offer),
		cmocka_unit_test(test_new_refuses),
		cmocka_unit_test(test_bad_fields),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_password_octets),
		cmocka_unit_test(test_login),
		cmocka_unit_test(test_external_anonymous),
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_tokens_refused),
		cmocka_unit_test(test_token_injection),
		cmocka_unit_test(test_cram_md5),
		cmocka_unit_test(test_cram_md5_octets),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_allocations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

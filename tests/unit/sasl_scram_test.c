/* SCRAM: known answers, the channel binding flag, and servers that cheat. */
#include "sasl_fixture.h"

#define XS "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"
#define ES "EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE"

/* A whole exchange: what comes in, what must go out. */
static void test_known_answers(void **state)
{
	static const struct {
		const char *mechanism, *user, *password, *authzid, *nonce;
		const char *exporter, *end_point;
		const char *first, *server_first, *final, *server_final;
	} cases[] = {
		{ "SCRAM-SHA-1", "user", "pencil", "",	/* RFC 5802, 5 */
		  "fyko+d2lbbFgONRv9qkxdawL", "", "",
		  "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
		  "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
		  "s=QSXCR+Q6sek8bf92,i=4096",
		  "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
		  "p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
		  "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=" },
		{ "SCRAM-SHA-256", "user", "pencil", "", /* RFC 7677, 3 */
		  "rOprNGfwEbeRWgbNEkqO", "", "",
		  "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
		  "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
		  "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
		  "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF"
		  "$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
		  "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=" },
		/* the rest was worked out with Python's hashlib */
		{ "SCRAM-SHA-256-PLUS", "user", "pencil", "", "abc", "", ES,
		  "p=tls-server-end-point,,n=user,r=abc",
		  "r=abcDEF,s=c2FsdA==,i=4096",
		  "c=cD10bHMtc2VydmVyLWVuZC1wb2ludCwsRUVFRUVFRUVFRUVFRUVFRUVF"
		  "RUVFRUVFRUVFRUVFRUU=,r=abcDEF,"
		  "p=gWghg4czQY9TVWZrgBRbsYstCKj1EHeg/eeWB+Sa+PI=",
		  "v=U3J7Kb24PBlbwqWGYoDTX9Yx1VJZgC6u7OPTAAAcog8=" },
		{ "SCRAM-SHA-1-PLUS", "user", "pencil", "", "abc", XS, ES,
		  "p=tls-exporter,,n=user,r=abc",
		  "r=abcDEF,s=c2FsdA==,i=4096",
		  "c=cD10bHMtZXhwb3J0ZXIsLFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhY"
		  "WFhYWFhY,r=abcDEF,p=R6/R+VbxkTk8zrx2rTv8NUX4pPY=",
		  "v=DJbNn0ykMQzS2QVej40i8mjTv4k=" },
		/* escapes, SASLprep (a soft hyphen, a raised 2), acting as */
		{ "SCRAM-SHA-256", "a,b=I\xc2\xadX", "\xc2\xb2pass", "bo,ss",
		  "abc", XS, "",
		  "y,a=bo=2Css,n=a=2Cb=3DIX,r=abc",
		  "r=abcDEF,s=c2FsdA==,i=4096",
		  "c=eSxhPWJvPTJDc3Ms,r=abcDEF,"
		  "p=9aYdea2zEIPfUVk0A6ekbwplBaIzJGGRAKAnaXo4i+c=",
		  "v=V3NV1d3L6WCYdzlmgPA1KpLtCi10Q2YJ1pZlf0/YeZA=" },
		/* SASLprep refuses both: as they are */
		{ "SCRAM-SHA-256", "\xff", "\x07\xff", "", "abc", "", "",
		  "n,,n=\xff,r=abc",
		  "r=abcDEF,s=c2FsdA==,i=4096",
		  "c=biws,r=abcDEF,"
		  "p=iQq2nOu3MJZhYUHVEDYRr/JOrbb03VJqKT5LRauvzK0=",
		  "v=PIEExQo2AkShBNcvv+ddt5eUnJ0/Y2uKBSMWSecbYkU=" },
		/* a soft hyphen alone leaves nothing: as it is */
		{ "SCRAM-SHA-256", "\xc2\xad", "p", "", "abc", "", "",
		  "n,,n=\xc2\xad,r=abc",
		  "r=abcDEF,s=c2FsdA==,i=4096", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fixture f;

		fixture_init(&f);
		f.login.user = sqb_str_of(cases[i].user);
		f.login.password = sqb_str_of(cases[i].password);
		f.login.authzid = sqb_str_of(cases[i].authzid);
		f.p.nonce = sqb_str_of(cases[i].nonce);
		f.tls.exporter = sqb_str_of(cases[i].exporter);
		f.tls.end_point = sqb_str_of(cases[i].end_point);
		assert_int_equal(begin(&f, cases[i].mechanism), SQB_OK);
		assert_true(sqb__sasl_client_first(f.s));
		assert_int_equal(step(&f, ""), SQB_OK);
		assert_string_equal(said(&f), cases[i].first);
		assert_int_equal(step(&f, cases[i].server_first), SQB_OK);
		if (cases[i].final) {
			assert_string_equal(said(&f), cases[i].final);
			assert_int_equal(sqb__sasl_finish(f.s, &f.err),
			    SQB_E_AUTH);
			assert_int_equal(step(&f, cases[i].server_final),
			    SQB_OK);
			assert_string_equal(said(&f), "");
			assert_int_equal(sqb__sasl_finish(f.s, &f.err),
			    SQB_OK);
		}
		fixture_clear(&f);
	}
}

/* RFC 5802, section 6 */
static void test_binding_flag(void **state)
{
	static const struct {
		const char *mechanism, *offered, *exporter, *end_point, *want;
	} cases[] = {
		{ "SCRAM-SHA-1", "SCRAM-SHA-1", "", "", "n,," },
		{ "SCRAM-SHA-1", "SCRAM-SHA-1 SCRAM-SHA-1-PLUS", "", "",
		  "n,," },
		{ "SCRAM-SHA-1", "SCRAM-SHA-1", XS, "", "y,," },
		{ "SCRAM-SHA-1", "SCRAM-SHA-1", "", ES, "y,," },
		{ "SCRAM-SHA-256", "", XS, ES, "y,," },
		{ "SCRAM-SHA-1", "scram-sha-1-plus SCRAM-SHA-1", XS, "",
		  "n,," },
		{ "SCRAM-SHA-1", "SCRAM-SHA-256-PLUS SCRAM-SHA-1", XS, "",
		  "n,," },
		{ "SCRAM-SHA-1-PLUS", "", XS, ES, "p=tls-exporter,," },
		{ "SCRAM-SHA-1-PLUS", "", "", ES,
		  "p=tls-server-end-point,," },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fixture f;

		fixture_init(&f);
		f.p.offered = sqb_str_of(cases[i].offered);
		f.tls.exporter = sqb_str_of(cases[i].exporter);
		f.tls.end_point = sqb_str_of(cases[i].end_point);
		assert_int_equal(begin(&f, cases[i].mechanism), SQB_OK);
		assert_int_equal(step(&f, ""), SQB_OK);
		assert_memory_equal(said(&f), cases[i].want,
		    strlen(cases[i].want));
		assert_memory_equal(said(&f) + strlen(cases[i].want),
		    "n=user,r=", 9);
		fixture_clear(&f);
	}
}

static void test_no_binding(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	assert_int_equal(begin(&f, "SCRAM-SHA-256-PLUS"), SQB_E_UNSUPPORTED);
	f.p.tls = NULL;
	assert_int_equal(begin(&f, "SCRAM-SHA-256-PLUS"), SQB_E_UNSUPPORTED);
	assert_int_equal(begin(&f, "SCRAM-SHA-256"), SQB_OK);
	fixture_clear(&f);
}

/* Two exchanges never have the same nonce, and it has 24 octets at least. */
static void test_nonce_is_random(void **state)
{
	char first[64];
	struct fixture f;

	(void)state;
	fixture_init(&f);
	assert_int_equal(begin(&f, "SCRAM-SHA-1"), SQB_OK);
	assert_int_equal(step(&f, ""), SQB_OK);
	assert_int_equal(said_len(&f), 12 + 32);
	memcpy(first, said(&f), 12 + 32);
	assert_int_equal(begin(&f, "SCRAM-SHA-1"), SQB_OK);
	assert_int_equal(step(&f, ""), SQB_OK);
	assert_int_equal(said_len(&f), 12 + 32);
	assert_memory_not_equal(said(&f), first, 12 + 32);
	fixture_clear(&f);
}

#define R "r=abcDEF,"

static void test_bad_first(void **state)
{
	static const struct {
		const char *message;
		int code;
		const char *text;	/* within the error's; NULL: any */
	} cases[] = {
		{ R "s=c2FsdA==,i=4096", SQB_OK, NULL },
		{ R "s=c2FsdA==,i=4097,x=1,Y=b=c", SQB_OK, NULL },
		{ R "s=c2FsdA==,i=4095", SQB_E_LIMIT, "less than 4096" },
		{ R "s=c2FsdA==,i=1", SQB_E_LIMIT, "less than 4096" },
		{ R "s=c2FsdA==,i=600001", SQB_E_LIMIT, "more than 600000" },
		{ R "s=c2FsdA==,i=2147483647", SQB_E_LIMIT, NULL },
		{ R "s=c2FsdA==,i=4294971392", SQB_E_LIMIT, NULL },
		{ R "s=c2FsdA==,i=18446744073709555712", SQB_E_LIMIT, NULL },
		{ R "s=c2FsdA==,i=100000000000000000000", SQB_E_LIMIT, NULL },
		{ R "s=c2FsdA==,i=0", SQB_E_PROTO, NULL },
		{ R "s=c2FsdA==,i=04096", SQB_E_PROTO, NULL },
		{ R "s=c2FsdA==,i=-4096", SQB_E_PROTO, NULL },
		{ R "s=c2FsdA==,i=+4096", SQB_E_PROTO, NULL },
		{ R "s=c2FsdA==,i=4096 ", SQB_E_PROTO, NULL },
		{ R "s=c2FsdA==,i=4e3", SQB_E_PROTO, NULL },
		{ R "s=c2FsdA==,i=", SQB_E_PROTO, NULL },
		{ R "s=c2FsdA==,", SQB_E_PROTO, NULL },
		{ R "s=c2FsdA==", SQB_E_PROTO, NULL },
		{ R "s=,i=4096", SQB_E_PROTO, NULL },
		{ R "s=c2FsdA=,i=4096", SQB_E_PROTO, "salt" },
		{ R "s=c2FsdA,i=4096", SQB_E_PROTO, "salt" },
		{ R "i=4096,s=c2FsdA==", SQB_E_PROTO, NULL },
		{ R "s=c2FsdA==,i=4096,", SQB_E_PROTO, NULL },
		{ R "s=c2FsdA==,i=4096,,x=1", SQB_E_PROTO, NULL },
		{ R "s=c2FsdA==,i=4096,x", SQB_E_PROTO, NULL },
		{ R "s=c2FsdA==,i=4096,1=2", SQB_E_PROTO, NULL },
		{ R "s=c2FsdA==,i=4096,m=x", SQB_E_PROTO, NULL },
		{ "m=x," R "s=c2FsdA==,i=4096", SQB_E_AUTH, "extension" },
		{ "m=," R "s=c2FsdA==,i=4096", SQB_E_PROTO, NULL },
		{ "e=unknown-user", SQB_E_AUTH, "unknown-user" },
		{ "e=\x1b[2J", SQB_E_AUTH, "\\x1b[2J" },
		{ "e=", SQB_E_PROTO, NULL },
		{ "r=abc,s=c2FsdA==,i=4096", SQB_E_AUTH, "nonce" },
		{ "r=ab,s=c2FsdA==,i=4096", SQB_E_AUTH, "nonce" },
		{ "r=xyzDEF,s=c2FsdA==,i=4096", SQB_E_AUTH, "nonce" },
		{ "r=DEFabc,s=c2FsdA==,i=4096", SQB_E_AUTH, "nonce" },
		{ "r=ABCDEF,s=c2FsdA==,i=4096", SQB_E_AUTH, "nonce" },
		{ "r=abcD F,s=c2FsdA==,i=4096", SQB_E_AUTH, "nonce" },
		{ "r=abcD\xc3\xa9,s=c2FsdA==,i=4096", SQB_E_AUTH, "nonce" },
		{ "r=,s=c2FsdA==,i=4096", SQB_E_PROTO, NULL },
		{ "s=c2FsdA==,i=4096", SQB_E_PROTO, NULL },
		{ "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", SQB_E_PROTO, NULL },
		{ "", SQB_E_PROTO, NULL },
		{ ",", SQB_E_PROTO, NULL },
		{ "r", SQB_E_PROTO, NULL },
		{ "r=", SQB_E_PROTO, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fixture f;

		fixture_init(&f);
		f.p.nonce = (sqb_str)SQB_STR("abc");
		assert_int_equal(begin(&f, "SCRAM-SHA-1"), SQB_OK);
		assert_int_equal(step(&f, ""), SQB_OK);
		if (step(&f, cases[i].message) != cases[i].code)
			fail_msg("%s: %s", cases[i].message, f.err.text);
		if (cases[i].text)
			assert_non_null(strstr(f.err.text, cases[i].text));
		assert_null(strstr(f.err.text, "pencil"));
		assert_int_equal(sqb__sasl_finish(f.s, &f.err), SQB_E_AUTH);
		fixture_clear(&f);
	}
}

static void test_bad_final(void **state)
{
	static const struct {
		const char *message;
		int code;
	} cases[] = {
		{ "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", SQB_OK },
		{ "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=,x=y", SQB_OK },
		{ "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=,m=y", SQB_E_PROTO },
		{ "v=rmF9pqV8S7suAoZWja4dJRkFsKU=", SQB_E_AUTH },
		{ "v=smF9pqV8S7suAoZWja4dJRkFsKQ=", SQB_E_AUTH },
		{ "v=rmF9pqV8S7suAoZWja4dJRkFsA==", SQB_E_AUTH },
		{ "v=rg==", SQB_E_AUTH },
		{ "v=rmF9pqV8S7suAoZWja4dJRkFsKQA", SQB_E_AUTH },
		{ "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
		  SQB_E_AUTH },
		{ "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4A",
		  SQB_E_AUTH },
		{ "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4AAAAA",
		  SQB_E_PROTO },
		{ "v=rmF9pqV8S7suAoZWja4dJRkFsKQ", SQB_E_PROTO },
		{ "v=rmF9pqV8S7suAoZWja4dJRkFsKR=", SQB_E_PROTO },
		{ "v=", SQB_E_PROTO },
		{ "v", SQB_E_PROTO },
		{ "", SQB_E_PROTO },
		{ "ok", SQB_E_PROTO },
		{ "e=invalid-proof", SQB_E_AUTH },
		{ "e=other-error,x=y", SQB_E_AUTH },
		{ "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
		  "s=QSXCR+Q6sek8bf92,i=4096", SQB_E_PROTO },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fixture f;

		fixture_init(&f);
		f.p.nonce = (sqb_str)SQB_STR("fyko+d2lbbFgONRv9qkxdawL");
		assert_int_equal(begin(&f, "SCRAM-SHA-1"), SQB_OK);
		assert_int_equal(step(&f, ""), SQB_OK);
		assert_int_equal(step(&f, "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJ"
		    "Y1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096"), SQB_OK);
		if (step(&f, cases[i].message) != cases[i].code)
			fail_msg("%s: %s", cases[i].message, f.err.text);
		assert_int_equal(sqb__sasl_finish(f.s, &f.err),
		    cases[i].code == SQB_OK ? SQB_OK : SQB_E_AUTH);
		fixture_clear(&f);
	}
}

/* A server that claims success at any point before its signature. */
static void test_success_too_early(void **state)
{
	static const char *const says[] = { "",
	    "r=abcDEF,s=c2FsdA==,i=4096" };

	(void)state;
	for (size_t n = 0; n <= ARRAY_LEN(says); n++) {
		struct fixture f;

		fixture_init(&f);
		f.p.nonce = (sqb_str)SQB_STR("abc");
		assert_int_equal(begin(&f, "SCRAM-SHA-256"), SQB_OK);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(step(&f, says[i]), SQB_OK);
		assert_int_equal(sqb__sasl_finish(f.s, &f.err), SQB_E_AUTH);
		fixture_clear(&f);
	}
}

static void test_challenge_too_early(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	assert_int_equal(begin(&f, "SCRAM-SHA-256"), SQB_OK);
	assert_int_equal(step(&f, "r=abc"), SQB_E_PROTO);
	fixture_clear(&f);
}

/* Salts of 1,024 octets and more; messages of 64 KiB and more, encoded. */
static void test_sizes(void **state)
{
	static const struct {
		int salt;		/* characters without the pad */
		const char *pad;
		int nonce;
		int code;
	} cases[] = {
		{ 1366, "==", 3, SQB_OK },
		{ 1367, "=", 3, SQB_E_LIMIT },
		{ 1368, "", 3, SQB_E_LIMIT },
		{ 1370, "==", 3, SQB_E_LIMIT },
		{ 1367, "", 3, SQB_E_PROTO },
		{ 4, "", 49133, SQB_OK },
		{ 4, "", 49134, SQB_E_LIMIT },
	};
	static char salt[2048], nonce[65536], message[70000];

	(void)state;
	memset(salt, 'A', sizeof(salt));
	memset(nonce, 'n', sizeof(nonce));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fixture f;

		snprintf(message, sizeof(message), "r=abc%.*s,s=%.*s%s,i=4096",
		    cases[i].nonce, nonce, cases[i].salt, salt, cases[i].pad);
		fixture_init(&f);
		f.p.nonce = (sqb_str)SQB_STR("abc");
		assert_int_equal(begin(&f, "SCRAM-SHA-1"), SQB_OK);
		assert_int_equal(step(&f, ""), SQB_OK);
		assert_int_equal(step(&f, message), cases[i].code);
		fixture_clear(&f);
	}
}

/* After the end there is nothing to say, and no more than 16 times. */
static void test_seventeen_steps(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	f.p.nonce = (sqb_str)SQB_STR("fyko+d2lbbFgONRv9qkxdawL");
	assert_int_equal(begin(&f, "SCRAM-SHA-1"), SQB_OK);
	assert_int_equal(step(&f, ""), SQB_OK);
	assert_int_equal(step(&f, "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs"
	    "7j,s=QSXCR+Q6sek8bf92,i=4096"), SQB_OK);
	assert_int_equal(step(&f, "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="), SQB_OK);
	for (int i = 3; i < 16; i++) {
		assert_int_equal(step(&f, "more"), SQB_OK);
		assert_int_equal(said_len(&f), 0);
	}
	assert_int_equal(step(&f, "more"), SQB_E_LIMIT);
	assert_int_equal(sqb__sasl_finish(f.s, &f.err), SQB_E_AUTH);
	fixture_clear(&f);
}

static int run_all(struct fixture *f)
{
	int rc = begin(f, "SCRAM-SHA-1");

	if (rc == SQB_OK)
		rc = step(f, "");
	if (rc == SQB_OK)
		rc = step(f, "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
		    "s=QSXCR+Q6sek8bf92,i=4096");
	if (rc == SQB_OK)
		rc = step(f, "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=");
	return rc;
}

/* Every allocation fails in turn: NOMEM, and nothing is leaked. */
static void test_allocations(void **state)
{
	unsigned n = 1;
	int rc;

	(void)state;
	do {
		struct fixture f;

		fixture_init(&f);
		f.p.nonce = (sqb_str)SQB_STR("fyko+d2lbbFgONRv9qkxdawL");
		f.heap.fail_at = n++;
		rc = run_all(&f);
		assert_true(rc == SQB_OK || rc == SQB_E_NOMEM);
		if (rc == SQB_OK)
			assert_true(f.heap.n_calls < f.heap.fail_at);
		else
			assert_true(!f.s || sqb__sasl_finish(f.s, &f.err) ==
			    SQB_E_AUTH);
		fixture_clear(&f);
	} while (rc != SQB_OK);
	assert_true(n > 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_answers),
		cmocka_unit_test(test_binding_flag),
		cmocka_unit_test(test_no_binding),
		cmocka_unit_test(test_nonce_is_random),
		cmocka_unit_test(test_bad_first),
		cmocka_unit_test(test_bad_final),
		cmocka_unit_test(test_success_too_early),
		cmocka_unit_test(test_challenge_too_early),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_seventeen_steps),
		cmocka_unit_test(test_allocations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * DKIM: the example of RFC 8463, appendix A, canonicalization at every split,
 * the form of the field, keys, and what is refused. That others verify what we
 * sign is server/dkim_test.py.
 */
#include "exact.h"

#include "mime/dkim.h"
#include "text/base64.h"

#include <openssl/pem.h>

/* RFC 8463, appendix A.2: the private key as PKCS #8 */
#define ED25519 "-----BEGIN PRIVATE KEY-----\n" \
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n" \
    "-----END PRIVATE KEY-----\n"

/* Appendix A.3 */
#define HEADER \
    "From: Joe SixPack <joe@football.example.com>\r\n" \
    "To: Suzie Q <suzie@shopping.example.net>\r\n" \
    "Subject: Is dinner ready?\r\n" \
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n" \
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n" \
    "\r\n"
#define BODY "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n"

static sqb_dkim_key *new_key(const char *pem)
{
	sqb_dkim_key *key;

	assert_int_equal(sqb_dkim_key_new(&key, "football.example.com",
	    "brisbane", sqb_str_of(pem), NULL, NULL), SQB_OK);
	return key;
}

/* An RSA key of that many bits, as PEM. */
static void make_rsa(char *out, size_t cap, unsigned bits)
{
	EVP_PKEY *pkey = EVP_RSA_gen(bits);
	BIO *bio = BIO_new(BIO_s_mem());
	int n;

	assert_int_equal(PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0,
	    NULL, NULL), 1);
	n = BIO_read(bio, out, (int)cap - 1);
	assert_true(n > 0);
	out[n] = '\0';
	BIO_free(bio);
	EVP_PKEY_free(pkey);
}

static void hash_in_two(sqb_str in, size_t cut, char out[64])
{
	unsigned char sum[SQB__DKIM_HASH];
	sqb__dkim_body b;

	sqb__dkim_body_begin(&b);
	sqb__dkim_body_add(&b, (sqb_str){ in.ptr, cut });
	sqb__dkim_body_add(&b, (sqb_str){ in.ptr + cut, in.len - cut });
	assert_int_equal(sqb__dkim_body_end(&b, sum), SQB_OK);
	sqb__base64_encode(out, (sqb_str){ (char *)sum, sizeof(sum) });
	out[sqb__base64_encoded_len(sizeof(sum))] = '\0';
}

static void test_rfc8463(void **state)
{
	static const char want[] =
	    "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus"
	    "Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==";
	static const sqb_str names = SQB_STR("from : to :\r\n subject : date : "
	    "message-id : from : subject : date");
	static const sqb_str field = SQB_STR("DKIM-Signature: v=1; "
	    "a=ed25519-sha256; c=relaxed/relaxed;\r\n"
	    " d=football.example.com; i=@football.example.com;\r\n"
	    " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
	    " subject : date : message-id : from : subject : date;\r\n"
	    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b=");
	unsigned char signature[SQB__DKIM_SIGNATURE];
	char got[200];
	size_t len;
	sqb_dkim_key *key = new_key(ED25519);

	(void)state;
	hash_in_two((sqb_str)SQB_STR(BODY), 10, got);
	assert_string_equal(got,
	    "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=");
	assert_int_equal(sqb__dkim_signature(key, (sqb_str)SQB_STR(HEADER),
	    names, field, signature, &len), SQB_OK);
	assert_int_equal(len, 64);
	sqb__base64_encode(got, (sqb_str){ (char *)signature, len });
	got[sqb__base64_encoded_len(len)] = '\0';
	assert_string_equal(got, want);
	assert_string_equal(sqb_dkim_public(key),
	    "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
	assert_string_equal(sqb_dkim_algorithm(key), "ed25519");
	sqb_dkim_key_free(key);
	sqb_dkim_key_free(NULL);
}

/* What a body is made to, and that it is the same however it is cut. */
static void test_bodies(void **state)
{
	static const struct { sqb_str in, made; } rows[] = {
		{ SQB_STR(""), SQB_STR("") },
		{ SQB_STR("\r\n"), SQB_STR("") },
		{ SQB_STR(" \t"), SQB_STR("") },
		{ SQB_STR(" \r\n\t\r\n\r\n"), SQB_STR("") },
		{ SQB_STR("\n \n\n"), SQB_STR("") },
		{ SQB_STR("a"), SQB_STR("a\r\n") },
		{ SQB_STR("a\n"), SQB_STR("a\r\n") },
		{ SQB_STR("a\r\n\r\n\r\n"), SQB_STR("a\r\n") },
		{ SQB_STR("a\r\n\r\n  "), SQB_STR("a\r\n") },
		{ SQB_STR("\r\n\r\na \t \r\n"), SQB_STR("\r\n\r\na\r\n") },
		/* RFC 6376, section 3.4.5, example 1 */
		{ SQB_STR(" C \r\nD \t E\r\n\r\n\r\n"),
		  SQB_STR(" C\r\nD E\r\n") },
		{ SQB_STR("a\rb"), SQB_STR("a\r\nb\r\n") },
		{ SQB_STR("a\r"), SQB_STR("a\r\n") },
		{ SQB_STR("a \r\r\nb"), SQB_STR("a\r\n\r\nb\r\n") },
		{ SQB_STR("a\r \nb\n\rc"),
		  SQB_STR("a\r\n\r\nb\r\n\r\nc\r\n") },
		{ SQB_STR("a\0\x01\x7f\xff b"),
		  SQB_STR("a\0\x01\x7f\xff b\r\n") },
		{ SQB_STR("\x0b\x0c \x0b\n"), SQB_STR("\x0b\x0c \x0b\r\n") },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		unsigned char sum[SQB__DKIM_HASH];
		char want[64], got[64];
		sqb_str in = exact(rows[i].in);

		assert_int_equal(EVP_Digest(rows[i].made.ptr, rows[i].made.len,
		    sum, NULL, EVP_sha256(), NULL), 1);
		sqb__base64_encode(want, (sqb_str){ (char *)sum, sizeof(sum) });
		want[44] = '\0';
		for (size_t cut = 0; cut <= in.len; cut++) {
			hash_in_two(in, cut, got);
			if (strcmp(got, want) != 0)
				fail_msg("row %zu, cut at %zu", i, cut);
		}
		exact_free(in);
	}
}

/* Long runs pass the staging buffer by, and mean the same. */
static void test_long_body(void **state)
{
	size_t len = 100000;
	char *text = malloc(len), want[64], got[64];

	(void)state;
	assert_non_null(text);
	memset(text, 'x', len);
	for (size_t i = 5000; i < len; i += 1 + i % 1500)
		text[i] = i % 3 == 0 ? '\n' : ' ';
	hash_in_two((sqb_str){ text, len }, 0, want);
	for (size_t cut = 0; cut < len; cut += 777) {
		hash_in_two((sqb_str){ text, len }, cut, got);
		assert_string_equal(got, want);
	}
	free(text);
}

static char *sign(const sqb_dkim_key *key, const char *message)
{
	sqb_str in = exact(sqb_str_of(message));
	char *field;
	sqb_error err;

	if (sqb_dkim_sign(&field, key, in, 1528637909, NULL, &err) < 0)
		fail_msg("%s", err.text);
	exact_free(in);
	return field;
}

static void test_same_signature(void **state)
{
	static const struct { const char *a, *b; } same[] = {
		{ HEADER BODY, "from:  Joe  SixPack\r\n\t<joe@football.example"
		  ".com>\nTO : Suzie Q <suzie@shopping.example.net>\n"
		  "X: y\nsubject:\n Is dinner\n  ready? \n"
		  "date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\n"
		  "message-id: <20030712040037.46341.5F8J@football.example.com"
		  ">\n\nHi. \n\nWe lost the game. Are you\t hungry yet?\n"
		  "\nJoe.\n\n \n" },
		{ "From: a@b.example\r\n", "From: a@b.example\r\n\r\n" },
		{ "From: a@b.example", "From: a@b.example\n\n\n\n" },
	};
	static const struct { const char *a, *b; } other[] = {
		{ "From: a@b.example\n\nx", "From: a@b.example\n\ny" },
		{ "From: a@b.example\n\nx", "From: a@b.example\nTo: b@c\n\nx" },
		{ "From: a@b.example\nTo: b\nTo: c\n",
		  "From: a@b.example\nTo: c\nTo: b\n" },
	};
	sqb_dkim_key *key = new_key(ED25519);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		char *a = sign(key, same[i].a), *b = sign(key, same[i].b);

		assert_string_equal(a, b);
		free(a);
		free(b);
	}
	for (size_t i = 0; i < ARRAY_LEN(other); i++) {
		char *a = sign(key, other[i].a), *b = sign(key, other[i].b);

		assert_string_not_equal(a, b);
		free(a);
		free(b);
	}
	sqb_dkim_key_free(key);
}

/* Lines of at most 78 columns, and no empty ones. */
static void check_lines(const char *field)
{
	while (*field) {
		size_t n = strcspn(field, "\r");

		assert_in_range(n, 2, 78);
		assert_memory_equal(field + n, "\r\n", 2);
		assert_true(field[n + 2] == ' ' || field[n + 2] == '\0');
		field += n + 2;
	}
}

/* The value of a tag without blanks; out has 4,000 octets. */
static const char *tag(const char *field, const char *name, char *out)
{
	const char *at = strstr(field, name);
	size_t n = 0;

	assert_non_null(at);
	for (at += strlen(name); *at && *at != ';'; at++)
		if (*at != ' ' && *at != '\r' && *at != '\n')
			out[n++] = *at;
	out[n] = '\0';
	return out;
}

static void test_field(void **state)
{
	static const char message[] = "From: a@b.example\r\nFrom: c@d.example"
	    "\r\nreferences: <x@y>\r\nList-Unsubscribe-Post: "
	    "List-Unsubscribe=One-Click\r\nlist-unsubscribe: <https://x>\r\n"
	    "Received: x\r\n\r\n";
	char pem[4000], value[4000];
	sqb_dkim_key *key;
	char *field;

	(void)state;
	make_rsa(pem, sizeof(pem), 2048);
	key = new_key(pem);
	assert_string_equal(sqb_dkim_algorithm(key), "rsa");
	field = sign(key, message);
	check_lines(field);
	assert_string_equal(tag(field, "v=", value), "1");
	assert_string_equal(tag(field, "a=", value), "rsa-sha256");
	assert_string_equal(tag(field, "c=", value), "relaxed/relaxed");
	assert_string_equal(tag(field, "d=", value), "football.example.com");
	assert_string_equal(tag(field, "s=", value), "brisbane");
	assert_string_equal(tag(field, "t=", value), "1528637909");
	assert_string_equal(tag(field, "h=", value), "From:From:From:Reply-To:"
	    "Subject:To:Cc:MIME-Version:Content-Type:"
	    "Content-Transfer-Encoding:References:References:List-Unsubscribe:"
	    "List-Unsubscribe:List-Unsubscribe-Post:List-Unsubscribe-Post");
	/* RFC 6376, section 3.4.4: of the empty body */
	assert_string_equal(tag(field, "bh=", value),
	    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
	assert_int_equal(strlen(tag(field, " b=", value)), 344);
	free(field);
	sqb_dkim_key_free(key);
}

static void test_long_names(void **state)
{
	char domain[250], *field;
	sqb_dkim_key *key;

	(void)state;
	memset(domain, 'd', sizeof(domain));
	for (size_t i = 60; i < sizeof(domain); i += 60)
		domain[i] = '.';
	domain[sizeof(domain) - 1] = '\0';
	assert_int_equal(sqb_dkim_key_new(&key, domain, "s",
	    (sqb_str)SQB_STR(ED25519), NULL, NULL), SQB_OK);
	field = sign(key, "From: a\n");
	assert_non_null(strstr(field, domain));
	free(field);
	sqb_dkim_key_free(key);
}

static void test_refused_keys(void **state)
{
	static const struct {
		const char *domain, *selector, *pem, *why;
	} rows[] = {
		{ "", "s", ED25519, "not a domain" },
		{ "nodot", "s", ED25519, "not a domain" },
		{ "a..example", "s", ED25519, "not a domain" },
		{ "a.example.", "s", ED25519, "not a domain" },
		{ "[192.0.2.1]", "s", ED25519, "not a domain" },
		{ "a_b.example", "s", ED25519, "not a domain" },
		{ "-a.example", "s", ED25519, "not a domain" },
		{ "a.example\r\nX: y", "s", ED25519, "not a domain" },
		{ "a.example; x=y", "s", ED25519, "not a domain" },
		{ "a.example", "", ED25519, "not a selector" },
		{ "a.example", "s s", ED25519, "not a selector" },
		{ "a.example", "s\n", ED25519, "not a selector" },
		{ "a.example", "s", "", "no PEM" },
		{ "a.example", "s", "x", "no private key" },
		{ "a.example", "s", "-----BEGIN PRIVATE KEY-----\nAAAA\n"
		  "-----END PRIVATE KEY-----\n", "no private key" },
		{ "a.example", "s", "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwA"
		  "yEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
		  "-----END PUBLIC KEY-----\n", "no private key" },
		/* X25519 */
		{ "a.example", "s", "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK"
		  "2VuBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
		  "-----END PRIVATE KEY-----\n", "neither RSA nor" },
	};
	char pem[4000];
	sqb_dkim_key *key;
	sqb_error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		sqb_str in = exact(sqb_str_of(rows[i].pem));

		assert_int_equal(sqb_dkim_key_new(&key, rows[i].domain,
		    rows[i].selector, in, NULL, &err), SQB_E_USAGE);
		assert_null(key);
		if (!strstr(err.text, rows[i].why) || strchr(err.text, '\n'))
			fail_msg("row %zu: %s", i, err.text);
		exact_free(in);
	}
	make_rsa(pem, sizeof(pem), 1023);
	assert_int_equal(sqb_dkim_key_new(&key, "a.example", "s",
	    sqb_str_of(pem), NULL, &err), SQB_E_USAGE);
	assert_non_null(strstr(err.text, "1,024 bits"));
}

static void test_passphrase(void **state)
{
	static unsigned char word[] = "secret";
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	BIO *bio = BIO_new(BIO_s_mem());
	char pem[1000];
	int n;
	sqb_dkim_key *key;
	sqb_error err;

	(void)state;
	assert_int_equal(PEM_write_bio_PrivateKey(bio, pkey,
	    EVP_aes_128_cbc(), word, 6, NULL, NULL), 1);
	n = BIO_read(bio, pem, sizeof(pem));
	assert_true(n > 0);
	assert_int_equal(sqb_dkim_key_new(&key, "a.example", "s",
	    (sqb_str){ pem, (size_t)n }, NULL, &err), SQB_E_USAGE);
	assert_non_null(strstr(err.text, "passphrase"));
	BIO_free(bio);
	EVP_PKEY_free(pkey);
}

static void test_names(void **state)
{
	char *field;
	sqb_dkim_key *key;

	(void)state;
	assert_int_equal(sqb_dkim_key_new(&key, "b\xc3\xbc" "cher.example",
	    "2026.mail", (sqb_str)SQB_STR(ED25519), NULL, NULL), SQB_OK);
	field = sign(key, "From: a\n");
	assert_non_null(strstr(field, " d=xn--bcher-kva.example;"));
	assert_non_null(strstr(field, " s=2026.mail;"));
	free(field);
	sqb_dkim_key_free(key);
}

static void test_refused_messages(void **state)
{
	static const struct { sqb_str in; const char *why; } rows[] = {
		{ SQB_STR(""), "no From" },
		{ SQB_STR("\r\nFrom: a"), "no From" },
		{ SQB_STR("To: a\r\n\r\nFrom: b\r\n"), "no From" },
		{ SQB_STR("From a@b Mon\r\nFrom: a\r\n"), "no field" },
		{ SQB_STR("From: a\r\n no colon\r\nnone here\r\n\r\n"),
		  "no field" },
		{ SQB_STR(" x\r\nFrom: a\r\n"), "no field" },
		{ SQB_STR("From: a\rb\r\n"), "no field" },
		{ SQB_STR("From: a\r\r\n\r\n"), "no field" },
		{ SQB_STR("From: a\r\n\r\r\nx"), "no field" },
		{ SQB_STR("From: a\r"), "no field" },
		{ SQB_STR("From: a\0b\r\n"), "no field" },
	};
	sqb_dkim_key *key = new_key(ED25519);
	char *field = NULL;
	sqb_error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		sqb_str in = exact(rows[i].in);

		assert_int_equal(sqb_dkim_sign(&field, key, in, 0, NULL, &err),
		    SQB_E_USAGE);
		assert_null(field);
		if (!strstr(err.text, rows[i].why))
			fail_msg("row %zu: %s", i, err.text);
		exact_free(in);
	}
	sqb_dkim_key_free(key);
}

/* n times the field, behind From; whether it can be signed. */
static int sign_many(const sqb_dkim_key *key, const char *field, size_t n)
{
	size_t len = strlen(field);
	char *text = malloc(20 + n * len), *made;
	sqb_str in = { text, 9 };
	int code;

	assert_non_null(text);
	memcpy(text, "From: a\r\n", 9);
	for (; n > 0; n--) {
		memcpy(text + in.len, field, len);
		in.len += len;
	}
	code = sqb_dkim_sign(&made, key, in, 0, NULL, NULL);
	if (code == SQB_OK) {
		check_lines(made);
		free(made);
	}
	free(text);
	return code;
}

static void test_limits(void **state)
{
	sqb_dkim_key *key = new_key(ED25519);

	(void)state;
	assert_int_equal(sign_many(key, "X: y\r\n", 9999), SQB_OK);
	assert_int_equal(sign_many(key, "X: y\r\n", 10000), SQB_E_LIMIT);
	assert_int_equal(sign_many(key, "Cc: y\r\n", 9999), SQB_OK);
	assert_int_equal(sign_many(key, "In-Reply-To: y\r\n", 2000), SQB_OK);
	assert_int_equal(sign_many(key, "In-Reply-To: y\r\n", 9000),
	    SQB_E_LIMIT);
	sqb_dkim_key_free(key);
}

static void key_and_sign(const sqb_allocator *a)
{
	sqb_dkim_key *key = NULL;
	sqb_error err;
	char *field = NULL;
	int code = sqb_dkim_key_new(&key, "a.example", "s",
	    (sqb_str)SQB_STR(ED25519), a, &err);

	assert_true(code == SQB_OK || code == SQB_E_NOMEM);
	if (code == SQB_OK) {
		code = sqb_dkim_sign(&field, key, (sqb_str)SQB_STR(HEADER BODY),
		    1, a, &err);
		assert_true(code == SQB_OK ? field != NULL :
		    code == SQB_E_NOMEM && !field);
	}
	a->free(a->ctx, field);
	sqb_dkim_key_free(key);
}

static void test_no_memory(void **state)
{
	(void)state;
	assert_true(fail_each(key_and_sign) > 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc8463),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_long_body),
		cmocka_unit_test(test_same_signature),
		cmocka_unit_test(test_field),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_refused_keys),
		cmocka_unit_test(test_passphrase),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_refused_messages),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Signing what is composed, and the way out of a list. */
#include "composed.h"

#include "base/utf8.h"

#include <openssl/pem.h>
#include <stdio.h>

enum { PEM = 4000 };

static void make_pem(char out[PEM], const char *kind)
{
	EVP_PKEY *pkey = *kind == 'R' ? EVP_RSA_gen(1024) :
	    EVP_PKEY_Q_keygen(NULL, NULL, kind);
	BIO *bio = BIO_new(BIO_s_mem());
	int n;

	assert_int_equal(PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0,
	    NULL, NULL), 1);
	n = BIO_read(bio, out, PEM - 1);
	assert_true(n > 0);
	out[n] = '\0';
	BIO_free(bio);
	EVP_PKEY_free(pkey);
}

static sqb_dkim_key *new_key(const char *kind)
{
	char pem[PEM];
	sqb_dkim_key *key;

	make_pem(pem, kind);
	assert_int_equal(sqb_dkim_key_new(&key, "x.example", "s",
	    sqb_str_of(pem), NULL, NULL), SQB_OK);
	return key;
}

/* A source of n octets that can be rewound, unless that is NULL. */
typedef struct zeros {
	size_t n, at;
	int code;	/* of read, when it is at its end */
} zeros;

static int64_t read_zeros(void *ctx, void *out, size_t cap)
{
	zeros *z = ctx;
	size_t n = z->n - z->at < cap ? z->n - z->at : cap;

	memset(out, 'a', n);
	z->at += n;
	return n == 0 ? z->code : (int64_t)n;
}

static int rewind_zeros(void *ctx)
{
	((zeros *)ctx)->at = 0;
	return SQB_OK;
}

static sqb_compose *message(const sqb_allocator *a, zeros *z, bool rewind)
{
	sqb_compose *c = new_compose(a);
	sqb_source source = { read_zeros, rewind ? rewind_zeros : NULL, NULL,
	    z };

	if (!c)
		return NULL;
	sqb_compose_address(c, "From", "Zo\xc3\xab", "zoe@x.example");
	sqb_compose_field(c, "To", "a@x.example");
	sqb_compose_field(c, "Subject", "Gr\xc3\xbc\xc3\x9f" "e");
	sqb_compose_text(c, sqb_str_of("text \t \n  with bl\xc3\xa4nks\n\n"));
	sqb_compose_html(c, sqb_str_of("<p>html"), false);
	sqb_compose_attach(c, &(sqb_attachment){ .size = sizeof(sqb_attachment),
	    .source = &source, .name = "zeros" });
	return c;
}

/* The field at the front of s, taken from it. */
static sqb_str take_field(sqb_str *s)
{
	size_t n = 0;

	while (!(s->ptr[n] == '\n' && s->ptr[n + 1] != ' '))
		assert_true(++n + 1 < s->len);
	s->ptr += n + 1;
	s->len -= n + 1;
	return (sqb_str){ s->ptr - n - 1, n + 1 };
}

/* It is what sqb_dkim_sign() says of the message without it. */
static void assert_signed(sqb_str field, const sqb_dkim_key *key, sqb_str rest)
{
	char *want;

	assert_int_equal(sqb_dkim_sign(&want, key, rest, 1767225600, NULL,
	    NULL), SQB_OK);
	assert_int_equal(field.len, strlen(want));
	assert_memory_equal(field.ptr, want, field.len);
	free(want);
}

static void test_signed(void **state)
{
	static const unsigned ways[] = { 0, SQB_COMPOSE_8BIT,
	    SQB_COMPOSE_8BIT | SQB_COMPOSE_BINARY, 0 };
	sqb_dkim_key *rsa = new_key("RSA"), *ed = new_key("ED25519");
	zeros z = { .n = 200000 };
	sqb_compose *c = message(NULL, &z, true);

	(void)state;
	must(c, sqb_compose_unsubscribe(c, "https://x.example/u?1", NULL));
	must(c, sqb_compose_sign(c, rsa));
	must(c, sqb_compose_sign(c, ed));
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		sqb_str all, rest, first, second;

		must(c, sqb_compose_bytes(c, ways[i], &all));
		assert_int_equal(sqb_compose_size(c), all.len);
		/* RFC 6376, section 5.3: nothing is left to be encoded */
		assert_int_equal(sqb__ascii_len(all), all.len);
		assert_int_equal(sqb_compose_needs(c), 0);
		rest = all;
		first = take_field(&rest);
		second = take_field(&rest);
		assert_signed(first, rsa, rest);
		assert_signed(second, ed, rest);
	}
	sqb_compose_free(c);
	sqb_dkim_key_free(rsa);
	sqb_dkim_key_free(ed);
}

static void test_refused(void **state)
{
	sqb_dkim_key *ed = new_key("ED25519");
	zeros z = { .n = 10 };
	sqb_compose *c = message(NULL, &z, false);

	(void)state;
	must(c, sqb_compose_sign(c, ed));
	assert_int_equal(sqb_compose_begin(c, 0), SQB_E_USAGE);
	sqb_compose_free(c);

	c = message(NULL, &z, true);
	z.code = SQB_E_NET;
	must(c, sqb_compose_sign(c, ed));
	assert_int_equal(sqb_compose_begin(c, 0), SQB_E_NET);
	z.code = 0;
	must(c, sqb_compose_begin(c, 0));
	assert_int_equal(sqb_compose_sign(c, ed), SQB_E_USAGE);
	sqb_compose_free(c);

	c = message(NULL, &z, true);
	for (size_t i = 0; i < 8; i++)
		must(c, sqb_compose_sign(c, ed));
	assert_int_equal(sqb_compose_sign(c, ed), SQB_E_LIMIT);
	sqb_compose_free(c);
	sqb_dkim_key_free(ed);
}

static void test_unsubscribe(void **state)
{
	static const struct { const char *https, *mailto, *want; } rows[] = {
		{ "https://x.example/u?id=1&b=2", NULL,
		  "<https://x.example/u?id=1&b=2>" },
		{ NULL, "mailto:u@x.example?subject=x",
		  "<mailto:u@x.example?subject=x>" },
		{ "HTTPS://x", "mailto:u@x", "<HTTPS://x>, <mailto:u@x>" },
		{ NULL, NULL, NULL }, { "http://x.example", NULL, NULL },
		{ "https://", NULL, NULL }, { "https://a b", NULL, NULL },
		{ "https://a\r\nX: y", NULL, NULL },
		{ "https://a>", NULL, NULL },
		{ "https://a,b", NULL, NULL },
		{ "https://\xc3\xa4", NULL, NULL },
		{ NULL, "u@x.example", NULL }, { "mailto:u@x", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		zeros z = { .n = 1 };
		sqb_compose *c = message(NULL, &z, true);
		int code = sqb_compose_unsubscribe(c, rows[i].https,
		    rows[i].mailto);
		sqb_message *m;
		sqb_str all;

		assert_int_equal(code, rows[i].want ? SQB_OK : SQB_E_USAGE);
		if (code == SQB_OK) {
			all = composed(c);
			m = sqb_message_parse(all, NULL);
			assert_field(m, "List-Unsubscribe", rows[i].want);
			assert_field(m, "List-Unsubscribe-Post", rows[i].https ?
			    "List-Unsubscribe=One-Click" : "");
			sqb_message_free(m);
			exact_free(all);
		}
		sqb_compose_free(c);
	}
}

static void test_unsubscribe_twice(void **state)
{
	zeros z = { .n = 1 };
	sqb_compose *c = message(NULL, &z, true);
	char url[2000] = "https://";

	(void)state;
	must(c, sqb_compose_unsubscribe(c, "https://a", NULL));
	assert_int_equal(sqb_compose_unsubscribe(c, NULL, "mailto:a@b"),
	    SQB_E_USAGE);
	sqb_compose_free(c);

	memset(url + 8, 'x', sizeof(url) - 9);
	c = message(NULL, &z, true);
	assert_int_equal(sqb_compose_unsubscribe(c, url, NULL), SQB_E_USAGE);
	sqb_compose_free(c);
}

static const sqb_dkim_key *the_key;

static void sign_each(const sqb_allocator *a)
{
	zeros z = { .n = 3000 };
	sqb_compose *c = message(a, &z, true);
	int code;
	sqb_str all;

	if (!c)
		return;
	sqb_compose_sign(c, the_key);
	sqb_compose_unsubscribe(c, "https://a", "mailto:a@b");
	code = sqb_compose_bytes(c, 0, &all);
	assert_true(code == SQB_OK || code == SQB_E_NOMEM);
	if (code == SQB_OK) {
		sqb_str rest = all, field = take_field(&rest);

		assert_signed(field, the_key, rest);
	}
	sqb_compose_free(c);
}

static void test_no_memory(void **state)
{
	sqb_dkim_key *key = new_key("ED25519");

	(void)state;
	the_key = key;
	assert_true(fail_each(sign_each) > 20);
	sqb_dkim_key_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signed),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_unsubscribe),
		cmocka_unit_test(test_unsubscribe_twice),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

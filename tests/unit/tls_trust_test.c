/*
 * Whom the link trusts, against a server on the loopback interface and
 * certificates that are made here. A server that is refused must not have
 * seen one octet of application data.
 */
#include "tls_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Who signs the server's certificate. */
typedef enum signer { BY_CA, BY_MIDDLE, BY_MIDDLE_ALONE, BY_OTHER, BY_SELF }
    signer;

static const identity *signer_of(const fixture *f, signer by)
{
	return by == BY_CA ? &f->ca : by == BY_OTHER ? &f->other :
	    by == BY_SELF ? NULL : &f->middle;
}

typedef struct trust_case {
	const char *name;		/* what the certificate must be for */
	const char *text;		/* of the error; NULL: it is good */
	cert_spec spec;
	signer by;
	const char *sni;		/* NULL: as name */
} trust_case;

#define GOOD(n, ...) { .name = (n), __VA_ARGS__ }
#define BAD(n, t, ...) { .name = (n), .text = (t), __VA_ARGS__ }
#define SAN(s) .spec.san = (s)
#define CN(s) .spec.cn = (s)

static const trust_case trust_cases[] = {
	GOOD("localhost", .by = BY_CA),
	GOOD("LOCALHOST", .by = BY_CA),
	GOOD("localhost.", .sni = "localhost"),
	GOOD("localhost", .by = BY_MIDDLE),
	GOOD("127.0.0.1", SAN("IP:127.0.0.1"), .sni = ""),
	GOOD("::1", SAN("DNS:x.example,IP:::1"), .sni = ""),
	GOOD("fe80::1%lo", SAN("IP:fe80::1"), .sni = ""),
	GOOD("a.example.org", SAN("DNS:*.example.org")),
	GOOD("b\xc3\xbc" "cher.example", SAN("DNS:xn--bcher-kva.example"),
	    .sni = "xn--bcher-kva.example"),
	GOOD("localhost", .spec.key_usage = "digitalSignature",
	    .spec.ext_key_usage = "serverAuth,clientAuth"),

	BAD("mail.example", ": certificate is for localhost, not for "
	    "mail.example", .by = BY_CA),
	BAD("mail.example", "for a.example, b.example, 192.0.2.1, not for",
	    SAN("DNS:a.example,DNS:b.example,IP:192.0.2.1")),
	BAD("127.0.0.1", "not for 127", SAN("DNS:127.0.0.1"), .sni = ""),
	BAD("127.0.0.1", "not for 127", SAN("IP:127.0.0.2"), .sni = ""),
	BAD("localhost", "names no host", CN("localhost"), SAN("")),
	BAD("localhost", "names no host", CN("localhost"),
	    SAN("email:a@localhost")),
	BAD("localhost", "not for local", CN("localhost"), SAN("DNS:x.org")),
	BAD("127.0.0.1", "names no host", CN("127.0.0.1"), SAN(""),
	    .sni = ""),
	BAD("foo.example.org", "not for foo", SAN("DNS:f*.example.org")),
	BAD("foo.example.org", "not for foo", SAN("DNS:*o.example.org")),
	BAD("a.b.example.org", "not for a.b", SAN("DNS:*.example.org")),
	BAD("example.org", "not for example.org", SAN("DNS:*.org")),
	BAD("localhost", "not for localhost", SAN("DNS:*")),
	BAD("b\xc3\xbc" "cher.example", "not for xn--bcher-kva.example",
	    SAN("DNS:bucher.example"), .sni = "xn--bcher-kva.example"),
	BAD("localhost", "certificate has expired on 20",
	    .spec.from_days = -9, .spec.to_days = -2),
	BAD("localhost", "certificate is not valid before 20",
	    .spec.from_days = 2, .spec.to_days = 9),
	BAD("localhost", "certificate is self-signed; to trust it, name it "
	    "as the CA file", .by = BY_SELF),
	BAD("localhost", "issuer is not trusted: name the CA's file "
	    "(CN=Other CA)", .by = BY_OTHER),
	BAD("localhost", "issuer is not trusted: name the CA's file "
	    "(CN=Middle CA)", .by = BY_MIDDLE_ALONE),
	BAD("localhost", "not one for a server",
	    .spec.ext_key_usage = "clientAuth"),
	BAD("localhost", "not one for a server",
	    .spec.ext_key_usage = "emailProtection"),
	BAD("localhost", "not one for a server",
	    .spec.key_usage = "keyCertSign,cRLSign"),
	BAD("localhost", "not one for a server", .spec.is_ca = true,
	    SAN("DNS:localhost")),
};

static void check_trust(const fixture *f, const trust_case *c, bool starttls)
{
	identity leaf = identity_make(&c->spec, signer_of(f, c->by));
	sqb_engine e = fresh_engine(starttls);
	sqb_link_options o = options_for(f);
	server s;
	sqb_link *l;

	s = server_with(&leaf, c->by == BY_MIDDLE ? f->middle.cert : NULL,
	    starttls);
	server_start(&s);
	o.tls.name = c->name;
	l = sqb_link_new(&e, "127.0.0.1", s.port, &o);
	sqb_link_wait(l, SQB_NEVER);
	if (c->text) {
		assert_failed(&e, SQB_E_TLS, c->text);
		assert_false(e.has_tls);
		assert_null(sqb_link_certificate(l));
	} else {
		if (sqb_engine_error(&e))
			print_error("%s: %s\n", c->name, e.error.text);
		assert_null(sqb_engine_error(&e));
		assert_true(e.tls.verified);
		assert_memory_equal(e.in + e.tls_at, SECRET,
		    SECRET_LEN);
	}
	sqb_link_free(l);
	server_stop(&s);
	assert_int_equal(s.n_served, 1);
	assert_int_equal(s.n_octets, c->text ? 0 : SECRET_LEN);
	assert_string_equal(s.sni, c->sni ? c->sni : c->name);
	fake_clear(&e);
	identity_clear(&leaf);
}

static void test_trust(void **state)
{
	for (size_t i = 0; i < sizeof(trust_cases) / sizeof(trust_cases[0]);
	    i++) {
		check_trust(*state, &trust_cases[i], false);
		check_trust(*state, &trust_cases[i], true);
	}
}

/* What the options demand or allow, against the good server. */
typedef struct option_case {
	sqb_tls_options tls;
	sqb_code code;
	const char *text;
	bool verified;
} option_case;

#define TRUSTED(...) { .tls = { __VA_ARGS__ }, .verified = true }
#define ACCEPTED(...) { .tls = { __VA_ARGS__ } }
#define REFUSED(t, ...) \
	{ .tls = { __VA_ARGS__ }, .code = SQB_E_TLS, .text = (t) }
#define WRONG(t, ...) \
	{ .tls = { __VA_ARGS__ }, .code = SQB_E_USAGE, .text = (t) }

/* Its first character is the separator's. */
#define BASE64_SLASH "/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static void check_options(const identity *id, const option_case *c)
{
	sqb_link_options o = { .size = sizeof(o), .tls = c->tls };
	sqb_engine e = fresh_engine(false);
	server s;
	sqb_link *l;

	s = server_with(id, NULL, false);
	server_start(&s);
	l = sqb_link_new(&e, "localhost", s.port, &o);
	sqb_link_wait(l, SQB_NEVER);
	if (c->code == SQB_OK) {
		if (sqb_engine_error(&e))
			print_error("%s\n", e.error.text);
		assert_null(sqb_engine_error(&e));
		assert_int_equal(e.tls.verified, c->verified);
	} else {
		assert_failed(&e, c->code, c->text);
	}
	sqb_link_free(l);
	server_stop(&s);
	assert_int_equal(s.n_octets,
	    c->code == SQB_OK ? SECRET_LEN : 0);
	fake_clear(&e);
}

static void test_options(void **state)
{
	const fixture *f = *state;
	char slash[64], slashes[64], upper[65], wrong[65];
	const option_case cases[] = {
		TRUSTED(.ca_dir = f->dir),
		TRUSTED(.ca_file = f->ca_file, .min_tls13 = true),
		REFUSED("not trusted", .ca_file = f->other_file),
		REFUSED("cannot use the CA file /nonexistent: No such file",
		    .ca_file = "/nonexistent"),
		REFUSED("the CA file", .ca_file = f->key_file),
		REFUSED("not trusted", .ca_file = NULL), /* the system's */
		ACCEPTED(.no_verify = true),

		TRUSTED(.ca_file = f->ca_file, .crl_file = f->empty_crl),
		REFUSED("certificate has been revoked",
		    .ca_file = f->ca_file, .crl_file = f->revoking_crl),
		REFUSED("is not in --crl-file",
		    .ca_file = f->ca_file, .crl_file = f->other_crl),
		REFUSED("cannot use the revocation list ",
		    .ca_file = f->ca_file, .crl_file = f->ca_file),

		TRUSTED(.ca_file = f->ca_file, .pin = f->pin_hex),
		TRUSTED(.ca_file = f->ca_file, .pin = upper),
		TRUSTED(.ca_file = f->ca_file, .pin = f->pin_base64),
		TRUSTED(.ca_file = f->ca_file, .pin = slash),
		ACCEPTED(.pin = slashes, .no_verify = true),
		REFUSED("not the one that --pin names",
		    .ca_file = f->ca_file, .pin = wrong),
		REFUSED("not the one that --pin names",
		    .pin = wrong, .no_verify = true),
		REFUSED("not the one", .no_verify = true,
		    .pin = "sha256/" BASE64_SLASH),
		REFUSED("not the one", .no_verify = true,
		    .pin = "sha256//" BASE64_SLASH),
		REFUSED("not the one", .no_verify = true,
		    .pin = BASE64_SLASH),
		REFUSED("not trusted",
		    .ca_file = f->other_file, .pin = f->pin_hex),
		WRONG("pin", .ca_file = f->ca_file, .pin = ""),
		WRONG("64 hex digits",
		    .ca_file = f->ca_file, .pin = f->pin_hex + 1),
		WRONG("pin", .no_verify = true, .pin = "sha256/"),

		REFUSED("cannot use the key ",
		    .ca_file = f->ca_file, .cert_file = f->cert_file),
		REFUSED("cannot use the certificate ",
		    .ca_file = f->ca_file, .cert_file = f->key_file),
		WRONG("no international host name",
		    .ca_file = f->ca_file, .name = "\xff"),
	};

	(void)snprintf(slash, sizeof(slash), "sha256/%s", f->pin_base64);
	(void)snprintf(slashes, sizeof(slashes), "sha256//%s",
	    f->pin_base64);
	for (size_t i = 0; i < sizeof(upper); i++)
		upper[i] = (char)(f->pin_hex[i] >= 'a' ?
		    f->pin_hex[i] - 'a' + 'A' : f->pin_hex[i]);
	memcpy(wrong, f->pin_hex, sizeof(wrong));
	wrong[63] = wrong[63] == '0' ? '1' : '0';
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_options(&f->leaf, &cases[i]);
}

/* A self-made certificate, as everybody makes them: CA:TRUE, named. */
static void test_own_certificate(void **state)
{
	const fixture *f = *state;

	check_options(&f->self, &(option_case)
	    TRUSTED(.ca_file = f->self_file));
}

static void test_certificate(void **state)
{
	const fixture *f = *state;
	sqb_engine e = fresh_engine(false);
	sqb_link_options o = options_for(f);
	const sqb_certificate *c;
	server s;
	sqb_link *l;

	s = server_with(&f->leaf, NULL, false);
	server_start(&s);
	l = sqb_link_new(&e, "localhost", s.port, &o);
	assert_null(sqb_link_certificate(l));
	sqb_link_wait(l, SQB_NEVER);
	c = sqb_link_certificate(l);
	assert_non_null(c);
	assert_string_equal(c->subject, "CN=leaf");
	assert_string_equal(c->issuer, "CN=Test CA");
	assert_string_equal(c->names, "localhost");
	assert_int_equal(strlen(c->not_after), 20);
	assert_int_equal(c->not_after[19], 'Z');
	assert_string_equal(c->spki_sha256, f->pin_hex);
	sqb_link_free(l);
	fake_clear(&e);
	server_stop(&s);
}

/* Many names, and hostile ones. */
static void test_certificate_names(void **state)
{
	const fixture *f = *state;
	char san[8192] = "DNS:localhost,DNS:evil\x1b[31m.example";
	sqb_engine e = fresh_engine(false);
	sqb_link_options o = options_for(f);
	const sqb_certificate *c;
	identity leaf;
	server s;
	sqb_link *l;

	for (int i = 0; i < 200; i++)
		(void)snprintf(san + strlen(san), sizeof(san) - strlen(san),
		    ",DNS:host%d.example.org", i);
	leaf = identity_make(&(cert_spec){ .cn = "\xc3\xa9\n\xe2\x80\xae",
	    .san = san }, &f->ca);
	s = server_with(&leaf, NULL, false);
	server_start(&s);
	l = sqb_link_new(&e, "localhost", s.port, &o);
	sqb_link_wait(l, SQB_NEVER);
	c = sqb_link_certificate(l);
	assert_non_null(c);
	assert_non_null(strstr(c->names, "localhost, evil\\x1b[31m.example"));
	assert_non_null(strstr(c->names, "…"));
	assert_true(strlen(c->names) < 512);
	assert_null(strpbrk(c->subject, "\n\x1b"));
	assert_null(strstr(c->subject, "\xe2\x80\xae"));
	assert_non_null(strstr(c->subject, "\xc3\xa9"));
	sqb_link_free(l);
	fake_clear(&e);
	server_stop(&s);
	identity_clear(&leaf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trust),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_own_certificate),
		cmocka_unit_test(test_certificate),
		cmocka_unit_test(test_certificate_names),
		cmocka_unit_test(test_nothing_left),
	};

	return cmocka_run_group_tests(tests, fixture_set_up,
	    fixture_tear_down);
}

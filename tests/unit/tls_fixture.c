/* See tls_fixture.h. */
#include "tls_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void path(const fixture *f, char out[PATH], const char *name)
{
	(void)snprintf(out, PATH, "%s/%s", f->dir, name);
}

static void make_pins(fixture *f)
{
	unsigned char *der = NULL, hash[32];
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(f->leaf.cert), &der);

	assert_true(len > 0);
	assert_int_equal(EVP_Digest(der, (size_t)len, hash, NULL,
	    EVP_sha256(), NULL), 1);
	for (size_t i = 0; i < sizeof(hash); i++)
		(void)snprintf(f->pin_hex + 2 * i, 3, "%02x", hash[i]);
	assert_int_equal(EVP_EncodeBlock((unsigned char *)f->pin_base64, hash,
	    sizeof(hash)), 44);
	OPENSSL_free(der);
}

static void write_files(fixture *f)
{
	char name[32];

	path(f, f->ca_file, "ca.pem");
	write_cert(f->ca_file, f->ca.cert);
	path(f, f->other_file, "other.pem");
	write_cert(f->other_file, f->other.cert);
	path(f, f->self_file, "self.pem");
	write_cert(f->self_file, f->self.cert);
	path(f, f->empty_crl, "empty.crl");
	write_crl(f->empty_crl, &f->ca, NULL);
	path(f, f->revoking_crl, "revoking.crl");
	write_crl(f->revoking_crl, &f->ca, f->leaf.cert);
	path(f, f->other_crl, "other.crl");
	write_crl(f->other_crl, &f->other, f->leaf.cert);
	path(f, f->cert_file, "client.pem");
	write_cert(f->cert_file, f->client.cert);
	path(f, f->key_file, "client.key");
	write_key(f->key_file, f->client.key);
	(void)snprintf(name, sizeof(name), "%08lx.0",
	    X509_NAME_hash_ex(X509_get_subject_name(f->ca.cert), NULL, NULL,
	    NULL));
	path(f, f->hash_file, name);
	write_cert(f->hash_file, f->ca.cert);
}

int fixture_set_up(void **state)
{
	fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	settle_threads();
	f->fds_before = count_fds();
	f->threads_before = count_threads();
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/squab-tls-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->ca = identity_make(&(cert_spec){ .cn = "Test CA", .is_ca = true },
	    NULL);
	f->other = identity_make(&(cert_spec){ .cn = "Other CA",
	    .is_ca = true }, NULL);
	f->middle = identity_make(&(cert_spec){ .cn = "Middle CA",
	    .is_ca = true }, &f->ca);
	f->self = identity_make(&(cert_spec){ .cn = "Self",
	    .san = "DNS:localhost", .is_ca = true }, NULL);
	f->leaf = identity_make(&(cert_spec){ .cn = "leaf" }, &f->ca);
	f->client = identity_make(&(cert_spec){ .cn = "client" }, &f->ca);
	make_pins(f);
	write_files(f);
	*state = f;
	return 0;
}

int fixture_tear_down(void **state)
{
	fixture *f = *state;
	const char *files[] = { f->ca_file, f->other_file, f->self_file,
	    f->empty_crl, f->revoking_crl, f->other_crl, f->cert_file,
	    f->key_file, f->hash_file };
	identity *identities[] = { &f->ca, &f->other, &f->middle, &f->self,
	    &f->leaf, &f->client };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		(void)unlink(files[i]);
	for (size_t i = 0; i < sizeof(identities) / sizeof(identities[0]); i++)
		identity_clear(identities[i]);
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

sqb_engine fresh_engine(bool starttls)
{
	return (sqb_engine){ .out = (const uint8_t *)SECRET,
	    .n_out = sizeof(SECRET) - 1,
	    .n_enough = sizeof(SECRET) - 1 + (starttls ? 5 : 0),
	    .want_tls = !starttls, .tls_at = starttls ? 5 : 0 };
}

sqb_link_options options_for(const fixture *f)
{
	return (sqb_link_options){ .size = sizeof(sqb_link_options),
	    .tls.ca_file = f->ca_file };
}

server server_with(const identity *id, const X509 *chain, bool starttls)
{
	return (server){ .ctx = server_context(id, chain),
	    .greeting = starttls ? "+OK\r\n" : NULL };
}

void assert_failed(const sqb_engine *e, sqb_code code, const char *has)
{
	if (e->error.code != code || !strstr(e->error.text, has))
		print_error("want %s \"…%s…\", got %s \"%s\"\n",
		    sqb_code_name(code), has, sqb_code_name(e->error.code),
		    e->error.text);
	assert_int_equal(e->error.code, code);
	assert_non_null(strstr(e->error.text, has));
}

void test_nothing_left(void **state)
{
	const fixture *f = *state;

	while (count_threads() > f->threads_before)
		(void)usleep(1000);	/* a lookup that nobody waits for */
	assert_int_equal(count_fds(), f->fds_before);
}

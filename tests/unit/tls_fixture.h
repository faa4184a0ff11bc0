/*
 * What the tests of TLS share: a CA and those it vouches for or not, as files
 * for the client; an engine with a secret to send; checks.
 */
#ifndef SQB_TESTS_TLS_FIXTURE_H
#define SQB_TESTS_TLS_FIXTURE_H

#include <squab/link.h>

#include "certificates.h"
#include "fake_engine.h"
#include "loopback.h"

enum { PATH = 128 };

typedef struct fixture {
	size_t fds_before, threads_before;
	char dir[32];
	char ca_file[PATH], other_file[PATH], self_file[PATH];
	char empty_crl[PATH], revoking_crl[PATH], other_crl[PATH];
	char cert_file[PATH], key_file[PATH], hash_file[PATH];
	identity ca, other, middle, self, leaf, client;
	char pin_hex[65], pin_base64[45];
} fixture;

int fixture_set_up(void **state);
int fixture_tear_down(void **state);

/* What fresh_engine() sends once TLS is up, and no earlier. */
#define SECRET "PASS secret\r\n"
enum { SECRET_LEN = sizeof(SECRET) - 1 };

/* starttls: TLS begins after a greeting of five octets. */
sqb_engine fresh_engine(bool starttls);
sqb_link_options options_for(const fixture *f);	/* trusts f->ca */
server server_with(const identity *id, const X509 *chain, bool starttls);

void assert_failed(const sqb_engine *e, sqb_code code, const char *has);

/* As many descriptors and threads as at set-up: the last test. */
void test_nothing_left(void **state);

#endif

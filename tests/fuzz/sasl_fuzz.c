/*
 * Challenges for every mechanism of SASL, a line each. The first octet picks
 * the mechanism; its highest bit says that the lines are taken as they are,
 * and not encoded first. Demanded: an error has its code and one line of
 * text, our part of it without the secrets; nothing is said with it, and no
 * success comes after.
 */
#include <stdlib.h>
#include <string.h>

#include "text/base64.h"
#include "wire/sasl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const mechanisms[] = {
	"SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256",
	"SCRAM-SHA-1", "OAUTHBEARER", "XOAUTH2", "PLAIN", "LOGIN", "CRAM-MD5",
	"DIGEST-MD5", "EXTERNAL", "ANONYMOUS",
};

enum { N_MECHANISMS = sizeof(mechanisms) / sizeof(mechanisms[0]) };

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static sqb__sasl *begin(const char *mechanism, const sqb_login *login)
{
	static const sqb_tls_info tls = {
		.version = "TLSv1.3",
		.exporter = SQB_STR("0123456789abcdef0123456789abcdef"),
	};
	const sqb__sasl_params p = {
		.allocator = sqb_allocator_default(),
		.login = login,
		.service = "pop",
		.host = SQB_STR("mail.example.org"),
		.port = 995,
		.tls = &tls,
		.nonce = SQB_STR("abc"),
	};
	sqb_error err = { 0 };
	sqb__sasl *s;

	demand(sqb__sasl_new(&s, mechanism, &p, &err) == SQB_OK);
	return s;
}

static void check_error(sqb__sasl *s, int rc, sqb_error *err)
{
	demand(rc == SQB_E_PROTO || rc == SQB_E_AUTH || rc == SQB_E_LIMIT);
	demand(err->code == (sqb_code)rc && err->text[0] != '\0');
	demand(!strpbrk(err->text, "\r\n\033"));
	err->text[err->peer > 0 ? err->peer : strlen(err->text)] = '\0';
	demand(!strstr(err->text, "s3cr3t"));
	demand(sqb__sasl_finish(s, err) == SQB_E_AUTH);
}

static bool turn(sqb__sasl *s, sqb_str challenge)
{
	sqb_error err = { 0 };
	sqb__buf out, back;
	int rc;

	sqb__buf_init(&out, sqb_allocator_default(), 1 << 20);
	sqb__buf_init(&back, sqb_allocator_default(), 1 << 20);
	rc = sqb__sasl_step(s, challenge, &out, &err);
	if (rc < 0)
		check_error(s, rc, &err);
	demand(rc == SQB_OK || sqb__buf_len(&out) == 0);
	demand(sqb__buf_add_decoded(&back, sqb__buf_str(&out)));
	sqb__buf_clear(&out);
	sqb__buf_clear(&back);
	return rc == SQB_OK;
}

static bool turn_encoded(sqb__sasl *s, sqb_str challenge)
{
	sqb__buf b;
	bool ok;

	sqb__buf_init(&b, sqb_allocator_default(), 1 << 24);
	sqb__buf_add_base64(&b, challenge);
	ok = turn(s, sqb__buf_str(&b));
	sqb__buf_clear(&b);
	return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const sqb_login login = {
		.user = SQB_STR("user"),
		.password = SQB_STR("s3cr3t-pencil"),
		.token = SQB_STR("s3cr3t-token"),
	};
	bool raw, going = true;
	sqb__sasl *s;

	if (size == 0)
		return 0;
	raw = data[0] & 0x80;
	s = begin(mechanisms[(data[0] & 0x7f) % N_MECHANISMS], &login);
	data++;
	size--;
	if (sqb__sasl_client_first(s))
		going = turn(s, (sqb_str){ NULL, 0 });
	while (going && size > 0) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t len = end ? (size_t)(end - data) : size;
		sqb_str line = { (const char *)data, len };

		going = raw ? turn(s, line) : turn_encoded(s, line);
		len += end ? 1 : 0;
		data += len;
		size -= len;
	}
	sqb__sasl_free(s);
	return 0;
}

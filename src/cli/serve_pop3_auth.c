/*
 * POP3, the server's side of logging in: USER and PASS, APOP (RFC 1939), and
 * AUTH (RFC 5034) with PLAIN (RFC 4616). There is one user.
 */
#include "serve_pop3.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum { MD5_SIZE = 16 };

bool pop3_may_log_in(const pop3_session *s)
{
	return !s->world->require_tls || serve_conn_is_tls(s->conn);
}

/* Answers itself where it is not so. */
static bool want_line_safe(pop3_session *s)
{
	bool safe = pop3_may_log_in(s);

	if (!safe)
		pop3_err(s, "log in under TLS: STLS first");
	return safe;
}

static void check(pop3_session *s, bool good)
{
	if (good)
		pop3_log_in(s);
	else
		pop3_err(s, "[AUTH] wrong user name or password");
}

void pop3_on_user(pop3_session *s, sqb_str arg)
{
	if (!want_line_safe(s))
		return;
	if (arg.len == 0 || arg.len >= sizeof(s->user)) {
		pop3_err(s, "the user's name is missing");
		return;
	}
	memcpy(s->user, arg.ptr, arg.len);
	s->user[arg.len] = '\0';
	s->has_user = true;
	serve_conn_printf(s->conn, "+OK now PASS\r\n");
}

void pop3_on_pass(pop3_session *s, sqb_str arg)
{
	if (!want_line_safe(s))
		return;
	if (!s->has_user) {
		pop3_err(s, "USER comes first");
		return;
	}
	s->has_user = false;
	check(s, serve_is_user(s->world, sqb_str_of(s->user)) &&
	    serve_is_same(arg, s->world->password));
}

/* The digest of RFC 1939, section 7, in hex. False: OpenSSL has no MD5. */
static bool apop_digest(const pop3_session *s, char hex[2 * MD5_SIZE + 1])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char digest[EVP_MAX_MD_SIZE];
	bool good = ctx && EVP_DigestInit_ex(ctx, EVP_md5(), NULL) &&
	    EVP_DigestUpdate(ctx, s->stamp, strlen(s->stamp)) &&
	    EVP_DigestUpdate(ctx, s->world->password,
	    strlen(s->world->password)) &&
	    EVP_DigestFinal_ex(ctx, digest, NULL);

	EVP_MD_CTX_free(ctx);
	if (!good)
		return false;
	for (size_t i = 0; i < MD5_SIZE; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	return true;
}

/* APOP name digest; the name may have spaces, the digest has none */
void pop3_on_apop(pop3_session *s, sqb_str arg)
{
	char want[2 * MD5_SIZE + 1];
	size_t at = arg.len;

	if (!want_line_safe(s))
		return;
	while (at > 0 && arg.ptr[at - 1] != ' ')
		at--;
	if (at < 2) {
		pop3_err(s, "APOP takes a name and a digest");
		return;
	}
	if (!apop_digest(s, want)) {
		pop3_err(s, "[SYS/PERM] no MD5 here");
		return;
	}
	check(s, serve_is_user(s->world, (sqb_str){ arg.ptr, at - 1 }) &&
	    serve_is_same((sqb_str){ arg.ptr + at, arg.len - at }, want));
}

void pop3_on_plain(pop3_session *s, sqb_str base64)
{
	size_t len = 0;
	char *message;

	if (base64.len == 1 && base64.ptr[0] == '*') {
		pop3_err(s, "canceled");
		return;
	}
	message = serve_decode(base64, &len);
	if (!message)
		pop3_err(s, "that is not base64");
	else
		check(s, serve_check_plain(s->world,
		    (sqb_str){ message, len }));
	OPENSSL_clear_free(message, len);
}

void pop3_on_auth(pop3_session *s, sqb_str arg)
{
	static const sqb_str plain = SQB_STR("PLAIN");
	const char *space = memchr(arg.ptr, ' ', arg.len);
	sqb_str name = { arg.ptr, space ? (size_t)(space - arg.ptr) :
	    arg.len };

	if (arg.len == 0) {
		serve_conn_printf(s->conn, "+OK mechanisms\r\n%s.\r\n",
		    pop3_may_log_in(s) ? "PLAIN\r\n" : "");
		return;
	}
	if (!want_line_safe(s))
		return;
	if (!sqb_str_eq_nocase(name, plain)) {
		pop3_err(s, "unknown mechanism: only PLAIN");
	} else if (space) {
		pop3_on_plain(s, (sqb_str){ space + 1,
		    arg.len - name.len - 1 });
	} else {
		s->in_plain = true;
		serve_conn_limit_line(s->conn, SERVE_LINE_MAX);
		serve_conn_printf(s->conn, "+ \r\n");
	}
}

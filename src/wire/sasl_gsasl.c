/*
 * DIGEST-MD5 (RFC 2831) and GSSAPI (RFC 4752) by GNU SASL, authentication
 * only. It takes its memory from malloc, and wipes none of it; the copy of
 * the password that we gave it is wiped here. DIGEST-MD5 is obsolete
 * (RFC 6331): both are used only by name.
 */
#include "wire/sasl_mech.h"

#include "base/error.h"

#include <gsasl.h>
#include <string.h>

static int fail(const sqb__sasl *s, int rc, sqb_error *err)
{
	sqb_code code = SQB_E_AUTH;

	if (rc == GSASL_MALLOC_ERROR)
		code = SQB_E_NOMEM;
	else if (rc == GSASL_UNKNOWN_MECHANISM)
		code = SQB_E_UNSUPPORTED;
	else if (rc == GSASL_MECHANISM_PARSE_ERROR)
		code = SQB_E_PROTO;
	sqb__error(err, code, "login: ", s->mech->name, ": ",
	    gsasl_strerror(rc));
	err->sys = rc;
	return code;
}

static int set(sqb__sasl *s, Gsasl_property property, sqb_str value)
{
	if (value.len == 0)
		return GSASL_OK;
	return gsasl_property_set_raw(s->session, property, value.ptr,
	    value.len);
}

static int start(sqb__sasl *s)
{
	const sqb_login *login = s->p.login;
	bool gssapi = strcmp(s->mech->name, "GSSAPI") == 0;
	int rc = gsasl_init(&s->gsasl);

	if (rc == GSASL_OK)
		rc = gsasl_client_start(s->gsasl, s->mech->name, &s->session);
	if (rc == GSASL_OK)
		rc = set(s, GSASL_AUTHID, login->user);
	if (rc == GSASL_OK)
		/* a Kerberos principal is seldom the mailbox's name */
		rc = set(s, GSASL_AUTHZID, gssapi && login->authzid.len == 0 ?
		    login->user : login->authzid);
	if (rc == GSASL_OK)
		rc = set(s, GSASL_PASSWORD, login->password);
	if (rc == GSASL_OK)
		rc = set(s, GSASL_SERVICE, sqb_str_of(s->p.service));
	if (rc == GSASL_OK)
		rc = set(s, GSASL_HOSTNAME, s->p.host);
	return rc;
}

int sqb__gsasl_turn(sqb__sasl *s, sqb_str challenge, sqb__buf *reply,
    sqb_error *err)
{
	char *out = NULL;
	size_t len = 0;
	int rc = GSASL_OK;

	if (s->complete)
		return SQB_OK;
	/* two empty ones, and libgsasl 2.2 follows a null pointer */
	if (challenge.len == 0 && !sqb__sasl_client_first(s))
		return sqb__error(err, SQB_E_PROTO, "login: the server sent "
		    "an empty challenge for ", s->mech->name);
	if (!s->session)
		rc = start(s);
	if (rc == GSASL_OK)
		rc = gsasl_step(s->session, challenge.ptr, challenge.len, &out,
		    &len);
	if (rc == GSASL_OK || rc == GSASL_NEEDS_MORE)
		sqb__buf_add(reply, (sqb_str){ out, len });
	if (out)
		sqb__wipe(out, len);
	gsasl_free(out);
	if (rc != GSASL_OK && rc != GSASL_NEEDS_MORE)
		return fail(s, rc, err);
	s->complete = rc == GSASL_OK;
	return SQB_OK;
}

void sqb__gsasl_clear(sqb__sasl *s)
{
	const char *password;

	if (s->session) {
		password = gsasl_property_fast(s->session, GSASL_PASSWORD);
		if (password)
			sqb__wipe((char *)password, strlen(password));
		gsasl_finish(s->session);
	}
	if (s->gsasl)
		gsasl_done(s->gsasl);
}

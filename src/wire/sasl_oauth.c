/*
 * Access tokens (RFC 6749): OAUTHBEARER (RFC 7628) and its forerunner
 * XOAUTH2, which Google and Microsoft take. A server that refuses the token
 * says why in a challenge, JSON, and wants an answer to that before it says
 * no; what counts for us is the no.
 */
#include "wire/sasl_mech.h"

#include "base/ascii.h"
#include "base/error.h"

#define KVSEP "\001"

static int check_challenge(const sqb__sasl *s, sqb_str challenge,
    sqb_error *err)
{
	if (challenge.len == 0)
		return SQB_OK;
	return sqb__error(err, SQB_E_PROTO, "login: the server sent a "
	    "challenge before ", s->mech->name, " had said anything");
}

/* A kvsep in a value would begin a field of its own. */
static int check_value(const char *what, sqb_str value, sqb_error *err)
{
	for (size_t i = 0; i < value.len; i++)
		if (sqb__is_control(value.ptr[i]))
			return sqb__error(err, SQB_E_USAGE, "login: ", what,
			    " holds a control character");
	return SQB_OK;
}

static void add_token(const sqb__sasl *s, sqb__buf *reply)
{
	sqb__buf_add_c(reply, KVSEP "auth=Bearer ");
	sqb__buf_add(reply, s->p.login->token);
	sqb__buf_add_c(reply, KVSEP KVSEP);
}

/* "user=" user ^A "auth=Bearer " token ^A ^A */
int sqb__xoauth2_token(sqb__sasl *s, sqb_str challenge, sqb__buf *reply,
    sqb_error *err)
{
	int rc = check_challenge(s, challenge, err);

	if (rc == SQB_OK)
		rc = check_value("the user name", s->p.login->user, err);
	if (rc == SQB_OK)
		rc = check_value("the access token", s->p.login->token, err);
	if (rc < 0)
		return rc;
	sqb__buf_add_c(reply, "user=");
	sqb__buf_add(reply, s->p.login->user);
	add_token(s, reply);
	s->complete = true;
	return SQB_OK;
}

/* client-resp = gs2-header kvsep *kvpair kvsep */
int sqb__oauthbearer_token(sqb__sasl *s, sqb_str challenge, sqb__buf *reply,
    sqb_error *err)
{
	const sqb_login *login = s->p.login;
	sqb_str name = login->authzid.len > 0 ? login->authzid : login->user;
	int rc = check_challenge(s, challenge, err);

	if (rc == SQB_OK)
		rc = check_value("the user name", name, err);
	if (rc == SQB_OK)
		rc = check_value("the access token", login->token, err);
	if (rc == SQB_OK)
		rc = check_value("the server's name", s->p.host, err);
	if (rc < 0)
		return rc;
	sqb__buf_add_c(reply, "n,a=");
	sqb__add_saslname(reply, name);
	sqb__buf_add_c(reply, ",");
	if (s->p.host.len > 0) {
		sqb__buf_add_c(reply, KVSEP "host=");
		sqb__buf_add(reply, s->p.host);
	}
	if (s->p.port > 0) {
		sqb__buf_add_c(reply, KVSEP "port=");
		sqb__buf_add_uint(reply, s->p.port);
	}
	add_token(s, reply);
	s->complete = true;
	return SQB_OK;
}

int sqb__xoauth2_sorry(sqb__sasl *s, sqb_str challenge, sqb__buf *reply,
    sqb_error *err)
{
	(void)challenge;
	(void)reply;
	(void)err;
	s->complete = false;
	return SQB_OK;
}

int sqb__oauthbearer_sorry(sqb__sasl *s, sqb_str challenge, sqb__buf *reply,
    sqb_error *err)
{
	(void)challenge;
	(void)err;
	sqb__buf_add_c(reply, KVSEP);
	s->complete = false;
	return SQB_OK;
}

/* It has had its answer, and should have said no. */
int sqb__oauth_over(sqb__sasl *s, sqb_str challenge, sqb__buf *reply,
    sqb_error *err)
{
	(void)reply;
	sqb__error(err, SQB_E_AUTH, "login: the server refused the access "
	    "token of ", s->mech->name, ": ");
	sqb__error_add_peer(err, "", challenge);
	return SQB_E_AUTH;
}

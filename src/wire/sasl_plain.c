/*
 * The mechanisms that say a thing and no more: PLAIN (RFC 4616), LOGIN
 * (draft-murchison-sasl-login), EXTERNAL (RFC 4422, appendix A), ANONYMOUS
 * (RFC 4505) and CRAM-MD5 (RFC 2195). Names and passwords go as they are: to
 * prepare them is the server's part (RFC 4616, section 2), and one that does
 * not, as Dovecot, would not know a password again whose "²" became a "2".
 */
#include "wire/sasl_mech.h"

#include "base/error.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

/* message = [authzid] UTF8NUL authcid UTF8NUL passwd */
int sqb__plain_message(sqb__sasl *s, sqb_str challenge, sqb__buf *reply,
    sqb_error *err)
{
	const sqb_login *login = s->p.login;

	(void)challenge;
	(void)err;
	sqb__buf_add(reply, login->authzid);
	sqb__buf_add_char(reply, '\0');
	sqb__buf_add(reply, login->user);
	sqb__buf_add_char(reply, '\0');
	sqb__buf_add(reply, login->password);
	s->complete = true;
	return SQB_OK;
}

int sqb__login_user(sqb__sasl *s, sqb_str challenge, sqb__buf *reply,
    sqb_error *err)
{
	(void)challenge;
	(void)err;
	sqb__buf_add(reply, s->p.login->user);
	return SQB_OK;
}

int sqb__login_password(sqb__sasl *s, sqb_str challenge, sqb__buf *reply,
    sqb_error *err)
{
	(void)challenge;
	(void)err;
	sqb__buf_add(reply, s->p.login->password);
	s->complete = true;
	return SQB_OK;
}

int sqb__external_identity(sqb__sasl *s, sqb_str challenge, sqb__buf *reply,
    sqb_error *err)
{
	(void)challenge;
	(void)err;
	sqb__buf_add(reply, s->p.login->authzid);
	s->complete = true;
	return SQB_OK;
}

int sqb__anonymous_trace(sqb__sasl *s, sqb_str challenge, sqb__buf *reply,
    sqb_error *err)
{
	(void)challenge;
	(void)err;
	sqb__buf_add(reply, s->p.login->user);
	s->complete = true;
	return SQB_OK;
}

/* response = user SP digest, in lower-case hexadecimal digits */
int sqb__cram_md5_digest(sqb__sasl *s, sqb_str challenge, sqb__buf *reply,
    sqb_error *err)
{
	static const char hex[] = "0123456789abcdef";
	const sqb_login *login = s->p.login;
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len;

	if (challenge.len == 0)
		return sqb__error(err, SQB_E_PROTO, "login: the server sent "
		    "an empty challenge for CRAM-MD5");
	if (login->password.len > INT32_MAX ||
	    !HMAC(EVP_md5(), login->password.ptr, (int)login->password.len,
	    (const unsigned char *)challenge.ptr, challenge.len, digest, &len))
		return sqb__error(err, SQB_E_UNSUPPORTED, "login: this "
		    "system's OpenSSL does no MD5, which CRAM-MD5 needs");
	sqb__buf_add(reply, login->user);
	sqb__buf_add_char(reply, ' ');
	for (unsigned i = 0; i < len; i++) {
		sqb__buf_add_char(reply, hex[digest[i] >> 4]);
		sqb__buf_add_char(reply, hex[digest[i] & 15]);
	}
	sqb__wipe(digest, sizeof(digest));
	s->complete = true;
	return SQB_OK;
}

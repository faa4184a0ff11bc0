/* Who may log in, for all protocols: there is one user. */
#include "serve.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

bool serve_is_same(sqb_str given, const char *secret)
{
	return given.len == strlen(secret) &&
	    CRYPTO_memcmp(given.ptr, secret, given.len) == 0;
}

bool serve_is_user(const serve_world *w, sqb_str name)
{
	size_t len = strlen(w->user);

	if (name.len > len && name.ptr[len] == '+')
		name.len = len;
	return serve_is_same(name, w->user);
}

char *serve_decode(sqb_str base64, size_t *len)
{
	unsigned char *out = OPENSSL_malloc(base64.len + 1);
	int n = out && base64.len > 0 ? EVP_DecodeBlock(out,
	    (const unsigned char *)base64.ptr, (int)base64.len) : -1;

	for (size_t i = 1; i <= 2 && n > 0; i++)
		n -= base64.ptr[base64.len - i] == '=';
	if (n < 0) {
		OPENSSL_free(out);
		return NULL;
	}
	*len = (size_t)n;
	return (char *)out;
}

/* message = [authzid] NUL authcid NUL passwd */
bool serve_check_plain(const serve_world *w, sqb_str m)
{
	const char *end = m.ptr + m.len, *user, *password;
	sqb_str authzid;

	user = memchr(m.ptr, '\0', m.len);
	if (!user++)
		return false;
	password = memchr(user, '\0', (size_t)(end - user));
	if (!password++)
		return false;
	authzid = (sqb_str){ m.ptr, (size_t)(user - 1 - m.ptr) };
	return (authzid.len == 0 || serve_is_user(w, authzid)) &&
	    serve_is_user(w,
	    (sqb_str){ user, (size_t)(password - 1 - user) }) &&
	    serve_is_same((sqb_str){ password, (size_t)(end - password) },
	    w->password);
}

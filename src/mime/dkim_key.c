/*
 * Keys that sign: RSA and Ed25519 (RFC 6376, section 3.3; RFC 8301; RFC 8463)
 * from PEM. OpenSSL holds the private part and wipes it; no copy is made here.
 */
#include "mime/dkim.h"

#include "base/ascii.h"
#include "base/error.h"
#include "text/base64.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

enum {
	MIN_BITS = 1024,		/* RFC 8301, section 3.2 */
	ED25519_PUBLIC = 32,
	MAX_PEM = 64 * 1024,
	MAX_PUBLIC = 4096,	/* base64 of what SQB__DKIM_BITS needs */
	MAX_LABEL = 63
};

/* sub-domain = Let-dig [Ldh-str]             RFC 5321, section 4.1.2 */
static size_t label_len(const char *s)
{
	size_t n = 0;

	while (sqb__is_letter(s[n]) || sqb__is_digit(s[n]) ||
	    (s[n] == '-' && n > 0))
		n++;
	return n > MAX_LABEL || (n > 0 && s[n - 1] == '-') ? 0 : n;
}

/*
 * selector = sub-domain *( "." sub-domain )          RFC 6376, section 3.1
 * domain-name = sub-domain 1*( "." sub-domain )      RFC 6376, section 3.5
 */
static bool is_name(const char *s, bool has_dot)
{
	for (;;) {
		size_t n = label_len(s);

		if (n == 0)
			return false;
		if (s[n] == '\0')
			return has_dot;
		if (s[n] != '.')
			return false;
		has_dot = true;
		s += n + 1;
	}
}

static int set_name(char out[SQB_DOMAIN_MAX], const char *name, bool domain,
    sqb_error *err)
{
	int code = sqb_domain_ascii(out, sqb_str_of(name));
	char shown[SQB_ERROR_TEXT];

	if (code == SQB_E_NOMEM)
		return sqb__error(err, code, "dkim: out of memory");
	if (code == SQB_OK && is_name(out, !domain))
		return SQB_OK;
	sqb__visible(shown, sizeof(shown), sqb_str_of(name));
	return sqb__error(err, SQB_E_USAGE, "dkim: not a ",
	    domain ? "domain" : "selector", ": \"", shown, "\"");
}

/* Never asks a terminal. */
static int no_passphrase(char *buf, int cap, int writing, void *ctx)
{
	(void)buf;
	(void)cap;
	(void)writing;
	*(bool *)ctx = true;
	return -1;
}

static int read_pem(sqb_dkim_key *key, sqb_str pem, sqb_error *err)
{
	bool asked = false;
	BIO *bio;

	if (pem.len == 0 || pem.len > MAX_PEM)
		return sqb__error(err, SQB_E_USAGE,
		    "dkim: the private key is no PEM");
	bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
	if (!bio)
		return sqb__error(err, SQB_E_NOMEM, "dkim: out of memory");
	ERR_set_mark();
	key->pkey = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, &asked);
	ERR_pop_to_mark();
	BIO_free(bio);
	if (key->pkey)
		return SQB_OK;
	return sqb__error(err, SQB_E_USAGE, asked ?
	    "dkim: the private key has a passphrase: take it off" :
	    "dkim: there is no private key in the PEM");
}

static int check_kind(sqb_dkim_key *key, sqb_error *err)
{
	int id = EVP_PKEY_get_base_id(key->pkey);
	int bits = EVP_PKEY_get_bits(key->pkey);

	key->rsa = id == EVP_PKEY_RSA;
	if (!key->rsa && id != EVP_PKEY_ED25519)
		return sqb__error(err, SQB_E_USAGE,
		    "dkim: the private key is neither RSA nor Ed25519");
	if (key->rsa && bits < MIN_BITS)
		return sqb__error(err, SQB_E_USAGE,
		    "dkim: an RSA key needs at least 1,024 bits");
	if (key->rsa && bits > SQB__DKIM_BITS)
		return sqb__error(err, SQB_E_USAGE,
		    "dkim: an RSA key has at most 8,192 bits");
	return SQB_OK;
}

/* RSA: SubjectPublicKeyInfo; Ed25519: the octets (RFC 8463, section 4). */
static int set_public(sqb_dkim_key *key, sqb_error *err)
{
	unsigned char raw[ED25519_PUBLIC], *der = NULL;
	size_t len = sizeof(raw);
	int n;

	if (key->rsa) {
		n = i2d_PUBKEY(key->pkey, &der);
		len = n > 0 ? (size_t)n : 0;
	} else if (EVP_PKEY_get_raw_public_key(key->pkey, raw, &len) != 1) {
		len = 0;
	}
	sqb__buf_add_base64(&key->p, (sqb_str){ (char *)(key->rsa ? der : raw),
	    len });
	sqb__buf_add_char(&key->p, '\0');
	OPENSSL_free(der);
	if (len > 0 && !key->p.failed)
		return SQB_OK;
	return sqb__error(err, SQB_E_NOMEM, "dkim: out of memory");
}

static int fill(sqb_dkim_key *key, const char *domain, const char *selector,
    sqb_str pem, sqb_error *err)
{
	int code = set_name(key->domain, domain, true, err);

	if (code == SQB_OK)
		code = set_name(key->selector, selector, false, err);
	if (code == SQB_OK)
		code = read_pem(key, pem, err);
	if (code == SQB_OK)
		code = check_kind(key, err);
	if (code == SQB_OK)
		code = set_public(key, err);
	return code;
}

int sqb_dkim_key_new(sqb_dkim_key **key, const char *domain,
    const char *selector, sqb_str pem, const sqb_allocator *allocator,
    sqb_error *err)
{
	const sqb_allocator *a = allocator ? allocator :
	    sqb_allocator_default();
	sqb_dkim_key *k = a->alloc(a->ctx, sizeof(*k));
	int code;

	*key = NULL;
	if (!k)
		return sqb__error(err, SQB_E_NOMEM, "dkim: out of memory");
	*k = (sqb_dkim_key){ .allocator = a };
	sqb__buf_init(&k->p, a, MAX_PUBLIC);
	code = fill(k, domain, selector, pem, err);
	if (code == SQB_OK)
		*key = k;
	else
		sqb_dkim_key_free(k);
	return code;
}

void sqb_dkim_key_free(sqb_dkim_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	sqb__buf_clear(&key->p);
	key->allocator->free(key->allocator->ctx, key);
}

const char *sqb_dkim_public(const sqb_dkim_key *key)
{
	return sqb__buf_str(&key->p).ptr;
}

const char *sqb_dkim_algorithm(const sqb_dkim_key *key)
{
	return key->rsa ? "rsa" : "ed25519";
}

/* RSASSA-PKCS1-v1_5, RFC 6376, section 3.3.2 */
static bool sign_rsa(EVP_PKEY *pkey, const unsigned char *hash,
    unsigned char *signature, size_t *len)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
	bool ok = ctx && EVP_PKEY_sign_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1 &&
	    EVP_PKEY_sign(ctx, signature, len, hash, SQB__DKIM_HASH) == 1;

	EVP_PKEY_CTX_free(ctx);
	return ok;
}

/* PureEdDSA of the hash, RFC 8463, section 3 */
static bool sign_ed25519(EVP_PKEY *pkey, const unsigned char *hash,
    unsigned char *signature, size_t *len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
	    EVP_DigestSign(ctx, signature, len, hash, SQB__DKIM_HASH) == 1;

	EVP_MD_CTX_free(ctx);
	return ok;
}

int sqb__dkim_key_sign(const sqb_dkim_key *key,
    const unsigned char hash[SQB__DKIM_HASH], unsigned char *signature,
    size_t *len)
{
	bool ok;

	*len = SQB__DKIM_SIGNATURE;
	ERR_set_mark();
	ok = key->rsa ? sign_rsa(key->pkey, hash, signature, len) :
	    sign_ed25519(key->pkey, hash, signature, len);
	ERR_pop_to_mark();
	return ok ? SQB_OK : SQB_E_NOMEM;
}

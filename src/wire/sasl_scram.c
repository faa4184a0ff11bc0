/*
 * SCRAM-SHA-1 and SCRAM-SHA-256 with their -PLUS forms: RFC 5802, RFC 7677,
 * bound to the TLS channel by tls-exporter (RFC 9266) or tls-server-end-point
 * (RFC 5929). The server is held to the grammar, and a server that asks for
 * too little or too much work, or cannot show its signature, is not let
 * through. tls-unique is left out: TLS 1.3 has none.
 */
#include "wire/sasl_mech.h"

#include "base/ascii.h"
#include "base/error.h"
#include "text/base64.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>

enum {
	MIN_ITERATIONS = 4096,
	MAX_ITERATIONS = 600000,
	MAX_SALT = 1024,
	NONCE_OCTETS = 24,
	MAX_HASH = 32
};

bool sqb__scram_binding(const sqb__sasl_params *p, const char **type,
    sqb_str *octets)
{
	if (p->tls && p->tls->exporter.len > 0) {
		*type = "tls-exporter";
		*octets = p->tls->exporter;
		return true;
	}
	if (p->tls && p->tls->end_point.len > 0) {
		*type = "tls-server-end-point";
		*octets = p->tls->end_point;
		return true;
	}
	return false;
}

static bool plus_offered(const sqb__sasl_params *p)
{
	return sqb__has_word(p->offered, "SCRAM-SHA-256-PLUS") ||
	    sqb__has_word(p->offered, "SCRAM-SHA-1-PLUS");
}

/*
 * gs2-header = gs2-cbind-flag "," [authzid] ","
 * "y": we could bind, but saw no -PLUS. A server that did offer one learns
 * from it that somebody has cut its list (RFC 5802, section 6).
 */
static void add_header(const sqb__sasl *s, sqb__buf *out)
{
	const char *type;
	sqb_str octets;
	bool can = sqb__scram_binding(&s->p, &type, &octets);

	if (can && s->mech->flags & SQB__SASL_BINDS) {
		sqb__buf_add_c(out, "p=");
		sqb__buf_add_c(out, type);
	} else {
		sqb__buf_add_c(out, can && !plus_offered(&s->p) ? "y" : "n");
	}
	sqb__buf_add_c(out, ",");
	if (s->p.login->authzid.len > 0) {
		sqb__buf_add_c(out, "a=");
		sqb__add_saslname(out, s->p.login->authzid);
	}
	sqb__buf_add_c(out, ",");
}

/* username = "n=" saslname */
static void add_username(const sqb__sasl *s, sqb__buf *out)
{
	sqb__buf name;

	sqb__buf_init(&name, out->allocator, out->max);
	name.secret = true;
	sqb__saslprep(&name, s->p.login->user, true);
	sqb__buf_add_c(out, "n=");
	sqb__add_saslname(out, sqb__buf_str(&name));
	out->failed |= name.failed;
	sqb__buf_clear(&name);
}

/* nonce = "r=" c-nonce */
static bool add_nonce(sqb__sasl *s)
{
	sqb__buf *auth = &s->scram.auth;
	unsigned char octets[NONCE_OCTETS];

	sqb__buf_add_c(auth, "r=");
	s->scram.nonce_at = sqb__buf_len(auth);
	if (s->p.nonce.len > 0) {
		sqb__buf_add(auth, s->p.nonce);
	} else {
		if (RAND_bytes(octets, sizeof(octets)) != 1)
			return false;
		sqb__buf_add_base64(auth, (sqb_str){ (char *)octets,
		    sizeof(octets) });
	}
	s->scram.nonce_len = sqb__buf_len(auth) - s->scram.nonce_at;
	return true;
}

static int no_memory(sqb_error *err)
{
	return sqb__error(err, SQB_E_NOMEM, "login: out of memory");
}

/* client-first-message = gs2-header username "," nonce */
int sqb__scram_first(sqb__sasl *s, sqb_str challenge, sqb__buf *reply,
    sqb_error *err)
{
	sqb__buf *auth = &s->scram.auth;

	if (challenge.len > 0)
		return sqb__error(err, SQB_E_PROTO, "login: the server sent a "
		    "challenge before ", s->mech->name, " had said anything");
	add_username(s, auth);
	sqb__buf_add_c(auth, ",");
	if (!add_nonce(s))
		return sqb__error(err, SQB_E_UNSUPPORTED,
		    "login: OpenSSL has no random numbers");
	if (auth->failed)
		return no_memory(err);
	add_header(s, reply);
	sqb__buf_add(reply, sqb__buf_str(auth));
	return SQB_OK;
}

/* attr-val = ALPHA "=" value, and the comma that more follows */
static bool take_attr(sqb_str *msg, char name, sqb_str *value)
{
	const char *comma = msg->len > 0 ? memchr(msg->ptr, ',', msg->len) :
	    NULL;
	size_t len = comma ? (size_t)(comma - msg->ptr) : msg->len;

	if (len < 3 || msg->ptr[0] != name || msg->ptr[1] != '=' ||
	    len + 1 == msg->len)
		return false;
	*value = (sqb_str){ msg->ptr + 2, len - 2 };
	*msg = sqb__str_from(*msg, comma ? len + 1 : len);
	return true;
}

/* extensions = attr-val *("," attr-val), all unknown, to be ignored */
static bool are_extensions(sqb_str msg)
{
	sqb_str value;

	while (msg.len > 0) {
		char name = sqb__lower(msg.ptr[0]);

		if (name < 'a' || name > 'z' || msg.ptr[0] == 'm' ||
		    !take_attr(&msg, msg.ptr[0], &value))
			return false;
	}
	return true;
}

static int bad_message(const sqb__sasl *s, const char *what, sqb_error *err)
{
	return sqb__error(err, SQB_E_PROTO, "login: ", s->mech->name,
	    ": the server sent ", what);
}

/* server-error = "e=" server-error-value */
static int refused(const sqb__sasl *s, sqb_str value, sqb_error *err)
{
	sqb__error(err, SQB_E_AUTH, "login: the server refused ",
	    s->mech->name, ": ");
	sqb__error_add_peer(err, "", value);
	return SQB_E_AUTH;
}

/* Ours, and more of printable = %x21-2B / %x2D-7E behind it. */
static bool is_nonce(const sqb__sasl *s, sqb_str nonce)
{
	const sqb__scram *scram = &s->scram;
	sqb_str ours = { sqb__buf_str(&scram->auth).ptr + scram->nonce_at,
	    scram->nonce_len };

	for (size_t i = 0; i < nonce.len; i++)
		if (nonce.ptr[i] < 0x21 || nonce.ptr[i] > 0x7e)
			return false;
	return nonce.len > ours.len &&
	    sqb_str_eq((sqb_str){ nonce.ptr, ours.len }, ours);
}

static int check_iterations(const sqb__sasl *s, sqb_str digits, int *n,
    sqb_error *err)
{
	uint64_t value;

	for (size_t i = 0; i < digits.len; i++)
		if (!sqb__is_digit(digits.ptr[i]) || digits.ptr[0] == '0')
			return bad_message(s, "a bad iteration count", err);
	if (!sqb__parse_uint(digits, MAX_ITERATIONS, &value))
		return sqb__error(err, SQB_E_LIMIT, "login: ", s->mech->name,
		    ": the server asks for more than 600000 iterations");
	if (value < MIN_ITERATIONS)
		return sqb__error(err, SQB_E_LIMIT, "login: ", s->mech->name,
		    ": the server asks for less than 4096 iterations, which "
		    "protects no password");
	*n = (int)value;
	return SQB_OK;
}

typedef struct server_first {
	sqb_str nonce;
	sqb__buf salt;
	int iterations;
} server_first;

static int take_salt(const sqb__sasl *s, sqb_str base64, sqb__buf *salt,
    sqb_error *err)
{
	if (base64.len <= sqb__base64_encoded_len(MAX_SALT) &&
	    !sqb__buf_add_decoded(salt, base64))
		return bad_message(s, "a salt that is no base64", err);
	if (salt->failed)
		return no_memory(err);
	if (base64.len > sqb__base64_encoded_len(MAX_SALT) ||
	    sqb__buf_len(salt) > MAX_SALT)
		return sqb__error(err, SQB_E_LIMIT, "login: ", s->mech->name,
		    ": the server's salt is over 1 KiB");
	return SQB_OK;
}

/*
 * server-first-message = [reserved-mext ","] nonce "," salt ","
 *                        iteration-count ["," extensions]
 */
static int parse_first(const sqb__sasl *s, sqb_str msg, server_first *f,
    sqb_error *err)
{
	sqb_str salt, iterations, value;
	int rc;

	if (take_attr(&msg, 'e', &value))
		return refused(s, value, err);
	if (take_attr(&msg, 'm', &value))
		return sqb__error(err, SQB_E_AUTH, "login: ", s->mech->name,
		    ": the server demands an extension that is not known");
	if (!take_attr(&msg, 'r', &f->nonce) || !take_attr(&msg, 's', &salt) ||
	    !take_attr(&msg, 'i', &iterations) || !are_extensions(msg))
		return bad_message(s, "a malformed first message", err);
	if (!is_nonce(s, f->nonce))
		return sqb__error(err, SQB_E_AUTH, "login: ", s->mech->name,
		    ": the server's nonce is not made from ours");
	rc = check_iterations(s, iterations, &f->iterations, err);
	return rc < 0 ? rc : take_salt(s, salt, &f->salt, err);
}

/* "," server-first "," channel-binding "," nonce: AuthMessage is whole */
static bool grow_auth(sqb__sasl *s, sqb_str server, sqb_str nonce)
{
	sqb__buf *auth = &s->scram.auth;
	sqb__buf input;			/* cbind-input */
	const char *type;
	sqb_str octets;

	sqb__buf_init(&input, auth->allocator, auth->max);
	add_header(s, &input);
	if (s->mech->flags & SQB__SASL_BINDS &&
	    sqb__scram_binding(&s->p, &type, &octets))
		sqb__buf_add(&input, octets);
	sqb__buf_add_c(auth, ",");
	sqb__buf_add(auth, server);
	sqb__buf_add_c(auth, ",c=");
	sqb__buf_add_base64(auth, sqb__buf_str(&input));
	sqb__buf_add_c(auth, ",r=");
	sqb__buf_add(auth, nonce);
	auth->failed |= input.failed;
	sqb__buf_clear(&input);
	return !auth->failed;
}

static bool hmac(const EVP_MD *md, const uint8_t *key, sqb_str text,
    uint8_t *out)
{
	return HMAC(md, key, EVP_MD_get_size(md),
	    (const unsigned char *)text.ptr, text.len, out, NULL) != NULL;
}

/* SaltedPassword = Hi(Normalize(password), salt, i) */
static bool salt_password(const sqb__sasl *s, const server_first *f,
    const EVP_MD *md, uint8_t *out)
{
	const sqb__buf *auth = &s->scram.auth;
	sqb_str salt = sqb__buf_str(&f->salt);
	sqb__buf password;
	bool ok;

	sqb__buf_init(&password, auth->allocator, auth->max);
	password.secret = true;
	sqb__saslprep(&password, s->p.login->password, false);
	ok = !password.failed && PKCS5_PBKDF2_HMAC(
	    sqb__buf_str(&password).ptr, (int)sqb__buf_len(&password),
	    (const unsigned char *)salt.ptr, (int)salt.len, f->iterations, md,
	    EVP_MD_get_size(md), out) == 1;
	sqb__buf_clear(&password);
	return ok;
}

/*
 * RFC 5802, section 3: the client's proof, and the signature to expect.
 * False: memory is short.
 */
static bool compute(sqb__sasl *s, const server_first *f, uint8_t *proof)
{
	static const sqb_str client_label = SQB_STR("Client Key");
	static const sqb_str server_label = SQB_STR("Server Key");
	const EVP_MD *md = EVP_get_digestbyname(s->mech->digest);
	sqb_str auth = sqb__buf_str(&s->scram.auth);
	struct {
		uint8_t salted[MAX_HASH], client[MAX_HASH], stored[MAX_HASH],
		    signature[MAX_HASH], server[MAX_HASH];
	} k = { 0 };
	bool ok;

	ok = md && salt_password(s, f, md, k.salted) &&
	    hmac(md, k.salted, client_label, k.client) &&
	    EVP_Digest(k.client, (size_t)EVP_MD_get_size(md), k.stored, NULL,
	    md, NULL) == 1 &&
	    hmac(md, k.stored, auth, k.signature) &&
	    hmac(md, k.salted, server_label, k.server) &&
	    hmac(md, k.server, auth, s->scram.signature);
	for (size_t i = 0; i < MAX_HASH; i++)
		proof[i] = k.client[i] ^ k.signature[i];
	sqb__wipe(&k, sizeof(k));
	return ok;
}

static size_t hash_len(const sqb__sasl *s)
{
	return (size_t)EVP_MD_get_size(EVP_get_digestbyname(s->mech->digest));
}

static int answer(sqb__sasl *s, sqb_str challenge, const server_first *f,
    sqb__buf *reply)
{
	size_t bare_len = sqb__buf_len(&s->scram.auth);
	uint8_t proof[MAX_HASH];

	if (!grow_auth(s, challenge, f->nonce) || !compute(s, f, proof))
		return SQB_E_NOMEM;
	sqb__buf_add(reply, sqb__str_from(sqb__buf_str(&s->scram.auth),
	    bare_len + 1 + challenge.len + 1));
	sqb__buf_add_c(reply, ",p=");
	sqb__buf_add_base64(reply, (sqb_str){ (char *)proof, hash_len(s) });
	return SQB_OK;
}

/* client-final-message = channel-binding "," nonce "," proof */
int sqb__scram_final(sqb__sasl *s, sqb_str challenge, sqb__buf *reply,
    sqb_error *err)
{
	server_first f = { .iterations = 0 };
	int rc;

	sqb__buf_init(&f.salt, reply->allocator,
	    sqb__base64_encoded_len(MAX_SALT));
	rc = parse_first(s, challenge, &f, err);
	if (rc == SQB_OK && answer(s, challenge, &f, reply) < 0)
		rc = no_memory(err);
	sqb__buf_clear(&f.salt);
	return rc;
}

/* server-final-message = (server-error / verifier) ["," extensions] */
int sqb__scram_verify(sqb__sasl *s, sqb_str challenge, sqb__buf *reply,
    sqb_error *err)
{
	char shown[MAX_HASH + 2];
	sqb_str value;
	size_t len;

	(void)reply;
	if (take_attr(&challenge, 'e', &value))
		return refused(s, value, err);
	if (!take_attr(&challenge, 'v', &value) || !are_extensions(challenge))
		return bad_message(s, "a malformed last message", err);
	if (value.len > sqb__base64_encoded_len(MAX_HASH))
		return bad_message(s, "too long a signature", err);
	if (!sqb__base64_decode(shown, value, &len))
		return bad_message(s, "a signature that is no base64", err);
	if (len != hash_len(s) ||
	    CRYPTO_memcmp(shown, s->scram.signature, len) != 0)
		return sqb__error(err, SQB_E_AUTH, "login: ", s->mech->name,
		    ": the server's signature is wrong; it does not know the "
		    "password and is not who it says");
	s->complete = true;
	return SQB_OK;
}

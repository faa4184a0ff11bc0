/*
 * Signing: DKIM, RFC 6376, with RSA (at least 1,024 bits) or Ed25519 (RFC
 * 8463) and SHA-256, relaxed canonicalization of header and body. compose.h
 * signs what it writes; this is for messages that are there already.
 */
#ifndef SQUAB_DKIM_H
#define SQUAB_DKIM_H

#include <squab/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sqb_dkim_key sqb_dkim_key;

/*
 * The private key, PEM (PKCS #8 or #1) without a passphrase, whose public half
 * is in DNS at selector._domainkey.domain. Both names may be international
 * (RFC 8616). All is copied, and the key wiped when it is freed. One key may
 * be used by several threads at once. allocator and err may be NULL.
 *
 * *key is set on SQB_OK only, else NULL.
 *
 * SQB_E_USAGE  no such domain or selector can be, or no key of the two kinds,
 *              or an RSA key of under 1,024 or over 8,192 bits
 * SQB_E_NOMEM
 */
SQB_API int sqb_dkim_key_new(sqb_dkim_key **key, const char *domain,
    const char *selector, sqb_str pem, const sqb_allocator *allocator,
    sqb_error *err);
/* key may be NULL. */
SQB_API void sqb_dkim_key_free(sqb_dkim_key *key);

/* The value of p= in the key's DNS record, base64. Lifetime: the key's. */
SQB_API const char *sqb_dkim_public(const sqb_dkim_key *key);
/* "rsa" or "ed25519", the k= of that record. Static. */
SQB_API const char *sqb_dkim_algorithm(const sqb_dkim_key *key);

/*
 * The DKIM-Signature field of a whole message, with its CRLF: to be put in
 * front of it. The message's lines end in CRLF or LF, which is read as CRLF,
 * as is a lone CR in the body; they must be sent as CRLF. A body of ASCII in
 * lines of at most 998 octets is what no server on the way has a reason to
 * change (RFC 6376, section 5.3).
 * now: seconds since 1970 UTC. *field is set on SQB_OK only, ends in NUL, and
 * is given back to allocator (NULL: the default) by its free function. err may
 * be NULL.
 *
 * Signed are the fields that a reader sees, those that say how to read the
 * body, and those of lists (RFC 8058, section 4), each with one more of its
 * name, so that a second one cannot be added (RFC 6376, section 5.4.2).
 *
 * SQB_E_USAGE  the header has no From, or a line that is no field
 * SQB_E_LIMIT  it has more than 10,000 fields, or too many of one name
 * SQB_E_NOMEM
 */
SQB_API int sqb_dkim_sign(char **field, const sqb_dkim_key *key,
    sqb_str message, int64_t now, const sqb_allocator *allocator,
    sqb_error *err);

#ifdef __cplusplus
}
#endif
#endif

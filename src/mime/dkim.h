/*
 * Inside DKIM: what a writer of messages needs that knows the header before
 * it, and lets the body through in pieces.
 */
#ifndef SQB_MIME_DKIM_H
#define SQB_MIME_DKIM_H

#include <squab/dkim.h>
#include <squab/message.h>

#include "base/buf.h"

#include <openssl/evp.h>

enum {
	SQB__DKIM_HASH = 32,		/* octets of SHA-256 */
	SQB__DKIM_FIELD = 64 * 1024,	/* octets of a signature field */
	SQB__DKIM_BITS = 8192,		/* of an RSA key at most */
	SQB__DKIM_SIGNATURE = SQB__DKIM_BITS / 8
};

/* A message digest that is fed octet by octet. */
typedef struct sqb__dkim_hash {
	EVP_MD_CTX *md;
	size_t n;		/* octets that wait in staged */
	bool failed;		/* no memory */
	char staged[1024];
} sqb__dkim_hash;

/*
 * The hash of a body, relaxed (RFC 6376, section 3.4.4), given in pieces of
 * any size whose lines end in CRLF, LF or CR.
 */
typedef struct sqb__dkim_body {
	sqb__dkim_hash hash;
	uint64_t n_ends;	/* line ends that count if more follows */
	bool blank;		/* blanks that count if the line goes on */
	bool cr;		/* the last octet; LF may follow */
	bool any;		/* there is more than empty lines */
} sqb__dkim_body;

/* Once more after end: another body. */
void sqb__dkim_body_begin(sqb__dkim_body *b);
void sqb__dkim_body_add(sqb__dkim_body *b, sqb_str piece);
/* SQB_OK or SQB_E_NOMEM; b is done with in both cases. */
int sqb__dkim_body_end(sqb__dkim_body *b, unsigned char sum[SQB__DKIM_HASH]);
/* Gives up; not needed after end. */
void sqb__dkim_body_clear(sqb__dkim_body *b);

/*
 * Appends the DKIM-Signature field, with CRLF, of a message with that header
 * section (with or without the empty line at its end) and body hash.
 *
 * Errors: as sqb_dkim_sign(). out is as it was then, or failed.
 */
int sqb__dkim_add_field(sqb__buf *out, const sqb_dkim_key *key,
    sqb_str header, const unsigned char body[SQB__DKIM_HASH], int64_t now,
    sqb_error *err);

/*
 * The signature, RFC 6376, section 3.7: of the fields of header that names
 * (as in h=, RFC 6376 section 3.5) stand for, from the last one up, and of
 * field, the signature field up to "b=". signature has SQB__DKIM_SIGNATURE
 * octets of room, *len of which are used.
 *
 * SQB_E_NOMEM  or the key cannot sign
 */
int sqb__dkim_signature(const sqb_dkim_key *key, sqb_str header,
    sqb_str names, sqb_str field, unsigned char *signature, size_t *len);

/* dkim_key.c */
struct sqb_dkim_key {
	const sqb_allocator *allocator;
	EVP_PKEY *pkey;
	bool rsa;			/* else Ed25519 */
	sqb__buf p;			/* p= in base64, closed with NUL */
	char domain[SQB_DOMAIN_MAX];
	char selector[SQB_DOMAIN_MAX];
};

/* Signs a SHA-256 hash; as sqb__dkim_signature(). */
int sqb__dkim_key_sign(const sqb_dkim_key *key,
    const unsigned char hash[SQB__DKIM_HASH], unsigned char *signature,
    size_t *len);

#endif

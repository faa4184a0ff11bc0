/*
 * SASL (RFC 4422), the client's side, without I/O: which mechanism, and its
 * challenges and responses, which are base64 text here as on the wire of
 * POP3, IMAP and SMTP.
 */
#ifndef SQB_WIRE_SASL_H
#define SQB_WIRE_SASL_H

#include <squab/engine.h>

#include "base/buf.h"

typedef struct sqb__sasl sqb__sasl;

/* All borrowed until sqb__sasl_free(). */
typedef struct sqb__sasl_params {
	const sqb_allocator *allocator;
	const sqb_login *login;
	sqb_str offered;	/* the server's mechanisms, separated by
				   spaces; "USER" is one where it is taken */
	const char *service;	/* "pop", "imap", "smtp" */
	sqb_str host;		/* the server's name */
	uint16_t port;
	const sqb_tls_info *tls; /* NULL: the line is in clear */
	bool clear_allowed;	/* the caller chose to go without TLS */
	sqb_str nonce;		/* SCRAM's, where a test needs a known one;
				   empty: a random one */
} sqb__sasl_params;

/*
 * The strongest mechanism that the server offers and the login has what it
 * takes for. "USER", the protocol's own plain command, is chosen like a
 * mechanism. Clear-text ones are chosen only when tls is set or
 * clear_allowed; CRAM-MD5 comes last under TLS, before the clear-text ones
 * without. With login->mechanism set that one is returned, whether offered or
 * not, if it is known and permitted. NULL: none fits; err says why and what
 * would help. Who writes USER, PASS or RPOP then needs an sqb__secure_line.
 *
 * SQB_E_UNSUPPORTED  the mechanism is not known, or the line has no channel
 *                    binding, or nothing on offer fits
 * SQB_E_TLS          it shows the secret to everybody on this line
 * SQB_E_USAGE        the login lacks something, or holds NUL
 * Lifetime: static.
 */
const char *sqb__sasl_choose(const sqb__sasl_params *p, sqb_error *err);

/* The codes of sqb__sasl_choose(), which it checks again, or SQB_E_NOMEM. */
int sqb__sasl_new(sqb__sasl **s, const char *mechanism,
    const sqb__sasl_params *p, sqb_error *err);
void sqb__sasl_free(sqb__sasl *s);	/* wipes; s may be NULL */

/* True: the client speaks first, and an initial response may be sent. */
bool sqb__sasl_client_first(const sqb__sasl *s);

/*
 * Takes a challenge (base64, strictly, but anything for PLAIN and LOGIN;
 * empty for the one that asks for the client's first) and appends the
 * response to out (base64; "" is an empty response; the caller turns it into
 * "=" where it is an initial one). Once the client has nothing left to say
 * the response is empty. out should be secret; after an error nothing was
 * appended.
 *
 * SQB_E_PROTO   the challenge is no base64, or breaks the mechanism's grammar
 * SQB_E_AUTH    the server could not prove itself, or sent an error
 * SQB_E_LIMIT   too many steps (16), a challenge over 64 KiB, or iterations
 *               outside of 4,096 to 600,000
 * SQB_E_NOMEM
 * After an error: send "*", then free.
 */
int sqb__sasl_step(sqb__sasl *s, sqb_str challenge, sqb__buf *out,
    sqb_error *err);

/* True once at least one response was made. */
bool sqb__sasl_has_spoken(const sqb__sasl *s);

/*
 * The server says that we are in. SQB_E_AUTH when the mechanism is not done:
 * the server has not asked for all of it, has not proved itself (SCRAM's
 * server signature), or has refused the token before.
 */
int sqb__sasl_finish(const sqb__sasl *s, sqb_error *err);

#endif

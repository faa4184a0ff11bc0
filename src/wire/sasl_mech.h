/* Between sasl.c and the mechanisms: one small file per family. */
#ifndef SQB_WIRE_SASL_MECH_H
#define SQB_WIRE_SASL_MECH_H

#include "wire/sasl.h"

enum {
	SQB__SASL_FIRST = 1 << 0,	/* the client speaks first */
	SQB__SASL_CLEAR = 1 << 1,	/* who reads the line has the secret */
	SQB__SASL_NAMED = 1 << 2,	/* used only when the login names it */
	SQB__SASL_BINDS = 1 << 3,	/* needs a channel binding */
	SQB__SASL_COMMAND = 1 << 4,	/* no SASL: the protocol's own */
	SQB__SASL_DEAF = 1 << 5,	/* whatever a challenge says is right */
	SQB__SASL_LOOPS = 1 << 6,	/* the last turn is taken again */
	SQB__SASL_USER = 1 << 7,	/* needs a user name … */
	SQB__SASL_PASSWORD = 1 << 8,	/* … a password … */
	SQB__SASL_TOKEN = 1 << 9	/* … an access token */
};

/*
 * One turn of the client: adds the response to reply, whose failure sasl.c
 * looks after. challenge is decoded.
 */
typedef int sqb__sasl_turn(sqb__sasl *s, sqb_str challenge, sqb__buf *reply,
    sqb_error *err);

typedef struct sqb__sasl_mech {
	const char *name;
	unsigned flags;			/* SQB__SASL_… */
	sqb__sasl_turn *turns[3];	/* in order, up to a NULL */
	const char *digest;		/* SCRAM: OpenSSL's name of its hash */
} sqb__sasl_mech;

typedef struct sqb__scram {
	sqb__buf auth;			/* AuthMessage, as it grows */
	size_t nonce_at, nonce_len;	/* the client's nonce, within auth */
	uint8_t signature[32];		/* what the server has to show */
} sqb__scram;

struct sqb__sasl {
	sqb__sasl_params p;
	const sqb__sasl_mech *mech;
	unsigned n_steps;
	bool complete;		/* success may be believed */
	bool dead;		/* a step has failed */
	sqb__buf decoded, reply;
	sqb__scram scram;
	struct Gsasl *gsasl;	/* NULL until its first turn */
	struct Gsasl_session *session;
};

sqb__sasl_turn sqb__plain_message, sqb__login_user, sqb__login_password,
    sqb__external_identity, sqb__anonymous_trace;
sqb__sasl_turn sqb__xoauth2_token, sqb__xoauth2_sorry, sqb__oauthbearer_token,
    sqb__oauthbearer_sorry, sqb__oauth_over;
sqb__sasl_turn sqb__scram_first, sqb__scram_final, sqb__scram_verify;
sqb__sasl_turn sqb__cram_md5_digest;
sqb__sasl_turn sqb__gsasl_turn;

/* Releases what sqb__gsasl_turn() has left in s. */
void sqb__gsasl_clear(sqb__sasl *s);

/* The channel binding to use, type and octets. False: there is none. */
bool sqb__scram_binding(const sqb__sasl_params *p, const char **type,
    sqb_str *octets);

/*
 * Appends s prepared by SASLprep (RFC 4013), or s itself where that refuses
 * it or leaves nothing. query: unassigned code points are let through.
 */
void sqb__saslprep(sqb__buf *out, sqb_str s, bool query);

/* saslname: "," and "=" become "=2C" and "=3D" (RFC 5802, section 5.1). */
void sqb__add_saslname(sqb__buf *out, sqb_str s);

#endif

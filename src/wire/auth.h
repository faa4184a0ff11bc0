/*
 * AUTH as POP3 (RFC 5034) and SMTP (RFC 4954) have it: the choice of a
 * mechanism, the command with its initial response, the challenges, and who
 * has the last word. What a line of the server means is the protocol's.
 */
#ifndef SQB_WIRE_AUTH_H
#define SQB_WIRE_AUTH_H

#include "wire/engine.h"
#include "wire/sasl.h"

/* What the protocols differ in. */
typedef struct sqb__auth_dialect {
	const char *service;	/* "pop", "smtp" */
	size_t max_command;	/* octets of the AUTH command, with CRLF */
	bool bare_xoauth2;	/* XOAUTH2 goes without initial response:
				   Microsoft's servers take no other */
} sqb__auth_dialect;

typedef struct sqb__auth {
	sqb_engine *engine;
	const sqb__auth_dialect *dialect;
	sqb_str host;
	uint16_t port;
	sqb_tls_mode tls;

	sqb_login login;	/* of the login under way */
	const char *mechanism;	/* static; "" before the first */
	sqb__sasl *sasl;
	sqb__buf offered;	/* mechanisms, and USER: the protocol's to
				   fill in */
	sqb__buf first_response; /* base64, until it is said */
	bool spoken;		/* … which it is */
	bool given_up;		/* "*" was sent */
	sqb_code code;		/* of the first failure; SQB_OK: none */
	sqb_error error;	/* our words for it; code 0: none */
} sqb__auth;

/* SQB_E_USAGE: a field holds CR, LF or NUL, or is absurdly long. */
int sqb__auth_check(const sqb_login *login);

/* engine, dialect, host, port and tls are set; the rest is made ready. */
void sqb__auth_init(sqb__auth *a);
/* A login begins, with all forgotten of an earlier one. */
void sqb__auth_begin(sqb__auth *a, const sqb_login *login);
/* The login is over: secrets are wiped, code and error stay. */
void sqb__auth_end(sqb__auth *a);
void sqb__auth_clear(sqb__auth *a);	/* frees */

/* The first failure counts. why may be NULL. */
void sqb__auth_fail(sqb__auth *a, sqb_code code, const sqb_error *why);

/* Sets mechanism, from what is offered. False: failed. */
bool sqb__auth_choose(sqb__auth *a);

/*
 * Adds the AUTH command to the output, with the initial response where it fits
 * and may_begin. False: failed, and nothing was added.
 */
bool sqb__auth_say(sqb__auth *a, bool may_begin);

/* The client's first is still to be said: whatever asks, asks for it. */
bool sqb__auth_owes_first(const sqb__auth *a);

/* Answers a challenge, which may have blanks around it; gives up with "*". */
void sqb__auth_answer(sqb__auth *a, sqb_str challenge);

/*
 * The server says that we are in. One that does without having proved itself
 * where the mechanism lets it, or after we gave up, is not to be talked to:
 * the engine fails. True: it is good.
 */
bool sqb__auth_succeed(sqb__auth *a);

#endif

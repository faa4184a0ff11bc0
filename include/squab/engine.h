/*
 * The byte face that all protocols share.
 *
 * An engine is one connection's protocol state. It opens nothing, reads no
 * clock, starts no thread and calls nobody back: bytes and time go in, bytes
 * and events come out. It may move between threads but is used by one at a
 * time. An error is final: the first is kept, the commands under way are
 * answered with it, and then only free is left.
 *
 * Driving one, with a link (link.h) or by hand, is a loop over four things:
 * fetch events until there are none; send what sqb_engine_send_buf() gives;
 * receive into sqb_engine_recv_buf(); sleep no longer than to
 * sqb_engine_clock().
 */
#ifndef SQUAB_ENGINE_H
#define SQUAB_ENGINE_H

#include <squab/base.h>
#include <squab/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sqb_engine sqb_engine;

enum {
	SQB_WANT_RECV = 1 << 0,		/* input: sqb_engine_recv_buf() */
	SQB_WANT_SEND = 1 << 1,		/* output: sqb_engine_send_buf() */
	SQB_WANT_TLS = 1 << 2,		/* shake hands, then tls_done() */
	SQB_WANT_CLOSE = 1 << 3		/* nothing more will be exchanged */
};

/*
 * What the engine needs now: a set of SQB_WANT_…. TLS and CLOSE stand alone.
 * RECV is left out while an event waits to be fetched.
 */
SQB_API unsigned sqb_engine_wants(const sqb_engine *e);

/*
 * Runs until there is an event to fetch, or bytes are needed. True: fetch it
 * with the protocol's own next function. False: see sqb_engine_wants().
 */
SQB_API bool sqb_engine_step(sqb_engine *e);

/*
 * Where the next input goes; *cap > 0 while SQB_WANT_RECV is set, else NULL
 * and 0. This is where the buffer moves: slices of earlier events end here.
 */
SQB_API uint8_t *sqb_engine_recv_buf(sqb_engine *e, size_t *cap);
/* n bytes were put there. 0: the peer closed. */
SQB_API void sqb_engine_recv_ack(sqb_engine *e, size_t n);

/* What to send next. Lifetime: until the next call on e. NULL: nothing. */
SQB_API const uint8_t *sqb_engine_send_buf(sqb_engine *e, size_t *len);
/* The first n of them are on their way. */
SQB_API void sqb_engine_send_ack(sqb_engine *e, size_t n);

/* Bytes from to to (excluded) of the present send_buf are a secret. */
typedef struct sqb_range {
	size_t from, to;
} sqb_range;

/*
 * The secrets in the present send_buf, in order, for who writes a trace:
 * print *** in their place. Lifetime: until the next call on e.
 */
SQB_API const sqb_range *sqb_engine_secrets(const sqb_engine *e, size_t *n);

/*
 * The only way time gets in. Call before sleeping; sleep no longer than to
 * the time returned. When patience has run out the engine fails with
 * SQB_E_TIMEOUT and returns a time not after now. SQB_NEVER: no limit.
 */
SQB_API sqb_time sqb_engine_clock(sqb_engine *e, sqb_time now);

/* What the handshake found. All pointers are copied by tls_done(). */
typedef struct sqb_tls_info {
	const char *version;	/* "TLSv1.3" */
	const char *cipher;	/* "TLS_AES_256_GCM_SHA384" */
	bool verified;		/* chain and name were checked and are good */
	bool resumed;		/* it was in an earlier handshake; link.h */
	/* Channel bindings, RFC 5929 and RFC 9266; len 0: not to be had. */
	sqb_str exporter;	/* tls-exporter, 32 octets */
	sqb_str end_point;	/* tls-server-end-point, at most 64 octets */
} sqb_tls_info;

/* The handshake that SQB_WANT_TLS asked for is done. */
SQB_API void sqb_engine_tls_done(sqb_engine *e, const sqb_tls_info *info);
/* What was told to tls_done(); NULL: the line is in clear. */
SQB_API const sqb_tls_info *sqb_engine_tls(const sqb_engine *e);

/* The line broke, or the caller gives up. Ignored after an earlier error. */
SQB_API void sqb_engine_fail(sqb_engine *e, const sqb_error *why);
/* The error that ended the engine; NULL: none. Lifetime: the engine's. */
SQB_API const sqb_error *sqb_engine_error(const sqb_engine *e);

/* How a line is protected. */
typedef enum sqb_tls_mode {
	SQB_TLS_STARTTLS = 0,	/* begin in clear, demand TLS before all else */
	SQB_TLS_IMPLICIT = 1,	/* TLS from the first byte (RFC 8314) */
	SQB_TLS_OFF = 2		/* in clear: secrets may be read by anybody */
} sqb_tls_mode;

/*
 * Who logs in, and how. The slices are borrowed until the DONE event of the
 * command that was given it.
 */
typedef struct sqb_login {
	sqb_str user;		/* also the SASL authentication identity */
	sqb_str password;
	sqb_str token;		/* OAuth 2.0 access token (RFC 6749) */
	sqb_str authzid;	/* act as; empty: as user */
	sqb_str mechanism;	/* a SASL name, or "USER", "APOP", "RPOP";
				   empty: the strongest that both sides have */
	bool no_initial_response; /* never send one (RFC 5034, section 4) */
} sqb_login;

#ifdef __cplusplus
}
#endif
#endif

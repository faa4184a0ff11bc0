/*
 * Errors are values: no errno, no thread-local, no allocation.
 */
#ifndef SQUAB_ERROR_H
#define SQUAB_ERROR_H

#include <squab/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What went wrong, in the classes that a program acts on. */
typedef enum sqb_code {
	SQB_OK = 0,
	SQB_E_USAGE = -1,	/* the caller's mistake; nothing was sent */
	SQB_E_NOMEM = -2,	/* an allocation failed */
	SQB_E_LIMIT = -3,	/* the peer went past a limit of the options */
	SQB_E_NET = -4,		/* resolving, connecting, sending, receiving */
	SQB_E_TLS = -5,		/* handshake, certificate, or no TLS there */
	SQB_E_EOF = -6,		/* the peer closed the line too early */
	SQB_E_TIMEOUT = -7,	/* patience ran out */
	SQB_E_PROTO = -8,	/* the peer broke the grammar */
	SQB_E_REFUSED = -9,	/* a lasting no: -ERR, NO, 5xx */
	SQB_E_RETRY = -10,	/* a passing no: IN-USE, SYS/TEMP, 4xx */
	SQB_E_AUTH = -11,	/* credentials or mechanism refused */
	SQB_E_UNSUPPORTED = -12, /* the peer, or this build, cannot do it */
	SQB_E_CANCELED = -13,	/* the caller said stop */
	SQB_E_UNKNOWN = -14,	/* sent, but the reply was lost: it may or may
				   not have been done */
	SQB_E_SINK = -15,	/* the caller's sink refused the bytes */
	SQB_E_PARTIAL = -16	/* done for some recipients, not for others */
} sqb_code;

#define SQB_ERROR_TEXT 240	/* octets, with the closing NUL */

typedef struct sqb_error {
	sqb_code code;
	int32_t sys;		/* errno or a library's own number; 0: none */
	int32_t reply;		/* the protocol's reply code (sqb_pop3_resp);
				   0: none */
	uint16_t peer;		/* where in text the peer's own words begin,
				   control characters made visible; 0: none */
	uint64_t offset;	/* octets received when it was found */
	char text[SQB_ERROR_TEXT]; /* one line for a person: protocol, phase,
				   cause, what would help; always terminated */
} sqb_error;

/* "TIMEOUT", "AUTH", …; "?" for a number that is no sqb_code. Static. */
SQB_API const char *sqb_code_name(int code);

/* The exit status of sysexits.h that fits the code; 0 for SQB_OK. */
SQB_API int sqb_code_exit(int code);

#ifdef __cplusplus
}
#endif
#endif

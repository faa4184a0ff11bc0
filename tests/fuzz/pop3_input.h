/*
 * What an input of pop3_fuzz means. First a byte of flags, a byte that says
 * how to cut, the number of commands (its low five bits), and a byte for each
 * command: the verb in its low half, its argument in the high half. The rest
 * is what the server sends, in bursts with FUZZ_BURST between them: a burst
 * is given once the engine has no more to say to the one before it.
 */
#ifndef SQUAB_FUZZ_POP3_INPUT_H
#define SQUAB_FUZZ_POP3_INPUT_H

enum {
	FUZZ_TLS = 3,			/* an sqb_tls_mode; 3 is OFF too */
	FUZZ_SMALL = 1 << 2,		/* small limits */
	FUZZ_UTF8 = 1 << 3,		/* the option utf8 */
	FUZZ_STEPWISE = 1 << 4,		/* a command a burst, not all at once */

	FUZZ_CANCEL = 14,		/* in place of a verb: the oldest */
	FUZZ_WAIT = 15,			/* likewise: 50 seconds pass */
	FUZZ_MAX_COMMANDS = 31,

	FUZZ_BURST = 0x1e
};

/* The argument of LOGIN. */
static const char *const fuzz_mechanisms[16] = {
	"", "USER", "APOP", "RPOP", "PLAIN", "LOGIN", "XOAUTH2",
	"OAUTHBEARER", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256",
	"DIGEST-MD5", "EXTERNAL", "ANONYMOUS", "SCRAM-SHA-256-PLUS",
	"SCRAM-SHA-1-PLUS",
};

#endif

/*
 * A link moves an engine's bytes: it resolves names on a helper thread, tries
 * all addresses (Happy Eyeballs, RFC 8305), speaks TLS and verifies by
 * default. It can be driven by any event loop, or block.
 *
 * In a loop of your own, for ever: fetch the engine's events until there are
 * none; then wait for sqb_link_wants() on sqb_link_fd(), no longer than to
 * sqb_link_clock(), and call sqb_link_ready(). The clock is also how a link
 * says that it need not wait: it returns now when there is something to send,
 * or to take out of TLS. The fd may change while connecting: ask again each
 * time. A link never raises SIGPIPE.
 */
#ifndef SQUAB_LINK_H
#define SQUAB_LINK_H

#include <squab/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sqb_link sqb_link;

/* Verification is on by default. Strings are copied; zero is the default. */
typedef struct sqb_tls_options {
	const char *name;	/* to verify and send (SNI); default: the host;
				   IDNs are turned into A-labels */
	const char *ca_file;	/* PEM; trusted instead of the system's */
	const char *ca_dir;	/* hashed directory; likewise */
	const char *crl_file;	/* PEM; a revoked certificate is refused */
	const char *cert_file;	/* PEM chain: our own certificate, … */
	const char *key_file;	/* … and its key */
	const char *pin;	/* the server key's SPKI SHA-256, 64 hex digits
				   or base64 with or without "sha256/"; it is
				   checked as well as the chain */
	bool no_verify;		/* trust anybody: for tests only. With pin,
				   the pin alone is checked */
	bool min_tls13;		/* refuse TLS 1.2 too; older never works */
	bool no_resumption;	/* verify anew for each connection, and keep
				   nothing for the next: see below */
} sqb_tls_options;

/*
 * A process reads the files of these options, and the system's certificates,
 * once for all connections, and again when one has changed.
 *
 * Who comes back to a server resumes the TLS session of an earlier connection
 * (RFC 8446, section 2.2), which costs a fraction of a handshake. That happens
 * only where all options and the place are the same, within an hour of the
 * last full verification, on connections that a link made itself, without
 * proxy or tunnel; no early data is sent. What it takes is kept in memory that
 * all links share, bounded, and never on a disk. sqb_tls_info.resumed tells.
 */

/*
 * Called with what has just been received or sent, in clear also where the
 * line is not; secrets are already replaced by "***", one that leaves in two
 * pieces by two. sent: true, we sent it. Must not call back into the link.
 */
typedef void (*sqb_trace_fn)(void *ctx, bool sent, sqb_str bytes);

typedef struct sqb_link_options {
	size_t size;			/* sizeof(sqb_link_options) */
	const sqb_allocator *allocator;	/* for the link itself; TLS and the
					   resolver use malloc */
	sqb_tls_options tls;
	sqb_time connect_timeout;	/* ms, resolving included: 30,000 */
	sqb_time tls_timeout;		/* ms for the handshake: 30,000 */
	sqb_time attempt_delay;		/* ms between addresses: 250 */
	const char *source_address;	/* numeric address to connect from */
	/*
	 * How to get there, at most one of the three. TLS runs inside and
	 * verifies the server's name all the same. Unix sockets need none, and
	 * are connected to directly.
	 */
	/*
	 * socks5://[user[:password]@]host[:1080] (RFC 1928, 1929) or
	 * http://[user[:password]@]host[:80] (CONNECT, RFC 9110, 9.3.6); user
	 * and password percent-encoded. It resolves the name. The password is
	 * in no trace and no error.
	 */
	const char *proxy;
	const char *proxy_password;	/* instead of one in the URL */
	const char *const *tunnel;	/* a command's words, NULL at the end;
					   read by sqb_link_new() only. Its
					   standard input and output are the
					   line, its standard error is ours. It
					   is a process group of its own, where
					   our input is no terminal that it may
					   have to ask. Killed and waited for
					   when the link is freed: wait for no
					   children that are not yours */
	const int *fd;			/* a connected stream socket, of which
					   the link makes a duplicate; read by
					   sqb_link_new() only */
	/*
	 * A dead peer is found by asking a silent one (keep-alive), and by
	 * what nobody acknowledges. Systems that lack a part leave it out.
	 */
	sqb_time keep_alive_idle;	/* ms of silence: 60,000; SQB_NEVER:
					   do not ask */
	sqb_time keep_alive_interval;	/* ms from one probe to the next:
					   15,000 */
	int keep_alive_probes;		/* unanswered until it is dead: 4 */
	sqb_time unacknowledged;	/* ms at most: 60,000 (TCP_USER_TIMEOUT,
					   RFC 5482) */
	sqb_trace_fn trace;
	void *trace_ctx;
} sqb_link_options;

/*
 * Starts connecting e to host (a name, address or IDN) and port. Never blocks
 * and fails late: errors, SQB_E_NET above all, come out of the engine.
 * A host that begins with / is the path of a Unix socket, which has no port;
 * TLS needs options->tls.name there.
 *
 * options may be NULL. e must outlive the link.
 */
SQB_API sqb_link *sqb_link_new(sqb_engine *e, const char *host, uint16_t port,
    const sqb_link_options *options);

/*
 * The same over a connected stream socket, which the link owns from now on:
 * when NULL is returned it has been closed. TLS needs options->tls.name here.
 */
SQB_API sqb_link *sqb_link_new_fd(sqb_engine *e, int fd,
    const sqb_link_options *options);

/* Closes the line. l may be NULL. */
SQB_API void sqb_link_free(sqb_link *l);

/*
 * What to wait for: SQB_WANT_RECV is readable, SQB_WANT_SEND writable. -1 and
 * 0 when the link broke before it had a descriptor.
 */
SQB_API int sqb_link_fd(const sqb_link *l);
SQB_API unsigned sqb_link_wants(const sqb_link *l);

/*
 * The engine's clock, and until it is connected and secure the link's own
 * deadlines instead; see sqb_engine_clock().
 */
SQB_API sqb_time sqb_link_clock(sqb_link *l, sqb_time now);

/*
 * Moves what the line allows, without blocking. ready: what the loop saw, a
 * set of SQB_WANT_RECV and SQB_WANT_SEND, or 0 after a timer.
 */
SQB_API void sqb_link_ready(sqb_link *l, unsigned ready);

/*
 * The blocking driver: returns when an event waits, the engine wants nothing
 * or only to be closed, or at_most milliseconds have passed. SQB_NEVER: as
 * long as the deadlines allow, and never longer.
 */
SQB_API void sqb_link_wait(sqb_link *l, sqb_time at_most);

/*
 * The clock that sqb_link_wait() uses, for sqb_link_clock(). On Linux it goes
 * on while the system sleeps: after that deadlines that have passed are seen
 * at the next look at it, in sqb_link_wait() within five seconds.
 */
SQB_API sqb_time sqb_link_now(void);

/*
 * Ends the session: the fd stirs, and the engine fails with SQB_E_CANCELED in
 * the next call on the link, in sqb_link_wait() at once. The only call that
 * is allowed from another thread or from a signal handler; l must not be
 * freed meanwhile.
 */
SQB_API void sqb_link_interrupt(sqb_link *l);

/*
 * "192.0.2.1", the address reached, that of the proxy where there is one; ""
 * before. Lifetime: the link's.
 */
SQB_API const char *sqb_link_address(const sqb_link *l);

/* The server's certificate, for people. Lifetime of strings: the link's. */
typedef struct sqb_certificate {
	const char *subject, *issuer;	/* RFC 2253 form, control-free */
	const char *not_after;		/* "2027-01-31T12:00:00Z" */
	const char *names;		/* subjectAltNames, separated by ", " */
	char spki_sha256[65];		/* what a pin would be */
} sqb_certificate;

/* NULL: no TLS, or not yet. Lifetime: the link's. */
SQB_API const sqb_certificate *sqb_link_certificate(const sqb_link *l);

#ifdef __cplusplus
}
#endif
#endif

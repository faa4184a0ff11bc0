/*
 * The parts of `squab serve`: a loop with listeners, connections that frame
 * lines, and a protocol on each that answers them.
 */
#ifndef SQB_CLI_SERVE_H
#define SQB_CLI_SERVE_H

#include <squab/base.h>

#include <openssl/ssl.h>
#include <stdio.h>

/* What all sessions share; it outlives them. */
typedef struct serve_world {
	const char *user, *password;
	bool require_tls;	/* no log-in in clear */
	bool require_auth;	/* no mail from who has not logged in */
	uint64_t max_message;	/* octets of a mail that comes in */
	struct serve_fail *fail; /* what goes wrong on purpose */
	bool no_pipelining;	/* do not announce it */
	SSL_CTX *tls;
	struct serve_maildir *maildir;
} serve_world;

/* serve_conn.c: one client's line, plain or TLS, with bounded buffers. */

typedef struct serve_conn serve_conn;

enum {
	SERVE_LINE_MAX = 65536,	/* what a protocol may allow for a line */
	SERVE_REPLY_MAX = 4096	/* room there is when a protocol is called */
};

/*
 * A protocol answers lines. line, too_long and more are called only while
 * there is room for SERVE_REPLY_MAX octets of output, so that a client that
 * does not read stops its own session and nothing else.
 */
typedef struct serve_protocol {
	/* A client is here: greet it. NULL: no memory. */
	void *(*open)(serve_conn *c, const serve_world *w);
	/* A line without its end. It may be overwritten. */
	void (*line)(void *session, char *line, size_t len);
	/* A line passed the limit; it is lost and so is the session. */
	void (*too_long)(void *session);
	/* The next piece of what serve_conn_stream() began. False: the last. */
	bool (*more)(void *session);
	/*
	 * Between serve_conn_take_octets() and serve_conn_take_lines(), in
	 * place of line: what came, of which it says how many it took. 0: all
	 * of it is the beginning of something, and more is needed.
	 */
	size_t (*octets)(void *session, const char *p, size_t n);
	void (*close)(void *session);
} serve_protocol;

/* Owns fd, and closes it when there is no memory (NULL). tls: from the start */
serve_conn *serve_conn_new(int fd, const serve_protocol *p,
    const serve_world *w, bool tls, sqb_time now);
void serve_conn_free(serve_conn *c);

/* For the loop: the poll(2) events to wait for, and how long. */
int serve_conn_fd(const serve_conn *c);
short serve_conn_events(const serve_conn *c);
sqb_time serve_conn_deadline(const serve_conn *c);
/* Moves what can be moved without blocking. False: the line is dead. */
bool serve_conn_turn(serve_conn *c, sqb_time now);

/* For protocols: output. The room is what can still be written. */
size_t serve_conn_room(const serve_conn *c);
void serve_conn_write(serve_conn *c, const char *p, size_t n);
void serve_conn_printf(serve_conn *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same memory as serve_conn_write() fills, to be filled in place. */
char *serve_conn_tail(serve_conn *c);
void serve_conn_wrote(serve_conn *c, size_t n);

/* The longest line from now on, its end included; <= SERVE_LINE_MAX. */
void serve_conn_limit_line(serve_conn *c, size_t max);
/* From now on call more() until it is false, and no lines meanwhile. */
void serve_conn_stream(serve_conn *c);
/* From now on octets() is called, and then line() again. */
void serve_conn_take_octets(serve_conn *c);
void serve_conn_take_lines(serve_conn *c);
/* Nothing that comes is heard any more, and nothing is said. */
void serve_conn_stall(serve_conn *c);
/* Send what waits and hang up. */
void serve_conn_finish(serve_conn *c);
/* Hang up at once: for what cannot be said any more. */
void serve_conn_abort(serve_conn *c);
/* True: input waits behind the line that is being handled. */
bool serve_conn_has_input(const serve_conn *c);
/* Send what waits, then shake hands. */
void serve_conn_start_tls(serve_conn *c);
bool serve_conn_is_tls(const serve_conn *c);

/* serve_pop3.c, serve_smtp.c */
extern const serve_protocol serve_pop3, serve_smtp, serve_lmtp;

/* serve_auth.c: who may log in. */

/* In a time that does not depend on where they differ. */
bool serve_is_same(sqb_str given, const char *secret);
/* The user's name, or that and "+ANYTHING": one of many accounts. */
bool serve_is_user(const serve_world *w, sqb_str name);
/* What base64 is, for OPENSSL_clear_free(). NULL: none, or no memory. */
char *serve_decode(sqb_str base64, size_t *len);
/* A message of AUTH PLAIN (RFC 4616): the user's name and password. */
bool serve_check_plain(const serve_world *w, sqb_str message);

/* serve_fail.c: what goes wrong on purpose; see squab-serve(1). */

typedef struct serve_fail serve_fail;

typedef enum serve_place {
	SERVE_AT_GREETING, SERVE_AT_EHLO, SERVE_AT_STARTTLS, SERVE_AT_AUTH,
	SERVE_AT_MAIL, SERVE_AT_RCPT, SERVE_AT_DATA, SERVE_AT_MESSAGE,
	SERVE_AT_END, SERVE_AT_QUIT, SERVE_N_PLACES
} serve_place;

typedef struct serve_failure {
	enum { SERVE_SAY, SERVE_DROP, SERVE_STALL } how;
	const char *reply;		/* "451 4.3.0 later", for SAY */
} serve_failure;

/* Adds a rule. False: it is none. */
bool serve_fail_add(serve_fail **f, const char *rule);
void serve_fail_free(serve_fail *f);
/*
 * What is to go wrong here, once more; NULL: nothing. address: of RCPT, else
 * empty. Lifetime: that of f.
 */
const serve_failure *serve_fail_at(serve_fail *f, serve_place place,
    sqb_str address);

/* serve_post.c: a mail on its way into a Maildir. */

typedef struct serve_post serve_post;

/* A file in tmp/, to be filled; NULL: see errno. */
serve_post *serve_post_begin(const struct serve_maildir *m);
/* False: see errno; only dropping is left. */
bool serve_post_write(serve_post *p, const char *bytes, size_t n);
/* Moves it to new/ and frees it. False: it is dropped, see errno. */
bool serve_post_deliver(serve_post *p);
void serve_post_drop(serve_post *p);	/* p may be NULL */

/* serve_maildir.c: a Maildir as it was when it was looked at. */

typedef struct serve_maildir serve_maildir;

typedef struct serve_message {
	size_t name;		/* where in names: "cur/…" or "new/…" */
	uint64_t size;		/* octets on the wire, without the last dot */
} serve_message;

/* Shared by the sessions that saw the same state of the Maildir. */
typedef struct serve_snapshot {
	size_t n_users;
	serve_message *messages;	/* in the order of their names */
	size_t n_messages, cap;
	char *names;
	size_t names_len, names_cap;
	uint64_t total;			/* of the sizes */
} serve_snapshot;

#define SERVE_UIDL_SIZE 71	/* RFC 1939, section 7: 1 to 70 characters */

/* NULL: there is no such Maildir, or it cannot be read; see errno. */
serve_maildir *serve_maildir_open(const char *path);
void serve_maildir_close(serve_maildir *m);
/* Its directory. */
int serve_maildir_fd(const serve_maildir *m);
/* NULL: see errno. Give it back with serve_snapshot_release(). */
serve_snapshot *serve_maildir_snapshot(serve_maildir *m);
void serve_snapshot_release(serve_snapshot *s);
/* A file descriptor to read the message from; -1: see errno. */
int serve_maildir_read(const serve_maildir *m, const serve_snapshot *s,
    size_t i);
bool serve_maildir_remove(const serve_maildir *m, const serve_snapshot *s,
    size_t i);
void serve_snapshot_uidl(const serve_snapshot *s, size_t i,
    char out[SERVE_UIDL_SIZE]);

/* serve_body.c: a message file in the form of RFC 1939, section 3. */

typedef struct serve_body {
	int fd;			/* -1: none is open */
	bool in_header;
	uint64_t lines;		/* of the body that are still wanted */
	size_t column;		/* octets of the present line so far */
	char last;		/* the octet before */
} serve_body;

/* Owns fd. n_lines of the body after the header; UINT64_MAX: all. */
void serve_body_begin(serve_body *b, int fd, uint64_t n_lines);
/* Writes a piece. 1: there is more; 0: all done, dot and all; -1: see errno. */
int serve_body_more(serve_body *b, serve_conn *c);
void serve_body_end(serve_body *b);

/* serve_cert.c */

/*
 * A TLS context with a new certificate for this machine's loopback names, and
 * the certificate of the authority that signed it. False: OpenSSL refused.
 */
bool serve_cert_make(SSL_CTX **tls, X509 **authority);

/* serve_loop.c */

typedef struct serve_loop serve_loop;

/* NULL: no memory or no pipe. At most one a process: it takes the signals. */
serve_loop *serve_loop_new(const serve_world *w);
void serve_loop_free(serve_loop *l);
/*
 * Listens on the loopback addresses; *port 0 becomes the free port that was
 * found. False: see errno.
 */
bool serve_loop_listen(serve_loop *l, const serve_protocol *p, bool tls,
    uint16_t *port);
/* Serves until SIGINT or SIGTERM. False: see errno. */
bool serve_loop_run(serve_loop *l);

#endif

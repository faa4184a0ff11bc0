/*
 * The friendly layer: a server by its URL, one blocking call a task, or one
 * that is stepped by a loop of your own. Every wait has a deadline. It is a
 * link (link.h) and an engine (pop3.h) under one roof, and both can be
 * reached.
 *
 * Calls return SQB_OK or a negative sqb_code; sqb_pop3_error() has the words.
 * A refusal leaves the session usable, and so does an answer that makes no
 * sense; when the line or the session is over, every call says so with the
 * error that ended it, and only sqb_pop3_close() is left.
 */
#ifndef SQUAB_SESSION_H
#define SQUAB_SESSION_H

#include <squab/link.h>
#include <squab/message.h>
#include <squab/pop3.h>
#include <squab/smtp.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A server's URL: scheme://[user@]host[:port]. pop3s is TLS from the start
 * (port 995), pop3 demands STLS (port 110); smtps (465), smtp (587) and lmtp
 * (24) likewise. The user name is percent-decoded, IPv6 addresses stand in
 * brackets. No password in a URL.
 *
 * scheme://[user@]/path is a Unix socket, where only the s of a scheme asks
 * for TLS. The path is percent-decoded.
 */
typedef struct sqb_url {
	char scheme[8];
	char user[256];		/* "" when not given */
	char host[256];		/* without brackets; a socket's path, which
				   begins with / */
	uint16_t port;		/* the scheme's own when not given; 0: of a
				   Unix socket */
	sqb_tls_mode tls;	/* as the scheme says */
} sqb_url;

/* SQB_E_USAGE, with err->text saying what is wrong. err may be NULL. */
SQB_API int sqb_url_parse(sqb_url *url, const char *text, sqb_error *err);

/* What is under way, as far as it is known. */
typedef struct sqb_progress {
	uint64_t octets;	/* of the present message or list, so far */
	uint64_t expected;	/* of the whole; 0: not known */
	size_t n_waiting;	/* commands that are not over */
} sqb_progress;

/*
 * All strings may be NULL; they are borrowed until the session is open, or has
 * failed to.
 */
typedef struct sqb_session_options {
	size_t size;		/* sizeof(sqb_session_options) */
	const char *user;	/* overrides the URL's */
	const char *password;
	const char *token;	/* OAuth 2.0 access token */
	const char *mechanism;	/* see sqb_login; NULL: the strongest;
				   "none": do not log in */
	bool no_initial_response;
	const sqb_tls_mode *tls; /* overrides the URL's scheme, not its port */
	bool listing_ahead;	/* ask for LIST and UIDL along with the login:
				   the first listing() then costs no wait */
	sqb_link_options link;	/* TLS files, connect time-out, trace */
	sqb_pop3_options pop3;	/* limits, time-outs; tls, host, port and
				   max_queue are filled in */
	sqb_smtp_options smtp;	/* likewise; also lmtp. helo: by default the
				   name of this machine, where it is one with
				   a dot */
	/*
	 * Called every 100 ms while a blocking call waits for the server,
	 * from the thread that made it. Non-zero cancels: the session ends.
	 */
	int (*on_progress)(void *ctx, const sqb_progress *progress);
	void *on_progress_ctx;
} sqb_session_options;

typedef struct sqb_pop3_session sqb_pop3_session;

/*
 * Connects, gets TLS, logs in. On failure *s is NULL and *err says why; err
 * may be NULL. options may be NULL.
 */
SQB_API int sqb_pop3_open(sqb_pop3_session **s, const char *url,
    const sqb_session_options *options, sqb_error *err);

/* The server's greeting. Lifetime: the session's. */
SQB_API const char *sqb_pop3_welcome(const sqb_pop3_session *s);
/*
 * The server's status line for the last command; "" when none came. Lifetime:
 * the next call.
 */
SQB_API const char *sqb_pop3_status(const sqb_pop3_session *s);
/* Why the last call failed. Lifetime: the next call. */
SQB_API const sqb_error *sqb_pop3_error(const sqb_pop3_session *s);

/* STAT: how many messages wait, and their octets in all. */
SQB_API int sqb_pop3_stat(sqb_pop3_session *s, uint32_t *n_messages,
    uint64_t *octets);

typedef struct sqb_pop3_item {
	uint32_t number;
	uint64_t size;		/* octets, as LIST says; 0 after uidl() */
	const char *uidl;	/* "" where the server gave none */
} sqb_pop3_item;

typedef struct sqb_pop3_list_result {
	const sqb_pop3_item *items;	/* by number, rising */
	size_t n_items;
} sqb_pop3_list_result;

/* Lifetime of the items: until the next list, uidl or listing, or close. */
SQB_API int sqb_pop3_list(sqb_pop3_session *s, sqb_pop3_list_result *list);
SQB_API int sqb_pop3_uidl(sqb_pop3_session *s, sqb_pop3_list_result *list);
/*
 * LIST and UIDL in one go; a server without UIDL gives "" in each, but one
 * that refuses it for now (SQB_E_RETRY) gives no list.
 */
SQB_API int sqb_pop3_listing(sqb_pop3_session *s, sqb_pop3_list_result *list);

/* One message to memory. Lifetime of *m: until the next message() or top(). */
SQB_API int sqb_pop3_message(sqb_pop3_session *s, uint32_t number,
    sqb_message **m);
/* Its header and the first lines of its body. Lifetime: as message(). */
SQB_API int sqb_pop3_top(sqb_pop3_session *s, uint32_t number, uint32_t lines,
    sqb_message **m);

/*
 * Where the bytes of a message go. write gets it in pieces, as the server
 * sent it, dot-unstuffed. end comes once for each message, in order, with the
 * result; after SQB_OK it is complete. Non-zero from either ends the session
 * with SQB_E_SINK. Both get the index into the numbers asked for, and either
 * may be NULL.
 *
 * SQB_SINK_LATER, where the session is stepped: not now. The same call comes
 * again with the next step; what is behind it waits. Until then the link must
 * be left alone, for it would receive where the piece lies.
 */
#define SQB_SINK_LATER 256
typedef struct sqb_sink {
	int (*write)(void *ctx, size_t index, sqb_str bytes);
	int (*end)(void *ctx, size_t index, int code, const sqb_error *err);
	void *ctx;
} sqb_sink;

/*
 * Many messages at once: pipelined where the server allows it, delivered one
 * after the other in the order of items. items[i].size is used for progress
 * only, and no number may be 0 (SQB_E_USAGE). A refused message ends with its
 * own code and the others go on; the result is then the first such code.
 *
 * SQB_OK also means that the server was in step to the end: a NOOP goes
 * behind the last message, and was answered. A server that forgets to stuff
 * dots ends a message early and talks on in the middle of it; then the result
 * is SQB_E_PROTO, and the message that ended last is not to be trusted.
 */
SQB_API int sqb_pop3_messages(sqb_pop3_session *s, const sqb_pop3_item *items,
    size_t n, const sqb_sink *sink);
/* The same for TOP, but for that NOOP. */
SQB_API int sqb_pop3_tops(sqb_pop3_session *s, const sqb_pop3_item *items,
    size_t n, uint32_t lines, const sqb_sink *sink);

/*
 * Marks one message, or many, pipelined; they are gone after quit(). What is
 * marked until then, rset() unmarks.
 */
SQB_API int sqb_pop3_dele(sqb_pop3_session *s, uint32_t number);
SQB_API int sqb_pop3_deles(sqb_pop3_session *s, const sqb_pop3_item *items,
    size_t n);
SQB_API int sqb_pop3_rset(sqb_pop3_session *s);
/* Keeps a session alive that has nothing to ask. */
SQB_API int sqb_pop3_noop(sqb_pop3_session *s);

/*
 * QUIT, then close: what was marked is deleted now. SQB_E_UNKNOWN: the reply
 * was lost, look at the next session. Where no DELE was sent the reply is not
 * waited for. s is freed in every case; err may be NULL. After SQB_OK its text
 * is the server's status line, "" where that was not waited for.
 */
SQB_API int sqb_pop3_quit(sqb_pop3_session *s, sqb_error *err);
/* Closes without QUIT: nothing is deleted. s may be NULL. */
SQB_API void sqb_pop3_close(sqb_pop3_session *s);

/*
 * Without blocking. A start asks, and returns at once: SQB_OK, or the code of
 * what is wrong. Then, for ever: sqb_pop3_step(); if that is 0, ask the
 * session's link for its sqb_link_clock(), wait no longer than to that for
 * sqb_link_wants() on sqb_link_fd(), and give what came to sqb_link_ready().
 * When it is 1 the
 * task is over, and sqb_pop3_error() has its code and words. One task at a
 * time. What a start is given, it borrows until its task is over.
 *
 * Of a session that sqb_pop3_start() has begun the first task is to open.
 */
SQB_API int sqb_pop3_start(sqb_pop3_session **s, const char *url,
    const sqb_session_options *options, sqb_error *err);
SQB_API int sqb_pop3_start_listing(sqb_pop3_session *s);
SQB_API int sqb_pop3_start_messages(sqb_pop3_session *s,
    const sqb_pop3_item *items, size_t n, const sqb_sink *sink);
SQB_API int sqb_pop3_start_tops(sqb_pop3_session *s,
    const sqb_pop3_item *items, size_t n, uint32_t lines,
    const sqb_sink *sink);
SQB_API int sqb_pop3_start_deles(sqb_pop3_session *s,
    const sqb_pop3_item *items, size_t n);
SQB_API int sqb_pop3_start_quit(sqb_pop3_session *s);

/*
 * Goes on with the task as far as it can. 1: it is over; 0: it waits for the
 * line, or for the sink where that has said so.
 */
SQB_API int sqb_pop3_step(sqb_pop3_session *s);

/* What a listing that is over has found; as sqb_pop3_listing() gives it. */
SQB_API int sqb_pop3_listed(sqb_pop3_session *s, sqb_pop3_list_result *list);

/* The parts, for what this layer does not say. Lifetime: the session's. */
SQB_API sqb_pop3 *sqb_pop3_session_engine(sqb_pop3_session *s);
SQB_API sqb_link *sqb_pop3_session_link(sqb_pop3_session *s);

#ifdef __cplusplus
}
#endif
#endif

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

/*
 * A session of whatever protocol, as loops see it: sqb_pop3_base(),
 * sqb_smtp_base(). One operation at a time is under way in it; a start, or a
 * blocking call, of another is SQB_E_USAGE and disturbs nothing. What a start
 * function is given, it borrows until the operation is over.
 *
 * Both ways of use may be mixed: a blocking call is a start, and
 * sqb_session_wait(). In a loop: start; then, each time round, step until it is
 * 1, and between wait no longer than to sqb_session_clock() for
 * sqb_session_wants() on sqb_session_fd(), and tell sqb_session_ready() what
 * came. Ask for fd and wants each time: until sqb_session_is_open() the fd may
 * change, once, in sqb_session_ready(). Then its number changes, and the old
 * one may be that of another file at once: a loop that keeps descriptors
 * forgets it right after that call.
 *
 * Threads: a session is used by one thread at a time, and may move to another
 * between calls. sqb_session_interrupt() alone may be called from any thread,
 * or a signal handler, at any time before close.
 *
 * Callbacks (sink, outbox, on_progress) run inside of step, wait, cancel or a
 * start; of their own session they may call sqb_session_cancel(), which then
 * counts from when they return, and what only looks. Not close.
 */
typedef struct sqb_session sqb_session;

/* Goes on as far as it can. 1: nothing is under way (any more); 0: it waits */
SQB_API int sqb_session_step(sqb_session *s);
/* Blocks until the operation is over; its code. */
SQB_API int sqb_session_wait(sqb_session *s);
SQB_API bool sqb_session_is_busy(const sqb_session *s);
/* The first operation, to open, is over and went well. */
SQB_API bool sqb_session_is_open(const sqb_session *s);
/* Of the last operation; code SQB_OK: it went well. Lifetime: the next call */
SQB_API const sqb_error *sqb_session_error(const sqb_session *s);
SQB_API sqb_progress sqb_session_progress(const sqb_session *s);

/*
 * As sqb_link_fd() and its kin: link.h. While nothing is under way, or a sink
 * has put off a call (SQB_SINK_LATER), fd is -1, wants 0 and the clock
 * SQB_NEVER, and ready does nothing.
 */
SQB_API int sqb_session_fd(const sqb_session *s);
SQB_API unsigned sqb_session_wants(const sqb_session *s);
SQB_API sqb_time sqb_session_clock(sqb_session *s, sqb_time now);
SQB_API void sqb_session_ready(sqb_session *s, unsigned ready);

/*
 * What a sink has put off can be asked again: calls wake. Where nothing was
 * put off, nothing happens. From the thread that uses the session.
 */
SQB_API void sqb_session_resume(sqb_session *s);

/*
 * Ends the operation under way with SQB_E_CANCELED, at once, before the server
 * says anything: all that was borrowed is free, and the next may be started.
 * What the server still has to say to the old one is read and dropped then,
 * also a message that was asked for and has not begun. Within a message, the
 * opening or QUIT the session is over, as it is when the mail that was under
 * way has not been sent whole. What was sent may be done all the same: a DELE
 * may be marked, and who may have a mail has SQB_E_UNKNOWN in
 * sqb_smtp_results(). Nothing is under way: nothing happens.
 */
SQB_API void sqb_session_cancel(sqb_session *s);
/*
 * Ends the session: the fd stirs, and the operation under way, or the next
 * call, ends with SQB_E_CANCELED, or SQB_E_UNKNOWN where a reply was lost that
 * counts.
 */
SQB_API void sqb_session_interrupt(sqb_session *s);

/*
 * wake is called, from the thread that uses the session, whenever it has to be
 * stepped, and asked for its clock anew, although no fd stirs and no time has
 * come: once for each operation that is started (a blocking call, too, and one
 * that is over at once), for each that sqb_session_cancel() ends, and by
 * sqb_session_resume(). Must not call back into the session. NULL: nobody.
 */
SQB_API void sqb_session_on_wake(sqb_session *s, void (*wake)(void *ctx),
    void *ctx);

typedef struct sqb_pop3_session sqb_pop3_session;
/* Lifetime: that of s. */
SQB_API sqb_session *sqb_pop3_base(sqb_pop3_session *s);

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
 * again with the next step, for which sqb_session_resume() wakes a loop; what
 * is behind it waits. Until then the link must be left alone, for it would
 * receive where the piece lies; sqb_session_ready() sees to that.
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
 * Without blocking: each asks, and returns at once: SQB_OK, or the code of what
 * is wrong, and then no operation was begun. Then see sqb_session. Of a session
 * that sqb_pop3_start() has begun the first operation is to open, and of one
 * that sqb_pop3_start_quit() has, the last: close it then.
 */
SQB_API int sqb_pop3_start(sqb_pop3_session **s, const char *url,
    const sqb_session_options *options, sqb_error *err);
SQB_API int sqb_pop3_start_stat(sqb_pop3_session *s);
SQB_API int sqb_pop3_start_list(sqb_pop3_session *s);
SQB_API int sqb_pop3_start_uidl(sqb_pop3_session *s);
SQB_API int sqb_pop3_start_listing(sqb_pop3_session *s);
SQB_API int sqb_pop3_start_message(sqb_pop3_session *s, uint32_t number);
SQB_API int sqb_pop3_start_top(sqb_pop3_session *s, uint32_t number,
    uint32_t lines);
SQB_API int sqb_pop3_start_messages(sqb_pop3_session *s,
    const sqb_pop3_item *items, size_t n, const sqb_sink *sink);
SQB_API int sqb_pop3_start_tops(sqb_pop3_session *s,
    const sqb_pop3_item *items, size_t n, uint32_t lines,
    const sqb_sink *sink);
SQB_API int sqb_pop3_start_dele(sqb_pop3_session *s, uint32_t number);
SQB_API int sqb_pop3_start_deles(sqb_pop3_session *s,
    const sqb_pop3_item *items, size_t n);
SQB_API int sqb_pop3_start_rset(sqb_pop3_session *s);
SQB_API int sqb_pop3_start_noop(sqb_pop3_session *s);
SQB_API int sqb_pop3_start_quit(sqb_pop3_session *s);

/*
 * What an operation that is over has found: of stat; of list, uidl and listing;
 * of message and top. As the blocking calls give it, any number of times.
 *
 * SQB_E_USAGE  one is under way, or the last has asked for something else
 * else         as it ended; SQB_E_NOMEM
 */
SQB_API int sqb_pop3_counted(sqb_pop3_session *s, uint32_t *n_messages,
    uint64_t *octets);
SQB_API int sqb_pop3_listed(sqb_pop3_session *s, sqb_pop3_list_result *list);
SQB_API int sqb_pop3_received(sqb_pop3_session *s, sqb_message **m);

/* The parts, for what this layer does not say. Lifetime: the session's. */
SQB_API sqb_pop3 *sqb_pop3_session_engine(sqb_pop3_session *s);
SQB_API sqb_link *sqb_pop3_session_link(sqb_pop3_session *s);

#ifdef __cplusplus
}
#endif
#endif

/*
 * lmtp: and smtp: messages go on to a mail server, in groups, as mails from
 * whoever the Return-Path names to one recipient. There is no login: it is the
 * way to a mailbox's own server (LMTP, RFC 2033) or to a relay that knows us.
 */
#include "store/store.h"

#include "base/ascii.h"
#include "store/spool.h"

#include <squab/send.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	GROUP = 32,		/* messages that a crash may repeat */
	MAX_URL = 600,
	MAX_PATH = 256		/* octets of a reverse-path: RFC 5321,
				   4.5.3.1.3 */
};

typedef struct item {
	uint64_t from, len;	/* of the spool */
	sqb_smtp_recipient to;
	int code;
} item;

typedef struct mailer {
	sqb_store store;
	char url[MAX_URL];
	sqb_tls_mode tls;
	const sqb_tls_mode *given_tls;	/* &tls, or NULL: as the URL says */
	char *recipient;
	sqb_smtp_session *session;	/* NULL: none yet, or it is over */
	sqb__spool spool;
	item items[GROUP];
	size_t n_asked, n_done;		/* of items, while they are sent */
	sqb_error why;			/* of the first that was not taken */
} mailer;

/* --- RECIPIENT "@" SERVER ["," "tls=" MODE] */

static bool take_tls(mailer *m, const char *mode)
{
	static const struct { const char *name; sqb_tls_mode tls; } modes[] = {
		{ "off", SQB_TLS_OFF },
		{ "starttls", SQB_TLS_STARTTLS },
		{ "implicit", SQB_TLS_IMPLICIT },
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(mode, modes[i].name) != 0)
			continue;
		m->tls = modes[i].tls;
		m->given_tls = &m->tls;
		return true;
	}
	return false;
}

/* Mail from one server to another comes in at port 25. */
static const char *own_port(const mailer *m, const char *server)
{
	const char *bracket = strrchr(server, ']');

	if (server[0] == '/' || strcmp(m->store.ops->scheme, "smtp:") != 0 ||
	    strchr(bracket ? bracket : server, ':'))
		return "";
	return ":25";
}

static int take_server(mailer *m, char *server)
{
	static const char option[] = ",tls=";
	char *comma = strstr(server, option);
	sqb_error err;
	sqb_url url;
	int n;

	if (comma && !take_tls(m, comma + strlen(option)))
		return sqb__store_refuse(&m->store, SQB_E_USAGE,
		    "write tls=off, tls=starttls or tls=implicit");
	if (comma)
		*comma = '\0';
	n = snprintf(m->url, sizeof(m->url), "%s//%s%s", m->store.ops->scheme,
	    server, own_port(m, server));
	if (n < 0 || (size_t)n >= sizeof(m->url))
		return sqb__store_refuse(&m->store, SQB_E_USAGE,
		    "the name of the server is too long");
	return sqb_url_parse(&url, m->url, &err) == SQB_OK ? SQB_OK :
	    sqb__store_refuse(&m->store, SQB_E_USAGE, err.text);
}

/* The last @ parts them: a recipient may have one of its own. */
static int take_address(mailer *m)
{
	char *at;

	m->recipient = strdup(m->store.path);
	if (!m->recipient)
		return sqb__store_fail(&m->store, "cannot be opened");
	at = strrchr(m->recipient, '@');
	if (!at || at == m->recipient || at[1] == '\0')
		return sqb__store_refuse(&m->store, SQB_E_USAGE,
		    "write RECIPIENT@SERVER, as in ann@example.org@localhost "
		    "or ann@/run/lmtp");
	*at = '\0';
	return take_server(m, at + 1);
}

static int open_mailer(sqb_store *s)
{
	mailer *m = (mailer *)s;
	int code = take_address(m);

	if (code != SQB_OK)
		return code;
	return sqb__spool_init(&m->spool, -1) ? SQB_OK :
	    sqb__store_fail(s, "cannot be opened");
}

static void close_mailer(sqb_store *s)
{
	mailer *m = (mailer *)s;

	if (m->session)
		(void)sqb_smtp_quit(m->session, NULL);
	sqb__spool_clear(&m->spool);
	free(m->recipient);
}

/* --- messages come */

static int begin(sqb_store *s, sqb_str uidl)
{
	mailer *m = (mailer *)s;

	(void)uidl;
	m->items[s->n_ended] = (item){ .from = sqb__spool_len(&m->spool) };
	return SQB_OK;
}

static int write_mailer(sqb_store *s, sqb_str bytes)
{
	mailer *m = (mailer *)s;

	return sqb__spool_put(&m->spool, bytes) ? SQB_OK :
	    sqb__store_fail(s, "write");
}

static int end(sqb_store *s)
{
	mailer *m = (mailer *)s;
	item *i = &m->items[s->n_ended];

	i->len = sqb__spool_len(&m->spool) - i->from;
	return SQB_OK;
}

static void drop(sqb_store *s)
{
	mailer *m = (mailer *)s;

	(void)sqb__spool_cut(&m->spool, m->items[s->n_ended].from);
}

static bool is_full(const sqb_store *s)
{
	return s->n_ended == GROUP ||
	    sqb__spool_is_full(&((const mailer *)s)->spool);
}

/* --- the envelope */

/* A line and those that continue it (RFC 5322, 2.2.3). */
static sqb_str take_field(sqb_str *rest)
{
	sqb_str field = { rest->ptr, 0 };

	do {
		size_t n = sqb__line_len(*rest);

		field.len += n;
		*rest = sqb__str_from(*rest, n);
	} while (rest->len > 0 && sqb__is_blank(rest->ptr[0]));
	return field;
}

/* path = angle-addr / ([CFWS] "<" [CFWS] ">" [CFWS])   RFC 5322, 3.6.7 */
static sqb_str path_in(sqb_str field)
{
	const char *open = memchr(field.ptr, '<', field.len), *close = NULL;
	sqb_str path = { NULL, 0 };

	if (open)
		close = memchr(open, '>',
		    (size_t)(field.ptr + field.len - open));
	if (close)
		path = (sqb_str){ open + 1, (size_t)(close - open) - 1 };
	for (size_t i = 0; i < path.len; i++)
		if (path.ptr[i] <= ' ' || path.ptr[i] > '~')
			return (sqb_str){ NULL, 0 };
	return path.len <= MAX_PATH && path.len > 0 &&
	    memchr(path.ptr, '@', path.len) ? path : (sqb_str){ NULL, 0 };
}

/*
 * The Return-Path, which the last server has put in front: it is taken off, for
 * the next will do so again (RFC 5321, section 4.4). Without a good one mail is
 * from <>, and no report of it goes anywhere.
 */
static sqb_str take_return_path(sqb_str *message)
{
	static const sqb_str name = SQB_STR("return-path:");
	sqb_str rest = *message, field;

	if (rest.len < name.len || !sqb_str_eq_nocase(
	    (sqb_str){ rest.ptr, name.len }, name))
		return (sqb_str){ NULL, 0 };
	field = take_field(&rest);
	*message = rest;
	return path_in(field);
}

/* --- sending */

static int next_mail(void *ctx, sqb_smtp_mail *mail, sqb_source *message,
    void **tag)
{
	mailer *m = ctx;
	item *i = &m->items[m->n_asked];

	(void)message;
	if (m->n_asked == m->store.n_ended)
		return 0;
	if (!sqb__spool_view(&m->spool, i->from, i->len, &mail->message))
		return SQB_E_SINK;
	m->n_asked++;
	i->to = (sqb_smtp_recipient){ .address = sqb_str_of(m->recipient) };
	mail->from = take_return_path(&mail->message);
	mail->recipients = &i->to;
	mail->n_recipients = 1;
	*tag = i;
	return 1;
}

/*
 * What was refused for good is the message's own fault or the recipient's. All
 * else passes, and so does a lost answer: the message may come twice then.
 */
static int mail_done(void *ctx, void *tag, int code, const sqb_error *err,
    const sqb_smtp_result *results, size_t n)
{
	mailer *m = ctx;
	item *i = tag;

	(void)results;
	(void)n;
	m->n_done++;
	i->code = code == SQB_OK || code == SQB_E_REFUSED ? code :
	    SQB_E_RETRY;
	if (err && m->why.code == SQB_OK)
		m->why = *err;
	return 0;
}

static void hang_up(mailer *m)
{
	sqb_smtp_close(m->session);
	m->session = NULL;
}

/* A server may have ended a session that had nothing to do. */
static int connect_to_server(mailer *m)
{
	if (m->session && sqb_smtp_noop(m->session) == SQB_OK)
		return SQB_OK;
	hang_up(m);
	return sqb_smtp_open(&m->session, m->url, &(sqb_session_options){
	    .size = sizeof(sqb_session_options), .mechanism = "none",
	    .tls = m->given_tls }, &m->why);
}

static int publish(sqb_store *s, int *codes)
{
	mailer *m = (mailer *)s;
	const sqb_outbox outbox = { .next = next_mail, .done = mail_done,
	    .ctx = m };
	int code;

	if (connect_to_server(m) != SQB_OK)
		return sqb__store_refuse(s, m->why.code == SQB_E_NOMEM ?
		    SQB_E_NOMEM : SQB_E_SINK, m->why.text);
	m->why = (sqb_error){ .code = SQB_OK };
	m->n_asked = m->n_done = 0;
	code = sqb_smtp_send_all(m->session, &outbox);
	if (m->n_done < s->n_ended) {
		sqb_error err = *sqb_smtp_error(m->session);

		hang_up(m);
		return sqb__store_refuse(s, (sqb_code)code, err.text);
	}
	for (size_t i = 0; i < s->n_ended; i++)
		codes[i] = m->items[i].code;
	if (m->why.code != SQB_OK)
		(void)sqb__store_refuse(s, m->why.code, m->why.text);
	return sqb__spool_cut(&m->spool, 0) ? SQB_OK :
	    sqb__store_fail(s, "spool");
}

const sqb__store_ops sqb__store_lmtp = { "lmtp:", sizeof(mailer),
	open_mailer, close_mailer, NULL, begin, write_mailer, end, drop,
	publish, is_full };

const sqb__store_ops sqb__store_smtp = { "smtp:", sizeof(mailer),
	open_mailer, close_mailer, NULL, begin, write_mailer, end, drop,
	publish, is_full };

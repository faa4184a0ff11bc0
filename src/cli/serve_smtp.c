/*
 * SMTP and LMTP, the server's side: RFC 5321 and 2033 with STARTTLS (3207),
 * AUTH PLAIN and LOGIN (4954), PIPELINING (2920), CHUNKING (3030), SIZE (1870),
 * 8BITMIME (6152), SMTPUTF8 (6531), DSN (3461, accepted and forgotten) and
 * enhanced status codes (2034). What comes in lands in the one Maildir.
 */
#include "serve_smtp.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum {
	COMMAND_MAX = 4096,	/* octets, with all parameters: more than RFC
				   5321, 4.5.3.1.4 asks for */
	AUTH_MAX = 12288,	/* RFC 4954, section 4 */
	MAX_ERRORS = 20		/* unknown commands in a session */
};

/* --- replies */

static bool has_enhanced(const char *reply)
{
	return strlen(reply) > 8 && reply[5] == '.' && reply[7] == '.';
}

void smtp_reply(smtp_session *s, const char *reply)
{
	const char *text = reply[3] ? reply + 4 : "as you wished";
	bool asks = reply[0] == '3';

	if (!s->extended && has_enhanced(reply) && strchr(text, ' '))
		text = strchr(text, ' ') + 1;
	if (s->extended && !asks && !has_enhanced(reply))
		serve_conn_printf(s->conn, "%.3s %c.0.0 %s\r\n", reply,
		    reply[0], text);
	else
		serve_conn_printf(s->conn, "%.3s %s\r\n", reply, text);
}

bool smtp_fails(smtp_session *s, serve_place place, sqb_str address)
{
	const serve_failure *f = serve_fail_at(s->world->fail, place,
	    address);

	if (!f)
		return false;
	if (f->how == SERVE_DROP)
		serve_conn_abort(s->conn);
	else if (f->how == SERVE_STALL)
		serve_conn_stall(s->conn);
	else
		smtp_say_failure(s, f);
	return true;
}

/* 421 is the last word: RFC 5321, section 3.8. */
void smtp_say_failure(smtp_session *s, const serve_failure *f)
{
	smtp_reply(s, f->reply);
	if (!memcmp(f->reply, "421", 3))
		serve_conn_finish(s->conn);
}

static bool fails(smtp_session *s, serve_place place)
{
	return smtp_fails(s, place, (sqb_str){ NULL, 0 });
}

void smtp_reset(smtp_session *s)
{
	serve_post_drop(s->post);
	s->post = NULL;
	for (size_t i = 0; i < s->n_recipients; i++)
		free(s->recipients[i]);
	s->n_recipients = 0;
	s->has_sender = s->chunked = s->broken = s->utf8 = false;
	s->wrong = NULL;
	s->octets = 0;
}

/* --- the session */

static void greet(smtp_session *s)
{
	if (!fails(s, SERVE_AT_GREETING))
		serve_conn_printf(s->conn, "220 localhost %s squab serve, "
		    "for development only\r\n", s->lmtp ? "LMTP" : "ESMTP");
	else
		serve_conn_finish(s->conn);
}

static void *open_session(serve_conn *c, const serve_world *w, bool lmtp)
{
	smtp_session *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->conn = c;
	s->world = w;
	s->lmtp = lmtp;
	serve_conn_limit_line(c, COMMAND_MAX);
	greet(s);
	return s;
}

static void *smtp_open(serve_conn *c, const serve_world *w)
{
	return open_session(c, w, false);
}

static void *lmtp_open(serve_conn *c, const serve_world *w)
{
	return open_session(c, w, true);
}

static void smtp_close(void *session)
{
	smtp_session *s = session;

	smtp_reset(s);
	free(s->recipients);
	OPENSSL_cleanse(s->user, sizeof(s->user));
	free(s);
}

/* --- EHLO, STARTTLS */

static bool may_log_in(const smtp_session *s)
{
	return !s->world->require_tls || serve_conn_is_tls(s->conn);
}

/* Domain / address-literal: what can stand in a trace field */
static bool take_hello(smtp_session *s, sqb_str arg)
{
	for (size_t i = 0; i < arg.len; i++)
		if ((unsigned char)arg.ptr[i] <= ' ' || arg.ptr[i] == 0x7f ||
		    strchr("()<>\"\\", arg.ptr[i]))
			return false;
	if (arg.len == 0 || arg.len >= sizeof(s->hello))
		return false;
	memcpy(s->hello, arg.ptr, arg.len);
	s->hello[arg.len] = '\0';
	return true;
}

static void say_extensions(smtp_session *s)
{
	serve_conn_printf(s->conn, "250-localhost\r\n%s%s%s250-CHUNKING\r\n"
	    "250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250-ENHANCEDSTATUS"
	    "CODES\r\n250 SIZE %llu\r\n",
	    s->world->no_pipelining ? "" : "250-PIPELINING\r\n",
	    serve_conn_is_tls(s->conn) ? "" : "250-STARTTLS\r\n",
	    may_log_in(s) ? "250-AUTH PLAIN LOGIN\r\n" : "",
	    (unsigned long long)s->world->max_message);
}

static void on_hello(smtp_session *s, sqb_str arg, bool extended)
{
	if (fails(s, SERVE_AT_EHLO))
		return;
	if (!take_hello(s, arg)) {
		smtp_reply(s, "501 5.5.4 say who you are");
		return;
	}
	smtp_reset(s);
	s->extended = extended;
	if (extended)
		say_extensions(s);
	else
		serve_conn_printf(s->conn, "250 localhost\r\n");
}

static void on_ehlo(smtp_session *s, sqb_str arg)
{
	if (s->lmtp)
		smtp_reply(s, "500 5.5.1 this is LMTP: say LHLO");
	else
		on_hello(s, arg, true);
}

static void on_helo(smtp_session *s, sqb_str arg)
{
	if (s->lmtp)
		smtp_reply(s, "500 5.5.1 this is LMTP: say LHLO");
	else
		on_hello(s, arg, false);
}

static void on_lhlo(smtp_session *s, sqb_str arg)
{
	if (s->lmtp)
		on_hello(s, arg, true);
	else
		smtp_reply(s, "500 5.5.1 this is SMTP: say EHLO");
}

/* All that was said before is forgotten: RFC 3207, section 4.2. */
static void on_starttls(smtp_session *s, sqb_str arg)
{
	if (arg.len > 0) {
		smtp_reply(s, "501 5.5.4 STARTTLS takes nothing");
	} else if (serve_conn_is_tls(s->conn)) {
		smtp_reply(s, "503 5.5.1 TLS is on already");
	} else if (serve_conn_has_input(s->conn)) {
		smtp_reply(s, "501 5.5.2 nothing may follow STARTTLS before "
		    "TLS");
		serve_conn_finish(s->conn);
	} else if (!fails(s, SERVE_AT_STARTTLS)) {
		smtp_reply(s, "220 2.0.0 begin TLS");
		smtp_reset(s);
		s->hello[0] = '\0';
		s->extended = s->logged_in = false;
		serve_conn_start_tls(s->conn);
	}
}

/* --- AUTH */

static void check(smtp_session *s, bool good)
{
	s->logged_in = good;
	smtp_reply(s, good ? "235 2.7.0 welcome" :
	    "535 5.7.8 wrong user name or password");
}

static void take_plain(smtp_session *s, const char *message, size_t len)
{
	check(s, serve_check_plain(s->world, (sqb_str){ message, len }));
}

static void ask_password(smtp_session *s, const char *user, size_t len)
{
	if (len >= sizeof(s->user))
		len = sizeof(s->user) - 1;
	memcpy(s->user, user, len);
	s->user[len] = '\0';
	s->auth = SMTP_LOGIN_PASSWORD;
	smtp_reply(s, "334 UGFzc3dvcmQ6");
}

static void take_password(smtp_session *s, const char *password, size_t len)
{
	check(s, serve_is_user(s->world, sqb_str_of(s->user)) &&
	    serve_is_same((sqb_str){ password, len }, s->world->password));
}

static bool is_only(sqb_str s, char c)
{
	return s.len == 1 && s.ptr[0] == c;
}

/* "=" stands for an empty one: RFC 4954, section 4. */
static void take_response(smtp_session *s, sqb_str base64)
{
	static void (*const take[])(smtp_session *, const char *, size_t) = {
		[SMTP_PLAIN] = take_plain,
		[SMTP_LOGIN_USER] = ask_password,
		[SMTP_LOGIN_PASSWORD] = take_password,
	};
	int what = (int)s->auth;
	size_t len = 0;
	char *message = NULL;

	s->auth = SMTP_NO_AUTH;
	if (base64.len == 0 || is_only(base64, '='))
		message = OPENSSL_zalloc(1);
	else if (!is_only(base64, '*'))
		message = serve_decode(base64, &len);
	if (message)
		take[what](s, message, len);
	else
		smtp_reply(s, is_only(base64, '*') ?
		    "501 5.7.0 canceled" : "501 5.5.2 that is not base64");
	OPENSSL_clear_free(message, len);
	if (s->auth == SMTP_NO_AUTH)
		serve_conn_limit_line(s->conn, COMMAND_MAX);
}

static void begin_auth(smtp_session *s, sqb_str initial, bool has_initial)
{
	serve_conn_limit_line(s->conn, AUTH_MAX);
	if (has_initial)
		take_response(s, initial);
	else
		smtp_reply(s, s->auth == SMTP_PLAIN ? "334 " :
		    "334 VXNlcm5hbWU6");
}

static void on_auth(smtp_session *s, sqb_str arg)
{
	static const sqb_str plain = SQB_STR("PLAIN"),
	    login = SQB_STR("LOGIN");
	const char *space = arg.len > 0 ? memchr(arg.ptr, ' ', arg.len) :
	    NULL;
	sqb_str name = { arg.ptr, space ? (size_t)(space - arg.ptr) :
	    arg.len };
	sqb_str initial = { NULL, 0 };

	if (space)
		initial = (sqb_str){ space + 1, arg.len - name.len - 1 };
	if (fails(s, SERVE_AT_AUTH))
		return;
	if (!may_log_in(s))
		smtp_reply(s, "538 5.7.11 log in under TLS: STARTTLS first");
	else if (s->logged_in || s->has_sender)
		smtp_reply(s, "503 5.5.1 not now");
	else if (sqb_str_eq_nocase(name, plain))
		s->auth = SMTP_PLAIN;
	else if (sqb_str_eq_nocase(name, login))
		s->auth = SMTP_LOGIN_USER;
	else
		smtp_reply(s, "504 5.5.4 PLAIN or LOGIN");
	if (s->auth != SMTP_NO_AUTH)
		begin_auth(s, initial, space != NULL);
}

/* --- the small ones */

static void on_rset(smtp_session *s, sqb_str arg)
{
	(void)arg;
	smtp_reset(s);
	smtp_reply(s, "250 2.0.0 forgotten");
}

static void on_noop(smtp_session *s, sqb_str arg)
{
	(void)arg;
	smtp_reply(s, "250 2.0.0 ok");
}

static void on_vrfy(smtp_session *s, sqb_str arg)
{
	smtp_reply(s, arg.len > 0 ? "252 2.5.0 mail to anybody is taken" :
	    "501 5.5.4 whom?");
}

static void on_help(smtp_session *s, sqb_str arg)
{
	(void)arg;
	smtp_reply(s, "214 2.0.0 see squab-serve(1)");
}

static void on_quit(smtp_session *s, sqb_str arg)
{
	(void)arg;
	if (fails(s, SERVE_AT_QUIT))
		return;
	smtp_reply(s, "221 2.0.0 bye");
	serve_conn_finish(s->conn);
}

/* --- commands */

static const struct {
	const char *name;
	bool needs_hello;
	void (*run)(smtp_session *s, sqb_str arg);
} commands[] = {
	{ "EHLO", false, on_ehlo }, { "HELO", false, on_helo },
	{ "LHLO", false, on_lhlo }, { "MAIL", true, smtp_on_mail },
	{ "RCPT", true, smtp_on_rcpt }, { "DATA", true, smtp_on_data },
	{ "BDAT", false, smtp_on_bdat }, { "RSET", false, on_rset },
	{ "NOOP", false, on_noop }, { "VRFY", false, on_vrfy },
	{ "HELP", false, on_help }, { "QUIT", false, on_quit },
	{ "AUTH", true, on_auth }, { "STARTTLS", true, on_starttls },
};

enum { N_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void unknown_command(smtp_session *s)
{
	smtp_reply(s, "500 5.5.2 unknown command");
	if (++s->n_errors == MAX_ERRORS)
		serve_conn_finish(s->conn);
}

static void run_command(smtp_session *s, size_t i, sqb_str arg)
{
	if (commands[i].needs_hello && s->hello[0] == '\0')
		smtp_reply(s, s->lmtp ? "503 5.5.1 LHLO comes first" :
		    "503 5.5.1 EHLO comes first");
	else
		commands[i].run(s, arg);
}

static void smtp_line(void *session, char *line, size_t len)
{
	smtp_session *s = session;
	const char *space = memchr(line, ' ', len);
	sqb_str name = { line, space ? (size_t)(space - line) : len };
	sqb_str arg = { line + name.len, len - name.len };

	if (s->auth != SMTP_NO_AUTH) {
		take_response(s, (sqb_str){ line, len });
		OPENSSL_cleanse(line, len);
		return;
	}
	while (arg.len > 0 && arg.ptr[0] == ' ')
		arg = (sqb_str){ arg.ptr + 1, arg.len - 1 };
	while (arg.len > 0 && arg.ptr[arg.len - 1] == ' ')
		arg.len--;
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (sqb_str_eq_nocase(name, sqb_str_of(commands[i].name))) {
			run_command(s, i, arg);
			return;
		}
	}
	unknown_command(s);
}

static void smtp_too_long(void *session)
{
	smtp_session *s = session;

	smtp_reply(s, "500 5.5.2 line too long");
	serve_conn_finish(s->conn);
}

const serve_protocol serve_smtp = {
	.open = smtp_open,
	.line = smtp_line,
	.too_long = smtp_too_long,
	.more = smtp_more,
	.octets = smtp_octets,
	.close = smtp_close,
};

const serve_protocol serve_lmtp = {
	.open = lmtp_open,
	.line = smtp_line,
	.too_long = smtp_too_long,
	.more = smtp_more,
	.octets = smtp_octets,
	.close = smtp_close,
};

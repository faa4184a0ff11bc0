/*
 * The table of exchanges: RFC 5321, section 4.1.1; ETRN, RFC 1985. What is
 * more than a keyword and its reply has a file of its own.
 */
#include "smtp/smtp.h"

/* What a reply to these shows may be UTF-8: RFC 6531, section 3.7.4.2. */
static bool allows_utf8(const sqb_smtp *s, const sqb__smtp_job *x)
{
	return s->caps.smtputf8 &&
	    (x->kind == SQB_SMTP_VRFY || x->kind == SQB_SMTP_EXPN);
}

/* keyword [SP text] [SP "SMTPUTF8"] CRLF */
static sqb__smtp_asked ask_plainly(sqb_smtp *s, sqb__smtp_job *x)
{
	sqb__buf *out = &s->engine.out;

	sqb__buf_add_c(out, sqb__smtp_table[x->kind].name);
	if (x->text) {
		sqb__buf_add_char(out, ' ');
		sqb__buf_add_c(out, x->text);
	}
	sqb__buf_add_c(out, allows_utf8(s, x) ? " SMTPUTF8\r\n" : "\r\n");
	sqb__smtp_owe(s, x, x->kind);
	return SAID;
}

/* A command that the server need not know. */
static void on_plain(sqb_smtp *s, sqb__smtp_job *x)
{
	uint16_t code = s->reply.code;

	(void)x;
	s->code = code == 500 || code == 502 || code == 504 ?
	    SQB_E_UNSUPPORTED : sqb__smtp_classify(code);
	if (s->code == SQB_E_PROTO)
		sqb__smtp_fail_reply(s, SQB_E_PROTO,
		    "a reply that makes no sense: ");
	sqb__smtp_keep(s);
}

/* Whatever it says, that was the end. */
static void on_quit(sqb_smtp *s, sqb__smtp_job *x)
{
	(void)x;
	sqb__smtp_keep(s);
}

const sqb__smtp_row sqb__smtp_table[X_N_KINDS] = {
	[SQB_SMTP_LOGIN] = { .name = "AUTH", .ask = sqb__smtp_ask_login,
	    .on_reply = sqb__smtp_on_auth, .last = true },
	[SQB_SMTP_MAIL] = { .name = "the mail", .ask = sqb__smtp_ask_mail },
	[SQB_SMTP_RSET] = { .name = "RSET", .ask = ask_plainly,
	    .on_reply = on_plain },
	[SQB_SMTP_VRFY] = { .name = "VRFY", .ask = ask_plainly,
	    .on_reply = on_plain, .last = true },
	[SQB_SMTP_EXPN] = { .name = "EXPN", .ask = ask_plainly,
	    .on_reply = on_plain, .last = true },
	[SQB_SMTP_HELP] = { .name = "HELP", .ask = ask_plainly,
	    .on_reply = on_plain, .last = true },
	[SQB_SMTP_NOOP] = { .name = "NOOP", .ask = ask_plainly,
	    .on_reply = on_plain, .last = true },
	[SQB_SMTP_ETRN] = { .name = "ETRN", .ask = ask_plainly,
	    .on_reply = on_plain, .last = true },
	[SQB_SMTP_QUIT] = { .name = "QUIT", .ask = ask_plainly,
	    .on_reply = on_quit, .last = true },
	[X_GREETING] = { .name = "greeting",
	    .on_reply = sqb__smtp_on_greeting, .last = true },
	[X_EHLO] = { .name = "EHLO", .ask = sqb__smtp_ask_hello,
	    .on_reply = sqb__smtp_on_ehlo, .last = true },
	[X_HELO] = { .name = "HELO", .ask = sqb__smtp_ask_hello,
	    .on_reply = sqb__smtp_on_helo, .last = true },
	[X_STARTTLS] = { .name = "STARTTLS", .ask = ask_plainly,
	    .on_reply = sqb__smtp_on_starttls, .last = true },
	[X_SENDER] = { .name = "MAIL", .on_reply = sqb__smtp_on_sender },
	[X_RECIPIENT] = { .name = "RCPT",
	    .on_reply = sqb__smtp_on_recipient },
	[X_RESET] = { .name = "RSET", .on_reply = sqb__smtp_on_reset },
	[X_DATA] = { .name = "DATA", .on_reply = sqb__smtp_on_data,
	    .last = true },
	[X_END] = { .name = "the message", .on_reply = sqb__smtp_on_end },
	[X_CHUNK] = { .name = "BDAT", .on_reply = sqb__smtp_on_chunk },
	[X_LAST] = { .name = "the message", .on_reply = sqb__smtp_on_end },
};

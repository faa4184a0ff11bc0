/* AUTH: RFC 4954; what it shares with POP3 is in wire/auth.c. */
#include "smtp/smtp.h"

#include "base/error.h"

const sqb__auth_dialect sqb__smtp_auth_dialect = {
	.service = "smtp",
	.max_command = 12288,	/* RFC 4954, section 4 */
};

static void fail(sqb_smtp *s)
{
	s->code = s->auth.code;
	s->has_why = s->auth.error.code != SQB_OK;
	s->why = s->auth.error;
}

/* In its turn only, for it may end before it has said anything. */
sqb__smtp_asked sqb__smtp_ask_login(sqb_smtp *s, sqb__smtp_job *x)
{
	sqb__buf *offered = &s->auth.offered;

	if (s->n_said > 0)
		return NOT_YET;
	sqb__buf_reset(offered);
	sqb__buf_add(offered, s->caps.sasl);
	if (!s->caps.auth) {
		sqb_error why;

		sqb__error(&why, SQB_E_UNSUPPORTED, "login: the server takes "
		    "no logins here (no AUTH); try another port or TLS, or "
		    "send without a user");
		sqb__auth_fail(&s->auth, why.code, &why);
	}
	if (s->auth.code == SQB_OK && sqb__auth_choose(&s->auth) &&
	    sqb__auth_say(&s->auth, true))
		sqb__smtp_owe(s, x, SQB_SMTP_LOGIN);
	else
		fail(s);
	return SAID;
}

/* RFC 4954, section 6, where our words help more than the server's. */
static const char *advice(uint16_t code)
{
	switch (code) {
	case 432:
		return "login: the server wants the password to be set anew "
		    "before this mechanism can be used; name another";
	case 504:
		return "login: the server does not know the mechanism; name "
		    "another";
	case 534:
		return "login: the mechanism is too weak for the server, or "
		    "it wants an application's own password";
	case 538:
		return "login: the server wants TLS for this mechanism";
	default:
		return NULL;
	}
}

/*
 * RFC 4954, section 6, and the texts where a code of 5yz says that there is no
 * such command.
 */
static sqb_code meaning(uint16_t code)
{
	if (code == 500 || code == 502 || code == 504 || code == 538)
		return SQB_E_UNSUPPORTED;
	if (code == 503)
		return SQB_E_REFUSED;
	if (code >= 500 || code == 432)
		return SQB_E_AUTH;
	return code >= 400 ? SQB_E_RETRY : SQB_E_PROTO;
}

static void refused(sqb_smtp *s)
{
	const char *words = advice(s->reply.code);
	sqb_code code = meaning(s->reply.code);
	sqb_error why;

	if (words && s->auth.code == SQB_OK) {
		sqb__error(&why, code, words, "; it says: ");
		sqb__error_add_peer(&why, "", sqb__buf_str(&s->reply.text));
		why.reply = s->reply.code;
		sqb__auth_fail(&s->auth, code, &why);
	}
	sqb__auth_fail(&s->auth, code, NULL);
	fail(s);
}

/* 334 is a challenge, its text in base64; 235 is success */
void sqb__smtp_on_auth(sqb_smtp *s, sqb__smtp_job *x)
{
	uint16_t code = s->reply.code;

	if (code == 334 && !s->auth.given_up) {
		sqb__auth_answer(&s->auth, sqb__buf_str(&s->reply.text));
		sqb__smtp_owe(s, x, SQB_SMTP_LOGIN);
		return;
	}
	if (code >= 300 && code < 400) {
		sqb__smtp_fail_reply(s, SQB_E_PROTO,
		    "the reply to AUTH makes no sense: ");
	} else if (code >= 300) {
		refused(s);
	} else if (sqb__auth_succeed(&s->auth)) {
		s->state = SQB_SMTP_LOGGED_IN;
	} else {
		fail(s);
	}
	sqb__smtp_keep(s);
}

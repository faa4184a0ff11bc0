/*
 * From the greeting to READY: RFC 5321, sections 3.1 and 3.2; STARTTLS, RFC
 * 3207; LHLO, RFC 2033, section 4.1.
 */
#include "smtp/smtp.h"

#include "base/ascii.h"
#include "base/error.h"

/* Greeting = "220 " ( Domain / address-literal ) [ SP textstring ] CRLF */
void sqb__smtp_on_greeting(sqb_smtp *s, sqb__smtp_job *x)
{
	sqb_str text = sqb__buf_str(&s->reply.text), rest = text;

	if (s->reply.code != 220) {
		sqb__smtp_fail_reply(s, s->reply.code < 400 ? SQB_E_PROTO :
		    sqb__smtp_classify(s->reply.code),
		    "refused at the greeting: ");
		return;
	}
	sqb__buf_add(&s->name, sqb__next_word(&rest));
	if (s->name.failed)
		sqb__smtp_nomem(s);
	s->caps.name = sqb__buf_str(&s->name);
	sqb__smtp_emit(s, x, SQB_SMTP_GREETING)->reply =
	    sqb__smtp_public(&s->reply);
}

/* ehlo = "EHLO" SP ( Domain / address-literal ) CRLF; HELO, LHLO likewise */
sqb__smtp_asked sqb__smtp_ask_hello(sqb_smtp *s, sqb__smtp_job *x)
{
	sqb__buf *out = &s->engine.out;

	sqb__buf_add_c(out, s->options.lmtp ? "LHLO" :
	    sqb__smtp_table[x->kind].name);
	sqb__buf_add_char(out, ' ');
	sqb__buf_add_c(out, s->helo);
	sqb__buf_add_c(out, "\r\n");
	sqb__smtp_owe(s, x, x->kind);
	return SAID;
}

static void put(sqb_smtp *s, uint32_t at, sqb__smtp_kind kind)
{
	sqb__smtp_job x = { .kind = (uint8_t)kind };

	if (!sqb__smtp_insert(s, at, &x))
		sqb__smtp_nomem(s);
}

static void ready(sqb_smtp *s, const sqb__smtp_job *x)
{
	s->state = SQB_SMTP_OPEN;
	sqb__smtp_emit(s, x, SQB_SMTP_READY);
}

static bool tls_is_due(const sqb_smtp *s)
{
	return s->options.tls == SQB_TLS_STARTTLS && !s->engine.has_tls;
}

/* With what the server says to EHLO, if that is why. */
static void fail_no_tls(sqb_smtp *s)
{
	sqb__engine_fail(&s->engine, SQB_E_TLS, "the server offers no TLS "
	    "here (STARTTLS); try smtps, or allow a session in clear with "
	    "tls off");
}

/* 5yz: a server that knows no EHLO; RFC 5321, section 3.2 */
static void ehlo_refused(sqb_smtp *s)
{
	bool passing = s->reply.code >= 400 && s->reply.code < 500;

	if (s->reply.code < 400)
		sqb__smtp_fail_reply(s, SQB_E_PROTO,
		    "the reply to EHLO makes no sense: ");
	else if (passing || s->options.lmtp)
		sqb__smtp_fail_reply(s, sqb__smtp_classify(s->reply.code),
		    s->options.lmtp ? "LHLO was refused: " :
		    "EHLO was refused: ");
	else if (tls_is_due(s))
		fail_no_tls(s);
	else
		put(s, 1, X_HELO);
}

void sqb__smtp_on_ehlo(sqb_smtp *s, sqb__smtp_job *x)
{
	sqb_str lines = sqb__buf_str(&s->reply.text);

	if (s->reply.code >= 300) {
		ehlo_refused(s);
		return;
	}
	sqb__take_line(&lines);
	sqb__smtp_caps_take(s, lines);
	if (!tls_is_due(s)) {
		ready(s, x);
	} else if (!s->caps.starttls) {
		fail_no_tls(s);
	} else {
		put(s, 1, X_STARTTLS);
		put(s, 2, X_EHLO);
	}
}

void sqb__smtp_on_helo(sqb_smtp *s, sqb__smtp_job *x)
{
	if (s->reply.code >= 300) {
		sqb__smtp_fail_reply(s, sqb__smtp_classify(s->reply.code),
		    "HELO was refused: ");
		return;
	}
	sqb__smtp_caps_forget(s);
	ready(s, x);
}

/*
 * RFC 3207, section 4. What came with the reply came in clear and may be
 * somebody else's: not a byte of it may be taken for the server's.
 */
void sqb__smtp_on_starttls(sqb_smtp *s, sqb__smtp_job *x)
{
	(void)x;
	if (s->reply.code != 220)
		sqb__smtp_fail_reply(s, SQB_E_TLS, "the server gives no TLS "
		    "here (STARTTLS); try smtps, or allow a session in clear "
		    "with tls off; it says: ");
	else if (sqb__buf_len(&s->engine.in) > 0)
		sqb__engine_fail(&s->engine, SQB_E_PROTO, "bytes came after "
		    "the reply to STARTTLS and before TLS; somebody may be "
		    "tampering with the line");
	else
		s->engine.want_tls = true;
}

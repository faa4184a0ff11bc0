/*
 * Fuzzes whole SMTP and LMTP sessions (session.h): each mail has one RECIPIENT
 * for each of its recipients, and what leaves holds no CR or LF that stands
 * alone, but for BINARYMIME. What is taken and what is told is for relay_fuzz.
 */
#include <squab/smtp.h>

#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const sqb_str message = SQB_STR("Subject: x\n\r\n.\r\n.\rlone\n.\n"
    "..\r\n\r.\r\n\0end");

typedef struct session {
	sqb_smtp *smtp;
	sqb_smtp_recipient recipients[2];
	sqb_smtp_mail mails[FUZZ_MAX_COMMANDS];
	unsigned n_told[FUZZ_MAX_COMMANDS], n_taken[FUZZ_MAX_COMMANDS];
	char line[40];		/* the beginning of the one that leaves */
	size_t line_len, n_binary; /* octets of a binary chunk to come */
	bool after_cr, binary;	/* binary: of the mail that is leaving */
} session;

static session *of(const fuzz *f)
{
	return f->own;
}

static void open_session(fuzz *f)
{
	unsigned tls = f->in.flags & FUZZ_TLS;
	session *s = must(calloc(1, sizeof(*s)));
	sqb_smtp_options o = {
		.size = sizeof(o), .allocator = &f->heap.allocator,
		.tls = tls == 3 ? SQB_TLS_OFF : (sqb_tls_mode)tls,
		.host = SQB_STR("mail.example.org"),
		.lmtp = f->in.flags & FUZZ_OWN,
	};

	if (f->in.flags & FUZZ_SMALL) {
		o.window_commands = 3;
		o.window_bytes = 60;
		o.max_queue = 8;
		o.max_line = 128;
		o.max_reply = 4;
		o.max_recv_buffer = 1;
	}
	f->own = s;
	s->recipients[0].address = (sqb_str)SQB_STR("b@x.org");
	s->recipients[1].address = (sqb_str)SQB_STR("\"c d\"@y.org");
	s->smtp = sqb_smtp_new(&o);
	f->engine = s->smtp ? sqb_smtp_engine(s->smtp) : NULL;
}

static void close_session(fuzz *f)
{
	sqb_smtp_free(of(f)->smtp);
	free(f->own);
}

/* --- events */

/* All at once, so that chunks do not depend on how the output is cut. */
static void give_message(fuzz *f)
{
	fuzz_check(sqb_smtp_write(of(f)->smtp, message) == message.len,
	    "a small message is not taken");
	sqb_smtp_end_message(of(f)->smtp);
}

static void take_recipient(fuzz *f, const sqb_smtp_event *ev)
{
	session *s = of(f);

	fuzz_check(ev->recipient < s->mails[ev->tag].n_recipients,
	    "a recipient that there is not");
	fuzz_check(!(s->n_told[ev->tag] & 1u << ev->recipient),
	    "a recipient is told of twice");
	s->n_told[ev->tag] |= 1u << ev->recipient;
	s->n_taken[ev->tag] += ev->code == SQB_OK;
}

static void take_mail_done(fuzz *f, const sqb_smtp_event *ev)
{
	session *s = of(f);
	size_t n = s->mails[ev->tag].n_recipients;

	fuzz_check(s->n_told[ev->tag] == (1u << n) - 1,
	    "DONE before all were told of");
	fuzz_check(ev->n_taken == s->n_taken[ev->tag], "DONE miscounts");
	fuzz_check((ev->code == SQB_OK) == (ev->n_taken == n),
	    "OK, but not for all");
}

static void log_event(fuzz *f, const sqb_smtp_event *ev)
{
	const uint8_t *e = ev->reply.enhanced;
	char text[120];

	snprintf(text, sizeof(text), "\n%d %d #%llu %d @%zu %zu %u %u.%u.%u ",
	    (int)ev->type, (int)ev->verb, (unsigned long long)ev->tag,
	    (int)ev->code, ev->recipient, ev->n_taken,
	    (unsigned)ev->reply.code, e[0], e[1], e[2]);
	bytes_add_c(&f->log, text);
	bytes_add(&f->log, ev->reply.text.ptr, ev->reply.text.len);
}

static int next(fuzz *f)
{
	sqb_smtp_event ev;
	int got = sqb_smtp_next(of(f)->smtp, &ev);

	if (got != 1)
		return got;
	log_event(f, &ev);
	if (ev.type == SQB_SMTP_GREETING || ev.type == SQB_SMTP_READY)
		return got;
	fuzz_check_open(f, ev.tag);
	if (ev.type == SQB_SMTP_BODY)
		give_message(f);
	else if (ev.type == SQB_SMTP_RECIPIENT)
		take_recipient(f, &ev);
	if (ev.type != SQB_SMTP_DONE)
		return got;
	if (ev.verb == SQB_SMTP_MAIL)
		take_mail_done(f, &ev);
	fuzz_done(f, ev.tag);
	return got;
}

/* --- commands */

static int ask(fuzz *f, unsigned verb, unsigned arg, sqb_login *login)
{
	session *s = of(f);
	uint64_t tag = f->n_asked - 1;
	sqb_smtp_command command = {
		.verb = (sqb_smtp_verb)verb, .login = login,
		.mail = &s->mails[tag], .text = SQB_STR("x.org"), .tag = tag,
	};

	s->mails[tag] = (sqb_smtp_mail){
		.size = sizeof(s->mails[tag]), .from = SQB_STR("a@x.org"),
		.recipients = s->recipients,
		.n_recipients = arg & FUZZ_MAIL_TWO ? 2 : 1,
		.all_or_none = arg & FUZZ_MAIL_ALL_OR_NONE,
		.streamed = arg & FUZZ_MAIL_STREAMED,
		.body = arg & FUZZ_MAIL_BINARY ? SQB_SMTP_BINARYMIME :
		    SQB_SMTP_7BIT,
	};
	if (!s->mails[tag].streamed)
		s->mails[tag].message = message;
	return sqb_smtp_ask(s->smtp, &command);
}

static int cancel(fuzz *f, uint64_t tag)
{
	return sqb_smtp_cancel(of(f)->smtp, tag);
}

/* --- what leaves */

static void end_of_line(session *s)
{
	unsigned n;

	s->line[s->line_len] = '\0';
	if (strncmp(s->line, "MAIL FROM:", 10) == 0)
		s->binary = strstr(s->line, "BINARYMIME");
	if (s->binary && sscanf(s->line, "BDAT %u", &n) == 1)
		s->n_binary = n;
	s->line_len = 0;
}

static void octet_leaves(session *s, char c)
{
	if (s->n_binary > 0) {
		s->n_binary--;
		return;
	}
	fuzz_check((c == '\n') == s->after_cr,
	    "a CR or LF leaves that stands alone");
	s->after_cr = c == '\r';
	if (c == '\n')
		end_of_line(s);
	else if (s->line_len + 1 < sizeof(s->line))
		s->line[s->line_len++] = c;
}

static void said(fuzz *f, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		octet_leaves(of(f), (char)data[i]);
}

static const fuzz_protocol smtp = {
	.open = open_session,
	.close = close_session,
	.next = next,
	.ask = ask,
	.cancel = cancel,
	.said = said,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_play(&smtp, data, size);
}

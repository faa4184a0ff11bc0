/*
 * An SMTP engine and the words of its server, in memory: what the engine says
 * and what it tells of are gathered as text.
 */
#ifndef SMTP_FIXTURE_H
#define SMTP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <squab/smtp.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

typedef struct fixture {
	sqb_smtp *s;
	char log[65536];	/* events, a line each */
	char said[1 << 20];	/* by the engine, since last looked at */
	size_t n_log, n_said;
	sqb_str stream;		/* for BODY events: given in pieces of … */
	size_t piece;		/* … so many octets; 0: all at once */
} fixture;

__attribute__((format(printf, 2, 3)))
static inline void note(fixture *f, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	f->n_log += (size_t)vsnprintf(f->log + f->n_log,
	    sizeof(f->log) - f->n_log, format, args);
	va_end(args);
	assert_true(f->n_log < sizeof(f->log));
}

static inline void note_reply(fixture *f, const sqb_smtp_reply *r)
{
	if (r->code == 0)
		return;
	note(f, " %u", r->code);
	if (r->enhanced[0] > 0)
		note(f, " %u.%u.%u", r->enhanced[0], r->enhanced[1],
		    r->enhanced[2]);
	note(f, " %.*s", (int)r->text.len, r->text.ptr);
}

static inline void stream(fixture *f)
{
	size_t n = f->piece > 0 && f->piece < f->stream.len ? f->piece :
	    f->stream.len;
	size_t took = sqb_smtp_write(f->s, (sqb_str){ f->stream.ptr, n });

	f->stream.ptr += took;
	f->stream.len -= took;
	if (f->stream.len == 0)
		sqb_smtp_end_message(f->s);
}

static inline void note_event(fixture *f, const sqb_smtp_event *ev)
{
	static const char *const types[] = { "greeting", "ready", "line",
	    "body", "rcpt", "done" };

	note(f, "%s", types[ev->type]);
	if (ev->tag > 0)
		note(f, " #%u", (unsigned)ev->tag);
	if (ev->type == SQB_SMTP_RECIPIENT)
		note(f, " %zu", ev->recipient);
	if (ev->type == SQB_SMTP_RECIPIENT || ev->type == SQB_SMTP_DONE)
		note(f, " %s", sqb_code_name(ev->code));
	note_reply(f, &ev->reply);
	if (ev->why)
		note(f, " (%s)", ev->why->text);
	note(f, "\n");
}

/* Fetches what there is, and takes what is said. */
static inline void run(fixture *f)
{
	sqb_engine *e = sqb_smtp_engine(f->s);
	sqb_smtp_event ev;
	const uint8_t *out;
	size_t len;

	do {
		while (sqb_smtp_next(f->s, &ev) > 0) {
			if (ev.type == SQB_SMTP_BODY)
				stream(f);
			else
				note_event(f, &ev);
		}
		if (sqb_engine_wants(e) & SQB_WANT_TLS)
			return;
		out = sqb_engine_send_buf(e, &len);
		if (!out)
			return;
		assert_true(f->n_said + len < sizeof(f->said));
		memcpy(f->said + f->n_said, out, len);
		f->n_said += len;
		sqb_engine_send_ack(e, len);
	} while (len > 0);
}

/* The server says it, in one piece. */
static inline void hear_some(fixture *f, const char *text, size_t len)
{
	sqb_engine *e = sqb_smtp_engine(f->s);

	run(f);
	while (len > 0) {
		size_t cap;
		uint8_t *in = sqb_engine_recv_buf(e, &cap);
		size_t n = len < cap ? len : cap;

		if (!in)
			return;
		memcpy(in, text, n);
		sqb_engine_recv_ack(e, n);
		text += n;
		len -= n;
		run(f);
	}
}

static inline void hear(fixture *f, const char *text)
{
	hear_some(f, text, strlen(text));
}

static inline void hang_up(fixture *f)
{
	size_t cap;

	run(f);
	if (sqb_engine_recv_buf(sqb_smtp_engine(f->s), &cap))
		sqb_engine_recv_ack(sqb_smtp_engine(f->s), 0);
	run(f);
}

/* What was said since the last look is this, and all of it. */
#define assert_said(f, text) do { \
	(f)->said[(f)->n_said] = '\0'; \
	assert_string_equal((f)->said, (text)); \
	(f)->n_said = 0; \
} while (0)

/* What was told since the last look. */
#define assert_told(f, text) do { \
	(f)->log[(f)->n_log] = '\0'; \
	assert_string_equal((f)->log, (text)); \
	(f)->n_log = 0; \
} while (0)

static inline fixture *fixture_new(const sqb_smtp_options *o)
{
	static fixture f;

	memset(&f, 0, sizeof(f));
	f.s = sqb_smtp_new(o);
	assert_non_null(f.s);
	return &f;
}

/* A session in clear that is ready; caps: EHLO's keywords, a blank between. */
static inline fixture *fixture_ready(bool lmtp, const char *caps)
{
	fixture *f = fixture_new(&(sqb_smtp_options){ .size =
	    sizeof(sqb_smtp_options), .tls = SQB_TLS_OFF, .lmtp = lmtp });
	char line[64];

	hear(f, "220 mx ready\r\n");
	hear(f, "250-mx\r\n");
	for (size_t n; *caps; caps += n + (caps[n] == ' ')) {
		n = strcspn(caps, " ");
		snprintf(line, sizeof(line), "250-%.*s\r\n", (int)n, caps);
		hear(f, line);
	}
	hear(f, "250 OK\r\n");
	f->n_said = f->n_log = 0;
	return f;
}

static inline void fixture_free(fixture *f)
{
	sqb_smtp_free(f->s);
}

#endif

/*
 * Fuzzes whole POP3 sessions (session.h): a message is OK only if its end was
 * seen.
 */
#include <squab/pop3.h>

#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SMALL_BUFFER = 4096 };

typedef struct session {
	sqb_pop3 *pop3;
	unsigned n_ends, n_messages;	/* end marks fed, messages OK */
	uint64_t in_body;	/* tag + 1 of the body last logged */
	char tail[4];		/* the last octets fed */
} session;

static session *of(const fuzz *f)
{
	return f->own;
}

static void open_session(fuzz *f)
{
	unsigned tls = f->in.flags & FUZZ_TLS;
	session *s = must(calloc(1, sizeof(*s)));
	sqb_pop3_options o = {
		.size = sizeof(o), .allocator = &f->heap.allocator,
		.tls = tls == 3 ? SQB_TLS_OFF : (sqb_tls_mode)tls,
		.host = SQB_STR("mail.example.org"),
		.utf8 = f->in.flags & FUZZ_OWN,
	};

	if (f->in.flags & FUZZ_SMALL) {
		o.window_commands = 3;
		o.window_bytes = 30;
		o.max_queue = 8;
		o.max_line = 128;
		o.max_capa = 4;
		o.max_list = 4;
		o.max_list_bytes = 200;
		o.max_message = 300;
		o.max_recv_buffer = SMALL_BUFFER;
	}
	f->own = s;
	s->pop3 = sqb_pop3_new(&o);
	f->engine = s->pop3 ? sqb_pop3_engine(s->pop3) : NULL;
}

static void close_session(fuzz *f)
{
	sqb_pop3_free(of(f)->pop3);
	free(f->own);
}

static void log_event(fuzz *f, const sqb_pop3_event *ev)
{
	session *s = of(f);
	char text[120];

	if (ev->type == SQB_POP3_BODY && s->in_body == ev->tag + 1) {
		bytes_add(&f->log, ev->text.ptr, ev->text.len);
		return;
	}
	s->in_body = ev->type == SQB_POP3_BODY ? ev->tag + 1 : 0;
	snprintf(text, sizeof(text), "\n%d %d #%llu %u %d %d %u %llu ",
	    (int)ev->type, (int)ev->verb, (unsigned long long)ev->tag,
	    (unsigned)ev->number, (int)ev->code, (int)ev->resp,
	    (unsigned)ev->count, (unsigned long long)ev->octets);
	bytes_add_c(&f->log, text);
	bytes_add(&f->log, ev->text.ptr, ev->text.len);
}

static int next(fuzz *f)
{
	session *s = of(f);
	sqb_pop3_event ev;
	int got = sqb_pop3_next(s->pop3, &ev);

	if (got != 1)
		return got;
	log_event(f, &ev);
	if (ev.type != SQB_POP3_DONE)
		return got;
	fuzz_done(f, ev.tag);
	if (ev.code == SQB_OK && (ev.verb == SQB_POP3_RETR ||
	    ev.verb == SQB_POP3_TOP))
		fuzz_check(++s->n_messages <= s->n_ends,
		    "a message is OK whose end was not seen");
	return got;
}

static int ask(fuzz *f, unsigned verb, unsigned arg, sqb_login *login)
{
	sqb_pop3_command command = {
		.verb = (sqb_pop3_verb)verb, .number = arg, .lines = arg,
		.login = login, .tag = f->n_asked - 1,
	};

	return sqb_pop3_ask(of(f)->pop3, &command);
}

static int cancel(fuzz *f, uint64_t tag)
{
	return sqb_pop3_cancel(of(f)->pop3, tag);
}

static void heard(fuzz *f, const uint8_t *data, size_t len)
{
	session *s = of(f);

	for (size_t i = 0; i < len; i++) {
		memmove(s->tail, s->tail + 1, 3);
		s->tail[3] = (char)data[i];
		if (memcmp(s->tail, "\n.\r\n", 4) == 0 ||
		    memcmp(s->tail + 1, "\n.\n", 3) == 0)
			s->n_ends++;
	}
}

static const fuzz_protocol pop3 = {
	.open = open_session,
	.close = close_session,
	.next = next,
	.ask = ask,
	.cancel = cancel,
	.heard = heard,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_play(&pop3, data, size);
}

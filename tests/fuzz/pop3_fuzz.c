/*
 * Fuzzes whole POP3 sessions. Each input is played twice, whole and cut, and
 * both must tell the same. Whatever the server sends: each accepted command
 * has exactly one DONE, a message is OK only if its end was seen, memory is
 * bounded, and after an error nothing but the error comes.
 */
#include <squab/pop3.h>

#include "../script/heap.h"
#include "../script/script.h"
#include "pop3_input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_MEMORY = 2 << 20, SMALL_BUFFER = 4096 };

typedef struct input {
	const uint8_t *data;	/* what is left of the server's bytes */
	size_t len;
	unsigned flags;
	uint8_t cut;
	const uint8_t *commands;
	size_t n_commands;
} input;

typedef struct session {
	input in;
	bool cuts;		/* give the input in pieces */
	uint32_t random;
	heap heap;
	sqb_pop3 *pop3;
	sqb_engine *engine;
	sqb_time now;
	sqb_login logins[FUZZ_MAX_COMMANDS];	/* borrowed until DONE */
	unsigned n_done[FUZZ_MAX_COMMANDS];
	bool accepted[FUZZ_MAX_COMMANDS];
	size_t n_asked;
	unsigned n_ends, n_messages;	/* end marks fed, messages OK */
	uint64_t in_body;	/* tag + 1 of the body last logged */
	char tail[4];		/* the last octets fed */
	bool ended;
	bool cut_off;		/* TLS took over within a burst */
	bytes log;
} session;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "pop3_fuzz: %s\n", what);
	abort();
}

/* --- the log */

static void log_text(session *s, const char *text, size_t len)
{
	bytes_add(&s->log, text, len);
}

static void log_event(session *s, const sqb_pop3_event *ev)
{
	char text[120];

	if (ev->type == SQB_POP3_BODY && s->in_body == ev->tag + 1) {
		log_text(s, ev->text.ptr, ev->text.len);
		return;
	}
	s->in_body = ev->type == SQB_POP3_BODY ? ev->tag + 1 : 0;
	snprintf(text, sizeof(text), "\n%d %d #%llu %u %d %d %u %llu ",
	    (int)ev->type, (int)ev->verb, (unsigned long long)ev->tag,
	    (unsigned)ev->number, (int)ev->code, (int)ev->resp,
	    (unsigned)ev->count, (unsigned long long)ev->octets);
	bytes_add_c(&s->log, text);
	log_text(s, ev->text.ptr, ev->text.len);
}

/* Without the peer's words: of a line it is refused at any length. */
static void log_error(session *s)
{
	const sqb_error *why = sqb_engine_error(s->engine);
	char text[24];

	check(why != NULL, "an end without an error");
	snprintf(text, sizeof(text), "\nerror %d ", (int)why->code);
	bytes_add_c(&s->log, text);
	log_text(s, why->text, why->peer ? why->peer : strlen(why->text));
}

/* --- events */

static void take_done(session *s, const sqb_pop3_event *ev)
{
	check(ev->tag < s->n_asked && s->accepted[ev->tag],
	    "DONE for a command that was not accepted");
	check(++s->n_done[ev->tag] == 1, "a second DONE");
	if (ev->code == SQB_OK && (ev->verb == SQB_POP3_RETR ||
	    ev->verb == SQB_POP3_TOP))
		check(++s->n_messages <= s->n_ends,
		    "a message is OK whose end was not seen");
}

static void drain(session *s)
{
	sqb_pop3_event ev;
	int got;

	while ((got = sqb_pop3_next(s->pop3, &ev)) == 1) {
		check(!s->ended, "an event after the end");
		log_event(s, &ev);
		if (ev.type == SQB_POP3_DONE)
			take_done(s, &ev);
	}
	check(!s->ended || got < 0, "an end that was none");
	if (got < 0 && !s->ended)
		log_error(s);
	s->ended = got < 0;
}

/* --- bytes */

static size_t piece(session *s, size_t len)
{
	size_t n;

	if (!s->cuts)
		return len;
	s->random = s->random * 1664525 + 1013904223;
	n = 1 + (s->random >> 16) % (s->random >> 31 ? 3 : 90);
	return n < len ? n : len;
}

static void count_ends(session *s, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		memmove(s->tail, s->tail + 1, 3);
		s->tail[3] = (char)data[i];
		if (memcmp(s->tail, "\n.\r\n", 4) == 0 ||
		    memcmp(s->tail + 1, "\n.\n", 3) == 0)
			s->n_ends++;
	}
}

static void send_all(session *s)
{
	size_t len;

	while (sqb_engine_send_buf(s->engine, &len)) {
		sqb_engine_send_ack(s->engine, piece(s, len));
		drain(s);
	}
}

static void shake_hands(session *s)
{
	static const sqb_tls_info info = { .version = "TLSv1.3",
		.cipher = "TLS_AES_128_GCM_SHA256", .verified = true,
		.exporter = SQB_STR("0123456789abcdef0123456789abcdef") };

	if (sqb_engine_wants(s->engine) == SQB_WANT_TLS)
		sqb_engine_tls_done(s->engine, &info);
}

/* Lets the engine do all it can without input. */
static void settle(session *s)
{
	drain(s);
	send_all(s);
	shake_hands(s);
	drain(s);
	send_all(s);
	sqb_engine_clock(s->engine, s->now);
	drain(s);
}

/*
 * False: the engine takes no more. Nothing is sent within a burst: what was
 * said before an answer came would depend on how it is cut.
 */
static bool feed(session *s, const uint8_t *data, size_t len)
{
	while (len > 0) {
		size_t cap, n;
		uint8_t *buf = sqb_engine_recv_buf(s->engine, &cap);

		if (!buf) {
			s->cut_off = sqb_engine_wants(s->engine) ==
			    SQB_WANT_TLS;
			return false;
		}
		heap_unguard(buf, cap);
		n = piece(s, len < cap ? len : cap);
		memcpy(buf, data, n);
		heap_guard(buf + n, cap - n);
		count_ends(s, data, n);
		sqb_engine_recv_ack(s->engine, n);
		drain(s);
		data += n;
		len -= n;
	}
	settle(s);
	return true;
}

/* --- commands */

static void cancel_oldest(session *s)
{
	for (size_t i = 0; i < s->n_asked; i++) {
		if (!s->accepted[i] || s->n_done[i] > 0)
			continue;
		check(s->ended || sqb_pop3_cancel(s->pop3, i) == SQB_OK,
		    "a command under way cannot be canceled");
		return;
	}
}

static void ask(session *s, uint8_t byte)
{
	unsigned arg = byte >> 4;
	sqb_login *login = &s->logins[s->n_asked];
	sqb_pop3_command command = {
		.verb = (sqb_pop3_verb)(byte & 15),
		.number = arg, .lines = arg, .login = login,
		.tag = s->n_asked,
	};

	if ((byte & 15) == SQB_POP3_LOGIN)
		*login = (sqb_login){ .user = SQB_STR("alice"),
			.password = SQB_STR("secret"),
			.token = sqb_str_of(arg & 1 ? "token" : NULL),
			.mechanism = sqb_str_of(fuzz_mechanisms[arg]),
			.no_initial_response = s->in.cut & 1 };
	s->accepted[s->n_asked] = sqb_pop3_ask(s->pop3, &command) == SQB_OK;
	s->n_asked++;
}

static void command(session *s)
{
	uint8_t byte = *s->in.commands++;

	s->in.n_commands--;
	if ((byte & 15) == FUZZ_CANCEL)
		cancel_oldest(s);
	else if ((byte & 15) == FUZZ_WAIT)
		s->now += 50000;
	else
		ask(s, byte);
	settle(s);
}

static void commands(session *s)
{
	while (s->in.n_commands > 0) {
		command(s);
		if (s->in.flags & FUZZ_STEPWISE)
			return;
	}
}

/* --- sessions */

static input input_of(const uint8_t *data, size_t size)
{
	input in = { .flags = data[0], .cut = data[1],
		.commands = data + 3, .n_commands = data[2] & 31 };

	if (in.n_commands > size - 3)
		in.n_commands = size - 3;
	in.data = in.commands + in.n_commands;
	in.len = size - 3 - in.n_commands;
	return in;
}

static void open_session(session *s)
{
	unsigned tls = s->in.flags & FUZZ_TLS;
	sqb_pop3_options o = {
		.size = sizeof(o), .allocator = &s->heap.allocator,
		.tls = tls == 3 ? SQB_TLS_OFF : (sqb_tls_mode)tls,
		.host = SQB_STR("mail.example.org"),
		.utf8 = s->in.flags & FUZZ_UTF8,
	};

	if (s->in.flags & FUZZ_SMALL) {
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
	heap_init(&s->heap);
	s->random = s->in.cut;
	s->now = 1000;
	s->pop3 = sqb_pop3_new(&o);
	check(s->pop3 != NULL, "no memory");
	s->engine = sqb_pop3_engine(s->pop3);
}

static void play_bursts(session *s)
{
	bool taken = true;

	while (s->in.len > 0 && taken) {
		const uint8_t *end = memchr(s->in.data, FUZZ_BURST,
		    s->in.len);
		size_t len = end ? (size_t)(end - s->in.data) : s->in.len;

		commands(s);
		taken = feed(s, s->in.data, len);
		if (end)
			len++;
		s->in.data += len;
		s->in.len -= len;
	}
	commands(s);
}

static void close_session(session *s)
{
	static const sqb_error over = { .code = SQB_E_NET, .text = "over" };
	size_t cap;
	uint8_t *buf = sqb_engine_recv_buf(s->engine, &cap);

	if (buf) {
		heap_unguard(buf, cap);
		sqb_engine_recv_ack(s->engine, 0);
		settle(s);
	}
	sqb_engine_fail(s->engine, &over);
	drain(s);
	for (size_t i = 0; i < s->n_asked; i++)
		check(!s->accepted[i] || s->n_done[i] == 1, "no DONE");
	sqb_pop3_free(s->pop3);
	check(s->heap.n_out == 0, "memory is leaked");
	check(s->heap.peak < MAX_MEMORY, "too much memory");
}

static void run(session *s)
{
	open_session(s);
	settle(s);
	play_bursts(s);
	close_session(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	session whole = { 0 }, cut = { .cuts = true };

	if (size < 3)
		return 0;
	whole.in = cut.in = input_of(data, size);
	run(&whole);
	run(&cut);
	if (!cut.cut_off && (whole.log.len != cut.log.len ||
	    memcmp(whole.log.data, cut.log.data, cut.log.len) != 0)) {
		fprintf(stderr, "whole:%.*s\n\ncut:%.*s\n",
		    (int)whole.log.len, whole.log.data,
		    (int)cut.log.len, cut.log.data);
		check(false, "how the input is cut changes what comes out");
	}
	bytes_clear(&whole.log);
	bytes_clear(&cut.log);
	return 0;
}

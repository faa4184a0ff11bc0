/* The playing of an input, for all protocols; see session.h. */
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_MEMORY = 2 << 20 };

void fuzz_check(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "session_fuzz: %s\n", what);
	abort();
}

void fuzz_check_open(const fuzz *f, uint64_t tag)
{
	fuzz_check(tag < f->n_asked && f->accepted[tag],
	    "an event of a command that was not accepted");
	fuzz_check(f->n_done[tag] == 0, "an event behind DONE");
}

void fuzz_done(fuzz *f, uint64_t tag)
{
	fuzz_check_open(f, tag);
	f->n_done[tag]++;
}

/* --- events */

/* Without the peer's words: of a line it is refused at any length. */
static void log_error(fuzz *f)
{
	const sqb_error *why = sqb_engine_error(f->engine);
	char text[24];

	fuzz_check(why != NULL, "an end without an error");
	snprintf(text, sizeof(text), "\nerror %d ", (int)why->code);
	bytes_add_c(&f->log, text);
	bytes_add(&f->log, why->text, why->peer ? why->peer :
	    strlen(why->text));
}

static void drain(fuzz *f)
{
	int got;

	while ((got = f->protocol->next(f)) == 1)
		fuzz_check(!f->ended, "an event after the end");
	fuzz_check(!f->ended || got < 0, "an end that was none");
	if (got < 0 && !f->ended)
		log_error(f);
	f->ended = got < 0;
}

/* --- bytes */

static size_t piece(fuzz *f, size_t len)
{
	size_t n;

	if (!f->cuts)
		return len;
	f->random = f->random * 1664525 + 1013904223;
	n = 1 + (f->random >> 16) % (f->random >> 31 ? 3 : 90);
	return n < len ? n : len;
}

/* As a trace would show it. */
static void add_masked(fuzz *f, const uint8_t *data, size_t len)
{
	size_t n, from = f->masked.len;
	const sqb_range *r = sqb_engine_secrets(f->engine, &n);

	bytes_add(&f->masked, data, len);
	for (size_t i = 0; i < n; i++)
		for (size_t at = r[i].from; at < r[i].to && at < len; at++)
			f->masked.data[from + at] = '*';
}

static void send_all(fuzz *f)
{
	const uint8_t *data;
	size_t len;

	while ((data = sqb_engine_send_buf(f->engine, &len))) {
		len = piece(f, len);
		add_masked(f, data, len);
		if (f->protocol->said)
			f->protocol->said(f, data, len);
		sqb_engine_send_ack(f->engine, len);
		drain(f);
	}
}

static void shake_hands(fuzz *f)
{
	static const sqb_tls_info info = { .version = "TLSv1.3",
		.cipher = "TLS_AES_128_GCM_SHA256", .verified = true,
		.exporter = SQB_STR("0123456789abcdef0123456789abcdef") };

	if (sqb_engine_wants(f->engine) == SQB_WANT_TLS)
		sqb_engine_tls_done(f->engine, &info);
}

/* Lets the engine do all it can without input. */
static void settle(fuzz *f)
{
	drain(f);
	send_all(f);
	shake_hands(f);
	drain(f);
	send_all(f);
	sqb_engine_clock(f->engine, f->now);
	drain(f);
}

/*
 * False: the engine takes no more. Nothing is sent within a burst: what was
 * said before an answer came would depend on how it is cut.
 */
static bool feed(fuzz *f, const uint8_t *data, size_t len)
{
	while (len > 0) {
		size_t cap, n;
		uint8_t *buf = sqb_engine_recv_buf(f->engine, &cap);

		if (!buf) {
			f->cut_off = sqb_engine_wants(f->engine) ==
			    SQB_WANT_TLS;
			return false;
		}
		heap_unguard(buf, cap);
		n = piece(f, len < cap ? len : cap);
		memcpy(buf, data, n);
		heap_guard(buf + n, cap - n);
		if (f->protocol->heard)
			f->protocol->heard(f, data, n);
		sqb_engine_recv_ack(f->engine, n);
		drain(f);
		data += n;
		len -= n;
	}
	settle(f);
	return true;
}

/* --- commands */

static void cancel_oldest(fuzz *f)
{
	for (size_t i = 0; i < f->n_asked; i++) {
		if (!f->accepted[i] || f->n_done[i] > 0)
			continue;
		fuzz_check(f->ended || f->protocol->cancel(f, i) == SQB_OK,
		    "a command under way cannot be canceled");
		return;
	}
}

static void ask(fuzz *f, uint8_t byte)
{
	unsigned arg = byte >> 4;
	size_t tag = f->n_asked++;

	f->logins[tag] = (sqb_login){ .user = SQB_STR("alice"),
		.password = SQB_STR("secret"),
		.token = sqb_str_of(arg & 1 ? "token" : NULL),
		.mechanism = sqb_str_of(fuzz_mechanisms[arg]),
		.no_initial_response = f->in.cut & 1 };
	f->accepted[tag] = f->protocol->ask(f, byte & 15, arg,
	    &f->logins[tag]) == SQB_OK;
}

static void command(fuzz *f)
{
	uint8_t byte = *f->in.commands++;

	f->in.n_commands--;
	if ((byte & 15) == FUZZ_CANCEL)
		cancel_oldest(f);
	else if ((byte & 15) == FUZZ_WAIT)
		f->now += 50000;
	else
		ask(f, byte);
	settle(f);
}

static void commands(fuzz *f)
{
	while (f->in.n_commands > 0) {
		command(f);
		if (f->in.flags & FUZZ_STEPWISE)
			return;
	}
}

/* --- sessions */

static fuzz_input input_of(const uint8_t *data, size_t size)
{
	fuzz_input in = { .flags = data[0], .cut = data[1],
		.commands = data + 3, .n_commands = data[2] & 31 };

	if (in.n_commands > size - 3)
		in.n_commands = size - 3;
	in.data = in.commands + in.n_commands;
	in.len = size - 3 - in.n_commands;
	return in;
}

static void play_bursts(fuzz *f)
{
	bool taken = true;

	while (f->in.len > 0 && taken) {
		const uint8_t *end = memchr(f->in.data, FUZZ_BURST,
		    f->in.len);
		size_t len = end ? (size_t)(end - f->in.data) : f->in.len;

		commands(f);
		taken = feed(f, f->in.data, len);
		if (end)
			len++;
		f->in.data += len;
		f->in.len -= len;
	}
	commands(f);
}

static void check_secrets(const fuzz *f)
{
	static const sqb_str secrets[] = { SQB_STR("secret"),
		SQB_STR("c2VjcmV0"),		/* LOGIN */
		SQB_STR("AGFsaWNlAHNlY3JldA"),	/* PLAIN */
		SQB_STR("Bearer token") };

	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		fuzz_check(!bytes_has(&f->masked, secrets[i].ptr,
		    secrets[i].len), "a secret is not masked");
}

static void close_session(fuzz *f)
{
	static const sqb_error over = { .code = SQB_E_NET, .text = "over" };
	size_t cap;
	uint8_t *buf = sqb_engine_recv_buf(f->engine, &cap);

	if (buf) {
		heap_unguard(buf, cap);
		sqb_engine_recv_ack(f->engine, 0);
		settle(f);
	}
	sqb_engine_fail(f->engine, &over);
	drain(f);
	for (size_t i = 0; i < f->n_asked; i++)
		fuzz_check(!f->accepted[i] || f->n_done[i] == 1, "no DONE");
	check_secrets(f);
	f->protocol->close(f);
	fuzz_check(f->heap.n_out == 0, "memory is leaked");
	fuzz_check(f->heap.peak < MAX_MEMORY, "too much memory");
}

static void run(fuzz *f)
{
	heap_init(&f->heap);
	f->random = f->in.cut;
	f->now = 1000;
	f->protocol->open(f);
	fuzz_check(f->engine != NULL, "no memory");
	settle(f);
	play_bursts(f);
	close_session(f);
}

static void clear(fuzz *f)
{
	bytes_clear(&f->log);
	bytes_clear(&f->masked);
}

int fuzz_play(const fuzz_protocol *p, const uint8_t *data, size_t size)
{
	fuzz whole = { .protocol = p }, cut = { .protocol = p, .cuts = true };

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
		fuzz_check(false,
		    "how the input is cut changes what comes out");
	}
	clear(&whole);
	clear(&cut);
	return 0;
}

/*
 * Writes a script as input for the fuzzer: its calls and the server's lines.
 * Options other than tls, and the arguments of most calls, have no place
 * there and are left out.
 */
#include "seeds.h"

#include "../fuzz/session.h"
#include "target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_byte(bytes *b, unsigned value)
{
	unsigned char c = (unsigned char)value;

	bytes_add(b, &c, 1);
}

static unsigned mechanism_number(const char *name)
{
	for (unsigned i = 0; i < 16; i++)
		if (strcmp(name, fuzz_mechanisms[i]) == 0)
			return i;
	return 0;
}

static unsigned mail_number(const step *s)
{
	size_t n_to = 0;

	for (size_t i = 0; i < s->n_words; i++)
		n_to += s->words[i].key && strcmp(s->words[i].key, "to") == 0;
	return (word_number(s, "streamed") ? FUZZ_MAIL_STREAMED : 0) |
	    (n_to > 1 ? FUZZ_MAIL_TWO : 0) |
	    (word_number(s, "all_or_none") ? FUZZ_MAIL_ALL_OR_NONE : 0) |
	    (sqb_str_eq(word_str(s, "body"), sqb_str_of("binary")) ?
	    FUZZ_MAIL_BINARY : 0);
}

static unsigned call_arg(const step *s)
{
	const word *mechanism = step_word(s, "mechanism");

	if (mechanism)
		return mechanism_number(mechanism->value.data);
	if (strcmp(step_arg(s, 0), "mail") == 0)
		return mail_number(s);
	return (unsigned)strtoul(step_arg(s, 1), NULL, 10) & 15;
}

/* The byte of a call; -1: it cannot be said. */
static int call_byte(const protocol *p, const step *s)
{
	const char *name = step_arg(s, 0);

	if (strcmp(name, "cancel") == 0)
		return FUZZ_CANCEL;
	for (unsigned i = 0; i < p->n_verbs; i++)
		if (strcmp(name, p->verbs[i]) == 0)
			return (int)(call_arg(s) << 4 | i);
	return -1;
}

static unsigned flags_of(const script *s)
{
	sqb_pop3_options pop3;
	sqb_smtp_options smtp;

	if (protocol_of(s) == &protocol_pop3)
		return pop3_options_of(s, &pop3) ? (unsigned)pop3.tls : 0;
	if (!smtp_options_of(s, &smtp))
		return 0;
	return (unsigned)smtp.tls | (smtp.lmtp ? FUZZ_OWN : 0);
}

static void add_commands(bytes *out, const script *s)
{
	size_t count_at = out->len;
	unsigned n = 0;

	add_byte(out, 0);
	for (size_t i = 0; i < s->n_steps && n < FUZZ_MAX_COMMANDS; i++) {
		int byte = s->steps[i].type == STEP_CLOCK ? FUZZ_WAIT :
		    s->steps[i].type == STEP_CALL ?
		    call_byte(protocol_of(s), &s->steps[i]) : -1;

		if (byte < 0)
			continue;
		add_byte(out, (unsigned)byte);
		n++;
	}
	out->data[count_at] = (char)n;
}

static void add_bursts(bytes *out, const script *s)
{
	enum { MOST = 4096 };	/* octets; more teaches a fuzzer nothing */
	bool new_burst = false;

	for (size_t i = 0; i < s->n_steps && out->len < MOST; i++) {
		const step *at = &s->steps[i];

		if (at->type != STEP_SERVER) {
			new_burst = new_burst || at->type == STEP_CLIENT ||
			    at->type == STEP_TLS;
			continue;
		}
		if (new_burst)
			add_byte(out, FUZZ_BURST);
		new_burst = false;
		bytes_add(out, at->data.data, at->data.len);
	}
}

bool seeds_write(const script *s, const char *folder)
{
	bytes out = { 0 };
	char path[4096];
	FILE *f;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s", folder, s->name);
	for (char *c = path + strlen(folder) + 1; *c; c++)
		if (*c == '/')
			*c = '.';
	add_byte(&out, flags_of(s));
	add_byte(&out, 0);
	add_commands(&out, s);
	add_bursts(&out, s);
	f = fopen(path, "w");
	ok = f && fwrite(out.data, 1, out.len, f) == out.len;
	if (f)
		ok = fclose(f) == 0 && ok;
	if (!ok)
		perror(path);
	bytes_clear(&out);
	return ok;
}

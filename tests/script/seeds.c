/*
 * Writes a script as input for the fuzzer: its calls and the server's lines.
 * Options other than tls, and the arguments of most calls, have no place
 * there and are left out.
 */
#include "seeds.h"

#include "../fuzz/pop3_input.h"
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

/* The byte of a call; -1: it cannot be said. */
static int call_byte(const step *s)
{
	const char *name = step_arg(s, 0);
	const word *mechanism = step_word(s, "mechanism");
	unsigned arg = (unsigned)strtoul(step_arg(s, 1), NULL, 10) & 15;

	if (strcmp(name, "cancel") == 0)
		return FUZZ_CANCEL;
	if (mechanism)
		arg = mechanism_number(mechanism->value.data);
	for (unsigned i = 0; i < SQB_POP3_N_VERBS; i++)
		if (strcmp(name, protocol_pop3.verbs[i]) == 0)
			return (int)(arg << 4 | i);
	return -1;
}

static void add_commands(bytes *out, const script *s)
{
	size_t count_at = out->len;
	unsigned n = 0;

	add_byte(out, 0);
	for (size_t i = 0; i < s->n_steps && n < FUZZ_MAX_COMMANDS; i++) {
		int byte = s->steps[i].type == STEP_CLOCK ? FUZZ_WAIT :
		    s->steps[i].type == STEP_CALL ?
		    call_byte(&s->steps[i]) : -1;

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
	sqb_pop3_options o;
	bytes out = { 0 };
	char path[4096];
	FILE *f;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s", folder, s->name);
	for (char *c = path + strlen(folder) + 1; *c; c++)
		if (*c == '/')
			*c = '.';
	add_byte(&out, pop3_options_of(s, &o) ? (unsigned)o.tls : 0);
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

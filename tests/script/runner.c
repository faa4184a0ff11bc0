/*
 * script_runner FILE|FOLDER...: plays session scripts through the harnesses,
 * a TAP test for each session and harness. Folders are searched through.
 * --seeds FOLDER plays nothing: it writes each session as input for the
 * fuzzer.
 */
#include "play.h"
#include "seeds.h"
#include "wire.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A harness plays the script in its way; false: why. */
typedef bool harness_fn(const script *s, bytes *why);

static void add_number(bytes *why, const char *what, size_t n)
{
	char text[64];

	snprintf(text, sizeof(text), "; %s %zu", what, n);
	bytes_add_c(why, text);
}

static bool play_once(const script *s, cuts c, bytes *why)
{
	heap h;

	heap_init(&h);
	return play(s, &c, &h, why);
}

static bool play_whole(const script *s, bytes *why)
{
	return play_once(s, (cuts){ .how = CUT_WHOLE }, why);
}

static bool play_bytes(const script *s, bytes *why)
{
	return play_once(s, (cuts){ .how = CUT_BYTES }, why);
}

/* At every place; in a long session at evenly spread ones. */
static bool play_splits(const script *s, bytes *why)
{
	enum { MOST = 250 };
	size_t stride = s->n_server / MOST + 1;

	for (size_t at = 1; at < s->n_server; at += stride) {
		if (!play_once(s, (cuts){ .how = CUT_ONCE, .at = at }, why)) {
			add_number(why, "cut at", at);
			return false;
		}
	}
	return true;
}

static bool play_random(const script *s, bytes *why)
{
	enum { TIMES = 20 };

	for (uint64_t seed = 1; seed <= TIMES; seed++) {
		if (!play_once(s, (cuts){ .how = CUT_RANDOM, .seed = seed },
		    why)) {
			add_number(why, "seed", (size_t)seed);
			return false;
		}
	}
	return true;
}

/* Every allocation fails in turn: alone, then with all that follow it. */
static bool sweep(const script *s, bool fail_on, bytes *why)
{
	heap h = { .failed = true };

	for (size_t n = 1; h.failed; n++) {
		heap_init(&h);
		h.fail_at = n;
		h.fail_on = fail_on;
		if (!play(s, &(cuts){ .how = CUT_WHOLE }, &h, why)) {
			add_number(why, "no memory at allocation", n);
			return false;
		}
		why->len = 0;
	}
	return true;
}

static bool play_nomem(const script *s, bytes *why)
{
	return sweep(s, false, why) && sweep(s, true, why);
}

static const struct harness {
	const char *name;
	harness_fn *play;
	bool (*can)(const script *s);	/* NULL: all */
} harnesses[] = {
	{ "whole", play_whole, NULL },
	{ "bytes", play_bytes, NULL },
	{ "splits", play_splits, NULL },
	{ "random", play_random, NULL },
	{ "nomem", play_nomem, NULL },
	{ "wire", play_wire, can_play_wire },
	{ "uv", play_uv, can_play_wire },
	{ "glib", play_glib, can_play_wire },
};

enum { N_HARNESSES = sizeof(harnesses) / sizeof(harnesses[0]) };

/* --- what is to be played */

typedef struct run {
	const char *seeds;	/* folder, NULL: play */
	size_t n_tests, n_failed;
} run;

static bool is_chosen(const script *s, const struct harness *h)
{
	const char *only = script_option(s, "harness");

	if (only && !strstr(only, h->name))
		return false;
	return !h->can || h->can(s);
}

static void play_harness(run *r, const script *s, const struct harness *h)
{
	bytes why = { 0 };
	bool must_fail = script_option(s, "expect") != NULL;
	bool ok = h->play(s, &why) != must_fail;

	printf("%sok %zu - %s: %s\n", ok ? "" : "not ", ++r->n_tests,
	    s->name, h->name);
	if (!ok) {
		r->n_failed++;
		printf("# %s\n", must_fail ? "it passed" : why.data);
	}
	fflush(stdout);
	bytes_clear(&why);
}

static void run_session(run *r, const script *s)
{
	if (r->seeds) {
		r->n_failed += !seeds_write(s, r->seeds);
		return;
	}
	for (size_t i = 0; i < N_HARNESSES; i++)
		if (is_chosen(s, &harnesses[i]))
			play_harness(r, s, &harnesses[i]);
}

static void run_file(run *r, const char *path)
{
	script *s = script_read(path);

	if (!s) {
		printf("not ok %zu - %s\n", ++r->n_tests, path);
		r->n_failed++;
		return;
	}
	for (const script *at = s; at; at = at->next)
		run_session(r, at);
	script_free(s);
}

/* Scripts, and folders of scripts. */
static int is_ours(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_type == DT_DIR ? entry->d_name[0] != '.' :
	    len > 4 && strcmp(entry->d_name + len - 4, ".txt") == 0;
}

static void run_path(run *r, const char *path)
{
	struct dirent **entries;
	int n = scandir(path, &entries, is_ours, alphasort);
	char below[4096];

	if (n < 0) {
		run_file(r, path);
		return;
	}
	for (int i = 0; i < n; i++) {
		snprintf(below, sizeof(below), "%s/%s", path,
		    entries[i]->d_name);
		run_path(r, below);
		free(entries[i]);
	}
	free(entries);
}

int main(int argc, char **argv)
{
	run r = { 0 };

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--seeds") == 0 && i + 1 < argc)
			r.seeds = argv[++i];
		else
			run_path(&r, argv[i]);
	}
	if (!r.seeds)
		printf("1..%zu\n", r.n_tests);
	return r.n_failed > 0 || (r.n_tests == 0 && !r.seeds);
}

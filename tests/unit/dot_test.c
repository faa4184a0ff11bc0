/* Dot-unstuffing: every case at every pair of cuts, in exact-size copies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/dot.h"

enum { ROOM = 256 };

/* What came out, and what was left of the input after the end mark. */
typedef struct result {
	char body[ROOM];
	size_t body_len, left;
	bool ended;
} result;

/* Feeds in[from..to) behind what was held back before. */
static void feed(sqb__dot *d, result *r, char *held, size_t *n_held,
    sqb_str piece)
{
	size_t len = *n_held + piece.len, used;
	char *data = malloc(len > 0 ? len : 1);
	sqb_str body;

	assert_non_null(data);
	memcpy(data, held, *n_held);
	memcpy(data + *n_held, piece.ptr, piece.len);
	r->ended = sqb__dot_take(d, data, len, &body, &used);
	assert_true(used <= len);
	assert_true(r->body_len + body.len < ROOM);
	memcpy(r->body + r->body_len, body.ptr, body.len);
	r->body_len += body.len;
	*n_held = len - used;
	assert_true(r->ended || *n_held <= 2);
	if (!r->ended)
		memcpy(held, data + used, *n_held);
	r->left = *n_held;
	free(data);
}

static void check(const char *name, bool lf_only, sqb_str in,
    const char *want, size_t want_left)
{
	for (size_t i = 0; i <= in.len; i++)
		for (size_t j = i; j <= in.len; j++) {
			const size_t cuts[] = { 0, i, j, in.len };
			sqb__dot d = sqb__dot_begin(lf_only);
			char held[4];
			size_t n_held = 0, extra = 0;
			result r = { .ended = false };

			for (int k = 0; k < 3; k++) {
				sqb_str piece = { in.ptr + cuts[k],
				    cuts[k + 1] - cuts[k] };

				if (r.ended)
					extra += piece.len;
				else
					feed(&d, &r, held, &n_held, piece);
			}
			r.body[r.body_len] = '\0';
			if (strcmp(r.body, want) != 0)
				print_message("# %s, cut at %zu and %zu\n",
				    name, i, j);
			assert_string_equal(r.body, want);
			assert_int_equal(r.ended, want_left != SIZE_MAX);
			if (r.ended)
				assert_int_equal(r.left + extra, want_left);
		}
}

#define OPEN SIZE_MAX		/* no end mark in it */

static void test_every_cut(void **state)
{
	static const struct {
		const char *name, *in, *want;
		size_t left;
	} cases[] = {
		{ "empty", ".\r\n", "", 0 },
		{ "one line", "a\r\n.\r\n", "a\r\n", 0 },
		{ "more behind", "a\r\n.\r\n+OK", "a\r\n", 3 },
		{ "stuffed", "..a\r\n.\r\n", ".a\r\n", 0 },
		{ "stuffed alone", "..\r\n.\r\n", ".\r\n", 0 },
		{ "stuffed inside", "a\r\n..b\r\nc\r\n..\r\n.\r\n",
		    "a\r\n.b\r\nc\r\n.\r\n", 0 },
		{ "dot and text", ".a\r\n.\r\n", "a\r\n", 0 },
		{ "dot in the middle", "a.\r\nb.b\r\n.\r\n",
		    "a.\r\nb.b\r\n", 0 },
		{ "glued dot is no end", "a.\r\n", "a.\r\n", OPEN },
		{ "LF.LF is no end", "a\n.\nb\r\n.\r\n", "a\n.\nb\r\n", 0 },
		{ "LF.CRLF is no end", "a\n.\r\nb\r\n.\r\n",
		    "a\n.\r\nb\r\n", 0 },
		{ "CRLF.LF is no end", "a\r\n.\nb\r\n.\r\n",
		    "a\r\n\nb\r\n", 0 },
		{ "CR.CR is no end", "a\r.\rb\r\n.\r\n", "a\r.\rb\r\n", 0 },
		{ "CRLF.CR is no end", "a\r\n.\rb\r\n.\r\n",
		    "a\r\n\rb\r\n", 0 },
		{ "CRCRLF", "a\r\r\n.\r\n", "a\r\r\n", 0 },
		{ "not ended", "a\r\n", "a\r\n", OPEN },
		{ "held back", "a\r\n.\r", "a\r\n", OPEN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(cases[i].name, false, sqb_str_of(cases[i].in),
		    cases[i].want, cases[i].left);
}

static void test_lf_only_peer(void **state)
{
	static const struct {
		const char *name, *in, *want;
		size_t left;
	} cases[] = {
		{ "LF.LF", "a\n.\n", "a\n", 0 },
		{ "stuffed", "a\n..b\n.\n+", "a\n.b\n", 1 },
		{ "LF.CRLF", "a\n.\r\n", "a\n", 0 },
		{ "CRLF within", "a\r\n..b\r\n.\n", "a\r\n.b\r\n", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(cases[i].name, true, sqb_str_of(cases[i].in),
		    cases[i].want, cases[i].left);
}

/* Stuffed by the rule, cut at random, it comes back as it was. */
static void test_round_trip(void **state)
{
	static const char alphabet[] = ".\r\n.a";
	uint32_t seed = 12345;

	(void)state;
	for (int round = 0; round < 300; round++) {
		char plain[64], stuffed[160];
		size_t n = 0, m = 0;

		while (n < 40) {
			seed = seed * 1664525 + 1013904223;
			plain[n++] = alphabet[(seed >> 24) % 5];
		}
		memcpy(plain + n, "\r\n", 3);
		n += 2;
		for (size_t i = 0; i < n; i++) {
			if (plain[i] == '.' && (i == 0 || (i > 1 &&
			    plain[i - 1] == '\n' && plain[i - 2] == '\r')))
				stuffed[m++] = '.';
			stuffed[m++] = plain[i];
		}
		memcpy(stuffed + m, ".\r\n", 4);
		if (strlen(plain) == n)
			check("random", false,
			    (sqb_str){ stuffed, m + 3 }, plain, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_lf_only_peer),
		cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests_name("dot", tests, NULL, NULL);
}

/* What squab fetch knows of a message by its header. */
#include "cli/fetch_header.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define HEAD "From: a@example.org\r\nSubject: x\r\n y\r\n"

typedef struct digest {
	uint8_t octets[SQB_LEDGER_DIGEST];
} digest;

/* In two pieces, each of exactly its size. */
static void add(fetch_header *h, const char *text, size_t from, size_t to)
{
	char *piece = malloc(to - from);

	assert_non_null(piece);
	memcpy(piece, text + from, to - from);
	assert_true(fetch_header_add(h, (sqb_str){ piece, to - from }));
	free(piece);
}

static digest digest_cut(const char *text, size_t len, size_t cut)
{
	fetch_header h = { .text = NULL };
	digest d;

	fetch_header_reset(&h);
	add(&h, text, 0, cut);
	add(&h, text, cut, len);
	assert_true(fetch_header_digest(&h, d.octets));
	fetch_header_clear(&h);
	return d;
}

static digest digest_of(const char *text)
{
	return digest_cut(text, strlen(text), strlen(text));
}

static bool is_same(digest a, digest b)
{
	return memcmp(&a, &b, sizeof(a)) == 0;
}

static void one_message_has_one_digest(void **state)
{
	static const char *const same[] = {
		HEAD "\r\n",			/* TOP */
		HEAD "\r\nbody\r\n\r\nmore",	/* RETR */
		"From: a@example.org\nSubject: x\n y\n\nbody",
		"From: a@example.org\r\nSubject: x\n y\r\n\nbody",
		"Status: RO\r\n" HEAD "\r\n",
		HEAD "X-UID: 17\r\n folded\r\n\tagain\r\n\r\n",
		HEAD "status:\r\nX-STATUS: A\r\nx-uidl: 1\r\nX-Keywords:\r\n"
		    "X-IMAP: 1\r\nX-IMAPbase: 2\r\nContent-Length: 3\r\n\r\n",
	};
	static const char *const other[] = {
		"From: a@example.org\r\nSubject: x y\r\n\r\n",
		"From: a@example.org\r\n Subject: x\r\n y\r\n\r\n",
		HEAD "X-UIDx: 1\r\n\r\n",
		HEAD "Status : 1\r\n\r\n",
		"Status: 1\r\n\r\n" HEAD,
		"\r\n" HEAD "\r\n",
		"",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(same); i++)
		if (!is_same(digest_of(same[i]), digest_of(same[0])))
			fail_msg("not the same: %s", same[i]);
	for (size_t i = 0; i < COUNT(other); i++)
		if (is_same(digest_of(other[i]), digest_of(same[0])))
			fail_msg("the same: %s", other[i]);
}

/* A body is no part of it, also where there is nothing above. */
static void the_header_ends_where_it_does(void **state)
{
	static const struct { const char *text; size_t len; } cases[] = {
		{ "a: b\r\n\r\nc", 8 }, { "a: b\n\nc", 6 },
		{ "a: b\n\r\nc", 7 }, { "a: b\r\n\nc", 7 },
		{ "\r\nbody\r\n\r\n", 2 }, { "\nbody\n\n", 1 },
		{ "a: b\r\n", 6 }, { "a: b\r\r\nc\n\n", 10 }, { "\r", 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t len = strlen(cases[i].text);

		for (size_t cut = 0; cut <= len; cut++) {
			fetch_header h = { .text = NULL };

			add(&h, cases[i].text, 0, cut);
			add(&h, cases[i].text, cut, len);
			assert_int_equal(h.len, cases[i].len);
			fetch_header_clear(&h);
		}
	}
}

static void pieces_make_no_difference(void **state)
{
	static const char text[] = "Status: x\r\n" HEAD "X-UID: 1\r\n\r\nbody"
	    "\r\n\r\n";
	size_t len = sizeof(text) - 1;
	digest whole = digest_cut(text, len, len);

	(void)state;
	for (size_t cut = 0; cut <= len; cut++)
		assert_true(is_same(digest_cut(text, len, cut), whole));
}

/* What is behind 64 KiB is not looked at, and takes no memory. */
static void a_long_header_is_cut(void **state)
{
	size_t len = FETCH_HEADER_MAX + 1000;
	char *text = malloc(len);
	digest whole;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < len; i++)
		text[i] = i % 64 == 63 ? '\n' : 'a';
	whole = digest_cut(text, len, len);
	for (size_t cut = FETCH_HEADER_MAX - 3; cut <= len; cut += cut <
	    FETCH_HEADER_MAX + 3 ? 1 : 100)
		assert_true(is_same(digest_cut(text, len, cut), whole));
	assert_true(is_same(digest_cut(text, FETCH_HEADER_MAX, 1), whole));
	text[FETCH_HEADER_MAX - 1] = 'b';
	assert_false(is_same(digest_cut(text, len, 7), whole));
	free(text);
}

/* One after the other in the same room. */
static void reset_forgets(void **state)
{
	fetch_header h = { .text = NULL };
	digest first, second;

	(void)state;
	add(&h, HEAD "\r\n", 0, sizeof(HEAD "\r\n") - 1);
	assert_true(h.whole);
	assert_true(fetch_header_digest(&h, first.octets));
	fetch_header_reset(&h);
	assert_true(!h.whole && h.len == 0);
	add(&h, HEAD "\r\n", 0, sizeof(HEAD "\r\n") - 1);
	assert_true(fetch_header_digest(&h, second.octets));
	assert_true(is_same(first, second));
	fetch_header_clear(&h);
}

static void filters_have_a_name_and_a_pattern(void **state)
{
	static const char *const good[] = { "Subject: *x*", "List-Id:*",
		"a:b", "X: [", "X:  y", "From:a: b" };
	static const char *const bad[] = { "", ":", ": x", "x", "x:", "x: ",
		"x y: z" };
	char name[300];

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		if (!fetch_filter_is_good(good[i]))
			fail_msg("%s", good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		if (fetch_filter_is_good(bad[i]))
			fail_msg("%s", bad[i]);
	memset(name, 'n', sizeof(name));
	memcpy(name + sizeof(name) - 3, ":x", 3);
	assert_false(fetch_filter_is_good(name));
}

static bool fits(const char *header, const char *match, const char *skip)
{
	fetch_header h = { .text = NULL };
	const cli_list m = { { match }, match != NULL };
	const cli_list s = { { skip }, skip != NULL };
	bool answer = false;

	add(&h, header, 0, strlen(header));
	assert_true(fetch_header_fits(&h, &m, &s, &answer));
	fetch_header_clear(&h);
	return answer;
}

static void filters_look_at_decoded_fields(void **state)
{
	static const char mail[] = "Subject: =?utf-8?q?Caf=C3=A9?= News\r\n"
	    "Received: one\r\nReceived: two\r\nEmpty:\r\n\r\nSubject: body";

	(void)state;
	assert_true(fits(mail, NULL, NULL));
	assert_true(fits(mail, "subject: caf\xc3\xa9 news", NULL));
	assert_true(fits(mail, "Subject: *NEWS", NULL));
	assert_false(fits(mail, "Subject: news", NULL));
	assert_false(fits(mail, "Subject: body", NULL));
	assert_true(fits(mail, "Received: two", NULL));
	assert_false(fits(mail, "List-Id: *", NULL));
	assert_false(fits(mail, NULL, "Received: o?e"));
	assert_true(fits(mail, NULL, "List-Id: *"));
	assert_false(fits(mail, "Received: one", "Received: two"));
	assert_false(fits("", "Subject: *", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_message_has_one_digest),
		cmocka_unit_test(the_header_ends_where_it_does),
		cmocka_unit_test(pieces_make_no_difference),
		cmocka_unit_test(a_long_header_is_cut),
		cmocka_unit_test(reset_forgets),
		cmocka_unit_test(filters_have_a_name_and_a_pattern),
		cmocka_unit_test(filters_look_at_decoded_fields),
	};

	return cmocka_run_group_tests_name("fetch header", tests, NULL, NULL);
}

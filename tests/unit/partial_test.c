/* Messages in pieces, RFC 2046, section 5.2.2. */
#include "exact.h"

#include <squab/partial.h>

#define PIECE(params, rest) "From: a@b\nSubject: piece\nMessage-ID: <p@b>\n" \
	"X-Way: outer\nContent-Type: message/partial; " params "\n" rest

static const char *const pieces[] = {
	PIECE("id=\"x@y\"; number=1", "\nX-Way: inner\nSubject: whole\n"
	    "Message-ID: <w@b>\nMIME-Version: 1.0\n"
	    "Content-Type: text/html\n\n<p>one\n"),
	PIECE("number=2; id=x@y", "Subject: no\n\ntwo\n"),
	PIECE("id=x@y; number=3; total=3", "\nthree\n"),
};

static const char whole[] = "From: a@b\nX-Way: outer\nSubject: whole\n"
    "Message-ID: <w@b>\nMIME-Version: 1.0\nContent-Type: text/html\n\n"
    "<p>one\ntwo\nthree\n";

static sqb_message *parse(const char *s, const sqb_message_options *o)
{
	return sqb_message_parse(sqb_str_of(s), o);
}

static void test_info(void **state)
{
	static const struct {
		const char *in, *id;
		uint32_t number, total;
	} cases[] = {
		{ PIECE("id=x; number=2; total=3", "\n"), "x", 2, 3 },
		{ PIECE("id=x; number=2", "\n"), "x", 2, 0 },
		{ PIECE("id=x; number=0", "\n"), NULL, 0, 0 },
		{ PIECE("id=x; number=-1", "\n"), NULL, 0, 0 },
		{ PIECE("id=x; number=10001", "\n"), NULL, 0, 0 },
		{ PIECE("id=x; number=1; total=x", "\n"), NULL, 0, 0 },
		{ PIECE("id=x", "\n"), NULL, 0, 0 },
		{ PIECE("number=1", "\n"), NULL, 0, 0 },
		{ "Content-Type: text/plain; id=x; number=1\n\n", NULL, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		sqb_message *m = parse(cases[i].in, NULL);
		sqb_partial p = { .id = NULL };
		bool is = sqb_partial_info(m, &p);

		assert_int_equal(is, cases[i].id != NULL);
		if (is) {
			assert_string_equal(p.id, cases[i].id);
			assert_int_equal(p.number, cases[i].number);
			assert_int_equal(p.total, cases[i].total);
		}
		sqb_message_free(m);
	}
}

/* In any order, and with one of them twice. */
static void test_join(void **state)
{
	static const size_t orders[][4] = { { 0, 1, 2, 2 }, { 2, 1, 0, 0 },
		{ 1, 2, 0, 1 }, { 2, 0, 1, 0 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		sqb_message *m[4], *out;

		for (size_t k = 0; k < 4; k++)
			m[k] = parse(pieces[orders[i][k]], NULL);
		assert_int_equal(sqb_partial_join(&out, m, 4, NULL, NULL),
		    SQB_OK);
		for (size_t k = 0; k < 4; k++)
			sqb_message_free(m[k]);
		assert_true(sqb_str_eq(sqb_message_bytes(out),
		    sqb_str_of(whole)));
		assert_string_equal(sqb_message_subject(out), "whole");
		sqb_message_free(out);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *first, *second;
		int code;
		const char *text;
	} cases[] = {
		{ PIECE("id=x; number=1", "\n"),
		  PIECE("id=x; number=3; total=3", "\n"), SQB_E_EOF,
		  "message/partial: piece 2 is missing" },
		{ PIECE("id=x; number=2; total=12", "\n"),
		  PIECE("id=x; number=3", "\n"), SQB_E_EOF,
		  "message/partial: piece 1 is missing" },
		{ PIECE("id=x; number=1", "\n"), PIECE("id=x; number=2", "\n"),
		  SQB_E_EOF, "message/partial: the last piece is missing, "
		  "which says how many there are" },
		{ PIECE("id=x; number=1", "\n"),
		  PIECE("id=y; number=2; total=2", "\n"), SQB_E_USAGE,
		  "message/partial: the pieces are of different messages" },
		{ PIECE("id=x; number=1", "\n"), "\n", SQB_E_USAGE,
		  "message/partial: one of them is no piece" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		sqb_message *m[] = { parse(cases[i].first, NULL),
			parse(cases[i].second, NULL) }, *out;
		sqb_error err;

		assert_int_equal(sqb_partial_join(&out, m, 2, NULL, &err),
		    cases[i].code);
		assert_string_equal(err.text, cases[i].text);
		assert_int_equal(sqb_partial_join(&out, m, 0, NULL, NULL),
		    SQB_E_USAGE);
		sqb_message_free(m[0]);
		sqb_message_free(m[1]);
	}
}

static void join_all(const sqb_allocator *a)
{
	sqb_message_options o = { .size = sizeof(o), .allocator = a };
	sqb_message *m[3], *out = NULL;
	int code;

	for (size_t k = 0; k < 3; k++)
		m[k] = parse(pieces[k], NULL);
	code = sqb_partial_join(&out, m, 3, &o, NULL);
	if (code == SQB_OK)
		sqb_message_free(out);
	else
		assert_int_equal(code, SQB_E_NOMEM);
	for (size_t k = 0; k < 3; k++)
		sqb_message_free(m[k]);
}

static void test_no_memory(void **state)
{
	(void)state;
	assert_true(fail_each(join_all) > 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

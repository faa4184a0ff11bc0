/* Message ids and lists of them, and domains to A-labels and U-labels. */
#include "exact.h"

#include <squab/message.h>

static const struct {
	sqb_str in;
	const char *want;	/* ids, each with "|" after it */
	int defects;		/* of the first */
} cases[] = {
	{ SQB_STR("<1234@local.machine.example>"),
	  "1234@local.machine.example|", 0 },
	{ SQB_STR("<a@b> <c@d>\r\n\t<e@f>"), "a@b|c@d|e@f|", 0 },
	{ SQB_STR("<a@b><c@d>,<e@f>"), "a@b|c@d|e@f|", 0 },
	{ SQB_STR("<a@[1.2.3.4]>"), "a@[1.2.3.4]|", 0 },
	{ SQB_STR("(<no@comment>) <a@b> (x)"), "a@b|", 0 },
	{ SQB_STR("\"<no@quote>\" of Mon <a@b>"), "a@b|", 0 },
	{ SQB_STR("Message of Mon, 1 Jan by x@y <a@b>"), "a@b|", 0 },
	{ SQB_STR("< a@b >"), "a@b|", 0 },
	{ SQB_STR("<a@\r\n b>"), "a@b|", SQB_MSGID_BLANKS },
	{ SQB_STR("<a\x01@b>"), "a@b|", SQB_MSGID_BLANKS },
	{ SQB_STR("<a\0@b>"), "a@b|", SQB_MSGID_BLANKS },
	{ SQB_STR("<12345>"), "12345|", SQB_MSGID_NO_AT },
	{ SQB_STR("<a@b <c@d>"), "a@b|c@d|", SQB_MSGID_OPEN },
	{ SQB_STR("<a@b foo"), "a@b|", SQB_MSGID_OPEN },
	{ SQB_STR("<<a@b>>"), "a@b|", 0 },
	{ SQB_STR("a@b"), "a@b|", SQB_MSGID_NO_BRACKETS },
	{ SQB_STR("a@b, c@d (e@f)"), "a@b|c@d|", SQB_MSGID_NO_BRACKETS },
	{ SQB_STR(" 12345 (x)"), "12345|",
	  SQB_MSGID_NO_BRACKETS | SQB_MSGID_NO_AT },
	{ SQB_STR("not an id"), "", 0 },
	{ SQB_STR(":( smiles <a@b>"), "a@b|", 0 },
	{ SQB_STR("\"x <a@b>"), "a@b|", 0 },
	{ SQB_STR("<>"), "", 0 }, { SQB_STR("<"), "", 0 },
	{ SQB_STR("< >"), "", 0 }, { SQB_STR(""), "", 0 },
	{ SQB_STR("("), "", 0 }, { SQB_STR("<\xc3\xbc@b>"), "\xc3\xbc@b|", 0 },
};

static sqb_msgids *parse(sqb_str in, const sqb_allocator *a)
{
	sqb_msgids *ids = NULL;
	int code = sqb_msgids_parse(&ids, in, a);

	assert_true(code == SQB_OK || (code == SQB_E_NOMEM && a && !ids));
	return ids;
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		sqb_str in = exact(cases[i].in);
		sqb_msgids *ids = parse(in, NULL);
		char got[200] = "";

		for (size_t n = 0; n < ids->n_items; n++) {
			assert_int_equal(strlen(ids->items[n].id.ptr),
			    ids->items[n].id.len);
			assert_true(ids->items[n].offset < in.len);
			strncat(got, ids->items[n].id.ptr, 60);
			strncat(got, "|", 2);
		}
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s: got %s", cases[i].in.ptr, got);
		if (ids->n_items > 0 && ids->items[0].defects !=
		    (unsigned)cases[i].defects)
			fail_msg("%s: got defects %#x", cases[i].in.ptr,
			    ids->items[0].defects);
		sqb_msgids_free(ids);
		exact_free(in);
	}
	sqb_msgids_free(NULL);
}

static void test_no_memory(void **state)
{
	static const sqb_str in = SQB_STR("<a@b> <c@d> <e@f>");
	size_t n_failed = 0;
	counting c;

	(void)state;
	for (size_t at = 1;; at++) {
		sqb_msgids *ids;

		counting_init(&c, at);
		ids = parse(in, &c.allocator);
		n_failed += !ids;
		if (ids)
			assert_int_equal(ids->n_items, 3);
		sqb_msgids_free(ids);
		assert_int_equal(c.n_out, 0);
		if (c.n_asked < at)
			break;
	}
	assert_true(n_failed >= 2);
}

static void test_hostile(void **state)
{
	static const struct {
		const char *unit;
		size_t n_ids;
	} units[] = { { "<a@b>", 10000 }, { "<", 0 }, { ">", 1 },
		{ "(", 0 }, { "\"", 1 }, { "=?a?Q?", 1 }, { "a@b ", 10000 },
		{ "<a ", 10000 }, { "(<", 10000 }, { "\\\"", 1 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		size_t len = strlen(units[i].unit), n = 2000000 / len;
		char *text = malloc(n * len);
		sqb_msgids *ids;

		assert_non_null(text);
		for (size_t k = 0; k < n; k++)
			memcpy(text + k * len, units[i].unit, len);
		ids = parse((sqb_str){ text, n * len }, NULL);
		if (ids->n_items != units[i].n_ids &&
		    strcmp(units[i].unit, "(<") != 0)
			fail_msg("%s: %zu", units[i].unit, ids->n_items);
		if (ids->n_items == 10000)
			assert_true(ids->items[9999].defects &
			    SQB_MSGID_LIMIT);
		sqb_msgids_free(ids);
		free(text);
	}
}

static void test_domains(void **state)
{
	static const struct {
		const char *in, *ascii, *unicode;	/* NULL: refused */
	} rows[] = {
		{ "example.org", "example.org", "example.org" },
		{ "EXAMPLE.org", "example.org", "example.org" },
		{ "b\xc3\xbc" "cher.example", "xn--bcher-kva.example",
		  "b\xc3\xbc" "cher.example" },
		{ "xn--bcher-kva.example", "xn--bcher-kva.example",
		  "b\xc3\xbc" "cher.example" },
		{ "B\xc3\x9c" "cher.example", "xn--bcher-kva.example",
		  "b\xc3\xbc" "cher.example" },
		{ "fa\xc3\x9f.de", "xn--fa-hia.de", "fa\xc3\x9f.de" },
		{ "[192.0.2.1]", "[192.0.2.1]", "[192.0.2.1]" },
		{ "b\xfc" "cher.example", NULL, NULL },
		{ "", NULL, NULL },
		{ "a\xe2\x80\xae" "b.example", NULL, NULL },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "aaaaaaaaaaaaaaaaa.example", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		sqb_str in = exact(sqb_str_of(rows[i].in));
		char out[SQB_DOMAIN_MAX];
		int code = sqb_domain_ascii(out, in);

		assert_int_equal(code, rows[i].ascii ? SQB_OK : SQB_E_USAGE);
		assert_string_equal(out, rows[i].ascii ? rows[i].ascii : "");
		code = sqb_domain_unicode(out, in);
		assert_int_equal(code, rows[i].ascii ? SQB_OK : SQB_E_USAGE);
		assert_string_equal(out,
		    rows[i].unicode ? rows[i].unicode : "");
		exact_free(in);
	}
	for (size_t len = 200; len <= 2000; len += 100) {
		char out[SQB_DOMAIN_MAX];
		sqb_str in = { malloc(len), len };

		memset((char *)(uintptr_t)in.ptr, '.', len);
		assert_int_equal(sqb_domain_ascii(out, in), SQB_E_USAGE);
		exact_free(in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_domains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

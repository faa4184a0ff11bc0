/* Address lists: strict and lenient, groups, hostile shapes, memory. */
#include "exact.h"

#include <squab/message.h>

#include "base/error.h"
#include "base/utf8.h"

#include <stdio.h>

#define OBSOLETE SQB_ADDRESS_OBSOLETE
#define NAME_AT SQB_ADDRESS_NAME_AT
#define UNQUOTED SQB_ADDRESS_UNQUOTED
#define NO_BRACKETS SQB_ADDRESS_NO_BRACKETS
#define OPEN SQB_ADDRESS_OPEN
#define STRAY SQB_ADDRESS_STRAY
#define TRAILING SQB_ADDRESS_TRAILING
#define DOTS SQB_ADDRESS_DOTS
#define NO_ADDRESS SQB_ADDRESS_NO_ADDRESS
#define NO_DOMAIN SQB_ADDRESS_NO_DOMAIN
#define SEPARATOR SQB_ADDRESS_SEPARATOR
#define NESTED SQB_ADDRESS_NESTED

/*
 * want: "name <address>" for each mailbox with ";" after it, "name=" and
 * "[…]" around those of a group.
 */
static const struct {
	sqb_str in;
	const char *want;
	int defects;
} cases[] = {
	/* RFC 5322, appendix A */
	{ SQB_STR("John Doe <jdoe@machine.example>"),
	  "John Doe <jdoe@machine.example>;", 0 },
	{ SQB_STR("\"Joe Q. Public\" <john.q.public@example.com>"),
	  "Joe Q. Public <john.q.public@example.com>;", 0 },
	{ SQB_STR("Mary Smith <mary@x.test>, jdoe@example.org, Who? "
	  "<one@y.test>"), "Mary Smith <mary@x.test>; <jdoe@example.org>;"
	  "Who? <one@y.test>;", 0 },
	{ SQB_STR("<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" "
	  "<sysservices@example.net>"), " <boss@nil.test>;"
	  "Giant; \"Big\" Box <sysservices@example.net>;", 0 },
	{ SQB_STR("A Group:Ed Jones <c@a.test>,joe@where.test,John "
	  "<jdoe@one.test>;"), "A Group=[Ed Jones <c@a.test>;"
	  " <joe@where.test>;John <jdoe@one.test>;]", 0 },
	{ SQB_STR("Undisclosed recipients:;"), "Undisclosed recipients=[]",
	  0 },
	{ SQB_STR("Pete(A nice \\) chap) <pete(his account)@silly.test"
	  "(his host)>"), "Pete <pete@silly.test>;", OBSOLETE },
	{ SQB_STR("A Group(Some people)\r\n     :Chris Jones <c@(Chris's "
	  "host.)public.example>,\r\n  joe@example.org,\r\n John "
	  "<jdoe@one.test> (my dear friend); (the end of the group)"),
	  "A Group=[Chris Jones <c@public.example>; <joe@example.org>;"
	  "John <jdoe@one.test>;]", OBSOLETE },
	{ SQB_STR("(Empty list)(start)Hidden recipients  :(nobody(that I "
	  "know))  ;"), "Hidden recipients=[]", 0 },
	{ SQB_STR("Joe Q. Public <john.q.public@example.com>"),
	  "Joe Q. Public <john.q.public@example.com>;", OBSOLETE },
	{ SQB_STR("Mary Smith <@node.test:mary@example.net>, , jdoe@test  . "
	  "example"), "Mary Smith <mary@example.net>; <jdoe@test.example>;",
	  OBSOLETE },
	/* more that is right */
	{ SQB_STR(""), "", 0 }, { SQB_STR(" \r\n "), "", 0 },
	{ SQB_STR("a@b"), " <a@b>;", 0 },
	{ SQB_STR("<@a,@b:c@d>"), " <c@d>;", OBSOLETE },
	{ SQB_STR("john . doe @ example . org"), " <john.doe@example.org>;",
	  OBSOLETE },
	{ SQB_STR("a@[192.0.2.1], a@[IPv6:2001:db8::1], a@[ x ]"),
	  " <a@[192.0.2.1]>; <a@[IPv6:2001:db8::1]>; <a@[x]>;", 0 },
	{ SQB_STR("\"john doe\"@x, \"a@evil.example\"@good.example, "
	  "\"a\\\"b\"@x, \"\"@x"), " <\"john doe\"@x>;"
	  " <\"a@evil.example\"@good.example>; <\"a\\\"b\"@x>; <\"\"@x>;",
	  0 },
	{ SQB_STR("\"a\r\n b\"@x"), " <\"a b\"@x>;", 0 },
	{ SQB_STR("\"a\".b.\"c\"@x"), " <\"a\".b.\"c\"@x>;", 0 },
	{ SQB_STR("a@b (Joe)"), "Joe <a@b>;", 0 },
	{ SQB_STR("<a@b> (Joe)"), "Joe <a@b>;", 0 },
	{ SQB_STR("(Joe) a@b (B (in) \\(x), c@d"),
	  "Joe B (in) (x <a@b>; <c@d>;", 0 },
	{ SQB_STR("Joe <a@b> (work)"), "Joe <a@b>;", 0 },
	{ SQB_STR(",,a@b,,c@d,,"), " <a@b>; <c@d>;", OBSOLETE },
	{ SQB_STR("G:,a@b,,;"), "G=[ <a@b>;]", 0 },
	{ SQB_STR("a@b, G: c@d;, e@f"), " <a@b>;G=[ <c@d>;] <e@f>;", 0 },
	/* names decoded last */
	{ SQB_STR("=?utf-8?Q?J=C3=BC?= =?utf-8?Q?rgen?= <a@b>"),
	  "J\xc3\xbcrgen <a@b>;", 0 },
	{ SQB_STR("=?utf-8?Q?Doe,_J?= <a@b>"), "Doe, J <a@b>;",
	  UNQUOTED },
	{ SQB_STR("=?utf-8?B?PHhAeT4=?= <a@b>"), "<x@y> <a@b>;", NAME_AT },
	{ SQB_STR("=?utf-8?Q?x=40y=2C_=3Cz=40w=3E?= <a@b>"),
	  "x@y, <z@w> <a@b>;", NAME_AT },
	{ SQB_STR("=?utf-8?Q?x@y,<z@w>?= <a@b>"), "x@y,<z@w> <a@b>;",
	  NAME_AT | UNQUOTED },
	{ SQB_STR("=?utf-8?Q?Doe, Joe?= <a@b>"), "Doe, Joe <a@b>;",
	  UNQUOTED },
	{ SQB_STR("=?utf-8?Q?a=40b?="), "a@b <>;", NO_ADDRESS | NAME_AT },
	{ SQB_STR("=?utf-8?Q?a=40b?=@c"), " <=?utf-8?Q?a=40b?=@c>;", 0 },
	{ SQB_STR("=?utf-8?Q?a@b?=@c"), "a@b@c <>;",
	  NO_ADDRESS | NAME_AT | NO_BRACKETS | UNQUOTED },
	{ SQB_STR("\"=?utf-8?Q?J=C3=BC?= x\" <a@b>"), "J\xc3\xbc x <a@b>;",
	  0 },
	{ SQB_STR("a@b (=?utf-8?Q?J=C3=BC?=)"), "J\xc3\xbc <a@b>;", 0 },
	{ SQB_STR("=?utf-8?Q?G=3A?=: a@b;"), "G:=[ <a@b>;]", 0 },
	{ SQB_STR("\"\x1b[31mx\xe2\x80\xae\" <a@b>"), "[31mx <a@b>;", 0 },
	{ SQB_STR("J\xc3\xbcrgen <j\xc3\xbc@b\xc3\xbc.example>"),
	  "J\xc3\xbcrgen <j\xc3\xbc@b\xc3\xbc.example>;", 0 },
	/* what mail has */
	{ SQB_STR("Doe, J <a@b>, Roe, R., Dr. <c@d>"),
	  "Doe, J <a@b>;Roe, R., Dr. <c@d>;", UNQUOTED | OBSOLETE },
	{ SQB_STR("x@y, Doe, J <a@b>"), " <x@y>;Doe, J <a@b>;",
	  UNQUOTED },
	{ SQB_STR("G: Doe, J <a@b>;, c@d"), "G=[Doe, J <a@b>;] <c@d>;",
	  UNQUOTED },
	{ SQB_STR("Joe <a@b"), "Joe <a@b>;", OPEN },
	{ SQB_STR("Joe <a@b, Ann <c@d>"), "Joe <a@b>;Ann <c@d>;", OPEN },
	{ SQB_STR("\"Joe <a@b>"), "\"Joe <a@b>;", UNQUOTED | STRAY },
	{ SQB_STR("a@b (Joe"), "Joe <a@b>;", OPEN },
	{ SQB_STR("Joe a@b"), "Joe <a@b>;", NO_BRACKETS },
	{ SQB_STR("a@b foo"), " <a@b>;", TRAILING },
	{ SQB_STR("<a@b> foo, c@d"), " <a@b>; <c@d>;", TRAILING },
	{ SQB_STR("<a@b> Ann <c@d>"), " <a@b>;Ann <c@d>;", SEPARATOR },
	{ SQB_STR("<a@b> c@d"), " <a@b>; <c@d>;", SEPARATOR },
	{ SQB_STR("<a@b><c@d>"), " <a@b>; <c@d>;", SEPARATOR },
	{ SQB_STR("a@b; c@d;"), " <a@b>; <c@d>;", SEPARATOR | OBSOLETE },
	{ SQB_STR("G: a@b; c@d"), "G=[ <a@b>;] <c@d>;", SEPARATOR },
	{ SQB_STR("<<a@b>>"), " <a@b>;", STRAY },
	{ SQB_STR("Joe a@b>"), "Joe <a@b>;", NO_BRACKETS | STRAY },
	{ SQB_STR("x@y <a@b>"), "x@y <a@b>;", UNQUOTED | NAME_AT },
	{ SQB_STR("root (Cron Daemon)"), "Cron Daemon <root>;", NO_DOMAIN },
	{ SQB_STR("<root>"), " <root>;", NO_DOMAIN },
	{ SQB_STR("<>"), " <>;", NO_ADDRESS },
	{ SQB_STR("Joe Doe"), "Joe Doe <>;", NO_ADDRESS },
	{ SQB_STR("\"Joe\""), "Joe <>;", NO_ADDRESS },
	{ SQB_STR("a..b.@x, <.a@x>"), " <a..b.@x>; <.a@x>;", DOTS },
	{ SQB_STR("a@b."), " <a@b>;", DOTS },
	{ SQB_STR("A: B: a@b;, c@d;, e@f"), "A=[ <a@b>; <c@d>;] <e@f>;",
	  NESTED },
	{ SQB_STR("A: a@b"), "A=[ <a@b>;]", OPEN },
	{ SQB_STR(": a@b;"), "=[ <a@b>;]", STRAY },
	{ SQB_STR("[x] foo) <a@b>"), "[x] foo) <a@b>;", UNQUOTED | STRAY },
	{ SQB_STR("J\xfcrgen <a@b>"), "J\xc3\xbcrgen <a@b>;", UNQUOTED },
	/* never an address that is not there */
	{ SQB_STR("a@b@c"), "a@b@c <>;",
	  NO_ADDRESS | NAME_AT | NO_BRACKETS | STRAY | UNQUOTED | TRAILING },
	{ SQB_STR("<a@b@c>"), " <>;", NO_ADDRESS | TRAILING },
	{ SQB_STR("<joe smith@x>"), " <>;", NO_ADDRESS },
	{ SQB_STR("<mailto:a@b>"), " <>;", NO_ADDRESS | TRAILING },
	{ SQB_STR("@a@b"), "@a@b <>;",
	  NO_ADDRESS | NAME_AT | NO_BRACKETS | STRAY | UNQUOTED },
	{ SQB_STR("a@b(c)d"), "c <a@b>;", TRAILING },
	{ SQB_STR("a@, @b, a@<x>"), "a@ <>;@b, a@ <x>;", NO_ADDRESS |
	  NAME_AT | NO_BRACKETS | UNQUOTED | NO_DOMAIN },
	{ SQB_STR("a\\b@c, a\x01@c"), "a\\b@c <>;a@c <>;",
	  NO_ADDRESS | NAME_AT | NO_BRACKETS | UNQUOTED },
	{ SQB_STR("a@b\xe2\x80\xae" "c, \xfc@b"), "a@bc <>;\xc3\xbc@b <>;",
	  NO_ADDRESS | NAME_AT | NO_BRACKETS | UNQUOTED },
	{ SQB_STR("\"a\0b\"@c, \"a\x1b\"@c"), "ab@c <>;a@c <>;",
	  NO_ADDRESS | NAME_AT | NO_BRACKETS },
	{ SQB_STR("a@[1.2.3.4, b@c"), "a@[1.2.3.4 <>; <b@c>;", OPEN |
	  NO_ADDRESS | NAME_AT | NO_BRACKETS | STRAY | UNQUOTED | TRAILING },
	{ SQB_STR("Joe (x <a@b>"), "x <a@b> <Joe>;",
	  NO_DOMAIN | OPEN | NAME_AT },
	{ SQB_STR("."), ". <>;", NO_ADDRESS | UNQUOTED },
	{ SQB_STR(".@x"), ".@x <>;",
	  NO_ADDRESS | NAME_AT | STRAY | UNQUOTED },
};

static sqb_addresses *parse(sqb_str in)
{
	sqb_addresses *a = NULL;

	assert_int_equal(sqb_addresses_parse(&a, in, NULL, NULL), SQB_OK);
	return a;
}

static void add(char *out, const char *text)
{
	assert_true(strlen(out) + strlen(text) < 400);
	memcpy(out + strlen(out), text, strlen(text) + 1);
}

static void add_group(char *out, const sqb_addresses *a, size_t at, bool end)
{
	for (size_t i = 0; i < a->n_groups; i++) {
		const sqb_address_group *g = &a->groups[i];

		if (end && g->n_items > 0 && g->first + g->n_items == at)
			add(out, "]");
		if (end || g->first != at)
			continue;
		add(out, g->name.ptr);
		add(out, "=[");
		if (g->n_items == 0)
			add(out, "]");
	}
}

static void show(char *out, const sqb_addresses *a)
{
	out[0] = '\0';
	for (size_t i = 0; i <= a->n_items; i++) {
		add_group(out, a, i, true);
		add_group(out, a, i, false);
		if (i == a->n_items)
			break;
		add(out, a->items[i].name.ptr);
		add(out, " <");
		add(out, a->items[i].address.ptr);
		add(out, ">;");
	}
}

/* What must hold for any text. */
static void check_rows(const sqb_addresses *a, sqb_str in)
{
	for (size_t i = 0; i < a->n_items; i++) {
		const sqb_address *row = &a->items[i];
		sqb_str all = row->address;

		assert_true(row->offset <= in.len &&
		    row->len <= in.len - row->offset);
		assert_int_equal(row->defects & ~a->defects, 0);
		assert_true(sqb__utf8_valid(all) &&
		    sqb__utf8_valid(row->name) &&
		    sqb__utf8_valid(row->comment));
		assert_int_equal(strlen(row->name.ptr), row->name.len);
		assert_int_equal(strlen(all.ptr), all.len);
		assert_true(row->group <= a->n_groups);
		assert_int_equal(all.len == 0,
		    (row->defects & SQB_ADDRESS_NO_ADDRESS) != 0);
		if (row->domain.len > 0)
			assert_true(row->local.len > 0 && all.len ==
			    row->local.len + 1 + row->domain.len &&
			    all.ptr[row->local.len] == '@');
		else
			assert_int_equal(row->local.len, all.len);
		for (; all.len > 0; all.ptr++, all.len--)
			assert_true((unsigned char)*all.ptr >= ' ' ||
			    *all.ptr == '\t');
	}
}

static void check_strict(size_t i, sqb_str in)
{
	sqb_addresses_options o = { .size = sizeof(o), .strict = true };
	bool right = (cases[i].defects & ~(OBSOLETE | NAME_AT)) == 0;
	sqb_addresses *a = NULL;
	sqb_error err = { .code = SQB_OK };
	int code = sqb_addresses_parse(&a, in, &o, &err);
	char got[400];

	if (code != (right ? SQB_OK : SQB_E_PROTO))
		fail_msg("%s: strict gives %d", cases[i].in.ptr, code);
	if (!right) {
		assert_null(a);
		assert_int_equal(err.code, SQB_E_PROTO);
		assert_true(err.offset <= in.len);
		return;
	}
	show(got, a);
	assert_string_equal(got, cases[i].want);
	sqb_addresses_free(a);
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		sqb_str in = exact(cases[i].in);
		sqb_addresses *a = parse(in);
		char got[400];

		show(got, a);
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s: got %s", cases[i].in.ptr, got);
		if (a->defects != (unsigned)cases[i].defects)
			fail_msg("%s: got defects %#x", cases[i].in.ptr,
			    a->defects);
		check_rows(a, in);
		sqb_addresses_free(a);
		check_strict(i, in);
		exact_free(in);
	}
	sqb_addresses_free(NULL);
}

/* Offsets, comments, groups and their defects. */
static void test_parts(void **state)
{
	static const sqb_str text = SQB_STR("Doe, J <a@b> (x) (y),\n G: c@d");
	sqb_str in = exact(text);
	sqb_addresses *a = parse(in);

	(void)state;
	assert_int_equal(a->n_items, 2);
	assert_int_equal(a->items[0].offset, 0);
	assert_int_equal(a->items[0].len, 12);
	assert_string_equal(a->items[0].comment.ptr, "x y");
	assert_int_equal(a->items[0].local.len, 1);
	assert_string_equal(a->items[0].domain.ptr, "b");
	assert_int_equal(a->items[0].group, 0);
	assert_int_equal(a->items[1].offset, 26);
	assert_int_equal(a->items[1].len, 3);
	assert_int_equal(a->items[1].group, 1);
	assert_int_equal(a->items[1].defects, 0);
	assert_int_equal(a->n_groups, 1);
	assert_int_equal(a->groups[0].first, 1);
	assert_int_equal(a->groups[0].n_items, 1);
	assert_int_equal(a->groups[0].offset, 23);
	assert_int_equal(a->groups[0].defects, OPEN);
	sqb_addresses_free(a);
	exact_free(in);
}

/* The field as it stands is what is to be read. */
static void test_raw_field(void **state)
{
	sqb_str in = exact((sqb_str)SQB_STR("From: =?utf-8?Q?x=40y?=\r\n"
	    " <a@b>\r\nTo: c@d\r\n\r\n"));
	sqb_message *m = sqb_message_parse(in, NULL);
	sqb_addresses *a = parse(sqb_message_raw(m, "from", 0));

	(void)state;
	assert_int_equal(a->n_items, 1);
	assert_string_equal(a->items[0].name.ptr, "x@y");
	assert_string_equal(a->items[0].address.ptr, "a@b");
	assert_int_equal(sqb_message_raw(m, "To", 1).len, 0);
	assert_int_equal(sqb_message_raw(m, "Cc", 0).len, 0);
	sqb_addresses_free(a);
	sqb_message_free(m);
	exact_free(in);
}

static size_t quote(char *to, sqb_str name)
{
	size_t n = 0;

	to[n++] = '"';
	for (size_t i = 0; i < name.len; i++) {
		if (name.ptr[i] == '"' || name.ptr[i] == '\\')
			to[n++] = '\\';
		to[n++] = name.ptr[i];
	}
	to[n++] = '"';
	return n;
}

/* Mailboxes that have an address, joined: the strict reading takes them. */
static void check_again(const sqb_addresses *a)
{
	sqb_addresses_options o = { .size = sizeof(o), .strict = true };
	char text[8000];
	size_t len = 0, n = 0;
	sqb_addresses *again = NULL;

	for (size_t i = 0; i < a->n_items; i++) {
		const sqb_address *row = &a->items[i];

		if (row->domain.len == 0 || row->defects & DOTS)
			continue;
		if (len > 0)
			text[len++] = ',';
		len += quote(text + len, row->name);
		text[len++] = '<';
		memcpy(text + len, row->address.ptr, row->address.len);
		len += row->address.len;
		text[len++] = '>';
	}
	assert_int_equal(sqb_addresses_parse(&again, (sqb_str){ text, len },
	    &o, NULL), SQB_OK);
	for (size_t i = 0; i < a->n_items; i++) {
		const sqb_address *row = &a->items[i];

		if (row->domain.len == 0 || row->defects & DOTS)
			continue;
		assert_true(n < again->n_items);
		if (!strstr(row->name.ptr, "=?"))
			assert_string_equal(row->name.ptr,
			    again->items[n].name.ptr);
		assert_true(sqb_str_eq(row->local, again->items[n].local));
		assert_true(sqb_str_eq(row->domain, again->items[n].domain));
		n++;
	}
	assert_int_equal(n, again->n_items);
	sqb_addresses_free(again);
}

static void test_random(void **state)
{
	static const char *const bits[] = { "a", "b.c", "@", "@x", "<", ">",
		"<a@b>", ",", ";", ":", "G:", "(", ")", "\"", "\\", "[", "]",
		" ", "\r\n ", "=?utf-8?Q?", "?=", "=?utf-8?Q?x,y?=", "=40",
		"\xc3\xbc", "\xff", "\xe2\x80\xae", ".", "\"q r\"", "a@b, " };
	uint64_t seed = 5;

	(void)state;
	for (size_t round = 0; round < 20000; round++) {
		char text[400];
		size_t len = 0;
		sqb_addresses *a;
		sqb_str in;

		for (size_t n = next_random(&seed) % 24; n > 0; n--) {
			const char *bit = bits[next_random(&seed) %
			    ARRAY_LEN(bits)];

			memcpy(text + len, bit, strlen(bit));
			len += strlen(bit);
			if (next_random(&seed) % 32 == 0)
				text[len++] = (char)next_random(&seed);
		}
		in = exact((sqb_str){ text, len });
		a = parse(in);
		check_rows(a, in);
		check_again(a);
		sqb_addresses_free(a);
		exact_free(in);
	}
}

/* Each allocation fails in turn: all of it or NOMEM. */
static void test_no_memory(void **state)
{
	static const sqb_str in = SQB_STR("Doe, =?gbk?Q?=D6=D0?= <a.b@c.d> (x "
	    "(y)), \"q\"@[l], G: e@f, a long enough name to need some more "
	    "room than the first that is given to the buffer <g@h>;");
	static const char want[] = "Doe, \xe4\xb8\xad <a.b@c.d>; <\"q\"@[l]>;"
	    "G=[ <e@f>;a long enough name to need some more room than the "
	    "first that is given to the buffer <g@h>;]";
	size_t n_failed = 0;
	counting c;

	(void)state;
	for (size_t at = 1;; at++) {
		sqb_addresses_options o = { .size = sizeof(o) };
		sqb_addresses *a = NULL;
		sqb_error err;
		int code;

		counting_init(&c, at);
		o.allocator = &c.allocator;
		code = sqb_addresses_parse(&a, in, &o, &err);
		n_failed += code == SQB_E_NOMEM;
		assert_true(code == SQB_OK || code == SQB_E_NOMEM);
		if (code == SQB_OK) {
			char got[400];

			show(got, a);
			assert_string_equal(got, want);
		} else {
			assert_null(a);
		}
		sqb_addresses_free(a);
		assert_int_equal(c.n_out, 0);
		if (c.n_asked < at)
			break;
	}
	assert_true(n_failed >= 8);
}

static sqb_str repeat(const char *unit, size_t n)
{
	size_t len = strlen(unit);
	char *text = malloc(n * len + 1);

	assert_non_null(text);
	for (size_t i = 0; i < n; i++)
		memcpy(text + i * len, unit, len);
	return (sqb_str){ text, n * len };
}

static void test_limits(void **state)
{
	sqb_addresses_options o = { .size = sizeof(o), .max_items = 3 };
	sqb_addresses *a = NULL;
	sqb_str in;

	(void)state;
	in = repeat("a@b,", 10000);
	a = parse(in);
	assert_int_equal(a->n_items, 10000);
	assert_int_equal(a->defects, SQB_ADDRESS_OBSOLETE);
	sqb_addresses_free(a);
	exact_free(in);
	in = repeat("a@b,", 10001);
	a = parse(in);
	assert_int_equal(a->n_items, 10000);
	assert_int_equal(a->defects, SQB_ADDRESS_LIMIT);
	sqb_addresses_free(a);
	exact_free(in);
	in = repeat("G:a@b;,", 4);
	assert_int_equal(sqb_addresses_parse(&a, in, &o, NULL), SQB_OK);
	assert_int_equal(a->n_items, 3);
	assert_int_equal(a->n_groups, 3);
	assert_int_equal(a->groups[2].n_items, 1);
	assert_true(a->defects & SQB_ADDRESS_LIMIT);
	sqb_addresses_free(a);
	o.strict = true;
	assert_int_equal(sqb_addresses_parse(&a, in, &o, NULL), SQB_E_LIMIT);
	exact_free(in);
	in = repeat("a", 11 << 20);
	a = parse(in);
	assert_int_equal(a->items[0].local.len, 10 << 20);
	assert_true(a->defects & SQB_ADDRESS_LIMIT);
	sqb_addresses_free(a);
	exact_free(in);
}

/* Shapes that make others slow or deep: the answer, and bounded memory. */
static void test_hostile(void **state)
{
	static const struct {
		const char *unit;
		size_t n, n_items, n_groups;
	} shapes[] = {
		{ "a@b,", 100000, 100000, 0 },
		{ "A <a@b>,", 100000, 100000, 0 },
		{ "a,", 100000, 100000, 0 }, { "a:", 100000, 0, 1 },
		{ "a:;", 100000, 0, 100000 }, { "(", 100000, 0, 0 },
		{ "()", 100000, 0, 0 }, { "\"", 100000, 0, 0 },
		{ "\\\"", 100000, 1, 0 }, { "<", 100000, 1, 0 },
		{ "<a@b>", 100000, 100000, 0 }, { "@", 1000000, 1, 0 },
		{ ".", 1000000, 1, 0 }, { "a", 1000000, 1, 0 },
		{ "a ", 500000, 1, 0 }, { "a.", 500000, 1, 0 },
		{ "a@", 500000, 1, 0 }, { "a@[", 300000, 1, 0 },
		{ "=?a?Q?", 200000, 1, 0 }, { "=?utf-8?Q?a?= ", 100000, 1, 0 },
		{ "=?utf-8?Q?,?= ", 100000, 1, 0 },
		{ "=?utf-8?Q?,?=", 100000, 1, 0 }, { "x=?a?Q? ", 100000, 1, 0 },
		{ "<@a", 300000, 100000, 0 }, { ";", 1000000, 0, 0 },
		{ ">", 1000000, 0, 0 }, { "\xff", 1000000, 1, 0 },
		{ "(a) ", 300000, 0, 0 }, { "a (b) ", 200000, 1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
		sqb_addresses_options o = { .size = sizeof(o),
		    .max_items = 100000 };
		sqb_str in = repeat(shapes[i].unit, shapes[i].n);
		sqb_addresses *a = NULL;
		counting c;

		counting_init(&c, 0);
		o.allocator = &c.allocator;
		if (sqb_addresses_parse(&a, in, &o, NULL) != SQB_OK)
			fail_msg("%s: no memory", shapes[i].unit);
		if (a->n_items != shapes[i].n_items ||
		    a->n_groups != shapes[i].n_groups)
			fail_msg("%s: %zu in %zu groups", shapes[i].unit,
			    a->n_items, a->n_groups);
		sqb_addresses_free(a);
		assert_int_equal(c.n_out, 0);
		exact_free(in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_raw_field),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* TNEF: made here, opened, and spoiled; and the multipart/mixed it becomes. */
#include "exact.h"

#include <squab/message.h>

#include "mime/mixed.h"
#include "mime/tnef.h"

enum { MESSAGE = 1, FILE_ = 2, MAX_TEXT = 4000 };

/* A stream, or a list of properties, while it is made. */
typedef struct made {
	sqb__buf b;
	uint32_t n_properties;
} made;

static void made_init(made *t)
{
	sqb__buf_init(&t->b, sqb_allocator_default(), 1 << 24);
	t->n_properties = 0;
}

static void add_number(sqb__buf *b, uint32_t n, int octets)
{
	for (int i = 0; i < octets; i++)
		sqb__buf_add_char(b, (char)(n >> (8 * i) & 0xff));
}

static void begin(made *t)
{
	made_init(t);
	add_number(&t->b, 0x223e9f78, 4);
	add_number(&t->b, 1, 2);
}

static void attribute(made *t, int level, uint16_t id, sqb_str data)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < data.len; i++)
		sum += (unsigned char)data.ptr[i];
	add_number(&t->b, (uint32_t)level, 1);
	add_number(&t->b, id, 2);
	add_number(&t->b, 6, 2);
	add_number(&t->b, (uint32_t)data.len, 4);
	sqb__buf_add(&t->b, data);
	add_number(&t->b, sum, 2);
}

static void attribute_text(made *t, int level, uint16_t id, const char *s)
{
	attribute(t, level, id, (sqb_str){ s, strlen(s) + 1 });
}

static void add_sized(made *t, sqb_str data)
{
	add_number(&t->b, (uint32_t)data.len, 4);
	sqb__buf_add(&t->b, data);
	add_number(&t->b, 0, (int)((4 - data.len % 4) % 4));
}

static void property(made *t, uint16_t type, uint16_t id, sqb_str data)
{
	t->n_properties++;
	add_number(&t->b, type, 2);
	add_number(&t->b, id, 2);
	add_number(&t->b, 1, 4);
	add_sized(t, data);
}

/* ASCII, and "?" for U+20AC. */
static void property_unicode(made *t, uint16_t id, const char *s)
{
	char wide[2 * MAX_TEXT];
	size_t n = 0;

	for (; *s; s++) {
		wide[n++] = *s == '?' ? '\xac' : *s;
		wide[n++] = *s == '?' ? '\x20' : '\0';
	}
	memset(wide + n, 0, 2);
	property(t, 0x1f, id, (sqb_str){ wide, n + 2 });
}

static void property_number(made *t, uint16_t id, uint32_t n)
{
	t->n_properties++;
	add_number(&t->b, 3, 2);
	add_number(&t->b, id, 2);
	add_number(&t->b, n, 4);
}

static void property_time(made *t, uint16_t id, uint64_t n)
{
	t->n_properties++;
	add_number(&t->b, 0x40, 2);
	add_number(&t->b, id, 2);
	add_number(&t->b, (uint32_t)n, 4);
	add_number(&t->b, (uint32_t)(n >> 32), 4);
}

/* What is not wanted, and stands in the way: names, and many values. */
static void property_odd(made *t)
{
	t->n_properties += 3;
	add_number(&t->b, 0x8003001e, 4);
	sqb__buf_add(&t->b, (sqb_str)SQB_STR("0123456789abcdef"));
	add_number(&t->b, 1, 4);
	add_sized(t, (sqb_str)SQB_STR("a name"));
	add_number(&t->b, 1, 4);
	add_sized(t, (sqb_str)SQB_STR("its value"));
	add_number(&t->b, 0x80040003, 4);
	sqb__buf_add(&t->b, (sqb_str)SQB_STR("0123456789abcdef"));
	add_number(&t->b, 0, 4);
	add_number(&t->b, 7, 4);
	add_number(&t->b, 7, 4);
	add_number(&t->b, 0x60001014, 4);
	add_number(&t->b, 2, 4);
	sqb__buf_add(&t->b, (sqb_str)SQB_STR("0123456701234567"));
}

/* The properties as an attribute of t. */
static void attribute_properties(made *t, int level, uint16_t id, made *p)
{
	sqb__buf all;

	sqb__buf_init(&all, sqb_allocator_default(), 1 << 24);
	add_number(&all, p->n_properties, 4);
	sqb__buf_add(&all, sqb__buf_str(&p->b));
	attribute(t, level, id, sqb__buf_str(&all));
	sqb__buf_clear(&all);
	sqb__buf_clear(&p->b);
}

/* Subject, sender, text and a file, as attributes. */
static void make_old(made *t)
{
	begin(t);
	attribute(t, MESSAGE, 0x9007, (sqb_str)SQB_STR(
	    "\xe3\4\0\0\0\0\0\0"));	/* 1251 */
	attribute_text(t, MESSAGE, 0x8008, "IPM.Microsoft Mail.Note");
	attribute_text(t, MESSAGE, 0x8004, "Sub\r\nject: \xcf");
	attribute(t, MESSAGE, 0x8000, (sqb_str)SQB_STR(
	    "\4\0\x20\0\3\0\x0d\0Al\0SMTP:a@b.org\0\0"));
	attribute_text(t, MESSAGE, 0x800c, "Hello \xcf\r\n");
	attribute_text(t, FILE_, 0x9002, "");
	attribute_text(t, FILE_, 0x8010, "a.txt");
	attribute(t, FILE_, 0x800f, (sqb_str)SQB_STR("one\r"));
	attribute_text(t, FILE_, 0x9002, "");
	attribute(t, FILE_, 0x800f, (sqb_str)SQB_STR("two"));
	attribute(t, FILE_, 0x800f, (sqb_str)SQB_STR("three"));
}

static void make_nested(made *t)
{
	made inner, object, p;

	begin(&inner);
	attribute_text(&inner, MESSAGE, 0x8004, "Inner");
	made_init(&object);
	sqb__buf_add(&object.b, (sqb_str)SQB_STR("0123456789abcdef"));
	sqb__buf_add(&object.b, sqb__buf_str(&inner.b));
	made_init(&p);
	property(&p, 0xd, 0x3701, sqb__buf_str(&object.b));
	property_unicode(&p, 0x3001, "The ? message");
	attribute(t, FILE_, 0x9002, (sqb_str){ NULL, 0 });
	attribute_properties(t, FILE_, 0x9005, &p);
	sqb__buf_clear(&inner.b);
	sqb__buf_clear(&object.b);
}

/* All as properties, and a message among the files. */
static void make_new(made *t)
{
	made p;

	begin(t);
	made_init(&p);
	property_odd(&p);
	property_unicode(&p, 0x0037, "The ? subject");
	property_unicode(&p, 0x0c1a, "Al \"x\" \\ B");
	property_unicode(&p, 0x0c1f, "/O=ORG/CN=AL");
	property_unicode(&p, 0x5d01, "al@b.org");
	property_time(&p, 0x0039, 133534656305000000);
	property_unicode(&p, 0x1000, "Text ?\r\n");
	property(&p, 0x102, 0x1013, (sqb_str)SQB_STR("<p>\xcf</p>"));
	property_number(&p, 0x3fde, 1251);
	attribute_properties(t, MESSAGE, 0x9003, &p);
	attribute(t, FILE_, 0x9002, (sqb_str){ NULL, 0 });
	attribute_text(t, FILE_, 0x8010, "LOGO~1.PNG");
	attribute(t, FILE_, 0x800f, (sqb_str)SQB_STR("PNG"));
	made_init(&p);
	property_unicode(&p, 0x3707, "logo ?.png");
	property_unicode(&p, 0x370e, "image/png");
	property_unicode(&p, 0x3712, "id@host");
	attribute_properties(t, FILE_, 0x9005, &p);
	make_nested(t);
	attribute(t, FILE_, 0x9002, (sqb_str){ NULL, 0 });
	made_init(&p);
	property(&p, 0x102, 0x3701, (sqb_str)SQB_STR("bin"));
	property_unicode(&p, 0x370e, "multipart/mixed");
	property_unicode(&p, 0x3712, "a b");
	attribute_properties(t, FILE_, 0x9005, &p);
}

/* The body in RTF alone; kind is what the RTF was made from. */
static void make_rtf(made *t, const char *kind, const char *text)
{
	made p, rtf;

	made_init(&rtf);
	sqb__buf_add_c(&rtf.b, "1234\xff\xff\xff\1MELA1234");
	sqb__buf_add_c(&rtf.b, "{\\rtf1\\ansi");
	sqb__buf_add_c(&rtf.b, kind);
	sqb__buf_add_c(&rtf.b, text);
	begin(t);
	made_init(&p);
	property(&p, 0x102, 0x1009, sqb__buf_str(&rtf.b));
	attribute_properties(t, MESSAGE, 0x9003, &p);
	sqb__buf_clear(&rtf.b);
}

static void make_html_rtf(made *t)
{
	make_rtf(t, "\\fromhtml1", "{\\*\\htmltag <b>}x}");
}

static void make_rich(made *t)
{
	make_rtf(t, "", " x}");
}

static void make_text_rtf(made *t)
{
	make_rtf(t, "\\fromtext", " x}");
}

static void make_empty(made *t)
{
	begin(t);
}

static void make_subject(made *t)
{
	begin(t);
	attribute_text(t, MESSAGE, 0x8004, "alone");
}

/* want: "Subject|From|Date|", then "type name <id> [content]" of each leaf. */
static const struct {
	const char *name;
	void (*make)(made *t);
	const char *want;
} cases[] = {
	{ "attributes", make_old, "Sub  ject: \xd0\x9f|\"Al\" <a@b.org>||"
	  "text/plain utf-8 [Hello \xd0\x9f\r\n]"
	  "application/octet-stream a.txt [one\r]"
	  "application/octet-stream [two]application/octet-stream [three]" },
	{ "properties", make_new, "The \xe2\x82\xac subject|"
	  "\"Al \\\"x\\\" \\\\ B\" <al@b.org>|"
	  "27 Feb 2024 00:00:30 +0000|"
	  "text/plain utf-8 [Text \xe2\x82\xac\r\n]"
	  "text/html windows-1251 [<p>\xcf</p>]"
	  "image/png logo \xe2\x82\xac.png <id@host> [PNG]"
	  "application/ms-tnef The \xe2\x82\xac message [*]"
	  "application/octet-stream [bin]" },
	{ "html in RTF", make_html_rtf, "|||text/html utf-8 [<b>x]" },
	{ "RTF", make_rich, "|||text/plain utf-8 [x]"
	  "application/rtf message.rtf [{\\rtf1\\ansi x}]" },
	{ "text in RTF", make_text_rtf, "|||text/plain utf-8 [x]" },
	{ "a subject", make_subject, "alone|||text/plain utf-8 []" },
	{ "nothing", make_empty, NULL },
};

static void say(char *out, const char *before, const char *s,
    const char *after)
{
	if (s[0] == '\0')
		return;
	assert_true(strlen(out) + strlen(s) + 4 < MAX_TEXT);
	strcat(strcat(strcat(out, before), s), after);
}

static void say_leaf(char *out, sqb_message *m, size_t i)
{
	const char *type = sqb_part_media_type(m, i);
	sqb_str content;

	say(out, "", type, " ");
	say(out, "", sqb_part_param(m, i, "charset"), " ");
	say(out, "", sqb_part_name(m, i), " ");
	say(out, "", sqb_part_field(m, i, "Content-ID", 0), " ");
	assert_int_equal(sqb_part_content(m, i, &content), SQB_OK);
	if (!strcmp(type, "application/ms-tnef"))
		content = (sqb_str)SQB_STR("*");
	strcat(out, "[");
	if (content.len > 0)
		strncat(out, content.ptr, content.len);
	strcat(out, "]");
}

static void say_message(char *out, sqb_message *m)
{
	out[0] = '\0';
	say(out, "", sqb_message_subject(m), "");
	say(out, "|", sqb_message_from(m), "");
	strcat(out, sqb_message_from(m)[0] ? "|" : "||");
	say(out, "", sqb_message_date(m), "");
	strcat(out, "|");
	for (size_t i = 0; i < sqb_message_n_parts(m); i++)
		if (sqb_message_part(m, i)->type < SQB_PART_MESSAGE)
			say_leaf(out, m, i);
}

static bool open_tnef(sqb_str in, sqb__buf *out)
{
	sqb_str copy = exact(in);
	bool found;

	sqb__buf_init(out, sqb_allocator_default(), 1 << 24);
	found = sqb__tnef_open(copy, out);
	exact_free(copy);
	return found;
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char got[MAX_TEXT];
		sqb_message *m;
		sqb__buf out;
		size_t n_defects;
		made t;

		cases[i].make(&t);
		assert_int_equal(open_tnef(sqb__buf_str(&t.b), &out),
		    cases[i].want != NULL);
		m = sqb_message_parse(sqb__buf_str(&out), NULL);
		assert_non_null(m);
		say_message(got, m);
		if (cases[i].want && strcmp(got, cases[i].want) != 0)
			fail_msg("%s: %s", cases[i].name, got);
		sqb_message_defects(m, &n_defects);
		assert_int_equal(n_defects, 0);
		sqb_message_free(m);
		sqb__buf_clear(&out);
		sqb__buf_clear(&t.b);
	}
}

/* Text and html are two forms of one body. */
static void test_alternatives(void **state)
{
	sqb_message *m;
	sqb__buf out;
	made t;

	(void)state;
	make_new(&t);
	assert_true(open_tnef(sqb__buf_str(&t.b), &out));
	m = sqb_message_parse(sqb__buf_str(&out), NULL);
	assert_non_null(m);
	assert_int_equal(sqb_message_part(m, 1)->type, SQB_PART_ALTERNATIVE);
	assert_string_equal(sqb_message_text(m), "Text \xe2\x82\xac\n");
	assert_int_equal(sqb_message_bodies(m, 0)->n_attachments, 3);
	sqb_message_free(m);
	sqb__buf_clear(&out);
	sqb__buf_clear(&t.b);
}

/* As a part of a message, by its type or by its name. */
static void test_inner(void **state)
{
	static const char *const heads[] = {
		"Content-Type: application/ms-tnef\n\n",
		"Content-Type: application/vnd.ms-tnef\n\n",
		"Content-Type: application/octet-stream; name=WinMail.dat\n\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		sqb_message *m, *inner;
		sqb_inner_kind kind;
		sqb__buf mail;
		made t;

		make_new(&t);
		sqb__buf_init(&mail, sqb_allocator_default(), 1 << 24);
		sqb__buf_add_c(&mail, heads[i]);
		sqb__buf_add(&mail, sqb__buf_str(&t.b));
		m = sqb_message_parse(sqb__buf_str(&mail), NULL);
		assert_non_null(m);
		inner = sqb_part_inner(m, 0, &kind);
		assert_non_null(inner);
		assert_int_equal(kind, SQB_INNER_TNEF);
		inner = sqb_part_inner(inner, 5, &kind);
		assert_non_null(inner);
		assert_string_equal(sqb_message_subject(inner), "Inner");
		sqb_message_free(m);
		sqb__buf_clear(&mail);
		sqb__buf_clear(&t.b);
	}
}

static void assert_bounded(sqb_str in)
{
	sqb__buf out;
	sqb_message *m;

	open_tnef(in, &out);
	assert_false(out.failed);
	assert_true(sqb__buf_len(&out) <= SQB__TNEF_RATIO * in.len +
	    SQB__TNEF_MORE);
	m = sqb_message_parse(sqb__buf_str(&out), NULL);
	assert_non_null(m);
	sqb_message_free(m);
	sqb__buf_clear(&out);
}

/* Cut anywhere, and with an octet or a whole number other than it was. */
static void test_spoiled(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		sqb_str all;
		char *p;
		made t;

		cases[i].make(&t);
		all = sqb__buf_str(&t.b);
		p = t.b.data + t.b.start;
		for (size_t k = 0; k < all.len; k++) {
			char kept = p[k];

			assert_bounded((sqb_str){ all.ptr, k });
			p[k] = (char)(kept ^ 0x55);
			assert_bounded(all);
			p[k] = (char)0xff;
			assert_bounded(all);
			p[k] = '\0';
			assert_bounded(all);
			p[k] = kept;
		}
		sqb__buf_clear(&t.b);
	}
}

static void test_sizes(void **state)
{
	static const uint32_t sizes[] = { 0, 1, 0x7fffffff, 0x80000000,
	    0xfffffffc, 0xffffffff };
	made t;

	(void)state;
	make_new(&t);
	for (size_t k = 6; k + 4 <= t.b.end; k++) {
		char kept[4];

		memcpy(kept, t.b.data + k, 4);
		for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
			memcpy(t.b.data + k, &sizes[i], 4);
			assert_bounded(sqb__buf_str(&t.b));
		}
		memcpy(t.b.data + k, kept, 4);
	}
	sqb__buf_clear(&t.b);
}

static void test_memory(void **state)
{
	made t;

	(void)state;
	make_new(&t);
	for (size_t fail_at = 1;; fail_at++) {
		sqb_str in = exact(sqb__buf_str(&t.b));
		counting c;
		sqb__buf out;
		bool found;

		counting_init(&c, fail_at);
		sqb__buf_init(&out, &c.allocator, 1 << 24);
		found = sqb__tnef_open(in, &out);
		assert_int_equal(found, !out.failed);
		assert_int_equal(found, c.n_asked < fail_at);
		sqb__buf_clear(&out);
		assert_int_equal(c.n_out, 0);
		exact_free(in);
		if (found)
			break;
	}
	sqb__buf_clear(&t.b);
}

/* No more than there is room for. */
static void test_limit(void **state)
{
	sqb__buf out;
	made t;

	(void)state;
	make_new(&t);
	sqb__buf_init(&out, sqb_allocator_default(), 500);
	assert_false(sqb__tnef_open(sqb__buf_str(&t.b), &out));
	assert_true(out.failed);
	sqb__buf_clear(&out);
	sqb__buf_clear(&t.b);
}

/* A body that has all boundaries of up to three digits but "f1f". */
static void test_boundary(void **state)
{
	static char body[4096 * 16];
	sqb_str all = { body, 0 }, content;
	sqb_message *m;
	sqb__mixed x;
	sqb__buf out;

	(void)state;
	for (unsigned i = 0; i < 4096; i++) {
		if (i == 0xf1f)
			continue;
		memcpy(body + all.len, "\r\n--=_squab-", 12);
		for (unsigned k = 0; k < 3; k++)
			body[all.len + 12 + k] =
			    "0123456789abcdef"[i >> (8 - 4 * k) & 15];
		all.len += 15;
	}
	sqb__mixed_init(&x, sqb_allocator_default());
	sqb__buf_init(&out, sqb_allocator_default(), 1 << 24);
	sqb__mixed_part(&x, all);
	sqb__mixed_file(&x, (sqb_str){ NULL, 0 });
	sqb__mixed_write(&x, (sqb_str){ NULL, 0 }, &out);
	m = sqb_message_parse(sqb__buf_str(&out), NULL);
	assert_non_null(m);
	assert_string_equal(sqb_part_param(m, 0, "boundary"),
	    "=_squab-f1f0");
	assert_int_equal(sqb_message_n_parts(m), 2);
	assert_int_equal(sqb_part_content(m, 1, &content), SQB_OK);
	assert_true(sqb_str_eq(content, all));
	sqb_message_free(m);
	sqb__mixed_clear(&x);
	sqb__buf_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_alternatives),
		cmocka_unit_test(test_inner),
		cmocka_unit_test(test_spoiled),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_boundary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

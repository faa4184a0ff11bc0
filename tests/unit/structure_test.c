/* The structure of messages: parts, ranges, defects, limits, memory. */
#include "structures.h"

#include <squab/message.h>

/* SQB_DEFECT_NO_COLON and those that follow it */
static const char letters[] = "?cdlmtupnfeMDqdPBJPCQUSTYLGX+";

typedef struct text {
	char s[16384];
	size_t n;
} text;

static void add(text *t, const char *s, size_t n)
{
	assert_true(t->n + n < sizeof(t->s));
	memcpy(t->s + t->n, s, n);
	t->n += n;
	t->s[t->n] = '\0';
}

static void add_range(text *t, const sqb_message *m, uint64_t start,
    uint64_t end)
{
	sqb_str s = sqb_message_bytes(m);

	for (; start < end; start++) {
		bool cr = s.ptr[start] == '\r';

		if (!cr)
			add(t, s.ptr + start, 1);
		else if (start + 1 == s.len || s.ptr[start + 1] != '\n')
			add(t, "\n", 1);
	}
}

static void add_name(text *t, const sqb_part *p)
{
	static const char *const names[] = { "other", "plain", "html",
		"calendar", "text", "message", "mixed", "alternative",
		"related", "digest", "signed", "report" };
	static const char marks[] = "!*@~";

	add(t, names[p->type], strlen(names[p->type]));
	for (int i = 0; i < 4; i++)
		if (p->flags & 1 << i)
			add(t, &marks[i], 1);
}

static void add_around(text *t, const sqb_message *m, uint64_t start,
    uint64_t end)
{
	if (start == end)
		return;
	add(t, "[", 1);
	add_range(t, m, start, end);
	add(t, "]", 1);
}

static void add_part(text *t, const sqb_message *m, size_t i)
{
	const sqb_part *p = sqb_message_part(m, i);

	add_name(t, p);
	if (p->next == i + 1) {
		add(t, ":", 1);
		add_range(t, m, p->body, p->end);
		return;
	}
	if (p->type != SQB_PART_MESSAGE)
		add_around(t, m, p->body, p[0].next > i + 1 ?
		    sqb_message_part(m, i + 1)->delimiter : p->body);
	add(t, "(", 1);
	for (size_t k = i + 1; k < p->next;
	    k = sqb_message_part(m, k)->next) {
		add(t, " ", k > i + 1);
		add_part(t, m, k);
	}
	add(t, ")", 1);
	add_around(t, m, p->epilogue, p->end);
}

static void dump(text *t, const sqb_message *m)
{
	size_t n;
	const sqb_defect *d = sqb_message_defects(m, &n);

	t->n = 0;
	add_part(t, m, 0);
	add(t, " ", n > 0);
	for (size_t i = 0; i < n; i++)
		add(t, &letters[d[i].code], 1);
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3 * ARRAY_LEN(structures); i++) {
		sqb_str in = with_eol(sqb_str_of(structures[i / 3].in),
		    eols[i % 3]);
		sqb_message *m = sqb_message_parse(in, NULL);
		text t;

		dump(&t, m);
		if (strcmp(t.s, structures[i / 3].want) != 0)
			fail_msg("%s, line ends %zu: got %s, want %s",
			    structures[i / 3].name, i % 3, t.s,
			    structures[i / 3].want);
		sqb_message_free(m);
		exact_free(in);
	}
}

/* Offsets grow, parts lie in each other, and one follows the other. */
static void check_table(const sqb_message *m)
{
	uint64_t len = sqb_message_bytes(m).len;
	size_t n = sqb_message_n_parts(m);

	assert_true(n >= 1 && sqb_message_part(m, 0)->next == n);
	for (size_t i = 0; i < n; i++) {
		const sqb_part *p = sqb_message_part(m, i);
		const sqb_part *in = sqb_message_part(m, p->parent);

		assert_true(p->delimiter <= p->header &&
		    p->header <= p->body && p->body <= p->epilogue &&
		    p->epilogue <= p->end && p->end <= len);
		assert_true(p->next > i && p->next <= in->next);
		assert_true(i == 0 || (p->parent < i &&
		    p->depth == in->depth + 1));
		assert_true(i == 0 || (p->delimiter >= in->body &&
		    p->end <= in->epilogue));
		assert_true(p->next == i + 1 || !(p->flags &
		    SQB_PART_OPAQUE));
	}
}

/* Every byte is in one range, and they come in order. */
static void check_ranges(const sqb_message *m)
{
	sqb_message_range r = { .kind = SQB_RANGE_NONE };
	uint64_t at = 0;

	while (sqb_message_next_range(m, &r)) {
		assert_true(r.start == at && r.end > at);
		assert_true(r.part < sqb_message_n_parts(m));
		at = r.end;
	}
	assert_true(at == sqb_message_bytes(m).len);
	assert_false(sqb_message_next_range(m, &r));
}

static void check_bytes(sqb_str in)
{
	sqb_str copy = exact(in);
	sqb_message *m = sqb_message_parse(copy, NULL);

	assert_non_null(m);
	check_table(m);
	check_ranges(m);
	sqb_message_free(m);
	exact_free(copy);
}

/* Every prefix, and each byte turned into those that mean something. */
static void check_mutants(sqb_str in)
{
	static const char bytes[] = "\n\r-\";:\xff";
	char *s = malloc(in.len + 1);

	assert_non_null(s);
	memcpy(s, in.ptr, in.len);
	for (size_t i = 0; i < in.len; i++) {
		check_bytes((sqb_str){ in.ptr, i });
		for (size_t k = 0; k < sizeof(bytes); k++) {
			s[i] = bytes[k];
			check_bytes((sqb_str){ s, in.len });
		}
		s[i] = in.ptr[i];
	}
	free(s);
}

static void test_mutants_of_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(structures); i++) {
		sqb_str crlf = with_eol(sqb_str_of(structures[i].in), "\r\n");

		check_mutants(sqb_str_of(structures[i].in));
		check_mutants(crlf);
		exact_free(crlf);
	}
}

static void test_mail_files(void **state)
{
	char path[1000];
	DIR *dir = opendir(mail_folder(path, sizeof(path)));
	size_t n = 0;
	sqb_str in;

	(void)state;
	assert_non_null(dir);
	for (; next_mail(dir, &in); n++)
		check_mutants(in);
	closedir(dir);
	assert_true(n >= 15);
}

/* Whatever the line ends: the same parts and the same text in them. */
static void test_line_ends(void **state)
{
	char path[1000];
	DIR *dir = opendir(mail_folder(path, sizeof(path)));
	static text want, got;
	sqb_str in;

	(void)state;
	assert_non_null(dir);
	while (next_mail(dir, &in)) {
		for (size_t k = 0; k < ARRAY_LEN(eols); k++) {
			sqb_str s = with_eol(in, eols[k]);
			sqb_message *m = sqb_message_parse(s, NULL);

			dump(k == 0 ? &want : &got, m);
			if (k > 0)
				assert_string_equal(got.s, want.s);
			check_ranges(m);
			sqb_message_free(m);
			exact_free(s);
		}
	}
	closedir(dir);
}

static void test_random(void **state)
{
	static char s[RANDOM_MAIL];
	uint64_t seed = 5;

	(void)state;
	for (size_t round = 0; round < 20000; round++)
		check_bytes((sqb_str){ s, random_mail(s, &seed) });
}

static bool has_defect(const sqb_message *m, sqb_defect_code code)
{
	size_t n;
	const sqb_defect *d = sqb_message_defects(m, &n);

	while (n > 0)
		if (d[--n].code == code)
			return true;
	return false;
}

/* At each limit, and above it. */
static void test_limits(void **state)
{
	static const struct {
		const char *in;
		sqb_message_options o;
		sqb_defect_code code;
		const char *want;	/* NULL: the limit is not reached */
	} limits[] = {
		{ H "--b\n\n1\n--b\n\n2\n--b--", { .max_parts = 3 },
		  SQB_DEFECT_MANY_PARTS, NULL },
		{ H "--b\n\n1\n--b\n\n2\n--b\n\n3\n--b--",
		  { .max_parts = 3 }, SQB_DEFECT_MANY_PARTS,
		  "mixed*(plain:1 plain:2)[\n--b\n\n3\n--b--] M" },
		{ TYPE("message/rfc822") "\nTo: x\n\ny", { .max_parts = 1 },
		  SQB_DEFECT_MANY_PARTS, "message!*:To: x\n\ny M" },
		{ H "--b\n" TYPE("message/rfc822") "\nx\n--b--",
		  { .max_depth = 2 }, SQB_DEFECT_DEEP_PARTS, NULL },
		{ H "--b\n" TYPE("message/rfc822") "\nx\n--b--",
		  { .max_depth = 1 }, SQB_DEFECT_DEEP_PARTS,
		  "mixed(message!*:x) D" },
		{ H "--b\n" H "--b\n--b--", { .max_depth = 1 },
		  SQB_DEFECT_DEEP_PARTS, "mixed(mixed!*: plain:) D" },
		{ "A: b\nC: d\n\nx", { .max_fields = 2 },
		  SQB_DEFECT_MANY_FIELDS, NULL },
		{ "A: b\nC: d\n" TYPE("text/html") "\nx", { .max_fields = 2 },
		  SQB_DEFECT_MANY_FIELDS, "plain:x m" },
		{ "A: b\nC: d\n\nx", { .max_header = 10 },
		  SQB_DEFECT_MANY_FIELDS, NULL },
		{ "A: b\nC: d\n\nx", { .max_header = 9 },
		  SQB_DEFECT_MANY_FIELDS, "plain:x m" },
		{ "A: b\n", { .max_header = 4 }, SQB_DEFECT_MANY_FIELDS,
		  "plain: m" },
		{ "A: b\njunk\nC: d\n\nx", { .max_header = 15 },
		  SQB_DEFECT_MANY_FIELDS, NULL },
		{ "A: b\njunk\nC: d\nmore\n\nx", { .max_header = 14 },
		  SQB_DEFECT_MANY_FIELDS, "plain:x cm" },
		{ H "--b\njunk\njunk\n--b\nA: b\n\nx\n--b--",
		  { .max_header = sizeof(H) - 1 + 5 },
		  SQB_DEFECT_MANY_FIELDS, NULL },
		{ H "--b\njunk\njunk\n--b\nA: b\n\nx\n--b--",
		  { .max_header = sizeof(H) - 1 + 4 },
		  SQB_DEFECT_MANY_FIELDS,
		  "mixed(plain:junk\njunk plain:x) cm" },
		{ TYPE("text/html; a=b") "\nx", { .max_field = 14 },
		  SQB_DEFECT_LONG_FIELD, "html:x l" },
		{ TYPE("text/html") "\nx", { .max_field = 10 },
		  SQB_DEFECT_LONG_FIELD, NULL },
		{ "A\nB\nC\nD: x\n\n", { .max_defects = 3 },
		  SQB_DEFECT_MORE, NULL },
		{ "A\nB\nC\nE\nF\nD: x\n\n", { .max_defects = 3 },
		  SQB_DEFECT_MORE, "plain: ccc+" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		sqb_message_options o = limits[i].o;
		sqb_str in = exact(sqb_str_of(limits[i].in));
		sqb_message *m;
		text t;

		o.size = sizeof(o);
		m = sqb_message_parse(in, &o);
		check_table(m);
		check_ranges(m);
		dump(&t, m);
		if (limits[i].want)
			assert_string_equal(t.s, limits[i].want);
		if (has_defect(m, limits[i].code) != !!limits[i].want)
			fail_msg("limit %zu: %s", i, t.s);
		sqb_message_free(m);
		exact_free(in);
	}
}

/* What lies behind a limit is not found, and its bytes are there. */
static void test_fields_of_limits(void **state)
{
	static const sqb_str in = SQB_STR("A: 12345\nB: 6\nC: 7\n\n");
	sqb_message *m = sqb_message_parse(in, &(sqb_message_options){
	    .size = sizeof(sqb_message_options), .max_fields = 2,
	    .max_field = 4 });

	(void)state;
	assert_string_equal(sqb_message_field(m, "A", 0), "123");
	assert_string_equal(sqb_message_field(m, "B", 0), "6");
	assert_string_equal(sqb_message_field(m, "C", 0), "");
	assert_int_equal(sqb_message_part(m, 0)->n_fields, 2);
	assert_int_equal(sqb_message_header(m).len, in.len);
	sqb_message_free(m);
}

/* At each limit of lines, and above it. */
static void test_limits_of_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(line_limits); i++) {
		sqb_str in = made_of(line_limits[i / 2].head,
		    line_limits[i / 2].unit, line_limits[i / 2].n + i % 2,
		    line_limits[i / 2].tail);
		sqb_message *m = sqb_message_parse(in, NULL);
		uint64_t got[] = { sqb_message_n_parts(m),
		    sqb_message_part(m, 0)->n_fields,
		    sqb_message_header(m).len };

		assert_int_equal(got[line_limits[i / 2].what], i % 2 ?
		    line_limits[i / 2].above : line_limits[i / 2].at);
		check_table(m);
		check_ranges(m);
		sqb_message_free(m);
		exact_free(in);
	}
}

static void test_hostile(void **state)
{
	static const struct {
		const char *head, *unit;
		size_t n, parts, depth;
		sqb_defect_code code;	/* 0: none */
	} bombs[] = {
		{ H, "--b\n\nx\n", 200000, 10000, 1, SQB_DEFECT_MANY_PARTS },
		{ H, "--b\n", 200000, 10000, 1, SQB_DEFECT_MANY_PARTS },
		{ "", H "--b\n", 300000, 10000, 100, SQB_DEFECT_DEEP_PARTS },
		{ "", TYPE("message/rfc822") "\n", 1000000, 101, 100,
		  SQB_DEFECT_DEEP_PARTS },
		{ "", TYPE("multipart/digest; boundary=b") "\n--b\n\n",
		  300000, 10000, 99, SQB_DEFECT_DEEP_PARTS },
		{ "", "X: y\n", 200000, 1, 0, SQB_DEFECT_MANY_FIELDS },
		{ H, "--b\nX: y\nZ: y\n", 60000, 10000, 1,
		  SQB_DEFECT_MANY_PARTS },
		{ "X:", " y\n", 2000000, 1, 0, 0 },
		{ "X:", "yyyy", 3000000, 1, 0, SQB_DEFECT_LONG_FIELD },
		{ "", "no colon\n", 500000, 1, 0, SQB_DEFECT_NO_COLON },
		{ H "--b\n\n", "--\n", 2000000, 2, 1, SQB_DEFECT_NO_END },
		{ H "--b\n\n", "--bb\n", 1000000, 2, 1, SQB_DEFECT_NO_END },
		{ H "--b\n\n\n", "-", 5000000, 2, 1, SQB_DEFECT_NO_END },
		{ H "--b\n\n", "\n-", 2000000, 2, 1, SQB_DEFECT_NO_END },
		{ H "--b--\n", "--b\n\nx\n", 200000, 1, 0,
		  SQB_DEFECT_NO_PARTS },
		{ TYPE("multipart/mixed"), "\t; a=b\n", 500000, 1, 0,
		  SQB_DEFECT_DUPLICATE_PARAM },
		{ "Content-Type: multipart/mixed;", "a=\"b;", 1000000, 1, 0,
		  SQB_DEFECT_NO_BOUNDARY },
		{ "Content-Type: ", "(", 5000000, 1, 0, SQB_DEFECT_BAD_TYPE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bombs); i++) {
		sqb_str in = made_of(bombs[i].head, bombs[i].unit,
		    bombs[i].n, "");
		meter c = { .allocator = { meter_alloc, meter_realloc,
		    meter_free, &c } };
		sqb_message *m = sqb_message_parse(in,
		    &(sqb_message_options){ .size =
		    sizeof(sqb_message_options), .allocator = &c.allocator });
		size_t n = sqb_message_n_parts(m), depth =
		    sqb_message_part(m, n - 1)->depth;

		if (n != bombs[i].parts || depth != bombs[i].depth)
			fail_msg("bomb %zu: %zu parts, %zu deep", i, n,
			    depth);
		if (bombs[i].code && !has_defect(m, bombs[i].code))
			fail_msg("bomb %zu: defect %d", i,
			    (int)bombs[i].code);
		/* 1,001 defects, a field's text, some of the parser's own */
		assert_true(c.out <= 64 * n + 36 * 1024);
		assert_true(c.peak <= 3 * 64 * n + 36 * 1024);
		check_table(m);
		check_ranges(m);
		sqb_message_free(m);
		assert_int_equal(c.out, 0);
		free((char *)(uintptr_t)in.ptr);
	}
}

/* 32 octets a field, and its text. */
static void test_memory_of_fields(void **state)
{
	enum { N = 90000 };
	sqb_str in = made_of("", "X: y\n", N, "");
	meter c = { .allocator = { meter_alloc, meter_realloc, meter_free,
	    &c } };
	sqb_message *m = sqb_message_parse(in, &(sqb_message_options){
	    .size = sizeof(sqb_message_options),
	    .allocator = &c.allocator });

	(void)state;
	assert_string_equal(sqb_message_field(m, "X", N - 1), "y");
	assert_true(c.peak <= 32 * N + 4096);
	sqb_message_free(m);
	free((char *)(uintptr_t)in.ptr);
}

static void test_deep_stack(void **state)
{
	char *s = malloc(200 * 120), *p = s;
	sqb_message *m;

	(void)state;
	assert_non_null(s);
	for (int i = 0; i < 120; i++)
		p += sprintf(p, TYPE("multipart/mixed; boundary=%d") "\n--%d\n",
		    i, i);
	for (int i = 119; i >= 0; i--)
		p += sprintf(p, "\n--%d--\n", i);
	m = sqb_message_parse((sqb_str){ s, (size_t)(p - s) }, NULL);
	assert_int_equal(sqb_message_n_parts(m), 101);
	for (size_t i = 0; i < 101; i++) {
		const sqb_part *part = sqb_message_part(m, i);

		assert_int_equal(part->depth, i);
		assert_int_equal(part->flags, i == 100 ? SQB_PART_OPAQUE |
		    SQB_PART_LIMIT : 0);
	}
	check_ranges(m);
	sqb_message_free(m);
	free(s);
}

static void test_no_memory(void **state)
{
	static const char in[] = H "--b\nContent-Type: text/html; name=\n"
	    " \"x y\"\nbroken\n\none\n--b\n\n2\n--b\n\n3\n--b\n\n4\n--b\n\n5";
	size_t at = 1;
	counting c;

	(void)state;
	do {
		sqb_message *m;

		counting_init(&c, at);
		m = sqb_message_parse(sqb_str_of(in), &(sqb_message_options){
		    .size = sizeof(sqb_message_options),
		    .allocator = &c.allocator });
		if (m) {
			check_ranges(m);
			(void)sqb_part_media_type(m, 1);
			(void)sqb_part_name(m, 1);
			assert_string_equal(sqb_part_media_type(m, 1),
			    "text/html");
			assert_string_equal(sqb_part_name(m, 1), "x y");
		}
		sqb_message_free(m);
		assert_int_equal(c.n_out, 0);
	} while (c.n_asked >= at++);
	assert_true(at > 8);
}

static void test_defect_texts(void **state)
{
	(void)state;
	for (int i = 1; i <= SQB_DEFECT_MORE; i++)
		assert_string_not_equal(sqb_defect_text((sqb_defect_code)i),
		    "unknown");
	assert_string_equal(sqb_defect_text((sqb_defect_code)0), "unknown");
	assert_string_equal(sqb_defect_text((sqb_defect_code)99), "unknown");
}

static void test_sizes(void **state)
{
	(void)state;
	assert_int_equal(sizeof(sqb_part), 56);
	assert_int_equal(sizeof(sqb_defect), 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_mutants_of_cases),
		cmocka_unit_test(test_mail_files),
		cmocka_unit_test(test_line_ends),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_fields_of_limits),
		cmocka_unit_test(test_limits_of_lines),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_memory_of_fields),
		cmocka_unit_test(test_deep_stack),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_defect_texts),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* uuencode: found in text, decoded whole and at every split, and spoiled. */
#include "flaws.h"

#include "text/uu.h"

enum { MAX_TEXT = 3000 };

typedef struct result {
	char text[MAX_TEXT];
	size_t len;
	sqb__flaw junk, filled, cut;
} result;

/* Into memory that has room for one line. */
static void feed(sqb__uu *d, sqb_str piece, result *r)
{
	sqb_str in = exact(piece), left = in;

	do {
		char *out = malloc(SQB__UU_OCTETS);
		size_t n;

		assert_non_null(out);
		n = sqb__uu_decode(d, &left, out, SQB__UU_OCTETS);
		assert_true(r->len + n <= MAX_TEXT);
		memcpy(r->text + r->len, out, n);
		r->len += n;
		free(out);
	} while (left.len > 0);
	exact_free(in);
}

static void end(sqb__uu *d, result *r)
{
	r->len += sqb__uu_end(d, r->text + r->len);
	r->junk = d->junk;
	r->filled = d->filled;
	r->cut = d->cut;
}

static void decode_at(sqb_str in, size_t cut, result *r)
{
	sqb__uu d;

	r->len = 0;
	sqb__uu_init(&d);
	feed(&d, (sqb_str){ in.ptr, cut }, r);
	feed(&d, (sqb_str){ in.ptr + cut, in.len - cut }, r);
	end(&d, r);
}

static void assert_same(const result *got, const result *want, const char *in)
{
	assert_octets((sqb_str){ got->text, got->len },
	    (sqb_str){ want->text, want->len }, in);
	assert_flaw(got->junk, want->junk, in, "junk");
	assert_flaw(got->filled, want->filled, in, "filled");
	assert_flaw(got->cut, want->cut, in, "cut");
}

#define BEGIN "begin 644 cat.txt\n"

static const struct {
	const char *in;
	sqb_str want;
	sqb__flaw junk, filled, cut;
} cases[] = {
	{ BEGIN "#0V%T\n`\nend\n", SQB_STR("Cat"), { 0 }, { 0 }, { 0 } },
	{ "begin 0755 a b\r\n#0V%T\r\n \r\nend\r\nbye\r\n", SQB_STR("Cat"),
	  { 0 }, { 0 }, { 0 } },
	{ "some text\nbegin with\n\n" BEGIN "#0V%T\n\n`\nend",
	  SQB_STR("Cat"), { 0 }, { 0 }, { 0 } },
	/* checksums, and the last characters left out */
	{ BEGIN "#0V%TX\n`X\nend\n", SQB_STR("Cat"), { 0 }, { 0 }, { 0 } },
	{ BEGIN "!0P\nend\n", SQB_STR("C"), { 0 }, { 0 }, { 0 } },
	/* zeros, as "`", as blanks, and lost */
	{ BEGIN "&````````\nend\n", SQB_STR("\0\0\0\0\0\0"),
	  { 0 }, { 0 }, { 0 } },
	{ BEGIN "&        \nend\n", SQB_STR("\0\0\0\0\0\0"),
	  { 0 }, { 0 }, { 0 } },
	{ BEGIN "&0V%T\n&\nend\n", SQB_STR("Cat\0\0\0\0\0\0\0\0\0"),
	  { 0 }, { 2, 18 }, { 0 } },
	/* junk */
	{ BEGIN "#0V%T\nhello\n#0V%T\nend\n", SQB_STR("CatCat"),
	  { 1, 24 }, { 0 }, { 0 } },
	{ BEGIN "#0V%\xd4\nend\n", SQB_STR("Cat"), { 1, 18 }, { 0 }, { 0 } },
	{ BEGIN "#0V%T\n`\n#0V%T\nend\n", SQB_STR("Cat"), { 1, 26 }, { 0 },
	  { 0 } },
	/* no end, no beginning */
	{ BEGIN "#0V%T\n`\n", SQB_STR("Cat"), { 0 }, { 0 }, { 1, 26 } },
	{ BEGIN "#0V%T\n#0V", SQB_STR("CatC`\0"), { 0 }, { 1, 24 },
	  { 1, 27 } },
	{ "#0V%T\n`\nend\n", SQB_STR(""), { 0 }, { 0 }, { 1, 12 } },
	{ "", SQB_STR(""), { 0 }, { 0 }, { 1, 0 } },
	/* much behind the octets, and in "begin" */
	{ BEGIN "#0V%T                                                       "
	  "                                                                  "
	  "                                                        \nend\n",
	  SQB_STR("Cat"), { 0 }, { 0 }, { 0 } },
	{ "begin 644 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n#0V%T\nend\n", SQB_STR("Cat"),
	  { 0 }, { 0 }, { 0 } },
};

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		sqb_str in = sqb_str_of(cases[i].in);
		result want = { .len = cases[i].want.len,
		    .junk = cases[i].junk, .filled = cases[i].filled,
		    .cut = cases[i].cut }, got;

		memcpy(want.text, cases[i].want.ptr, want.len);
		for (size_t cut = 0; cut <= in.len; cut++) {
			decode_at(in, cut, &got);
			assert_same(&got, &want, cases[i].in);
		}
	}
}

static size_t encode_line(const char *p, size_t n, char zero, char *out)
{
	size_t len = 0;

	out[len++] = (char)(n > 0 ? n + 32 : (size_t)zero);
	for (size_t bit = 0; bit < (n + 2) / 3 * 24; bit += 6) {
		unsigned v = 0;

		for (size_t i = bit; i < bit + 6; i++)
			v = v << 1 | (i < n * 8 &&
			    ((unsigned char)p[i / 8] >> (7 - i % 8) & 1));
		out[len++] = (char)(v > 0 ? v + 32 : (unsigned)zero);
	}
	out[len++] = '\n';
	return len;
}

static size_t encode(const result *r, size_t width, char zero, char *out)
{
	size_t len = strlen(BEGIN), n;

	memcpy(out, BEGIN, len);
	for (size_t at = 0; at < r->len; at += n) {
		n = r->len - at < width ? r->len - at : width;
		len += encode_line(r->text + at, n, zero, out + len);
	}
	len += encode_line(NULL, 0, zero, out + len);
	memcpy(out + len, "end\n", 4);
	return len + 4;
}

static void test_there_and_back(void **state)
{
	static char encoded[MAX_TEXT * 4];
	result want = { .len = 0 }, got;
	uint64_t seed = 1;

	(void)state;
	for (int round = 0; round < 1000; round++) {
		size_t width = round % 2 ? 45 : 1 + next_random(&seed) % 63;
		sqb_str in = { encoded, 0 };
		sqb__uu_file f;

		want.len = next_random(&seed) % 500;
		for (size_t i = 0; i < want.len; i++)
			want.text[i] = next_random(&seed) % 3 ?
			    (char)next_random(&seed) : '\0';
		in.len = encode(&want, width, round % 3 ? '`' : ' ', encoded);
		decode_at(in, next_random(&seed) % in.len, &got);
		assert_same(&got, &want, "there and back");
		assert_true(sqb__uu_find(in, 0, &f));
		assert_true(f.start == 0 && f.end == in.len && f.ended);
	}
}

/* Any line is taken alike however it is cut. */
static void test_spoiled(void **state)
{
	static const char marks[] = "\n\n\n\r#M`end \xff";
	char bytes[600];
	result want, got;
	uint64_t seed = 2;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		sqb_str in = { bytes, strlen(BEGIN) + 1 +
		    next_random(&seed) % 500 };
		sqb__uu d;

		memcpy(bytes, BEGIN, strlen(BEGIN));
		for (size_t i = strlen(BEGIN); i < in.len; i++)
			bytes[i] = next_random(&seed) % 8 ? 'A' :
			    marks[next_random(&seed) % (sizeof(marks) - 1)];
		want.len = 0;
		sqb__uu_init(&d);
		for (size_t i = 0; i < in.len; i++)
			feed(&d, (sqb_str){ bytes + i, 1 }, &want);
		end(&d, &want);
		decode_at(in, next_random(&seed) % in.len, &got);
		assert_same(&got, &want, "spoiled");
	}
}

static const struct {
	const char *text, *name;	/* name NULL: no file is in it */
	size_t start, end;
	bool ended;
} finds[] = {
	{ "", NULL, 0, 0, false },
	{ "begin the day", NULL, 0, 0, false },
	{ "begin 644 cat\n", NULL, 0, 0, false },
	{ "begin 644 cat\nwhere it is hot\n", NULL, 0, 0, false },
	{ "begin 644 cat\nHow to begin\n", NULL, 0, 0, false },
	{ "begin 64 cat\n#0V%T\nend\n", NULL, 0, 0, false },
	{ "begin 984 cat\n#0V%T\nend\n", NULL, 0, 0, false },
	{ "begin 644 \n#0V%T\nend\n", NULL, 0, 0, false },
	{ "x begin 644 cat\n#0V%T\nend\n", NULL, 0, 0, false },
	{ BEGIN "#0V%T\n`\nend\n", "cat.txt", 0, 30, true },
	{ "Hi\r\nbegin 644 a b\r\n#0V%T\r\n`\r\nend\r\nbye", "a b", 4, 34,
	  true },
	{ BEGIN "#0V%T\n#0V%T\nThat was it.\n", "cat.txt", 0, 30, false },
	{ BEGIN "#0V%T", "cat.txt", 0, 23, false },
	{ BEGIN "hm\n" BEGIN "#0V%T\nend", "cat.txt", 21, 48, true },
	{ BEGIN "end\n", "cat.txt", 0, 22, true },
};

static void test_find(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(finds); i++) {
		sqb_str text = exact(sqb_str_of(finds[i].text));
		sqb__uu_file f;
		bool found = sqb__uu_find(text, 0, &f);

		if (found != (finds[i].name != NULL) || (found &&
		    (f.start != finds[i].start || f.end != finds[i].end ||
		    f.ended != finds[i].ended ||
		    !sqb_str_eq(f.name, sqb_str_of(finds[i].name)))))
			fail_msg("%s: found: %d, %d to %d", finds[i].text,
			    found, (int)f.start, (int)f.end);
		assert_false(found && sqb__uu_find(text, f.end, &f));
		exact_free(text);
	}
}

/* Lines that promise much and have nothing are filled, up to a limit. */
static void test_filled(void **state)
{
	static char out[1 << 20];
	size_t made = 0;
	sqb__uu d;

	(void)state;
	sqb__uu_init(&d);
	for (size_t i = 0; i < 10000; i++) {
		sqb_str in = i == 0 ? (sqb_str)SQB_STR("begin 644 a\n") :
		    (sqb_str)SQB_STR("M\n");

		made += sqb__uu_decode(&d, &in, out + made,
		    sizeof(out) - made);
	}
	assert_true(made > 40 * 1024 && made < 64 * 1024);
	assert_true(d.filled.n > 1000 && d.junk.n > 8000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_spoiled),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_filled),
	};

	return cmocka_run_group_tests_name("uu", tests, NULL, NULL);
}

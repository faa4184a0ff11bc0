/* Bodies: contents, which of them are shown, numbers, names, messages in. */
#include "exact.h"

#include <squab/message.h>

#include <stdio.h>

#define CTE(e) "Content-Transfer-Encoding: " e "\n"
#define M(kind) "Content-Type: multipart/" kind "; boundary=b\n\n"
#define N(kind) "Content-Type: multipart/" kind "; boundary=c\n\n"
#define T(type) "Content-Type: " type "\n"
#define FILE_(name) "Content-Disposition: attachment; filename=\"" name "\"\n\n"

static const struct {
	const char *name, *in;
	sqb_str want;
	unsigned defects;	/* bits of codes */
} contents[] = {
	{ "7bit", "\nab=3D\n", SQB_STR("ab=3D\n"), 0 },
	{ "unknown", CTE("x-zip") "\nab\n",
	  SQB_STR("ab\n"),
	  1u << SQB_DEFECT_UNKNOWN_ENCODING },
	{ "binary", CTE("binary") "\na\r\nb\n",
	  SQB_STR("a\r\nb\n"), 0 },
	{ "quoted-printable", CTE("quoted-printable") "\na=3Db=\nc \n",
	  SQB_STR("a=bc\n"),
	  0 },
	{ "stray =", CTE("quoted-printable") "\na=xb\n",
	  SQB_STR("a=xb\n"),
	  1u << SQB_DEFECT_QP },
	{ "base64", CTE("base64") "\naGVs\nbG8=\n",
	  SQB_STR("hello"), 0 },
	{ "trailing blanks", CTE("base64  ") "\naGVsbG8=",
	  SQB_STR("hello"), 0 },
	{ "junk", CTE("base64") "\naG!Vs\nbG8=\n",
	  SQB_STR("hello"),
	  1u << SQB_DEFECT_BASE64_JUNK },
	{ "joined", CTE("base64") "\naGVsbG8=aGVs",
	  SQB_STR("hellohel"),
	  1u << SQB_DEFECT_BASE64_JOINED },
	{ "no padding", CTE("base64") "\naGVsbG8",
	  SQB_STR("hello"),
	  1u << SQB_DEFECT_BASE64_PADDING },
	{ "one too many", CTE("base64") "\naGVsb",
	  SQB_STR("hel"),
	  1u << SQB_DEFECT_BASE64_CUT },
	{ "uuencode", CTE("x-uuencode") "\nbegin 644 a\n#86)C\n`\nend\n",
	  SQB_STR("abc"),
	  0 },
	{ "uuencode, no end", CTE("x-uue") "\nbegin 644 a\n#86)C\n",
	  SQB_STR("abc"),
	  1u << SQB_DEFECT_UU_CUT },
	{ "uuencode, short", CTE("uuencode") "\nbegin 644 a\n%86)C\n`\nend\n",
	  SQB_STR("abc\0\0"),
	  1u << SQB_DEFECT_UU_SHORT },
	{ "empty", CTE("base64") "\n",
	  SQB_STR(""), 0 },
};

static unsigned defect_bits(const sqb_message *m)
{
	const sqb_defect *d;
	unsigned bits = 0;
	size_t n;

	d = sqb_message_defects(m, &n);
	for (size_t i = 0; i < n; i++)
		bits |= 1u << d[i].code;
	return bits;
}

static sqb_message *parse(sqb_str bytes)
{
	sqb_message *m = sqb_message_parse(bytes, NULL);

	assert_non_null(m);
	return m;
}

static void check_str(const char *name, sqb_str is, sqb_str want)
{
	if (!sqb_str_eq(is, want))
		fail_msg("%s: \"%.*s\" is not \"%.*s\"", name, (int)is.len,
		    is.ptr, (int)want.len, want.ptr);
}

/* The same through the streaming decoder, its input cut in two. */
static void check_decoder(const char *name, sqb_message *m, sqb_str want,
    size_t cut)
{
	sqb_str body = sqb_part_body(m, 0), piece;
	sqb_str halves[] = { { body.ptr, cut },
	    { body.ptr + cut, body.len - cut } };
	sqb_decoder *d = sqb_decoder_new((sqb_encoding)
	    sqb_message_part(m, 0)->encoding, NULL);
	char out[256];
	size_t n = 0;

	assert_non_null(d);
	for (size_t i = 0; i < 2; i++)
		while ((piece = sqb_decoder_next(d, &halves[i])).len > 0) {
			assert_true(n + piece.len <= sizeof(out));
			memcpy(out + n, piece.ptr, piece.len);
			n += piece.len;
		}
	while ((piece = sqb_decoder_end(d)).len > 0) {
		assert_true(n + piece.len <= sizeof(out));
		memcpy(out + n, piece.ptr, piece.len);
		n += piece.len;
	}
	check_str(name, (sqb_str){ out, n }, want);
	sqb_decoder_free(d);
}

static void test_content(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(contents); i++) {
		sqb_str in = exact(sqb_str_of(contents[i].in)), content, again;
		sqb_message *m = parse(in);

		assert_int_equal(sqb_part_content(m, 0, &content), SQB_OK);
		check_str(contents[i].name, content, contents[i].want);
		assert_int_equal(sqb_part_content(m, 0, &again), SQB_OK);
		assert_ptr_equal(again.ptr, content.ptr);
		if (defect_bits(m) != contents[i].defects)
			fail_msg("%s: defects %x", contents[i].name,
			    defect_bits(m));
		for (size_t cut = 0; cut <= sqb_part_body(m, 0).len; cut++)
			check_decoder(contents[i].name, m, contents[i].want,
			    cut);
		sqb_message_free(m);
		exact_free(in);
	}
}

/* What is not encoded stays where it is. */
static void test_no_copy(void **state)
{
	sqb_message *m = parse((sqb_str)SQB_STR("\nhello"));
	sqb_str content;

	(void)state;
	assert_int_equal(sqb_part_content(m, 0, &content), SQB_OK);
	assert_ptr_equal(content.ptr, sqb_part_body(m, 0).ptr);
	sqb_message_free(m);
}

static void test_defect_offset(void **state)
{
	sqb_message *m = parse((sqb_str)SQB_STR(CTE("base64") "\naG!Vs\n"));
	const sqb_defect *d;
	sqb_str content;
	size_t n;

	(void)state;
	assert_int_equal(sqb_part_content(m, 0, &content), SQB_OK);
	d = sqb_message_defects(m, &n);
	assert_int_equal(n, 1);
	assert_int_equal(sqb_message_bytes(m).ptr[d[0].offset], '!');
	sqb_message_free(m);
}

static void test_max_content(void **state)
{
	sqb_message_options o = { .size = sizeof(o), .max_content = 1024 };
	static char in[4096];
	sqb_message *m;
	sqb_str content = SQB_STR("x");

	(void)state;
	memset(in, 'A', sizeof(in));
	memcpy(in, CTE("base64") "\n", sizeof(CTE("base64")));
	m = sqb_message_parse((sqb_str){ in, sizeof(in) }, &o);
	assert_non_null(m);
	assert_int_equal(sqb_part_content(m, 0, &content), SQB_E_LIMIT);
	assert_int_equal(content.len, 0);
	assert_int_equal(defect_bits(m), 1u << SQB_DEFECT_LONG_CONTENT);
	sqb_message_free(m);
}

/* want: the text, its charset, "?" where it was guessed, "!" a problem. */
static const struct {
	const char *name, *in, *text, *charset;
} texts[] = {
	{ "no type", "\nab\r\n", "ab\r\n", "us-ascii" },
	{ "UTF-8 without label", "\n\xc3\xa4", "\xc3\xa4", "utf-8?" },
	{ "UTF-8", T("text/plain; charset=utf8") "\n\xc3\xa4", "\xc3\xa4",
	  "utf-8" },
	{ "quoted twice", T("text/plain; charset=\"\"utf-8\"\"") "\n\xc3\xa4",
	  "\xc3\xa4", "utf-8?" },
	{ "mark", T("text/plain; charset=utf-8") "\n\xef\xbb\xbf" "a", "a",
	  "utf-8" },
	{ "broken", T("text/plain; charset=utf-8") "\n\xc3\xa4\xff",
	  "\xc3\xa4\xef\xbf\xbd", "utf-8!" },
	{ "not at all", T("text/plain; charset=utf-8") "\nGr\xfc\xdf" "e aus "
	  "M\xfcnchen, sch\xf6nes Wochenende",
	  "Gr\xc3\xbc\xc3\x9f" "e aus M\xc3\xbcnchen, sch\xc3\xb6nes "
	  "Wochenende", "windows-1252?" },
	{ "Latin", T("text/plain; charset=ISO-8859-1") "\n\xe4\x80",
	  "\xc3\xa4\xe2\x82\xac", "windows-1252" },
	{ "unknown, ASCII", T("text/plain; charset=x-no") "\nab", "ab",
	  "us-ascii!" },
	{ "not ASCII", T("text/plain; charset=us-ascii") "\n\xc3\xa4",
	  "\xc3\xa4", "utf-8?" },
	{ "koi8-r", T("text/plain; charset=koi8-r") "\n\xf0", "\xd0\x9f",
	  "koi8-r" },
	{ "escapes", "\n\x1b$B$\"\x1b(B", "\xe3\x81\x82", "iso-2022-jp?" },
	{ "meta", T("text/html") "\n<meta charset=koi8-r>\xf0",
	  "<meta charset=koi8-r>\xd0\x9f", "koi8-r" },
	{ "label before meta", T("text/html; charset=utf-8")
	  "\n<meta charset=koi8-r>\xc3\xa4", "<meta charset=koi8-r>\xc3\xa4",
	  "utf-8" },
	{ "broken encoding", CTE("base64") "\nY!Q==", "a", "us-ascii!" },
	{ "unknown encoding", CTE("x-no") "\na", "a", "us-ascii!" },
};

static void test_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		sqb_str in = exact(sqb_str_of(texts[i].in));
		sqb_message *m = parse(in);
		char charset[64];
		sqb_text t;

		assert_int_equal(sqb_part_text(m, 0, &t), SQB_OK);
		check_str(texts[i].name, t.text, sqb_str_of(texts[i].text));
		snprintf(charset, sizeof(charset), "%s%s%s", t.charset,
		    t.guessed ? "?" : "", t.problem ? "!" : "");
		check_str(texts[i].name, sqb_str_of(charset),
		    sqb_str_of(texts[i].charset));
		sqb_message_free(m);
		exact_free(in);
	}
}

#define TEXT T("text/plain") "\nt\n"
#define HTML T("text/html") "\nh\n"
#define IMAGE T("image/png") "\ni\n"
#define B "--b\n"
#define C "--c\n"

/* want: text|html|attachments, by their numbers; "+" has an attachment. */
static const struct {
	const char *name, *in, *want;
} bodies[] = {
	{ "text", TEXT, "1|1|" },
	{ "html", HTML, "1|1|" },
	{ "image", IMAGE, "1|1|" },
	{ "something", T("application/pdf") "\nx", "||1+" },
	{ "text, attached", T("text/plain")
	  "Content-Disposition: attachment\n\nx", "||1+" },
	{ "a message", T("message/rfc822") "\n\nx", "||1+" },
	{ "no boundary", T("multipart/mixed") "\nhello", "1|1|" },
	{ "alternative", M("alternative") B TEXT B HTML "--b--", "1|2|" },
	{ "only text", M("alternative") B TEXT "--b--", "1|1|" },
	{ "only html", M("alternative") B HTML "--b--", "1|1|" },
	{ "calendar in it", M("alternative") B TEXT B HTML B
	  T("text/calendar") "\nx\n--b--", "1|2|3+" },
	{ "mixed", M("mixed") B TEXT B T("application/pdf") "\nx\n--b--",
	  "1|1|2+" },
	{ "two texts", M("mixed") B TEXT B HTML "--b--", "1 2|1 2|" },
	{ "text with a name", M("mixed") B TEXT B T("text/plain; name=a")
	  "\nx\n--b--", "1|1|2+" },
	{ "first with a name", M("mixed") B T("text/plain; name=a")
	  "\nx\n--b--", "1|1|" },
	{ "image between", M("mixed") B TEXT B IMAGE B TEXT "--b--",
	  "1 2 3|1 2 3|" },
	{ "image with a name", M("mixed") B TEXT B T("image/png; name=a")
	  "\nx\n--b--", "1 2|1 2|" },
	{ "attached image", M("mixed") B TEXT B T("image/png")
	  "Content-Disposition: Attachment\n\nx\n--b--", "1|1|2+" },
	{ "inline pdf", M("mixed") B TEXT B T("application/pdf")
	  "Content-Disposition: inline\n\nx\n--b--", "1|1|2" },
	{ "related", M("related") B HTML B IMAGE "--b--", "1|1|2+" },
	{ "related in alternative", M("alternative") B TEXT B N("related")
	  C HTML C IMAGE "--c--\n--b--", "1|2.1|2.2+" },
	{ "mixed in alternative", M("alternative") B TEXT B N("mixed")
	  C HTML C IMAGE C T("application/pdf") "\nx\n--c--\n--b--",
	  "1|2.1 2.2|2.2 2.3+" },
	{ "alternative in mixed", M("mixed") B N("alternative") C TEXT C HTML
	  "--c--\n" B T("application/pdf") "\nx\n--b--", "1.1|1.2|2+" },
	{ "alternative of html in mixed", M("mixed") B TEXT B N("alternative")
	  C HTML "--c--\n--b--", "1 2.1|1 2.1|" },
	{ "message in mixed", M("mixed") B TEXT B T("message/rfc822") "\n"
	  HTML "--b--", "1|1|2+" },
	{ "digest", M("digest") B "\nSubject: x\n\na\n" B "\n\nb\n--b--",
	  "||1 2+" },
	{ "signed", M("signed") B TEXT B T("application/pgp-signature")
	  "\nx\n--b--", "1|1|2+" },
};

static void add_list(char *out, sqb_message *m, const uint32_t *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			strcat(out, " ");
		strcat(out, sqb_part_path(m, rows[i]));
	}
}

static void check_bodies(sqb_message *m, size_t root, const char *name,
    const char *want)
{
	const sqb_bodies *b = sqb_message_bodies(m, root);
	char out[256] = "";

	assert_non_null(b);
	add_list(out, m, b->text, b->n_text);
	strcat(out, "|");
	add_list(out, m, b->html, b->n_html);
	strcat(out, "|");
	add_list(out, m, b->attachments, b->n_attachments);
	if (b->has_attachment)
		strcat(out, "+");
	check_str(name, sqb_str_of(out), sqb_str_of(want));
}

static void test_bodies(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		sqb_message *m = parse(sqb_str_of(bodies[i].in));

		check_bodies(m, 0, bodies[i].name, bodies[i].want);
		sqb_message_free(m);
	}
}

/* A message in a message has its own. */
static void test_embedded(void **state)
{
	sqb_message *m = parse((sqb_str)SQB_STR(M("mixed") B TEXT B
	    T("message/rfc822") "\n" N("alternative") C TEXT C HTML
	    "--c--\n--b--"));
	const char *const paths[] = { "", "1", "2", "2", "2.1", "2.2" };

	(void)state;
	assert_int_equal(sqb_message_n_parts(m), ARRAY_LEN(paths));
	check_bodies(m, 3, "embedded", "2.1|2.2|");
	for (size_t i = ARRAY_LEN(paths); i-- > 0;)
		assert_string_equal(sqb_part_path(m, i), paths[i]);
	sqb_message_free(m);
	m = parse((sqb_str)SQB_STR(T("message/rfc822") "\n" HTML));
	check_bodies(m, 1, "single", "1.1|1.1|");
	sqb_message_free(m);
}

static const struct {
	const char *name, *want;
} names[] = {
	{ "report.pdf", "report.pdf" },
	{ "../../etc/passwd", "passwd" },
	{ "C:\\\\Temp\\\\x.doc", "x.doc" },
	{ "/", "part-1.bin" },
	{ "..", "part-1.bin" },
	{ "", "part-1.bin" },
	{ " . ", "part-1.bin" },
	{ "a/..", "part-1.bin" },
	{ ".bashrc", "_bashrc" },
	{ "-rf", "_rf" },
	{ "~root", "_root" },
	{ "a:b*c?d<e>f|g", "a_b_c_d_e_f_g" },
	{ "trailing. . ", "trailing" },
	{ "con", "_con" },
	{ "NUL.txt", "_NUL.txt" },
	{ "Lpt1 .x", "_Lpt1 .x" },
	{ "com0x", "com0x" },
	{ "COM1", "_COM1" },
	{ "lpt\xc2\xb2.txt", "_lpt\xc2\xb2.txt" },
	{ "com\xc2\xb4", "com\xc2\xb4" },
	{ "comx", "comx" },
	{ "conout$", "_conout$" },
	{ "console", "console" },
	{ "a\tb\x01.txt", "a b.txt" },
	{ "=?utf-8?q?=E2=80=AEgpj.exe?=", "gpj.exe" },
	{ "=?utf-8?q?..=2F..=2Fx?=", "x" },
	{ "\xc3\xa4.txt", "\xc3\xa4.txt" },
};

static void test_safe_names(void **state)
{
	char in[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		sqb_message *m;

		snprintf(in, sizeof(in), T("application/x") FILE_("%s") "x",
		    names[i].name);
		m = parse(sqb_str_of(in));
		assert_string_equal(sqb_part_safe_name(m, 0), names[i].want);
		sqb_message_free(m);
	}
}

static void test_long_name(void **state)
{
	char in[2048] = T("image/png") "Content-Disposition: x; filename=\"";
	const char *name;
	sqb_message *m;

	(void)state;
	for (size_t i = 0; i < 400; i++)
		strcat(in, "\xc3\xa4");
	strcat(in, ".png\"\n\nx");
	m = parse(sqb_str_of(in));
	name = sqb_part_safe_name(m, 0);
	assert_true(strlen(name) <= 200);
	assert_string_equal(name + strlen(name) - 6, "\xc3\xa4.png");
	sqb_message_free(m);
}

/* Whatever they are called, no two are the same. */
static void test_unique_names(void **state)
{
	const char *const want[] = { "part.bin", "a.txt", "A-2.TXT",
	    "a-2-2.txt", "a-3.txt", "b", "b-2", "part-7.png" };
	sqb_message *m = parse((sqb_str)SQB_STR(M("mixed")
	    B FILE_("a.txt") "\n" B FILE_("A.TXT") "\n" B FILE_("a-2.txt") "\n"
	    B FILE_("a.txt") "\n" B FILE_("b") "\n" B FILE_("x/b") "\n"
	    B IMAGE "--b--"));

	(void)state;
	assert_int_equal(sqb_message_n_parts(m), ARRAY_LEN(want));
	for (size_t i = 1; i < ARRAY_LEN(want); i++)
		assert_string_equal(sqb_part_safe_name(m, i), want[i]);
	sqb_message_free(m);
}

static const struct {
	const char *name, *in, *text, *html, *preview;
} plains[] = {
	{ "text", "\na\r\nb\r\n", "a\nb\n", "", "a b" },
	{ "CR", "X: y\r\ra\rb", "a\nb", "", "a b" },
	{ "controls", "\na\x1b[1m\tb\x7f\xc2\x9b\xe2\x80\xae", "a[1m\tb",
	  "", "a[1m b" },
	{ "flowed", T("text/plain; format=Flowed; delsp=yes") "\na \nb\n",
	  "ab\n", "", "ab" },
	{ "html", T("text/html") "\n<p>a<p>b", "a\n\nb\n", "<p>a<p>b",
	  "a b" },
	{ "both", M("alternative") B TEXT B HTML "--b--", "t", "h", "t" },
	{ "two", M("mixed") B TEXT B HTML "--b--", "t\n\nh\n", "h", "t" },
	{ "image first", M("mixed") B IMAGE B TEXT "--b--", "t", "", "t" },
	{ "nothing", T("application/pdf") "\na", "", "", "" },
	{ "no boundary", T("multipart/mixed") "\na", "a", "", "a" },
};

static void test_plain(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(plains); i++) {
		sqb_message *m = parse(sqb_str_of(plains[i].in));

		check_str(plains[i].name, sqb_str_of(sqb_message_text(m)),
		    sqb_str_of(plains[i].text));
		check_str(plains[i].name, sqb_str_of(sqb_message_html(m)),
		    sqb_str_of(plains[i].html));
		check_str(plains[i].name, sqb_str_of(sqb_message_preview(m,
		    0)), sqb_str_of(plains[i].preview));
		sqb_message_free(m);
	}
}

#define ENCODED T("message/rfc822") CTE("base64") "\n"

static void test_inner(void **state)
{
	/* Subject: in CR LF CR LF hello */
	sqb_message *m = parse((sqb_str)SQB_STR(ENCODED
	    "U3ViamVjdDogaW4NCg0KaGVsbG8=\n")), *inner;
	sqb_inner_kind kind;

	(void)state;
	inner = sqb_part_inner(m, 0, &kind);
	assert_non_null(inner);
	assert_int_equal(kind, SQB_INNER_ENCODED);
	assert_string_equal(sqb_message_subject(inner), "in");
	assert_ptr_equal(sqb_part_inner(m, 0, NULL), inner);
	assert_null(sqb_part_inner(inner, 0, &kind));
	assert_int_equal(kind, SQB_INNER_NONE);
	sqb_message_free(m);
}

/* Messages in each other, twice as deep as is looked. */
static void test_inner_depth(void **state)
{
	char in[4096] = "", *end = in;
	sqb_message *m;
	size_t depth = 0;

	(void)state;
	for (size_t i = 0; i < 16; i++)
		end += snprintf(end, 128, T("message/rfc822")
		    CTE("quoted-printable") "\n");
	/* Quoted-printable of it all is the same again. */
	for (char *p = in; *p != '\0'; p++)
		assert_true(*p != '=');
	m = parse(sqb_str_of(in));
	for (sqb_message *k = m; (k = sqb_part_inner(k, 0, NULL)); depth++)
		;
	assert_int_equal(depth, 8);
	sqb_message_free(m);
}

/* Each allocation fails in turn: no crash, no leak, no false success. */
static void touch(sqb_message *m)
{
	sqb_str content;

	for (size_t i = 0; i < sqb_message_n_parts(m); i++) {
		sqb_message *inner = sqb_part_inner(m, i, NULL);

		sqb_part_content(m, i, &content);
		sqb_part_path(m, i);
		sqb_part_safe_name(m, i);
		if (inner)
			sqb_message_bodies(inner, 0);
	}
	sqb_message_bodies(m, 0);
	sqb_message_preview(m, 0);
	sqb_message_text(m);
	sqb_message_html(m);
}

static void touch_all(const sqb_allocator *a)
{
	sqb_str in = SQB_STR(M("mixed") B TEXT B FILE_("a") B CTE("base64")
	    FILE_("a") "aGVs\n" B ENCODED
	    "U3ViamVjdDogaW4NCg0KaGVsbG8=\n--b--");
	sqb_message *m = sqb_message_parse(in, &(sqb_message_options){
	    .size = sizeof(sqb_message_options), .allocator = a });

	if (m)
		touch(m);
	sqb_message_free(m);
}

static void test_no_memory(void **state)
{
	(void)state;
	assert_true(fail_each(touch_all) > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_no_copy),
		cmocka_unit_test(test_defect_offset),
		cmocka_unit_test(test_max_content),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_embedded),
		cmocka_unit_test(test_safe_names),
		cmocka_unit_test(test_long_name),
		cmocka_unit_test(test_unique_names),
		cmocka_unit_test(test_inner),
		cmocka_unit_test(test_inner_depth),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

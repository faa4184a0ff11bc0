/* Parts of a message that is written: types, names, encodings, sources. */
#include "compose_fixture.h"

#include <stdio.h>
#include <unistd.h>

static const struct {
	const char *name, *type;
	const char *want;	/* of its header */
} attached[] = {
	{ "x.png", NULL, "Content-Type: image/png; name=x.png\r\n"
	  "Content-Disposition: attachment; filename=x.png\r\n" },
	{ "/a/b/My File.PDF", NULL, "Content-Type: application/pdf; "
	  "name=\"My File.PDF\"\r\nContent-Disposition: attachment; "
	  "filename=\"My File.PDF\"\r\n" },
	{ "C:\\x\\y.zip", NULL, "filename=y.zip\r\n" },
	{ "a\"b", NULL, "filename=\"a\\\"b\"\r\n" },
	{ "x", NULL, "Content-Type: application/octet-stream; name=x\r\n" },
	{ "x.unknown", NULL, "Content-Type: application/octet-stream;" },
	{ ".png", NULL, "Content-Type: application/octet-stream;" },
	{ NULL, NULL, "Content-Type: application/octet-stream\r\n"
	  "Content-Disposition: attachment\r\n" },
	{ "\u00e4.txt", NULL, "Content-Type: text/plain; charset=utf-8; "
	  "name=\"=?UTF-8?B?w6QudHh0?=\"\r\nContent-Disposition: "
	  "attachment; filename*=utf-8''%C3%A4.txt\r\n" },
	{ "a name of a file that has far too many octets for one line of a "
	  "header.txt", "text/plain", "filename*0*=utf-8''a%20name%20of%20a%20"
	  "file%20that%20has%20far%20t;\r\n filename*1*=oo%20many%20octets"
	  "%20for%20one%20line%20of%20a%20heade;\r\n filename*2*=r.txt\r\n" },
	{ "x", "text/csv; Header=present; charset=\"x-y\"",
	  "Content-Type: text/csv; header=present; charset=x-y; name=x\r\n" },
	{ "x", "Application/X-Thing", "Content-Type: Application/X-Thing;" },
	{ "x.eml", NULL, "Content-Type: message/rfc822; name=x.eml\r\n" },
	{ "", NULL, "Content-Type: application/octet-stream\r\n"
	  "Content-Disposition: attachment\r\n" },
	{ NULL, "message/delivery-status",
	  "Content-Type: message/delivery-status; charset=utf-8\r\n" },
};

static void test_attach(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(attached); i++) {
		fixture f = begin();
		sqb_attachment a = { .size = sizeof(a),
		    .bytes = SQB_STR("From: a@b\r\n\r\nx\r\n"),
		    .name = attached[i].name, .type = attached[i].type };

		assert_int_equal(sqb_compose_attach(f.c, &a), SQB_OK);
		written(&f, 0);
		assert_has(&f, attached[i].want);
		end(&f);
	}
}

static const sqb_attachment bad_attachments[] = {
	{ .size = sizeof(bad_attachments[0]), .type = "text" },
	{ .size = sizeof(bad_attachments[0]), .type = "" },
	{ .size = sizeof(bad_attachments[0]), .type = "a/b c" },
	{ .size = sizeof(bad_attachments[0]), .type = "a/b; x" },
	{ .size = sizeof(bad_attachments[0]), .type = "a/b; x=1; x=2" },
	{ .size = sizeof(bad_attachments[0]), .type = "a/b\r\nX: y" },
	{ .size = sizeof(bad_attachments[0]), .type = "a/b; x\"y=z" },
	{ .size = sizeof(bad_attachments[0]), .type = "a/b; \u00fc=z" },
	{ .size = sizeof(bad_attachments[0]), .type = "a/b (c) d" },
	{ .size = sizeof(bad_attachments[0]), .type = "multipart/mixed" },
	{ .size = sizeof(bad_attachments[0]), .name = "a\nb" },
	{ .size = sizeof(bad_attachments[0]), .name = "\xff" },
	{ .size = sizeof(bad_attachments[0]), .description = "a\rb" },
	{ .size = sizeof(bad_attachments[0]), .content_id = "<a>" },
	{ .size = sizeof(bad_attachments[0]), .content_id = "a b" },
	{ .size = sizeof(bad_attachments[0]), .content_id = "" },
	{ .size = sizeof(bad_attachments[0]), .content_id = "a\r\nX: y" },
};

static void count_close(void *ctx)
{
	++*(int *)ctx;
}

static int64_t read_nothing(void *ctx, void *out, size_t cap)
{
	(void)ctx;
	(void)out;
	(void)cap;
	return 0;
}

/* A source is closed once, whatever happens. */
static void test_refused_attachments(void **state)
{
	int n_closed = 0;
	sqb_source s = { read_nothing, NULL, count_close, &n_closed };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad_attachments); i++) {
		fixture f = begin();
		sqb_attachment a = bad_attachments[i];

		a.source = &s;
		n_closed = 0;
		if (sqb_compose_attach(f.c, &a) != SQB_E_USAGE)
			fail_msg("attachment %zu is taken", i);
		assert_int_equal(n_closed, 1);
		assert_int_equal(sqb_compose_attach(f.c, &a), SQB_E_USAGE);
		assert_int_equal(n_closed, 2);
		end(&f);
		assert_int_equal(n_closed, 2);
	}
}

static void test_texts_refused(void **state)
{
	fixture f = begin(), g = begin(), h = begin(), i = begin();

	(void)state;
	assert_int_equal(sqb_compose_text(f.c, (sqb_str)SQB_STR("a\0b")),
	    SQB_E_USAGE);
	assert_int_equal(sqb_compose_html(g.c, (sqb_str)SQB_STR("\xff"),
	    false), SQB_E_USAGE);
	assert_int_equal(sqb_compose_calendar(h.c, (sqb_str)SQB_STR("x"),
	    "a b"), SQB_E_USAGE);
	sqb_compose_text(i.c, (sqb_str)SQB_STR("a"));
	assert_int_equal(sqb_compose_text(i.c, (sqb_str)SQB_STR("a")),
	    SQB_E_USAGE);
	end(&f);
	end(&g);
	end(&h);
	end(&i);
}

/* A text, and the encoding of it by each way. */
static const struct {
	sqb_str text;
	const char *by_7bit, *by_8bit;	/* NULL: none is named */
} encodings[] = {
	{ SQB_STR("plain\n"), NULL, NULL },
	{ SQB_STR(""), NULL, NULL },
	{ SQB_STR("From me\n.\ntrailing \n"), NULL, NULL },
	{ SQB_STR("gr\u00fc\u00df dich und alle anderen\n"),
	  "quoted-printable", "8bit" },
	{ SQB_STR("\u65e5\u672c\u8a9e\u65e5\u672c\u8a9e\n"),
	  "base64", "8bit" },
};

static void test_encodings(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(encodings); i++)
		for (unsigned way = 0; way < 2; way++) {
			const char *want = way ? encodings[i].by_8bit :
			    encodings[i].by_7bit;
			fixture f = begin();
			char line[80];

			sqb_compose_text(f.c, encodings[i].text);
			written(&f, way ? SQB_COMPOSE_8BIT : 0);
			snprintf(line, sizeof(line),
			    "Content-Transfer-Encoding: %s\r\n", want ? want :
			    "");
			if (want)
				assert_has(&f, line);
			else
				assert_true(find(f.bytes, "Transfer") ==
				    SIZE_MAX);
			end(&f);
		}
}

/* 998 octets are a line, 999 are not. */
static void test_long_lines(void **state)
{
	char *text = malloc(1001);

	(void)state;
	for (size_t n = 998; n <= 999; n++) {
		fixture f = begin();

		memset(text, 'x', n);
		memcpy(text + n, "\n", 2);
		sqb_compose_text(f.c, sqb_str_of(text));
		written(&f, SQB_COMPOSE_8BIT);
		assert_int_equal(find(f.bytes, "quoted-printable") == SIZE_MAX,
		    n == 998);
		end(&f);
	}
	free(text);
}

/* A source that gives these octets, and can be told to fail or to change. */
typedef struct pieces {
	const char *text;
	size_t at, len;
	int fail_rewind;
	int64_t fail_read;
	size_t grow;		/* octets more the second time, … */
	const char *becomes;	/* … and others */
	int n_rewound, n_closed;
} pieces;

static int64_t pieces_read(void *ctx, void *out, size_t cap)
{
	pieces *p = ctx;
	size_t n = p->len - p->at < 100 ? p->len - p->at : 100;

	if (p->fail_read != 0 && p->at > 0)
		return p->fail_read;
	n = n < cap ? n : cap;
	if (p->text)
		memcpy(out, p->text + p->at, n);
	else
		memset(out, 'x', n);
	p->at += n;
	return (int64_t)n;
}

static int pieces_rewind(void *ctx)
{
	pieces *p = ctx;

	if (p->n_rewound++ > 0) {
		p->len += p->grow;
		p->text = p->becomes;
	}
	p->at = 0;
	return p->fail_rewind;
}

static void pieces_close(void *ctx)
{
	((pieces *)ctx)->n_closed++;
}

static int take_all(sqb_compose *c)
{
	sqb_str piece;
	int code = sqb_compose_begin(c, 0);

	if (code != SQB_OK)
		return code;
	while ((code = sqb_compose_next(c, &piece)) > 0)
		assert_true(piece.len > 0);
	return code;
}

static int with_source(pieces *p, bool can_rewind, const char *type)
{
	sqb_source s = { pieces_read, can_rewind ? pieces_rewind : NULL,
	    pieces_close, p };
	sqb_attachment a = { .size = sizeof(a), .source = &s,
	    .name = "x.bin", .type = type };
	fixture f = begin();
	int code;

	assert_int_equal(sqb_compose_attach(f.c, &a), SQB_OK);
	code = take_all(f.c);
	assert_true(code == SQB_OK || sqb_compose_error(f.c)->code == code);
	assert_int_equal(p->n_closed, 0);
	end(&f);
	assert_int_equal(p->n_closed, 1);
	return code;
}

static void test_sources(void **state)
{
	pieces good = { .len = 5000 }, once = good, no_rewind = good;
	pieces no_read = good, too_much = good, grown = good, cut = good;
	pieces becomes_8bit = good;

	(void)state;
	assert_int_equal(with_source(&good, true, NULL), SQB_OK);
	assert_int_equal(with_source(&once, false, NULL), SQB_OK);
	no_rewind.fail_rewind = SQB_E_NET;
	assert_int_equal(with_source(&no_rewind, true, NULL), SQB_E_NET);
	no_read.fail_read = SQB_E_EOF;
	assert_int_equal(with_source(&no_read, true, NULL), SQB_E_EOF);
	too_much.fail_read = INT64_MAX;
	assert_int_equal(with_source(&too_much, false, NULL), SQB_E_USAGE);
	grown.grow = 1;
	assert_int_equal(with_source(&grown, true, NULL), SQB_E_USAGE);
	becomes_8bit.text = "abcd";
	becomes_8bit.becomes = "ab\u00fc";
	becomes_8bit.len = 4;
	assert_int_equal(with_source(&becomes_8bit, true, "text/plain"),
	    SQB_E_USAGE);
	cut.grow = (size_t)-1;
	assert_int_equal(with_source(&cut, true, NULL), SQB_E_USAGE);
}

/* What can be read but once is base64, of no known size, and sent once. */
static void test_once(void **state)
{
	pieces p = { .len = 300 };
	sqb_source s = { pieces_read, NULL, pieces_close, &p };
	sqb_attachment a = { .size = sizeof(a), .source = &s,
	    .type = "text/plain" };
	fixture f = begin();

	(void)state;
	sqb_compose_attach(f.c, &a);
	assert_int_equal(sqb_compose_begin(f.c, SQB_COMPOSE_8BIT), SQB_OK);
	assert_true(sqb_compose_size(f.c) == UINT64_MAX);
	assert_int_equal(take_all(f.c), SQB_OK);
	assert_int_equal(take_all(f.c), SQB_E_USAGE);
	end(&f);
}

enum { SMALL_BLOCK = 400 * 1024 };

static void *small_realloc(void *ctx, void *p, size_t old_size, size_t size)
{
	(void)ctx;
	(void)old_size;
	return size > SMALL_BLOCK ? NULL : realloc(p, size);
}

static void *small_alloc(void *ctx, size_t size)
{
	return small_realloc(ctx, NULL, 0, size);
}

static void small_free(void *ctx, void *p)
{
	(void)ctx;
	free(p);
}

/* No block of memory is as big as many pieces, however big a content is. */
static void test_streaming(void **state)
{
	static const sqb_allocator small = { small_alloc, small_realloc,
	    small_free, NULL };
	static const char *const types[] = { "a/b", "text/plain",
	    "message/rfc822" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		pieces p = { .len = 3000000 };
		sqb_source s = { pieces_read, pieces_rewind, pieces_close,
		    &p };
		sqb_attachment a = { .size = sizeof(a), .source = &s,
		    .type = types[i] };
		fixture f = begin_with(&small);
		uint64_t size = 0;
		sqb_str piece;
		int code;

		sqb_compose_field(f.c, "From", "a@b");
		sqb_compose_attach(f.c, &a);
		assert_int_equal(sqb_compose_begin(f.c, 0), SQB_OK);
		while ((code = sqb_compose_next(f.c, &piece)) > 0) {
			assert_true(piece.len <= 96 * 1024);
			size += piece.len;
		}
		assert_int_equal(code, SQB_OK);
		assert_true(size == sqb_compose_size(f.c));
		assert_int_equal(sqb_compose_next(f.c, &piece), 0);
		end(&f);
	}
}

/* Nor are the pieces of a long header longer than others. */
static void test_long_header(void **state)
{
	fixture f = begin();
	uint64_t size = 0;
	sqb_str piece;
	int n = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char address[40];

		snprintf(address, sizeof(address), "user%d@example.org", i);
		sqb_compose_address(f.c, "To", "A Name", address);
	}
	sqb_compose_text(f.c, sqb_str_of("x"));
	assert_int_equal(sqb_compose_begin(f.c, 0), SQB_OK);
	for (; sqb_compose_next(f.c, &piece) > 0; n++) {
		assert_true(piece.len <= 128 * 1024);
		size += piece.len;
	}
	assert_true(n > 4);
	assert_null(sqb_compose_error(f.c));
	assert_true(size == sqb_compose_size(f.c));
	end(&f);
}

static void test_order(void **state)
{
	fixture f = begin();
	sqb_str piece;

	(void)state;
	assert_int_equal(sqb_compose_begin(f.c, 0), SQB_OK);
	assert_int_equal(sqb_compose_field(f.c, "Subject", "late"),
	    SQB_E_USAGE);
	end(&f);
	f = begin();
	assert_int_equal(sqb_compose_next(f.c, &piece), SQB_E_USAGE);
	end(&f);
}

/* The same octets again but for the encodings. */
static void test_again(void **state)
{
	fixture f = begin();
	sqb_str copy;

	(void)state;
	sqb_compose_html(f.c, sqb_str_of("<p>\u00fc"), true);
	written(&f, 0);
	copy = exact(f.bytes);
	written(&f, SQB_COMPOSE_8BIT);
	assert_int_equal(sqb_compose_needs(f.c), SQB_COMPOSE_8BIT);
	assert_has(&f, "Content-Transfer-Encoding: 8bit\r\n");
	written(&f, 0);
	assert_true(sqb_str_eq(copy, f.bytes));
	assert_int_equal(sqb_compose_needs(f.c), 0);
	exact_free(copy);
	end(&f);
}

/* UTF-16 is text whose line ends must stay; Latin 1 has no charset named. */
static void test_odd_texts(void **state)
{
	sqb_attachment utf16 = { .size = sizeof(utf16), .type = "text/plain",
	    .bytes = SQB_STR("\xff\xfe" "a\0\n\0") };
	sqb_attachment latin = { .size = sizeof(latin), .type = "text/plain",
	    .bytes = SQB_STR("caf\xe9\n") };
	fixture f = begin();

	(void)state;
	sqb_compose_attach(f.c, &utf16);
	sqb_compose_attach(f.c, &latin);
	written(&f, 0);
	assert_has(&f, "Content-Type: text/plain\r\n"
	    "Content-Disposition: attachment\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n//5hAAoA\r\n");
	assert_has(&f, "Content-Type: text/plain\r\n"
	    "Content-Disposition: attachment\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\ncaf=E9\r\n");
	end(&f);
}

static void make_file(char *path, const char *text)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void test_file(void **state)
{
	char path[] = "compose-file-XXXXXX";
	sqb_attachment a = { .size = sizeof(a), .type = "text/plain",
	    .bytes = SQB_STR("not looked at") };
	fixture f = begin();

	(void)state;
	make_file(path, "Hello.\n");
	assert_int_equal(sqb_compose_attach_file(f.c, path, &a), SQB_OK);
	assert_int_equal(sqb_compose_attach_file(f.c, path, NULL), SQB_OK);
	unlink(path);
	written(&f, 0);
	assert_has(&f, "filename=compose-file-");
	assert_has(&f, "\r\n\r\nHello.\r\n\r\n--");
	assert_has(&f, "\r\n\r\nSGVsbG8uCg==\r\n--");
	assert_true(find(f.bytes, "looked") == SIZE_MAX);
	end(&f);
}

/* Any name that a file has can be sent. */
static void test_file_name(void **state)
{
	char path[] = "caf\xe9\nb-XXXXXX", name[40];
	fixture f = begin();

	(void)state;
	make_file(path, "");
	assert_int_equal(sqb_compose_attach_file(f.c, path, NULL), SQB_OK);
	unlink(path);
	written(&f, 0);
	snprintf(name, sizeof(name), "filename=caf__b-%s\r\n",
	    path + sizeof(path) - 7);
	assert_has(&f, name);
	end(&f);
}

static void test_no_file(void **state)
{
	fixture f = begin(), g = begin();

	(void)state;
	assert_int_equal(sqb_compose_attach_file(f.c, "no/such.txt", NULL),
	    SQB_E_USAGE);
	assert_true(sqb_compose_error(f.c)->sys != 0);
	assert_non_null(strstr(sqb_compose_error(f.c)->text, "no/such.txt"));
	assert_int_equal(sqb_compose_attach_file(g.c, ".", NULL),
	    SQB_E_USAGE);
	end(&f);
	end(&g);
}

/* All calls there are, with each allocation failing in turn. */
static void compose_all(const sqb_allocator *a)
{
	pieces p = { .text = "line\nl\u00efne\n", .len = 11,
	    .becomes = "line\nl\u00efne\n" };
	sqb_source s = { pieces_read, pieces_rewind, pieces_close, &p };
	sqb_attachment file = { .size = sizeof(file), .source = &s,
	    .name = "\u00e4 long name of a file, so that it is cut.txt",
	    .description = "d", .content_id = "x" };
	fixture f = begin_with(a);
	sqb_envelope e;
	int code;

	if (!f.c)
		return;
	sqb_compose_field(f.c, "From", "J. Doe <a@b\u00fccher.example>");
	sqb_compose_address(f.c, "To", "Zo\u00eb", "zoe@example.net");
	sqb_compose_field(f.c, "Cc", "g: a@b, c@d;, none:;");
	sqb_compose_field(f.c, "Subject", "gr\u00fc\u00df dich");
	sqb_compose_field(f.c, "References", "<a@b> <c@d>");
	sqb_compose_field(f.c, "X-Other", "x");
	sqb_compose_html(f.c, sqb_str_of("<p>\u00fc"), true);
	sqb_compose_calendar(f.c, sqb_str_of("BEGIN"), "REPLY");
	sqb_compose_attach(f.c, &file);
	sqb_compose_attach_message(f.c, sqb_str_of("A: b\n\nx"));
	code = sqb_compose_bytes(f.c, 0, &f.bytes);
	assert_true(code == SQB_OK || code == SQB_E_NOMEM);
	assert_true((code == SQB_OK) == !sqb_compose_error(f.c));
	if (code == SQB_OK)
		assert_int_equal(f.bytes.len, sqb_compose_size(f.c));
	if (code == SQB_OK)
		assert_true(sqb_compose_envelope(f.c, &e) == SQB_OK ||
		    ((counting *)a->ctx)->fail_at > 0);
	end(&f);
}

static void test_no_memory(void **state)
{
	(void)state;
	assert_true(fail_each(compose_all) > 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attach),
		cmocka_unit_test(test_refused_attachments),
		cmocka_unit_test(test_texts_refused),
		cmocka_unit_test(test_encodings),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_streaming),
		cmocka_unit_test(test_long_header),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_odd_texts),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_file_name),
		cmocka_unit_test(test_no_file),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests_name("compose", tests, NULL, NULL);
}

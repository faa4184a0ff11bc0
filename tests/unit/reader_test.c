/*
 * The reader says what the parser does, whatever the cuts, in bounded memory.
 */
#include "structures.h"

#include "reader_log.h"

#include <squab/squab.h>

/* All headers as they came, or as far as left octets go. */
static void same_headers(sqb_message *a, sqb_message *b, uint64_t left)
{
	for (size_t i = 0; i < sqb_message_n_parts(a); i++) {
		sqb_str got = sqb_part_header(a, i);
		sqb_str want = sqb_part_header(b, i);

		if (got.len < want.len)
			want.len = got.len;
		assert_true(sqb_str_eq(got, want) && got.len <= left);
		/* Past max_fields there are none. */
		assert_true(got.len == left || got.len == 0 ||
		    got.len == sqb_part_header(b, i).len);
		left -= got.len;
	}
}

/* In pieces that end at the cuts. */
static void check(sqb_str in, const sqb_message_options *o,
    const size_t *cuts, size_t n)
{
	sqb_message *m = sqb_message_parse(in, o);
	reader_log log;
	size_t at = 0;

	log_begin(&log, in, o);
	for (size_t i = 0; i < n; i++) {
		log_feed(&log, at, cuts[i]);
		at = cuts[i];
	}
	log_feed(&log, at, in.len);
	log_end(&log);
	assert_int_equal(log.result, 0);
	log_compare(&log, m);
	same_headers(sqb_reader_message(log.r), m,
	    o && o->max_header > 0 ? o->max_header : 4 * 1024 * 1024);
	log_free(&log);
	sqb_message_free(m);
}

/* Byte by byte: the hardest way. */
static void check_bytes(sqb_str in, const sqb_message_options *o)
{
	size_t *cuts = malloc((in.len + 1) * sizeof(*cuts));

	assert_non_null(cuts);
	for (size_t i = 0; i < in.len; i++)
		cuts[i] = i;
	check(in, o, cuts, in.len);
	free(cuts);
}

static void check_random(sqb_str in, const sqb_message_options *o,
    uint64_t *seed)
{
	size_t cuts[6], n = next_random(seed) % 6, at = 0;

	for (size_t i = 0; i < n; i++) {
		at += next_random(seed) % (in.len - at + 1) /
		    (1 + next_random(seed) % 4);
		cuts[i] = at;
	}
	check(in, o, cuts, n);
}

/* In two pieces, all ways to do that, and byte by byte. */
static void check_cuts(sqb_str in, const sqb_message_options *o)
{
	for (size_t cut = 0; cut <= in.len; cut++)
		check(in, o, &cut, 1);
	check_bytes(in, o);
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3 * ARRAY_LEN(structures); i++) {
		sqb_str in = with_eol(sqb_str_of(structures[i / 3].in),
		    eols[i % 3]);

		check_cuts(in, NULL);
		exact_free(in);
	}
}

/* Each byte turned into those that mean something. */
static void test_mutants(void **state)
{
	static const char bytes[] = "\n\r-:";
	uint64_t seed = 9;

	(void)state;
	for (size_t i = 0; i < 3 * ARRAY_LEN(structures); i++) {
		sqb_str in = with_eol(sqb_str_of(structures[i / 3].in),
		    eols[i % 3]);
		char *s = (char *)(uintptr_t)in.ptr;

		for (size_t k = 0; k < in.len; k++) {
			char was = s[k];

			s[k] = bytes[next_random(&seed) % 4];
			if (k % 2 == 0)
				check_bytes(in, NULL);
			else
				check_random(in, NULL, &seed);
			s[k] = was;
		}
		exact_free(in);
	}
}

static void test_mail_files(void **state)
{
	char path[1000];
	DIR *dir = opendir(mail_folder(path, sizeof(path)));
	uint64_t seed = 3;
	size_t n = 0;
	sqb_str in;

	(void)state;
	assert_non_null(dir);
	for (; next_mail(dir, &in); n++)
		for (size_t k = 0; k < ARRAY_LEN(eols); k++) {
			sqb_str s = with_eol(in, eols[k]);

			check_bytes(s, NULL);
			for (int round = 0; round < 20; round++)
				check_random(s, NULL, &seed);
			exact_free(s);
		}
	closedir(dir);
	assert_true(n >= 15);
}

static void test_random(void **state)
{
	static char s[RANDOM_MAIL];
	uint64_t seed = 5;

	(void)state;
	for (size_t round = 0; round < 2000; round++) {
		sqb_str in = { s, random_mail(s, &seed) };

		check_random(in, NULL, &seed);
		check_bytes(in, NULL);
	}
}

/* With limits that are soon reached. */
static void test_limits(void **state)
{
	static const sqb_message_options limits[] = {
		{ .max_depth = 1 }, { .max_depth = 2 }, { .max_parts = 1 },
		{ .max_parts = 2 }, { .max_parts = 3 }, { .max_fields = 1 },
		{ .max_fields = 2 }, { .max_field = 4 }, { .max_field = 20 },
		{ .max_header = 1 }, { .max_header = 20 },
		{ .max_header = 60 }, { .max_header = 70, .max_field = 8 },
		{ .max_defects = 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		sqb_message_options o = limits[i];

		o.size = sizeof(o);
		for (size_t k = 0; k < ARRAY_LEN(structures); k++) {
			sqb_str in = with_eol(sqb_str_of(structures[k].in),
			    eols[(i + k) % 3]);
			uint64_t seed = k;

			check_bytes(in, &o);
			check_random(in, &o, &seed);
			exact_free(in);
		}
	}
}

/* Below, at and above the limits of lines. */
static void test_limits_of_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3 * ARRAY_LEN(line_limits); i++) {
		sqb_str in = made_of(line_limits[i / 3].head,
		    line_limits[i / 3].unit, line_limits[i / 3].n + i % 3 - 1,
		    line_limits[i / 3].tail);
		uint64_t seed = i;

		check_bytes(in, NULL);
		for (int k = 0; k < 5; k++)
			check_random(in, NULL, &seed);
		exact_free(in);
	}
}

/* What takes a message of any length and looks at nothing. */
typedef struct stream {
	sqb_reader *r;
	uint64_t seen;
	size_t n_copied;	/* octets that came as no slice of the piece */
} stream;

static void pour(stream *s, sqb_str in)
{
	const char *start = in.ptr, *end = in.ptr + in.len;
	sqb_reader_event ev;

	while (sqb_reader_next(s->r, &in, &ev) > 0) {
		s->seen += ev.octets.len;
		if (ev.octets.ptr < start || ev.octets.ptr >= end)
			s->n_copied += ev.octets.len;
	}
	assert_int_equal(in.len, 0);
}

static void drain(stream *s)
{
	sqb_reader_event ev;

	while (sqb_reader_end(s->r, &ev) > 0)
		s->seen += ev.octets.len;
}

enum { STREAM = 12 * 1024 * 1024, PIECE = 64 * 1024 };

/* head, and then unit without end. */
static void pour_many(stream *s, const char *head, const char *unit)
{
	size_t len = strlen(unit);
	char *piece = malloc(PIECE + len);

	assert_non_null(piece);
	for (size_t i = 0; i < PIECE; i += len)
		memcpy(piece + i, unit, len);
	pour(s, sqb_str_of(head));
	while (s->seen < STREAM)
		pour(s, (sqb_str){ piece, PIECE / len * len });
	drain(s);
	free(piece);
}

/* Much of what would like to be kept: it does not matter how much. */
static void test_memory(void **state)
{
	static const struct {
		const char *head, *unit;
		size_t max;	/* KiB */
	} streams[] = {
		{ "To: x\n\n", "0123456789\r\n", 16 },
		{ H "--b\n\n", "0123456789\r\n", 24 },
		{ H "--b\n\n", "\r\n--", 24 },
		{ H "--b\n\n\n", "-", 24 },
		{ H "--b\n\n\n--b", " ", 24 },
		{ H "--b\n\n", "\r", 24 },
		{ H "--b\n\n", "\n", 24 },
		{ "", "-", 256 },
		{ "", "\r", 256 },
		{ "", " ", 256 },
		{ "", "junk\n", 256 },
		{ "", "X: 0123456789012345678901234567890\r\n", 4300 },
		{ "", "X: y\r", 4300 },
		{ "X:", "y", 4300 },
		{ "X: y\n", "junk\n", 4300 },
		{ "X: y\n", "\r", 4300 },
		{ "X: y\n", "\r\r\r.\n", 4300 },
		{ "X:", " y\n", 4300 },
		{ "X: y\r\r", "X: y\r", 24 },
		{ "Content-Type: multipart/mixed; boundary=", "b", 4300 },
		{ "Content-Type: multipart/mixed; boundary=b", " ", 4300 },
		{ H, "--b\n\nx\n", 2000 },
		{ H, "--b\nX: 012345678901234567890123456789\n\nx\n", 2400 },
		{ "", H "--b\n", 2400 },
		{ "", TYPE("message/rfc822") "\n", 256 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(streams); i++) {
		meter c = { .allocator = { meter_alloc, meter_realloc,
		    meter_free, &c } };
		stream s = { .r = sqb_reader_new(&(sqb_message_options){
		    .size = sizeof(sqb_message_options),
		    .allocator = &c.allocator }) };

		pour_many(&s, streams[i].head, streams[i].unit);
		if (c.peak > streams[i].max * 1024 || s.seen < STREAM)
			fail_msg("stream %zu: %zu KiB", i, c.peak / 1024);
		sqb_reader_free(s.r);
		assert_int_equal(c.out, 0);
	}
}

/* A body is handed on where it lies, but for its ends. */
static void test_slices(void **state)
{
	stream s = { .r = sqb_reader_new(NULL) };

	(void)state;
	pour_many(&s, H "--b\n\n", "0123456789012345678901234567\r\n--x\n");
	assert_true(s.n_copied <= s.seen / PIECE * 3000);
	sqb_reader_free(s.r);
}

/* What was read of a message whose reading ended in an error. */
static void ask(sqb_message *m)
{
	for (size_t i = 0; i < sqb_message_n_parts(m); i++) {
		(void)sqb_part_header(m, i);
		(void)sqb_part_field(m, i, "To", 0);
		(void)sqb_part_name(m, i);
		(void)sqb_part_path(m, i);
		(void)sqb_part_safe_name(m, i);
	}
	(void)sqb_message_text(m);
	(void)sqb_message_preview(m, 0);
}

static int no_output(void *ctx, sqb_str octets)
{
	(void)ctx;
	(void)octets;
	fail();
	return SQB_OK;
}

/* What needs a body says that there is none. */
static void check_refusals(sqb_message *m)
{
	sqb_inner_kind kind;
	sqb_message *joined;
	sqb_text text;

	for (size_t i = 0; i < sqb_message_n_parts(m); i++) {
		assert_int_equal(sqb_part_body(m, i).len, 0);
		assert_int_equal(sqb_part_text(m, i, &text), SQB_E_USAGE);
		assert_null(sqb_part_inner(m, i, &kind));
		assert_string_equal(sqb_part_plain(m, i), "");
	}
	assert_string_equal(sqb_message_text(m), "");
	assert_string_equal(sqb_message_html(m), "");
	assert_string_equal(sqb_message_preview(m, 0), "");
	assert_null(sqb_message_report(m, 0));
	assert_int_equal(sqb_message_json(m, NULL, no_output, NULL, NULL),
	    SQB_E_USAGE);
	assert_int_equal(sqb_partial_join(&joined, &m, 1, NULL, NULL),
	    SQB_E_USAGE);
}

/* What is certain comes at once, and not with what follows it. */
static void test_at_once(void **state)
{
	static const struct {
		const char *in;
		sqb_range_kind kind;
		size_t n;
		bool last;	/* of the last event */
	} steps[] = {
		{ "Content-Type: multipart/mixed; boundary=b\r\n",
		  SQB_RANGE_HEADER, 43, false },
		{ "\r\n", SQB_RANGE_HEADER, 2, true },
		{ "pre", SQB_RANGE_PREAMBLE, 3, false },
		{ "\r\n--b\r\n", SQB_RANGE_DELIMITER, 7, false },
		{ "\r\n", SQB_RANGE_HEADER, 2, true },
		{ "--a", SQB_RANGE_NONE, 0, false },
		{ "\r\n", SQB_RANGE_BODY, 3, false },
		{ "x\r\n-", SQB_RANGE_BODY, 3, false },
		{ "-b--\r\n", SQB_RANGE_CLOSE, 9, false },
		{ "--b\r\n", SQB_RANGE_EPILOGUE, 5, false },
	};
	sqb_reader *r = sqb_reader_new(NULL);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		sqb_reader_event ev, last = { .kind = SQB_RANGE_NONE };
		sqb_str in = sqb_str_of(steps[i].in);

		while (sqb_reader_next(r, &in, &ev) > 0)
			last = ev;
		assert_int_equal(last.kind, steps[i].kind);
		assert_int_equal(last.octets.len, steps[i].n);
		assert_int_equal(last.last, steps[i].last);
	}
	sqb_reader_free(r);
}

static void test_refusals(void **state)
{
	sqb_reader_event ev;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(structures); i++) {
		sqb_reader *r = sqb_reader_new(NULL);
		sqb_message *m = sqb_reader_message(r);
		sqb_str in = sqb_str_of(structures[i].in);

		check_refusals(m);
		assert_string_equal(sqb_message_subject(m), "");
		while (sqb_reader_next(r, &in, &ev) > 0)
			check_refusals(m);
		while (sqb_reader_end(r, &ev) > 0)
			check_refusals(m);
		check_refusals(m);
		sqb_reader_free(r);
	}
}

static size_t cut_of_run;

static void run_short_of_memory(const sqb_allocator *a)
{
	static const char in[] = "To: x\n" H "pre\n--b\nContent-Type: "
	    "text/html; name=\n \"x y\"\nbroken\n\none\n--b\n\n2\n--b\n"
	    TYPE("message/rfc822") "\nTo: y\n\n3\n--b\n" H "--b--\n--b--\n";
	sqb_message_options o = { .size = sizeof(o), .allocator = a };
	sqb_str all = sqb_str_of(in);
	sqb_reader_event ev;
	reader_log log;

	log_begin(&log, all, &o);
	if (!log.r)
		return;
	for (size_t at = 0; at < all.len; at += cut_of_run)
		log_feed(&log, at, at + cut_of_run < all.len ?
		    at + cut_of_run : all.len);
	log_end(&log);
	if (log.result < 0) {
		assert_int_equal(log.result, SQB_E_NOMEM);
		assert_int_equal(sqb_reader_end(log.r, &ev), SQB_E_NOMEM);
		ask(sqb_reader_message(log.r));
	} else {
		sqb_message *m = sqb_message_parse(all, NULL);

		log_settle(&log);
		same_ranges(&log, m);
		assert_int_equal(sqb_message_n_parts(m),
		    sqb_message_n_parts(sqb_reader_message(log.r)));
		sqb_message_free(m);
	}
	log_free(&log);
}

static void test_no_memory(void **state)
{
	(void)state;
	for (cut_of_run = 1; cut_of_run < 400; cut_of_run += 21)
		assert_true(fail_each(run_short_of_memory) > 10);
}

/* A long header has a block of its own. */
static void run_long_header(const sqb_allocator *a)
{
	sqb_message_options o = { .size = sizeof(o), .allocator = a };
	sqb_str in = made_of("", "X: y\n", 20000, "\nbody");
	stream s = { .r = sqb_reader_new(&o) };

	if (s.r) {
		sqb_reader_event ev;
		sqb_str rest = in;

		while (sqb_reader_next(s.r, &rest, &ev) > 0)
			;
		while (sqb_reader_end(s.r, &ev) > 0)
			;
		ask(sqb_reader_message(s.r));
	}
	sqb_reader_free(s.r);
	exact_free(in);
}

static void test_long_header(void **state)
{
	sqb_str in = made_of("A: b\n", "X: y\n", 20000, "\nbody");
	uint64_t seed = 1;

	(void)state;
	check_random(in, NULL, &seed);
	check_bytes(in, NULL);
	exact_free(in);
	assert_true(fail_each(run_long_header) > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_mutants),
		cmocka_unit_test(test_mail_files),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_limits_of_lines),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_slices),
		cmocka_unit_test(test_at_once),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_long_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

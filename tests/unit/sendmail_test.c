/* squab sendmail without a server: arguments, letters, and SMTP on a pipe. */
#include "../../src/cli/sendmail_args.h"
#include "../../src/cli/sendmail_smtp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define FULL "Date: d\nFrom: a@b\nMessage-ID: <i@b>\n"
#define FULL_CRLF "Date: d\r\nFrom: a@b\r\nMessage-ID: <i@b>\r\n"

enum { ROOM = 8192 };

static const letter_options from_ann = { "ann@example.org", NULL, NULL };

/* Gives a letter in exact pieces; what comes out. */
static size_t pass(const letter_options *options, const char *in, size_t len,
    size_t cut, char out[ROOM])
{
	letter l;
	int64_t n;

	assert_int_equal(letter_begin(&l, options), 0);
	for (size_t at = 0; at < len; ) {
		size_t part = at < cut ? cut - at : len - at;
		char *exact = malloc(part);

		memcpy(exact, in + at, part);
		letter_write(&l, (sqb_str){ exact, part });
		free(exact);
		at += part;
	}
	assert_int_equal(letter_end(&l), 0);
	n = letter_read(&l, out, ROOM - 1);
	assert_true(n >= 0 && (uint64_t)n == l.octets);
	letter_clear(&l);
	if (n < 0 || n >= ROOM)
		n = 0;
	out[n] = '\0';
	return (size_t)n;
}

static const struct {
	const char *in, *out;
} letters[] = {
	{ FULL "\nbody\n", FULL_CRLF "\r\nbody\r\n" },
	{ FULL_CRLF "\r\nbody\r\n", FULL_CRLF "\r\nbody\r\n" },
	{ FULL "\nno end", FULL_CRLF "\r\nno end\r\n" },
	{ FULL "\na\r\n\nb\rc\n", FULL_CRLF "\r\na\r\n\r\nb\rc\r\n" },
	{ FULL, FULL_CRLF "\r\n" },
	{ FULL "no field\n", FULL_CRLF "\r\nno field\r\n" },
	{ FULL "no field", FULL_CRLF "\r\nno field\r\n" },
	{ "From bob Thu Jan  1\n" FULL "\nx\n", FULL_CRLF "\r\nx\r\n" },
	{ "Bcc: x@y,\n z@y\n" FULL "BCC: q@y\n\nx\n", FULL_CRLF
	    "\r\nx\r\n" },
	{ FULL "bcc : x@y\nSubject: s\n\n", FULL_CRLF
	    "Subject: s\r\n\r\n" },
	{ "Return-Path: <x>\nContent-Length: 3\n" FULL "\nx\n", FULL_CRLF
	    "\r\nx\r\n" },
	{ FULL "Subject: a\n b\n\tc\n\nx\n", FULL_CRLF
	    "Subject: a\r\n b\r\n\tc\r\n\r\nx\r\n" },
	{ FULL "Subject: no end", FULL_CRLF "Subject: no end\r\n\r\n" },
	{ FULL "\n.\n..\n", FULL_CRLF "\r\n.\r\n..\r\n" },
};

static void test_letter_every_split(void **state)
{
	char out[ROOM];

	(void)state;
	for (size_t i = 0; i < COUNT(letters); i++) {
		size_t len = strlen(letters[i].in);

		for (size_t cut = 0; cut <= len; cut++) {
			pass(&from_ann, letters[i].in, len, cut, out);
			assert_string_equal(out, letters[i].out);
		}
	}
}

static size_t occurrences(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

/* RFC 5322, 3.6: each of these once. */
static void test_missing(void **state)
{
	static const char *const inputs[] = { "Subject: s\n\nx\n", "", "x\n",
		"From: me@b\n\nx\n", "date: d\n\nx\n",
		"To: t@b\nMessage-Id: <i@b>\n\nx\n" };
	letter_options options = from_ann;
	char out[ROOM];

	(void)state;
	options.name = "Ann \"A\" Lee";
	for (size_t i = 0; i < COUNT(inputs); i++) {
		bool dated = strstr(inputs[i], "date:");
		bool named = strstr(inputs[i], "Message-Id:");
		bool signed_ = strstr(inputs[i], "From:");
		const char *body;

		pass(&options, inputs[i], strlen(inputs[i]), 0, out);
		body = strstr(out, "\r\n\r\n");
		assert_non_null(body);
		assert_int_equal(occurrences(out, "Date: "), !dated);
		assert_int_equal(occurrences(out, "Message-ID: <"), !named);
		assert_int_equal(occurrences(out, "From: "), 1);
		assert_int_equal(occurrences(out,
		    "\"Ann \\\"A\\\" Lee\" <ann@example.org>"), !signed_);
		assert_true(!strstr(inputs[i], "x\n") ||
		    strcmp(body, "\r\n\r\nx\r\n") == 0);
	}
}

static void test_resent(void **state)
{
	static const char in[] = "Received: r\nResent-To: new@b\n"
	    "Received: r\nResent-To: old@b\nResent-From: x@b\n" FULL
	    "To: first@b\n\nx\n";
	letter_list list = { .domain = "b" };
	letter_options options = { "ann@b", NULL, &list };
	char out[ROOM];
	const char *block;

	(void)state;
	pass(&options, in, sizeof(in) - 1, 0, out);
	assert_int_equal(list.n, 1);
	assert_string_equal(list.items[0], "new@b");
	block = strstr(out, "Received: r\r\nResent-");
	assert_ptr_equal(block, out);
	assert_int_equal(occurrences(out, "Resent-Date: "), 1);
	assert_int_equal(occurrences(out, "Resent-Message-ID: <"), 1);
	assert_int_equal(occurrences(out, "Resent-From: ann@b"), 1);
	assert_true(strstr(out, "Resent-From: ann@b") <
	    strstr(out, "Resent-To: new@b"));
	assert_int_equal(occurrences(out, "\r\nDate: "), 1);
	letter_list_clear(&list);
}

static void test_recipients(void **state)
{
	static const struct {
		const char *fields, *local_to, *want;
	} cases[] = {
		{ "To: a@b\nCc: C <c@d>, a@b\nBcc: e@f\n", NULL,
		    "a@b c@d e@f" },
		{ "To: list: a@b, c@d;\nSubject: x@y\n", NULL, "a@b c@d" },
		{ "To: undisclosed:;\nBcc: a@b\n", NULL, "a@b" },
		{ "To: root\n", NULL, "root@example.net" },
		{ "To: root, bob\n", "me@x", "me@x" },
		{ "TO : a@b,\n c@d\n", NULL, "a@b c@d" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		letter_list list = { .domain = "example.net",
			.local_to = cases[i].local_to };
		letter_options options = { "ann@b", NULL, &list };
		char out[ROOM], got[256] = "";

		pass(&options, cases[i].fields, strlen(cases[i].fields), 0,
		    out);
		for (size_t k = 0; k < list.n; k++) {
			size_t at = strlen(got);

			snprintf(got + at, sizeof(got) - at, "%s%s",
			    k > 0 ? " " : "", list.items[k]);
		}
		assert_string_equal(got, cases[i].want);
		assert_null(strstr(out, "Bcc"));
		letter_list_clear(&list);
	}
}

static void test_bad_letters(void **state)
{
	letter_list list = { .domain = "b" };
	letter_options options = { "ann@b", NULL, &list };
	char *big = malloc(LETTER_HEADER_MAX + 1);
	letter l;

	(void)state;
	assert_int_equal(letter_begin(&l, &options), 0);
	letter_write(&l, sqb_str_of("To: a b c\n\n"));
	assert_int_equal(letter_end(&l), EX_DATAERR);
	letter_clear(&l);
	memset(big, 'x', LETTER_HEADER_MAX + 1);
	assert_int_equal(letter_begin(&l, &options), 0);
	assert_int_equal(letter_write(&l, (sqb_str){ big,
	    LETTER_HEADER_MAX + 1 }), EX_DATAERR);
	letter_clear(&l);
	options.from = "no address";
	assert_int_equal(letter_begin(&l, &options), 0);
	letter_write(&l, sqb_str_of("\nx\n"));
	assert_int_not_equal(letter_end(&l), 0);
	letter_clear(&l);
	letter_list_clear(&list);
	free(big);
}

/* --- arguments */

static const cli_option long_ones[] = {
	{ "account", "NAME", "", CLI_STRING, 0 },
	{ "queue", NULL, "", CLI_FLAG, 0 },
	{ .name = NULL }
};

static void test_args(void **state)
{
	static const struct {
		const char *line;	/* words, a blank between them */
		int status;
		const char *want;	/* mode flags from name to… / options */
	} cases[] = {
		{ "a@b", 0, "0 -- - - a@b/" },
		{ "-t -i", 0, "0 ti - -/" },
		{ "-ti", 0, "0 ti - -/" },
		{ "-it -- -x", 0, "0 ti - - -x/" },
		{ "-oi -oem -odb -om a", 0, "0 -i - - a/" },
		{ "-o i a", 0, "0 -i - - a/" },
		{ "-i -FCronDaemon -B8BITMIME -oem root", 0,
		    "0 -i - CronDaemon root/" },
		{ "-i -f me@x a@b c@d", 0, "0 -i me@x - a@b c@d/" },
		{ "-r me@x a", 0, "0 -- me@x - a/" },
		{ "-fme@x a", 0, "0 -- me@x - a/" },
		{ "-bs", 0, "1 -- - -/" }, { "-bp", 0, "2 -- - -/" },
		{ "-q", 0, "3 -- - -/" }, { "-q15m", 0, "3 -- - -/" },
		{ "-bi", 0, "4 -- - -/" }, { "-em a", 0, "0 -- - - a/" },
		{ "--account home -t --queue a", 0,
		    "0 t- - - a/--account home --queue" },
		{ "--account=home a", 0, "0 -- - - a/--account=home" },
		{ "-Nnever -Rhdrs -V id -h 3 -mG a", 0, "0 -- - - a/" },
		{ "-O DeliveryMode=b -X /dev/null a", 0, "0 -- - - a/" },
		{ "-bd", EX_USAGE, NULL }, { "-Z", EX_USAGE, NULL },
		{ "-f", EX_USAGE, NULL }, { "-N sometimes", EX_USAGE, NULL },
		{ "-R all", EX_USAGE, NULL }, { "-B 9BIT", EX_USAGE, NULL },
		{ "-:", EX_USAGE, NULL },
	};
	cli_option_set set = { NULL, long_ones, NULL, 0 };
	cli_usage usage = { .sets = &set, .n_sets = 1 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char line[128] = "", got[256], *argv[16], *at = line;
		sendmail_args a;
		int argc = 0;

		snprintf(line, sizeof(line), "sendmail %s", cases[i].line);
		while (at) {
			argv[argc++] = at;
			at = strchr(at, ' ');
			if (at)
				*at++ = '\0';
		}
		assert_int_equal(sendmail_args_read(&a, &usage, argc, argv),
		    cases[i].status);
		snprintf(got, sizeof(got), "%d %c%c %s %s", a.mode,
		    a.from_fields ? 't' : '-', a.whole ? 'i' : '-',
		    a.from ? a.from : "-", a.name ? a.name : "-");
		for (size_t k = 0; k < a.n_recipients + a.n_options; k++) {
			size_t n = strlen(got);
			const char *word = k < a.n_recipients ?
			    a.recipients[k] : a.options[k - a.n_recipients];

			snprintf(got + n, sizeof(got) - n, "%s%s",
			    k == a.n_recipients ? "/" :
			    k == a.n_recipients + 1 ? "" : " ",
			    k == a.n_recipients ? "" : word);
		}
		if (cases[i].want)
			assert_string_equal(got, cases[i].want);
		sendmail_args_clear(&a);
	}
}

/* --- SMTP */

static char taken[ROOM];

static int take(void *ctx, letter *l, const sendmail_envelope *e)
{
	char text[ROOM];
	int64_t n = letter_read(l, text, sizeof(text));
	size_t at = strlen(taken);

	at += (size_t)snprintf(taken + at, sizeof(taken) - at, "<%s>",
	    e->from);
	for (size_t i = 0; i < e->to->n; i++)
		at += (size_t)snprintf(taken + at, sizeof(taken) - at, " %s",
		    e->to->items[i]);
	snprintf(taken + at, sizeof(taken) - at, "\n%.*s", (int)n, text);
	return *(int *)ctx;
}

/* What comes out, and the exit status. */
static int talk(const char *in, int status, char out[ROOM])
{
	static const letter_list none = { .domain = "example.net" };
	sendmail_smtp s = { .name = "here", .letter = from_ann, .to = &none,
		.take = take, .ctx = &status };
	int code;

	taken[0] = '\0';
	memset(out, 0, ROOM);
	s.in = fmemopen((char *)(uintptr_t)in, strlen(in), "r");
	s.out = fmemopen(out, ROOM, "w");
	assert_true(s.in && s.out);
	code = sendmail_smtp_serve(&s);
	fclose(s.in);
	fclose(s.out);
	return code;
}

#define HELLO "EHLO me\r\n"
#define MAIL HELLO "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"

static void test_smtp_whole(void **state)
{
	char out[ROOM];

	(void)state;
	assert_int_equal(talk(HELLO "MAIL FROM:<a@b> BODY=8BITMIME SIZE=9\r\n"
	    "RCPT TO:<c@d>\r\nrcpt to:<\"x>y\"@d>\r\nRCPT TO:<root>\r\nDATA\r\n"
	    FULL_CRLF "\r\n..x\r\n.\r\nQUIT\r\nNOOP\r\n", 0, out), 0);
	assert_string_equal(out, "220 here ESMTP squab\r\n250-here\r\n"
	    "250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-SIZE\r\n"
	    "250 ENHANCEDSTATUSCODES\r\n250 2.1.0 ok\r\n250 2.1.5 ok\r\n"
	    "250 2.1.5 ok\r\n250 2.1.5 ok\r\n"
	    "354 go on, and end with a dot\r\n250 2.0.0 ok\r\n"
	    "221 2.0.0 bye\r\n");
	assert_string_equal(taken, "<a@b> c@d \"x>y\"@d root@example.net\n"
	    FULL_CRLF "\r\n.x\r\n");
}

/* The code of the last reply but the one to QUIT. */
static void test_smtp_replies(void **state)
{
	static const struct {
		const char *in, *code;
		int status;
	} cases[] = {
		{ "MAIL FROM:<a@b>\r\n", "503", 0 },
		{ HELLO "RCPT TO:<a@b>\r\n", "503", 0 },
		{ HELLO "DATA\r\n", "503", 0 },
		{ HELLO "MAIL FROM:<a@b>\r\nMAIL FROM:<a@b>\r\n", "503", 0 },
		{ HELLO "MAIL FROM:a@b\r\n", "501", 0 },
		{ HELLO "MAIL FROM:<a@b\r\n", "501", 0 },
		{ HELLO "MAIL FROM:<a@b>x\r\n", "501", 0 },
		{ HELLO "MAIL FROM:<a@b, c@d>\r\n", "501", 0 },
		{ HELLO "MAIL FROM:<a@b> FOO=1\r\n", "555", 0 },
		{ HELLO "MAIL FROM:<a@b> SIZE=x\r\n", "555", 0 },
		{ HELLO "MAIL FROM:<>\r\nRCPT TO:<>\r\n", "501", 0 },
		{ HELLO "MAIL FROM:<>\r\nRCPT TO:<a@b> X=1\r\n", "501", 0 },
		{ HELLO "MAIL FROM:<>\r\nRCPT TO:<a@b>\r\n", "250", 0 },
		{ HELLO "MAIL FROM:<>\r\nRSET\r\n", "250", 0 },
		{ "EHLO\r\n", "501", 0 }, { "HELO x\r\n", "250", 0 },
		{ "FOO\r\n", "500", 0 }, { "NOOP\n", "500", 0 },
		{ "NO\rOP\r\n", "500", 0 }, { "VRFY x\r\n", "252", 0 },
		{ MAIL "x\r\n.\r\n", "250", 0 },
		{ MAIL "x\r\n.\r\n", "451", EX_TEMPFAIL },
		{ MAIL "x\r\n.\r\n", "554", EX_UNAVAILABLE },
		{ MAIL "x\n.\r\n\r\n.\r\n", "554", 0 },
		{ MAIL "x\n.\n\r\n.\r\n", "554", 0 },
		{ MAIL "x\r\n.\n\r\n.\r\n", "554", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char in[512], out[ROOM], *last, *bye;

		snprintf(in, sizeof(in), "%sQUIT\r\n", cases[i].in);
		assert_int_equal(talk(in, cases[i].status, out), 0);
		bye = strstr(out, "221 2.0.0 bye\r\n");
		assert_non_null(bye);
		for (last = bye - 2; last > out && last[-1] != '\n'; last--)
			;
		if (strncmp(last, cases[i].code, 3) != 0)
			fail_msg("%s: %s", cases[i].in, last);
	}
}

/* Nothing that is not all there is taken, and nothing in two. */
static void test_smtp_smuggling(void **state)
{
	static const char *const inputs[] = {
		MAIL "x\r\n.\nMAIL FROM:<e@f>\r\n.\r\n",
		MAIL "x\n.\r\nMAIL FROM:<e@f>\r\nRCPT TO:<g@h>\r\nDATA\r\n",
		MAIL "x\r\n.\r", MAIL "x\r\n.", MAIL "",
	};
	char out[ROOM];

	(void)state;
	for (size_t i = 0; i < COUNT(inputs); i++) {
		talk(inputs[i], 0, out);
		assert_string_equal(taken, "");
	}
	assert_int_equal(talk(MAIL "x\r\n", 0, out),
	    EX_PROTOCOL);
	assert_int_equal(talk(HELLO "MAIL FROM:<>\r\n", 0, out), EX_PROTOCOL);
}

static void test_smtp_limits(void **state)
{
	char *in = malloc(ROOM), out[ROOM];

	(void)state;
	memset(in, 'x', ROOM);
	memcpy(in + 4000, "\r\nNOOP\r\n", 9);
	assert_int_equal(talk(in, 0, out), 0);
	assert_non_null(strstr(out, "500 5.5.6"));
	assert_non_null(strstr(out, "250 2.0.0"));
	for (size_t i = 0; i < 200; i++)
		memcpy(in + i * 6, "BAD!\r\n", 7);
	assert_int_equal(talk(in, 0, out), 0);
	assert_non_null(strstr(out, "421 4.7.0"));
	assert_int_equal(occurrences(out, "500 "), 100);
	free(in);
}

/* --- what the queue keeps */

static void test_wishes(void **state)
{
	posting_wishes w = { SQB_SMTP_8BITMIME, true, SQB_NOTIFY_FAILURE |
		SQB_NOTIFY_DELAY, SQB_SMTP_RET_HDRS, true, -9,
		"id \"x\"\n" }, got;
	static const char *const bad[] = { "", "{", "{\"x\":1}",
		"{\"body\":9}", "{\"envid\":1}", "[]" };
	char *words = posting_words(&w);

	(void)state;
	assert_non_null(words);
	assert_true(posting_read(&got, words));
	assert_int_equal(got.body, w.body);
	assert_int_equal(got.utf8, w.utf8);
	assert_int_equal(got.notify, w.notify);
	assert_int_equal(got.ret, w.ret);
	assert_int_equal(got.require_tls, w.require_tls);
	assert_int_equal(got.priority, w.priority);
	assert_string_equal(got.envid, w.envid);
	free(words);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(posting_read(&got, bad[i]));
	assert_true(posting_read_notify("Success,DELAY", &got.notify));
	assert_int_equal(got.notify, SQB_NOTIFY_SUCCESS | SQB_NOTIFY_DELAY);
	assert_false(posting_read_notify("never,delay", &got.notify));
	assert_false(posting_read_notify("", &got.notify));
	assert_false(posting_read_notify("delay,", &got.notify));
}

static void test_schedule(void **state)
{
	int64_t now = 1000000, before = now;

	(void)state;
	for (uint32_t tries = 0; tries < 20; tries++) {
		int64_t next = posting_next_try(tries, 0, before);

		assert_true(before > 5 * 86400 ? next == 0 :
		    next > before && next <= before + 4 * 3600);
		before = now = 4000 + tries * 40000;
	}
	assert_int_equal(posting_next_try(0, 100, 100), 400);
	assert_int_equal(posting_next_try(99, 100, 100), 100 + 4 * 3600);
	assert_int_equal(posting_next_try(1, 0, 5 * 86400), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_letter_every_split),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_resent),
		cmocka_unit_test(test_recipients),
		cmocka_unit_test(test_bad_letters),
		cmocka_unit_test(test_args),
		cmocka_unit_test(test_smtp_whole),
		cmocka_unit_test(test_smtp_replies),
		cmocka_unit_test(test_smtp_smuggling),
		cmocka_unit_test(test_smtp_limits),
		cmocka_unit_test(test_wishes),
		cmocka_unit_test(test_schedule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Messages as JSON: each member, each form, and what is broken. */
#include "exact.h"
#include "json_check.h"

#include <squab/json.h>

#include <dirent.h>
#include <stdio.h>

typedef struct text {
	char s[256 * 1024];
	size_t n, calls, fail_at;	/* from 1; 0: never */
} text;

static text out;

static int take(void *ctx, sqb_str octets)
{
	text *t = ctx;

	if (++t->calls == t->fail_at)
		return SQB_E_LIMIT;
	assert_true(t->n + octets.len < sizeof(t->s));
	memcpy(t->s + t->n, octets.ptr, octets.len);
	t->n += octets.len;
	t->s[t->n] = '\0';
	return SQB_OK;
}

static int write_json(sqb_message *m, const sqb_json_options *o)
{
	out.n = out.calls = 0;
	out.s[0] = '\0';
	return sqb_message_json(m, o, take, &out, NULL);
}

#define NONE "\"messageId\":null,\"inReplyTo\":null,\"references\":null," \
	"\"sender\":null,\"from\":null,\"to\":null,\"cc\":null,\"bcc\":null," \
	"\"replyTo\":null,"

static void test_whole(void **state)
{
	sqb_str in = SQB_STR("Subject: hi\r\n\r\n\"Hello\"\r\nyou\r\n");
	sqb_message *m = sqb_message_parse(in, NULL);
	const char *part = "{\"partId\":\"1\",\"blobId\":null,\"size\":14,"
	    "\"name\":null,\"safeName\":\"part-1.txt\",\"type\":"
	    "\"text/plain\",\"charset\":\"us-ascii\",\"disposition\":null,"
	    "\"cid\":null,\"language\":null,\"location\":null}";
	char want[4096];

	(void)state;
	snprintf(want, sizeof(want), "{\"source\":\"a.eml\",\"size\":29,"
	    NONE "\"subject\":\"hi\",\"sentAt\":null,"
	    "\"hasAttachment\":false,\"preview\":\"\\\"Hello\\\" you\","
	    "\"bodyStructure\":%s,\"textBody\":[%s],\"htmlBody\":[%s],"
	    "\"attachments\":[],\"bodyValues\":{\"1\":{\"value\":"
	    "\"\\\"Hello\\\"\\nyou\\n\",\"isEncodingProblem\":false,"
	    "\"isTruncated\":false}},\"defects\":[]}", part, part, part);
	assert_non_null(m);
	assert_int_equal(write_json(m, &(sqb_json_options){
	    .size = sizeof(sqb_json_options), .source = "a.eml" }), SQB_OK);
	assert_string_equal(out.s, want);
	sqb_message_free(m);
}

#define M "Content-Type: multipart/mixed; boundary=b\n\n"

/* What the object of a message has in it, and with which options. */
static const struct {
	const char *name, *in, *want;
	const char *header;	/* NULL: none */
	sqb_json_options o;
} cases[] = {
	{ "addresses", "From: \"A, B\" <a@b.c>, x@y\n\n",
	  "\"from\":[{\"name\":\"A, B\",\"email\":\"a@b.c\"},"
	  "{\"name\":null,\"email\":\"x@y\"}]", NULL, { 0 } },
	{ "encoded name", "To: =?utf-8?q?=C3=A4?= <a@b>\n\n",
	  "\"to\":[{\"name\":\"\xc3\xa4\",\"email\":\"a@b\"}]", NULL, { 0 } },
	{ "empty group", "To: undisclosed-recipients:;\n\n", "\"to\":[]", NULL,
	  { 0 } },
	{ "ids", "Message-ID: <a@b>\nReferences: <c@d>\n <e@f>\n\n",
	  "\"messageId\":[\"a@b\"],\"inReplyTo\":null,"
	  "\"references\":[\"c@d\",\"e@f\"]", NULL, { 0 } },
	{ "date", "Date: Thu, 31 Dec 2026 23:59:30 +0100\n\n",
	  "\"sentAt\":\"2026-12-31T23:59:30+01:00\"", NULL, { 0 } },
	{ "bad date", "Date: when I like\n\n", "\"sentAt\":null", NULL,
	  { 0 } },
	{ "first of two", "Subject: a\nSubject: b\n\n", "\"subject\":\"a\"",
	  NULL, { 0 } },
	{ "duplicate told", "Subject: a\nSubject: b\n\n",
	  "\"defects\":[{\"code\":\"duplicate-field\",\"offset\":11,"
	  "\"part\":\"1\",\"text\":\"a field is there twice\"}]", NULL, { 0 } },
	{ "as text", "X-A: =?utf-8?q?a?=\n b\n\n",
	  "\"header:X-A:asText\":\"a b\"", "X-A", { 0 } },
	{ "as text, long form", "X-A: a\n b\n\n",
	  "\"header:x-a:asText\":\"a b\"", "header:x-a:asText", { 0 } },
	{ "as raw", "X-A: =?utf-8?q?a?=\r\n b\n\n",
	  "\"header:X-A\":\" =?utf-8?q?a?=\\r\\n b\"", "header:X-A", { 0 } },
	{ "the last", "X: a\nX: b\n\n", "\"header:X:asText\":\"b\"", "X",
	  { 0 } },
	{ "all", "X: a\nX: b\n\n", "\"header:X:asText:all\":[\"a\",\"b\"]",
	  "header:X:asText:all", { 0 } },
	{ "all raw", "X: a\nX: b\n\n", "\"header:X:all\":[\" a\",\" b\"]",
	  "header:X:all", { 0 } },
	{ "all of none", "\n", "\"header:X:all\":[]", "header:X:all", { 0 } },
	{ "none", "\n", "\"header:X:asURLs\":null", "header:X:asURLs",
	  { 0 } },
	{ "as addresses", "X: g: a@b;, c@d\n\n",
	  "\"header:X:asAddresses\":[{\"name\":null,\"email\":\"a@b\"},"
	  "{\"name\":null,\"email\":\"c@d\"}]", "header:X:asAddresses",
	  { 0 } },
	{ "grouped", "X: x@y, g: a@b;, h:;, c@d\n\n",
	  "\"header:X:asGroupedAddresses\":[{\"name\":null,\"addresses\":"
	  "[{\"name\":null,\"email\":\"x@y\"}]},{\"name\":\"g\","
	  "\"addresses\":[{\"name\":null,\"email\":\"a@b\"}]},{\"name\":\"h\","
	  "\"addresses\":[]},{\"name\":null,\"addresses\":"
	  "[{\"name\":null,\"email\":\"c@d\"}]}]",
	  "header:X:asGroupedAddresses", { 0 } },
	{ "as ids", "X: <a@b>\n\n", "\"header:X:asMessageIds\":[\"a@b\"]",
	  "header:X:asMessageIds", { 0 } },
	{ "as date", "X: 1 Jan 2026 00:00 GMT\n\n",
	  "\"header:X:asDate\":\"2026-01-01T00:00:00+00:00\"",
	  "header:X:asDate", { 0 } },
	{ "as URLs", "List-Post: <mailto:a@b> (x), <http://y/>\n\n",
	  "\"header:List-Post:asURLs\":[\"mailto:a@b\",\"http://y/\"]",
	  "header:List-Post:asURLs", { 0 } },
	{ "URLs and the rest", "X: (<a:b>) <c: d>, <>, <\x1b>, e <f:g>\n\n",
	  "\"header:X:asURLs\":[\"c:d\",\"%1B\"]", "header:X:asURLs", { 0 } },
	{ "all headers", "A: b\nC:\n\n", "\"headers\":[{\"name\":\"A\","
	  "\"value\":\" b\"},{\"name\":\"C\",\"value\":\"\"}]", "headers",
	  { 0 } },
	{ "controls", "Subject: a\n\n\x01\x1b\xe2\x80\xae\xc2\x85",
	  "\"value\":\"\\u0001\\u001b\\u202e\\u0085\"", NULL, { 0 } },
	{ "structure", M "--b\n\na\n--b\nContent-Type: text/html\n\nb\n--b--",
	  "\"bodyStructure\":{\"partId\":null,\"blobId\":null,\"size\":",
	  NULL, { 0 } },
	{ "sub-parts", M "--b\n\na\n--b\nContent-Type: text/html\n\nb\n--b--",
	  "\"subParts\":[{\"partId\":\"1\",", NULL, { 0 } },
	{ "no bodies", "\na", "\"bodyValues\":{}", NULL,
	  { .bodies = SQB_JSON_NONE } },
	{ "attachment is no body",
	  "Content-Type: application/x\n\nab", "\"bodyValues\":{}", NULL,
	  { 0 } },
	{ "base64", "Content-Type: application/x\n\nab",
	  "\"bodyValues\":{\"1\":{\"value\":\"YWI=\",\"isBase64\":true,"
	  "\"isEncodingProblem\":false,\"isTruncated\":false}}", NULL,
	  { .bodies = SQB_JSON_ALL } },
	{ "base64 of base64", "Content-Type: application/x\n"
	  "Content-Transfer-Encoding: base64\n\nYW\nI=",
	  "\"size\":2,\"name\":null", NULL, { .bodies = SQB_JSON_ALL } },
	{ "truncated", "\na\xc3\xa4", "\"value\":\"a\",\"isEncodingProblem\":"
	  "false,\"isTruncated\":true", NULL, { .max_body_value = 2 } },
	{ "problem", "Content-Type: text/plain; charset=utf-8\n\n"
	  "\xc3\xa4\xff", "\"value\":\"\xc3\xa4\xef\xbf\xbd\","
	  "\"isEncodingProblem\":true", NULL, { 0 } },
	{ "digest", "\nabc", "\"sha256\":\"ba7816bf8f01cfea414140de5dae2223"
	  "b00361a396177a9cb410ff61f20015ad\"", NULL, { .digest = true } },
	{ "embedded", "Content-Type: message/rfc822\n\nSubject: in\n\nx",
	  "\"message\":{\"size\":14," NONE "\"subject\":\"in\"", NULL,
	  { 0 } },
	{ "embedded, once only", "Content-Type: message/rfc822\n\n"
	  "Subject: in\n\nx", "\"attachments\":[{\"partId\":\"1\","
	  "\"blobId\":null,\"size\":14,\"name\":null,\"safeName\":"
	  "\"part-1.eml\",\"type\":\"message/rfc822\",\"charset\":null,"
	  "\"disposition\":null,\"cid\":null,\"language\":null,"
	  "\"location\":null}],\"bodyValues\":{},", NULL,
	  { .bodies = SQB_JSON_ALL, .digest = true } },
	{ "value of an embedded one",
	  "Content-Type: message/rfc822\n\nSubject: in\n\nx",
	  "\"bodyValues\":{\"1.1\":{\"value\":\"x\"", NULL, { 0 } },
	{ "encoded", "Content-Type: message/rfc822\n"
	  "Content-Transfer-Encoding: base64\n\nU3ViamVjdDogaW4KCmhlbGxv",
	  "\"messageKind\":\"encoded\",\"message\":{\"size\":18," NONE
	  "\"subject\":\"in\"", NULL, { 0 } },
	{ "bounce", "Content-Type: message/delivery-status\n\nA: b\n\n"
	  "Final-Recipient: rfc822; a@b\nAction: failed\nStatus: 5.0.0\n",
	  "\"report\":{\"kind\":\"delivery\",\"messageId\":null,"
	  "\"recipients\":[{\"finalRecipient\":\"a@b\","
	  "\"originalRecipient\":null,\"action\":\"failed\","
	  "\"status\":\"5.0.0\",\"remoteMta\":null,"
	  "\"diagnosticCode\":null}],\"fields\":[[{\"name\":\"A\","
	  "\"value\":\"b\"}],[", NULL, { 0 } },
	{ "feedback", "Content-Type: message/feedback-report\n\n"
	  "Feedback-Type: abuse\n", "\"feedbackType\":\"abuse\"", NULL,
	  { 0 } },
	{ "list", "List-Id: L <a.b>\nList-Post: NO\nList-Unsubscribe: "
	  "<https://x>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n\n",
	  "\"list\":{\"id\":\"a.b\",\"description\":\"L\",\"help\":[],"
	  "\"unsubscribe\":[\"https://x\"],\"subscribe\":[],\"post\":[],"
	  "\"owner\":[],\"archive\":[],\"noPost\":true,\"oneClick\":true}",
	  NULL, { 0 } },
	{ "authentication", "Authentication-Results: a 1; none\n"
	  "Authentication-Results: b; dkim=pass header.d=c reason=\"d e\" x\n"
	  "\n", "\"authenticationResults\":[{\"server\":\"a\",\"version\":"
	  "\"1\",\"results\":[],\"none\":true,\"defect\":false},{\"server\":"
	  "\"b\",\"version\":null,\"results\":[{\"method\":\"dkim\","
	  "\"version\":null,\"result\":\"pass\",\"reason\":\"d e\","
	  "\"properties\":[{\"type\":\"header\",\"property\":\"d\","
	  "\"value\":\"c\"}]}],\"none\":false,\"defect\":true}]", NULL,
	  { 0 } },
	{ "authentication within", "Content-Type: message/rfc822\n\n"
	  "Authentication-Results: a; none\n\nx", "\"authenticationResults\":"
	  "[{\"server\":\"a\",", NULL, { 0 } },
	{ "file in a text", "\nHi\nbegin 644 a\n#86)C\n`\nend\n",
	  "\"messageKind\":\"uuencode\",\"message\":{", NULL, { 0 } },
	{ "part", "Content-Type: text/calendar; method=REQUEST; name=\"a b\"\n"
	  "Content-ID: <a@b>\nContent-Language: de, en-GB\n"
	  "Content-Location: http://x\nContent-Disposition: Attachment\n\nx",
	  "\"name\":\"a b\",\"safeName\":\"a b\",\"type\":\"text/calendar\","
	  "\"charset\":\"us-ascii\",\"disposition\":\"attachment\","
	  "\"cid\":\"a@b\",\"language\":[\"de\",\"en-GB\"],"
	  "\"location\":\"http://x\",\"method\":\"REQUEST\"", NULL, { 0 } },
};

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		sqb_str in = exact(sqb_str_of(cases[i].in));
		sqb_message *m = sqb_message_parse(in, NULL);
		sqb_json_options o = cases[i].o;

		o.size = sizeof(o);
		o.headers = &cases[i].header;
		o.n_headers = cases[i].header != NULL;
		assert_non_null(m);
		assert_int_equal(write_json(m, &o), SQB_OK);
		if (!json_is_valid(out.s, out.n))
			fail_msg("%s: not JSON: %s", cases[i].name, out.s);
		if (!strstr(out.s, cases[i].want))
			fail_msg("%s: %s", cases[i].name, out.s);
		sqb_message_free(m);
		exact_free(in);
	}
}

static void test_wrong_headers(void **state)
{
	static const char *const wrong[] = { "", ":", "a b", "header:",
		"header:a:asWhat", "header:a:all:all", "header:a:asText:x",
		"header:a:asText:all:", "a:b", "header:a\x80", "Header:a" };
	sqb_message *m = sqb_message_parse((sqb_str)SQB_STR("\n"), NULL);
	sqb_json_options o = { .size = sizeof(o), .n_headers = 1 };

	(void)state;
	assert_non_null(m);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		o.headers = &wrong[i];
		if (write_json(m, &o) != SQB_E_USAGE)
			fail_msg("\"%s\" was taken: %s", wrong[i], out.s);
		assert_int_equal(out.n, 0);
	}
	sqb_message_free(m);
}

static const sqb_json_options all = { .size = sizeof(sqb_json_options),
	.bodies = SQB_JSON_ALL, .digest = true };

/* Each sample, whole and cut at each octet: always JSON, and twice the same. */
static void check_sample(sqb_str in)
{
	for (size_t n = in.len + 1; n-- > 0;) {
		sqb_str copy = exact((sqb_str){ in.ptr, n });
		sqb_message *m = sqb_message_parse(copy, NULL);

		assert_non_null(m);
		assert_int_equal(write_json(m, &all), SQB_OK);
		if (!json_is_valid(out.s, out.n))
			fail_msg("not JSON: %s", out.s);
		sqb_message_free(m);
		exact_free(copy);
	}
}

static void each_sample(void (*check)(sqb_str))
{
	static char in[64 * 1024], path[1024];
	const char *dir = getenv("SRCDIR");
	struct dirent *entry;
	size_t n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "%s/tests/data/mail", dir ? dir : ".");
	d = opendir(path);
	assert_non_null(d);
	while ((entry = readdir(d))) {
		FILE *file;
		size_t len;

		if (!strstr(entry->d_name, ".eml"))
			continue;
		snprintf(path, sizeof(path), "%s/tests/data/mail/%s",
		    dir ? dir : ".", entry->d_name);
		file = fopen(path, "rb");
		assert_non_null(file);
		len = fread(in, 1, sizeof(in), file);
		fclose(file);
		check((sqb_str){ in, len });
		n++;
	}
	closedir(d);
	assert_true(n > 20);
}

static void test_samples(void **state)
{
	(void)state;
	each_sample(check_sample);
}

static void check_sink(sqb_str in)
{
	sqb_message *m = sqb_message_parse(in, NULL);
	size_t n = 1;

	assert_non_null(m);
	for (;; n++) {
		int result;

		out.fail_at = n;
		result = write_json(m, &all);
		out.fail_at = 0;
		if (result == SQB_OK)
			break;
		assert_int_equal(result, SQB_E_LIMIT);
		assert_int_equal(out.calls, n);
	}
	assert_int_equal(out.calls, n - 1);
	sqb_message_free(m);
}

static void test_sink_fails(void **state)
{
	(void)state;
	each_sample(check_sink);
}

/* Each allocation fails in turn: NOMEM, or it is the same as ever. */
static void check_no_memory(sqb_str in)
{
	static char want[sizeof(out.s)];
	size_t n = 0;

	for (;; n++) {
		counting c;
		sqb_message_options o = { .size = sizeof(o),
		    .allocator = &c.allocator };
		sqb_message *m;
		int result = SQB_E_NOMEM;

		counting_init(&c, n);
		m = sqb_message_parse(in, &o);
		if (m)
			result = write_json(m, &all);
		sqb_message_free(m);
		assert_int_equal(c.n_out, 0);
		if (n == 0)
			memcpy(want, out.s, out.n + 1);
		else if (c.n_asked < n)
			break;
		if (result != SQB_OK)
			assert_int_equal(result, SQB_E_NOMEM);
		else if (strcmp(out.s, want) != 0)
			fail_msg("not whole at %zu:\n%s\n%s", n, out.s, want);
	}
	assert_true(n > 10);
}

static void test_no_memory(void **state)
{
	(void)state;
	each_sample(check_no_memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_wrong_headers),
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_sink_fails),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

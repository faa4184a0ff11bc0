/*
 * hostile [NAME]: messages made to be slow. Each shape is made of n octets and
 * of 2n, taken apart and written as JSON with all that is in it. Prints the
 * processor time of both and what twice as much costs, and the same of memory;
 * exits 1 if something costs more than 2.2 times, and so again one doubling
 * on.
 */
#include <squab/json.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { START = 2 * 1024 * 1024, ROUNDS = 5 };

static const double most = 2.2;

/* A message: what it begins with, what is repeated, what it ends with. */
typedef struct shape {
	const char *name, *head, *piece, *tail;
} shape;

#define TYPE(t) "Content-Type: " t "\n"
#define MULTI TYPE("multipart/mixed; boundary=b") "\n"
#define CODED(e) "Content-Transfer-Encoding: " e "\n\n"
/* Its pieces are whole in base64. */
#define TNEF TYPE("application/ms-tnef") CODED("base64")

/* "%d" in a piece is which it is. */
static const shape shapes[] = {
	{ "text", "\n", "plain text of lines that are ordinary\n", "" },
	{ "parts", MULTI, "--b\n\nx\n", "--b--\n" },
	{ "empty parts", MULTI, "--b\n", "" },
	{ "nested multiparts", "",
	  TYPE("multipart/mixed; boundary=b%d") "\n--b%d\n", "" },
	{ "same boundary nested", "",
	  TYPE("multipart/mixed; boundary=b") "\n--b\n", "" },
	{ "messages in messages", "", TYPE("message/rfc822") "\n", "" },
	{ "header fields", "", "X-Field: a\n", "\n" },
	{ "same field", "", "Subject: a\n", "\n" },
	{ "lines without colon", "", "no colon here\n", "\n" },
	{ "one long field", "Subject: ", "word ", "\n\n" },
	{ "one long folded field", "Subject: x", "\n a", "\n\n" },
	{ "addresses", "To: ", "a%d@b, ", "\n\n" },
	{ "groups", "To: ", "g:a@b;, ", "\n\n" },
	{ "nested groups", "To: ", "g:", "\n\n" },
	{ "commas", "To: ", ",", "\n\n" },
	{ "comments", "To: ", "(a)", "\n\n" },
	{ "open comments", "To: ", "(", "\n\n" },
	{ "open quotes", "To: ", "\"a, ", "\n\n" },
	{ "angles", "To: ", "<", "\n\n" },
	{ "dots", "To: ", "a.", "\n\n" },
	{ "routes", "To: <", "@a,", ":b@c>\n\n" },
	{ "encoded words", "Subject: ", "=?utf-8?q?a?= ", "\n\n" },
	{ "encoded words, glued", "Subject: ", "=?utf-8?b?YQ==?=", "\n\n" },
	{ "open encoded words", "Subject: ", "=?utf-8?q?a ", "\n\n" },
	{ "charsets", "Subject: ", "=?iso-2022-jp?q?a?= =?big5?q?b?= ",
	  "\n\n" },
	{ "8-bit field", "Subject: ", "\xe4", "\n\n" },
	{ "parameters", "Content-Type: text/plain", ";a%d=b", "\n\n" },
	{ "continuations", "Content-Type: text/plain", ";a*%d=b", "\n\n" },
	{ "open parameters", "Content-Type: text/plain", ";a=\"b", "\n\n" },
	{ "message ids", "References: ", "<a%d@b> ", "\n\n" },
	{ "open message ids", "References: ", "<a ", "\n\n" },
	{ "date", "Date: ", "1 ", "\n\n" },
	{ "languages", "Content-Language: ", "de, ", "\n\n" },
	{ "nearly a boundary", MULTI "--b\n\n", "--bx\n", "--b--\n" },
	{ "dashes", MULTI "--b\n\n", "--\n", "--b--\n" },
	{ "dashes in a line", MULTI "--b\n\n", "-", "\n--b--\n" },
	{ "line ends", MULTI "--b\n\n", "\n", "--b--\n" },
	{ "boundary in lines", MULTI "--b\n\n", "--b \t", "\n--b--\n" },
	{ "CR", MULTI "--b\n\n", "\r", "\n--b--\n" },
	{ "NUL", "\n", "\0\0", "" },
	{ "base64 junk", CODED("base64"), "!", "" },
	{ "base64 pads", CODED("base64"), "=", "" },
	{ "base64 joined", CODED("base64"), "YQ==", "" },
	{ "base64 short lines", CODED("base64"), "Y\n", "" },
	{ "soft breaks", CODED("quoted-printable"), "=\n", "" },
	{ "equals", CODED("quoted-printable"), "=", "" },
	{ "blanks", CODED("quoted-printable"), " ", "" },
	{ "uuencode", CODED("x-uuencode") "begin 644 a\n", "#86)C\n", "" },
	{ "uuencode, short", CODED("x-uuencode") "begin 644 a\n", "M\n", "" },
	{ "files in uuencode", "\n", "begin 644 a\n#86)C\nend\n", "" },
	{ "files in yEnc", "\n", "=ybegin line=9 size=1 name=a\nx\n", "" },
	{ "words of yEnc", "\n", "=y", "" },
	{ "RTF words", TNEF
	  "eJ8+IgEAAQOQBgD///9/AQAAAAIBCRABAAAA8P//f////3////9/TUVM"
	  "QQAAAAB7XHJ0ZjFcYW5zaSAg",
	  "XHBhciBccGFyIFxwYXIg", "" },
	{ "RTF groups", TNEF
	  "eJ8+IgEAAQOQBgD///9/AQAAAAIBCRABAAAA8P//f////3////9/TUVM"
	  "QQAAAAB7XHJ0ZjFcYW5zaSAg",
	  "e3t7", "" },
	{ "RTF octets", TNEF
	  "eJ8+IgEAAQOQBgD///9/AQAAAAIBCRABAAAA8P//f////3////9/TUVM"
	  "QQAAAAB7XHJ0ZjFcYW5zaSAg",
	  "XCdlNFwnZTRcJ2U0", "" },
	{ "RTF unicode", TNEF
	  "eJ8+IgEAAQOQBgD///9/AQAAAAIBCRABAAAA8P//f////3////9/TUVM"
	  "QQAAAAB7XHJ0ZjFcYW5zaSAg",
	  "XHU4MzY0P1x1ODM2ND9cdTgzNjQ/", "" },
	{ "RTF fonts", TNEF
	  "eJ8+IgEAAQOQBgD///9/AQAAAAIBCRABAAAA8P//f////3////9/TUVM"
	  "QQAAAAB7XHJ0ZjFcYW5zaSB7XGZvbnR0Ymx7XGYxXGZjaGFyc2V0MTI4"
	  "IGE7fXtcZjJcZmNoYXJzZXQyMDQgYjt9fSAg",
	  "XGYxIGFcZjIgYlxmMSBhXGYyIGJcZjEgYVxmMiBi", "" },
	{ "LZFu", TNEF
	  "eJ8+IgEAAQOQBgD///9/AQAAAAIBCRABAAAA8P//f////3////9/TFpG"
	  "dQAAAAAAe1xydGYxXGEAbnNpIGFiY2T/DVANUA1QDVANUA1QDVANUP8N"
	  "UA1QDVANUA1QDVANUA1Q",
	  "/w1fDV8NXw1fCg8KDwoPCg//DV8NXw1fDV8KDwoPCg8KD/8NXw1fDV8N"
	  "XwoPCg8KDwoP", "" },
	{ "TNEF files", TNEF
	  "eJ8+IgEA",
	  "AgKQBgAAAAAAAAACEIABAAIAAABhAAAA", "" },
	{ "TNEF properties", TNEF
	  "eJ8+IgEAAQSAAQAGAAAAYWJjZGVmAAABA5AGAP///3////9/",
	  "HgA3AAEAAAAAAAAA", "" },
	{ "broken UTF-8", TYPE("text/plain; charset=utf-8") "\n",
	  "\xe2\x82", "" },
	{ "no charset", "\n", "\xf0\xd2\xc9\xd7\xc5\xd4 ", "" },
	{ "iso-2022-jp", TYPE("text/plain; charset=iso-2022-jp") "\n",
	  "\x1b$B\x1b(B", "" },
	{ "flowed", TYPE("text/plain; format=flowed") "\n", "> \n", "" },
	{ "flowed quotes", TYPE("text/plain; format=flowed") "\n", ">", "" },
	{ "html tags", TYPE("text/html") "\n", "<div>", "" },
	{ "html less-than", TYPE("text/html") "\n", "<", "" },
	{ "html open tag", TYPE("text/html") "\n", "<a x", "" },
	{ "html comments", TYPE("text/html") "\n", "<!--", "" },
	{ "html ends", TYPE("text/html") "\n", "</x>", "" },
	{ "html references", TYPE("text/html") "\n", "&am", "" },
	{ "html attributes", TYPE("text/html") "\n<a ", "style=a:b;", ">x" },
	{ "html lists", TYPE("text/html") "\n", "<ul><li>x", "" },
	{ "html quotes", TYPE("text/html") "\n", "<blockquote>x", "" },
	{ "html links", TYPE("text/html") "\n", "<a href=http://x>y", "" },
	{ "html styles", TYPE("text/html") "\n", "<style>", "" },
	{ "safe names", MULTI, "--b\nContent-Disposition: attachment; "
	  "filename=a\n\nx\n", "--b--\n" },
};

static size_t piece_len(const shape *s, char *out, unsigned i)
{
	static const char nul[2];
	size_t n = 0;

	if (s->piece[0] == '\0') {
		memcpy(out, nul, sizeof(nul));
		return sizeof(nul);
	}
	for (const char *p = s->piece; *p != '\0'; p++)
		if (p[0] == '%' && p[1] == 'd') {
			n += (size_t)snprintf(out + n, 12, "%u", i);
			p++;
		} else {
			out[n++] = *p;
		}
	return n;
}

/* About len octets. */
static sqb_str make(const shape *s, size_t len)
{
	char *bytes = malloc(len + 4096);
	size_t n = strlen(s->head);

	if (!bytes)
		abort();
	memcpy(bytes, s->head, n);
	for (unsigned i = 0; n < len; i++)
		n += piece_len(s, bytes + n, i);
	memcpy(bytes + n, s->tail, strlen(s->tail));
	return (sqb_str){ bytes, n + strlen(s->tail) };
}

typedef struct heap {
	size_t now, peak;
} heap;

static void count(heap *h, size_t size)
{
	h->now += size;
	h->peak = h->now > h->peak ? h->now : h->peak;
}

/* The size of a block stands before it. */
static void *heap_realloc(void *ctx, void *p, size_t old_size, size_t size)
{
	size_t *block = p ? (size_t *)p - 2 : NULL;

	(void)old_size;
	if (block)
		((heap *)ctx)->now -= block[0];
	block = realloc(block, size + 2 * sizeof(*block));
	if (!block)
		abort();
	block[0] = size;
	count(ctx, size);
	return block + 2;
}

static void *heap_alloc(void *ctx, size_t size)
{
	return heap_realloc(ctx, NULL, 0, size);
}

static void heap_free(void *ctx, void *p)
{
	size_t *block = p ? (size_t *)p - 2 : NULL;

	if (block)
		((heap *)ctx)->now -= block[0];
	free(block);
}

static int drop(void *ctx, sqb_str octets)
{
	*(size_t *)ctx += octets.len;
	return SQB_OK;
}

/* Everything that can be asked of a message. */
static void touch(sqb_str bytes, heap *h)
{
	static const char *const headers[] = { "headers",
		"header:To:asGroupedAddresses", "header:Subject:asText:all",
		"header:References:asMessageIds", "header:To:asURLs" };
	sqb_allocator a = { heap_alloc, heap_realloc, heap_free, h };
	sqb_message_options options = { .size = sizeof(options),
	    .allocator = &a };
	sqb_json_options json = { .size = sizeof(json), .headers = headers,
	    .n_headers = 5, .bodies = SQB_JSON_ALL };
	sqb_message *m = sqb_message_parse(bytes, &options);
	size_t n = 0;

	if (!m || sqb_message_json(m, &json, drop, &n, NULL) != SQB_OK)
		abort();
	sqb_message_text(m);
	sqb_message_html(m);
	sqb_message_free(m);
}

typedef struct cost {
	double seconds;
	size_t octets, peak;
} cost;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static cost measure(const shape *s, size_t len)
{
	sqb_str bytes = make(s, len);
	cost c = { 1e9, bytes.len, 0 };

	for (int i = 0; i < ROUNDS; i++) {
		heap h = { 0, 0 };
		double start = now(), taken;

		touch(bytes, &h);
		taken = now() - start;
		c.seconds = taken < c.seconds ? taken : c.seconds;
		c.peak = h.peak;
	}
	free((char *)(uintptr_t)bytes.ptr);
	return c;
}

static bool is_worse(cost one, cost two)
{
	return two.seconds / one.seconds > most ||
	    (double)two.peak / (double)one.peak > most;
}

/* False: it is not linear, at two sizes. */
static bool run(const shape *s)
{
	cost one = measure(s, START), two = measure(s, 2 * (size_t)START);
	bool bad = is_worse(one, two);

	if (bad) {
		one = two;
		two = measure(s, 4 * (size_t)START);
		bad = is_worse(one, two);
	}
	printf("%-24s %6.1f ms %5.2f   %6.0f MB/s   %6.2f x input %5.2f%s\n",
	    s->name, one.seconds * 1e3, two.seconds / one.seconds,
	    (double)one.octets / 1e6 / one.seconds,
	    (double)one.peak / (double)one.octets,
	    (double)two.peak / (double)one.peak, bad ? "  NOT LINEAR" : "");
	fflush(stdout);
	return !bad;
}

int main(int argc, char **argv)
{
	size_t n = sizeof(shapes) / sizeof(shapes[0]), bad = 0;

	puts("shape                    time, of 2n/n   rate          memory, "
	    "of 2n/n");
	for (size_t i = 0; i < n; i++)
		if (argc < 2 || strcmp(argv[1], shapes[i].name) == 0)
			bad += !run(&shapes[i]);
	printf("%zu of %zu shapes are not linear\n", bad, n);
	return bad > 0;
}

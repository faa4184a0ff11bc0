/*
 * compose: how fast messages are written. Prints MB of attachment a second,
 * of bytes and of a source, and microseconds a mail of 4 KB; processor time.
 */
#include <squab/compose.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BIG = 25 * 1000 * 1000, BIG_ROUNDS = 20, SMALL_ROUNDS = 50000 };

typedef struct memory {
	const char *p;
	size_t at;
} memory;

static int64_t memory_read(void *ctx, void *out, size_t cap)
{
	memory *m = ctx;
	size_t n = BIG - m->at < cap ? BIG - m->at : cap;

	memcpy(out, m->p + m->at, n);
	m->at += n;
	return (int64_t)n;
}

static int memory_rewind(void *ctx)
{
	((memory *)ctx)->at = 0;
	return SQB_OK;
}

static sqb_compose *begin(void)
{
	sqb_compose *c = sqb_compose_new(NULL);

	sqb_compose_address(c, "From", "The Board", "board@example.org");
	sqb_compose_address(c, "To", "Zo\u00eb", "zoe@example.net");
	sqb_compose_field(c, "Subject", "A new post in Caf\u00e9 and Bar");
	return c;
}

static void take(sqb_compose *c, unsigned allowed)
{
	sqb_str piece;
	uint64_t size = 0;

	if (sqb_compose_begin(c, allowed) < 0) {
		fprintf(stderr, "%s\n", sqb_compose_error(c)->text);
		exit(1);
	}
	while (sqb_compose_next(c, &piece) > 0)
		size += piece.len;
	if (size != sqb_compose_size(c))
		exit(1);
	sqb_compose_free(c);
}

static void report(const char *what, clock_t since, double n,
    const char *unit, bool rate)
{
	double s = (double)(clock() - since) / CLOCKS_PER_SEC;

	printf("%-28s %10.1f %s\n", what, rate ? n / s : s / n, unit);
}

static void attach(const char *what, const char *bytes, const char *type,
    bool source)
{
	memory m = { bytes, 0 };
	sqb_source s = { memory_read, memory_rewind, NULL, &m };
	sqb_attachment a = { .size = sizeof(a), .bytes = { bytes, BIG },
	    .source = source ? &s : NULL, .name = "x", .type = type };
	clock_t since = clock();

	for (int i = 0; i < BIG_ROUNDS; i++) {
		sqb_compose *c = begin();

		sqb_compose_attach(c, &a);
		take(c, 0);
	}
	report(what, since, BIG_ROUNDS * (BIG / 1e6), "MB/s", true);
}

static void small(const char *what, const char *text, bool html)
{
	clock_t since = clock();

	for (int i = 0; i < SMALL_ROUNDS; i++) {
		sqb_compose *c = begin();

		sqb_compose_text(c, (sqb_str){ text, 4096 });
		if (html)
			sqb_compose_html(c, (sqb_str){ text, 4096 }, false);
		take(c, 0);
	}
	report(what, since, SMALL_ROUNDS / 1e6, "us a mail", false);
}

int main(void)
{
	static const char line[] =
	    "A line of text as it may stand in any mail, or in a post.\n";
	char *big = malloc(BIG);

	if (!big)
		return 1;
	for (size_t i = 0; i < BIG; i++)
		big[i] = line[i % (sizeof(line) - 1)];
	small("4 KB of text", big, false);
	small("4 KB of text and html", big, true);
	attach("25 MB of data", big, "application/x", false);
	attach("25 MB of data, a source", big, "application/x", true);
	attach("25 MB of text", big, "text/plain", false);
	for (size_t i = 30; i + 1 < BIG; i += 200)
		memcpy(big + i, "\u00fc", 2);
	small("4 KB of text, not ASCII", big, false);
	attach("25 MB of text, not ASCII", big, "text/plain", false);
	free(big);
	return 0;
}

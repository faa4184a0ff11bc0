/*
 * LZFu, the LZ77 of Microsoft's RTF properties: [MS-OXRTFCP], section 2.1. Of
 * what was written, the last 4096 octets can be copied; before it comes a text
 * that both sides know.
 */
#include "text/lzfu.h"

#include "base/ascii.h"

#include <assert.h>
#include <string.h>

enum {
	HEADER = 16,
	WINDOW = 4096,
	SHORTEST = 2,		/* octets of a reference stand for */
	LONGEST = 17
};

static const char known[] = "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}"
    "{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans Serif"
    "SymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n"
    "\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

enum { N_KNOWN = sizeof(known) - 1 };
static_assert(N_KNOWN == 207, "[MS-OXRTFCP], section 2.1.2.1");

static uint32_t read_u32(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return u[0] | (uint32_t)u[1] << 8 | (uint32_t)u[2] << 16 |
	    (uint32_t)u[3] << 24;
}

/* What is written: known, then out from the octet start on. */
typedef struct window {
	sqb__buf *out;
	size_t start, n, max;	/* octets written, and to be written */
} window;

/* The octet that is back octets before the next one. */
static char octet_before(const window *w, size_t back)
{
	if (back <= w->n)
		return w->out->data[w->start + w->n - back];
	return known[N_KNOWN + w->n - back];
}

static void put(window *w, char c)
{
	w->out->data[w->out->end++] = c;
	w->n++;
}

/* False: the end, or what was never written. */
static bool copy(window *w, unsigned high, unsigned low)
{
	size_t offset = high << 4 | low >> 4, len = (low & 15) + SHORTEST;
	size_t back = (N_KNOWN + w->n - offset) % WINDOW;

	if (back == 0 || back > N_KNOWN + w->n)
		return false;
	for (size_t i = 0; i < len && w->n < w->max; i++)
		put(w, octet_before(w, back));
	return true;
}

/* A control octet, and the eight tokens that it tells of. */
static bool take_eight(window *w, sqb_str *in)
{
	unsigned control = (unsigned char)in->ptr[0];

	*in = sqb__str_from(*in, 1);
	for (int i = 0; i < 8; i++, control >>= 1) {
		size_t size = control & 1 ? 2 : 1;

		if (in->len < size || w->n == w->max)
			return false;
		if (size == 1)
			put(w, in->ptr[0]);
		else if (!copy(w, (unsigned char)in->ptr[0],
		    (unsigned char)in->ptr[1]))
			return false;
		*in = sqb__str_from(*in, size);
	}
	return true;
}

bool sqb__lzfu_open(sqb_str in, sqb__buf *out)
{
	bool packed = in.len >= HEADER && memcmp(in.ptr + 8, "LZFu", 4) == 0;
	window w = { .out = out };
	size_t most;

	if (!packed && (in.len < HEADER || memcmp(in.ptr + 8, "MELA", 4) != 0))
		return false;
	w.max = read_u32(in.ptr + 4);
	in = sqb__str_from(in, HEADER);
	most = in.len > SIZE_MAX / SQB__LZFU_RATIO ? SIZE_MAX :
	    in.len * SQB__LZFU_RATIO;
	if (w.max > most)
		w.max = most;
	if (!packed) {
		in.len = in.len < w.max ? in.len : w.max;
		sqb__buf_add(out, in);
		return true;
	}
	if (!sqb__buf_reserve(out, w.max))
		return true;
	w.start = out->end;
	while (in.len > 0 && take_eight(&w, &in))
		continue;
	return true;
}

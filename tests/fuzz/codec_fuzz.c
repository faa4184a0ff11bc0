/*
 * The decoders of bodies. Demanded: every kernel, and every way to cut the
 * input, which the first octet picks, gives the same octets and flaws; no more
 * octets come out of base64 and quoted-printable than went in; what was encoded
 * comes back.
 */
#include <stdlib.h>
#include <string.h>

#include "text/base64.h"
#include "text/base64_body.h"
#include "text/qp.h"
#include "text/uu.h"
#include "text/yenc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct output {
	char *text;
	size_t len;
	sqb__flaw flaws[4];
} output;

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static char *room(size_t n)
{
	char *p = malloc(n > 0 ? n : 1);

	demand(p);
	return p;
}

/* Pieces are decoded to memory of just the size that is asked for. */
static void add(output *o, char *octets, size_t n)
{
	memcpy(o->text + o->len, octets, n);
	o->len += n;
	free(octets);
}

static void demand_same(output *a, output *b)
{
	demand(a->len == b->len);
	demand(a->len == 0 || memcmp(a->text, b->text, a->len) == 0);
	demand(memcmp(a->flaws, b->flaws, sizeof(a->flaws)) == 0);
	free(b->text);
}

/* Takes the next piece from the front of *in. */
static sqb_str piece_of(sqb_str *in, size_t size)
{
	sqb_str piece = { in->ptr, in->len < size ? in->len : size };

	in->ptr += piece.len;
	in->len -= piece.len;
	return piece;
}

static output base64(sqb_str in, size_t size, const sqb__base64_kernel *k)
{
	output o = { .text = room(in.len) };
	sqb__base64_body d;

	sqb__base64_body_init(&d);
	d.groups = k->groups;
	while (in.len > 0) {
		sqb_str piece = piece_of(&in, size);
		char *out = room(piece.len);

		add(&o, out, sqb__base64_body_decode(&d, piece, out));
	}
	sqb__base64_body_end(&d);
	memcpy(o.flaws, (sqb__flaw[]){ d.junk, d.joined, d.unpadded, d.cut },
	    sizeof(o.flaws));
	return o;
}

static void check_base64(sqb_str in, size_t size)
{
	output whole = base64(in, SIZE_MAX, sqb__base64_kernel_at(0)), other;
	const sqb__base64_kernel *k;

	demand(whole.len <= in.len);
	for (size_t n = 0; (k = sqb__base64_kernel_at(n)); n++) {
		other = base64(in, SIZE_MAX, k);
		demand_same(&whole, &other);
		other = base64(in, size, k);
		demand_same(&whole, &other);
	}
	free(whole.text);
}

static void check_inverse(sqb_str in)
{
	sqb_str text = { NULL, sqb__base64_encoded_len(in.len) };
	char *encoded = room(text.len);
	output back;

	sqb__base64_encode(encoded, in);
	text.ptr = encoded;
	back = base64(text, SIZE_MAX, sqb__base64_kernel_at(0));
	demand(back.len == in.len);
	demand(in.len == 0 || memcmp(back.text, in.ptr, in.len) == 0);
	for (size_t i = 0; i < 4; i++)
		demand(back.flaws[i].n == 0);
	free(back.text);
	free(encoded);
}

static output qp(sqb_str in, size_t size)
{
	output o = { .text = room(in.len) };
	sqb__qp d;
	char *out;

	sqb__qp_init(&d);
	while (in.len > 0) {
		sqb_str piece = piece_of(&in, size);

		out = room(piece.len + SQB__QP_HELD);
		add(&o, out, sqb__qp_decode(&d, piece, out));
	}
	out = room(SQB__QP_HELD);
	add(&o, out, sqb__qp_end(&d, out));
	o.flaws[0] = d.broken;
	return o;
}

static output uu(sqb_str in, size_t size, size_t cap)
{
	output o = { .text = room((in.len / 2 + 1) * SQB__UU_OCTETS) };
	sqb__uu d;
	char *out;

	sqb__uu_init(&d);
	while (in.len > 0) {
		sqb_str piece = piece_of(&in, size);

		while (piece.len > 0) {
			out = room(cap);
			add(&o, out, sqb__uu_decode(&d, &piece, out, cap));
		}
	}
	out = room(SQB__UU_OCTETS);
	add(&o, out, sqb__uu_end(&d, out));
	memcpy(o.flaws, (sqb__flaw[]){ d.junk, d.filled, d.cut },
	    3 * sizeof(sqb__flaw));
	return o;
}

static void check_find(sqb_str in)
{
	sqb__uu_file f = { .end = 0 };
	size_t at = 0;

	while (sqb__uu_find(in, at, &f)) {
		demand(f.start >= at && f.end > f.start && f.end <= in.len);
		at = f.end;
	}
}

static output yenc(sqb_str in, size_t size, sqb__yenc *d)
{
	output o = { .text = room(in.len) };

	*d = (sqb__yenc){ .n = 0 };
	while (in.len > 0) {
		sqb_str piece = piece_of(&in, size);
		char *out = room(piece.len);

		add(&o, out, sqb__yenc_decode(d, piece, out));
	}
	demand(o.len == d->n);
	return o;
}

static void check_yenc(sqb_str in, size_t size)
{
	sqb__yenc d, other_d;
	output whole = yenc(in, SIZE_MAX, &d), other;
	sqb__yenc_file f;
	size_t at = 0;

	demand(whole.len <= in.len);
	other = yenc(in, size, &other_d);
	demand_same(&whole, &other);
	demand(d.crc == other_d.crc && d.escaped == other_d.escaped);
	free(whole.text);
	for (; sqb__yenc_find(in, at, &f); at = f.end)
		demand(f.start >= at && f.end > f.start && f.end <= in.len &&
		    f.lines.len <= f.end - f.start);
}

static void check_yenc_inverse(sqb_str in)
{
	char *encoded = room(2 * in.len);
	output back;
	sqb__yenc d;
	size_t n = 0;

	for (size_t i = 0; i < in.len; i++) {
		char c = (char)(in.ptr[i] + 42);

		if (c == 0 || c == '\n' || c == '\r' || c == '=') {
			encoded[n++] = '=';
			c = (char)(c + 64);
		}
		encoded[n++] = c;
	}
	back = yenc((sqb_str){ encoded, n }, SIZE_MAX, &d);
	demand(back.len == in.len && !d.escaped);
	demand(in.len == 0 || memcmp(back.text, in.ptr, in.len) == 0);
	free(back.text);
	free(encoded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sqb_str in = { (const char *)data, size };
	output whole, other;
	size_t cut;

	if (size == 0)
		return 0;
	cut = 1 + data[0] % 97u;
	in = (sqb_str){ in.ptr + 1, size - 1 };
	check_base64(in, cut);
	check_inverse(in);
	whole = qp(in, SIZE_MAX);
	demand(whole.len <= in.len);
	other = qp(in, cut);
	demand_same(&whole, &other);
	free(whole.text);
	whole = uu(in, SIZE_MAX, 1000);
	other = uu(in, cut, SQB__UU_OCTETS);
	demand_same(&whole, &other);
	free(whole.text);
	check_find(in);
	check_yenc(in, cut);
	check_yenc_inverse(in);
	return 0;
}

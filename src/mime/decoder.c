/*
 * Transfer encodings undone, all through one face: RFC 2045, section 6, and
 * uuencode. The public decoder is that with a buffer of its own.
 */
#include "mime/decoder.h"

#include "base/ascii.h"

bool sqb__is_encoded(unsigned encoding)
{
	return encoding == SQB_ENCODING_QP ||
	    encoding == SQB_ENCODING_BASE64 ||
	    encoding == SQB_ENCODING_UUENCODE;
}

void sqb__decoder_init(sqb__decoder *d, sqb_encoding encoding)
{
	d->encoding = encoding;
	if (encoding == SQB_ENCODING_BASE64)
		sqb__base64_body_init(&d->as.base64);
	else if (encoding == SQB_ENCODING_QP)
		sqb__qp_init(&d->as.qp);
	else
		sqb__uu_init(&d->as.uu);
}

static sqb_str take(sqb_str *in, size_t n)
{
	sqb_str piece = { in->ptr, in->len < n ? in->len : n };

	*in = sqb__str_from(*in, piece.len);
	return piece;
}

size_t sqb__decoder_run(sqb__decoder *d, sqb_str *in, char *out, size_t room)
{
	if (d->encoding == SQB_ENCODING_BASE64)
		return sqb__base64_body_decode(&d->as.base64, take(in, room),
		    out);
	if (d->encoding == SQB_ENCODING_QP)
		return sqb__qp_decode(&d->as.qp,
		    take(in, room - SQB__QP_HELD), out);
	return sqb__uu_decode(&d->as.uu, in, out, room);
}

size_t sqb__decoder_end(sqb__decoder *d, char *out)
{
	if (d->encoding == SQB_ENCODING_QP)
		return sqb__qp_end(&d->as.qp, out);
	if (d->encoding == SQB_ENCODING_UUENCODE)
		return sqb__uu_end(&d->as.uu, out);
	sqb__base64_body_end(&d->as.base64);
	return 0;
}

void sqb__decoder_flaws(const sqb__decoder *d,
    void (*tell)(void *ctx, sqb_defect_code code, uint64_t offset),
    void *ctx)
{
	const sqb__base64_body *base64 = &d->as.base64;
	const sqb__uu *uu = &d->as.uu;
	const struct {
		sqb_encoding encoding;
		sqb_defect_code code;
		const sqb__flaw *flaw;
	} rows[] = {
		{ SQB_ENCODING_BASE64, SQB_DEFECT_BASE64_JUNK, &base64->junk },
		{ SQB_ENCODING_BASE64, SQB_DEFECT_BASE64_JOINED,
		    &base64->joined },
		{ SQB_ENCODING_BASE64, SQB_DEFECT_BASE64_PADDING,
		    &base64->unpadded },
		{ SQB_ENCODING_BASE64, SQB_DEFECT_BASE64_CUT, &base64->cut },
		{ SQB_ENCODING_QP, SQB_DEFECT_QP, &d->as.qp.broken },
		{ SQB_ENCODING_UUENCODE, SQB_DEFECT_UU_JUNK, &uu->junk },
		{ SQB_ENCODING_UUENCODE, SQB_DEFECT_UU_SHORT, &uu->filled },
		{ SQB_ENCODING_UUENCODE, SQB_DEFECT_UU_CUT, &uu->cut },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].encoding == d->encoding && rows[i].flaw->n > 0)
			tell(ctx, rows[i].code, rows[i].flaw->first);
}

enum { PIECE = 64 * 1024 };

struct sqb_decoder {
	const sqb_allocator *allocator;
	sqb__decoder decoder;
	bool ended;
	char out[PIECE];
};

sqb_decoder *sqb_decoder_new(sqb_encoding encoding,
    const sqb_allocator *allocator)
{
	const sqb_allocator *a = allocator ? allocator :
	    sqb_allocator_default();
	sqb_decoder *d = a->alloc(a->ctx, sizeof(*d));

	if (!d)
		return NULL;
	d->allocator = a;
	d->ended = false;
	sqb__decoder_init(&d->decoder, encoding);
	return d;
}

void sqb_decoder_free(sqb_decoder *d)
{
	if (d)
		d->allocator->free(d->allocator->ctx, d);
}

sqb_str sqb_decoder_next(sqb_decoder *d, sqb_str *in)
{
	size_t n = 0;

	if (!sqb__is_encoded(d->decoder.encoding))
		return take(in, in->len);
	while (n == 0 && in->len > 0)
		n = sqb__decoder_run(&d->decoder, in, d->out, PIECE);
	return (sqb_str){ d->out, n };
}

sqb_str sqb_decoder_end(sqb_decoder *d)
{
	bool was = d->ended;

	d->ended = true;
	return (sqb_str){ d->out, was ||
	    !sqb__is_encoded(d->decoder.encoding) ? 0 :
	    sqb__decoder_end(&d->decoder, d->out) };
}

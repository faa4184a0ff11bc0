/*
 * SignedData of the Cryptographic Message Syntax, RFC 5652, section 5, whose
 * eContent is a message, in BER (X.690): what streams has no lengths, and its
 * octets in pieces. Only the way to them is read, and nothing is kept of it.
 * Left out: enveloped and compressed data.
 */
#include "mime/p7m.h"

#include "base/ascii.h"

#include <string.h>

enum {				/* identifier octets */
	END = 0x00,		/* of an element without length */
	INTEGER = 0x02,
	OCTETS = 0x04,
	OID = 0x06,
	OCTETS_IN_PIECES = 0x24,
	SEQUENCE = 0x30,
	SET = 0x31,
	CONTEXT_0 = 0xa0,
	CONSTRUCTED = 0x20	/* a bit: there are elements in it */
};

typedef struct element {
	unsigned tag;
	bool endless;		/* END closes it */
	size_t len;		/* of its content, which is all there; or 0 */
} element;

/* The octets of a length, after the first. False: there are too many. */
static bool read_length(sqb_str *in, size_t n_octets, size_t *len)
{
	if (n_octets > in->len)
		return false;
	for (*len = 0; n_octets > 0; n_octets--) {
		if (*len > SIZE_MAX >> 8)
			return false;
		*len = *len << 8 | (unsigned char)in->ptr[0];
		*in = sqb__str_from(*in, 1);
	}
	return true;
}

/* Takes the head of an element. False: it is cut, or none that BER has. */
static bool read_head(sqb_str *in, element *e)
{
	size_t first;

	if (in->len < 2)
		return false;
	e->tag = (unsigned char)in->ptr[0];
	first = (unsigned char)in->ptr[1];
	*in = sqb__str_from(*in, 2);
	e->endless = first == 0x80;
	e->len = first < 0x80 ? first : 0;
	if (e->endless)
		return (e->tag & CONSTRUCTED) != 0;
	if (first > 0x80 && !read_length(in, first & 0x7f, &e->len))
		return false;
	return e->len <= in->len && (e->tag != END || e->len == 0);
}

/* What follows is in an element of that tag, which is entered. */
static bool enter(sqb_str *in, unsigned tag)
{
	element e;

	if (!read_head(in, &e) || e.tag != tag)
		return false;
	if (!e.endless)
		in->len = e.len;
	return true;
}

/* Passes over one of that tag. */
static bool pass(sqb_str *in, unsigned tag)
{
	size_t n_endless = 0;
	element e;

	if (in->len == 0 || (unsigned char)in->ptr[0] != tag)
		return false;
	do {
		if (!read_head(in, &e) || (e.tag == END && n_endless == 0))
			return false;
		*in = sqb__str_from(*in, e.len);
		n_endless += e.endless;
		n_endless -= e.tag == END;
	} while (n_endless > 0);
	return true;
}

static bool take_signed_data(sqb_str *in)
{
	static const char type[] = { '\x2a', '\x86', '\x48', '\x86', '\xf7',
	    '\x0d', '\x01', '\x07', '\x02' };
	element e;

	if (!read_head(in, &e) || e.tag != OID || e.len != sizeof(type) ||
	    memcmp(in->ptr, type, sizeof(type)) != 0)
		return false;
	*in = sqb__str_from(*in, e.len);
	return true;
}

/* The pieces of an OCTET STRING, and theirs, up to the end of in or an END. */
static bool add_pieces(sqb_str in, bool endless, sqb__buf *out)
{
	size_t n_endless = endless;
	element e;

	while (endless ? n_endless > 0 : in.len > 0) {
		if (!read_head(&in, &e) || (e.tag == END && n_endless == 0))
			return false;
		if (e.tag == OCTETS) {
			sqb__buf_add(out, (sqb_str){ in.ptr, e.len });
			in = sqb__str_from(in, e.len);
		} else if (e.tag != OCTETS_IN_PIECES && e.tag != END) {
			return false;
		}
		n_endless += e.endless;
		n_endless -= e.tag == END;
	}
	return true;
}

static bool add_octets(sqb_str in, sqb__buf *out)
{
	element e;

	if (!read_head(&in, &e))
		return false;
	in.len = e.endless ? in.len : e.len;
	if (e.tag == OCTETS_IN_PIECES)
		return add_pieces(in, e.endless, out);
	if (e.tag == OCTETS)
		sqb__buf_add(out, in);
	return e.tag == OCTETS;
}

/*
 * ContentInfo { contentType, [0] SignedData { version, digestAlgorithms,
 * EncapsulatedContentInfo { eContentType, [0] eContent } … } }
 */
bool sqb__p7m_open(sqb_str content, sqb__buf *out)
{
	return enter(&content, SEQUENCE) && take_signed_data(&content) &&
	    enter(&content, CONTEXT_0) && enter(&content, SEQUENCE) &&
	    pass(&content, INTEGER) && pass(&content, SET) &&
	    enter(&content, SEQUENCE) && pass(&content, OID) &&
	    enter(&content, CONTEXT_0) && add_octets(content, out);
}

/*
 * TNEF as octets: [MS-OXTNEF], sections 2.1.1 to 2.1.3, and the encoding of
 * MAPI properties, 2.1.3.4. All lengths and counts are the sender's: each is
 * held against what is left. Checksums are not looked at.
 */
#include "mime/tnef_read.h"

#include "base/ascii.h"

enum {
	NAMED = 0x8000,		/* properties from there on have names */
	NAME_IS_STRING = 1,
	GUID = 16,
	MANY = 0x1000		/* type: there is more than one value */
};

/* False, and as much as there is: *in is shorter than n. */
static bool take(sqb_str *in, size_t n, sqb_str *out)
{
	size_t has = n < in->len ? n : in->len;

	*out = (sqb_str){ in->ptr, has };
	*in = sqb__str_from(*in, has);
	return has == n;
}

static bool skip(sqb_str *in, size_t n)
{
	sqb_str skipped;

	return take(in, n, &skipped);
}

static unsigned octet(sqb_str s, size_t i)
{
	return (unsigned char)s.ptr[i];
}

bool sqb__tnef_u16(sqb_str *in, uint16_t *n)
{
	sqb_str s;

	if (!take(in, 2, &s))
		return false;
	*n = (uint16_t)(octet(s, 0) | octet(s, 1) << 8);
	return true;
}

bool sqb__tnef_u32(sqb_str *in, uint32_t *n)
{
	uint16_t low, high;

	if (!sqb__tnef_u16(in, &low) || !sqb__tnef_u16(in, &high))
		return false;
	*n = low | (uint32_t)high << 16;
	return true;
}

bool sqb__tnef_begin(sqb_str *in)
{
	uint32_t signature;
	uint16_t key;

	return sqb__tnef_u32(in, &signature) && signature == 0x223e9f78 &&
	    sqb__tnef_u16(in, &key);
}

bool sqb__tnef_next(sqb_str *in, sqb__tnef_attribute *a)
{
	uint16_t type;
	uint32_t size;
	sqb_str level;

	if (!take(in, 1, &level))
		return false;
	a->level = octet(level, 0);
	if (a->level != SQB__TNEF_MESSAGE && a->level != SQB__TNEF_ATTACHMENT)
		return false;
	if (!sqb__tnef_u16(in, &a->id) || !sqb__tnef_u16(in, &type) ||
	    !sqb__tnef_u32(in, &size))
		return false;
	if (take(in, size, &a->data))
		skip(in, 2);
	return true;
}

/* What one value takes. 0: types that have a length, and unknown ones. */
static size_t fixed_size(unsigned type)
{
	switch (type) {
	case 0x02:	/* 16 bits, and as many that mean nothing */
	case SQB__MAPI_I4:
	case 0x04:	/* float */
	case 0x0a:	/* error */
	case 0x0b:	/* boolean */
		return 4;
	case 0x05:	/* double */
	case 0x06:	/* currency */
	case 0x07:	/* application time */
	case 0x14:	/* 64 bits */
	case SQB__MAPI_TIME:
		return 8;
	case 0x48:
		return GUID;
	default:
		return 0;
	}
}

static bool has_length(unsigned type)
{
	return type == SQB__MAPI_OBJECT || type == SQB__MAPI_STRING8 ||
	    type == SQB__MAPI_UNICODE || type == SQB__MAPI_BINARY;
}

/* A length and so many octets, filled up to a multiple of four. */
static bool take_sized(sqb_str *in, sqb_str *value)
{
	uint32_t size;

	*value = (sqb_str){ NULL, 0 };
	return sqb__tnef_u32(in, &size) && take(in, size, value) &&
	    skip(in, (4 - size % 4) % 4);
}

static bool skip_name(sqb_str *in)
{
	uint32_t kind, number;
	sqb_str name;

	if (!skip(in, GUID) || !sqb__tnef_u32(in, &kind))
		return false;
	return kind == NAME_IS_STRING ? take_sized(in, &name) :
	    sqb__tnef_u32(in, &number);
}

/* Each value takes four octets or more: a count cannot cost more than in. */
static void take_values(sqb_str *in, sqb__mapi_property *p, uint32_t count)
{
	size_t size = fixed_size(p->type);
	sqb_str value;

	for (uint32_t i = 0; i < count && in->len > 0; i++) {
		bool whole = size > 0 ? take(in, size, &value) :
		    take_sized(in, &value);

		if (i == 0)
			p->data = value;
		if (!whole)
			*in = (sqb_str){ NULL, 0 };
	}
}

bool sqb__mapi_next(sqb_str *in, sqb__mapi_property *p)
{
	uint32_t count = 1;
	bool many;

	if (!sqb__tnef_u16(in, &p->type) || !sqb__tnef_u16(in, &p->id))
		return false;
	many = (p->type & MANY) != 0;
	p->type &= (uint16_t)~MANY;
	p->data = (sqb_str){ NULL, 0 };
	if (p->id >= NAMED && !skip_name(in))
		return false;
	if (!has_length(p->type) && fixed_size(p->type) == 0)
		return false;
	if ((many || has_length(p->type)) && !sqb__tnef_u32(in, &count))
		return false;
	take_values(in, p, count);
	return true;
}

/* What TNEF is made of: attributes, and MAPI properties in some of them. */
#ifndef SQB_MIME_TNEF_READ_H
#define SQB_MIME_TNEF_READ_H

#include <squab/base.h>

/* Little-endian, from the front of *in. False: *in is shorter. */
bool sqb__tnef_u16(sqb_str *in, uint16_t *n);
bool sqb__tnef_u32(sqb_str *in, uint32_t *n);

/* Drops the signature and the key. False: it is no TNEF. */
bool sqb__tnef_begin(sqb_str *in);

enum { SQB__TNEF_MESSAGE = 1, SQB__TNEF_ATTACHMENT = 2 };

typedef struct sqb__tnef_attribute {
	unsigned level;		/* whose it is */
	uint16_t id;		/* without the type that goes with it */
	sqb_str data;		/* cut where the input is */
} sqb__tnef_attribute;

/* Takes the next one. False: there are no more. */
bool sqb__tnef_next(sqb_str *in, sqb__tnef_attribute *a);

enum {				/* types of properties; others are passed by */
	SQB__MAPI_TIME = 0x40,
	SQB__MAPI_I4 = 3,
	SQB__MAPI_OBJECT = 0xd,
	SQB__MAPI_STRING8 = 0x1e,
	SQB__MAPI_UNICODE = 0x1f,
	SQB__MAPI_BINARY = 0x102
};

typedef struct sqb__mapi_property {
	uint16_t id, type;	/* without the bit for many values */
	sqb_str data;		/* the first value, cut where the input is */
} sqb__mapi_property;

/* A walk through what an attribute of properties has, without their count. */
bool sqb__mapi_next(sqb_str *in, sqb__mapi_property *p);

#endif

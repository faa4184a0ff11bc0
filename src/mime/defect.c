/* The defects of a message: a list with an end. */
#include "mime/message.h"

static size_t count(const sqb_message *m)
{
	return sqb__buf_len(&m->defects) / sizeof(sqb_defect);
}

const sqb_defect *sqb_message_defects(const sqb_message *m, size_t *n)
{
	*n = count(m);
	return (const void *)m->defects.data;
}

void sqb__defect_add(sqb_message *m, sqb_defect_code code, size_t part,
    uint64_t offset)
{
	sqb_defect d = { .offset = offset, .part = (uint32_t)part,
	    .code = (uint32_t)code };
	size_t n = count(m);

	if (n == m->limits.max_defects)
		d.code = SQB_DEFECT_MORE;
	if (n <= m->limits.max_defects)
		sqb__buf_add(&m->defects,
		    (sqb_str){ (const char *)&d, sizeof(d) });
}

void sqb__params_tell(sqb_message *m, size_t part, const sqb__params *ps)
{
	const char *header = sqb_part_header(m, part).ptr;
	uint64_t at = sqb_message_part(m, part)->header;

	if (ps->bad)
		sqb__defect_add(m, SQB_DEFECT_BAD_PARAM, part,
		    at + (size_t)(ps->bad - header));
	if (ps->duplicate)
		sqb__defect_add(m, SQB_DEFECT_DUPLICATE_PARAM, part,
		    at + (size_t)(ps->duplicate - header));
	if (ps->more)
		sqb__defect_add(m, SQB_DEFECT_MANY_PARAMS, part,
		    at + (size_t)(ps->more - header));
}

const char *sqb_defect_text(sqb_defect_code code)
{
	static const char *const texts[] = {
		[SQB_DEFECT_NO_COLON] = "a header line without a field name",
		[SQB_DEFECT_DUPLICATE_FIELD] = "a field is there twice",
		[SQB_DEFECT_LONG_FIELD] = "a field is too long",
		[SQB_DEFECT_MANY_FIELDS] = "too many header fields",
		[SQB_DEFECT_BAD_TYPE] = "the media type cannot be read",
		[SQB_DEFECT_UNKNOWN_ENCODING] =
		    "the transfer encoding is unknown",
		[SQB_DEFECT_ENCODED_PARTS] =
		    "a multipart says that it is encoded",
		[SQB_DEFECT_NO_BOUNDARY] = "a multipart has no boundary",
		[SQB_DEFECT_NO_PARTS] =
		    "the boundary of a multipart is not in it",
		[SQB_DEFECT_NO_END] = "a multipart has no end",
		[SQB_DEFECT_MANY_PARTS] = "too many parts",
		[SQB_DEFECT_DEEP_PARTS] = "parts nested too deep",
		[SQB_DEFECT_BAD_PARAM] = "a parameter cannot be read",
		[SQB_DEFECT_DUPLICATE_PARAM] = "a parameter is there twice",
		[SQB_DEFECT_MANY_PARAMS] = "too many parameters",
		[SQB_DEFECT_BASE64_JUNK] = "base64 with other characters",
		[SQB_DEFECT_BASE64_JOINED] = "base64 goes on after its end",
		[SQB_DEFECT_BASE64_PADDING] = "base64 without its padding",
		[SQB_DEFECT_BASE64_CUT] = "base64 ends within an octet",
		[SQB_DEFECT_QP] = "quoted-printable with a stray \"=\"",
		[SQB_DEFECT_UU_JUNK] = "uuencode with other lines",
		[SQB_DEFECT_UU_SHORT] = "uuencode with short lines",
		[SQB_DEFECT_UU_CUT] = "uuencode without beginning or end",
		[SQB_DEFECT_YENC] = "yEnc of another size or checksum",
		[SQB_DEFECT_LONG_CONTENT] = "too much to decode",
		[SQB_DEFECT_UNKNOWN_CHARSET] = "the charset is unknown",
		[SQB_DEFECT_BAD_TEXT] = "the text is not in its charset",
		[SQB_DEFECT_MORE] = "more than can be listed",
	};
	size_t n = sizeof(texts) / sizeof(texts[0]);

	return code > 0 && (size_t)code < n ? texts[code] : "unknown";
}

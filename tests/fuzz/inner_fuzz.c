/*
 * Messages in leaves: TNEF, signed S/MIME, files in a text, and the RTF that
 * TNEF may have. Demanded: what comes out is bounded by what went in, and is a
 * message that can be read; no body of a multipart has its boundary.
 */
#include <squab/message.h>

#include <stdlib.h>
#include <string.h>

#include "mime/inline_files.h"
#include "mime/mixed.h"
#include "mime/p7m.h"
#include "mime/tnef.h"
#include "text/lzfu.h"
#include "text/rtf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	MAX = 64 * 1024 * 1024,
	INLINE_RATIO = 64,	/* a file may have eight octets and a part */
	INLINE_MORE = 1024
};

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static void begin(sqb__buf *out)
{
	sqb__buf_init(out, sqb_allocator_default(), MAX);
}

/* Parts with all that can be asked for. */
static void read_message(const sqb__buf *bytes)
{
	sqb_message *m = sqb_message_parse(sqb__buf_str(bytes), NULL);
	sqb_str content;

	demand(m);
	for (size_t i = 0; i < sqb_message_n_parts(m); i++) {
		sqb_part_media_type(m, i);
		sqb_part_safe_name(m, i);
		sqb_part_content(m, i, &content);
		sqb_part_inner(m, i, NULL);
	}
	sqb_message_text(m);
	sqb_message_free(m);
}

static void end(sqb__buf *out, bool found, size_t most)
{
	demand(!out->failed && sqb__buf_len(out) <= most);
	demand(found || sqb__buf_len(out) == 0);
	read_message(out);
	sqb__buf_clear(out);
}

static void check_rtf(sqb_str in)
{
	sqb__decoders d = { .open = 0 };
	sqb__buf rtf, text;

	begin(&rtf);
	begin(&text);
	if (!sqb__lzfu_open(in, &rtf))
		sqb__buf_add(&rtf, in);
	demand(sqb__buf_len(&rtf) <= SQB__LZFU_RATIO * in.len);
	sqb__rtf_read(sqb__buf_str(&rtf), &d, &text);
	demand(!text.failed);
	demand(sqb__buf_len(&text) <= 3 * sqb__buf_len(&rtf));
	sqb__decoders_clear(&d);
	sqb__buf_clear(&rtf);
	sqb__buf_clear(&text);
}

/* Two parts come back as they were. */
static void check_mixed(sqb_str in)
{
	sqb_str body[] = { { in.ptr, in.len / 2 },
	    { in.ptr + in.len / 2, in.len - in.len / 2 } }, got;
	sqb_message *m;
	sqb__mixed x;
	sqb__buf out;

	begin(&out);
	sqb__mixed_init(&x, sqb_allocator_default());
	for (size_t i = 0; i < 2; i++) {
		sqb__mixed_part(&x, body[i]);
		sqb__mixed_file(&x, body[1 - i]);
	}
	sqb__mixed_write(&x, (sqb_str){ NULL, 0 }, &out);
	m = sqb_message_parse(sqb__buf_str(&out), NULL);
	demand(m && sqb_message_n_parts(m) == 3);
	for (size_t i = 0; i < 2; i++) {
		demand(sqb_part_content(m, i + 1, &got) == SQB_OK);
		demand(sqb_str_eq(got, body[i]));
	}
	sqb_message_free(m);
	sqb__mixed_clear(&x);
	sqb__buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sqb_str in = { (const char *)data, size };
	sqb__buf out;

	if (size == 0)
		return 0;
	begin(&out);
	end(&out, sqb__tnef_open(in, &out),
	    SQB__TNEF_RATIO * size + SQB__TNEF_MORE);
	begin(&out);
	end(&out, sqb__p7m_open(in, &out), size);
	begin(&out);
	end(&out, sqb__inline_open(in, &out),
	    INLINE_RATIO * size + INLINE_MORE);
	check_rtf(in);
	check_mixed(in);
	return 0;
}

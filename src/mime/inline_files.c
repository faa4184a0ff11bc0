/*
 * Files in the middle of a text, made into parts. Those in uuencode stay as
 * they are: it is a transfer encoding to the reader of the parts. Those in
 * yEnc are decoded. The parts of a file in yEnc stay apart.
 */
#include "mime/inline_files.h"

#include "base/ascii.h"
#include "base/scan.h"
#include "mime/mixed.h"
#include "text/uu.h"
#include "text/yenc.h"

#include <string.h>

/* As many as there may be parts: more are a defect of the message made. */
enum { MAX_FILES = 10000 };

static bool may_have_file(sqb_str s)
{
	const char *p = s.ptr, *end = s.ptr + s.len;

	if (s.len > 6 && !memcmp(p, "begin ", 6))
		return true;
	while (p < end && (p = sqb__find_pair(p, end, '\n', 'b')) != NULL) {
		if (end - p > 7 && !memcmp(p + 1, "begin ", 6))
			return true;
		p++;
	}
	return false;
}

static void add_fields(sqb__mixed *x, const char *type, const char *encoding)
{
	sqb__mixed_field(x, "Content-Type", sqb_str_of(type));
	sqb__mixed_field(x, "Content-Transfer-Encoding", sqb_str_of(encoding));
}

static void add_text(sqb__mixed *x, sqb_str text)
{
	if (text.len == 0)
		return;
	sqb__mixed_part(x, text);
	add_fields(x, "text/plain; charset=utf-8", "8bit");
}

static void add_file(sqb__mixed *x, sqb_str text, const sqb__uu_file *file)
{
	sqb__mixed_part(x, (sqb_str){ text.ptr + file->start,
	    file->end - file->start });
	add_fields(x, "application/octet-stream", "x-uuencode");
	sqb__mixed_file(x, file->name);
}

bool sqb__inline_open(sqb_str text, sqb__buf *out)
{
	sqb__uu_file file;
	sqb__mixed x;
	size_t at = 0;

	if (!may_have_file(text) || !sqb__uu_find(text, 0, &file))
		return false;
	sqb__mixed_init(&x, out->allocator);
	for (int i = 0; i < MAX_FILES && sqb__uu_find(text, at, &file); i++) {
		add_text(&x, (sqb_str){ text.ptr + at, file.start - at });
		add_file(&x, text, &file);
		at = file.end;
	}
	add_text(&x, sqb__str_from(text, at));
	sqb__mixed_write(&x, (sqb_str){ NULL, 0 }, out);
	sqb__mixed_clear(&x);
	return true;
}

typedef struct yenc_reader {
	sqb__mixed mixed;
	sqb__buf octets;	/* of all files; does not move */
	sqb_str type;		/* of the text around them */
	bool whole;
} yenc_reader;

static void add_labelled(yenc_reader *r, sqb_str text)
{
	if (text.len == 0)
		return;
	sqb__mixed_part(&r->mixed, text);
	sqb__mixed_field(&r->mixed, "Content-Type", r->type);
	sqb__mixed_field(&r->mixed, "Content-Transfer-Encoding",
	    (sqb_str)SQB_STR("8bit"));
}

static void add_yenc(yenc_reader *r, const sqb__yenc_file *file)
{
	sqb__yenc d = { .n = 0 };
	char *to = r->octets.data + r->octets.end;
	size_t n = sqb__yenc_decode(&d, file->lines, to);

	r->octets.end += n;
	r->whole &= sqb__yenc_is_whole(&d, file);
	sqb__mixed_part(&r->mixed, (sqb_str){ to, n });
	add_fields(&r->mixed, "application/octet-stream", "binary");
	sqb__mixed_file(&r->mixed, file->name);
}

static void add_all(yenc_reader *r, sqb_str bytes)
{
	sqb__yenc_file file;
	size_t at = 0;

	for (int i = 0; i < MAX_FILES && sqb__yenc_find(bytes, at, &file);
	    i++) {
		add_labelled(r, (sqb_str){ bytes.ptr + at, file.start - at });
		add_yenc(r, &file);
		at = file.end;
	}
	add_labelled(r, sqb__str_from(bytes, at));
}

bool sqb__inline_open_yenc(sqb_str bytes, const char *label, sqb__buf *out,
    bool *whole)
{
	yenc_reader r = { .whole = true };
	sqb__yenc_file file;
	sqb__buf type;

	if (!sqb__yenc_find(bytes, 0, &file))
		return false;
	sqb__mixed_init(&r.mixed, out->allocator);
	sqb__buf_init(&r.octets, out->allocator, bytes.len);
	sqb__buf_init(&type, out->allocator, SIZE_MAX / 4);
	sqb__buf_add_c(&type, "text/plain");
	if (label[0] != '\0') {
		sqb__buf_add_c(&type, "; charset=");
		sqb__buf_add_c(&type, label);
	}
	r.type = sqb__buf_str(&type);
	if (type.failed || !sqb__buf_reserve(&r.octets, bytes.len)) {
		out->failed = true;
	} else {
		add_all(&r, bytes);
		sqb__mixed_write(&r.mixed, (sqb_str){ NULL, 0 }, out);
	}
	*whole = r.whole;
	sqb__buf_clear(&type);
	sqb__buf_clear(&r.octets);
	sqb__mixed_clear(&r.mixed);
	return true;
}

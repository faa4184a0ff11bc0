/*
 * Files in uuencode in the middle of a text, made into parts. They stay as
 * they are: uuencode is a transfer encoding to the reader of the parts.
 */
#include "mime/inline_files.h"

#include "base/ascii.h"
#include "base/scan.h"
#include "mime/mixed.h"
#include "text/uu.h"

#include <string.h>

enum { MAX_FILES = 1000 };

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

/*
 * Files in uuencode in the middle of a text, made into parts. They stay as
 * they are: uuencode is a transfer encoding to the reader of the parts.
 */
#include "mime/inline_files.h"

#include "base/ascii.h"
#include "base/scan.h"
#include "text/uu.h"

#include <string.h>

enum {
	MAX_FILES = 1000,
	MAX_NAME = 1000,	/* octets of a file's name */
	BOUNDARY = 24,		/* room for "squab-", 16 digits and NUL */
	TRIES = 4
};

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

static bool has_line(sqb_str s, const char *boundary)
{
	size_t n = strlen(boundary);
	const char *p = s.ptr, *end = s.ptr + s.len;

	while (p < end && (p = sqb__find_pair(p, end, '-', '-')) != NULL) {
		if ((size_t)(end - p) >= n + 2 &&
		    !memcmp(p + 2, boundary, n))
			return true;
		p++;
	}
	return false;
}

/* One that is not in the text, from its digest. False: it was made to be. */
static bool choose_boundary(sqb_str s, char out[BOUNDARY])
{
	static const char hex[] = "0123456789abcdef";
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (uint8_t)s.ptr[i]) * 1099511628211u;
	for (int try = 0; try < TRIES; try++, h = h * 31 + 1) {
		memcpy(out, "squab-", 6);
		for (unsigned i = 0; i < 16; i++)
			out[6 + i] = hex[h >> (4 * i) & 15];
		out[22] = '\0';
		if (!has_line(s, out))
			return true;
	}
	return false;
}

/* value = *(%xx / attribute-char)                   RFC 2231, section 7 */
static void add_extended(sqb__buf *out, sqb_str name)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < name.len && i < MAX_NAME; i++) {
		unsigned char c = (unsigned char)name.ptr[i];
		char lower = sqb__lower(name.ptr[i]);

		if (sqb__is_digit(lower) || (lower >= 'a' && lower <= 'z') ||
		    lower == '.' || lower == '-' || lower == '_') {
			sqb__buf_add_char(out, name.ptr[i]);
			continue;
		}
		sqb__buf_add_char(out, '%');
		sqb__buf_add_char(out, hex[c >> 4]);
		sqb__buf_add_char(out, hex[c & 15]);
	}
}

static void add_delimiter(sqb__buf *out, const char *boundary)
{
	sqb__buf_add_c(out, "\n--");
	sqb__buf_add_c(out, boundary);
}

static void add_text(sqb__buf *out, const char *boundary, sqb_str text)
{
	if (text.len == 0)
		return;
	add_delimiter(out, boundary);
	sqb__buf_add_c(out, "\nContent-Type: text/plain; charset=utf-8\n"
	    "Content-Transfer-Encoding: 8bit\n\n");
	sqb__buf_add(out, text);
}

static void add_file(sqb__buf *out, const char *boundary, sqb_str name,
    sqb_str lines)
{
	add_delimiter(out, boundary);
	sqb__buf_add_c(out, "\nContent-Type: application/octet-stream\n"
	    "Content-Transfer-Encoding: x-uuencode\n"
	    "Content-Disposition: attachment; filename*=utf-8''");
	add_extended(out, name);
	sqb__buf_add_c(out, "\n\n");
	sqb__buf_add(out, lines);
}

bool sqb__inline_open(sqb_str text, sqb__buf *out)
{
	char boundary[BOUNDARY];
	sqb__uu_file file;
	size_t at = 0;

	if (!may_have_file(text) || !sqb__uu_find(text, 0, &file) ||
	    !choose_boundary(text, boundary))
		return false;
	sqb__buf_add_c(out, "Content-Type: multipart/mixed; boundary=");
	sqb__buf_add_c(out, boundary);
	sqb__buf_add_c(out, "\n");
	for (int i = 0; i < MAX_FILES && sqb__uu_find(text, at, &file); i++) {
		add_text(out, boundary, (sqb_str){ text.ptr + at,
		    file.start - at });
		add_file(out, boundary, file.name, (sqb_str){ text.ptr +
		    file.start, file.end - file.start });
		at = file.end;
	}
	add_text(out, boundary, sqb__str_from(text, at));
	add_delimiter(out, boundary);
	sqb__buf_add_c(out, "--\n");
	return true;
}

/*
 * yEnc for reading: "=ybegin line=… size=… name=…", then "=ypart begin=…
 * end=…" where it is a part of a file, the octets with 42 added to each, and
 * "=yend size=… crc32=…". An octet that would be NUL, LF, CR or "=" is "="
 * and itself with 64 more. A "=" before "y" begins a keyword and nothing
 * else, so a file without its end ends where the next begins.
 */
#include "text/yenc.h"

#include "base/ascii.h"
#include "base/scan.h"
#include "base/vector.h"

enum {
	SHIFT = 42,
	ESCAPED = 64,
	MAX_LINE = 1000		/* of a keyword; name and all */
};

static bool has_prefix(sqb_str s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.len >= n && !memcmp(s.ptr, prefix, n);
}

/* " " key value, up to the next blank; a name goes on to the end. */
static bool find_value(sqb_str line, const char *key, sqb_str *value)
{
	size_t n = strlen(key);

	for (size_t i = 0; i + n < line.len; i++) {
		sqb_str rest = sqb__str_from(line, i);

		if (rest.ptr[0] != ' ' ||
		    !has_prefix(sqb__str_from(rest, 1), key))
			continue;
		*value = sqb__str_from(rest, 1 + n);
		return true;
	}
	return false;
}

static bool find_number(sqb_str line, const char *key, uint64_t *n)
{
	sqb_str value;

	if (!find_value(line, key, &value))
		return false;
	value = sqb__next_word(&value);
	return sqb__parse_uint(value, INT64_MAX, n);
}

static bool find_crc(sqb_str line, const char *key, uint32_t *crc)
{
	sqb_str value;
	size_t n = 0;

	if (!find_value(line, key, &value))
		return false;
	value = sqb__next_word(&value);
	for (*crc = 0; n < value.len && sqb__hex_value(value.ptr[n]) >= 0; n++)
		*crc = *crc << 4 | (uint32_t)sqb__hex_value(value.ptr[n]);
	return n > 0 && n == value.len && n <= 8;
}

/*
 * The keyword at the front of *s, which is taken; *line is what follows it.
 * False: another line is there, or one that is too long.
 */
static bool take_line(sqb_str *s, const char *keyword, sqb_str *line)
{
	size_t n = sqb__line_len(*s);

	if (!has_prefix(*s, keyword) || n > MAX_LINE)
		return false;
	*line = sqb__str_from(sqb__without_eol((sqb_str){ s->ptr, n }),
	    strlen(keyword));
	*s = sqb__str_from(*s, n);
	return true;
}

/* The next line from offset at on that is a keyword; s.len: none is. */
static size_t find_keyword(sqb_str s, size_t at)
{
	const char *p = s.ptr + at, *end = s.ptr + s.len;

	for (; p < end && (p = sqb__find_pair(p, end, '=', 'y')) != NULL; p++)
		if (end - p > 1 && (p == s.ptr || p[-1] == '\n'))
			return (size_t)(p - s.ptr);
	return s.len;
}

/* "=ybegin" and "=ypart" at the front of *s, which are taken. */
static bool take_begin(sqb_str *s, sqb__yenc_file *file)
{
	uint64_t width, first, last;
	sqb_str line, head;

	*file = (sqb__yenc_file){ .start = 0 };
	if (!take_line(s, "=ybegin", &line) ||
	    !find_value(line, "name=", &file->name))
		return false;
	head = (sqb_str){ line.ptr, (size_t)(file->name.ptr - line.ptr) };
	if (!find_number(head, "line=", &width) ||
	    !find_number(head, "size=", &file->size))
		return false;
	if (!take_line(s, "=ypart", &line))
		return true;
	file->is_part = true;
	if (!find_number(line, "begin=", &first) || first == 0 ||
	    !find_number(line, "end=", &last) || last < first)
		return false;
	file->first = first - 1;
	file->size = last - file->first;
	return true;
}

static bool is_file_at(sqb_str text, size_t at, sqb__yenc_file *file)
{
	sqb_str rest = sqb__str_from(text, at), line;
	size_t n;

	if (!take_begin(&rest, file))
		return false;
	n = find_keyword(rest, 0);
	file->lines = (sqb_str){ rest.ptr, n };
	rest = sqb__str_from(rest, n);
	if (take_line(&rest, "=yend", &line)) {
		file->ended = true;
		file->has_crc = find_crc(line, file->is_part ? "pcrc32=" :
		    "crc32=", &file->crc);
	}
	file->start = at;
	file->end = text.len - rest.len;
	return true;
}

bool sqb__yenc_find(sqb_str text, size_t at, sqb__yenc_file *file)
{
	while ((at = find_keyword(text, at)) < text.len) {
		if (is_file_at(text, at, file))
			return true;
		at++;
	}
	return false;
}

/* ISO 3309, four bits at a time. */
static uint32_t add_crc(uint32_t crc, const char *p, size_t n)
{
	static const uint32_t rows[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
		0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};

	crc = ~crc;
	for (size_t i = 0; i < n; i++) {
		crc ^= (unsigned char)p[i];
		crc = crc >> 4 ^ rows[crc & 15];
		crc = crc >> 4 ^ rows[crc & 15];
	}
	return ~crc;
}

/*
 * Octets that are neither escaped nor line ends, in vectors; how many. What
 * is written beyond these has room, for no octet makes more than one.
 */
static size_t plain_run(sqb_str in, char *out)
{
	size_t i = 0;

	for (; in.len - i >= SQB__VECTOR; i += SQB__VECTOR) {
		sqb__vector v = sqb__vector_load(in.ptr + i);
		sqb__vector other = sqb__vector_eq(v, '=') |
		    sqb__vector_eq(v, '\r') | sqb__vector_eq(v, '\n');

		sqb__vector_store(out + i, v - sqb__vector_of(SHIFT));
		if (sqb__vector_any(other))
			return i + sqb__vector_first(other);
	}
	return i;
}

/* One octet of the input, which makes none or one. */
static size_t take_octet(sqb__yenc *d, unsigned char c, char *out)
{
	if (c == '\r' || c == '\n')
		return 0;
	if (!d->escaped && c == '=') {
		d->escaped = true;
		return 0;
	}
	*out = (char)(c - SHIFT - (d->escaped ? ESCAPED : 0));
	d->escaped = false;
	return 1;
}

size_t sqb__yenc_decode(sqb__yenc *d, sqb_str in, char *out)
{
	size_t made = 0;

	while (in.len > 0) {
		size_t n = d->escaped ? 0 : plain_run(in, out + made);

		made += n;
		in = sqb__str_from(in, n);
		if (in.len == 0)
			break;
		made += take_octet(d, (unsigned char)in.ptr[0], out + made);
		in = sqb__str_from(in, 1);
	}
	d->crc = add_crc(d->crc, out, made);
	d->n += made;
	return made;
}

bool sqb__yenc_is_whole(const sqb__yenc *d, const sqb__yenc_file *file)
{
	return file->ended && d->n == file->size && !d->escaped &&
	    (!file->has_crc || d->crc == file->crc);
}

/*
 * The writing of JSON. Runs of characters that need no escape are found with
 * vectors and copied, or handed on where they are long.
 */
#include "mime/json_writer.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "base/vector.h"
#include "text/base64.h"

#include <string.h>

void sqb__json_init(sqb__json *j, sqb_json_write *sink, void *ctx)
{
	j->sink = sink;
	j->ctx = ctx;
	j->error = SQB_OK;
	j->comma = false;
	j->n = 0;
	j->n_held = 0;
}

static void give(sqb__json *j, sqb_str s)
{
	if (j->error == SQB_OK && s.len > 0)
		j->error = j->sink(j->ctx, s);
}

int sqb__json_flush(sqb__json *j)
{
	give(j, (sqb_str){ j->buf, j->n });
	j->n = 0;
	return j->error;
}

static void put(sqb__json *j, sqb_str s)
{
	if (s.len > SQB__JSON_ROOM - j->n)
		sqb__json_flush(j);
	if (s.len > SQB__JSON_ROOM) {
		give(j, s);
		return;
	}
	memcpy(j->buf + j->n, s.ptr, s.len);
	j->n += s.len;
}

static void put_char(sqb__json *j, char c)
{
	if (j->n == SQB__JSON_ROOM)
		sqb__json_flush(j);
	j->buf[j->n++] = c;
}

/* A value or a key begins. */
static void begin(sqb__json *j)
{
	if (j->comma)
		put_char(j, ',');
	j->comma = true;
}

void sqb__json_open(sqb__json *j, char bracket)
{
	begin(j);
	put_char(j, bracket);
	j->comma = false;
}

void sqb__json_close(sqb__json *j, char bracket)
{
	put_char(j, bracket);
	j->comma = true;
}

static void put_c(sqb__json *j, const char *s)
{
	put(j, sqb_str_of(s));
}

void sqb__json_null(sqb__json *j)
{
	begin(j);
	put_c(j, "null");
}

void sqb__json_bool(sqb__json *j, bool is)
{
	begin(j);
	put_c(j, is ? "true" : "false");
}

void sqb__json_uint(sqb__json *j, uint64_t n)
{
	char digits[20];
	size_t at = sizeof(digits);

	begin(j);
	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	put(j, (sqb_str){ digits + at, sizeof(digits) - at });
}

static bool is_plain(char c)
{
	return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

/* Octets of ASCII at the front of s that stand for themselves. */
static size_t plain_len(sqb_str s)
{
	size_t i = 0;

	for (; s.len - i >= SQB__VECTOR; i += SQB__VECTOR) {
		sqb__vector v = sqb__vector_load(s.ptr + i);
		sqb__vector special =
		    (sqb__vector)(v < sqb__vector_of(0x20)) |
		    (sqb__vector)(v >= sqb__vector_of(0x7f)) |
		    sqb__vector_eq(v, '"') | sqb__vector_eq(v, '\\');

		if (sqb__vector_any(special))
			return i + sqb__vector_first(special);
	}
	while (i < s.len && is_plain(s.ptr[i]))
		i++;
	return i;
}

/* The same, and characters beyond ASCII. */
static size_t run_len(sqb_str s)
{
	size_t n = plain_len(s), run;

	while (n < s.len && !sqb__is_ascii(s.ptr[n])) {
		run = sqb__visible_run(sqb__str_from(s, n));
		if (run == 0)
			return n;
		n += run;
		n += plain_len(sqb__str_from(s, n));
	}
	return n;
}

static void put_escape(sqb__json *j, uint32_t c)
{
	static const char hex[] = "0123456789abcdef";
	static const char letters[] = "btn\0fr";
	char text[6] = { '\\', 'u', hex[c >> 12 & 15], hex[c >> 8 & 15],
	    hex[c >> 4 & 15], hex[c & 15] };

	if (c == '"' || c == '\\')
		text[1] = (char)c;
	else if (c >= '\b' && c <= '\r' && c != '\v')
		text[1] = letters[c - '\b'];
	put(j, (sqb_str){ text, text[1] == 'u' ? 6 : 2 });
}

/* Takes what is at the front of *s and does not stand for itself. */
static void put_special(sqb__json *j, sqb_str *s)
{
	uint32_t c = (unsigned char)s->ptr[0];
	size_t n = sqb__is_ascii(s->ptr[0]) ? 1 : sqb__utf8_decode(*s, &c);

	if (n == 0) {
		n = sqb__utf8_broken(*s);
		put(j, (sqb_str)SQB_STR("\xef\xbf\xbd"));
	} else {
		put_escape(j, c);
	}
	*s = sqb__str_from(*s, n);
}

static void put_string(sqb__json *j, sqb_str s, bool lines)
{
	put_char(j, '"');
	while (s.len > 0 && j->error == SQB_OK) {
		size_t n = run_len(s);

		if (n > 0)
			put(j, (sqb_str){ s.ptr, n });
		s = sqb__str_from(s, n);
		if (lines && s.len > 1 && s.ptr[0] == '\r' && s.ptr[1] == '\n')
			s = sqb__str_from(s, 1);
		if (s.len > 0)
			put_special(j, &s);
	}
	put_char(j, '"');
}

void sqb__json_str(sqb__json *j, sqb_str s)
{
	begin(j);
	put_string(j, s, false);
}

void sqb__json_lines(sqb__json *j, sqb_str s)
{
	begin(j);
	put_string(j, s, true);
}

void sqb__json_c(sqb__json *j, const char *s)
{
	sqb__json_str(j, sqb_str_of(s));
}

void sqb__json_c_or_null(sqb__json *j, const char *s)
{
	if (s[0] == '\0')
		sqb__json_null(j);
	else
		sqb__json_c(j, s);
}

void sqb__json_member(sqb__json *j, const char *key, const char *s)
{
	sqb__json_key(j, key);
	sqb__json_c_or_null(j, s);
}

void sqb__json_key_str(sqb__json *j, sqb_str name)
{
	begin(j);
	put_string(j, name, false);
	put_char(j, ':');
	j->comma = false;
}

void sqb__json_key(sqb__json *j, const char *name)
{
	sqb__json_key_str(j, sqb_str_of(name));
}

void sqb__json_base64_begin(sqb__json *j)
{
	begin(j);
	put_char(j, '"');
	j->n_held = 0;
}

static void put_base64(sqb__json *j, sqb_str s)
{
	size_t n = sqb__base64_encoded_len(s.len);

	if (n > SQB__JSON_ROOM - j->n)
		sqb__json_flush(j);
	sqb__base64_encode(j->buf + j->n, s);
	j->n += n;
}

static void hold(sqb__json *j, sqb_str *s)
{
	while (s->len > 0 && j->n_held < 3) {
		j->held[j->n_held++] = (unsigned char)s->ptr[0];
		*s = sqb__str_from(*s, 1);
	}
}

static void put_held(sqb__json *j)
{
	put_base64(j, (sqb_str){ (const char *)j->held, j->n_held });
	j->n_held = 0;
}

void sqb__json_base64_add(sqb__json *j, sqb_str s)
{
	enum { PIECE = SQB__JSON_ROOM / 8 * 3 };

	if (j->n_held > 0) {
		hold(j, &s);
		if (j->n_held < 3)
			return;
		put_held(j);
	}
	while (s.len >= 3 && j->error == SQB_OK) {
		size_t n = s.len < PIECE ? s.len - s.len % 3 : PIECE;

		put_base64(j, (sqb_str){ s.ptr, n });
		s = sqb__str_from(s, n);
	}
	hold(j, &s);
}

void sqb__json_base64_end(sqb__json *j)
{
	put_held(j);
	put_char(j, '"');
}

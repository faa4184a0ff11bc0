/*
 * Safe output for people (escapes, columns) and for programs (JSON, RFC 8259).
 * Widths are East Asian Width and combining marks in rough: good for columns,
 * no more.
 */
#define _GNU_SOURCE
#include "print.h"

#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sysexits.h>
#include <unistd.h>

/* A character of UTF-8 (RFC 3629, section 4): its length; 0: it is none. */
static size_t decode(sqb_str s, uint32_t *c)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)s.ptr;
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 :
	    p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;

	if (n == 0 || n > s.len)
		return 0;
	*c = n == 1 ? p[0] : p[0] & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | (p[i] & 0x3f);
	}
	if (*c < least[n] || *c > 0x10ffff || (*c >= 0xd800 && *c < 0xe000))
		return 0;
	return n;
}

/* C0, DEL, C1, what turns the direction of text, what nobody sees. */
static bool is_hidden(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c ||
	    (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
	    (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

static bool is_wide(uint32_t c)
{
	return c >= 0x1100 && (c <= 0x115f || (c >= 0x2e80 && c <= 0xa4cf) ||
	    (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
	    (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
	    (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd));
}

static bool is_combining(uint32_t c)
{
	return (c >= 0x0300 && c <= 0x036f) || (c >= 0x20d0 && c <= 0x20ff) ||
	    (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xfe20 && c <= 0xfe2f);
}

/* What is printed for the front of a text. */
typedef struct glyph {
	size_t len;		/* octets of the text */
	size_t columns;
	bool escaped;		/* as \xNN, one octet at a time */
} glyph;

static glyph next_glyph(sqb_str s)
{
	uint32_t c;
	size_t n = decode(s, &c);

	if (n == 0 || is_hidden(c))
		return (glyph){ 1, 4, true };
	return (glyph){ n, is_combining(c) ? 0 : is_wide(c) ? 2 : 1, false };
}

static void put_glyph(FILE *out, const char *p, glyph g)
{
	if (g.escaped)
		fprintf(out, "\\x%02x", (unsigned)(unsigned char)*p);
	else
		fwrite(p, 1, g.len, out);
}

static sqb_str rest(sqb_str s, size_t n)
{
	return (sqb_str){ s.ptr + n, s.len - n };
}

void cli_print_safe(FILE *out, sqb_str s)
{
	while (s.len > 0) {
		glyph g = next_glyph(s);

		put_glyph(out, s.ptr, g);
		s = rest(s, g.len);
	}
}

bool cli_is_utf8(sqb_str s)
{
	while (s.len > 0) {
		uint32_t c;
		size_t n = decode(s, &c);

		if (n == 0)
			return false;
		s = rest(s, n);
	}
	return true;
}

size_t cli_columns(sqb_str s)
{
	size_t sum = 0;

	while (s.len > 0) {
		glyph g = next_glyph(s);

		sum += g.columns;
		s = rest(s, g.len);
	}
	return sum;
}

void cli_print_column(FILE *out, sqb_str s, size_t width, bool pad)
{
	bool cut = width > 0 && cli_columns(s) > width;
	size_t room = cut ? width - 1 : width, used = 0;

	while (s.len > 0) {
		glyph g = next_glyph(s);

		if (width > 0 && used + g.columns > room)
			break;
		put_glyph(out, s.ptr, g);
		used += g.columns;
		s = rest(s, g.len);
	}
	if (cut) {
		fputs("\xe2\x80\xa6", out);
		used++;
	}
	for (; pad && used < width; used++)
		putc(' ', out);
}

void cli_print_lines(FILE *out, const char *lines)
{
	while (*lines != '\0') {
		size_t n = strcspn(lines, "\n");

		n += lines[n] == '\n' ? 1 : 0;
		fwrite(lines, 1, n, out);
		lines += n;
	}
}

void cli_error(const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	/* Other threads have their own to say. */
	flockfile(stderr);
	fputs("squab: ", stderr);
	cli_print_safe(stderr, sqb_str_of(line));
	putc('\n', stderr);
	funlockfile(stderr);
}

#ifndef EAI_NODATA		/* not all systems tell it apart */
#define EAI_NODATA EAI_NONAME
#endif

/* sys: an errno, or a number of getaddrinfo(3); see sqb_error(3). */
int cli_error_exit(const sqb_error *err)
{
	int sys = err->sys;

	if (err->code != SQB_E_NET)
		return sqb_code_exit(err->code);
	if (sys == EAI_NONAME || sys == EAI_NODATA)
		return EX_NOHOST;
	return sys == EAI_AGAIN || sys == ECONNRESET || sys == EPIPE ||
	    sys == ETIMEDOUT ? EX_TEMPFAIL : EX_UNAVAILABLE;
}

int cli_fail(const char *what, const sqb_error *err)
{
	cli_error("%s%s%s", what ? what : "", what ? ": " : "", err->text);
	return cli_error_exit(err);
}

int cli_close_stdout(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	cli_error("standard output: not all could be written");
	return EX_IOERR;
}

cli_size_text cli_size(uint64_t octets)
{
	static const char units[] = "?KMGTPE";
	cli_size_text out;
	uint64_t n = octets, below = 0, tenths;
	size_t unit = 0;

	for (; n >= 1000; n /= 1024) {
		below = n % 1024;
		unit++;
	}
	tenths = n * 10 + (below * 10 + 512) / 1024;
	if (unit == 0)
		snprintf(out.text, sizeof(out.text), "%u", (unsigned)n);
	else if (tenths < 100)
		snprintf(out.text, sizeof(out.text), "%u.%u%c",
		    (unsigned)(tenths / 10 % 10), (unsigned)(tenths % 10),
		    units[unit]);
	else
		snprintf(out.text, sizeof(out.text), "%u%c",
		    (unsigned)((tenths + 5) / 10 % 10000), units[unit]);
	return out;
}

size_t cli_width(FILE *out)
{
	struct winsize size;

	if (!isatty(fileno(out)))
		return 0;
	if (ioctl(fileno(out), TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return 80;
	return size.ws_col;
}

static void put_json_char(FILE *out, uint32_t c)
{
	if (c > 0xffff) {
		put_json_char(out, 0xd800 + ((c - 0x10000) >> 10));
		put_json_char(out, 0xdc00 + ((c - 0x10000) & 0x3ff));
	} else {
		fprintf(out, "\\u%04x", (unsigned)c);
	}
}

static void put_json_text(FILE *out, sqb_str s)
{
	putc('"', out);
	while (s.len > 0) {
		uint32_t c;
		size_t n = decode(s, &c);

		if (n == 0)
			put_json_char(out, 0xfffd);
		else if (is_hidden(c))
			put_json_char(out, c);
		else if (c == '"' || c == '\\')
			fprintf(out, "\\%c", (char)c);
		else
			fwrite(s.ptr, 1, n, out);
		s = rest(s, n > 0 ? n : 1);
	}
	putc('"', out);
}

static void put_name(cli_json *j, const char *name)
{
	if (j->more)
		putc(',', j->out);
	j->more = true;
	put_json_text(j->out, sqb_str_of(name));
	putc(':', j->out);
}

cli_json cli_json_begin(FILE *out)
{
	putc('{', out);
	return (cli_json){ .out = out };
}

void cli_json_string(cli_json *j, const char *name, sqb_str value)
{
	put_name(j, name);
	put_json_text(j->out, value);
}

void cli_json_lines(cli_json *j, const char *name, sqb_str lines)
{
	const char *lf, *comma = "";

	put_name(j, name);
	putc('[', j->out);
	while (lines.len > 0 && (lf = memchr(lines.ptr, '\n', lines.len))) {
		size_t n = (size_t)(lf - lines.ptr);

		fputs(comma, j->out);
		put_json_text(j->out, (sqb_str){ lines.ptr, n });
		comma = ",";
		lines = rest(lines, n + 1);
	}
	putc(']', j->out);
}

void cli_json_number(cli_json *j, const char *name, int64_t value)
{
	put_name(j, name);
	fprintf(j->out, "%lld", (long long)value);
}

void cli_json_unsigned(cli_json *j, const char *name, uint64_t value)
{
	put_name(j, name);
	fprintf(j->out, "%llu", (unsigned long long)value);
}

void cli_json_bool(cli_json *j, const char *name, bool value)
{
	put_name(j, name);
	fputs(value ? "true" : "false", j->out);
}

void cli_json_end(cli_json *j)
{
	fputs("}\n", j->out);
}

/*
 * A message as a person reads it. Lines are broken at blanks and between wide
 * characters; what quotes a line stands before each piece of it.
 */
#include "show.h"
#include "print.h"

#include <string.h>

enum { MAX_QUOTE = 32, LEAST_WIDTH = 20 };

static sqb_str from(sqb_str s, size_t n)
{
	return (sqb_str){ s.ptr + n, s.len - n };
}

static void print_piece(FILE *out, sqb_str s)
{
	const char *tab;

	while (s.len > 0 && (tab = memchr(s.ptr, '\t', s.len)) != NULL) {
		size_t n = (size_t)(tab - s.ptr);

		cli_print_safe(out, (sqb_str){ s.ptr, n });
		putc('\t', out);
		s = from(s, n + 1);
	}
	cli_print_safe(out, s);
}

/* "> > " at the front of a line. */
static size_t quote_len(sqb_str line)
{
	size_t n = 0;

	while (n < line.len && n < MAX_QUOTE &&
	    (line.ptr[n] == '>' || (n > 0 && line.ptr[n] == ' ')))
		n++;
	return n;
}

/* The length of the character of UTF-8 at the front of s. */
static size_t character_len(sqb_str s)
{
	size_t n = 1;

	while (n < s.len && ((unsigned char)s.ptr[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* Commas, stops and closing brackets, none of which begins a line. */
static bool is_closing(sqb_str s)
{
	static const char marks[][4] = {
		"\xe3\x80\x81", "\xe3\x80\x82", "\xe3\x80\x8d",
		"\xe3\x80\x8f", "\xe3\x80\x91", "\xef\xbc\x81",
		"\xef\xbc\x89", "\xef\xbc\x8c", "\xef\xbc\x8e",
		"\xef\xbc\x9a", "\xef\xbc\x9b", "\xef\xbc\x9f" };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (s.len >= 3 && memcmp(s.ptr, marks[i], 3) == 0)
			return true;
	return false;
}

/* Blanks and a word, or as much of it as up to its first wide character. */
static size_t word_len(sqb_str s)
{
	size_t n = 0, c;
	bool wide = false;

	while (n < s.len && s.ptr[n] == ' ')
		n++;
	while (n < s.len && s.ptr[n] != ' ') {
		if (wide && !is_closing(from(s, n)))
			break;
		c = character_len(from(s, n));
		wide = c > 1 && cli_columns((sqb_str){ s.ptr + n, c }) == 2;
		n += c;
	}
	return n;
}

/* The words at the front of s that fit in width, at least one. */
static size_t fitting(sqb_str s, size_t width)
{
	size_t best = 0, used = 0, at = 0;

	while (at < s.len) {
		size_t n = at + word_len(from(s, at));

		used += cli_columns((sqb_str){ s.ptr + at, n - at });
		if (best > 0 && used > width)
			return best;
		best = at = n;
	}
	return s.len;
}

static void print_line(FILE *out, sqb_str line, size_t width)
{
	size_t n = width >= LEAST_WIDTH ? quote_len(line) : 0;
	sqb_str quote = { line.ptr, n };

	line = from(line, n);
	if (width < LEAST_WIDTH || n + LEAST_WIDTH > width) {
		print_piece(out, quote);
		print_piece(out, line);
		putc('\n', out);
		return;
	}
	do {
		n = fitting(line, width - quote.len);
		print_piece(out, quote);
		print_piece(out, (sqb_str){ line.ptr, n });
		putc('\n', out);
		while (n < line.len && line.ptr[n] == ' ')
			n++;
		line = from(line, n);
	} while (line.len > 0);
}

void show_lines(FILE *out, sqb_str text, size_t width)
{
	while (text.len > 0) {
		const char *lf = memchr(text.ptr, '\n', text.len);
		size_t n = lf ? (size_t)(lf - text.ptr) : text.len;
		bool crlf = lf && n > 0 && text.ptr[n - 1] == '\r';

		print_line(out, (sqb_str){ text.ptr, crlf ? n - 1 : n },
		    width);
		text = from(text, lf ? n + 1 : n);
	}
}

void show_fields(FILE *out, sqb_message *m)
{
	static const char *const names[] = { "From", "To", "Cc", "Reply-To",
		"Date", "Subject" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = sqb_message_field(m, names[i], 0);

		if (*value == '\0')
			continue;
		fprintf(out, "%s: ", names[i]);
		cli_print_safe(out, sqb_str_of(value));
		putc('\n', out);
	}
}

void show_text(FILE *out, sqb_message *m, size_t width)
{
	show_lines(out, sqb_str_of(sqb_message_text(m)), width);
}

/* Of a message its subject, of anything else its name. */
static const char *title(sqb_message *m, size_t i)
{
	const sqb_part *p = sqb_message_part(m, i);
	const char *subject = "";

	if (p->type == SQB_PART_MESSAGE && p->next > i + 1)
		subject = sqb_part_field(m, i + 1, "Subject", 0);
	return subject[0] != '\0' ? subject : sqb_part_safe_name(m, i);
}

static uint64_t size_of(sqb_message *m, size_t i)
{
	sqb_str content;

	return sqb_part_content(m, i, &content) == SQB_OK ? content.len :
	    sqb_part_body(m, i).len;
}

void show_attachments(FILE *out, sqb_message *m)
{
	const sqb_bodies *b = sqb_message_bodies(m, 0);

	for (size_t k = 0; b && k < b->n_attachments; k++) {
		size_t i = b->attachments[k];

		fprintf(out, "%s[%zu] ", k == 0 ? "\n" : "", k + 1);
		cli_print_safe(out, sqb_str_of(title(m, i)));
		fputs(", ", out);
		cli_print_safe(out, sqb_str_of(sqb_part_media_type(m, i)));
		fprintf(out, ", %s\n", cli_size(size_of(m, i)).text);
	}
}

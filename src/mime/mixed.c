/*
 * Writing a multipart/mixed whose bodies stand as they are. Its lines end in
 * CRLF, so that a body may end in CR.
 */
#include "mime/mixed.h"

#include "base/ascii.h"
#include "base/scan.h"
#include "base/utf8.h"

#include <string.h>

enum {
	MAX_NAME = 1000,	/* octets of a file's name */
	MAX_DIGITS = 16,
	N_DIGITS = 16
};

/* What base64 and quoted-printable cannot make: RFC 2045, section 6.7. */
static const char prefix[] = "=_squab-";

typedef struct boundary {
	char text[sizeof(prefix) + MAX_DIGITS];
	size_t len;
} boundary;

typedef struct part {
	size_t head_end;
	sqb_str body;
} part;

void sqb__mixed_init(sqb__mixed *x, const sqb_allocator *a)
{
	*x = (sqb__mixed){ .n_alternatives = 0 };
	sqb__buf_init(&x->heads, a, SIZE_MAX / 4);
	sqb__buf_init(&x->parts, a, SIZE_MAX / 4);
}

void sqb__mixed_clear(sqb__mixed *x)
{
	sqb__buf_clear(&x->heads);
	sqb__buf_clear(&x->parts);
}

size_t sqb__mixed_n_parts(const sqb__mixed *x)
{
	return sqb__buf_len(&x->parts) / sizeof(part);
}

static part *part_at(const sqb__mixed *x, size_t i)
{
	return (part *)(void *)x->parts.data + i;
}

void sqb__mixed_part(sqb__mixed *x, sqb_str body)
{
	part p = { x->heads.end, body };

	sqb__buf_add(&x->parts, (sqb_str){ (const char *)&p, sizeof(p) });
}

/* The header of the last part goes on to where heads ends now. */
static void close_head(sqb__mixed *x)
{
	size_t n = sqb__mixed_n_parts(x);

	if (n > 0)
		part_at(x, n - 1)->head_end = x->heads.end;
}

void sqb__mixed_field(sqb__mixed *x, const char *name, sqb_str value)
{
	sqb__buf_add_c(&x->heads, name);
	sqb__buf_add_c(&x->heads, ": ");
	sqb__buf_add(&x->heads, value);
	sqb__buf_add_c(&x->heads, "\r\n");
	close_head(x);
}

static bool is_plain(char c)
{
	return sqb__is_digit(c) || sqb__is_letter(c) || c == '.' || c == '-' ||
	    c == '_';
}

/* value = *(%xx / attribute-char)                   RFC 2231, section 7 */
static void add_extended(sqb__buf *out, sqb_str name)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.ptr[i];

		if (is_plain(name.ptr[i])) {
			sqb__buf_add_char(out, name.ptr[i]);
			continue;
		}
		sqb__buf_add_char(out, '%');
		sqb__buf_add_char(out, hex[c >> 4]);
		sqb__buf_add_char(out, hex[c & 15]);
	}
}

void sqb__mixed_file(sqb__mixed *x, sqb_str name)
{
	sqb__buf_add_c(&x->heads, "Content-Disposition: attachment");
	if (name.len > 0)
		sqb__buf_add_c(&x->heads, "; filename*=utf-8''");
	add_extended(&x->heads, sqb__utf8_cut(name, MAX_NAME));
	sqb__buf_add_c(&x->heads, "\r\n");
	close_head(x);
}

/* Counts what follows b wherever that is in s. Returns how many there are. */
static size_t tally(sqb_str s, const boundary *b, size_t counts[N_DIGITS])
{
	const char *p = s.ptr, *end = s.ptr + s.len;
	size_t found = 0;

	while (p < end && (p = sqb__find_pair(p, end, '=', '_')) != NULL) {
		if ((size_t)(end - p) > b->len &&
		    memcmp(p, b->text, b->len) == 0) {
			int digit = sqb__hex_value(p[b->len]);

			found++;
			if (digit >= 0)
				counts[digit]++;
		}
		p++;
	}
	return found;
}

/*
 * Each digit is the one that follows in the fewest places, of which each time
 * at most a sixteenth is left: that ends, whoever made the bodies.
 */
static boundary choose_boundary(const sqb__mixed *x)
{
	boundary b = { .len = sizeof(prefix) - 1 };
	size_t found, least;

	memcpy(b.text, prefix, sizeof(prefix));
	do {
		size_t counts[N_DIGITS] = { 0 };

		found = least = 0;
		for (size_t i = 0; i < sqb__mixed_n_parts(x); i++)
			found += tally(part_at(x, i)->body, &b, counts);
		for (size_t d = 1; d < N_DIGITS; d++)
			if (counts[d] < counts[least])
				least = d;
		b.text[b.len++] = "0123456789abcdef"[least];
		b.text[b.len] = '\0';
	} while (found > 0 && b.len < sizeof(prefix) - 1 + MAX_DIGITS);
	return b;
}

static void add_delimiter(sqb__buf *out, const char *mark,
    const char *after)
{
	sqb__buf_add_c(out, "\r\n--");
	sqb__buf_add_c(out, mark);
	sqb__buf_add_c(out, after);
	sqb__buf_add_c(out, "\r\n");
}

static void begin_multipart(sqb__buf *out, const char *subtype,
    const char *mark, const char *after)
{
	sqb__buf_add_c(out, "Content-Type: multipart/");
	sqb__buf_add_c(out, subtype);
	sqb__buf_add_c(out, "; boundary=\"");
	sqb__buf_add_c(out, mark);
	sqb__buf_add_c(out, after);
	sqb__buf_add_c(out, "\"\r\n");
}

static void add_part(const sqb__mixed *x, size_t i, sqb__buf *out)
{
	const part *p = part_at(x, i);
	size_t head = i > 0 ? part_at(x, i - 1)->head_end : 0;

	if (p->head_end > head)
		sqb__buf_add(out, (sqb_str){ x->heads.data + head,
		    p->head_end - head });
	sqb__buf_add_c(out, "\r\n");
	sqb__buf_add(out, p->body);
}

static void add_alternatives(const sqb__mixed *x, const char *mark,
    sqb__buf *out)
{
	add_delimiter(out, mark, "");
	begin_multipart(out, "alternative", mark, ".");
	for (size_t i = 0; i < x->n_alternatives; i++) {
		add_delimiter(out, mark, ".");
		add_part(x, i, out);
	}
	add_delimiter(out, mark, ".--");
}

static size_t size_of(const sqb__mixed *x)
{
	size_t n = sqb__buf_len(&x->heads);

	for (size_t i = 0; i < sqb__mixed_n_parts(x); i++)
		n += part_at(x, i)->body.len + sizeof(boundary);
	return n;
}

void sqb__mixed_write(const sqb__mixed *x, sqb_str fields, sqb__buf *out)
{
	bool failed = x->heads.failed || x->parts.failed;
	boundary b;
	size_t i = 0;

	if (failed || !sqb__buf_reserve(out, fields.len + size_of(x))) {
		out->failed = true;
		return;
	}
	b = choose_boundary(x);
	sqb__buf_add(out, fields);
	sqb__buf_add_c(out, "MIME-Version: 1.0\r\n");
	begin_multipart(out, "mixed", b.text, "");
	if (x->n_alternatives > 1) {
		add_alternatives(x, b.text, out);
		i = x->n_alternatives;
	}
	for (; i < sqb__mixed_n_parts(x); i++) {
		add_delimiter(out, b.text, "");
		add_part(x, i, out);
	}
	add_delimiter(out, b.text, "--");
}

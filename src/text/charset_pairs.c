/*
 * Pairs of octets to characters, by what iconv(3) said of each. Only what is
 * beyond doubt is done here: one pair that is one character, and ASCII. Of
 * ISO-2022-JP (RFC 1468) these are ASCII, the Roman set and JIS X 0208.
 */
#include "text/charset_pairs.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <iconv.h>
#include <string.h>

enum {
	ODD = 0xffff,		/* a cell: no character, or more than one */
	ESC = 0x1b
};

/* What stands between escapes. */
typedef enum state { ASCII, ROMAN, PAIRS } state;

static const char to_pairs[] = { ESC, '$', 'B' };

/* What iconv makes of in, from its initial state on. False: it fails. */
static bool ask(const sqb__pairs *p, sqb_str in, sqb_str *made, char *room,
    size_t n)
{
	char *from = (char *)(uintptr_t)in.ptr, *to = room;
	size_t left = in.len;

	iconv(p->cd, NULL, NULL, NULL, NULL);
	if (iconv(p->cd, &from, &left, &to, &n) != 0 || left > 0 ||
	    iconv(p->cd, NULL, NULL, &to, &n) != 0)
		return false;
	*made = (sqb_str){ room, (size_t)(to - room) };
	return true;
}

static uint16_t ask_pair(const sqb__pairs *p, const char *pair)
{
	char in[sizeof(to_pairs) + 2], room[16];
	size_t n = p->kind == SQB__PAIRS_JP ? sizeof(to_pairs) : 0;
	uint32_t c;
	sqb_str made;

	memcpy(in, to_pairs, n);
	memcpy(in + n, pair, 2);
	if (!ask(p, (sqb_str){ in, n + 2 }, &made, room, sizeof(room)) ||
	    made.len == 0 || sqb__utf8_decode(made, &c) != made.len)
		return ODD;
	return c > 0 && c < ODD ? (uint16_t)c : ODD;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* ASCII and, between pairs, white space are themselves. */
static bool is_sound(const sqb__pairs *p)
{
	char in[sizeof(to_pairs) + 128], room[128];
	size_t n = 0;
	sqb_str made;

	for (int c = 0; c < '~'; c++)
		if (c >= ' ' || is_space((char)c))
			in[n++] = (char)c;
	in[n++] = '~';
	if (!ask(p, (sqb_str){ in, n }, &made, room, sizeof(room)) ||
	    made.len != n || memcmp(room, in, n) != 0)
		return false;
	if (p->kind != SQB__PAIRS_JP)
		return true;
	memcpy(in, to_pairs, sizeof(to_pairs));
	memcpy(in + sizeof(to_pairs), " \t\r\n", 4);
	return ask(p, (sqb_str){ in, sizeof(to_pairs) + 4 }, &made, room,
	    sizeof(room)) && made.len == 4 && !memcmp(room, " \t\r\n", 4);
}

void sqb__pairs_init(sqb__pairs *p, sqb__charset charset,
    sqb__pairs_kind kind, void *cd)
{
	*p = (sqb__pairs){ .charset = charset, .kind = kind, .cd = cd };
	if (!is_sound(p))
		p->kind = SQB__PAIRS_NONE;
}

/* 0: another escape, which is iconv's. */
static size_t take_escape(const sqb__pairs *p, sqb_str s, state *st)
{
	bool known = s.len > 2 && p->kind == SQB__PAIRS_JP;

	if (known && s.ptr[1] == '$' && (s.ptr[2] == 'B' || s.ptr[2] == '@'))
		*st = PAIRS;
	else if (known && s.ptr[1] == '(' && s.ptr[2] == 'B')
		*st = ASCII;
	else if (known && s.ptr[1] == '(' && s.ptr[2] == 'J')
		*st = ROMAN;
	else
		return 0;
	return 3;
}

/* The Roman set has a Yen sign and an overline, which is iconv's. */
static size_t take_ascii(sqb_str s, state st, sqb__buf *out)
{
	size_t n = sqb__printable_len(s);

	if (st == ROMAN && n > 0 &&
	    (memchr(s.ptr, '\\', n) || memchr(s.ptr, '~', n)))
		return 0;
	sqb__buf_add(out, (sqb_str){ s.ptr, n });
	return n;
}

static size_t take_pair(sqb__pairs *p, sqb_str s, sqb__buf *out)
{
	uint16_t *cell;

	if (s.len < 2)
		return 0;
	cell = &p->cells[(s.ptr[0] & 0x7f) << 8 | (unsigned char)s.ptr[1]];
	if (*cell == 0)
		*cell = ask_pair(p, s.ptr);
	if (*cell == ODD)
		return 0;
	if (sqb__buf_reserve(out, 4))
		out->end += sqb__utf8_encode(*cell, out->data + out->end);
	return 2;
}

/* What is at the front of s; 0: it is iconv's. */
static size_t take(sqb__pairs *p, sqb_str s, state *st, sqb__buf *out)
{
	bool high = p->kind == SQB__PAIRS_HIGH;
	char c = s.ptr[0];

	if (high ? (unsigned char)c >= 0x80 : *st == PAIRS && c > ' ')
		return take_pair(p, s, out);
	if (c == ESC)
		return take_escape(p, s, st);
	if (!is_space(c))
		return take_ascii(s, *st, out);
	sqb__buf_add_char(out, c);
	return 1;
}

size_t sqb__pairs_decode(sqb__pairs *p, sqb_str in, sqb__buf *out)
{
	size_t at = 0, n, from = 0, end = out->end;
	state st = ASCII;

	if (p->kind == SQB__PAIRS_NONE)
		return 0;
	while (at < in.len && !out->failed) {
		n = take(p, sqb__str_from(in, at), &st, out);
		if (n == 0) {
			out->end = end;
			return from;
		}
		at += n;
		/* before an escape, or behind a pair, iconv can go on */
		if (p->kind == SQB__PAIRS_HIGH || in.ptr[at - n] == ESC) {
			from = p->kind == SQB__PAIRS_HIGH ? at : at - n;
			end = out->end;
		}
	}
	return at;
}

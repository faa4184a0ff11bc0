/*
 * What stands in an envelope: mailboxes (RFC 5321, section 4.1.2; RFC 6531,
 * section 3.3), xtext (RFC 3461, section 4; RFC 6533, section 3).
 */
#include "smtp/smtp.h"

#include <squab/message.h>

#include "base/ascii.h"
#include "base/utf8.h"

#include <string.h>

enum {
	MAX_ADDRESS = 320,	/* octets: 64, "@", 255; RFC 5321, 4.5.3.1 */
	MAX_HELO = 255
};

/* --- domains */

/* address-literal = "[" 1*dcontent "]"; dcontent = %d33-90 / %d94-126 */
static bool good_literal(sqb_str s)
{
	if (s.len < 3 || s.ptr[0] != '[' || s.ptr[s.len - 1] != ']')
		return false;
	for (size_t i = 1; i < s.len - 1; i++)
		if (s.ptr[i] < 33 || s.ptr[i] > 126 ||
		    memchr("[\\]", s.ptr[i], 3))
			return false;
	return true;
}

/*
 * Domain = sub-domain *("." sub-domain); sub-domain = Let-dig [Ldh-str]
 *
 * Where underscore says so it may hold that, which some hosts have.
 */
static bool good_labels(sqb_str s, bool underscore)
{
	char before = '.';

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		bool alnum = sqb__is_letter(c) || sqb__is_digit(c) ||
		    (underscore && c == '_');

		if (!alnum && (before == '.' || (c != '-' && c != '.')))
			return false;
		before = c;
	}
	return s.len > 0 && s.len <= 255 && before != '.' && before != '-';
}

static bool good_domain(sqb_str s)
{
	char ascii[SQB_DOMAIN_MAX];

	if (s.len > 0 && s.ptr[0] == '[')
		return good_literal(s);
	if (sqb__all_ascii(s))
		return good_labels(s, true);
	return sqb_domain_ascii(ascii, s) == SQB_OK &&
	    good_labels(sqb_str_of(ascii), true);
}

bool sqb__smtp_good_helo(sqb_str s)
{
	return s.len <= MAX_HELO && (good_literal(s) || good_labels(s, false));
}

/* --- mailboxes */

/*
 * Dot-string = Atom *("." Atom); atext / UTF8-non-ascii
 *
 * Where the dots stand is not minded: there are mailboxes with two of them.
 */
static bool good_dot_string(sqb_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (sqb__is_control(c) || memchr(" \"(),:;<>@[\\]", c, 13))
			return false;
	}
	return s.len > 0;
}

/* Quoted-string = DQUOTE *QcontentSMTP DQUOTE; no controls in it */
static bool good_quoted(sqb_str s)
{
	size_t i = 1;

	if (s.len < 2 || s.ptr[s.len - 1] != '"')
		return false;
	while (i < s.len - 1) {
		if (s.ptr[i] == '\\')
			i++;
		else if (s.ptr[i] == '"')
			return false;
		if (sqb__is_control(s.ptr[i++]))
			return false;
	}
	return i == s.len - 1;
}

/* Where the domain's "@" stands; s.len: there is none. */
static size_t find_at(sqb_str s)
{
	size_t i = s.len;

	while (i > 0 && s.ptr[i - 1] != '@' && s.ptr[i - 1] != '"')
		i--;
	return i > 0 && s.ptr[i - 1] == '@' ? i - 1 : s.len;
}

sqb_str sqb__smtp_domain(sqb_str s)
{
	size_t at = find_at(s);

	return at < s.len ? sqb__str_from(s, at + 1) : (sqb_str){ "", 0 };
}

/* Mailbox = Local-part "@" ( Domain / address-literal ) */
bool sqb__smtp_good_address(sqb_str s)
{
	sqb_str local = { s.ptr, find_at(s) };

	if (s.len == 0 || s.len > MAX_ADDRESS || !sqb__utf8_valid(s))
		return false;
	if (local.len == 0 || !(local.ptr[0] == '"' ? good_quoted(local) :
	    good_dot_string(local)))
		return false;
	return local.len == s.len || good_domain(sqb__smtp_domain(s));
}

/*
 * Path = "<" Mailbox ">"
 *
 * With a local part beyond ASCII the server speaks SMTPUTF8, and takes the
 * domain as it is.
 */
void sqb__smtp_add_path(sqb__buf *out, sqb_str s)
{
	size_t at = find_at(s);
	sqb_str local = { s.ptr, at };
	char ascii[SQB_DOMAIN_MAX];

	sqb__buf_add_char(out, '<');
	if (sqb__all_ascii(s) || !sqb__all_ascii(local)) {
		sqb__buf_add(out, s);
	} else {
		if (sqb_domain_ascii(ascii, sqb__smtp_domain(s)) != SQB_OK)
			out->failed = true;
		sqb__buf_add(out, local);
		sqb__buf_add_char(out, '@');
		sqb__buf_add_c(out, ascii);
	}
	sqb__buf_add_char(out, '>');
}

/* --- xtext */

static const char hex[] = "0123456789ABCDEF";

/* xchar = any of "!" to "~" but "+" and "=" */
static bool is_xchar(char c)
{
	return c > ' ' && c <= '~' && c != '+' && c != '=';
}

/* xtext = *( xchar / hexchar ); hexchar = "+" 2HEXDIG */
void sqb__smtp_add_xtext(sqb__buf *out, sqb_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (is_xchar(s.ptr[i])) {
			sqb__buf_add_char(out, s.ptr[i]);
			continue;
		}
		sqb__buf_add_char(out, '+');
		sqb__buf_add_char(out, hex[c >> 4]);
		sqb__buf_add_char(out, hex[c & 15]);
	}
}

/* EmbeddedUnicodeChar = "\x{" HEXPOINT "}"; HEXPOINT is 2 to 6 digits */
static void add_code_point(sqb__buf *out, uint32_t c)
{
	int shift = 20;

	while (shift > 4 && c >> shift == 0)
		shift -= 4;
	sqb__buf_add_c(out, "\\x{");
	for (; shift >= 0; shift -= 4)
		sqb__buf_add_char(out, hex[c >> shift & 15]);
	sqb__buf_add_char(out, '}');
}

/* utf-8-addr-xtext = 1*(QCHAR / EmbeddedUnicodeChar); s is valid UTF-8 */
void sqb__smtp_add_utf8_xtext(sqb__buf *out, sqb_str s)
{
	while (s.len > 0) {
		uint32_t c = 0;
		size_t n = sqb__utf8_decode(s, &c);

		if (n <= 1 && is_xchar(s.ptr[0]) && s.ptr[0] != '\\')
			sqb__buf_add_char(out, s.ptr[0]);
		else
			add_code_point(out, c);
		s = sqb__str_from(s, n > 0 ? n : 1);
	}
}

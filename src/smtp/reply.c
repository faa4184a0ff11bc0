/* Replies: RFC 5321, section 4.2; enhanced codes: RFC 3463, RFC 2034. */
#include "smtp/smtp.h"

#include "base/ascii.h"

#include <string.h>

/* Reply-code = %x32-35 %x30-35 %x30-39; the second digit is not minded */
static bool parse_code(sqb_str line, uint16_t *code)
{
	if (line.len < 3 || line.ptr[0] < '2' || line.ptr[0] > '5' ||
	    !sqb__is_digit(line.ptr[1]) || !sqb__is_digit(line.ptr[2]))
		return false;
	*code = (uint16_t)((line.ptr[0] - '0') * 100 +
	    (line.ptr[1] - '0') * 10 + (line.ptr[2] - '0'));
	return true;
}

/* 1*3DIGIT, not above 255 here: none is in use beyond. */
static bool take_number(sqb_str *s, uint8_t *out)
{
	unsigned n = 0, digits = 0;

	while (s->len > 0 && sqb__is_digit(s->ptr[0]) && digits < 3) {
		n = n * 10 + (unsigned)(s->ptr[0] - '0');
		*s = sqb__str_from(*s, 1);
		digits++;
	}
	*out = (uint8_t)n;
	return digits > 0 && n <= UINT8_MAX;
}

static bool take_char(sqb_str *s, char c)
{
	if (s->len == 0 || s->ptr[0] != c)
		return false;
	*s = sqb__str_from(*s, 1);
	return true;
}

/* status-code = class "." subject "." detail, and the blank behind it */
static void take_enhanced(sqb_str *text, uint16_t code, uint8_t out[3])
{
	sqb_str s = *text;
	uint8_t found[3];

	memset(out, 0, 3);
	if (!take_number(&s, &found[0]) || !take_char(&s, '.') ||
	    !take_number(&s, &found[1]) || !take_char(&s, '.') ||
	    !take_number(&s, &found[2]) ||
	    (s.len > 0 && !take_char(&s, ' ')) || found[0] != code / 100 ||
	    found[0] == 3)
		return;
	memcpy(out, found, 3);
	*text = s;
}

/* Reply-line = Reply-code [ SP / "-" textstring ] CRLF */
bool sqb__smtp_parse_line(sqb_str line, uint16_t *code, bool *more,
    uint8_t enhanced[3], sqb_str *text)
{
	*text = (sqb_str){ "", 0 };
	*more = false;
	memset(enhanced, 0, 3);
	if (!parse_code(line, code))
		return false;
	if (line.len == 3)
		return true;
	*more = line.ptr[3] == '-';
	if (!*more && line.ptr[3] != ' ')
		return false;
	*text = sqb__str_from(line, 4);
	take_enhanced(text, *code, enhanced);
	return true;
}

sqb_smtp_reply sqb__smtp_public(const sqb__smtp_heard *h)
{
	return (sqb_smtp_reply){
		.code = h->code,
		.enhanced = { h->enhanced[0], h->enhanced[1],
		    h->enhanced[2] },
		.text = sqb__buf_str(&h->text),
	};
}

sqb_code sqb__smtp_classify(uint16_t code)
{
	if (code == 530 || code == 535)
		return SQB_E_AUTH;
	if (code < 300)
		return SQB_OK;
	if (code < 400)
		return SQB_E_PROTO;
	return code < 500 ? SQB_E_RETRY : SQB_E_REFUSED;
}

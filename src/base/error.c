/* Error values: their names, their exit statuses, their words. */
#include "base/error.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <string.h>

static const struct {
	const char *name;
	int status;		/* sysexits.h */
} codes[] = {
	[-SQB_OK] = { "OK", 0 },
	[-SQB_E_USAGE] = { "USAGE", 64 },
	[-SQB_E_NOMEM] = { "NOMEM", 71 },
	[-SQB_E_LIMIT] = { "LIMIT", 76 },
	[-SQB_E_NET] = { "NET", 69 },
	[-SQB_E_TLS] = { "TLS", 69 },
	[-SQB_E_EOF] = { "EOF", 75 },
	[-SQB_E_TIMEOUT] = { "TIMEOUT", 75 },
	[-SQB_E_PROTO] = { "PROTO", 76 },
	[-SQB_E_REFUSED] = { "REFUSED", 69 },
	[-SQB_E_RETRY] = { "RETRY", 75 },
	[-SQB_E_AUTH] = { "AUTH", 77 },
	[-SQB_E_UNSUPPORTED] = { "UNSUPPORTED", 69 },
	[-SQB_E_CANCELED] = { "CANCELED", 75 },
	[-SQB_E_UNKNOWN] = { "UNKNOWN", 75 },
	[-SQB_E_SINK] = { "SINK", 74 },
	[-SQB_E_PARTIAL] = { "PARTIAL", 69 },
};

enum { N_CODES = sizeof(codes) / sizeof(codes[0]) };

const char *sqb_code_name(int code)
{
	return code <= 0 && code > -N_CODES ? codes[-code].name : "?";
}

int sqb_code_exit(int code)
{
	return code <= 0 && code > -N_CODES ? codes[-code].status : 70;
}

int sqb__error_set(sqb_error *err, sqb_code code, const char *const *pieces)
{
	size_t at = 0;

	if (!err)
		return code;
	*err = (sqb_error){ .code = code };
	for (; *pieces; pieces++) {
		size_t n = strlen(*pieces);

		if (n > SQB_ERROR_TEXT - 1 - at)
			n = SQB_ERROR_TEXT - 1 - at;
		memcpy(err->text + at, *pieces, n);
		at += n;
	}
	return code;
}

void sqb__error_wrap(sqb_error *err, const char *before, const sqb_error *why)
{
	sqb_error inner = *why;
	size_t peer = strlen(before) + inner.peer;

	sqb__error(err, inner.code, before, inner.text);
	err->sys = inner.sys;
	err->reply = inner.reply;
	err->offset = inner.offset;
	if (inner.peer > 0 && peer < strlen(err->text))
		err->peer = (uint16_t)peer;
}

size_t sqb__printable(sqb_str s)
{
	uint32_t c = 0;
	size_t n = sqb__utf8_decode(s, &c);

	return n > 0 && !sqb__is_hidden(c) ? n : 0;
}

void sqb__visible(char *out, size_t cap, sqb_str s)
{
	static const char hex[] = "0123456789abcdef";
	size_t at = 0, i = 0;

	while (i < s.len) {
		size_t n = sqb__printable(sqb__str_from(s, i));
		unsigned char c = (unsigned char)s.ptr[i];

		if (n > 0 ? at + n >= cap : at + 4 >= cap)
			break;
		if (n > 0) {
			memcpy(out + at, s.ptr + i, n);
			at += n;
			i += n;
			continue;
		}
		out[at++] = '\\';
		out[at++] = 'x';
		out[at++] = hex[c >> 4];
		out[at++] = hex[c & 15];
		i++;
	}
	out[at] = '\0';
}

void sqb__error_add_peer(sqb_error *err, const char *ours, sqb_str words)
{
	size_t at = strlen(err->text), n = strlen(ours);

	if (n > SQB_ERROR_TEXT - 1 - at)
		n = SQB_ERROR_TEXT - 1 - at;
	memcpy(err->text + at, ours, n);
	at += n;
	err->text[at] = '\0';
	if (words.len == 0)
		return;
	err->peer = (uint16_t)at;
	sqb__visible(err->text + at, SQB_ERROR_TEXT - at, words);
}

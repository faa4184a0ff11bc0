/*
 * Words of a script and fields of structs: what all protocols share.
 */
#include "target.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void code_name(bytes *out, int code)
{
	bytes_add_c(out, code == SQB_OK ? "SQB_" : "SQB_E_");
	bytes_add_c(out, sqb_code_name(code));
}

int code_of(const char *name)
{
	bytes text = { 0 };
	int found = 1;

	for (int code = SQB_OK; code >= SQB_E_PARTIAL && found > 0; code--) {
		text.len = 0;
		code_name(&text, code);
		if (strcmp(text.data, name) == 0)
			found = code;
	}
	bytes_clear(&text);
	return found;
}

void add_number(bytes *out, uint64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, n);
	bytes_add_c(out, text);
}

void add_signed(bytes *out, int64_t n)
{
	if (n < 0)
		bytes_add_c(out, "-");
	add_number(out, (uint64_t)(n < 0 ? -n : n));
}

void add_str(bytes *out, sqb_str s)
{
	bytes_add(out, s.ptr, s.len);
}

bool add_flag(bytes *out, const flag_row *rows, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(key, rows[i].key) == 0) {
			bytes_add_c(out, rows[i].value ? "1" : "0");
			return true;
		}
	}
	return false;
}

bool set_number(const number_row *rows, size_t n, const char *key,
    uint64_t value)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(key, rows[i].key) != 0)
			continue;
		if (rows[i].size == 1)
			*(uint8_t *)rows[i].to = (uint8_t)value;
		else if (rows[i].size == 2)
			*(uint16_t *)rows[i].to = (uint16_t)value;
		else if (rows[i].size == 4)
			*(uint32_t *)rows[i].to = (uint32_t)value;
		else
			*(uint64_t *)rows[i].to = value;
		return true;
	}
	return false;
}

bool tls_option(const char *value, sqb_tls_mode *tls)
{
	static const char *const names[] = {
		[SQB_TLS_STARTTLS] = "starttls",
		[SQB_TLS_IMPLICIT] = "implicit",
		[SQB_TLS_OFF] = "off",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(value, names[i]) == 0) {
			*tls = (sqb_tls_mode)i;
			return true;
		}
	}
	return false;
}

sqb_str word_str(const step *s, const char *key)
{
	const word *w = step_word(s, key);

	return w ? (sqb_str){ w->value.data, w->value.len } :
	    (sqb_str){ NULL, 0 };
}

uint64_t number_of(const char *s)
{
	return *s == '-' ? (uint64_t)strtoll(s, NULL, 10) :
	    strtoull(s, NULL, 10);
}

uint64_t word_number(const step *s, const char *key)
{
	const word *w = step_word(s, key);

	return w ? number_of(w->value.data) : 0;
}

bool is_runners_option(const char *key)
{
	return strcmp(key, "harness") == 0 || strcmp(key, "expect") == 0;
}

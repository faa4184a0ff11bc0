/* Names of delivered messages; see name.h. */
#include "store/name.h"

#include <string.h>

static const char hex[] = "0123456789abcdef";

int sqb_store_id_compare(const sqb_store_id *a, const sqb_store_id *b)
{
	int order = memcmp(a->key, b->key, sizeof(a->key));

	return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

void sqb__name_of(char out[SQB__NAME_MAX], const sqb_store_id *id,
    const char *suffix)
{
	char digits[20];
	size_t n = 0, at = 0;
	uint64_t size = id->size;

	for (size_t i = 0; i < sizeof(id->key); i++) {
		out[at++] = hex[id->key[i] >> 4];
		out[at++] = hex[id->key[i] & 15];
	}
	out[at++] = '.';
	do {
		digits[n++] = (char)('0' + size % 10);
		size /= 10;
	} while (size > 0);
	while (n > 0)
		out[at++] = digits[--n];
	memcpy(out + at, suffix, strlen(suffix) + 1);
}

static int hex_value(char c)
{
	const char *p = c == '\0' ? NULL : strchr(hex, c);

	return p ? (int)(p - hex) : -1;
}

bool sqb__name_read(const char *name, const char *suffix, sqb_store_id *id)
{
	size_t n = strlen(suffix);
	const char *p = name;

	for (size_t i = 0; i < sizeof(id->key); i++, p += 2) {
		int high = hex_value(p[0]);
		int low = high < 0 ? -1 : hex_value(p[1]);

		if (low < 0)
			return false;
		id->key[i] = (uint8_t)(high << 4 | low);
	}
	if (*p++ != '.' || *p < '0' || *p > '9')
		return false;
	for (id->size = 0; *p >= '0' && *p <= '9'; p++) {
		uint64_t digit = (uint64_t)(*p - '0');

		if (id->size > (UINT64_MAX - digit) / 10)
			return false;
		id->size = id->size * 10 + digit;
	}
	return strncmp(p, suffix, n) == 0 &&
	    (p[n] == '\0' || p[n] == ':' || p[n] == ',');
}

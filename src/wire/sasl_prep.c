/*
 * How names and passwords are written in mechanisms that want them prepared:
 * SASLprep (RFC 4013), and the escapes of GS2 headers (RFC 5801).
 */
#include "wire/sasl_mech.h"

#include "base/utf8.h"

#include <gsasl.h>
#include <string.h>

/* ASCII is left alone, or refused: libgsasl need not copy it about. */
void sqb__saslprep(sqb__buf *out, sqb_str s, bool query)
{
	size_t at = sqb__buf_len(out);
	char *prepared = NULL;
	int rc;

	sqb__buf_add(out, s);
	if (out->failed || sqb__all_ascii(s))
		return;
	sqb__buf_add_char(out, '\0');	/* libgsasl wants a C string */
	if (out->failed)
		return;
	out->end--;
	rc = gsasl_saslprep(out->data + out->start + at,
	    query ? GSASL_ALLOW_UNASSIGNED : 0, &prepared, NULL);
	if (rc == GSASL_OK && prepared && prepared[0] != '\0') {
		sqb__wipe(out->data + out->start + at, s.len);
		out->end = out->start + at;
		sqb__buf_add_c(out, prepared);
	}
	if (rc == GSASL_MALLOC_ERROR)
		out->failed = true;
	if (prepared)
		sqb__wipe(prepared, strlen(prepared));
	gsasl_free(prepared);
}

void sqb__add_saslname(sqb__buf *out, sqb_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == ',')
			sqb__buf_add_c(out, "=2C");
		else if (s.ptr[i] == '=')
			sqb__buf_add_c(out, "=3D");
		else
			sqb__buf_add_char(out, s.ptr[i]);
	}
}

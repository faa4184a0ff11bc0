/*
 * Domains between DNS and people, by libidn2: IDNA 2008 (RFC 5891) with the
 * mappings of UTS 46, not transitional.
 */
#include <squab/message.h>

#include "base/ascii.h"
#include "base/utf8.h"

#include <idn2.h>
#include <string.h>

enum { MAX_NAME = 253 };	/* octets of A-labels: RFC 1035, 2.3.4 */

/* A copy closed with NUL. False: it is too long, or holds one. */
static bool close_copy(char out[SQB_DOMAIN_MAX], sqb_str s)
{
	if (s.len == 0 || s.len >= SQB_DOMAIN_MAX ||
	    memchr(s.ptr, '\0', s.len))
		return false;
	memcpy(out, s.ptr, s.len);
	out[s.len] = '\0';
	return true;
}

/* What libidn2 made of it, to out; the memory is its own. */
static int take(char out[SQB_DOMAIN_MAX], char *made, int rc, size_t max)
{
	sqb_str s = sqb_str_of(made);
	bool good = rc == IDN2_OK && s.len <= max && sqb__utf8_valid(s) &&
	    close_copy(out, s);

	idn2_free(made);
	if (good)
		return SQB_OK;
	out[0] = '\0';
	return rc == IDN2_MALLOC ? SQB_E_NOMEM : SQB_E_USAGE;
}

static int convert(char out[SQB_DOMAIN_MAX], sqb_str domain, bool unicode)
{
	char in[SQB_DOMAIN_MAX], *ascii = NULL, *made = NULL;
	int rc, code;

	out[0] = '\0';
	if (!close_copy(in, domain) || !sqb__utf8_valid(domain) ||
	    in[0] == '.' || strstr(in, ".."))
		return SQB_E_USAGE;
	if (in[0] == '[') {
		memcpy(out, in, domain.len + 1);
		return SQB_OK;
	}
	rc = idn2_to_ascii_8z(in, &ascii,
	    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	code = take(out, ascii, rc, MAX_NAME);
	if (code != SQB_OK || !unicode)
		return code;
	rc = idn2_to_unicode_8z8z(out, &made, IDN2_NONTRANSITIONAL);
	return take(out, made, rc, SQB_DOMAIN_MAX - 1);
}

int sqb_domain_ascii(char out[SQB_DOMAIN_MAX], sqb_str domain)
{
	return convert(out, domain, false);
}

int sqb_domain_unicode(char out[SQB_DOMAIN_MAX], sqb_str domain)
{
	return convert(out, domain, true);
}

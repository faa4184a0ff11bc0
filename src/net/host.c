/*
 * Names and addresses as people write them: IDNs by libidn2 (IDNA 2008, RFC
 * 5891, with the mappings of UTS 46), numbers by getaddrinfo(3), which then
 * asks nobody.
 */
#include "net/host.h"

#include "base/error.h"

#include <idn2.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

static bool is_ascii(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s > 0x7f)
			return false;
	return true;
}

int sqb__host_ascii(char out[SQB__MAX_HOST], const char *host, sqb_error *err)
{
	char *made = NULL;
	const char *from = host;
	size_t len;
	int rc;

	if (!is_ascii(host)) {
		rc = idn2_to_ascii_8z(host, &made,
		    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
		if (rc != IDN2_OK)
			return sqb__error(err, rc == IDN2_MALLOC ? SQB_E_NOMEM :
			    SQB_E_USAGE, "no international host name: ",
			    idn2_strerror(rc));
		from = made;
	}
	len = strlen(from);
	if (len > 1 && from[len - 1] == '.')
		len--;
	rc = len > 0 && len < SQB__MAX_HOST ? SQB_OK :
	    sqb__error(err, SQB_E_USAGE, len == 0 ? "no host name was given" :
	    "the host name is too long");
	if (rc == SQB_OK) {
		memcpy(out, from, len);
		out[len] = '\0';
	}
	idn2_free(made);
	return rc;
}

bool sqb__host_is_numeric(const char *host)
{
	sqb__address unused;

	return sqb__resolve_numeric(host, 0, &unused);
}

static const struct addrinfo stream_hints = {
	.ai_family = AF_UNSPEC,
	.ai_socktype = SOCK_STREAM,
	.ai_flags = AI_NUMERICSERV,
};

int sqb__address_of_path(const char *path, sqb__address *out, sqb_error *err)
{
	size_t len = strlen(path);

	if (len >= sizeof(out->local.sun_path))
		return sqb__error(err, SQB_E_USAGE,
		    "the path is too long for a Unix socket");
	*out = (sqb__address){ .local = { .sun_family = AF_UNIX } };
	memcpy(out->local.sun_path, path, len + 1);
	return SQB_OK;
}

bool sqb__resolve_numeric(const char *host, uint16_t port, sqb__address *out)
{
	struct addrinfo hints = stream_hints, *found;
	char service[8];
	bool fits;

	(void)snprintf(service, sizeof(service), "%u", port);
	hints.ai_flags |= AI_NUMERICHOST;
	if (getaddrinfo(host, service, &hints, &found) != 0)
		return false;
	fits = found->ai_addrlen <= sizeof(*out);
	if (fits)
		memcpy(out, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	return fits;
}

/*
 * Server URLs: scheme "://" [user "@"] host [":" port] ["/"], RFC 3986 with
 * the schemes of RFC 2384 and those of sending, and their TLS forms. No
 * password; a path is that of a Unix socket, in the place of the host.
 */
#include "session/url.h"

#include "base/ascii.h"
#include "base/error.h"
#include "base/uri.h"

#include <string.h>

static const struct {
	sqb_str name;
	uint16_t port;
	sqb_tls_mode tls;
} schemes[] = {
	{ SQB_STR("pop3"), 110, SQB_TLS_STARTTLS },
	{ SQB_STR("pop3s"), 995, SQB_TLS_IMPLICIT },
	{ SQB_STR("smtp"), 587, SQB_TLS_STARTTLS },
	{ SQB_STR("smtps"), 465, SQB_TLS_IMPLICIT },
	{ SQB_STR("lmtp"), 24, SQB_TLS_STARTTLS },
};

static int bad(sqb_error *err, const char *what)
{
	return sqb__error(err, SQB_E_USAGE, "URL: ", what,
	    "; write pop3s://user@host or smtps://user@host");
}

static bool keep(char *out, size_t cap, sqb_str s)
{
	if (s.len >= cap)
		return false;
	if (s.len > 0)
		memcpy(out, s.ptr, s.len);
	out[s.len] = '\0';
	return true;
}

static int parse_scheme(sqb_url *url, sqb_str name, sqb_error *err)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (!sqb_str_eq_nocase(name, schemes[i].name))
			continue;
		keep(url->scheme, sizeof(url->scheme), schemes[i].name);
		url->port = schemes[i].port;
		url->tls = schemes[i].tls;
		return SQB_OK;
	}
	return bad(err, "the scheme is not pop3s, pop3, smtps, "
	    "smtp or lmtp");
}

static int parse_user(sqb_url *url, sqb_str user, sqb_error *err)
{
	if (user.len > 0 && memchr(user.ptr, ':', user.len))
		return bad(err, "a password does not belong in it "
		    "(a colon in a user name is %3A)");
	if (!sqb__uri_decode(url->user, sizeof(url->user), user))
		return bad(err, "the user name is too long or not "
		    "percent-encoded");
	return SQB_OK;
}

/* Over a Unix socket nobody listens in: TLS is not asked for. */
static int parse_socket(sqb_url *url, sqb_str path, sqb_error *err)
{
	if (!sqb__uri_decode(url->host, sizeof(url->host), path))
		return bad(err, "the path of the socket is too long or not "
		    "percent-encoded");
	url->port = 0;
	if (url->tls == SQB_TLS_STARTTLS)
		url->tls = SQB_TLS_OFF;
	return SQB_OK;
}

static bool is_path(sqb_str s)
{
	return s.len > 0 && s.ptr[0] == '/';
}

int sqb_url_parse(sqb_url *url, const char *text, sqb_error *err)
{
	sqb_str rest = sqb_str_of(text), before;
	const char *slashes = strstr(text, "://"), *wrong;
	size_t n = slashes ? (size_t)(slashes - text) : 0;
	int rc;

	*url = (sqb_url){ .port = 0 };
	if (!slashes)
		return bad(err, "it has no scheme");
	rc = parse_scheme(url, (sqb_str){ text, n }, err);
	if (rc != SQB_OK)
		return rc;
	rest = sqb__str_from(rest, n + 3);
	if (rest.len > 0 && rest.ptr[rest.len - 1] == '/')
		rest.len--;
	if (!is_path(rest) && sqb__uri_cut(&rest, '@', &before)) {
		rc = parse_user(url, before, err);
		if (rc != SQB_OK)
			return rc;
	}
	if (is_path(rest))
		return parse_socket(url, rest, err);
	wrong = sqb__uri_host(rest, url->host, sizeof(url->host), &url->port);
	return wrong ? bad(err, wrong) : SQB_OK;
}

int sqb__url_parse_for(sqb_url *url, const char *text, bool sending,
    sqb_error *err)
{
	int rc = sqb_url_parse(url, text, err);

	if (rc != SQB_OK || (strncmp(url->scheme, "pop3", 4) != 0) == sending)
		return rc;
	return sqb__error(err, SQB_E_USAGE, "URL: ", url->scheme, sending ?
	    ":// is for fetching; write smtps://user@host" :
	    ":// is for sending; write pop3s://user@host");
}

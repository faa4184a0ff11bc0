/*
 * What both kinds of proxy share: their URLs, and what is to be sent and was
 * heard. Each state names how many octets it has to hear, or a line, and the
 * function that judges them.
 */
#include "net/proxy_internal.h"

#include "base/ascii.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/uri.h"

#include <stdlib.h>
#include <string.h>

static int bad(sqb_error *err, const char *what)
{
	return sqb__error(err, SQB_E_USAGE, "proxy: ", what,
	    "; write socks5://host or http://host:port");
}

static bool take_scheme(sqb__proxy_url *url, sqb_str *rest)
{
	static const struct { sqb_str text; bool is_http; uint16_t port; }
	schemes[] = {
		{ SQB_STR("socks5://"), false, 1080 },
		{ SQB_STR("socks5h://"), false, 1080 },
		{ SQB_STR("http://"), true, 80 },
	};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		sqb_str text = schemes[i].text;

		if (rest->len < text.len || !sqb_str_eq_nocase(text,
		    (sqb_str){ rest->ptr, text.len }))
			continue;
		*rest = sqb__str_from(*rest, text.len);
		url->is_http = schemes[i].is_http;
		url->port = schemes[i].port;
		return true;
	}
	return false;
}

/* user [":" password] */
static int take_login(sqb__proxy_url *url, sqb_str login, sqb_error *err)
{
	sqb_str user = login, before;

	if (sqb__uri_cut(&login, ':', &before)) {
		user = before;
		if (!sqb__uri_decode(url->password, sizeof(url->password),
		    login))
			return bad(err, "its password is too long or not "
			    "percent-encoded");
	}
	if (user.len == 0 ||
	    !sqb__uri_decode(url->user, sizeof(url->user), user))
		return bad(err, "its user name is empty, too long or not "
		    "percent-encoded");
	url->has_user = true;
	return SQB_OK;
}

static int set_password(sqb__proxy_url *url, const char *password,
    sqb_error *err)
{
	size_t len = strlen(password);

	if (!url->has_user)
		return bad(err, "there is a password for it, but no user");
	if (len >= sizeof(url->password) || strpbrk(password, "\r\n"))
		return bad(err, "its password is too long, or no line");
	memcpy(url->password, password, len + 1);
	return SQB_OK;
}

static int parse(sqb__proxy_url *url, sqb_str rest, const char *password,
    sqb_error *err)
{
	sqb_str login;
	const char *wrong;
	int rc = SQB_OK;

	if (!take_scheme(url, &rest))
		return bad(err, "its URL is neither socks5 nor http");
	if (rest.len > 0 && rest.ptr[rest.len - 1] == '/')
		rest.len--;
	if (sqb__uri_cut(&rest, '@', &login))
		rc = take_login(url, login, err);
	if (rc == SQB_OK && password)
		rc = set_password(url, password, err);
	if (rc != SQB_OK)
		return rc;
	wrong = sqb__uri_host(rest, url->host, sizeof(url->host), &url->port);
	return wrong ? bad(err, wrong) : SQB_OK;
}

int sqb__proxy_parse(sqb__proxy_url *out, const char *url,
    const char *password, sqb_error *err)
{
	int rc;

	*out = (sqb__proxy_url){ .port = 0 };
	rc = parse(out, sqb_str_of(url), password, err);
	if (rc == SQB_OK && out->is_http && strchr(out->user, ':'))
		rc = bad(err, "a user name with a colon cannot be sent");
	return rc;
}

/* Nothing that would end the line it stands in, and no scope (RFC 4007). */
static bool can_be_said(const char *host)
{
	for (; *host; host++)
		if (*host == ' ' || strchr("%/@[]", *host) ||
		    sqb__is_control(*host))
			return false;
	return true;
}

sqb__proxy *sqb__proxy_new(const sqb__proxy_url *url, const char *host,
    uint16_t port, sqb_error *err)
{
	sqb__proxy *p;

	if (!can_be_said(host)) {
		sqb__error(err, SQB_E_USAGE,
		    "the host's name cannot be said to a proxy");
		return NULL;
	}
	p = calloc(1, sizeof(*p));
	if (!p) {
		sqb__error(err, SQB_E_NOMEM, "out of memory");
		return NULL;
	}
	p->url = *url;
	p->port = port;
	memcpy(p->host, host, strlen(host) + 1);
	if (url->is_http)
		sqb__proxy_begin_http(p);
	else
		sqb__proxy_begin_socks(p);
	return p;
}

void sqb__proxy_free(sqb__proxy *p)
{
	if (!p)
		return;
	sqb__wipe(p, sizeof(*p));
	free(p);
}

void sqb__proxy_say(sqb__proxy *p, const void *bytes, size_t n)
{
	if (n > 0)
		memcpy(p->out + p->out_len, bytes, n);
	p->out_len += n;
}

sqb_str sqb__proxy_to_send(const sqb__proxy *p)
{
	return (sqb_str){ (const char *)p->out + p->out_at,
		p->out_len - p->out_at };
}

void sqb__proxy_sent(sqb__proxy *p, size_t n)
{
	p->out_at += n;
	if (p->out_at < p->out_len)
		return;
	sqb__wipe(p->out, p->out_len);
	p->out_at = p->out_len = 0;
}

void sqb__proxy_await(sqb__proxy *p, size_t need, sqb__proxy_judge judge)
{
	p->need = need;
	p->judge = judge;
}

/* True: what p->judge waits for is there. */
static bool gather(sqb__proxy *p, uint8_t byte)
{
	p->n_heard++;
	if (p->in_len < sizeof(p->in))
		p->in[p->in_len++] = byte;
	return p->need > 0 ? p->in_len == p->need : byte == '\n';
}

int sqb__proxy_hear(sqb__proxy *p, const uint8_t *bytes, size_t n,
    size_t *used, sqb_error *err)
{
	enum { LONGEST = 16 * 1024 };	/* octets of an answer; HTTP's header */

	for (*used = 0; *used < n;) {
		int rc;

		if (p->n_heard == LONGEST)
			return sqb__error(err, SQB_E_PROTO,
			    "its answer is too long");
		if (!gather(p, bytes[(*used)++]))
			continue;
		rc = p->judge(p, err);
		if (rc != 0)
			return rc;
		p->in_len = 0;
	}
	return 0;
}

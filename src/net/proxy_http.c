/*
 * CONNECT, RFC 9110, section 9.3.6, as RFC 9112 writes it, with Basic
 * authentication (RFC 7617). What a 2xx says about a body means nothing.
 */
#include "net/proxy_internal.h"

#include "base/buf.h"
#include "base/error.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* status-line = HTTP-version SP status-code SP [ reason-phrase ] */
static int status_of(const uint8_t *line, size_t len)
{
	if (len < 12 || memcmp(line, "HTTP/1.", 7) != 0 ||
	    !is_digit(line[7]) || line[8] != ' ' || !is_digit(line[9]) ||
	    !is_digit(line[10]) || !is_digit(line[11]) ||
	    (len > 12 && line[12] != ' '))
		return -1;
	return (line[9] - '0') * 100 + (line[10] - '0') * 10 + line[11] - '0';
}

static int refuse(const sqb__proxy *p, int status, size_t len, sqb_error *err)
{
	if (status == 407 || status == 401)	/* tinyproxy says this one */
		return sqb__error(err, SQB_E_NET, p->url.has_user ?
		    "it refuses the user name or the password" :
		    "it wants a user name and a password");
	sqb__error(err, SQB_E_NET, "");
	sqb__error_add_peer(err, "refused: ",
	    (sqb_str){ (const char *)p->in + 9, len - 9 });
	return SQB_E_NET;
}

static int judge_status(sqb__proxy *p, sqb_error *err);

/* field-line CRLF …, and an empty one ends it */
static int judge_field(sqb__proxy *p, sqb_error *err)
{
	bool is_empty = p->in_len == 1 || (p->in_len == 2 && p->in[0] == '\r');

	(void)err;
	if (!is_empty)
		return 0;
	if (p->is_accepted)
		return 1;
	sqb__proxy_await(p, 0, judge_status);	/* it was an interim one */
	return 0;
}

static int judge_status(sqb__proxy *p, sqb_error *err)
{
	size_t len = p->in_len;
	int status;

	while (len > 0 && (p->in[len - 1] == '\n' || p->in[len - 1] == '\r'))
		len--;
	status = status_of(p->in, len);
	if (status < 100)
		return sqb__error(err, SQB_E_PROTO, "it does not speak HTTP; "
		    "is the port right, or is it socks5://?");
	if (status >= 300)
		return refuse(p, status, len, err);
	p->is_accepted = status >= 200;
	sqb__proxy_await(p, 0, judge_field);
	return 0;
}

static void say_text(sqb__proxy *p, const char *text)
{
	sqb__proxy_say(p, text, strlen(text));
}

static void say_login(sqb__proxy *p)
{
	enum { BOTH = 2 * SQB__PROXY_LOGIN };
	char both[BOTH];
	unsigned char coded[4 * ((BOTH + 2) / 3) + 1];
	int len = snprintf(both, sizeof(both), "%s:%s", p->url.user,
	    p->url.password);

	(void)EVP_EncodeBlock(coded, (unsigned char *)both, len);
	say_text(p, "Proxy-Authorization: Basic ");
	say_text(p, (char *)coded);
	say_text(p, "\r\n");
	sqb__wipe(both, sizeof(both));
	sqb__wipe(coded, sizeof(coded));
}

void sqb__proxy_begin_http(sqb__proxy *p)
{
	bool v6 = strchr(p->host, ':');
	char to[SQB__MAX_HOST + 16];

	(void)snprintf(to, sizeof(to), "%s%s%s:%u", v6 ? "[" : "", p->host,
	    v6 ? "]" : "", (unsigned)p->port);
	say_text(p, "CONNECT ");
	say_text(p, to);
	say_text(p, " HTTP/1.1\r\nHost: ");
	say_text(p, to);
	say_text(p, "\r\n");
	if (p->url.has_user)
		say_login(p);
	say_text(p, "\r\n");
	sqb__proxy_await(p, 0, judge_status);
}

/* Parts of URLs: what may be percent-encoded, and where a host ends. */
#include "base/uri.h"

#include "base/ascii.h"

#include <string.h>

/* pct-encoded = "%" HEXDIG HEXDIG */
static bool take_char(sqb_str *s, char *c)
{
	int high, low;

	*c = s->ptr[0];
	*s = sqb__str_from(*s, 1);
	if (*c != '%')
		return !sqb__is_control(*c);
	if (s->len < 2)
		return false;
	high = sqb__hex_value(s->ptr[0]);
	low = sqb__hex_value(s->ptr[1]);
	if (high < 0 || low < 0)
		return false;
	*c = (char)(high << 4 | low);
	*s = sqb__str_from(*s, 2);
	return !sqb__is_control(*c);
}

bool sqb__uri_decode(char *out, size_t cap, sqb_str s)
{
	size_t n = 0;

	while (s.len > 0)
		if (n + 1 == cap || !take_char(&s, &out[n++]))
			return false;
	out[n] = '\0';
	return true;
}

bool sqb__uri_cut(sqb_str *s, char c, sqb_str *before)
{
	const char *at = s->len > 0 ? memchr(s->ptr, c, s->len) : NULL;

	if (!at)
		return false;
	*before = (sqb_str){ s->ptr, (size_t)(at - s->ptr) };
	*s = sqb__str_from(*s, before->len + 1);
	return true;
}

static const char *wrong_host(sqb_str host)
{
	if (host.len > 0 && memchr(host.ptr, '@', host.len))
		return "an @ in the user name is %40";
	if (host.len > 0 && memchr(host.ptr, '/', host.len))
		return "nothing may follow the host and port";
	return "the host is missing or wrong";
}

static bool good_host(sqb_str host)
{
	for (size_t i = 0; i < host.len; i++)
		if (sqb__is_control(host.ptr[i]) || host.ptr[i] == ' ' ||
		    host.ptr[i] == '/' || host.ptr[i] == '@' ||
		    host.ptr[i] == '[' || host.ptr[i] == ']')
			return false;
	return host.len > 0;
}

static const char *parse_port(sqb_str s, uint16_t *port)
{
	uint64_t number;

	if (s.len > 0 && memchr(s.ptr, '/', s.len))
		return wrong_host(s);
	if (!sqb__parse_uint(s, UINT16_MAX, &number) || number == 0)
		return "the port is not a number from 1 to 65535";
	*port = (uint16_t)number;
	return NULL;
}

/* host [":" port], or "[" IPv6 "]" [":" port] */
const char *sqb__uri_host(sqb_str s, char *out, size_t cap, uint16_t *port)
{
	sqb_str host = s, before;
	bool has_port;

	if (s.len > 0 && s.ptr[0] == '[') {
		s = sqb__str_from(s, 1);
		if (!sqb__uri_cut(&s, ']', &host) ||
		    (s.len > 0 && s.ptr[0] != ':'))
			return "the address in brackets is wrong";
		has_port = s.len > 0;
		s = sqb__str_from(s, has_port ? 1 : 0);
	} else {
		has_port = sqb__uri_cut(&s, ':', &before);
		if (has_port)
			host = before;
	}
	if (!good_host(host) || host.len >= cap)
		return wrong_host(host);
	memcpy(out, host.ptr, host.len);
	out[host.len] = '\0';
	return has_port ? parse_port(s, port) : NULL;
}

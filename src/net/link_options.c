/* Defaults, copies of the strings, and the socket options (tcp(7)). */
#include "net/link_options.h"

#include "base/options.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

enum {
	CONNECT_TIMEOUT = 30000, TLS_TIMEOUT = 30000, ATTEMPT_DELAY = 250,
	KEEP_ALIVE_IDLE = 60000, KEEP_ALIVE_INTERVAL = 15000,
	KEEP_ALIVE_PROBES = 4, UNACKNOWLEDGED = 60000
};

/* A system that lacks one of these refuses this number, as it should. */
#ifndef TCP_USER_TIMEOUT
#define TCP_USER_TIMEOUT (-1)
#endif
#ifndef TCP_KEEPIDLE
#define TCP_KEEPIDLE (-1)
#endif
#ifndef TCP_KEEPINTVL
#define TCP_KEEPINTVL (-1)
#endif
#ifndef TCP_KEEPCNT
#define TCP_KEEPCNT (-1)
#endif

/* SQB_NEVER and the like must still add up with a point in time. */
static void set_time(sqb_time *t, sqb_time otherwise)
{
	if (*t <= 0)
		*t = otherwise;
	if (*t > SQB_NEVER / 2)
		*t = SQB_NEVER / 2;
}

void sqb__link_options_take(sqb_link_options *own,
    const sqb_link_options *given)
{
	*own = (sqb_link_options){ .size = sizeof(*own) };
	sqb__options_copy(own, sizeof(*own), given);
	if (!own->allocator)
		own->allocator = sqb_allocator_default();
	set_time(&own->connect_timeout, CONNECT_TIMEOUT);
	set_time(&own->tls_timeout, TLS_TIMEOUT);
	set_time(&own->attempt_delay, ATTEMPT_DELAY);
	set_time(&own->keep_alive_idle, KEEP_ALIVE_IDLE);
	set_time(&own->keep_alive_interval, KEEP_ALIVE_INTERVAL);
	set_time(&own->unacknowledged, UNACKNOWLEDGED);
	if (own->keep_alive_probes <= 0)
		own->keep_alive_probes = KEEP_ALIVE_PROBES;
}

/* All strings that are needed after sqb_link_new(). */
static const char **option_string(sqb_link_options *o, size_t i)
{
	const char **all[] = { &o->tls.name, &o->tls.ca_file, &o->tls.ca_dir,
	    &o->tls.crl_file, &o->tls.cert_file, &o->tls.key_file,
	    &o->tls.pin };

	return i < sizeof(all) / sizeof(all[0]) ? all[i] : NULL;
}

bool sqb__link_options_keep(sqb_link_options *own, char **strings)
{
	const char **s;
	size_t total = 0;
	char *at;

	own->source_address = own->proxy = own->proxy_password = NULL;
	own->tunnel = NULL;
	own->fd = NULL;
	*strings = NULL;
	for (size_t i = 0; (s = option_string(own, i)); i++)
		total += *s ? strlen(*s) + 1 : 0;
	if (total == 0)
		return true;
	at = *strings = own->allocator->alloc(own->allocator->ctx, total);
	if (!at)
		return false;
	for (size_t i = 0; (s = option_string(own, i)); i++) {
		size_t len = *s ? strlen(*s) + 1 : 0;

		if (len == 0)
			continue;
		memcpy(at, *s, len);
		*s = at;
		at += len;
	}
	return true;
}

static void set(int fd, int level, int name, sqb_time value)
{
	int n = value < INT32_MAX ? (int)value : INT32_MAX;

	(void)setsockopt(fd, level, name, &n, sizeof(n));
}

/* Linux takes no more than these. */
static sqb_time seconds(sqb_time ms)
{
	enum { MOST = 32767 };
	sqb_time s = (ms + 999) / 1000;

	return s < MOST ? s : MOST;
}

void sqb__link_options_tune(const sqb_link_options *o, int fd)
{
	set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, o->unacknowledged);
	if (o->keep_alive_idle >= SQB_NEVER / 2)
		return;
	set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set(fd, IPPROTO_TCP, TCP_KEEPIDLE, seconds(o->keep_alive_idle));
	set(fd, IPPROTO_TCP, TCP_KEEPINTVL, seconds(o->keep_alive_interval));
	set(fd, IPPROTO_TCP, TCP_KEEPCNT, o->keep_alive_probes);
}

/* A proxy's handshake over a socket. */
#include "net/proxy.h"

#include "base/error.h"
#include "net/dial.h"
#include "net/sys.h"

#include <squab/engine.h>

static int say(sqb__proxy *p, int fd, unsigned *stuck, sqb_error *err)
{
	sqb_str out = sqb__proxy_to_send(p);
	ssize_t n;

	if (out.len == 0 || *stuck & SQB_WANT_SEND)
		return SQB_OK;
	n = sqb__sys_send(fd, out.ptr, out.len);
	if (n < 0 && !sqb__sys_is_passing(errno))
		return sqb__net_error(err, errno);
	if (n > 0)
		sqb__proxy_sent(p, (size_t)n);
	if (n < (ssize_t)out.len)
		*stuck |= SQB_WANT_SEND;
	return SQB_OK;
}

/* Takes no more than what the proxy said: that is looked at first. */
static int hear(sqb__proxy *p, int fd, unsigned *stuck, sqb_error *err)
{
	uint8_t buf[1024];
	ssize_t n = sqb__sys_peek(fd, buf, sizeof(buf));
	size_t used;
	int rc;

	if (n == 0)
		return sqb__error(err, SQB_E_EOF, "it closed the connection");
	if (n < 0 && !sqb__sys_is_passing(errno))
		return sqb__net_error(err, errno);
	if (n < 0) {
		*stuck |= SQB_WANT_RECV;
		return 0;
	}
	rc = sqb__proxy_hear(p, buf, (size_t)n, &used, err);
	(void)sqb__sys_recv(fd, buf, used);
	return rc;
}

int sqb__proxy_step(sqb__proxy *p, int fd, unsigned *stuck, sqb_error *err)
{
	for (;;) {
		int rc = say(p, fd, stuck, err);

		if (rc != SQB_OK || *stuck & SQB_WANT_RECV)
			return rc;
		rc = hear(p, fd, stuck, err);
		if (rc != 0)
			return rc;
	}
}

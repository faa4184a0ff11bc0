/*
 * The mover: dials, shakes hands, and carries bytes between a socket and an
 * engine. It knows no protocol and reads no clock but in sqb_link_wait().
 *
 * l->fd is one number for the link's whole life, so that an interrupt may use
 * it at any moment: see dial.h.
 */
#include <squab/link.h>

#include "base/buf.h"
#include "base/error.h"
#include "net/dial.h"
#include "net/link_options.h"
#include "net/proxy.h"
#include "net/resolve.h"
#include "net/sys.h"
#include "net/tls.h"
#include "net/tunnel.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	FAIR_SHARE = 1024 * 1024, /* octets received in one sqb_link_ready() */
	UNARMED = -1,
	RECV = SQB_WANT_RECV, SEND = SQB_WANT_SEND
};

typedef enum phase {
	DIALING,
	ASKING,			/* the proxy to connect us */
	OPEN,			/* in clear */
	SHAKING,
	SECURE,
	ENDED
} phase;

struct sqb_link {
	sqb_engine *e;
	const sqb_allocator *allocator;
	sqb_link_options options;
	char *strings;		/* of the options, one after the other */
	phase phase;
	atomic_bool interrupted;
	int fd;
	unsigned stuck;		/* directions that wait for the socket */
	sqb_time deadline;	/* of DIALING with ASKING, and of SHAKING; or
				   UNARMED */
	sqb__dial *dial;
	sqb__proxy *proxy;	/* until it has connected us */
	sqb__tunnel tunnel;
	sqb__tls *tls;
	char host[SQB__MAX_HOST]; /* A-labels; "" over a caller's socket or a
				   Unix socket */
	char label[110];	/* "host port 995: ", for errors */
	char via[110];		/* "proxy host port 1080: ", until we are
				   there */
	char address[64];
};

_Static_assert(ATOMIC_BOOL_LOCK_FREE == 2, "an interrupt takes no lock");

static bool is_on_the_way(const sqb_link *l)
{
	return l->phase == DIALING || l->phase == ASKING;
}

/* Errors. The engine keeps the first. */

static bool interrupted(sqb_link *l)
{
	static const sqb_error err = { .code = SQB_E_CANCELED,
	    .text = "interrupted" };

	if (!atomic_load(&l->interrupted))
		return false;
	sqb_engine_fail(l->e, &err);
	return true;
}

static void fail(sqb_link *l, const sqb_error *why)
{
	sqb_error err, tunnel;

	if (interrupted(l))
		return;
	if (sqb__tunnel_failed(&l->tunnel, &tunnel))
		why = &tunnel;
	sqb__error_wrap(&err, is_on_the_way(l) ? l->via : "", why);
	sqb__error_wrap(&err, l->label, &err);
	sqb_engine_fail(l->e, &err);
}

static void fail_net(sqb_link *l, int sys)
{
	sqb_error err;

	(void)sqb__net_error(&err, sys);
	fail(l, &err);
}

static void write_duration(char *out, size_t cap, sqb_time ms)
{
	if (ms % 1000 == 0)
		(void)snprintf(out, cap, "%lld s", (long long)ms / 1000);
	else
		(void)snprintf(out, cap, "%lld ms", (long long)ms);
}

static void fail_late(sqb_link *l)
{
	sqb_error err;
	char span[32], tried[40] = "";
	size_t n = l->dial ? sqb__dial_n_tried(l->dial) : 0;
	bool asking = l->dial && !sqb__dial_has_addresses(l->dial);

	write_duration(span, sizeof(span), is_on_the_way(l) ?
	    l->options.connect_timeout : l->options.tls_timeout);
	if (n > 1)
		(void)snprintf(tried, sizeof(tried), " (tried %zu addresses)",
		    n);
	sqb__error(&err, SQB_E_TIMEOUT, l->phase == SHAKING ?
	    "no TLS handshake within " : l->phase == ASKING ?
	    "no answer within " : asking ?
	    "no answer from the name servers within " :
	    "no connection within ", span, tried);
	fail(l, &err);
}

/* Making one. */

static sqb_link *make(sqb_engine *e, const sqb_link_options *o)
{
	sqb_link *l = o->allocator->alloc(o->allocator->ctx, sizeof(*l));

	if (!l)
		return NULL;
	*l = (sqb_link){ .e = e, .allocator = o->allocator, .options = *o,
	    .fd = -1, .stuck = RECV, .deadline = UNARMED };
	if (sqb__link_options_keep(&l->options, &l->strings))
		return l;
	sqb_link_free(l);
	return NULL;
}

static void note_address(sqb_link *l, const sqb__address *a)
{
	if ((a->any.sa_family != AF_INET && a->any.sa_family != AF_INET6) ||
	    getnameinfo(&a->any, sqb__address_len(a), l->address,
	    sizeof(l->address), NULL, 0, NI_NUMERICHOST) != 0)
		l->address[0] = '\0';
}

static void note_peer(sqb_link *l)
{
	sqb__address a;
	socklen_t len = sizeof(a);

	if (getpeername(l->fd, &a.any, &len) == 0)
		note_address(l, &a);
}

/* The line goes to the server from now on. */
static void be_there(sqb_link *l)
{
	sqb__proxy_free(l->proxy);
	l->proxy = NULL;
	l->deadline = UNARMED;
	l->phase = OPEN;
}

static void write_label(char *out, size_t cap, const char *what,
    const char *host, uint16_t port)
{
	char shown[80];

	sqb__visible(shown, sizeof(shown), sqb_str_of(host));
	if (host[0] == '/')
		(void)snprintf(out, cap, "%s%s: ", what, shown);
	else
		(void)snprintf(out, cap, "%s%s port %u: ", what, shown, port);
}

static int start_dialing(sqb_link *l, const char *host, uint16_t port,
    const char *source, sqb_error *err)
{
	l->dial = sqb__dial_new(&(sqb__dial_params){
	    .host = host, .port = port, .source = source,
	    .delay = l->options.attempt_delay }, &l->fd, err);
	return l->dial ? SQB_OK : err->code;
}

static int start_proxy(sqb_link *l, uint16_t port, const sqb_link_options *o,
    sqb_error *err)
{
	char host[SQB__MAX_HOST];
	sqb__proxy_url url;
	int rc = sqb__proxy_parse(&url, o->proxy, o->proxy_password, err);

	if (rc == SQB_OK) {
		write_label(l->via, sizeof(l->via), "proxy ", url.host,
		    url.port);
		rc = sqb__host_ascii(host, url.host, err);
	}
	if (rc == SQB_OK) {
		l->proxy = sqb__proxy_new(&url, l->host, port, err);
		rc = l->proxy ? start_dialing(l, host, url.port,
		    o->source_address, err) : err->code;
	}
	sqb__wipe(&url, sizeof(url));
	return rc;
}

static int start_tunnel(sqb_link *l, const char *const *argv, sqb_error *err)
{
	int rc;

	(void)snprintf(l->via, sizeof(l->via), "tunnel: ");
	rc = sqb__tunnel_start(&l->tunnel, argv, &l->fd, err);
	if (rc == SQB_OK)
		be_there(l);
	return rc;
}

static int take_line(sqb_link *l, int fd, sqb_error *err)
{
	l->fd = sqb__sys_duplicate(fd);
	if (l->fd < 0)
		return sqb__error(err, SQB_E_USAGE,
		    "the descriptor given is none that can be used");
	sqb__sys_adopt(l->fd);
	sqb__link_options_tune(&l->options, l->fd);
	be_there(l);
	note_peer(l);
	return SQB_OK;
}

/* Each begins one way to get there. */
static int start(sqb_link *l, const char *host, uint16_t port,
    const sqb_link_options *o, sqb_error *err)
{
	bool is_path = host[0] == '/';
	int rc = is_path ? SQB_OK : sqb__host_ascii(l->host, host, err);

	if (rc < 0)
		return rc;
	if (o->proxy || o->tunnel || o->fd)
		l->options.tls.no_resumption = true;
	if (!!o->proxy + !!o->tunnel + !!o->fd > 1)
		return sqb__error(err, SQB_E_USAGE, "of a proxy, a tunnel and "
		    "a connected socket only one can be");
	if (o->fd)
		return take_line(l, *o->fd, err);
	if (is_path)
		return start_dialing(l, host, port, o->source_address, err);
	if (o->tunnel)
		return start_tunnel(l, o->tunnel, err);
	if (o->proxy)
		return start_proxy(l, port, o, err);
	return start_dialing(l, l->host, port, o->source_address, err);
}

sqb_link *sqb_link_new(sqb_engine *e, const char *host, uint16_t port,
    const sqb_link_options *options)
{
	sqb_link_options o;
	sqb_link *l;
	sqb_error err;

	sqb__link_options_take(&o, options);
	l = make(e, &o);
	if (!l)
		return NULL;
	write_label(l->label, sizeof(l->label), "", host, port);
	if (start(l, host, port, &o, &err) < 0) {
		fail(l, &err);
		l->phase = ENDED;
		return l;
	}
	sqb_link_ready(l, 0);
	return l;
}

sqb_link *sqb_link_new_fd(sqb_engine *e, int fd,
    const sqb_link_options *options)
{
	sqb_link_options o;
	sqb_link *l;

	sqb__link_options_take(&o, options);
	l = make(e, &o);
	if (!l) {
		(void)close(fd);
		return NULL;
	}
	sqb__sys_adopt(fd);
	sqb__link_options_tune(&l->options, fd);
	l->fd = fd;
	l->phase = OPEN;
	l->options.tls.no_resumption = true;
	note_peer(l);
	if (l->options.tls.name)
		(void)snprintf(l->label, sizeof(l->label), "%.100s: ",
		    l->options.tls.name);
	return l;
}

static void hang_up(sqb_link *l)
{
	if (l->phase == SECURE)
		sqb__tls_close(l->tls);
	l->phase = ENDED;
	sqb__dial_free(l->dial);
	l->dial = NULL;
	sqb__proxy_free(l->proxy);
	l->proxy = NULL;
}

void sqb_link_free(sqb_link *l)
{
	if (!l)
		return;
	hang_up(l);
	sqb__tls_free(l->tls);
	if (l->fd >= 0)
		(void)close(l->fd);
	sqb__tunnel_end(&l->tunnel);
	l->allocator->free(l->allocator->ctx, l->strings);
	l->allocator->free(l->allocator->ctx, l);
}

/* Getting there. */

static void dial(sqb_link *l)
{
	sqb_error err;
	int rc = sqb__dial_step(l->dial, &err);

	if (rc == 0)
		return;
	if (rc < 0) {
		fail(l, &err);
		hang_up(l);
		return;
	}
	note_address(l, sqb__dial_winner(l->dial));
	sqb__dial_free(l->dial);
	l->dial = NULL;
	sqb__link_options_tune(&l->options, l->fd);
	if (l->proxy)
		l->phase = ASKING;
	else
		be_there(l);
}

static void ask_proxy(sqb_link *l)
{
	sqb_error err;
	int rc = sqb__proxy_step(l->proxy, l->fd, &l->stuck, &err);

	if (rc == 1) {
		be_there(l);
	} else if (rc < 0) {
		fail(l, &err);
		hang_up(l);
	}
}

/* What the certificate must be for. */
static int server_name(const sqb_link *l, char name[SQB__MAX_HOST],
    sqb_error *err)
{
	if (l->options.tls.name)
		return sqb__host_ascii(name, l->options.tls.name, err);
	memcpy(name, l->host, sizeof(l->host));
	return SQB_OK;
}

static void begin_tls(sqb_link *l)
{
	char name[SQB__MAX_HOST];
	sqb_error err;

	if (server_name(l, name, &err) == SQB_OK)
		l->tls = sqb__tls_new(&l->options.tls, name, l->label, l->fd,
		    &err);
	if (!l->tls) {
		fail(l, &err);
		hang_up(l);
		return;
	}
	l->phase = SHAKING;
	l->stuck = 0;
}

static void shake(sqb_link *l)
{
	sqb_tls_info info;
	sqb_error err;
	int rc;

	if (l->stuck & RECV)
		return;
	rc = sqb__tls_handshake(l->tls, &err);
	if (rc == 0) {
		l->stuck |= RECV;
		return;
	}
	if (rc < 0) {
		fail(l, &err);
		hang_up(l);
		return;
	}
	l->phase = SECURE;
	l->deadline = UNARMED;
	sqb__tls_describe(l->tls, &info);
	sqb_engine_tls_done(l->e, &info);
}

/* Carrying. */

static void trace(const sqb_link *l, bool sent, const uint8_t *p, size_t n)
{
	if (n > 0)
		l->options.trace(l->options.trace_ctx, sent,
		    (sqb_str){ (const char *)p, n });
}

/* The first n bytes of the engine's send_buf, without its secrets. */
static void trace_sent(const sqb_link *l, const uint8_t *buf, size_t n)
{
	static const uint8_t mask[] = { '*', '*', '*' };
	size_t n_secrets, at = 0;
	const sqb_range *secret = sqb_engine_secrets(l->e, &n_secrets);

	for (size_t i = 0; i < n_secrets && secret[i].from < n; i++) {
		trace(l, true, buf + at, secret[i].from - at);
		trace(l, true, mask, sizeof(mask));
		at = secret[i].to < n ? secret[i].to : n;
	}
	trace(l, true, buf + at, n - at);
}

static int send_clear(sqb_link *l, const uint8_t *buf, size_t len, size_t *n)
{
	ssize_t sent = sqb__sys_send(l->fd, buf, len);

	*n = sent > 0 ? (size_t)sent : 0;
	if (sent >= 0 || sqb__sys_is_passing(errno))
		return SQB_OK;
	if ((errno == EPIPE || errno == ECONNRESET) &&
	    sqb_engine_wants(l->e) & RECV) {
		l->stuck &= ~(unsigned)RECV;	/* why it closed, perhaps */
		return SQB_OK;
	}
	fail_net(l, errno);
	return SQB_E_NET;
}

static int send_secure(sqb_link *l, const uint8_t *buf, size_t len, size_t *n)
{
	sqb_error err;
	int rc = sqb__tls_send(l->tls, buf, len, n, &err);

	if (rc < 0)
		fail(l, &err);
	return rc;
}

/* True: something went out, and there may be more to send. */
static bool send_some(sqb_link *l)
{
	const uint8_t *buf;
	size_t len, n;
	int rc;

	if (l->stuck & SEND || !(sqb_engine_wants(l->e) & SEND))
		return false;
	buf = sqb_engine_send_buf(l->e, &len);
	rc = l->phase == SECURE ? send_secure(l, buf, len, &n) :
	    send_clear(l, buf, len, &n);
	if (rc < 0)
		return false;
	if (n < len)
		l->stuck |= SEND;
	if (n > 0 && l->options.trace)
		trace_sent(l, buf, n);
	if (n > 0)
		sqb_engine_send_ack(l->e, n);
	return n > 0;
}

static int recv_clear(sqb_link *l, uint8_t *buf, size_t cap, size_t *n)
{
	sqb_error err;
	ssize_t got = sqb__sys_recv(l->fd, buf, cap);

	*n = got > 0 ? (size_t)got : 0;
	if (got > 0 && *n < cap)
		l->stuck |= RECV;
	if (got == 0 && sqb__tunnel_failed(&l->tunnel, &err)) {
		fail(l, &err);
		return err.code;
	}
	if (got >= 0)
		return SQB_OK;
	if (sqb__sys_is_passing(errno)) {
		l->stuck |= RECV;
		return SQB_OK;
	}
	fail_net(l, errno);
	return SQB_E_NET;
}

static int recv_secure(sqb_link *l, uint8_t *buf, size_t cap, size_t *n)
{
	sqb_error err;
	bool dry;
	int rc = sqb__tls_recv(l->tls, buf, cap, n, &dry, &err);

	if (rc < 0)
		fail(l, &err);
	else if (dry)
		l->stuck |= RECV;
	return rc;
}

/* How much came in. */
static size_t recv_some(sqb_link *l)
{
	uint8_t *buf;
	size_t cap, n;
	int rc;

	if (l->stuck & RECV || !(sqb_engine_wants(l->e) & RECV))
		return 0;
	buf = sqb_engine_recv_buf(l->e, &cap);
	if (cap == 0)
		return 0;
	rc = l->phase == SECURE ? recv_secure(l, buf, cap, &n) :
	    recv_clear(l, buf, cap, &n);
	if (rc < 0 || (n == 0 && (l->stuck & RECV || interrupted(l))))
		return 0;
	if (l->options.trace)
		trace(l, false, buf, n);
	sqb_engine_recv_ack(l->e, n);	/* 0: the peer closed */
	return n;
}

/*
 * Until the socket has no more, an event waits, or others should have their
 * turn.
 */
static void exchange(sqb_link *l)
{
	size_t n, total = 0;

	do {
		bool has_event = sqb_engine_step(l->e);

		while (send_some(l))
			continue;
		n = has_event ? 0 : recv_some(l);
		total += n;
	} while (n > 0 && total < FAIR_SHARE);
}

/* What the socket must be ready for to go on in a direction. */
static unsigned needs(const sqb_link *l, unsigned direction)
{
	return l->tls ? sqb__tls_needs(l->tls, direction) : direction;
}

void sqb_link_ready(sqb_link *l, unsigned ready)
{
	if (ready & needs(l, RECV))
		l->stuck &= ~(unsigned)RECV;
	if (ready & needs(l, SEND))
		l->stuck &= ~(unsigned)SEND;
	if (l->phase == ENDED)
		return;
	if (interrupted(l) || sqb_engine_wants(l->e) & SQB_WANT_CLOSE) {
		hang_up(l);
		return;
	}
	if (l->phase == DIALING)
		dial(l);
	if (l->phase == ASKING)
		ask_proxy(l);
	if (l->phase == OPEN && sqb_engine_wants(l->e) & SQB_WANT_TLS)
		begin_tls(l);
	if (l->phase == SHAKING)
		shake(l);
	if (l->phase == OPEN || l->phase == SECURE)
		exchange(l);
}

/* Driving. */

/* There is more to say to the proxy. */
static bool is_talking(const sqb_link *l)
{
	return sqb__proxy_to_send(l->proxy).len > 0;
}

int sqb_link_fd(const sqb_link *l)
{
	return l->phase == DIALING ? sqb__dial_fd(l->dial) : l->fd;
}

unsigned sqb_link_wants(const sqb_link *l)
{
	unsigned wants = sqb_engine_wants(l->e), on = 0;

	if (l->phase == DIALING)
		return sqb__dial_wants(l->dial);
	if (l->phase == ASKING)
		return RECV | (is_talking(l) ? SEND : 0);
	if (l->phase == SHAKING)
		return needs(l, RECV);
	if (l->phase == ENDED || wants & SQB_WANT_CLOSE)
		return 0;
	if (wants & RECV)
		on |= needs(l, RECV);
	if (wants & SEND)
		on |= needs(l, SEND);
	return on;
}

/* True: sqb_link_ready(l, 0) would get somewhere. */
static bool has_work(const sqb_link *l)
{
	unsigned wants = sqb_engine_wants(l->e);

	if (l->phase == DIALING)
		return false;
	if (l->phase == ASKING)
		return !(l->stuck & RECV) ||
		    (is_talking(l) && !(l->stuck & SEND));
	if (l->phase == SHAKING)
		return !(l->stuck & RECV);
	return (wants & (RECV | SEND) & ~l->stuck) ||
	    (wants & (SQB_WANT_TLS | SQB_WANT_CLOSE));
}

static sqb_time clock_before(sqb_link *l, sqb_time now)
{
	sqb_time until, sooner = SQB_NEVER;

	if (l->deadline == UNARMED)
		l->deadline = now + (is_on_the_way(l) ?
		    l->options.connect_timeout : l->options.tls_timeout);
	until = l->deadline;
	if (now >= until) {
		fail_late(l);
		hang_up(l);
		return now;
	}
	if (l->phase == DIALING)
		sooner = sqb__dial_clock(l->dial, now);
	else if (has_work(l))
		sooner = now;
	return sooner < until ? sooner : until;
}

sqb_time sqb_link_clock(sqb_link *l, sqb_time now)
{
	sqb_time until;

	if (l->phase == ENDED)
		return sqb_engine_clock(l->e, now);
	if (interrupted(l)) {
		hang_up(l);
		return now;
	}
	if (is_on_the_way(l) || l->phase == SHAKING)
		return clock_before(l, now);
	until = sqb_engine_clock(l->e, now);
	return until > now && has_work(l) ? now : until;
}

static unsigned poll_link(const sqb_link *l, sqb_time most)
{
	enum { LONGEST = 5000 };	/* ms; poll(2) sleeps with the system */
	unsigned wants = sqb_link_wants(l), ready = 0;
	struct pollfd p = { .fd = sqb_link_fd(l) };

	p.events = (short)((wants & RECV ? POLLIN : 0) |
	    (wants & SEND ? POLLOUT : 0));
	if (poll(&p, 1, (int)(most < LONGEST ? most : LONGEST)) <= 0)
		return 0;
	if (p.revents & ~POLLOUT)	/* errors and closing too */
		ready |= RECV;
	if (p.revents & ~POLLIN)
		ready |= SEND;
	return ready;
}

void sqb_link_wait(sqb_link *l, sqb_time at_most)
{
	sqb_time now = sqb_link_now(), until;
	sqb_time end = at_most < SQB_NEVER - now ? now + at_most : SQB_NEVER;
	unsigned wants;

	while (!sqb_engine_step(l->e)) {
		wants = sqb_engine_wants(l->e);
		if (wants == 0 || wants & SQB_WANT_CLOSE) {
			sqb_link_ready(l, 0);
			return;
		}
		now = sqb_link_now();
		until = sqb_link_clock(l, now);
		if (until > end)
			until = end;
		sqb_link_ready(l, has_work(l) ? 0 :
		    poll_link(l, until > now ? until - now : 0));
		if (now >= end)
			return;
	}
}

sqb_time sqb_link_now(void)
{
	return sqb__sys_now();
}

void sqb_link_interrupt(sqb_link *l)
{
	int before = errno;

	atomic_store(&l->interrupted, true);
	(void)shutdown(l->fd, SHUT_RDWR);
	errno = before;
}

const char *sqb_link_address(const sqb_link *l)
{
	return l->address;
}

const sqb_certificate *sqb_link_certificate(const sqb_link *l)
{
	return l->tls ? sqb__tls_certificate(l->tls) : NULL;
}

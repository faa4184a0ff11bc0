/*
 * Connecting: RFC 8305, section 4 (addresses of the two families in turn) and
 * 5 (staggered attempts, the first to connect wins). Section 3, asking for
 * both families at once, is left to getaddrinfo(3).
 */
#include "net/dial.h"

#include "base/error.h"
#include "net/resolve.h"
#include "net/sys.h"

#include <squab/engine.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	MAX_ADDRESSES = SQB__MAX_ADDRESSES,
	UNARMED = -1
};

typedef struct attempt {
	int fd;
	const sqb__address *address;
} attempt;

struct sqb__dial {
	int line;		/* the caller's */
	int peer;		/* of the pair that line is of until there is
				   a connection; -1: line is the socket */
	sqb__resolve *resolve;	/* NULL: the answer is in */
	char name[SQB__MAX_HOST];	/* that was asked for; "": none was */
	uint16_t port;
	sqb__address source;	/* AF_UNSPEC: any */
	sqb__address addresses[MAX_ADDRESSES];
	size_t n_addresses, n_tried;
	attempt open[MAX_ADDRESSES];
	size_t n_open;
	attempt won;
	bool is_connected;
	sqb__watch watch;
	sqb_time delay, next;	/* when the next attempt is due, or UNARMED */
	bool due;
	bool busy;		/* a Unix socket's queue was full: later */
	int why;		/* errno of the failure most worth telling */
};

void sqb__net_why(int sys, char *out, size_t cap)
{
	static const struct { int sys; const char *text; } common[] = {
		{ ECONNREFUSED, "connection refused" },
		{ ECONNRESET, "connection reset by the server" },
		{ EPIPE, "connection closed by the server" },
		{ ETIMEDOUT, "no answer" },
		{ EHOSTUNREACH, "no route to the host" },
		{ ENETUNREACH, "network is unreachable" },
		{ EADDRNOTAVAIL, "no such address on this machine" },
		{ EAFNOSUPPORT, "address family not supported" },
		{ EMFILE, "too many open files" },
	};

	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		if (common[i].sys == sys) {
			(void)snprintf(out, cap, "%s", common[i].text);
			return;
		}
	}
	if (strerror_r(sys, out, cap) != 0)
		(void)snprintf(out, cap, "system error %d", sys);
}

int sqb__net_error(sqb_error *err, int sys)
{
	char why[80];

	sqb__net_why(sys, why, sizeof(why));
	sqb__error(err, SQB_E_NET, why);
	err->sys = sys;
	return SQB_E_NET;
}

/* Alternates the families, the first one's first; keeps each one's order. */
static void interleave(sqb__dial *d)
{
	sqb__address sorted[MAX_ADDRESSES];
	sa_family_t first = d->addresses[0].any.sa_family;
	size_t at[2] = { 0, 0 };	/* next of: first's family, others */

	for (size_t i = 0; i < d->n_addresses; i++) {
		size_t which = i % 2, left = 2;

		while (left-- > 0) {
			size_t k = at[which];

			while (k < d->n_addresses && which !=
			    (d->addresses[k].any.sa_family != first))
				k++;
			at[which] = k + 1;
			if (k < d->n_addresses) {
				sorted[i] = d->addresses[k];
				break;
			}
			which = !which;
		}
	}
	memcpy(d->addresses, sorted, d->n_addresses * sizeof(sorted[0]));
}

/* 1: they are known; 0: they are to be asked for; < 0: there are none. */
static int know_addresses(sqb__dial *d, const sqb__dial_params *p,
    sqb_error *err)
{
	int rc;

	d->n_addresses = 1;
	if (p->host[0] == '/')
		return sqb__address_of_path(p->host, &d->addresses[0], err)
		    < 0 ? err->code : 1;
	if (sqb__resolve_numeric(p->host, p->port, &d->addresses[0]))
		return 1;
	memcpy(d->name, p->host, strlen(p->host) + 1);
	rc = sqb__resolve_known(p->host, p->port, d->addresses,
	    &d->n_addresses, err);
	if (rc == 1)
		interleave(d);
	return rc;
}

static int socket_for(const sqb__dial *d, const sqb__address *a)
{
	sa_family_t family = a->any.sa_family;
	int fd;

	if (d->source.any.sa_family != AF_UNSPEC &&
	    d->source.any.sa_family != family) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	fd = sqb__sys_socket(family);
	if (fd >= 0 && d->source.any.sa_family != AF_UNSPEC &&
	    bind(fd, &d->source.any, sqb__address_len(&d->source)) < 0) {
		int why = errno;

		(void)close(fd);
		errno = why;
		return -1;
	}
	return fd;
}

/*
 * With one address alone the line can be its socket from the start; a Unix
 * socket may have to be tried again, without anything to wait for.
 */
static bool try_direct(sqb__dial *d)
{
	if (d->n_addresses != 1 || !sqb__sys_shutdown_ends_connect ||
	    d->addresses[0].any.sa_family == AF_UNIX)
		return false;
	d->line = socket_for(d, &d->addresses[0]);
	return d->line >= 0;
}

static int open_watch(sqb__dial *d, sqb_error *err)
{
	int pair[2];

	if (sqb__sys_pair(pair) < 0)
		return sqb__error(err, SQB_E_NET, "too many open files");
	d->line = pair[0];
	d->peer = pair[1];
	if (sqb__watch_open(&d->watch) < 0 ||
	    sqb__watch_add(&d->watch, d->line, false) < 0)
		return sqb__error(err, SQB_E_NET,
		    "out of descriptors to connect with");
	return SQB_OK;
}

static int ask(sqb__dial *d, const sqb__dial_params *p, sqb_error *err)
{
	d->resolve = sqb__resolve_new(p->host, err);
	if (!d->resolve)
		return err->code;
	if (sqb__watch_add(&d->watch, sqb__resolve_fd(d->resolve), false) < 0)
		return sqb__error(err, SQB_E_NET, "cannot wait for the answer");
	return SQB_OK;
}

static int prepare(sqb__dial *d, const sqb__dial_params *p, sqb_error *err)
{
	int rc;

	if (p->source && !sqb__resolve_numeric(p->source, 0, &d->source))
		return sqb__error(err, SQB_E_USAGE,
		    "the source address is no address");
	rc = know_addresses(d, p, err);
	if (rc < 0 || try_direct(d))
		return rc < 0 ? rc : SQB_OK;
	if (open_watch(d, err) < 0)
		return err->code;
	return rc == 1 ? SQB_OK : ask(d, p, err);
}

sqb__dial *sqb__dial_new(const sqb__dial_params *p, int *line, sqb_error *err)
{
	sqb__dial *d = calloc(1, sizeof(*d));

	*line = -1;
	if (!d) {
		sqb__error(err, SQB_E_NOMEM, "out of memory");
		return NULL;
	}
	d->line = d->peer = d->watch.fd = -1;
	d->watch.tick = SQB_NEVER;
	d->delay = p->delay;
	d->port = p->port;
	d->next = UNARMED;
	if (prepare(d, p, err) == SQB_OK) {
		*line = d->line;
		return d;
	}
	if (d->line >= 0)
		(void)close(d->line);
	sqb__dial_free(d);
	return NULL;
}

void sqb__dial_free(sqb__dial *d)
{
	if (!d)
		return;
	if (d->name[0] != '\0' && d->n_tried > 0 && !d->is_connected)
		sqb__resolve_doubt(d->name);
	for (size_t i = 0; i < d->n_open; i++)
		if (d->open[i].fd != d->line)
			(void)close(d->open[i].fd);
	if (d->peer >= 0)
		(void)close(d->peer);
	sqb__resolve_free(d->resolve);
	sqb__watch_close(&d->watch);
	free(d);
}

static bool is_direct(const sqb__dial *d)
{
	return d->peer < 0;
}

int sqb__dial_fd(const sqb__dial *d)
{
	return is_direct(d) ? d->line : d->watch.fd;
}

unsigned sqb__dial_wants(const sqb__dial *d)
{
	return is_direct(d) || d->watch.for_write ? SQB_WANT_SEND :
	    SQB_WANT_RECV;
}

sqb_time sqb__dial_clock(sqb__dial *d, sqb_time now)
{
	sqb_time until = SQB_NEVER;

	if (d->watch.tick != SQB_NEVER)
		until = now + d->watch.tick;
	if (d->resolve || d->n_tried == d->n_addresses)
		return until;
	if (d->next == UNARMED)
		d->next = now + (d->n_tried == 0 && !d->busy ? 0 :
		    d->delay);
	d->due = now >= d->next;
	return d->next < until ? d->next : until;
}

bool sqb__dial_has_addresses(const sqb__dial *d)
{
	return !d->resolve;
}

size_t sqb__dial_n_tried(const sqb__dial *d)
{
	return d->n_tried;
}

/* A family that this machine lacks says less than a server's refusal. */
static void note_failure(sqb__dial *d, int sys)
{
	if (d->why == 0 || (sys != ENETUNREACH && sys != EAFNOSUPPORT &&
	    sys != EADDRNOTAVAIL && sys != EHOSTUNREACH))
		d->why = sys;
}

static void discard(const sqb__dial *d, int fd)
{
	if (fd >= 0 && fd != d->line)
		(void)close(fd);
}

/* 1: one is connected; 0: under way or failed. */
static int try_next(sqb__dial *d)
{
	const sqb__address *a = &d->addresses[d->n_tried++];
	int fd = is_direct(d) ? d->line : socket_for(d, a);

	d->next = UNARMED;
	d->due = d->busy = false;
	d->won = (attempt){ fd, a };
	if (fd >= 0 && connect(fd, &a->any, sqb__address_len(a)) == 0)
		return 1;
	if (fd >= 0 && (errno == EINPROGRESS || errno == EINTR) &&
	    (is_direct(d) || sqb__watch_add(&d->watch, fd, true) == 0)) {
		d->open[d->n_open++] = d->won;
		return 0;
	}
	d->busy = errno == EAGAIN && a->any.sa_family == AF_UNIX;
	if (d->busy)
		d->n_tried--;
	else
		note_failure(d, errno);
	discard(d, fd);
	return 0;
}

/* 0: connected; EINPROGRESS; another errno: failed. */
static int state_of(int fd)
{
	sqb__address peer;
	int why, sys = 0;
	socklen_t len = sizeof(peer);

	if (getpeername(fd, &peer.any, &len) == 0)
		return 0;
	why = errno;
	len = sizeof(sys);
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &sys, &len) < 0)
		return errno;
	return sys != 0 ? sys : why == ENOTCONN ? EINPROGRESS : why;
}

/* As try_next(): looks at those under way. */
static int harvest(sqb__dial *d)
{
	for (size_t i = d->n_open; i-- > 0;) {
		attempt a = d->open[i];
		int sys = state_of(a.fd);

		if (sys == EINPROGRESS)
			continue;
		d->open[i] = d->open[--d->n_open];
		if (sys == 0) {
			d->won = a;
			return 1;
		}
		note_failure(d, sys);
		if (!is_direct(d))
			sqb__watch_remove(&d->watch, a.fd);
		discard(d, a.fd);
		d->due = true;
	}
	return 0;
}

/* The line stands for the socket that won from now on. */
static int settle(sqb__dial *d, sqb_error *err)
{
	d->is_connected = true;
	if (is_direct(d) || sqb__sys_replace(d->line, d->won.fd) == 0)
		return 1;
	(void)sqb__net_error(err, errno);
	(void)close(d->won.fd);
	return SQB_E_NET;
}

static int give_up(const sqb__dial *d, sqb_error *err)
{
	char why[80], tried[40] = "";

	sqb__net_why(d->why, why, sizeof(why));
	if (d->n_tried > 1)
		(void)snprintf(tried, sizeof(tried), " (tried %zu addresses)",
		    d->n_tried);
	sqb__error(err, SQB_E_NET, why, tried);
	err->sys = d->why;
	return SQB_E_NET;
}

static int take_addresses(sqb__dial *d, sqb_error *err)
{
	int rc = sqb__resolve_take(d->resolve, d->port, d->addresses,
	    &d->n_addresses, err);

	if (rc <= 0)
		return rc;
	sqb__watch_remove(&d->watch, sqb__resolve_fd(d->resolve));
	sqb__resolve_free(d->resolve);
	d->resolve = NULL;
	interleave(d);
	return 1;
}

int sqb__dial_step(sqb__dial *d, sqb_error *err)
{
	int rc = d->resolve ? take_addresses(d, err) : 1;

	if (rc <= 0)
		return rc;
	rc = harvest(d);
	while (rc == 0 && d->n_tried < d->n_addresses &&
	    (d->due || (d->n_open == 0 && !d->busy)))
		rc = try_next(d);
	if (rc == 0 && d->n_open == 0 && !d->busy)
		return give_up(d, err);
	return rc == 1 ? settle(d, err) : rc;
}

const sqb__address *sqb__dial_winner(const sqb__dial *d)
{
	return d->won.address;
}
